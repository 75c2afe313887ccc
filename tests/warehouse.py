"""The warehouse of a test: made in memory from loaded inputs by the product's own models, without cutting or files."""

import datetime as dt
from functools import cache
from pathlib import Path

import duckdb

from data import build, inputs
from data.engine import Engine

_ABOUT = {"snapshot": "0001", "as_of": "", "built_at": "", "reporting_currency": "EUR", "loads": [], "checks": []}


def in_memory(loaded: inputs.Inputs, as_of: dt.date | None = None) -> duckdb.DuckDBPyConnection:
    """Inputs, every model, and the tables that describe a snapshot."""
    connection = duckdb.connect(config={"threads": "1"})
    engine = Engine(connection)
    build._register_inputs(engine, loaded)
    parameters = {"as_of": as_of or build._as_of(engine), "reporting_currency": loaded.reporting_currency}
    build.fill(engine, parameters)
    build._describe(engine, _ABOUT)
    return connection


def empty() -> duckdb.DuckDBPyConnection:
    """The warehouse of a home where nothing was loaded."""
    return in_memory(inputs.Inputs(Path("nothing"), "EUR", ()), dt.date(2026, 6, 30))


@cache
def table_types() -> dict[str, dict[str, str]]:
    """Columns and types of every table and view a query may read."""
    with empty() as connection:
        tables = connection.execute("select distinct table_name from information_schema.tables").fetchall()
        return {table: columns_of(connection, table) for (table,) in tables}


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Columns and types of a table, a view or a bracketed statement."""
    return {name: sql_type for name, sql_type, *_ in connection.execute(f"describe {relation}").fetchall()}


def empty_tables(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> None:
    """Creates those tables, typed as in the warehouse, without rows."""
    for table in sorted(tables):
        columns = ", ".join(f'"{name}" {sql_type}' for name, sql_type in table_types()[table].items())
        connection.execute(f"create table {table} ({columns})")
