"""The days by which alerts are judged: the same in pages, in the warehouse and in the analytics."""

import datetime as dt

import duckdb
import pytest

from analytics import cadence, category_risk, growth
from data.warehouse import build
from data.warehouse.engine import Engine
from queries import load
from tests import warehouse

HORIZONS = {
    "late": cadence.SILENCE_DAYS,
    "category_risk": category_risk.HORIZON_DAYS,
    "growth": growth.HORIZON_DAYS,
}


@pytest.mark.parametrize("kind", HORIZONS)
def test_alerts_are_judged_by_the_days_the_analytics_foresee(kind: str) -> None:
    model = load("warehouse.outlook.raised_alerts")
    with duckdb.connect() as connection:
        build.define_metrics(Engine(connection), "main")
        assert connection.execute("select horizon_days($kind)", {"kind": kind}).fetchall() == [(HORIZONS[kind],)]
        warehouse.empty_tables(connection, model.tables() & warehouse.table_types().keys())
        connection.execute("insert into work_items (kind, customer_id) values ($kind, 'C1')", {"kind": kind})
        connection.execute("insert into customers (customer_id) values ('C1')")
        (raised,) = Engine(connection).arrow(model.sql, {"as_of": dt.date(2026, 6, 12)}).to_pylist()
    assert (raised["until"] - raised["raised_on"]).days == HORIZONS[kind]
