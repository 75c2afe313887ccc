"""What people write, in SQLite and in a real PostgreSQL, by threads and by processes, some of which are killed."""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import AccessDenied, BadInput, Conflict, DiskProblem, OrderbeatError
from data.people import store
from data.people.store import ACCOUNT, Item, Person, State, Store
from data.settings import Settings, current
from tests import dying

TODAY = date(2026, 3, 2)
LATER = date(2026, 3, 16)
ANNA = Person("anna@example.org", "Anna")
BORIS = Person("boris@example.org", "Борис")
LATE = Item("late", "C1", ACCOUNT)
GROWTH = Item("growth", "C1", "Fasteners")
BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)

HOSTILE = (
    "'; drop table action_events; --",
    "**bold** <script>alert(1)</script> [x](javascript:y) $x^2$ :red[z]",
    "=cmd|' /C calc'!A0",
    "\u202eright to left\u202c, \ufeffmark, e\u0301, 👩‍👩‍👧, \U0010ffff",
    " \t\r\nlines\n\n%s %(name)s :name ? {0} \\x00 \\",
    "x" * 100_000,
)


def postgresql_programs() -> Path | None:
    """The folder of the newest PostgreSQL server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def server_user() -> str | None:
    """PostgreSQL refuses to run as root; another user has to do it then."""
    return "nobody" if os.geteuid() == 0 else None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address, without a database, of a PostgreSQL server of the tests' own on loopback."""
    programs, user = postgresql_programs(), server_user()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    # Not below pytest's folder: that is closed to the user that runs the server.
    with tempfile.TemporaryDirectory(prefix="orderbeat-postgresql-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user)
        data, port = Path(folder, "data"), free_port()
        created = [programs / "initdb", "-D", data, "-U", "orderbeat", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*created, "--locale=C.UTF-8"], check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        command = [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())]
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
        address = f"postgresql://orderbeat@127.0.0.1:{port}"
        try:
            for _ in range(600):
                with contextlib.suppress(psycopg.OperationalError), psycopg.connect(f"{address}/postgres"):
                    break
                assert process.poll() is None, Path(folder, "log").read_text()
                time.sleep(0.05)
            yield address
        finally:
            process.send_signal(signal.SIGINT)  # disconnects everyone and ends
            process.wait(30)


NUMBERS = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Where an empty store is to be: a folder or a database of the test's own."""
    if request.param == "postgresql":
        server = request.getfixturevalue("server")
        name = f"store_{next(NUMBERS)}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"create database {name}")
        monkeypatch.setenv("ORDERBEAT_STORE", f"{server}/{name}")
    return current()


@pytest.fixture
def opened(place: Settings) -> Iterator[Store]:
    found = store.open_store(place)
    yield found
    found._engine.dispose()


def second(place: Settings) -> Store:
    """The same store as another process would open it: with connections of its own."""
    return store._open.__wrapped__(store._url(place), 0)


def act(opened: Store, item: Item, seen_version: int, did: store.Did, by: Person = ANNA, **more: Any) -> State:
    needed = {
        "snoozed": {"until": LATER},
        "dismissed": {"until": LATER, "reason": "season"},
        "noted": {"note": "Called."},
        "routed": {"channel": "inside"},
    }
    return opened.act(item, seen_version, did, by=by, **{"as_of": TODAY, **needed.get(did, {}), **more})


def only(found: list) -> Any:
    (one,) = found
    return one


def assert_whole(opened: Store, items: int | None = None) -> None:
    """Each item's versions run 1, 2, 3…, and the generation counts exactly the writes that are there."""
    with opened._engine.connect() as connection:
        rows = connection.execute(sa.select(store._events)).all()
    found = Counter((row.kind, row.customer_id, row.subject) for row in rows)
    versions = Counter((row.kind, row.customer_id, row.subject, row.version) for row in rows)
    assert versions == Counter((*item, n + 1) for item, count in found.items() for n in range(count))
    assert opened.generation() == len(rows)
    if items is not None:
        assert len(found) == items


# Deeds


def test_a_deed_is_read_back_as_it_was_written(opened: Store, place: Settings) -> None:
    before = datetime.now(UTC)
    state = act(
        opened,
        GROWTH,
        0,
        "dismissed",
        note="Tender",
        group_key="growth:Fasteners",
        money=-(10**15) - 1,
        probability=0.1,
    )
    assert state == only(second(place).states()) == only(opened.states(["C1", "C2"]))
    (event,) = opened.history(["C1"])
    assert (state.item, state.last, state.decision) == (GROWTH, event, event)
    assert (state.version, state.status, state.until, state.reason) == (1, "dismissed", LATER, "season")
    assert state.channel is None
    assert (event.did, event.by, event.as_of, event.note) == ("dismissed", ANNA, TODAY, "Tender")
    assert (event.group_key, event.money, event.probability) == ("growth:Fasteners", -(10**15) - 1, 0.1)
    assert before <= event.at <= datetime.now(UTC) and event.at.utcoffset() == timedelta(0)


def test_nobody_acted_on_nothing(opened: Store) -> None:
    assert (opened.states(), opened.states([]), opened.history(["C1"]), opened.taught(BEFORE_ALL)) == ([], [], [], {})
    assert (State(LATE).version, State(LATE).status) == (0, "open")
    assert opened.generation() == 0


def test_states_and_history_are_of_the_customers_asked_for(opened: Store) -> None:
    for customer in ("C2", "C10", "c2", "Ц"):
        act(opened, Item("late", customer, ACCOUNT), 0, "accepted")
    act(opened, GROWTH, 0, "accepted")
    assert [state.item.customer_id for state in opened.states()] == ["C1", "C10", "C2", "c2", "Ц"]
    assert [state.item.customer_id for state in opened.states(["c2", "C10", "C\0", "\ud800"])] == ["C10", "c2"]
    many = [f"D{n}" for n in range(70_000)]
    assert [state.item.customer_id for state in opened.states([*many, "C2"])] == ["C2"]
    assert [event.item.customer_id for event in opened.history([*many, "C2"])] == ["C2"]
    assert [event.item.customer_id for event in opened.history(["Ц", "C1", "C2"])] == ["C1", "Ц", "C2"]


def test_notes_and_routings_change_no_decision(opened: Store) -> None:
    act(opened, LATE, 0, "snoozed", group_key="late:dealer")
    act(opened, LATE, 1, "routed", by=BORIS, channel="ecommerce")
    state = act(opened, LATE, 2, "noted", by=BORIS)
    assert (state.status, state.until, state.channel, state.version) == ("snoozed", LATER, "ecommerce", 3)
    assert state.last and state.decision and (state.last.by, state.decision.by) == (BORIS, ANNA)
    state = act(opened, LATE, 3, "undone")
    assert (state.status, state.until, state.channel, state.decision) == ("open", None, "ecommerce", None)
    assert [event.did for event in opened.history(["C1"])] == ["undone", "noted", "routed", "snoozed"]


def test_a_snoozed_item_is_open_again_on_its_day(opened: Store) -> None:
    state = act(opened, LATE, 0, "snoozed")
    assert [state.status_on(LATER + timedelta(days)) for days in (-1, 0, 1)] == ["snoozed", "open", "open"]
    state = act(opened, LATE, 1, "accepted", as_of=LATER)
    assert (state.status_on(LATER), state.until) == ("accepted", None)
    assert act(opened, LATE, 2, "undone", as_of=LATER).status_on(LATER) == "open"


def test_the_last_decision_on_an_item_teaches(opened: Store) -> None:
    growth = [Item("growth", f"C{n}", "Fasteners") for n in range(5)]
    for item, did in zip(growth, ("accepted", "dismissed", "dismissed", "snoozed", "accepted"), strict=True):
        act(opened, item, 0, did, group_key="growth:Fasteners")
    act(opened, growth[1], 1, "undone", group_key="growth:Fasteners")
    act(opened, growth[2], 1, "noted", group_key="growth:other")
    act(opened, growth[4], 1, "dismissed", group_key="growth:Fasteners")
    act(opened, LATE, 0, "accepted", group_key="late:dealer")
    act(opened, Item("late", "C9", ACCOUNT), 0, "accepted")
    assert opened.taught(BEFORE_ALL) == {"growth:Fasteners": (1, 2), "late:dealer": (1, 0)}
    act(opened, growth[4], 2, "undone")
    last = datetime.now(UTC)
    assert opened.taught(BEFORE_ALL) == {"growth:Fasteners": (2, 1), "late:dealer": (1, 0)}
    act(opened, growth[0], 1, "noted")
    act(opened, growth[3], 1, "accepted", group_key="growth:Fasteners")
    assert opened.taught(last) == {"growth:Fasteners": (1, 0)}


@pytest.mark.parametrize(
    ("did", "given"),
    [
        ("snoozed", {"until": None}),
        ("snoozed", {"until": TODAY}),
        ("snoozed", {"reason": "season"}),
        ("dismissed", {"until": None}),
        ("dismissed", {"reason": ""}),
        ("accepted", {"until": LATER}),
        ("accepted", {"channel": "inside"}),
        ("noted", {"note": ""}),
        ("routed", {"channel": None}),
        ("routed", {"channel": "somewhere"}),
        ("undone", {}),
        ("deleted", {}),
        ("noted", {"note": "a\0b"}),
        ("noted", {"note": "half \ud83d"}),
        ("accepted", {"group_key": "\0"}),
        ("accepted", {"by": Person("a", "\udcff")}),
        ("accepted", {"item": Item("late", "C\0", ACCOUNT)}),
        ("accepted", {"item": Item("late", "Ц" * 201, ACCOUNT)}),
        ("accepted", {"item": Item("early", "C1", ACCOUNT)}),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(opened: Store, did: store.Did, given: dict) -> None:
    given = dict(given)
    with pytest.raises(BadInput):
        act(opened, given.pop("item", LATE), 0, did, **given)
    assert (opened.states(), opened.generation()) == ([], 0)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_kept_as_it_is(opened: Store, text: str) -> None:
    key = text[:200]
    item, who = Item("growth", key, key), Person(text, text)
    act(opened, item, 0, "dismissed", by=who, note=text, reason=text, group_key=text)
    (event,) = opened.history([key])
    assert (event.item, event.by, event.note, event.reason, event.group_key) == (item, who, text, text, text)
    assert only(opened.states([key])).item == item
    assert opened.taught(BEFORE_ALL) == {text: (0, 1)}
    opened.set_setting(key, {text: [text]}, who)
    assert opened.setting(key, None) == {text: [text]}
    opened.save_view(key, key, {key: [key]}, key, False)
    assert (view := only(opened.views(key, key))).query_params == {key: [key]}
    assert (view.name, view.page, view.by_key) == (key, key, key)
    with pytest.raises(Conflict) as told:
        act(opened, item, 0, "accepted")
    assert told.value.by_name == text


# Undo, against a model: a pile of decisions, and the channel beside it


DEEDS = st.one_of(
    st.just(("accepted", {})),
    st.just(("undone", {})),
    st.tuples(st.just("snoozed"), st.fixed_dictionaries({"until": st.sampled_from([LATER, date(2027, 1, 1)])})),
    st.tuples(st.just("dismissed"), st.fixed_dictionaries({"reason": st.sampled_from(["season", "tender"])})),
    st.just(("noted", {})),
    st.tuples(st.just("routed"), st.fixed_dictionaries({"channel": st.sampled_from(["outside", "inside"])})),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DEEDS, max_size=12))
def test_undoing_goes_back_step_by_step(opened: Store, deeds: list[tuple[store.Did, dict]]) -> None:
    item = Item("category_risk", f"undo-{next(NUMBERS)}", "Tools")
    pile: list[tuple] = []
    channel, version = None, 0
    for did, given_ in deeds:
        if did == "undone" and not pile:
            with pytest.raises(BadInput, match="nothing to undo"):
                act(opened, item, version, did)
            continue
        state = act(opened, item, version, did, group_key=item.customer_id, **given_)
        version += 1
        if did == "undone":
            pile.pop()
        elif did == "routed":
            channel = given_["channel"]
        elif did != "noted":
            until = None if did == "accepted" else given_.get("until", LATER)
            pile.append((did, until, given_.get("reason"), version))
        status, until, reason, decided = pile[-1] if pile else ("open", None, None, None)
        assert (state.status, state.until, state.reason, state.channel) == (status, until, reason, channel)
        assert (state.version, state.decision and state.decision.version) == (version, decided)
        assert state == only(opened.states([item.customer_id]))
    top = pile[-1][0] if pile else "open"
    counted = {"accepted": (1, 0), "dismissed": (0, 1)}.get(top)
    assert opened.taught(BEFORE_ALL).get(item.customer_id) == counted
    assert [event.version for event in opened.history([item.customer_id])] == list(range(version, 0, -1))


# Two people at once


@pytest.mark.parametrize("did", ["accepted", "snoozed", "dismissed", "undone", "noted", "routed"])
@pytest.mark.parametrize("first", ["accepted", "noted", "routed", "undone"])
def test_who_did_not_see_the_newest_event_is_told_who_was_first(
    opened: Store, place: Settings, first: store.Did, did: store.Did
) -> None:
    act(opened, LATE, 0, "accepted")
    done = act(second(place), LATE, 1, first, by=BORIS)
    with pytest.raises(Conflict, match="Somebody else") as told:
        act(opened, LATE, 1, did)
    assert done.last
    assert (told.value.by_name, told.value.did, told.value.at) == (BORIS.name, first, done.last.at)
    assert only(opened.states()) == done
    assert opened.generation() == 2


@pytest.mark.parametrize("seen", [-1, 1, 2])
def test_a_version_that_never_was_is_refused(opened: Store, seen: int) -> None:
    with pytest.raises(BadInput, match="does not know version"):
        act(opened, LATE, seen, "accepted")
    assert (opened.states(), opened.generation()) == ([], 0)


def test_the_key_catches_who_acts_between_looking_and_writing(opened: Store, place: Settings) -> None:
    """Both saw version 0, both found it to be the newest: only the key of the table can tell them apart."""
    other = second(place)
    quicker: list[State] = []

    @sa.event.listens_for(opened._engine, "before_cursor_execute")
    def overtake(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO action_events") and not quicker:
            quicker.append(act(other, LATE, 0, "dismissed", by=BORIS))

    with pytest.raises(Conflict, match="Somebody else"):
        act(opened, LATE, 0, "accepted")
    assert opened.states() == quicker
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
            seen = next((state.version for state in opened.states(["shared"])), 0)
            try:
                act(opened, Item("late", "shared", ACCOUNT), seen, "noted", by=Person(name, name), note=f"{name} {n}")
                break
            except Conflict as conflict:
                told.append((seen, conflict.by_name))
    return told


def assert_nothing_lost(opened: Store, names: list[str], times: int, told: list[tuple[int, str]]) -> None:
    events = opened.history(["shared"])
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
    answer.send(act_until_done(store.open_store(place), name, times))


def together(place: Any, target: Callable, *more: object, processes: int = 4) -> list[Any]:
    """What real processes answer that were let go at the same moment."""
    started = []
    for n in range(processes):
        ours, theirs = dying.PROCESSES.Pipe()
        process = dying.PROCESSES.Process(target=target, args=(place, f"process {n}", *more, theirs))
        process.start()
        theirs.close()
        started.append((process, ours))
    for _, ours in started:
        assert ours.recv() == "ready"
    for _, ours in started:
        ours.send("go")
    answers = [ours.recv() for _, ours in started]
    for process, _ in started:
        process.join(30)
        assert process.exitcode == 0
    return answers


def test_processes_lose_nothing_and_create_the_store_together(place: Settings) -> None:
    """None of the processes finds a store: all of them begin by creating it."""
    told = [each for found in together(place, in_process, 8) for each in found]
    assert_nothing_lost(store.open_store(place), [f"process {n}" for n in range(4)], 8, told)


ROUNDS = 150


def opens_again_and_again(homes: list[Path], name: str, barrier: Any, answer: Connection) -> None:
    answer.send("ready")
    answer.recv()
    found = []
    for home in homes:
        barrier.wait(60)
        found.append(store.open_store(replace(current(), home=home, store="")).generation())
    answer.send(found)


def test_processes_that_start_at_once_find_one_file(tmp_path: Path) -> None:
    """SQLite fails at once, however patient it is, when two processes turn a new file to WAL together."""
    homes = [tmp_path / f"{n}" for n in range(ROUNDS)]
    answers = together(homes, opens_again_and_again, dying.PROCESSES.Barrier(4))
    assert answers == [[0] * ROUNDS] * 4


# Killed, refused, unreachable


def dies_while_writing(place: Settings, statement: str, answer: Connection) -> None:
    opened = store.open_store(place)
    state = only(opened.states())

    @sa.event.listens_for(opened._engine, "after_cursor_execute")
    def die(connection: Any, cursor: Any, executed: str, *_: Any) -> None:
        if executed.startswith(statement):
            os.kill(os.getpid(), signal.SIGKILL)

    act(opened, LATE, state.version, "accepted", by=BORIS)


@pytest.mark.parametrize("statement", ["INSERT INTO action_events", "UPDATE store"])
def test_a_killed_writer_leaves_the_store_whole(opened: Store, place: Settings, statement: str) -> None:
    before = act(opened, LATE, 0, "snoozed")
    process = dying.PROCESSES.Process(target=dies_while_writing, args=(place, statement, None))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert only(opened.states()) == before
    assert_whole(opened, items=1)
    assert act(opened, LATE, 1, "accepted").version == 2
    assert_whole(opened, items=1)


def writes_for_ever(place: Settings, answer: Connection) -> None:
    opened = store.open_store(place)
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
    assert opened.states()[0].version in (confirmed, confirmed + 1)
    assert_whole(opened, items=1)


def test_a_store_of_a_newer_version_is_left_alone(opened: Store, place: Settings) -> None:
    act(opened, LATE, 0, "accepted")
    with opened._engine.begin() as connection:
        connection.execute(sa.update(store._store).values(schema_version=store.SCHEMA + 1))
        connection.execute(sa.delete(store._events))
        connection.execute(sa.schema.DropTable(store._events))
    with pytest.raises(OrderbeatError, match=f"version {store.SCHEMA + 1}.*newer Orderbeat"):
        second(place)
    assert not sa.inspect(opened._engine).has_table("action_events")


@contextlib.contextmanager
def held(place: Settings) -> Iterator[None]:
    """Somebody holds what every writer needs and does not let go."""
    if place.store:
        with psycopg.connect(place.store) as connection:
            connection.execute("update store set generation = generation")
            yield
            connection.rollback()
    else:
        with contextlib.closing(sqlite3.connect(place.home / store.FILE, isolation_level=None)) as connection:
            connection.execute("begin immediate")
            yield


def test_a_writer_that_hangs_stops_others_for_a_while_only(
    opened: Store, place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(opened, LATE, 0, "accepted")
    monkeypatch.setattr(store, "_WAIT_SECONDS", 1)
    impatient = second(place)
    with held(place):
        with pytest.raises(OrderbeatError, match="busy; nothing was written"):
            act(impatient, LATE, 1, "snoozed")
        assert only(impatient.states()).version == 1
    assert act(impatient, LATE, 1, "snoozed").version == 2
    assert_whole(opened, items=1)


def test_a_store_that_may_not_be_written_says_so_and_can_be_read(opened: Store, place: Settings) -> None:
    act(opened, LATE, 0, "accepted")
    if place.store:
        with psycopg.connect(place.store, autocommit=True) as connection:
            database = connection.info.dbname
            connection.execute(f"alter database {database} set default_transaction_read_only = on")
        opened._engine.dispose()
    else:
        sa.event.listen(opened._engine, "checkout", lambda raw, *_: raw.execute("pragma query_only = on"))
    with pytest.raises(DiskProblem, match="cannot be written"):
        act(opened, LATE, 1, "snoozed")
    assert only(opened.states()).version == 1


def test_a_full_disk_loses_what_is_being_written_and_nothing_else(home: Path) -> None:
    opened = store.open_store(current())
    act(opened, LATE, 0, "accepted")
    sa.event.listen(opened._engine, "checkout", lambda raw, *_: raw.execute("pragma max_page_count = 1"))
    with pytest.raises(DiskProblem, match="full; nothing was written"):
        act(opened, LATE, 1, "noted", note="x" * 1_000_000)
    assert only(opened.states()).version == 1
    assert_whole(opened, items=1)


def test_a_damaged_file_is_named(home: Path) -> None:
    home.mkdir()
    (home / store.FILE).write_bytes(b"not a database " * 1000)
    with pytest.raises(OrderbeatError, match=r"damaged.*store\.sqlite3"):
        store.open_store(current())


def test_a_home_that_cannot_be_is_a_disk_problem(home: Path) -> None:
    home.write_text("a file where the folder should be")
    with pytest.raises(DiskProblem, match="cannot be written"):
        store.open_store(current())


def test_a_server_that_does_not_answer_is_named_without_its_password(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERBEAT_STORE", f"postgresql://anna:secret@127.0.0.1:{free_port()}/sales")
    with pytest.raises(OrderbeatError, match=r"cannot be reached.*127\.0\.0\.1.*Start its") as told:
        store.open_store(current())
    assert "secret" not in str(told.value) + repr(current())


def test_a_store_comes_back_with_its_server(server: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        monkeypatch.setenv("ORDERBEAT_STORE", f"{server}/later")
        with pytest.raises(OrderbeatError, match="cannot be reached"):
            store.open_store(current())
        connection.execute("create database later")
        opened = store.open_store(current())
        act(opened, LATE, 0, "accepted")
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'later'")
        assert act(opened, LATE, 1, "snoozed").version == 2


@pytest.mark.parametrize("address", ["nonsense", "sqlite:///x.db", "mysql://a:secret@b/c", "postgres://a:secret@b/c"])
def test_an_address_that_is_none_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ORDERBEAT_STORE", address)
    with pytest.raises(BadInput, match="ORDERBEAT_STORE") as told:
        store.open_store(current())
    assert "secret" not in str(told.value)


def test_a_process_opens_a_store_once(place: Settings) -> None:
    assert store.open_store(place) is store.open_store(replace(place, query_threads=7))


# Settings and views


def test_the_newest_value_of_a_setting_holds_and_none_is_forgotten(opened: Store, place: Settings) -> None:
    assert opened.setting("holdout_share", 0.1) == 0.1
    for by, value in ((ANNA, 0.2), (BORIS, None), (ANNA, {"late": [1, 2.5, True]})):
        opened.set_setting("holdout_share", value, by)
        assert second(place).setting("holdout_share", "default") == value
    assert opened.setting("holdout", "default") == "default"
    history = opened.setting_history("holdout_share")
    assert [(entry.value, entry.by) for entry in history] == [
        ({"late": [1, 2.5, True]}, ANNA),
        (None, BORIS),
        (0.2, ANNA),
    ]
    assert sorted((entry.at for entry in history), reverse=True) == [entry.at for entry in history]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, TODAY])
def test_a_setting_holds_what_json_can(opened: Store, value: Any) -> None:
    with pytest.raises(BadInput):
        opened.set_setting("weight", value, ANNA)
    assert (opened.setting_history("weight"), opened.generation()) == ([], 0)


def test_views_are_seen_by_their_owner_and_where_shared(opened: Store) -> None:
    own = opened.save_view("Mine", "customers", {"owner": ["R1", "R2"], "q": "bolt"}, "anna", False)
    shared = opened.save_view("Ours", "customers", {}, "boris", True)
    opened.save_view("Theirs", "customers", {}, "boris", False)
    opened.save_view("Mine", "team", {}, "anna", False)
    assert opened.views("customers", "anna") == [own, shared]
    assert opened.views("customers", "clara") == [shared]


def test_saving_under_the_same_name_replaces_ones_own_view_alone(opened: Store) -> None:
    first = opened.save_view("Late", "customers", {"q": "a"}, "anna", True)
    foreign = opened.save_view("Late", "customers", {"q": "b"}, "boris", True)
    again = opened.save_view("Late", "customers", {"q": "c"}, "anna", False)
    assert again.id == first.id
    assert opened.views("customers", "anna") == [again, foreign]
    assert opened.views("customers", "boris") == [foreign]


def test_only_ones_own_view_can_be_deleted(opened: Store) -> None:
    view = opened.save_view("Late", "customers", {}, "anna", True)
    before = opened.generation()
    with pytest.raises(AccessDenied):
        opened.delete_view(view.id, "boris")
    assert (opened.views("customers", "boris"), opened.generation()) == ([view], before)
    opened.delete_view(view.id, "anna")
    assert opened.views("customers", "anna") == []
    with pytest.raises(AccessDenied):
        opened.delete_view(view.id, "anna")


@pytest.mark.parametrize(
    "params", [{"q": 1}, {"q": [["a"]]}, {1: "a"}, {"q": None}, {"q": "x" * 9_000}, {"q": {"a": 1}}]
)
def test_a_view_holds_what_a_link_can(opened: Store, params: dict) -> None:
    with pytest.raises(BadInput):
        opened.save_view("Rows", "customers", params, "anna", True)
    assert (opened.views("customers", "anna"), opened.generation()) == ([], 0)


LONGEST = "".join(chr(0x20000 + n) for n in range(200))  # four bytes each, and nothing to compress


def test_the_longest_names_fit(opened: Store) -> None:
    item = Item("category_risk", LONGEST, LONGEST)
    assert act(opened, item, 0, "accepted").item == item
    opened.set_setting(LONGEST, 1, ANNA)
    opened.save_view(LONGEST, LONGEST, {}, LONGEST, True)
    for write in (
        lambda: opened.set_setting(LONGEST + "x", 1, ANNA),
        lambda: opened.save_view(LONGEST + "x", "customers", {}, "anna", True),
    ):
        with pytest.raises(BadInput, match="too long"):
            write()
    assert opened.generation() == 3


def test_every_write_raises_the_generation_for_everyone(opened: Store, place: Settings) -> None:
    other = second(place)
    writes: tuple[Callable[[], Any], ...] = (
        lambda: act(opened, LATE, 0, "accepted"),
        lambda: opened.set_setting("weight", 1, ANNA),
        lambda: opened.save_view("Late", "customers", {}, "anna", True),
        lambda: opened.save_view("Late", "customers", {}, "anna", False),
        lambda: opened.delete_view(opened.views("customers", "anna")[0].id, "anna"),
    )
    for n, write in enumerate(writes):
        assert other.generation() == n
        write()
        assert (opened.generation(), other.generation()) == (n + 1, n + 1)
