"""Who leaves a category, told from histories small enough to know the answer."""

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import category_risk, track_record
from analytics.category_risk import ALERTS, BAYES_FACTOR, BOOSTED, CategoryRisk
from tests.analytics.histories import AS_OF, Order, Row, asking


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


def test_a_stopped_category_is_flagged_with_its_day_and_money() -> None:
    risk = computed([*crowd(), *regular("leaver", buys=lambda age: age > 45)])
    row = rows(risk)["leaver", "saws"]
    assert (row["verdict"], row["is_flagged"]) == ("stopped", True)
    assert abs((AS_OF - dt.timedelta(days=45) - row["changed_around"]).days) <= 10
    assert row["last_bought_on"] == AS_OF - dt.timedelta(days=47)
    assert row["usual_purchases"] == pytest.approx(12, abs=1)
    assert row["recent_purchases"] == 3
    assert (row["usual_order_share"], row["recent_order_share"]) == (1.0, 0.25)
    assert row["usual_days_between"] == pytest.approx(5, abs=0.1)
    assert row["value_at_stake"] == pytest.approx(180, rel=0.1)  # 10 every five days, for ninety days
    assert row["priority"] == pytest.approx(row["loss_probability"] * row["value_at_stake"])


def test_only_the_leaver_is_flagged_and_comes_first() -> None:
    risk = computed([*crowd(), *regular("leaver", buys=lambda age: age > 45)])
    flagged = [row for row in risk.alerts.to_pylist() if row["is_flagged"]]
    assert [(row["customer_id"], row["category"]) for row in flagged] == [("leaver", "saws")]
    assert risk.alerts.to_pylist()[0] == flagged[0]
    assert all(row["changed_around"] is None for row in risk.alerts.to_pylist() if row["verdict"] == "steady")


def test_a_smaller_share_is_declining_and_never_stopped() -> None:
    """Orders every other day, of which two in five still hold the category."""
    risk = computed([*crowd(), *regular("fader", every=2, buys=lambda age: age > 58 or age % 10 in (2, 6))])
    row = rows(risk)["fader", "saws"]
    assert (row["verdict"], row["is_flagged"]) == ("declining", True)
    assert 0.3 < row["recent_order_share"] < 0.5


@pytest.mark.parametrize("start", [30, 40, 50, 58])
def test_sixty_percent_less_is_never_called_stopped(start: int) -> None:
    risk = computed([*crowd(), *regular("fader", every=5, buys=lambda age: age > start or age % 25 in (2, 12))])
    assert rows(risk)["fader", "saws"]["verdict"] != "stopped"


def summer(age: int) -> bool:
    """Not bought in the last fifty days of the year before AS_OF, in each year."""
    return age % 365 > 50


def test_a_gap_of_every_year_is_a_season() -> None:
    season = [*crowd(), *regular("seasonal", buys=summer)]
    assert not rows(computed(season))["seasonal", "saws"]["is_flagged"]
    new = [*crowd(), *regular("leaver", buys=lambda age: age > 50)]
    assert rows(computed(new))["leaver", "saws"]["is_flagged"]


def test_what_all_customers_pause_is_a_season() -> None:
    risk = computed(crowd(buys=lambda age: age > 50))
    assert not any(row["is_flagged"] for row in risk.alerts.to_pylist())


def test_a_volatile_buyer_is_not_flagged() -> None:
    """Buys for two months, pauses for two months, since ever."""
    risk = computed([*crowd(), *regular("volatile", buys=lambda age: age // 61 % 2 == 1)])
    assert rows(risk)["volatile", "saws"]["usual_purchases"] > 4
    assert not rows(risk)["volatile", "saws"]["is_flagged"]


def test_one_offs_are_not_judged() -> None:
    risk = computed([*crowd(), *regular("once", buys=lambda age: 60 < age < 70)])
    assert ("once", "saws") not in rows(risk)
    assert ("once", "bread") in rows(risk)


def test_a_pause_of_the_whole_account_is_no_alarm() -> None:
    silent = [(who, age, them, money) for who, age, them, money in regular("silent") if age >= 60]
    pausing = [(who, age, them, money) for who, age, them, money in regular("pausing") if age >= 30]
    found = rows(computed([*crowd(), *silent, *pausing]))
    assert not any(who == "silent" for who, _ in found)
    assert [row["is_flagged"] for (who, _), row in found.items() if who == "pausing"] == [False] * 3


def test_what_was_left_long_ago_is_not_judged_again() -> None:
    risk = computed([*crowd(), *regular("gone", buys=lambda age: age > 150)])
    assert ("gone", "saws") not in rows(risk)


MIXED = [
    *crowd(),
    *regular("leaver", buys=lambda age: age > 45),
    *regular("fader", every=2, buys=lambda age: age > 58 or age % 10 in (2, 6)),
    *regular("seasonal", buys=summer),
]
NUMBERS = [name for name in ALERTS.names if pa.types.is_floating(ALERTS.field(name).type)]


def same(one: Row, other: Row, except_for: tuple[str, ...] = ("customer_id",)) -> bool:
    return all(
        one[name] == (pytest.approx(other[name], abs=1e-9) if name in NUMBERS else other[name])
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


def test_money_moves_no_flag() -> None:
    before, after = (
        rows(computed(MIXED)),
        rows(computed([(who, age, what, money * 1000) for who, age, what, money in MIXED])),
    )
    money = ("value_at_stake", "priority")
    assert all(same(row, after[pair], except_for=money) for pair, row in before.items())
    assert all(
        after[pair]["value_at_stake"] == pytest.approx(1000 * row["value_at_stake"]) for pair, row in before.items()
    )


def test_a_day_later_everything_is_a_day_later() -> None:
    day = dt.timedelta(days=1)
    before, after = rows(computed(MIXED)), rows(computed(MIXED, AS_OF + day))
    dates = ("changed_around", "last_bought_on")
    assert all(same(row, after[pair], except_for=dates) for pair, row in before.items())
    assert all(after[pair][name] == (row[name] and row[name] + day) for pair, row in before.items() for name in dates)


def test_twins_get_the_same_verdict() -> None:
    twin = [("twin", age, what, money) for who, age, what, money in MIXED if who == "leaver"]
    found = rows(computed([*MIXED, *twin]))
    assert found["leaver", "saws"]["is_flagged"]
    assert all(same(found["leaver", category], found["twin", category]) for category in ("saws", "bread", "glue"))


def test_the_future_is_not_looked_at() -> None:
    later = [("peer 00", -age, ("saws", "bread"), 10.0) for age in range(1, 30)]
    assert computed(MIXED).alerts.equals(computed([*MIXED, *later]).alerts)


def test_the_same_history_gives_the_same_answer() -> None:
    assert computed(MIXED) == computed(MIXED)


def test_the_track_record_replays_the_past() -> None:
    """One customer left at an origin and stayed away, another was quiet and came back."""
    left = regular("left", buys=lambda age: age > 105)
    back = regular("back", buys=lambda age: not 60 < age < 105)
    record = computed([*crowd(), *left, *back]).track_record
    assert record.schema == track_record.SCHEMA
    (whole,) = [row for row in record.to_pylist() if row["kind"] == "category_stopped" and row["grade"] == ""]
    assert (whole["origins"], whole["alerts"], whole["hits"]) == (3, 2, 1)
    assert (whole["horizon_days"], whole["method"]) == (60, BAYES_FACTOR)
    assert whole["lead_days"] == 90 - (107 - 60)
    assert whole["money"] > whole["money_hit"] > 0


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
    assert risk.method == BAYES_FACTOR


def test_one_customer_and_one_category_are_enough() -> None:
    (row,) = computed([("C1", age, ("saws",), 10.0) for age in range(0, 400, 5)]).alerts.to_pylist()
    assert (row["customer_id"], row["verdict"], row["is_flagged"]) == ("C1", "steady", False)


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
        shares = ("change_probability", "loss_probability", "usual_order_share", "recent_order_share")
        assert all(0 <= row[name] <= 1 for name in shares)
        assert row["value_at_stake"] >= 0


def test_the_bayes_factor_is_the_ratio_of_the_marginal_likelihoods() -> None:
    """One pair, one onset and remaining rate, against numerical integration over the rate."""
    shape, weight, remaining, onset = 3.0, 10.0, 0.2, 2
    recent, exposure = np.array([[3.0, 2, 1, 0, 0, 0]]), np.array([[4.0, 3, 5, 2, 4, 3]])
    pairs = SimpleNamespace(bought=np.array([20.0]), orders=np.array([50.0]), recent=recent)
    usual = SimpleNamespace(shape=np.array([shape]), weight=np.array([weight]), exposure=exposure)
    found = category_risk._evidence(pairs, usual, np.ones(1), with_last_year=False)[0, onset, 1]  # type: ignore[arg-type]
    rate = np.linspace(1e-5, 3, 400_001)
    before = rate ** (shape - 1 + 20 + recent.sum()) * np.exp(-rate * (weight + 50))
    steady = before * np.exp(-rate * exposure.sum())
    after = exposure[0, onset:].sum()
    changed = before * np.exp(-rate * (exposure.sum() - (1 - remaining) * after)) * remaining ** recent[0, onset:].sum()
    assert found == pytest.approx(np.log(changed.sum() / steady.sum()), abs=1e-6)


def test_the_prior_of_a_category_is_found_again() -> None:
    rng = np.random.default_rng(5)
    orders = rng.integers(20, 80, 4000).astype(float)
    bought = rng.poisson(rng.gamma(2.0, 1 / 20.0, 4000) * orders).astype(float)
    shape, weight = category_risk._fit(bought[bought > 0], orders[bought > 0])
    assert shape / weight == pytest.approx(0.1, rel=0.35)
    assert 1 < shape < 4


def days_with(signal: float, many: int = 1500) -> list[Any]:
    """Three days of judgements: losses follow the first feature with that strength, and not the Bayes factor."""
    rng = np.random.default_rng(3)
    days = []
    for _ in range(3):
        features = rng.normal(size=(many, 3)).astype(np.float32)
        loss = rng.random(many) < 1 / (1 + np.exp(2 - signal * features[:, 0]))
        judged = SimpleNamespace(features=features, change=SimpleNamespace(probability=rng.random(many)))
        days.append((judged, SimpleNamespace(is_active=np.ones(many, dtype=bool), is_loss=loss)))
    return days


def test_the_ranker_is_used_once_it_has_told_losses_better() -> None:
    computed_days = category_risk.walk_forward(days_with(signal=3.0))
    assert [method for _, method in computed_days] == [BAYES_FACTOR, BAYES_FACTOR, BOOSTED]
    judged, followed = days_with(signal=3.0)[-1]
    probability = computed_days[-1][0]
    assert track_record.calibration_error(probability, followed.is_loss) < 0.06
    assert np.corrcoef(probability, judged.features[:, 0])[0, 1] > 0.8


def test_too_few_examples_leave_the_bayes_factor() -> None:
    days = days_with(signal=3.0, many=90)
    computed_days = category_risk.walk_forward(days)
    assert [method for _, method in computed_days] == [BAYES_FACTOR] * 3
    assert (computed_days[-1][0] == days[-1][0].change.probability).all()


def test_a_ranker_that_tells_nothing_more_is_not_used() -> None:
    """The Bayes factor knows the losses already."""
    days = days_with(signal=0.0)
    for judged, followed in days:
        judged.change.probability = np.where(followed.is_loss, 0.9, 0.1)
    assert [method for _, method in category_risk.walk_forward(days)] == [BAYES_FACTOR] * 3
