"""What is sold and at what price: products, list price steps, costs, catalogs, currencies."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.demo import words
from data.demo.calendar import NEVER, day_of, history
from data.demo.tables import Floats, Ints, Mask, Writer, codes, pick

CURRENCIES = ("EUR", "USD", "GBP", "PLN", "CHF")
_MEAN_RATES = np.array([1.0, 0.92, 1.16, 0.231, 1.04])


@dataclass(frozen=True)
class Category:
    """A product category: its price level in EUR, planted price elasticity and yearly season.

    Demand swings by `swing` (log points) around its peak on day `peak` of the year.
    """

    name: str
    price: float
    elasticity: float
    swing: float
    peak: int
    weight: float
    by_measure: bool = False


CATEGORIES = (
    Category("Fasteners", 4.0, -1.3, 0.10, 150, 1.6),
    Category("Cables", 6.0, -1.8, 0.10, 270, 1.2, by_measure=True),
    Category("Hand tools", 24.0, -2.2, 0.12, 330, 0.9),
    Category("Power tool accessories", 9.0, -2.0, 0.12, 120, 1.2),
    Category("Safety", 7.0, -0.8, 0.08, 60, 1.1),
    Category("Workwear", 28.0, -1.6, 0.25, 290, 0.8),
    Category("Lubricants", 14.0, -1.0, 0.08, 90, 0.8, by_measure=True),
    Category("Hydraulics", 32.0, -0.7, 0.10, 200, 0.7),
    Category("Bearings", 18.0, -0.9, 0.08, 210, 0.8),
    Category("Filters", 12.0, -1.2, 0.15, 100, 0.9),
    Category("Lighting", 30.0, -2.6, 0.35, 320, 0.8),
    Category("Adhesives", 8.0, -1.5, 0.12, 140, 0.9),
    Category("Welding", 16.0, -1.1, 0.08, 180, 0.7),
    Category("Gardening", 20.0, -2.4, 0.60, 135, 0.6),
)

# name, customer group, discount on list, share of products it lists
CATALOGS = (
    ("Dealer Standard", "Dealers", 0.24, 0.92),
    ("Dealer Partner Plus", "Large dealers", 0.29, 0.96),
    ("Professional Open", "Trades and industry", 0.14, 0.90),
    ("Professional Contract", "Contract customers", 0.19, 0.88),
    ("Public & Facility", "Facility services", 0.17, 0.80),
    ("Web Shop", "Consumers", 0.04, 0.85),
)

# Products of a category that one customer buys; no category has fewer.
RANGE = 10

# Reference value in EUR of one order line, before the size of the customer.
LINE_VALUE = 200.0


@dataclass(frozen=True)
class Market:
    """Products by index; prices in EUR by product and month of history; `rates` by currency and day.

    `normal_quantity` is bought per line at `normal_price`, whatever the elasticity.
    """

    category: Ints
    first_of_category: Ints
    size_of_category: Ints
    elasticity: Floats
    list_price: Floats
    cost: Floats
    catalog_price: Floats
    listed: Mask
    normal_price: Floats
    normal_quantity: Floats
    by_measure: Mask
    discontinued: Ints
    rates: Floats
    ids: pa.Array
    catalog_ids: pa.Array


def product_count(lines: int) -> int:
    """How many products a company of so many order lines sells."""
    return int(np.clip(1200 * (lines / 300_000) ** 0.41, 12 * len(CATEGORIES), 5000))


def make(rng: np.random.Generator, lines: int) -> Market:
    """Products sorted by category and, within one, from the best seller down."""
    n = product_count(lines)
    weights = np.sqrt([category.weight for category in CATEGORIES])
    sizes = np.maximum(RANGE, np.floor(n * weights / weights.sum())).astype(np.int64)
    category = np.repeat(np.arange(len(CATEGORIES)), sizes)
    n = len(category)
    level = np.array([c.price for c in CATEGORIES])[category]
    base = np.maximum(1.5, level * np.exp(rng.normal(0, 0.55, n)))

    # Costs move now and then; list prices pass most of it on and take steps of their own.
    moves = rng.random((n, history.months)) < 0.17
    moves[:, 0] = False
    cost_step = np.where(moves, rng.normal(0.006, 0.03, (n, history.months)), 0)
    own_step = np.where(moves, rng.normal(0.002, 0.075, (n, history.months)), 0)
    drift = np.clip(np.cumsum(0.8 * cost_step + own_step, axis=1), -0.30, 0.40)
    list_price = np.round(base[:, None] * np.exp(drift), 2)
    cost_share = rng.uniform(0.48, 0.58, n)
    cost = np.round(base[:, None] * cost_share[:, None] * np.exp(np.cumsum(cost_step, axis=1)), 2)
    cost = np.minimum(cost, np.round(list_price * 0.66, 2))

    discount = np.array([catalog[2] for catalog in CATALOGS])
    promoted = rng.random((len(CATALOGS), n, history.months)) < 0.03
    promotion = np.where(promoted, rng.uniform(0.06, 0.16, promoted.shape), 0)
    catalog_price = np.round(list_price * (1 - discount[:, None, None]) * (1 - promotion), 2)
    listed = rng.random((len(CATALOGS), n)) < np.array([catalog[3] for catalog in CATALOGS])[:, None]

    leaving = (rng.random(n) < 0.02) & (np.arange(n) + 1 < n)
    # The next product of the category takes its place, so neither it nor the category's last may leave.
    leaving &= ~np.roll(leaving, -1) & (np.roll(category, -1) == category)
    elasticity = np.array([c.elasticity for c in CATEGORIES])[category] + rng.normal(0, 0.15, n)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return Market(
        category=category,
        first_of_category=starts,
        size_of_category=sizes,
        elasticity=np.minimum(elasticity, -0.3),
        list_price=list_price,
        cost=cost,
        catalog_price=catalog_price,
        listed=listed,
        normal_price=base * (1 - 0.17),
        normal_quantity=LINE_VALUE * base**-0.75 * np.mean(base) ** -0.25,
        by_measure=np.array([c.by_measure for c in CATEGORIES])[category],
        discontinued=np.where(leaving, rng.integers(200, history.last_day - 30, n), NEVER),
        rates=_rates(rng),
        ids=codes("P", np.arange(1, n + 1), 6),
        catalog_ids=codes("CAT", np.arange(1, len(CATALOGS) + 1), 2),
    )


def _rates(rng: np.random.Generator) -> Floats:
    """EUR per unit of each currency on each day; a weekend keeps Friday's."""
    steps = rng.normal(0, 0.0028, (len(CURRENCIES), history.days)) * (history.weekday < 5)
    walk = np.cumsum(steps, axis=1)
    # Pulled back to its mean, so that three years stay believable.
    walk -= np.linspace(0, 1, history.days) * walk[:, -1:] * 0.7
    rates = np.round(_MEAN_RATES[:, None] * np.exp(walk), 8)
    rates[0] = 1.0
    return rates


def season(category: Ints, day: Ints) -> Floats:
    """Log of the seasonal factor of demand on a day: the whole trade's, spring and autumn, and the category's."""
    swing = np.array([c.swing for c in CATEGORIES])
    peak = np.array([c.peak for c in CATEGORIES])
    trade = 0.10 * np.cos(4 * np.pi * (history.day_of_year[day] - 105) / 365.25)
    return trade + swing[category] * np.cos(2 * np.pi * (history.day_of_year[day] - peak[category]) / 365.25)


def write_products(market: Market, rng: np.random.Generator, writer: Writer) -> None:
    """Writes the products."""
    n = len(market.category)
    names = [CATEGORIES[k].name for k in market.category]
    titles, brands = words.goods(rng, names)
    stock = np.round(market.normal_quantity * rng.gamma(2, 120, n)) * (rng.random(n) > 0.04)
    writer.add(
        {
            "product_id": market.ids,
            "sku": [f"{name[:2].upper()}-{number:05d}" for number, name in enumerate(names, 10_001)],
            "name": titles,
            "category": names,
            "brand": brands,
            "unit_cost": market.cost[:, -1],
            "list_price": market.list_price[:, -1],
            "stock": np.where(market.discontinued == NEVER, stock, 0),
            "discontinued_on": market.discontinued,
        }
    )


def write_catalogs(market: Market, writer: Writer) -> None:
    """Writes the catalogs."""
    n = len(CATALOGS)
    writer.add(
        {
            "catalog_id": market.catalog_ids,
            "name": [catalog[0] for catalog in CATALOGS],
            "target_group": [catalog[1] for catalog in CATALOGS],
            "valid_from": np.zeros(n, dtype=np.int64),
            # The public tender runs out at the end of the year.
            "valid_to": np.where(np.arange(n) == 4, day_of(history.as_of.replace(month=12, day=31)), NEVER),
        }
    )


def write_catalog_items(market: Market, writer: Writer) -> None:
    """A row for each stretch of months over which a catalog's price stays the same."""
    for catalog, prices in enumerate(market.catalog_price):
        changed = np.ones(prices.shape, dtype=bool)
        changed[:, 1:] = prices[:, 1:] != prices[:, :-1]
        product, month = np.nonzero(changed & market.listed[catalog][:, None])
        left = market.discontinued[product]
        keep = (left == NEVER) | (history.month_starts[month] < left)
        product, month, left = product[keep], month[keep], left[keep]
        last_of_product = np.append(product[1:] != product[:-1], True)
        until = np.where(last_of_product, left, history.month_starts[np.append(month[1:], 0)] - 1)
        writer.add(
            {
                "catalog_id": pick(market.catalog_ids, np.full(len(product), catalog)),
                "product_id": pick(market.ids, product),
                "valid_from": history.month_starts[month],
                "valid_to": until,
                "price": prices[product, month],
            }
        )


def write_rates(market: Market, writer: Writer) -> None:
    """One rate for each weekday of the history; the reporting currency is listed at 1."""
    days = np.flatnonzero(history.weekday[: history.last_day + 1] < 5)
    for currency, name in enumerate(CURRENCIES):
        writer.add(
            {
                "currency": [name] * len(days),
                "rated_on": days,
                "rate": market.rates[currency, days],
            }
        )
