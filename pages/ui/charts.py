"""One function a chart kind. A kind is built once in Altair and kept as a Vega-Lite dict; only data change."""

import datetime as dt
from functools import cache
from typing import Any

import altair as alt
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from data.access import Result
from pages.ui import format, labels
from pages.ui.words import text

_LABEL_LIMIT = 190
_BULLET_ROW, _BULLET_LEAST, _AXIS = 22, 100, 40
_ROOMY = "bandwidth('x') > 50"  # a telephone's matrix has no room for words in its cells; hovering tells them


def ranked(result: Result, by: str, x: str, key: str, height: int, mark_at: float | None = None) -> None:
    """Horizontal bars in the order of the rows, each with its value; a line marks the usual, such as 1.0."""
    unit = result.query.units[x]
    data = pa.table(
        {
            "name": _distinct(result.table[by].to_pylist()),
            "value": _numbers(result, x),
            "label": [format.value(v, unit, result.snapshot.currency) for v in result.table[x].to_pylist()],
            "mark": pa.array([mark_at] * len(result), pa.float64()),
        }
    )
    _draw(_ranked(), data, key, height, result, {"value": labels.column(x)})


def bullet(result: Result, by: str, value: str, target: str, key: str) -> None:
    """Bars with a tick at what they are measured against: a target, or the comparison period.

    Rows that have neither are left to the list.
    """
    unit, currency = result.query.units[value], result.snapshot.currency
    rows = [row for row in result.rows() if row[value] or row[target]]
    data = pa.table(
        {
            "name": _distinct([labels.code(row[by]) for row in rows]),
            "value": pa.array([_number(row[value]) for row in rows], pa.float64()),
            "target": pa.array([_number(row[target]) for row in rows], pa.float64()),
            "label": [format.value(row[value], unit, currency) for row in rows],
            "target_label": [format.value(row[target], unit, currency) for row in rows],
        }
    )
    titles = {"value": labels.column(value), "target": labels.column(target)}
    _draw(_bullet(), data, key, max(_BULLET_ROW * len(rows), _BULLET_LEAST) + _AXIS, result, titles)


def trend(result: Result, y: str, key: str, height: int) -> None:
    """Columns by month."""
    unit, currency = result.query.units[y], result.snapshot.currency
    months = result.table["month"].to_pylist()
    data = pa.table(
        {
            "month": pa.array(months, pa.date32()),
            "name": [format.value(month, "month") for month in months],
            "value": _numbers(result, y),
            "label": [format.value(v, unit, currency) for v in result.table[y].to_pylist()],
        }
    )
    _draw(_trend(), data, key, height, result, {"value": labels.column(y)})


def matrix(
    result: Result, row: str, column: str, share: str, count: str, days: str, order: list[str], key: str, height: int
) -> None:
    """A square of shares, darker for larger ones, each with its count and median days below."""
    rows = result.rows()
    names = [labels.code(code) for code in order]
    data = pa.table(
        {
            "row": [labels.code(r[row]) for r in rows],
            "column": [labels.code(r[column]) for r in rows],
            "share": [float(r[share]) for r in rows],
            "label": [f"{r[share]:.0%}" for r in rows],
            "detail": [f"{format.value(r[count], 'count')} · {format.value(r[days], 'days')}" for r in rows],
        }
    )
    _draw(
        _matrix(tuple(names)), data, key, height, result, {"row": labels.column(row), "column": labels.column(column)}
    )


def cadence(order_days: Result, profile: Result, key: str, height: int = 110) -> None:
    """Order days as ticks, the stretch in which the next order was usual shaded, the as-of day as a line."""
    who = profile.one()
    as_of = dt.date.fromisoformat(profile.snapshot.as_of)
    marks = [("order", row["ordered_on"], None, row["revenue"]) for row in order_days.rows()]
    if who["expected_on"]:
        marks.append(("expected", who["expected_from"], who["expected_until"], None))
    marks.append(("today", as_of, None, None))
    currency = profile.snapshot.currency
    data = pa.table(
        {
            "kind": [kind for kind, *_ in marks],
            "day": pa.array([day for _, day, _, _ in marks], pa.date32()),
            "until": pa.array([until for _, _, until, _ in marks], pa.date32()),
            "what": [
                {"order": text("Order"), "expected": text("Next order expected until"), "today": text("Data to")}[kind]
                for kind, *_ in marks
            ],
            "label": [
                ", ".join(
                    [format.value(until or day, "date"), *([] if v is None else [format.value(v, "money", currency)])]
                )
                for _, day, until, v in marks
            ],
        }
    )
    _draw(_cadence(), data, key, height, order_days, {})


def _draw(spec: dict[str, Any], data: pa.Table, key: str, height: int, result: Result, titles: dict[str, str]) -> None:
    st.vega_lite_chart(
        data,
        _titled(spec, titles) | {"config": _inks()},
        key=key,
        height=height,
        width="stretch",
        alt=text(result.query.title),
    )


def _inks() -> dict[str, Any]:
    """Colours of words and rules in charts: Vega's are black, which nobody can read on the dark theme."""
    ink = "#e4e9ee" if st.context.theme.type == "dark" else "#0f1820"
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


def _numbers(result: Result, column: str) -> pa.ChunkedArray:
    return pc.cast(result.table[column], pa.float64())


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _distinct(names: list[str]) -> list[str]:
    """Equal names told apart, since a chart would otherwise draw them as one."""
    seen: dict[str, int] = {}
    shown = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        shown.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return shown


def _spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    spec = chart.to_dict(validate=True)
    spec.pop("$schema")
    spec.pop("config")
    return _without_data(spec)


def _without_data(node: Any) -> Any:
    """The spec without Altair's placeholder for data; the rows are handed over apart from it."""
    if isinstance(node, dict):
        return {name: _without_data(inner) for name, inner in node.items() if name not in ("data", "datasets")}
    return [_without_data(inner) for inner in node] if isinstance(node, list) else node


def _names(sort: Any = None) -> alt.Y:
    axis = alt.Axis(title=None, labelLimit=_LABEL_LIMIT, ticks=False, domain=False)
    return alt.Y("name:N", sort=sort, axis=axis)


@cache
def _ranked() -> dict[str, Any]:
    base = alt.Chart().encode(y=_names())
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="value")]
    x = alt.X("value:Q", axis=alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False))
    bars = base.mark_bar(height={"band": 0.62}).encode(x=x, tooltip=hover)
    values = base.mark_text(align="left", dx=4).encode(x=x, text="label:N")
    usual = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(x="max(mark):Q")
    room = alt.Chart().transform_calculate(end="datum.value * 1.15").mark_point(opacity=0).encode(x="max(end):Q")
    return _spec(alt.layer(bars, values, usual, room))


@cache
def _bullet() -> dict[str, Any]:
    base = alt.Chart().encode(y=_names())
    hover = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("target_label:N", title="target"),
    ]
    x = alt.X("value:Q", axis=alt.Axis(title=None, format="~s", tickCount=4, domain=False))
    bars = base.mark_bar(height={"band": 0.55}, opacity=0.85).encode(x=x, tooltip=hover)
    ticks = base.mark_tick(thickness=2.5, height={"band": 0.85}, color="#d5711a").encode(
        x=alt.X("target:Q", title=None), tooltip=hover
    )
    return _spec(alt.layer(bars, ticks))


@cache
def _trend() -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="value")]
    chart = alt.Chart().mark_bar().encode(
        x=alt.X("yearmonth(month):T", axis=alt.Axis(title=None, format="%b %y", labelAngle=0, grid=False)),
        y=alt.Y("value:Q", axis=alt.Axis(title=None, format="~s", tickCount=4, domain=False)),
        tooltip=hover,
    )  # fmt: skip
    return _spec(chart)


@cache
def _matrix(names: tuple[str, ...]) -> dict[str, Any]:
    axis = alt.Axis(
        title="column",
        orient="top",
        labelAngle=0,
        labelExpr=f"{_ROOMY} ? split(datum.label, ' ') : slice(datum.label, 0, 4) + '…'",
        labelOverlap=False,
        labelFlush=False,
        labelFontSize=10,
        ticks=False,
        domain=False,
    )
    names_axis = alt.Axis(title="row", labelLimit=170, ticks=False, domain=False)
    titles = {"row": "row", "column": "column", "label": " ", "detail": " "}
    hover = [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]
    base = alt.Chart().encode(
        x=alt.X("column:N", sort=names, scale=alt.Scale(domain=names), axis=axis),
        y=alt.Y("row:N", sort=names, scale=alt.Scale(domain=names), axis=names_axis),
        tooltip=hover,
    )  # fmt: skip
    # Pale enough at its fullest for the words on it, in both themes.
    fullness = alt.Scale(domain=[0, 0.6], range=[0.04, 0.5], clamp=True)
    cells = base.mark_rect(cornerRadius=3, stroke=None).encode(
        opacity=alt.Opacity("share:Q", legend=None, scale=fullness)
    )
    shares = base.mark_text(dy=-6, fontWeight=600).encode(text="label:N")
    details = base.mark_text(dy=8, fontSize=10, opacity=alt.expr(f"{_ROOMY} ? 1 : 0")).encode(text="detail:N")
    return _spec(alt.layer(cells, shares, details))


@cache
def _cadence() -> dict[str, Any]:
    hover = [alt.Tooltip("what:N", title=" "), alt.Tooltip("label:N", title=" ")]
    x = alt.X("day:T", axis=alt.Axis(title=None, format="%b %y", grid=False, tickCount=12))
    window = (
        alt.Chart()
        .transform_filter("datum.kind == 'expected'")
        .mark_rect(opacity=0.25)
        .encode(x=x, x2="until:T", tooltip=hover)
    )
    orders = (
        alt.Chart()
        .transform_filter("datum.kind == 'order'")
        .mark_tick(thickness=2, height=44)
        .encode(x=x, tooltip=hover)
    )
    today = (
        alt.Chart()
        .transform_filter("datum.kind == 'today'")
        .mark_rule(strokeWidth=2, color="#d5711a")
        .encode(x=x, tooltip=hover)
    )
    return _spec(alt.layer(window, orders, today))
