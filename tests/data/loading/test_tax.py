"""Prices and amounts with tax are taken without it where the mapping names the rate, and the report says so."""

from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadInput
from tests.loading_help import GOOD, load, quarantined, rows, totals, write

MAPPING = "tables: {{customers: customers.csv, products: products.csv, orders: orders.csv, order_lines: {{{lines}}}}}\n"
COLUMNS = "columns: {order_id: o, line_no: n, product_id: p, quantity: q, unit_price: Gross price, unit_cost: c}"


def company(lines: str, settings: str) -> dict[str, str]:
    content = GOOD | {"lines.csv": "o;n;p;q;Gross price;c;VAT\n" + lines}
    content.pop("order_lines.csv")
    return content | {"mapping.yaml": MAPPING.format(lines=f"from: lines.csv, {settings}, {COLUMNS}")}


@pytest.mark.parametrize("rate", ["0.19", "19%", "VAT", "number(VAT)", "number(VAT) * 1"])
def test_the_rate_may_be_a_share_a_percentage_a_column_or_sql(home: Path, tmp_path: Path, rate: str) -> None:
    lines = "O1;1;P1;1;11,90;5,5;0,19\nO1;2;P1;1;1.190,00;5,5;19%\n"
    report = load(home, write(tmp_path / "in", company(lines, f"tax_rate: {rate}")))
    assert [(row["unit_price"], row["unit_cost"]) for row in rows(home, "order_lines")] == [
        (Decimal(10), Decimal("5.5")),
        (Decimal(1000), Decimal("5.5")),
    ]
    assert any("unit_price with tax in the file" in note and rate in note for note in report.notes)


@pytest.mark.parametrize("rate", ["", "19", "-0,1", "reduced"])
def test_a_rate_that_is_none_is_refused_with_its_row(home: Path, tmp_path: Path, rate: str) -> None:
    lines = f"O1;1;P1;1;11,90;5,5;0,19\nO1;2;P1;1;11,90;5,5;{rate}\n"
    report = load(home, write(tmp_path / "in", company(lines, "tax_rate: VAT")))
    assert totals(home)["order_lines"] == (2, 1, 1)
    (refused,) = quarantined(report, "order_lines")
    assert refused["source_line"] == "3"
    assert "VAT" in refused["reason"] or not rate


def test_a_price_that_cannot_be_read_is_refused_as_it_stands(home: Path, tmp_path: Path) -> None:
    lines = "O1;1;P1;1;11,90;5,5;\nO1;2;P1;1;on request;5,5;\n"
    report = load(home, write(tmp_path / "in", company(lines, "tax_rate: 19%")))
    assert "'on request' is not a number" in quarantined(report, "order_lines")[0]["reason"]


def test_files_named_as_tables_may_hold_prices_with_tax(home: Path, tmp_path: Path) -> None:
    mapping = MAPPING.format(lines="from: order_lines.csv, tax_rate: 25%")
    load(home, write(tmp_path / "in", GOOD | {"mapping.yaml": mapping}))
    assert [row["unit_price"] for row in rows(home, "order_lines")] == [2, 1, 2]


def test_a_rate_for_a_source_without_prices_is_refused(home: Path, tmp_path: Path) -> None:
    mapping = "tables: {customers: {from: customers.csv, tax_rate: 19%}}\n"
    with pytest.raises(BadInput, match="changes nothing"):
        load(home, write(tmp_path / "in", GOOD | {"mapping.yaml": mapping}))
