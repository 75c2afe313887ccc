"""From mapped rows to typed rows and reasons. Every row ends in one of the two, and is never changed on the way."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.numbers import list_currencies

from data import contract
from data.errors import BadInput
from data.loading import statements
from data.loading.engine import Engine

CURRENCIES = tuple(sorted(list_currencies()))


@dataclass(frozen=True)
class Format:
    """How a source writes dates ('dmy', 'mdy', 'ymd' or None where it does not matter) and decimals ('.' or ',')."""

    date_order: str | None
    decimal: str

    def __str__(self) -> str:
        words = {"dmy": "dates day first", "mdy": "dates month first", "ymd": "dates year first"}
        found = [words[self.date_order]] if self.date_order else []
        return ", ".join([*found, *(["decimal comma"] if self.decimal == "," else [])])


@dataclass(frozen=True)
class Mapped:
    """One source's rows in contract columns, as text or native: table `rows` of the engine.

    `native` tells for each column given whether it needs no reading; `files` name the source in messages.
    """

    table: contract.Table
    number: int
    rows: str
    native: dict[str, bool]
    files: str
    wanted: tuple[str | None, str | None]


def formats(engine: Engine, mapped: Mapped) -> Format:
    """The date order and decimal sign of a source: as set, else as its values prove.

    Raises BadInput where values can be read both ways, or some only one way and some only the other.
    """
    date_order, decimal = mapped.wanted
    given = [each for each in mapped.table.columns if mapped.native.get(each.name) is False]
    dates = [each.name for each in given if each.kind in statements.DATES] if not date_order else []
    numbers = [each.name for each in given if each.kind in statements.NUMBERS] if not decimal else []
    if dates or numbers:
        counts = iter(engine.rows(statements.evidence(statements.all_of(mapped.rows), dates, numbers))[0])
        date_order = date_order or _date_order(mapped, _fours(dates, counts))
        decimal = decimal or _decimal(mapped, _fours(numbers, counts))
    return Format(date_order, decimal or ".")


def _fours(columns: Iterable[str], counts: Iterator[Any]) -> list[tuple[Any, ...]]:
    return [(column, next(counts), next(counts), next(counts), next(counts)) for column in columns]


def _date_order(mapped: Mapped, found: list[tuple[Any, ...]]) -> str | None:
    orders = set()
    for column, day_first, month_first, either, example in found:
        if day_first and month_first:
            raise BadInput(
                f"{mapped.table.name}.{column} of {mapped.files} mixes two date orders.",
                f"{day_first:,} dates can only be day first and {month_first:,} only month first.",
                "Say which one holds with `date_order: dmy` or `date_order: mdy` in the mapping; the others are "
                "then quarantined.",
            )
        if either and not day_first and not month_first:
            raise BadInput(
                f"The dates in {mapped.table.name}.{column} of {mapped.files} can be read in two ways.",
                f"{example!r} may be day first or month first, and no date in the column decides it.",
                "Say which with `date_order: dmy` or `date_order: mdy` in the mapping.",
            )
        orders |= {order for order, count in (("dmy", day_first), ("mdy", month_first)) if count}
    if len(orders) > 1:
        raise BadInput(
            f"Columns of {mapped.files} write dates in different orders.",
            f"In {mapped.table.name}, some columns are day first and some month first.",
            "Turn one of them into YYYY-MM-DD, or use SQL for it in the mapping.",
        )
    return orders.pop() if orders else None


def _decimal(mapped: Mapped, found: list[tuple[Any, ...]]) -> str:
    point, comma, either = (sum(four[place] for four in found) for place in (1, 2, 3))
    setting = 'Say which with `decimal: "."` or `decimal: ","` in the mapping'
    if point and comma:
        raise BadInput(
            f"Numbers in {mapped.table.name} of {mapped.files} mix decimal points and decimal commas.",
            f"{point:,} can only have a decimal point and {comma:,} only a decimal comma.",
            f"{setting}; the others are then quarantined.",
        )
    if either and not point and not comma:
        column, example = next((four[0], four[4]) for four in found if four[3])
        raise BadInput(
            f"The numbers in {mapped.table.name}.{column} of {mapped.files} can be read in two ways.",
            f"{example!r} may be a thousand or a fraction, and no number of the file decides it.",
            f"{setting}.",
        )
    return "," if comma else "."


def cells(engine: Engine, mapped: Mapped, how: Format, today: date) -> None:
    """Casts a source's rows and notes what is wrong within each."""
    table = mapped.table
    rows = statements.typed(mapped.rows, table.columns, mapped.native, how.date_order, how.decimal, CURRENCIES, today)
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
    if not references:
        return
    itself = any(other == name for _, other, _ in references)
    while True:  # a row may hang on a row of its own table that was just found wrong
        before = engine.rows(statements.count(statements.all_of(statements.rejected_table(name))))
        engine.run(statements.reject(name, statements.orphans(name, references)))
        if not itself or engine.rows(statements.count(statements.all_of(statements.rejected_table(name)))) == before:
            return


def disagreeing(engine: Engine) -> list[str]:
    """For people: how many order lines state an amount other than quantity x unit_price, and by how much."""
    return [
        f"order_lines: {count:,} {'line states an amount' if count == 1 else 'lines state amounts'} other than "
        f"quantity x unit_price, by {off:,.2f} {currency} in all, most in {where}. The amount counts."
        for currency, count, off, where in engine.rows(statements.lines_that_disagree())
    ]
