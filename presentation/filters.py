"""Filters as a value: what a page, a mail or an answer is narrowed to, and the days it compares."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from data.errors import BadInput
from presentation import format
from presentation.periods import Comparison, Period, Window, window
from presentation.words import N_, text

PERIODS: tuple[Period, ...] = get_args(Period)
COMPARISONS: tuple[Comparison, ...] = ("last_year", "previous")
NARROWING = ("segment", "owner", "category", "catalog", "team")
DEFAULTS = {"period": "twelve_months", "compare": "last_year"}


@dataclass(frozen=True)
class Filters:
    """A period with its comparison, and values of segment, owner, category, catalog and team; None means all."""

    window: Window
    segment: str | None = None
    owner: str | None = None
    category: str | None = None
    catalog: str | None = None
    team: str | None = None

    def params(self) -> dict[str, Any]:
        """Query parameters."""
        narrowed = {name: getattr(self, name) for name in NARROWING}
        return self.window.params() | narrowed

    def about(self, **subject: str) -> "Focus":
        """The same filters with one thing looked at within them, such as `customer="C17"`."""
        return Focus(self, subject)

    def compared(self) -> str:
        """Which days are compared with which; an open month is compared up to the same working day, and says so."""
        days = self.window
        now, base = format.span(days.date_from, days.date_to), format.span(days.base_from, days.base_to)
        if days.elapsed_working_days is None:
            return text("{now} against {base}", now=now, base=base)
        return text("{now} against {base}, to working day {day}", now=now, base=base, day=days.elapsed_working_days)


@dataclass(frozen=True)
class Focus:
    """One customer, product or person looked at within filters; `subject` holds its id by the parameter's name."""

    filters: Filters
    subject: Mapping[str, str]

    def params(self) -> dict[str, Any]:
        """Query parameters."""
        return {**self.filters.params(), **self.subject}


def parse(as_of: dt.date, codes: Mapping[str, str | None]) -> Filters:
    """Filters from codes by name, such as `{"period": "month", "segment": "dealer"}`, for data up to `as_of`.

    Without period or comparison the default holds. Raises BadInput for a name or a code of a period that is unknown.
    """
    known = {**DEFAULTS, **{name: code for name, code in codes.items() if code is not None}}
    period, compare = known.pop("period"), known.pop("compare")
    if period not in PERIODS or compare not in COMPARISONS or not known.keys() <= {*NARROWING}:
        raise BadInput(
            text("{filters} are no filters.", filters=", ".join(f"{name}={code}" for name, code in codes.items())),
            N_("A period, a comparison or a filter is misspelt, or belongs to another release."),
            N_("Choose again in the filters of the page."),
        )
    return Filters(window(as_of, period, compare), **known)
