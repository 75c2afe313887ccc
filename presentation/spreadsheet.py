"""Rows as a file for spreadsheets, CSV or XLSX, with where they come from in it.

Text that a spreadsheet would take for a formula is made plain text; numbers and days stay what they are.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from data import contract
from data.warehouse.access import Result

MOST_ROWS = 200_000
# What spreadsheets take for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(result: Result, headings: Mapping[str, str], about: Iterable[str]) -> bytes:
    """The columns that have headings, as UTF-8 with a byte order mark; `about` stands above, each line behind a #."""
    text = io.StringIO()
    written = csv.writer(text)
    for line in about:
        written.writerow([f"# {' '.join(line.split())}"])
    written.writerow([_plain(heading) for heading in headings.values()])
    written.writerows([_plain(value) for value in row] for row in _rows(result, list(headings)))
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(result: Result, headings: Mapping[str, str], about: Iterable[str]) -> bytes:
    """The same as a workbook: the rows on the first sheet, `about` on the second."""
    file = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        rows, origin = book.add_worksheet("Data"), book.add_worksheet("About")
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        rows.freeze_panes(1, 0)
        for column, heading in enumerate(headings.values()):
            rows.write_string(0, column, heading, bold)
        for number, row in enumerate(_rows(result, list(headings)), start=1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    rows.write_string(number, column, _plain(value))
                elif isinstance(value, dt.date):
                    rows.write_datetime(number, column, dt.datetime.combine(value, dt.time()), day)
                elif value is not None:
                    rows.write(number, column, float(value) if isinstance(value, Decimal) else value)
        for number, line in enumerate(about):
            origin.write_string(number, 0, _plain(line))
    return file.getvalue()


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
        if not known.missing(given) and [*map(_plain, values)] == values:
            written.writerow(values)
        else:
            left_out += 1
    return text.getvalue().encode("utf-8-sig"), left_out


def _rows(result: Result, columns: Sequence[str]) -> Iterable[Sequence[Any]]:
    kept = result.table.slice(0, MOST_ROWS)
    return zip(*(kept[column].to_pylist() for column in columns), strict=True)


def _plain(value: Any) -> Any:
    """Text that no spreadsheet runs: an apostrophe goes before what looks like a formula."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value
