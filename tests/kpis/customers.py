"""Figures of the customers page."""

import itertools
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from tests.facts import Facts, Order, chosen, rate, sums, years_before
from tests.kpis.shared import (
    YEAR,
    Nearest,
    Row,
    View,
    accounts_of,
    book_of,
    change,
    falling,
    found,
    lines_of,
    money,
    name_of,
    page,
)


def customers_kpis(facts: Facts, view: View) -> list[Row]:
    row: Row = {}
    for suffix, holds in (("", view.window(facts).now), ("_base", view.window(facts).base)):
        orders = [order for order in book_of(facts.orders, view) if holds(order.day)]
        bought = [order for order in orders if not order.is_note]
        row[f"revenue{suffix}"] = money(sum(order.revenue for order in orders))
        row[f"margin_rate{suffix}"] = sums(lines_of(orders)).margin_rate
        row[f"active_customers{suffix}"] = len({order.customer for order in bought if order.customer})
        row[f"orders{suffix}"] = len(bought)
    return [row]


# Columns of a customer's page that the statistics gave.
SAID = (
    "late_after_days", "grade", "gap_p10_days", "gap_p90_days", "expected_on", "expected_from", "expected_until",
    "silence_probability", "pause_from", "pause_until", "own_horizon_days", "peer_activity",
)  # fmt: skip


def customers_headline(facts: Facts, view: View) -> list[Row]:
    rhythms = [facts.rhythms[account["customer_id"]] for account in accounts_of(facts, view)]
    silent = [rhythm for rhythm in rhythms if rhythm.is_silent]
    states = Counter(rhythm.state for rhythm in rhythms)
    return [
        {
            "silent_customers": len(silent),
            "likely_loss": sum((rhythm.likely_loss or Decimal(0) for rhythm in silent), Decimal(0)),
            "at_stake": money(sum(round(rhythm.at_stake) for rhythm in silent)),
            "late_customers": states["late"],
            "quiet_customers": states["quiet"],
            "paused_customers": states["seasonal_pause"],
            "gone_customers": states["probably_gone"],
            "customers_with_limit": sum(rhythm.said.get("late_after_days") is not None for rhythm in rhythms),
        }
    ]


def customers_silent(facts: Facts, view: View) -> list[Row]:
    rows = []
    for account in accounts_of(facts, view):
        rhythm = facts.rhythms[account["customer_id"]]
        if rhythm.is_silent:
            rows.append(
                {
                    "customer_id": account["customer_id"],
                    "customer": account["name"],
                    "rhythm": rhythm.state,
                    "likely_loss": rhythm.likely_loss,
                    "at_stake": money(round(rhythm.at_stake)),
                    "silence_probability": rhythm.said["silence_probability"],
                    "days_since_last": rhythm.since,
                    "usual_interval_days": rhythm.usual,
                    "last_order_on": rhythm.last,
                }
            )
    return sorted(rows, key=lambda row: (-row["likely_loss"], row["customer_id"]))[: view.limit]


def customers_account_season(facts: Facts, view: View) -> list[Row]:
    rhythm = facts.rhythms.get(view.customer or "")
    if not rhythm or not rhythm.is_silent or not rhythm.last:
        return []
    days = {o.day for o in facts.orders if o.customer == view.customer and not o.is_note and o.day <= facts.as_of}
    rows = []
    for back in (1, 2, 3):
        moved = timedelta(days=364 * back)
        begin, end = rhythm.last - moved, facts.as_of - moved
        if min(days) <= begin:
            rows.append(
                {
                    "years_back": back,
                    "week_from": begin + timedelta(days=1),
                    "week_to": end,
                    "order_days": sum(begin < day <= end for day in days),
                    "rhythm": rhythm.state,
                    "peer_activity": rhythm.said["peer_activity"],
                }
            )
    return rows


def customers_book(facts: Facts, view: View) -> list[Row]:
    rows = []
    for account in accounts_of(facts, view):
        row = account_row(facts, view, account)
        narrowed = all(chosen(getattr(view, name))(row[name]) for name in ("health", "tier", "rhythm"))
        if narrowed and found(view.search, account["name"], account["customer_id"]):
            rows.append(row)
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: row["customer"].lower(),
        "revenue": lambda row: falling(row["revenue"]),
        "change": lambda row: falling(row["revenue_base"] - row["revenue"]),
        "margin": lambda row: falling(row["margin"]),
        "orders": lambda row: falling(row["orders"]),
        "overdue": lambda row: (row["likely_loss"] is None, falling(row["overdue_ratio"])),
        "silence": lambda row: falling(row["days_since_last"]),
        "lifetime_revenue": lambda row: falling(row["lifetime_revenue"]),
        "expected_revenue": lambda row: falling(row["expected_revenue"] and row["expected_revenue"].rounded),
        "potential": lambda row: falling(row["potential"]),
        "at_stake": lambda row: falling(row["at_stake"]),
    }
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: falling(row["likely_loss"] or Decimal(0)))
    rows.sort(key=lambda row: (by(row), falling(row["at_stake"]), row["customer_id"]))
    return page(rows, view, "accounts")


def account_row(facts: Facts, view: View, account: Row) -> Row:
    span, rhythm = view.window(facts), facts.rhythms[account["customer_id"]]
    own = [order for order in facts.orders if order.customer == account["customer_id"]]
    now = [order for order in own if span.now(order.day)]
    ordered = [order for order in now if not order.is_note]
    bought = sums(lines_of(now))
    base = sum(order.revenue for order in own if span.base(order.day))
    standing = standings(facts)[account["customer_id"]]
    return {
        "customer_id": account["customer_id"],
        "customer": account["name"],
        "segment": account["segment"],
        "owner": name_of(facts.reps, account["owner_rep_id"]),
        "tier": standing["tier"],
        "health": standing["health"],
        "health_reason": standing["health_reason"],
        "rhythm": rhythm.state,
        "orders": len(ordered),
        "quantity": bought.quantity or Decimal(0),
        "revenue": money(bought.revenue or 0),
        "revenue_base": money(base),
        "change": change(bought.revenue or 0, base),
        "margin": money(bought.margin),
        "margin_rate": bought.margin_rate,
        "price_realisation": bought.price_realisation,
        **{
            f"{channel}_share": rate(sum(order.channel == channel for order in ordered), len(ordered))
            for channel in ("inside", "outside", "ecommerce")
        },
        "rfm": standing["rfm"],
        **{
            name: standing[name]
            for name in (
                "lifetime_revenue",
                "lifetime_margin",
                "usual_order_value",
                "expected_orders",
                "expected_revenue",
                "potential",
            )
        },
        "days_since_last": rhythm.since,
        "usual_interval_days": rhythm.usual,
        "overdue_ratio": rhythm.ratio,
        "at_stake": money(round(rhythm.at_stake)),
        "likely_loss": rhythm.likely_loss,
        "silence_probability": rhythm.said.get("silence_probability"),
        "late_after_days": rhythm.said.get("late_after_days"),
        "churned_on": rhythm.churned_on,
    }


@cache
def standings(facts: Facts) -> dict[str, Row]:
    """What does not depend on the period, by customer: year and base hold cents."""
    known = defaultdict(list)
    for order in facts.orders:
        if order.customer and order.day <= facts.as_of:
            known[order.customer].append(order)
    year = {c: sum(o.revenue for o in own if o.day > facts.as_of - YEAR) for c, own in known.items()}
    base = {
        c: sum(o.revenue for o in own if facts.as_of - 2 * YEAR < o.day <= facts.as_of - YEAR)
        for c, own in known.items()
    }
    if not facts.is_loaded(facts.as_of - 2 * YEAR + timedelta(days=1)):
        unknown = set(known)
    else:
        unknown = {*facts.customer_ends} & {*known}
    base = {c: cents for c, cents in base.items() if c not in unknown}
    tier, tier_before = tiers_of(year), tiers_of(base)
    days = {c: order_days_of(own) for c, own in known.items()}
    days_of_year = {c: sum(day > facts.as_of - YEAR for day in own) for c, own in days.items()}
    recent = [c for c, number in days_of_year.items() if number]
    scores = [
        fifths({c: facts.rhythms[c].last for c in recent}),
        fifths({c: days_of_year[c] for c in recent}),
        fifths({c: year[c] for c in recent}),
    ]
    rows = {}
    for customer, rhythm in facts.rhythms.items():
        own, proposals = known[customer], facts.proposals[customer]
        health, reason = health_of(facts, customer, year.get(customer, 0), base.get(customer, 0))
        last_year = [worth for day, worth in days.get(customer, {}).items() if rhythm.last and day > rhythm.last - YEAR]
        usual_value = statistics.median(map(Fraction, last_year)) if last_year else None
        orders = Fraction(365) / rhythm.usual if rhythm.usual else None
        active = rhythm.said.get("active_probability")
        rows[customer] = {
            "tier": tier.get(customer, "without_revenue"),
            "tier_before": None if customer in unknown else tier_before.get(customer, "without_revenue"),
            "health": health,
            "health_reason": reason,
            "year": year.get(customer, 0),
            "base": base.get(customer, 0),
            "first": min((day for day in days.get(customer, {})), default=None),
            "rfm": "-".join(str(score[customer]) for score in scores) if customer in recent else None,
            "lifetime_revenue": money(sum(order.revenue for order in own)),
            "lifetime_margin": money(sums(lines_of(own)).margin),
            "usual_order_value": None if usual_value is None else Nearest(usual_value),
            "expected_orders": orders,
            "expected_revenue": Nearest(usual_value * orders * Fraction(active))
            if usual_value is not None and orders and active
            else None,
            "potential": sum((row["value"] for row in proposals), Decimal(0)),
            "p50": sum((row["potential_p50"] for row in proposals), Decimal(0)),
            "p80": sum((row["potential_p80"] for row in proposals), Decimal(0)),
        }
    return rows


def order_days_of(orders: Iterable[Order]) -> dict[date, int]:
    worth: Counter[date] = Counter()
    for order in orders:
        if not order.is_note:
            worth[order.day] += order.revenue
    return worth


def tiers_of(revenue: dict[str, int]) -> dict[str, str]:
    """By what the larger ones bring together: half of the whole, up to four fifths, the rest."""
    whole, reached, tiers = sum(max(cents, 0) for cents in revenue.values()), 0, {}
    for customer, cents in sorted(revenue.items(), key=lambda item: (-item[1], item[0])):
        if cents <= 0:
            tiers[customer] = "without_revenue"
        else:
            tiers[customer] = "strategic" if 2 * reached < whole else "mid" if 5 * reached < 4 * whole else "long_tail"
        reached += cents
    return tiers


def fifths(values: dict[str, Any]) -> dict[str, int]:
    """1 for the lowest fifth to 5; the first ones hold one more where they cannot be equal."""
    least, more = divmod(len(values), 5)
    sizes = [least + (number < more) for number in range(5)]
    score_of = [score for score, size in enumerate(sizes, 1) for _ in range(size)]
    return dict(zip(sorted(values, key=lambda customer: (values[customer], customer)), score_of, strict=True))


def health_of(facts: Facts, customer: str, year: int, base: int) -> tuple[str | None, str]:
    rhythm, verdicts = facts.rhythms[customer].state, {row["verdict"] for row in facts.risks[customer]}
    kept = Fraction(year, base) if base > 0 else Fraction(1)
    rules = (
        (rhythm == "no_orders", None, rhythm),
        (rhythm in ("probably_gone", "churned", "one_off"), "lost_account", rhythm),
        (rhythm == "new", "new", "few_orders"),
        (rhythm in ("late", "quiet"), "at_risk", rhythm),
        ("stopped" in verdicts, "at_risk", "category_stopped"),
        (kept < Fraction(7, 10), "at_risk", "revenue_fell"),
        ("declining" in verdicts, "watch", "category_declining"),
        (kept < Fraction(9, 10), "watch", "revenue_slipped"),
        (rhythm == "irregular", "watch", rhythm),
        (True, "healthy", rhythm),
    )
    return next((health, reason) for fits, health, reason in rules if fits)


def changes(facts: Facts, view: View) -> list[tuple[int, int]]:
    """Cents of each account then and now."""
    span = view.window(facts)
    both: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for order in book_of(facts.orders, view):
        if order.customer and (span.now(order.day) or span.base(order.day)):
            both[order.customer][span.now(order.day)] += order.revenue
    return [(then, now) for then, now in both.values()]


def customers_retention(facts: Facts, view: View) -> list[Row]:
    both = changes(facts, view)
    cohort = [(then, now) for then, now in both if then > 0]
    whole = sum(then for then, _ in cohort)
    left = [then - now for then, now in cohort if now <= 0]
    less = [then - now for then, now in cohort if 0 < now < then]
    more = [now - then for then, now in cohort if now > then]
    return [
        {
            "revenue_base": money(sum(then for then, _ in both)),
            "churned": money(sum(left)),
            "contracted": money(sum(less)),
            "expanded": money(sum(more)),
            "gained": money(sum(now - then for then, now in both if then <= 0)),
            "revenue": money(sum(now for _, now in both)),
            "customers_base": len(cohort),
            "customers_churned": len(left),
            "customers_contracted": len(less),
            "customers_expanded": len(more),
            "customers_gained": sum(now > 0 >= then for then, now in both),
            "customers": sum(now > 0 for _, now in both),
            "gross_retention": rate(sum(min(now, then) for then, now in cohort), whole),
            "net_retention": rate(sum(now for _, now in cohort), whole),
        }
    ]


def customers_concentration(facts: Facts, view: View) -> list[Row]:
    row: Row = {}
    for suffix, i in (("", 1), ("_base", 0)):
        bought = sorted((account[i] for account in changes(facts, view) if account[i] > 0), reverse=True)
        whole, fifth = sum(bought), math.ceil(Fraction(len(bought), 5))
        row |= {f"top_fifth_share{suffix}": rate(sum(bought[:fifth]), whole) if bought else None}
        row |= {f"largest_share{suffix}": rate(bought[0], whole) if bought else None}
        squares = sum(Fraction(100 * cents, whole) ** 2 for cents in bought)
        row |= {f"concentration_index{suffix}": math.floor(squares + Fraction(1, 2)) if bought else None}
        if not suffix:
            row |= {"customers": len(bought), "top_fifth": fifth}
    return [row]


def customers_pareto(facts: Facts, view: View) -> list[Row]:
    bought = sorted((now for _, now in changes(facts, view) if now > 0), reverse=True)
    return [
        {
            "accounts_share": Fraction(place, len(bought)),
            "revenue_share": Fraction(sum(bought[:place]), sum(bought)),
            "accounts": place,
        }
        for place in range(1, len(bought) + 1)
        if any((place - 1) * 100 < step * len(bought) <= place * 100 for step in range(1, 101))
    ]


def customers_tiers(facts: Facts, view: View) -> list[Row]:
    moved = defaultdict(list)
    for account in accounts_of(facts, view):
        row = standings(facts)[account["customer_id"]]
        if row["tier_before"] and (row["tier_before"], row["tier"]) != ("without_revenue", "without_revenue"):
            moved[row["tier_before"], row["tier"]].append(row)
    whole: Counter[str] = Counter()
    for (before, _), rows in moved.items():
        whole[before] += len(rows)
    return [
        {
            "tier_before": before,
            "tier": tier,
            "accounts": len(rows),
            "share": Fraction(len(rows), whole[before]),
            "revenue_year": money(sum(row["year"] for row in rows)),
            "revenue_year_base": money(sum(row["base"] for row in rows)),
        }
        for (before, tier), rows in sorted(moved.items())
    ]


def customers_long_tail(facts: Facts, view: View) -> list[Row]:
    rows = [standings(facts)[account["customer_id"]] for account in accounts_of(facts, view)]
    tail = [row for row in rows if row["tier"] == "long_tail"]
    lost = [
        row["base"] - max(row["year"], 0)
        for row in rows
        if row["tier_before"] == "long_tail" and row["year"] < row["base"]
    ]
    is_known = not rows or any(row["tier_before"] for row in rows)
    spread = 1.96 * math.sqrt(sum(cents**2 for cents in lost))
    low, high = Fraction(max(sum(lost) - spread, 0)), Fraction(sum(lost) + spread)
    year = sum(row["year"] for row in rows)
    p50, p80 = sum((row["p50"] for row in tail), Decimal(0)), sum((row["p80"] for row in tail), Decimal(0))

    def share(cents: Any) -> Fraction | None:
        return Fraction(cents) / year if year > 0 else None

    return [
        {
            "accounts": sum(row["year"] > 0 for row in rows),
            "long_tail_accounts": len(tail),
            "revenue_year": money(year),
            "long_tail_revenue": money(sum(row["year"] for row in tail)),
            "long_tail_share": share(sum(row["year"] for row in tail)),
            "lost_revenue": money(sum(lost)) if is_known else None,
            "lost_low": Nearest(low) if is_known else None,
            "lost_high": Nearest(high) if is_known else None,
            "potential_p50": p50,
            "potential_p80": p80,
            "missed_rate": share(sum(lost) + p50 * 100) if is_known else None,
            "missed_low": share(low + Fraction(p50 * 100)) if is_known else None,
            "missed_high": share(high + Fraction(p80 * 100)) if is_known else None,
        }
    ]


def customers_cohorts(facts: Facts, view: View) -> list[Row]:
    cohorts = defaultdict(list)
    for account in accounts_of(facts, view):
        row = standings(facts)[account["customer_id"]]
        if row["first"]:
            quarter = f" Q{(row['first'].month + 2) // 3}" if view.cohort_step == "quarter" else ""
            created, first = account["created_on"], row["first"]
            begun = created if created and created <= first else first - YEAR
            is_earlier = facts.history_from and begun < facts.history_from
            cohorts["earlier_account" if is_earlier else f"{first.year}{quarter}"].append(row)
    return [
        {
            "cohort": cohort,
            "accounts": len(rows),
            "active": sum(row["health"] != "lost_account" for row in rows),
            "active_share": Fraction(sum(row["health"] != "lost_account" for row in rows), len(rows)),
            "revenue_year": money(sum(row["year"] for row in rows)),
            "revenue_per_account": Nearest(Fraction(sum(row["year"] for row in rows), len(rows))),
        }
        for cohort, rows in sorted(
            cohorts.items(), key=lambda each: each[0] * (each[0] != "earlier_account"), reverse=True
        )
    ]


def customers_profile(facts: Facts, view: View) -> list[Row]:
    account = facts.customers.get(view.customer or "")
    if account is None:
        return []
    span, rhythm = view.window(facts), facts.rhythms[account["customer_id"]]
    own = [order for order in facts.orders if order.customer == view.customer]
    row: Row = {
        "customer_id": view.customer,
        "customer": account["name"],
        "segment": account["segment"],
        "owner": name_of(facts.reps, account["owner_rep_id"]),
        "catalog": name_of(facts.catalogs, account["catalog_id"]),
        "rhythm": rhythm.state,
        "days_since_last": rhythm.since,
        "usual_interval_days": rhythm.usual,
        "overdue_ratio": rhythm.ratio,
        "days_overdue": None if rhythm.since is None or rhythm.usual is None else rhythm.since - rhythm.usual,
        **{column: rhythm.said[column] for column in SAID},
        "order_days": rhythm.order_days,
        "last_order_on": rhythm.last,
        "at_stake": money(round(rhythm.at_stake)),
        "likely_loss": rhythm.likely_loss,
        "churned_on": rhythm.churned_on,
        "is_silent": rhythm.is_silent,
    } | {name: account.get(name) for name in ("industry", "region", "outlets", "annual_turnover")}
    for suffix, holds in (("", span.now), ("_base", span.base)):
        orders = [order for order in own if holds(order.day)]
        row[f"revenue{suffix}"] = money(sum(order.revenue for order in orders))
        row[f"margin_rate{suffix}"] = sums(lines_of(orders)).margin_rate
        row[f"orders{suffix}"] = sum(not order.is_note for order in orders)
    return [row]


def customers_cadence(facts: Facts, view: View) -> list[Row]:
    bought: Counter[date] = Counter()
    for order in facts.orders:
        if order.customer == view.customer and not order.is_note:
            bought[order.day] += order.revenue
    days = sorted(bought)
    gaps = {day: (day - before).days for before, day in itertools.pairwise(days)}
    return [
        {"ordered_on": day, "gap_days": gaps.get(day), "revenue": money(bought[day])}
        for day in days
        if day > years_before(facts.as_of, 2)
    ]


def customers_orders(facts: Facts, view: View) -> list[Row]:
    own = [order for order in facts.orders if order.customer == view.customer]
    rows = []
    for order in sorted(own, key=lambda order: (order.day, order.order_id), reverse=True):
        of_lines = sums(order.lines)
        rows.append(
            {
                "order_id": order.order_id,
                "ordered_on": order.day,
                "channel": order.channel,
                "lines": len(order.lines),
                "quantity": of_lines.quantity or Decimal(0),
                "revenue": money(order.revenue),
                "margin": money(of_lines.margin),
                "margin_rate": of_lines.margin_rate,
            }
        )
    return page(rows, view, "orders")


def customers_order_lines(facts: Facts, view: View) -> list[Row]:
    orders = [order for order in facts.orders if (order.order_id, order.customer) == (view.order, view.customer)]
    return [
        {
            "line_no": line.line_no,
            "sku": facts.products[line.product].get("sku") or line.product,
            "product": facts.products[line.product]["name"],
            "quantity": line.quantity,
            "revenue": money(line.revenue),
            "list_value": money(line.list_value),
            "price_realisation": sums([line]).price_realisation,
            "margin": money(sums([line]).margin),
        }
        for line in sorted(lines_of(orders), key=lambda line: line.line_no)
    ]


def customers_day_accounts(facts: Facts, view: View) -> list[Row]:
    people = [rep for rep_id, rep in facts.reps.items() if chosen(view.owner)(rep_id)]
    known = people[0].get("accounts_a_day") if len(people) == 1 else None
    return [{"accounts": known or 15}]
