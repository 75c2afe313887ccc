"""Where there is nothing to compare with, a figure of the comparison is unknown, and no other figure changes."""

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.loading import inputs
from presentation import periods
from presentation.filters import NARROWING
from queries import load, names, page_folders
from tests import companies, warehouse

DECLARING = [
    name
    for name in names("")
    if name.partition(".")[0] in page_folders() and load(name).params.keys() & {"base_to", "base_month_to"}
]
# What is of the comparison though its name does not end in _base.
OF_THE_COMPARISON = {
    "catalogs.products": {"movement"},
    "catalogs.discounts": {"depth_change", "quantity_change", "units_against_rest"},
    "customers.retention": {
        "churned", "contracted", "expanded", "gained", "customers_churned", "customers_contracted",
        "customers_expanded", "customers_gained", "gross_retention", "net_retention",
    },
    "negotiations.reasons": {"tendency"},
    "team.channel_mix": {"share_shift"},
}  # fmt: skip
# Nothing but comparisons: without one they have no row.
COMPARISONS = {"catalogs.like_for_like", "catalogs.matched", "catalogs.price_volume_mix", "catalogs.standings"}
CHOICES = {"by": {"catalogs.leakage": "by_product", "catalogs.discounts": "by_product"}}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> tuple[duckdb.DuckDBPyConnection, Any]:
    home: Path = tmp_path_factory.mktemp("home")
    rows = companies.random_company(11, orders=400)
    first, last = (pick(order["ordered_on"] for order in rows["orders"]) for pick in (min, max))
    draw = random.Random(11)
    for order in rows["orders"]:  # over two years, so that there is a comparison to lose
        order["ordered_on"] = last - (last - first) * draw.choice((0, 1, 2)) * draw.random()
    companies.load(home, rows)
    loaded = inputs.current(home)
    assert loaded is not None
    connection = warehouse.in_memory(loaded)
    return connection, connection.execute("select max(ordered_on) from orders").fetchall()[0][0]


def test_the_queries_are_found() -> None:
    assert len(DECLARING) > 15
    assert OF_THE_COMPARISON.keys() | COMPARISONS <= {*DECLARING}


@pytest.mark.parametrize("name", DECLARING)
def test_unknown_is_not_nothing(name: str, company: tuple[duckdb.DuckDBPyConnection, Any]) -> None:
    connection, as_of = company
    query = load(name)
    window = periods.window(as_of, "month", "previous")
    given = dict.fromkeys(query.params) | window.params() | dict.fromkeys(NARROWING)
    given |= {"page_start": 0, "page_rows": 10_000, "by": "by_product", "sort": None}
    subjects = {"customer": "customer_id", "product": "product_id"}
    for subject, column in subjects.items():
        if subject in query.params:
            busiest = (
                f"select {column} from order_lines where {column} is not null group by 1 order by count(*) desc, 1"
            )
            given[subject] = connection.execute(busiest).fetchall()[0][0]

    def asked(more: dict[str, Any]) -> list[dict[str, Any]]:
        params = {key: value for key, value in (given | more).items() if key in query.params}
        return connection.sql(query.sql, params=params).to_arrow_table().to_pylist()

    full, bare = asked({}), asked(window.without_base())
    if name in COMPARISONS:
        assert bare == []
        return
    compared = {c for c in query.units if c.endswith("_base") or c == "change"} | OF_THE_COMPARISON.get(name, set())
    told = {value for row in bare for column, value in row.items() if column in compared}
    assert told <= {None, "too_few", "new", "dying", "gone"} - ({"gone"} if name == "catalogs.products" else set())
    keys = [column for column, unit in query.units.items() if unit in ("id", "label") and column not in compared]
    totals = {"products", "discounted", "leaks"}  # rows of the comparison alone are not there
    figures = [column for column in query.units if column not in compared | totals]
    was = {tuple(row[key] for key in keys): row for row in full}
    for row in bare:
        before = was[tuple(row[key] for key in keys)]
        assert {c: row[c] for c in figures} == {c: before[c] for c in figures}
