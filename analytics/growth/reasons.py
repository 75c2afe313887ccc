"""Why a product is proposed: who buys it among customers like this one, and what of its own goes with it."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.cluster import KMeans

from analytics.growth.choice import Top
from analytics.growth.past import Past
from analytics.growth.potential import profiles
from analytics.growth.scores import MIN_CUSTOMERS, Scorer

# Customers of a trade are compared with those of their size, a third of the trade each, where these are so many.
LEAST_LIKE = 10
SIZES = 3


@dataclass(frozen=True)
class LikeBuyers:
    """To whom each customer is likened: `group` is a number for each customer.

    Of each group `name` says which trade or which categories mark it ("" for all customers), and `kind` what that is:
    trade, pattern or all. `is_sized` says whether it holds customers of one size only.
    """

    group: np.ndarray
    name: list[str]
    kind: list[str]
    is_sized: list[bool]


def like_buyers(past: Past) -> LikeBuyers:
    """Customers of the same trade and size; where no trade is known, of the same pattern of buying and size."""
    marked = np.sum(past.trade != "") * 2 > len(past.trade) and len(set(past.trade) - {""}) > 1
    names, code = np.unique(past.trade.astype(str), return_inverse=True) if marked else buying_patterns(past)
    size = np.asarray(past.spend.sum(axis=1)).ravel()
    group = np.zeros(len(past.customers), np.int64)
    name: list[str] = []
    kind: list[str] = []
    is_sized: list[bool] = []
    for number, called in enumerate(names):
        members = np.flatnonzero(code == number)
        parts = [members]
        if len(members) >= SIZES * LEAST_LIKE:
            parts = np.array_split(members[np.argsort(size[members], kind="stable")], SIZES)
        for part in parts:
            group[part] = len(name)
            name.append(str(called))
            kind.append(("trade" if marked else "pattern") if called else "all")
            is_sized.append(len(parts) > 1)
    return LikeBuyers(group, name, kind, is_sized)


def shares(past: Past, like: LikeBuyers, top: Top) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each proposal: the number of like buyers, and which share of them buys the product and of its category.

    The customer itself does not count.
    """
    count = len(past.customers)
    member = sp.csr_matrix((np.ones(count), (like.group, np.arange(count))), (len(like.name), count))
    of = like.group[top.row]
    others = np.bincount(like.group, minlength=len(like.name))[of] - 1
    products = (member @ past.bought).toarray()[of, top.column]
    kinds = past.kinds[top.column]
    own = np.asarray(past.kinds_bought[top.row, kinds]).ravel() if len(top.row) else np.zeros(0)
    categories = (member @ past.kinds_bought).toarray()[of, kinds] - own
    return others, products / np.maximum(others, 1), categories / np.maximum(others, 1)


def buying_patterns(past: Past) -> tuple[np.ndarray, np.ndarray]:
    """The name of each cluster of spend profiles, the two categories that mark it most, and each customer's cluster."""
    count = min(8, len(past.customers) // MIN_CUSTOMERS)
    names = sorted(set(past.category) - {""})
    if count < 2 or not names:
        return np.array([""]), np.zeros(len(past.customers), np.int64)
    cluster = KMeans(count, n_init=2, random_state=0).fit_predict(profiles(past))
    member = sp.csr_matrix(past.category[:, None] == np.array(names, dtype=object), dtype=float)
    spend = (past.spend @ member).toarray()
    share = spend / np.maximum(spend.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    marks = [share[cluster == c].mean(axis=0) - share.mean(axis=0) for c in range(count)]
    called = [" · ".join(names[i] for i in np.argsort(-mark, kind="stable")[:2]) for mark in marks]
    return np.array(called, dtype=object), cluster


def because(scorer: Scorer, top: Top) -> np.ndarray:
    """Column of the owned item that adds most to each proposal's score; -1 where none adds."""
    found = np.full(len(top.row), -1)
    starts = np.searchsorted(top.row, np.arange(len(scorer.past.customers) + 1))
    profile = scorer.profile
    for row in range(len(scorer.past.customers)):
        pairs = slice(starts[row], starts[row + 1])
        owned = slice(profile.indptr[row], profile.indptr[row + 1])
        items = profile.indices[owned]
        parts = profile.data[owned][:, None] * scorer.weights[np.ix_(items, top.column[pairs])]
        if parts.size:
            most = parts.argmax(axis=0)
            found[pairs] = np.where(parts.max(axis=0) > 0, items[most], -1)
    return found
