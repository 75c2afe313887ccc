"""Silence: how likely it is that a customer does not order within any number of days.

The renewal model says so of each customer by its own gaps; the season stretches or shortens the days ahead; and what
the user's own past teaches corrects both, as far as it has cases. The correction is a logistic regression around the
model's answer. It also hears what the model would say if each one's gaps stayed as regular as they were so far, so that
clockwork buyers are told from the others. It is fitted to earlier days together: a penalty holds its coefficients at
nought, and each day has a level of its own, so that one unusual quarter is not taken for a habit (partial pooling;
Gelman and Hill 2007, chapter 12). In a small company the model's answer all but remains, in a large one the past
decides.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from analytics.renewal import Gaps, Renewal
from analytics.sampling import evenly
from analytics.season import Season
from analytics.threads import one_thread

# The days that are learned from; answers are asked for 21 to 90 days.
HORIZONS = (28, 60, 90)
_MIDDLE = 55.0  # about their geometric mean
# How firmly coefficients, the level of all days and those of single days are held at nought: chosen on Online Retail
# II, days of September 2010 to April 2011.
_PENALTY, _LEVEL_SPREAD, _DAY_SPREAD = 300.0, 0.2, 0.05
_MOST_EXAMPLES = 2_000  # a day and horizon
_FURTHEST = 3.0  # in log odds
# Of the model's answer and of that by own regularity.
_LEAST, _LEAST_OWN = 1e-6, 1e-3


class Known(NamedTuple):
    """What is known of customers on a day: the fitted model, their gaps, and `signals`, customers x signals.

    `shape`: how regular each one's gaps are (cadence.Reading).
    """

    as_of: dt.date
    model: Renewal
    gaps: Gaps
    shape: np.ndarray
    signals: np.ndarray

    def where(self, rows: np.ndarray) -> "Known":
        """Those customers."""
        return self._replace(gaps=self.gaps[rows], shape=self.shape[rows], signals=self.signals[rows])


class Lesson(NamedTuple):
    """A day that taught: the log odds of silence that the model gave, what was known besides, and what came.

    A row for each customer and horizon that was over; `signals` hold the horizon as well.
    """

    horizon_days: np.ndarray
    plain: np.ndarray
    signals: np.ndarray
    is_silent: np.ndarray

    def until(self, known_days: int) -> "Lesson":
        """What of it was known so many days after."""
        return Lesson(*(values[self.horizon_days <= known_days] for values in self))


@dataclass(frozen=True)
class Silence:
    """P(no order within so many days): the model's, corrected by what was learned."""

    season: Season
    centre: np.ndarray | None = None
    scale: np.ndarray | None = None
    slopes: np.ndarray | None = None
    level: float = 0.0

    @property
    def method(self) -> str:
        """What the probability comes from: the renewal model and the season alone, or corrected by the past."""
        return "renewal" if self.slopes is None else "learned"

    def probability(self, known: Known, horizon_days: np.ndarray | float) -> np.ndarray:
        """One number for each customer; `horizon_days` of each, or one for all."""
        days = np.broadcast_to(np.asarray(horizon_days, float), known.gaps.count.shape)
        season = self.season.ahead(known.as_of, days)
        plain = _log_odds(known, days * season)
        if self.slopes is None:
            return expit(plain)
        signals = (_signals(known, days, season, plain) - self.centre) / self.scale
        return expit(plain + np.clip(signals @ self.slopes + self.level, -_FURTHEST, _FURTHEST))


def lesson(known: Known, judged: np.ndarray, next_days: np.ndarray, known_days: np.ndarray, season: Season) -> Lesson:
    """What a day teaches: of each customer the following `known_days` are known, and `next_days` to its next order.

    `next_days` is nan where none came; `judged`: whose silence is worth asking for.
    """
    rows = np.flatnonzero(judged)
    if len(rows) > _MOST_EXAMPLES:
        rows = rows[evenly(known.signals[rows].T, _MOST_EXAMPLES)]
    parts = []
    for horizon in HORIZONS:
        over = rows[known_days[rows] >= horizon]
        some, days = known.where(over), np.full(len(over), float(horizon))
        came = season.came(known.as_of, days)
        plain = _log_odds(some, days * came)
        parts.append(Lesson(days, plain, _signals(some, days, came, plain), ~(next_days[over] <= horizon)))
    return Lesson(*(np.concatenate(values) for values in zip(*parts, strict=True)))


@one_thread
def learn(lessons: Sequence[Lesson], season: Season) -> Silence:
    """The correction that makes what came most likely, held at nought as the penalties say."""
    lessons = [one for one in lessons if len(one.plain)]
    if not lessons:
        return Silence(season)
    signals = np.concatenate([one.signals for one in lessons])
    centre, scale = signals.mean(axis=0), np.maximum(signals.std(axis=0), 1e-9)
    signals = (signals - centre) / scale
    plain = np.concatenate([one.plain for one in lessons])
    came = np.concatenate([one.is_silent for one in lessons]).astype(float)
    day = np.repeat(np.arange(len(lessons)), [len(one.plain) for one in lessons])
    many = signals.shape[1]

    def loss(told: np.ndarray) -> tuple[float, np.ndarray]:
        slopes, days, level = told[:many], told[many:-1], told[-1]
        odds = plain + signals @ slopes + days[day] + level
        missed = expit(odds) - came
        held = _PENALTY * slopes @ slopes + days @ days / _DAY_SPREAD**2 + level**2 / _LEVEL_SPREAD**2
        gradient = np.concatenate(
            [
                signals.T @ missed + _PENALTY * slopes,
                np.bincount(day, missed, minlength=len(days)) + days / _DAY_SPREAD**2,
                [missed.sum() + level / _LEVEL_SPREAD**2],
            ]
        )
        return float((np.logaddexp(0, odds) - came * odds).sum() + held / 2), gradient

    found = minimize(loss, np.zeros(many + len(lessons) + 1), jac=True, method="L-BFGS-B").x
    return Silence(season, centre, scale, found[:many], float(found[-1]))


def _log_odds(known: Known, days: np.ndarray) -> np.ndarray:
    return logit(np.clip(known.model.silence(known.gaps, days), _LEAST, 1 - _LEAST))


def _signals(known: Known, days: np.ndarray, season: np.ndarray, plain: np.ndarray) -> np.ndarray:
    """What is known, the model's answer, how far that by own regularity is from it, and the horizon.

    Each stands by itself and by how much more it means the longer the horizon.
    """
    own = known.model.silence(known.gaps, days * season, known.shape)
    apart = logit(np.clip(own, _LEAST_OWN, 1 - _LEAST_OWN)) - plain
    both = np.column_stack([plain, known.signals, apart])
    # Beyond what was learned from, the model goes on alone.
    longer = np.log(np.clip(days, HORIZONS[0], HORIZONS[-1]) / _MIDDLE)[:, None]
    return np.hstack([both, longer, longer * both])
