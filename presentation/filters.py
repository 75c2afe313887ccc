"""Filters as a value: what a page, a mail or an answer is narrowed to, and the days it compares."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from data.errors import BadInput
from data.warehouse.coverage import Stretch
from presentation import format
from presentation.coverage import loaded_months
from presentation.periods import Comparison, Period, Window, window
from presentation.words import N_, text

PERIODS: tuple[Period, ...] = get_args(Period)
COMPARISONS: tuple[Comparison, ...] = ("last_year", "previous")
NARROWING = ("segment", "owner", "category", "catalog", "team")
DEFAULTS = {"period": "twelve_months", "compare": "last_year"}


@dataclass(frozen=True)
class Filters:
    """A period with its comparison, and values of segment, owner, category, catalog and team; None means all.

    `loaded` are the months, by their first day, that were loaded; None where all were. Where they lack some of the
    period or of what it compares with, the figures of the period have no comparison of their own: `comparable` are the
    same filters over the days that have one.
    """

    window: Window
    segment: str | None = None
    owner: str | None = None
    category: str | None = None
    catalog: str | None = None
    team: str | None = None
    loaded: frozenset[dt.date] | None = None

    def params(self) -> dict[str, Any]:
        """Query parameters; those of the days compared with are None where not all of them were loaded."""
        narrowed = {name: getattr(self, name) for name in NARROWING}
        return self.window.params() | ({} if self.is_compared else self.window.without_base()) | narrowed

    @property
    def is_compared(self) -> bool:
        """Whether the whole period is compared: all of it and of what it compares with was loaded."""
        return self.window.covered(self.loaded) == self.window

    @property
    def comparable(self) -> "Filters | None":
        """The filters over the latest days that were loaded on both sides; None where there are none."""
        stretch = self.window.covered(self.loaded)
        return replace(self, window=stretch) if stretch else None

    def about(self, **subject: str) -> "Focus":
        """The same filters with one thing looked at within them, such as `customer="C17"`."""
        return Focus(self, subject)

    def compared(self) -> str:
        """Which days are compared with which; an open month is compared up to the same working day, and says so.

        Where less than the period can be compared it says what, and that no more was loaded.
        """
        days = self.window
        if self.is_compared:
            return _against(days)
        period = format.span(days.date_from, days.date_to)
        if shared := self.comparable:
            return text(
                "{period}; for a change {compared}: no more was loaded on both sides",
                period=period,
                compared=_against(shared.window),
            )
        return text("{period}; {why}", period=period, why=self.uncompared())

    def uncompared(self) -> str:
        """Why nothing of the period is compared."""
        return text(
            "no comparison: {base} was not loaded in full", base=format.span(self.window.base_from, self.window.base_to)
        )


def _against(days: Window) -> str:
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


def parse(
    as_of: dt.date, codes: Mapping[str, str | None], coverage: Sequence[Stretch] = (), table: str = "orders"
) -> Filters:
    """Filters from codes by name, such as `{"period": "month", "segment": "dealer"}`, for data up to `as_of`.

    Without period or comparison the default holds. What is compared was loaded by the `coverage` of the input table
    that is looked at. Raises BadInput for a name or a code of a period that is unknown.
    """
    known = {**DEFAULTS, **{name: code for name, code in codes.items() if code is not None}}
    period, compare = known.pop("period"), known.pop("compare")
    if period not in PERIODS or compare not in COMPARISONS or not known.keys() <= {*NARROWING}:
        raise BadInput(
            text("{filters} are no filters.", filters=", ".join(f"{name}={code}" for name, code in codes.items())),
            N_("A period, a comparison or a filter is misspelt, or belongs to another release."),
            N_("Choose again in the filters of the page."),
        )
    loaded = loaded_months(coverage, table, as_of, known.get("segment"))
    return Filters(window(as_of, period, compare), **known, loaded=loaded)
