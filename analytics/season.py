"""Season: how much busier or quieter than usual the days ahead will be, read from the same days a year before.

The pulse is the number of customers that ordered on each day, over the whole company. A stretch of days counts for as
many usual days as its pulse says: 90 days after Christmas for about 60. The level that "usual" means is that of the
renewal model: a mean over the year before, whose weights halve every 180 days. Growth is no season: a company grows by
new customers, while each orders as it did. What it grew by is told from the days that two years hold, and taken out.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

_YEAR_DAYS = 364  # whole weeks, so that weekends fall on weekends
_LEVEL_DAYS, _HALF_LIFE_DAYS = 365, 180.0
# Every stretch counts as if so many more orders had come as usual: few orders say little about a season.
_PRIOR_ORDERS = 60.0
_LEAST_GROWTH_DAYS = 28
# How long ago, in the mean, the days lie that make the level.
_LEVEL_AGE_DAYS = 141


@dataclass(frozen=True)
class Season:
    """The pulse of a company: `first_on` its first day, `until[i]` the orders before day `first_on` + i."""

    first_on: dt.date
    until: np.ndarray

    @classmethod
    def of(cls, counts: pa.Table) -> "Season":
        """From rows of order_day_counts: ordered_on, customers; an empty table gives a company without seasons."""
        if not len(counts):
            return cls(dt.date(1970, 1, 1), np.zeros(1))
        days = counts["ordered_on"].to_numpy().astype("datetime64[D]")
        by_day = np.bincount((days - days.min()).astype(int), weights=counts["customers"].to_numpy())
        return cls(days.min().item(), np.concatenate([[0.0], np.cumsum(by_day)]))

    def ahead(self, as_of: dt.date, horizon_days: np.ndarray | float) -> np.ndarray:
        """Usual days in each day of the horizon after `as_of`, told from a year before; 1 without a year behind it."""
        if self._place(as_of) < _YEAR_DAYS:
            return np.ones_like(np.asarray(horizon_days, float))
        last_year = as_of - dt.timedelta(days=_YEAR_DAYS)
        return self._index(as_of, last_year, horizon_days)

    def came(self, as_of: dt.date, horizon_days: np.ndarray | float) -> np.ndarray:
        """The same as it turned out, for a horizon that is over."""
        return self._index(as_of, as_of, horizon_days)

    def _index(self, level_on: dt.date, after: dt.date, horizon_days: np.ndarray | float) -> np.ndarray:
        days = np.asarray(horizon_days, float)
        later_years = (days / 2 + _LEVEL_AGE_DAYS - (level_on - after).days) / _YEAR_DAYS
        usual = self._level(level_on) * days * self._growth(level_on) ** later_years
        return (self._orders(after, days) + _PRIOR_ORDERS) / (usual + _PRIOR_ORDERS)

    def _growth(self, day: dt.date) -> float:
        """By what factor orders grew in a year: the days up to `day` against the same ones a year before."""
        both = min(self._place(day) - _YEAR_DAYS, _YEAR_DAYS)
        if both < _LEAST_GROWTH_DAYS:
            return 1.0
        begins = (day - dt.timedelta(days=both + back) for back in (0, _YEAR_DAYS))
        now, before = (float(self._orders(begin, np.array(float(both)))) for begin in begins)
        return (now + _PRIOR_ORDERS) / (before + _PRIOR_ORDERS)

    def _orders(self, after: dt.date, days: np.ndarray) -> np.ndarray:
        begin = self._place(after) + 1
        places = np.clip(np.stack([np.full_like(days, begin), begin + days]), 0, len(self.until) - 1)
        low, high = np.interp(places, np.arange(len(self.until)), self.until)
        return high - low

    def _level(self, day: dt.date) -> float:
        """Orders on a usual day, seen from that day."""
        end = min(self._place(day) + 1, len(self.until) - 1)
        if end <= 0:
            return 0.0
        begin = max(end - _LEVEL_DAYS, 0)
        orders = np.diff(self.until[begin : end + 1])
        weights = 0.5 ** (np.arange(len(orders) - 1, -1, -1) / _HALF_LIFE_DAYS)
        return float(np.average(orders, weights=weights))

    def _place(self, day: dt.date) -> int:
        return (day - self.first_on).days
