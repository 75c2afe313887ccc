"""Rhythm against BG/NBD (lifetimes) and the rule that everybody makes up: who will not order, and when the rest will.

Rolling origins; at each, everything is fitted to what was known then. Eligible are those with three order days or
more who were not silent for too long, as usual in the literature. Intervals are bootstrapped over customers.
"""

import contextlib
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lifetimes import BetaGeoFitter
from lifetimes.utils import ConvergenceError
from scipy.stats import rankdata

from analytics import cadence
from analytics.season import Season
from bench.quality import datasets
from bench.quality.goals import goal
from bench.quality.history import history

# How well something said of each (second) told the outcome (first); a third array weighs them, where there is one.
Measure = Callable[..., float]
DRAWS, SEED = 200, 7
_LARGEST_FIT = 20_000


def run() -> list[dict[str, Any]]:
    """All goals of the rhythm."""
    day = dt.date
    retail = evaluate(
        datasets.online_retail(),
        [day(2010, 12, 31), day(2011, 1, 30), day(2011, 3, 1), day(2011, 4, 1)],
        90,
        365,
    )
    cdnow = evaluate(datasets.cdnow(), [day(1997, 10, 31), day(1997, 12, 31)], 180, 365)
    grocer = evaluate(datasets.complete_journey(), [day(2017, 9, 1), day(2017, 10, 1), day(2017, 11, 1)], 60, 180)
    return [
        *customers(retail, "Online Retail II, H=90"),
        *never_worse(cdnow, "CDNOW, H=180"),
        *never_worse(grocer, "Complete Journey, households, H=60"),
        *timing(retail, "Online Retail II"),
    ]


@dataclass(frozen=True)
class Seen:
    """What was said and what came, an element for each eligible one at each origin."""

    origin: np.ndarray
    who: np.ndarray
    silent: np.ndarray
    ours: np.ndarray
    bg: np.ndarray
    ratio: np.ndarray
    money: np.ndarray
    next_days: np.ndarray
    window: np.ndarray
    known_days: np.ndarray
    silent_days: np.ndarray
    usual: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


def evaluate(lines: pa.Table, origins: list[dt.date], horizon: int, longest_silence: int) -> Seen:
    """Replays the origins; learning uses earlier days only, as far as what followed them was known by then."""
    parts: list[Seen] = []
    last_day = pc.max(lines["ordered_on"]).as_py()
    with history(lines) as past:
        for origin in origins:
            season = Season.of(past.ask("order_day_counts", as_of=origin))
            known = cadence.customer_days(past.ask, origin, season)
            by, tail = cadence.silence_known_on(known, origin, season), cadence.tail(known)
            table = past.ask("customer_rhythms", as_of=origin)
            reading = cadence.read(table, origin)
            next_days = cadence.days_to_next(table, past.ask("next_orders", as_of=origin, until=last_day), origin)
            f = reading.figures
            kept = (f["order_days"] >= 3) & (f["silent_days"] <= longest_silence)
            seen = Seen(
                origin=np.full(int(kept.sum()), origin.toordinal()),
                who=f["customer_id"][kept],
                silent=~(next_days <= horizon)[kept],
                ours=by.probability(cadence.silence_signals(reading), horizon)[kept],
                bg=bg_nbd(f, horizon)[kept],
                ratio=(f["silent_days"] / np.maximum(f["median_gap_days"], 1))[kept],
                money=f["active_year_revenue"][kept],
                next_days=next_days[kept],
                window=cadence.expected_within(reading)[kept],
                known_days=np.full(int(kept.sum()), (last_day - origin).days),
                silent_days=f["silent_days"][kept],
                usual=f["median_gap_days"][kept],
                low=cadence.expected(reading, tail)[kept],
                middle=cadence.expected(reading, 0.5)[kept],
                high=cadence.expected(reading, 1 - tail)[kept],
            )
            parts.append(seen)
            print(f"  {origin}: {int(kept.sum()):,}, {by.method}", flush=True)
    return Seen(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Seen)))


def bg_nbd(f: cadence.Columns, horizon: int) -> np.ndarray:
    """P(no order within the horizon) by lifetimes' BG/NBD, fitted to at most 20,000, in units of 30 days."""
    count, recency, age = f["gaps"], f["gap_sum_days"] / 30, (f["gap_sum_days"] + f["silent_days"]) / 30
    subset = np.random.default_rng(SEED).permutation(len(count))[:_LARGEST_FIT]
    for penalty in (0, 0.001, 0.01, 0.1, 1):
        model = BetaGeoFitter(penalizer_coef=penalty)
        try:
            with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                model.fit(count[subset], recency[subset], age[subset])
            break
        except ConvergenceError:
            continue
    r, alpha = model.params_["r"], model.params_["alpha"]
    alive = np.asarray(model.conditional_probability_alive(count, recency, age))
    return 1 - alive + alive * ((alpha + age) / (alpha + age + horizon / 30)) ** (r + count)


def customers(seen: Seen, data: str) -> list[dict[str, Any]]:
    """Goals of customers: against BG/NBD, also weighted by revenue and among the late, and against the ratio rule."""
    late = seen.silent_days > seen.usual
    gains = {
        "AUC gain": (None, None, 0.004),
        "AUC gain, weighted by revenue": (None, np.maximum(seen.money, 0), 0.0),
        "AUC gain among the already late": (late, None, 0.0),
    }
    goals = []
    for measure, (subset, weight, wanted) in gains.items():
        ours, base = by_origin(seen, auc, "ours", subset, weight), by_origin(seen, auc, "bg", subset, weight)
        low, high = bootstrap(seen, auc, subset, weight)
        goals.append(goal("rhythm", data, measure, ours - base, base, wanted, against="BG/NBD", interval=(low, high)))
        goals.append(goal("rhythm", data, f"{measure}, lower bound", low, base, -0.003, against="BG/NBD"))
    rule = by_origin(seen, auc, "ratio", late)
    ours = by_origin(seen, auc, "ours", late)
    return [
        *goals,
        goal("rhythm", data, "AUC among the already late", ours, rule, rule + 0.03, against="silence / median"),
    ]


def never_worse(seen: Seen, data: str) -> list[dict[str, Any]]:
    """The goal of data sets on which nothing was to be gained: not worse by more than 0.003."""
    base = by_origin(seen, auc, "bg")
    gain = by_origin(seen, auc, "ours") - base
    return [goal("rhythm", data, "AUC gain", gain, base, -0.003, against="BG/NBD", interval=bootstrap(seen, auc))]


def timing(seen: Seen, data: str) -> list[dict[str, Any]]:
    """When the next order comes, given the silence so far, of those whose next order came within the window.

    Only where the data reach to the window's end: a window cut short would hold the early ones alone.
    """
    came = (seen.next_days <= seen.window) & (seen.window <= seen.known_days)
    usual = np.maximum(seen.usual, seen.silent_days + 1)
    days = seen.silent_days + seen.next_days
    ours = np.abs(days - seen.middle)[came].mean()
    base = np.abs(days - usual)[came].mean()
    covered = (days >= np.rint(seen.low)) & (days <= np.rint(seen.high))
    share = float(covered[came].mean())
    print(f"  {data}: {int(came.sum()):,} next orders", flush=True)
    return [
        goal(
            "rhythm", data, "next order, mean absolute error in days, relative to the personal median",
            ours / base, base, 0.92, at_least=False, against="last order + median, tomorrow where that is past",
        ),
        goal(
            "rhythm", data, "next order, distance of the 80 % interval's coverage from 0.80",
            abs(share - 0.8), share, 0.03, at_least=False, against="coverage",
        ),
    ]  # fmt: skip


# --- measures -------------------------------------------------------------------------------------------------------


def auc(outcome: np.ndarray, said: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Area under the ROC curve, weighted if asked."""
    if weight is None:
        ranks = rankdata(said)
        ones = int(outcome.sum())
        zeros = len(outcome) - ones
        return float((ranks[outcome].sum() - ones * (ones + 1) / 2) / (ones * zeros))
    order = np.argsort(said, kind="stable")
    hit, load = outcome[order], weight[order]
    below = np.cumsum(np.where(hit, 0.0, load))
    return float((below * load)[hit].sum() / (load[hit].sum() * below[-1]))


def by_origin(
    seen: Seen, measure: Measure, name: str, subset: np.ndarray | None = None, weight: np.ndarray | None = None
) -> float:
    """A measure averaged over the origins."""
    return float(np.mean(_per_origin(seen, measure, name, subset, weight)))


def _per_origin(
    seen: Seen,
    measure: Measure,
    name: str,
    subset: np.ndarray | None,
    weight: np.ndarray | None,
) -> list[float]:
    said, outcome, origin = getattr(seen, name), seen.silent, seen.origin
    found = []
    for one in np.unique(origin):
        rows = (origin == one) & (True if subset is None else subset)
        extra = () if weight is None else (weight[rows],)
        found.append(measure(outcome[rows], said[rows], *extra))
    return found


def bootstrap(
    seen: Seen, measure: Measure, subset: np.ndarray | None = None, weight: np.ndarray | None = None
) -> tuple[float, float]:
    """The 95 % interval of ours - BG/NBD, drawn over customers."""
    rng = np.random.default_rng(SEED)
    people, index = np.unique(seen.who, return_inverse=True)
    outcome, origin = seen.silent, seen.origin
    ours, base = seen.ours, seen.bg
    gains = []
    for _ in range(DRAWS if len(outcome) < 50_000 else DRAWS // 4):
        times = np.bincount(rng.integers(0, len(people), len(people)), minlength=len(people))[index]
        gain = []
        for one in np.unique(origin):
            rows = np.repeat(np.flatnonzero((origin == one) & (True if subset is None else subset)),
                             times[(origin == one) & (True if subset is None else subset)])  # fmt: skip
            extra = () if weight is None else (weight[rows],)
            gain.append(measure(outcome[rows], ours[rows], *extra) - measure(outcome[rows], base[rows], *extra))
        gains.append(np.mean(gain))
    return float(np.quantile(gains, 0.025)), float(np.quantile(gains, 0.975))
