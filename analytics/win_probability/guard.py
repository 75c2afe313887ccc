"""What the loaded data may have filled in after the decision, and so nothing is told from it.

A day, a number or a name that is loaded once, as it is now, may have been written when the outcome was known: then it
tells the past perfectly and says nothing of what is still open. Each fact is put to tests on negotiations already
decided, as far as they were known on the day before, and on those still open.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.win_probability.landmarks import FEATURES, Landmarks
from analytics.win_probability.log import ENTITIES, OPEN, Log

# Below so many won, lost or open ones nothing is held against a fact.
LEAST_JUDGED = 20
# A fact without a day of its own differs in how often it is known, won against lost, by so much; one with a day, such
# as a step, by so much: a lost negotiation may well have ended before it came to it.
MOST_APART_UNDATED, MOST_APART_DATED = 0.5, 0.97
# One value makes up so much of one outcome, and at most so much of the other.
NEARLY_ALL, AT_MOST_HALF = 0.97, 0.5
# Known of so many decided ones at least, and at most of so many open ones.
OFTEN_KNOWN, HARDLY_KNOWN = 0.5, 0.05
# A planned day is the day of the decision so often.
MOST_ON_THE_DAY = 0.3


@dataclass(frozen=True)
class Seen:
    """One fact of the decided negotiations (nan: unknown), their outcome and day of decision; and of the open ones."""

    value: np.ndarray
    is_won: np.ndarray
    ended: np.ndarray
    open_value: np.ndarray

    @property
    def by_outcome(self) -> tuple[np.ndarray, np.ndarray]:
        """Values of the won, and of the lost."""
        return self.value[self.is_won], self.value[~self.is_won]


def _known(values: np.ndarray) -> float:
    return float((~np.isnan(values)).mean())


def _apart(most: float) -> Callable[[Seen], str]:
    def test(seen: Seen) -> str:
        won, lost = map(_known, seen.by_outcome)
        return "won_only" if won - lost >= most else "lost_only" if lost - won >= most else ""

    return test


def _one_value(seen: Seen) -> str:
    won, lost = seen.by_outcome
    for why, here, there in (("one_value_won", won, lost), ("one_value_lost", lost, won)):
        values, many = np.unique(here[~np.isnan(here)], return_counts=True)
        if not len(values) or many.max() < NEARLY_ALL * len(here):
            continue
        if (there == values[many.argmax()]).mean() <= AT_MOST_HALF:
            return why
    return ""


def _decided_only(seen: Seen) -> str:
    if len(seen.open_value) < LEAST_JUDGED:
        return ""
    return "decided_only" if _known(seen.value) >= OFTEN_KNOWN and _known(seen.open_value) <= HARDLY_KNOWN else ""


def _decision_day(seen: Seen) -> str:
    known = ~np.isnan(seen.value)
    return "decision_day" if known.any() and (seen.value == seen.ended)[known].mean() > MOST_ON_THE_DAY else ""


Test = Callable[[Seen], str]
_UNDATED: tuple[Test, ...] = (_apart(MOST_APART_UNDATED), _one_value, _decided_only)
_DATED: tuple[Test, ...] = (_apart(MOST_APART_DATED),)


@dataclass(frozen=True)
class Fact:
    """Something known of negotiations: the features that come from it, what shows it, and the tests it has to pass.

    `shown_by`: a feature, an entity or "stage". `is_of_prices`: can be known only where a version has been priced.
    """

    features: tuple[str, ...]
    shown_by: str
    tests: tuple[Test, ...]
    is_of_prices: bool = False
    is_day: bool = False


_OF_PRICES = ("amount", "conceded", "discount_depth", "valid_left")
FACTS = {
    "amount": Fact(("amount", "conceded"), "amount", _UNDATED, is_of_prices=True),
    "discount": Fact(("discount_depth",), "discount_depth", _UNDATED, is_of_prices=True),
    "validity": Fact(("valid_left",), "valid_left", (*_UNDATED, _decision_day), is_of_prices=True, is_day=True),
    "planned_day": Fact(("slipped", "planned_left"), "planned_left", (*_UNDATED, _decision_day), is_day=True),
    "offers": Fact(("offers", "days_since_offer", "versions", *_OF_PRICES), "days_since_offer", _DATED),
    "response": Fact(("is_answered", "response_days"), "response_days", _DATED),
    "stage": Fact(("stage_wins", "stage_days", "days_in_stage", "backs"), "stage", _DATED),
    "steps": Fact(
        ("steps", "recent_steps", "silence", "people", "roles", "jobs", "by_customer", "digital", "personal"),
        "digital", _DATED,
    ),
    **{name: Fact((f"{name}_wins", f"{name}_pace"), name, _UNDATED) for name in ENTITIES if name != "customer_id"},
    "customer_id": Fact(("customer_id_wins", "customer_id_pace", "customer_decided"), "customer_id", _UNDATED),
}  # fmt: skip


def distrusted(log: Log, decided: Landmarks, still: Landmarks) -> dict[str, str]:
    """Facts from which nothing is to be told, each with the test it failed.

    `decided`: negotiations with a known outcome on the last day before it; `still`: those open today.
    """
    is_won, ended = log.is_won[decided.negotiation], log.ended[decided.negotiation]
    found = {}
    for name, fact in FACTS.items():
        past, now = (_asked_of(log, fact, marks) for marks in (decided, still))
        seen = Seen(_shown(log, fact, decided)[past], is_won[past], ended[past], _shown(log, fact, still)[now])
        if min(map(len, seen.by_outcome)) < LEAST_JUDGED:
            continue
        why = next(filter(None, (test(seen) for test in fact.tests)), "")
        if why:
            found[name] = why
    return found


def features_of(facts: dict[str, str]) -> tuple[str, ...]:
    """The features that come from these facts."""
    return tuple(feature for name in facts for feature in FACTS[name].features)


def last_days(log: Log, negotiation: np.ndarray) -> np.ndarray:
    """The last day on which each of these decided negotiations was seen open."""
    return np.where(log.ended[negotiation] == OPEN, OPEN, log.ended[negotiation] - 1)


def _asked_of(log: Log, fact: Fact, marks: Landmarks) -> np.ndarray:
    if fact.is_of_prices:
        return log.prices.until(marks.negotiation, marks.day) > 0
    return np.ones(len(marks.day), bool)


def _shown(log: Log, fact: Fact, marks: Landmarks) -> np.ndarray:
    if fact.shown_by == "stage":
        return np.where(marks.stage >= 0, marks.stage, np.nan).astype(float)
    if fact.shown_by in ENTITIES:
        code = log.entities[fact.shown_by][marks.negotiation]
        return np.where(code >= 0, code, np.nan).astype(float)
    value = marks.features[:, FEATURES.index(fact.shown_by)].astype(float)
    return value + marks.day if fact.is_day else value
