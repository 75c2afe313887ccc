"""Shares won and lost by stage and age: what is known of a negotiation without any statistics (Aalen and Johansen)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from analytics.win_probability.landmarks import AGES, FEATURES, PRIOR, Landmarks

_BANDS = len(AGES) + 1
_AGE = FEATURES.index("age")


@dataclass(frozen=True)
class Table:
    """By stage and age (cells) and stretch ahead: chances of a decision in it, and of a win if it comes then."""

    closing: np.ndarray
    winning: np.ndarray

    def log_odds_of_closing(self, marks: Landmarks, stretch: np.ndarray) -> np.ndarray:
        """Log odds of a decision in these stretches, if none came before."""
        return logit(self.closing[cells(marks), stretch])

    def log_odds_of_winning(self, marks: Landmarks, stretch: np.ndarray) -> np.ndarray:
        """Log odds of a win, if the decision comes in these stretches."""
        return logit(self.winning[cells(marks), stretch])

    def chances(self, marks: Landmarks) -> tuple[np.ndarray, np.ndarray]:
        """Chances of a decision and of a win then, rows x stretches."""
        cell = cells(marks)
        return self.closing[cell], self.winning[cell]


def cells(marks: Landmarks) -> np.ndarray:
    """The number of stage and age."""
    return (marks.stage + 1) * _BANDS + np.digitize(marks.features[:, _AGE], AGES)


def table_of(
    marks: Landmarks, stages: int, row: np.ndarray, stretch: np.ndarray, is_closed: np.ndarray, is_won: np.ndarray,
    stretches: int,
) -> Table:  # fmt: skip
    """The table from stretches reached undecided and seen to their end, each of the landmark in that row."""
    shape = (stages + 1, _BANDS, stretches)
    key = cells(marks)[row] * stretches + stretch
    many = int(np.prod(shape))
    reached, closed, won = (
        np.bincount(key, weights, many).reshape(shape) for weights in (None, is_closed, is_closed & is_won)
    )
    everywhere = (closed.sum((0, 1)) + 0.5) / (reached.sum((0, 1)) + 1)
    of_stage = _drawn(closed.sum(1, keepdims=True), reached.sum(1, keepdims=True), everywhere)
    closing = _drawn(closed, reached, of_stage)
    usual = (won.sum() + 1) / (closed.sum() + 2)
    by_stage = _drawn(won.sum((1, 2), keepdims=True), closed.sum((1, 2), keepdims=True), usual)
    by_age = _drawn(won.sum(2, keepdims=True), closed.sum(2, keepdims=True), by_stage)
    winning = _drawn(won, closed, by_age)
    return Table(*(np.clip(part.reshape(-1, stretches), 1e-4, 1 - 1e-4) for part in (closing, winning)))


def _drawn(hits: np.ndarray, trials: np.ndarray, usual: np.ndarray | float) -> np.ndarray:
    return (hits + PRIOR * usual) / (trials + PRIOR)
