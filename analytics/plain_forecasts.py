"""Plain forecasts of the steps to come, weeks or months, from the steps known: rows x steps in, rows x steps out.

All are told for many rows at once, and with the season of the first row, the company's, where they have one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

_SMOOTHING = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
# The usual distance of normal values from their median, and from one another, over their standard deviation.
_MEDIAN_DISTANCE, _PAIR = 0.6745, 2**0.5


@dataclass(frozen=True)
class Steps:
    """Steps of one length: how many make a year, how many are told ahead, and from how many smoothing begins.

    `usual`: so many usual steps draw growth towards none.
    """

    year: int
    ahead: int
    begin: int
    usual: float

    @property
    def half_year(self) -> int:
        """Steps of half a year."""
        return self.year // 2


def weekly(blocks: np.ndarray, steps: Steps) -> np.ndarray:
    """Four forecasts of the blocks to come from those known: method x row x block.

    Theta with the company's season as it was week by week, and with a smoother one, cut to what is more than noise;
    the mean of theta, of exponential smoothing and of the last half year, with the latter season; last year with its
    growth since.
    """
    whole, shrunk = _season(blocks[0], 1, steps, is_whole=True), _season(blocks[0], 2, steps, is_whole=False)
    half_year = blocks[:, -steps.half_year :] / _over(shrunk, blocks.shape[1])[-steps.half_year :]
    theta, _ = _theta_and_level(blocks, whole, steps)
    theta_shrunk, level = _theta_and_level(blocks, shrunk, steps)
    flat = half_year.mean(axis=1, keepdims=True) * shrunk[: steps.ahead]
    last_year = theta
    if blocks.shape[1] >= steps.year:
        start = blocks.shape[1] - steps.year
        # Who sold nothing yet a year ago had no year to repeat.
        had_begun = (blocks[:, : start + 1] != 0).any(axis=1)[:, None]
        repeated = blocks[:, start : start + steps.ahead] * _growth(blocks, steps.half_year, steps)[:, None]
        last_year = np.where(had_begun, repeated, theta)
    return np.maximum(np.stack([theta, theta_shrunk, (theta_shrunk + level + flat) / 3, last_year]), 0)


def monthly(blocks: np.ndarray, steps: Steps) -> np.ndarray:
    """Five forecasts of the blocks to come from those known: method x row x block.

    Theta, exponential smoothing and the mean of the last half year, with the company's season, smoothed and as far as
    it is more than noise; the mean of the last year without one; theta with the season as it was, once it came twice.
    """
    shrunk = _season(blocks[0], 1, steps, is_whole=False)
    whole = _season(blocks[0], 0, steps, is_whole=True) if blocks.shape[1] >= 2 * steps.year else shrunk
    theta, level = _theta_and_level(blocks, shrunk, steps)
    recent = _mean_since_begun(blocks / _over(shrunk, blocks.shape[1]), steps.half_year) * shrunk[: steps.ahead]
    year = np.broadcast_to(_mean_since_begun(blocks, steps.year), theta.shape)
    seasonal, _ = _theta_and_level(blocks, whole, steps)
    return np.maximum(np.stack([theta, level, recent, year, seasonal]), 0)


def _mean_since_begun(blocks: np.ndarray, most: int) -> np.ndarray:
    """By row the mean of the last blocks, at most so many, from the first in which anything was sold."""
    begun = blocks.shape[1] - np.where((blocks != 0).any(axis=1), (blocks != 0).argmax(axis=1), 0)
    return (blocks[:, -most:].sum(axis=1) / np.minimum(begun, min(most, blocks.shape[1])))[:, None]


def _theta_and_level(blocks: np.ndarray, season: np.ndarray, steps: Steps) -> tuple[np.ndarray, np.ndarray]:
    """The theta forecast (Assimakopoulos and Nikolopoulos 2000) and that of simple exponential smoothing."""
    n = blocks.shape[1]
    series = blocks / _over(season, n)
    start = series[:, : steps.begin].mean(axis=1, keepdims=True)
    squares, levels = [], []
    for alpha in _SMOOTHING:
        smoothed, _ = lfilter([alpha], [1, alpha - 1], series, axis=1, zi=(1 - alpha) * start)
        squares.append(((series[:, 1:] - smoothed[:, :-1])[:, min(steps.begin, n // 2) - 1 :] ** 2).sum(axis=1))
        levels.append(smoothed[:, -1])
    best = np.argmin(squares, axis=0)
    alpha = np.array(_SMOOTHING)[best][:, None]
    level = np.take_along_axis(np.array(levels), best[None], axis=0)[0][:, None]
    time = np.arange(n) - (n - 1) / 2
    drift = (series * time).sum(axis=1, keepdims=True) / (time**2).sum() / 2
    theta = level + drift * (np.arange(steps.ahead) + (1 - (1 - alpha) ** n) / alpha)
    return theta * season[: steps.ahead], level * season[: steps.ahead]


def _season(company: np.ndarray, width: int, steps: Steps, *, is_whole: bool) -> np.ndarray:
    """What each block of the year to come usually is over the year's mean, smoothed over so many neighbours.

    Unless it is whole, it is cut to the share of its variance that is more than noise, at least years / (years + 1):
    with one year noise is what neighbouring weeks differ by, with more what the years do. One without a year.
    """
    years = len(company) // steps.year
    if not years:
        return np.ones(steps.year)
    past = np.maximum(company[-steps.year * years :].reshape(years, steps.year), 0)
    trend = _growth(company[None], steps.year, steps)[0] ** (
        (np.arange(steps.year) - (steps.year - 1) / 2) / steps.year
    )
    past = past / trend
    shape = past / np.maximum(past.mean(axis=1, keepdims=True), 1e-9) - 1
    weights = width + 1.0 - np.abs(np.arange(-width, width + 1))
    weights /= weights.sum()
    smooth = sum(w * np.roll(shape, step, axis=1) for w, step in zip(weights, range(-width, width + 1), strict=True))
    mean = smooth.mean(axis=0)
    share = 1.0
    if not is_whole:
        if years == 1:
            spread = np.median(np.abs(np.diff(shape[0]))) / _MEDIAN_DISTANCE / _PAIR
            noise = spread**2 * (weights**2).sum()
        else:
            noise = smooth.var(axis=0, ddof=1).mean() / years
        share = max(1 - noise / max((mean**2).mean(), 1e-9), years / (years + 1))
    return np.maximum(1 + share * mean, 0.1)


def _over(season: np.ndarray, n: int) -> np.ndarray:
    """The season of the last n blocks; it begins with the first block to come."""
    return season[(np.arange(n) - n) % len(season)]


def _growth(blocks: np.ndarray, most: int, steps: Steps) -> np.ndarray:
    """Revenue of the last blocks, at most so many, over that of a year before; drawn towards 1 by usual ones."""
    n = blocks.shape[1]
    over = min(most, n - steps.year)
    if over < steps.begin - 2:
        return np.ones(len(blocks))
    usual = steps.usual * np.abs(blocks).mean(axis=1) + 1e-9
    now, before = (
        np.maximum(part.sum(axis=1), 0) for part in (blocks[:, -over:], blocks[:, n - steps.year - over : -steps.year])
    )
    return np.clip((now + usual) / (before + usual), 1 / 3, 3)
