"""How charts are drawn: a Vega-Lite dict that is kept, data and words that change, and clicks that lead on."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from data.warehouse.access import Result
from pages.ui import links
from pages.ui.charts import palette
from presentation.words import text

_PICK = "pick"
LABEL_LIMIT = 190
ROW_HEIGHT, LEAST_HEIGHT, AXIS_HEIGHT = 22, 100, 40


def draw(
    spec: dict[str, Any],
    data: pa.Table,
    key: str,
    height: int,
    result: Result,
    titles: dict[str, str],
    opened: Sequence[Mapping[str, Any]] = (),
    page: str = "",
) -> None:
    """Draws a kept spec over these data, its titles in words; `opened` are the places each row of `data` leads to.

    Where no figure is known there is a sentence instead: an axis without any reads "NaN".
    """
    if not _is_any_known(data):
        st.caption(text("There is nothing to draw: none of these figures is known."))
        return
    st.vega_lite_chart(
        data,
        _titled(spec, titles) | {"config": _inks()},
        key=key,
        height=height,
        width="stretch",
        alt=text(result.query.title),
        on_select=partial(_clicked, key, opened) if opened else "ignore",
        selection_mode=_PICK if opened else None,
    )
    links.follow(key, page)


def _is_any_known(data: pa.Table) -> bool:
    figures = [column for column in data.columns if pa.types.is_floating(column.type)]
    return len(data) > 0 and (not figures or any(column.null_count < len(column) for column in figures))


def opened_by(rows: Iterable[Mapping[str, Any]], places: Mapping[str, str]) -> list[dict[str, Any]]:
    """The places each row opens: `customer="customer_id"` opens that column's value."""
    return [{place: row[column] for place, column in places.items()} for row in rows] if places else []


def _clicked(key: str, opened: Sequence[Mapping[str, Any]]) -> None:
    if picked := st.session_state[key].selection.get(_PICK):
        links.clicked(key, opened[int(picked[0]["place"])])


def _inks() -> dict[str, Any]:
    """Colours of words and rules in charts: Vega's are black, which nobody can read on the dark theme."""
    ink = palette.INK["dark" if st.context.theme.type == "dark" else "light"]
    return {"text": {"color": ink}, "rule": {"color": ink}}


def _titled(node: Any, titles: dict[str, str]) -> Any:
    """The spec with every axis or tooltip title that names a field replaced by the words for it."""
    if isinstance(node, dict):
        return {
            name: titles[inner]
            if name == "title" and isinstance(inner, str) and inner in titles
            else _titled(inner, titles)
            for name, inner in node.items()
        }
    return [_titled(inner, titles) for inner in node] if isinstance(node, list) else node


def numbers(result: Result, column: str) -> pa.ChunkedArray:
    """A column as floats, which Vega-Lite reads without loss of meaning."""
    return pc.cast(result.table[column], pa.float64())


def number(value: Any) -> float | None:
    """A value as a float, nothing as nothing."""
    return None if value is None else float(value)


def distinct(names: list[str]) -> list[str]:
    """Equal names told apart, since a chart would otherwise draw them as one."""
    seen: dict[str, int] = {}
    shown = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        shown.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return shown


def as_spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The chart as a Vega-Lite dict without data and without Altair's own configuration."""
    spec: dict[str, Any] = chart.to_dict(validate=True)
    spec.pop("$schema")
    spec.pop("config")
    without: dict[str, Any] = _without_data(spec)
    return without


def _without_data(node: Any) -> Any:
    """The spec without Altair's placeholder for data; the rows are handed over apart from it."""
    if isinstance(node, dict):
        return {name: _without_data(inner) for name, inner in node.items() if name not in ("data", "datasets")}
    return [_without_data(inner) for inner in node] if isinstance(node, list) else node


def picked() -> alt.Parameter:
    """Lets a click pick a row by its `place`."""
    return alt.selection_point(name=_PICK, fields=["place"], empty=False)


def names_axis(sort: Any = None) -> alt.Y:
    """The axis of rows by name, in the order of `sort` or, without, of the names."""
    axis = alt.Axis(title=None, labelLimit=LABEL_LIMIT, ticks=False, domain=False)
    return alt.Y("name:N", sort=sort, axis=axis)
