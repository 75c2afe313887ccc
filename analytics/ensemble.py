"""Probabilities learned from a table of features: a mix of estimators, weighed and calibrated on what came later.

A regularised logistic regression sees what adds up, boosted trees what depends on one another. How much each has to say
is not known beforehand: it is read off outcomes that none of them was fitted to.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from analytics.threads import one_thread

LOGISTIC, BOOSTED, FOREST = "logistic", "boosted", "forest"
MEMBERS = (LOGISTIC, BOOSTED, FOREST)
_STEPS = 4
_SURE = 1e-4
# Outcomes that a straight calibration line counts for: with fewer, what the members say stays as it is.
_TRUST, _NEWTON = 10.0, 8
# Rows that each tree of the forest sees at most.
_GROVE = 3_000


@dataclass(frozen=True)
class Scale:
    """How features become columns of mean zero and spread one, unknown ones at their middle and marked as unknown.

    `varied`: the features of which more than one value is known; no member sees the others. `gaps`: those of them that
    are unknown somewhere.
    """

    varied: np.ndarray
    middle: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    gaps: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Features with the unknown in the middle, none beyond four spreads, and what is unknown beside them."""
        unknown = np.isnan(features)
        filled = np.where(unknown, self.middle, features)
        return np.column_stack([np.clip((filled - self.mean) / self.spread, -4, 4), unknown[:, self.gaps]])


@dataclass(frozen=True)
class Members:
    """Estimators fitted to the same outcomes, by name; None where those were all alike, and `usual` is all there is."""

    scale: Scale
    fitted: dict[str, LogisticRegression | HistGradientBoostingClassifier | ExtraTreesClassifier | None]
    usual: float

    @one_thread
    def log_odds(self, features: np.ndarray, asked: np.ndarray | None = None) -> np.ndarray:
        """What each member says, rows x members; those not `asked` (all, without) only what is usual."""
        features = features[:, self.scale.varied]
        predicted = np.full((len(features), len(self.fitted)), self.usual)
        for place, (name, member) in enumerate(self.fitted.items()):
            if member is not None and len(features) and (asked is None or asked[place]):
                predicted[:, place] = member.predict_proba(self.scale(features) if name == LOGISTIC else features)[:, 1]
        return logit(np.clip(predicted, _SURE, 1 - _SURE))


@dataclass(frozen=True)
class Mix:
    """The say of each member, and the calibration line of their log odds."""

    weights: np.ndarray
    slope: float
    shift: float

    def __call__(self, log_odds: np.ndarray) -> np.ndarray:
        """Probabilities from the members' log odds."""
        return expit(self.shift + self.slope * (log_odds @ self.weights))


@one_thread
def fit(features: np.ndarray, outcome: np.ndarray, members: tuple[str, ...] = MEMBERS) -> Members:
    """The members, fitted to rows of features (nan: unknown) and whether each came out."""
    scale, rows = _scale(features), len(outcome)
    features = features[:, scale.varied]
    usual = float((outcome.sum() + 1) / (rows + 2))
    if outcome.all() or not outcome.any() or not len(scale.varied):
        return Members(scale, dict.fromkeys(members), usual)
    blank = {
        LOGISTIC: LogisticRegression(C=0.01, max_iter=300),
        BOOSTED: HistGradientBoostingClassifier(
            max_iter=60, learning_rate=0.08, max_leaf_nodes=12, min_samples_leaf=int(np.clip(rows // 100, 10, 100)),
            l2_regularization=5.0, max_features=0.5, max_bins=64, early_stopping=False, random_state=0,
        ),
        FOREST: ExtraTreesClassifier(
            100, min_samples_leaf=2 + min(rows, _GROVE) // 1000, max_features=0.3, random_state=0,
            bootstrap=rows > _GROVE, max_samples=_GROVE if rows > _GROVE else None,
        ),
    }  # fmt: skip
    fitted = {name: blank[name].fit(scale(features) if name == LOGISTIC else features, outcome) for name in members}
    return Members(scale, fitted, usual)


def mix(log_odds: np.ndarray, outcome: np.ndarray) -> Mix:
    """The say of each member that makes later outcomes most probable, and their calibration line.

    Where the outcomes are all alike, the members have the same say, as they are.
    """
    many = log_odds.shape[1]
    best, most = Mix(np.full(many, 1 / many), 1.0, 0.0), np.inf
    for weights in _shares(many) if outcome.any() and not outcome.all() else []:
        slope, shift = _line(log_odds @ weights, outcome)
        loss = _loss(shift + slope * (log_odds @ weights), outcome)
        if loss < most - 1e-9:
            best, most = Mix(weights, slope, shift), loss
    return best


def _scale(features: np.ndarray) -> Scale:
    lowest = np.fmin.reduce(features, axis=0, initial=np.inf)
    highest = np.fmax.reduce(features, axis=0, initial=-np.inf)
    varied = np.flatnonzero(highest > lowest)
    features = features[:, varied].astype(float)
    unknown = np.isnan(features)
    middle = np.nanmedian(features, axis=0)
    filled = np.where(unknown, middle, features)
    spread = np.maximum(filled.std(axis=0), 1e-9)
    return Scale(varied, middle, filled.mean(axis=0), spread, np.flatnonzero(unknown.any(axis=0)))


def _shares(many: int) -> list[np.ndarray]:
    """All ways to share out a say among so many, in quarters."""
    grid = np.stack(np.meshgrid(*[np.arange(_STEPS + 1)] * many, indexing="ij"), axis=-1).reshape(-1, many)
    return list(grid[grid.sum(axis=1) == _STEPS] / _STEPS)


def _line(log_odds: np.ndarray, outcome: np.ndarray) -> tuple[float, float]:
    """Slope and shift of the calibration line, drawn towards the members' own odds, by Newton's method."""
    columns = np.column_stack([log_odds, np.ones(len(outcome))])
    line = np.array([1.0, 0.0])
    for _ in range(_NEWTON):
        predicted = expit(columns @ line)
        slope = columns.T @ (predicted - outcome) + _TRUST * (line - [1.0, 0.0])
        line = line - np.linalg.solve((columns.T * (predicted * (1 - predicted))) @ columns + _TRUST * np.eye(2), slope)
    return max(float(line[0]), 0.0), float(line[1])


def _loss(predicted: np.ndarray, outcome: np.ndarray) -> float:
    return float(np.logaddexp(0, np.where(outcome, -predicted, predicted)).mean())
