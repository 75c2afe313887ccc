"""What is taken along: numbers as they are, days as days, and no text that a spreadsheet would run."""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from data.warehouse.access import Result, Snapshot
from presentation import spreadsheet
from queries import parse
from tests import loading_help

QUERY = parse(
    "customers.made_up",
    "-- Made up: for this test.\n-- grain: customer\n-- units: customer text, revenue money, on date\nselect 1",
)
SNAPSHOT = Snapshot("0001", Path("nowhere"), "2026-06-30", "", "EUR", frozenset(), 0)
HEADINGS = {"customer": "Customer", "revenue": "Revenue, EUR", "on": "Last order"}
HOSTILE = ["=cmd|'/C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"]


def result(names: list[str | None]) -> Result:
    table = pa.table(
        {
            "customer": pa.array(names, pa.string()),
            "revenue": pa.array([Decimal("-1234.50")] * len(names), pa.decimal128(18, 2)),
            "on": pa.array([dt.date(2026, 6, 1)] * len(names), pa.date32()),
        }
    )
    return Result(table, QUERY, {}, SNAPSHOT)


def book_of(shown: Result, about: Sequence[Sequence[str]] = ()) -> bytes:
    return spreadsheet.as_xlsx([spreadsheet.Sheet("Data", shown, HEADINGS)], about)


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet_rows(content: bytes, sheet: str = "Data") -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_run_as_a_formula(name: str) -> None:
    *_, row = csv_rows(spreadsheet.as_csv(result([name]), HEADINGS))
    assert row[0] == f"'{name}"
    book = openpyxl.load_workbook(io.BytesIO(book_of(result([name]))))
    cell = book["Data"]["A2"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


def test_numbers_and_days_are_untouched() -> None:
    *_, row = csv_rows(spreadsheet.as_csv(result(["Alpha"]), HEADINGS))
    assert row == ["Alpha", "-1234.50", "2026-06-01"]
    *_, cells = sheet_rows(book_of(result(["Alpha"])))
    assert cells == ("Alpha", -1234.5, dt.datetime.combine(dt.date(2026, 6, 1), dt.time()))


def test_a_program_reads_the_headings_first_and_nothing_but_rows_after_them() -> None:
    frame = pd.read_csv(io.BytesIO(spreadsheet.as_csv(result(["Alpha", "Beta"]), HEADINGS)))
    assert [*frame.columns] == [*HEADINGS.values()]
    assert frame["Revenue, EUR"].tolist() == [-1234.5, -1234.5]


def test_where_it_comes_from_stands_on_the_last_sheet() -> None:
    about = [["Made up", "=for this test"], ["Data to 2026-06-30\nand no further"]]
    book = openpyxl.load_workbook(io.BytesIO(book_of(result([None]), about)))
    assert book.sheetnames == ["Data", "About"]
    assert [*book["About"].iter_rows(values_only=True)] == [
        ("Made up", "'=for this test"), ("Data to 2026-06-30\nand no further", None)
    ]  # fmt: skip


def test_a_sheet_has_formats_by_unit_filters_and_a_head_that_stays() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(book_of(result(["Alpha"] * 3))))["Data"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:C4"
    assert [cell.number_format for cell in sheet[2]] == ["General", "#,##0", "yyyy-mm-dd"]
    assert all(8 <= sheet.column_dimensions[letter].width <= 50 for letter in "ABC")


def test_a_cell_takes_no_more_letters_than_it_may_hold() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(book_of(result(["x" * 40_000]))))["Data"]
    assert len(sheet["A2"].value) == 32_767


@given(st.lists(st.text(max_size=45) | st.sampled_from(["History", "a/b", "'", "Same", "same", "x" * 40]), max_size=12))
def test_names_of_sheets_are_taken_by_a_spreadsheet(wanted: list[str]) -> None:
    names = spreadsheet.sheet_names(wanted)
    assert len({name.casefold() for name in names}) == len(wanted)
    with xlsxwriter.Workbook(io.BytesIO()) as book:
        for name in names:
            assert 0 < len(name) <= 31
            book.add_worksheet(name)  # it refuses what no spreadsheet takes


def test_no_more_rows_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 3)
    assert len(csv_rows(spreadsheet.as_csv(result(["A"] * 5), HEADINGS))) == 1 + 3
    assert len(sheet_rows(book_of(result(["A"] * 5)))) == 1 + 3


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), max_size=8))
def test_any_other_text_stays_as_it_is(names: list[str]) -> None:
    read = [row[0] for row in csv_rows(spreadsheet.as_csv(result(list(names)), HEADINGS))[1:]]
    assert len(read) == len(names)
    for name, found in zip(names, read, strict=True):
        assert found in (name, f"'{name}")
        assert (found != name) == name.lstrip(" ").startswith(("=", "+", "-", "@"))


def test_a_catalog_taken_along_loads_again(tmp_path: Path) -> None:
    """Only what could not be loaded as it is stays behind: no price, no start, an id that a spreadsheet would run."""
    since = dt.date(2026, 6, 13)
    of_catalog = {"catalog_id": "personal-C1", "valid_from": since, "name": 'Personal catalog: =Ada, "Ltd"'}
    items = [
        of_catalog | {"product_id": "P1", "price": Decimal("12.500000")},
        of_catalog | {"product_id": "P2", "price": None},
        of_catalog | {"product_id": "=1+1", "price": Decimal(1)},
        of_catalog | {"product_id": "P1", "price": Decimal(1), "valid_from": None},
    ]
    offered, left_out = spreadsheet.as_input("catalog_items", items)
    catalogs, none_left = spreadsheet.as_input("catalogs", [of_catalog])
    assert (left_out, none_left) == (3, 0)
    assert csv_rows(offered)[0] == ["catalog_id", "product_id", "valid_from", "valid_to", "price"]
    home, folder = tmp_path / "home", tmp_path / "files"
    files = loading_help.GOOD | {"products.csv": "product_id,name\nP1,Bolt\nP2,Nut\n=1+1,Washer\n"}
    loading_help.load(home, loading_help.write(tmp_path / "before", dict(files)))
    report = loading_help.load(
        home, loading_help.write(folder, {"catalogs.csv": catalogs, "catalog_items.csv": offered})
    )
    assert report.quarantine is None
    assert not report.reasons
    kept = {"catalog_id": "personal-C1", "product_id": "P1", "valid_from": since, "valid_to": None}
    assert loading_help.rows(home, "catalog_items") == [kept | {"price": Decimal("12.5")}]
    assert [row["name"] for row in loading_help.rows(home, "catalogs")] == ['Personal catalog: =Ada, "Ltd"']
