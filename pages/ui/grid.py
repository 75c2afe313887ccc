"""Rows of a result as a grid: formatted by unit, and clickable where one can go deeper."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from data.warehouse.access import Result
from pages.ui import links
from presentation import format, labels, needs, words
from presentation.words import text

ROW_HEIGHT = 30
# A grid measures its first cells, and where these are empty it would cut the days below them.
_MEASURED = 10
_DAY_WIDTH = 105
_LETTER_WIDTH = 7
# How the grid writes numbers and days of each unit; all others are text.
_NUMBERS: dict[str, Any] = {
    "money": "localized", "cents": "localized", "quantity": "localized", "days": "localized", "count": "localized",
    "price": "%.2f", "ratio": "%.1f%%", "score": "%.1f", "factor": "%.1f×",
}  # fmt: skip
_DAYS = {"date": "D MMM YYYY", "month": "MMM YYYY"}


def drillable(
    result: Result,
    columns: Sequence[str],
    key: str,
    rows_shown: int = 10,
    page: str = "",
    shows: str = "",
    **places: str,
) -> None:
    """A list whose rows open something: `customer="customer_id"` opens ?customer= with that column's value.

    Columns that nothing was loaded for are left out.
    It opens on this page, or on the one named by `page`, there at the list that it `shows`.
    """
    if not places:
        plain(result, key, columns, rows_shown)
        return
    columns = needs.known(columns, result.query.name, result.snapshot)
    st.dataframe(
        _shown(result, columns),
        hide_index=True,
        column_config=_config(result, columns),
        height=(min(rows_shown, max(1, len(result))) + 1) * ROW_HEIGHT + 8,
        row_height=ROW_HEIGHT,
        key=key,
        placeholder=format.NOTHING,
        on_select=partial(_clicked, key, result, places, shows),
        selection_mode="single-cell",
        alt=text(result.query.title),
    )
    links.follow(key, page)


def plain(result: Result, key: str, columns: Sequence[str] = (), rows_shown: int = 8) -> None:
    """A list that is only read; by default with every column that has a name on screen."""
    columns = columns or [c for c in result.table.column_names if labels.is_named(c)]
    columns = needs.known(columns, result.query.name, result.snapshot)
    shown = min(rows_shown, max(1, len(result)))
    st.dataframe(
        _shown(result, columns),
        hide_index=True,
        column_config=_config(result, columns),
        height=(shown + 1) * ROW_HEIGHT + 8,
        row_height=ROW_HEIGHT,
        key=key,
        placeholder=format.NOTHING,
        alt=text(result.query.title),
    )


def _clicked(key: str, result: Result, places: Mapping[str, str], shows: str) -> None:
    if cells := st.session_state[key].selection.cells:
        row = result.table.slice(cells[0][0], 1).to_pylist()[0]
        at = {"list": shows} if shows else {}
        links.clicked(key, {place: row[column] for place, column in places.items()} | at)


def named(result: Result, column: str, otherwise: str) -> Result:
    """The result with those words where a column holds no name."""
    place = result.table.schema.get_field_index(column)
    names = pc.fill_null(result.table[column], otherwise)
    return replace(result, table=result.table.set_column(place, column, names))


def _shown(result: Result, columns: Sequence[str]) -> pa.Table:
    return _formatted(result, tuple(columns), words.language())


@lru_cache(maxsize=500)
def _formatted(result: Result, columns: tuple[str, ...], language: str) -> pa.Table:  # noqa: ARG001 - a cache's key
    return pa.table({column: _cells(result.table[column], result.query.units[column]) for column in columns})


def _cells(values: pa.ChunkedArray, unit: str) -> pa.ChunkedArray:
    """Values as the grid shows them: money and units rounded to whole ones, rates in percent, codes in words."""
    if unit in ("money", "quantity"):
        return pc.cast(pc.round(pc.cast(values, pa.float64())), pa.int64())
    if unit == "ratio":
        return pc.multiply(pc.cast(values, pa.float64()), 100)
    if unit in ("days", "count"):
        return pc.cast(pc.round(pc.cast(values, pa.float64())), pa.int64())
    if unit == "label":
        return pa.chunked_array([pa.array([labels.code(value) for value in values.to_pylist()], pa.string())])
    if unit == "labels":
        return pa.chunked_array([pa.array([labels.codes(value) for value in values.to_pylist()], pa.string())])
    if unit == "flag":
        return pa.chunked_array([pa.array([text("yes") if v else "" for v in values.to_pylist()], pa.string())])
    return values


def _config(result: Result, columns: Sequence[str]) -> dict[str, Any]:
    currency = result.snapshot.currency
    return {column: _column(column, result.query.units[column], currency, result.table[column]) for column in columns}


def _column(name: str, unit: str, currency: str, values: pa.ChunkedArray) -> Any:
    heading = labels.column(name)
    if unit in _NUMBERS:
        title = f"{heading}, {currency}" if unit in ("money", "cents", "price") else heading
        return st.column_config.NumberColumn(title, format=_NUMBERS[unit])
    if unit in _DAYS:
        is_cut = values.slice(0, _MEASURED).null_count > 0
        width = max(_DAY_WIDTH, _LETTER_WIDTH * (len(heading) + 2)) if is_cut else None
        return st.column_config.DateColumn(heading, width=width, format=_DAYS[unit])
    return st.column_config.TextColumn(heading)
