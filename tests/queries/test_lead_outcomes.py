"""What became known after a lead came takes no part in what its size is said to tell."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries import load
from tests import warehouse

TODAY = dt.date(2026, 6, 14)
STATUSES = ("new", "accepted", "rejected", "converted")
MARKS = st.one_of(st.none(), st.integers(0, 100).map(lambda each: each / 100))
LEAD = st.tuples(st.integers(0, 300), st.sampled_from(STATUSES), MARKS, MARKS, MARKS)
LEADS = st.lists(LEAD, min_size=1, max_size=40)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": "1"}) as connection:
        warehouse.empty_tables(connection, {"leads", "customers", "order_days"})
        yield connection


@settings(max_examples=40)
@given(LEADS, st.data())
def test_what_came_after_a_lead_tells_nothing_of_it(
    database: duckdb.DuckDBPyConnection, leads: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    for table in ("leads", "customers", "order_days"):
        database.execute(f"delete from {table}")
    for number, (age, status, *marks) in enumerate(leads):
        came, customer = TODAY - dt.timedelta(days=age), f"C{number}"
        database.execute(
            "insert into leads (lead_id, customer_id, segment, created_on, status, turnover_mark, volume_mark, "
            "outlets_mark) values (?, ?, 'b2b', ?, ?, ?, ?, ?)",
            [f"L{number}", customer, came, status, *marks],
        )
        database.execute(
            "insert into customers (customer_id, created_on) values (?, ?)", [customer, came + dt.timedelta(days=9)]
        )
    before = _told(database)
    days = before[0]["maturity_days"] if before else max(age for age, *_ in leads) + 1
    assert sum(row["leads"] for row in before) == sum(age >= days for age, *_ in leads)
    for number, (age, *_) in enumerate(leads):
        size, day = data.draw(st.integers(0, 10**9)), data.draw(st.integers(0, max(age - 9, 0)))
        database.execute(
            "update customers set annual_turnover = ?, expected_annual_volume = ?, outlets = ? where customer_id = ?",
            [size, size, size % 1000, f"C{number}"],
        )
        if age >= 9:
            database.execute(
                "insert into order_days (customer_id, ordered_on, orders, revenue) values (?, ?, 1, ?)",
                [f"C{number}", TODAY - dt.timedelta(days=day), size],
            )
    assert _told(database) == before


def _told(database: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    statement = f"select * from ({load('warehouse.marts.lead_outcomes').sql}) order by all"
    return database.sql(statement, params={"as_of": TODAY}).to_arrow_table().to_pylist()
