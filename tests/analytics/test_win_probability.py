"""Win probabilities, told from negotiations small enough to know the answer."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from analytics import win_probability
from analytics.tables import Ask
from analytics.win_probability import RECORD, SCHEMA, Outlook
from analytics.win_probability.landmarks import FEATURES
from analytics.win_probability.model import added
from analytics.win_probability.record import area_under
from queries import load
from tests import warehouse

AS_OF = dt.date(2026, 6, 30)
START = dt.date(2024, 1, 1)
STAGES = ("request", "solution", "proposal", "closing")
Row = dict[str, Any]


@dataclass
class Company:
    """Rows of the models that the statistics read."""

    versions: list[Row] = field(default_factory=list)
    negotiations: list[Row] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)

    def add(
        self, name: str, opened: dt.date, closed: dt.date | None, outcome: str | None, customer: str = "C0", **more: Any
    ) -> None:
        """A negotiation of one version; `more` are columns of the version."""
        is_timed = outcome is None or closed is not None
        decision = {"outcome": outcome, "closed_on": closed, "counts_in_closing_time": is_timed}
        about = {"negotiation_id": name, "segment": "b2b", "source": "fair"}
        self.negotiations.append(about | decision)
        self.version(name, opened, customer_id=customer, **more)

    def version(self, name: str, asked: dt.date, **more: Any) -> None:
        number = sum(v["negotiation_id"] == name for v in self.versions[-3:])
        usual = {"rep_id": "R0", "channel": "inside", "category": "pumps", "customer_id": "C0", "version": number + 1}
        row = {"quote_id": f"{name}-{number}", "negotiation_id": name, "requested_on": asked}
        self.versions.append(usual | row | more)

    def step(self, name: str, day: dt.date, stage: str, actor: str = "rep", contact: str = "K1", **more: Any) -> None:
        row = {"negotiation_id": name, "step": len(self.steps) + 1, "occurred_on": day, "stage": stage}
        self.steps.append(row | {"actor": actor, "contact_id": contact, "role": contact[:1]} | more)


@contextmanager
def asking(company: Company) -> Iterator[Ask]:
    tables = {"quote_versions": "versions", "negotiations": "negotiations", "negotiation_steps": "steps"}
    with duckdb.connect(config={"threads": "1"}) as connection:
        warehouse.empty_tables(connection, set(tables))
        for table, rows in tables.items():
            if getattr(company, rows):
                connection.register("given_rows", pa.Table.from_pylist(getattr(company, rows)))
                connection.execute(f"insert into {table} by name select * from given_rows")

        def ask(name: str, **params: object) -> pa.Table:
            return connection.sql(load(f"warehouse.statistics.{name}").sql, params=params).to_arrow_table()

        yield ask


def computed(company: Company, as_of: dt.date = AS_OF) -> Outlook:
    with asking(company) as ask:
        return win_probability.outlook(ask, as_of)


def features(company: Company, names: list[str], day: dt.date, as_of: dt.date = AS_OF) -> list[Row]:
    """What was known of negotiations on a day, told by what is known on a later one."""
    with asking(company) as ask:
        log = win_probability.log_of(ask, as_of)
    which = np.array([log.ids.to_pylist().index(name) for name in names])
    marks = win_probability.landmarks(log, which, np.full(len(which), (day - dt.date(1970, 1, 1)).days))
    return [dict(zip(FEATURES, row, strict=True)) for row in marks.features.tolist()]


def left_out(found: Outlook) -> dict[str, str]:
    """What nothing is told from, and why."""
    return {fact["what"]: fact["why"] for fact in json.loads(found.record["left_out"][0].as_py())}


def days(number: float | np.integer) -> dt.timedelta:
    return dt.timedelta(days=int(number))


def company(many: int = 420, seed: int = 0, order: int = 1, *, is_planted: bool = True) -> Company:
    """Over two and a half years; who is answered at once and offered much, wins; those of 2026-06 may be open."""
    random, found = np.random.default_rng(seed), Company()
    for number in np.arange(many)[::order]:
        random = np.random.default_rng((seed, number))
        opened = START + days(number * 905 / many)
        name, length = f"N{number:04}", 8 + days(random.gamma(3.0, 8.0)).days
        wait, discount = int(random.integers(0, 8)), float(random.uniform(0, 0.2))
        odds = (1.5 - 0.8 * wait + 20 * discount) if is_planted else -0.5
        is_won = random.random() < 1 / (1 + np.exp(-odds))
        closed = opened + days(length)
        outcome = ("won" if is_won else "lost") if closed <= AS_OF else None
        offered = {"issued_on": opened + days(wait + 1), "amount": 1000.0 + number % 7, "discount_depth": discount}
        planned = {"expected_close_on": closed + days(random.integers(-5, 6))}
        found.add(name, opened, closed if outcome else None, outcome, f"C{number % 30}", **offered, **planned)
        found.step(name, opened, "request", "customer")
        at, moment = 0, wait
        while (at := at + 1) < len(STAGES) and moment < length and opened + days(moment) <= AS_OF:
            found.step(name, opened + days(moment), STAGES[at], contact=f"K{random.integers(3)}")
            moment += int(random.integers(1, 9))
    return found


@pytest.fixture(scope="module")
def planted() -> Company:
    return company()


@pytest.fixture(scope="module")
def known(planted: Company) -> Outlook:
    return computed(planted)


def test_features_by_hand() -> None:
    deal = Company()
    day = dt.date(2026, 3, 1)
    deal.add("N", day, None, None, expected_close_on=day + days(20), issued_on=day + days(5), amount=1000.0,
             discount_depth=0.1, valid_until=day + days(35))  # fmt: skip
    deal.version("N", day + days(8), expected_close_on=day + days(27), issued_on=day + days(9), amount=900.0,
                 discount_depth=0.2, valid_until=day + days(40))  # fmt: skip
    deal.step("N", day, "request", "customer", buying_job="validation", channel="digital")
    deal.step("N", day + days(3), "solution", "rep", "L2", buying_job="validation", channel="phone")
    deal.step("N", day + days(5), "proposal", "rep", "L2", channel="email")
    deal.step("N", day + days(8), "solution", "customer", "K1", channel="personal")
    deal.step("N", day + days(9), "proposal", "rep", "L3", channel="digital")
    (early, late) = (features(deal, ["N"], day + days(age))[0] for age in (2, 11))
    nothing = float("nan")
    want = {
        "age": (2, 11), "days_in_stage": (2, 2), "silence": (2, 2), "steps": (1, 5), "backs": (0, 1), "people": (1, 3),
        "roles": (1, 2), "jobs": (1, 1), "by_customer": (1, 0.4), "digital": (1, 0.4), "personal": (0, 0.4),
        "is_answered": (0, 1), "response_days": (nothing, 3), "versions": (1, 2), "offers": (0, 2),
        "days_since_offer": (nothing, 2), "amount": (nothing, 900), "conceded": (nothing, 0.1),
        "discount_depth": (nothing, 0.2), "slipped": (0, 7), "planned_left": (18, 16), "valid_left": (nothing, 29),
        "rep_open": (1, 1), "customer_decided": (0, 0),
    }  # fmt: skip
    assert {name: early[name] for name in want} == pytest.approx({n: w[0] for n, w in want.items()}, nan_ok=True)
    assert {name: late[name] for name in want} == pytest.approx({n: w[1] for n, w in want.items()}, nan_ok=True)


def test_what_a_customer_is_worth_is_told_by_what_was_decided_before() -> None:
    """Three of its four were won, all others lost: on the day of a decision that one does not count yet."""
    past, day = Company(), dt.date(2026, 1, 1)
    for number, (customer, outcome) in enumerate([("C1", "won")] * 3 + [("C1", "lost")] + [("C2", "lost")] * 4):
        past.add(f"N{number}", day, day + days(10 + number), outcome, customer)
    past.add("open", day, None, None, "C1")
    usual, own = (3 + 1) / (8 + 2), (3 + 8 * (3 + 1) / (8 + 2)) / (4 + 8)
    (row,) = features(past, ["open"], day + days(60))
    assert row["customer_id_wins"] == pytest.approx(np.log(own / (1 - own)) - np.log(usual / (1 - usual)), abs=1e-5)
    (row,) = features(past, ["open"], day + days(13))
    assert row["customer_decided"] == 3


def made_up_end(random: np.random.Generator, day: dt.date) -> dict[str, Any]:
    """Still open, won or lost after a day."""
    closed, outcome = day + days(random.integers(1, 60)), str(random.choice(["open", "won", "lost"]))
    return {"outcome": None, "closed_on": None} if outcome == "open" else {"outcome": outcome, "closed_on": closed}


def tampered(before: Company, day: dt.date, seed: int) -> Company:
    """The same up to a day; what came after it is left out, changed or made up."""
    random, after = np.random.default_rng(seed), Company()
    later = {n["negotiation_id"] for n in before.negotiations if not n["closed_on"] or n["closed_on"] > day}
    for row in before.negotiations:
        after.negotiations.append(row | (made_up_end(random, day) if row["negotiation_id"] in later else {}))
    for row in before.versions:
        if row["requested_on"] > day and random.random() < 0.5:
            continue
        offer = {"issued_on": day + days(random.integers(1, 9)), "amount": 7.0, "discount_depth": 0.9}
        after.versions.append(row | (offer if (row["issued_on"] or day) > day else {}))
    for row in before.steps:
        if row["occurred_on"] <= day:
            after.steps.append(row)
        elif random.random() < 0.5:
            after.steps.append(row | {"stage": "closing", "contact_id": "K9", "actor": "customer"})
    for name in sorted(later & {v["negotiation_id"] for v in after.versions}):
        after.step(name, day + days(1), "surprise", contact="K8")
        after.version(name, day + days(2), amount=1.0, issued_on=day + days(2), expected_close_on=day + days(99))
    made_up = [v for v in after.versions if v["requested_on"] == day + days(2)]
    for number, row in enumerate(made_up):
        row["quote_id"] += f"-{number}"
    return after


@pytest.mark.parametrize("seed", range(4))
def test_nothing_after_the_day_changes_a_feature(planted: Company, seed: int) -> None:
    day = dt.date(2025, 3, 1) + days(100 * seed)
    begun = {v["negotiation_id"]: v["requested_on"] for v in planted.versions}
    ended = {n["negotiation_id"]: n["closed_on"] or dt.date.max for n in planted.negotiations}
    names = sorted(n for n in begun if begun[n] <= day < ended[n])
    assert len(names) > 5
    before, after = features(planted, names, day), features(tampered(planted, day, seed), names, day)
    for one, other in zip(before, after, strict=True):
        assert one == pytest.approx(other, nan_ok=True)


def test_tables_are_as_said(planted: Company, known: Outlook) -> None:
    assert known.table.schema.equals(SCHEMA)
    assert known.record.schema.equals(RECORD)
    still = {n["negotiation_id"] for n in planted.negotiations if n["outcome"] is None}
    assert set(known.table["negotiation_id"].to_pylist()) == still
    for row in known.table.to_pylist():
        within = [row[f"won_{days}_days"] for days in win_probability.HORIZONS]
        assert 0 <= within[0] <= within[1] <= within[2] <= within[3] <= row["win_probability"] <= 1
        assert row["won_30_days"] + row["lost_30_days"] <= 1
        assert AS_OF < row["close_from"] <= row["expected_close_on"] <= row["close_until"]


def test_a_signal_is_found_and_its_record_holds(known: Outlook) -> None:
    total, *tenths = known.record.to_pylist()
    assert total["has_signal"]
    assert total["auc_low"] > 0.75
    assert total["brier_skill"] > 0.2
    assert 0.6 < total["close_coverage"] < 0.95
    assert [row["grade"] for row in tenths] == [f"{n:02}" for n in range(1, 11)]
    assert sum(row["won"] for row in tenths) == total["won"]
    assert tenths[0]["seen"] < tenths[-1]["seen"]


def test_reasons_are_the_planted_ones(known: Outlook) -> None:
    """A late answer lowers, and is said with its days; nearly all have one of the two drivers first."""
    first, signs = [], []
    for row in known.table.to_pylist():
        reasons = json.loads(row["reasons"])
        assert len([r for r in reasons if r["effect"] > 0]) <= 3
        assert len([r for r in reasons if r["effect"] < 0]) <= 3
        first += [max(reasons, key=lambda r: abs(r["effect"]))["reason"]] if reasons else []
        signs += [(r["value"] <= 3) == (r["effect"] > 0) for r in reasons if r["reason"] == "response_days"]
    assert np.mean([reason in ("response_days", "discount_depth") for reason in first]) > 0.7
    assert len(signs) > 5
    assert np.mean(signs) > 0.9


def test_what_is_not_there_yet_is_a_reason_of_its_own(planted: Company) -> None:
    """Three weeks old, and neither answered nor offered anything, which nothing decided ever was."""
    late = Company(list(planted.versions), list(planted.negotiations), list(planted.steps))
    late.add("late", AS_OF - days(21), None, None)
    late.step("late", AS_OF - days(21), "request", "customer")
    row = {row["negotiation_id"]: row for row in computed(late).table.to_pylist()}["late"]
    reasons = {reason["reason"]: reason["value"] for reason in json.loads(row["reasons"])}
    assert reasons.keys() & {"unanswered", "unoffered"}
    assert not reasons.keys() & {"response_days", "discount_depth", "amount", "valid_left"}
    assert {reasons[name] for name in reasons.keys() & {"unanswered", "unoffered"}} == {21.0}


def test_shuffled_outcomes_have_no_signal() -> None:
    found = computed(company(is_planted=False))
    assert not found.record["has_signal"][0].as_py()
    rows = found.table.to_pylist()
    assert rows
    assert not any(row["has_signal"] for row in rows)
    assert {row["reasons"] for row in rows} == {"[]"}
    assert np.ptp([row["win_probability"] for row in rows]) < 0.1


def test_the_order_of_rows_does_not_matter(known: Outlook) -> None:
    turned = computed(company(order=-1))
    assert turned.record.equals(known.record)
    assert turned.table.to_pylist() == known.table.to_pylist()


def test_a_planned_day_written_after_the_decision_is_not_believed(planted: Company) -> None:
    closed = {n["negotiation_id"]: n["closed_on"] for n in planted.negotiations}
    written = Company(
        [v | {"expected_close_on": closed[v["negotiation_id"]] or AS_OF} for v in planted.versions],
        planted.negotiations,
        planted.steps,
    )
    assert left_out(computed(written)) == {"planned_day": "decision_day"}


def test_few_decided_tell_the_share_won() -> None:
    few = company(40)
    won = [n["outcome"] == "won" for n in few.negotiations if n["outcome"]]
    few.add("young", AS_OF, None, None)
    found = computed(few)
    (total,) = found.record.to_pylist()
    assert (total["told"], total["missing"], total["known_decided"]) == ("usual", "few_of_each", len(won))
    assert total["usual_low"] < total["usual"] < total["usual_high"]
    row = {row["negotiation_id"]: row for row in found.table.to_pylist()}["young"]
    assert row["win_probability"] == pytest.approx(np.mean(won), abs=1e-9)
    assert row["close_from"] < row["expected_close_on"] < row["close_until"]
    assert not row["has_signal"]


@pytest.mark.parametrize("many", [0, 8])
def test_next_to_none_decided_tell_nothing(many: int) -> None:
    few = Company()
    for number in range(many):
        few.add(f"N{number}", START, START + days(5), "won")
    assert computed(few).table.num_rows == 0
    few.add("open", START, None, None)
    (row,) = computed(few).table.to_pylist()
    assert (row["win_probability"], row["expected_close_on"], row["reasons"]) == (None, None, "[]")


@pytest.mark.parametrize("length", [0, 1])
def test_decisions_that_come_at_once_can_be_told_too(length: int) -> None:
    """All on the day of the request, or all on the next, and all of the last year on one day."""
    quick = Company()
    for number in range(300):
        opened = START + days(min(number, 200))
        quick.add(f"N{number}", opened, opened + days(length), "won" if number % 2 else "lost")
    quick.add("open", AS_OF, None, None)
    (row,) = computed(quick).table.to_pylist()
    assert row["win_probability"] == pytest.approx(0.5, abs=0.05)
    assert row["expected_close_on"] in ((AS_OF + days(1), AS_OF + days(2)) if length else (None,))


def test_incidences_by_hand() -> None:
    """Half is decided in each stretch, three in four of them won."""
    won, lost = added(np.full((1, 2), 0.5), np.full((1, 2), 0.75))
    assert won[0] == pytest.approx([0, 0.375, 0.5625])
    assert lost[0] == pytest.approx([0, 0.125, 0.1875])


def test_area_as_others_know_it() -> None:
    random = np.random.default_rng(3)
    probability, is_won = np.round(random.random(300), 1), random.random(300) < 0.4
    area, low, high = area_under(probability, is_won, np.arange(300))
    assert area == pytest.approx(roc_auc_score(is_won, probability))
    once = area_under(np.tile(probability, 4), np.tile(is_won, 4), np.tile(np.arange(300), 4))
    assert once == pytest.approx((area, low, high))  # the same ones again prove nothing more
    assert low < 0.5 < high
