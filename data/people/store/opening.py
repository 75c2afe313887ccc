"""Opening the store that the settings name.

It is one SQLite file below ORDERBEAT_HOME, or the PostgreSQL database of ORDERBEAT_STORE.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from data.errors import BadInput, Damaged, DiskProblem
from data.people.store import audit, migration
from data.people.store.database import Store, explained
from data.settings import Settings

FILE = "store.sqlite3"

_WAIT_SECONDS = 15  # for a lock, or for a free connection
_CONNECT_SECONDS = 5
# FULL: a deed that was confirmed survives a power cut. It costs one fsync a deed, and people are slower than disks.
_PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": "on"}


def open_store(settings: Settings) -> Store:
    """The store of these settings, created where there is none yet, migrated where it is older; one a process.

    Raises BadInput for an address that is none or a database of something else, OrderbeatError for a store that cannot
    be reached or is of a newer release, DiskProblem.
    """
    return _open(_url(settings), os.getpid())


def existing_store(settings: Settings) -> Store | None:
    """The store of these settings; None where nobody has written anything yet. Raises as open_store."""
    has_written = settings.store or (settings.home / FILE).exists()
    return open_store(settings) if has_written else None


def check(settings: Settings) -> str:
    """Reads every row of the store, of an SQLite file also its structure, and says how many there are.

    SQLite keeps no checksums: a changed byte within a text is read as it stands. Raises OrderbeatError naming damage.
    """
    store = existing_store(settings)
    if store is None:
        return "Store: nobody has written anything yet."
    with store.reading() as connection:
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql("pragma integrity_check").scalars().all()
            if found != ["ok"]:
                raise Damaged(
                    f"The store is damaged: {found[0]}.",
                    "A failing disk, or a copy taken while somebody wrote.",
                    "Move it aside and put a backup in its place.",
                )
        tables = sa.MetaData()
        tables.reflect(connection)
        rows = sum(1 for table in tables.sorted_tables for _ in connection.execute(sa.select(table)))
    return f"Store: read to the last row; {rows:,} in all.\n{audit.verify(store)}"


def engine(settings: Settings) -> sa.Engine:
    """Connections to the store of these settings, whatever stands there. Raises BadInput where its address is none."""
    return _engine(_url(settings))


def _engine(url: sa.URL) -> sa.Engine:
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _url(settings: Settings) -> sa.URL:
    if not settings.store:
        return sa.URL.create("sqlite", database=str(settings.home / FILE))
    try:
        url = sa.make_url(settings.store)
    except ArgumentError:
        url = sa.URL.create("none")
    if url.get_backend_name() != "postgresql":
        raise BadInput(
            "ORDERBEAT_STORE is not the address of a PostgreSQL database.",
            "It is read as postgresql://user:password@host:port/database.",
            "Mend it, or unset it to keep the store in a file.",
        )
    return url.set(drivername="postgresql+psycopg")


@cache
def _open(url: sa.URL, _process: int) -> Store:
    """Cached by process as well: connections must not be shared with a forked child."""
    engine = _engine(url)
    is_file = url.get_backend_name() == "sqlite"
    alone: AbstractContextManager[None] = _alone(Path(url.database or "").parent) if is_file else nullcontext()
    with alone, explained(engine):
        migration.bring_up_to_date(engine)
    return Store(engine)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time opens a store file: SQLite fails at once when two turn a new one to WAL together."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / f"{FILE}.lock").open("a", encoding="utf-8")
    except OSError as error:
        raise DiskProblem(
            f"{folder} cannot be written.", f"{error}.", "Check its rights and its disk, or mend ORDERBEAT_HOME."
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sqlite(url: sa.URL) -> sa.Engine:
    # IMMEDIATE: the first statement that writes waits for the write lock, instead of failing when it cannot have it.
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_timeout=_WAIT_SECONDS,
        connect_args={"timeout": _WAIT_SECONDS, "isolation_level": "IMMEDIATE"},
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        for name, value in _PRAGMAS.items():
            connection.execute(f"pragma {name} = {value}")

    return engine


def _postgresql(url: sa.URL) -> sa.Engine:
    """No statement waits for ever, and a connection that the server closed meanwhile is replaced."""
    milliseconds = _WAIT_SECONDS * 1_000
    options = f"{url.query.get('options', '')} -c lock_timeout={milliseconds} -c statement_timeout={milliseconds}"
    return sa.create_engine(
        url,
        hide_parameters=True,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": _CONNECT_SECONDS, "tcp_user_timeout": milliseconds, "options": options},
    )
