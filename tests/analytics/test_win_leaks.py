"""No landmark knows what came after it, and nothing is told from what was filled in when the outcome was known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.win_probability import guard, is_enough, trusted
from analytics.win_probability.landmarks import FEATURES, landmarks
from analytics.win_probability.log import OPEN, Log, day_number, log_of
from tests.analytics.win_companies import AS_OF, START, Company, asking, company, computed, days, left_out

DAY, LATEST, DEALS = 100, 200, 12
Deal = dict[str, Any]


def drawn_deal(random: np.random.Generator) -> Deal:
    """Anything that may be on record of a deal; days count from START."""

    def one_of(*values: Any) -> Any:
        return values[random.integers(len(values))]

    def day() -> int:
        return int(random.integers(0, LATEST))

    version: dict[str, Callable[[], Any]] = {
        "issued_on": lambda: one_of(None, day(), day()),
        "amount": lambda: one_of(None, 0.0, round(random.uniform(1, 99), 2)),
        "discount_depth": lambda: one_of(None, round(random.random(), 3)),
        "valid_until": lambda: one_of(None, day()),
        "expected_close_on": lambda: one_of(None, day()),
        "rep_id": lambda: one_of("R0", "R1", None),
        "category": lambda: one_of("pumps", "valves", None),
        "channel": lambda: one_of("inside", "outside", None),
    }
    step: dict[str, Callable[[], Any]] = {
        "stage": lambda: one_of(None, "request", "offer", "won"),
        "actor": lambda: one_of("customer", "rep", None),
        "contact": lambda: one_of("K1", "K2", "L1"),
        "buying_job": lambda: one_of(None, "validation"),
        "channel": lambda: one_of(None, "digital", "phone"),
    }

    def rows(of: dict[str, Callable[[], Any]]) -> list[Deal]:
        return [{"day": day()} | {name: draw() for name, draw in of.items()} for _ in range(int(random.integers(5)))]

    about = {"customer": one_of("C0", "C1"), "first": {name: draw() for name, draw in version.items()}}
    ending = {"closed": one_of(None, day(), day()), "is_won": bool(random.random() < 0.5)}
    return {
        "opened": int(random.integers(0, DAY * 3 // 2)),
        **about,
        **ending,
        "versions": rows(version),
        "steps": rows(step),
    }


def log_of_both(before: list[Deal], after: list[Deal]) -> Log:
    """What happened up to the day in one world, and after it in another."""
    found = Company()
    # That days of issue are loaded at all is known from the first deal on.
    found.add("first", START, START + days(3), "won", issued_on=START, amount=1.0)
    for number, (past, future) in enumerate(zip(before, after, strict=True)):
        deal = past if past["opened"] <= DAY else future | {"opened": max(future["opened"], DAY + 1)}
        closed, is_won = past["closed"], past["is_won"]
        if deal is not past or closed is None or not deal["opened"] <= closed <= DAY:
            closed, is_won = future["closed"], future["is_won"]
            closed = closed if closed is not None and closed > max(DAY, deal["opened"]) else None
        outcome = None if closed is None else "won" if is_won else "lost"
        name, opened = f"N{number}", deal["opened"]
        found.add(
            name, _day(opened), _day(closed), outcome, deal["customer"], **_version(deal["first"], future["first"])
        )
        for version, other in _joined(past["versions"], future["versions"]):
            found.version(name, _day(max(version["day"], opened)), **_version(version, other))
        for step, _ in _joined(past["steps"], future["steps"]):
            told = {key: step[key] for key in ("stage", "actor", "contact", "buying_job", "channel")}
            found.step(name, _day(max(step["day"], opened)), **told)
    for number, row in enumerate(found.versions):
        row["quote_id"] = f"Q{number:04}"
    with asking(found) as ask:
        return log_of(ask, AS_OF)


def _joined(past: list[Deal], future: list[Deal]) -> list[tuple[Deal, Deal]]:
    """Rows of the past up to the day and of the future after it, each with another one of the future."""
    rows = [row for row in past if row["day"] <= DAY] + [row for row in future if row["day"] > DAY]
    return [(row, future[place % len(future)] if future else row) for place, row in enumerate(rows)]


def _version(row: Deal, other: Deal) -> Deal:
    """A version's columns: what was issued after the day is worth what the other says."""
    known = {key: value for key, value in row.items() if key != "day"}
    if row["issued_on"] is not None and row["issued_on"] > DAY:
        later = max(other["issued_on"] or 0, DAY + 1)
        known |= {key: other[key] for key in ("amount", "discount_depth", "valid_until")} | {"issued_on": later}
    return known | {key: _day(known[key]) for key in ("issued_on", "valid_until", "expected_close_on")}


def _day(number: int | None) -> Any:
    return None if number is None else START + days(number)


def seen_on_the_day(log: Log) -> dict[str, dict[str, Any]]:
    """All features, and the stage, of negotiations open on the day."""
    day = day_number(START) + DAY
    is_open = np.flatnonzero((log.opened <= day) & (log.ended > day))
    marks = landmarks(log, is_open, np.full(len(is_open), day))
    ids, stages = log.ids.to_pylist(), [*log.stages, ""]
    return {
        ids[negotiation]: dict(zip(FEATURES, row, strict=True)) | {"stage": stages[stage]}
        for negotiation, row, stage in zip(is_open, marks.features.tolist(), marks.stage, strict=True)
    }


@settings(max_examples=12, derandomize=True)
@given(st.integers(0, 10**6))
def test_whatever_comes_after_the_day_no_feature_of_it_changes(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, after, otherwise = ([drawn_deal(random) for _ in range(DEALS)] for _ in range(3))
    one, other = (seen_on_the_day(log_of_both(before, future)) for future in (after, otherwise))
    assert one.keys() == other.keys()
    for name, features in one.items():
        assert features.pop("stage") == other[name].pop("stage")
        assert features == pytest.approx(other[name], nan_ok=True)


@pytest.fixture(scope="module")
def many() -> Company:
    return company(1300)


# Where a fact is loaded from: rows of what, and which column.
LOADED_FROM = {
    "amount": ("versions", "amount"),
    "discount": ("versions", "discount_depth"),
    "validity": ("versions", "valid_until"),
    "planned_day": ("versions", "expected_close_on"),
    "offers": ("versions", "issued_on"),
    **{name: ("versions", name) for name in ("customer_id", "rep_id", "channel", "category")},
    **{name: ("negotiations", name) for name in ("segment", "source")},
}
UNDATED = sorted(LOADED_FROM.keys() - {"offers"})


def filled_in(before: Company, fact: str, fill: Callable[[Deal, Any], Any]) -> Company:
    """The same with a fact as it would be had it been filled in by what became of the negotiation."""
    rows, column = LOADED_FROM[fact]
    ended = {row["negotiation_id"]: row for row in before.negotiations}
    after = Company(list(before.versions), list(before.negotiations), before.steps)
    varied = [  # of most facts the company has but one value
        row | ({} if column in row and column not in ("rep_id", "segment", "channel", "source", "category")
               else {column: START + days(number) if fact == "validity" else f"{column} {number % 5}"})
        for number, row in enumerate(getattr(before, rows))
    ]  # fmt: skip
    setattr(after, rows, [row | {column: fill(ended[row["negotiation_id"]], row[column])} for row in varied])
    return after


def judged(found: Company) -> tuple[Log, dict[str, str]]:
    with asking(found) as ask:
        log = log_of(ask, AS_OF)
    still, decided = np.flatnonzero(log.ended == OPEN), np.flatnonzero(log.ended != OPEN)
    assert is_enough(log, decided)
    assert len(still) >= guard.LEAST_JUDGED
    return trusted(log, decided, still, day_number(AS_OF))


def test_what_was_known_at_the_time_is_trusted(many: Company) -> None:
    assert judged(many)[1] == {}
    for fact in UNDATED:
        assert judged(filled_in(many, fact, lambda deal, value: value))[1] == {}


@pytest.mark.parametrize("fact", UNDATED)
@pytest.mark.parametrize("why", ["won_only", "lost_only", "decided_only", "one_value_lost", "one_value_won"])
def test_what_is_filled_in_after_the_decision_teaches_nothing(many: Company, fact: str, why: str) -> None:
    whose = {"won_only": ("won",), "lost_only": ("lost",), "decided_only": ("won", "lost")}

    def fill(deal: Deal, value: Any) -> Any:
        if why in whose:
            return value if deal["outcome"] in whose[why] else None
        same = {"amount": 5.0, "discount": 0.0, "validity": AS_OF, "planned_day": AS_OF}.get(fact, "same")
        return same if deal["outcome"] in (None, why.removeprefix("one_value_")) else value

    log, left_out = judged(filled_in(many, fact, fill))
    assert left_out == {fact: why}
    marks = landmarks(log, np.arange(5), log.opened[:5] + 9)
    assert np.isnan(marks.features[:, [FEATURES.index(name) for name in guard.FACTS[fact].features]]).all()


@pytest.mark.parametrize("fact", ["validity", "planned_day"])
def test_a_day_that_is_that_of_the_decision_is_not_believed(many: Company, fact: str) -> None:
    written = filled_in(many, fact, lambda deal, value: deal["closed_on"] or value)
    assert judged(written)[1] == {fact: "decision_day"}


def test_steps_and_offers_kept_of_won_ones_only_teach_nothing(many: Company) -> None:
    lost = {row["negotiation_id"] for row in many.negotiations if row["outcome"] == "lost"}
    kept = replace(many, steps=[row for row in many.steps if row["negotiation_id"] not in lost])
    log, left_out = judged(kept)
    assert left_out == {"stage": "won_only", "steps": "won_only"}
    assert (landmarks(log, np.arange(5), log.opened[:5] + 9).stage == -1).all()
    offered = filled_in(many, "offers", lambda deal, value: None if deal["outcome"] == "lost" else value)
    assert judged(offered)[1] == {"offers": "won_only"}


def test_every_feature_comes_from_a_fact_that_is_judged_or_from_the_days_of_requests() -> None:
    assert {*FEATURES} - {*guard.features_of(dict.fromkeys(guard.FACTS, ""))} == {"age", "rep_open"}


def test_a_discount_entered_when_won_is_no_driver(many: Company) -> None:
    """Both are told of the record; what is told of open ones does not come from it."""
    entered = filled_in(many, "discount", lambda deal, value: 0.3 if deal["outcome"] == "won" else 0.0)
    found = computed(entered)
    assert left_out(found) == {"discount": "one_value_won"}
    assert found.record["auc"][0].as_py() < 0.98
    assert not any("discount_depth" in reasons for reasons in found.table["reasons"].to_pylist())
