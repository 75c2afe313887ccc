"""Charts of amounts: ranked bars, bars against a target, and bridges."""

from collections.abc import Mapping
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
    numbers,
    opened_by,
    picked,
)
from presentation import format, labels


def ranked(result: Result, by: str, x: str, key: str, height: int, **places: str) -> None:
    """Horizontal bars in the order of the rows, each with its value.

    `height` is the most; few rows take less. A click on a bar opens `places`, as in a drillable list.
    """
    unit, names = result.query.units[x], result.table[by].to_pylist()
    data = pa.table(
        {
            "name": distinct([labels.code(name) for name in names] if result.query.units[by] == "label" else names),
            "value": numbers(result, x),
            "label": [format.value(v, unit, result.snapshot.currency) for v in result.table[x].to_pylist()],
            "place": pa.array(range(len(result)), pa.int32()),
        }
    )
    opened = opened_by(result.rows(), places)
    draw(_ranked(), data, key, min(height, 30 * len(result) + 20), result, {"value": labels.column(x)}, opened)


@cache
def _ranked() -> dict[str, Any]:
    base = alt.Chart().encode(y=names_axis())
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="value")]
    x = alt.X("value:Q", axis=alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False))
    bars = base.mark_bar(height={"band": 0.62}).encode(x=x, tooltip=hover).add_params(picked())
    values = base.mark_text(align="left", dx=4).encode(x=x, text="label:N")
    longer = alt.Chart().transform_calculate(end="datum.value * 1.3")
    room = longer.mark_point(aria=False, opacity=0).encode(x="max(end):Q")
    return as_spec(alt.layer(bars, values, room))


def bullet(result: Result, by: str, value: str, target: str, key: str, page: str = "", **places: str) -> None:
    """Bars with a tick at what they are measured against: a target, or the comparison period.

    Rows that have neither are left to the list. A click on a bar opens `places`, as in a drillable list.
    """
    unit, currency = result.query.units[value], result.snapshot.currency
    rows = [row for row in result.rows() if row[value] or row[target]]
    data = pa.table(
        {
            "name": distinct([format.value(row[by], result.query.units[by]) for row in rows]),
            "value": pa.array([number(row[value]) for row in rows], pa.float64()),
            "target": pa.array([number(row[target]) for row in rows], pa.float64()),
            "label": [format.value(row[value], unit, currency) for row in rows],
            "target_label": [format.value(row[target], unit, currency) for row in rows],
            "place": pa.array(range(len(rows)), pa.int32()),
        }
    )
    titles = {"value": labels.column(value), "target": labels.column(target)}
    height = max(ROW_HEIGHT * len(rows), LEAST_HEIGHT) + AXIS_HEIGHT
    draw(_bullet(), data, key, height, result, titles, opened_by(rows, places), page)


@cache
def _bullet() -> dict[str, Any]:
    base = alt.Chart().encode(y=names_axis())
    hover = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("target_label:N", title="target"),
    ]
    x = alt.X("value:Q", axis=alt.Axis(title=None, format="~s", tickCount=4, domain=False))
    bars = base.mark_bar(height={"band": 0.55}, opacity=0.85).encode(x=x, tooltip=hover).add_params(picked())
    ticks = base.mark_tick(thickness=2.5, height={"band": 0.85}, color=palette.ACCENT).encode(
        x=alt.X("target:Q", title=None), tooltip=hover
    )
    return as_spec(alt.layer(bars, ticks))


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
    draw(
        _bridge(has_counts=bool(counts)),
        data,
        key,
        30 * len(bars) + 10,
        result,
        {"accounts": labels.column("accounts")},
    )


@cache
def _bridge(*, has_counts: bool) -> dict[str, Any]:
    shown = {"name": " ", "label": " "} | ({"accounts": "accounts"} if has_counts else {})
    hover = [alt.Tooltip(f"{field}:N", title=title) for field, title in shown.items()]
    x = alt.X("from:Q", axis=alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False))
    kinds = alt.Scale(domain=["whole", "gain", "loss"], range=[palette.NEUTRAL, palette.GOOD, palette.BAD])
    base = alt.Chart().encode(y=names_axis())
    bars = base.mark_bar(height={"band": 0.62}).encode(
        x=x, x2="to:Q", color=alt.Color("kind:N", scale=kinds, legend=None), tooltip=hover
    )
    ends = base.transform_calculate(end="max(datum.from, datum.to)")
    values = ends.mark_text(align="left", dx=4).encode(x="end:Q", text="label:N")
    room = ends.transform_calculate(end="datum.end * 1.45").mark_point(opacity=0).encode(x="max(end):Q")
    return as_spec(alt.layer(bars, values, room))
