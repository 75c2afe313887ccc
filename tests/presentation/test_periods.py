"""Periods compare over equal elapsed working days; checked by hand, by properties, and against the warehouse."""

import calendar
import datetime as dt
from typing import get_args

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as some

import queries
from presentation import periods
from tests import warehouse

DAYS = some.dates(dt.date(2000, 1, 1), dt.date(2060, 12, 31))
PERIODS = some.sampled_from(get_args(periods.Period))
COMPARISONS = some.sampled_from(get_args(periods.Comparison))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("as_of", "period", "comparison", "now_from", "base_from", "base_to", "elapsed"),
    [
        # Friday, 10th working day of June; the 10th of June 2025 is Friday 13, its weekend following.
        ("2026-06-12", "month", "last_year", "2026-06-01", "2025-06-01", "2025-06-15", 10),
        ("2026-06-12", "twelve_months", "last_year", "2025-07-01", "2024-07-01", "2025-06-15", 10),
        ("2026-06-12", "quarter", "previous", "2026-04-01", "2026-01-01", "2026-03-15", 10),
        ("2026-06-12", "year", "previous", "2026-01-01", "2025-01-01", "2025-06-15", 10),
        # A closed month is compared with a whole one, however long.
        ("2026-03-31", "month", "previous", "2026-03-01", "2026-02-01", "2026-02-28", None),
        ("2026-02-28", "month", "previous", "2026-02-01", "2026-01-01", "2026-01-31", None),
        # Its last working day closes a month that ends on a weekend.
        ("2026-05-29", "month", "previous", "2026-05-01", "2026-04-01", "2026-04-30", None),
        # A leap day closes its February; one year on there is none.
        ("2024-02-29", "month", "last_year", "2024-02-01", "2023-02-01", "2023-02-28", None),
        ("2024-02-29", "twelve_months", "previous", "2023-03-01", "2022-03-01", "2023-02-28", None),
        # The month begins on a Saturday: no working day has passed, so neither did one a year before.
        ("2026-08-01", "month", "last_year", "2026-08-01", "2025-08-01", "2025-08-01", 0),
        # January looks back into the year before.
        ("2026-01-05", "month", "previous", "2026-01-01", "2025-12-01", "2025-12-03", 3),
    ],
)  # fmt: skip
def test_by_hand(
    as_of: str, period: periods.Period, comparison: periods.Comparison, now_from: str, base_from: str, base_to: str,
    elapsed: int | None,
) -> None:  # fmt: skip
    window = periods.window(day(as_of), period, comparison)
    assert (window.date_from, window.date_to) == (day(now_from), day(as_of))
    assert (window.base_from, window.base_to) == (day(base_from), day(base_to))
    assert window.elapsed_working_days == elapsed


@given(DAYS, PERIODS, COMPARISONS)
def test_what_is_compared_never_overlaps(
    as_of: dt.date, period: periods.Period, comparison: periods.Comparison
) -> None:
    window = periods.window(as_of, period, comparison)
    assert window.base_from <= window.base_to < window.date_from <= window.date_to == as_of
    assert window.date_from.day == window.base_from.day == 1
    assert months(window.base_from, window.base_to) == months(window.date_from, window.date_to)


@given(DAYS, PERIODS, COMPARISONS)
def test_last_months_are_equally_far(as_of: dt.date, period: periods.Period, comparison: periods.Comparison) -> None:
    window = periods.window(as_of, period, comparison)
    if window.elapsed_working_days is None:
        assert window.base_to == last_day(window.base_to)
        return
    base = working_days(window.base_to)
    assert working_days(as_of) == window.elapsed_working_days
    # As many, or all there are; a month that begins on working days has at least its first day.
    in_month = working_days(last_day(window.base_to))
    assert base == min(window.elapsed_working_days, in_month) or window.base_to.day == 1


@given(DAYS, PERIODS, COMPARISONS)
def test_the_warehouse_cuts_the_same_days(
    as_of: dt.date, period: periods.Period, comparison: periods.Comparison
) -> None:
    """`is_within_elapsed` of the calendar holds up to base_to and no further, in the last month compared."""
    window = periods.window(as_of, period, comparison)
    first, last = window.base_to.replace(day=1), last_day(window.base_to)
    within = [d for d, is_within in calendar_days(as_of, first) if is_within and first <= d <= last]
    if window.elapsed_working_days == 0 and first.weekday() < 5:
        assert within == []  # nothing of that month is within; the window keeps its first day to have one
        return
    assert max(within) == window.base_to
    assert len(within) == window.base_to.day


def calendar_days(as_of: dt.date, first: dt.date) -> list[tuple[dt.date, bool]]:
    model = queries.load("warehouse.core.calendar")
    with duckdb.connect(config={"threads": "1"}) as connection:
        warehouse.empty_tables(connection, {"input_orders", "input_quotes", "input_quote_events"})
        connection.execute("insert into input_orders (ordered_on) values (?)", [first])
        rows = connection.execute(f"select day, is_within_elapsed from ({model.sql})", {"as_of": as_of})
        return rows.fetchall()


def working_days(to: dt.date) -> int:
    return sum(to.replace(day=d).weekday() < 5 for d in range(1, to.day + 1))


def last_day(of: dt.date) -> dt.date:
    return of.replace(day=calendar.monthrange(of.year, of.month)[1])


def months(first: dt.date, last: dt.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
