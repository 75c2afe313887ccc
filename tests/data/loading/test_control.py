"""Finance's file is read whatever it calls its columns, and nothing of it is guessed or dropped in silence."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from data.errors import BadInput
from data.loading import control
from data.loading.control import Control
from data.loading.sources import Staged
from data.warehouse.engine import open_engine
from tests.loading_help import where, write

MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)


def read(tmp_path: Path, text: str, **named: str) -> Control:
    folder = write(tmp_path / "finance", {"control.csv": text})
    return control.read(folder / "control.csv", where(tmp_path / "home"), open_engine, named)


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Month", "month"), ("Buchungsmonat", "month"), ("Период", "month"), ("Invoice No.", "invoice"),
        ("Rechnungs-Nr.", "invoice"), ("Номер счёта", "invoice"), ("Kunde", "customer"), ("Контрагент", "customer"),
        ("Segment", "segment"), ("Группа клиентов", "segment"), ("Invoice date", "day"), ("Belegdatum", "day"),
        ("Дата", "day"), ("Währung", "currency"),
    ],
)  # fmt: skip
def test_headings_are_known_in_three_languages(heading: str, column: str) -> None:
    staged = Staged("f", Path(), (heading, "Net"), (heading, "Net"))
    assert control._columns(staged, {}) == {column: heading, "amount": "Net"}


@pytest.mark.parametrize(
    "heading", ["Net amount", "Umsatz netto", "Amount, EUR", "Выручка, руб.", "Сумма без НДС", "Net amount of goods"]
)
def test_an_amount_is_known_by_its_words(heading: str, tmp_path: Path) -> None:
    found = read(tmp_path, f'Month,"{heading}"\n2026-05,10.00\n')
    assert found.columns == {"month": "Month", "amount": heading}


def test_the_net_amount_is_taken_where_there_are_several_and_the_rest_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, "Invoice,Gross,Net,VAT\nA1,119.00,100.00,19.00\n")
    assert [row["amount"] for row in found.rows] == [Decimal("100.00")]
    assert found.notes == ("Columns not used: Gross, VAT.",)
    assert found.is_invoices


@pytest.mark.parametrize(
    "text",
    ["2026-05", "2026/05", "202605", "05/2026", "5.2026", "May 2026", "Mai 2026", "май 2026", "Мая 2026", "May-26",
     "2026 May", "2026-05-17", "17.05.2026", "01/05/2026"],
)  # fmt: skip
def test_months_as_people_write_them(text: str) -> None:
    assert control.month_of(text) == MAY


@pytest.mark.parametrize("text", ["", "2026", "13/2026", "Total", "Q2 2026", "2026-00", "Mayor of 12", "Net amount"])
def test_what_is_no_month(text: str) -> None:
    assert control.month_of(text) is None


def test_whole_days_as_months_are_read_in_the_order_that_they_show(tmp_path: Path) -> None:
    months = {row["month"] for row in read(tmp_path, "Month,Net\n05/01/2026,1.00\n06/01/2026,2.00\n").rows}
    assert months == {MAY, JUNE}


def test_a_month_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"'Quarter 2' of control\.csv is no month"):
        read(tmp_path, "Month,Net\nQuarter 2,1.00\n")


def test_months_side_by_side_become_rows(tmp_path: Path) -> None:
    found = read(
        tmp_path, "Segment;Mai 2026;Juni 2026\nHändler;1.000,50;-3,00\nPrivatkunden;;7,25\nSumme;1.000,50;4,25\n"
    )
    assert {(row["segment"], row["month"], row["amount"]) for row in found.rows} == {
        ("dealer", MAY, Decimal("1000.50")), ("dealer", JUNE, Decimal("-3.00")), ("b2c", JUNE, Decimal("7.25")),
    }  # fmt: skip
    assert any("totals are left out" in note for note in found.notes)


def test_a_row_that_cannot_be_read_stops_the_comparison(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"2 rows of control\.csv cannot.* line 3: amount 'ten' is not a number"):
        read(tmp_path, "Invoice,Net\nA1,1.00\nA2,ten\nA3,\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [("Month,Remark\n2026-05,x\n", "no amount"), ("Remark,Net\nx,1.00\n", "nothing to compare an amount by")],
)
def test_what_is_missing_is_said(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=message):
        read(tmp_path, text)


def test_a_heading_can_be_named(tmp_path: Path) -> None:
    found = read(tmp_path, "Ref,Net,Booked\nA1,1.00,2.00\n", invoice="ref", amount="Booked")
    assert [(row["invoice"], row["amount"]) for row in found.rows] == [("A1", Decimal("2.00"))]
    with pytest.raises(BadInput, match="invoice=Nothing cannot be used"):
        read(tmp_path, "Ref,Net\nA1,1.00\n", invoice="Nothing")


def test_a_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "totals.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([["Monat", "Umsatz"], ["05/2026", 1204.5], ["Summe", 1204.5]]):
            sheet.write_row(number, 0, row)
    found = control.read(path, where(tmp_path / "home"), open_engine)
    assert [(row["month"], row["amount"]) for row in found.rows] == [(MAY, Decimal("1204.50"))]


def test_nothing_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read(tmp_path, "Month,Net\n2026-05,10.00\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["finance", "home"]
    assert not [*(tmp_path / "home").rglob("*.duckdb")]
