"""How likely a customer that orders on has left a category, or will buy none of it for two of its usual intervals.

A pair is a customer and a category with a habit of its own. Nothing is bought of it within its horizon either because
the customer has left it for good, or because it stays out that long by chance; so the probability is one minus the
product of two logistic regressions' complements (a noisy-or). The first reads how many of the customer's own lines
went by without the category; the second what its rhythm and its own clock lead to expect. Holidays and
pauses of the whole account move neither.

The coefficients start at those that fit other companies and are moved by the company's own past as far as that
carries them, earlier days pooled and the latest counted most. What earlier days were told then, and what followed,
corrects the level of what is told now, and makes the track record: of the very number, by the very rule.

Statistics: queries/warehouse/statistics/category_pairs.sql.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit

from analytics import track_record
from analytics.cadence import days_to_next
from analytics.sampling import evenly
from analytics.tables import Ask
from analytics.threads import one_thread

# Days by which what people did about an alert is judged; the probability has a horizon for each pair.
HORIZON_DAYS = 60
# An alert is what is told at least 35 in 100.
RAISED_FROM = 0.35
KIND = "category_risk"

_HORIZONS = (60, 210)  # days, between which two usual intervals are rounded up to thirties
_ORIGINS, _SPACING_DAYS, _SHORTEST_PAST_DAYS = 12, 30, 120
_HALF_LIFE_DAYS = 120.0  # of what an earlier day teaches
_MOST_EXAMPLES = 4_000  # an origin
_SHARE_PRIOR_LINES = 10.0
# A category is paused by all below this share of its usual pace; so many purchases before make a pause of last year.
_ALL_PAUSE, _HABIT = 0.6, 3

# What coefficients are before the company's own past speaks: the mean and the spread of those fitted to four
# companies apart (a wholesaler of gifts to January 2011, bicycle dealers to November 2013, a grocer's households of
# 2017, a generated supplier of tools), rounded.
_LEFT_PRIOR = {"intercept": (-4.9, 1.0), "stayed_out": (-0.55, 0.25)}
_OUT_PRIOR = {
    "intercept": (-0.5, 0.8),
    "out_by_lines": (0.23, 0.1),
    "out_by_days": (-0.12, 0.35),
    "silence": (0.3, 0.2),
    "customer_silence": (-0.2, 0.15),
    "orders_ahead": (-0.4, 0.45),
    "purchases": (-0.5, 0.35),
    "share": (-0.3, 0.35),
}
# Of the correction of level, a line in the logits: what is told tends to lie a little too far from the middle.
_LEVEL_PRIOR = ((-0.05, 0.2), (0.88, 0.1))
# How many cases the other companies count for, where the own ones bound what may be told or say whether to raise.
_PRIOR_CASES, _PRIOR_ALERTS = 18.0, 10.0

_SILENCE = ("customer_id", "category", "last_bought_on")

ALERTS = pa.schema(
    {
        "customer_id": pa.string(),
        "category": pa.string(),
        "verdict": pa.string(),
        "is_raised": pa.bool_(),
        "grade": pa.string(),
        "loss_probability": pa.float64(),
        "horizon_days": pa.int64(),
        "usual_interval_days": pa.float64(),
        "usual_purchases": pa.float64(),
        "recent_purchases": pa.int64(),
        "orders_since": pa.int64(),
        "changed_around": pa.date32(),
        "last_bought_on": pa.date32(),
        "value_at_stake": pa.float64(),
        "priority": pa.float64(),
    }
)


@dataclass(frozen=True)
class CategoryRisk:
    """What is known on a day.

    `alerts`: ALERTS, a row for each pair that could be judged, raised ones first, by priority: the probability times
    what the pair spends in 90 days. `track_record`: how such alerts fared in the past; a hit bought none of the
    category within its horizon while it ordered on.
    """

    alerts: pa.Table
    track_record: pa.Table


class Pairs(NamedTuple):
    """The pairs judged on one day, in the order of their ids.

    `table`: their figures; `horizon` in days; `usual`: mean days between purchases; `silent`: days since the last;
    `value`: what is spent in 90 days at the usual rate. `left`, `out`: what the two regressions read, pairs x
    coefficients.
    """

    as_of: dt.date
    table: pa.Table
    horizon: np.ndarray
    usual: np.ndarray
    silent: np.ndarray
    value: np.ndarray
    left: np.ndarray
    out: np.ndarray


class Origin(NamedTuple):
    """An earlier day: its pairs, and what followed as far as it is known today.

    `is_lost`: bought none of the category within its horizon. `counts`: the customer ordered within it. `examples`:
    places of those to learn from, and `weight` for how many each of them stands.
    """

    pairs: Pairs
    is_lost: np.ndarray
    counts: np.ndarray
    examples: np.ndarray
    weight: float

    def known_on(self, day: dt.date) -> np.ndarray:
        """Those whose horizon is over by a day and whose customers ordered within it."""
        return self.counts & (self.pairs.horizon <= (day - self.pairs.as_of).days)


def alerts(ask: Ask, as_of: dt.date) -> CategoryRisk:
    """Every customer and category that could be judged on a day, and how such judgements fared before."""
    past = origins(ask, as_of)
    now = pairs_of(ask, as_of)
    *told_then, told = walk_forward(past, now)
    record, is_raised = _record(past, told_then, as_of)
    return CategoryRisk(_table(now, told, is_raised=is_raised), record)


def pairs_of(ask: Ask, as_of: dt.date) -> Pairs:
    """The pairs with a habit on a day, out of season left out, whose customers have not fallen silent themselves."""
    table = ask("category_pairs", as_of=as_of)
    bought = table["purchases"].to_numpy().astype(float)
    first, last = (table[f"{end}_bought_on"].to_numpy().astype("datetime64[D]") for end in ("first", "last"))
    span = (last - first) / np.timedelta64(1, "D")
    usual = span / np.maximum(bought - 1, 1)
    silent = table["silent_days"].to_numpy().astype(float)
    # A customer that is silent itself is another alert.
    is_active = table["customer_silent_days"].to_numpy() <= np.clip(2 * usual, 60, 180)
    judged = is_active & ~_is_seasonal(table, usual)
    table, usual, silent = table.filter(pa.array(judged)), usual[judged], silent[judged]
    horizon = np.clip(np.ceil(2 * usual / 30) * 30, *_HORIZONS).astype(int)
    value = np.maximum(table["usual_revenue"].to_numpy(), 0.0) * 90 / np.maximum(usual, 1.0)
    left, out = _signals(table, usual, silent, horizon)
    return Pairs(as_of, table, horizon, usual, silent, value, left, out)


def _is_seasonal(table: pa.Table, usual: np.ndarray) -> np.ndarray:
    """Whether all customers pause the category, or this one paused it at the same time last year."""
    paused, last_year, before = (table[f"purchases_{when}"].to_numpy() for when in ("60", "60_last_year", "before"))
    is_own = (paused == 0) & (last_year == 0) & (before >= _HABIT) & (usual <= 60 / 2)
    seasonal: np.ndarray = is_own | (table["category_pace"].to_numpy() < _ALL_PAUSE)
    return seasonal


def _signals(
    table: pa.Table, usual: np.ndarray, silent: np.ndarray, horizon: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What the two regressions read of each pair, in the order of _LEFT_PRIOR and _OUT_PRIOR.

    At each of its lines a customer buys of the category with a chance of its own, beta distributed around that of the
    category; from this follow the chances that the lines since the last purchase, and those to come, are without it.
    """

    def of(column: str) -> np.ndarray:
        return table[column].to_numpy().astype(float)

    share, lines = np.clip(of("category_share"), 0.002, 0.95), of("lines")
    hits = _SHARE_PRIOR_LINES * share + lines
    misses = _SHARE_PRIOR_LINES * (1 - share) + np.maximum(of("lines_between"), lines) - lines
    since, known_days = of("lines_since"), of("known_days")
    a_day = (2 * of("lines_90") / 90 + of("lines_365") / np.clip(known_days, 90, 365)) / 3
    after = betaln(hits, misses + since)
    stayed_out_until_now = np.clip(after - betaln(hits, misses), np.log(1e-6), 0.0)
    stays_out = np.exp(betaln(hits, misses + since + a_day * horizon) - after)
    ones = np.ones(len(usual))
    out = [
        ones,
        logit(np.clip(stays_out, 1e-4, 1 - 1e-4)),
        logit(np.clip(np.exp(-horizon / usual), 1e-4, 1 - 1e-4)),
        np.log((silent + 1) / usual),
        np.log((of("customer_silent_days") + 1) / (known_days / np.maximum(of("orders"), 2) + 1)),
        np.log((of("orders_90") + of("orders_180") + 1) / 270 * horizon),
        np.log(of("purchases")),
        logit(np.clip(hits / (hits + misses), 0.01, 0.99)),
    ]
    return np.column_stack([ones, stayed_out_until_now]), np.column_stack(out)


def origins(ask: Ask, as_of: dt.date) -> list[Origin]:
    """Earlier days, oldest first, the latest thirty days ago, as far as there was a past to read by then."""
    found = []
    for step in range(_ORIGINS, 0, -1):
        day = as_of - dt.timedelta(days=step * _SPACING_DAYS)
        pairs = pairs_of(ask, day)
        first = pc.min(pairs.table["first_bought_on"]).as_py()
        if first is None or (day - first).days < _SHORTEST_PAST_DAYS:
            continue
        until = min(as_of, day + dt.timedelta(days=_HORIZONS[1]))
        bought = days_to_next(pairs.table, ask("next_purchases", as_of=day, until=until), day)
        ordered = days_to_next(pairs.table, ask("next_orders", as_of=day, until=until), day)
        examples = evenly((pairs.value, pairs.silent, pairs.left[:, 1], pairs.out[:, 1]), _MOST_EXAMPLES)
        weight = len(pairs.usual) / max(len(examples), 1)
        found.append(Origin(pairs, ~(bought <= pairs.horizon), ordered <= pairs.horizon, examples, weight))
    return found


def walk_forward(past: Sequence[Origin], now: Pairs) -> list[np.ndarray]:
    """The probability of each pair at each origin and now, each from what was known on its day."""
    raw: list[np.ndarray] = []
    told: list[np.ndarray] = []
    for pairs in [*(origin.pairs for origin in past), now]:
        before = past[: len(raw)]
        raw.append(_either(learn(before, pairs.as_of), pairs.left, pairs.out))
        told.append(_levelled(before, raw, pairs.as_of))
    return told


@one_thread
def learn(past: Sequence[Origin], day: dt.date) -> np.ndarray:
    """The coefficients most probable on a day, those of _LEFT_PRIOR first."""
    prior = np.array([*_LEFT_PRIOR.values(), *_OUT_PRIOR.values()])
    mean, spread = prior.T
    chosen = [(origin, _examples(origin, day)) for origin in past]
    if not sum(len(at) for _, at in chosen):
        return mean
    left, out = (np.vstack([getattr(origin.pairs, side)[at] for origin, at in chosen]) for side in ("left", "out"))
    lost = np.concatenate([origin.is_lost[at] for origin, at in chosen])
    weight = np.concatenate([_weights(origin, at, day) for origin, at in chosen])
    split = left.shape[1]

    def loss(coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        gone = expit(np.clip(left @ coefficients[:split], -30, 30))
        chance = expit(np.clip(out @ coefficients[split:], -30, 30))
        log_none = np.log1p(-np.minimum(gone, 1 - 1e-12)) + np.log1p(-np.minimum(chance, 1 - 1e-12))
        either = np.clip(-np.expm1(log_none), 1e-9, 1.0)
        slope = weight * np.where(lost, (1 - either) / either, -1.0)
        away = (coefficients - mean) / spread
        value = -float((weight * np.where(lost, np.log(either), log_none)).sum()) + float(away @ away) / 2
        gradient = np.concatenate([left.T @ (slope * gone), out.T @ (slope * chance)])
        return value, away / spread - gradient

    found: np.ndarray = minimize(loss, mean, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return found


def _examples(origin: Origin, day: dt.date) -> np.ndarray:
    return origin.examples[origin.known_on(day)[origin.examples]]


def _weights(origin: Origin, at: np.ndarray, day: dt.date) -> np.ndarray:
    """How much each example counts: the latest most; horizons that overlap those of the next origin, only once."""
    age = (day - origin.pairs.as_of).days
    once = np.minimum(_SPACING_DAYS / origin.pairs.horizon[at], 1.0)
    weights: np.ndarray = origin.weight * 0.5 ** (age / _HALF_LIFE_DAYS) * once
    return weights


def _either(coefficients: np.ndarray, left: np.ndarray, out: np.ndarray) -> np.ndarray:
    """P(left for good, or stays out by chance)."""
    split = left.shape[1]
    log_none = np.logaddexp(0, left @ coefficients[:split]) + np.logaddexp(0, out @ coefficients[split:])
    either: np.ndarray = -np.expm1(-log_none)
    return either


def _levelled(before: Sequence[Origin], raw: Sequence[np.ndarray], day: dt.date) -> np.ndarray:
    """The last of `raw`, corrected by what followed the others, and kept within what the cases behind it carry.

    A line in the logits (Platt 1999) with a prior. Nobody is told less than one case in `cases` + 2, nor more than all
    but one of them (Laplace): cases are those of the company's past that were told so or more, and _PRIOR_CASES.
    """
    chosen = [(origin, said, _examples(origin, day)) for origin, said in zip(before, raw, strict=False)]
    x = np.concatenate([np.empty(0), *(_logit(said[at]) for _, said, at in chosen)])
    lost = np.concatenate([np.empty(0, bool), *(origin.is_lost[at] for origin, _, at in chosen)])
    weight = np.concatenate([np.empty(0), *(_weights(origin, at, day) for origin, _, at in chosen)])
    (mean, spread) = np.array(_LEVEL_PRIOR).T
    columns, line = np.column_stack([np.ones(len(x)), x]), mean.copy()
    for _ in range(20):
        p = expit(columns @ line)
        gradient = columns.T @ (weight * (lost - p)) - (line - mean) / spread**2
        curvature = (columns * (weight * p * (1 - p))[:, None]).T @ columns + np.diag(1 / spread**2)
        line = line + np.linalg.solve(curvature, gradient)
    now = _logit(raw[-1])
    above, below = (np.searchsorted(np.sort(sign * x), sign * now, side="right") for sign in (-1, 1))
    told: np.ndarray = np.clip(
        expit(line[0] + line[1] * now), 1 / (below + _PRIOR_CASES + 2), 1 - 1 / (above + _PRIOR_CASES + 2)
    )
    return told


def _logit(probability: np.ndarray) -> np.ndarray:
    found: np.ndarray = logit(np.clip(probability, 1e-4, 1 - 1e-4))
    return found


def _record(past: Sequence[Origin], told_then: Sequence[np.ndarray], as_of: dt.date) -> tuple[pa.Table, bool]:
    """How such alerts fared at the origins, and whether that is good enough to raise them now."""
    replays: list[track_record.Replay] = []
    before: set[Silence] = set()
    for origin, said in zip(past, told_then, strict=True):
        replays.append(_replay(origin, said, as_of, before))
        before = _raised(origin, said)
    record = track_record.record(KIND, None, "noisy-or", replays, by_grade=False)
    raised = [track_record.clears_its_base(replays[: n + 1], _PRIOR_ALERTS) for n in range(len(replays))]
    if not raised or raised[-1]:
        return record, True
    failing = next(n for n in range(len(raised)) if not any(raised[n:]))
    since = pa.array([past[failing].pairs.as_of] * len(record), pa.date32())
    return record.set_column(record.schema.get_field_index("held_back_since"), "held_back_since", since), False


Silence: TypeAlias = tuple[str, str, dt.date]


def _raised(origin: Origin, told: np.ndarray) -> set[Silence]:
    """Who is raised of which category, and since when it has not bought of it."""
    raised = origin.pairs.table.filter(pa.array(told >= RAISED_FROM))
    return set(zip(*(raised[name].to_pylist() for name in _SILENCE), strict=True))


def _replay(origin: Origin, told: np.ndarray, as_of: dt.date, before: set[Silence]) -> track_record.Replay:
    """What would have been said on one day. A silence that was raised on the day before counts once."""
    pairs, is_alert = origin.pairs, told >= RAISED_FROM
    is_again = np.zeros(len(told), dtype=bool)
    rows = (pairs.table[name].filter(pa.array(is_alert)).to_pylist() for name in _SILENCE)
    is_again[is_alert] = [silence in before for silence in zip(*rows, strict=True)]
    known = origin.known_on(as_of) & ~is_again
    return track_record.Replay(
        is_alert=is_alert[known],
        grade=_grade(told)[known],
        probability=told[known],
        is_hit=origin.is_lost[known],
        money=pairs.value[known],
        lead_days=(90.0 - pairs.silent)[known],
    )


def _grade(probability: np.ndarray) -> np.ndarray:
    """By what is told: what alerts are told apart by in the track record."""
    return np.select([probability >= 0.7, probability >= RAISED_FROM], ["high", "medium"], "low")


def _table(now: Pairs, told: np.ndarray, *, is_raised: bool) -> pa.Table:
    table = now.table
    recent = table["purchases_60"].to_numpy()
    last = table["last_bought_on"].to_numpy().astype("datetime64[D]")
    columns = {
        "customer_id": table["customer_id"],
        "category": table["category"],
        "verdict": np.where(recent > 0, "declining", "stopped"),
        "is_raised": (told >= RAISED_FROM) & is_raised & (now.value > 0),
        "grade": _grade(told),
        "loss_probability": told,
        "horizon_days": now.horizon,
        "usual_interval_days": now.usual,
        "usual_purchases": 60 / now.usual,
        "recent_purchases": recent,
        "orders_since": table["orders_since"],
        "changed_around": np.where(recent > 0, np.datetime64(now.as_of) - np.timedelta64(60, "D"), last),
        "last_bought_on": last,
        "value_at_stake": now.value,
        "priority": told * now.value,
    }
    alerts = pa.table({name: columns[name] for name in ALERTS.names}).cast(ALERTS)
    by = [("is_raised", "descending"), ("priority", "descending"), ("customer_id", "ascending")]
    return alerts.sort_by([*by, ("category", "ascending")])
