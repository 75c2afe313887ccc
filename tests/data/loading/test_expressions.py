"""Names and SQL of mappings: one rule for names, helpers that read cells, joins that multiply rows."""

from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadInput
from data.loading import expressions
from tests.loading_help import GOOD, load, quarantined, rows, totals, write

FLAT = "Order No,Order  Date,Client,Article,Qty,Unit Price\n"
TABLES = """reporting_currency: EUR
tables:
  customers: {from: flat.csv, one_per: Client, columns: {customer_id: client, name: '"client"'}}
  products: {from: flat.csv, one_per: source.Article, columns: {product_id: Article, name: Article}}
  orders:
    from: flat.csv
    one_per: order no
    order: Order Date desc nulls last
    where: '"ORDER no" <> ''skip'''
    columns: {order_id: '"Order No"', ordered_on: Order Date, customer_id: Client, currency: "'EUR'"}
  order_lines:
    from: flat.csv
    where: '"Order No" <> ''skip'''
    columns:
      order_id: ORDER NO
      line_no: row_number() over (partition by "order no" order by source._line)
      product_id: Article
      quantity: Qty
      unit_price: PRICE
"""


def flat(folder: Path, price: str, *told: str, head: str = FLAT) -> Path:
    """A flat file and its mapping, in which `price` gives the price."""
    return write(folder, {"flat.csv": head + "".join(told), "mapping.yaml": TABLES.replace("PRICE", price)})


def test_one_rule_for_names_in_every_setting(home: Path, tmp_path: Path) -> None:
    head = FLAT.replace("Order No", "Order\u00a0No")
    told = ("1,2026-01-05,Ada,Bolt,2,3\n", "1,2026-01-06,Ada,Nut,1,4\n", "skip,2026-01-07,Ada,Nut,1,4\n")
    report = load(home, flat(tmp_path / "in", "Unit Price", *told, head=head))
    assert not report.quarantine
    assert {name: total[1] for name, total in totals(home).items()} == {
        "customers": 1, "products": 2, "orders": 1, "order_lines": 2
    }  # fmt: skip
    assert str(rows(home, "orders")[0]["ordered_on"]) == "2026-01-06"


def test_a_number_in_sql_reads_what_the_file_writes_and_quarantines_what_it_cannot(home: Path, tmp_path: Path) -> None:
    told = ('1,2026-01-05,Ada,Bolt,2,"1.250,00"\n', "2,2026-01-06,Ada,Nut,1,n/a\n", '3,2026-01-07,Bob,Nut,1,"€ 8,50"\n')
    report = load(home, flat(tmp_path / "in", "number(Unit Price) * 0.9".replace("Unit Price", '"Unit Price"'), *told))
    assert [row["unit_price"] for row in rows(home, "order_lines")] == [Decimal(1125), Decimal("7.65")]
    [row] = quarantined(report, "order_lines")
    assert row["reason"] == "unit_price from Unit Price 'n/a' is not a number"
    assert totals(home)["order_lines"] == (3, 2, 1)


def test_a_share_is_read_by_a_number_in_sql(home: Path, tmp_path: Path) -> None:
    load(home, flat(tmp_path / "in", '100 * (1 - number("Unit Price"))', "1,2026-01-05,Ada,Bolt,2,25%\n"))
    assert rows(home, "order_lines")[0]["unit_price"] == 75


def test_a_day_in_sql(home: Path, tmp_path: Path) -> None:
    text = "customer_id,name,Since\nC1,Ada,31.01.2026\nC2,Bob,01.02.2026\nC3,Cem,soon\nC4,Dan,\n"
    mapping = (
        "tables:\n  customers:\n    from: c.csv\n    where: day(Since) > date '2026-01-31' or day(Since) is null\n"
    )
    mapping += "    columns: {customer_id: customer_id, name: text(name), created_on: day(Since) + 1}\n"
    report = load(home, write(tmp_path / "in", {"c.csv": text, "mapping.yaml": mapping}))
    assert [(row["customer_id"], str(row["created_on"])) for row in rows(home, "customers")] == [
        ("C2", "2026-02-02"),
        ("C4", "None"),
    ]
    [row] = quarantined(report, "customers")
    assert row["reason"] == "Since 'soon' is not a date"


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ('cast("Unit Price" as decimal(18, 4)) * 0.9', "unit_price cannot be computed for Unit Price 'n/a'"),
        ('try_cast("Unit Price" as double) * 0.9', "unit_price is missing: its SQL has no value for Unit Price 'n/a'"),
    ],
)
def test_sql_that_fails_in_a_row_quarantines_that_row(home: Path, tmp_path: Path, price: str, reason: str) -> None:
    told = ("1,2026-01-05,Ada,Bolt,2,10\n", "2,2026-01-06,Ada,Nut,1,n/a\n")
    report = load(home, flat(tmp_path / "in", price, *told))
    assert [row["reason"] for row in quarantined(report, "order_lines")] == [reason]
    assert rows(home, "order_lines")[0]["unit_price"] == 9


@pytest.mark.parametrize(
    ("price", "advice"),
    [
        ('0.9 * "Unit Price"', "number(Unit Price) reads a number"),
        ("Unit Price * 0.9", 'A name with blanks stands in double quotes within SQL: "Unit Price".'),
        ('0 + "Unit Prise"', "Did you mean Unit Price?"),
        ("EUR", "A text stands in single quotes: 'EUR'"),
        ('number(day("Unit Price"))', "Call each helper with a column of the file."),
    ],
)
def test_advice_on_sql_that_cannot_be_used(home: Path, tmp_path: Path, price: str, advice: str) -> None:
    with pytest.raises(BadInput) as error:
        load(home, flat(tmp_path / "in", price, "1,2026-01-05,Ada,Bolt,2,10\n"))
    assert advice in error.value.remedy


def test_a_file_of_a_pattern_that_lacks_a_column_is_named(home: Path, tmp_path: Path) -> None:
    files = {"c_a.csv": "Id,Name\n1,Ada\n", "c_b.csv": "Id,Title\n2,Bob\n"}
    mapping = "tables: {customers: {from: c_*.csv, columns: {customer_id: Id, name: Name}}}\n"
    with pytest.raises(BadInput) as error:
        load(home, write(tmp_path / "in", {**files, "mapping.yaml": mapping}))
    assert "cannot be taken from c_b.csv" in error.value.what
    assert "c_a.csv has that column; give c_b.csv a source of its own" in error.value.remedy


def test_a_join_that_multiplies_rows_is_refused_unless_it_is_meant(home: Path, tmp_path: Path) -> None:
    mapping = "tables:\n  products: products.csv\n  customers: customers.csv\n  orders: orders.csv\n  order_lines:\n"
    mapping += "    from: order_lines.csv\n    join: left join r on r.id = source.product_id\n"
    mapping += "    columns:\n      order_id: order_id\n      line_no: row_number() over (partition by order_id)\n"
    mapping += "      product_id: product_id\n      quantity: quantity\n      unit_price: unit_price\n"
    files = {**GOOD, "r.csv": "id,region\nP1,North\nP2,North\nP1,South\n"}
    with pytest.raises(BadInput) as error:
        load(home, write(tmp_path / "in", {**files, "mapping.yaml": mapping}))
    assert (
        "2 of its rows become several: order_lines.csv line 2, with product_id 'P1', becomes 2 rows"
        in error.value.cause
    )
    assert totals(home) == {}
    meant = mapping.replace("    join:", "    join_many: yes\n    join:")
    load(home, write(tmp_path / "in", {**files, "mapping.yaml": meant}))
    assert totals(home)["order_lines"] == (5, 5, 0)


UNITS = {**GOOD, "units.csv": "code,least,region\nP1,2,North\nP2,few,South\n"}
LINES = """tables:
  products: products.csv
  customers: customers.csv
  orders: orders.csv
  order_lines:
    from: order_lines.csv
    SETTINGS
    columns: {order_id: order_id, line_no: LINE_NO, product_id: product_id, quantity: QTY, unit_price: unit_price}
"""


def lines(folder: Path, settings: str, line_no: str = "line_no", quantity: str = "quantity", more: str = "") -> Path:
    """Order lines with these settings, and lines added to the good ones."""
    mapping = LINES.replace("SETTINGS", settings).replace("LINE_NO", line_no).replace("QTY", quantity)
    return write(folder, {**UNITS, "order_lines.csv": GOOD["order_lines.csv"] + more, "mapping.yaml": mapping})


@pytest.mark.parametrize(("kind", "loads"), [("left join", 3), ("join", 2)])
def test_a_number_that_a_join_cannot_read_quarantines_its_row(
    home: Path, tmp_path: Path, kind: str, loads: int
) -> None:
    settings = f"join: {kind} units on units.code = source.product_id and number(source.quantity) > 0"
    report = load(home, lines(tmp_path / "in", settings, more="O2,2,P1,x,1\nO2,3,P1,0.5,1\n"))
    assert totals(home)["order_lines"] == (loads + 2, loads + 1, 1)
    assert [row["reason"] for row in quarantined(report, "order_lines")] == ["`join` with quantity 'x' is not a number"]


@pytest.mark.parametrize(
    ("settings", "quantity", "why"),
    [
        ("join: join units on number(units.least) = number(source.quantity)", "quantity", "number(units.least)"),
        ("join: join units on number(source.quantity) > 1", "number(units.least)", "number(units.least)"),
        ("join: left join units on number(source.quantity) > 1", "quantity", "multiplies rows"),
        ("where: product_id <> ''", "'unnest([1, 2])'", "quantity of order_lines multiplies rows"),
        ("one_per: order_id", "'unnest([1, 2])'", "quantity of order_lines multiplies rows"),
    ],
)
def test_what_gives_several_rows_or_cannot_be_read_in_a_join_is_refused(
    home: Path, tmp_path: Path, settings: str, quantity: str, why: str
) -> None:
    with pytest.raises(BadInput) as refused:
        load(home, lines(tmp_path / "in", settings, quantity=quantity))
    assert why in refused.value.what
    assert totals(home) == {}


def test_sql_may_have_comments(home: Path, tmp_path: Path) -> None:
    settings = "where: \"product_id <> 'x' -- none\""
    load(home, lines(tmp_path / "in", settings, quantity="'number(quantity) /* units */ -- as ordered'"))
    assert totals(home)["order_lines"] == (3, 3, 0)


def test_several_values_of_a_row_may_be_meant(home: Path, tmp_path: Path) -> None:
    load(home, lines(tmp_path / "in", "join_many: yes", line_no="'number(line_no) * 10 + unnest([1, 2])'"))
    assert totals(home)["order_lines"] == (6, 6, 0)


def test_a_row_that_a_join_makes_several_of_is_quarantined_once(home: Path, tmp_path: Path) -> None:
    settings = "join: left join units on true\n    where: units.code = product_id and number(quantity) > 0"
    load(home, lines(tmp_path / "in", settings, more="O2,2,P1,x,1\n"))
    assert totals(home)["order_lines"] == (3, 2, 1)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("number(a) + DAY (b)", [("number", "a"), ("day", "b")]),
        ("'number(a)' || \"day(b)\" || x.text(c)", []),
        ("text(coalesce(a, ')'))", [("text", "coalesce(a, ')')")]),
        ("number(a", []),
        ("my_number(a) -- number(b)", []),
    ],
)
def test_calls_of_helpers_are_told_from_texts_and_names(sql: str, found: list[tuple[str, str]]) -> None:
    assert [(call.helper, call.argument) for call in expressions.calls(sql)] == found
