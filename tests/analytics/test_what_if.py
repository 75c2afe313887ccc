import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import elasticity, what_if
from analytics.what_if import Noise, Products
from tests.analytics.test_elasticity import AS_OF, PRODUCTS, asking, lines

CERTAIN = Noise(np.zeros((3, 2)), 0.0, 0.0)
# A product of any number of lines: a fifth less to a quarter more.
WIDE = Noise(np.array([[-0.2, 0.0], [0.0, 0.0], [0.25, 0.0]]), 0.0, 0.0)


def products(many: int = 1, **other: float) -> Products:
    """Many alike, of one category."""
    alike = {"elasticity": -2.0, "variance": 0.0, "units": 100.0, "lines": 16.0, "price": 10.0, "unit_cost": 4.0}
    return Products(np.zeros(many, int), **{name: np.full(many, value) for name, value in (alike | other).items()})


def reach(quantiles: tuple[float, float, float]) -> float:
    return (quantiles[2] - quantiles[0]) / quantiles[1]


def test_what_if_by_hand() -> None:
    """10 % off at elasticity -2 known for certain: 1.1 ** 2 of the units, no spread."""
    found = what_if.what_if(products(), CERTAIN, 1 / 1.1 - 1)
    assert found.units == pytest.approx((121, 121, 121))
    assert found.revenue == pytest.approx((1100, 1100, 1100))
    assert found.margin == pytest.approx((616, 616, 616))
    assert found.break_even_units == pytest.approx(6 / (10 / 1.1 - 4) - 1)


def test_noise_by_hand() -> None:
    """Of 16 lines: the base and a quarter of what few lines add; the elasticity's own spread adds as a square."""
    noise = Noise(np.array([[-0.1, -0.8], [0.0, 0.0], [0.1, 1.2]]), 0.3, 0.2)
    assert what_if.what_if(products(), noise, 0.0).units == pytest.approx(100 * np.exp([-0.3, 0.0, 0.4]))
    uncertain = what_if.what_if(products(variance=0.25), noise, np.expm1(0.5))
    spread = 1.2815515655 * 0.5 * 0.5
    ends = np.array([-np.hypot(0.3, spread), 0.0, np.hypot(0.4, spread)])
    assert uncertain.units == pytest.approx(100 * np.exp(-1.0 + ends))


@settings(max_examples=50)
@given(
    slope=st.floats(-5, -1.05), variance=st.floats(0.001, 2), change=st.floats(-0.5, 0.5), cost=st.floats(0.05, 0.95)
)
def test_what_ifs_hold_together(slope: float, variance: float, change: float, cost: float) -> None:
    one = products(elasticity=slope, variance=variance, price=1.0, unit_cost=cost)
    found = what_if.what_if(one, WIDE, change)
    assert found.units[0] <= found.units[1] <= found.units[2]
    assert list(found.margin) == sorted(found.margin)
    # At the break-even price the margin is that of today.
    if abs(found.break_even_change) > 1e-6:
        again = (1 + found.break_even_change - cost) * (1 + found.break_even_change) ** slope
        assert again == pytest.approx(1 - cost, rel=1e-6)


@settings(max_examples=50)
@given(parts=st.tuples(st.floats(0, 1), st.floats(0, 1)), spread=st.floats(0, 1), worth=st.sampled_from([1.0, -3.0]))
def test_what_products_have_in_common_does_not_change_one(
    parts: tuple[float, float], spread: float, worth: float
) -> None:
    """It is a part of the product's own noise: its interval is the same whichever part that is."""
    quantiles, noise = np.array([[-0.5], [-0.1], [0.8]]), replace(WIDE, of_company=parts[0], of_category=parts[1])
    one = np.array([worth]), np.array([7.0])
    found = what_if.quantiles_of_sum(*one, quantiles, np.array([spread]), np.array([0]), noise)
    ends = -0.1 + np.array([-np.hypot(0.4, 1.2815515655 * spread), 0.0, np.hypot(0.9, 1.2815515655 * spread)])
    assert found == pytest.approx(np.sort(7 * worth * np.exp(ends)))


def test_inelastic_demand_pays_for_every_rise() -> None:
    assert np.isnan(what_if.what_if(products(elasticity=-0.8, variance=0.1), CERTAIN, 0.1).break_even_change)


def test_below_cost_nothing_breaks_even() -> None:
    for many in (1, 2):
        found = what_if.what_if(products(many, variance=0.1), WIDE, -0.7)
        assert np.isnan(found.break_even_units)
        assert found.margin[0] < found.margin[2] < 0


def test_many_products_together_are_the_sum_of_each() -> None:
    alone, summed = (what_if.what_if(products(many, variance=0.04), WIDE, -0.1) for many in (1, 4))
    for one, all_four in ((alone.units, summed.units), (alone.revenue, summed.revenue)):
        assert all_four[1] == pytest.approx(4 * one[1], rel=0.02)
        # Noise of its own partly cancels out, what is not known of the elasticity does not.
        assert reach(all_four) < reach(one)
    assert summed.break_even_units == pytest.approx(alone.break_even_units)
    assert summed.break_even_change == pytest.approx(alone.break_even_change)
    still = what_if.what_if(products(4), CERTAIN, -0.1)
    assert still.margin == pytest.approx([400 * 0.9**-2 * 5] * 3)


def test_what_is_in_common_does_not_cancel_out() -> None:
    """A hundred products alike: noise of their own shrinks to a tenth, what all have in common stays."""
    widths = {
        parts: reach(
            what_if.what_if(products(100), replace(WIDE, of_company=parts[0], of_category=parts[1]), 0.0).units
        )
        for parts in ((0.0, 0.0), (0.25, 0.0), (0.0, 0.25), (1.0, 0.0))
    }
    whole = reach(what_if.what_if(products(1), WIDE, 0.0).units)
    assert widths[0.0, 0.0] == pytest.approx(whole / 10, rel=0.05)
    assert widths[0.25, 0.0] == pytest.approx(whole * np.sqrt(0.25 + 0.75 / 100), rel=0.05)
    assert widths[0.0, 0.25] == pytest.approx(widths[0.25, 0.0])
    assert widths[1.0, 0.0] == pytest.approx(whole)


def test_what_a_category_has_in_common_cancels_out_over_categories() -> None:
    of_four = replace(products(100), category=np.arange(100) % 4)
    noise = replace(WIDE, of_category=1.0)
    assert reach(what_if.what_if(of_four, noise, 0.0).units) == pytest.approx(
        reach(what_if.what_if(products(1), noise, 0.0).units) / 2, rel=0.05
    )


def test_sums_of_skewed_products_are_told_by_their_means() -> None:
    """Lognormal products with a mean of one: their median is below it, that of the sum of fifty is not."""
    sigma, many = 0.5, 50
    quantiles = -(sigma**2) / 2 + sigma * np.array([[-1.2815515655], [0.0], [1.2815515655]]) * np.ones(many)
    one = np.ones(many)
    found = what_if.quantiles_of_sum(one, one, quantiles, 0 * one, np.zeros(many, int), CERTAIN)
    drawn = np.exp(np.random.default_rng(0).normal(-(sigma**2) / 2, sigma, (20_000, many))).sum(axis=1)
    assert found[1] == pytest.approx(np.median(drawn), rel=0.02)
    assert np.mean((drawn >= found[0]) & (drawn <= found[2])) == pytest.approx(0.8, abs=0.05)


def window(random: np.random.Generator, of_company: float, of_category: float, pace: float = 1.0) -> what_if._Window:
    """600 products of 20 categories: noise of standard deviation 0.4, with these parts of its variance in common."""
    category = np.arange(600) % 20
    own = 1 - of_company - of_category
    noise = random.normal(0, own**0.5, 600) + random.normal(0, of_category**0.5, 20)[category]
    noise += random.normal(0, of_company**0.5)
    one = np.ones(600)
    sold = pace * np.exp(0.4 * noise - 0.08)
    return what_if._Window(category, 20 * one, one, 0 * one, one, 0 * one, sold)


def test_learns_how_sums_err_together() -> None:
    """Told from four quarters, eight in ten sums of the next hold; of none of them without what is in common."""
    inside: list[np.ndarray] = []
    alone: list[np.ndarray] = []
    for seed in range(30):
        random = np.random.default_rng(seed)
        learned = what_if._learned([window(random, 0.1, 0.1) for _ in range(4)])
        assert learned is not None
        pace, noise = learned
        for _ in range(2):
            later = window(random, 0.1, 0.1).at(pace)
            for hits, known in ((inside, noise), (alone, replace(noise, of_company=0.0, of_category=0.0))):
                sums = np.array([later.sum(group, known) for group in (*later.categories(), np.arange(600))])
                hits.append(what_if._is_within(sums))
    assert 0.75 <= np.mean([hits[:-1] for hits in inside]) <= 0.88
    assert 0.7 <= np.mean([hits[-1] for hits in inside]) <= 0.9
    assert np.mean(alone) < 0.55


def test_growth_is_carried_on_but_may_end() -> None:
    random = np.random.default_rng(0)
    steady, growing = (what_if._learned([window(random, 0.0, 0.0, pace) for _ in range(4)]) for pace in (1.0, 1.3))
    assert steady is not None
    assert growing is not None
    assert steady[0] == pytest.approx(1.0, abs=0.03)
    assert growing[0] == pytest.approx(1.3, abs=0.04)
    assert growing[1].of_company > 3 * steady[1].of_company


def test_what_all_have_in_common_is_not_taken_for_the_categories() -> None:
    random = np.random.default_rng(2)
    learned = what_if._learned([window(random, 0.5, 0.0) for _ in range(4)])
    assert learned is not None
    assert learned[1].of_company > 0.2
    assert learned[1].of_category <= 0.04


def test_many_lines_leave_no_less_than_no_spread() -> None:
    """Spread that falls faster than the root of the lines would, carried on, cross at many of them."""
    random = np.random.default_rng(3)
    few = window(random, 0.0, 0.0)
    counted = np.exp(random.uniform(np.log(5), np.log(60), 600))
    quarters = [replace(few, lines=counted, sold=np.exp(random.normal(0, 4 / counted))) for _ in range(4)]
    learned = what_if._learned(quarters)
    assert learned is not None
    assert np.all(np.diff(learned[1].quantiles[:, 0]) >= 0)


def test_a_past_too_short_tells_nothing() -> None:
    random = np.random.default_rng(0)
    few = window(random, 0.0, 0.0)
    assert what_if._learned([]) is None
    names = ("category", "lines", "worth", "change", "expected", "spread", "sold")
    short = replace(few, **{name: getattr(few, name)[:59] for name in names})
    assert what_if._learned([short]) is None


def test_few_quarters_are_drawn_to_the_usual_part() -> None:
    random = np.random.default_rng(1)
    learned = what_if._learned([window(random, 0.0, 0.0)])
    assert learned is not None
    assert learned[1].of_company == pytest.approx(what_if._USUAL_QUARTERS / 5 * what_if.USUAL_PART, rel=0.2)


@pytest.fixture(scope="module")
def plain_lines() -> list[dict[str, Any]]:
    return lines()


@pytest.fixture(scope="module")
def plain(plain_lines: list[dict[str, Any]]) -> what_if.WhatIfs:
    with asking(plain_lines) as ask:
        return what_if.what_ifs(ask, AS_OF)


def test_past_what_ifs_are_replayed(plain: what_if.WhatIfs) -> None:
    """Eight in ten of what followed changes of price lie between P10 and P90; so do sums, with few of them."""
    record = {row["kind"]: row for row in plain.record.to_pylist()}
    assert record["product"]["origins"] == 4
    assert record["product"]["what_ifs"] > 20
    assert 0.6 <= record["product"]["share_within"] <= 0.95
    assert record["group"]["what_ifs"] == 4 * (2 + 1)
    assert record["group"]["share_within"] >= 0.5


def test_what_is_expected_is_a_share_of_the_year(plain: what_if.WhatIfs) -> None:
    """Demand has neither season nor trend: a quarter of the year, but for what the price did since."""
    table = plain.elasticities
    assert table.schema == elasticity.SCHEMA
    expected = {row["key"]: row["expected_share"] for row in table.to_pylist() if row["level"] == "item"}
    assert expected.keys() == PRODUCTS.keys()
    assert np.median([*expected.values()]) == pytest.approx(0.25, abs=0.03)
    assert all(row["expected_share"] is None for row in table.to_pylist() if row["level"] != "item")
    assert plain.noise.num_rows == 1


def test_expected_share_by_hand() -> None:
    """The quarter ahead had 30 of the category's 120 units; the price went up by 0.1 in the last month of the year."""
    units = np.full((2, 12), 5.0)
    price = np.zeros((2, 12))
    price[0, 11] = 0.1
    history = elasticity.History(
        **dict.fromkeys(elasticity.History.__dataclass_fields__)
        | {"units": units, "category": np.zeros(2, int), "months": np.arange(12)}
    )
    shares = what_if._expected_share(history, price, np.array([-2.0, -2.0]), 12)
    assert shares == pytest.approx([0.25 * np.exp(-2 * (0.1 - 0.1 / 12)), 0.25])
    assert np.isnan(what_if._expected_share(history, price, np.array([-2.0, -2.0]), 11)).all()


def test_the_replay_expects_what_is_published(plain_lines: list[dict[str, Any]]) -> None:
    """Of the year's units it expects the share published that day, but for what the price did after."""
    with asking(plain_lines) as ask:
        history = elasticity.history_at(ask, AS_OF)
        assert history is not None
        found = elasticity.estimate(history)
        (*_, last) = what_if._windows(history, history, found, len(history.months) - 1)
    begin = len(history.months) - 1 - what_if.HORIZON_MONTHS
    price = what_if._prices(history, found)
    share = what_if._expected_share(history, price, found.pooled.item.mean, begin)
    unchanged = history.units[:, begin - 12 : begin].sum(axis=1) * share
    assert last.expected == pytest.approx(unchanged * np.exp(found.pooled.item.mean * last.change))


def test_nothing_sold() -> None:
    with asking([]) as ask:
        found = what_if.what_ifs(ask, AS_OF)
    assert (found.elasticities.num_rows, found.noise.num_rows, found.record.num_rows) == (0, 0, 0)
    assert found.elasticities.schema == elasticity.SCHEMA


def test_a_single_year_learns_no_noise(plain_lines: list[dict[str, Any]]) -> None:
    """Without a quarter told from a year before it nothing is expected, and nothing said."""
    with asking([row for row in plain_lines if row["ordered_on"] >= dt.date(2025, 6, 1)]) as ask:
        found = what_if.what_ifs(ask, AS_OF)
    assert found.elasticities.num_rows > 0
    assert found.elasticities["expected_share"].null_count == found.elasticities.num_rows
    assert (found.noise.num_rows, found.record.num_rows) == (0, 0)
