"""From when to when a company's orders were loaded, by plain Python: whole, by segment, by segment and channel.

Nothing here reads our SQL.
"""

import calendar
import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

LONG, LONG_OF_A_PART = 28, 56
SEASON, EDGE = dt.timedelta(days=364), dt.timedelta(days=7)


@dataclass(frozen=True)
class Feed:
    """Stretches of days, first and last, and whether anything is to be expected after the last."""

    stretches: tuple[tuple[dt.date, dt.date], ...]
    usual_gap: float
    is_judged: bool
    is_stopped: bool


def feeds(orders: Iterable[Any], as_of: dt.date) -> dict[tuple[str | None, str | None], Feed]:
    """By segment and channel, "unknown" where an order names none; None where they are taken together."""
    days: dict[tuple[str | None, str | None], set[dt.date]] = defaultdict(set)
    customers: dict[tuple[str | None, str | None], set[str]] = defaultdict(set)
    for order in orders:
        if order.day <= as_of:
            for key in keys(order):
                days[key].add(order.day)
                customers[key] |= {order.customer} - {None}
    return {
        key: feed(sorted(found), as_of, is_part=key != (None, None), customers=len(customers[key]))
        for key, found in days.items()
    }


def keys(order: Any) -> Iterator[tuple[str | None, str | None]]:
    """The feeds that an order is of."""
    segment, channel = order.segment or "unknown", order.channel or "unknown"
    yield from ((None, None), (segment, None), (segment, channel))


def feed(days: list[dt.date], as_of: dt.date, *, is_part: bool, customers: int) -> Feed:
    """One feed, of its days in order."""
    gaps = [(before, day) for before, day in pairwise(days)]
    usual = quantile([(day - before).days for before, day in gaps], 0.95) if gaps else 0.0
    is_judged = len(days) >= 24 and (not is_part or customers >= 10)
    holes = [gap for gap in gaps if is_judged and is_hole(*gap, days, usual, is_part=is_part)]
    edges = [days[0], *(day for hole in holes for day in hole), days[-1]]
    longest = max(((day - before).days for before, day in gaps if (before, day) not in holes), default=0)
    silent = (as_of - days[-1]).days
    is_stopped = is_judged and silent > LONG and 2 * silent > 3 * longest
    return Feed(tuple(zip(edges[::2], edges[1::2], strict=True)), usual, is_judged, is_stopped)


def is_hole(before: dt.date, day: dt.date, days: list[dt.date], usual: float, *, is_part: bool) -> bool:
    """Whether a silence is of days that were not loaded."""
    silent = (day - before).days
    if silent <= (LONG_OF_A_PART if is_part else LONG) or silent <= (4 if is_part else 3) * usual:
        return False
    first = before.replace(day=calendar.monthrange(before.year, before.month)[1]) + dt.timedelta(days=1)
    if first.replace(day=calendar.monthrange(first.year, first.month)[1]) >= day:
        return False  # no whole month lies within
    has_another_year = before - SEASON >= days[0] or day + SEASON <= days[-1]
    shifted = [(before + shift + EDGE, day + shift - EDGE) for shift in (-SEASON, SEASON)]
    is_broken = any(begin < other < end for begin, end in shifted for other in days)
    return is_broken or not has_another_year


def quantile(values: list[int], share: float) -> float:
    """Interpolated between the two nearest ranks."""
    ranked = sorted(values)
    rank = share * (len(ranked) - 1)
    low, high = ranked[math.floor(rank)], ranked[math.ceil(rank)]
    return low + (rank - math.floor(rank)) * (high - low)


def last_day_of_feed(order: Any, found: dict[tuple[str | None, str | None], Feed]) -> dt.date | None:
    """The last day of an order's feeds that stopped, if any did."""
    return max((found[key].stretches[-1][1] for key in keys(order) if found[key].is_stopped), default=None)
