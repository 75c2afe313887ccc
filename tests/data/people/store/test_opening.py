"""A store whose writer is killed, that is refused, full, damaged or away."""

import contextlib
import itertools
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from data.errors import BadInput, DiskProblem, OrderbeatError
from data.people.store import Store, deeds, open_store, opening
from data.settings import Settings, current
from tests import dying
from tests.data.people.store.help import (
    BORIS,
    LATE,
    act,
    assert_whole,
    only,
    second,
)
from tests.servers import free_port


def dies_while_writing(place: Settings, statement: str) -> None:
    opened = open_store(place)
    state = only(deeds.states(opened))

    @sa.event.listens_for(opened.engine, "after_cursor_execute")
    def die(_connection: Any, _cursor: Any, executed: str, *_: Any) -> None:
        if executed.startswith(statement):
            os.kill(os.getpid(), signal.SIGKILL)

    act(opened, LATE, state.version, "accepted", by=BORIS)


@pytest.mark.parametrize("statement", ["INSERT INTO action_events", "UPDATE store"])
def test_a_killed_writer_leaves_the_store_whole(opened: Store, place: Settings, statement: str) -> None:
    before = act(opened, LATE, 0, "snoozed")
    process = dying.PROCESSES.Process(target=dies_while_writing, args=(place, statement))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert only(deeds.states(opened)) == before
    assert_whole(opened, items=1)
    assert act(opened, LATE, 1, "accepted").version == 2
    assert_whole(opened, items=1)


def writes_for_ever(place: Settings, answer: Connection) -> None:
    opened = open_store(place)
    answer.send("ready")
    for version in itertools.count():
        act(opened, LATE, version, "noted")
        answer.send(version + 1)


@pytest.mark.parametrize("pause", [0.01, 0.05, 0.1])
def test_what_was_confirmed_before_a_kill_is_there(opened: Store, place: Settings, pause: float) -> None:
    ours, theirs = dying.PROCESSES.Pipe()
    process = dying.PROCESSES.Process(target=writes_for_ever, args=(place, theirs))
    process.start()
    theirs.close()
    assert ours.recv() == "ready"
    assert ours.recv() == 1
    time.sleep(pause)
    process.kill()
    process.join(30)
    confirmed = 1
    with contextlib.suppress(EOFError):
        while True:
            confirmed = ours.recv()
    assert deeds.states(opened)[0].version in (confirmed, confirmed + 1)
    assert_whole(opened, items=1)


@contextlib.contextmanager
def held(place: Settings) -> Iterator[None]:
    """Somebody holds what every writer needs and does not let go."""
    if place.store:
        with psycopg.connect(place.store) as connection:
            connection.execute("update store set generation = generation")
            yield
            connection.rollback()
    else:
        with contextlib.closing(sqlite3.connect(place.home / opening.FILE, isolation_level=None)) as connection:
            connection.execute("begin immediate")
            yield


def test_a_writer_that_hangs_stops_others_for_a_while_only(
    opened: Store, place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(opened, LATE, 0, "accepted")
    monkeypatch.setattr(opening, "_WAIT_SECONDS", 1)
    impatient = second(place)
    with held(place):
        with pytest.raises(OrderbeatError, match="busy; nothing was written"):
            act(impatient, LATE, 1, "snoozed")
        assert only(deeds.states(impatient)).version == 1
    assert act(impatient, LATE, 1, "snoozed").version == 2
    assert_whole(opened, items=1)


def test_a_store_that_may_not_be_written_says_so_and_can_be_read(opened: Store, place: Settings) -> None:
    act(opened, LATE, 0, "accepted")
    if place.store:
        with psycopg.connect(place.store, autocommit=True) as connection:
            database = connection.info.dbname
            connection.execute(f"alter database {database} set default_transaction_read_only = on")
        opened.engine.dispose()
    else:
        sa.event.listen(opened.engine, "checkout", lambda raw, *_: raw.execute("pragma query_only = on"))
    with pytest.raises(DiskProblem, match="cannot be written"):
        act(opened, LATE, 1, "snoozed")
    assert only(deeds.states(opened)).version == 1


@pytest.mark.usefixtures("home")
def test_a_full_disk_loses_what_is_being_written_and_nothing_else() -> None:
    opened = open_store(current())
    act(opened, LATE, 0, "accepted")
    sa.event.listen(opened.engine, "checkout", lambda raw, *_: raw.execute("pragma max_page_count = 1"))
    with pytest.raises(DiskProblem, match="full; nothing was written"):
        act(opened, LATE, 1, "noted", note="x" * 1_000_000)
    assert only(deeds.states(opened)).version == 1
    assert_whole(opened, items=1)


def test_a_damaged_file_is_named(home: Path) -> None:
    home.mkdir()
    (home / opening.FILE).write_bytes(b"not a database " * 1000)
    with pytest.raises(OrderbeatError, match=r"damaged.*store\.sqlite3"):
        open_store(current())


def test_a_home_that_cannot_be_is_a_disk_problem(home: Path) -> None:
    home.write_text("a file where the folder should be")
    with pytest.raises(DiskProblem, match="cannot be written"):
        open_store(current())


@pytest.mark.usefixtures("home")
def test_a_server_that_does_not_answer_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBEAT_STORE", f"postgresql://anna:secret@127.0.0.1:{free_port()}/sales")
    with pytest.raises(OrderbeatError, match=r"cannot be reached.*127\.0\.0\.1.*Start its") as told:
        open_store(current())
    assert "secret" not in str(told.value) + repr(current())


@pytest.mark.usefixtures("home")
def test_a_store_comes_back_with_its_server(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        monkeypatch.setenv("ORDERBEAT_STORE", f"{server}/later")
        with pytest.raises(OrderbeatError, match="cannot be reached"):
            open_store(current())
        connection.execute("create database later")
        opened = open_store(current())
        act(opened, LATE, 0, "accepted")
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'later'")
        assert act(opened, LATE, 1, "snoozed").version == 2


@pytest.mark.parametrize("address", ["nonsense", "sqlite:///x.db", "mysql://a:secret@b/c", "postgres://a:secret@b/c"])
@pytest.mark.usefixtures("home")
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ORDERBEAT_STORE", address)
    with pytest.raises(BadInput, match="ORDERBEAT_STORE") as told:
        open_store(current())
    assert "secret" not in str(told.value)


def test_a_process_opens_a_store_once(place: Settings) -> None:
    assert open_store(place) is open_store(replace(place, query_threads=7))
