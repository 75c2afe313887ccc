"""Negotiations that are loaded with one date: whether they are won, told by what was known at their request."""

import numpy as np

from analytics import ensemble
from analytics.win_probability.landmarks import at_request, seen_ahead
from analytics.win_probability.log import Log
from analytics.win_probability.record import MODEL, USUAL, Row, cuts, has_signal, measured, rows_of

_MOST_LEARNED, _MOST_HELD = 25_000, 4_000


def told(log: Log, decided: np.ndarray, still: np.ndarray, usual: float) -> tuple[str, np.ndarray, list[Row]]:
    """What is told, the probabilities of those still open, and how such came out for the last fifth of decisions.

    `usual`: told of all where nothing tells won from lost.
    """
    first, second = cuts(log)
    ended = log.ended[decided]
    parts = [decided[ended <= first], decided[(ended > first) & (ended <= second)], decided[ended > second]]
    same = np.full(len(still), usual)
    held, later = _evenly(parts[2], _MOST_HELD), _evenly(parts[1], _MOST_HELD)
    is_won = log.is_won[held]
    if not all(map(len, parts)) or is_won.all() or not is_won.any():
        return USUAL, same, [{"grade": "", "decided": len(held), "won": int(is_won.sum())}]
    earlier = _fit(log, parts[0])
    mixed = ensemble.mix(earlier.log_odds(_seen(log, later)), log.is_won[later])
    predicted = mixed(earlier.log_odds(_seen(log, held)))
    method = "+".join(name for name, weight in zip(earlier.fitted, mixed.weights, strict=True) if weight > 0)
    measures = measured(predicted, is_won, held)
    rows = rows_of(measures | {"method": method, "has_signal": has_signal(measures)}, predicted, is_won)
    if not has_signal(measures):
        return USUAL, same, rows
    return MODEL, mixed(_fit(log, decided).log_odds(_seen(log, still))), rows


def _fit(log: Log, decided: np.ndarray) -> ensemble.Members:
    kept = _evenly(decided, _MOST_LEARNED)
    return ensemble.fit(_seen(log, kept), log.is_won[kept])


def _seen(log: Log, negotiation: np.ndarray) -> np.ndarray:
    return seen_ahead(at_request(log, negotiation).features, np.zeros(len(negotiation)))


def _evenly(negotiation: np.ndarray, most: int) -> np.ndarray:
    return negotiation[np.linspace(0, len(negotiation) - 1, min(len(negotiation), most)).astype(int)]
