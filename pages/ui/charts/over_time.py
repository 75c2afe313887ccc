"""Charts over time: months, days and stays."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

import altair as alt
import pyarrow as pa

from data.warehouse.access import Result
from pages.ui.charts import palette
from pages.ui.charts.drawing import LABEL_LIMIT, as_spec, draw, number, numbers
from presentation import format, labels
from presentation.words import text

_STRIPS, _STRIP, _STRIP_LABEL = 14, 17, 130  # most categories of a strip chart, height and label of one
_YEAR = 365
_DAY = dt.timedelta(days=1)
_ENDS = ("won_share", "lost_share", "open_share")


def trend(result: Result, y: str, key: str, height: int) -> None:
    """Columns by month, with the interval of `y` (`<y>_low`, `<y>_high`) where it has one."""
    unit = result.query.units[y]
    months = result.table["month"].to_pylist()
    has_interval = f"{y}_low" in result.query.units
    data = pa.table(
        {
            "month": pa.array(months, pa.date32()),
            "name": [format.value(month, "month") for month in months],
            "value": numbers(result, y),
            "label": [_with_interval(result, row, y) for row in result.rows()],
        }
        | ({end: numbers(result, f"{y}_{end}") for end in ("low", "high")} if has_interval else {})
    )
    titles = {"value": labels.column(y)}
    draw(_trend("~%" if unit == "ratio" else "~s", has_interval=has_interval), data, key, height, result, titles)


def _with_interval(result: Result, row: Mapping[str, Any], column: str) -> str:
    unit, currency = result.query.units[column], result.snapshot.currency
    said = format.value(row[column], unit, currency)
    if row.get(f"{column}_low") is None:
        return said
    return f"{said} ({' – '.join(format.value(row[f'{column}_{end}'], unit, currency) for end in ('low', 'high'))})"


@cache
def _trend(number: str, *, has_interval: bool) -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="value")]
    chart = alt.Chart().mark_bar().encode(
        x=alt.X("yearmonth(month):T", axis=alt.Axis(title=None, format="%b %y", labelAngle=0, grid=False)),
        y=alt.Y("value:Q", axis=alt.Axis(title=None, format=number, tickCount=4, domain=False)),
        tooltip=hover,
    )  # fmt: skip
    if not has_interval:
        return as_spec(chart)
    ends = {"y": alt.Y("low:Q", title=None), "y2": "high:Q"}
    spans = alt.Chart().mark_rule(opacity=0.7).encode(x=alt.X("yearmonth(month):T", bandPosition=0.5), **ends)
    return as_spec(alt.layer(chart, spans))


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
    draw(_incidence(names), data, key, height, result, titles)


@cache
def _incidence(names: tuple[str, ...]) -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title=" "), alt.Tooltip("day:N", title=" ")]
    hover.append(alt.Tooltip("watched:N", title="watched"))
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=400, offset=4, padding=0)
    inks = alt.Scale(domain=names, range=[palette.GOOD, palette.BAD, palette.NEUTRAL])
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
    return as_spec(alt.layer(steps, points))


def season(result: Result, by: str, y: str, key: str, height: int) -> None:
    """Columns of the calendar months' shares; a line marks a year that spreads evenly."""
    names = [labels.code(month) for month in result.table[by].to_pylist()]
    data = pa.table(
        {
            "month": names,
            "value": numbers(result, y),
            "label": [format.value(v, result.query.units[y]) for v in result.table[y].to_pylist()],
            "even": pa.array([1 / len(names)] * len(names), pa.float64()),
        }
    )
    draw(_season(), data, key, height, result, {"value": labels.column(y)})


@cache
def _season() -> dict[str, Any]:
    hover = [alt.Tooltip("month:N", title=" "), alt.Tooltip("label:N", title="value")]
    names = alt.Axis(title=None, labelExpr="slice(datum.label, 0, 3)", labelAngle=0, ticks=False)
    shares = alt.Axis(title=None, format=".0%", tickCount=3, domain=False)
    bars = alt.Chart().mark_bar().encode(
        x=alt.X("month:N", sort=None, axis=names), y=alt.Y("value:Q", axis=shares), tooltip=hover
    )  # fmt: skip
    even = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(y=alt.Y("max(even):Q", title=None))
    return as_spec(alt.layer(bars, even))


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
    draw(_cadence(), data, key, height, order_days, {})


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
        .mark_rule(strokeWidth=2, color=palette.ACCENT)
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
        .mark_rect(
            aria=False, opacity=0.12, color=palette.PAUSE, stroke=palette.PAUSE, strokeDash=[4, 3], strokeOpacity=1
        )
        .encode(x=x, x2="until:T", tooltip=hover)
    )
    return as_spec(alt.layer(pause, window, year_ago, orders, today))


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
            "share": pa.array([number(row["share"]) if row else 0.0 for row in found], pa.float64()),
            "label": [format.value(row["revenue"] if row else 0, "money", currency) for row in found],
            "orders": [format.value(row["orders"] if row else 0, "count") for row in found],
            "state": [labels.code(at_risk[category]) if category in at_risk else "" for category, _ in grid],
        }
    )
    titles = {"label": labels.column("revenue"), "orders": labels.column("orders"), "state": labels.column("verdict")}
    draw(_months(), data, key, _STRIP * (len(categories) + 2), result, titles)


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
    return as_spec(chart)


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
            "value": pa.array([number(amount) for _, _, amount, _, _ in bars], pa.float64()),
            "low": pa.array([number(low) for *_, low, _ in bars], pa.float64()),
            "high": pa.array([number(high) for *_, high in bars], pa.float64()),
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
    draw(_outlook(), data, key, height, result, {"value": labels.column("revenue"), "span": text("Eight in ten")})


@cache
def _outlook() -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("what:N", title=" "), alt.Tooltip("label:N", title=" ")]
    hover.append(alt.Tooltip("span:N", title="span"))
    x = alt.X("yearmonthdate(day):O", axis=alt.Axis(title=None, format="%b %y", labelOverlap=True, labelAngle=0))
    base = alt.Chart().encode(x=x, tooltip=hover)
    y = alt.Y("value:Q", stack=None, axis=alt.Axis(title=None, format="~s", tickCount=4))
    sold = base.transform_filter("datum.kind == 'sold'").mark_bar(opacity=0.85).encode(y=y)
    expected = base.transform_filter("datum.kind == 'expected'")
    columns = expected.mark_bar(fillOpacity=0.15, stroke=palette.MAIN, strokeDash=[3, 2]).encode(y=y)
    spans = expected.mark_rule(strokeWidth=2, color=palette.ACCENT).encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q"))
    return as_spec(alt.layer(columns, sold, spans))


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
    draw(_stays(tuple(places)), data, key, 24 * len(places) + 40, result, titles)


def _stays(places: tuple[str, ...]) -> dict[str, Any]:
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("visit:N", title=" ")]
    hover += [alt.Tooltip(f"{field}:N", title=field) for field in ("since", "label")]
    names = alt.Axis(title=None, labelLimit=LABEL_LIMIT, ticks=False, domain=False, grid=True)
    base = alt.Chart().encode(
        x=alt.X("from:T", axis=alt.Axis(title=None, format="%d %b", grid=False, tickCount=6)),
        y=alt.Y("name:N", sort=places, scale=alt.Scale(domain=places), axis=names),
        tooltip=hover,
    )  # fmt: skip
    kinds = alt.Scale(domain=["first", "again"], range=[palette.MAIN, palette.ACCENT])
    bars = base.mark_bar(cornerRadius=2, height=12, opacity=0.85).encode(
        x2=alt.X2("to:T"), color=alt.Color("kind:N", legend=None, scale=kinds)
    )
    backs = base.transform_filter("datum.kind == 'again'").mark_text(text="↺", align="right", dx=-3)
    return as_spec(alt.layer(bars, backs))
