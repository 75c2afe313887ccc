"""What stands in cells: numbers and days as people write them, words for no value, helpers in the SQL of mappings."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadInput
from data.loading.report import Report
from tests.loading_help import GOOD, load, quarantined, rows, totals, write

LISTS = "reporting_currency: EUR\ntables:\n  customers: customers.csv\n  products: products.csv\n"
ALL = f"{LISTS}  orders: orders.csv\n  order_lines: order_lines.csv\n"


def lines(*cells: str) -> str:
    """A file of order lines with these unit prices, one line of the first order each."""
    told = [f'O1;{place};P1;1;"{cell}"' for place, cell in enumerate(cells, 1)]
    return "\n".join(["order_id;line_no;product_id;quantity;unit_price", *told, ""])


def days(*cells: str, column: str = "ordered_on") -> str:
    """A file of orders with these days, besides a day of delivery that everybody reads."""
    if column == "ordered_on":
        return "".join(
            ["order_id;customer_id;currency;ordered_on\n", *(f"D{n};C1;EUR;{c}\n" for n, c in enumerate(cells))]
        )
    head = f"order_id;customer_id;currency;ordered_on;{column}\n"
    return head + "".join(f"D{n};C1;EUR;2026-01-15;{cell}\n" for n, cell in enumerate(cells))


def of_orders(home: Path, folder: Path, text: str, settings: str = "") -> Report:
    """Loads the good company with other orders and no lines."""
    mapping = f"{settings}{LISTS}  orders: orders.csv\n"
    return load(home, write(folder, {**GOOD, "orders.csv": text, "mapping.yaml": mapping}))


def test_numbers_with_a_minus_behind_brackets_and_currencies(home: Path, tmp_path: Path) -> None:
    told = (
        "100.50-",
        "(7.25)",
        "\u22123.50",
        "- 2",
        "$1,234.50",
        "€ 12.50",
        "12.50 ₽",
        "USD 8",
        "9.75 EUR",
        "-£5",
        "4 kr.",
    )
    report = load(home, write(tmp_path / "in", {**GOOD, "order_lines.csv": lines(*told)}))
    assert not report.quarantine
    found = [row["unit_price"] for row in sorted(rows(home, "order_lines"), key=lambda row: row["line_no"])]
    right = ("-100.5", "-7.25", "-3.5", "-2", "1234.5", "12.5", "12.5", "8", "9.75", "-5", "4")
    assert found == [Decimal(each) for each in right]
    [note] = [note for note in report.notes if "is written with" in note]
    assert "order_lines.csv: order_lines.unit_price is written with $, EUR, USD, kr., £, €, ₽" in note


def test_what_only_looks_like_a_number_is_quarantined_cell_by_cell(home: Path, tmp_path: Path) -> None:
    told = ("1.5", "-", "5,-", "--5", "(5)-", "12.50 CR", "3 PCS", "50%", "0x1F", "٣", "1 2")
    report = load(home, write(tmp_path / "in", {**GOOD, "order_lines.csv": lines(*told)}))
    assert [row["unit_price"] for row in quarantined(report, "order_lines")] == list(told[1:])
    assert totals(home)["order_lines"] == (11, 1, 10)


def test_a_currency_beside_a_count_is_no_number(home: Path, tmp_path: Path) -> None:
    text = "order_id;line_no;product_id;quantity;unit_price\nO1;1;P1;3 EUR;1\nO1;2;P1;3-;1\n"
    report = load(home, write(tmp_path / "in", {**GOOD, "order_lines.csv": text}))
    assert [row["reason"] for row in quarantined(report, "order_lines")] == ["quantity '3 EUR' is not a number"]
    assert rows(home, "order_lines")[0]["quantity"] == -3


def test_signs_of_currencies_do_not_hide_the_decimal_comma(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", {**GOOD, "order_lines.csv": lines("€ 1.190,00", "(11,90)", "20,00-")}))
    found = [row["unit_price"] for row in sorted(rows(home, "order_lines"), key=lambda row: row["line_no"])]
    assert found == [Decimal(1190), Decimal("-11.9"), Decimal(-20)]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("5-Mar-2026", dt.date(2026, 3, 5)),
        ("5. März 2026", dt.date(2026, 3, 5)),
        ("5 марта 2026 г.", dt.date(2026, 3, 5)),
        ("March 5, 2026", dt.date(2026, 3, 5)),
        ("20260305T101500", dt.date(2026, 3, 5)),
        ("2026-03-05 10:00:00 UTC", dt.date(2026, 3, 5)),
        ("25.03.2026, 10:15:00", dt.date(2026, 3, 25)),
        ("03/25/2026 11:30 PM", dt.date(2026, 3, 25)),
        ("2026年3月5日", dt.date(2026, 3, 5)),
        ("2026-03-05-10.15.00.000000", dt.date(2026, 3, 5)),
    ],
)
def test_days_in_words_and_with_clocks(home: Path, tmp_path: Path, cell: str, day: dt.date) -> None:
    assert not of_orders(home, tmp_path / "in", days(cell)).quarantine
    assert rows(home, "orders")[0]["ordered_on"] == day


def test_days_that_may_be_another_are_quarantined(home: Path, tmp_path: Path) -> None:
    told = ("5-Mar-26", "46037", "1768435200", "2026-03", "Mayday 5 2026", "2026-03-05 10:00:00 -0500", "5 Mar")
    report = of_orders(home, tmp_path / "in", days("2026-01-01", *told))
    assert [row["ordered_on"] for row in quarantined(report, "orders")] == list(told)
    assert "has a year of two digits" in quarantined(report, "orders")[0]["reason"]


@pytest.mark.parametrize(
    ("format_", "cell"),
    [
        ('"%d.%m.%y"', "05.03.26"),
        ('"%d-%b-%y"', "5-März-26"),
        ("excel", "46086"),
        ('["%m/%d/%Y", "%d.%m.%y"]', "03/05/2026"),
    ],
)
def test_a_date_format_is_followed(home: Path, tmp_path: Path, format_: str, cell: str) -> None:
    report = of_orders(home, tmp_path / "in", days(cell, "2026-01-31", "yesterday"), f"date_format: {format_}\n")
    assert [row["ordered_on"] for row in rows(home, "orders")] == [dt.date(2026, 3, 5), dt.date(2026, 1, 31)]
    mended = write(report.quarantine or tmp_path, {})
    text = (mended / "orders.csv").read_text().replace("yesterday", cell)
    (mended / "orders.csv").write_text(text)
    load(home, mended)
    assert rows(home, "orders")[2]["ordered_on"] == dt.date(2026, 3, 5)


@pytest.mark.parametrize("format_", ["dd.mm.yy", '"%d.%m"', '"%Q %d %m %y"'])
def test_what_is_no_date_format_is_refused(home: Path, tmp_path: Path, format_: str) -> None:
    with pytest.raises(BadInput, match="is no date format"):
        of_orders(home, tmp_path / "in", days("2026-01-01"), f"date_format: {format_}\n")


def test_zeros_are_no_day_and_the_last_day_is_an_open_end(home: Path, tmp_path: Path) -> None:
    of_orders(home, tmp_path / "in", days("0000-00-00", "00.00.0000", "9999-12-31", column="payment_due_on"))
    assert [row["payment_due_on"] for row in rows(home, "orders")] == [None] * 3
    report = of_orders(home, tmp_path / "in2", days("2026-01-01", "0000-00-00", "9999-12-31"))
    assert [row["reason"] for row in quarantined(report, "orders")] == [
        "ordered_on '0000-00-00' stands for no day",
        "ordered_on '9999-12-31' is an impossible year; ordered_on '9999-12-31' lies in the future",
    ] or [row["ordered_on"] for row in quarantined(report, "orders")] == ["0000-00-00", "9999-12-31"]


def test_words_for_no_value(home: Path, tmp_path: Path) -> None:
    text = "customer_id,name,segment,region\nC1,Ada,NULL,n/a\nC2,Bob,b2b,-\n"
    folder = write(tmp_path / "in", {**GOOD, "customers.csv": text, "mapping.yaml": f"nulls: [null, N/A, '-']\n{ALL}"})
    assert not load(home, folder).quarantine
    assert [(row["segment"], row["region"]) for row in rows(home, "customers")] == [(None, None), ("b2b", None)]


def test_each_file_decides_for_itself_or_is_asked_about(home: Path, tmp_path: Path) -> None:
    head = "order_id,customer_id,currency,ordered_on\n"
    files = {
        "o_a.csv": f"{head}A,C1,EUR,31/03/2026\nB,C1,EUR,03/04/2026\n",
        "o_b.csv": f"{head}C,C1,EUR,03/31/2026\nD,C1,EUR,03/04/2026\n",
    }
    mapping = f"{LISTS}  orders: o_*.csv\n"
    load(home, write(tmp_path / "in", {**GOOD, **files, "mapping.yaml": mapping}))
    found = {row["order_id"]: row["ordered_on"] for row in rows(home, "orders")}
    assert (found["B"], found["D"]) == (dt.date(2026, 4, 3), dt.date(2026, 3, 4))
    files["o_b.csv"] = f"{head}D,C1,EUR,03/04/2026\n"
    with pytest.raises(BadInput, match=r"orders\.ordered_on of o_b\.csv can be read in two ways"):
        load(tmp_path / "other", write(tmp_path / "in", files))


def test_rows_of_files_that_write_differently_are_mended_as_they_were_written(home: Path, tmp_path: Path) -> None:
    head = "order_id;line_no;product_id;quantity;unit_price\n"
    files = {"l_a.csv": f"{head}O1;1;P1;1;1,5\nO1;2;P1;1;x\n", "l_b.csv": f"{head}O2;1;P1;1;2.5\nO2;2;P1;1;y\n"}
    mapping = f"{LISTS}  orders: orders.csv\n  order_lines: l_*.csv\n"
    report = load(home, write(tmp_path / "in", {**GOOD, **files, "mapping.yaml": mapping}))
    assert report.quarantine
    for path in report.quarantine.glob("order_lines*.csv"):
        path.write_text(path.read_text().replace(",x,", ',"7,25",').replace(",y,", ",8.25,"))
    load(home, report.quarantine)
    found = {(row["order_id"], row["line_no"]): row["unit_price"] for row in rows(home, "order_lines")}
    assert found == {
        ("O1", 1): Decimal("1.5"),
        ("O1", 2): Decimal("7.25"),
        ("O2", 1): Decimal("2.5"),
        ("O2", 2): Decimal("8.25"),
    }


def test_a_reason_is_counted_once_whatever_apostrophes_are_in_cells(home: Path, tmp_path: Path) -> None:
    text = "order_id,ordered_on,customer_id,currency\n" + "".join(
        f"X{n},2026-01-15,O'Neil {n},EUR\n" for n in range(12)
    )
    report = of_orders(home, tmp_path / "in", text)
    assert [reason[1:3] for reason in report.reasons] == [("customer_id is in no row of customers", 12)]
    assert quarantined(report, "orders")[0]["reason"] == "customer_id 'O'Neil 0' is in no row of customers"


@pytest.mark.parametrize(
    ("known", "given", "differs"),
    [
        ("Müller", "Mu\u0308ller", ", but for the way its letters are stored it is 'Müller'"),
        ("ACME", "Acme", ", but for capitals it is 'ACME'"),
        ("Zed", "Zed\u200b", ", but for blanks or invisible characters it is 'Zed'"),
        ("00007", "7", "; a similar one is '00007'"),
        ("1001", "1001.0", "; a similar one is '1001'"),
        ("Ann Lee", '"Lee, Ann"', "; a similar one is 'Ann Lee'"),
    ],
)
def test_a_reference_to_nothing_says_what_it_nearly_names(
    home: Path, tmp_path: Path, known: str, given: str, differs: str
) -> None:
    files = {**GOOD, "customers.csv": f"customer_id,name\n{known},A\n", "order_lines.csv": lines("1")}
    files["orders.csv"] = f"order_id,ordered_on,customer_id,currency\nO1,2026-01-15,{given},EUR\n"
    report = load(home, write(tmp_path / "in", files))
    [row] = quarantined(report, "orders")
    assert row["reason"].endswith(f"is in no row of customers{differs}")
