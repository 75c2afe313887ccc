"""Stores of every age: an older one is migrated and loses nothing, a newer or foreign one is left alone."""

import contextlib
import itertools
import json
import logging
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from data.errors import BadInput, DiskProblem, OrderbeatError
from data.people import targets, weights
from data.people.store import Store, deeds, entries, migration, open_store, opening, views
from data.people.store.accounts import tables as _of_accounts  # noqa: F401 (so that the metadata knows them)
from data.people.store.tables import STORE, metadata
from data.settings import Settings, current
from tests import dying
from tests.data.people.store.help import BEFORE_ALL, LATE, act, second, somebody, together

# Written by release 0.1, which knew no migrations, with each of its ways to write; the JSON is what it read back.
FIXTURES = Path(__file__).parents[1] / "fixtures"
LATER = ("close_on", "loaded_close_on", "session", "address")
COPY = f"{opening.FILE}.before-{migration.steps()[-1]}"


def kind(place: Settings) -> str:
    return "postgresql" if place.store else "sqlite"


@contextlib.contextmanager
def plain(place: Settings) -> Iterator[Any]:
    """A connection that knows nothing of the store."""
    if place.store:
        with psycopg.connect(place.store, autocommit=True) as connection:
            yield connection
    else:
        place.home.mkdir(exist_ok=True)
        file = place.home / opening.FILE
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
            yield connection


@pytest.fixture
def old(place: Settings) -> Settings:
    """A place where the store of release 0.1 lies."""
    if place.store:
        with plain(place) as connection:
            connection.execute((FIXTURES / "store-0.1.sql").read_text(encoding="utf-8"))
    else:
        place.home.mkdir()
        shutil.copy(FIXTURES / "store-0.1.sqlite3", place.home / opening.FILE)
    return place


@pytest.fixture
def migrated(old: Settings) -> Iterator[Store]:
    found = open_store(old)
    yield found
    found.engine.dispose()


def content(place: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every table and row."""
    listed = {
        "sqlite": "select name from sqlite_master where type = 'table'",
        "postgresql": "select table_name from information_schema.tables where table_schema = 'public'",
    }
    with plain(place) as connection:
        names = sorted(name for (name,) in connection.execute(listed[kind(place)]).fetchall())
        return {name: sorted(connection.execute(f"select * from {name}").fetchall(), key=str) for name in names}


def as_read_by_release_0_1(found: Store) -> dict[str, Any]:
    """What that release read, of the same store, through the present ways to read."""

    def plainly(value: Any) -> Any:
        return without_later(json.loads(json.dumps(value, default=lambda each: each.isoformat())))

    def without_later(value: Any) -> Any:
        """Without what later releases keep besides, of which this one knew nothing."""
        if isinstance(value, list):
            return [without_later(each) for each in value]
        if isinstance(value, dict):
            assert not any(value.get(name) for name in LATER)
            return {name: without_later(each) for name, each in value.items() if name not in LATER}
        return value

    states = deeds.states(found)
    people = ("rep:R0", "director", "lead:R1")
    return {
        "generation": found.generation(),
        "states": plainly([asdict(state) for state in states]),
        "history": plainly([asdict(e) for e in deeds.history(found, {state.item.customer_id for state in states})]),
        "taught": plainly(deeds.taught(found, BEFORE_ALL)),
        "settings": {
            name: plainly([asdict(entry) for entry in entries.history(found, name)])
            for name in ("targets", "held_share", "qualification_weights")
        },
        "views": {
            f"{page} of {key}": plainly([asdict(view) for view in views.listed(found, somebody(key, key), page)])
            for page in ("customers", "team")
            for key in people
        },
    }


def test_a_store_from_before_migrations_opens_and_nothing_is_lost(migrated: Store, old: Settings) -> None:
    read = json.loads((FIXTURES / f"store-0.1-{kind(old)}.json").read_text(encoding="utf-8"))
    assert (len(read["states"]), len(read["history"])) == (11, 16), "the fixture holds what it should"
    assert as_read_by_release_0_1(migrated) == read
    july = date(2026, 7, 1)
    assert {(each.rep_id, each.month, each.metric, str(each.target)) for each in targets.entered(migrated)} == {
        ("R0", july, "revenue", "250.00"),
        ("R1", july, "won_value", "9.00"),
    }
    assert weights.in_force(migrated)["dealer"] == {"turnover": 0.6, "volume": 0.4, "outlets": 0.0, "frequency": 0.0}


def test_a_migrated_store_is_written_like_any_other(migrated: Store) -> None:
    (known,) = (state for state in deeds.states(migrated) if state.item == LATE)
    assert act(migrated, LATE, known.version, "undone").version == known.version + 1
    assert migrated.generation() == 29


def test_the_steps_lead_to_the_tables_this_release_knows(old: Settings) -> None:
    found = open_store(old)
    with found.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    names = {change[1].name for change in differences}
    assert names == {migration.VERSION_TABLE}
    found.engine.dispose()


def test_the_steps_are_one_line_and_are_named_by_their_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migration.__file__).parent / "migrations"))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [script.revision for script in reversed(scripts)] == migration.steps()
    assert [script.down_revision for script in scripts] == [*migration.steps()[-2::-1], None]


# The copy


def test_before_a_store_file_is_migrated_a_copy_is_put_beside_it(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A server or a command that ran in this process before may have settled where the log goes.
    for name in ("orderbeat", "orderbeat.store"):
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    caplog.set_level(logging.WARNING, "orderbeat.store")
    home.mkdir()
    file = home / opening.FILE
    shutil.copy(FIXTURES / "store-0.1.sqlite3", file)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as writer:
        # What was confirmed and still stands in the log beside the file belongs to the copy.
        writer.execute("update saved_views set name = 'in the log'")
        assert file.with_name(f"{file.name}-wal").stat().st_size > 0
        place = current()
        open_store(place).engine.dispose()
    copy = home / COPY
    assert copy.stat().st_mode & 0o077 == 0, "for its owner alone"
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("select schema_version, generation from store").fetchall() == [(1, 28)]
        assert {name for (name,) in connection.execute("select name from saved_views")} == {"in the log"}
        assert len(connection.execute("select * from action_events").fetchall()) == 16
    assert f"from step 0001 to step {migration.steps()[-1]}" in caplog.text
    assert str(copy) in caplog.text
    assert sorted(path.name for path in home.glob("*.before*")) == [COPY], "no scraps"


def test_an_earlier_copy_stays(old: Settings) -> None:
    if old.store:
        pytest.skip("PostgreSQL is copied by pg_dump")
    (old.home / COPY).write_bytes(b"earlier")
    (old.home / f"{opening.FILE}.part").write_bytes(b"of somebody who was killed")
    open_store(old)
    assert (old.home / COPY).read_bytes() == b"earlier"
    with contextlib.closing(sqlite3.connect(old.home / f"{COPY}.2")) as connection:
        assert connection.execute("select schema_version from store").fetchall() == [(1,)]
    assert not (old.home / f"{opening.FILE}.part").exists()


def test_without_a_copy_nothing_is_migrated(old: Settings) -> None:
    if old.store:
        pytest.skip("PostgreSQL is copied by pg_dump")
    before = content(old)
    (old.home / f"{opening.FILE}.part").mkdir()  # nothing can be written there
    with pytest.raises(DiskProblem, match="could not be copied"):
        open_store(old)
    assert content(old) == before
    (old.home / f"{opening.FILE}.part").rmdir()
    assert open_store(old).generation() == 28


def test_a_new_store_and_one_that_is_up_to_date_are_not_copied(home: Path) -> None:
    place = current()
    act(open_store(place), LATE, 0, "accepted")
    second(place)
    assert not list(home.glob("*.before*"))


# Newer, foreign, half made


def test_a_store_of_a_newer_release_is_left_alone(old: Settings) -> None:
    open_store(old).engine.dispose()
    with plain(old) as connection:
        connection.execute(f"update {migration.VERSION_TABLE} set version_num = '0999'")
        connection.execute("drop table saved_views")
    before = content(old)
    with pytest.raises(OrderbeatError, match=r"newer release.*0999.*Update Orderbeat"):
        second(old)
    assert content(old) == before


def test_a_store_from_before_migrations_with_another_number_is_left_alone(old: Settings) -> None:
    with plain(old) as connection:
        connection.execute("update store set schema_version = 77")
    before = content(old)
    with pytest.raises(OrderbeatError, match=r"newer release.*0077.*Update Orderbeat"):
        open_store(old)
    assert content(old) == before


def test_releases_from_before_migrations_leave_a_migrated_store_alone(migrated: Store) -> None:
    """They read this number and nothing else before they write."""
    with migrated.reading() as connection:
        assert connection.execute(sa.select(STORE.c.schema_version)).scalar_one() != 1


FOREIGN = {
    "another application": ["create table invoices (id integer)", "insert into invoices values (1)"],
    "another shop's store": ["create table store (id integer, name text)", "insert into store values (1, 'North')"],
    "another history": [
        "create table alembic_version (version_num varchar(32))",
        "insert into alembic_version values ('0001')",
    ],
    "another history and its store": [
        "create table alembic_version (version_num varchar(32))",
        "insert into alembic_version values ('0002')",
        "create table store (id integer, generation integer)",
    ],
}


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN)
def test_what_belongs_to_another_application_is_not_touched(place: Settings, statements: list[str]) -> None:
    with plain(place) as connection:
        for statement in statements:
            connection.execute(statement)
    before = content(place)
    with pytest.raises(BadInput, match=r"no store of Orderbeat; nothing was changed.*holds tables of something else"):
        open_store(place)
    assert content(place) == before
    assert not place.home.exists() or not list(place.home.glob("*.before*"))


def test_a_store_whose_creation_was_killed_counts_as_none(place: Settings) -> None:
    """Release 0.1 made this table first, in SQLite in a transaction of its own."""
    with plain(place) as connection:
        connection.execute(
            "create table store (id integer not null check (id = 1), schema_version integer not null,"
            " generation bigint not null, primary key (id))"
        )
    assert act(open_store(place), LATE, 0, "accepted").version == 1


# Two at once, and killed on the way


def opens(place: Settings, _name: str, answer: Connection) -> None:
    answer.send("ready")
    answer.recv()
    answer.send(open_store(place).generation())


@pytest.mark.parametrize("age", ["old", "new"])
def test_processes_that_start_at_once_migrate_once(place: Settings, age: str, request: pytest.FixtureRequest) -> None:
    if age == "old":
        request.getfixturevalue("old")
    assert together(place, opens) == [28 if age == "old" else 0] * 4
    with plain(place) as connection:
        assert connection.execute(f"select version_num from {migration.VERSION_TABLE}").fetchall() == [
            (migration.steps()[-1],)
        ]
        assert connection.execute("select count(*) from store").fetchone() == (1,)
    if age == "old" and not place.store:
        assert [path.name for path in place.home.glob("*.before*")] == [COPY], "one of them migrated"


def dies_at_statement(place: Settings, number: int) -> None:
    """Opens the store, and is killed right after that many statements that change something."""
    count = itertools.count(1)

    @sa.event.listens_for(sa.engine.Engine, "after_cursor_execute")
    def die(_connection: Any, _cursor: Any, executed: str, *_: Any) -> None:
        changes = executed.strip().lower().startswith(("create", "insert", "update", "alter", "drop", "delete"))
        if changes and next(count) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    open_store(place).engine.dispose()


@pytest.mark.parametrize("apart", [52, pytest.param(13, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("age", ["old", "new"])
def test_a_migration_killed_on_its_way_leaves_a_store_that_opens(
    place: Settings, age: str, apart: int, request: pytest.FixtureRequest
) -> None:
    if age == "old":
        request.getfixturevalue("old")
    before = content(place)
    # The first ones, then one in so many: a process each.
    for number in (1, 3, *range(11, 200, apart)):
        process = dying.PROCESSES.Process(target=dies_at_statement, args=(place, number))
        process.start()
        process.join(60)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        assert content(place) == before, f"statement {number} left something behind"
    assert number > 3, "it was killed on the way"
    assert open_store(place).generation() == (28 if age == "old" else 0)
