"""Two people, sixteen threads, four processes on the same alerts: nothing is lost, and whoever was late is told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data.errors import BadInput, Conflict
from data.people.store import ACCOUNT, Did, Item, State, Store, deeds, open_store
from data.settings import Settings, current
from tests import dying
from tests.data.people.store.help import (
    BORIS,
    LATE,
    act,
    assert_whole,
    only,
    second,
    somebody,
    together,
)


@pytest.mark.parametrize("did", ["accepted", "snoozed", "dismissed", "undone", "noted", "routed"])
@pytest.mark.parametrize("first", ["accepted", "noted", "routed", "undone"])
def test_who_did_not_see_the_newest_event_is_told_who_was_first(
    opened: Store, place: Settings, first: Did, did: Did
) -> None:
    act(opened, LATE, 0, "accepted")
    done = act(second(place), LATE, 1, first, by=BORIS)
    with pytest.raises(Conflict, match="Somebody else") as told:
        act(opened, LATE, 1, did)
    assert done.last
    assert (told.value.by_name, told.value.did, told.value.at) == (BORIS.name, first, done.last.at)
    assert only(deeds.states(opened)) == done
    assert opened.generation() == 2


@pytest.mark.parametrize("seen", [-1, 1, 2])
def test_a_version_that_never_was_is_refused(opened: Store, seen: int) -> None:
    with pytest.raises(BadInput, match="does not know version"):
        act(opened, LATE, seen, "accepted")
    assert (deeds.states(opened), opened.generation()) == ([], 0)


def test_the_key_catches_who_acts_between_looking_and_writing(opened: Store, place: Settings) -> None:
    """Both saw version 0, both found it to be the newest: only the key of the table can tell them apart."""
    other = second(place)
    quicker: list[State] = []

    @sa.event.listens_for(opened.engine, "before_cursor_execute")
    def overtake(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO action_events") and not quicker:
            quicker.append(act(other, LATE, 0, "dismissed", by=BORIS))

    with pytest.raises(Conflict, match="Somebody else"):
        act(opened, LATE, 0, "accepted")
    assert deeds.states(opened) == quicker
    assert_whole(opened, items=1)
    assert act(opened, LATE, 1, "accepted").version == 2


def act_until_done(opened: Store, name: str, times: int) -> list[tuple[int, str]]:
    """Acts `times` times on an item that all share, looking again whenever told, and as often on one of its own.

    Returns for each conflict the version that was seen and the name that was told.
    """
    told = []
    for n in range(times):
        act(opened, Item("growth", name, ACCOUNT), n, "noted", note=f"{name} {n}")
        while True:
            seen = next((state.version for state in deeds.states(opened, ["shared"])), 0)
            try:
                act(opened, Item("late", "shared", ACCOUNT), seen, "noted", by=somebody(name, name), note=f"{name} {n}")
                break
            except Conflict as conflict:
                told.append((seen, conflict.by_name))
    return told


def assert_nothing_lost(opened: Store, names: list[str], times: int, told: list[tuple[int, str]]) -> None:
    events = deeds.history(opened, ["shared"])
    assert sorted(e.note or "" for e in events) == sorted(f"{name} {n}" for name in names for n in range(times))
    assert [event.version for event in events] == list(range(len(events), 0, -1))
    by_version = {event.version: event.by.name for event in events}
    assert all(any(by_version[v] == name for v in range(seen + 1, len(events) + 1)) for seen, name in told)
    assert_whole(opened, items=1 + len(names))


def test_threads_lose_nothing(opened: Store) -> None:
    names = [f"thread {n}" for n in range(16)]
    with ThreadPoolExecutor(16) as threads:
        told = [each for found in threads.map(lambda name: act_until_done(opened, name, 3), names) for each in found]
    assert_nothing_lost(opened, names, 3, told)


def in_process(place: Settings, name: str, times: int, answer: Connection) -> None:
    answer.send("ready")
    answer.recv()
    answer.send(act_until_done(open_store(place), name, times))


def test_processes_lose_nothing_and_create_the_store_together(place: Settings) -> None:
    """None of the processes finds a store: all of them begin by creating it."""
    told = [each for found in together(place, in_process, 8) for each in found]
    assert_nothing_lost(open_store(place), [f"process {n}" for n in range(4)], 8, told)


ROUNDS = 150


def opens_again_and_again(homes: list[Path], _name: str, barrier: Any, answer: Connection) -> None:
    answer.send("ready")
    answer.recv()
    found = []
    for home in homes:
        barrier.wait(60)
        found.append(open_store(replace(current(), home=home, store="")).generation())
    answer.send(found)


def test_processes_that_start_at_once_find_one_file(tmp_path: Path) -> None:
    """SQLite fails at once, however patient it is, when two processes turn a new file to WAL together."""
    homes = [tmp_path / f"{n}" for n in range(ROUNDS)]
    answers = together(homes, opens_again_and_again, dying.PROCESSES.Barrier(4))
    assert answers == [[0] * ROUNDS] * 4
