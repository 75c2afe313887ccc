"""Forecasts of revenue, as the product tells them, against seasonal naive and AutoETS of statsforecast.

Rolling origins: for weeks each fourth Sunday, for months each last day of a month, from the first one with a year
behind it to the last one with all its periods over. At each the product's whole statistic runs over what was known
then. Both baselines see the same whole weeks and months. Intervals are 95 % bootstrap intervals over origins.
The weekly methods that are averaged were chosen with Online Retail II and the demo among seven, so fresh data will
flatter less. The monthly ones were chosen with two other, smaller demos, though AdventureWorks had been seen: dealers
who order once a month are why months have methods of their own.
"""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics import forecast
from bench import serve, warehouse
from bench.quality import datasets, goals
from data.settings import PROJECT
from queries import load

TASK = "forecast"
DRAWS = 1000
DEMO, RETAIL = 300_000, "Online Retail II"
Granularity = Literal["week", "month"]
SEASON: dict[Granularity, int] = {"week": 52, "month": 12}
HORIZON = {"week": forecast.WEEKS, "month": forecast.MONTHS}
EVERY_WEEKS = 4


def run(home: Path | None = None) -> list[dict[str, Any]]:
    """Prints and returns the goals; `home` holds the demo, the bench's own unless one is given."""
    python = _statsforecast()
    retail, demo = _retail(), _demo(home or serve.home(DEMO))
    found = [goal for step in SEASON for goal in measured(f"{RETAIL}, {step}s", retail, step, "company", python)]
    # Dealers order at the ends of months alone, so weeks say nothing there.
    territories, people = _adventure_works("SalesTerritoryKey"), _adventure_works("EmployeeKey")
    for name, sold, level in (
        ("company", territories, "company"),
        ("territory", territories, "rep"),
        ("rep", people, "rep"),
    ):
        found += measured(f"AdventureWorks, dealers, months, {name}", sold, "month", level, python)
    for step in SEASON:
        for level in ("company", "rep"):
            found += measured(f"demo of {DEMO:,} lines, {step}s, {level}", demo, step, level, python)
    return found


def measured(name: str, sold: pa.Table, granularity: Granularity, level: str, python: Path) -> list[dict[str, Any]]:
    """The goals of one granularity and level over `sold`, rows of the statistic revenue_days."""
    origins = list(_origins(sold, granularity))
    revenue = _revenue(sold, granularity, level)
    ours = pd.concat([_forecasts(sold, origin, granularity, level) for origin in origins], ignore_index=True)
    starts = [_starts(origin, granularity) for origin in origins]
    both = {"seasonal naive": _naive(revenue, starts), "AutoETS": _auto_ets(revenue, starts, granularity, python)}
    # A series that a baseline cannot tell of, or that the product tells nothing of, counts for nobody.
    ours["came"] = _looked_up(ours, revenue)
    for method, forecasts in both.items():
        ours[method] = _looked_up(ours, forecasts)
    kept = ours.dropna(subset=["came", *both])
    number = kept["origin"].map({origin: place for place, origin in enumerate(origins)}).to_numpy()
    missed = {method: (kept[method] - kept["came"]).abs() for method in ("p50", *both)}
    came = kept["came"].abs()
    errors = {method: float(miss.sum() / came.sum()) for method, miss in missed.items()}
    print(f"{name}: {len(origins)} origins, {len(kept):,} forecasts, WAPE {errors}", flush=True)
    within = (kept["p10"] <= kept["came"]) & (kept["came"] <= kept["p90"])
    weights = [np.bincount(draw, minlength=len(origins))[number] for draw in _draws(len(origins))]
    covered = [np.average(within, weights=w) for w in weights]
    found = []
    for method, most in {"AutoETS": 0.94, "seasonal naive": 1.0}.items():
        ratios = [(missed["p50"] * w).sum() / (missed[method] * w).sum() for w in weights]
        label = f"WAPE over that of {method}, ratio ({len(kept):,} forecasts)"
        against = f"{method}, its WAPE {errors[method]:.3f}"
        ratio = errors["p50"] / errors[method]
        found.append(goals.goal(TASK, name, label, ratio, 1.0, most, against, _bounds(ratios), at_least=False))
    return found + [
        goals.goal(TASK, name, f"share within P10 to P90, at {side}", float(within.mean()), None, bound,
                   at_least=side == "least", interval=_bounds(covered))
        for side, bound in (("least", 0.77), ("most", 0.83))
    ]  # fmt: skip


def _forecasts(sold: pa.Table, origin: dt.date, granularity: Granularity, level: str) -> pd.DataFrame:
    """What the product tells at an origin: series, period and quantiles."""

    def ask(name: str, **params: Any) -> pa.Table:
        table = {"revenue_days": sold}[name]
        return table.filter(pc.less_equal(table["ordered_on"], pa.scalar(params["as_of"])))

    forecasts = forecast.forecasts(ask, origin).table.to_pandas()
    forecasts = forecasts[(forecasts["granularity"] == granularity) & (forecasts["level"] == level)]
    return pd.DataFrame(
        {
            "origin": origin,
            "series": _series(forecasts["rep_id"]) if level == "rep" else level,
            "start": forecasts["period_start"],
            **{column: forecasts[column] for column in ("p10", "p50", "p90")},
        }
    )


def _revenue(sold: pa.Table, granularity: Granularity, level: str) -> pd.DataFrame:
    """Revenue by series (rows) and first day of its week or month (columns), in order and without gaps."""
    rows = sold.to_pandas()
    start = pd.to_datetime(rows["ordered_on"]).dt.to_period("W-SUN" if granularity == "week" else "M")
    series = _series(rows["rep_id"]) if level == "rep" else pd.Series(level, rows.index)
    table = rows.assign(start=start, series=series).pivot_table("revenue", "series", "start", "sum", fill_value=0.0)
    table = table.reindex(columns=pd.period_range(start.min(), start.max()), fill_value=0.0)
    # The first period may be cut.
    table = table.iloc[:, 1:]
    return table.set_axis([period.start_time.date() for period in table.columns], axis=1)


def _series(rep: pd.Series) -> pd.Series:
    return rep.fillna("").astype(str)


def _origins(sold: pa.Table, granularity: Granularity) -> Iterator[dt.date]:
    days = sold["ordered_on"].to_numpy().astype("datetime64[D]").astype(dt.date)
    if granularity == "week":
        day = days.max() - dt.timedelta(days=7 * HORIZON["week"])
        day -= dt.timedelta(days=(day.weekday() + 1) % 7)
        while day - dt.timedelta(weeks=SEASON["week"] + 1) >= days.min():
            yield day
            day -= dt.timedelta(weeks=EVERY_WEEKS)
    else:
        ends = pd.period_range(days.min(), days.max(), freq="M")
        whole = len(ends) if ends[-1].end_time.date() == days.max() else len(ends) - 1
        # A year of whole months; the first one may be cut.
        yield from (ends[n].end_time.date() for n in range(whole - HORIZON["month"] - 1, SEASON["month"] - 1, -1))


def _starts(origin: dt.date, granularity: Granularity) -> tuple[dt.date, list[dt.date]]:
    """An origin with the first days of its periods."""
    named = [period for period in forecast.periods(origin) if period.granularity == granularity]
    return origin, [origin + dt.timedelta(days=period.start + 1) for period in named]


def _naive(revenue: pd.DataFrame, starts: list[tuple[dt.date, list[dt.date]]]) -> dict[tuple[Any, ...], float]:
    """The same weeks or months a year before."""
    columns = list(revenue.columns)
    season = SEASON["week"] if (columns[1] - columns[0]).days == 7 else SEASON["month"]
    return {
        (origin, series, start): revenue.loc[series, columns[columns.index(start) - season]]
        for origin, periods in starts
        for start in periods
        for series in revenue.index
    }


def _auto_ets(
    revenue: pd.DataFrame, starts: list[tuple[dt.date, list[dt.date]]], granularity: Granularity, python: Path
) -> dict[tuple[Any, ...], float]:
    columns = list(revenue.columns)
    cases = [(origin, series, periods) for origin, periods in starts for series in revenue.index]
    asked = [
        (revenue.loc[series].iloc[: columns.index(periods[0])].tolist(), SEASON[granularity], len(periods))
        for _, series, periods in cases
    ]
    command = [str(python), str(Path(__file__).with_name("auto_ets.py"))]
    run = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    forecasts = json.loads(run.stdout)
    return {
        (origin, series, start): max(value, 0.0)
        for (origin, series, periods), values in zip(cases, forecasts, strict=True)
        for start, value in zip(periods, values, strict=True)
    }


def _looked_up(ours: pd.DataFrame, values: pd.DataFrame | dict[tuple[Any, ...], float]) -> list[float]:
    keys = zip(ours["origin"], ours["series"], ours["start"], strict=True)
    if isinstance(values, dict):
        return [values.get(key, np.nan) for key in keys]
    return [values.loc[series, start] if series in values.index else np.nan for _, series, start in keys]


def _retail() -> pa.Table:
    lines = datasets.online_retail()
    days = lines.group_by("ordered_on").aggregate([("revenue", "sum")]).rename_columns(["ordered_on", "revenue"])
    nobody = pa.nulls(days.num_rows, pa.string())
    return days.append_column("rep_id", nobody).append_column("team", nobody)


def _adventure_works(by: str) -> pa.Table:
    """Dealers' orders of AdventureWorks DW, December 2010 to November 2013, by territory or by person."""
    folder = datasets.SAMPLES / "adventureworks_dw"
    rows = pd.read_parquet(folder / "FactResellerSales.parquet", columns=["OrderDate", "SalesAmount", by])
    rows = rows.assign(day=pd.to_datetime(rows["OrderDate"]).dt.date, revenue=rows["SalesAmount"].astype(float))
    days = rows.groupby([by, "day"], as_index=False)["revenue"].sum()
    return pa.table(
        {
            "rep_id": pa.array(days[by].astype(str), pa.string()),
            "team": pa.nulls(len(days), pa.string()),
            "ordered_on": pa.array(days["day"], pa.date32()),
            "revenue": pa.array(days["revenue"], pa.float64()),
        }
    )


def _demo(home: Path) -> pa.Table:
    warehouse.use(home)
    with warehouse.connect() as connection:
        query = load("warehouse.statistics.revenue_days")
        return connection.sql(query.sql, params={"as_of": warehouse.as_of()}).to_arrow_table()


def _statsforecast() -> Path:
    """The interpreter of an environment with statsforecast, made once."""
    folder = serve.HOMES / "statsforecast"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        wanted = ["-r", str(PROJECT / "requirements-bench-forecast.txt")]
        subprocess.run([str(python), "-m", "pip", "install", "-q", *wanted], check=True)
        (folder / "ready").touch()
    return python


def _draws(many: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, many, (DRAWS, many))


def _bounds(values: list[float]) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
