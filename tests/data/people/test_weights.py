"""The weights by which leads and new accounts are ranked: whose they are, and who may change them."""

import math
from pathlib import Path
from typing import Any

import pytest

from data.errors import AccessDenied, BadInput
from data.people import weights
from data.people.store import Store, entries, open_store
from data.settings import current
from tests.people import ADMIN, DIRECTOR, ECOMMERCE, LEAD, REP


@pytest.fixture
def store(home: Path) -> Store:
    return open_store(current())


def test_ours_hold_until_somebody_keeps_others(store: Store) -> None:
    assert weights.in_force(store) == weights.OURS
    assert all(round(sum(each.values()), 9) == 1 for each in weights.OURS.values())
    others = {segment: dict.fromkeys(each, 0.25) for segment, each in weights.OURS.items()}
    weights.enter(store, ADMIN, others)
    assert weights.in_force(store) == others


def test_weights_kept_before_frequency_was_known_count_it_as_nothing(store: Store) -> None:
    kept = {segment: {"turnover": 0.6, "volume": 0.4, "outlets": 0.0} for segment in weights.OURS}
    entries.enter(store, ADMIN, weights.SETTING, kept)
    assert weights.in_force(store) == {segment: each | {"frequency": 0.0} for segment, each in kept.items()}


@pytest.mark.parametrize("who", [DIRECTOR, LEAD, REP, ECOMMERCE], ids=lambda who: who.key)
def test_nobody_but_an_administrator_changes_them(store: Store, who: Any) -> None:
    with pytest.raises(AccessDenied, match="Only an administrator may change the weights"):
        weights.enter(store, who, weights.OURS)
    assert weights.in_force(store) == weights.OURS
    assert store.generation() == 0


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_no_weight_is_refused(store: Store, wrong: float) -> None:
    with pytest.raises(BadInput, match="cannot be kept"):
        weights.enter(store, ADMIN, weights.OURS | {"b2b": weights.OURS["b2b"] | {"volume": wrong}})
    with pytest.raises(BadInput, match="cannot be kept"):
        weights.enter(store, ADMIN, weights.OURS | {"b2b": {"turnover": 1.0}})
    assert store.generation() == 0
