"""Win probabilities and times to close against other estimators, published figures and planted drivers.

Salvirt (Bohanec), 448 deals of a software company, a table without time: cross-validated three times ten-fold with the
product's estimators, a logistic regression and a random forest on the same one-hot columns. The product's own demo:
what was told on earlier days of the negotiations open then, by a model fitted and weighed before them, against what
came; a logistic regression on a deal's attributes as columns of their own (stage, rep, customer's segment, channel,
source, category; with age and amount) and the incidence by stage and age (Aalen-Johansen) are fitted to the same past.
Planted odds are of what was known in the end: their own area is what drivers alone can reach. Intervals are 95 %
bootstrap intervals over folds and over negotiations.
"""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from analytics import ensemble
from analytics.tables import Ask
from analytics.track_record import calibration_error
from analytics.win_probability.landmarks import AGES, FEATURES, Landmarks, landmarks, past
from analytics.win_probability.log import ENTITIES, OPEN, Log, day_number, log_of
from analytics.win_probability.model import ENDS, MIDDLES, Known, known_on
from analytics.win_probability.record import Replay, cuts, replay
from bench import serve, warehouse
from bench.quality import goals
from bench.quality.datasets import SAMPLES
from data.demo.deals import WIN_DRIVERS
from data.demo.truths import TRUTH
from queries import load

TASK = "win_probability"
LINES = 1_000_000
FOLDS, REPEATS = 10, 3
# Landmarks below which a cell of stage and age says nothing of its own.
LEAST = 20
OTHERS = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "random forest": RandomForestClassifier(500, random_state=0),
}
# Drivers, the feature that shows each, and two values of it: the first is worse where the planted sign is negative.
DRIVERS = {
    "first_response_days": ("response_days", 6.0, 1.0),
    "discount_depth": ("discount_depth", 0.32, 0.18),
    "single_threaded": ("people", 1.0, 2.0),
    "loops": ("backs", 2.0, 0.0),
}


def run() -> list[dict[str, Any]]:
    """Prints and returns the goals."""
    return [*_salvirt(), *_demo()]


def _salvirt() -> list[dict[str, Any]]:
    (file,) = (SAMPLES / "salvirt_b2b").glob("*.csv")
    deals = pd.read_csv(file, sep=";")
    is_won = (deals["Status"] == "Won").to_numpy()
    features = pd.get_dummies(deals.drop(columns="Status")).to_numpy(float)
    areas, briers = (pd.DataFrame(columns=["ours", *OTHERS], dtype=float) for _ in range(2))
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=0).split(features, is_won)
    for number, (train, test) in enumerate(folds):
        predicted = {"ours": expit(ensemble.fit(features[train], is_won[train]).log_odds(features[test]).mean(axis=1))}
        for name, other in OTHERS.items():
            predicted[name] = clone(other).fit(features[train], is_won[train]).predict_proba(features[test])[:, 1]
        areas.loc[number] = {name: roc_auc_score(is_won[test], row) for name, row in predicted.items()}
        briers.loc[number] = {name: brier_score_loss(is_won[test], row) for name, row in predicted.items()}
    data = f"Salvirt, {len(deals)} deals, {REPEATS} x {FOLDS}-fold"
    random = np.random.default_rng(0)
    draws = [random.integers(len(areas), size=len(areas)) for _ in range(1000)]
    found = []
    for measure, by_fold, wanted in (("AUC", areas, 0.86), ("Brier", briers, 0.155)):
        ours = by_fold["ours"].to_numpy()
        interval = _bounds([ours[d].mean() for d in draws])
        for other in OTHERS:
            theirs = float(by_fold[other].mean())
            found.append(
                goals.goal(
                    TASK, data, measure, float(ours.mean()), theirs, wanted, other, interval, at_least=measure == "AUC"
                )
            )
    return found


def _demo() -> list[dict[str, Any]]:
    home = serve.home(LINES)
    warehouse.use(home)
    truth = json.loads((home / TRUTH).read_text(encoding="utf-8"))
    with warehouse.connect() as db:

        def ask(name: str, **params: Any) -> Any:
            return db.sql(load(f"warehouse.statistics.{name}").sql, params=params).to_arrow_table()

        return demo(ask, truth, f"demo of {LINES:,} lines")


def demo(ask: Ask, truth: dict[str, Any], data: str) -> list[dict[str, Any]]:
    """Goals on one demo, told as the product would have on several days of its last fifth of decisions."""
    as_of = pd.Timestamp(truth["as_of"]).date()
    log, today = log_of(ask, as_of), day_number(as_of)
    found = replay(log, today)
    predicted, is_won, who = found.if_decided, found.is_won, found.marks.negotiation
    known = known_on(log, cuts(log)[1])
    earlier = past(log, known.day)
    one_hot = _one_hot(log, earlier, found.marks, known)
    planted = _planted(log, truth, found.marks)
    data = f"{data}, {len(np.unique(who)):,} negotiations at {found.origins} days"
    area, theirs, best = (roc_auc_score(is_won, p) for p in (predicted, one_hot, planted))
    print(f"  AUC ours {area:.4f}, one-hot {theirs:.4f}, planted odds {best:.4f}", flush=True)
    base = float(is_won.mean() * (1 - is_won.mean()))
    skill = 1 - brier_score_loss(is_won, predicted) / base
    draws = _draws(who)
    better = [roc_auc_score(is_won[d], predicted[d]) - roc_auc_score(is_won[d], one_hot[d]) for d in draws]
    skills = [1 - brier_score_loss(is_won[d], predicted[d]) / base for d in draws]
    errors = [calibration_error(predicted[d], is_won[d]) for d in draws]
    ahead = np.array([np.interp(found.model.levels, row, ENDS) for row in _decided(found.won, found.lost)])
    inside = (ahead[:, 0] <= found.ended_in) & (found.ended_in <= np.ceil(ahead[:, 2]))
    _, by_stage = by_stage_and_age(log, earlier, found.marks, known)
    apart, usual = (np.abs(days - found.ended_in) for days in (ahead[:, 1], by_stage))
    ratios = [apart[d].mean() / usual[d].mean() for d in draws]
    right = _recovered(found)
    against = f"one-hot logistic, AUC {theirs:.3f}; planted odds themselves {best:.3f}"
    return [
        goals.goal(TASK, data, f"AUC {area:.3f}, difference", area - theirs, 0, 0.05, against, _bounds(better)),
        goals.goal(TASK, data, "AUC over that of planted odds", area - best, 0, -0.01, f"AUC {best:.3f}"),
        goals.goal(TASK, data, "Brier skill over the share won", skill, 0, 0.10, "", _bounds(skills)),
        goals.goal(
            TASK, data, "calibration error", calibration_error(predicted, is_won), None, 0.03, "", _bounds(errors),
            at_least=False,
        ),
        *(
            goals.goal(
                TASK, data, f"decided within the 80 % interval, at {side}", float(inside.mean()), None, bound, "",
                _bounds([inside[d].mean() for d in draws]), at_least=side == "least",
            )
            for side, bound in (("least", 0.76), ("most", 0.84))
        ),
        goals.goal(
            TASK, data, f"error of the day of decision ({apart.mean():.2f} days) over another's, ratio",
            float(apart.mean() / usual.mean()), 1.0, 1.0, "incidence by stage and age", _bounds(ratios), at_least=False,
        ),
        goals.goal(TASK, data, "planted drivers with their sign", right, None, 1.0),
    ]  # fmt: skip


def _decided(won: np.ndarray, lost: np.ndarray) -> np.ndarray:
    total = won + lost
    return total / total[:, -1:]


def _one_hot(log: Log, past: Landmarks, now: Landmarks, known: Known) -> np.ndarray:
    """A logistic regression on what a deal is: its attributes and stage as columns of their own, age and amount."""

    def columns(marks: Landmarks) -> np.ndarray:
        codes = [log.entities[name][marks.negotiation] for name in ENTITIES if name != "customer_id"]
        sizes = [len(log.names[name]) for name in ENTITIES if name != "customer_id"]
        codes.append(_stage(log, marks))
        sizes.append(len(log.stages))
        hot = [np.eye(size + 1)[code] for code, size in zip(codes, sizes, strict=True)]  # unknown is the last
        age, amount = (marks.features[:, FEATURES.index(name)] for name in ("age", "amount"))
        return np.column_stack([*hot, np.log1p(age), np.log1p(np.nan_to_num(amount)), np.isnan(amount)])

    rows = past[known.ended[past.negotiation] < OPEN]
    fitted = LogisticRegression(max_iter=2000).fit(columns(rows), known.is_won[rows.negotiation])
    return fitted.predict_proba(columns(now))[:, 1]


def _stage(log: Log, marks: Landmarks) -> np.ndarray:
    seen = log.steps.until(marks.negotiation, marks.day)
    return np.nan_to_num(log.steps.at(log.columns["stage"], marks.negotiation, seen), nan=-1).astype(int)


def _planted(log: Log, truth: dict[str, Any], marks: Landmarks) -> np.ndarray:
    """The planted log odds of these negotiations, from what was known of them in the end."""
    final = landmarks(log, marks.negotiation, log.ended[marks.negotiation])
    named = {name: np.nan_to_num(final.features[:, FEATURES.index(name)]) for name in FEATURES}
    skill = {rep["rep_id"]: rep["skill"] for rep in truth["reps"]}
    of_rep = np.array([skill.get(name, 0.0) for name in log.names["rep_id"]] + [0.0])
    segment = np.array([*log.names["segment"], ""])[log.entities["segment"][marks.negotiation]]
    return (
        of_rep[log.entities["rep_id"][marks.negotiation]]
        + WIN_DRIVERS["first_response_days"] * named["response_days"]
        + WIN_DRIVERS["discount_depth"] * named["discount_depth"]
        + WIN_DRIVERS["single_threaded"] * (named["people"] <= 1)
        + WIN_DRIVERS["loops"] * named["backs"]
        + np.select([segment == "dealer", segment == "b2c"], [WIN_DRIVERS["dealer"], WIN_DRIVERS["b2c"]], 0.0)
    )


def by_stage_and_age(log: Log, past: Landmarks, now: Landmarks, known: Known) -> tuple[np.ndarray, np.ndarray]:
    """Probability of a win and median days to the decision by the hazards of each stage and age (Aalen-Johansen).

    Where a cell is thin, those of the stage, and where that is, those of the age.
    """
    stretches, bands = len(MIDDLES), len(AGES) + 1
    begin, end = (past.day[:, None] + part for part in (ENDS[:-1], ENDS[1:]))
    ended = known.ended[past.negotiation][:, None]
    row, stretch = np.nonzero((begin < ended) & (end <= known.day))
    is_closed = (ended <= end)[row, stretch]
    is_won = is_closed & known.is_won[past.negotiation[row]]

    def hazards(of_past: np.ndarray, of_now: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        many = int(max(of_past.max(initial=0), of_now.max(initial=0))) + 1
        key = of_past[row] * stretches + stretch
        seen, closed, won = (
            np.bincount(key, weights, many * stretches).reshape(many, stretches)[of_now]
            for weights in (None, is_closed, is_won)
        )
        return seen, closed / np.maximum(seen, 1), won / np.maximum(seen, 1)

    stages, ages = (
        [_stage(log, m) + 1 for m in (past, now)],
        [np.digitize(m.day - log.opened[m.negotiation], AGES) for m in (past, now)],
    )
    both = [stage * bands + age for stage, age in zip(stages, ages, strict=True)]
    (_, closing, winning), *finer = (hazards(*of) for of in (ages, stages, both))
    for seen, closed, won in finer:
        closing, winning = np.where(seen >= LEAST, closed, closing), np.where(seen >= LEAST, won, winning)
    still = np.cumprod(np.column_stack([np.ones(len(closing)), 1 - closing]), axis=1)
    share = (1 - still) / np.maximum(1 - still[:, -1:], 1e-9)
    median = np.array([np.interp(0.5, line, ENDS) for line in share])
    return (still[:, :-1] * winning).sum(axis=1) / np.maximum(1 - still[:, -1], 1e-9), median


def _recovered(found: Replay) -> float:
    """Share of planted drivers whose change moves what is told the way it was planted, all else as it is."""
    right = []
    for driver, (name, worse, better) in DRIVERS.items():
        place = FEATURES.index(name)
        marks = found.marks[np.flatnonzero(~np.isnan(found.marks.features[:, place]))[:1000]]
        predicted = []
        for value in (worse, better):
            changed = marks.features.copy()
            changed[:, place] = value
            predicted.append(found.model.incidence(replace(marks, features=changed))[0][:, -1].mean())
        print(f"  {driver}: {name} {worse:g} tells {predicted[0]:.3f}, {better:g} tells {predicted[1]:.3f}", flush=True)
        right.append(np.sign(predicted[0] - predicted[1]) == np.sign(WIN_DRIVERS[driver]))
    return float(np.mean(right))


def _draws(who: np.ndarray) -> list[np.ndarray]:
    """Bootstrap samples of negotiations, as rows."""
    random, (_, code) = np.random.default_rng(0), np.unique(who, return_inverse=True)
    rows = np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code))[:-1])
    return [np.concatenate([rows[i] for i in random.integers(len(rows), size=len(rows))]) for _ in range(200)]


def _bounds(draws: Any) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)
