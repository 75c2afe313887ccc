"""Accounts that fall silent: the chance that is told of it, and the money that the list of silent accounts holds.

Whole companies as their presets load them, and small ones cut from them by customer and by time. At rolling origins all
is told from what was known then. What the list holds is held against as many accounts by revenue, by the rule "silent
for over twice the usual interval, the largest first", and by chance; money is lost where an account orders nothing for
90 days.
"""

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata

from analytics import cadence, list_record, track_record
from analytics.season import Season
from bench.quality.companies import DEMO, Company, company, small_companies
from bench.quality.goals import goal

TASK = "silence"
HORIZONS = (28, 60, 90)


def _every(first: dt.date, days: int, many: int) -> list[dt.date]:
    return [first + dt.timedelta(days=days * number) for number in range(many)]


# Online Retail II with the turn of the year in the middle, when a wholesaler's season turns: the penalties of
# analytics.silence were chosen on these. On the other two nothing was chosen.
ORIGINS = {
    "online_retail_ii": _every(dt.date(2010, 9, 6), 14, 18),
    DEMO: _every(dt.date(2025, 7, 15), 28, 8),
    "adventureworks_dw": _every(dt.date(2012, 11, 15), 28, 10),
}
NAMES = {"online_retail_ii": "Online Retail II", DEMO: "demo of 300,000 lines", "adventureworks_dw": "AdventureWorks"}


class Told(NamedTuple):
    """One origin: by horizon the chance told and whether no order came, and the list as it would have stood."""

    by_horizon: dict[int, tuple[np.ndarray, np.ndarray]]
    listed: list_record.PastDay


def run() -> list[dict[str, Any]]:
    """All goals of silence."""
    found = []
    for name, origins in ORIGINS.items():
        with company(name) as whole:
            told = [told_on(whole, origin) for origin in origins]
        found += _goals(f"{NAMES[name]}, {len(told)} origins", told)
        few = [told_on(small, origin) for small, origin in small_companies(name, origins)]
        found += _goals(f"{NAMES[name]}, {len(few)} small companies", few)
    return found


def told_on(customers: Company, origin: dt.date) -> Told:
    """What the product tells on a day, beside what came."""
    season = Season.of(customers.ask("order_day_counts", as_of=origin))
    past = cadence.customer_days(customers.ask, origin, season)
    by = cadence.silence_known_on(past, origin, season)
    table = customers.ask("customer_rhythms", as_of=origin)
    reading = cadence.read(table, origin)
    until = customers.last_day
    next_days = cadence.days_to_next(table, customers.ask("next_orders", as_of=origin, until=until), origin)
    judged, known = cadence.is_judged(reading), cadence.silence_signals(reading)
    by_horizon = {
        days: (by.probability(known, days)[judged], ~(next_days <= days)[judged])
        for days in HORIZONS
        if (until - origin).days >= days
    }
    return Told(by_horizon, cadence.listed(reading, by, next_days, judged))


def _goals(data: str, told: list[Told]) -> list[dict[str, Any]]:
    found = []
    for days in HORIZONS:
        known = [one.by_horizon[days] for one in told if days in one.by_horizon]
        chance, came = (np.concatenate(column) for column in zip(*known, strict=True))
        error = track_record.calibration_error(chance, came)
        each = np.mean([track_record.calibration_error(*one) for one in known])
        measure = f"calibration error at {days} days ({len(chance):,} accounts; origin by origin {each:.3f})"
        area = f"AUC {_area(chance, came):.3f}"
        found.append(goal(TASK, data, measure, error, None, 0.03, area, at_least=False))
    (row,) = list_record.record([one.listed for one in told if 90 in one.by_horizon]).to_pylist()
    others = f"revenue; twice the interval {row['held_by_rule']:.3f}, chance {row['held_by_chance']:.3f}"
    measure = f"money lost that the list holds over revenue ({row['held']:.3f} on {row['list_rows']:.0f} rows)"
    ratio = row["held"] / row["held_by_revenue"]
    return [*found, goal(TASK, data, measure, ratio, row["held_by_revenue"], 2.0, others)]


def _area(chance: np.ndarray, came: np.ndarray) -> float:
    ones = int(came.sum())
    return float((rankdata(chance)[came].sum() - ones * (ones + 1) / 2) / (ones * (len(came) - ones)))
