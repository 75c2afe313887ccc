"""What a change of price would bring in the next three months, and how such answers of the past came out.

Expected are the units of the last twelve full months, in the season of the category, at today's price by the product's
elasticity, as far above them as all that was sold in the year before lay above what the same rule expected of it. The
replay and the screen tell the same: `expected_share` times the units of the year.

How far off that is, the replay tells: the noise of one product by the lines expected of it, and which part of that
noise products have in common. Sums over products are told from the three, and those of the past are held to them.
"""

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from scipy.optimize import brentq
from scipy.special import ndtri

from analytics import elasticity
from analytics.coding import codes
from analytics.elasticity import Estimate, History
from analytics.sampling import evenly
from analytics.tables import Ask
from analytics.threads import one_thread

HORIZON_MONTHS = 3
# Months of the past whose what-ifs are replayed; lines expected in the horizon, below which none is answered.
REPLAYED_MONTHS, LEAST_LINES = 12, 5
# A change of price in the replay: log points.
LEAST_CHANGE = 0.02
QUANTILES = (0.1, 0.5, 0.9)
WITHIN = QUANTILES[2] - QUANTILES[0]
# Answers of the past from which on they tell the noise of one product, and of sums over a category.
LEAST_ANSWERS, LEAST_SUMS = 60, 20
# Part of a product's noise that all have in common: the usual one, and how many quarters it counts for; the most.
USUAL_PART, _USUAL_QUARTERS, _MOST_PART = 0.05, 4, 0.9
# Parts of a product's noise that those of a category have in common: those tried.
_PARTS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.36, 0.43, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
# What sells nothing counts as so far below; a lower end that stands lower still against the median is nothing.
_NOTHING_SOLD, _NOTHING = -5.0, 0.01
# Standard deviations from the median to P90.
_REACH = -ndtri(QUANTILES[0])

NOISE = pa.schema(
    {
        "p10": pa.float64(),
        "p10_of_few_lines": pa.float64(),
        "p50": pa.float64(),
        "p50_of_few_lines": pa.float64(),
        "p90": pa.float64(),
        "p90_of_few_lines": pa.float64(),
        "of_company": pa.float64(),
        "of_category": pa.float64(),
    }
)
RECORD = pa.schema(
    {
        "kind": pa.string(),
        "horizon_months": pa.int64(),
        "origins": pa.int64(),
        "what_ifs": pa.int64(),
        "within": pa.int64(),
        "share_within": pa.float64(),
        "share_below": pa.float64(),
        "median_error": pa.float64(),
    }
)


@dataclass(frozen=True)
class WhatIfs:
    """What is known on a day.

    `elasticities` (elasticity.SCHEMA), `noise` (NOISE) of at most one row, and `record` (RECORD): how what-ifs of the
    last year came out, of products whose price changed and of sums over products.
    """

    elasticities: pa.Table
    noise: pa.Table
    record: pa.Table


@dataclass(frozen=True)
class Noise:
    """How units sold lie about those expected.

    `quantiles` (3 x 2): P10, P50 and P90 of the log of units sold over those expected of one product are the first
    column plus the second over the root of the expected lines. `of_company`, `of_category`: the parts of this noise, of
    its variance, that all products and those of a category have in common; the rest is each product's own.
    """

    quantiles: np.ndarray
    of_company: float
    of_category: float

    def at(self, lines: np.ndarray) -> np.ndarray:
        """Quantiles (3 x n) at these expected lines, in their order."""
        return np.sort(self.quantiles[:, :1] + self.quantiles[:, 1:] / np.sqrt(lines), axis=0)


@dataclass(frozen=True)
class Products:
    """What a change of price is asked of, an array each.

    The category's code, elasticity with its variance, units and lines expected in the horizon at today's price, that
    price and the unit cost.
    """

    category: np.ndarray
    elasticity: np.ndarray
    variance: np.ndarray
    units: np.ndarray
    lines: np.ndarray
    price: np.ndarray
    unit_cost: np.ndarray


@dataclass(frozen=True)
class Outlook:
    """What a change of price would bring in the horizon: P10, P50 and P90 of units, revenue and margin.

    `break_even_units`: the change of units, as a rate, that leaves the margin as it is; nan if none can.
    `break_even_change`: the change of price, as a rate, up to which the margin stays above that of today, upwards or
    downwards, whichever side has one; nan where every rise pays. Of several products: that of their average.
    """

    units: tuple[float, float, float]
    revenue: tuple[float, float, float]
    margin: tuple[float, float, float]
    break_even_units: float
    break_even_change: float


def what_if(products: Products, noise: Noise, change: float) -> Outlook:
    """What these products would sell together, were all their prices changed by the rate `change`."""
    step = np.log1p(change)
    expected = products.units * np.exp(products.elasticity * step)
    spread = abs(step) * np.sqrt(products.variance)

    def summed(worth: np.ndarray) -> tuple[float, float, float]:
        low, middle, high = quantiles_of_sum(
            worth, expected, noise.at(products.lines), spread, products.category, noise
        )
        return float(low), float(middle), float(high)

    margin, margin_now = products.price * (1 + change) - products.unit_cost, products.price - products.unit_cost
    left, before = float(products.units @ margin), float(products.units @ margin_now)
    revenue = products.units * products.price
    return Outlook(
        units=summed(np.ones_like(products.units)),
        revenue=summed(products.price * (1 + change)),
        margin=summed(margin),
        break_even_units=before / left - 1 if left > 0 else float("nan"),
        break_even_change=_break_even(
            float(revenue @ products.elasticity / revenue.sum()),
            float(products.units @ products.unit_cost / revenue.sum()),
        ),
    )


def quantiles_of_sum(
    worth: np.ndarray,
    expected: np.ndarray,
    quantiles: np.ndarray,
    spread: np.ndarray,
    category: np.ndarray,
    noise: Noise,
) -> np.ndarray:
    """P10, P50 and P90 of what products sell together, a unit at its `worth`, which may be negative.

    `quantiles` (3 x n) are those of their noise; `spread` is what is not known of the price's effect, in log units, and
    errs the same way for all. Of one product this is its own interval. Of several, half an interval is the root of the
    summed squares of what is each product's own, a category's, the company's and the elasticities'. As far as they
    cancel out, so does the skew: the sides become alike, and the median moves from the sum of medians, which are low
    where few large orders make the mean, to the sum of means.
    """
    sold = np.sort(worth * expected * np.exp(_outcome(quantiles, spread)), axis=0)
    gaps = np.diff(sold, axis=0)
    of_noise = np.diff(quantiles, axis=0) ** 2
    of_noise = of_noise / np.maximum(of_noise + (_REACH * spread) ** 2, 1e-12)
    of_noise = np.where(worth < 0, of_noise[::-1], of_noise)
    own, by_elasticity = gaps * np.sqrt(of_noise), gaps * np.sqrt(1 - of_noise)
    by_category = np.stack([np.bincount(category, side) for side in own])
    of_category = min(noise.of_category, 1 - noise.of_company)
    squares = (
        noise.of_company * own.sum(axis=1) ** 2
        + of_category * (by_category**2).sum(axis=1)
        + (1 - noise.of_company - of_category) * (own**2).sum(axis=1)
        + by_elasticity.sum(axis=1) ** 2
    )
    left = float(np.sqrt(squares).sum() / max(gaps.sum(), 1e-300)) ** 2
    reach = np.sqrt(left * squares + (1 - left) * squares.mean())
    mean = float(worth @ expected)
    middle = mean - left * (mean - float(sold[1].sum()))
    return np.array([middle - reach[0], middle, middle + reach[1]])


def _break_even(slope: float, cost: float) -> float:
    """The other change of price with today's margin, prices relative to today's; nan where there is none."""
    if slope >= -1 or not 0 < cost < 1:
        return float("nan")

    def gain(step: float) -> float:
        return float((np.exp(step) - cost) * np.exp(slope * step) - (1 - cost))

    best = np.log(cost * slope / (1 + slope))
    if abs(best) < 1e-9:
        return 0.0
    far = np.log(cost) if best < 0 else best + 1
    while best > 0 and gain(far) > 0:
        far *= 2
    return float(np.expm1(brentq(gain, best, far)))


def _outcome(noise: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Log quantiles of the outcome from those of the noise (3 x n) and the spread of what the price does."""
    reach = _REACH * spread
    low, middle, high = noise
    return np.stack([middle - np.hypot(middle - low, reach), middle, middle + np.hypot(high - middle, reach)])


@one_thread
def what_ifs(ask: Ask, as_of: dt.date) -> WhatIfs:
    """Elasticities as of a day with what is expected next, its noise, and how what-ifs of the last year came out."""
    history = elasticity.history_at(ask, as_of)
    if history is None:
        return WhatIfs(elasticity.SCHEMA.empty_table(), NOISE.empty_table(), RECORD.empty_table())
    found = elasticity.estimate(history)
    this_month = as_of.replace(day=1)
    stop = int(np.searchsorted(history.months, _month(this_month)))
    expected_share, noise, record = np.full(len(history.category), np.nan), NOISE.empty_table(), RECORD.empty_table()
    known = elasticity.history_at(ask, this_month.replace(year=this_month.year - 1) - dt.timedelta(days=1))
    if known is not None:
        estimate = elasticity.estimate(known)
        earlier = _learned(_windows(known, known, estimate, len(known.months)))
        later = _windows(history, known, estimate, stop)
        now = _learned(later)
        if now is not None:
            pace, of_now = now
            expected_share = pace * _expected_share(history, _prices(history, found), found.pooled.item.mean, stop)
            noise = _published(of_now)
        if earlier is not None and later:
            pace, of_then = earlier
            record = _record([window.at(pace) for window in later], of_then)
    return WhatIfs(elasticity.table(history, found, expected_share), noise, record)


def _month(day: dt.date) -> int:
    return day.year * 12 + day.month - 1 - 1970 * 12


def _prices(history: History, found: Estimate) -> np.ndarray:
    """Log price of each product in each month, but for a constant: the list price where any says how demand answers."""
    paid = elasticity.carried(np.where(history.lines > 0, history.price, np.nan))
    return np.nan_to_num(history.list_price if found.is_list.any() else paid)


def _expected_share(history: History, price: np.ndarray, slope: np.ndarray, begin: int) -> np.ndarray:
    """What a product would sell from a month on at the price of the month before, over its units of the year before.

    Over the horizon: the share of these months in the category's year, as the slope answers to what was paid in the
    year.

    nan where nothing was sold in the year, or there is none.
    """
    if begin < 12:
        return np.full(len(slope), np.nan)
    units, category = history.units[:, begin - 12 : begin], history.category
    bought = units.sum(axis=1)
    of_year = np.bincount(category, bought)
    season = np.bincount(category, units[:, :HORIZON_MONTHS].sum(axis=1)) / np.maximum(of_year, 1e-9)
    paid = (units * price[:, begin - 12 : begin]).sum(axis=1) / np.maximum(bought, 1e-9)
    expected = season[category] * np.exp(slope * (price[:, begin - 1] - paid))
    return np.where(bought > 0, expected, np.nan)


@dataclass(frozen=True)
class _Window:
    """What was expected of each product with enough lines over a stretch of months, and what was sold.

    `lines`: expected. `worth`: revenue of a unit in the year before. `change`: of the log price against the month
    before. `expected`: units at that price, `pace` times those of the year before. `spread`: of what the change does.
    """

    category: np.ndarray
    lines: np.ndarray
    worth: np.ndarray
    change: np.ndarray
    expected: np.ndarray
    spread: np.ndarray
    sold: np.ndarray
    pace: float = 1.0

    @property
    def surprise(self) -> np.ndarray:
        """Log of units sold over those expected; what was not sold at all is far below."""
        return np.log(np.maximum(self.sold, np.exp(_NOTHING_SOLD) * self.expected) / self.expected)

    @property
    def ratio(self) -> float:
        """What all products sold together over what was expected."""
        return float(self.worth @ self.sold / (self.worth @ self.expected))

    def at(self, pace: float) -> "_Window":
        return replace(self, expected=self.expected * pace, pace=self.pace * pace)

    def sum(self, group: np.ndarray, noise: Noise) -> np.ndarray:
        """P10, P50 and P90 of what was expected of these products together, and what they sold."""
        worth, code = self.worth[group], self.category[group]
        quantiles = noise.at(self.lines[group])
        predicted = quantiles_of_sum(worth, self.expected[group], quantiles, self.spread[group], code, noise)
        return np.append(predicted, worth @ self.sold[group])

    def categories(self) -> list[np.ndarray]:
        """Products of each category that has several."""
        groups = (np.flatnonzero(self.category == code) for code in np.unique(self.category))
        return [group for group in groups if len(group) > 1]


def _windows(history: History, known: History, estimate: Estimate, stop: int) -> list[_Window]:
    """What was sold in each horizon of the replayed months before a position, by the elasticities told."""
    row = codes(history.products, known.products)
    item = estimate.pooled.item
    slope = np.where(row >= 0, item.mean[row], np.nan)
    price = _prices(history, estimate)
    found = []
    for begin in range(stop - REPLAYED_MONTHS, stop - HORIZON_MONTHS + 1, HORIZON_MONTHS):
        if begin < 12:
            continue
        year, after = slice(begin - 12, begin), slice(begin, begin + HORIZON_MONTHS)
        change = price[:, after].mean(axis=1) - price[:, begin - 1]
        bought = history.units[:, year].sum(axis=1)
        expected = bought * _expected_share(history, price, slope, begin) * np.exp(slope * change)
        due = history.lines[:, year].sum(axis=1) * HORIZON_MONTHS / 12
        kept = np.flatnonzero((due >= LEAST_LINES) & (expected > 0))
        found.append(
            _Window(
                category=history.category[kept],
                lines=due[kept],
                worth=history.revenue[kept][:, year].sum(axis=1) / bought[kept],
                change=change[kept],
                expected=expected[kept],
                spread=np.abs(change[kept]) * np.sqrt(item.variance[row[kept]]),
                sold=history.units[kept][:, after].sum(axis=1),
            )
        )
    return found


def _learned(windows: list[_Window]) -> tuple[float, Noise] | None:
    """By what all that was sold exceeded what was expected of it (`pace`), and the noise that is left about that.

    None where the past is too short to know.
    """
    if sum(len(window.lines) for window in windows) < LEAST_ANSWERS:
        return None
    from sklearn.linear_model import QuantileRegressor  # noqa: PLC0415 (slow to load; pages need what is above)

    sold, expected = (sum(float(window.worth @ getattr(window, n)) for window in windows) for n in ("sold", "expected"))
    pace = sold / expected
    if pace <= 0:
        return None
    paced = [window.at(pace) for window in windows]
    surprise = np.concatenate([window.surprise for window in paced])
    root = 1 / np.sqrt(np.concatenate([window.lines for window in paced]))
    kept = evenly((root, surprise), 1000)
    root, surprise = root[kept][:, None], surprise[kept]
    middle = QuantileRegressor(quantile=QUANTILES[1], alpha=0.0).fit(root, surprise)
    lines = [[middle.intercept_, middle.coef_[0]]]
    for side, quantile in ((-1, QUANTILES[0]), (1, QUANTILES[2])):
        rest = surprise - middle.predict(root)
        fit = QuantileRegressor(quantile=quantile, alpha=0.0).fit(root, rest)
        # Where many lines would leave less than no spread, they leave none.
        if side * fit.intercept_ < 0:
            fit = QuantileRegressor(quantile=quantile, alpha=0.0, fit_intercept=False).fit(root, rest)
        lines.insert(1 + side, [middle.intercept_ + fit.intercept_, middle.coef_[0] + fit.coef_[0]])
    alone = Noise(np.array(lines), 0.0, 0.0)
    return pace, replace(alone, of_company=_of_company(paced, alone), of_category=_of_category(paced, alone))


def _of_company(windows: list[_Window], noise: Noise) -> float:
    """The part of their noise that all products have in common.

    It is how far their sum was from what was expected of it, squared, over how far it would be were all of it in
    common. Half of that is held to what was expected before the pace: whether growth goes on or ends, so few quarters
    do not show. They are drawn to the usual part, which counts for a year of them.
    """
    missed, whole = [], []
    for window in windows:
        sold = window.expected * np.exp(noise.at(window.lines))
        whole.append(float(window.worth @ (sold[2] - sold[0]) / (2 * _REACH) / (window.worth @ window.expected)))
        missed.append(np.hypot(window.ratio - 1, window.ratio * window.pace - 1) / 2**0.5)
    seen = float(np.linalg.norm(missed) / np.maximum(np.linalg.norm(whole), 1e-12)) ** 2
    part = (len(windows) * seen + _USUAL_QUARTERS * USUAL_PART) / (len(windows) + _USUAL_QUARTERS)
    return min(part, _MOST_PART)


def _of_category(windows: list[_Window], noise: Noise) -> float:
    """The part of their noise that products of a category have in common.

    The least with which eight in ten sums over a category lay within, beside what all products together did; with few
    sums, not less than the usual part.
    """
    groups = [(window, group) for window in windows for group in window.categories()]
    if not groups:
        return USUAL_PART

    def is_enough(part: float) -> bool:
        wide = replace(noise, of_category=part)
        predicted = np.array([window.at(window.ratio).sum(group, wide) for window, group in groups])
        return bool(_is_within(predicted).mean() >= WITHIN)

    found = _PARTS[min(bisect_left(_PARTS, x=True, key=is_enough), len(_PARTS) - 1)]
    return found if len(groups) >= LEAST_SUMS else max(found, USUAL_PART)


def _is_below(predicted: np.ndarray) -> np.ndarray:
    """Whether what was sold, the last column, is less than P10, the first."""
    low, middle, _, sold = predicted.T
    return (sold < low) & (low >= _NOTHING * middle)


def _is_within(predicted: np.ndarray) -> np.ndarray:
    """Whether what was sold lies between P10 and P90."""
    return ~_is_below(predicted) & (predicted[:, 3] <= predicted[:, 2])


def _published(noise: Noise) -> pa.Table:
    values = [*noise.quantiles.ravel().tolist(), noise.of_company, noise.of_category]
    return pa.Table.from_pylist([dict(zip(NOISE.names, values, strict=True))], NOISE)


def _record(windows: list[_Window], noise: Noise) -> pa.Table:
    """How what was told came out: of products whose price changed, and of every category and all products together."""
    changed = [np.flatnonzero(np.abs(window.change) >= LEAST_CHANGE) for window in windows]
    alone = [(window, group) for window, at in zip(windows, changed, strict=True) for group in at[:, None]]
    sums = [(window, group) for window in windows for group in (*window.categories(), np.arange(len(window.lines)))]
    rows = []
    for kind, groups in (("product", alone), ("group", sums)):
        predicted = np.array([window.sum(group, noise) for window, group in groups]).reshape(-1, 4)
        if not len(predicted):
            continue
        rows.append(
            {
                "kind": kind,
                "horizon_months": HORIZON_MONTHS,
                "origins": len(windows),
                "what_ifs": len(predicted),
                "within": int(_is_within(predicted).sum()),
                "share_within": float(_is_within(predicted).mean()),
                "share_below": float(_is_below(predicted).mean()),
                "median_error": float(np.median(np.abs(predicted[:, 3] / predicted[:, 1] - 1))),
            }
        )
    return pa.Table.from_pylist(rows, RECORD)
