"""Which of many suspicions to raise, so that few of them are expected to be false."""

import numpy as np

FALSE_DISCOVERY_RATE = 0.10


def discovered(probability: np.ndarray) -> np.ndarray:
    """The largest set whose expected share of false discoveries is within FALSE_DISCOVERY_RATE; equals go together.

    `probability`: of each suspicion being true, 0-1. One boolean for each. (Efron 2008, local false discovery rates.)
    """
    order = np.argsort(-probability, kind="stable")
    share = np.cumsum(1 - probability[order]) / np.arange(1, len(order) + 1)
    within = np.flatnonzero(share <= FALSE_DISCOVERY_RATE)
    if not len(within):
        return np.zeros(len(probability), dtype=bool)
    threshold = probability[order[within[-1]]]
    tied = np.flatnonzero(probability[order] >= threshold)[-1]
    return probability >= threshold if share[tied] <= FALSE_DISCOVERY_RATE else probability > threshold
