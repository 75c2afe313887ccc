"""Histories small enough to know the answer, under the product's own statistics."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from analytics.tables import Ask
from queries import load

AS_OF = dt.date(2026, 6, 30)
# customer, ordered how many days before AS_OF, categories bought on that day, money for each
Order = tuple[str, int, tuple[str, ...], float]
Row = dict[str, Any]


def asking(orders: Iterable[Order], as_of: dt.date = AS_OF, coast: Iterable[str] = ()) -> Ask:
    """Answers from a warehouse that holds only these orders; all customers are of the trade, but for the coast."""
    listed, at_coast = list(orders), set(coast)
    bought = [(who, what, as_of - dt.timedelta(days=age), money) for who, age, them, money in listed for what in them]
    ordered = [(who, "", as_of - dt.timedelta(days=age), money * max(len(them), 1)) for who, age, them, money in listed]
    connection = duckdb.connect(config={"threads": "1"})
    connection.register("bought", _table(bought))
    connection.register("ordered", _table(ordered))
    people = list(dict.fromkeys(order[0] for order in listed))
    segments = ["coast" if who in at_coast else "trade" for who in people]
    connection.register(
        "people", pa.table({"customer_id": pa.array(people, pa.string()), "segment": pa.array(segments, pa.string())})
    )
    connection.execute("create table customers as select * from people")
    connection.execute("create table customer_feed_ends (customer_id varchar, feed_last_on date)")
    connection.execute("""
        create table order_days as
        select customer_id, ordered_on, count(*) as orders, cast(sum(money) as decimal(18, 2)) as revenue
        from ordered group by all
    """)
    connection.execute("""
        create table purchase_days as
        select customer_id, category, ordered_on, count(*) as lines, cast(count(*) as decimal(18, 3)) as quantity,
            cast(sum(money) as decimal(18, 2)) as revenue
        from bought group by all
    """)

    def ask(name: str, **params: Any) -> pa.Table:
        return connection.sql(load(f"warehouse.statistics.{name}").sql, params=params).to_arrow_table()

    return ask


def _table(rows: list[tuple[str, str, dt.date, float]]) -> pa.Table:
    types = {"customer_id": pa.string(), "category": pa.string(), "ordered_on": pa.date32(), "money": pa.float64()}
    return pa.table({name: pa.array([row[i] for row in rows], kind) for i, (name, kind) in enumerate(types.items())})
