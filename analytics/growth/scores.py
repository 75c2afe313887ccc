"""How well each item would suit each customer: EASE, blended with like customers and the items' trend.

EASE (Steck 2019) is a linear item-item model in closed form; the purchases of like customers follow UP-CF (Faggioli et
al. 2020). How strongly each counts is chosen on earlier origins of the user's own past.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from analytics.growth.past import Past

# At so many places scores are compared.
PLACES = 10
# Fewer customers than this carry no choice of method.
MIN_CUSTOMERS = 50
NEIGHBOURS = 100
REFERENCE_CUSTOMERS = 4000
VALIDATION_CUSTOMERS = 1000


@dataclass(frozen=True)
class Method:
    """How customers' items are scored. `kind` is ease, item-kNN or popularity; the rest shapes EASE.

    `ridge`: EASE's lambda. `recency`: whether late purchases weigh more. `neighbours`, `trend`: weights of UP-CF and
    of the items' trend beside a score of unit variance.
    """

    kind: str = "ease"
    ridge: float = 1000.0
    recency: bool = False
    neighbours: float = 0.0
    trend: float = 0.0

    def __str__(self) -> str:
        if self.kind != "ease":
            return self.kind
        parts = [f"EASE (lambda {self.ridge:g}{', recency' if self.recency else ''})"]
        parts += [f"{self.neighbours:g} UP-CF"] if self.neighbours else []
        parts += [f"{self.trend:g} trend"] if self.trend else []
        return " + ".join(parts)


POPULARITY = Method("popularity")
ITEM_KNN = Method("item-kNN")
# Chosen in two steps, so that the cost is the sum and not the product of both grids; the plain form comes first.
BASES = (
    *(Method("ease", ridge, recency) for recency, ridge in product((False, True), (300.0, 1000.0, 3000.0))),
    ITEM_KNN,
    POPULARITY,
)
BLENDS = tuple(product((0.0, 0.5, 1.0), (0.0, 0.25, 0.5, 1.0)))
# What recency or a blend must gain over the plain form, relative: below it is chance, and chance does not last.
MIN_GAIN = 0.01


def ease(gram: np.ndarray, ridge: float) -> np.ndarray:
    """EASE's item-item weights (Steck 2019, equation 8): W = I - P / diag(P), P = (X'X + ridge I)^-1, diagonal 0."""
    # By Cholesky: positive definite, and half the work of a general inverse; only the lower half is ever filled.
    ridged = np.asfortranarray(gram, np.float32) + ridge * np.eye(len(gram), dtype=np.float32, order="F")
    factor, _ = lapack.spotrf(ridged, lower=1, clean=1, overwrite_a=1)
    lower, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    weights = lower + lower.T
    weights /= -np.diag(lower)
    np.fill_diagonal(weights, 0)
    return np.ascontiguousarray(weights)


def item_knn(gram: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Cosine similarities of items, of each only the nearest, diagonal 0."""
    norm = np.sqrt(np.maximum(np.diag(gram), 1))
    cosine = gram / np.outer(norm, norm)
    np.fill_diagonal(cosine, 0)
    if neighbours < len(cosine):
        cosine[cosine < -np.partition(-cosine, neighbours - 1, axis=0)[neighbours - 1]] = 0
    return cosine


class Scorer:
    """Scores of a past under a method. `weights` of items are derived unless another scorer's are given."""

    def __init__(self, past: Past, method: Method, weights: np.ndarray | None = None) -> None:
        self.past = past
        self.method = method
        if weights is not None:
            self.weights = weights
        elif method.kind == "ease":
            self.weights = ease(past.gram, method.ridge)
        elif method.kind == "item-kNN":
            self.weights = item_knn(past.gram)
        else:
            self.weights = np.zeros((len(past.items), len(past.items)), np.float32)
        # Late purchases on top of a part of all: what was bought long ago still says who the customer is.
        self.profile = (past.recent + 0.3 * past.bought).tocsr() if method.recency else past.bought

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """(rows, items): unit variance for each customer before neighbours and trend are added."""
        if self.method.kind == "popularity":
            popularity = np.asarray(self.past.bought.sum(axis=0)).astype(np.float32)
            return standardised(np.repeat(popularity, len(rows), axis=0))
        scores = standardised(self.profile[rows] @ self.weights)
        if self.method.neighbours:
            scores += self.method.neighbours * standardised(user_neighbours(self.past, rows))
        return scores + self.method.trend * self.past.trend


def user_neighbours(past: Past, rows: np.ndarray) -> np.ndarray:
    """What the most similar customers bought lately (UP-CF): cosine of recent purchases, cubed. (rows, items)."""
    count = len(past.customers)
    norm = np.sqrt(np.asarray(past.recent.multiply(past.recent).sum(axis=1)).ravel())
    unit = sp.csr_matrix(sp.diags(1 / np.maximum(norm, 1e-9)) @ past.recent)
    reference = np.arange(count)
    if count > REFERENCE_CUSTOMERS:
        reference = np.sort(np.random.default_rng(0).permutation(count)[:REFERENCE_CUSTOMERS])
    similar = (unit[rows] @ unit[reference].T).toarray()
    similar[rows[:, None] == reference] = 0
    if len(reference) > NEIGHBOURS:
        similar[similar < -np.partition(-similar, NEIGHBOURS - 1, axis=1)[:, [NEIGHBOURS - 1]]] = 0
    return (sp.csr_matrix(similar**3) @ past.recent[reference]).toarray()


def ndcg(scores: np.ndarray, allowed: np.ndarray, gains: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """NDCG at PLACES of each customer with something to find (gains > 0), binary relevance."""
    row, column, rank, _ = top(scores, allowed, np.arange(len(rows)))
    relevant = gains > 0
    discount = 1 / np.log2(np.arange(2, PLACES + 2))
    dcg = np.bincount(row, weights=relevant[row, column] * discount[rank - 1], minlength=len(rows))
    ideal = np.cumsum(discount)[np.clip(relevant.sum(axis=1), 1, PLACES) - 1]
    return (dcg / ideal)[relevant.any(axis=1)]


def choose(validation: Sequence[tuple[Past, sp.csr_matrix]]) -> list[Scorer]:
    """The method with the best mean NDCG at earlier origins, as a scorer of each of them.

    First the base is chosen, then what is blended into it.
    """
    pasts = [past for past, _ in validation]
    if min(len(past.customers) for past in pasts) < MIN_CUSTOMERS:
        return [Scorer(past, untuned(past)) for past in pasts]
    cases = []
    for past, adopted in validation:
        rows = sample(np.flatnonzero(np.diff(adopted.indptr)))
        cases.append((past, rows, past.candidates(rows), adopted[rows].toarray()))

    def quality(scores: list[np.ndarray]) -> float:
        return float(np.mean([ndcg(s, a, g, r).mean() for s, (_, r, a, g) in zip(scores, cases, strict=True)]))

    scored = {}
    weights: dict[tuple[int, float], np.ndarray] = {}
    for base in BASES:
        scorers = []
        for number, past in enumerate(pasts):
            # The inverse is what costs, and recency does not enter it.
            known = weights.get((number, base.ridge)) if base.kind == "ease" else None
            scorers.append(Scorer(past, base, known))
            if base.kind == "ease":
                weights[number, base.ridge] = scorers[-1].weights
        scores = [scorer.scores(rows) for scorer, (_, rows, *_) in zip(scorers, cases, strict=True)]
        scored[base] = quality(scores) / (1 + MIN_GAIN * base.recency)
        if scored[base] == max(scored.values()):
            winners, kept = scorers, scores
    winner = winners[0].method
    if winner.kind != "ease":
        return winners
    near = [standardised(user_neighbours(past, rows)) for past, rows, *_ in cases]

    def blended(neighbours: float, trend: float) -> list[np.ndarray]:
        parts = zip(kept, near, cases, strict=True)
        return [base + neighbours * n + trend * past.trend for base, n, (past, *_) in parts]

    gains = {blend: quality(blended(*blend)) for blend in BLENDS}
    blend = max(BLENDS, key=lambda b: gains[b])
    if gains[blend] > (1 + MIN_GAIN) * gains[0.0, 0.0]:
        winner = replace(winner, neighbours=blend[0], trend=blend[1])
    return [Scorer(scorer.past, winner, scorer.weights) for scorer in winners]


def untuned(past: Past) -> Method:
    """The method where nothing can be chosen."""
    return POPULARITY if len(past.customers) < MIN_CUSTOMERS else ITEM_KNN


def ordered(scores: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The scores of what is allowed, -inf for the rest, rounded: the last bits of a sum tell no customers apart."""
    return np.where(allowed, np.round(scores, 4), np.float32(-np.inf))


def top(scores: np.ndarray, allowed: np.ndarray, rows: np.ndarray, most: int = PLACES) -> tuple[np.ndarray, ...]:
    """Row, column, rank and score of the best allowed; equal scores are ordered by item."""
    left = -ordered(scores, allowed)
    count = min(most, scores.shape[1])
    columns = np.sort(np.argpartition(left, count - 1, axis=1)[:, :count], axis=1)
    order = np.argsort(np.take_along_axis(left, columns, axis=1), axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    is_kept = np.take_along_axis(allowed, columns, axis=1)
    place, rank = np.nonzero(is_kept)
    column = columns[is_kept]
    return rows[place], column, rank + 1, scores[place, column]


def sample(rows: np.ndarray, most: int = VALIDATION_CUSTOMERS) -> np.ndarray:
    """At most so many of them, always the same."""
    return rows if len(rows) <= most else np.sort(np.random.default_rng(1).permutation(rows)[:most])


def standardised(scores: np.ndarray) -> np.ndarray:
    """Each row with mean 0 and variance 1."""
    spread = scores.std(axis=1, keepdims=True)
    return ((scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 1e-9, spread, 1)).astype(np.float32)
