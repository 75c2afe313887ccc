"""MySQL and MariaDB through PyMySQL: rows are streamed, every value as the text the server sends for it.

As texts, because days such as 0000-00-00 and negative times are nothing Python could hold.
"""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql
import pymysql.cursors

from data.loading.sources.database.description import Database
from data.loading.sources.database.session import BATCH, SECONDS_TO_CONNECT, Session, explained, writer

_SILENCE = 600  # seconds without a row, after which the server counts as gone
_ERRORS = (pymysql.Error, OSError, UnicodeDecodeError)
_BIT = 16  # type of a column that comes as the bytes of a number


@contextmanager
def connect(database: Database, password: str) -> Iterator[Session]:
    """A session that sees one moment of the database. Raises BadInput where it cannot be had or breaks off."""
    zone = "+00:00" if database.time_zone == "UTC" else database.time_zone
    settings = (
        "set session sql_mode = ''",
        f"set session time_zone = '{zone}'",
        f"set session net_write_timeout = {_SILENCE}",
        "set session transaction isolation level repeatable read",
        "start transaction with consistent snapshot, read only",
    )
    here = database.host.startswith("/")
    with explained(database, password, _ERRORS, f"no connection to {database.host}"):
        connection = pymysql.connect(
            host="localhost" if here else database.host,
            unix_socket=database.host if here else None,
            ssl=_tls(database),
            ssl_disabled=database.tls == "no",
            port=database.port,
            user=database.user,
            password=password,
            database=database.database,
            charset="utf8mb4",
            conv={},  # nothing is made of a text
            cursorclass=pymysql.cursors.SSCursor,
            autocommit=True,
            connect_timeout=SECONDS_TO_CONNECT,
            read_timeout=_SILENCE,
        )
    try:
        with explained(database, password, _ERRORS, "its session could not be set up"), connection.cursor() as cursor:
            for setting in settings:
                cursor.execute(setting)
        with explained(database, password, _ERRORS, "a statement failed"):
            yield _Session(connection)
    finally:
        connection._force_close()  # noqa: SLF001 (close() would first read every row of a statement that was left)


def _tls(database: Database) -> ssl.SSLContext | None:
    """How the server is recognised. With a context, the client refuses a server that does not encrypt."""
    if database.tls == "no":
        return None
    context = ssl.create_default_context(cafile=database.ca or None)
    if database.tls == "encrypt":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class _Session:
    def __init__(self, connection: "pymysql.Connection[pymysql.cursors.SSCursor]") -> None:
        self._connection = connection

    def columns(self, source: str) -> tuple[str, ...]:
        with self._connection.cursor() as cursor:
            cursor.execute(f"select * from {source} as source limit 0")  # noqa: S608 (as described)
            return tuple(column[0] for column in cursor.description or ())

    def quoted(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def literal(self, text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    def as_text(self, column: str) -> str:
        return f"source.{self.quoted(column)}"

    def text_of(self, expression: str) -> str:
        return expression

    def since(self, last: str, overlap: int) -> str:
        if last.lstrip("-").isdigit():
            return str(int(last) - overlap)
        return f"least(cast({self.literal(last)} as datetime(6)), now(6)) - interval {overlap} second"

    def land(self, select: str, names: Iterable[str], target: Path) -> int:
        with self._connection.cursor() as cursor, writer(names, target) as landing:
            cursor.execute(select)
            types = [column[1] for column in cursor.description or ()]
            while rows := cursor.fetchmany(BATCH):
                columns = zip(*rows, strict=True)
                landing.add([_texts(column, kind) for column, kind in zip(columns, types, strict=True)])
        return landing.rows


def _texts(values: Iterable[str | bytes | None], kind: int) -> list[str | None]:
    return [_text(value, kind) if isinstance(value, bytes) else value for value in values]


def _text(value: bytes, kind: int) -> str:
    return str(int.from_bytes(value, "big")) if kind == _BIT else f"0x{value.hex()}"
