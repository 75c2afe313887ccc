"""From mapped rows to typed rows and reasons. Every row ends in one of the two, and is never changed on the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data import contract
from data.errors import BadInput
from data.loading import statements
from data.loading.engine import Engine
from data.loading.sources import Staged
from data.loading.sources.signs import NOT_KNOWN
from data.loading.written import CURRENCIES


@dataclass(frozen=True)
class Format:
    """How a file writes dates and decimals.

    `date_order` is 'dmy', 'mdy', 'ymd' or None where it does not matter, `decimal` is '.' or ','; `date_format` are
    formats of strptime that come before all other ways of writing a date.
    """

    date_order: str | None
    decimal: str
    date_format: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = {"dmy": "dates day first", "mdy": "dates month first", "ymd": "dates year first"}
        found = [words[self.date_order]] if self.date_order else []
        found += [f"dates as {' or '.join(self.date_format)}"] if self.date_format else []
        return ", ".join([*found, *(["decimal comma"] if self.decimal == "," else [])])


@dataclass(frozen=True)
class Mapped:
    """One source's rows in contract columns, as text or native: table `rows` of the engine.

    `native` tells for each column given whether it needs no reading; `explained` are the columns whose SQL says itself
    why it has no value.
    """

    table: contract.Table
    number: int
    rows: str
    native: dict[str, bool]
    explained: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Cells:
    """A column of text whose values show how a file writes: its name in SQL and in messages, and its kind."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True)
class Wanted:
    """What a mapping sets for a source; what it leaves open (None, empty) is decided for each file by its values."""

    date_order: str | None = None
    decimal: str | None = None
    date_format: tuple[str, ...] = ()


def text_cells(table: contract.Table, native: Mapping[str, bool]) -> list[Cells]:
    """The columns of a table that are given as text."""
    return [
        Cells(each.name, f"{table.name}.{each.name}", each.kind)
        for each in table.columns
        if native.get(each.name) is False
    ]


def formats(
    engine: Engine, rows: str, cells: Sequence[Cells], files: Mapping[int, Staged], wanted: Wanted
) -> tuple[dict[int, Format], list[str]]:
    """The format of each file, by its number, and notes on what its amounts are written with.

    Raises BadInput, which names the file, where values can be read both ways, or some only one way and some only the
    other.
    """
    ordered = not wanted.date_order and not wanted.date_format
    dates = [each for each in cells if each.kind in statements.DATES] if ordered else []
    numbers = [each for each in cells if each.kind in statements.NUMBERS] if not wanted.decimal else []
    money = [each for each in cells if each.kind in statements.AMOUNTS]
    hows = {number: Format(wanted.date_order, wanted.decimal or ".", wanted.date_format) for number in files}
    notes = []
    if dates or numbers or money:
        columns = ([each.name for each in several] for several in (dates, numbers, money))
        for file_no, *counts in engine.rows(statements.evidence(rows, *columns)):
            left = iter(counts)
            order, decimal = (
                [(each.label, next(left), next(left), next(left), next(left)) for each in several]
                for several in (dates, numbers)
            )
            file = files[file_no]
            hows[file_no] = Format(
                wanted.date_order or _date_order(file.name, order),
                wanted.decimal or _decimal(file.name, decimal, file.numbers),
                wanted.date_format,
            )
            signs = [(each.label, found) for each in money if (found := next(left))]
            notes += [
                f"{file.name}: {label} is written with {', '.join(found)}, which is not read: an amount is in "
                "the currency of its row."
                for label, found in signs
            ]
    return hows, notes


_OWN_SOURCE = "If the other files are written differently, give this one a source of its own."


def _date_order(file: str, found: list[tuple[Any, ...]]) -> str | None:
    orders = set()
    for column, day_first, month_first, either, example in found:
        if day_first and month_first:
            raise BadInput(
                f"{column} of {file} mixes two date orders.",
                f"{day_first:,} dates can only be day first and {month_first:,} only month first.",
                "Say which one holds with `date_order: dmy` or `date_order: mdy` in the mapping; the others are "
                "then quarantined.",
            )
        if either and not day_first and not month_first:
            raise BadInput(
                f"The dates in {column} of {file} can be read in two ways.",
                f"{example!r} may be day first or month first, and no date in the column decides it.",
                f"Say which with `date_order: dmy` or `date_order: mdy` in the mapping. {_OWN_SOURCE}",
            )
        orders |= {order for order, count in (("dmy", day_first), ("mdy", month_first)) if count}
    if len(orders) > 1:
        raise BadInput(
            f"Columns of {file} write dates in different orders.",
            f"Of {', '.join(four[0] for four in found)}, some are day first and some month first.",
            "Turn one of them into YYYY-MM-DD, or use SQL for it in the mapping.",
        )
    return orders.pop() if orders else None


def _decimal(file: str, found: list[tuple[Any, ...]], numbers: str) -> str:
    """The decimal sign of a file; `numbers` is the one with which numbers are written that it holds as such."""
    point, comma, either = (sum(four[place] for four in found) for place in (1, 2, 3))
    setting = 'Say which with `decimal: "."` or `decimal: ","` in the mapping'
    if point and comma:
        raise BadInput(
            f"Numbers of {file} mix decimal points and decimal commas.",
            f"In {', '.join(four[0] for four in found)}, {point:,} can only have a decimal point and {comma:,} only a "
            "decimal comma.",
            f"{setting}; the others are then quarantined.",
        )
    shown = "," if comma else "." if point else ""
    sign = shown or ("" if numbers == NOT_KNOWN else numbers)
    if either and (not sign or numbers not in ("", sign)):
        column, example = next((four[0], four[4]) for four in found if four[3])
        raise BadInput(
            f"The numbers in {column} of {file} can be read in two ways.",
            f"{example!r} may be a thousand or a fraction, and no number of the file decides it.",
            f"{setting}. {_OWN_SOURCE}",
        )
    return sign or "."


def cells(engine: Engine, mapped: Mapped, how: Format, today: date) -> None:
    """Casts a source's rows and notes what is wrong within each."""
    table = mapped.table
    rows = statements.typed(mapped.rows, table.columns, mapped.native, how, today, mapped.explained)
    engine.run(statements.append(table.name, rows, mapped.number))


def prepare(engine: Engine, tables: Iterable[contract.Table] = contract.TABLES) -> None:
    """Creates the empty tables that rows are checked in."""
    for table in tables:
        for statement in statements.start_table(table.name, table.columns):
            engine.run(statement)


def reporting_currency(engine: Engine, wanted: str | None, previous: str | None) -> str:
    """The currency reports are in: as set, as before, or the one all orders and quotes share; '' without any.

    Raises BadInput where it is not one of ISO 4217, would change, or cannot be told.
    """
    if wanted and wanted not in CURRENCIES:
        raise BadInput(
            f"{wanted!r} is no ISO 4217 currency.", "It is set as `reporting_currency`.", "Use one like EUR."
        )
    if wanted and previous and wanted != previous:
        raise BadInput(
            f"The reporting currency is {previous} and cannot become {wanted}.",
            f"What was loaded before holds amounts and exchange rates in {previous}.",
            "Set `reporting_currency` as before, or load everything anew into another folder (ORDERBEAT_HOME).",
        )
    if wanted or previous:
        return wanted or previous or ""
    found = [currency for (currency,) in engine.rows(statements.shared_currencies())]
    if len(found) > 1:
        raise BadInput(
            "The reporting currency is not known.",
            f"Orders and quotes are in {', '.join(found)}.",
            "Set `reporting_currency: EUR` (or another) at the top of the mapping.",
        )
    return found[0] if found else ""


def whole(engine: Engine, table: contract.Table, currency: str) -> None:
    """Notes what is wrong between rows: repeated keys, missing exchange rates, references to nothing.

    Tables must come in contract order, since a row that refers to a quarantined one is quarantined too.
    """
    name = table.name
    for either in table.either:
        engine.run(statements.reject(name, statements.lacking(name, either)))
    engine.run(statements.reject(name, statements.duplicates(name, table.key, table.column_names)))
    if name in statements.RATED_ON and currency:
        engine.run(statements.reject(name, statements.unrated(name)), {"currency": currency})
    references = [
        (column.name, column.references, contract.table(column.references).key[0])
        for column in table.columns
        if column.references
    ]
    if references:
        _references(engine, name, references)


def _references(engine: Engine, name: str, references: list[tuple[str, str, str]]) -> None:
    """Notes references to nothing: of each its column, the other table and the key of that."""
    itself = any(other == name for _, other, _ in references)
    while True:  # a row may hang on a row of its own table that was just found wrong
        before = engine.rows(statements.count(statements.all_of(statements.rejected_table(name))))
        engine.run(statements.reject(name, statements.orphans(name, references)))
        if not itself or engine.rows(statements.count(statements.all_of(statements.rejected_table(name)))) == before:
            break
    for column, other, key in references:
        if engine.rows(statements.count(statements.lost(name, column, other))) != [(0,)]:
            engine.run(statements.tell_near(name, column, other, key))


_DOUBTS = {
    "shortened": "look like numbers that a spreadsheet has shortened. Export the column as text.",
    "damaged": "look as if they had been read in another encoding before. Export them again as UTF-8.",
    "none": "may stand for no value. If so, list them as `nulls` in the mapping.",
}


def doubtful(engine: Engine, table: contract.Table) -> list[str]:
    """For people: texts of a table's new rows that are seldom meant as they stand. They are loaded as they stand."""
    columns = [each for each in table.columns if each.kind == "text" and not each.one_of and each.name != "currency"]
    if not columns:
        return []
    [found] = engine.rows(statements.doubtful_texts(table.name, columns))
    kinds = [(each, doubt) for each in columns for doubt in statements.DOUBTS]
    return [
        f"{table.name}.{each.name}: {count:,} {'value' if count == 1 else 'values'} "
        f"such as {example!r} {_DOUBTS[doubt]}"
        for (each, doubt), count, example in zip(kinds, found[::2], found[1::2], strict=True)
        if count
    ]


def disagreeing(engine: Engine) -> list[str]:
    """For people: how many order lines state an amount other than quantity x unit_price, and by how much."""
    return [
        f"order_lines: {count:,} {'line states an amount' if count == 1 else 'lines state amounts'} other than "
        f"quantity x unit_price, by {off:,.2f} {currency} in all, most in {where}. The amount counts."
        for currency, count, off, where in engine.rows(statements.lines_that_disagree())
    ]
