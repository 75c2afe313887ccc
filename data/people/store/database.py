"""The open store: its connections and transactions, the one way to write, what is said when it refuses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.errors import DiskProblem, OrderbeatError, StoreUnavailable
from data.people import permissions
from data.people.permissions import Action
from data.people.person import Person
from data.people.store import chain
from data.people.store.tables import STORE, require_storable

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
        StoreUnavailable,
        "The store is busy; nothing was written.",
        "Try again. If it stays busy, look for a process that hangs while it writes.",
    ),
    (
        ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002"),
        StoreUnavailable,
        "The store is damaged.",
        "Move it aside and put a backup in its place.",
    ),
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
    def writing(
        self,
        by: Person,
        action: Action,
        *more: Action,
        did: chain.Word,
        about: str = "",
        detail: Mapping[str, Any] | None = None,
        page: str | None = None,
    ) -> Iterator[sa.Connection]:
        """The one door for writes: a transaction of somebody who may do all these actions, on that page.

        All of it is written, the generation and a row of the audit included, or nothing. The audit tells what somebody
        `did`, `about` what, with a `detail` that may be filled in until the end. Raises AccessDenied.
        """
        for each in (action, *more):
            permissions.require(by, each, page)
        with self.keeping() as connection:
            yield connection
            # Last, so that rows everybody needs are locked for as short as can be.
            chain.record(connection, by=by.author, did=did, about=about, detail=detail)
            connection.execute(sa.update(STORE).values(generation=STORE.c.generation + 1))

    @contextmanager
    def keeping(self) -> Iterator[sa.Connection]:
        """A transaction for what nobody needs a right for, such as coming in; no page shows it, so no generation.

        Whoever uses it writes the audit's row, too, where there is something to tell.
        """
        with explained(self.engine), self.engine.begin() as connection:
            yield connection


def insert(store: Store, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows what to do on a conflict, which each database says in its own words."""
    return sqlite.insert(table) if store.engine.dialect.name == "sqlite" else postgresql.insert(table)


def add(connection: sa.Connection, table: sa.Table, **values: Any) -> None:
    """Adds one row, stamped with the moment. Raises BadInput for text that no database takes."""
    require_storable(values.values())
    connection.execute(sa.insert(table).values(at=datetime.now(UTC), **values))


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
            raise StoreUnavailable(
                "The store cannot be reached.", cause, "Start its database server, or mend ORDERBEAT_STORE."
            ) from error
        raise
