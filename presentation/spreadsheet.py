"""Rows as files for spreadsheets and programs, CSV or XLSX.

Text that a spreadsheet would take for a formula is made plain text; numbers and days stay what they are.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter

from data import contract
from data.warehouse.access import Result

MOST_ROWS = 200_000
# What spreadsheets take for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Text stays text: XlsxWriter would make formulas, links and numbers of some.
AS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
# How a spreadsheet writes values of each unit; all others are text.
_FORMATS = {
    "money": "#,##0", "cents": "#,##0.00", "price": "#,##0.00", "ratio": "0.0%", "factor": '0.0"×"', "count": "#,##0",
    "quantity": "#,##0", "days": "#,##0", "score": "#,##0.0", "date": "yyyy-mm-dd", "month": "yyyy-mm",
    "moment": "yyyy-mm-dd hh:mm",
}  # fmt: skip
_NARROWEST, _WIDEST, _MEASURED = 8, 48, 300  # letters of a column, and rows that are measured for it
_LONGEST_NAME, _LONGEST_TEXT = 31, 32_767  # letters that a sheet's name and a cell may have
_NOT_FOR_SHEETS = ("history",)


@dataclass(frozen=True)
class Sheet:
    """Rows under a name that a spreadsheet takes for a sheet, with a heading for each column that is shown."""

    name: str
    result: Result
    headings: Mapping[str, str]


def as_csv(result: Result, headings: Mapping[str, str]) -> bytes:
    """The columns that have headings, as UTF-8 with a byte order mark: the headings, then the rows, and nothing else.

    So programs read it as it is; where the rows come from is said beside it.
    """
    text = io.StringIO()
    written = csv.writer(text)
    written.writerow([plain(heading) for heading in headings.values()])
    written.writerows([plain(value) for value in row] for row in _rows(result, list(headings)))
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Sequence[Sheet], about: Iterable[Sequence[str]], about_name: str = "About") -> bytes:
    """A workbook of these sheets, each with a fixed row of headings, filters, widths and the format of each unit.

    The rows of `about` stand on a last sheet.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, **AS_TEXT}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {unit: book.add_format({"num_format": form}) for unit, form in _FORMATS.items()}
        for each in sheets:
            _fill(book.add_worksheet(each.name), each, bold, formats)
        origin = book.add_worksheet(about_name)
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        origin.set_column(0, 0, _WIDEST, wrapped)
        origin.set_column(1, 1, 2 * _WIDEST, wrapped)
        for number, line in enumerate(about):
            for column, cell in enumerate(line):
                origin.write_string(number, column, _fitting(cell), wrapped)
    return file.getvalue()


def _fill(sheet: Any, shown: Sheet, bold: Any, formats: Mapping[str, Any]) -> None:
    units, columns = shown.result.query.units, list(shown.headings)
    sheet.freeze_panes(1, 1)
    for place, (column, heading) in enumerate(shown.headings.items()):
        sheet.set_column(place, place, _width(shown.result, column, heading), formats.get(units[column]))
    for place, heading in enumerate(shown.headings.values()):
        sheet.write_string(0, place, _fitting(heading), bold)
    number = 0
    for number, row in enumerate(_rows(shown.result, columns), start=1):
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write(sheet, number, place, value, formats.get(units[column]))
    sheet.autofilter(0, 0, number, len(columns) - 1)


def _write(sheet: Any, number: int, place: int, value: Any, form: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(number, place, _fitting(value), form)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(number, place, value.replace(tzinfo=None), form)
    elif isinstance(value, dt.date):
        sheet.write_datetime(number, place, dt.datetime.combine(value, dt.time()), form)
    elif value is not None:
        sheet.write(number, place, float(value) if isinstance(value, Decimal) else value, form)


def _width(result: Result, column: str, heading: str) -> float:
    """Letters that show the first rows in full, within bounds; a heading may take two lines."""
    if result.query.units[column] in _FORMATS:
        longest = 11
    else:
        longest = max((len(str(value)) for value in result.table[column].slice(0, _MEASURED).to_pylist()), default=0)
    return min(max(_NARROWEST, longest + 2, len(heading) / 2 + 3), _WIDEST)


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """Names that a spreadsheet takes for sheets, in the same order: short enough, without its signs, none twice."""
    taken: set[str] = set()
    found = []
    for name in wanted:
        known = re.sub(r"\s+", " ", re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name)).strip(" '")
        known = _cut(known, _LONGEST_NAME).strip(" '")
        known = known if known.casefold() not in ("", *_NOT_FOR_SHEETS) else f"{known} 1".strip()
        unique, count = known, 1
        while unique.casefold() in taken:
            count += 1
            unique = f"{_cut(known, _LONGEST_NAME - len(f' {count}')).rstrip()} {count}"
        taken.add(unique.casefold())
        found.append(unique)
    return found


def as_input(table: str, rows: Iterable[Mapping[str, Any]]) -> tuple[bytes, int]:
    """Rows in the shape of an input table of the contract, as CSV that loads as it is, and how many were left out.

    Left out is what could not be loaded again: a row without a required value, or with text that a spreadsheet would
    take for a formula, since an id that is made plain is another id.
    """
    known = contract.table(table)
    text, left_out = io.StringIO(), 0
    written = csv.writer(text)
    written.writerow(known.column_names)
    for row in rows:
        values = [row.get(name) for name in known.column_names]
        given = {name for name, value in zip(known.column_names, values, strict=True) if value is not None}
        if not known.missing(given) and [*map(plain, values)] == values:
            written.writerow(values)
        else:
            left_out += 1
    return text.getvalue().encode("utf-8-sig"), left_out


def _rows(result: Result, columns: Sequence[str]) -> Iterable[Sequence[Any]]:
    kept = result.table.slice(0, MOST_ROWS)
    return zip(*(kept[column].to_pylist() for column in columns), strict=True)


def _fitting(value: str) -> str:
    """Text as a cell takes it: run by no spreadsheet, and cut where it is longer than a cell may be."""
    safe: str = plain(value)
    return safe if _cut(safe, _LONGEST_TEXT) == safe else f"{_cut(safe, _LONGEST_TEXT - 1)}…"


def plain(value: Any) -> Any:
    """Text that no spreadsheet runs: an apostrophe goes before what looks like a formula."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _cut(text: str, most: int) -> str:
    """The text up to so many letters as spreadsheets count them: an emoji is two."""
    return text.encode("utf-16-le", "replace")[: 2 * most].decode("utf-16-le", "ignore")
