"""Bringing a store to the tables this release knows, forward only: all steps at once, or none.

The step a store stands at is kept in its table `orderbeat_migrations`. The steps are the numbered files of
`migrations/versions`. Before an SQLite store is changed, a copy of it is put beside it.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from data.errors import BadInput, DiskProblem, OrderbeatError
from data.people.store.tables import STORE

_log = logging.getLogger("orderbeat.store")

VERSION_TABLE = "orderbeat_migrations"  # not Alembic's own name, by which another application's history goes
FIRST = "0001"  # the tables as releases made them that knew no migrations
_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x6F726465  # any number that is ours alone
_MIGRATION_SECONDS = 600


def steps() -> list[str]:
    """Every step this release knows, in order."""
    return sorted(path.stem[1:5] for path in (_FOLDER / "versions").glob("v*.py"))


def bring_up_to_date(engine: sa.Engine) -> None:
    """Creates the tables where there are none, and migrates those of an older release.

    Raises BadInput for a database that holds something else, OrderbeatError for a store of a newer release,
    DiskProblem where the copy finds no room.
    """
    newest = steps()[-1]
    with engine.connect() as connection:
        if standing_at(connection) == newest:
            return
    with alone_in(engine) as connection:
        before = standing_at(connection)
        if before == newest:
            return  # somebody else was quicker
        copied = _copy(engine, newest) if before and engine.dialect.name == "sqlite" else None
        upgrade(connection, before)
    if before:
        _log.warning(
            "The store %s was brought from step %s to step %s.%s",
            engine.url, before, newest, f" As it was it stands in {copied}." if copied else "",
        )  # fmt: skip


def standing_at(connection: sa.Connection) -> str | None:
    """The step at which a store stands, None of an empty database. Raises as bring_up_to_date."""
    tables = set(sa.inspect(connection).get_table_names())
    if not _is_ours(connection, tables):
        if tables:
            raise BadInput(
                "This is no store of Orderbeat; nothing was changed in it.",
                f"{connection.engine.url} holds tables of something else: {', '.join(sorted(tables)[:5])}.",
                "Name an empty database in ORDERBEAT_STORE, or move the file aside.",
            )
        return None
    if VERSION_TABLE in tables:
        version = sa.table(VERSION_TABLE, sa.column("version_num"))
        step = connection.execute(sa.select(version.c.version_num)).scalar()
    else:
        written = connection.execute(sa.select(STORE.c.schema_version)).scalar()
        if written is None:
            return None  # whoever created it died before the other tables
        step = FIRST if written == 1 else f"{written:04}"
    if step not in steps():
        raise OrderbeatError(
            "The store was written by a newer release of Orderbeat.",
            f"{connection.engine.url} stands at step {step}, and this release knows the steps up to {steps()[-1]}.",
            "Update Orderbeat; this release leaves the store alone.",
        )
    return step


def _is_ours(connection: sa.Connection, tables: set[str]) -> bool:
    """Other applications have a table named store, too, but hardly with these columns."""
    if STORE.name not in tables:
        return False
    columns = {column["name"] for column in sa.inspect(connection).get_columns(STORE.name)}
    return columns == {column.name for column in STORE.columns}


@contextmanager
def alone_in(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction beside which nobody else migrates, and in SQLite nobody writes; all of it is kept, or nothing."""
    if engine.dialect.name == "sqlite":
        # Python's driver would begin the transaction at the first row only, and keep tables that were made before it.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, connection.begin():
            connection.exec_driver_sql("begin immediate")
            yield connection
    else:
        with engine.begin() as connection:
            for limit in ("lock_timeout", "statement_timeout"):
                connection.exec_driver_sql(f"set local {limit} = '{_MIGRATION_SECONDS}s'")
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield connection


def upgrade(connection: sa.Connection, before: str | None, to: str = "head") -> None:
    """Takes the steps from where a store stands, None of an empty one, to another, in the caller's transaction."""
    from alembic import command  # half as slow to load as everything else here, and most starts have nothing to migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    is_from_before_migrations = before and not sa.inspect(connection).has_table(VERSION_TABLE)
    if is_from_before_migrations:
        command.stamp(config, FIRST)
    command.upgrade(config, to)


def _copy(engine: sa.Engine, newest: str) -> Path:
    """A copy of the store file as it is, what still stands beside it included; an earlier copy stays."""
    file = Path(engine.url.database or "")
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)  # of somebody who was killed while copying
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
            target.execute("pragma journal_mode = delete")
            (found,) = target.execute("pragma integrity_check").fetchone()
        if found != "ok":
            raise OrderbeatError(
                "The store is damaged.", f"{file}: {found}", "Move it aside and put a backup in its place."
            )
        return _settled(part, file.with_name(f"{file.name}.before-{newest}"))
    except (OSError, sqlite3.Error) as error:
        raise DiskProblem(
            "The store could not be copied before its migration; nothing was changed.",
            f"{part}: {error}",
            "Free disk space, or check the rights on its folder, and start again.",
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _settled(part: Path, wanted: Path) -> Path:
    """The finished copy under a name that nothing has yet, there to stay after a power cut, too."""
    number, place = 1, wanted
    while True:
        try:
            os.link(part, place)  # unlike a rename it never replaces
            break
        except FileExistsError:
            number += 1
            place = wanted.with_name(f"{wanted.name}.{number}")
    for path in (place, place.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return place
