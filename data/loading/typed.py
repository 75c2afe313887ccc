"""Rows of one file in a table's shape, typed as a load would, for files that are read and not loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data import contract
from data.loading import statements, validate
from data.loading.engine import Engine
from data.loading.sources import Staged
from data.loading.statements import Shape
from data.loading.validate import Mapped, Wanted


@dataclass(frozen=True)
class Row:
    """A row: its typed values (None where empty or wrong), the line it stands on, and what is wrong with it, or ''."""

    values: Mapping[str, Any]
    line: int
    reason: str


def rows(
    engine: Engine,
    table: contract.Table,
    staged: Staged,
    columns: Mapping[str, str],
    wanted: tuple[str | None, str | None] = (None, None),
    today: date = date.max,
) -> tuple[list[Row], str]:
    """The rows of a staged file by line, and the formats decided for it; `columns` gives the file's column for each.

    `wanted` are the date order and the decimal sign, where these are known. Raises BadInput where nothing decides them.
    """
    stored = dict(zip(staged.columns, staged.stored, strict=True))
    lines = statements.file_rows(str(staged.parquet), stored, (staged.name, 1), stored, native=staged.native)
    given = {name: statements.column(own) for name, own in columns.items()}
    select = statements.mapped(lines, given, Shape())
    types = {row[0]: row[1] for row in engine.rows(statements.describe(select))}
    native = {name: statements.is_native(table.column(name).kind, types[name]) for name in given}
    plain = dict.fromkeys(given, not staged.native)
    name = statements.own(f"mapped {table.name}")
    texts = statements.cleaned(select, {each: (types[each], native[each], plain[each]) for each in given})
    engine.run(statements.table(name, texts))
    mapped = Mapped(table, 1, name, native)
    cells = validate.text_cells(table, native)
    hows, _ = validate.formats(engine, statements.all_of(name), cells, {1: staged}, Wanted(*wanted))
    how = hows[1]
    validate.prepare(engine, [table])
    validate.cells(engine, mapped, how, today)
    found = engine.rows(statements.typed_in_order(table.name, table.column_names))
    return [_row(table.column_names, row) for row in found], str(how)


def _row(names: Sequence[str], row: Sequence[Any]) -> Row:
    *values, line, reason = row
    return Row(dict(zip(names, values, strict=True)), line, reason or "")
