"""Which of the best-scored products are proposed: of habit, and of categories it buys nothing of.

The first SHOWN are what an account is told; the others serve where many accounts are looked at together.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from analytics.growth.past import Past
from analytics.growth.scores import Scorer, ease, ordered, standardised, top

PROPOSALS = 10
SHOWN = 5
# Of those shown, so many are kept for categories of which the customer buys nothing, each of another one.
KEPT = 2
# Of one category no more, so that the list opens several conversations; chosen among so many.
OF_A_CATEGORY = 2
_CANDIDATES = 40
# EASE over categories, of which there are few.
_CATEGORY_RIDGE = 200.0
_CHUNK = 2000


@dataclass(frozen=True)
class Top:
    """Proposals at one origin, ordered by customer and rank: row and column of Past, rank from 1, score.

    Ranks up to SHOWN are shown, best score first among them; then come the others. `is_new` says whether the customer
    buys nothing of the item's category.
    """

    row: np.ndarray
    column: np.ndarray
    rank: np.ndarray
    score: np.ndarray
    is_new: np.ndarray

    @property
    def is_shown(self) -> np.ndarray:
        """Whether each is shown."""
        return self.rank <= SHOWN

    @property
    def shown(self) -> "Top":
        """Those that are shown."""
        first = self.is_shown
        return Top(self.row[first], self.column[first], self.rank[first], self.score[first], self.is_new[first])


def best(
    scorer: Scorer,
    dismissed: AbstractSet[tuple[str, str]] = frozenset(),
    rows: np.ndarray | None = None,
    kept: int = KEPT,
) -> Top:
    """The proposals to every customer, or to those rows, with `kept` places for categories that it buys nothing of."""
    past = scorer.past
    barred: dict[str, list[str]] = {}
    for customer, item in dismissed:
        barred.setdefault(customer, []).append(item)
    weights = _category_weights(past)
    parts = []
    for chunk in _chunks(np.arange(len(past.customers)) if rows is None else rows):
        allowed = past.candidates(chunk)
        for place, customer in enumerate(past.customers[chunk]):
            if customer in barred:
                allowed[place, np.isin(past.items, barred[customer])] = False
        parts.append(_chosen(past, scorer.scores(chunk), allowed, chunk, weights, kept))
    return Top(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def popular(past: Past, rows: np.ndarray) -> Top:
    """The SHOWN most bought of what may be proposed to those customers: what a list would be without knowing them."""
    buyers = np.asarray(past.bought.sum(axis=0)).astype(np.float32)
    parts = []
    for chunk in _chunks(rows):
        row, column, rank, score = top(np.repeat(buyers, len(chunk), axis=0), past.candidates(chunk), chunk, SHOWN)
        parts.append((row, column, rank, score, np.zeros(len(row), bool)))
    return Top(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _chosen(
    past: Past, scores: np.ndarray, allowed: np.ndarray, rows: np.ndarray, weights: np.ndarray, kept: int
) -> tuple[np.ndarray, ...]:
    new = past.new_kinds(rows)
    affinity = standardised(past.kinds_bought[rows] @ weights)[:, past.kinds]
    place, column = _opening(affinity + scores, allowed & new, past.kinds, kept)
    rest = allowed.copy()
    rest[place, column] = False
    others = top(scores, rest, np.arange(len(rows)), _CANDIDATES)
    row = np.concatenate((place, others[0]))
    column = np.concatenate((column, others[1]))
    rank = np.concatenate((np.zeros(len(place), np.int64), others[2]))
    row, column, rank = _varied(row, column, rank, past.kinds)
    shown = rank <= SHOWN
    score = scores[row, column]
    order = np.lexsort((rank, -score, ~shown, row))
    row, column, score = row[order], column[order], score[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row) + 1
    return rows[row], column, rank, score, new[row, column]


def _opening(scores: np.ndarray, allowed: np.ndarray, kinds: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the best allowed item of each of the `most` best kinds."""
    left = ordered(scores, allowed)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(most):
        column = left.argmax(axis=1)
        place = np.flatnonzero(np.isfinite(left[np.arange(len(left)), column]))
        found.append((place, column[place]))
        left[kinds == kinds[column][:, None]] = -np.inf
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([place for place, _ in found]), np.concatenate([column for _, column in found])


def _varied(
    row: np.ndarray, column: np.ndarray, rank: np.ndarray, kinds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first PROPOSALS of each row with at most OF_A_CATEGORY of one kind, ranked anew, ordered by row and rank."""
    order = np.lexsort((column, rank, row))
    row, column, rank = row[order], column[order], rank[order]
    by_kind = np.lexsort((np.arange(len(row)), kinds[column], row))
    group = row[by_kind] * (kinds.max(initial=0) + 1) + kinds[column][by_kind]
    earlier = np.empty(len(by_kind), np.int64)
    earlier[by_kind] = np.arange(len(by_kind)) - np.searchsorted(group, group)
    row, column = row[earlier < OF_A_CATEGORY], column[earlier < OF_A_CATEGORY]
    rank = np.arange(len(row)) - np.searchsorted(row, row) + 1
    first = rank <= PROPOSALS
    return row[first], column[first], rank[first]


def _category_weights(past: Past) -> np.ndarray:
    together = (past.kinds_bought.T @ past.kinds_bought).toarray().astype(np.float32)
    return ease(together, _CATEGORY_RIDGE)


def _chunks(rows: np.ndarray) -> Iterator[np.ndarray]:
    return (rows[start : start + _CHUNK] for start in range(0, max(len(rows), 1), _CHUNK))
