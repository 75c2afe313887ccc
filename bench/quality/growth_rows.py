"""Growth as accounts are shown it: a few products in a row, with a chance that is told and money to be expected.

Whole companies as their presets load them, and small ones cut from them by customer and by time. All is told from what
was known at an origin; what followed says how often an account took at least one product of its row.
"""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics import growth
from analytics.growth import choice, scores
from analytics.growth.past import Past, adoptions, past_at, values
from analytics.tables import Ask
from bench.quality import datasets, goals
from bench.quality.companies import DEMO, company
from bench.quality.history import history

TASK = "growth"
HORIZON = growth.HORIZON_DAYS
RETAIL, DEALERS, GENERATED = "online_retail_ii", "adventureworks_dw", DEMO
NAMES = {RETAIL: "Online Retail II, preset categories", DEALERS: "AdventureWorks", GENERATED: "demo of 300,000 lines"}
# Behind each origin lies a year of history, or all there is, and ahead of it as many days as chances are told of.
ORIGINS = {
    RETAIL: [dt.date(2010, 12, 31), dt.date(2011, 1, 30), dt.date(2011, 3, 1), dt.date(2011, 4, 1)],
    DEALERS: [dt.date(2013, 3, 4), dt.date(2013, 6, 2), dt.date(2013, 8, 31)],
    GENERATED: [dt.date(2025, 9, 15), dt.date(2025, 12, 14), dt.date(2026, 3, 14)],
}
CUTS, SMALLEST, LARGEST, LEAST_DAYS, MOST_DAYS = 24, 60, 300, 300, 800
LINES = """
select customer_id, order_id, ordered_on, l.product_id, p.category, l.quantity::double as quantity,
    l.revenue::double as revenue
from order_lines as l inner join products as p using (product_id)
where customer_id is not null
"""


class Rows(NamedTuple):
    """Of rows shown: the chance and the money told, whether the account took a product, and what that brought."""

    chance: np.ndarray
    expected: np.ndarray
    taken: np.ndarray
    came: np.ndarray


def run() -> list[dict[str, Any]]:
    """The goals of rows."""
    return [*_kept_places(), *_told(), *_small()]


def _kept_places() -> list[dict[str, Any]]:
    """What places for categories not bought bring, and what they cost."""
    found = []
    for name, data in NAMES.items():
        lines = _lines(name)
        last = max(lines["ordered_on"].to_pylist())
        with history(lines) as whole:
            days = [last - dt.timedelta(days=HORIZON * back) for back in (1, 2, 3, 4)]
            cases = [_case(whole.ask, day) for day in days]
        (first, *_) = scores.choose(cases[2:])
        hits: dict[int, list[float]] = {0: [], choice.KEPT: []}
        ours, plain = 0.0, 0.0
        for past, adopted in cases[:2]:
            rows, scorer = np.flatnonzero(np.diff(adopted.indptr)), scores.Scorer(past, first.method)
            for kept, shares in hits.items():
                top = choice.best(scorer, rows=rows, kept=kept)
                is_hit = top.shown.is_new & (values(adopted, top.shown.row, top.shown.column) > 0)
                shares.append(len(np.unique(top.shown.row[is_hit])) / len(rows))
                if kept:
                    ours += values(adopted, top.row, top.column).sum()
            knn = scores.top(scores.Scorer(past, scores.ITEM_KNN).scores(rows), past.candidates(rows), rows)
            plain += values(adopted, knn[0], knn[1]).sum()
        without, kept_share = np.mean(hits[0]), np.mean(hits[choice.KEPT])
        measure = f"customers with a hit in a new category, of {choice.SHOWN} products, ratio"
        against = f"without kept places {without:.3f}, with {kept_share:.3f}"
        found.append(goals.goal(TASK, data, measure, float(kept_share / without), 1.0, 1.5, against))
        measure = f"revenue of {choice.PROPOSALS} products with kept places over item-kNN, ratio"
        found.append(goals.goal(TASK, data, measure, float(ours / plain), 1.0, 1.2, "item-kNN"))
    return found


def _told() -> list[dict[str, Any]]:
    found = []
    for name, origins in ORIGINS.items():
        with history(_lines(name)) as whole:
            told = [shown_on(whole.ask, origin) for origin in origins]
        for origin, rows in zip(origins, told, strict=True):
            print(f"  {NAMES[name]} {origin}: {_said(rows)}", flush=True)
        found.append(_as_told(NAMES[name], f"rows of {len(origins)} origins", _joined(told)))
    return found


def _small() -> list[dict[str, Any]]:
    """Companies of few customers and a short past: as right as told, and never certain."""
    found = []
    for name in (RETAIL, GENERATED):
        told = [shown_on(ask, origin) for ask, origin in _cuts(name)]
        rows, silent = _joined(told), sum(len(each.chance) == 0 for each in told)
        data = f"{CUTS} companies of {SMALLEST} to {LARGEST} customers, from {NAMES[name]}"
        print(f"  {data}: {_said(rows)}; nothing told of {silent}", flush=True)
        found.append(_as_told(data, f"rows of {CUTS - silent} that are told any", rows))
        most = float(rows.chance.max(initial=0))
        found.append(goals.goal(TASK, data, "highest chance told", most, None, 0.95, at_least=False))
    return found


def shown_on(ask: Ask, origin: dt.date) -> Rows:
    """The rows above the limits as of a day, beside what came."""
    found = growth.proposals(ask, origin)
    (limit,) = found.limits.to_pylist()
    accounts = found.accounts.to_pandas()
    accounts = accounts[accounts["chance"] >= limit["least_chance"]]
    accounts = accounts[accounts["expected"] >= limit["least_expected"]]
    products = found.proposals.to_pandas()
    products = products[products["is_shown"]][["customer_id", "product_id"]]
    until = origin + dt.timedelta(days=HORIZON)
    bought = ask("growth_adoptions", as_of=origin, until=until).to_pandas()
    came = products.merge(bought, on=["customer_id", "product_id"]).groupby("customer_id")["revenue"].sum()
    brought = accounts["customer_id"].map(came)
    return Rows(
        accounts["chance"].to_numpy(), accounts["expected"].to_numpy(), brought.notna().to_numpy(),
        brought.fillna(0).to_numpy(),
    )  # fmt: skip


def _cuts(name: str) -> Iterator[tuple[Ask, dt.date]]:
    lines = _lines(name).to_pandas()
    random = np.random.default_rng(5)
    everybody, last = np.sort(lines["customer_id"].unique()), lines["ordered_on"].max()
    for _ in range(CUTS):
        some = random.choice(everybody, random.integers(SMALLEST, LARGEST + 1), replace=False)
        origin = last - dt.timedelta(days=int(random.integers(HORIZON, HORIZON + 120)))
        since = origin - dt.timedelta(days=int(random.integers(LEAST_DAYS, MOST_DAYS + 1)))
        cut = lines[lines["customer_id"].isin(some) & (lines["ordered_on"] > since)]
        with history(pa.Table.from_pandas(cut, schema=datasets.SCHEMA, preserve_index=False)) as small:
            yield small.ask, origin


def _case(ask: Ask, day: dt.date) -> tuple[Past, Any]:
    past = past_at(ask, day)
    return past, adoptions(ask, past, day, HORIZON)


def _as_told(data: str, of: str, rows: Rows) -> dict[str, Any]:
    away = abs(float(rows.chance.mean() - rows.taken.mean())) if len(rows.chance) else 1.0
    return goals.goal(TASK, data, f"chance told against what came, {of}", away, None, 0.03, _said(rows), at_least=False)


def _said(rows: Rows) -> str:
    if not len(rows.chance):
        return "nothing told"
    return (
        f"{len(rows.chance):,} rows: {rows.chance.mean():.3f} told, {rows.taken.mean():.3f} came; "
        f"money {rows.expected.sum():,.0f} told, {rows.came.sum():,.0f} came"
    )


def _joined(told: list[Rows]) -> Rows:
    return Rows(*(np.concatenate(column) for column in zip(*told, strict=True)))


@cache
def _lines(name: str) -> pa.Table:
    """All order lines of a company, as history takes them."""
    with company(name) as whole:
        rows: pd.DataFrame = whole.frame(LINES)
    rows["ordered_on"] = pd.to_datetime(rows["ordered_on"]).dt.date
    return pa.Table.from_pandas(rows, schema=datasets.SCHEMA, preserve_index=False)
