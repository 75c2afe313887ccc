"""The weights by which leads and new accounts are ranked: ours, until an administrator enters others."""

import json
import math
from collections.abc import Mapping

from data.errors import BadInput
from data.people.permissions import require
from data.people.person import Person
from data.people.store import Store, entries

SETTING = "qualification_weights"
Weights = dict[str, dict[str, float]]

# A dealer's outlets carry our goods further; of a professional buyer the turnover says what its first order does not.
OURS: Weights = {
    "dealer": {"turnover": 0.4, "volume": 0.3, "outlets": 0.3, "frequency": 0.0},
    "b2b": {"turnover": 0.4, "volume": 0.3, "outlets": 0.0, "frequency": 0.3},
    "b2c": {"turnover": 0.2, "volume": 0.8, "outlets": 0.0, "frequency": 0.0},
}


def in_force(store: Store) -> Weights:
    """The weights by segment and measure; what was entered before a measure was known counts it as nothing."""
    kept = entries.newest(store, SETTING, OURS)
    return {segment: dict.fromkeys(OURS[segment], 0.0) | each for segment, each in kept.items()}


def as_json(weights: Weights) -> str:
    """The weights as queries take them."""
    return json.dumps([{"segment": segment, **each} for segment, each in weights.items()])


def enter(store: Store, by: Person, weights: Mapping[str, Mapping[str, float]]) -> None:
    """Keeps other weights. Raises AccessDenied for who may not, BadInput for what are no weights from 0 to 1."""
    require(by, "set_weights")
    names = {segment: set(each) for segment, each in OURS.items()}
    given = {segment: dict(each) for segment, each in weights.items()}
    is_known = {segment: set(each) for segment, each in given.items()} == names
    if not is_known or not all(
        math.isfinite(weight) and 0 <= weight <= 1 for each in given.values() for weight in each.values()
    ):
        raise BadInput(
            "These weights cannot be kept.",
            "A weight lies between 0 and 1, and each measure of each segment has one.",
            "Enter a number from 0 to 1 for each.",
        )
    entries.enter(store, by, SETTING, given)
