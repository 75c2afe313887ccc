"""The open store: its connections and transactions, the one way to write, what is said when it refuses."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.errors import BadInput, DiskProblem, OrderbeatError
from data.people import permissions
from data.people.permissions import Action
from data.people.person import Person

LONGEST_KEY = 200  # characters: three of them fit into an index entry of PostgreSQL, whatever the alphabet

_PROBLEMS: tuple[tuple[tuple[str, ...], type[OrderbeatError], str, str], ...] = (
    (
        ("SQLITE_FULL", "53100"),
        DiskProblem,
        "The disk of the store is full; nothing was written.",
        "Free disk space and try again; what was written before is untouched.",
    ),
    (
        ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR", "25006", "42501"),
        DiskProblem,
        "The store cannot be written.",
        "Check the rights on its folder or database and the health of its disk; what was written before is untouched.",
    ),
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01", "53300", "55P03", "57014"),
        OrderbeatError,
        "The store is busy; nothing was written.",
        "Try again. If it stays busy, look for a process that hangs while it writes.",
    ),
    (
        ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002"),
        OrderbeatError,
        "The store is damaged.",
        "Move it aside and put a backup in its place.",
    ),
)


class _Moment(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, also where the database keeps no time zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


metadata = sa.MetaData()


def text_column(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A column of text, by default one that is always filled."""
    return sa.Column(name, sa.Text, nullable=nullable)


def moment_column() -> sa.Column[datetime]:
    """When a row was written, in UTC."""
    return sa.Column("at", _Moment, nullable=False)


# One row. Its generation is raised in the transaction of every write, so it never runs ahead of what can be read.
# `schema_version` is for releases from before migrations, which leave a store alone that says anything but 1.
STORE = sa.Table(
    "store",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
)


class Store:
    """The open store; threads may share it. What is done in it raises an OrderbeatError where the database fails."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def generation(self) -> int:
        """A number that every write raises by one, in whichever process."""
        with self.reading() as connection:
            return int(connection.execute(sa.select(STORE.c.generation)).scalar_one())

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read with."""
        with explained(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, by: Person, action: Action, *more: Action, page: str | None = None) -> Iterator[sa.Connection]:
        """The one door for writes: a transaction of somebody who may do all these actions, on that page.

        All of it is written, the generation included, or nothing. Raises AccessDenied.
        """
        for each in (action, *more):
            permissions.require(by, each, page)
        with explained(self.engine), self.engine.begin() as connection:
            yield connection
            # Last, so that a row everybody needs is locked for as short as can be.
            connection.execute(sa.update(STORE).values(generation=STORE.c.generation + 1))


def insert(store: Store, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows what to do on a conflict, which each database says in its own words."""
    return sqlite.insert(table) if store.engine.dialect.name == "sqlite" else postgresql.insert(table)


def add(connection: sa.Connection, table: sa.Table, **values: Any) -> None:
    """Adds one row, stamped with the moment. Raises BadInput for text that no database takes."""
    require_storable(values.values())
    connection.execute(sa.insert(table).values(at=datetime.now(UTC), **values))


def is_storable(text: str) -> bool:
    """PostgreSQL takes no NUL, and nobody takes half a surrogate pair; everything else is stored as it is."""
    return "\0" not in text and text == text.encode("utf-8", "ignore").decode("utf-8")


def require_storable(values: Iterable[Any]) -> None:
    """Raises BadInput for text that no database takes."""
    if not all(is_storable(value) for value in values if isinstance(value, str)):
        raise BadInput(
            "The text holds a character that cannot be stored.",
            "It is no character at all: a NUL, or half of one.",
            "Type the text instead of pasting it.",
        )


def require_key(*texts: str) -> None:
    """Raises BadInput for texts to find rows by that do not fit into an index of either database."""
    require_storable(texts)
    if longest := max((text for text in texts if len(text) > LONGEST_KEY), default=None):
        raise BadInput(
            f"{longest[:40]}… is too long a name.",
            f"Names and keys have {LONGEST_KEY} characters at most.",
            "Shorten it.",
        )


@contextmanager
def explained(engine: sa.Engine) -> Iterator[None]:
    """Turns what the database or the disk refuses into an error that says what to do."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        original = getattr(error, "orig", None)
        code = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None) or ""
        if isinstance(error, PoolTimeout):
            code = "SQLITE_BUSY"
        cause = f"{engine.url}: {next(iter(str(original or error).splitlines()), '')}"
        for codes, kind, what, remedy in _PROBLEMS:
            if code.startswith(codes):
                raise kind(what, cause, remedy) from error
        if isinstance(error, OperationalError | InterfaceError):
            raise OrderbeatError(
                "The store cannot be reached.", cause, "Start its database server, or mend ORDERBEAT_STORE."
            ) from error
        raise
