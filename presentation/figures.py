"""Headline figures of a one-row result, each with its change: what cards show, mails and files say alike."""

from typing import NamedTuple

from data.warehouse.access import Result
from presentation import coverage, format, labels, needs


class Figure(NamedTuple):
    """A figure as it is said: its name, its value, and its change against the comparison where one can be told."""

    name: str
    value: str
    change: str | None


def figure(result: Result, column: str, compared: Result | None = None) -> Figure:
    """A figure of a one-row result. Its change is that of `compared`, the same figures of the days that can be."""
    unit = result.query.units[column]
    said = format.value(result.one()[column], unit, result.snapshot.currency)
    return Figure(labels.column(column), said, change(compared or result, column))


def change(result: Result, column: str) -> str | None:
    """The change of a figure; none where what it is of was not loaded on all the days that the result compares."""
    table, shown = needs.dated(column, result.query.name), result.snapshot
    first, last = (result.params.get(name) for name in ("base_month_from", "date_month_to"))
    if table and first and last and not coverage.covers(shown.coverage, table, first, last, shown.as_of):
        return None
    row = result.one()
    return format.change(row[column], row.get(f"{column}_base"), result.query.units[column])
