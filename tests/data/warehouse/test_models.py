"""Rows of a scope's file stand in the order that their model names, sorted anew or not."""

from pathlib import Path

import duckdb
import pytest

from data.warehouse import models
from queries import load

ROWS = 500_000  # several parts of a table, which threads write side by side


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with order lines of three reps, sorted as their model says."""
    file = tmp_path_factory.mktemp("whole") / "whole.duckdb"
    model = load("warehouse.core.order_lines")
    values = {"order_id": "range", "customer_id": "hash(range) % 5000", "owner_rep_id": "hash(range) % 3"}
    columns = ", ".join(f"cast({values.get(c, 'null')} as {t}) as {c}" for c, t in models.columns(model).items())
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create table order_lines as select {columns} from range({ROWS}){models._sorted(model)}")
    return file


@pytest.mark.parametrize("kind", ["director", "ecommerce", "reps"])
def test_a_cut_keeps_the_order(kind: str, whole: Path, tmp_path: Path) -> None:
    model = load("warehouse.core.order_lines")
    # As a build opens it: rows come in any order until they are asked to keep theirs.
    config: dict[str, str | bool | int | float | list[str]] = {"threads": "4", "preserve_insertion_order": "false"}
    with duckdb.connect(str(whole), config=config) as connection:
        connection.execute(models.KEEP_ORDER)
        connection.execute("create temporary table scope_reps as select '1' as rep_id")
        connection.execute(models.attach(str(tmp_path / "slice.duckdb")))
        connection.execute(models.cut(model, kind, ["1"]))
        connection.execute("set preserve_insertion_order = true")  # for reading, whatever was set for the cut
        found = connection.sql(f"select {model.headers['sort']} from slice.order_lines order by rowid").fetchall()
    assert len(found) == ROWS if kind != "reps" else 0 < len(found) < ROWS
    assert found == sorted(found, key=lambda row: tuple((value is None, value) for value in row))


def test_no_order_tells_what_is_left_out() -> None:
    model = load("warehouse.marts.order_steps")
    assert "owner_rep_id" in model.headers["sort"]
    assert " order by " in models.cut(model, "ecommerce")
    assert " order by " not in models.cut(model, "director")
