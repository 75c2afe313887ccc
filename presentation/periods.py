"""Reporting periods and what they are fairly compared with."""

import calendar
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

Period = Literal["month", "quarter", "year", "twelve_months"]
Comparison = Literal["previous", "last_year"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12, "twelve_months": 12}


@dataclass(frozen=True)
class Window:
    """A period up to the as-of day and the stretch it compares with; all days inclusive. It ends with `period_to`.

    While the last month is open, the comparison ends on the same working day (Monday to Friday, no
    holidays) of its own last month, `elapsed_working_days`; None once the month is complete.
    """

    date_from: dt.date
    date_to: dt.date
    base_from: dt.date
    base_to: dt.date
    elapsed_working_days: int | None
    period_to: dt.date

    def params(self) -> dict[str, dt.date]:
        """Query parameters: the four days and the months they fall in, and the period's last day."""
        days = {
            "date_from": self.date_from,
            "date_to": self.date_to,
            "base_from": self.base_from,
            "base_to": self.base_to,
        }
        months = {name.replace("_", "_month_"): day.replace(day=1) for name, day in days.items()}
        return days | months | {"period_to": self.period_to}

    def covered(self, loaded: Collection[dt.date] | None) -> "Window | None":
        """The latest stretch of it that was loaded on both sides; `loaded` are first days of months, None all.

        It is the window itself where all of it was loaded, and None where no month was on both sides.
        """
        if loaded is None:
            return self
        shift = _between(self.base_from, self.date_from)
        months = [
            months_before(self.date_to.replace(day=1), back)
            for back in range(_between(self.date_from, self.date_to) + 1)
        ]
        run: list[dt.date] = []
        for month in months:
            if month in loaded and months_before(month, shift) in loaded:
                run.append(month)
            elif run:
                break
        if len(run) == len(months):
            return self
        if not run:
            return None
        stretch = replace(self, date_from=run[-1], base_from=months_before(run[-1], shift))
        if run[0] == months[0]:
            return stretch
        end = _last_day(run[0])
        return replace(
            stretch,
            date_to=end,
            base_to=_last_day(months_before(run[0], shift)),
            elapsed_working_days=None,
            period_to=end,
        )

    @staticmethod
    def without_base() -> dict[str, None]:
        """What the parameters of the days compared with are where there are none."""
        return dict.fromkeys(("base_from", "base_to", "base_month_from", "base_month_to"))


def window(as_of: dt.date, period: Period, comparison: Comparison) -> Window:
    """The current period that holds `as_of`, and the one before it or a year earlier, cut to equal length.

    `twelve_months` are the month of `as_of` and the eleven before it.
    """
    this_month = as_of.replace(day=1)
    first = {
        "month": this_month,
        "quarter": this_month.replace(month=3 * ((as_of.month - 1) // 3) + 1),
        "year": this_month.replace(month=1),
        "twelve_months": months_before(this_month, 11),
    }[period]
    months_back = 12 if comparison == "last_year" else _MONTHS[period]
    base_month = months_before(this_month, months_back)
    elapsed = elapsed_working_days(as_of)
    if elapsed is None:
        base_to = _last_day(base_month)
    else:
        month = (base_month.replace(day=day) for day in range(1, _last_day(base_month).day + 1))
        base_to = max((day for day in month if _working_days_to(day) <= elapsed), default=base_month)
    return Window(
        first,
        as_of,
        months_before(first, months_back),
        base_to,
        elapsed,
        _last_day(months_before(first, 1 - _MONTHS[period])),
    )


def last_full(as_of: dt.date, period: Literal["month", "quarter"]) -> dt.date:
    """The last day of the newest month or quarter that is over by `as_of`; one without a working day left is."""
    end = _last_day(as_of) if elapsed_working_days(as_of) is None else as_of.replace(day=1) - dt.timedelta(days=1)
    past_quarter = end.month % 3 if period == "quarter" else 0
    return _last_day(months_before(end.replace(day=1), past_quarter))


def elapsed_working_days(as_of: dt.date) -> int | None:
    """Working days of the month up to `as_of`; None when none is left, the month being complete."""
    elapsed = _working_days_to(as_of)
    return None if elapsed == _working_days_to(_last_day(as_of)) else elapsed


def _working_days_to(day: dt.date) -> int:
    return sum(day.replace(day=d).weekday() < 5 for d in range(1, day.day + 1))


def _last_day(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _between(earlier: dt.date, later: dt.date) -> int:
    """Months from the month of one day to that of another."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def months_before(month: dt.date, months: int) -> dt.date:
    """The first day of the month so many months before; after, where they are fewer than none."""
    index = month.year * 12 + month.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, 1)
