"""How the rows of a source meet those loaded before: they add and correct, replace a table or a period, or delete."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from data import contract
from data.errors import BadInput

ADD, REPLACE, REPLACE_PERIOD, DELETE = "add", "replace", "replace_period", "delete"
MODES = (ADD, REPLACE, REPLACE_PERIOD, DELETE)
_TO_DELETE = " to delete"


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True)
class Instead:
    """What is asked of one load whatever its mapping says: tables to replace, and a period to replace in the others."""

    tables: tuple[str, ...] = ()
    period: Period | None = None

    def mode(self, table: str, wanted: str) -> str:
        """How a table's rows are loaded where its source says `wanted`."""
        if wanted == DELETE:
            return wanted
        if table in self.tables:
            return REPLACE
        return REPLACE_PERIOD if self.period and has_days(contract.table(table)) else wanted


AS_MAPPED = Instead()


def instead(tables: Collection[str], period: str) -> Instead:
    """What the command line asks for; `period` is written 2026-05-01..2026-05-31. Raises BadInput."""
    for name in tables:
        if name not in {table.name for table in contract.TABLES}:
            known = ", ".join(table.name for table in contract.TABLES)
            raise BadInput(f"There is no table {name!r} to replace.", f"The tables are {known}.", "Correct its name.")
    return Instead(tuple(sorted(set(tables))), _period(period) if period else None)


def _period(text: str) -> Period:
    days = re.fullmatch(r"\s*(\S+?)\s*[.]{2}\s*(\S+)\s*", text)
    try:
        period = Period(*map(date.fromisoformat, days.groups())) if days else None
    except ValueError:
        period = None
    if period is None or period.first > period.last:
        raise BadInput(
            f"{text!r} is no period.", "It needs a first and a last day.", "Write it as 2026-05-01..2026-05-31."
        )
    return period


def document(table: contract.Table) -> tuple[str, contract.Table] | None:
    """Where rows are lines, parts of a document: the column that names it, and the document's table."""
    first = table.column(table.key[0])
    parent = contract.table(first.references) if first.references else None
    return (first.name, parent) if parent and len(table.key) > 1 and table.key[1] == "line_no" else None


def day(table: contract.Table) -> str:
    """The column that says on which day a row belongs: the first day every row has; '' where there is none."""
    days = (each.name for each in table.columns if each.kind in ("date", "timestamp") and each.required)
    return next(days, "")


def has_days(table: contract.Table) -> bool:
    """Whether a row belongs to a day, by itself or by its document."""
    parts = document(table)
    return bool(day(table) or (parts and day(parts[1])))


def to_delete(table: contract.Table) -> contract.Table:
    """The shape of rows that name rows of a table to delete: the columns of its key, which may refer to anything."""
    columns = tuple(replace(table.column(name), references=None) for name in table.key)
    return contract.Table(table.name + _TO_DELETE, f"one row per row of {table.name} to delete", table.key, columns)


def loaded_into(name: str) -> str:
    """The contract table that rows of a shape concern: itself, or that of which they name rows to delete."""
    return name.removesuffix(_TO_DELETE)
