"""Landmarks: negotiations on days on which they were open, with what was known of them by then alone.

What a rep, a customer or a stage is worth is told by negotiations decided before that day (empirical Bayes).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logit

from analytics.win_probability.log import DAYS, ENTITIES, OPEN, Log, Stream

# Ages in days at which a negotiation is looked at, and the ends of the stretches ahead.
AGES = np.array([0, 2, 4, 7, 10, 14, 18, 22, 26, 30, 38, 46, 60, 75, 90, 120, 150, 180, 240, 300, 365])
_MOST_NEGOTIATIONS = 20_000
# Decided negotiations that the usual weighs for against those of a rep, a customer, a stage.
PRIOR = 8.0
FEATURES = (
    "age", "days_in_stage", "silence", "steps", "recent_steps", "backs", "people", "roles", "jobs", "by_customer",
    "digital", "personal", "is_answered", "response_days", "versions", "offers", "days_since_offer", "amount",
    "conceded", "discount_depth", "slipped", "planned_left", "valid_left", "stage_wins", "stage_days",
    "customer_decided", "rep_open", *(f"{name}_wins" for name in ENTITIES), *(f"{name}_pace" for name in ENTITIES),
)  # fmt: skip
# What is known of a negotiation by its request alone; and the feature that goes with the stage.
AT_REQUEST = {
    "amount", "discount_depth", "planned_left", "valid_left", "customer_decided",
    *(f"{name}_wins" for name in ENTITIES),
}  # fmt: skip
STAGED = "stage_wins"
# Skewed ones, which the logistic regression sees as logarithms.
_LOGGED = [
    FEATURES.index(name)
    for name in (
        "age", "days_in_stage", "silence", "steps", "recent_steps", "people", "response_days", "days_since_offer",
        "amount", "slipped", "planned_left", "valid_left", "customer_decided", "rep_open",
    )
]  # fmt: skip


@dataclass(frozen=True)
class Landmarks:
    """Negotiations on days, with their features (rows x FEATURES) and the number of their stage, -1 unknown."""

    negotiation: np.ndarray
    day: np.ndarray
    features: np.ndarray
    stage: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Landmarks":
        return Landmarks(self.negotiation[rows], self.day[rows], self.features[rows], self.stage[rows])

    def without(self, names: Collection[str]) -> "Landmarks":
        """The same, with these features unknown."""
        columns = [FEATURES.index(name) for name in names]
        features = self.features.copy()
        features[:, columns] = np.nan
        return replace(self, features=features, stage=np.full_like(self.stage, -1) if STAGED in names else self.stage)


def landmarks(log: Log, negotiation: np.ndarray, day: np.ndarray) -> Landmarks:
    """Features of negotiations at the end of days, from what was known by then alone."""
    steps, columns = log.steps, log.columns
    streams = (steps, log.requests, log.offers, log.prices)
    seen, asked, offered, priced = (stream.until(negotiation, day) for stream in streams)

    def last(name: str) -> np.ndarray:
        return steps.at(columns[name], negotiation, seen)

    def count(name: str) -> np.ndarray:
        return steps.sums(columns[name], negotiation, seen)

    age = day - log.opened[negotiation]
    last_offer = log.offers.at(log.offers.day, negotiation, offered)
    moved = np.fmax(np.fmax(steps.at(steps.day, negotiation, seen), last_offer), log.opened[negotiation])
    answered = np.fmin(_first(steps, columns["is_by_rep"]), _first(log.offers, np.ones(len(log.offers.day), bool)))
    answered = np.where(answered[negotiation] <= day, answered[negotiation], np.nan)
    amount = log.prices.at(log.amount, negotiation, priced)
    planned = log.requests.at(log.planned, negotiation, asked)
    some = np.where(seen > 0, seen, np.nan)
    once = np.minimum(1, priced)
    stage = np.nan_to_num(last("stage"), nan=-1).astype(np.int64)
    decided = np.flatnonzero(log.ended != OPEN)
    duration = np.log1p(np.maximum(log.ended - log.opened, 0))[decided]
    rows, visits = _visits(log)
    found = {
        "age": age,
        "days_in_stage": day - last("entered"),
        "silence": day - moved,
        "steps": seen,
        "recent_steps": seen - steps.until(negotiation, day - 14),
        "backs": count("is_back"),
        "people": count("is_new_person"),
        "roles": count("is_new_role"),
        "jobs": count("is_new_job"),
        "by_customer": count("is_by_customer") / some,
        "digital": count("is_digital") / some,
        "personal": count("is_personal") / some,
        "is_answered": ~np.isnan(answered),
        "response_days": answered - log.opened[negotiation],
        "versions": asked,
        "offers": offered,
        "days_since_offer": day - last_offer,
        "amount": amount,
        "conceded": 1 - amount / log.prices.at(log.amount, negotiation, once),
        "discount_depth": log.prices.at(log.discount_depth, negotiation, priced),
        "slipped": planned - log.requests.at(log.planned, negotiation, np.minimum(1, asked)),
        "planned_left": planned - day,
        "valid_left": log.prices.at(log.valid, negotiation, priced) - day,
        "stage_wins": _wins(stage, day, columns["stage"][rows], log.ended[visits], log.is_won[visits]),
        "stage_days": _pace(
            stage, day, columns["stage"][rows], log.ended[visits],
            np.log1p(np.maximum(log.ended[visits] - steps.day[rows], 0)),
        ),
        "rep_open": _open_of_rep(log, negotiation, day),
    }  # fmt: skip
    for name, code in log.entities.items():
        here = (code[negotiation], day, code[decided], log.ended[decided])
        found[f"{name}_wins"] = _wins(*here, log.is_won[decided])
        found[f"{name}_pace"] = _pace(*here, duration)
        if name == "customer_id":
            found["customer_decided"] = _before(*here, np.ones(len(decided)))[1]
    features = np.column_stack([np.asarray(found[name], float) for name in FEATURES]).astype(np.float32)
    return Landmarks(negotiation, day, features, stage).without(log.left_out)


def at_request(log: Log, negotiation: np.ndarray) -> Landmarks:
    """Features of negotiations as they were asked for: what happened on that day later, the decision too, is not known.

    All but `AT_REQUEST` are unknown.
    """
    marks = landmarks(log, negotiation, log.opened[negotiation])
    return marks.without([name for name in FEATURES if name not in AT_REQUEST])


def _first(stream: Stream, wanted: np.ndarray) -> np.ndarray:
    """Day of the first wanted row of each negotiation, nan where there is none."""
    rows = np.flatnonzero(wanted)
    found = np.full(len(stream.start) - 1, np.nan)
    found[stream.keys[rows[::-1]] // DAYS] = stream.day[rows[::-1]]
    return found


def _visits(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """Last entries of decided negotiations into each of their stages, and their negotiations."""
    rows = np.flatnonzero(log.columns["is_entry"] & (log.columns["stage"] >= 0))
    negotiation = log.steps.keys[rows] // DAYS
    # What is written on the day of the decision or after it was never known of an open one.
    is_known = (log.ended[negotiation] != OPEN) & (log.steps.day[rows] < log.ended[negotiation])
    rows, negotiation = rows[is_known], negotiation[is_known]
    keys = negotiation * DAYS + log.columns["stage"][rows]
    last = len(rows) - 1 - np.unique(keys[::-1], return_index=True)[1]
    return rows[last], negotiation[last]


def _before(
    code: np.ndarray, day: np.ndarray, codes_seen: np.ndarray, days_seen: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum and number of the values seen with a code before a day; nothing is known of code -1."""
    keys = codes_seen * DAYS + days_seen
    order = np.argsort(keys, kind="stable")
    keys, total = keys[order], np.concatenate([[0.0], np.cumsum(values[order].astype(float))])
    low, high = np.searchsorted(keys, code * DAYS), np.searchsorted(keys, code * DAYS + day)
    high = np.where(code >= 0, high, low)
    return total[high] - total[low], (high - low).astype(float)


def _wins(
    code: np.ndarray, day: np.ndarray, codes_seen: np.ndarray, days_seen: np.ndarray, is_won: np.ndarray
) -> np.ndarray:
    """Log odds of a win with a code over those with all, as decided before the day."""
    won, decided = _before(0 * code, day, 0 * codes_seen, days_seen, is_won)
    usual = (won + 1) / (decided + 2)
    won, decided = _before(code, day, codes_seen, days_seen, is_won)
    return logit((won + PRIOR * usual) / (decided + PRIOR)) - logit(usual)


def _pace(
    code: np.ndarray, day: np.ndarray, codes_seen: np.ndarray, days_seen: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """Mean of the values with a code over that with all, as decided before the day."""
    total, decided = _before(0 * code, day, 0 * codes_seen, days_seen, values)
    usual = total / np.maximum(decided, 1)
    total, decided = _before(code, day, codes_seen, days_seen, values)
    return (total + PRIOR * usual) / (decided + PRIOR) - usual


def _open_of_rep(log: Log, negotiation: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Negotiations open with the same rep on that day."""
    rep = log.entities["rep_id"]
    opened, ended = np.sort(rep * DAYS + log.opened), np.sort(rep * DAYS + log.ended)
    key = rep[negotiation] * DAYS + day
    found = np.searchsorted(opened, key, "right") - np.searchsorted(ended, key, "right")
    return np.where(rep[negotiation] >= 0, found, np.nan)


def seen_ahead(features: np.ndarray, days: np.ndarray) -> np.ndarray:
    """What the models see of a landmark when they look so many days ahead."""
    age, planned, valid = (features[:, FEATURES.index(name)] for name in ("age", "planned_left", "valid_left"))
    shaped = features.copy()
    shaped[:, _LOGGED] = np.sign(features[:, _LOGGED]) * np.log1p(np.abs(features[:, _LOGGED]))
    ahead = [np.log1p(days), np.log1p(age + days), np.clip(planned - days, -60, 60), np.clip(valid - days, -60, 60)]
    return np.column_stack([shaped, *ahead]).astype(np.float32)


def past(log: Log, today: int) -> Landmarks:
    """Negotiations, evenly over time where there are very many, at all their ages so far."""
    sampled = np.linspace(0, len(log.ids) - 1, min(len(log.ids), _MOST_NEGOTIATIONS)).astype(int)
    negotiation = np.repeat(sampled, len(AGES))
    day = log.opened[negotiation] + np.tile(AGES, len(sampled))
    seen = (day < log.ended[negotiation]) & (day <= today)
    return landmarks(log, negotiation[seen], day[seen])
