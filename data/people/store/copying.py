"""Copies of a store: its rows as lines of text, the same from either kind of database, and a store made of such lines.

A copy is the step the store stands at and, for each table, lines of JSON: the names of its columns, then a row a line,
in the order of its key. Which tables there are the database says, so that those of later steps come along.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from data.errors import BadInput, Damaged, FromNewerRelease
from data.people.store import chain, migration, opening
from data.people.store.database import Store, explained
from data.settings import Settings

# By these somebody is in, or comes in; and what waits to be sent would be sent once more.
NOT_COPIED = frozenset({"sessions", "links", "flows", "half_way", "outgoing"})
_AT_ONCE = 500  # rows held in memory

Lines = Iterable[bytes]


@dataclass(frozen=True)
class Copy:
    """A store as it stood at one moment, while the block lasts that made it; `tables` in the order they are filled."""

    step: str
    tables: tuple[sa.Table, ...]
    connection: sa.Connection

    @property
    def names(self) -> list[str]:
        """The tables that are copied."""
        return [table.name for table in self.tables]

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a table."""
        (table,) = (each for each in self.tables if each.name == name)
        return _lines(self.connection, table)


@contextmanager
def copying(store: Store) -> Iterator[Copy]:
    """Yields the store as it stands now, whoever writes meanwhile. Raises as the store does."""
    with explained(store.engine), _one_moment(store.engine) as connection:
        step = migration.standing_at(connection)
        yield Copy(str(step), tuple(_tables(connection)), connection)


@contextmanager
def restored(settings: Settings, step: str, names: Iterable[str], lines: Callable[[str], Lines]) -> Iterator[None]:
    """Fills the empty store of these settings with a copy; it is kept when the block ends, and nothing is if it raises.

    `step` is where the copy stands, `lines` gives those of a table. What was filled in is read again and compared, then
    brought up to this release; the audit says so. Raises BadInput where the store is not empty, FromNewerRelease,
    Damaged for lines that are no copy.
    """
    if step not in migration.steps():
        raise FromNewerRelease(
            "The backup was written by a newer release of Orderbeat.",
            f"Its store stands at step {step[:20]!r}, and this release knows the steps up to {migration.steps()[-1]}.",
            "Update Orderbeat, then restore.",
        )
    engine = opening.engine(settings)
    try:
        with explained(engine), migration.alone_in(engine) as connection:
            _require_empty(connection)
            migration.upgrade(connection, None, step)
            _fill(connection, set(names), lines)
            migration.upgrade(connection, step)
            if sa.inspect(connection).has_table(chain.ROWS.name):
                chain.record(connection, by=None, did="restored")
            yield
    finally:
        engine.dispose()


def require_empty(settings: Settings) -> None:
    """Raises BadInput where the database of these settings holds anything."""
    engine = opening.engine(settings)
    try:
        with explained(engine), engine.connect() as connection:
            _require_empty(connection)
    finally:
        engine.dispose()


def _require_empty(connection: sa.Connection) -> None:
    if found := sa.inspect(connection).get_table_names():
        raise BadInput(
            "The store is not empty; nothing was restored.",
            f"{connection.engine.url} holds {', '.join(sorted(found)[:5])}.",
            "Name an empty database in ORDERBEAT_STORE.",
        )


@contextmanager
def _one_moment(engine: sa.Engine) -> Iterator[sa.Connection]:
    if engine.dialect.name == "sqlite":
        # Python's driver begins no transaction for what only reads.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, connection.begin():
            connection.exec_driver_sql("begin")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("rollback")
    else:
        once = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with engine.connect().execution_options(**once) as connection, connection.begin():
            yield connection


def _tables(connection: sa.Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return [each for each in found.sorted_tables if each.name not in {*NOT_COPIED, migration.VERSION_TABLE}]


def _lines(connection: sa.Connection, table: sa.Table) -> Iterator[bytes]:
    columns = _columns(table)
    yield _line([column.name for column in columns])
    rows = sa.select(*columns).order_by(*(_comparable(each, connection) for each in table.primary_key or columns))
    for row in connection.execute(rows.execution_options(yield_per=_AT_ONCE)):
        yield _line([_plain(value) for value in row])


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    """By name: a column that a step added stands elsewhere in either database."""
    return sorted(table.columns, key=lambda column: column.name)


def _comparable(column: sa.Column[Any], connection: sa.Connection) -> sa.ColumnElement[Any]:
    """Texts by their bytes, as SQLite has them, whatever order this PostgreSQL prefers."""
    is_text = isinstance(column.type, sa.String) and connection.dialect.name == "postgresql"
    return sa.collate(column, "C") if is_text else column


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _plain(value: Any) -> Any:
    """What JSON can hold of a value, with its type where JSON has none."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return ["moment", (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()]
    if isinstance(value, date):
        return ["day", value.isoformat()]
    if isinstance(value, bytes | memoryview):
        return ["bytes", base64.b64encode(value).decode()]
    raise TypeError(f"The store holds a value that cannot be copied: {type(value).__name__}.")


def _value(plain: Any) -> Any:
    """A value again. Raises what a line that is no copy may lead to: KeyError, TypeError, ValueError."""
    if not isinstance(plain, list):
        return plain
    kind, text = plain
    return {"moment": datetime.fromisoformat, "day": date.fromisoformat, "bytes": _unpacked}[kind](text)


def _unpacked(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _fill(connection: sa.Connection, names: set[str], lines: Callable[[str], Lines]) -> None:
    tables = _tables(connection)
    if names != {table.name for table in tables}:
        other = names.symmetric_difference(table.name for table in tables)
        raise _no_copy(f"its step has other tables: {', '.join(sorted(other)[:5])}")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("pragma defer_foreign_keys = on")
    for table in reversed(tables):
        connection.execute(sa.delete(table))  # the rows a step begins with are in the copy, too
    for table in tables:
        try:
            digest = _fill_one(connection, table, lines(table.name))
        except (KeyError, TypeError, ValueError, ArithmeticError, RecursionError, sa.exc.StatementError) as error:
            if isinstance(error, sa.exc.OperationalError):
                raise
            raise _no_copy(f"the rows of {table.name} are none") from error
        if digest != _digest(_lines(connection, table)):
            raise _no_copy(f"{table.name} reads otherwise than it was written")
        _go_on_counting(connection, table)
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("pragma foreign_key_check").first():
        raise _no_copy("rows name others that are not there")


def _fill_one(connection: sa.Connection, table: sa.Table, lines: Lines) -> str:
    """Adds the rows of one table; gives the digest of their lines."""
    seen = hashlib.sha256()
    columns = _columns(table)

    def each() -> Iterator[Any]:
        for line in lines:
            seen.update(line)
            yield json.loads(line)

    rows = each()
    if next(rows, None) != [column.name for column in columns]:
        raise ValueError("other columns")
    while some := [
        {column.name: _value(plain) for column, plain in zip(columns, row, strict=True)}
        for row in islice(rows, _AT_ONCE)
    ]:
        connection.execute(sa.insert(table), some)
    return seen.hexdigest()


def _digest(lines: Lines) -> str:
    seen = hashlib.sha256()
    for line in lines:
        seen.update(line)
    return seen.hexdigest()


def _go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL numbers new rows from a counter of its own, which knows nothing of rows that brought their number."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key:
        counter = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name)))
        if counter:
            last = sa.select(sa.func.max(column)).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(counter, sa.func.coalesce(last, 1), last.is_not(None))))


def _no_copy(how: str) -> Damaged:
    return Damaged(f"The backup does not hold a store: {how}.", "It was changed, or made by something else.")
