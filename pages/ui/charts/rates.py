"""Charts of rates: points with intervals, quadrants, curves and squares of shares."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import altair as alt
import pyarrow as pa

from data.warehouse.access import Result
from pages.ui.charts import palette
from pages.ui.charts.drawing import (
    AXIS_HEIGHT,
    LEAST_HEIGHT,
    ROW_HEIGHT,
    as_spec,
    distinct,
    draw,
    names_axis,
    number,
    opened_by,
    picked,
)
from presentation import format, labels

_ROOMY = "bandwidth('x') > 50"  # a telephone's matrix has no room for words in its cells; hovering tells them


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
            "name": distinct([labels.code(row[by]) for row in rows]),
            "value": pa.array([number(row[x]) for row in rows], pa.float64()),
            "low": pa.array([number(row[f"{ends}_low"]) for row in rows], pa.float64()),
            "high": pa.array([number(row[f"{ends}_high"]) for row in rows], pa.float64()),
            "other": pa.array([number(row[beside]) if beside else None for row in rows], pa.float64()),
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
    height = max(ROW_HEIGHT * len(rows), LEAST_HEIGHT) + AXIS_HEIGHT
    draw(_dots(has_other=bool(beside)), data, key, height, result, titles, opened_by(rows, places))


@cache
def _dots(*, has_other: bool) -> dict[str, Any]:
    shown = ["label", "other_label"] if has_other else ["label"]
    hover = [alt.Tooltip("name:N", title=" "), *(alt.Tooltip(f"{field}:N", title=field) for field in shown)]
    axis = alt.Axis(title=None, format="~%", tickCount=5, domain=False)
    base = alt.Chart().encode(y=names_axis(alt.EncodingSortField("place", op="min")))
    spans = base.mark_rule(strokeWidth=2, opacity=0.5).encode(x=alt.X("low:Q", axis=axis), x2="high:Q", tooltip=hover)
    others = base.mark_point(size=60).encode(x=alt.X("other:Q", axis=axis), tooltip=hover)
    points = base.mark_circle(size=90, opacity=1).encode(x=alt.X("value:Q", axis=axis), tooltip=hover)
    usual = alt.Chart().mark_rule(aria=False, strokeDash=[4, 3]).encode(x=alt.X("max(mark):Q", axis=axis))
    beside = [others] if has_other else []
    return as_spec(alt.layer(spans, *beside, points.add_params(picked()), usual))


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
    draw(_quadrant(), data, key, 240, result, titles, opened_by(rows, {"product": "product_id"}))


@cache
def _quadrant() -> dict[str, Any]:
    hover = [alt.Tooltip(f"{field}:N", title=title) for field, title in
             (("name", " "), ("role", " "), ("of_x", "x"), ("of_y", "y"), ("of_size", "of_size"))]  # fmt: skip
    inks = alt.Scale(domain=[*palette.ROLES], range=[*palette.ROLES.values()])
    base = alt.Chart().encode(
        x=alt.X("x:Q", axis=alt.Axis(title="x", format="~%", tickCount=5, grid=False), scale=alt.Scale(zero=False)),
        color=alt.Color("kind:N", scale=inks, legend=None),
    )
    axis = alt.Axis(title="y", tickCount=5)
    spans = base.mark_rule(opacity=0.45).encode(y=alt.Y("low:Q", axis=axis, scale=alt.Scale(zero=False)), y2="high:Q")
    points = base.mark_circle(opacity=0.9).encode(
        y=alt.Y("y:Q", axis=axis), size=alt.Size("size:Q", legend=None, scale=alt.Scale(range=[25, 320])), tooltip=hover
    )
    return as_spec(alt.layer(spans, points.add_params(picked())))


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
    draw(_pareto(), data, key, height, result, {"of": labels.column(x), "brings": labels.column(y)})


@cache
def _pareto() -> dict[str, Any]:
    hover = [alt.Tooltip(f"{field}:N", title=field) for field in ("of", "brings")]
    whole = alt.Scale(domain=[0, 1])
    x = alt.X("x:Q", scale=whole, axis=alt.Axis(title="of", format=".0%", tickCount=5, grid=False))
    y = alt.Y("y:Q", scale=whole, axis=alt.Axis(title="brings", format=".0%", tickCount=5, domain=False))
    curve = alt.Chart().mark_area(opacity=0.18, line=True, interpolate="linear").encode(x=x, y=y)
    points = alt.Chart().mark_point(size=60, opacity=0).encode(x=x, y=y, tooltip=hover)
    mark = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(x=alt.X("max(mark):Q", title="of"))
    return as_spec(alt.layer(curve, points, mark))


def matrix(
    result: Result,
    row: str,
    column: str,
    share: str,
    details: list[str],
    order: list[str],
    *,
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
    draw(_matrix(tuple(names), tuple(columns)), data, key, height, result, titles)


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
    return as_spec(alt.layer(cells, shares, details))
