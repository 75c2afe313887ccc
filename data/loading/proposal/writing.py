"""A mapping as YAML, from which column is what."""

from collections.abc import Collection, Sequence
from typing import Any

import yaml

from data import contract
from data.loading import modes
from data.loading.detection import Column, Seen
from data.loading.proposal.matching import Matched, outcomes, targets
from data.loading.sources import kinds
from data.loading.statements import literal, quoted

# The key of what a flat file names again and again, and what stands in for it where it has no id.
_KEYS = {
    "customers": ("customers.customer_id", "customers.name"),
    "products": ("products.product_id", "products.name"),
    "sales_reps": ("sales_reps.rep_id", "sales_reps.name"),
    "orders": ("orders.order_id",),
    "quotes": ("quotes.quote_id",),
}
# What makes a file hold rows of a table; for others any of their columns does.
_MADE_BY = {"orders": "orders.ordered_on", "order_lines": "order_lines.quantity", "quotes": "quotes.requested_on"}


def write(
    seen: Sequence[Seen],
    matched: Sequence[Matched],
    currency: str,
    settle: dict[str, dict[str, str]],
    mode: str = modes.ADD,
) -> str:
    """The mapping by which files of these shapes are loaded.

    `currency` is that of amounts whose file names none; `settle` gives date_order and decimal by file where its values
    do not prove them; `mode` is how rows meet those loaded before, in the tables that can be loaded so.
    """
    tables: dict[str, list[dict[str, Any]]] = {}
    about = {each.about for each in matched}
    for each, one in zip(seen, matched, strict=True):
        for table in _tables(one, about):
            source = _Source(each, one, currency).of(table) | each.settings | settle.get(each.file, {})
            if mode != modes.ADD and (mode != modes.REPLACE_PERIOD or modes.has_days(table)):
                source["load"] = mode
            tables.setdefault(table.name, []).append(source)
    ordered = {table.name: tables[table.name] for table in contract.TABLES if table.name in tables}
    top = {"reporting_currency": currency} if currency else {}
    return yaml.safe_dump({**top, "tables": ordered}, sort_keys=False, allow_unicode=True, width=110)


def lacking(matched: Sequence[Matched], currency: str) -> list[tuple[str, str]]:
    """What is still to be said: (file, contract column) pairs without which rows of a table cannot be loaded."""
    about, found = {each.about for each in matched}, []
    for one in matched:
        for table in _tables(one, about):
            source = _Source(Seen(one.file, one.sheet), one, currency)
            given = source.columns(table)
            needed = [(column.name,) for column in table.columns if column.required]
            missing = [group for group in (*needed, *table.either) if not given.keys() & {*group}]
            found += [(one.file, f"{table.name}.{group[0]}") for group in missing]
    return found


def _tables(one: Matched, about: Collection[str]) -> list[contract.Table]:
    """The tables that a file gives rows of. What another file is about is taken from there."""
    given = {*one.targets.values()} - {""}
    found = []
    for table in contract.TABLES:
        name = table.name
        elsewhere = name in about and name != one.about and name in ("customers", "products", "sales_reps")
        is_made = _MADE_BY[name] in given if name in _MADE_BY else any(each.startswith(f"{name}.") for each in given)
        if is_made and not elsewhere:
            found.append(table)
    return found


class _Source:
    """The sources of one file or sheet."""

    def __init__(self, seen: Seen, matched: Matched, currency: str) -> None:
        self._seen, self._matched, self._currency = seen, matched, currency
        self._columns = {column.name: column for column in seen.columns}
        self._own = {*targets()}

    def of(self, table: contract.Table) -> dict[str, Any]:
        """The source of a table."""
        source: dict[str, Any] = {"from": self._seen.file}
        if self._seen.sheet:
            source["sheet"] = self._seen.sheet
        key = self._key(table.name)
        is_repeated = table.name != self._matched.about or (table.name == "orders" and self._has_lines())
        if table.name != "order_lines" and is_repeated and key:
            source["where"] = self._is_given(key)
            source["one_per"] = quoted(key)
        return source | {"columns": self.columns(table)}

    def columns(self, table: contract.Table) -> dict[str, str]:
        """What gives each contract column: a heading, or SQL."""
        found = {}
        for column in table.columns:
            heading = self._matched.heading(f"{table.name}.{column.name}")
            if heading:
                found[column.name] = self._taken(table, column, heading)
            elif value := self._derived(table, column):
                found[column.name] = value
        return found

    def _key(self, table: str) -> str:
        """The heading that names a thing of a table."""
        return next(filter(None, map(self._matched.heading, _KEYS.get(table, ()))), "")

    def _has_lines(self) -> bool:
        return bool(self._matched.heading("order_lines.quantity"))

    def _is_filled_down(self) -> bool:
        """Whether an order stands in its first line alone, with its day, as where cells were merged."""
        of = (self._columns.get(self._matched.heading(t), _NONE).filled for t in _ORDER_DAY_QUANTITY)
        order, day, quantity = of
        return 0 < order == day < _FIRST_LINES * quantity and not self._is_native()

    def _is_native(self) -> bool:
        return kinds.of(self._seen.file) == ".parquet"

    def _is_given(self, heading: str) -> str:
        """SQL for whether a row holds something there."""
        return f"{quoted(heading)} is not null" if self._is_native() else f"{quoted(heading)} <> ''"

    def _taken(self, table: contract.Table, column: contract.Column, heading: str) -> str:
        seen = self._columns.get(heading, _NONE)
        if (table.name, column.name) == ("quotes", "outcome"):
            return _outcome(heading, seen) or heading
        if seen.zoned and column.kind == "date":
            return f"left({quoted(heading)}, 10)"  # the day as it is written, at whatever hour elsewhere
        return heading

    def _derived(self, table: contract.Table, column: contract.Column) -> str:
        """What gives a column that no heading gives by itself; '' for nothing."""
        name = f"{table.name}.{column.name}"
        if name == "customers.owner_rep_id":
            return ""  # who sold is not who looks after the account
        if column.references and column.references != table.name:
            key = self._key(column.references)
            if name == "order_lines.order_id" and self._is_filled_down():
                return (
                    f"last_value(nullif({quoted(key)}, '') ignore nulls) over (order by source._file_no, source._line)"
                )
            return key
        if table.name in _KEYS and column.name in (table.key[0], "name") and column.required:
            return self._key(table.name)
        if name == "order_lines.line_no":
            return self._line_no()
        if column.name == "currency":
            taken = self._matched.heading("orders.currency") or self._matched.heading("quotes.currency")
            return taken or (literal(self._currency) if self._currency else "")
        if name == "quotes.closed_on" and (expected := self._matched.heading("quotes.expected_close_on")):
            heading = self._matched.heading("quotes.outcome")
            ended = _outcome(heading, self._columns.get(heading, _NONE)) if heading else ""
            return f"case when {ended} is not null then {quoted(expected)} end" if ended else ""
        return ""

    def _line_no(self) -> str:
        """A line's place within its order."""
        order = quoted(self._key("orders"))
        if self._is_filled_down():
            first = f"max(case when {order} <> '' then source._line end)"
            return f"source._line - {first} over (order by source._file_no, source._line) + 1"
        return f"row_number() over (partition by {order} order by source._file_no, source._line)"


_NONE = Column("", "empty")
_ORDER_DAY_QUANTITY = ("orders.order_id", "orders.ordered_on", "order_lines.quantity")
_FIRST_LINES = 0.95  # share of lines that name their order, below which the others are taken for further lines of it


def _outcome(heading: str, seen: Column) -> str:
    """SQL that makes 'won' or 'lost' of the names of stages; '' where the values are these already."""
    if {*seen.codes} <= {"won", "lost"}:
        return ""
    cases = [
        f"when lower({quoted(heading)}) in ({', '.join(map(literal, several))}) then '{outcome}'"
        for outcome, several in outcomes(seen.codes).items()
        if several
    ]
    return f"case {' '.join(cases)} end" if cases else "cast(null as varchar)"
