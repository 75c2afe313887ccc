"""Every query on rows small enough to check by eye.

    tests/queries/<path of the query>/<case>/given_<table>.csv    what it reads
    tests/queries/<path of the query>/<case>/params.yaml          its parameters; one left out is null
    tests/queries/<path of the query>/<case>/expect.csv           what it must give, in the columns named there
    tests/queries/defaults.yaml                                   what columns hold that given tables leave out

A metric reads the one table given_arguments.csv: its parameters, or the columns of the relation it takes. What it gives
for them is `value`. An empty cell is null. Rows are compared as a multiset: each as often as expected, in any order.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from data.warehouse import build
from data.warehouse.engine import Engine
from queries import Query, load, names
from tests import warehouse

HERE = Path(__file__).parent
DEFAULTS: dict[str, dict[str, str]] = yaml.safe_load((HERE / "defaults.yaml").read_text(encoding="utf-8"))
# Types of what metrics take, by unit.
TYPES = {
    "count": "bigint",
    "days": "bigint",
    "ratio": "double",
    "score": "double",
    "flag": "boolean",
    "text": "varchar",
    "label": "varchar",
    "money": "decimal(18, 2)",
    "date": "date",
}
CASES = sorted(path.parent.relative_to(HERE) for path in HERE.rglob("expect.csv"))

# Folders whose queries need no case: loading reads whatever a file holds.
WITHOUT_CASES = ("loading",)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        build.define_metrics(Engine(connection), "main")
        yield connection


@pytest.fixture
def connection(database: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database without tables; what a case makes in it is undone. Opening one takes longer than most cases."""
    database.execute("begin transaction")
    yield database
    database.execute("rollback")
    assert _rows(database, "show tables") == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gives_what_is_expected(case: Path, connection: duckdb.DuckDBPyConnection) -> None:
    query = load(".".join(case.parent.parts))
    _fill(connection, query, HERE / case)
    statement = _called(query) if query.name.startswith("metrics.") else query.sql
    result = connection.sql(statement, params=_params(query, HERE / case)).to_arrow_table()
    connection.register("result", result)
    columns = _expect(connection, HERE / case / "expect.csv")
    missing = _rows(connection, f"select {columns} from expected except all select {columns} from result")
    surplus = _rows(connection, f"select {columns} from result except all select {columns} from expected")
    assert (missing, surplus) == ([], []), f"{query.path} misses the first rows and gives the second instead"


@pytest.mark.parametrize("name", [name for name in names("") if not name.startswith(WITHOUT_CASES)])
def test_has_a_case(name: str) -> None:
    assert any(case.parent == Path(*name.split(".")) for case in CASES), f"no case below tests/queries for {name}"


def test_cases_belong_to_queries_and_are_complete() -> None:
    kept = {path.name for path in HERE.rglob("*") if path.is_file() and path.suffix in (".csv", ".yaml")}
    assert {case.parent for case in CASES} <= {Path(*name.split(".")) for name in names("")}
    assert all(name in ("expect.csv", "params.yaml", "defaults.yaml") or name.startswith("given_") for name in kept)
    assert {path.parent.relative_to(HERE) for path in HERE.rglob("given_*.csv")} <= set(CASES)


def test_defaults_are_of_columns_that_exist() -> None:
    types = warehouse.table_types()
    assert {table: columns.keys() - types[table].keys() for table, columns in DEFAULTS.items()} == {
        table: set() for table in DEFAULTS
    }


def _fill(connection: duckdb.DuckDBPyConnection, query: Query, folder: Path) -> None:
    given = {path.stem.removeprefix("given_"): path for path in folder.glob("given_*.csv")}
    if query.name.startswith("metrics."):
        taken = (
            dict(pair.split() for pair in query.headers["takes"].split(","))
            if "takes" in query.headers
            else query.params
        )
        columns = ", ".join(f"{name} {TYPES[unit]}" for name, unit in taken.items())
        connection.execute(f"create table arguments ({columns or 'nothing text'})")
    else:
        warehouse.empty_tables(connection, given.keys() | (query.tables() & warehouse.table_types().keys()))
    for table, path in given.items():
        named = _insert(connection, table, path)
        left_out = {column: said for column, said in DEFAULTS.get(table, {}).items() if column not in named}
        if left_out:
            settings = ", ".join(f"{column} = {said}" for column, said in left_out.items())
            connection.execute(f"update {table} set {settings}")


def _called(metric: Query) -> str:
    """A statement that calls the metric on what its case gives."""
    name, arguments = metric.name.rpartition(".")[2], ", ".join(metric.params)
    if "takes" in metric.headers:
        return f"select * from {name}(arguments)"
    own = "" if metric.grain == "group" else "arguments.*, "
    return f"select {own}{name}({arguments}) as value from arguments"


def _params(query: Query, folder: Path) -> dict[str, Any]:
    if query.name.startswith("metrics."):
        return {}
    file = folder / "params.yaml"
    stated = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    assert stated.keys() <= query.params.keys()
    return {name: stated.get(name) for name in query.params}


def _expect(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """Makes the table `expected`, each cell in the result's type; doubles compare to nine decimals."""
    types = warehouse.columns_of(connection, "result")
    connection.execute("create temp table expected as select * from result limit 0")
    named = _insert(connection, "expected", file)
    shown = [f'round("{c}", 9) as "{c}"' if types[c] == "DOUBLE" else f'"{c}"' for c in named]
    return ", ".join(shown)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> list[str]:
    header, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
    assert [row for row in rows if len(row) != len(header)] == [], file
    if rows:
        columns, marks = ", ".join(f'"{name}"' for name in header), f"({', '.join('?' * len(header))})"
        cells = [cell or None for row in rows for cell in row]
        connection.execute(f"insert into {table} ({columns}) values {', '.join([marks] * len(rows))}", cells)
    return header


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, row)) for row in connection.execute(sql).fetchall())
