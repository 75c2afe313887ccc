"""PostgreSQL through ADBC: rows come as Arrow, every value cast to text by the server.

As texts, because the other ways lose something: numeric is rounded, NaN and infinity become numbers, money cents.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import adbc_driver_manager as adbc
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from data.loading.sources.database.description import Database
from data.loading.sources.database.session import SECONDS_TO_CONNECT, Session, explained, writer

_TLS = {"verify": "verify-full", "encrypt": "require", "no": "disable"}
# Settings of a session that its user could have changed: how values are written, and that nothing is.
_SETTINGS = (
    "set default_transaction_read_only = on",
    "set standard_conforming_strings = on",
    "set datestyle = 'ISO, YMD'",
    "set bytea_output = 'hex'",
    "set time zone 'UTC'",
    "begin isolation level repeatable read read only",
)


@contextmanager
def connect(database: Database, password: str) -> Iterator[Session]:
    """A session that sees one moment of the database. Raises BadInput where it cannot be had or breaks off."""
    given = {
        "host": database.host,
        "port": str(database.port),
        "user": database.user,
        "password": password,
        "sslmode": _TLS[database.tls],
        "sslrootcert": (database.ca or "system") if database.tls == "verify" else "",
        "connect_timeout": str(SECONDS_TO_CONNECT),
        "application_name": "orderbeat",
    }
    query = urlencode({key: value for key, value in given.items() if value}, quote_via=quote)
    address = f"postgresql:///{quote(database.database, safe='')}?{query}"
    with explained(database, password, (adbc.Error, pa.ArrowException), f"no connection to {database.host}"):
        connection = dbapi.connect(address, autocommit=True)
    with connection, connection.cursor() as cursor:
        with explained(database, password, (adbc.Error, pa.ArrowException), "its session could not be set up"):
            for setting in _SETTINGS:
                cursor.execute(setting)
        with explained(database, password, (adbc.Error, pa.ArrowException, OSError), "a statement failed"):
            yield _Session(cursor, database)


class _Session:
    def __init__(self, cursor: dbapi.Cursor, database: Database) -> None:
        self._cursor, self._database = cursor, database
        self._zoned: set[str] = set()

    def columns(self, source: str) -> tuple[str, ...]:
        schema = self._cursor.adbc_execute_schema(f"select * from {source} as source")  # noqa: S608 (as described)
        known = {field.name: (field.metadata or {}).get(b"POSTGRESQL:type") for field in schema}
        self._zoned = {name for name, kind in known.items() if kind == b"timestamptz"}
        return tuple(schema.names)

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def literal(self, text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    def as_text(self, column: str) -> str:
        x = f"source.{self.quoted(column)}"
        if column in self._zoned and self._database.time_zone != "UTC":
            x = f"timezone({self.literal(self._database.time_zone)}, {x})"
        return self.text_of(x)

    def text_of(self, expression: str) -> str:
        return f"cast({expression} as text)"

    def since(self, last: str, overlap: int) -> str:
        if last.lstrip("-").isdigit():
            return str(int(last) - overlap)
        kind, now = ("timestamptz", "now()") if "+" in last else ("timestamp", "localtimestamp")
        return f"least({kind} {self.literal(last)}, {now}) - interval '{overlap} seconds'"

    def land(self, select: str, names: Iterable[str], target: Path) -> int:
        self._cursor.execute(select)
        with writer(names, target) as landing, self._cursor.fetch_record_batch() as batches:
            for batch in batches:
                landing.add(batch.columns)
        return landing.rows
