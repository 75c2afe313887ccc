"""Targets entered on screen: who may, what is kept, and that the next build measures by them."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data import settings
from data.errors import AccessDenied, BadInput
from data.loading import inputs
from data.people import targets
from data.people.person import Person
from data.people.store import Setting, open_store, opening
from data.people.targets import Target
from data.warehouse import access, build
from tests import companies
from tests.data.people.test_actions import company
from tests.people import ADMIN, DIRECTOR, ECOMMERCE, LEAD, REP

MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORDERBEAT_HOME", str(tmp_path))
    opening._open.cache_clear()
    loaded = company()
    loaded["quotas"] = [
        {"rep_id": rep, "month": month, "metric": "revenue", "target": Decimal(100)}
        for rep in ("R0", "R1")
        for month in (MAY.replace(day=31), JUNE)
    ]
    companies.load(tmp_path, loaded)
    return tmp_path


def enter(who: Person, changed: list[Target]) -> None:
    targets.enter(open_store(settings.current()), who, changed)


def history() -> list[Setting]:
    return targets.history(open_store(settings.current()))


def told(who: Person) -> list[tuple[Any, ...]]:
    asked = {"team": None, "metric": "revenue", "year_from": dt.date(2026, 1, 1), "entered": None}
    rows = access.query(who.scope, "team.targets", asked).rows()
    return [(row["rep_id"], row["target_05"], row["target_06"]) for row in rows]


@pytest.mark.usefixtures("home")
def test_the_next_build_takes_what_was_entered_last_over_what_was_loaded() -> None:
    enter(ADMIN, [Target("R0", MAY, "revenue", Decimal(1)), Target("R1", MAY, "revenue", Decimal(9))])
    enter(ADMIN, [Target("R0", MAY, "revenue", Decimal("250.50")), Target("nobody", MAY, "revenue", Decimal(1))])
    enter(ADMIN, [Target("R1", MAY, "revenue", None)])
    build.build(settings.current())
    assert told(DIRECTOR) == [("R0", Decimal("250.50"), Decimal(100)), ("R1", Decimal(100), Decimal(100))]
    assert told(REP) == [("R0", Decimal("250.50"), Decimal(100))]
    assert [(entry.by.name, len(entry.value)) for entry in history()] == [
        ("admin", 1),
        ("admin", 2),
        ("admin", 2),
    ]


def test_nothing_entered_leaves_what_was_loaded(home: Path) -> None:
    loaded = inputs.current(home)
    assert loaded is not None
    assert targets.in_force(open_store(settings.current()), loaded.rows) == {}


@pytest.mark.usefixtures("home")
def test_nobody_but_an_administrator_enters_targets() -> None:
    for who in (DIRECTOR, LEAD, REP, ECOMMERCE):
        with pytest.raises(AccessDenied):
            enter(who, [Target("R0", MAY, "revenue", Decimal(1))])
    assert history() == []


@pytest.mark.parametrize(
    "wrong",
    [
        Target("R0", MAY, "revenue", Decimal("-0.01")),
        Target("R0", MAY, "revenue", Decimal("NaN")),
        Target("R0", MAY, "revenue", Decimal("1e12")),
        Target("R0", MAY, "profit", Decimal(1)),
        Target("R0", MAY.replace(day=2), "revenue", Decimal(1)),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_is_no_target_is_refused_with_all_that_came_with_it(wrong: Target) -> None:
    with pytest.raises(BadInput):
        enter(ADMIN, [Target("R0", JUNE, "revenue", Decimal(1)), wrong])
    assert history() == []
