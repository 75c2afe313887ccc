"""Category risk against textbook tests on injected truths, and against a plain learner on what really followed."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from analytics.discovery import FALSE_DISCOVERY_RATE
from scipy.stats import binom, poisson
from sklearn.ensemble import HistGradientBoostingClassifier

from analytics import category_risk
from analytics.category_risk import Judged, Outcome
from bench.quality import datasets
from bench.quality.goals import goal
from bench.quality.history import History, history
from data import settings
from data.warehouse.engine import open_engine

TASK = "category_risk"
SEEDS = range(24)
# A third of the households, the same for all seeds: enough for a 1 % budget of about sixty pairs.
HOUSEHOLDS = 800
# Fewer say nothing of a habit that could be kept.
LEAST_PURCHASES = 5
YEAR_END = dt.date(2017, 12, 31)
TEST_DAY = dt.date(2017, 11, 1)
DEFECTING, OFF_SEASON, PARTIAL = 0.06, 0.20, 0.60


def run() -> list[dict[str, Any]]:
    """All goals of categories that are left."""
    lines = datasets.complete_journey()
    return _injected(lines) + _real(lines)


# Injected truths


@dataclass(frozen=True)
class Purchases:
    """Purchases of all pairs, sorted by pair: `pair` number, `ordinal` of the own order day it fell on (from 0).

    `days` are the order days of all customers in one row, `first` where those of a pair's customer begin, `count` how
    many they are; `customer` and `category` name the pairs.
    """

    pair: np.ndarray
    ordinal: np.ndarray
    quantity: np.ndarray
    revenue: np.ndarray
    days: np.ndarray
    first: np.ndarray
    count: np.ndarray
    customer: np.ndarray
    category: np.ndarray
    order_days: pa.Table


def _injected(lines: pa.Table) -> list[dict[str, Any]]:
    purchases = _purchases(lines)
    seeds = pd.DataFrame([_one_seed(purchases, seed) for seed in SEEDS])
    mean, error = seeds.mean(), seeds.std() / np.sqrt(len(seeds))
    print(mean.round(3).to_string(), flush=True)
    data = f"complete journey, {HOUSEHOLDS} households, {len(SEEDS)} seeds injected"
    textbook = mean[[name for name in seeds if name.startswith("precision ")]]
    best = str(textbook.idxmax())
    ratio = seeds["ours"].mean() / seeds[best].mean()
    ratios = [
        seeds.loc[rows, "ours"].mean() / seeds.loc[rows, best].mean()
        for rows in np.random.default_rng(0).integers(0, len(seeds), (500, len(seeds)))
    ]
    fdp = float(mean["fdp"])
    around = (fdp - 1.96 * float(error["fdp"]), fdp + 1.96 * float(error["fdp"]))
    name = best.removeprefix("precision ")
    found = [
        goal(TASK, data, "false discovery proportion at q = 0.10", fdp, float(mean["fdp binomial BH"]),
             FALSE_DISCOVERY_RATE + 0.03, at_least=False, against="order-clock binomial with BH", interval=around),
        goal(TASK, data, "precision at a 1 % alarm budget over the best textbook test's", float(ratio), 1.0, 2.0,
             against=f"best of them, {name}, at {float(textbook.max()):.3f}; ours at {float(mean['ours']):.3f}",
             interval=_range(ratios)),
    ]  # fmt: skip
    for kind in ("full", "partial"):
        baseline = float(mean[f"recall {kind} binomial BH"])
        found.append(
            goal(
                TASK,
                data,
                f"recall of {kind} defections among the flagged",
                float(mean[f"recall {kind}"]),
                baseline,
                baseline,
                against="order-clock binomial with BH",
            )
        )
    return found


def _purchases(lines: pa.Table) -> Purchases:
    frame = lines.select(["customer_id", "category", "ordered_on", "quantity", "revenue"]).to_pandas()
    kept = np.random.default_rng(1).permutation(sorted(frame["customer_id"].unique()))[:HOUSEHOLDS]
    frame = frame[frame["customer_id"].isin(kept)]
    frame["day"] = pd.to_datetime(frame["ordered_on"])
    bought = frame.groupby(["customer_id", "category", "day"], as_index=False)[["quantity", "revenue"]].sum()
    orders = bought.groupby(["customer_id", "day"], as_index=False)["revenue"].sum()
    orders["ordinal"] = orders.groupby("customer_id").cumcount()
    bought = bought.merge(orders[["customer_id", "day", "ordinal"]], on=["customer_id", "day"])
    sizes = bought.groupby(["customer_id", "category"])["day"].transform("size")
    bought = bought[sizes >= LEAST_PURCHASES].sort_values(["customer_id", "category", "ordinal"])
    pairs = bought[["customer_id", "category"]].drop_duplicates()
    pair = bought.groupby(["customer_id", "category"], sort=False).ngroup().to_numpy()
    counts = orders.groupby("customer_id").size()
    first = counts.cumsum() - counts
    order_days = pa.table(
        {
            "customer_id": pa.array(orders["customer_id"]),
            "ordered_on": pa.array(orders["day"].dt.date),
            "orders": pa.array(np.ones(len(orders), dtype=np.int64)),
            "revenue": pa.array(orders["revenue"].round(2)).cast(pa.decimal128(18, 2), safe=False),
        }
    )
    return Purchases(
        pair=pair,
        ordinal=bought["ordinal"].to_numpy(),
        quantity=bought["quantity"].to_numpy(),
        revenue=bought["revenue"].to_numpy(),
        days=orders["day"].to_numpy().astype("datetime64[D]").astype(np.int64),
        first=first.loc[pairs["customer_id"]].to_numpy(),
        count=counts.loc[pairs["customer_id"]].to_numpy(),
        customer=pairs["customer_id"].to_numpy(),
        category=pairs["category"].to_numpy(),
        order_days=order_days,
    )


def _one_seed(real: Purchases, seed: int) -> dict[str, float]:
    """Gaps permuted, seasons and defections injected; how ours and the textbook's rules tell them."""
    rng = np.random.default_rng(seed)
    purchases = _stationary(real, rng)
    day = purchases.days[purchases.first[purchases.pair] + purchases.ordinal]
    end = np.datetime64(YEAR_END).astype(int)
    defection, removed = _defections(purchases, day, end, rng)
    categories = np.unique(purchases.category)
    off = np.isin(purchases.category, rng.permutation(categories)[: int(OFF_SEASON * len(categories))])
    thinned = off[purchases.pair] & (day > end - 60) & (rng.random(len(day)) < 0.5)
    at = np.flatnonzero(~removed & ~thinned)
    with _asked(purchases, at, day) as asked:
        judged = category_risk.judge(asked.ask, category_risk.clock_of(asked.ask, YEAR_END), YEAR_END)
    place = _places(purchases, judged)
    kind = defection[place]
    rules = _textbook(pd.DataFrame({"pair": purchases.pair[at], "day": day[at]}), judged, place, end)
    budget = max(len(kind) // 100, 1)

    def precision(score: np.ndarray) -> float:
        return float((kind[np.argsort(-score, kind="stable")[:budget]] > 0).mean())

    flagged, by_bh = judged.is_flagged, _benjamini_hochberg(np.exp(-rules["binomial"]))
    return {
        "pairs": len(kind),
        "true share": float((kind > 0).mean()),
        "flagged": float(flagged.sum()),
        "fdp": float((kind[flagged] == 0).sum() / max(flagged.sum(), 1)),
        "fdp binomial BH": float((kind[by_bh] == 0).sum() / max(by_bh.sum(), 1)),
        "ours": precision(judged.change.probability),
        **{f"precision {name}": precision(score) for name, score in rules.items()},
        "recall full": float(flagged[kind == 1].mean()),
        "recall partial": float(flagged[kind == 2].mean()),
        "recall full binomial BH": float(by_bh[kind == 1].mean()),
        "recall partial binomial BH": float(by_bh[kind == 2].mean()),
        "told stopped of full": float((judged.change.stopped >= 0.5)[flagged & (kind == 1)].mean()),
        "told declining of partial": float((judged.change.stopped < 0.5)[flagged & (kind == 2)].mean()),
    }  # fmt: skip


def _stationary(real: Purchases, rng: np.random.Generator) -> Purchases:
    """Every pair with the gaps between its own purchases, in own orders, in another order, and again up to the end.

    So from its first purchase on a pair keeps its habit, pauses and all, and never changes it. What stands open at the
    end is no gap: left among them, a category really left would count as no change.
    """
    sizes = np.bincount(real.pair)
    ends = np.cumsum(sizes)
    first = ends - sizes
    is_gap = np.ones(len(real.pair), dtype=bool)
    is_gap[ends - 1] = False
    gaps, owner, source = np.diff(real.ordinal, append=0)[is_gap], real.pair[is_gap], np.flatnonzero(is_gap)
    reached = real.ordinal[first].astype(np.int64)
    pairs, ordinals, sources = [np.arange(len(sizes))], [reached.copy()], [first]
    while len(gaps):
        order = np.lexsort((rng.random(len(gaps)), owner))
        gaps, source = gaps[order], source[order]
        running = np.cumsum(gaps)
        begins = np.searchsorted(owner, owner)
        ordinal = running - running[begins] + gaps[begins] + reached[owner]
        inside = ordinal < real.count[owner]
        pairs.append(owner[inside])
        ordinals.append(ordinal[inside])
        sources.append(source[inside])
        np.maximum.at(reached, owner, ordinal)
        goes_on = (reached < real.count)[owner]
        gaps, owner, source = gaps[goes_on], owner[goes_on], source[goes_on]
    pair, ordinal, source = map(np.concatenate, (pairs, ordinals, sources))
    order = np.lexsort((ordinal, pair))
    pair, ordinal, source = pair[order], ordinal[order], source[order]
    return replace(real, pair=pair, ordinal=ordinal, quantity=real.quantity[source], revenue=real.revenue[source])


def _defections(
    purchases: Purchases, day: np.ndarray, end: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """For each pair 0, 1 (full) or 2 (partial), and which purchases that takes away."""
    lately = np.concatenate([[0], np.cumsum(purchases.days > end - 60)])
    recent_orders = lately[purchases.first + purchases.count] - lately[purchases.first]
    before = np.bincount(purchases.pair, day <= end - 60)
    orders_before = np.maximum(purchases.count - recent_orders, 1)
    candidates = before / orders_before * recent_orders >= category_risk.LEAST_EXPECTED
    defecting = candidates & (rng.random(len(candidates)) < DEFECTING)
    kind = np.where(defecting, np.where(rng.random(len(defecting)) < 0.5, 1, 2), 0)
    onset = end - rng.integers(15, 61, len(kind))
    lost = (kind[purchases.pair] == 1) | (rng.random(len(day)) < PARTIAL)
    return kind, (kind[purchases.pair] > 0) & (day > onset[purchases.pair]) & lost


@contextmanager
def _asked(purchases: Purchases, at: np.ndarray, day: np.ndarray) -> Iterator[History]:
    """The product's own statistics over these purchases."""
    pair = purchases.pair[at]
    bought = pa.table(
        {
            "customer_id": pa.array(purchases.customer[pair]),
            "category": pa.array(purchases.category[pair]),
            "ordered_on": pa.array(day[at].astype("datetime64[D]")),
            "quantity": pa.array(purchases.quantity[at]),
            "revenue": pa.array(purchases.revenue[at]),
        }
    )
    with open_engine(settings.current()) as engine:
        engine.register("order_days", purchases.order_days)
        engine.register("purchase_days", bought)
        yield History(engine)


def _places(purchases: Purchases, judged: Judged) -> np.ndarray:
    """The number of each judged pair."""
    numbers = pd.Series(np.arange(len(purchases.customer)), index=[purchases.customer, purchases.category])
    customers = np.unique(purchases.order_days["customer_id"].to_numpy())[judged.pairs.customer]
    categories = judged.pairs.categories.to_numpy(zero_copy_only=False)[judged.pairs.category]
    return numbers.loc[list(zip(customers, categories, strict=True))].to_numpy()


def _textbook(bought: pd.DataFrame, judged: Judged, place: np.ndarray, end: int) -> dict[str, np.ndarray]:
    """Scores of the rules a rep could make up, higher the more alarming, for each judged pair."""
    bought = bought.sort_values(["pair", "day"])
    gaps = bought["day"].diff().where(bought["pair"].diff() == 0)
    by_pair = gaps.groupby(bought["pair"])
    mean, sd = by_pair.mean().loc[place].to_numpy(), by_pair.std().fillna(0).loc[place].to_numpy()
    silent = end - bought.groupby("pair")["day"].max().loc[place].to_numpy()
    pairs = judged.pairs
    recent, previous = pairs.recent.sum(axis=1), pairs.between[:, 4]
    orders = pairs.recent_orders.sum(axis=1)
    drop = np.where(previous > 0, 1 - recent / np.maximum(previous, 1), -np.inf)
    return {
        "BI down 50 %": drop + 1e-6 * previous,
        "overdue / mean": silent / mean,
        "mean + 2 sd": (silent - mean) / np.maximum(sd, 0.5),
        "Poisson": -poisson.logcdf(recent, pairs.bought / pairs.usual_days * 60),
        "binomial": -binom.logcdf(recent, pairs.bought + recent, orders / (orders + pairs.orders)),
    }


def _benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    ranked = np.sort(p)
    within = np.flatnonzero(ranked <= FALSE_DISCOVERY_RATE * np.arange(1, len(p) + 1) / len(p))
    return p <= ranked[within[-1]] if len(within) else np.zeros(len(p), dtype=bool)


# What really followed


def _real(lines: pa.Table) -> list[dict[str, Any]]:
    """Learns from days whose outcome was known by TEST_DAY, and looks at the sixty days after it."""
    with history(lines) as asked:
        clock = category_risk.clock_of(asked.ask, YEAR_END)
        days = [TEST_DAY - dt.timedelta(days=category_risk.HORIZON_DAYS * step) for step in (3, 2, 1, 0)]
        judged = [category_risk.judge(asked.ask, clock, day) for day in days]
        outcomes = [category_risk.outcome(asked.ask, clock, each) for each in judged]
    past = list(zip(judged, outcomes, strict=True))
    (now, followed), past = past[-1], past[:-1]
    ours, method = category_risk.walk_forward([*past, (now, None)])[-1]
    active = followed.is_active
    customer, loss = now.pairs.customer[active], followed.is_loss[active]
    plain = _plain_learner(past, now)[active]
    ours = ours[active]
    lost = np.where(loss, np.maximum(now.value[active] * 60 / 90 - followed.revenue[active], 0.0), 0.0)
    drop = now.pairs.recent.sum(axis=1) <= 0.5 * now.pairs.between[:, 4]
    business = (drop * now.value)[active]
    priority = ours * now.at_stake[active]
    weights = _bootstrap(customer)
    learned, simple = _share(ours, loss, weights, 0.01), _share(plain, loss, weights, 0.01)
    captured, by_drop = _captured(priority, lost, weights), _captured(business, lost, weights)
    bayes = _share(now.change.probability[active], loss, weights, 0.01)
    print(f"method {method}, {len(loss)} pairs, {loss.mean():.3f} lost; Bayes factor alone {bayes[0]:.3f}", flush=True)
    data = f"complete journey, what followed {TEST_DAY:%Y-%m-%d}"
    return [
        goal(TASK, data, "precision at 1 % of a material loss, gain over a learner on simple features",
             learned[0] - simple[0], simple[0], 0.10, against="gradient boosting on simple features, its precision",
             interval=_range(learned[1:] - simple[1:])),
        goal(TASK, data, "lost revenue captured in the top 10 %, over that of down 50 % x value",
             captured[0] / by_drop[0], by_drop[0], 1.20, against="down 50 % x value, its share",
             interval=_range(captured[1:] / by_drop[1:])),
    ]  # fmt: skip


def _plain_learner(past: list[tuple[Judged, Outcome]], now: Judged) -> np.ndarray:
    """Gradient boosting as ours, on what anyone would compute: counts, recency, mean interval, trend, value."""
    known = [(_simple(judged)[o.is_active], o.is_loss[o.is_active]) for judged, o in past]
    learner = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=40, l2_regularization=1.0,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    learner.fit(np.concatenate([x for x, _ in known]), np.concatenate([y for _, y in known]))
    return learner.predict_proba(_simple(now))[:, 1]


def _simple(judged: Judged) -> np.ndarray:
    pairs = judged.pairs
    silent, interval = pairs.day - pairs.last_bought, pairs.usual_days / pairs.bought
    recent, previous = pairs.recent.sum(axis=1), pairs.between[:, 4]
    columns = [recent, previous, recent - previous, pairs.bought, silent, interval, silent / interval, judged.value]
    return np.column_stack([*columns, pairs.recent_orders.sum(axis=1), pairs.orders])


def _bootstrap(customer: np.ndarray, times: int = 300) -> np.ndarray:
    """Weights of the pairs: first as they are, then with customers drawn with replacement."""
    many = customer.max() + 1
    drawn = np.random.default_rng(0).integers(0, many, (times, many))
    counts = np.stack([np.ones(many), *(np.bincount(row, minlength=many) for row in drawn)])
    return counts[:, customer]


def _share(score: np.ndarray, hit: np.ndarray, weights: np.ndarray, budget: float) -> np.ndarray:
    """Weighted share of hits among the highest scores, up to that share of all pairs, for each row of weights."""
    order = np.argsort(-score, kind="stable")
    ranked = weights[:, order]
    inside = ranked * (np.cumsum(ranked, axis=1) <= budget * ranked.sum(axis=1, keepdims=True))
    return (inside * hit[order]).sum(axis=1) / inside.sum(axis=1)


def _captured(score: np.ndarray, lost: np.ndarray, weights: np.ndarray, budget: float = 0.10) -> np.ndarray:
    """Share of all lost revenue that the highest scores hold, for each row of weights."""
    order = np.argsort(-score, kind="stable")
    ranked = weights[:, order]
    inside = ranked * (np.cumsum(ranked, axis=1) <= budget * ranked.sum(axis=1, keepdims=True))
    return (inside * lost[order]).sum(axis=1) / (ranked * lost[order]).sum(axis=1)


def _range(values: Any) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
