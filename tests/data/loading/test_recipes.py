"""Every recipe of docs/loading.md is loaded as it is printed there, from the file printed above it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service import loading_doc
from tests.loading_help import load, rows, totals

# What must come out: of each table, the columns named and their values in the order of the keys.
Expected = dict[str, list[tuple[Any, ...]]]
EXPECTED: dict[str, Expected] = {
    "flat_file": {
        "sales_reps": [("rep_id", "name"), ("Ann", "Ann"), ("Ben", "Ben")],
        "customers": [("customer_id", "name"), ("1001", "Ada Ltd"), ("1002", "Bob & Sons")],
        "products": [
            ("product_id", "name", "category"),
            ("B-6", "Bolt M6", "Fixings"),
            ("N-6", "Nut M6", "Fixings"),
            ("S-1", "Saw", "Tools"),
        ],
        "orders": [
            ("order_id", "customer_id", "rep_id"),
            ("R-1", "1001", "Ann"),
            ("R-2", "1002", "Ann"),
            ("R-3", "1001", "Ben"),
        ],
        "order_lines": [
            ("order_id", "line_no", "product_id", "quantity", "unit_price", "amount"),
            ("R-1", 1, "B-6", 100, None, Decimal("12.50")),
            ("R-1", 2, "N-6", 100, None, Decimal("7.99")),
            ("R-2", 1, "B-6", 40, None, 5),
            ("R-3", 1, "S-1", 1, None, 89),
        ],
    },
    "fill_down": {
        "customers": [("customer_id",), ("Ada",), ("Bob",)],
        "products": [("product_id",), ("Bolt",), ("Nut",), ("Saw",)],
        "orders": [("order_id", "customer_id"), ("O1", "Ada"), ("O2", "Bob")],
        "order_lines": [
            ("order_id", "product_id", "quantity", "unit_price"),
            ("O1", "Bolt", 2, 10),
            ("O1", "Nut", 5, 1),
            ("O2", "Bolt", 1, 10),
            ("O2", "Saw", 1, 89),
        ],
    },
    "order_charges": {
        "products": [
            ("product_id", "list_price", "unit_cost"),
            ("B1", None, None),
            ("DISCOUNT", 0, 0),
            ("M1", None, None),
            ("SHIPPING", None, None),
        ],
        "orders": [("order_id", "customer_id"), ("#1", "ada@example.com"), ("#2", "bob@example.com")],
        "order_lines": [
            ("order_id", "line_no", "product_id", "quantity", "unit_price", "amount"),
            ("#1", 1, "M1", 1, 60, None),
            ("#1", 2, "B1", 2, 20, None),
            ("#1", 9001, "DISCOUNT", 0, None, -10),
            ("#1", 9002, "SHIPPING", 0, None, 5),
            ("#2", 1, "M1", 1, 60, None),
        ],
    },
    "spread_discount": {
        "order_lines": [
            ("order_id", "product_id", "list_price", "amount"),
            ("#1", "M1", Decimal("33.33"), Decimal("30.00")),
            ("#1", "B1", Decimal("33.33"), Decimal("29.99")),
            ("#1", "C1", Decimal("33.34"), Decimal("30.01")),
            ("#2", "M1", Decimal("33.33"), Decimal("99.99")),
        ],
    },
    "months_as_columns": {
        "quotas": [
            ("rep_id", "month", "target"),
            ("Ann", "2026-01-01", 1000),
            ("Ann", "2026-02-01", 2000),
            ("Ben", "2026-01-01", 500),
            ("Ben", "2026-02-01", 500),
            ("Ben", "2026-03-01", 750),
        ],
    },
    "customers_by_name": {
        "customers": [("customer_id", "name"), ("1001", "Ada Ltd"), ("1002", "Bob & Sons"), ("Zoe GmbH", "Zoe GmbH")],
        "quotes": [
            ("quote_id", "customer_id", "amount", "outcome"),
            ("D1", "1001", None, None),
            ("D2", "Zoe GmbH", None, None),
            ("D3", "Zoe GmbH", None, "won"),
            ("D4", None, None, None),
        ],
    },
}


def shown(value: Any) -> Any:
    return value if value is None or isinstance(value, Decimal | int) else str(value)


@pytest.mark.parametrize("name", loading_doc.RECIPES)
def test_a_recipe_gives_what_it_says(home: Path, name: str) -> None:
    report = load(home, loading_doc.RECIPES_FOLDER / name)
    assert report.reasons == []
    assert all(quarantined == 0 and rows_in == loaded for rows_in, loaded, quarantined in totals(home).values())
    for table, (columns, *expected) in EXPECTED[name].items():
        assert [tuple(shown(row[column]) for column in columns) for row in rows(home, table)] == expected, table


def test_every_recipe_is_printed_and_proven() -> None:
    folders = {path.name for path in loading_doc.RECIPES_FOLDER.iterdir() if path.is_dir()}
    assert folders == set(loading_doc.RECIPES) == set(EXPECTED)
    page = loading_doc.text()
    for name in folders:
        for file in (loading_doc.RECIPES_FOLDER / name).iterdir():
            lines = [line for line in file.read_text().splitlines() if not line.startswith("# ")]
            assert "\n".join(lines) in page


def test_the_flat_file_says_which_id_has_two_names(home: Path) -> None:
    report = load(home, loading_doc.RECIPES_FOLDER / "flat_file")
    (said,) = (note for note in report.notes if "differs" in note)
    assert said.startswith("customers from sales.csv: name differs between rows of one")
    assert said.endswith("for 1 of them, such as '1001'; the first row counts.")
