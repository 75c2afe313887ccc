"""Win probabilities, told from negotiations small enough to know the answer."""

import datetime as dt
import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from analytics import win_probability
from analytics.win_probability import SCHEMA, Outlook
from analytics.win_probability.model import added
from analytics.win_probability.record import RECORD, area_under, difference
from tests.analytics.win_companies import AS_OF, START, Company, company, computed, days, features, left_out


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
    assert np.ptp([row["win_probability"] for row in rows]) < 0.15


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
    for row in [n for n in few.negotiations if not n["outcome"]]:
        few.negotiations.remove(row)
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


def staged(many: int, seed: int, *, is_told: bool) -> Company:
    """Half of those that reach the second stage are won, of the others none; more is or is not told by the answer."""
    found = Company()
    for number in range(many):
        random = np.random.default_rng((seed, number))
        opened = START + days(number * 905 / many)
        reaches, fast = random.random() < 0.6, bool(random.random() < 0.5)
        is_won = reaches and random.random() < ((0.98 if fast else 0.05) if is_told else 0.5)
        closed = opened + days(6 + random.integers(0, 30))
        outcome = None if closed > AS_OF else "won" if is_won else "lost"
        found.add(f"N{number:04}", opened, None if outcome is None else closed, outcome)
        found.step(f"N{number:04}", opened, "request", "customer")
        found.step(f"N{number:04}", opened + days(1 if fast else 3), "solution" if reaches else "request")
        found.step(f"N{number:04}", opened + days(4), "", "customer")
    for step in found.steps:
        step["stage"] = step["stage"] or None
    return found


@pytest.mark.parametrize("is_told", [False, True])
def test_what_adds_nothing_to_shares_by_stage_and_age_is_said(*, is_told: bool) -> None:
    total = computed(staged(500, 1, is_told=is_told)).record.to_pylist()[0]
    assert total["table_auc"] > 0.6
    assert total["adds_to_table"] == is_told == (total["adds_low"] > 0)
    assert total["told"] in ({"model"} if is_told else {"model", "table"})
    assert total["has_signal"]


def test_a_stage_holds_until_another_is_named() -> None:
    deal = Company()
    day = dt.date(2026, 3, 1)
    deal.add("N", day, None, None)
    for name in ("O", "P"):
        deal.add(name, day, day + days(9), "won")
        deal.step(name, day, "solution")
    for at, stage in ((0, None), (1, "solution"), (4, None), (6, "won"), (8, None)):
        deal.step("N", day + days(at), stage)
    before, after = (features(deal, ["N"], day + days(age))[0] for age in (0, 20))
    assert (before["days_in_stage"], after["days_in_stage"], after["backs"]) == (0, 19, 0)
    assert (before["stage_wins"], after["stage_wins"]) == (0, pytest.approx(np.log(11 / 10 * 10 / 11), abs=1))
    assert after["stage_days"] == pytest.approx(0, abs=1e-6)


def one_date(many: int, *, is_planted: bool) -> Company:
    """The day of the request is that of the decision; who asks, and for how much, tells."""
    found, random = Company(), np.random.default_rng(5)
    for number in range(many):
        asked, source, amount = (
            START + days(number * 905 / many),
            int(random.integers(4)),
            float(random.lognormal(7, 1)),
        )
        odds = (-1.2, -0.4, 0.4, 1.2)[source] - 0.5 * (amount > 1100) if is_planted else 0.0
        outcome = "won" if random.random() < 1 / (1 + np.exp(-odds)) else "lost"
        is_open = random.random() < 0.05
        found.add(f"N{number:05}", asked, None if is_open else asked, None if is_open else outcome,
                  channel=f"S{source}", amount=amount)  # fmt: skip
    return found


def test_deals_with_one_date_teach_by_what_was_asked_for() -> None:
    found = computed(one_date(1500, is_planted=True))
    total = found.record.to_pylist()[0]
    assert (total["told"], total["missing"], total["left_out"]) == ("model", "never_open", "[]")
    assert total["auc_low"] > 0.55
    assert total["known_decided"] > 1350
    rows = found.table.to_pylist()
    assert np.ptp([row["win_probability"] for row in rows]) > 0.2
    assert {row["expected_close_on"] for row in rows} == {row["won_30_days"] for row in rows} == {None}


def test_deals_with_one_date_that_nothing_tells_apart_are_told_the_usual() -> None:
    found = computed(one_date(1500, is_planted=False))
    total = found.record.to_pylist()[0]
    assert (total["told"], total["has_signal"], total["missing"]) == ("usual", False, "never_open")
    told = [row["win_probability"] for row in found.table.to_pylist()]
    assert told == pytest.approx([total["usual"]] * len(told))


def test_without_a_signal_the_share_by_stage_and_age_is_told_and_the_record_says_it() -> None:
    found = computed(company(is_planted=False))
    total = found.record.to_pylist()[0]
    assert (total["told"], total["has_signal"], total["missing"], total["method"]) == ("table", False, None, "table")
    assert total["usual_low"] < total["usual"] < total["usual_high"]
    told = [row["win_probability"] for row in found.table.to_pylist()]
    assert len(told) > 5
    assert told == pytest.approx([total["usual"]] * len(told), abs=0.15)


def test_the_usual_is_of_those_that_lasted_as_long() -> None:
    """All that are lost are lost at once; what is open for long is won."""
    few = Company()
    for number in range(40):
        few.add(f"N{number}", START, START + days(2 if number < 20 else 50), "lost" if number < 20 else "won")
    few.add("open", AS_OF - days(30), None, None)
    total = computed(few).record.to_pylist()[0]
    assert total["usual"] == pytest.approx((20 + 8 * 0.5) / (20 + 8))


def test_a_difference_of_areas_as_a_bootstrap_of_negotiations_has_it() -> None:
    random = np.random.default_rng(4)
    who = np.repeat(np.arange(150), 2)
    is_won = random.random(150)[who] < 0.4
    one, other = is_won * 0.8 + random.normal(0, 1, 300), is_won * 0.4 + random.normal(0, 1, 300)
    found, low, high = difference(one, other, is_won, who)
    areas = [roc_auc_score(is_won, told) for told in (one, other)]
    assert found == pytest.approx(areas[0] - areas[1])
    draws = []
    for _ in range(400):
        rows = (2 * random.integers(150, size=150)[:, None] + [0, 1]).ravel()
        draws.append(roc_auc_score(is_won[rows], one[rows]) - roc_auc_score(is_won[rows], other[rows]))
    assert (low, high) == pytest.approx(np.quantile(draws, [0.05, 0.95]), abs=0.02)
