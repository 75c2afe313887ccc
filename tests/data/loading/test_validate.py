"""What is quarantined and why: one case for each rule, and what must pass."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data.errors import BadInput
from tests.loading_help import GOOD, load, quarantined, rows, totals, write


def reasons(home: Path, folder: Path, files: dict[str, Any], table: str, mapping: str = "") -> list[str]:
    """Loads the good company with some files replaced; the reasons of one table's quarantined rows."""
    extra = {"mapping.yaml": mapping} if mapping else {}
    report = load(home, write(folder, {**GOOD, **files, **extra}))
    for load_ in report.loads:
        assert load_.rows_in == load_.loaded + load_.quarantined
    if not report.quarantine or not (report.quarantine / f"{table}.csv").exists():
        return []
    return [row["reason"] for row in quarantined(report, table)]


def orders(*lines: str) -> dict[str, str]:
    return {"orders.csv": "order_id,ordered_on,customer_id,channel,currency\n" + "\n".join(lines) + "\n"}


def order_lines(*lines: str) -> dict[str, str]:
    return {"order_lines.csv": "order_id,line_no,product_id,quantity,unit_price\n" + "\n".join(lines) + "\n"}


GOOD_ORDERS = ("O1,2026-01-15,C1,,EUR", "O2,2026-02-20,C2,,EUR")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("O3,2026-02-31,C1,,EUR", "ordered_on '2026-02-31' is no day of the calendar"),
        ("O3,0202-01-01,C1,,EUR", "ordered_on '0202-01-01' is an impossible year"),
        ("O3,2205-01-01,C1,,EUR", "ordered_on '2205-01-01' is an impossible year"),
        ("O3,2026-07-01,C1,,EUR", "ordered_on '2026-07-01' lies in the future"),
        ("O3,01/02/26,C1,,EUR", "ordered_on '01/02/26' has a year of two digits"),
        ("O3,soon,C1,,EUR", "ordered_on 'soon' is not a date"),
        ("O3,epoch,C1,,EUR", "ordered_on 'epoch' is not a date"),
        ("O3,2026-01-01 10:00+03:00,C1,,EUR", "carries a time zone other than UTC"),
        ("O3,,C1,,EUR", "ordered_on is missing"),
        (",2026-01-01,C1,,EUR", "order_id is missing"),
        ("O3,2026-01-01,C9,,EUR", "customer_id 'C9' is in no row of customers"),
        ("O3,2026-01-01,C1,fax,EUR", "channel 'fax' is none of inside, outside, ecommerce, branch"),
        ("O3,2026-01-01,C1,,EURO", "currency 'EURO' is no ISO 4217 currency"),
        ("O3,2026-01-01,C1,,€", "currency '€' is no ISO 4217 currency"),
        ("O3,2026-01-01,C1,,USD", "currency USD has no exchange rate on 2026-01-01 or in the 10 days before"),
        ("O3,2026-01-01,C1,EUR", "has 4 fields where the heading has 5"),
        ("O3,2026-01-01,C1,,EUR,x", "has 6 fields where the heading has 5; too many: x"),
        ("O\x003,2026-01-01,C1,,EUR", "order_id holds a NUL character"),
        ("O2,2026-02-20,C2,,EUR", "order_id repeats orders.csv line 3 exactly"),
        ("O2,2026-02-21,C2,,EUR", "order_id repeats orders.csv line 3 with other values"),
    ],
)
def test_orders(home: Path, tmp_path: Path, line: str, reason: str) -> None:
    found = reasons(home, tmp_path / "in", orders(*GOOD_ORDERS, line), "orders", SET)
    assert len(found) == 1
    assert reason in found[0]
    assert totals(home)["orders"] == (3, 2, 1)
    assert totals(home)["order_lines"] == (3, 3, 0)


SET = "reporting_currency: EUR\ntables:\n" + "".join(
    f"  {name}: {name}.csv\n" for name in ("customers", "products", "orders", "order_lines")
)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("O1,9,P1,many,2.5", "quantity 'many' is not a number"),
        ("O1,9,P1,1_000,2.5", "quantity '1_000' is not a number"),
        ("O1,9,P1,nan,2.5", "quantity 'nan' is not a number"),
        ("O1,9,P1,12 34,2.5", "quantity '12 34' is not a number"),
        ("O1,9,P1,1,9999999999999999999", "unit_price '9999999999999999999' is too large"),
        ("O1,1.5,P1,1,2.5", "line_no '1.5' is not a whole number"),
        ("O1,9,P1,1,", "unit_price or amount is missing"),
        ("O9,1,P1,1,2.5", "order_id 'O9' is in no row of orders"),
        ("O1,9,P9,1,2.5", "product_id 'P9' is in no row of products"),
        ("O1,1,P2,1,2.5", "order_id, line_no repeats order_lines.csv line 2 with other values"),
    ],
)
def test_order_lines(home: Path, tmp_path: Path, line: str, reason: str) -> None:
    found = reasons(home, tmp_path / "in", order_lines("O1,1,P1,10,2.50", line), "order_lines")
    assert [reason in each for each in found] == [True]
    assert totals(home)["order_lines"] == (2, 1, 1)


def test_every_reason_of_a_row_is_given(home: Path, tmp_path: Path) -> None:
    found = reasons(home, tmp_path / "in", orders(*GOOD_ORDERS, "O3,soon,C1,fax,EURO"), "orders")
    assert [found[0].count(f"{column} '") for column in ("ordered_on", "channel", "currency")] == [1, 1, 1]


def test_limits(home: Path, tmp_path: Path) -> None:
    scores = ("F1,2026-01-01,C1,10", "F2,2026-01-01,C1,11", "F3,2026-01-01,C1,-1")
    files = {"feedback.csv": "\n".join(["feedback_id,given_on,customer_id,score", *scores]) + "\n"}
    found = reasons(home, tmp_path / "in", files, "feedback")
    assert found == ["score '11' is above 10", "score '-1' is below 0"]


def test_lines_of_a_quarantined_order_go_with_it(home: Path, tmp_path: Path) -> None:
    found = reasons(home, tmp_path / "in", orders("O1,soon,C1,,EUR", GOOD_ORDERS[1]), "order_lines")
    assert found == ["order_id 'O1' is a row of orders that is quarantined"] * 2


def test_a_chain_of_references_within_a_table(home: Path, tmp_path: Path) -> None:
    text = "customer_id,name,parent_id\nC1,A,C2\nC2,B,C1\nC3,C,C4\nC4,D,C9\n"
    found = reasons(home, tmp_path / "in", {"customers.csv": text}, "customers")
    assert [row["customer_id"] for row in rows(home, "customers")] == ["C1", "C2"]
    assert found == [
        "parent_id 'C4' is a row of customers that is quarantined",
        "parent_id 'C9' is in no row of customers",
    ]


def test_the_first_of_a_key_among_right_rows_stays(home: Path, tmp_path: Path) -> None:
    text = "customer_id,name,segment\nC1,Wrong,nobody\nC1,First,dealer\nC1,Second,dealer\nC2,Bob,b2b\n"
    found = reasons(home, tmp_path / "in", {"customers.csv": text}, "customers")
    assert rows(home, "customers")[0]["name"] == "First"
    assert found[1] == "customer_id repeats customers.csv line 3 with other values"


def test_rates_within_ten_days_serve(home: Path, tmp_path: Path) -> None:
    rates = {"exchange_rates.csv": "currency,rated_on,rate\nUSD,2026-01-01,0.9\nUSD,2026-01-05,0\n"}
    lines = ("O3,2026-01-01,C1,,usd", "O4,2026-01-11,C1,,USD", "O5,2026-01-12,C1,,USD", "O6,2025-12-31,C1,,USD")
    mapping = SET + "  exchange_rates: exchange_rates.csv\n"
    found = reasons(home, tmp_path / "in", {**orders(*GOOD_ORDERS, *lines), **rates}, "orders", mapping)
    assert len(found) == 2
    assert [row["currency"] for row in rows(home, "orders")] == ["EUR", "EUR", "USD", "USD"]
    assert totals(home)["exchange_rates"] == (2, 1, 1)  # a rate of zero is none


def test_a_quote_needs_the_rate_of_the_day_it_was_requested(home: Path, tmp_path: Path) -> None:
    files = {
        "exchange_rates.csv": "currency,rated_on,rate\nUSD,2026-02-01,0.9\n",
        "quotes.csv": "quote_id,customer_id,requested_on,issued_on,currency,amount\n"
        "Q1,C1,2026-02-01,2026-03-01,USD,5\nQ2,C1,2026-01-31,2026-02-01,USD,5\n",
    }
    found = reasons(
        home, tmp_path / "in", files, "quotes", SET + "  exchange_rates: exchange_rates.csv\n  quotes: quotes.csv\n"
    )
    assert [each[:41] for each in found] == ["currency USD has no exchange rate on 2026"]
    assert rows(home, "quotes")[0]["quote_id"] == "Q1"


def test_text_ids_stay_text_and_blanks_go(home: Path, tmp_path: Path) -> None:
    text = "product_id,name\n 007 ,Bond\n1E5,Five\n\u00a0P1,Bolt\nP2,Nut\n"
    reasons(home, tmp_path / "in", {"products.csv": text}, "products")
    assert [row["product_id"] for row in rows(home, "products")] == ["007", "1E5", "P1", "P2"]


def test_words_of_a_list_in_any_case(home: Path, tmp_path: Path) -> None:
    reasons(home, tmp_path / "in", {"customers.csv": "customer_id,name,segment\nC1,A,DEALER\nC2,B,B2b\n"}, "customers")
    assert [row["segment"] for row in rows(home, "customers")] == ["dealer", "b2b"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1234.5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,50", "1234.5"),
        ("1\u202f234\u202f567,5", "1234567.5"),
        ("1.234,5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("-12,5", "-12.5"),
        (".5", "0.5"),
        ("0,125", "0.125"),
        ("1,234,567", "1234567"),
        ("1234,567", "1234.567"),
        ("1E3", "1000"),
    ],
)
def test_numbers(home: Path, tmp_path: Path, written: str, value: str) -> None:
    text = f"customer_id;name;annual_turnover\nC1;A;{written}\nC2;B;\n"
    assert reasons(home, tmp_path / "in", {"customers.csv": text}, "customers") == []
    expected = round(Decimal(value), 2)
    assert abs(rows(home, "customers")[0]["annual_turnover"] - expected) <= Decimal("0.01")


@pytest.mark.parametrize(
    ("written", "year_month_day"),
    [
        ("2026-03-01", (2026, 3, 1)),
        ("2026-3-1", (2026, 3, 1)),
        ("20260301", (2026, 3, 1)),
        ("2026/03/01", (2026, 3, 1)),
        ("2026-03-01 23:59:59", (2026, 3, 1)),
        ("2026-03-01T23:59:59Z", (2026, 3, 1)),
        ("2026-03-29 02:30", (2026, 3, 29)),
        ("31/03/2026", (2026, 3, 31)),
        ("31.03.2026 9:05", (2026, 3, 31)),
        ("03/31/2026", (2026, 3, 31)),
        ("05-05-2026", (2026, 5, 5)),
    ],
)
def test_dates(home: Path, tmp_path: Path, written: str, year_month_day: tuple[Any, ...]) -> None:
    assert reasons(home, tmp_path / "in", orders(f"O1,{written},C1,,EUR", GOOD_ORDERS[1]), "orders") == []
    assert rows(home, "orders")[0]["ordered_on"] == dt.date(*year_month_day)


@pytest.mark.parametrize(
    ("files", "setting"),
    [
        (orders("O1,03/04/2026,C1,,EUR", "O2,05/06/2026,C2,,EUR"), "date_order: dmy"),
        (orders("O1,31/03/2026,C1,,EUR", "O2,03/31/2026,C2,,EUR"), "date_order: mdy"),
        ({"order_lines.csv": 'order_id,line_no,product_id,quantity,unit_price\nO1,1,P1,1,"1,234"\n'}, 'decimal: ","'),
        (order_lines('O1,1,P1,1,"1,5"', "O1,2,P1,1,1.5"), 'decimal: "."'),
    ],
)
def test_what_can_be_read_in_two_ways_is_asked(home: Path, tmp_path: Path, files: dict[str, Any], setting: str) -> None:
    with pytest.raises(BadInput) as error:
        reasons(home, tmp_path / "in", files, "orders")
    assert setting in error.value.remedy
    assert error.value.exit_code == 3
    assert totals(home) == {}
    assert reasons(home, tmp_path / "in", files, "orders", f"{setting}\n{SET}") is not None


def test_the_set_order_holds_and_the_rest_is_quarantined(home: Path, tmp_path: Path) -> None:
    files = orders("O1,03/04/2026,C1,,EUR", "O2,04/13/2026,C2,,EUR")
    found = reasons(home, tmp_path / "in", files, "orders", f"date_order: dmy\n{SET}")
    assert found == ["ordered_on '04/13/2026' is no day of the calendar or not in the order dmy"]
    assert rows(home, "orders")[0]["ordered_on"] == dt.date(2026, 4, 3)


def test_texts_that_are_seldom_meant_as_they_stand_are_told_and_kept(home: Path, tmp_path: Path) -> None:
    customers = "customer_id,name,region\nC1,Ada,NULL\nC2,MÃ¼ller,n/a\n1.23457E+11,Caf\ufffd,Nantes\n"
    customers += "E+1,Ñandú Â SÃO,None of these\n9E+03X,Añejo,--x\n"
    report = load(home, write(tmp_path / "in", {**GOOD, "customers.csv": customers}))
    assert [note.split(" such as")[0] for note in report.notes] == [
        "customers.customer_id: 1 value",
        "customers.name: 2 values",
        "customers.region: 2 values",
    ]
    assert [row["name"] for row in rows(home, "customers") if row["customer_id"] == "C2"] == ["MÃ¼ller"]
