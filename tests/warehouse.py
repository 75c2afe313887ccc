"""The warehouse of a test: made in memory from loaded inputs by the product's own models, without cutting or files."""

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from data.loading import inputs
from data.warehouse import build, models
from data.warehouse.engine import Engine
from queries import Query

_ABOUT = {"snapshot": "0001", "as_of": "", "built_at": "", "reporting_currency": "EUR", "loads": [], "checks": []}


def in_memory(loaded: inputs.Inputs, as_of: dt.date | None = None) -> duckdb.DuckDBPyConnection:
    """Inputs, every model, and the tables that describe a snapshot."""
    connection, parameters = _opened(loaded, as_of)
    build.fill(Engine(connection), parameters)
    build._describe(Engine(connection), _ABOUT)
    return connection


def without_statistics(loaded: inputs.Inputs, query: Query | None = None) -> duckdb.DuckDBPyConnection:
    """Inputs, and the models that take no statistics; of these only what that query reads, itself or through others."""
    connection, parameters = _opened(loaded, None)
    made = models.before_analysis()
    if query:
        needed = query.tables()
        for model in reversed(made):
            if models.table_name(model) in needed:
                needed |= model.tables()
        made = [model for model in made if models.table_name(model) in needed]
    for model in made:
        Engine(connection).run(models.create(model), build._only(parameters, model))
    return connection


def _opened(loaded: inputs.Inputs, as_of: dt.date | None) -> tuple[duckdb.DuckDBPyConnection, dict[str, Any]]:
    connection = duckdb.connect(config={"threads": "1"})
    build._register_inputs(Engine(connection), loaded)
    day = as_of or build._as_of(Engine(connection))
    return connection, {"as_of": day, "reporting_currency": loaded.reporting_currency}


@cache
def empty() -> duckdb.DuckDBPyConnection:
    """The warehouse of a home where nothing was loaded; one for all, to be read alone."""
    return in_memory(inputs.Inputs(Path("nothing"), "EUR", ()), dt.date(2026, 6, 30))


@cache
def table_types() -> dict[str, dict[str, str]]:
    """Columns and types of every table and view a query may read."""
    tables = empty().execute("select distinct table_name from information_schema.tables").fetchall()
    return {table: columns_of(empty(), table) for (table,) in tables}


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Columns and types of a table, a view or a bracketed statement."""
    return {name: sql_type for name, sql_type, *_ in connection.execute(f"describe {relation}").fetchall()}


def empty_tables(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> None:
    """Creates those tables, typed as in the warehouse, without rows."""
    for table in sorted(tables):
        columns = ", ".join(f'"{name}" {sql_type}' for name, sql_type in table_types()[table].items())
        connection.execute(f"create table {table} ({columns})")
