import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import elasticity
from analytics.elasticity import Level, Panel
from analytics.tables import Ask
from queries import load
from tests import warehouse

AS_OF = dt.date(2026, 6, 30)
TABLES = {"order_lines", "products", "catalog_prices"}
# What is told, by level and key.
Found = dict[tuple[str, str], dict[str, Any]]
TRUTH = {"Cables": -2.5, "Filters": -1.0}
PRODUCTS = {f"{category[0]}{n:02}": category for category in TRUTH for n in range(12)}
MONTHS = [dt.date(2023 + (5 + m) // 12, (5 + m) % 12 + 1, 15) for m in range(37)]


def lines(
    seed: int = 0, customers: int = 30, kickback: float = 0.0, *, moves: bool = True, promoted: bool = False
) -> list[dict[str, Any]]:
    """Every customer buys half of the products each month, as much as the price says.

    `moves`: whether list prices do. `promoted`: in some months, rather dear ones, a tenth is taken off the price, and
    half as much again is sold than that explains. `kickback`: discount on what is ordered beyond the usual, so that
    large orders are cheap.
    """
    random = np.random.default_rng(seed)
    found: list[dict[str, Any]] = []
    size = random.normal(0, 1, customers)
    for product, category in PRODUCTS.items():
        steps = np.where(random.random(len(MONTHS)) < 0.2, random.normal(0, 0.12, len(MONTHS)), 0)
        listed = np.log(10) + (np.cumsum(steps) if moves else np.zeros(len(MONTHS)))
        off = promoted * (listed >= np.median(listed)) * (np.random.default_rng(len(found)).random(len(MONTHS)) < 0.3)
        for month, day in enumerate(MONTHS):
            for customer in np.flatnonzero(random.random(customers) < 0.5):
                surprise = random.normal(0, 0.3)
                price = listed[month] - 0.105 * off[month] - kickback * surprise + random.normal(0, 0.01)
                quantity = np.exp(
                    5 + size[customer] + TRUTH[category] * (price - np.log(10)) + surprise + 0.5 * off[month]
                )
                found.append(
                    {
                        "order_id": f"O{len(found)}",
                        "line_no": 1,
                        "ordered_on": day,
                        "customer_id": f"C{customer:02}",
                        "product_id": product,
                        "catalog_id": "K",
                        "quantity": round(quantity, 3),
                        "revenue": round(quantity * np.exp(price), 2),
                        "list_value": round(quantity * np.exp(listed[month]), 2),
                    }
                )
    return found


def asked_prices(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The catalog asks the list price, and a tenth less in a month of promotion."""
    asked = {}
    for row in rows:
        is_promoted = row["revenue"] < 0.95 * row["list_value"]
        asked[row["product_id"], row["ordered_on"]] = row["list_value"] / row["quantity"] * (0.9 if is_promoted else 1)
    return [
        {
            "catalog_id": "K",
            "product_id": product,
            "valid_from": day.replace(day=1),
            "valid_to": day.replace(day=28),
            "price": round(price, 4),
        }
        for (product, day), price in asked.items()
    ]


@contextmanager
def asking(rows: list[dict[str, Any]], prices: Sequence[dict[str, Any]] = ()) -> Iterator[Ask]:
    """The product's own statistics over those order lines."""
    products = [{"product_id": p, "category": c, "brand": "Acme"} for p, c in PRODUCTS.items()]
    with duckdb.connect(config={"threads": "1"}) as connection:
        warehouse.empty_tables(connection, TABLES)
        for table, given_rows in {"order_lines": rows, "products": products, "catalog_prices": list(prices)}.items():
            if given_rows:
                connection.register("given_rows", pa.Table.from_pylist(given_rows))
                connection.execute(f"insert into {table} by name select * from given_rows")

        def ask(name: str, **params: object) -> pa.Table:
            return connection.sql(load(f"warehouse.statistics.{name}").sql, params=params).to_arrow_table()

        yield ask


def computed(rows: list[dict[str, Any]], prices: Sequence[dict[str, Any]] = ()) -> Found:
    with asking(rows, prices) as ask:
        history = elasticity.history_at(ask, AS_OF)
        assert history is not None
        found = elasticity.estimate(history)
    table = elasticity.table(history, found, np.full(len(history.category), np.nan))
    return {(row["level"], row["key"]): row for row in table.to_pylist()}


def of_categories(found: Found) -> dict[str, float]:
    return {category: found["category", category]["elasticity"] for category in TRUTH}


@pytest.fixture(scope="module")
def plain_lines() -> list[dict[str, Any]]:
    return lines()


@pytest.fixture(scope="module")
def plain(plain_lines: list[dict[str, Any]]) -> Found:
    return computed(plain_lines)


def test_recovers_what_list_prices_did(plain: Found) -> None:
    assert of_categories(plain) == pytest.approx(TRUTH, abs=0.25)
    items = [row for (level, _), row in plain.items() if level == "item"]
    assert all(row["is_published"] and row["source"] == elasticity.LIST for row in items)
    inside = [row["low"] <= TRUTH[row["category"]] <= row["high"] for row in items]
    assert np.mean(inside) >= 0.85
    assert all(row["elasticity"] < 0 for row in items)


def test_every_level_is_told(plain: Found) -> None:
    levels = [level for level, _ in plain]
    assert [levels.count(level) for level in ("company", "category", "brand", "item")] == [1, 2, 1, 24]
    company = plain["company", ""]
    assert company["low"] < company["elasticity"] < company["high"]


def test_volume_discounts_do_not_pass_for_elasticity() -> None:
    """Large orders get the discount: over invoiced prices, demand would look far more elastic than it is."""
    assert of_categories(computed(lines(kickback=0.2))) == pytest.approx(TRUTH, abs=0.5)
    misled = computed(lines(kickback=0.2, moves=False))
    assert misled["item", "C00"]["source"] == elasticity.NEGOTIATED
    assert misled["category", "Filters"]["elasticity"] < -1.5


def test_promotions_are_controlled() -> None:
    """A promotion sells more than its price explains; where catalogs name it, that is not taken for elasticity."""
    rows = lines(promoted=True)
    assert of_categories(computed(rows, asked_prices(rows))) == pytest.approx(TRUTH, abs=0.25)


def test_steady_prices_are_not_published() -> None:
    """A month of promotion is no price point: what it sells may be the promotion's."""
    rows = lines(moves=False, promoted=True)
    found = computed(rows, asked_prices(rows))
    assert not any(row["is_published"] for row in found.values())
    # With nothing to learn from, the interval must hold what is known of elasticities anywhere.
    assert found["item", "C00"]["high"] - found["item", "C00"]["low"] > 2


def test_few_customers_are_not_published() -> None:
    assert not any(row["is_published"] for row in computed(lines(customers=4)).values())


def test_returns_and_sales_to_nobody_change_nothing(plain_lines: list[dict[str, Any]], plain: Found) -> None:
    back = [
        row | {"order_id": f"R{n}", "quantity": -row["quantity"], "revenue": -row["revenue"]}
        for n, row in enumerate(plain_lines[::7])
    ]
    unknown = [row | {"order_id": f"U{n}", "customer_id": None} for n, row in enumerate(plain_lines[::11])]
    assert computed([*plain_lines, *back, *unknown]) == plain


def test_order_of_rows_does_not_matter(plain_lines: list[dict[str, Any]], plain: Found) -> None:
    shuffled = [plain_lines[i] for i in np.random.default_rng(1).permutation(len(plain_lines))]
    found = computed(shuffled)
    assert found.keys() == plain.keys()
    for key, row in plain.items():
        assert found[key]["elasticity"] == pytest.approx(row["elasticity"], abs=1e-9)


def test_other_units_and_other_money_change_nothing(plain_lines: list[dict[str, Any]], plain: Found) -> None:
    rows = [
        row | {"quantity": row["quantity"] * 10, "revenue": row["revenue"] * 100, "list_value": row["list_value"] * 100}
        for row in plain_lines
    ]
    assert of_categories(computed(rows)) == pytest.approx(of_categories(plain), abs=1e-3)


def simulated(seed: int, items: int = 200, periods: int = 36) -> tuple[Panel, np.ndarray]:
    random = np.random.default_rng(seed)
    brand = np.arange(items) // 5
    category = brand // 5
    truth = -2 + random.normal(0, 0.5, category.max() + 1)[category] + random.normal(0, 0.3, items)
    price = np.cumsum(random.normal(0, 0.08, (items, periods)), axis=1)
    response = random.normal(0, 1, (items, 1)) + truth[:, None] * price + random.normal(0, 0.3, price.shape)
    panel = Panel(
        response=response,
        price=price,
        weight=np.ones_like(price),
        controls=np.zeros((items, periods, 1)),
        season=np.zeros((periods, 0)),
        category=category,
        brand=brand,
    )
    return panel, truth


def drawn(panel: Panel) -> Level:
    everyone = np.ones(len(panel.category), bool)
    return elasticity.drawn(panel, everyone, everyone.astype(float))[0].item


def test_drawn_together_is_better_than_alone_and_than_one_for_all() -> None:
    panel, truth = simulated(3)
    slopes = elasticity.fitted(panel)
    error = np.median(np.abs(drawn(panel).mean - truth))
    assert error < 0.9 * np.median(np.abs(slopes.slope - truth))
    assert error < 0.9 * np.median(np.abs(slopes.pooled[panel.category] - truth))


def test_intervals_cover() -> None:
    """Nine in ten of 1,000 items; by chance alone 87 to 93 in a hundred, and categories go together."""
    inside = []
    for seed in range(5):
        panel, truth = simulated(seed)
        item = drawn(panel)
        inside.append(np.abs(item.mean - truth) <= 1.645 * np.sqrt(item.variance))
    assert 0.86 <= np.mean(inside) <= 0.94


def test_neighbouring_months_that_go_together_widen_intervals() -> None:
    panel, _ = simulated(0)
    noise = np.random.default_rng(9).normal(0, 0.3, panel.price.shape)
    for month in range(1, noise.shape[1]):
        noise[:, month] += 0.6 * noise[:, month - 1]
    persistent = replace(panel, response=panel.price * -2 + noise)
    slopes = elasticity.fitted(persistent)
    standardised = (slopes.slope + 2) / np.sqrt(slopes.variance)
    assert 0.7 <= standardised.var() <= 1.4


def test_season_of_a_category_is_not_price() -> None:
    panel, _ = simulated(1)
    wave = np.cos(2 * np.pi * np.arange(36) / 12)
    swing = np.linspace(-1, 1, panel.category.max() + 1)[panel.category, None] * wave
    seasonal = replace(
        panel,
        response=-2 * (panel.price + 0.3 * swing) + 2 * swing,
        price=panel.price + 0.3 * swing,
        season=wave[:, None],
    )
    assert elasticity.fitted(seasonal).pooled == pytest.approx(-2.0, abs=1e-6)


@settings(max_examples=20)
@given(shift=st.floats(-5, 5), stretch=st.floats(-5, 5), seed=st.integers(0, 1000))
def test_levels_of_units_and_prices_do_not_matter(shift: float, stretch: float, seed: int) -> None:
    panel, _ = simulated(seed % 3, items=50)
    order = np.random.default_rng(seed).permutation(50)
    moved = replace(
        panel,
        response=panel.response[order] + shift,
        price=panel.price[order] + stretch,
        category=panel.category[order],
        brand=panel.brand[order],
    )
    assert drawn(moved).mean == pytest.approx(drawn(panel).mean[order], abs=1e-6)


def test_pooling_by_hand() -> None:
    """Where spreads between items are certain, an item is the mean of what it says and what its parents say."""
    own = Level(np.array([-1.0, -3.0]), np.array([0.25, 0.25]))
    parents = Level(np.array([-2.0]), np.array([0.0]))
    item = elasticity._down(own, parents, 0.5, np.zeros(2, int))
    assert item.mean == pytest.approx([-1.5, -2.5])
    assert item.variance == pytest.approx([0.125, 0.125])


def test_one_odd_slope_does_not_set_how_much_items_differ() -> None:
    random = np.random.default_rng(0)
    slope = random.normal(-2, 0.5, 100)
    slope[0] = 30.0
    tame = elasticity.tamed(slope, np.full(100, 0.25), np.full(100, -2.0))
    assert tame[0] > 100
    assert np.mean(tame[1:] == 0.25) > 0.95
