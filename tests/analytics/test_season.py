"""How busy the days ahead will be, told from the same days a year before."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from analytics.season import Season

FIRST = dt.date(2024, 1, 1)


def pulse(*stretches: tuple[int, int]) -> Season:
    """A company with so many days of so many orders each, one stretch after the other."""
    by_day = [orders for days, orders in stretches for _ in range(days)]
    days = [FIRST + dt.timedelta(days=i) for i in range(len(by_day))]
    kept = [(day, orders) for day, orders in zip(days, by_day, strict=True) if orders]
    return Season.of(
        pa.table(
            {
                "ordered_on": pa.array([day for day, _ in kept], pa.date32()),
                "customers": pa.array([orders for _, orders in kept], pa.int64()),
            }
        )
    )


def test_without_a_year_behind_it_no_day_is_unusual() -> None:
    season = pulse((300, 10))
    assert season.ahead(FIRST + dt.timedelta(days=299), 90) == 1
    assert pulse().ahead(FIRST, 90) == 1


def test_an_even_pulse_has_no_season_whether_it_grows_or_not() -> None:
    day = FIRST + dt.timedelta(days=728)
    growing = [(1, round(100 * 2 ** (i / 364))) for i in range(820)]
    for season in (pulse((729, 100)), pulse(*growing)):
        assert season.ahead(day, np.array([28.0, 90.0])) == pytest.approx(1, abs=0.1)


def test_a_quiet_stretch_of_last_year_comes_again() -> None:
    season = pulse((364 - 60, 200), (60, 50), (364 - 60, 200))
    day = FIRST + dt.timedelta(days=364 + 364 - 60 - 1)
    assert season.ahead(day, 60) == pytest.approx(50 / 190, abs=0.05)
    assert season.ahead(day, 90) > season.ahead(day, 60)


def test_few_orders_say_little_of_a_season() -> None:
    few, many = (pulse((304, 4 * n), (60, n), (304, 4 * n)) for n in (1, 100))
    day = FIRST + dt.timedelta(days=364 + 303)
    assert 1 - few.ahead(day, 28) < (1 - many.ahead(day, 28)) * 0.75


def test_what_came_is_counted() -> None:
    season = pulse((400, 100), (30, 300))
    assert season.came(FIRST + dt.timedelta(days=399), 30) == pytest.approx(3, abs=0.05)
    growing = pulse(*((1, round(100 * 2 ** (i / 364))) for i in range(820)))
    assert growing.came(FIRST + dt.timedelta(days=728), 90) == pytest.approx(1, abs=0.05)
    assert season.came(FIRST + dt.timedelta(days=399), 60) == pytest.approx(1.5, abs=0.05)
