"""Samples that neither chance nor the order of rows decides."""

from collections.abc import Sequence

import numpy as np


def evenly(keys: Sequence[np.ndarray] | np.ndarray, most: int) -> np.ndarray:
    """Positions of at most `most` rows, taken evenly over all in the order of `keys` (the last counts first)."""
    ordered = np.lexsort(keys)
    return ordered[np.linspace(0, len(ordered) - 1, min(len(ordered), most)).astype(int)]
