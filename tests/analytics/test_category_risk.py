"""Who leaves a category, told from histories small enough to know the answer."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import beta

from analytics import category_risk, track_record
from analytics.category_risk import ALERTS, RAISED_FROM, CategoryRisk, Origin
from tests.analytics.histories import AS_OF, Order, Row, asking

DAY = dt.timedelta(days=1)


def regular(
    who: str, every: int = 5, oldest: int = 595, buys: Callable[[int], bool] = lambda _: True, money: float = 10.0
) -> list[Order]:
    """Orders every few days, with bread each time, saws as `buys` says of the age, and glue every other time."""
    return [
        (who, age, ("bread", *(("saws",) if buys(age) else ()), *(("glue",) if number % 2 else ())), money)
        for number, age in enumerate(range(2, oldest, every))
    ]


def crowd(buys: Callable[[int], bool] = lambda _: True) -> list[Order]:
    """Forty customers that order at their own pace and do not change, but for what all of them do."""
    return [order for i in range(40) for order in regular(f"peer {i:02}", every=4 + i % 5, buys=buys)]


def computed(orders: list[Order], as_of: dt.date = AS_OF) -> CategoryRisk:
    return category_risk.alerts(asking(orders, as_of), as_of)


def rows(risk: CategoryRisk) -> dict[tuple[str, str], Row]:
    return {(row["customer_id"], row["category"]): row for row in risk.alerts.to_pylist()}


def test_a_stopped_category_is_raised_with_its_day_and_money() -> None:
    row = rows(computed([*crowd(), *regular("leaver", buys=lambda age: age > 75)]))["leaver", "saws"]
    assert (row["verdict"], row["is_raised"], row["grade"]) == ("stopped", True, "medium")
    assert row["changed_around"] == row["last_bought_on"] == AS_OF - 77 * DAY
    assert (row["usual_interval_days"], row["horizon_days"]) == (5, 60)
    assert (row["usual_purchases"], row["recent_purchases"], row["orders_since"]) == (12, 0, 15)
    assert row["value_at_stake"] == pytest.approx(180)  # 10 every five days, for ninety days
    assert row["priority"] == pytest.approx(row["loss_probability"] * row["value_at_stake"])


def test_only_the_leaver_is_raised_and_comes_first() -> None:
    risk = computed([*crowd(), *regular("leaver", buys=lambda age: age > 75)]).alerts.to_pylist()
    raised = [row for row in risk if row["is_raised"]]
    assert [(row["customer_id"], row["category"]) for row in raised] == [("leaver", "saws")]
    assert risk[0] == raised[0]


def test_what_is_still_bought_a_little_is_declining() -> None:
    """Orders every other day; for half a year every thirtieth day at most with the category."""
    risk = computed([*crowd(), *regular("fader", every=2, buys=lambda age: age > 180 or age == 50)])
    row = rows(risk)["fader", "saws"]
    assert (row["verdict"], row["is_raised"], row["recent_purchases"]) == ("declining", True, 1)
    assert row["changed_around"] == AS_OF - 60 * DAY


def test_the_horizon_is_two_usual_intervals_in_steps_of_thirty_days() -> None:
    found = rows(computed([*regular("weekly", every=7), *regular("rare", every=44), *regular("quarterly", every=91)]))
    horizons = {who: found[who, "bread"]["horizon_days"] for who in ("weekly", "rare", "quarterly")}
    assert horizons == {"weekly": 60, "rare": 90, "quarterly": 210}


def test_a_quarterly_buyer_that_orders_on_without_the_category_is_told_more() -> None:
    quiet = [*crowd(), *regular("dealer", every=30, buys=lambda age: age > 330 and (age - 2) % 90 == 0)]
    steady = [*crowd(), *regular("dealer", every=30, buys=lambda age: (age - 2) % 90 == 0)]
    after, before = (rows(computed(orders))["dealer", "saws"]["loss_probability"] for orders in (quiet, steady))
    assert after > 1.5 * before


def test_a_gap_of_every_year_is_a_season() -> None:
    """Not bought in the last seventy days of the year before AS_OF, in each year."""
    assert ("seasonal", "saws") not in rows(computed([*crowd(), *regular("seasonal", buys=lambda a: a % 365 > 70)]))
    assert rows(computed([*crowd(), *regular("leaver", buys=lambda a: a > 70)]))["leaver", "saws"]["is_raised"]


def test_what_all_customers_pause_is_a_season() -> None:
    found = rows(computed(crowd(buys=lambda age: age > 50)))
    assert {category for _, category in found} == {"bread", "glue"}
    assert not any(row["is_raised"] for row in found.values())


def test_a_volatile_buyer_is_told_less_than_a_leaver() -> None:
    """Buys for fifty days, pauses for fifty days, since ever; a leaver is silent for as long."""
    volatile = regular("volatile", buys=lambda age: age // 50 % 2 == 1)
    found = rows(computed([*crowd(), *volatile, *regular("leaver", buys=lambda age: age > 50)]))
    assert found["volatile", "saws"]["loss_probability"] < found["leaver", "saws"]["loss_probability"]


def test_one_offs_are_not_judged() -> None:
    found = rows(computed([*crowd(), *regular("once", buys=lambda age: 60 < age < 70)]))
    assert ("once", "saws") not in found
    assert ("once", "bread") in found


def test_a_pause_of_the_whole_account_is_no_alarm() -> None:
    silent = [order for order in regular("silent") if order[1] >= 62]
    pausing = [order for order in regular("pausing") if order[1] >= 30]
    found = rows(computed([*crowd(), *silent, *pausing]))
    assert not any(who == "silent" for who, _ in found)
    assert [row["is_raised"] for (who, _), row in found.items() if who == "pausing"] == [False] * 3


def test_what_was_left_a_year_ago_is_not_judged_again() -> None:
    found = rows(computed([*crowd(), *regular("gone", oldest=900, buys=lambda age: age > 366)]))
    assert ("gone", "saws") not in found
    found = rows(computed([*crowd(), *regular("gone", oldest=900, buys=lambda age: age > 300)]))
    assert found["gone", "saws"]["is_raised"]


MIXED = [
    *crowd(),
    *regular("leaver", buys=lambda age: age > 75),
    *regular("earlier", buys=lambda age: age > 200),
    *regular("fader", every=2, buys=lambda age: age > 58 or age % 10 in (2, 6)),
]
NUMBERS = [name for name in ALERTS.names if pa.types.is_floating(ALERTS.field(name).type)]


def same(one: Row, other: Row, except_for: tuple[str, ...] = ("customer_id",)) -> bool:
    return all(
        one[name] == (pytest.approx(other[name], abs=1e-6) if name in NUMBERS else other[name])
        for name in ALERTS.names
        if name not in except_for
    )


def test_names_of_customers_decide_nothing() -> None:
    renamed = {who: f"x{number * 37 % 101:03}" for number, who in enumerate(sorted({order[0] for order in MIXED}))}
    before, after = (
        rows(computed(MIXED)),
        rows(computed([(renamed[who], age, what, money) for who, age, what, money in reversed(MIXED)])),
    )
    assert len(before) == len(after) > 100
    assert all(same(row, after[renamed[who], category]) for (who, category), row in before.items())


def test_money_moves_no_probability() -> None:
    before, after = (
        rows(computed(MIXED)),
        rows(computed([(who, age, what, money * 1000) for who, age, what, money in MIXED])),
    )
    assert all(same(row, after[pair], except_for=("value_at_stake", "priority")) for pair, row in before.items())
    assert all(
        after[pair]["value_at_stake"] == pytest.approx(1000 * row["value_at_stake"]) for pair, row in before.items()
    )


def test_a_day_later_everything_is_a_day_later() -> None:
    before, after = rows(computed(MIXED)), rows(computed(MIXED, AS_OF + DAY))
    dates = ("changed_around", "last_bought_on")
    assert all(same(row, after[pair], except_for=dates) for pair, row in before.items())
    assert all(after[pair][name] == row[name] + DAY for pair, row in before.items() for name in dates)


def test_twins_are_told_the_same() -> None:
    twin = [("twin", age, what, money) for who, age, what, money in MIXED if who == "leaver"]
    found = rows(computed([*MIXED, *twin]))
    assert found["leaver", "saws"]["is_raised"]
    assert all(same(found["leaver", category], found["twin", category]) for category in ("saws", "bread", "glue"))


def test_the_future_is_not_looked_at() -> None:
    later = [("peer 00", -age, ("saws", "bread"), 10.0) for age in range(1, 30)]
    assert computed(MIXED).alerts.equals(computed([*MIXED, *later]).alerts)


def test_the_track_record_replays_the_very_rule() -> None:
    """One customer left and stayed away, another was quiet for as long and came back."""
    left = regular("left", buys=lambda age: age > 200)
    back = regular("back", buys=lambda age: not 90 < age < 200)
    record = computed([*crowd(), *left, *back]).track_record
    assert record.schema == track_record.SCHEMA
    whole = record.to_pylist()[0]
    assert (whole["kind"], whole["grade"], whole["horizon_days"]) == ("category_risk", "", None)
    assert whole["alerts"] > whole["hits"] > 0
    assert whole["held_back_since"] is None
    assert {row["grade"] for row in record.to_pylist()} <= {"", "high", "medium"}
    assert len({row["base_rate"] for row in record.to_pylist()}) == 1  # of all, not of those told alike


@pytest.mark.parametrize(
    "orders",
    [
        [],
        [("C1", 3, ("saws",), 10.0)],
        [("C1", 3, (), 10.0)],
        [("C1", age, (), 10.0) for age in range(0, 400, 5)],
    ],
    ids=["empty", "one order", "no category", "no purchases"],
)
def test_without_a_history_nothing_is_said(orders: list[Order]) -> None:
    risk = computed(orders)
    assert (risk.alerts.num_rows, risk.alerts.schema, risk.track_record.schema) == (0, ALERTS, track_record.SCHEMA)


def test_one_customer_and_one_category_are_enough() -> None:
    (row,) = computed([("C1", age, ("saws",), 10.0) for age in range(0, 400, 5)]).alerts.to_pylist()
    assert (row["customer_id"], row["is_raised"]) == ("C1", False)


def test_a_small_company_is_told_of_its_leaver_by_what_others_teach() -> None:
    """Three customers and no departure in their past: the prior carries the alert, and nobody is told certainties."""
    few = [order for i in range(3) for order in regular(f"peer {i}", every=7 + i, oldest=500)]
    found = rows(computed([*few, *regular("leaver", every=7, oldest=500, buys=lambda age: age > 120)]))
    assert found["leaver", "saws"]["is_raised"]
    assert all(0.01 < row["loss_probability"] < 0.98 for row in found.values())


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.floats(0.05, 1.0))
def test_probabilities_are_probabilities(seed: int, customers: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    orders: list[Order] = [
        (f"C{i}", int(age), tuple(c for c in ("saws", "glue") if rng.random() < share), float(rng.uniform(-5, 1e6)))
        for i in range(customers)
        for age in rng.integers(0, 500, rng.integers(1, 300))
    ]
    for row in computed(orders).alerts.to_pylist():
        assert all(np.isfinite(row[name]) for name in NUMBERS)
        assert 0 < row["loss_probability"] < 1
        assert row["value_at_stake"] >= 0


def test_staying_out_is_weighed_as_the_beta_binomial_does() -> None:
    """The lines since the last purchase, against numerical integration over the chance that a line is of it."""
    pairs = category_risk.pairs_of(asking([*crowd(), *regular("leaver", buys=lambda age: age > 75)]), AS_OF)
    row = pairs.table.to_pylist().index(next(r for r in pairs.table.to_pylist() if r["customer_id"] == "leaver"
                                             and r["category"] == "saws"))  # fmt: skip
    told = pairs.table.to_pylist()[row]
    hits = 10 * told["category_share"] + told["lines"]
    misses = 10 * (1 - told["category_share"]) + told["lines_between"] - told["lines"]
    stays_out, _ = quad(lambda p: beta(hits, misses).pdf(p) * (1 - p) ** told["lines_since"], 0, 1)
    assert pairs.left[row, 1] == pytest.approx(np.log(stays_out), rel=1e-3)


def days_with(signal: float, many: int = 1500) -> list[Origin]:
    """Earlier days on which the lines gone by tell who left, as far as `signal` says."""
    rng = np.random.default_rng(3)
    found = []
    template = category_risk.pairs_of(asking(crowd()), AS_OF)
    for step in range(4, 0, -1):
        left = np.column_stack([np.ones(many), -rng.gamma(1.0, 2.0, many)])
        out = np.column_stack([np.ones(many), rng.normal(size=(many, len(category_risk._OUT_PRIOR) - 1))])
        lost = rng.random(many) < expit(-2 - signal * left[:, 1])
        horizon = np.full(many, 60)
        ids = pa.array([f"{step} {number}" for number in range(many)])
        table = pa.table({"customer_id": ids, "category": ids, "last_bought_on": pa.array([AS_OF] * many)})
        pairs = template._replace(
            table=table,
            as_of=AS_OF - 60 * step * DAY,
            horizon=horizon,
            silent=horizon,
            value=horizon * 1.0,
            left=left,
            out=out,
        )
        found.append(Origin(pairs, lost, np.ones(many, bool), np.arange(many), 1.0))
    return found


def test_the_past_moves_the_coefficients_as_far_as_it_has_cases() -> None:
    prior = category_risk.learn([], AS_OF)
    few, many = (category_risk.learn(days_with(0.9, n), AS_OF)[1] for n in (20, 1500))
    assert prior[1] == -0.55
    assert abs(few - prior[1]) < abs(many - prior[1])
    assert many < -0.7


def test_what_is_told_is_what_comes() -> None:
    days = days_with(0.9)
    *_, told = category_risk.walk_forward(days[:-1], days[-1].pairs)
    assert track_record.calibration_error(told, days[-1].is_lost) < 0.06


def test_what_came_less_than_told_is_told_less() -> None:
    """The same past with half of the losses undone tells lower probabilities."""
    days = days_with(0.9)
    undone = [replace_lost(day) for day in days]
    before, after = (category_risk.walk_forward(them[:-1], them[-1].pairs)[-1] for them in (days, undone))
    assert after.mean() < 0.7 * before.mean()


def replace_lost(day: Origin) -> Origin:
    return day._replace(is_lost=day.is_lost & (np.arange(len(day.is_lost)) % 2 == 0))


def test_alerts_that_do_not_come_true_are_held_back_and_the_day_is_said() -> None:
    """Told at random of one in ten: right as often as anybody, on all four days or on none of the last two."""
    days = days_with(0.0)
    told = np.where(np.arange(1500) % 10 == 0, 0.5, 0.1)
    record, is_raised = category_risk._record(days, [told] * 4, AS_OF)
    assert (is_raised, record["held_back_since"][0].as_py()) == (False, days[0].pairs.as_of)
    right = [day._replace(is_lost=told > RAISED_FROM) for day in days[:2]]
    record, is_raised = category_risk._record([*right, *days[2:]], [told] * 4, AS_OF)
    assert (is_raised, record["held_back_since"][0].as_py()) == (True, None)
    wrong = [day._replace(is_lost=told < RAISED_FROM) for day in days[2:]]
    record, is_raised = category_risk._record([*right, *wrong], [told] * 4, AS_OF)
    assert (is_raised, record["held_back_since"][0].as_py()) == (False, days[-1].pairs.as_of)


def test_a_silence_counts_once() -> None:
    """Raised on four days in a row, the last of them after another purchase."""
    days = [day._replace(pairs=day.pairs._replace(table=days_with(0.0)[0].pairs.table)) for day in days_with(0.0)]
    bought = days[-1].pairs.table.set_column(2, "last_bought_on", pa.array([AS_OF + DAY] * 1500))
    days[-1] = days[-1]._replace(pairs=days[-1].pairs._replace(table=bought))
    record, _ = category_risk._record(days, [np.where(np.arange(1500) < 100, 0.5, 0.1)] * 4, AS_OF)
    assert record["alerts"][0].as_py() == 200


def test_an_outcome_is_not_used_before_its_horizon_is_over() -> None:
    days = days_with(0.9)
    assert [day.known_on(AS_OF - 61 * DAY).any() for day in days] == [True, True, False, False]
    changed = [*days[:-1], days[-1]._replace(is_lost=~days[-1].is_lost)]
    before, after = (category_risk.learn(them, AS_OF - 2 * DAY) for them in (days, changed))
    assert (before == after).all()


def test_nobody_is_told_more_than_the_cases_carry() -> None:
    days = days_with(0.9, 20)
    *_, told = category_risk.walk_forward(days[:-1], days[-1].pairs)
    assert told.max() <= 1 - 1 / (60 + 18 + 2)
    (alone,) = category_risk.walk_forward([], days[-1].pairs)
    assert alone.min() >= 1 / 20
    assert alone.max() <= 1 - 1 / 20


def test_the_record_is_of_what_is_listed() -> None:
    risk = computed(MIXED)
    assert all(row["is_raised"] == (row["loss_probability"] >= RAISED_FROM) for row in risk.alerts.to_pylist())
