"""Customers that still order but are leaving a category, with the false discovery rate held in each run.

A pair is a customer and a category. Its exposure is the customer's own order days: holidays and pauses of the whole
account make no alarm. For each pair a Gamma-Poisson change-point Bayes factor weighs "it buys as it used to" against
"since one of these days it buys much less", where a fall that came at the same time last year is a season and no
change. Prevalence by EM gives the local false discovery rate, and the largest set of pairs whose mean stays within
analytics.discovery's rate is flagged. What is flagged is ordered by the probability of a material loss times the value
at stake; that probability is learned from what followed on earlier days of the same warehouse, where it validates.

Statistics: queries/warehouse/statistics/category_risk_*.sql.
"""

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import gammaln
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, brier_score_loss

from analytics import track_record
from analytics.cadence import CATEGORY_HORIZON_DAYS
from analytics.coding import codes
from analytics.discovery import discovered
from analytics.sampling import evenly
from analytics.tables import Ask
from analytics.threads import one_thread

HORIZON_DAYS = CATEGORY_HORIZON_DAYS
# Fewer expected purchases are a one-off, or too few to tell a change from chance.
LEAST_EXPECTED = 2.0
# Whoever has not bought for longer left before the window, and was flagged then.
LAST_BOUGHT_DAYS = 120
# Earlier days on which the past is replayed, a horizon apart; the latest REPLAYS of them make the track record.
ORIGINS, REPLAYS = 4, 3

# Stretches of days before the as-of day, as ages from and to: those of category_risk_purchases.sql, oldest first.
_RECENT = [(50 - 10 * block, 60 - 10 * block) for block in range(6)]
_LAST_YEAR = [(low + 365, high + 365) for low, high in _RECENT]
_BETWEEN = [(304 - 61 * part, 365 - 61 * part) for part in range(5)]
_STRETCHES = {"recent": _RECENT, "last_year": _LAST_YEAR, "between": _BETWEEN}
_WINDOW_DAYS, _USUAL_DAYS, _HISTORY_DAYS = 60, 365, 600

_ONSETS = range(5)
_REMAINING = (0.02, 0.2, 0.45)
_STOPPED = 0
_DAYS = 1 << 20  # more than days there are, to write customer and day as one number

_LEAST_PAIRS = 30
_NO_YEAR = -99.0
_LEAST_EXAMPLES, _LEAST_LOSSES, _MOST_EXAMPLES = 300, 30, 60_000
BOOSTED, BAYES_FACTOR = "boosted", "bayes_factor"

ALERTS = pa.schema(
    {
        "customer_id": pa.string(),
        "category": pa.string(),
        "verdict": pa.string(),
        "is_flagged": pa.bool_(),
        "grade": pa.string(),
        "change_probability": pa.float64(),
        "loss_probability": pa.float64(),
        "usual_purchases": pa.float64(),
        "recent_purchases": pa.int64(),
        "usual_order_share": pa.float64(),
        "recent_order_share": pa.float64(),
        "usual_days_between": pa.float64(),
        "changed_around": pa.date32(),
        "last_bought_on": pa.date32(),
        "value_at_stake": pa.float64(),
        "priority": pa.float64(),
    }
)


@dataclass(frozen=True)
class CategoryRisk:
    """What is known on a day.

    `alerts`: ALERTS, a row for each pair that could be judged, flagged ones first, by priority. `track_record`: how
    such alerts fared in the past, kinds category_stopped and category_declining; a hit is a material loss. `method`:
    where loss_probability comes from, BOOSTED or, when that had too little to learn from or did not validate,
    BAYES_FACTOR (the probability of change itself).
    """

    alerts: pa.Table
    track_record: pa.Table
    method: str


@dataclass(frozen=True)
class Clock:
    """The order days of every customer, to be counted between any two days.

    `customers`: their ids, sorted. `keys`: customer x _DAYS + day, sorted; days since 1970.
    """

    customers: pa.Array
    keys: np.ndarray

    def until(self, customer: np.ndarray, day: np.ndarray | int) -> np.ndarray:
        """Position of the last order day at or before `day`: differences of it count order days."""
        return np.searchsorted(self.keys, customer * _DAYS + day, side="right")

    def counts(self, stretches: list[tuple[int, int]], day: int) -> np.ndarray:
        """Order days by customer and stretch of ages before `day`."""
        customer = np.arange(len(self.customers))
        columns = [self.until(customer, day - low) - self.until(customer, day - high) for low, high in stretches]
        return np.stack(columns, axis=1).astype(float)


@dataclass(frozen=True)
class Pairs:
    """All pairs bought in their usual year, by customer and category, with the exposure of their customers.

    `recent` and `recent_orders`: purchases and own order days in the window, pairs x 6 blocks, oldest first;
    `last_year...` the same a year earlier, `between...` the five stretches in between. `gaps` between purchases up to
    the end of the usual year, and `gap_spread`, their squared coefficient of variation in own order days.
    `first_day`: of the customer's orders; `quantity`, `revenue`: of the usual year. Days are counted since 1970.
    """

    day: int
    customer: np.ndarray
    category: np.ndarray
    categories: pa.Array
    recent: np.ndarray
    recent_orders: np.ndarray
    last_year: np.ndarray
    last_year_orders: np.ndarray
    between: np.ndarray
    between_orders: np.ndarray
    earlier: np.ndarray
    gaps: np.ndarray
    gap_spread: np.ndarray
    first_day: np.ndarray
    last_bought: np.ndarray
    orders_since: np.ndarray
    last_quantity: np.ndarray
    quantity: np.ndarray
    revenue: np.ndarray

    @property
    def bought(self) -> np.ndarray:
        """Purchases in the usual year."""
        return self.last_year.sum(axis=1) + self.between.sum(axis=1)

    @property
    def orders(self) -> np.ndarray:
        """Own order days in the usual year."""
        return np.maximum(self.last_year_orders.sum(axis=1) + self.between_orders.sum(axis=1), self.bought)

    @property
    def usual_days(self) -> np.ndarray:
        """Length of the usual year as far as the customer was there."""
        return np.clip(self.day - _WINDOW_DAYS - self.first_day + 1, 1, _USUAL_DAYS)


@dataclass(frozen=True)
class Usual:
    """What each pair is expected to buy.

    Gamma prior of its category (`shape`, `weight`), posterior `rate` an own order day, and `exposure`: own order days
    in the window times the season of the category, pairs x 6 blocks.
    """

    shape: np.ndarray
    weight: np.ndarray
    rate: np.ndarray
    exposure: np.ndarray

    @property
    def expected(self) -> np.ndarray:
        """Purchases expected in the window."""
        return self.rate * self.exposure.sum(axis=1)


@dataclass(frozen=True)
class Change:
    """What speaks for a change.

    `log_factor`: its log Bayes factor; `log_season`: that of the same fall in both years (nan without a year).
    `probability` of a change, `stopped` that it is a stop if it is one, `onset` the block of its most probable start,
    `remaining` purchases since then over those expected, `spread` the dispersion.
    """

    log_factor: np.ndarray
    log_season: np.ndarray
    probability: np.ndarray
    stopped: np.ndarray
    onset: np.ndarray
    remaining: np.ndarray
    spread: np.ndarray


@dataclass(frozen=True)
class Judged:
    """The judged pairs of one day, with what they usually buy and what speaks for a change.

    `value`: what a pair spends in 90 days at its usual rate; `at_stake`: the part of it that the recent rate does not
    bring. `features`: what the ranker learns from, pairs x features.
    """

    pairs: Pairs
    usual: Usual
    change: Change
    is_flagged: np.ndarray
    value: np.ndarray
    at_stake: np.ndarray
    features: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """What followed within the horizon, for each judged pair.

    Purchases, revenue, whether the customer ordered at all, and whether it was a material loss: at most half of the
    purchases its own order days led to expect, and two short.
    """

    purchases: np.ndarray
    revenue: np.ndarray
    is_active: np.ndarray
    is_loss: np.ndarray


def alerts(ask: Ask, as_of: dt.date) -> CategoryRisk:
    """Every customer and category that could be judged on a day, and how such judgements fared before."""
    clock = clock_of(ask, as_of)
    past = [(judged, outcome(ask, clock, judged)) for judged in _past(ask, clock, as_of)]
    judged = judge(ask, clock, as_of)
    predicted = walk_forward([*past, (judged, None)])
    probability, method = predicted[-1]
    replayed = list(zip(past, predicted[:-1], strict=True))[-REPLAYS:]
    return CategoryRisk(_table(clock, judged, probability), _track_record(replayed), method)


def _past(ask: Ask, clock: Clock, as_of: dt.date) -> list[Judged]:
    """The judgements of earlier days, oldest first, as far as there was a history by then."""
    first = int((clock.keys % _DAYS).min()) if len(clock.keys) else 0
    days = [as_of - dt.timedelta(days=HORIZON_DAYS * step) for step in range(ORIGINS, 0, -1)]
    return [judge(ask, clock, day) for day in days if _number(day) - first >= 2 * _WINDOW_DAYS]


def clock_of(ask: Ask, as_of: dt.date) -> Clock:
    """The order days that judgements up to `as_of`, and of the origins before it, look at."""
    since = as_of - dt.timedelta(days=_HISTORY_DAYS + ORIGINS * HORIZON_DAYS)
    orders = ask("category_risk_orders", since=since, as_of=as_of)
    ids = _strings(orders["customer_id"])
    customers = ids.unique().sort()
    return Clock(customers, np.sort(codes(ids, customers) * _DAYS + _days(orders["ordered_on"])))


def judge(ask: Ask, clock: Clock, as_of: dt.date) -> Judged:
    """Judges every pair with enough expected purchases whose customer ordered in the window."""
    everyone = _pairs(ask, clock, as_of)
    usual = _usual(everyone)
    # By its own purchases too: a one-off must not become a habit because its peers have one.
    own = everyone.bought / everyone.orders * usual.exposure.sum(axis=1)
    at = np.flatnonzero(
        (np.minimum(usual.expected, own) >= LEAST_EXPECTED)
        & (everyone.recent_orders.sum(axis=1) > 0)
        & (everyone.day - everyone.last_bought < LAST_BOUGHT_DAYS)
    )
    around = _surroundings(everyone, usual)[at]
    pairs, usual = _taken(everyone, at), _taken(usual, at)
    change = _change(pairs, usual)
    value = np.maximum(pairs.revenue, 0.0) * 90 / pairs.usual_days
    return Judged(
        pairs=pairs,
        usual=usual,
        change=change,
        is_flagged=discovered(change.probability),
        value=value,
        at_stake=value * (1 - change.remaining),
        features=np.column_stack([_features(pairs, usual, change), around, value]).astype(np.float32),
    )


def _pairs(ask: Ask, clock: Clock, as_of: dt.date) -> Pairs:
    """The rows of category_risk_purchases, sorted, so that nothing depends on the order they came in."""
    day = _number(as_of)
    rows = ask("category_risk_purchases", as_of=as_of)
    rows = rows.filter(pc.is_in(rows["customer_id"], clock.customers))
    categories = _strings(rows["category"]).unique().sort()
    customer = codes(_strings(rows["customer_id"]), clock.customers)
    category = codes(_strings(rows["category"]), categories)
    order = np.lexsort((category, customer))
    customer, category = customer[order], category[order]
    orders = {name: clock.counts(ages, day)[customer] for name, ages in _STRETCHES.items()}
    begun = np.searchsorted(clock.keys, customer * _DAYS)
    last_bought = _days(rows["last_bought_on"])[order]

    def values(column: str) -> np.ndarray:
        return rows[column].to_numpy().astype(float)[order]

    def stretches(name: str) -> np.ndarray:
        return np.column_stack([values(f"{name}_{part + 1}") for part in range(len(_STRETCHES[name]))])

    return Pairs(
        day=day,
        customer=customer,
        category=category,
        categories=categories,
        recent=stretches("recent"),
        recent_orders=orders["recent"],
        last_year=stretches("last_year"),
        last_year_orders=orders["last_year"],
        between=stretches("between"),
        between_orders=orders["between"],
        earlier=values("earlier_purchases"),
        gaps=values("gaps"),
        gap_spread=_squared_variation(*map(values, ("gaps", "gap_orders_sum", "gap_orders_squares"))),
        first_day=clock.keys[begun] % _DAYS,
        last_bought=last_bought,
        orders_since=(clock.until(customer, day) - clock.until(customer, last_bought)).astype(float),
        last_quantity=values("last_quantity"),
        quantity=values("usual_quantity"),
        revenue=values("usual_revenue"),
    )


def _usual(pairs: Pairs) -> Usual:
    """Empirical Bayes: the prior of each category, the rate of each pair, and the season of its category."""
    bought, orders, many = pairs.bought, pairs.orders, len(pairs.categories)
    shape, weight = _priors(bought, orders, pairs.category, many)
    rate = (shape + bought) / (weight + orders)
    season = _seasons(pairs.recent, rate[:, None] * pairs.recent_orders, pairs.category, many)
    return Usual(shape, weight, rate, pairs.recent_orders * season)


def _priors(bought: np.ndarray, orders: np.ndarray, category: np.ndarray, many: int) -> tuple[np.ndarray, np.ndarray]:
    """Gamma shape and weight (in order days) of each pair's category, for its purchases an order day.

    Maximum likelihood on a grid, negative binomial without zeros, because only pairs that bought are there. Categories
    of few pairs take the prior of all.
    """
    if not len(bought):
        return np.empty(0), np.empty(0)
    fits = np.tile(_fit(bought, orders), (many, 1))
    by_category = np.split(np.argsort(category, kind="stable"), np.cumsum(np.bincount(category, minlength=many))[:-1])
    for number, members in enumerate(by_category):
        if len(members) >= _LEAST_PAIRS:
            fits[number] = _fit(bought[members], orders[members])
    return fits[category, 0], fits[category, 1]


def _fit(bought: np.ndarray, orders: np.ndarray) -> tuple[float, float]:
    """The shape and weight on the grid that make these purchases most probable; evenly spaced pairs stand for many."""
    order = evenly((orders, bought), 300)
    x, m = bought[order], orders[order]
    shapes = np.geomspace(0.2, 20, 10)[:, None, None]
    weights = shapes / np.geomspace(0.005, 1, 18)[:, None]
    log_none = shapes * np.log(weights / (weights + m))
    likelihood = gammaln(shapes + x) - gammaln(shapes) + log_none + x * np.log(m / (weights + m))
    best = np.argmax((likelihood - np.log(-np.expm1(log_none))).sum(axis=2))
    row, column = np.unravel_index(best, weights.shape[:2])
    return float(shapes[row, 0, 0]), float(weights[row, column, 0])


def _seasons(recent: np.ndarray, expected: np.ndarray, category: np.ndarray, many: int) -> np.ndarray:
    """Season of each pair's category in each block: purchases of all others over those expected, shrunk to one."""
    columns = range(recent.shape[1])
    seen = np.stack([np.bincount(category, recent[:, block], many) for block in columns], axis=1)
    due = np.stack([np.bincount(category, expected[:, block], many) for block in columns], axis=1)
    others_due = np.maximum(due[category] - expected, 0.0)
    return (np.maximum(seen[category] - recent, 0.0) + 15) / (others_due + 15)


def _change(pairs: Pairs, usual: Usual) -> Change:
    """Weighs a change in the window against none, and against a fall that comes every year."""
    spread = _dispersion(pairs, usual)
    evidence = _evidence(pairs, usual, spread, with_last_year=False)
    # Without buying before the same days of last year nothing can speak for a season of its own.
    has_year = (pairs.earlier > 0) & (pairs.last_year_orders.sum(axis=1) > 0)
    log_factor = _log_mean(evidence)
    log_season = np.where(has_year, _log_mean(_evidence(pairs, usual, spread, with_last_year=True)), np.nan)
    weights = np.exp(evidence - log_factor[:, None, None])
    weights /= weights.sum(axis=(1, 2), keepdims=True)
    onset = weights.sum(axis=2).argmax(axis=1)
    since = np.arange(len(_RECENT)) >= onset[:, None]
    due_since = np.maximum((usual.rate[:, None] * usual.exposure * since).sum(axis=1), 1e-9)
    return Change(
        log_factor=log_factor,
        log_season=log_season,
        probability=_change_probability(log_factor, log_season),
        stopped=weights[:, :, _STOPPED].sum(axis=1),
        onset=onset,
        remaining=np.minimum((pairs.recent * since).sum(axis=1) / due_since, 1.0),
        spread=spread,
    )


def _dispersion(pairs: Pairs, usual: Usual) -> np.ndarray:
    """How much more, or less, purchases vary than by chance: damps volatile buyers, and trusts regular ones sooner.

    Two witnesses, shrunk to one: counts of the usual year's stretches against those expected, and the gaps between
    purchases, whose squared coefficient of variation is what counts of a renewal process are dispersed by (Cox 1962).
    """
    seen = np.column_stack([pairs.last_year.sum(axis=1), pairs.between])
    orders = np.column_stack([pairs.last_year_orders.sum(axis=1), pairs.between_orders])
    due = usual.rate[:, None] * orders
    squares = np.where(orders > 0, (seen - due) ** 2 / np.maximum(due, 1e-9), 0.0).sum(axis=1)
    freedom = np.maximum((orders > 0).sum(axis=1) - 1, 0)
    of_gaps = np.maximum(pairs.gaps - 1, 0)
    return np.clip((squares + of_gaps * pairs.gap_spread + 10) / (freedom + of_gaps + 10), 0.5, 4)


def _squared_variation(count: np.ndarray, total: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Squared coefficient of variation from how many there are, their sum and the sum of their squares; one for few."""
    mean = np.nan_to_num(total) / np.maximum(count, 1)
    variance = (np.nan_to_num(squares) - count * mean**2) / np.maximum(count - 1, 1)
    return np.where(count >= 2, np.maximum(variance, 0.0) / np.maximum(mean, 1e-9) ** 2, 1.0)


def _evidence(pairs: Pairs, usual: Usual, spread: np.ndarray, *, with_last_year: bool) -> np.ndarray:
    """Log Bayes factors against no change, pairs x onsets x remaining rates, the rate itself integrated out.

    With last year: of a fall that came on the same days in both years.
    """
    shape = usual.shape + pairs.bought + pairs.recent.sum(axis=1)
    weight = usual.weight + pairs.orders + usual.exposure.sum(axis=1)
    factors = np.empty((len(shape), len(_ONSETS), len(_REMAINING)))
    for onset in _ONSETS:
        after, exposed = pairs.recent[:, onset:].sum(axis=1), usual.exposure[:, onset:].sum(axis=1)
        if with_last_year:
            after = after + pairs.last_year[:, onset:].sum(axis=1)
            exposed = exposed + pairs.last_year_orders[:, onset:].sum(axis=1)
        for number, remaining in enumerate(_REMAINING):
            fewer = np.log1p(-(1 - remaining) * exposed / weight)
            factors[:, onset, number] = (after * np.log(remaining) - shape * fewer) / spread
    return factors


def _change_probability(log_factor: np.ndarray, log_season: np.ndarray) -> np.ndarray:
    """Posterior probability of a change; how common changes and seasons are comes from all pairs together by EM.

    A prior of twenty pairs, one of them changed and one seasonal, steadies small books.
    """
    factor, has_year = np.exp(np.minimum(log_factor, 300)), ~np.isnan(log_season)
    seasonal_factor = np.where(has_year, np.exp(np.minimum(np.nan_to_num(log_season), 300)), 1.0)
    changed, seasonal = 0.05, 0.05
    probability = np.zeros(len(factor))
    for _ in range(100):
        total = changed * factor + seasonal * seasonal_factor + (1 - changed - seasonal)
        probability = changed * factor / total
        came_again = (seasonal * seasonal_factor / total)[has_year]
        changed = (probability.sum() + 1) / (len(factor) + 20)
        seasonal = min((came_again.sum() + 1) / (len(came_again) + 20), 0.9 - 0.9 * changed)
    return probability


def _features(pairs: Pairs, usual: Usual, change: Change) -> np.ndarray:
    """What the ranker sees of a pair itself."""
    recent, orders = pairs.recent.sum(axis=1), pairs.recent_orders.sum(axis=1)
    late, late_orders = pairs.recent[:, 3:].sum(axis=1), pairs.recent_orders[:, 3:].sum(axis=1)
    days_since, days_between = pairs.day - pairs.last_bought, pairs.usual_days / pairs.bought
    columns = [
        change.log_factor,
        np.nan_to_num(change.log_season, nan=_NO_YEAR),
        change.probability,
        change.stopped,
        change.remaining,
        change.spread,
        usual.rate,
        usual.expected,
        usual.expected - recent,
        usual.expected / orders,
        usual.shape / usual.weight,
        usual.exposure.sum(axis=1) / orders,
        recent,
        late,
        pairs.recent[:, 5],
        recent / orders,
        late / np.maximum(late_orders, 1),
        recent / usual.expected,
        orders,
        late_orders,
        pairs.recent_orders[:, 5],
        orders * pairs.usual_days / (np.maximum(pairs.orders, 1) * _WINDOW_DAYS),
        pairs.bought,
        pairs.orders,
        pairs.between[:, 4],
        pairs.between[:, 4] / np.maximum(pairs.between_orders[:, 4], 1),
        pairs.between[:, 3] / np.maximum(pairs.between_orders[:, 3], 1),
        days_since,
        days_since / days_between,
        pairs.orders_since,
        pairs.orders_since * usual.rate,
        pairs.last_quantity * pairs.bought / np.maximum(pairs.quantity, 1e-9),
    ]
    return np.column_stack(columns)


def _surroundings(pairs: Pairs, usual: Usual) -> np.ndarray:
    """What the ranker sees of the customer's other categories and of the category's other customers."""
    recent, expected = pairs.recent.sum(axis=1), usual.expected
    columns = []
    for group in (pairs.customer, pairs.category):
        seen = np.bincount(group, recent)[group] - recent if len(group) else recent
        due = np.bincount(group, expected)[group] - expected if len(group) else recent
        columns += [(seen + 3) / (np.maximum(due, 0) + 3), due]
    return np.column_stack(columns)


def outcome(ask: Ask, clock: Clock, judged: Judged) -> Outcome:
    """What followed a judgement; its horizon must be over by the day of the clock."""
    pairs = judged.pairs
    day = dt.date(1970, 1, 1) + dt.timedelta(days=pairs.day)
    rows = ask("category_risk_outcomes", as_of=day, horizon_days=HORIZON_DAYS)
    customer = codes(_strings(rows["customer_id"]), clock.customers)
    category = codes(_strings(rows["category"]), pairs.categories)
    # Categories not known before stand at -1 and belong to no pair.
    keys, wanted = customer * _DAYS + category, pairs.customer * _DAYS + pairs.category
    order = np.argsort(keys)
    place = np.searchsorted(keys[order], wanted)
    place = np.minimum(place, max(len(keys) - 1, 0))
    found = keys[order][place] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)

    def followed(column: str) -> np.ndarray:
        values = rows[column].to_numpy().astype(float)[order]
        return np.where(found, values[place], 0.0) if len(values) else np.zeros(len(wanted))

    orders = clock.until(pairs.customer, pairs.day + HORIZON_DAYS) - clock.until(pairs.customer, pairs.day)
    purchases, expected = followed("purchases"), judged.usual.rate * orders
    is_loss = (purchases <= 0.5 * expected) & (expected - purchases >= 2) & (orders > 0)
    return Outcome(purchases, followed("revenue"), orders > 0, is_loss)


Prediction = tuple[np.ndarray, str]


def walk_forward(days: list[tuple[Judged, Outcome | None]]) -> list[Prediction]:
    """Probabilities of a material loss for each day, oldest first, each from what was known that day, and the method.

    The ranker of a day learns from the days before it. It is used where, the day before, such a ranker told losses
    better than the Bayes factor alone, both in their order and in squared error.
    """
    predicted: list[Prediction] = []
    is_valid = False
    for number, (judged, followed) in enumerate(days):
        learned = _learned(days[:number], judged)
        plain = judged.change.probability
        predicted.append((learned, BOOSTED) if learned is not None and is_valid else (plain, BAYES_FACTOR))
        if followed is not None:
            is_valid = learned is not None and _is_better(learned, plain, followed)
    return predicted


@one_thread
def _learned(past: list[tuple[Judged, Outcome | None]], judged: Judged) -> np.ndarray | None:
    """Probabilities of a material loss learned from the past; None where that holds too few examples."""
    known = [(earlier.features[f.is_active], f.is_loss[f.is_active]) for earlier, f in past if f is not None]
    features = np.concatenate([x for x, _ in known]) if known else np.empty((0, 0))
    losses = np.concatenate([y for _, y in known]) if known else np.empty(0, dtype=bool)
    if not _is_enough(losses) or not len(judged.features):
        return None
    # Sorted by what they are (the last five tell almost all apart), so that names of customers decide nothing.
    order = evenly((losses, *features.T[-5:]), _MOST_EXAMPLES)
    ranker = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=40, l2_regularization=1.0,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    return ranker.fit(features[order], losses[order]).predict_proba(judged.features)[:, 1]


def _is_enough(losses: np.ndarray) -> bool:
    return len(losses) >= _LEAST_EXAMPLES and _LEAST_LOSSES <= losses.sum() < len(losses)


def _is_better(learned: np.ndarray, plain: np.ndarray, followed: Outcome) -> bool:
    """Whether learned probabilities told what followed better than plain ones, on enough examples."""
    losses, active = followed.is_loss[followed.is_active], followed.is_active
    if not _is_enough(losses):
        return False
    return bool(
        average_precision_score(losses, learned[active]) > average_precision_score(losses, plain[active])
        and brier_score_loss(losses, learned[active]) < brier_score_loss(losses, plain[active])
    )


def _verdict(judged: Judged) -> np.ndarray:
    is_changed = judged.is_flagged | (judged.change.probability >= 0.5)
    return np.where(is_changed, np.where(judged.change.stopped >= 0.5, "stopped", "declining"), "steady")


def _grade(probability: np.ndarray) -> np.ndarray:
    """By the probability of a loss: what alerts are told apart by in the track record."""
    return np.select([probability >= 0.5, probability >= 0.25], ["high", "medium"], "low")


def _table(clock: Clock, judged: Judged, probability: np.ndarray) -> pa.Table:
    pairs, usual, change = judged.pairs, judged.usual, judged.change
    verdict = _verdict(judged)
    onset_day = pairs.day - np.array([high - 1 for _, high in _RECENT])[change.onset]
    changed = pa.array(onset_day.astype("datetime64[D]"), mask=verdict == "steady")
    columns = {
        "customer_id": clock.customers.take(pa.array(pairs.customer)),
        "category": pairs.categories.take(pa.array(pairs.category)),
        "verdict": verdict,
        "is_flagged": judged.is_flagged,
        "grade": _grade(probability),
        "change_probability": change.probability,
        "loss_probability": probability,
        "usual_purchases": usual.expected,
        "recent_purchases": pairs.recent.sum(axis=1).astype(np.int64),
        "usual_order_share": pairs.bought / np.maximum(pairs.orders, 1),
        "recent_order_share": pairs.recent.sum(axis=1) / pairs.recent_orders.sum(axis=1),
        "usual_days_between": pairs.usual_days / pairs.bought,
        "changed_around": changed,
        "last_bought_on": pairs.last_bought.astype("datetime64[D]"),
        "value_at_stake": judged.at_stake,
        "priority": probability * judged.at_stake,
    }
    table = pa.table({name: pa.array(values) for name, values in columns.items()}).cast(ALERTS)
    by = [("is_flagged", "descending"), ("priority", "descending"), ("customer_id", "ascending")]
    return table.sort_by([*by, ("category", "ascending")])


def _track_record(replayed: list[tuple[tuple[Judged, Outcome], Prediction]]) -> pa.Table:
    """How often flagged pairs, stopped and declining apart, were followed by a material loss.

    Among pairs whose customer ordered at all within the horizon. Lead: how long before ninety days without a purchase,
    the usual fixed rule, would have told a stop.
    """
    method = " and ".join(sorted({method for _, (_, method) in replayed}))
    tables = []
    for kind in ("stopped", "declining"):
        replays = []
        for (judged, followed), (probability, _) in replayed:
            active = followed.is_active
            lead = 90.0 - (judged.pairs.day - judged.pairs.last_bought)
            replays.append(
                track_record.Replay(
                    is_alert=(judged.is_flagged & (_verdict(judged) == kind))[active],
                    grade=_grade(probability)[active],
                    probability=probability[active],
                    is_hit=followed.is_loss[active],
                    money=judged.at_stake[active],
                    lead_days=(lead if kind == "stopped" else np.full(len(lead), np.nan))[active],
                )
            )
        tables.append(track_record.record(f"category_{kind}", HORIZON_DAYS, method, replays))
    return pa.concat_tables(tables)


def _log_mean(evidence: np.ndarray) -> np.ndarray:
    """Log of the mean Bayes factor over onsets and remaining rates."""
    top = evidence.max(axis=(1, 2), keepdims=True)
    return top[:, 0, 0] + np.log(np.exp(evidence - top).mean(axis=(1, 2)))


def _taken(columns: Any, at: np.ndarray) -> Any:
    """The same dataclass of arrays at some of its rows; what is no array of rows stays."""
    kept = {f.name: getattr(columns, f.name) for f in fields(columns)}
    return replace(columns, **{name: kept[name][at] for name in kept if isinstance(kept[name], np.ndarray)})


def _strings(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks().cast(pa.string())


def _days(column: pa.ChunkedArray) -> np.ndarray:
    """Dates as days since 1970."""
    return column.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)


def _number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days
