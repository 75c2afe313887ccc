"""How likely what is proposed is taken up, told from earlier proposals and never beyond what their cases carry."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from analytics.growth.choice import Top
from analytics.growth.past import LATELY_DAYS, Past

# Before the company's own cases speak, a signal one standard deviation higher changes the odds by about a tenth.
_PRIOR_SLOPE = 0.1
# So many cases of the plain share stand beside the company's own.
_PRIOR_CASES = 50
# How far the level follows the latest origin, where it has cases enough: as many as tell five points from chance.
_LEVEL_SHARE, _LEVEL_CASES = 0.8, 50
# Of accounts nothing is told from fewer cases, or fewer that came true, than these.
LEAST_CASES, LEAST_HITS = 100, 20


class Calibration:
    """From what is seen of a proposal to the probability that it comes true, by penalised logistic regression.

    The level follows the first of `examples`, the latest origin, since it moves with season and trade. Steps by
    isotonic regression were tried and left: what is picked for being high is then told too high.
    """

    def __init__(self, examples: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        signals = np.concatenate([signals for signals, _ in examples])
        hits = np.concatenate([hits for _, hits in examples]).astype(float)
        self.cases, self.hits = len(hits), int(hits.sum())
        self.rate = (hits.sum() + 0.5) / (len(hits) + 1)
        self.shift = 0.0
        self.model: LogisticRegression | None = None
        if 0 < hits.sum() < len(hits):
            self.mean, self.spread = signals.mean(axis=0), signals.std(axis=0) + 1e-9
            self.model = LogisticRegression(C=_PRIOR_SLOPE**2).fit((signals - self.mean) / self.spread, hits)
            latest, came = examples[0]
            share = _LEVEL_SHARE * len(came) / (len(came) + _LEVEL_CASES)
            seen = (came.sum() + 0.5) / (len(came) + 1)
            self.shift = share * float(_logit(seen) - _logit(self.probability(latest).mean()))

    def probability(self, signals: np.ndarray) -> np.ndarray:
        """(n, signals) -> (n,) in [0, 1]; the plain share where the past holds only one outcome."""
        if self.model is None or not len(signals):
            return np.full(len(signals), self.rate)
        told = self.model.predict_proba((signals - self.mean) / self.spread)[:, 1]
        told = (self.cases * told + _PRIOR_CASES * self.rate) / (self.cases + _PRIOR_CASES)
        return np.asarray(1 / (1 + np.exp(-_logit(told) - self.shift)))


def of_products(past: Past, top: Top, p50: np.ndarray) -> np.ndarray:
    """What a proposal's probability is told by, a row each; `p50` is what it would bring a year."""
    breadth = np.asarray(past.bought.sum(axis=1)).ravel()
    lately = np.asarray(past.recent.sum(axis=1)).ravel()
    buyers = np.asarray(past.bought.sum(axis=0)).ravel() / max(len(past.customers), 1)
    return np.column_stack(
        [
            top.score,
            np.log(top.rank),
            top.is_new,
            np.log(breadth[top.row]),
            np.log(lately[top.row] + 0.01),
            np.log(buyers[top.column]),
            *_size(past, top.row, p50),
        ]
    ).astype(float)


def each_of(probability: np.ndarray, alone: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """The probabilities of products, so that at least one comes true with `chance` where it did with `alone`."""
    power = np.log1p(-np.clip(chance, 0, 1 - 1e-9)) / np.log1p(-np.clip(alone, 1e-9, 1 - 1e-9))
    return np.asarray(1 - (1 - probability) ** power)


def of_accounts(past: Past, rows: np.ndarray, alone: np.ndarray, p50: np.ndarray) -> np.ndarray:
    """What the chance that an account takes at least one is told by, a row each.

    `alone` is that chance if each proposal came true by itself, `p50` what what is taken would then bring a year.
    """
    habits = past.habits
    usual = np.where(np.isnan(habits.usual_days), LATELY_DAYS, habits.usual_days)
    return np.column_stack(
        [
            _logit(alone),
            np.log(habits.order_days[rows]),
            np.log1p(habits.silent_days[rows]),
            np.log1p(usual[rows]),
            np.log1p(habits.begun[rows]),
            np.log(np.diff(past.bought.indptr)[rows]),
            *_size(past, rows, p50),
        ]
    )


def _size(past: Past, rows: np.ndarray, p50: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The log of amounts a year over what their customers spend, and over what is usually spent on an item."""
    spend = np.asarray(past.spend.sum(axis=1)).ravel()[rows]
    usual = max(np.median(past.spend.data) if past.spend.nnz else 0.0, np.finfo(float).tiny)
    amount = p50 + 0.01 * usual
    size = np.log(amount / usual)
    return np.log(amount / (spend + usual)), size, size**2


def _logit(probability: np.ndarray | float) -> np.ndarray:
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))
