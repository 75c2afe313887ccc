"""The demo's calendar. Days are integers counted from the first day of the history, so nothing depends on the clock."""

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt

# Negotiations that end within this many days after the history have begun within it and are open.
HORIZON = 150
YEARS = 3  # full ones before the month in which the history ends
NEVER = -(10**6)
MICROSECONDS_PER_DAY = 86_400_000_000

_Days = npt.NDArray[np.int64]
_YEAR_END = (358, 1)  # days of the year from and up to which businesses rest


class History:
    """The days of the company that is being generated, one company at a time in a process.

    `start` and `as_of` are its first and last day, `last_day` the number of the latter, `days` how many are numbered:
    those of the horizon too. Of each day: `weekday` (0 = Monday), `month` and `year` of history (0 = the first),
    `day_of_year`, the month whose prices hold (`price_month`; the last ones hold on), and the nearest day businesses
    order on (`working_day`). `months` counts those of history, the last one being open; `month_starts` are their first
    days, and that of the month after.
    """

    def __init__(self, as_of: dt.date) -> None:
        self.end_on(as_of)

    def end_on(self, as_of: dt.date) -> None:
        """Lets the history end on that day, and begin on the first of its month three years before."""
        self.as_of = as_of
        self.start = as_of.replace(year=as_of.year - YEARS, day=1)
        self.last_day = (self.as_of - self.start).days
        self.days = self.last_day + HORIZON + 1
        self.epoch_offset = (self.start - dt.date(1970, 1, 1)).days
        dates = np.datetime64(self.start) + np.arange(self.days)
        months = dates.astype("datetime64[M]")
        self.weekday: _Days = (np.arange(self.days) + self.start.weekday()) % 7
        self.month: _Days = (months - months[0]).astype(np.int64)
        self.day_of_year: _Days = (dates - dates.astype("datetime64[Y]")).astype(np.int64) + 1
        self.year: _Days = np.arange(self.days) // 365
        self.months = int(self.month[self.last_day]) + 1
        self.month_starts: _Days = np.searchsorted(self.month, np.arange(self.months + 1))
        self.price_month: _Days = np.minimum(self.month, self.months - 1)
        self.working_day: _Days = self._working_days()

    def _working_days(self) -> _Days:
        """For each day the nearest day businesses order on: not at weekends nor between the years."""
        from_day, to_day = _YEAR_END
        year_end = (self.day_of_year >= from_day) | (self.day_of_year <= to_day)
        open_days = np.flatnonzero((self.weekday < 5) & ~year_end)
        days = np.arange(self.days)
        after = np.minimum(np.searchsorted(open_days, days), len(open_days) - 1)
        before = np.maximum(after - 1, 0)
        nearer_before = days - open_days[before] < open_days[after] - days
        nearest: np.ndarray[Any, np.dtype[np.int64]] = np.where(nearer_before, open_days[before], open_days[after])
        return nearest


history = History(dt.date(2026, 6, 12))


def last_working_day(before: dt.date) -> dt.date:
    """The last day before that one on which businesses order: no weekend, and not between the years."""
    from_day, to_day = _YEAR_END
    day = before - dt.timedelta(days=1)
    while day.weekday() >= 5 or not to_day < day.timetuple().tm_yday < from_day:
        day -= dt.timedelta(days=1)
    return day


def date(day: int) -> dt.date:
    """The date of a numbered day."""
    return history.start + dt.timedelta(days=int(day))


def day_of(date: dt.date) -> int:
    """The number of a date; negative before the history."""
    return (date - history.start).days


def in_year(date: dt.date, year: int) -> dt.date:
    """The same day of another year; 28 February for the 29th where there is none."""
    try:
        return date.replace(year=year)
    except ValueError:
        return date.replace(year=year, day=28)
