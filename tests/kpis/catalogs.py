"""Figures of the catalogs page. They are kept by month."""

import calendar
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from tests.facts import Facts, Line, chosen, in_cents, rate, sums
from tests.kpis.shared import (
    Nearest,
    Row,
    View,
    change,
    falling,
    found,
    lines_of,
    money,
    months_before,
    page,
    rising,
    standing,
)


def catalogs_kpis(facts: Facts, view: View) -> list[Row]:
    category, span = chosen(view.category), view.window(facts)
    row: Row = {}
    for suffix, holds in (("", span.now_by_month), ("_base", span.base_by_month)):
        lines = [
            line
            for line in goods_of(facts, view)
            if holds(line.order.day) and category(facts.products[line.product]["category"])
        ]
        row |= {f"{name}{suffix}": value for name, value in product_figures(lines).items()}
        row[f"products_sold{suffix}"] = sold_products(lines)
    return [row]


def goods_of(facts: Facts, view: View) -> list[Line]:
    segment, catalog = chosen(view.segment), chosen(view.catalog)
    return [line for line in facts.lines if segment(line.order.segment) and catalog(line.order.catalog)]


def product_figures(lines: list[Line]) -> Row:
    of_lines = sums(lines)
    return {
        "quantity": of_lines.quantity or Decimal(0),
        "revenue": money(of_lines.revenue or 0),
        "margin_rate": of_lines.margin_rate,
        "price_realisation": of_lines.price_realisation,
    }


def sold_products(lines: Iterable[Line]) -> int:
    units: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        units[line.product] += line.quantity
    return sum(quantity > 0 for quantity in units.values())


def catalogs_comparison(facts: Facts, view: View) -> list[Row]:
    span, wanted = view.window(facts), chosen(view.segment)
    orders = [o for o in facts.orders if o.catalog and (span.now(o.day) or span.base(o.day))]
    pairs = {(order.catalog, order.segment) for order in orders}
    pairs |= {(c["catalog_id"], c["segment"]) for c in facts.customers.values() if c["catalog_id"]}
    rows = []
    for catalog, segment in pairs:
        if not wanted(segment):
            continue
        own = [order for order in orders if (order.catalog, order.segment) == (catalog, segment)]
        now, base = [o for o in own if span.now(o.day)], sum(o.revenue for o in own if span.base(o.day))
        of_lines = sums(lines_of(now))
        accounts = {
            c["customer_id"] for c in facts.customers.values() if (c["catalog_id"], c["segment"]) == (catalog, segment)
        }
        ordered = Counter(order.customer for order in now if not order.is_note and order.customer in accounts)
        buyers = ordered.keys()
        bought = sold_products(
            line
            for line in facts.lines
            if (line.order.catalog, line.order.segment) == (catalog, segment) and span.now_by_month(line.order.day)
        )
        rows.append(
            {
                "catalog_id": catalog,
                "catalog": facts.catalogs[catalog]["name"],
                "segment": segment,
                "revenue": money(of_lines.revenue or 0),
                "revenue_base": money(base),
                "change": change(of_lines.revenue or 0, base),
                "margin_rate": of_lines.margin_rate,
                "price_realisation": of_lines.price_realisation,
                "offered": len(accounts),
                "buyers": len(buyers),
                "penetration": rate(len(buyers), len(accounts)),
                "products_bought": bought,
                "products_offered": facts.offered(catalog),
                "breadth": rate(bought, facts.offered(catalog)),
                "order_frequency": rate(ordered.total(), len(buyers)) if buyers else None,
            }
        )
    return sorted(rows, key=lambda r: (-r["revenue"], r["catalog_id"], r["segment"] is None, r["segment"] or ""))


def catalogs_assortment(facts: Facts, view: View) -> list[Row]:
    span, category = view.window(facts), chosen(view.category)
    sold: dict[str, list[Line]] = defaultdict(list)
    for line in goods_of(facts, view):
        if span.now_by_month(line.order.day) and category(facts.products[line.product]["category"]):
            sold[line.product].append(line)
    figures = {product: sums(lines) for product, lines in sold.items()}
    sold = {product: lines for product, lines in sold.items() if figures[product].quantity > 0}
    # Kept by month, owner and elapsed part, an order is in one of each, so that nothing is counted twice.
    orders = {product: len({line.order.order_id for line in lines}) for product, lines in sold.items()}
    demand = percent_ranks(orders)
    margin = percent_ranks({p: figures[p].margin_rate for p in sold if figures[p].margin_rate is not None})
    rows = []
    for product in sold:
        known, of_lines, priced = facts.products[product], figures[product], facts.elasticities.get(product, {})
        is_wanted, earns = demand[product] >= Fraction(1, 2), margin.get(product, Fraction(0)) >= Fraction(1, 2)
        role = {(1, 1): "profit", (1, 0): "traffic", (0, 1): "niche", (0, 0): "drop_candidate"}[is_wanted, earns]
        if found(view.search, known["name"], known.get("sku") or product):
            rows.append(
                {
                    "product_id": product,
                    "sku": known.get("sku") or product,
                    "product": known["name"],
                    "category": known["category"],
                    "role": role if product in margin else "cost_unknown",
                    "orders": orders[product],
                    "quantity": of_lines.quantity,
                    "revenue": money(of_lines.revenue),
                    "margin": None if of_lines.margin is None else money(of_lines.margin),
                    "margin_rate": of_lines.margin_rate,
                    "elasticity": priced.get("elasticity"),
                    "elasticity_low": priced.get("low"),
                    "elasticity_high": priced.get("high"),
                    "is_published": priced.get("is_published"),
                    "price_points": priced.get("price_points"),
                    "price_source": priced.get("source"),
                }
            )
    sort = view.sort or "orders"
    rows.sort(key=lambda row: (falling(row[sort]), row["product_id"]))
    return page(rows, view, "products")


def percent_ranks(values: dict[str, Any]) -> dict[str, Fraction]:
    """Share of the others that are lower."""
    several = max(len(values) - 1, 1)
    return {key: Fraction(sum(other < value for other in values.values()), several) for key, value in values.items()}


def catalogs_what_if(facts: Facts, view: View) -> list[Row]:
    category, first = chosen(view.category), facts.as_of.replace(day=1)
    last = first - timedelta(days=1)
    year, quarter = months_before(last, 12)[0], months_before(last, 3)[0]
    sold: dict[str, list[Line]] = defaultdict(list)
    for line in goods_of(facts, view):
        is_asked = chosen(view.product)(line.product) and category(facts.products[line.product]["category"])
        if is_asked and year <= line.order.day < first:
            sold[line.product].append(line)
    rows = []
    for product, lines in sorted(sold.items()):
        of_year, of_quarter = sums(lines), sums(line for line in lines if line.order.day >= quarter)
        priced = facts.elasticities.get(product, {})
        if of_year.quantity <= 0 or of_year.revenue <= 0:
            continue
        is_recent = (of_quarter.quantity or 0) > 0 and (of_quarter.revenue or 0) > 0
        newest, share = of_quarter if is_recent else of_year, priced.get("expected_share")
        price = Fraction(newest.revenue, 100) / Fraction(newest.quantity)
        rate_known = newest.margin_rate if newest.margin_rate is not None else of_year.margin_rate
        rows.append(
            {
                "product_id": product,
                "category": facts.products[product]["category"],
                "revenue": money(of_year.revenue),
                "units": None if share is None else Fraction(of_year.quantity) * Fraction(share),
                "lines": Fraction(len({line.order.order_id for line in lines}), 4),
                "price": price,
                "unit_cost": None if rate_known is None else price * (1 - rate_known),
                **{name: priced.get(name) for name in ("elasticity", "variance", "is_published")},
                "price_source": priced.get("source"),
            }
        )
    return rows


Group = tuple[str, str]


def same_customers(facts: Facts, view: View) -> dict[Group, list[tuple[int, int]]]:
    """By catalog and segment what its customers of both periods bought then and now."""
    span = view.window(facts)
    groups: dict[Group, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for order in facts.orders:
        if order.catalog and order.customer and order.segment:
            both = groups[order.catalog, order.segment][order.customer]
            both[0] += order.revenue if span.base(order.day) else 0
            both[1] += order.revenue if span.now(order.day) else 0
    pairs = {group: [(then, now) for then, now in of.values() if then > 0 and now > 0] for group, of in groups.items()}
    return {group: of for group, of in pairs.items() if of}


def elsewhere(pairs: dict[Group, list[tuple[int, int]]], catalog: str, segment: str) -> list[tuple[int, int]]:
    return [pair for (k, s), of in pairs.items() if s == segment and k != catalog for pair in of]


def verdicts(facts: Facts, view: View) -> tuple[dict[Group, str], Fraction]:
    """How each catalog stands by both comparisons, and how far their intervals reach so that all of them hold."""
    tests: list[tuple[Group, Fraction, float]] = []
    for group, own in (pairs := same_customers(facts, view)).items():
        (ratio, spread), (others, others_spread) = (ratio_of_sums(of) for of in (own, elsewhere(pairs, *group)))
        if ratio is not None and others is not None and spread is not None and others_spread is not None:
            tests.append((group, ratio - others, math.hypot(spread, others_spread) / 1.645))
    for group, of in matched_accounts(facts, view).items():
        if of["error"] is not None:
            tests.append((group, of["now"] - of["expected"], of["error"]))
    reach = quantile_of_normal(0.05 / len(tests)) if tests else 0.0
    sides: dict[Group, set[str]] = defaultdict(set)
    for group, difference, error in tests:
        sides[group].add(standing(difference, Fraction(reach * error)))
    told = {
        group: "cannot_tell" if {"ahead", "behind"} <= of or of == {"cannot_tell"} else min(of - {"cannot_tell"})
        for group, of in sides.items()
    }
    return told, Fraction(reach)


def quantile_of_normal(share: float) -> float:
    """Above which a normal variable lies so often, to three decimals (Abramowitz and Stegun 26.2.23)."""
    t = math.sqrt(-2 * math.log(share))
    above = 2.515517 + 0.802853 * t + 0.010328 * t**2
    return t - above / (1 + 1.432788 * t + 0.189269 * t**2 + 0.001308 * t**3)


def catalogs_like_for_like(facts: Facts, view: View) -> list[Row]:
    rows, pairs, (told, reach) = [], same_customers(facts, view), verdicts(facts, view)
    for (catalog, segment), own in pairs.items():
        if not chosen(view.segment)(segment):
            continue
        others = elsewhere(pairs, catalog, segment)
        (ratio, spread), (other_ratio, other_spread) = ratio_of_sums(own), ratio_of_sums(others)
        assert ratio is not None
        difference = None if other_ratio is None else ratio - other_ratio
        wide = (
            None
            if spread is None or other_spread is None
            else reach * Fraction(math.hypot(spread, other_spread) / 1.645)
        )
        rows.append(
            {
                "catalog_id": catalog,
                "catalog": facts.catalogs[catalog]["name"],
                "segment": segment,
                "same_customers": len(own),
                "revenue": money(sum(now for _, now in own)),
                "revenue_base": money(sum(then for then, _ in own)),
                "change": ratio - 1,
                "change_low": None if spread is None else ratio - 1 - Fraction(spread),
                "change_high": None if spread is None else ratio - 1 + Fraction(spread),
                "others": len(others),
                "others_change": None if other_ratio is None else other_ratio - 1,
                "difference": difference,
                "difference_low": None if wide is None or difference is None else difference - wide,
                "difference_high": None if wide is None or difference is None else difference + wide,
                "standing": told.get((catalog, segment), "too_few"),
            }
        )
    return sorted(rows, key=lambda r: (-r["revenue"], r["catalog_id"], r["segment"]))


def catalogs_standings(facts: Facts, view: View) -> list[Row]:
    pairs, matched, (told, _) = same_customers(facts, view), matched_accounts(facts, view), verdicts(facts, view)
    rows = []
    for (catalog, segment), word in told.items():
        if not chosen(view.segment)(segment):
            continue
        change = ratio_of_sums(pairs.get((catalog, segment), []))[0]
        others = ratio_of_sums(elsewhere(pairs, catalog, segment))[0] if change is not None else None
        of = matched.get((catalog, segment))
        rows.append(
            {
                "catalog_id": catalog,
                "catalog": facts.catalogs[catalog]["name"],
                "segment": segment,
                "standing": word,
                "change": None if change is None else change - 1,
                "others_change": None if others is None else others - 1,
                "difference": None if change is None or others is None else change - others,
                "difference_per_account": Nearest((of["now"] - of["expected"]) / of["matched"])
                if of and of["matched"]
                else None,
            }
        )
    order = ["ahead", "cannot_tell", "behind"]
    return sorted(
        rows,
        key=lambda row: (
            order.index(row["standing"]),
            *falling(row["difference"]),
            *falling(row["difference_per_account"] and row["difference_per_account"].rounded),
            row["catalog_id"],
            row["segment"],
        ),
    )


def ratio_of_sums(pairs: list[tuple[int, int]]) -> tuple[Fraction | None, float | None]:
    """What was sold now to what was then, and half its interval: from five pairs on, by residuals of the ratio."""
    then = sum(before for before, _ in pairs)
    if not then:
        return None, None
    ratio, n = Fraction(sum(now for _, now in pairs), then), len(pairs)
    if n < 5:
        return ratio, None
    squares = sum((now - ratio * before) ** 2 for before, now in pairs)
    return ratio, 1.645 * math.sqrt(squares * n / (n - 1)) / then


def matched_accounts(facts: Facts, view: View) -> dict[Group, Row]:
    """By catalog and segment: accounts, those matched and their others, what they bring, what expected, its error."""
    span = view.window(facts)
    both: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for order in facts.orders:
        if order.customer and (span.now(order.day) or span.base(order.day)):
            both[order.customer][span.now(order.day)] += order.revenue
    cells: dict[tuple[str, str, int], list[tuple[int, int]]] = defaultdict(list)
    for customer, (then, now) in both.items():
        account = facts.customers[customer]
        catalog, segment = account["catalog_id"], account["segment"]
        if catalog and segment and then + now > 0:
            cells[catalog, segment, math.floor(math.log2((then + now) / 200))].append((then, now))
    groups = {}
    for catalog, segment in {(k, s) for k, s, _ in cells}:
        accounts = matched = others = 0
        now_sum, expected, variance = Fraction(0), Fraction(0), Fraction(0)
        for (k, s, size), own in cells.items():
            if (k, s) != (catalog, segment):
                continue
            accounts += len(own)
            beside = [pair for (o, t, step), of in cells.items() if o != k and (t, step) == (s, size) for pair in of]
            then, there = sum(before for before, _ in own), sum(before for before, _ in beside)
            if min(len(own), len(beside)) < 2 or then <= 0 or there <= 0:
                continue
            matched += len(own)
            others += len(beside)
            now_sum += sum(now for _, now in own)
            expected += then * Fraction(sum(now for _, now in beside), there)
            variance += residuals(own) + residuals(beside) * Fraction(then, there) ** 2
        groups[catalog, segment] = {
            "accounts": accounts,
            "matched": matched,
            "others": others,
            "now": now_sum,
            "expected": expected,
            "error": math.sqrt(variance) if matched >= 5 and others >= 5 else None,
        }
    return groups


def catalogs_matched(facts: Facts, view: View) -> list[Row]:
    rows, (told, reach) = [], verdicts(facts, view)
    for (catalog, segment), of in matched_accounts(facts, view).items():
        if not chosen(view.segment)(segment):
            continue
        matched, difference = of["matched"], of["now"] - of["expected"]
        spread = None if of["error"] is None else reach * Fraction(of["error"])
        rows.append(
            {
                "catalog_id": catalog,
                "catalog": facts.catalogs[catalog]["name"],
                "segment": segment,
                "accounts": of["accounts"],
                "matched": Fraction(matched, of["accounts"]),
                "others": of["others"],
                "revenue_per_account": Nearest(of["now"] / matched) if matched else None,
                "others_per_account": Nearest(of["expected"] / matched) if matched else None,
                "difference_per_account": Nearest(difference / matched) if matched else None,
                "difference_low": None if spread is None else Nearest((difference - spread) / matched),
                "difference_high": None if spread is None else Nearest((difference + spread) / matched),
                "standing": told.get((catalog, segment), "too_few"),
            }
        )
    return sorted(rows, key=lambda r: (-r["accounts"], r["catalog_id"], r["segment"]))


def residuals(pairs: list[tuple[int, int]]) -> Fraction:
    ratio = Fraction(sum(now for _, now in pairs), sum(then for then, _ in pairs))
    return sum((now - ratio * then) ** 2 for then, now in pairs) * Fraction(len(pairs), len(pairs) - 1)


def catalogs_price_volume_mix(facts: Facts, view: View) -> list[Row]:
    span, category = view.window(facts), chosen(view.category)
    goods: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(lambda: [Decimal(0), 0, Decimal(0), 0]))
    for line in goods_of(facts, view):
        if not line.order.catalog or not category(facts.products[line.product]["category"]):
            continue
        for place, holds in ((0, span.base_by_month), (2, span.now_by_month)):
            if holds(line.order.day):
                sold = goods[line.order.catalog][line.product]
                sold[place] += line.quantity
                sold[place + 1] += line.revenue
    rows = []
    for catalog, products in goods.items():
        kept = [(Fraction(q), r, Fraction(p), s) for q, r, p, s in products.values() if q > 0 and p > 0]
        units_then, then, units, now = (sum(sold[i] for sold in products.values()) for i in range(4))
        at_old_prices = sum(units_now * r / q for q, r, units_now, _ in kept)
        price = sum(s for *_, s in kept) - at_old_prices
        volume = (
            (Fraction(units) - Fraction(units_then)) * then / Fraction(units_then) if units_then > 0 else Fraction(0)
        )
        rows.append(
            {
                "catalog_id": catalog,
                "catalog": facts.catalogs[catalog]["name"],
                "revenue_base": money(then),
                "price_effect": Nearest(Fraction(price)),
                "volume_effect": Nearest(volume),
                "mix_effect": Nearest(now - then - price - volume, within=Fraction(1)),
                "revenue": money(now),
                "quantity_base": units_then,
                "quantity": units,
                "price_change": Fraction(price) / at_old_prices if at_old_prices else None,
            }
        )
    return sorted(rows, key=lambda r: (-r["revenue"], r["catalog_id"]))


@dataclass(frozen=True)
class Standing:
    """How a product moves in the whole company."""

    first_day: date | None
    is_dying: bool | None
    xyz: str | None
    stock_cover: Fraction | None


@cache
def product_standings(facts: Facts) -> dict[str, Standing]:
    lines = defaultdict(list)
    for line in facts.lines:
        if line.order.day <= facts.as_of:
            lines[line.product].append(line)
    first_days = {p: min((x.order.day for x in own if x.quantity > 0), default=None) for p, own in lines.items()}
    known_from = min(day for day in first_days.values() if day) + timedelta(days=90)
    return {product: standing_of(facts, own, first_days[product], known_from) for product, own in lines.items()}


def standing_of(facts: Facts, lines: list[Line], first: date | None, known_from: date) -> Standing:
    def within(most: int, least: int = 0) -> list[Line]:
        return [line for line in lines if least <= (facts.as_of - line.order.day).days < most]

    def bought(most: int, least: int = 0) -> list[Line]:
        return [line for line in within(most, least) if line.quantity > 0]

    first_day = first if first and first >= known_from else None
    if first is None or len({line.order.customer for line in bought(365)} - {None}) < 5:
        return Standing(first_day, None, None, None)
    months = [month for month in months_before(facts.as_of, 13)[:12] if month > first]
    units = [Fraction(sum(x.quantity for x in lines if x.order.day.replace(day=1) == month)) for month in months]
    xyz = None
    if len(units) >= 6 and sum(units) > 0:
        mean = sum(units) / len(units)
        squared = sum((u - mean) ** 2 for u in units) / (len(units) - 1) / mean**2
        xyz = "X" if 4 * squared <= 1 else "Y" if squared <= 1 else "Z"
    pace = Fraction(len(bought(365, 90)) * 90, 275)
    season = len(bought(455, 365)) if (facts.as_of - first).days >= 455 else pace
    regular = (
        sum(u > 0 for month, u in zip(months, units, strict=True) if month < months_before(facts.as_of, 4)[0]) >= 6
    )
    stock, recent = facts.products[lines[0].product].get("stock"), Fraction(sum(x.quantity for x in within(90)))
    return Standing(
        first_day,
        regular and pace >= 10 and 2 * len(bought(90)) < min(pace, season),
        xyz,
        None if stock is None or recent <= 0 else Fraction(max(stock, 0)) * 90 / recent,
    )


def movement(facts: Facts, view: View, standing: Standing | None, sold: Row, sold_base: Row) -> str | None:
    span = view.window(facts)
    revenue, base = (round(row["revenue"] * 100) for row in (sold, sold_base))
    recent = min(span.date_from.replace(day=1), facts.as_of - timedelta(days=179))
    rules = (
        (sold_base["quantity"] > 0 >= sold["quantity"], "gone"),
        (bool(standing and standing.first_day and standing.first_day >= recent), "new"),
        (bool(standing and standing.is_dying), "dying"),
        (base > 0 and 10 * revenue < 9 * base, "falling"),
        (10 * revenue > 11 * max(base, 0), "rising"),
        (base > 0, "steady"),
        (True, None),
    )
    return next(code for fits, code in rules if fits)


def classes(revenue: dict[str, int]) -> dict[str, str | None]:
    """A, B, C by what the larger ones bring together."""
    whole, reached, found = sum(max(cents, 0) for cents in revenue.values()), 0, {}
    for product, cents in sorted(revenue.items(), key=lambda item: (-item[1], item[0])):
        abc = "A" if 5 * reached < 4 * whole else "B" if 20 * reached < 19 * whole else "C"
        found[product] = abc if cents > 0 else None
        reached += cents
    return found


def catalogs_products(facts: Facts, view: View) -> list[Row]:
    span, category = view.window(facts), chosen(view.category)
    now: dict[Any, list[Any]] = defaultdict(list)
    base: dict[Any, list[Any]] = defaultdict(list)
    for line in goods_of(facts, view):
        if span.now_by_month(line.order.day):
            now[line.product].append(line)
        if span.base_by_month(line.order.day):
            base[line.product].append(line)
    rows = []
    products = [p for p in now.keys() | base.keys() if category(facts.products[p]["category"])]
    abc = classes({product: sums(now[product]).revenue or 0 for product in products})
    for product in products:
        known, standing = facts.products[product], product_standings(facts).get(product)
        sku = known.get("sku") or product
        codes: dict[str, str | None] = {
            "movement": movement(facts, view, standing, product_figures(now[product]), product_figures(base[product])),
            "abc": abc[product],
            "xyz": standing.xyz if standing else None,
        }
        narrowed = all(chosen(getattr(view, name))(code) for name, code in codes.items())
        if narrowed and found(view.search, known["name"], sku):
            revenue, revenue_base = (sums(lines).revenue or 0 for lines in (now[product], base[product]))
            rows.append(
                {
                    "product_id": product,
                    "sku": sku,
                    "product": known["name"],
                    "category": known["category"],
                    "brand": known.get("brand"),
                    "revenue_base": money(revenue_base),
                    "change": change(revenue, revenue_base),
                    "margin": money(sums(now[product]).margin),
                    "stock_cover_days": standing and standing.stock_cover,
                }
                | codes
                | product_figures(now[product])
            )

    def least(name: str) -> Callable[[Row], Any]:
        return lambda row: (row["quantity"] <= 0, rising(row[name]))

    order: dict[str | None, Callable[[Row], Any]] = {
        "product": lambda row: (row["product"].lower(), falling(row["revenue"])),
        "margin": lambda row: falling(row["margin"]),
        "margin_rate": lambda row: falling(row["margin_rate"]),
        "quantity": lambda row: falling(row["quantity"]),
        "change": lambda row: falling(row["revenue_base"] - row["revenue"]),
        "gain": lambda row: falling(row["revenue"] - row["revenue_base"]),
        "revenue_least": least("revenue"),
        "margin_least": least("margin"),
        "margin_rate_least": lambda row: rising(row["margin_rate"]),
        "quantity_least": least("quantity"),
        "stock_cover": lambda row: falling(row["stock_cover_days"]),
        "stock_cover_least": lambda row: rising(row["stock_cover_days"]),
    }
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: falling(row["revenue"]))
    return page(sorted(rows, key=lambda row: (by(row), row["product_id"])), view, "products")


def catalogs_pairs(facts: Facts, view: View) -> list[Row]:
    bought, who = defaultdict(set), {}
    for line in facts.lines:
        if line.quantity > 0 and 0 <= (facts.as_of - line.order.day).days < 365:
            bought[line.order.order_id].add(line.product)
            who[line.order.order_id] = line.order.customer
    baskets = {order: products for order, products in bought.items() if len(products) <= 50}
    common, alone = defaultdict(list), Counter(product for products in baskets.values() for product in products)
    for order, products in baskets.items():
        for pair in itertools.combinations(sorted(products), 2):
            common[pair].append(order)
    rows = []
    for pair, orders in common.items():
        if len(orders) < 10 or len({who[order] for order in orders} - {None}) < 5:
            continue
        for product, other in (pair, pair[::-1]):
            goods = [facts.products[product], facts.products[other]]
            asked = product == view.product if view.product else product < other
            listed = view.category is None or view.category in {one["category"] for one in goods}
            searched = any(found(view.search, g["name"], g.get("sku") or g["product_id"]) for g in goods)
            if asked and listed and searched:
                n, both, first, second = len(baskets), len(orders), alone[product], alone[other]
                lift = Fraction(both * n, first * second)
                # The variance of the logarithm of p12 / (p1 p2), of shares of n orders.
                slopes = {both: 1 / Fraction(both, n) - Fraction(n, first) - Fraction(n, second)}
                cells = (
                    (both, slopes[both]),
                    (first - both, -Fraction(n, first)),
                    (second - both, -Fraction(n, second)),
                )
                mean = sum(Fraction(count, n) * slope for count, slope in cells)
                spread = 1.645 * math.sqrt((sum(Fraction(c, n) * s * s for c, s in cells) - mean * mean) / n)
                if lift * Fraction(math.exp(-spread)) <= 1:
                    continue
                rows.append(
                    {
                        "product_id": product,
                        "product": goods[0]["name"],
                        "other_product_id": other,
                        "other_product": goods[1]["name"],
                        "lift": lift,
                        "lift_low": lift * Fraction(math.exp(-spread)),
                        "lift_high": lift * Fraction(math.exp(spread)),
                        "orders_both": both,
                        "support": Fraction(both, n),
                        "confidence": Fraction(both, first),
                    }
                )
    first_by = "orders_both" if view.sort == "orders_both" else "lift_low"
    rows.sort(key=lambda r: (-r[first_by], -r["lift_low"], r["product_id"], r["other_product_id"]))
    return page(rows, view, "pairs")


def catalogs_seasonal_profile(facts: Facts, view: View) -> list[Row]:
    units: dict[date, Decimal] = defaultdict(Decimal)
    for line in goods_of(facts, view):
        month = line.order.day.replace(day=1)
        wanted = view.product in (None, line.product) and chosen(view.category)(
            facts.products[line.product]["category"]
        )
        begun = facts.covered_from.replace(day=1) if facts.covered_from else month
        if wanted and begun <= month < facts.as_of.replace(day=1):
            units[month] += line.quantity
    if not units:
        return []
    full = [month for month in months_before(facts.as_of, 1200)[:-1] if month > min(units)]
    years = len(full) // 12
    told = full[len(full) - 12 * years :]
    whole = sum(units[month] for month in told)
    if whole <= 0:
        return []
    rows = []
    for number in range(1, 13):
        quantity = sum((units[month] for month in told if month.month == number), Decimal(0))
        share = Fraction(quantity) / Fraction(whole)
        name = calendar.month_name[number].lower()
        rows.append({"calendar_month": name, "quantity": quantity, "share": share, "years": years})
    return rows


def catalogs_product(facts: Facts, view: View) -> list[Row]:
    known = facts.products.get(view.product or "")
    if known is None:
        return []
    span = view.window(facts)
    row = {
        "product_id": view.product,
        "sku": known.get("sku") or view.product,
        "product": known["name"],
        "category": known["category"],
        "brand": known.get("brand"),
        "stock": known.get("stock"),
    }
    for suffix, holds in (("", span.now_by_month), ("_base", span.base_by_month)):
        lines = [line for line in goods_of(facts, view) if line.product == view.product and holds(line.order.day)]
        row |= {f"{name}{suffix}": value for name, value in product_figures(lines).items()}
    return [row]


def catalogs_product_months_trend(facts: Facts, view: View) -> list[Row]:
    months = defaultdict(list)
    for line in goods_of(facts, view):
        month = line.order.day.replace(day=1)
        if line.product == view.product:
            months[month].append(line)
    return [
        {"month": month, "revenue": money(sums(months[month]).revenue), "quantity": sums(months[month]).quantity}
        for month in months_before(facts.as_of, 24)
        if month in months
    ]


def catalogs_product_buyers(facts: Facts, view: View) -> list[Row]:
    span, by_customer = view.window(facts), defaultdict(list)
    for line in goods_of(facts, view):
        if line.product == view.product and line.order.customer and span.now(line.order.day):
            by_customer[line.order.customer].append(line)
    rows = []
    for customer, lines in by_customer.items():
        bought = [line.order for line in lines if line.quantity > 0]
        of_lines = sums(lines)
        rows.append(
            {
                "customer_id": customer,
                "customer": facts.customers[customer]["name"],
                "segment": facts.customers[customer]["segment"],
                "orders": len({order.order_id for order in bought}),
                "quantity": of_lines.quantity,
                "revenue": money(of_lines.revenue),
                "margin_rate": of_lines.margin_rate,
                "last_bought_on": max((order.day for order in bought), default=None),
            }
        )
    return page(sorted(rows, key=lambda row: (-row["revenue"], row["customer_id"])), view, "buyers")


def goods_by_window(facts: Facts, view: View) -> tuple[list[Line], list[Line]]:
    """Lines of the period and of the comparison, of the category, too."""
    span, category = view.window(facts), chosen(view.category)
    lines = [line for line in goods_of(facts, view) if category(facts.products[line.product]["category"])]
    now = [line for line in lines if span.now_by_month(line.order.day)]
    return now, [line for line in lines if span.base_by_month(line.order.day)]


@dataclass(frozen=True)
class Given:
    """What lines gave away of their list value."""

    discounts: int
    discounted: int
    listed: int

    @property
    def depth(self) -> Fraction | None:
        return rate(self.discounts, self.discounted)


def given_away(lines: Iterable[Line]) -> Given:
    listed = [(line.list_value, line.revenue) for line in lines if line.quantity >= 0 and line.list_value is not None]
    below = [(worth, revenue) for worth, revenue in listed if revenue < worth]
    return Given(
        sum(worth - revenue for worth, revenue in below),
        sum(worth for worth, _ in below),
        sum(worth for worth, _ in listed),
    )


def leak(facts: Facts, line: Line) -> tuple[int, int] | None:
    """Cents below the approved price, and what was approved; none where it is as approved or nearly."""
    price = facts.catalog_price(line)
    if price is None or line.quantity <= 0:
        return None
    approved = in_cents(line.quantity * price)
    is_leak = line.revenue * 1000 < approved * 995 and line.revenue < approved - line.quantity / 2
    return (approved - line.revenue, approved) if is_leak else None


def catalogs_price_waterfall(facts: Facts, view: View) -> list[Row]:
    now, base = goods_by_window(facts, view)
    given, given_base = given_away(now), given_away(base)
    sold = [line for line in now if line.quantity >= 0]
    surcharges = sum(max(line.revenue - line.list_value, 0) for line in sold if line.list_value is not None)
    unlisted = sum(line.revenue for line in sold if line.list_value is None)
    invoiced = given.listed - given.discounts + surcharges + unlisted
    assert invoiced == sum(line.revenue for line in sold)
    revenue = sum(line.revenue for line in now)
    amounts = {
        "list_value": given.listed,
        "discounts": given.discounts,
        "surcharges": surcharges,
        "unlisted": unlisted,
        "invoiced": invoiced,
        "returned": -sum(line.revenue for line in now if line.quantity < 0),
        "revenue": revenue,
        "discounts_base": given_base.discounts,
        "leaked": sum(lost[0] for line in now if (lost := leak(facts, line))),
    }
    return [
        {name: money(cents) for name, cents in amounts.items()}
        | {
            "discount_depth": given.depth,
            "discount_depth_base": given_base.depth,
            "discounted_share": rate(given.discounted, given.listed),
            "discounted_share_base": rate(given_base.discounted, given_base.listed),
        }
    ]


def catalogs_discounts(facts: Facts, view: View) -> list[Row]:
    def place(line: Line) -> tuple[str | None, ...]:
        category = facts.products[line.product]["category"]
        return {
            "by_category": (category, None, None, None),
            "by_product": (category, line.product, None, None),
            "by_catalog": (None, None, line.order.catalog, line.order.segment),
        }[view.by or ""]

    now: dict[Any, list[Any]] = defaultdict(list)
    base: dict[Any, list[Any]] = defaultdict(list)
    for lines, kept in zip(goods_by_window(facts, view), (now, base), strict=True):
        for line in lines:
            kept[place(line)].append(line)
    places = sorted(now.keys() | base.keys(), key=lambda p: [(part is None, part or "") for part in p])
    given = {p: (given_away(now[p]), given_away(base[p])) for p in places}
    calm = {p for p, (g, b) in given.items() if (g.depth or 0) - (b.depth or 0) <= Fraction(1, 1000)}
    rows = []
    for p in places:
        rest = [q for q in calm - {p} if view.by != "by_product" or q[0] == p[0]]
        own, others = units_moved([p], now, base, 20), units_moved(rest, now, base, 20)
        product, catalog = facts.products.get(p[1] or "", {}), facts.catalogs.get(p[2] or "", {})
        name = product.get("name") or catalog.get("name") or p[0]
        g, b = given[p]
        is_found = view.search is None or found(view.search, name or "", product.get("sku") or p[1] or "")
        if is_found and (g.discounts or b.discounts):
            rows.append(
                {
                    "category": p[0],
                    "product_id": p[1],
                    "product": product.get("name"),
                    "catalog_id": p[2],
                    "catalog": catalog.get("name"),
                    "segment": p[3],
                    "discounts": money(g.discounts),
                    "discounts_base": money(b.discounts),
                    "discount_depth": g.depth,
                    "depth_change": None if g.depth is None or b.depth is None else g.depth - b.depth,
                    "price_realisation": sums(now[p]).price_realisation,
                    "quantity": sums(now[p]).quantity or Decimal(0),
                    "quantity_base": sums(base[p]).quantity or Decimal(0),
                    "quantity_change": units_moved([p], now, base, 0) if orders_of(base[p]) >= 5 else None,
                    "units_against_rest": None if own is None or others is None else own - others,
                }
            )
    by = view.sort or "discounts"
    return page(sorted(rows, key=lambda row: falling(row[by])), view, "discounted")


def units_moved(
    places: list[Any], now: dict[Any, list[Line]], base: dict[Any, list[Line]], orders: int
) -> Fraction | None:
    """The change in units, where as much was ordered in both periods; an order counts once for each product."""
    lines, lines_base = ([line for p in places for line in side[p]] for side in (now, base))
    if min(orders_of(lines), orders_of(lines_base)) < orders:
        return None
    units, units_base = (Fraction(sum(line.quantity for line in side)) for side in (lines, lines_base))
    return units / units_base - 1 if units_base > 0 else None


def orders_of(lines: Iterable[Line]) -> int:
    return len({(line.order.order_id, line.product) for line in lines})


def catalogs_leakage(facts: Facts, view: View) -> list[Row]:
    def place(line: Line) -> tuple[str | None, ...]:
        order = line.order
        return {
            "by_customer": (order.customer, None, None),
            "by_product": (None, line.product, None),
            "by_channel": (None, None, order.channel or "unknown"),
        }[view.by or ""]

    now: dict[Any, list[Any]] = defaultdict(list)
    base: dict[Any, list[Any]] = defaultdict(list)
    for lines, kept in zip(goods_by_window(facts, view), (now, base), strict=True):
        for line in lines:
            if (view.by != "by_customer" or line.order.customer) and (lost := leak(facts, line)):
                kept[place(line)].append((line, *lost))
    rows = []
    for p in sorted(now.keys() | base.keys(), key=lambda p: [(part is None, part or "") for part in p]):
        leaked = sum(lost for _, lost, _ in now[p])
        rows.append(
            {
                "customer_id": p[0],
                "customer": facts.customers[p[0]]["name"] if p[0] else None,
                "product_id": p[1],
                "product": facts.products[p[1]]["name"] if p[1] else None,
                "channel": p[2],
                "lines": len(now[p]),
                "quantity": sum((line.quantity for line, _, _ in now[p]), Decimal(0)),
                "leaked": money(leaked),
                "leaked_base": money(sum(lost for _, lost, _ in base[p])),
                "below_approved": rate(leaked, sum(approved for _, _, approved in now[p])),
            }
        )
    return page(sorted(rows, key=lambda row: -row["leaked"]), view, "leaks")


def catalogs_leaking_lines(facts: Facts, view: View) -> list[Row]:
    rows = []
    for line in goods_by_window(facts, view)[0]:
        order, product = line.order, facts.products[line.product]
        channel = order.channel or "unknown"
        of = {"by_customer": order.customer, "by_product": line.product, "by_channel": channel}[view.by or ""]
        name = facts.customers[order.customer]["name"] if order.customer else None
        named = found(view.search, product["name"], order.order_id) or found(view.search, name or "", order.order_id)
        if of is not None and of == view.leaking and named and (lost := leak(facts, line)):
            rows.append(
                {
                    "ordered_on": order.day,
                    "order_id": order.order_id,
                    "line_no": line.line_no,
                    "customer_id": order.customer,
                    "customer": name,
                    "product_id": line.product,
                    "product": product["name"],
                    "channel": channel,
                    "quantity": line.quantity,
                    "approved_price": Fraction(facts.catalog_price(line) or 0),
                    "invoiced_price": Fraction(line.revenue, 100) / Fraction(line.quantity),
                    "leaked": money(lost[0]),
                }
            )
    together = sum((row["leaked"] for row in rows), Decimal(0))
    rows.sort(key=lambda row: (-row["leaked"], row["order_id"], row["line_no"]))
    if view.sort == "ordered_on":
        rows.sort(key=lambda row: row["ordered_on"], reverse=True)
    return [row | {"leaked_together": together} for row in page(rows, view, "leaking_lines")]
