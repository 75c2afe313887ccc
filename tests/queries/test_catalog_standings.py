"""Headline and lists of catalogs say one thing, and where no catalog is ahead they seldom find one."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from data.warehouse import build
from data.warehouse.access import Result, Snapshot
from data.warehouse.engine import Engine
from presentation.sentences import catalogs
from queries import load
from tests import warehouse

DAYS = {
    "date_from": dt.date(2025, 7, 1),
    "date_to": dt.date(2026, 6, 30),
    "base_from": dt.date(2024, 7, 1),
    "base_to": dt.date(2025, 6, 30),
}
SNAPSHOT = Snapshot("0001", Path(), "2026-06-30", "", "EUR", frozenset(), 0)
LISTS = ("catalogs.standings", "catalogs.like_for_like", "catalogs.matched")
Verdicts = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": "1"}) as connection:
        build.define_metrics(Engine(connection), "main")
        warehouse.empty_tables(connection, {"customers", "orders", "catalogs"})
        connection.execute("insert into catalogs (catalog_id, name) values ('K0', 'a'), ('K1', 'b'), ('K2', 'c')")
        yield connection


def told(database: duckdb.DuckDBPyConnection, seed: int, gain: float) -> dict[str, list[dict[str, Any]]]:
    """Lists over a company of 240 accounts in three catalogs and three segments; one cell grows by so much more."""
    draw, number = np.random.default_rng(seed), 240
    catalog, segment = draw.integers(0, 3, number), draw.integers(0, 3, number)
    size = draw.lognormal(8, 1, number)
    then, now = (size * draw.lognormal(0, 0.5, number) * (draw.random(number) > 0.1) for _ in range(2))
    now = np.where((catalog == 0) & (segment == 0), now * (1 + gain), now)
    accounts = pa.table(
        {
            "customer_id": [f"C{i}" for i in range(number)],
            "catalog_id": [f"K{k}" for k in catalog],
            "segment": [("dealer", "b2b", "b2c")[s] for s in segment],
            "then": then,
            "now": now,
        }
    )
    database.register("accounts", accounts)
    database.execute("delete from orders")
    database.execute("delete from customers")
    database.execute("insert into customers (customer_id, catalog_id, segment) select #1, #2, #3 from accounts")
    for column, day in (("then", "2025-01-01"), ("now", "2026-01-01")):
        database.execute(
            f"insert into orders (customer_id, catalog_id, segment, ordered_on, revenue) "
            f'select #1, #2, #3, date \'{day}\', "{column}" from accounts where "{column}" > 0'
        )
    return {
        name: database.sql(load(name).sql, params=DAYS | {"segment": None}).to_arrow_table().to_pylist()
        for name in LISTS
    }


def verdicts(rows: list[dict[str, Any]]) -> Verdicts:
    return {(row["catalog_id"], row["segment"]): row["standing"] for row in rows}


def headline(rows: list[dict[str, Any]]) -> str:
    figures = {"products_sold": 9, "revenue": 1}
    of_rows, of_figures = load("catalogs.standings"), load("catalogs.kpis")
    return catalogs.best_catalog(
        Result(pa.Table.from_pylist(rows), of_rows, dict.fromkeys(of_rows.params), SNAPSHOT),
        Result(pa.Table.from_pylist([figures]), of_figures, dict.fromkeys(of_figures.params), SNAPSHOT),
    )


@pytest.mark.parametrize("gain", [0.0, 0.6, 1.2, 6.0], ids=["none ahead", "borderline", "likely", "one ahead"])
def test_headline_and_lists_agree(database: duckdb.DuckDBPyConnection, gain: float) -> None:
    named = 0
    for seed in range(20):
        lists = told(database, seed, gain)
        standing = verdicts(lists["catalogs.standings"])
        for name in LISTS[1:]:
            rows = verdicts(lists[name])
            assert rows == {group: standing.get(group, "too_few") for group in rows}
        words = headline(lists["catalogs.standings"])
        is_told = "ahead" in standing.values()
        assert ("no catalog is ahead" in words) == (not is_told)
        named += is_told
        for row in (row for name in LISTS[1:] for row in lists[name]):  # no interval says the reverse of the word
            if row["difference_low"] is not None:
                assert row["standing"] != "ahead" or row["difference_high"] >= 0
                assert row["standing"] != "behind" or row["difference_low"] <= 0
    expected = {0.0: range(4), 0.6: range(15), 1.2: range(2, 21), 6.0: range(18, 21)}
    assert named in expected[gain]
