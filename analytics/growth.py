"""Growth: what each customer does not buy but should, how likely it will, and what that is worth a year.

Scores come from EASE (Steck 2019), a linear item-item model in closed form, blended with the purchases of similar
customers (UP-CF, Faggioli et al. 2020) and the trend of each item. How strongly is chosen on earlier origins of the
user's own past; the track record is made at later ones.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from scipy.linalg import cho_factor, lapack
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.utils.extmath import randomized_svd

from analytics import track_record
from analytics.coding import codes
from analytics.tables import Ask
from analytics.threads import one_thread

KIND = "growth"
HORIZON_DAYS = 90
PROPOSALS = 10
# Of one category no more, so that the list opens several conversations; chosen among so many.
OF_A_CATEGORY = 2
_CANDIDATES = 40
# An item needs this many buyers a year to be proposed; beyond the most bought, a closed form gets slow.
MIN_BUYERS = 10
MAX_ITEMS = 3000
# The history a first origin needs behind it, in days.
MIN_HISTORY_DAYS = 90
# Fewer customers than this carry no choice of method.
MIN_CUSTOMERS = 50
HALF_LIFE_DAYS = 60
TREND_DAYS = 60

NEIGHBOURS = 100
REFERENCE_CUSTOMERS = 4000
VALIDATION_CUSTOMERS = 1000
CHUNK = 2000
FACTORS = 16
OWNERS = 40
MAX_OWNERS = 400
LEVELS = (0.5, 0.8)

SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "product_id": pa.string(),
        "category": pa.string(),
        "rank": pa.int64(),
        "score": pa.float64(),
        "probability": pa.float64(),
        "potential_p50": pa.float64(),
        "potential_p80": pa.float64(),
        "value": pa.float64(),
        "because_product_id": pa.string(),
        "profile": pa.string(),
        "profile_penetration": pa.float64(),
    }
)


@dataclass(frozen=True)
class Growth:
    """`proposals`: SCHEMA, at most PROPOSALS rows a customer. `record`: track_record.SCHEMA, at most one row."""

    proposals: pa.Table
    record: pa.Table


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


@dataclass(frozen=True)
class Past:
    """Purchases of the 365 days up to an origin. Matrices are customers x items, rows and columns in order of id.

    `bought` is 1 where owned; `recent` halves every HALF_LIFE_DAYS since the last purchase; `spend` is revenue, not
    below 0. `trend` is ln(recent / all buyers) of an item. `offers` says which items each catalog holds, its first row
    all of them, and `catalog` which row of it is a customer's. `category` is the items'.
    """

    customers: np.ndarray
    items: np.ndarray
    category: np.ndarray
    bought: sp.csr_matrix
    recent: sp.csr_matrix
    spend: sp.csr_matrix
    trend: np.ndarray
    offers: np.ndarray
    catalog: np.ndarray

    @cached_property
    def gram(self) -> np.ndarray:
        """X'X of `bought`: how many customers own both. (items, items)."""
        return (self.bought.T @ self.bought).toarray().astype(np.float32)

    def candidates(self, rows: np.ndarray) -> np.ndarray:
        """What may be proposed to those customers: offered to them and not owned. (rows, items) of bool."""
        return self.offers[self.catalog[rows]] & (self.bought[rows].toarray() == 0)


@dataclass(frozen=True)
class Top:
    """Proposals at one origin, ordered by customer and rank: row and column of Past, rank from 1, score."""

    row: np.ndarray
    column: np.ndarray
    rank: np.ndarray
    score: np.ndarray


@one_thread
def proposals(
    ask: Ask,
    as_of: dt.date,
    dismissed: AbstractSet[tuple[str, str]] = frozenset(),
    horizon_days: int = HORIZON_DAYS,
) -> Growth:
    """What to propose to each customer as of a day, and how often such proposals came true.

    `dismissed` are pairs of customer and product that must not be proposed. Reads growth_* statistics. Too short a
    past, or one without an item of MIN_BUYERS buyers, gives empty tables.
    """
    known = origins(ask, as_of, horizon_days)
    pasts = [past_at(ask, day) for day in known]
    adopted = [adoptions(ask, past, day, horizon_days) for past, day in zip(pasts, known, strict=True)]
    usable = [(p, a) for p, a in zip(pasts, adopted, strict=True) if len(p.items) and (a.nnz > 0)]
    now = past_at(ask, as_of)
    if not usable or not len(now.items):
        return Growth(SCHEMA.empty_table(), track_record.SCHEMA.empty_table())
    tested, earlier = usable[:1], usable[1:3]
    method = choose(earlier) if earlier else _untuned(usable[0][0])
    tops = [best(Scorer(past, method)) for past, _ in tested]
    tops += [best(Scorer(past, method), rows=_sample(np.arange(len(past.customers)))) for past, _ in earlier]
    outcomes = [adopted for _, adopted in [*tested, *earlier]]
    examples = [
        (_signals(past, top), _values(adopted, top.row, top.column) > 0)
        for (past, _), top, adopted in zip([*tested, *earlier], tops, outcomes, strict=True)
    ]
    record = _record(tested[0], tops[0], Calibration(examples[1:] or examples), method, horizon_days)
    scorer = Scorer(now, method)
    top = best(scorer, dismissed)
    table = _table(scorer, top, Calibration(examples).probability(_signals(now, top)))
    return Growth(table, record)


def origins(ask: Ask, as_of: dt.date, horizon_days: int) -> list[dt.date]:
    """Days whose outcome is known by `as_of`, MIN_HISTORY_DAYS or more into the history: up to three, latest first."""
    (first,) = ask("growth_history", as_of=as_of).column("first_on").to_pylist() or [None]
    days = [as_of - dt.timedelta(days=horizon_days * back) for back in (1, 2, 3)]
    return [day for day in days if first is not None and (day - first).days >= MIN_HISTORY_DAYS]


def past_at(ask: Ask, as_of: dt.date) -> Past:
    """The past as of a day. Items are offered to someone, have MIN_BUYERS buyers, and are the MAX_ITEMS most bought."""
    bought = ask("growth_purchases", as_of=as_of).combine_chunks()
    products = ask("growth_products", as_of=as_of)
    category_of = dict(zip(*(products.column(name).to_pylist() for name in SCHEMA.names[1:3]), strict=True))
    buyers = pc.value_counts(bought.column("product_id")).to_pylist()
    often = [(-row["counts"], row["values"]) for row in buyers if row["counts"] >= MIN_BUYERS]
    items = np.array(sorted(i for _, i in sorted(p for p in often if p[1] in category_of)[:MAX_ITEMS]), dtype=object)
    bought = bought.filter(pc.is_in(bought.column("product_id"), pa.array(items, pa.string())))
    customers = np.array(sorted(pc.unique(bought.column("customer_id")).to_pylist()), dtype=object)
    shape = (len(customers), len(items))
    rows, columns = _positions(bought, customers, items)
    last = bought.column("last_on").cast(pa.date32()).to_numpy().astype("datetime64[D]")
    age = (np.datetime64(as_of) - last).astype(np.int64)
    revenue = np.maximum(bought.column("revenue").to_numpy(), 0)
    everyone = np.bincount(columns, minlength=len(items))
    lately = np.bincount(columns[age < TREND_DAYS], minlength=len(items))
    offers, catalog = _offers(ask, as_of, customers, items)
    return Past(
        customers,
        items,
        np.array([category_of[item] or "" for item in items], dtype=object),
        _matrix(np.ones(len(rows)), rows, columns, shape),
        _matrix(0.5 ** (age / HALF_LIFE_DAYS), rows, columns, shape),
        sp.csr_matrix((revenue, (rows, columns)), shape=shape),
        np.log((lately + 1) / (everyone + 1)).astype(np.float32),
        offers,
        catalog,
    )


def adoptions(ask: Ask, past: Past, as_of: dt.date, horizon_days: int) -> sp.csr_matrix:
    """Revenue of what customers of that past bought within the horizon and could have been offered, as `bought`."""
    until = as_of + dt.timedelta(days=horizon_days)
    after = ask("growth_adoptions", as_of=as_of, until=until).combine_chunks()
    for name, ids in (("customer_id", past.customers), ("product_id", past.items)):
        after = after.filter(pc.is_in(after.column(name), pa.array(ids, pa.string())))
    rows, columns = _positions(after, past.customers, past.items)
    # A gift is adopted as well: an amount that counts as bought and as nothing.
    revenue = np.maximum(after.column("revenue").to_numpy(), 1e-9)
    new = _values(past.bought, rows, columns) == 0
    new &= past.offers[past.catalog[rows], columns]
    return sp.csr_matrix((revenue[new], (rows[new], columns[new])), shape=past.bought.shape)


def ease(gram: np.ndarray, ridge: float) -> np.ndarray:
    """EASE's item-item weights (Steck 2019, equation 8): W = I - P / diag(P), P = (X'X + ridge I)^-1, diagonal 0."""
    # By Cholesky: positive definite, and half the work of a general inverse.
    factor, _ = cho_factor(gram + ridge * np.eye(len(gram), dtype=np.float32), lower=True, overwrite_a=True)
    lower, _ = lapack.spotri(factor.astype(np.float32), lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


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
            return _standardised(np.repeat(popularity, len(rows), axis=0))
        scores = _standardised(self.profile[rows] @ self.weights)
        if self.method.neighbours:
            scores += self.method.neighbours * _standardised(user_neighbours(self.past, rows))
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


def best(scorer: Scorer, dismissed: AbstractSet[tuple[str, str]] = frozenset(), rows: np.ndarray | None = None) -> Top:
    """The PROPOSALS best candidates of every customer, or of those rows, OF_A_CATEGORY of one category at most."""
    past = scorer.past
    barred: dict[str, list[str]] = {}
    for customer, item in dismissed:
        barred.setdefault(customer, []).append(item)
    parts = []
    for chunk in _chunks(np.arange(len(past.customers)) if rows is None else rows):
        allowed = past.candidates(chunk)
        for place, customer in enumerate(past.customers[chunk]):
            if customer in barred:
                allowed[place, np.isin(past.items, barred[customer])] = False
        parts.append(_varied(_top(scorer.scores(chunk), allowed, chunk, _CANDIDATES), past.category))
    return Top(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def ndcg(scores: np.ndarray, allowed: np.ndarray, gains: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """NDCG at PROPOSALS of each customer with something to find (gains > 0), binary relevance."""
    row, column, rank, _ = _top(scores, allowed, np.arange(len(rows)))
    relevant = gains > 0
    discount = 1 / np.log2(np.arange(2, PROPOSALS + 2))
    dcg = np.bincount(row, weights=relevant[row, column] * discount[rank - 1], minlength=len(rows))
    ideal = np.cumsum(discount)[np.clip(relevant.sum(axis=1), 1, PROPOSALS) - 1]
    return (dcg / ideal)[relevant.any(axis=1)]


def choose(validation: Sequence[tuple[Past, sp.csr_matrix]]) -> Method:
    """The method with the best mean NDCG at earlier origins: first the base, then what is blended into it."""
    if min(len(past.customers) for past, _ in validation) < MIN_CUSTOMERS:
        return _untuned(validation[0][0])
    cases = []
    for past, adopted in validation:
        rows = _sample(np.flatnonzero(np.diff(adopted.indptr)))
        cases.append((past, rows, past.candidates(rows), adopted[rows].toarray()))

    def quality(scores: list[np.ndarray]) -> float:
        return float(np.mean([ndcg(s, a, g, r).mean() for s, (_, r, a, g) in zip(scores, cases, strict=True)]))

    scored = {}
    weights: dict[tuple[int, float], np.ndarray] = {}
    for base in BASES:
        scores = []
        for number, (past, rows, *_) in enumerate(cases):
            # The inverse is what costs, and recency does not enter it.
            known = weights.get((number, base.ridge)) if base.kind == "ease" else None
            scorer = Scorer(past, base, known)
            if base.kind == "ease":
                weights[number, base.ridge] = scorer.weights
            scores.append(scorer.scores(rows))
        scored[base] = quality(scores) / (1 + MIN_GAIN * base.recency)
        if scored[base] == max(scored.values()):
            winner, kept = base, scores
    if winner.kind != "ease":
        return winner
    near = [_standardised(user_neighbours(past, rows)) for past, rows, *_ in cases]

    def blended(neighbours: float, trend: float) -> list[np.ndarray]:
        parts = zip(kept, near, cases, strict=True)
        return [base + neighbours * n + trend * past.trend for base, n, (past, *_) in parts]

    gains = {blend: quality(blended(*blend)) for blend in BLENDS}
    blend = max(BLENDS, key=lambda b: gains[b])
    worthwhile = gains[blend] > (1 + MIN_GAIN) * gains[0.0, 0.0]
    return replace(winner, neighbours=blend[0], trend=blend[1]) if worthwhile else winner


class Calibration:
    """From what is seen of a proposal to the probability that it comes true: logistic, then isotonic regression."""

    def __init__(self, examples: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        signals = np.concatenate([signals for signals, _ in examples])
        hits = np.concatenate([hits for _, hits in examples]).astype(float)
        self.rate = (hits.sum() + 0.5) / (len(hits) + 1)
        self.model: LogisticRegression | None = None
        if 0 < hits.sum() < len(hits):
            self.mean, self.spread = signals.mean(axis=0), signals.std(axis=0) + 1e-9
            self.model = LogisticRegression(C=1.0).fit((signals - self.mean) / self.spread, hits)
            told = self._raw(self.model, signals)
            self.isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(told, hits)

    def probability(self, signals: np.ndarray) -> np.ndarray:
        """(n, signals) -> (n,) in [0, 1]; the plain share where the past holds only one outcome."""
        if self.model is None or not len(signals):
            return np.full(len(signals), self.rate)
        return np.asarray(self.isotonic.predict(self._raw(self.model, signals)))

    def _raw(self, model: LogisticRegression, signals: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict_proba((signals - self.mean) / self.spread)[:, 1])


def profiles(past: Past) -> np.ndarray:
    """Each customer's spend profile of unit length in FACTORS factors (SVD of the roots of its shares of spend)."""
    total = np.maximum(np.asarray(past.spend.sum(axis=1)).ravel(), np.finfo(float).tiny)
    roots = (sp.diags(1 / total) @ past.spend).sqrt()
    factors = min(FACTORS, min(roots.shape) - 1)
    if factors < 1:
        return np.zeros((len(total), 1))
    left, strength, _ = randomized_svd(roots, factors, n_iter=5, random_state=0)
    projected = left * strength
    return projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-9)


def potential(past: Past, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P50 and P80 of a year's spend of those customers on those items they do not own, in the revenue's currency.

    Quantiles over the OWNERS nearest owners by profile and size, spend scaled by the root of the ratio of sizes, and
    shrunk k / (k + 10) to the size-scaled quantile of the category.
    """
    profile = profiles(past)
    total = np.asarray(past.spend.sum(axis=1)).ravel()
    size = np.maximum(total, 0.01 * np.median(total)) + np.finfo(float).tiny
    place = np.column_stack([profile, 0.5 * np.log(size / np.exp(np.log(size).mean()))])
    root = np.sqrt(size)
    by_item = past.spend.tocsc()
    scaled = by_item.copy()
    scaled.data = by_item.data / root[by_item.indices]
    paid = by_item.data > 0
    _, code = np.unique(past.category.astype(str), return_inverse=True)
    code_of = np.repeat(code, np.diff(by_item.indptr))[paid]
    in_order = scaled.data[paid][np.argsort(code_of, kind="stable")]
    ends = np.cumsum(np.bincount(code_of, minlength=code.max(initial=0) + 1))
    of_category = [np.quantile(part, LEVELS) if len(part) else np.zeros(2) for part in np.split(in_order, ends[:-1])]
    found = np.zeros((len(rows), 2))
    order = np.argsort(columns, kind="stable")
    starts = np.searchsorted(columns[order], np.arange(len(past.items) + 1))
    random = np.random.default_rng(2)
    for item in np.unique(columns):
        pairs = order[starts[item] : starts[item + 1]]
        own = np.flatnonzero(paid[by_item.indptr[item] : by_item.indptr[item + 1]]) + by_item.indptr[item]
        if len(own) > MAX_OWNERS:
            own = own[np.sort(random.permutation(len(own))[:MAX_OWNERS])]
        prior = of_category[code[item]]
        k = min(OWNERS, len(own))
        near = np.repeat(prior[:, None], len(pairs), axis=1)
        if k:
            distance = cdist(place[rows[pairs]], place[by_item.indices[own]], "sqeuclidean")
            nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
            near = _quantiles(scaled.data[own][nearest])
        share = k / (k + 10)
        found[pairs] = (share * near + (1 - share) * prior[:, None]).T * root[rows[pairs], None]
    return found[:, 0], found[:, 1]


def buying_patterns(past: Past) -> tuple[np.ndarray, list[str]]:
    """The cluster of each customer's spend profile, and each cluster's name: the two categories that mark it most."""
    count = min(8, len(past.customers) // MIN_CUSTOMERS)
    names = sorted(set(past.category) - {""})
    if count < 2 or not names:
        return np.zeros(len(past.customers), np.int64), [""]
    cluster = KMeans(count, n_init=2, random_state=0).fit_predict(profiles(past))
    member = sp.csr_matrix(past.category[:, None] == np.array(names, dtype=object), dtype=float)
    spend = (past.spend @ member).toarray()
    share = spend / np.maximum(spend.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    marks = [share[cluster == c].mean(axis=0) - share.mean(axis=0) for c in range(count)]
    return cluster, [" · ".join(names[i] for i in np.argsort(-mark, kind="stable")[:2]) for mark in marks]


def _table(scorer: Scorer, top: Top, probability: np.ndarray) -> pa.Table:
    past = scorer.past
    p50, p80 = potential(past, top.row, top.column)
    cluster, names = buying_patterns(past)
    owned = sp.csr_matrix((np.ones(len(cluster)), (cluster, np.arange(len(cluster))))) @ past.bought
    penetration = owned.toarray() / np.maximum(np.bincount(cluster), 1)[:, None]
    of = cluster[top.row]
    because = _because(scorer, top)
    columns = [
        past.customers[top.row],
        past.items[top.column],
        [category or None for category in past.category[top.column]],
        top.rank,
        top.score.astype(float),
        probability,
        p50,
        p80,
        probability * p50,
        [past.items[i] if i >= 0 else None for i in because],
        [names[c] or None for c in of],
        penetration[of, top.column],
    ]
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def _because(scorer: Scorer, top: Top) -> np.ndarray:
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


def _record(
    tested: tuple[Past, sp.csr_matrix], top: Top, calibration: Calibration, method: Method, horizon_days: int
) -> pa.Table:
    past, adopted = tested
    p50, _ = potential(past, top.row, top.column)
    count = len(top.row)
    replayed = track_record.Replay(
        is_alert=np.ones(count, bool),
        grade=np.full(count, "", dtype=object),
        probability=calibration.probability(_signals(past, top)),
        is_hit=_values(adopted, top.row, top.column) > 0,
        money=p50,
        lead_days=np.full(count, np.nan),
    )
    table = track_record.record(KIND, horizon_days, str(method), [replayed])
    # Only what was proposed is replayed; the base rate is that of all that could have been.
    possible = past.offers[past.catalog].sum(dtype=np.int64) - past.bought.multiply(past.offers[past.catalog]).sum()
    place = table.schema.get_field_index("base_rate")
    rate = pa.array([float(adopted.nnz / max(possible, 1))] * len(table), pa.float64())
    return table.set_column(place, "base_rate", rate)


def _signals(past: Past, top: Top) -> np.ndarray:
    """What a proposal's probability is told by: its score, its rank, how much its customer and its item are bought."""
    breadth = np.asarray(past.bought.sum(axis=1)).ravel()
    lately = np.asarray(past.recent.sum(axis=1)).ravel()
    buyers = np.asarray(past.bought.sum(axis=0)).ravel() / max(len(past.customers), 1)
    return np.column_stack(
        [
            top.score,
            np.log(top.rank),
            np.log(breadth[top.row]),
            np.log(lately[top.row] + 0.01),
            np.log(buyers[top.column]),
        ]
    ).astype(float)


def _untuned(past: Past) -> Method:
    return POPULARITY if len(past.customers) < MIN_CUSTOMERS else ITEM_KNN


def _varied(top: tuple[np.ndarray, ...], category: np.ndarray) -> tuple[np.ndarray, ...]:
    """The first PROPOSALS of each row with at most OF_A_CATEGORY of one category, ranked anew.

    Items without a category are each of their own kind.
    """
    row, column, rank, score = top
    _, code = np.unique(category.astype(str), return_inverse=True)
    code = np.where(category == "", code.max(initial=0) + 1 + np.arange(len(code)), code)
    order = np.lexsort((rank, code[column], row))
    group = row[order] * (code.max(initial=0) + 1) + code[column][order]
    earlier = np.empty(len(order), np.int64)
    earlier[order] = np.arange(len(order)) - np.searchsorted(group, group)
    row, column, score = (values[earlier < OF_A_CATEGORY] for values in (row, column, score))
    rank = np.arange(len(row)) - np.searchsorted(row, row) + 1
    first = rank <= PROPOSALS
    return row[first], column[first], rank[first], score[first]


def _top(scores: np.ndarray, allowed: np.ndarray, rows: np.ndarray, most: int = PROPOSALS) -> tuple[np.ndarray, ...]:
    """Row, column, rank and score of the best allowed; equal scores are ordered by item."""
    width = scores.shape[1]
    # Rounded, so that the last bits of a sum do not tell equal customers apart.
    shown = np.where(allowed, np.round(scores.astype(float), 4) - 1e-6 * np.arange(width) / max(width, 1), -np.inf)
    count = min(most, width)
    columns = np.argpartition(-shown, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(shown, columns, axis=1), axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    kept = np.take_along_axis(allowed, columns, axis=1)
    place, rank = np.nonzero(kept)
    column = columns[kept]
    return rows[place], column, rank + 1, scores[place, column]


def _offers(ask: Ask, as_of: dt.date, customers: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    offered = ask("growth_offers", as_of=as_of).to_pydict()
    catalogs = {name: row for row, name in enumerate(sorted(set(offered["catalog_id"])), start=1)}
    column_of = {item: column for column, item in enumerate(items)}
    offers = np.zeros((len(catalogs) + 1, len(items)), bool)
    offers[0] = True
    for name, item in zip(offered["catalog_id"], offered["product_id"], strict=True):
        if item in column_of:
            offers[catalogs[name], column_of[item]] = True
    named = ask("growth_customers").to_pydict()
    catalog_of = dict(zip(named["customer_id"], named["catalog_id"], strict=True))
    return offers, np.array([catalogs.get(catalog_of.get(c, ""), 0) for c in customers], dtype=np.int64)


def _positions(table: pa.Table, customers: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = codes(table.column("customer_id"), pa.array(customers, pa.string()))
    return rows, codes(table.column("product_id"), pa.array(items, pa.string()))


def _matrix(values: np.ndarray, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sp.csr_matrix:
    return sp.csr_matrix((values.astype(np.float32), (rows, columns)), shape=shape)


def _values(matrix: sp.csr_matrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return np.asarray(matrix[rows, columns]).ravel() if len(rows) else np.zeros(0)


def _standardised(scores: np.ndarray) -> np.ndarray:
    spread = scores.std(axis=1, keepdims=True)
    return ((scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 1e-9, spread, 1)).astype(np.float32)


def _chunks(rows: np.ndarray) -> Iterator[np.ndarray]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def _sample(rows: np.ndarray) -> np.ndarray:
    if len(rows) <= VALIDATION_CUSTOMERS:
        return rows
    return np.sort(np.random.default_rng(1).permutation(rows)[:VALIDATION_CUSTOMERS])


def _quantiles(values: np.ndarray) -> np.ndarray:
    """The LEVELS of each row, linear between neighbours: np.quantile, many times faster on short rows. (2, rows)."""
    ordered = np.sort(values, axis=1)
    at = np.array(LEVELS) * (values.shape[1] - 1)
    low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
    return (ordered[:, low] + (at - low) * (ordered[:, high] - ordered[:, low])).T
