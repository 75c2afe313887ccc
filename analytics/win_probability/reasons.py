"""What raises and what lowers the probability of each negotiation."""

import json

import numpy as np

from analytics.win_probability.landmarks import AGES, FEATURES, Landmarks
from analytics.win_probability.log import ENTITIES, Log
from analytics.win_probability.model import LEAST_TIMED, Model

MOST_REASONS, LEAST_EFFECT = 3, 0.01

# What a reason is about: the features replaced together, and the one whose value is told.
REASONS = {
    "silence": ("silence", "recent_steps"),
    "stage": ("stage_wins", "stage_days"),
    "days_in_stage": ("days_in_stage",),
    "age": ("age",),
    "steps": ("steps", "jobs"),
    "backs": ("backs",),
    "people": ("people", "roles"),
    "by_customer": ("by_customer",),
    "digital": ("digital", "personal"),
    "response_days": ("response_days", "is_answered"),
    "versions": ("versions", "offers", "days_since_offer", "conceded"),
    "amount": ("amount",),
    "discount_depth": ("discount_depth",),
    "slipped": ("slipped", "planned_left"),
    "valid_left": ("valid_left",),
    "rep_open": ("rep_open",),
    **{name: (f"{name}_wins", f"{name}_pace") for name in ENTITIES if name != "customer_id"},
    "customer_id": ("customer_id_wins", "customer_id_pace", "customer_decided"),
}

# What is told instead where nobody answered, or nothing was offered so far; the value is the age.
UNANSWERED, UNOFFERED = "unanswered", "unoffered"
_OF_OFFERS = ("amount", "discount_depth", "valid_left")
# Whose wins and whose account it is, who may see the row knows; anybody else must not.
_TOLD_BY_NAME = ("segment", "channel", "source", "category")


def reasons_of(log: Log, model: Model, marks: Landmarks, now: Landmarks, predicted: np.ndarray) -> list[str]:
    """What raises and what lowers the probability of each negotiation most, as JSON, the strongest first.

    The effect is that on the told probability: what it is, less what it were if this alone was as it usually is at
    that age.
    """
    usual = _usual(marks, now)
    changed = np.tile(now.features, (len(REASONS), 1, 1))
    for place, names in enumerate(REASONS.values()):
        columns = [FEATURES.index(name) for name in names]
        changed[place][:, columns] = usual[:, columns]
    stages = np.tile(now.stage, (len(REASONS), 1))
    stages[list(REASONS).index("stage")] = -1
    many = len(REASONS)
    other = Landmarks(
        np.tile(now.negotiation, many), np.tile(now.day, many), changed.reshape(-1, len(FEATURES)), stages.ravel()
    )
    instead = model.incidence(other)[0][:, -1]
    effects = predicted[:, None] - instead.reshape(len(REASONS), -1).T
    stage = log.steps.at(log.columns["stage"], now.negotiation, log.steps.until(now.negotiation, now.day))
    found = []
    for row, of_row in enumerate(effects):
        order = np.argsort(-np.abs(of_row), kind="stable")
        order = order[np.abs(of_row[order]) >= LEAST_EFFECT]
        kept = [place for sign in (1, -1) for place in order[np.sign(of_row[order]) == sign][:MOST_REASONS]]
        kept.sort(key=lambda place: -abs(of_row[place]))
        by_reason: dict[str, dict[str, str | float | None]] = {}
        for place in kept:
            reason, value, text = _reason(log, list(REASONS)[place], now[np.array([row])], stage[row])
            effect = round(float(of_row[place]), 4)
            by_reason.setdefault(reason, {"reason": reason, "value": value, "text": text, "effect": effect})
        found.append(json.dumps(list(by_reason.values()), ensure_ascii=False))
    return found


def _reason(log: Log, reason: str, at: Landmarks, stage: float) -> tuple[str, float | None, str | None]:
    """A reason as it is told of one negotiation, with its value or name; what is not there yet is one of its own."""
    seen = dict(zip(FEATURES, at.features[0].tolist(), strict=True))
    if reason == "stage":
        return reason, None, None if np.isnan(stage) or stage < 0 else log.stages[int(stage)]
    if reason in _TOLD_BY_NAME:
        code = int(log.entities[reason][at.negotiation[0]])
        return reason, None, log.names[reason][code] if code >= 0 else None
    if reason in ENTITIES:
        return reason, None, None
    if reason == "response_days" and not seen["is_answered"]:
        return UNANSWERED, seen["age"], None
    if reason in _OF_OFFERS and not seen["offers"]:
        return UNOFFERED, seen["age"], None
    return reason, None if np.isnan(seen[reason]) else round(seen[reason], 4), None


def _usual(marks: Landmarks, now: Landmarks) -> np.ndarray:
    """What each feature usually is at the age of each of these landmarks."""
    age = FEATURES.index("age")
    band_of = np.digitize(marks.features[:, age], AGES)
    found = np.tile(_medians(marks.features), (len(now.day), 1))
    band_now = np.digitize(now.features[:, age], AGES)
    for band in np.unique(band_now):
        like = marks.features[band_of == band]
        if len(like) >= LEAST_TIMED:
            found[band_now == band] = _medians(like)
    found[:, age] = np.nanmedian(marks.features[:, age])
    return found


def _medians(features: np.ndarray) -> np.ndarray:
    """Medians by column; of what is mostly unknown, nan."""
    ordered = np.sort(features, axis=0)  # nan comes last
    return ordered[len(ordered) // 2]
