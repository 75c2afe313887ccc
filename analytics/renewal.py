"""Gamma renewal with drop-out: how long a customer usually waits, and whether it is still there.

Gaps between order days are gamma distributed with a shape common to all and a rate of each customer's own, itself
gamma distributed over customers; after every order a customer leaves for good with a probability of its own, beta
distributed over customers. Fitted by empirical Bayes. With shape 1 it is the BG/NBD model (Fader, Hardie, Lee 2005,
"Counting Your Customers the Easy Way"); the shape follows Platzer and Reutterer (2016), "Ticking Away the Moments:
Timing Regularity Helps to Better Predict Customer Activity", but as any positive number.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betainc, betaincinv, betaln, gammaln

from analytics.sampling import evenly
from analytics.threads import one_thread

_MOST_FITTED = 2_500
_START = np.log([1.0, 1.0, 30.0, 0.5, 3.0])
_LOW, _HIGH = np.log([0.2, 0.05, 0.05, 0.01, 0.05]), np.log([60.0, 500.0, 50_000.0, 500.0, 5_000.0])


@dataclass(frozen=True)
class Gaps:
    """What is known of each customer: arrays of one length.

    `count`: number of gaps; `sum_days`: their sum; `sum_ln_days`: the sum of their logarithms; `silent_days`: days
    since the last order. Counts may be weighted, as long as the sums are weighted alike.
    """

    count: np.ndarray
    sum_days: np.ndarray
    sum_ln_days: np.ndarray
    silent_days: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Gaps":
        return Gaps(self.count[rows], self.sum_days[rows], self.sum_ln_days[rows], self.silent_days[rows])


@dataclass(frozen=True)
class Renewal:
    """A fitted model: shape of the gaps, gamma(r, alpha) over rates, beta(a, b) over the chance to leave."""

    shape: float
    r: float
    alpha: float
    a: float
    b: float

    def survival(self, gaps: Gaps, days: np.ndarray | float, shape: np.ndarray | None = None) -> np.ndarray:
        """P(the gap is longer than `days`), for one who has not left; with `shape` each one's gaps have their own."""
        regular = self.shape if shape is None else shape
        own, rate = (self.r / self.shape + gaps.count) * regular, self.alpha + gaps.sum_days
        return betainc(own, regular, rate / (rate + np.maximum(days, 0.0)))

    def alive(self, gaps: Gaps) -> np.ndarray:
        """P(the customer has not left), given its silence so far."""
        stayed = (self.b + gaps.count) * self.survival(gaps, gaps.silent_days)
        return stayed / (self.a + stayed)

    def silence(self, gaps: Gaps, days: np.ndarray | float, shape: np.ndarray | None = None) -> np.ndarray:
        """P(no order in the next `days` days), given its silence so far; `shape` as in survival."""
        stays = self.b + gaps.count
        now = self.a + stays * self.survival(gaps, gaps.silent_days, shape)
        return (self.a + stays * self.survival(gaps, gaps.silent_days + days, shape)) / now

    def quantile(self, gaps: Gaps, share: float, from_days: np.ndarray | float = 0.0) -> np.ndarray:
        """Days after the last order by which the next one came in `share` of the cases where one comes at all.

        `from_days`: given that it has not come by then.
        """
        own, rate = self.r + gaps.count * self.shape, self.alpha + gaps.sum_days
        left = self.survival(gaps, from_days) * (1.0 - share)
        z = betaincinv(own, self.shape, np.clip(left, 1e-12, 1.0))
        return rate * (1.0 - z) / np.maximum(z, 1e-12)


@one_thread
def fit(gaps: Gaps) -> Renewal:
    """The model that makes these customers' gaps and silences most likely.

    At most 2,500 customers are used, taken evenly over all of them in the order of their own figures, so that neither
    their order nor chance matters. An empty input gives the starting values.
    """
    if not len(gaps.count):
        return _renewal(_START)
    sampled = evenly((gaps.sum_ln_days, gaps.silent_days, gaps.sum_days, gaps.count), _MOST_FITTED)
    sample = gaps[sampled]

    def loss(parameters: np.ndarray) -> float:
        value = -float(np.mean(_log_likelihood(_renewal(np.clip(parameters, _LOW, _HIGH)), sample)))
        # A weak pull towards the start keeps a parameter the data do not speak of from running away.
        return value + float(np.sum((parameters - _START) ** 2)) / len(sampled) / 2

    found = minimize(loss, _START, method="L-BFGS-B", bounds=list(zip(_LOW, _HIGH, strict=True)))
    return _renewal(found.x)


def _renewal(logs: np.ndarray) -> Renewal:
    return Renewal(*(float(value) for value in np.exp(logs)))


def _log_likelihood(model: Renewal, gaps: Gaps) -> np.ndarray:
    n, k = gaps.count, model.shape
    own, rate = model.r + n * k, model.alpha + gaps.sum_days
    stayed = model.a + (model.b + n) * model.survival(gaps, gaps.silent_days)
    return (
        betaln(model.a, model.b + n)
        - betaln(model.a, model.b)
        + gammaln(own)
        - gammaln(model.r)
        + model.r * np.log(model.alpha)
        - own * np.log(rate)
        + (k - 1) * gaps.sum_ln_days
        - n * gammaln(k)
        + np.log(stayed / (model.a + model.b + n))
    )
