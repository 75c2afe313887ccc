"""The demo's fixed calendar. Days are integers counted from START, so nothing depends on the clock."""

import datetime as dt

import numpy as np

START = dt.date(2023, 6, 1)
AS_OF = dt.date(2026, 6, 12)
# Negotiations that end within this many days after AS_OF have begun before it and are open.
HORIZON = 150

LAST_DAY = (AS_OF - START).days
DAYS = LAST_DAY + HORIZON + 1
NEVER = -(10**6)
MICROSECONDS_PER_DAY = 86_400_000_000
EPOCH_OFFSET = (START - dt.date(1970, 1, 1)).days

_DATES = np.datetime64(START) + np.arange(DAYS)
_MONTHS = _DATES.astype("datetime64[M]")

# Of each day: weekday (0 = Monday), month of history (0 = that of START), day of the year, year of history.
WEEKDAY = (np.arange(DAYS) + START.weekday()) % 7
MONTH = (_MONTHS - _MONTHS[0]).astype(np.int64)
DAY_OF_YEAR = (_DATES - _DATES.astype("datetime64[Y]")).astype(np.int64) + 1
YEAR = np.arange(DAYS) // 365

# Months of history, the last one being open, and the first day of each.
MONTHS = int(MONTH[LAST_DAY]) + 1
MONTH_STARTS = np.searchsorted(MONTH, np.arange(MONTHS + 1))
# Prices are known up to AS_OF and stay what they were for offers about the time after.
PRICE_MONTH = np.minimum(MONTH, MONTHS - 1)


def date(day: int) -> dt.date:
    return START + dt.timedelta(days=int(day))


def day_of(date: dt.date) -> int:
    return (date - START).days


def _working_days() -> np.ndarray:
    """For each day the nearest day businesses order on: not at weekends nor between the years."""
    year_end = (DAY_OF_YEAR >= 358) | (DAY_OF_YEAR <= 1)
    open_days = np.flatnonzero((WEEKDAY < 5) & ~year_end)
    days = np.arange(DAYS)
    after = np.minimum(np.searchsorted(open_days, days), len(open_days) - 1)
    before = np.maximum(after - 1, 0)
    nearer_before = days - open_days[before] < open_days[after] - days
    return np.where(nearer_before, open_days[before], open_days[after])


WORKING_DAY = _working_days()
