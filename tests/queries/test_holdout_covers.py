"""The worth of the work list, in experiments whose effect is planted."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from data.warehouse import build
from data.warehouse.engine import Engine
from queries import load
from tests import warehouse

QUERY = load("customers.holdout")
SINCE = dt.date(2026, 3, 1)
SHARE = 0.1
PARAMS = {"held_share": SHARE, "since": SINCE, "date_to": dt.date(2026, 6, 30), "segment": None, "owner": None}
PARAMS |= {"least_chance": None, "least_expected": None}
ACCOUNTS, EXPERIMENTS, EFFECT = 600, 150, 120


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse without rows."""
    with duckdb.connect(config={"threads": "1"}) as connection:
        build.define_metrics(Engine(connection), "main")
        warehouse.empty_tables(connection, QUERY.tables() & warehouse.table_types().keys())
        yield connection


def experiment(connection: duckdb.DuckDBPyConnection, seed: int) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """What is said of accounts that were late at once, and what those on the list and those held out brought.

    Some never order again, the others bring skewed amounts; the list adds EFFECT to each.
    """
    random = np.random.default_rng(seed)
    ids, rank = [f"C{n}" for n in range(ACCOUNTS)], random.random(ACCOUNTS)
    is_held = rank < SHARE
    alone = np.where(random.random(ACCOUNTS) < 0.6, random.lognormal(6, 0.8, ACCOUNTS), 0)
    brought = np.round(alone + np.where(is_held, 0, EFFECT), 2)
    days = np.datetime64(SINCE) + random.integers(1, 29, ACCOUNTS)
    alert = {"kind": "late", "subject": "account", "raised_on": SINCE, "until": SINCE + dt.timedelta(days=28)}
    given = {
        "customers": {"customer_id": ids, "held_rank": rank},
        "raised_alerts": {"customer_id": ids, **{name: [value] * ACCOUNTS for name, value in alert.items()}},
        "order_lines": {"customer_id": ids, "ordered_on": days, "quantity": [1] * ACCOUNTS, "revenue": brought},
    }
    for table, columns in given.items():
        connection.execute(f"delete from {table}")
        connection.register("rows", pa.table(columns))
        connection.execute(f"insert into {table} by name select * from rows")
    (said,) = connection.sql(QUERY.sql, params=PARAMS).to_arrow_table().to_pylist()
    return said, brought[~is_held], brought[is_held]


def test_the_interval_is_welchs(connection: duckdb.DuckDBPyConnection) -> None:
    said, shown, held = experiment(connection, 1)
    assert (said["shown_accounts"], said["held_accounts"]) == (len(shown), len(held))
    difference = shown.mean() - held.mean()
    spread = 1.645 * np.sqrt(shown.var(ddof=1) / len(shown) + held.var(ddof=1) / len(held))
    expected = np.array([difference, difference - spread, difference + spread])
    columns = ("", "_low", "_high")
    assert np.array([said[f"difference{c}"] for c in columns], float) == pytest.approx(expected, abs=0.02)
    assert np.array([said[f"worth{c}"] for c in columns], float) == pytest.approx(expected * len(shown), abs=10)


def test_nine_of_ten_intervals_hold_what_was_planted(connection: duckdb.DuckDBPyConnection) -> None:
    said = [experiment(connection, seed)[0] for seed in range(EXPERIMENTS)]
    held = sum(row["difference_low"] <= EFFECT <= row["difference_high"] for row in said)
    assert 0.85 <= held / EXPERIMENTS <= 0.95
