"""A personal catalog takes nothing away that its own group buys, and a tenth of what is offered at most."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.warehouse import build
from data.warehouse.engine import Engine
from queries import load
from tests import warehouse

Rows = dict[str, list[tuple[Any, ...]]]

TODAY = dt.date(2026, 6, 14)
CATALOGS, SEGMENTS, REPS = (None, "K1", "K2"), (None, "dealer", "b2b"), ("R1", "R2")
TABLES = {
    "products", "customers", "catalogs", "catalog_prices", "product_spells", "growth_proposals", "penetration_months",
    "product_months", "group_purchases",
}  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": "1"}) as connection:
        build.define_metrics(Engine(connection), "main")
        warehouse.empty_tables(connection, TABLES)
        yield connection


@st.composite
def companies(draw: st.DrawFn) -> Rows:
    """Customers of some reps, the products their catalogs offer, and who bought which of them when."""
    who = [
        (
            f"C{number}",
            draw(st.sampled_from((*CATALOGS, "K1", "K1"))),
            draw(st.sampled_from(SEGMENTS)),
            draw(st.sampled_from(REPS)),
        )
        for number in range(draw(st.integers(2, 8)))
    ]
    products = draw(st.integers(9, 31))
    recent = st.sampled_from((0, 100, 330, 364, 365, 700))
    bought = [
        (customer, product, draw(recent))
        for customer in range(len(who))
        for product in draw(st.sets(st.integers(0, products - 1), min_size=1, max_size=6))
    ]
    sold = draw(st.lists(st.integers(0, 3), min_size=products, max_size=products))
    return {
        "customers": who,
        "offered": [(c, f"P{p}") for c in CATALOGS if c for p in range(products) if draw(st.integers(0, 9))],
        "spells": [(f"C{c}", f"P{p}", TODAY - dt.timedelta(days=ago)) for c, p, ago in bought],
        "sold": [(f"P{p}", revenue) for p, revenue in enumerate(sold)],
    }


@settings(max_examples=40)
@given(companies(), st.sampled_from((None, *REPS)), st.data())
def test_what_the_group_buys_stays_whoever_looks(
    database: duckdb.DuckDBPyConnection,
    company: Rows,
    sees: str | None,
    data: st.DataObject,
) -> None:
    visible = [customer for customer, *_, rep in company["customers"] if sees in (None, rep)]
    customer = data.draw(st.sampled_from((*visible, None)))
    segment = data.draw(st.sampled_from(SEGMENTS))
    _fill(database, company, visible)
    query = load("catalogs.personal")
    asked = {"date_to": TODAY, "customer": customer, "segment": segment, "page_start": 0, "page_rows": 1000}
    params = {name: asked.get(name) for name in query.params}
    rows = database.sql(query.sql, params=params).to_arrow_table().to_pylist()
    if not rows:
        return
    if customer is not None:
        segment = next(each[2] for each in company["customers"] if each[0] == customer)
    catalog = rows[0]["catalog_id"]
    group = {c for c, k, s, _ in company["customers"] if catalog is not None and k == catalog and segment in (None, s)}
    wanted = {p for c, p, day in company["spells"] if c in group and day > TODAY - dt.timedelta(days=365)}
    dropped = [row for row in rows if row["action"] == "drop"]
    later = [row for row in rows if row["reason"] == "drops_later"]
    offered = sum(each == catalog for each, _ in company["offered"])
    assert not wanted & {row["product_id"] for row in dropped + later}
    assert len(dropped) == min(offered // 10, len(dropped) + len(later))
    assert (rows[0]["dropped"], rows[0]["to_follow"]) == (len(dropped), len(later))
    worth: dict[str, int] = dict(company["sold"])
    most = max((worth[row["product_id"]] for row in dropped), default=0)
    assert all(worth[row["product_id"]] >= most for row in later)


def _fill(database: duckdb.DuckDBPyConnection, company: Rows, visible: list[str]) -> None:
    """The tables as the file of somebody holds them who sees those customers; the group is the whole company's."""
    for table in TABLES:
        database.execute(f"delete from {table}")

    def insert(table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            marks = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
            database.execute(f"insert into {table} ({columns}) values {marks}", [cell for row in rows for cell in row])

    insert("products", "product_id, name", [(product, product) for product, _ in company["sold"]])
    insert("product_months", "product_id, revenue, month", [(*each, TODAY.replace(day=1)) for each in company["sold"]])
    insert("catalogs", "catalog_id, name", [(catalog, catalog) for catalog in CATALOGS if catalog])
    old = [(*each, dt.date(2020, 1, 1)) for each in company["offered"]]
    insert("catalog_prices", "catalog_id, product_id, valid_from", old)
    insert("customers", "customer_id, catalog_id, segment", [each[:3] for each in company["customers"]])
    spells = [(customer, product, day, dt.date(2020, 1, 1)) for customer, product, day in company["spells"]]
    insert("product_spells", "customer_id, product_id, last_bought_on, first_bought_on", spells)
    database.execute(f"insert into group_purchases {load('warehouse.marts.group_purchases').sql}")
    for table in ("product_spells", "customers"):
        database.execute(f"delete from {table} where not list_contains(?, customer_id)", [visible])
