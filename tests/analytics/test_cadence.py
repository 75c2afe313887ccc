"""What a silence means, told from histories small enough to know the answer."""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import cadence, track_record
from analytics.cadence import CUSTOMERS, Cadence
from analytics.renewal import Gaps
from analytics.season import Season
from tests.analytics.histories import AS_OF, Order, Row, asking


def orders_of(who: str, ages: Iterable[int], what: tuple[str, ...] = ("bread",), money: float = 10.0) -> list[Order]:
    return [(who, age, what, money) for age in ages]


def crowd(many: int = 200, seed: int = 4, oldest: int = 560) -> list[Order]:
    """Customers that order every one to six weeks, a few days early or late; one in ten has left some day."""
    rng = np.random.default_rng(seed)
    orders: list[Order] = []
    for i in range(many):
        usual = rng.uniform(7, 42)
        until = int(rng.uniform(30, 400)) if i % 10 == 0 else 0
        age = oldest - rng.uniform(0, usual)
        while age >= until:
            what: tuple[str, ...] = ("bread", "saws") if rng.random() < 0.7 else ("bread",)
            orders.append((f"peer {i:03}", int(age), what, round(5 + 50 * rng.random(), 2)))
            age -= max(1.0, usual * rng.gamma(12, 1 / 12))
    return orders


# Twenty order days, 28 days apart in the mean, the last one six weeks ago.
STEADY = range(42, 560, 28)
ERRATIC_GAPS = (3, 90, 8, 2, 61, 5, 44, 1, 75, 12, 30, 2, 55, 4, 70, 9, 28, 5)
ERRATIC = [42 + sum(ERRATIC_GAPS[:i]) for i in range(len(ERRATIC_GAPS) + 1)]
# Ordered every four weeks, but not between 412 and 332 days ago, and not since 48 days ago.
PAUSED = [*range(48, 333, 28), *range(412, 700, 28)]
# Paused for 90 days last year, began again 360 days ago, and is silent for 108 days now, nearly from the same day on.
PAUSED_LONGER = [*range(108, 364, 28), *range(450, 700, 28)]


COAST = [f"coast {i:02}" for i in range(15)]
WEEKLY_UNTIL_A_MONTH_AGO = [order for i, who in enumerate(COAST) for order in orders_of(who, range(28 + i % 7, 560, 7))]


def orders_of_all() -> list[Order]:
    """The crowd, and someone of each kind."""
    return [
        *crowd(),
        *orders_of("steady", STEADY),
        *orders_of("twin", STEADY),
        *orders_of("back today", [0, *STEADY]),
        *orders_of("on time", range(20, 560, 28)),
        *orders_of("erratic", ERRATIC),
        *orders_of("paused", PAUSED),
        *orders_of("paused for longer", PAUSED_LONGER),
        *orders_of("once", [300]),
        *orders_of("recent", [40, 20, 5]),
        *orders_of("left", range(200, 560, 7)),
        *WEEKLY_UNTIL_A_MONTH_AGO,
    ]


@cache
def computed_of_all() -> Cadence:
    return computed(orders_of_all())


def computed(orders: Iterable[Order], as_of: dt.date = AS_OF, coast: Iterable[str] = ()) -> Cadence:
    return cadence.rhythms(asking(orders, as_of, coast), as_of)


def customers(rhythms: Cadence) -> dict[str, Row]:
    return {row["customer_id"]: row for row in rhythms.customers.to_pylist()}


def computed_of(who: str) -> Row:
    return customers(computed_of_all())[who]


FLOATS = {
    name
    for schema in (CUSTOMERS, track_record.SCHEMA)
    for name in schema.names
    if pa.types.is_floating(schema.field(name).type)
}
DATES = {name for name in CUSTOMERS.names if pa.types.is_date(CUSTOMERS.field(name).type)}


def same(one: Row, other: Row, except_for: Iterable[str] = ()) -> bool:
    """Equal but for the customer's name, and in what fitting may leave open far behind the comma."""
    return all(
        value == other[name] or (name in FLOATS and value == pytest.approx(other[name], rel=1e-4, abs=1e-6))
        for name, value in one.items()
        if name not in {"customer_id", *except_for}
    )


def assert_sound(rhythms: Cadence) -> None:
    """Schemas as promised, no number that is none, probabilities from 0 to 1, days in their order."""
    assert rhythms.customers.schema == CUSTOMERS
    assert rhythms.record.schema == track_record.SCHEMA
    for table in (rhythms.customers, rhythms.record):
        for row in table.to_pylist():
            assert all(np.isfinite(value) for value in row.values() if isinstance(value, float)), row
            shares = ("silence_probability", "active_probability", "lateness", "precision", "calibration_error")
            assert all(0 <= row[name] <= 1 for name in shares if row.get(name) is not None), row
            if row.get("expected_on"):
                assert AS_OF <= row["expected_from"] <= row["expected_on"] <= row["expected_until"], row


# --- verdicts -------------------------------------------------------------------------------------------------------


def test_a_steady_buyer_silent_for_six_weeks_is_late() -> None:
    row = computed_of("steady")
    assert (row["verdict"], row["grade"], row["gap_p10_days"], row["gap_p90_days"]) == ("late", "monthly", 28, 28)
    assert row["lateness"] >= cadence.LATE_PERCENTILE
    assert 28 < row["late_after_days"] < 42


def test_an_erratic_buyer_with_the_same_mean_is_not_late() -> None:
    assert sum(ERRATIC_GAPS) / len(ERRATIC_GAPS) == 28
    assert computed_of("erratic")["verdict"] in ("irregular", "quiet")
    assert computed_of("erratic")["lateness"] < cadence.LATE_PERCENTILE
    assert computed_of("erratic")["regularity"] < cadence.RHYTHM_SHAPE < computed_of("steady")["regularity"]


def test_a_steady_buyer_within_its_four_weeks_is_on_rhythm() -> None:
    row = computed_of("on time")
    assert (row["verdict"], row["grade"]) == ("on_rhythm", "")
    assert row["lateness"] < 0.2
    assert row["silence_probability"] < 0.2
    assert row["expected_from"] <= AS_OF + dt.timedelta(days=8) <= row["expected_until"]


def test_a_pause_at_the_same_time_last_year_is_seasonal() -> None:
    row = computed_of("paused")
    assert row["verdict"] == "seasonal_pause"
    assert AS_OF - row["pause_from"] == dt.timedelta(days=412)
    assert AS_OF - row["pause_until"] == dt.timedelta(days=328)


def test_a_silence_longer_than_last_years_pause_is_no_longer_seasonal() -> None:
    assert computed_of("paused for longer")["verdict"] in ("late", "probably_gone")


def test_one_order_long_ago_is_one_off() -> None:
    assert computed_of("once")["verdict"] == "one_off"


def test_few_recent_orders_are_new() -> None:
    assert computed_of("recent")["verdict"] == "new"


def test_a_weekly_buyer_silent_for_long_is_probably_gone() -> None:
    row = computed_of("left")
    assert row["verdict"] == "probably_gone"
    assert row["active_probability"] < 0.01
    assert row["silence_probability"] > 0.95
    assert row["expected_on"] is None


def test_an_order_placed_today_clears_lateness() -> None:
    row = computed_of("back today")
    assert (row["verdict"], row["lateness"]) == ("on_rhythm", 0.0)
    assert abs((row["expected_on"] - AS_OF).days - 28) <= 4
    assert row["active_probability"] > computed_of("steady")["active_probability"]


def test_a_pause_of_the_whole_segment_raises_no_alarms() -> None:
    alone, shared = customers(computed_of_all()), customers(computed(orders_of_all(), coast=COAST))
    assert sum(alone[who]["verdict"] == "late" for who in COAST) >= 13
    assert sum(shared[who]["verdict"] == "seasonal_pause" for who in COAST) >= 13
    assert all(shared[who]["peer_activity"] < 0.6 < alone[who]["peer_activity"] for who in COAST)


def test_most_of_a_crowd_that_orders_on_is_on_rhythm() -> None:
    verdicts = [row["verdict"] for who, row in customers(computed_of_all()).items() if who.startswith("peer")]
    assert verdicts.count("on_rhythm") >= 0.95 * 180
    assert verdicts.count("late") <= 0.05 * 180


# --- what changes nothing -------------------------------------------------------------------------------------------


def assert_same_rhythms(before: Cadence, after: Cadence, except_for: Iterable[str] = ()) -> None:
    found = customers(after)
    assert len(found) == len(customers(before)) > 200
    for key, row in customers(before).items():
        assert same(row, found[key], except_for), (row, found[key])


def test_money_changes_no_verdict_and_no_probability() -> None:
    after = computed([(who, age, what, money * 1000) for who, age, what, money in orders_of_all()])
    assert_same_rhythms(computed_of_all(), after)
    for one, other in zip(computed_of_all().record.to_pylist(), after.record.to_pylist(), strict=True):
        assert same(one, other, except_for=["money", "money_hit"])
        assert other["money"] == pytest.approx(1000 * one["money"])


def test_a_day_later_everything_is_a_day_later() -> None:
    day = dt.timedelta(days=1)
    after = computed(orders_of_all(), AS_OF + day)
    assert_same_rhythms(computed_of_all(), after, except_for=DATES)
    assert after.record == computed_of_all().record
    found = customers(after)
    for key, row in customers(computed_of_all()).items():
        assert all(found[key][name] == (row[name] and row[name] + day) for name in DATES & row.keys())


def test_names_and_order_of_customers_decide_nothing() -> None:
    names = sorted({order[0] for order in orders_of_all()})
    renamed = {who: f"x{number * 97 % 1009:04}" for number, who in enumerate(names)}
    after = computed([(renamed[who], age, what, money) for who, age, what, money in reversed(orders_of_all())])
    found = customers(after)
    assert len(found) == len(names)
    assert all(same(row, found[renamed[who]]) for who, row in customers(computed_of_all()).items())


def test_twins_get_the_same_verdict() -> None:
    rows = customers(computed_of_all())
    assert rows["steady"]["verdict"] == "late"
    assert published(rows["steady"]) | {"customer_id": "twin"} == published(rows["twin"])


def published(row: dict[str, Any]) -> dict[str, Any]:
    """A row to the decimals that are published: where it stands in an array may change its last bit."""
    return {name: round(value, 9) if isinstance(value, float) else value for name, value in row.items()}


def test_the_future_is_not_looked_at() -> None:
    later = [
        order for i in range(0, 200, 2) for order in orders_of(f"peer {i:03}", range(-40, 0, 3), ("bread", "saws"))
    ]
    after = computed([*orders_of_all(), *later])
    assert (after.customers, after.record) == (computed_of_all().customers, computed_of_all().record)


# --- any history ----------------------------------------------------------------------------------------------------


def test_the_rhythms_of_the_crowd_are_sound() -> None:
    assert_sound(computed_of_all())


@pytest.mark.parametrize(
    ("orders", "rows"),
    [
        ([], 0),
        (orders_of("C1", [3]), 1),
        (orders_of("C1", [0]), 1),
        (orders_of("C1", [900]), 1),
        ([*orders_of("C1", [5]), *orders_of("C2", [5])], 2),
        (orders_of("C1", range(400)), 1),
        (orders_of("C1", range(3, 600, 7)), 1),
        (orders_of("C1", range(3, 600, 7), ()), 1),
        (orders_of("C1", range(3, 600, 7), money=0.0), 1),
        (orders_of("C1", range(3, 600, 7), money=-5.0), 1),
    ],
    ids=[
        "empty",
        "one order",
        "one order today",
        "one order long ago",
        "one day",
        "every day",
        "one customer and category",
        "no category",
        "no money",
        "only returns",
    ],
)
def test_small_histories_are_read_without_complaint(orders: list[Order], rows: int) -> None:
    rhythms = computed(orders)
    assert_sound(rhythms)
    assert rhythms.customers.num_rows == rows
    assert {row["method"] for row in rhythms.record.to_pylist()} <= {"renewal", "learned"}


HISTORIES = st.lists(
    st.tuples(
        st.lists(st.integers(0, 420), min_size=1, max_size=25),
        st.sampled_from([(), ("bread",), ("bread", "saws")]),
        st.sampled_from([0.0, -3.0, 0.01, 12.5, 1e9]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=6)
@given(HISTORIES)
def test_any_history_gives_sound_rhythms(histories: list[tuple[list[int], tuple[str, ...], float]]) -> None:
    orders = [
        order for i, (ages, what, money) in enumerate(histories) for order in orders_of(f"C{i}", ages, what, money)
    ]
    assert_sound(computed(orders))


@cache
def crowd_past() -> list[cadence.Day]:
    return past_of(crowd())


def past_of(orders: list[Order], origins: int = 13) -> list[cadence.Day]:
    ask = asking(orders)
    return cadence.customer_days(ask, AS_OF, Season.of(ask("order_day_counts", as_of=AS_OF)), origins)


def test_lateness_rises_and_the_hope_falls_with_every_silent_day() -> None:
    reading = crowd_past()[-1].reading
    before: tuple[np.ndarray, np.ndarray] | None = None
    for silent in range(0, 400, 5):
        days = np.full(len(reading.shape), float(silent))
        figures = cadence.Columns(reading.figures | {"silent_days": days})
        gaps = Gaps(reading.gaps.count, reading.gaps.sum_days, reading.gaps.sum_ln_days, days)
        now = reading._replace(figures=figures, gaps=gaps)
        after = cadence.lateness(now), -now.model.alive(now.gaps)
        if before:
            assert (after[0] >= before[0] - 1e-12).all()
            assert (after[1] >= before[1] - 1e-12).all()
        before = after
    assert before is not None
    assert (before[0] > 0.99).all()


# --- the past -------------------------------------------------------------------------------------------------------


def test_the_past_is_told_by_what_followed() -> None:
    orders = [*orders_of("on", range(1, 400, 10)), *orders_of("off", range(50, 400, 10))]
    (*_, before, last) = past_of(orders, 4)
    assert (last.reading.as_of, *last.known_days) == (AS_OF - dt.timedelta(days=28), 28, 28)
    assert (before.reading.as_of, *before.known_days) == (AS_OF - dt.timedelta(days=56), 56, 56)
    for past, expected in (
        (last, {"on": (7.0, False), "off": (None, True)}),
        (before, {"on": (5.0, False), "off": (6.0, False)}),
    ):
        is_silent = ~(past.next_days <= 28)
        found = zip(past.reading.figures["customer_id"], past.next_days, is_silent, strict=True)
        assert {who: (None if np.isnan(days) else days, bool(silent)) for who, days, silent in found} == expected


def test_the_interval_of_the_next_order_held_four_in_five_in_the_past() -> None:
    past = crowd_past()
    share = cadence.tail(past)
    assert share != 0.1
    held, asked = 0, 0
    for p in past:
        window = cadence.expected_within(p.reading)
        judged = cadence.is_judged(p.reading) & (window <= p.known_days) & (p.next_days <= window)
        came = p.reading.figures["silent_days"] + p.next_days
        low, high = (np.rint(cadence.expected(p.reading, at)) for at in (share, 1 - share))
        held, asked = held + ((low <= came) & (came <= high))[judged].sum(), asked + judged.sum()
    assert asked > 200
    assert held / asked == pytest.approx(0.8, abs=0.03)


def test_a_short_past_leaves_the_tail_to_the_model() -> None:
    assert cadence.tail([]) == 0.1
    assert cadence.tail(past_of(crowd(many=5))) == 0.1


def test_the_track_record_of_a_long_past_adds_up() -> None:
    record = computed_of_all().record.to_pylist()
    assert {row["kind"] for row in record} == {"late", "quiet", "seasonal_pause", "probably_gone"}
    whole, *graded = [row for row in record if row["kind"] == "late"]
    assert (whole["grade"], whole["horizon_days"], whole["origins"]) == ("", None, 11)
    assert {row["grade"] for row in graded} <= {"weekly", "biweekly", "monthly", "bimonthly", "rarer"}
    assert whole["alerts"] > 20
    for name in ("alerts", "hits", "money", "money_hit"):
        assert sum(row[name] for row in graded) == pytest.approx(whole[name])
    for row in record:
        if not row["alerts"]:
            continue
        assert row["precision"] == row["hits"] / row["alerts"]
        assert row["precision_low"] <= row["precision"] <= row["precision_high"]
    assert whole["precision"] > whole["base_rate"]
