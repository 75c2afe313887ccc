"""Price elasticity of demand by product, as far as past prices tell it.

Demand of a product has two margins: how often it is ordered and how much at a time. Each is a panel of products by
months; a fixed-effects regression in each category takes out season, trend, promotions and what the whole company saw
in a month; customers are compared with themselves (quantity) or by what their catalogs usually order (orders). What is
left of each product over its own price is its slope, drawn by empirical Bayes towards its brand, its category and the
company. The two margins add up.

Prices vary for reasons. A list price is set for everybody and is what the slopes are taken from where it moved; what
was negotiated follows volume, so that large orders look as if low prices had made them large. Either way the figures
are associational: nobody drew the prices by lot.

Statistics: queries/warehouse/statistics/elasticity_*.sql.
"""

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Literal

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from analytics.coding import codes
from analytics.tables import Ask

CONFIDENCE = 0.90
# Price points within 2 % of each other are one; with fewer, or less spread of log price, a product has no say.
LEAST_PRICE_POINTS, LEAST_SPREAD, LEAST_SOLD = 3, 0.03, 40
LEAST_CUSTOMERS = 5
# Of the list price's changes so much must arrive on invoices for it to count as the price.
LEAST_PASS_THROUGH = 0.5
Source = Literal["list_price_changes", "negotiated_discounts"]
LIST: Source = "list_price_changes"
NEGOTIATED: Source = "negotiated_discounts"

SCHEMA = pa.schema(
    {
        "level": pa.string(),
        "key": pa.string(),
        "category": pa.string(),
        "brand": pa.string(),
        "elasticity": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "variance": pa.float64(),
        "price_points": pa.int64(),
        "price_spread": pa.float64(),
        "customers": pa.int64(),
        "lines": pa.int64(),
        "source": pa.string(),
        "is_published": pa.bool_(),
        "expected_share": pa.float64(),
    }
)
# What a company's elasticity is before its data: those published for trade and retail lie between 0 and -5.
_PRIOR_MEAN, _PRIOR_SPREAD = -2.0, 2.0
# Spreads of elasticities between categories, brands and products: those weighed, and the usual ones.
_SPREADS = (
    (0.1, 0.2, 0.4, 0.8, 1.6),
    (0.0, 0.05, 0.1, 0.2, 0.4, 0.8),
    (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0, 1.5),
)
_USUAL = (0.7, 0.1, 0.15)
_CONTROL_SPREAD = 0.3
# Periods over which residuals are taken to go together.
_LAGS = 12
# Median of a squared standard normal; standard deviations from which on a slope lies too far out.
_MEDIAN, _FAR = 0.455, 2.5
_UNKNOWN = 1e8
# Misses from which on they tell whether intervals are too narrow.
_LEAST_MISSES = 20


@dataclass(frozen=True)
class Panel:
    """One response of items by periods, with its log price and the controls (items x periods x controls).

    `season`: what each category follows at strengths of its own (periods x waves), such as season and trend.
    `weight` is how much is known of a cell, inverse to its variance, 0 where nothing is. `brand` numbers brands within
    `category`, both by item. `has_period_effects`: what all items share in a period is taken out.
    """

    response: np.ndarray
    price: np.ndarray
    weight: np.ndarray
    controls: np.ndarray
    season: np.ndarray
    category: np.ndarray
    brand: np.ndarray
    has_period_effects: bool = True


@dataclass(frozen=True)
class Slopes:
    """Slope of each item over its own price with its variance, and the pooled slope of each category.

    With the residuals left at the pooled slope, and what the controls and effects explain without price.
    """

    slope: np.ndarray
    variance: np.ndarray
    pooled: np.ndarray
    fitted: np.ndarray


@dataclass(frozen=True)
class Level:
    """Posterior mean and variance of each member of a level."""

    mean: np.ndarray
    variance: np.ndarray

    def __add__(self, other: "Level") -> "Level":
        return Level(self.mean + other.mean, self.variance + other.variance)


@dataclass(frozen=True)
class Pooled:
    """Elasticities of items, brands, categories and the company (one member)."""

    item: Level
    brand: Level
    category: Level
    company: Level

    def __add__(self, other: "Pooled") -> "Pooled":
        return Pooled(*(getattr(self, name) + getattr(other, name) for name in _LEVELS))

    def widened(self, factor: float) -> "Pooled":
        """The same with standard errors so many times as large."""
        levels = (getattr(self, name) for name in _LEVELS)
        return Pooled(*(Level(level.mean, level.variance * factor**2) for level in levels))


_LEVELS = ("item", "brand", "category", "company")


@dataclass(frozen=True)
class History:
    """What was sold of each product in each month: arrays of products by months, oldest month first.

    `exposure`: lines expected of its catalogs at its usual share. `quantity`, `price` and `listed` are deviations as
    the statistic says; `list_price` is the log list price, carried over months without lines. `months`: since 1970.
    """

    products: pa.Array
    categories: list[str]
    brands: list[tuple[str, str]]
    category: np.ndarray
    brand: np.ndarray
    customers: np.ndarray
    months: np.ndarray
    lines: np.ndarray
    units: np.ndarray
    revenue: np.ndarray
    exposure: np.ndarray
    quantity: np.ndarray
    price: np.ndarray
    listed: np.ndarray
    list_price: np.ndarray
    promotion: np.ndarray

    def between(self, start: int, stop: int) -> "History":
        """The months at these positions."""
        names = ("lines", "units", "revenue", "exposure", "quantity", "price", "listed", "list_price", "promotion")
        return replace(self, months=self.months[start:stop], **{n: getattr(self, n)[:, start:stop] for n in names})


@dataclass(frozen=True)
class Estimate:
    """`pooled` elasticities; by product the price points, the spread of log price, whether the list price varied."""

    pooled: Pooled
    price_points: np.ndarray
    price_spread: np.ndarray
    lines: np.ndarray
    is_list: np.ndarray

    @property
    def is_estimable(self) -> np.ndarray:
        """Whether a product has a say of its own."""
        return _is_estimable(self.price_points, self.price_spread, self.lines)


def history_at(ask: Ask, as_of: dt.date) -> History | None:
    """What was sold in the months up to a day; None where nothing was. Nothing depends on the order of rows."""
    products = ask("elasticity_products", as_of=as_of).sort_by("product_id")
    cells = ask("elasticity_cells", as_of=as_of)
    if not len(cells):
        return None
    category, brand = ([x or "" for x in products.column(name).to_pylist()] for name in ("category", "brand"))
    categories = sorted(set(category))
    brands = sorted(set(zip(category, brand, strict=True)))
    brand_code = {name: number for number, name in enumerate(brands)}
    ids = products.column("product_id").combine_chunks()
    catalogs = cells.column("catalog_id").unique().sort()
    month = cells.column("month").to_numpy().astype("datetime64[M]").astype(np.int64)
    row, catalog = codes(cells.column("product_id"), ids), codes(cells.column("catalog_id"), catalogs)
    order = np.lexsort((catalog, month, row))
    row, catalog = row[order], catalog[order]
    first = int(month.min())
    column = month[order] - first
    shape = (len(ids), int(column.max()) + 1)

    def values(name: str) -> np.ndarray:
        return cells.column(name).to_numpy(zero_copy_only=False).astype(float)[order]

    def summed(x: np.ndarray) -> np.ndarray:
        return np.bincount(row * shape[1] + column, x, shape[0] * shape[1]).reshape(shape)

    count = values("lines")
    lines = summed(count)

    def mean(name: str) -> np.ndarray:
        return summed(count * values(name)) / np.maximum(lines, 1)

    listed = values("log_list_price")
    is_listed = np.isfinite(listed)
    known = summed(count * is_listed)
    list_price = np.where(known > 0, summed(np.where(is_listed, count * listed, 0)) / np.maximum(known, 1), np.nan)
    return History(
        products=ids,
        categories=categories,
        brands=brands,
        category=np.searchsorted(categories, category),
        brand=np.array([brand_code[name] for name in zip(category, brand, strict=True)]),
        customers=products.column("customers").to_numpy().astype(np.int64),
        months=first + np.arange(shape[1]),
        lines=lines,
        units=summed(values("units")),
        revenue=summed(values("revenue")),
        exposure=_exposure(row, catalog, column, count, (shape[0], len(catalogs), shape[1])),
        quantity=mean("quantity_deviation"),
        price=mean("price_deviation"),
        listed=mean("list_deviation"),
        list_price=carried(list_price),
        promotion=mean("promotion"),
    )


def _exposure(
    row: np.ndarray, catalog: np.ndarray, column: np.ndarray, count: np.ndarray, shape: tuple[int, int, int]
) -> np.ndarray:
    """Lines expected of each product in each month: its share of its catalogs' lines while it was sold, times theirs.

    The product's own lines are left out of its catalogs', or of few products each would hide its own demand.
    """
    products, catalogs, months = shape
    of_catalog = np.bincount(catalog * months + column, count, catalogs * months).reshape(catalogs, months)
    begun = np.full(products, months)
    ended = np.zeros(products, np.int64)
    np.minimum.at(begun, row, column)
    np.maximum.at(ended, row, column)
    pair, place = np.unique(row * catalogs + catalog, return_inverse=True)
    own = np.bincount(place * months + column, count, len(pair) * months).reshape(-1, months)
    others = of_catalog[pair % catalogs] - own
    at = np.arange(months)
    sold = (at >= begun[pair // catalogs][:, None]) & (at <= np.maximum(ended[pair // catalogs], months - 2)[:, None])
    others = np.where(sold, np.where(others.sum(axis=1, keepdims=True) > 0, others, 1.0), 0.0)
    share = own.sum(axis=1) / np.maximum(others.sum(axis=1), 1e-9)
    expected = np.zeros((products, months))
    np.add.at(expected, pair // catalogs, share[:, None] * others)
    return expected


def carried(values: np.ndarray) -> np.ndarray:
    """Gaps filled by the last value before, or the first after; nan where there is none at all."""
    for step in (1, -1):
        turned = values[:, ::step]
        last = np.maximum.accumulate(np.where(np.isfinite(turned), np.arange(turned.shape[1]), 0), axis=1)
        values = np.take_along_axis(turned, last, axis=1)[:, ::step]
    return values


def estimate(history: History) -> Estimate:
    """The elasticities of a history, their variance widened by what one half of it fails to tell of the other."""
    found, _ = _estimate(history)
    middle = len(history.months) // 2
    halves = [history.between(*part) for part in ((0, middle), (middle, len(history.months)))]
    # A miss takes a product that is told in a half.
    if middle < 6 or sum((half.lines.sum(axis=1) >= LEAST_SOLD).sum() for half in halves) < _LEAST_MISSES:
        return found
    first, second = (_estimate(half) for half in halves)
    misses = [
        standardised(predicted.pooled.item, seen) for (predicted, _), (_, seen) in ((first, second), (second, first))
    ]
    return replace(found, pooled=found.pooled.widened(widening(np.concatenate(misses))))


def standardised(predicted: Level, seen: Level) -> np.ndarray:
    """How far slopes seen elsewhere lie from what was told, in their common spread; of those that can tell."""
    known = seen.variance < 4.0
    return (seen.mean - predicted.mean)[known] / np.sqrt(predicted.variance + seen.variance)[known]


def widening(misses: np.ndarray) -> float:
    """By what intervals are widened so that nine in ten of the misses lie within; never narrowed."""
    if len(misses) < _LEAST_MISSES:
        return 1.0
    return float(np.clip(np.quantile(np.abs(misses), CONFIDENCE) / ndtri((1 + CONFIDENCE) / 2), 1.0, 2.0))


def _estimate(history: History) -> tuple[Estimate, Level]:
    """The elasticities, and what each product's own slopes alone say."""
    is_list, pass_through = _sources(history)
    points, spread = _variation(history, is_list)
    lines = history.lines.sum(axis=1)
    estimable = _is_estimable(points, spread, lines)
    margins = [
        drawn(panel, estimable, pass_through, margins=2)
        for panel in (_quantities(history, is_list), _orders(history, is_list))
    ]
    (quantities, own_quantities), (orders, own_orders) = margins
    return Estimate(quantities + orders, points, spread, lines, is_list), own_quantities + own_orders


def drawn(
    panel: Panel,
    is_estimable: np.ndarray,
    pass_through: np.ndarray,
    margins: int = 1,
) -> tuple[Pooled, Level]:
    """The slopes of a panel, drawn together, and each item's alone; only those told have a say.

    `pass_through`: how much of a change of the panel's price arrives, by item. `margins`: of how many panels the
    elasticity is the sum; each has that part of the prior's mean and variances.
    """
    slopes = fitted(panel)
    slope = slopes.slope / pass_through
    variance = np.where(is_estimable, slopes.variance / pass_through**2, _UNKNOWN)
    trusted = tamed(slope, variance, slopes.pooled[panel.category] / pass_through)
    parents = np.zeros(int(panel.brand.max()) + 1, np.int64)
    parents[panel.brand] = panel.category
    return pool(slope, trusted, panel.brand, parents, margins), Level(slope, variance)


def _is_estimable(price_points: np.ndarray, price_spread: np.ndarray, lines: np.ndarray) -> np.ndarray:
    return (price_points >= LEAST_PRICE_POINTS) & (price_spread >= LEAST_SPREAD) & (lines >= LEAST_SOLD)


def _sources(history: History) -> tuple[np.ndarray, np.ndarray]:
    """By product: whether its category's list prices are learned from, and how much of their changes arrives.

    They are where one in ten of its products moved enough and at least half of a change is found on invoices.
    """
    points, spread = _variation(history, np.ones(len(history.category), bool))
    moved = (points >= LEAST_PRICE_POINTS) & (spread >= LEAST_SPREAD)
    many = len(history.categories)
    share = np.bincount(history.category, moved, many) / np.maximum(np.bincount(history.category, minlength=many), 1)
    panel = _quantities(history, np.ones(len(history.category), bool))
    arrives = fitted(replace(panel, response=np.where(history.lines > 0, history.price, 0.0))).pooled
    is_list = ((share >= 0.1) & (arrives >= LEAST_PASS_THROUGH))[history.category]
    return is_list, np.where(is_list, np.clip(arrives, LEAST_PASS_THROUGH, 1.5)[history.category], 1.0)


def _variation(history: History, is_list: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Price points and spread of the log price, apart from promotions, over the months each product was sold in."""
    price = np.where(is_list[:, None], history.list_price, history.price + history.promotion)
    sold = (history.lines > 0) & np.isfinite(price)
    weight = np.where(sold, history.lines, 0.0)
    centred = np.where(sold, price - _means(np.where(sold, price, 0.0), weight), 0.0)
    spread = np.sqrt((weight * centred**2).sum(axis=1) / np.maximum(weight.sum(axis=1), 1))
    rounded = np.sort(np.where(sold, np.round(centred / 0.02), _UNKNOWN), axis=1)
    distinct = (np.diff(rounded, axis=1, prepend=-_UNKNOWN) > 0) & (rounded < _UNKNOWN)
    return distinct.sum(axis=1), spread


def _quantities(history: History, is_list: np.ndarray) -> Panel:
    """How much is bought at a time."""
    return Panel(
        response=history.quantity,
        price=np.where(is_list[:, None], history.listed, history.price),
        weight=history.lines,
        controls=_stacked(history.promotion),
        season=_season(history.months),
        category=history.category,
        brand=history.brand,
    )


def _orders(history: History, is_list: np.ndarray) -> Panel:
    """How often it is bought: the working response of a Poisson regression, at its fourth step."""
    paid = carried(np.where(history.lines > 0, history.price, np.nan))
    price = np.nan_to_num(np.where(is_list[:, None], history.list_price, paid))
    sold = history.exposure > 0
    log_exposure = np.log(np.where(sold, history.exposure, 1.0))
    panel = Panel(
        response=np.zeros_like(price),
        price=price - price.mean(axis=1, keepdims=True),
        weight=np.where(sold, history.exposure, 0.0),
        controls=_stacked(history.promotion),
        season=_season(history.months),
        category=history.category,
        brand=history.brand,
    )
    expected = np.zeros_like(price)
    for _ in range(4):
        mean = np.where(sold, np.exp(log_exposure + expected), 0.0)
        response = np.where(sold, expected + (history.lines - mean) / np.maximum(mean, 1e-9), 0.0)
        panel = replace(panel, response=response, weight=mean)
        expected = np.clip(fitted(panel).fitted, -3.0, 3.0)
    return panel


def _season(months: np.ndarray) -> np.ndarray:
    """A year's wave, half a year's, and the trend."""
    year = 2 * np.pi * months / 12
    return np.stack([np.cos(year), np.sin(year), np.cos(2 * year), np.sin(2 * year), months / 12], axis=-1)


def fitted(panel: Panel) -> Slopes:
    """Effects of item and period, season, controls and a slope by category, then the slope of each item.

    An item's variance is half its own and half its category's, inflated where the residuals of neighbouring periods go
    together.
    """
    weight, size = panel.weight, panel.controls.shape[-1]
    within = _within(np.concatenate([_stacked(panel.response), _stacked(panel.price), panel.controls], axis=-1), panel)
    response, price, controls = within[..., 0], within[..., 1], within[..., 2:]
    many = int(panel.category.max()) + 1
    rows = _by_code(panel.category, many)
    design = within[..., 1:]
    of_all = _solved(design, response, weight, np.zeros(1 + size), np.zeros(1 + size))
    # A category's controls lean on the company's; its slope is its own.
    trust = np.array([0.0, *[_CONTROL_SPREAD**-2] * size])
    coefficients = np.stack([_solved(design[r], response[r], weight[r], of_all, trust) for r in rows])
    left = response - np.einsum("ipk,ik->ip", controls, coefficients[panel.category, 1:])

    moved = (weight * price**2).sum(axis=1)
    slope = np.where(moved > 1e-9, (weight * price * left).sum(axis=1) / np.maximum(moved, 1e-9), 0.0)
    residual = left - slope[:, None] * price
    inflation, persistence = _inflation(residual * weight**0.5, price * weight**0.5)
    # What goes together in neighbouring periods is partly taken for the item's mean and its slope.
    free = (weight > 0).sum(axis=1) - inflation - (1 + persistence) / (1 - persistence)
    own = (weight * residual**2).sum(axis=1) / np.maximum(free, 1)
    shared = np.bincount(panel.category, own * np.maximum(free, 0), many) / np.maximum(
        np.bincount(panel.category, np.maximum(free, 0), many), 1
    )
    variance = inflation * (own + shared[panel.category]) / 2 / np.maximum(moved, 1e-9)
    explained = panel.response - response + np.einsum("ipk,ik->ip", design, coefficients[panel.category])
    return Slopes(slope, np.clip(variance, 1e-6, _UNKNOWN), coefficients[:, 0], explained)


def _inflation(residual: np.ndarray, price: np.ndarray) -> tuple[np.ndarray, float]:
    """By what the variance of each slope grows as residuals of neighbouring periods go together, and how much they do.

    Both are weighted by the root of the cell's weight. The autocorrelation is that of all items, each counted alike,
    and is corrected for what the means and slopes taken out of a short series hide of it.
    """

    def autocorrelation(x: np.ndarray, lag: int) -> np.ndarray:
        return (x[:, lag:] * x[:, :-lag]).sum(axis=1) / np.maximum((x**2).sum(axis=1), 1e-300)

    periods = residual.shape[1]
    if periods < 4:
        return np.ones(len(residual)), 0.0
    known = (residual != 0).astype(float)
    share = autocorrelation(known, 1)
    seen = float(autocorrelation(residual, 1).sum() / max(share.sum(), 1e-9))
    length = max(float(np.median(known.sum(axis=1))), 4.0)
    persistence = float(np.clip(seen + (2 + 4 * seen) / length, 0.0, 0.8))
    lags = range(1, min(_LAGS, periods - 1) + 1)
    return np.maximum(1 + 2 * sum(persistence**lag * autocorrelation(price, lag) for lag in lags), 1.0), persistence


def _stacked(values: np.ndarray) -> np.ndarray:
    return values[..., None]


def _within(values: np.ndarray, panel: Panel) -> np.ndarray:
    """Less the weighted mean of its item, the season of its category and the mean of its period, until none is left."""
    weight, many = panel.weight[..., None], int(panel.category.max()) + 1
    season = np.broadcast_to(panel.season, (*panel.weight.shape, panel.season.shape[-1]))
    season = season - _means(season, weight)

    def summed(of_item: np.ndarray) -> np.ndarray:
        found = np.zeros((many, *of_item.shape[1:]))
        np.add.at(found, panel.category, of_item)
        return found

    inverse = np.linalg.pinv(summed(np.einsum("ip,ipk,ipl->ikl", panel.weight, season, season)), hermitian=True)
    for _ in range(8 if panel.has_period_effects else 2):
        values = values - _means(values, weight)
        swing = inverse @ summed(np.einsum("ip,ipk,ipv->ikv", panel.weight, season, values))
        values = values - np.einsum("ipk,ikv->ipv", season, swing[panel.category])
        if panel.has_period_effects:
            values = values - (weight * values).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    return values - _means(values, weight)


def _means(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return (weight * values).sum(axis=1, keepdims=True) / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)


def _solved(
    design: np.ndarray, response: np.ndarray, weight: np.ndarray, lean_on: np.ndarray, trust: np.ndarray
) -> np.ndarray:
    """Weighted least squares with coefficients drawn to `lean_on` at precision `trust`."""
    x, y, w = design.reshape(-1, design.shape[-1]), response.ravel(), weight.ravel()
    gram, cross = (x * w[:, None]).T @ x, (x * w[:, None]).T @ y
    known = max(int((w > 0).sum()) - len(response) - len(lean_on), 1)
    noise = float((w * (y - x @ lean_on) ** 2).sum() / known) + 1e-12
    pull = np.diag(noise * trust)
    return np.asarray(np.linalg.lstsq(gram + pull, cross + pull @ lean_on, rcond=1e-10)[0])


def _by_code(code: np.ndarray, many: int) -> list[np.ndarray]:
    return np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code, minlength=many))[:-1])


def pool(
    slope: np.ndarray,
    variance: np.ndarray,
    brand: np.ndarray,
    category_of_brand: np.ndarray,
    margins: int = 1,
) -> Pooled:
    """Hierarchical Bayes over a tree: company, categories, brands in them, items in those.

    How much each level differs is averaged over what is probable (half-Cauchy priors), not set to its most probable
    value: the few members of a level rarely settle it.
    """
    priors = [
        np.log(np.gradient(grid)) - np.log1p(margins * (np.array(grid) / usual) ** 2)
        for grid, usual in zip(_SPREADS, _USUAL, strict=True)
    ]
    prior_mean, prior_spread = _PRIOR_MEAN / margins, _PRIOR_SPREAD / margins**0.5
    item, top = Level(slope, variance), Level(np.array([prior_mean]), np.zeros(1))
    one = np.zeros(int(category_of_brand.max()) + 1, np.int64)

    # What items and brands say depends on few of the spreads; only from probable ones is it worth going down again.
    @cache
    def brands(of_item: float) -> tuple[Level, float]:
        return _up(item, of_item, brand, len(category_of_brand))

    @cache
    def categories(of_brand: float, of_item: float) -> tuple[Level, float]:
        return _up(brands(of_item)[0], of_brand, category_of_brand, len(one))

    tried, weights = [], []
    for at in product(*(range(len(grid)) for grid in _SPREADS)):
        of_category, of_brand, of_item = (grid[place] for grid, place in zip(_SPREADS, at, strict=True))
        (parts, second), (_, first) = categories(of_brand, of_item), brands(of_item)
        company, third = _up(parts, of_category, one, 1)
        apart = float(company.variance[0]) + prior_spread**2
        likelihood = first + second + third - (np.log(apart) + (float(company.mean[0]) - prior_mean) ** 2 / apart) / 2
        weights.append(float(likelihood) + sum(prior[place] for prior, place in zip(priors, at, strict=True)))
        tried.append((of_category, of_brand, of_item, company))
    share = np.exp(np.array(weights) - max(weights))
    share /= share.sum()
    kept = share > 1e-4
    found = []
    for of_category, of_brand, of_item, company in (tried[place] for place in np.flatnonzero(kept)):
        above = _down(company, top, prior_spread, one[:1])
        category = _down(categories(of_brand, of_item)[0], above, of_category, one)
        by_brand = _down(brands(of_item)[0], category, of_brand, category_of_brand)
        found.append((_down(item, by_brand, of_item, brand), by_brand, category, above))
    mixed = []
    for level in range(len(_LEVELS)):
        mean = np.stack([levels[level].mean for levels in found])
        own = np.stack([levels[level].variance for levels in found])
        part = (share[kept] / share[kept].sum())[:, None]
        middle = (part * mean).sum(axis=0)
        mixed.append(Level(middle, (part * (own + (mean - middle) ** 2)).sum(axis=0)))
    return Pooled(*mixed)


def tamed(slope: np.ndarray, variance: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Variances, raised for the few slopes that lie too far out to say how much products usually differ.

    How much they do is told by the median of their squared distances from `middle`, which the few do not move.
    """
    known, apart = variance < _UNKNOWN, (slope - middle) ** 2
    if not known.any():
        return variance
    usual = next((s**2 for s in _SPREADS[2] if np.median((apart / (variance + s**2))[known]) <= _MEDIAN), 4.0)
    return np.where(known, np.maximum(variance, apart / _FAR**2 - usual), variance)


def _up(members: Level, spread: float, parent: np.ndarray, many: int) -> tuple[Level, float]:
    """What members that differ by `spread` say of their parents, and the log likelihood of how they do differ."""
    precision = 1 / (members.variance + spread**2)
    sums = np.maximum(np.bincount(parent, precision, many), 1 / _UNKNOWN)
    mean = np.bincount(parent, precision * members.mean, many) / sums
    apart = (precision * (members.mean - mean[parent]) ** 2).sum()
    return Level(mean, 1 / sums), float(np.log(precision).sum() - apart - np.log(sums).sum()) / 2


def _down(own: Level, parents: Level, spread: float, parent: np.ndarray) -> Level:
    """The posterior of members from what they say themselves and the posterior of their parents."""
    trust = spread**2 / (spread**2 + own.variance)
    mean = trust * own.mean + (1 - trust) * parents.mean[parent]
    return Level(mean, trust * own.variance + (1 - trust) ** 2 * parents.variance[parent])


def table(history: History, found: Estimate, expected_share: np.ndarray) -> pa.Table:
    """SCHEMA: a row for the company, each category, each brand in a category and each product.

    `variance` is that of the elasticity, from which low and high come (90 %). `expected_share`: units that would sell
    in the next three months at today's price over those of the last year, by product; nan where that is not known.
    """
    products = np.arange(len(history.category))
    named = [history.brands[code] for code in history.brand]
    groups: dict[str, tuple[np.ndarray, list[tuple[str, str, str]]]] = {
        "company": (0 * products, [("", "", "")]),
        "category": (history.category, [(name, name, "") for name in history.categories]),
        "brand": (history.brand, [(brand, category, brand) for category, brand in history.brands]),
        "item": (products, [(key, *names) for key, names in zip(history.products.to_pylist(), named, strict=True)]),
    }
    tables = []
    for level, (code, names) in groups.items():
        posterior = getattr(found.pooled, level)
        reach = ndtri((1 + CONFIDENCE) / 2) * np.sqrt(posterior.variance)
        columns = [
            [level] * len(names),
            [key for key, _, _ in names],
            [category or None for _, category, _ in names],
            [brand or None for _, _, brand in names],
            posterior.mean,
            posterior.mean - reach,
            posterior.mean + reach,
            posterior.variance,
            _most(code, found.price_points, len(names)),
            _most(code, found.price_spread, len(names)),
            _most(code, history.customers, len(names)),
            np.bincount(code, history.lines.sum(axis=1), len(names)).astype(np.int64),
            [LIST if is_list else NEGOTIATED for is_list in _most(code, found.is_list, len(names))],
            _most(code, found.is_estimable & (history.customers >= LEAST_CUSTOMERS), len(names)),
            expected_share if level == "item" else np.full(len(names), np.nan),
        ]
        arrays = [pa.array(column, f.type, from_pandas=True) for column, f in zip(columns, SCHEMA, strict=True)]
        tables.append(pa.Table.from_arrays(arrays, schema=SCHEMA))
    return pa.concat_tables(tables)


def _most(code: np.ndarray, values: np.ndarray, many: int) -> np.ndarray:
    """The largest value in each group."""
    found = np.zeros(many, values.dtype)
    np.maximum.at(found, code, values)
    return found
