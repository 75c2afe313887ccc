"""One function a chart kind. A kind is built once in Altair and kept as a Vega-Lite dict; only data change."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import altair as alt
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from data.warehouse.access import Result
from pages.ui import filters
from presentation import format, labels
from presentation.words import text

_PICK = "pick"
_LABEL_LIMIT = 190
_BULLET_ROW, _BULLET_LEAST, _AXIS = 22, 100, 40
_STRIPS, _STRIP, _STRIP_LABEL = 14, 17, 130  # most categories of a strip chart, height and label of one
_YEAR = 365
_DAY = dt.timedelta(days=1)
_ENDS = ("won_share", "lost_share", "open_share")
_ROOMY = "bandwidth('x') > 50"  # a telephone's matrix has no room for words in its cells; hovering tells them


def ranked(result: Result, by: str, x: str, key: str, height: int, mark_at: float | None = None, **places: str) -> None:
    """Horizontal bars in the order of the rows, each with its value; a line marks the usual, such as 1.0.

    `height` is the most; few rows take less. A click on a bar opens `places`, as in a drillable list.
    """
    unit, names = result.query.units[x], result.table[by].to_pylist()
    data = pa.table(
        {
            "name": _distinct([labels.code(name) for name in names] if result.query.units[by] == "label" else names),
            "value": _numbers(result, x),
            "label": [format.value(v, unit, result.snapshot.currency) for v in result.table[x].to_pylist()],
            "mark": pa.array([mark_at] * len(result), pa.float64()),
            "place": pa.array(range(len(result)), pa.int32()),
        }
    )
    opened = _opened(result.rows(), places)
    _draw(_ranked(), data, key, min(height, 30 * len(result) + 20), result, {"value": labels.column(x)}, opened)


def bullet(result: Result, by: str, value: str, target: str, key: str, page: str = "", **places: str) -> None:
    """Bars with a tick at what they are measured against: a target, or the comparison period.

    Rows that have neither are left to the list. A click on a bar opens `places`, as in a drillable list.
    """
    unit, currency = result.query.units[value], result.snapshot.currency
    rows = [row for row in result.rows() if row[value] or row[target]]
    data = pa.table(
        {
            "name": _distinct([format.value(row[by], result.query.units[by]) for row in rows]),
            "value": pa.array([_number(row[value]) for row in rows], pa.float64()),
            "target": pa.array([_number(row[target]) for row in rows], pa.float64()),
            "label": [format.value(row[value], unit, currency) for row in rows],
            "target_label": [format.value(row[target], unit, currency) for row in rows],
            "place": pa.array(range(len(rows)), pa.int32()),
        }
    )
    titles = {"value": labels.column(value), "target": labels.column(target)}
    height = max(_BULLET_ROW * len(rows), _BULLET_LEAST) + _AXIS
    _draw(_bullet(), data, key, height, result, titles, _opened(rows, places), page)


def trend(result: Result, y: str, key: str, height: int) -> None:
    """Columns by month, with the interval of `y` (`<y>_low`, `<y>_high`) where it has one."""
    unit = result.query.units[y]
    months = result.table["month"].to_pylist()
    has_interval = f"{y}_low" in result.query.units
    data = pa.table(
        {
            "month": pa.array(months, pa.date32()),
            "name": [format.value(month, "month") for month in months],
            "value": _numbers(result, y),
            "label": [_with_interval(result, row, y) for row in result.rows()],
        }
        | ({end: _numbers(result, f"{y}_{end}") for end in ("low", "high")} if has_interval else {})
    )
    titles = {"value": labels.column(y)}
    _draw(_trend("~%" if unit == "ratio" else "~s", has_interval), data, key, height, result, titles)


def _with_interval(result: Result, row: Mapping[str, Any], column: str) -> str:
    unit, currency = result.query.units[column], result.snapshot.currency
    said = format.value(row[column], unit, currency)
    if row.get(f"{column}_low") is None:
        return said
    return f"{said} ({' – '.join(format.value(row[f'{column}_{end}'], unit, currency) for end in ('low', 'high'))})"


def incidence(result: Result, key: str, height: int) -> None:
    """Shares won, lost and still open by days since the request, as steps that begin with all of them open."""
    names = tuple(labels.column(column) for column in _ENDS)
    steps = [
        (name, day, share, watched)
        for column, name in zip(_ENDS, names, strict=True)
        for day, share, watched in [
            (0, float(column == "open_share"), None),
            *((row["days"], row[column], row["watched"]) for row in result.rows()),
        ]
    ]
    data = pa.table(
        {
            "name": [name for name, *_ in steps],
            "days": pa.array([day for _, day, _, _ in steps], pa.int64()),
            "share": pa.array([share for _, _, share, _ in steps], pa.float64()),
            "day": [format.value(day, "days") for _, day, _, _ in steps],
            "label": [format.value(share, "ratio") for _, _, share, _ in steps],
            "watched": [format.value(watched, "count") for *_, watched in steps],
        }
    )
    titles = {"days": labels.column("days"), "watched": labels.column("watched")}
    _draw(_incidence(names), data, key, height, result, titles)


def season(result: Result, by: str, y: str, key: str, height: int) -> None:
    """Columns of the calendar months' shares; a line marks a year that spreads evenly."""
    names = [labels.code(month) for month in result.table[by].to_pylist()]
    data = pa.table(
        {
            "month": names,
            "value": _numbers(result, y),
            "label": [format.value(v, result.query.units[y]) for v in result.table[y].to_pylist()],
            "even": pa.array([1 / len(names)] * len(names), pa.float64()),
        }
    )
    _draw(_season(), data, key, height, result, {"value": labels.column(y)})


def matrix(
    result: Result,
    row: str,
    column: str,
    share: str,
    details: list[str],
    order: list[str],
    key: str,
    height: int,
    ends: Sequence[str] = (),
) -> None:
    """A square of shares, darker for larger ones, each with its details below; `ends` are columns beside the square."""
    rows, units, currency = result.rows(), result.query.units, result.snapshot.currency
    names, columns = ([labels.code(code) for code in codes] for codes in (order, [*order, *ends]))
    data = pa.table(
        {
            "row": [labels.code(r[row]) for r in rows],
            "column": [labels.code(r[column]) for r in rows],
            "share": [float(r[share]) for r in rows],
            "label": [f"{r[share]:.0%}" for r in rows],
            "detail": [" · ".join(format.value(r[d], units[d], currency) for d in details) for r in rows],
        }
    )
    titles = {"row": labels.column(row), "column": labels.column(column)}
    _draw(_matrix(tuple(names), tuple(columns)), data, key, height, result, titles)


def cadence(order_days: Result, profile: Result, key: str, height: int = 110) -> None:
    """Order days as ticks, the stretch in which the next order was usual shaded, the as-of day as a line."""
    who = profile.one()
    as_of = dt.date.fromisoformat(profile.snapshot.as_of)
    marks = [("order", row["ordered_on"], None, row["revenue"]) for row in order_days.rows()]
    marks.append(("year_ago", as_of - dt.timedelta(days=_YEAR), None, None))
    if who["pause_from"] and who["pause_until"]:
        marks.append(("pause", max(who["pause_from"], as_of - dt.timedelta(days=2 * _YEAR)), who["pause_until"], None))
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
                {
                    "order": text("Order"),
                    "expected": text("Next order expected until"),
                    "today": text("Data to"),
                    "year_ago": text("A year before"),
                    "pause": text("Paused last year until"),
                }[kind]
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


def bridge(
    result: Result,
    first: str,
    steps: Mapping[str, int],
    last: str,
    key: str,
    counts: Mapping[str, str] | None = None,
) -> None:
    """From one amount of a one-row result to another: `steps` that raise (1) or lower it (-1), in their order.

    A step of 0 is what was reached so far. `counts` are the columns that say how many accounts stand behind an amount.
    """
    row, currency = result.one(), result.snapshot.currency
    bars, reached = [(first, 0.0, float(row[first]), "whole")], float(row[first])
    for step, sign in steps.items():
        if sign:
            by = sign * float(row[step])
            bars.append((step, reached, reached + by, "gain" if by > 0 or (by == 0 and sign > 0) else "loss"))
            reached += by
        else:
            bars.append((step, 0.0, float(row[step]), "whole"))
    bars.append((last, 0.0, float(row[last]), "whole"))
    signs = {"gain": "+", "loss": "−", "whole": ""}
    data = pa.table(
        {
            "name": [labels.column(column) for column, *_ in bars],
            "from": pa.array([start for _, start, _, _ in bars], pa.float64()),
            "to": pa.array([end for _, _, end, _ in bars], pa.float64()),
            "kind": [kind for *_, kind in bars],
            "label": [
                signs[kind] + format.value(abs(row[column]) if signs[kind] else row[column], "money", currency)
                for column, _, _, kind in bars
            ],
            "accounts": [format.value(row[counts[column]], "count") if counts else "" for column, *_ in bars],
        }
    )
    _draw(_bridge(bool(counts)), data, key, 30 * len(bars) + 10, result, {"accounts": labels.column("accounts")})


def dots(
    result: Result,
    by: str,
    x: str,
    key: str,
    beside: str = "",
    mark_at: float | None = None,
    interval: str = "",
    **places: str,
) -> None:
    """Rates as points with their intervals (`<x>_low`, `<x>_high`), in the order of the rows; a line marks the usual.

    `interval` names the columns of another's, `beside` another rate of the same row, a hollow point. A click opens
    `places`, as in a drillable list.
    """
    rows, ends = result.rows(), interval or x
    data = pa.table(
        {
            "name": _distinct([labels.code(row[by]) for row in rows]),
            "value": pa.array([_number(row[x]) for row in rows], pa.float64()),
            "low": pa.array([_number(row[f"{ends}_low"]) for row in rows], pa.float64()),
            "high": pa.array([_number(row[f"{ends}_high"]) for row in rows], pa.float64()),
            "other": pa.array([_number(row[beside]) if beside else None for row in rows], pa.float64()),
            "label": [
                format.NOTHING
                if row[x] is None or row[f"{ends}_low"] is None
                else f"{format.value(row[x], 'ratio')} "
                f"({format.value(row[f'{ends}_low'], 'ratio')} – {format.value(row[f'{ends}_high'], 'ratio')})"
                for row in rows
            ],
            "other_label": [format.value(row[beside], "ratio") if beside else "" for row in rows],
            "mark": pa.array([mark_at] * len(rows), pa.float64()),
            "place": pa.array(range(len(rows)), pa.int32()),
        }
    )
    titles = {"label": labels.column(x)} | ({"other_label": labels.column(beside)} if beside else {})
    height = max(_BULLET_ROW * len(rows), _BULLET_LEAST) + _AXIS
    _draw(_dots(bool(beside)), data, key, height, result, titles, _opened(rows, places))


def quadrant(result: Result, x: str, y: str, size: str, kind: str, key: str) -> None:
    """Points with the interval of `y` (`<y>_low`, `<y>_high`), as large as `size`, coloured by `kind`.

    Grey are rows that are not `is_published`. Rows without x or y are left to the list.
    """
    rows = [row for row in result.rows() if row[x] is not None and row[y] is not None]
    currency = result.snapshot.currency
    data = pa.table(
        {
            "name": [row["product"] for row in rows],
            "x": pa.array([float(row[x]) for row in rows], pa.float64()),
            "y": pa.array([float(row[y]) for row in rows], pa.float64()),
            "low": pa.array([float(row[f"{y}_low"]) for row in rows], pa.float64()),
            "high": pa.array([float(row[f"{y}_high"]) for row in rows], pa.float64()),
            "size": pa.array([float(row[size]) for row in rows], pa.float64()),
            "kind": [row[kind] if row["is_published"] else "grey" for row in rows],
            "role": [labels.code(row[kind]) for row in rows],
            "of_x": [format.value(row[x], result.query.units[x], currency) for row in rows],
            "of_y": [f"{row[y]:.2f} ({row[f'{y}_low']:.2f} – {row[f'{y}_high']:.2f})" for row in rows],
            "of_size": [format.value(row[size], result.query.units[size], currency) for row in rows],
            "place": pa.array(range(len(rows)), pa.int32()),
        }
    )
    titles = {"x": labels.column(x), "y": labels.column(y), "of_size": labels.column(size)}
    _draw(_quadrant(), data, key, 240, result, titles, _opened(rows, {"product": "product_id"}))


def pareto(result: Result, x: str, y: str, at: float, key: str, height: int) -> None:
    """A curve of shares that rises to the whole, with a line at a share of interest, such as 0.2."""
    shares = [(0.0, 0.0), *((float(row[x]), float(row[y])) for row in result.rows())]
    data = pa.table(
        {
            "x": pa.array([share for share, _ in shares], pa.float64()),
            "y": pa.array([share for _, share in shares], pa.float64()),
            "of": [format.value(share, "ratio") for share, _ in shares],
            "brings": [format.value(share, "ratio") for _, share in shares],
            "mark": pa.array([at] * len(shares), pa.float64()),
        }
    )
    _draw(_pareto(), data, key, height, result, {"of": labels.column(x), "brings": labels.column(y)})


def _draw(
    spec: dict[str, Any],
    data: pa.Table,
    key: str,
    height: int,
    result: Result,
    titles: dict[str, str],
    opened: Sequence[Mapping[str, Any]] = (),
    page: str = "",
) -> None:
    """`opened` are the places each row of `data` leads to when it is clicked."""
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
    filters.follow(key, page)


def _opened(rows: Iterable[Mapping[str, Any]], places: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{place: row[column] for place, column in places.items()} for row in rows] if places else []


def _clicked(key: str, opened: Sequence[Mapping[str, Any]]) -> None:
    if picked := st.session_state[key].selection.get(_PICK):
        filters.clicked(key, opened[int(picked[0]["place"])])


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


def _picked() -> alt.Parameter:
    return alt.selection_point(name=_PICK, fields=["place"], empty=False)


def _names(sort: Any = None) -> alt.Y:
    axis = alt.Axis(title=None, labelLimit=_LABEL_LIMIT, ticks=False, domain=False)
    return alt.Y("name:N", sort=sort, axis=axis)


@cache
def _ranked() -> dict[str, Any]:
    base = alt.Chart().encode(y=_names())
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="value")]
    x = alt.X("value:Q", axis=alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False))
    bars = base.mark_bar(height={"band": 0.62}).encode(x=x, tooltip=hover).add_params(_picked())
    values = base.mark_text(align="left", dx=4).encode(x=x, text="label:N")
    usual = alt.Chart().mark_rule(aria=False, strokeDash=[4, 3]).encode(x="max(mark):Q")
    longer = alt.Chart().transform_calculate(end="datum.value * 1.15")
    room = longer.mark_point(aria=False, opacity=0).encode(x="max(end):Q")
    return _spec(alt.layer(bars, values, usual, room))


@cache
def _bridge(has_counts: bool) -> dict[str, Any]:
    told = {"name": " ", "label": " "} | ({"accounts": "accounts"} if has_counts else {})
    hover = [alt.Tooltip(f"{field}:N", title=title) for field, title in told.items()]
    x = alt.X("from:Q", axis=alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False))
    kinds = alt.Scale(domain=["whole", "gain", "loss"], range=["#4a83c9", "#2b8a57", "#c2542f"])
    base = alt.Chart().encode(y=_names())
    bars = base.mark_bar(height={"band": 0.62}).encode(
        x=x, x2="to:Q", color=alt.Color("kind:N", scale=kinds, legend=None), tooltip=hover
    )
    ends = base.transform_calculate(end="max(datum.from, datum.to)")
    values = ends.mark_text(align="left", dx=4).encode(x="end:Q", text="label:N")
    room = ends.transform_calculate(end="datum.end * 1.45").mark_point(opacity=0).encode(x="max(end):Q")
    return _spec(alt.layer(bars, values, room))


@cache
def _dots(has_other: bool) -> dict[str, Any]:
    told = ["label", "other_label"] if has_other else ["label"]
    hover = [alt.Tooltip("name:N", title=" "), *(alt.Tooltip(f"{field}:N", title=field) for field in told)]
    axis = alt.Axis(title=None, format="~%", tickCount=5, domain=False)
    base = alt.Chart().encode(y=_names(alt.EncodingSortField("place", op="min")))
    spans = base.mark_rule(strokeWidth=2, opacity=0.5).encode(x=alt.X("low:Q", axis=axis), x2="high:Q", tooltip=hover)
    others = base.mark_point(size=60).encode(x=alt.X("other:Q", axis=axis), tooltip=hover)
    points = base.mark_circle(size=90, opacity=1).encode(x=alt.X("value:Q", axis=axis), tooltip=hover)
    usual = alt.Chart().mark_rule(aria=False, strokeDash=[4, 3]).encode(x=alt.X("max(mark):Q", axis=axis))
    beside = [others] if has_other else []
    return _spec(alt.layer(spans, *beside, points.add_params(_picked()), usual))


@cache
def _quadrant() -> dict[str, Any]:
    hover = [alt.Tooltip(f"{field}:N", title=title) for field, title in
             (("name", " "), ("role", " "), ("of_x", "x"), ("of_y", "y"), ("of_size", "of_size"))]  # fmt: skip
    roles = ["profit", "traffic", "niche", "drop_candidate", "cost_unknown", "grey"]
    inks = alt.Scale(domain=roles, range=["#2b8a57", "#4a83c9", "#8a63b8", "#c2542f", "#9aa4ae", "#9aa4ae"])
    base = alt.Chart().encode(
        x=alt.X("x:Q", axis=alt.Axis(title="x", format="~%", tickCount=5, grid=False), scale=alt.Scale(zero=False)),
        color=alt.Color("kind:N", scale=inks, legend=None),
    )
    axis = alt.Axis(title="y", tickCount=5)
    spans = base.mark_rule(opacity=0.45).encode(y=alt.Y("low:Q", axis=axis, scale=alt.Scale(zero=False)), y2="high:Q")
    points = base.mark_circle(opacity=0.9).encode(
        y=alt.Y("y:Q", axis=axis), size=alt.Size("size:Q", legend=None, scale=alt.Scale(range=[25, 320])), tooltip=hover
    )
    return _spec(alt.layer(spans, points.add_params(_picked())))


@cache
def _pareto() -> dict[str, Any]:
    hover = [alt.Tooltip(f"{field}:N", title=field) for field in ("of", "brings")]
    whole = alt.Scale(domain=[0, 1])
    x = alt.X("x:Q", scale=whole, axis=alt.Axis(title="of", format=".0%", tickCount=5, grid=False))
    y = alt.Y("y:Q", scale=whole, axis=alt.Axis(title="brings", format=".0%", tickCount=5, domain=False))
    curve = alt.Chart().mark_area(opacity=0.18, line=True, interpolate="linear").encode(x=x, y=y)
    points = alt.Chart().mark_point(size=60, opacity=0).encode(x=x, y=y, tooltip=hover)
    mark = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(x=alt.X("max(mark):Q", title="of"))
    return _spec(alt.layer(curve, points, mark))


@cache
def _bullet() -> dict[str, Any]:
    base = alt.Chart().encode(y=_names())
    hover = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("target_label:N", title="target"),
    ]
    x = alt.X("value:Q", axis=alt.Axis(title=None, format="~s", tickCount=4, domain=False))
    bars = base.mark_bar(height={"band": 0.55}, opacity=0.85).encode(x=x, tooltip=hover).add_params(_picked())
    ticks = base.mark_tick(thickness=2.5, height={"band": 0.85}, color="#d5711a").encode(
        x=alt.X("target:Q", title=None), tooltip=hover
    )
    return _spec(alt.layer(bars, ticks))


@cache
def _trend(number: str, has_interval: bool) -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="value")]
    chart = alt.Chart().mark_bar().encode(
        x=alt.X("yearmonth(month):T", axis=alt.Axis(title=None, format="%b %y", labelAngle=0, grid=False)),
        y=alt.Y("value:Q", axis=alt.Axis(title=None, format=number, tickCount=4, domain=False)),
        tooltip=hover,
    )  # fmt: skip
    if not has_interval:
        return _spec(chart)
    ends = {"y": alt.Y("low:Q", title=None), "y2": "high:Q"}
    spans = alt.Chart().mark_rule(opacity=0.7).encode(x=alt.X("yearmonth(month):T", bandPosition=0.5), **ends)
    return _spec(alt.layer(chart, spans))


@cache
def _incidence(names: tuple[str, ...]) -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title=" "), alt.Tooltip("day:N", title=" ")]
    hover.append(alt.Tooltip("watched:N", title="watched"))
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=400, offset=4, padding=0)
    inks = alt.Scale(domain=names, range=["#2b8a57", "#c2542f", "#4a83c9"])
    dashes = alt.Scale(domain=names, range=[[1, 0], [7, 3], [2, 2]])
    shares = alt.Axis(title=None, format=".0%", tickCount=5, domain=False)
    base = alt.Chart().encode(
        x=alt.X("days:Q", axis=alt.Axis(title="days", grid=False, tickCount=8)),
        y=alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=shares),
        color=alt.Color("name:N", scale=inks, legend=legend),
    )
    steps = base.mark_line(interpolate="step-after", strokeWidth=2.5).encode(
        strokeDash=alt.StrokeDash("name:N", scale=dashes, legend=legend)
    )
    points = base.mark_point(size=60, opacity=0).encode(tooltip=hover)
    return _spec(alt.layer(steps, points))


@cache
def _season() -> dict[str, Any]:
    hover = [alt.Tooltip("month:N", title=" "), alt.Tooltip("label:N", title="value")]
    names = alt.Axis(title=None, labelExpr="slice(datum.label, 0, 3)", labelAngle=0, ticks=False)
    shares = alt.Axis(title=None, format=".0%", tickCount=3, domain=False)
    bars = alt.Chart().mark_bar().encode(
        x=alt.X("month:N", sort=None, axis=names), y=alt.Y("value:Q", axis=shares), tooltip=hover
    )  # fmt: skip
    even = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(y=alt.Y("max(even):Q", title=None))
    return _spec(alt.layer(bars, even))


@cache
def _matrix(names: tuple[str, ...], columns: tuple[str, ...]) -> dict[str, Any]:
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
        x=alt.X("column:N", sort=columns, scale=alt.Scale(domain=columns), axis=axis),
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
    year_ago = (
        alt.Chart()
        .transform_filter("datum.kind == 'year_ago'")
        .mark_rule(aria=False, strokeDash=[4, 3], opacity=0.7)
        .encode(x=x, tooltip=hover)
    )
    pause = (
        alt.Chart()
        .transform_filter("datum.kind == 'pause'")
        .mark_rect(aria=False, opacity=0.12, color="#8a8f98", stroke="#8a8f98", strokeDash=[4, 3], strokeOpacity=1)
        .encode(x=x, x2="until:T", tooltip=hover)
    )
    return _spec(alt.layer(pause, window, year_ago, orders, today))


def months(result: Result, risks: Result, key: str) -> None:
    """A strip of 24 months for each category, largest first, fuller for more; ▼ marks those at risk."""
    rows, currency = result.rows(), result.snapshot.currency
    categories = list(dict.fromkeys(row["category"] for row in rows))[:_STRIPS]
    at_risk = {row["category"]: row["verdict"] for row in risks.rows()}
    cells = {(row["category"], row["month"]): row for row in rows}
    grid = [(category, month) for category in categories for month in _last_months(result.snapshot.as_of)]
    found = [cells.get(cell) for cell in grid]
    data = pa.table(
        {
            "name": [f"▼ {category}" if category in at_risk else category for category, _ in grid],
            "rank": pa.array([categories.index(category) for category, _ in grid], pa.int64()),
            "month": [format.value(month, "short_month") for _, month in grid],
            "place": [month.isoformat() for _, month in grid],
            "share": pa.array([_number(row["share"]) if row else 0.0 for row in found], pa.float64()),
            "label": [format.value(row["revenue"] if row else 0, "money", currency) for row in found],
            "orders": [format.value(row["orders"] if row else 0, "count") for row in found],
            "state": [labels.code(at_risk[category]) if category in at_risk else "" for category, _ in grid],
        }
    )
    titles = {"label": labels.column("revenue"), "orders": labels.column("orders"), "state": labels.column("verdict")}
    _draw(_months(), data, key, _STRIP * (len(categories) + 2), result, titles)


def outlook(result: Result, key: str, height: int) -> None:
    """Columns of what was sold, and what is expected of the periods to come with the span of eight in ten."""
    rows, currency = result.rows(), result.snapshot.currency
    bars = [(row["period_start"], "sold", row["revenue"], None, None) for row in rows if row["revenue"] is not None]
    bars += [
        (r["period_start"], "expected", r["forecast"], r["p10"], r["p90"]) for r in rows if r["forecast"] is not None
    ]
    data = pa.table(
        {
            "day": pa.array([day for day, *_ in bars], pa.date32()),
            "name": [format.value(day, "date") for day, *_ in bars],
            "kind": [kind for _, kind, *_ in bars],
            "value": pa.array([_number(amount) for _, _, amount, _, _ in bars], pa.float64()),
            "low": pa.array([_number(low) for *_, low, _ in bars], pa.float64()),
            "high": pa.array([_number(high) for *_, high in bars], pa.float64()),
            "label": [format.value(amount, "money", currency) for _, _, amount, _, _ in bars],
            "what": [labels.column("revenue" if kind == "sold" else "forecast") for _, kind, *_ in bars],
            "span": [
                ""
                if low is None
                else f"{format.value(low, 'money', currency)} – {format.value(high, 'money', currency)}"
                for *_, low, high in bars
            ],
        }
    )
    _draw(_outlook(), data, key, height, result, {"value": labels.column("revenue"), "span": text("Eight in ten")})


@cache
def _outlook() -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("what:N", title=" "), alt.Tooltip("label:N", title=" ")]
    hover.append(alt.Tooltip("span:N", title="span"))
    x = alt.X("yearmonthdate(day):O", axis=alt.Axis(title=None, format="%b %y", labelOverlap=True, labelAngle=0))
    base = alt.Chart().encode(x=x, tooltip=hover)
    y = alt.Y("value:Q", stack=None, axis=alt.Axis(title=None, format="~s", tickCount=4))
    sold = base.transform_filter("datum.kind == 'sold'").mark_bar(opacity=0.85).encode(y=y)
    expected = base.transform_filter("datum.kind == 'expected'")
    columns = expected.mark_bar(fillOpacity=0.15, stroke="#1f5fa8", strokeDash=[3, 2]).encode(y=y)
    spans = expected.mark_rule(strokeWidth=2, color="#d5711a").encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q"))
    return _spec(alt.layer(columns, sold, spans))


def stays(result: Result, key: str) -> None:
    """The way of one deal: a bar for each stay in a place, marked where it came back."""
    rows = result.rows()
    places = list(dict.fromkeys(labels.code(row["place"]) for row in rows))
    as_of = dt.date.fromisoformat(result.snapshot.as_of)
    ends = [row["left_on"] or as_of for row in rows]
    data = pa.table(
        {
            "name": [labels.code(row["place"]) for row in rows],
            "from": pa.array([row["entered_on"] for row in rows], pa.date32()),
            # A stay of no whole day would not be seen.
            "to": pa.array(
                [max(end, row["entered_on"] + _DAY) for row, end in zip(rows, ends, strict=True)], pa.date32()
            ),
            "kind": ["again" if row["is_revisit"] else "first" for row in rows],
            "since": [format.value(row["entered_on"], "date") for row in rows],
            "label": [format.value(row["days"], "days") for row in rows],
            "visit": [labels.code("again" if row["is_revisit"] else "first_time") for row in rows],
        }
    )
    titles = {"since": labels.column("entered_on"), "label": labels.column("days")}
    _draw(_stays(tuple(places)), data, key, 24 * len(places) + 40, result, titles)


def _stays(places: tuple[str, ...]) -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("visit:N", title=" ")]
    hover += [alt.Tooltip(f"{field}:N", title=field) for field in ("since", "label")]
    names = alt.Axis(title=None, labelLimit=_LABEL_LIMIT, ticks=False, domain=False, grid=True)
    base = alt.Chart().encode(
        x=alt.X("from:T", axis=alt.Axis(title=None, format="%d %b", grid=False, tickCount=6)),
        y=alt.Y("name:N", sort=places, scale=alt.Scale(domain=places), axis=names),
        tooltip=hover,
    )  # fmt: skip
    kinds = alt.Scale(domain=["first", "again"], range=["#1f5fa8", "#d5711a"])
    bars = base.mark_bar(cornerRadius=2, height=12, opacity=0.85).encode(
        x2=alt.X2("to:T"), color=alt.Color("kind:N", legend=None, scale=kinds)
    )
    backs = base.transform_filter("datum.kind == 'again'").mark_text(text="↺", align="right", dx=-3)
    return _spec(alt.layer(bars, backs))


def _last_months(as_of: str) -> list[dt.date]:
    """First days of the 24 months that end with that of the as-of day."""
    last = dt.date.fromisoformat(as_of)
    index = last.year * 12 + last.month - 1
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(index - 23, index + 1)]


@cache
def _months() -> dict[str, Any]:
    hover = [alt.Tooltip(f"{field}:N", title=" ") for field in ("name", "month")]
    hover += [alt.Tooltip(f"{field}:N", title=field) for field in ("label", "orders", "state")]
    by = alt.EncodingSortField
    axis = alt.Axis(title=None, labelAngle=0, labelOverlap=True, labelFontSize=10, ticks=False, domain=False)
    names = alt.Axis(title=None, labelLimit=_STRIP_LABEL, ticks=False, domain=False)
    chart = alt.Chart().mark_rect(cornerRadius=2).encode(
        x=alt.X("month:N", sort=by("place", op="min"), axis=axis, scale=alt.Scale(paddingInner=0.12)),
        y=alt.Y("name:N", sort=by("rank", op="min"), axis=names, scale=alt.Scale(paddingInner=0.15)),
        opacity=alt.Opacity("share:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.06, 1])),
        tooltip=hover,
    )  # fmt: skip
    return _spec(chart)
