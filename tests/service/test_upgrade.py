"""What the release before accounts wrote (its store stood at step 0003) opens under this one, and nothing is lost."""

import contextlib
import sqlite3
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from data import publish
from data.loading import inputs, runs
from data.people import holdout, targets
from data.people.person import Person
from data.people.store import Store, deeds, migration, open_store, opening, views
from data.settings import Settings, current
from data.warehouse import build
from service import backup, restoring
from tests import servers
from tests.loading_help import rows
from tests.service.backup_help import elsewhere, signed_in

FIXTURES = Path(__file__).parent / "fixtures"
TABLES = ("action_events", "saved_views", "setting_events")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with servers.postgresql() as port:
        yield f"postgresql://orderbeat@127.0.0.1:{port}"


@pytest.fixture
def old(home: Path) -> Settings:
    """A home of that release: two loads, a row in quarantine, a source and its history, a mapping, a store."""
    with tarfile.open(FIXTURES / "home-step-0003.tar.xz") as packed:
        packed.extractall(home.parent, filter="data")
    return current()


@pytest.fixture
def old_database(home: Path, tmp_path: Path, server: str) -> Settings:
    """The same store in PostgreSQL, as pg_dump wrote it down."""
    place = replace(elsewhere(tmp_path, server), home=home)
    with psycopg.connect(place.store, autocommit=True) as connection:
        connection.execute((FIXTURES / "store-step-0003.sql").read_text(encoding="utf-8"))
    return place


def written(place: Settings) -> dict[str, list[dict[str, Any]]]:
    """Every row that people wrote, by plain SQL."""
    if place.store:
        connection: Any = psycopg.connect(place.store)
    else:
        connection = sqlite3.connect(place.home / opening.FILE)
    with contextlib.closing(connection):
        found = {}
        for table in TABLES:
            cursor = connection.execute(f"select * from {table} order by id")
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def assert_nothing_is_lost(store: Store, place: Settings, before: dict[str, list[dict[str, Any]]]) -> None:
    after = written(place)
    assert {table: len(found) for table, found in before.items()} == dict(zip(TABLES, (6, 2, 3), strict=True))
    for table, found in before.items():
        assert [{name: row[name] for name in found[0]} for row in after[table]] == found
    states = {(state.item.kind, state.item.customer_id): state for state in deeds.states(store)}
    late = states["late", "C1"]
    assert late.last is not None
    assert (late.version, late.status, late.last.probability) == (4, "accepted", 0.1 + 0.2)
    notes = [event.note for event in deeds.history(store, {"C1"}) if event.note]
    assert sorted(notes) == ["'; drop table action_events; --", "=cmd|' /C calc'!A0\n<b>Żółw</b> 👩‍👩‍👧"]
    assert targets.entered(store) == [targets.Target("R0", date(2026, 7, 1), "revenue", Decimal("300.50"))]
    assert holdout.held(store) == {"held_share": 0.1, "since": date(2026, 6, 30)}
    anna = Person("rep:R0", "Анна Żak", frozenset({"admin"}), "director")
    (view,) = views.listed(store, anna, "customers")
    assert (view.name, view.query_params, view.is_shared) == ("Мои клиенты", {"segment": ["b2b", "dealer"]}, True)
    assert store.generation() == 11


@pytest.mark.parametrize("kind", ["old", "old_database"])
def test_its_store_opens_and_nothing_is_lost(kind: str, request: pytest.FixtureRequest) -> None:
    place: Settings = request.getfixturevalue(kind)
    before = written(place)
    store = open_store(place)
    assert_nothing_is_lost(store, place, before)
    with store.engine.connect() as connection:
        assert migration.standing_at(connection) == migration.steps()[-1]
    assert signed_in(place) == {"sessions": 0, "links": 0, "flows": 0}
    store.engine.dispose()


@pytest.mark.slow
def test_its_home_is_whole_and_is_built_upon(old: Settings) -> None:
    assert "Snapshot 0002 is whole" in build.check(old)
    loaded = inputs.current(old.home)
    assert loaded is not None
    assert loaded.path.name == "0002"
    assert [row["order_id"] for row in rows(old.home, "orders")] == ["O1", "O2", "O3"]
    assert [each.name for each in inputs.kept(old.home)] == ["0001"], "the way back is still there"
    assert [run.snapshot for run in runs.history(old.home, "shop")] == ["0002", "0001"]
    assert not build.is_behind(old), "it is shown as it is"
    build.build(old)
    assert [path.name for path in publish.published(build.root(old))] == ["0003", "0002"]


def test_it_is_backed_up_before_anybody_opened_it_under_this_release(old: Settings, tmp_path: Path) -> None:
    before = written(old)
    backup.backup(old, tmp_path / "a.backup")
    there = elsewhere(tmp_path)
    restoring.restore(there, tmp_path / "a.backup")
    store = open_store(there)
    assert_nothing_is_lost(store, there, before)
    store.engine.dispose()
    assert not build.is_behind(there)
    refused = "quarantine/0001/orders.csv"
    assert (there.home / refused).read_bytes() == (old.home / refused).read_bytes()
