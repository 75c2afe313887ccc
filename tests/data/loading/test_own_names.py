"""Names made up by loading never meet those of the contract, of files or of their columns."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp

from data import contract
from data.loading import intake
from data.loading.engine import Engine
from data.loading.request import Request
from data.settings import Settings
from data.warehouse.engine import open_engine
from tests import slowly
from tests.loading_help import GOOD, TODAY, load, quarantined, rows, totals, where, write

PUBLIC = {"source_file", "source_line", "reason", "_file", "_file_no", "_line"}
CONTRACT = {column for table in contract.TABLES for column in table.column_names}


def value(table: contract.Table, column: contract.Column, number: int) -> str:
    """A good value: the second row of a table repeats nothing of the first but what it refers to."""
    if column.references:
        return "" if column.references == table.name else f"{column.references}-1"
    if column.name == "currency":
        return "EUR"
    if column.one_of:
        return column.one_of[0]
    if column.kind == "text":
        return f"{table.name}-{number}" if column.name in table.key else f"text {number}"
    if column.kind in ("date", "timestamp"):
        return f"2026-01-0{number}"
    return str(number)


def whole_company(bad: str) -> dict[str, str]:
    """Files of every contract table with two good rows each, and one more that lacks most of it in the table `bad`."""
    files = {}
    for table in contract.TABLES:
        lines = [",".join(table.column_names)]
        lines += [",".join(value(table, column, number) for column in table.columns) for number in (1, 2)]
        if table.name == bad:
            lines.append("x" + "," * (len(table.columns) - 1))
        files[f"{table.name}.csv"] = "\n".join(lines) + "\n"
    files["mapping.yaml"] = "reporting_currency: EUR\ntables:\n" + "".join(
        f"  {table.name}: {table.name}.csv\n" for table in contract.TABLES
    )
    return files


@pytest.mark.parametrize("bad", slowly.after(2, [table.name for table in contract.TABLES], every=4))
def test_one_bad_row_of_any_table_is_one_quarantined_row(home: Path, tmp_path: Path, bad: str) -> None:
    report = load(home, write(tmp_path / "in", whole_company(bad)))
    assert [(load_.table, load_.quarantined) for load_ in report.loads if load_.quarantined] == [(bad, 1)]
    assert all(load_.rows_in == load_.loaded + load_.quarantined for load_ in report.loads)
    assert totals(home) == {table.name: (3, 2, 1) if table.name == bad else (2, 2, 0) for table in contract.TABLES}
    assert [table for table, *_ in report.reasons] == [bad]
    assert len(quarantined(report, bad)) == 1


class Listening:
    """The real engine, with every statement it was given."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @contextmanager
    def open(self, where_: Settings, path: Path) -> Iterator[Engine]:
        with open_engine(where_, path) as engine:
            run, rows_ = engine.run, engine.rows

            def noted_run(sql: str, params: Mapping[str, Any] | None = None) -> None:
                self.statements.append(sql)
                run(sql, params)

            def noted_rows(sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
                self.statements.append(sql)
                return rows_(sql, params)

            engine.run = noted_run  # type: ignore[method-assign]
            engine.rows = noted_rows  # type: ignore[method-assign]
            yield engine


def aliases(sql: str) -> Iterator[tuple[str, bool]]:
    """Each name a statement makes up, and whether it is one of a table, not of a column."""
    for node in sqlglot.parse_one(sql, dialect="duckdb").walk():
        if isinstance(node, exp.TableAlias) and node.this:
            yield node.name, True
        elif isinstance(node, exp.Alias):
            yield node.alias, False


def test_no_statement_makes_up_a_name_that_a_column_can_have(home: Path, tmp_path: Path) -> None:
    """Of a load that needs every kind of statement: joins, one per, wrong rows of every table, and mending."""
    files = whole_company("orders")
    for table in contract.TABLES:
        files[f"{table.name}.csv"] += "x" + "," * (len(table.columns) - 1) + "\n"
    files["mapping.yaml"] = files["mapping.yaml"].replace(
        "  customers: customers.csv\n",
        "  customers:\n    from: customers.csv\n    one_per: source.customer_id\n    order: source.name\n"
        "    where: source.name <> '-'\n    join: left join catalogs on catalogs.catalog_id = source.catalog_id\n"
        "    columns: {customer_id: source.customer_id, name: source.name, created_on: source.created_on}\n",
    )
    files["orders.csv"] += files["orders.csv"].splitlines()[1].replace("EUR", "USD").replace("orders-1", "o3") + "\n"
    heard = Listening()
    first = intake.load(Request(write(tmp_path / "in", files), None, TODAY), where(home), heard.open)
    assert first.quarantine
    intake.load(Request(first.quarantine, None, TODAY), where(home), heard.open)
    made_up = [(name, of_table, sql) for sql in heard.statements if _is_query(sql) for name, of_table in aliases(sql)]
    assert len({name for name, *_ in made_up}) > 100
    for name, of_table, sql in made_up:
        if of_table:
            # What stands before a dot is a table before it is a column, so `source`, which mappings write, may be both.
            assert name == "source" or name.casefold() not in CONTRACT | PUBLIC, sql
        else:
            assert name.startswith(" ") or name in CONTRACT | PUBLIC, f"{name!r} in {sql}"


def _is_query(sql: str) -> bool:
    return not sql.startswith(("set ", "describe ", "create table", "copy"))


def test_names_of_the_contract_are_plain_words_and_none_of_ours() -> None:
    assert not CONTRACT & PUBLIC
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in CONTRACT)


OURS: tuple[str, ...] = (
    "_broken",
    "_line",
    "_file",
    "_file_no",
    "_row",
    "_reason",
    "_source",
    "file_row_number",
    " line",
    "rowid",
)
OURS += ("source", "filename", "t", "n", "r", "kind", "v_name", "FILE_ROW_NUMBER", "_LINE", "Source", " broken ")


def a_file(folder: Path, ending: str, extra: str) -> Path:
    """customers.* with a column called `extra` in which something stands."""
    folder.mkdir(parents=True)
    cells = [["customer_id", "name", extra], ["C1", "Ada", "x"], ["C2", "Bob", ""], ["C3", "Cem", "y"]]
    if ending == "csv":
        write(folder, {"customers.csv": "".join(",".join(row) + "\n" for row in cells)})
    elif ending == "xlsx":
        book = openpyxl.Workbook()
        for row in cells:
            book.active.append(row)
        book.save(folder / "customers.xlsx")
    else:
        columns = {name: [row[place] for row in cells[1:]] for place, name in enumerate(cells[0])}
        pq.write_table(pa.table(columns), folder / "customers.parquet")
    return folder


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("extra", slowly.after(3, OURS, every=4))
def test_a_column_of_any_name_loses_no_row(home: Path, tmp_path: Path, ending: str, extra: str) -> None:
    folder = a_file(tmp_path / "in", ending, extra)
    load(home, folder)
    assert [row["customer_id"] for row in rows(home, "customers")] == ["C1", "C2", "C3"]
    quoted = '"' + extra.strip() + '"'
    columns = f"{{customer_id: customer_id, name: name, region: 'source.{quoted}'}}"
    mapping = f"tables:\n  customers:\n    from: customers.*\n    one_per: customer_id\n    columns: {columns}\n"
    load(home, write(folder, {"mapping.yaml": mapping}))
    assert [row["region"] for row in rows(home, "customers")] == ["x", None, "y"]


@pytest.mark.parametrize("stem", ["good_orders", "old_customers", "typed_orders", "mapped_0", "rejected_orders"])
def test_a_file_of_any_name_can_be_joined(home: Path, tmp_path: Path, stem: str) -> None:
    mapping = (
        "tables:\n  products: products.csv\n  orders: orders.csv\n  order_lines: order_lines.csv\n  customers:\n"
        f"    from: customers.csv\n    join: left join {stem} on {stem}.id = source.customer_id\n"
        f"    columns: {{customer_id: customer_id, name: name, region: {stem}.region}}\n"
    )
    files = {**GOOD, f"{stem}.csv": "id,region\nC1,North\nC2,South\n", "mapping.yaml": mapping}
    load(home, write(tmp_path / "in", files))
    assert [row["region"] for row in rows(home, "customers")] == ["North", "South"]
    assert totals(home)["order_lines"] == (3, 3, 0)


def test_where_a_row_stands_can_still_be_asked(home: Path, tmp_path: Path) -> None:
    mapping = (
        "tables:\n  customers:\n    from: c*.csv\n"
        "    columns: {customer_id: id, name: \"source._file || ' ' || source._line || ' ' || source._file_no\"}\n"
    )
    load(home, write(tmp_path / "in", {"c1.csv": "id\n1\n", "c2.csv": "id\n2\n3\n", "mapping.yaml": mapping}))
    assert [row["name"] for row in rows(home, "customers")] == ["c1.csv 2 1", "c2.csv 2 2", "c2.csv 3 2"]


def test_columns_that_hide_where_a_row_stands_are_named(home: Path, tmp_path: Path) -> None:
    report = load(home, write(tmp_path / "in", {"customers.csv": "customer_id,name,_Line\n1,Ada,x\n"}))
    assert "customers.csv: SQL of the mapping takes _Line for the column of that name." in report.notes
