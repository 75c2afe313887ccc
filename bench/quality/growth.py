"""Growth proposals against published recommenders: new items only, tuned on earlier origins, tested on later ones.

Every method sees the same 365 days, customers, items and candidates, and is tuned by NDCG@10 on the same two
validation origins. Intervals: 1,000 bootstrap draws of customers, seed 0.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares

from analytics.growth import scores
from analytics.growth.past import Past, adoptions, past_at
from analytics.growth.potential import potential
from analytics.tables import Ask
from bench.quality import datasets, goals, growth_rows
from bench.quality.history import history

TASK = "growth"
DRAWS = 1000
RETAIL = "Online Retail II"
DATA: tuple[tuple[str, Callable[[], pa.Table], int], ...] = (
    (RETAIL, datasets.online_retail, 90),
    ("Complete Journey, product type", lambda: datasets.complete_journey("product_type"), 60),
    ("Complete Journey, product category", lambda: datasets.complete_journey("product_category"), 60),
)
ANCHORS = ("EASE", "UP-CF@r", "item-kNN")
# What a method's scores are made of: a past, its order lines and rows -> (rows, items).
Score = Callable[["Case"], np.ndarray]


@dataclass(frozen=True)
class Case:
    """One origin: the past, the orders in it, and what the customers with something to find adopted."""

    past: Past
    lines: pd.DataFrame
    rows: np.ndarray
    allowed: np.ndarray
    gains: np.ndarray


def run() -> list[dict[str, Any]]:
    """Prints and returns the goals."""
    found, ratios, draws = [], [], []
    for name, load, horizon in DATA:
        lines = load()
        with history(lines) as past:
            cases = [_case(past.ask, lines, day, horizon) for day in _origins(lines, horizon)]
            test, validation = cases[:2], cases[2:]
            methods = tuned(validation)
            chosen = scores.choose([(c.past, _adopted(c)) for c in validation])[0].method
            print(f"{name}: ours is {chosen}", flush=True)
            methods["ours"] = partial(of_method, method=chosen)
            measured = {method: [_measures(score(case), case) for case in test] for method, score in methods.items()}
            for method, values in measured.items():
                means = [np.mean([v[m].mean() for v in values]) for m in ("ndcg", "recall")]
                print(f"  {method:12} NDCG@10 {means[0]:.4f}  Recall@10 {means[1]:.4f}", end="  ")
                print(f"revenue@10 {_revenue(values):.4f}", flush=True)
            best = max(ANCHORS, key=lambda m: np.mean([v["ndcg"].mean() for v in measured[m]]))
            ratio, drawn = _ratio(measured["ours"], measured[best], test)
            ratios.append(ratio)
            draws.append(drawn)
            found.append(_ndcg_goal(name, f"NDCG@10 over {best}", ratio, drawn, 0.99, best))
            if name == RETAIL:
                money, spread = _revenue_ratio(measured["ours"], measured["item-kNN"], test)
                found.append(_ndcg_goal(name, "revenue@10 over item-kNN", money, spread, 1.30, "item-kNN"))
            found += potentials(name, cases[0].past)
    found.append(
        _ndcg_goal(
            "all", "NDCG@10 over the best, mean", float(np.mean(ratios)), np.mean(draws, axis=0), 1.05, "best of each"
        )
    )
    return [*found, *growth_rows.run()]


def tuned(validation: list[Case]) -> dict[str, Score]:
    """The baselines, each as it is best on the validation origins."""
    grids: dict[str, list[Score]] = {
        "popularity": [partial(of_method, method=scores.POPULARITY)],
        "item-kNN": [partial(item_knn, neighbours=k) for k in (20, 50, 200)],
        "EASE": [partial(ease, ridge=r) for r in (100, 300, 1000, 3000, 10000)],
        "UP-CF@r": [partial(up_cf, baskets=r, locality=q) for r, q in product((25, 100), (1, 3))],
        "ALS": [partial(als, factors=f, alpha=a) for f, a in product((16, 64), (1.0, 10.0))],
    }
    quality = {
        name: [np.mean([_measures(score(c), c)["ndcg"].mean() for c in validation]) for score in grid]
        for name, grid in grids.items()
    }
    return {name: grid[int(np.argmax(quality[name]))] for name, grid in grids.items()}


def of_method(case: Case, method: scores.Method) -> np.ndarray:
    """The product's own scores under a method."""
    return scores.Scorer(case.past, method).scores(case.rows)


def item_knn(case: Case, neighbours: int) -> np.ndarray:
    """Items like those bought, of each item its nearest by cosine."""
    return case.past.bought[case.rows] @ scores.item_knn(case.past.gram, neighbours)


def ease(case: Case, ridge: float) -> np.ndarray:
    """EASE (Steck 2019) without what we add to it."""
    return case.past.bought[case.rows] @ scores.ease(case.past.gram, ridge)


def up_cf(case: Case, baskets: int, locality: int) -> np.ndarray:
    """UP-CF@r (Faggioli et al. 2020): frequencies over the last baskets, cosine to the power of the locality."""
    past, lines = case.past, case.lines
    late = lines[lines["back"] < baskets]
    held = np.minimum(lines.groupby("row")["back"].max().reindex(range(len(past.customers))).fillna(0) + 1, baskets)
    shares = sp.csr_matrix((1 / held.to_numpy()[late["row"]], (late["row"], late["column"])), past.bought.shape)
    norm = np.sqrt(np.asarray(shares.multiply(shares).sum(axis=1)).ravel())
    unit = sp.csr_matrix(sp.diags(1 / np.maximum(norm, 1e-9)) @ shares).astype(np.float32)
    similar = (unit[case.rows] @ unit.T).toarray()
    similar[np.arange(len(case.rows)), case.rows] = 0
    return similar**locality @ shares.toarray().astype(np.float32)


def als(case: Case, factors: int, alpha: float) -> np.ndarray:
    """Implicit-feedback matrix factorisation (Hu, Koren and Volinsky 2008) by the library implicit."""
    model = AlternatingLeastSquares(factors, alpha=alpha, iterations=10, num_threads=2, random_state=0)
    model.fit(case.past.bought, show_progress=False)
    return np.asarray(model.user_factors)[case.rows] @ np.asarray(model.item_factors).T


def potentials(name: str, past: Past) -> list[dict[str, Any]]:
    """A tenth of the pairs is hidden, and its year's spend told from the others."""
    rows, columns = past.spend.nonzero()
    hidden = np.random.default_rng(3).random(len(rows)) < 0.1
    rows, columns = rows[hidden], columns[hidden]
    actual = np.asarray(past.spend[rows, columns]).ravel()
    kept = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), past.bought.shape)
    masked = replace(
        past,
        spend=sp.csr_matrix(past.spend - past.spend.multiply(kept)),
        bought=sp.csr_matrix(past.bought - past.bought.multiply(kept)),
    )
    masked.spend.eliminate_zeros()
    masked.bought.eliminate_zeros()
    _, p80 = potential(masked, rows, columns)
    total = np.asarray(masked.spend.sum(axis=1)).ravel()
    root = np.sqrt(np.maximum(total, 0.01 * np.median(total)))
    seen = masked.spend.tocoo()
    frame = pd.DataFrame({"category": past.category[seen.col], "scaled": seen.data / root[seen.row]})
    quantile = frame.groupby("category")["scaled"].quantile(0.8)
    plain = quantile.reindex(past.category[columns]).fillna(frame["scaled"].quantile(0.8)).to_numpy() * root[rows]
    losses, baseline = _pinball(actual, p80), _pinball(actual, plain)
    customers, ours, theirs = rows, losses, baseline
    draws = [
        np.average(ours, weights=w[customers]) / np.average(theirs, weights=w[customers])
        for w in _weights(past.bought.shape[0])
    ]
    below = actual <= p80
    covered = [np.average(below, weights=w[customers]) for w in _weights(past.bought.shape[0])]
    coverage = float(below.mean())
    against = "size-scaled category quantile"
    return [
        goals.goal(TASK, name, f"P80 coverage, at {side}", coverage, float((actual <= plain).mean()), bound,
                   against, _bounds(covered), at_least=side == "least")
        for side, bound in (("least", 0.77), ("most", 0.83))
    ] + [
        goals.goal(TASK, name, "pinball loss of P80, ratio", float(losses.mean() / baseline.mean()), 1.0, 0.95,
                   against, _bounds(draws), at_least=False)
    ]  # fmt: skip


def _origins(lines: pa.Table, horizon: int) -> list[dt.date]:
    last = pc.max(lines.column("ordered_on")).as_py()
    return [last - dt.timedelta(days=horizon * back) for back in (1, 2, 3, 4)]


def _case(ask: Ask, lines: pa.Table, day: dt.date, horizon: int) -> Case:
    past = past_at(ask, day)
    adopted = adoptions(ask, past, day, horizon)
    rows = np.flatnonzero(np.diff(adopted.indptr))
    known = lines.select(["customer_id", "order_id", "ordered_on", "product_id", "quantity"]).to_pandas()
    start = day - dt.timedelta(days=365)
    known = known[(known["ordered_on"] > start) & (known["ordered_on"] <= day) & (known["quantity"] > 0)]
    known = known[known["product_id"].isin(set(past.items)) & known["customer_id"].isin(set(past.customers))]
    orders = known.groupby(["customer_id", "order_id"])["ordered_on"].min().reset_index()
    orders = orders.sort_values(["customer_id", "ordered_on", "order_id"])
    orders["back"] = orders.groupby("customer_id").cumcount(ascending=False)
    known = known.merge(orders[["order_id", "customer_id", "back"]], on=["order_id", "customer_id"])
    known = known.drop_duplicates(["customer_id", "order_id", "product_id"])
    known["row"] = np.searchsorted(past.customers, known["customer_id"])
    known["column"] = np.searchsorted(past.items, known["product_id"])
    return Case(past, known[["row", "column", "back"]], rows, past.candidates(rows), adopted[rows].toarray())


def _adopted(case: Case) -> sp.csr_matrix:
    found = sp.lil_matrix(case.past.bought.shape)
    found[case.rows] = case.gains
    return found.tocsr()


def _measures(given: np.ndarray, case: Case) -> dict[str, np.ndarray]:
    row, column, _, _ = scores.top(given, case.allowed, np.arange(len(case.rows)))
    hit = np.bincount(row, weights=case.gains[row, column] > 0, minlength=len(case.rows))
    return {
        "ndcg": scores.ndcg(given, case.allowed, case.gains, case.rows),
        "recall": hit / (case.gains > 0).sum(axis=1),
        "captured": np.bincount(row, weights=case.gains[row, column], minlength=len(case.rows)),
        "revenue": case.gains.sum(axis=1),
    }


def _revenue(values: list[dict[str, np.ndarray]]) -> float:
    return float(np.mean([v["captured"].sum() / v["revenue"].sum() for v in values]))


def _ratio(ours: list[Any], theirs: list[Any], cases: list[Case]) -> tuple[float, np.ndarray]:
    def of(weights: np.ndarray | None) -> float:
        sums = [
            [np.average(v["ndcg"], weights=w) for v, w in zip(values, _by_case(weights, cases), strict=True)]
            for values in (ours, theirs)
        ]
        return float(np.mean(sums[0]) / np.mean(sums[1]))

    return of(None), np.array([of(w) for w in _weights(_names(cases))])


def _revenue_ratio(ours: list[Any], theirs: list[Any], cases: list[Case]) -> tuple[float, np.ndarray]:
    def of(weights: np.ndarray | None) -> float:
        sums = [
            [np.average(v["captured"], weights=w) for v, w in zip(values, _by_case(weights, cases), strict=True)]
            for values in (ours, theirs)
        ]
        return float(np.sum(sums[0]) / np.sum(sums[1]))

    return of(None), np.array([of(w) for w in _weights(_names(cases))])


def _names(cases: list[Case]) -> int:
    return len(np.unique(np.concatenate([case.past.customers for case in cases])))


def _by_case(weights: np.ndarray | None, cases: list[Case]) -> list[np.ndarray | None]:
    """The weight of a customer is the same at every origin."""
    if weights is None:
        return [None] * len(cases)
    names = np.unique(np.concatenate([case.past.customers for case in cases]))
    return [weights[np.searchsorted(names, case.past.customers[case.rows])] for case in cases]


def _weights(count: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(0)
    return (np.bincount(random.integers(count, size=count), minlength=count) for _ in range(DRAWS))


def _bounds(draws: Any) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _ndcg_goal(data: str, measure: str, ours: float, draws: np.ndarray, wanted: float, against: str) -> dict[str, Any]:
    return goals.goal(TASK, data, f"{measure}, ratio", float(ours), 1.0, wanted, against, _bounds(draws))


def _pinball(actual: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return np.maximum(0.8 * (actual - predicted), 0.2 * (predicted - actual))
