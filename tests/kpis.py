"""The figures of every page by plain Python, one function a query, named as it: what the queries are held to.

Money comes as whole cents in `Money`; where a query rounds a quotient, any nearest cent will do (`Nearest`).
"""

import calendar
import itertools
import json
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from tests.facts import (
    Facts,
    Line,
    Negotiation,
    Order,
    Visit,
    Window,
    chosen,
    in_cents,
    rate,
    sums,
    total,
    window,
    working_days,
    years_before,
)

Row = dict[str, Any]

YEAR = timedelta(days=365)
NO_ORDER_FOLLOWED = 30  # days of maturity where no quote was ever ordered


@dataclass(frozen=True)
class Nearest:
    """An amount of money that is no whole number of cents."""

    cents: Fraction
    within: Fraction = Fraction(1, 2)

    @property
    def rounded(self) -> int:
        return round(self.cents)


@dataclass(frozen=True)
class View:
    """What somebody looks at: the filters of the pages, and what was asked of a list."""

    period: str = "twelve_months"
    compare: str = "last_year"
    segment: str | None = None
    owner: str | None = None
    category: str | None = None
    catalog: str | None = None
    team: str | None = None
    search: str | None = None
    sort: str | None = None
    page_start: int = 0
    page_rows: int = 50
    limit: int = 12
    customer: str | None = None
    order: str | None = None
    product: str | None = None
    negotiation: str | None = None
    places: str | None = None
    due: str | None = None
    due_days: int | None = None
    next_step: str | None = None
    flow: str | None = None
    health: str | None = None
    tier: str | None = None
    rhythm: str | None = None
    cohort_step: str | None = None
    action: str | None = None

    movement: str | None = None
    abc: str | None = None
    xyz: str | None = None
    weights: str = json.dumps(
        [
            {"segment": "dealer", "turnover": 0.4, "volume": 0.3, "outlets": 0.3, "frequency": 0.0},
            {"segment": "b2b", "turnover": 0.4, "volume": 0.3, "outlets": 0.0, "frequency": 0.3},
        ]
    )
    stage: str | None = None
    by: str | None = None
    metric: str = "revenue"
    rep: str | None = None
    role: str | None = None
    demand_split: str | None = None
    margin_split: str | None = None
    channel: str | None = None

    alert: str | None = None
    reason: str | None = None
    subject: str | None = None
    decided: str | None = None
    entered: str | None = None

    @property
    def leaking(self) -> str | None:
        """What the lines below approved prices are of."""
        return {"by_customer": self.customer, "by_product": self.product, "by_channel": self.channel}.get(self.by or "")

    months: int = 12
    outcome: str | None = None
    outcome_reason: str | None = None
    depth: str | None = None
    since: date = date(2024, 5, 1)
    programme: str = "b2b"
    status: str | None = None
    lateness: str | None = None

    def window(self, facts: Facts) -> Window:
        return window(facts.as_of, self.period, self.compare)


def money(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents) / 100


def change(now: int, base: int) -> Fraction | None:
    return Fraction(now, base) - 1 if base > 0 else None


def falling(value: Any) -> tuple[bool, Any]:
    """Sorts the largest first and what is unknown last."""
    return (value is None, 0 if value is None else -value)


def rising(value: Any) -> tuple[bool, Any]:
    """Sorts the smallest first and what is unknown last."""
    return (value is None, 0 if value is None else value)


def found(search: str | None, words: str, code: str) -> bool:
    return search is None or search.lower() in words.lower() or search.lower() == code.lower()


def page(rows: Sequence[Row], view: View, total_name: str) -> list[Row]:
    shown = rows[view.page_start : view.page_start + view.page_rows]
    return [row | {total_name: len(rows)} for row in shown]


# Customers.


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


def book_of(orders: Iterable[Order], view: View) -> list[Order]:
    segment, owner = chosen(view.segment), chosen(view.owner)
    return [order for order in orders if segment(order.segment) and owner(order.owner)]


def lines_of(orders: Iterable[Order]) -> list[Line]:
    return [line for order in orders for line in order.lines]


def accounts_of(facts: Facts, view: View) -> list[Row]:
    segment, owner = chosen(view.segment), chosen(view.owner)
    return [row for row in facts.customers.values() if segment(row["segment"]) and owner(row["owner_rep_id"])]


# Columns of a customer's page that the statistics gave.
SAID = (
    "late_after_days", "grade", "gap_p10_days", "gap_p90_days", "expected_on", "expected_from", "expected_until",
    "silence_probability", "pause_from", "pause_until",
)  # fmt: skip


def customers_headline(facts: Facts, view: View) -> list[Row]:
    rhythms = [facts.rhythms[account["customer_id"]] for account in accounts_of(facts, view)]
    late = [rhythm for rhythm in rhythms if rhythm.state == "late"]
    return [
        {
            "late_customers": len(late),
            "at_stake": money(sum(round(rhythm.at_stake) for rhythm in late)),
            "customers_with_rhythm": sum(r.state in ("late", "on_rhythm", "seasonal_pause") for r in rhythms),
        }
    ]


def customers_late(facts: Facts, view: View) -> list[Row]:
    rows = []
    for account in accounts_of(facts, view):
        rhythm = facts.rhythms[account["customer_id"]]
        if rhythm.state == "late":
            rows.append(
                {
                    "customer_id": account["customer_id"],
                    "customer": account["name"],
                    "overdue_ratio": rhythm.ratio,
                    "days_since_last": rhythm.since,
                    "usual_interval_days": rhythm.usual,
                    "last_order_on": rhythm.last,
                    "at_stake": money(round(rhythm.at_stake)),
                }
            )
    return sorted(rows, key=lambda row: (-row["at_stake"], row["customer_id"]))[: view.limit]


def months_before(day: date, number: int) -> list[date]:
    first = day.year * 12 + day.month - number
    return [date(index // 12, index % 12 + 1, 1) for index in range(first, first + number)]


def customers_book(facts: Facts, view: View) -> list[Row]:
    rows = []
    for account in accounts_of(facts, view):
        row = account_row(facts, view, account)
        narrowed = all(chosen(getattr(view, name))(row[name]) for name in ("health", "tier", "rhythm"))
        if narrowed and found(view.search, account["name"], account["customer_id"]):
            rows.append(row)
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (row["customer"].lower(), falling(row["_late_at_stake"])),
        "revenue": lambda row: falling(row["revenue"]),
        "change": lambda row: falling(row["revenue_base"] - row["revenue"]),
        "margin": lambda row: falling(row["margin"]),
        "orders": lambda row: falling(row["orders"]),
        "overdue": lambda row: (row["rhythm"] != "late", falling(row["overdue_ratio"])),
        "silence": lambda row: falling(row["days_since_last"]),
        "lifetime_revenue": lambda row: falling(row["lifetime_revenue"]),
        "expected_revenue": lambda row: falling(row["expected_revenue"] and row["expected_revenue"].rounded),
        "potential": lambda row: falling(row["potential"]),
    }
    by = order.get(view.sort, lambda row: falling(row["_late_at_stake"]))
    rows.sort(key=lambda row: (by(row), row["customer_id"]))
    return page([{name: cell for name, cell in row.items() if name[0] != "_"} for row in rows], view, "accounts")


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
        "_late_at_stake": round(rhythm.at_stake) if rhythm.state == "late" else 0,
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
        last_year = [worth for day, worth in days.get(customer, {}).items() if day > rhythm.last - YEAR]
        usual_value = statistics.median(map(Fraction, last_year)) if last_year else None
        orders = Fraction(365) / rhythm.usual if rhythm.usual else None
        active = rhythm.said.get("active_probability")
        rows[customer] = {
            "tier": tier.get(customer, "without_revenue"),
            "tier_before": tier_before.get(customer, "without_revenue"),
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
            "expected_revenue": Nearest(usual_value * orders * Fraction(active)) if orders and active else None,
            "potential": sum((row["value"] for row in proposals), Decimal(0)),
            "p50": sum((row["potential_p50"] for row in proposals), Decimal(0)),
            "p80": sum((row["potential_p80"] for row in proposals), Decimal(0)),
        }
    return rows


def order_days_of(orders: Iterable[Order]) -> dict[date, int]:
    worth = Counter()
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
        (rhythm in ("probably_gone", "one_off"), "lost_account", rhythm),
        (rhythm == "new", "new", "few_orders"),
        (rhythm == "late", "at_risk", "late"),
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
    span, both = view.window(facts), defaultdict(lambda: [0, 0])
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
        if (row["tier_before"], row["tier"]) != ("without_revenue", "without_revenue"):
            moved[row["tier_before"], row["tier"]].append(row)
    whole = Counter()
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
            "lost_revenue": money(sum(lost)),
            "lost_low": Nearest(low),
            "lost_high": Nearest(high),
            "potential_p50": p50,
            "potential_p80": p80,
            "missed_rate": share(sum(lost) + p50 * 100),
            "missed_low": share(low + Fraction(p50 * 100)),
            "missed_high": share(high + Fraction(p80 * 100)),
        }
    ]


def customers_cohorts(facts: Facts, view: View) -> list[Row]:
    cohorts = defaultdict(list)
    for account in accounts_of(facts, view):
        row = standings(facts)[account["customer_id"]]
        if row["first"]:
            quarter = f" Q{(row['first'].month + 2) // 3}" if view.cohort_step == "quarter" else ""
            cohorts[f"{row['first'].year}{quarter}"].append(row)
    return [
        {
            "cohort": cohort,
            "accounts": len(rows),
            "active": sum(row["health"] != "lost_account" for row in rows),
            "active_share": Fraction(sum(row["health"] != "lost_account" for row in rows), len(rows)),
            "revenue_year": money(sum(row["year"] for row in rows)),
            "revenue_per_account": Nearest(Fraction(sum(row["year"] for row in rows), len(rows))),
        }
        for cohort, rows in sorted(cohorts.items(), reverse=True)
    ]


def name_of(rows: dict[str, Row], key: str | None) -> str | None:
    return rows[key]["name"] if key else None


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
        "days_overdue": rhythm.since - rhythm.usual if rhythm.usual is not None else None,
        **{column: rhythm.said[column] for column in SAID},
        "order_days": rhythm.order_days,
        "last_order_on": rhythm.last,
        "at_stake": money(round(rhythm.at_stake)),
    } | {name: account.get(name) for name in ("industry", "region", "outlets", "annual_turnover")}
    for suffix, holds in (("", span.now), ("_base", span.base)):
        orders = [order for order in own if holds(order.day)]
        row[f"revenue{suffix}"] = money(sum(order.revenue for order in orders))
        row[f"margin_rate{suffix}"] = sums(lines_of(orders)).margin_rate
        row[f"orders{suffix}"] = sum(not order.is_note for order in orders)
    return [row]


def customers_cadence(facts: Facts, view: View) -> list[Row]:
    bought = Counter()
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


# The page of one customer.


def customers_account_relationship(facts: Facts, view: View) -> list[Row]:
    account = facts.customers.get(view.customer or "")
    if account is None:
        return []
    own = [order for order in facts.orders if order.customer == view.customer]
    year = [order for order in own if order.day > facts.as_of - YEAR]
    before = [order for order in own if facts.as_of - 2 * YEAR < order.day <= facts.as_of - YEAR]
    returned = -sum(line.revenue for line in lines_of(year) if line.quantity < 0)
    bought = sum(line.revenue for line in lines_of(year) if line.quantity >= 0)
    talks = sorted(
        ((a["occurred_on"], a["activity_id"], a["kind"]) for a in told(facts, "activities", view)), key=lambda t: t[:2]
    )
    answers = sorted((a["given_on"], a["feedback_id"], a["score"]) for a in told(facts, "feedback", view))
    scores = [score for *_, score in answers]
    known = [day for day in (account.get("created_on"), *(order.day for order in own)) if day]
    return [
        {
            "customer_since": min(known, default=None),
            "orders": sum(not order.is_note for order in own),
            "revenue": money(sum(order.revenue for order in own)),
            "revenue_year": money(sum(order.revenue for order in year)),
            "revenue_year_base": money(sum(order.revenue for order in before)),
            "returned": money(returned),
            "returned_rate": Fraction(returned, bought) if bought > 0 else None,
            "last_contact_on": talks[-1][0] if talks else None,
            "last_contact": talks[-1][2] or "contact" if talks else None,
            "answers": len(scores),
            "net_promoter_score": rate(sum(s > 8 for s in scores) - sum(s < 7 for s in scores), len(scores)),
            "last_score": scores[-1] if scores else None,
            "last_answer_on": answers[-1][0] if answers else None,
        }
    ]


def told(facts: Facts, table: str, view: View) -> list[Row]:
    return [row for row in facts.company.get(table, []) if row["customer_id"] == view.customer]


def customers_account_category_months(facts: Facts, view: View) -> list[Row]:
    cells: dict[tuple[str, date], list[Line]] = defaultdict(list)
    for line in facts.lines:
        category, month = facts.products[line.product]["category"], line.order.day.replace(day=1)
        if line.order.customer == view.customer and category and month in months_before(facts.as_of, 24):
            cells[category, month].append(line)
    worth = {cell: sum(line.revenue for line in lines) for cell, lines in cells.items()}
    best, whole = Counter[str](), Counter[str]()
    for (category, _), revenue in worth.items():
        best[category], whole[category] = max(best[category], revenue), whole[category] + revenue
    return [
        {
            "category": category,
            "month": month,
            "orders": len({line.order.order_id for line in cells[category, month] if line.quantity > 0}),
            "revenue": money(worth[category, month]),
            "share": rate(max(worth[category, month], 0), best[category]),
        }
        for category, month in sorted(cells, key=lambda cell: (-whole[cell[0]], cell))
    ]


def customers_account_products(facts: Facts, view: View) -> list[Row]:
    span = view.window(facts)
    both = defaultdict(list)
    for line in facts.lines:
        if line.order.customer == view.customer and (span.now(line.order.day) or span.base(line.order.day)):
            both[line.product].append(line)
    rows = []
    for product, lines in both.items():
        now = sums(line for line in lines if span.now(line.order.day))
        revenue, base = now.revenue or 0, sum(line.revenue for line in lines if span.base(line.order.day))
        rows.append(
            {
                "product_id": product,
                "product": facts.products[product]["name"],
                "category": facts.products[product]["category"],
                "quantity": now.quantity or Decimal(0),
                "revenue": money(revenue),
                "revenue_base": money(base),
                "change": change(revenue, base),
                "price_realisation": now.price_realisation,
                "last_bought_on": max((line.order.day for line in lines if line.quantity > 0), default=None),
            }
        )
    return page(sorted(rows, key=lambda row: (-row["revenue"], row["product_id"])), view, "products")


def price_of(lines: Iterable[Line]) -> Fraction:
    lines = list(lines)
    return Fraction(sum(line.revenue for line in lines), 100) / Fraction(sum(line.quantity for line in lines))


def customers_account_prices(facts: Facts, view: View) -> list[Row]:
    year: dict[str, dict[str | None, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in facts.lines:
        if line.quantity > 0 and line.order.day > facts.as_of - YEAR:
            year[line.product][line.order.customer].append(line)
    rows = []
    for product, buyers in year.items():
        if not buyers.get(view.customer) or view.customer is None:
            continue
        own = buyers[view.customer]
        paid, segment = price_of(own), facts.customers[view.customer]["segment"]
        listed = [(line, price) for line in own if (price := facts.catalog_price(line)) is not None]
        listed_value = sum(Fraction(line.quantity) * Fraction(price) for line, price in listed)
        listed_units = sum(Fraction(line.quantity) for line, _ in listed)
        listed_revenue = Fraction(sum(line.revenue for line, _ in listed), 100)
        of_peers = [
            price_of(lines)
            for customer, lines in buyers.items()
            if customer and segment and facts.customers[customer]["segment"] == segment
        ]
        peers = statistics.median(of_peers) if len(of_peers) - 1 >= 5 else None
        rows.append(
            {
                "product_id": product,
                "product": facts.products[product]["name"],
                "revenue": money(sum(line.revenue for line in own)),
                "paid_price": paid,
                "catalog_price": listed_value / listed_units if listed else None,
                "against_catalog": listed_revenue / listed_value - 1 if listed_value else None,
                "peers_price": peers,
                "against_peers": paid / peers - 1 if peers else None,
                "peers": None if peers is None else len(of_peers) - 1,
            }
        )
    return page(sorted(rows, key=lambda row: (-row["revenue"], row["product_id"])), view, "products")


def customers_account_quotes(facts: Facts, view: View) -> list[Row]:
    rows = [
        {
            "negotiation_id": talk.negotiation_id,
            "amount": money(talk.amount),
            "stage": talk.stage,
            "issued_on": talk.issued,
            "valid_until": talk.newest.get("valid_until"),
            "is_past_validity": (talk.newest.get("valid_until") or date.max) < facts.as_of,
            "expected_close_on": talk.newest.get("expected_close_on"),
        }
        for talk in facts.negotiations
        if talk.customer == view.customer and talk.outcome is None
    ]
    return page(sorted(rows, key=lambda row: (-row["amount"], row["negotiation_id"])), view, "negotiations")


def customers_account_contracts(facts: Facts, view: View) -> list[Row]:
    def state(contract: Row) -> str:
        if contract["ends_on"] and contract["ends_on"] < facts.as_of:
            return "ended"
        if contract["review_on"] and contract["review_on"] <= facts.as_of:
            return "review_due"
        return "to_come" if contract["starts_on"] > facts.as_of else "running"

    shown = ("contract_id", "starts_on", "ends_on", "review_on", "annual_value")
    rows = [{**{name: c[name] for name in shown}, "state": state(c)} for c in told(facts, "contracts", view)]
    rows.sort(key=lambda row: row["contract_id"])
    rows.sort(key=lambda row: row["starts_on"], reverse=True)
    return page(sorted(rows, key=lambda row: row["state"] == "ended"), view, "contracts")


def customers_account_feedback(facts: Facts, view: View) -> list[Row]:
    answers = sorted(told(facts, "feedback", view), key=lambda a: (a["given_on"], a["feedback_id"]), reverse=True)
    shown = ("given_on", "score", "comment", "order_id")
    return page([{name: answer[name] for name in shown} for answer in answers], view, "answers")


def customers_account_contacts(facts: Facts, view: View) -> list[Row]:
    spoken = told(facts, "activities", view)
    people = sorted(
        told(facts, "contacts", view),
        key=lambda p: (p["site"] is None, p["site"] or "", p["name"].lower(), p["contact_id"]),
    )
    rows = [
        {
            "site": person["site"],
            "contact": person["name"],
            "role": person["role"],
            "phone": person["phone"],
            "email": person["email"],
            "last_contact_on": max(
                (a["occurred_on"] for a in spoken if a["contact_id"] == person["contact_id"]), default=None
            ),
        }
        for person in people
    ]
    return page(rows, view, "contacts")


def customers_account_timeline(facts: Facts, view: View) -> list[Row]:
    names = {person["contact_id"]: person["name"] for person in facts.company.get("contacts", [])}
    happened = [
        (order.day, "credit_note" if order.is_note else "order", order.order_id,
         {"detail": order.channel, "subject": order.order_id, "amount": money(order.revenue),
          "order_id": order.order_id})
        for order in facts.orders
        if order.customer == view.customer
    ]  # fmt: skip
    happened += [
        (a["occurred_on"], a["kind"] or "contact", a["activity_id"],
         {"subject": a["quote_id"], "contact": names.get(a["contact_id"])})
        for a in told(facts, "activities", view)
    ]  # fmt: skip
    happened += [
        (max(e["occurred_at"].date(), talk.requested), "quote_step", e["event_id"],
         {"detail": e["stage"] or e["buying_job"], "subject": talk.negotiation_id,
          "contact": names.get(e.get("contact_id"))})
        for talk in facts.negotiations
        if talk.customer == view.customer
        for e in talk.events
    ]  # fmt: skip
    happened += [
        (a["given_on"], "answer", a["feedback_id"],
         {"detail": f"{a['score']} / 10" + (f": {a['comment']}" if a["comment"] is not None else ""),
          "subject": a["order_id"], "order_id": a["order_id"]})
        for a in told(facts, "feedback", view)
    ]  # fmt: skip
    happened.sort(key=lambda h: h[2], reverse=True)
    happened.sort(key=lambda h: h[1])
    happened.sort(key=lambda h: h[0], reverse=True)
    blank = dict.fromkeys(("detail", "subject", "contact", "amount", "order_id"))
    return page(
        [{"happened_on": day, "event": kind, **blank, **more} for day, kind, _, more in happened], view, "events"
    )


# Catalogs. Their figures are kept by month.


def catalogs_kpis(facts: Facts, view: View) -> list[Row]:
    category, span, row = chosen(view.category), view.window(facts), {}
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
    begin = (first - timedelta(days=1)).replace(day=1)
    for _ in range(2):
        begin = (begin - timedelta(days=1)).replace(day=1)
    sold: dict[str, list[Line]] = defaultdict(list)
    for line in goods_of(facts, view):
        is_asked = chosen(view.product)(line.product) and category(facts.products[line.product]["category"])
        if is_asked and begin <= line.order.day < first:
            sold[line.product].append(line)
    rows = []
    for product, lines in sorted(sold.items()):
        of_lines, priced = sums(lines), facts.elasticities.get(product, {})
        if of_lines.quantity <= 0 or of_lines.revenue <= 0:
            continue
        price = Fraction(of_lines.revenue, 100) / Fraction(of_lines.quantity)
        rows.append(
            {
                "product_id": product,
                "units": of_lines.quantity,
                "price": price,
                "unit_cost": None if of_lines.margin_rate is None else price * (1 - of_lines.margin_rate),
                **{name: priced.get(name) for name in ("elasticity", "variance")},
                **{name: priced.get(name) for name in ("noise_p10", "noise_p50", "noise_p90", "is_published")},
                "price_source": priced.get("source"),
            }
        )
    return rows


def catalogs_like_for_like(facts: Facts, view: View) -> list[Row]:
    span, wanted = view.window(facts), chosen(view.segment)
    groups: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for order in facts.orders:
        if order.catalog and order.customer and order.segment and wanted(order.segment):
            both = groups[order.catalog, order.segment][order.customer]
            both[0] += order.revenue if span.base(order.day) else 0
            both[1] += order.revenue if span.now(order.day) else 0
    pairs = {group: [(then, now) for then, now in of.values() if then > 0 and now > 0] for group, of in groups.items()}
    rows = []
    for (catalog, segment), own in pairs.items():
        if not own:
            continue
        others = [pair for (k, s), of in pairs.items() if s == segment and k != catalog for pair in of]
        ratio, spread, (other_ratio, other_spread) = *ratio_of_sums(own), ratio_of_sums(others)
        difference = None if other_ratio is None else ratio - other_ratio
        wide = None if spread is None or other_spread is None else Fraction(math.hypot(spread, other_spread))
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
                "difference_low": None if wide is None else difference - wide,
                "difference_high": None if wide is None else difference + wide,
                "standing": standing(difference, wide),
            }
        )
    return sorted(rows, key=lambda r: (-r["revenue"], r["catalog_id"], r["segment"]))


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


def standing(difference: Fraction | None, spread: Fraction | None) -> str:
    if difference is None or spread is None:
        return "too_few"
    return "ahead" if difference > spread else "behind" if difference < -spread else "cannot_tell"


def catalogs_matched(facts: Facts, view: View) -> list[Row]:
    span, wanted = view.window(facts), chosen(view.segment)
    both: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for order in facts.orders:
        if order.customer and (span.now(order.day) or span.base(order.day)):
            both[order.customer][span.now(order.day)] += order.revenue
    cells: dict[tuple[str, str, int], list[tuple[int, int]]] = defaultdict(list)
    for customer, (then, now) in both.items():
        account = facts.customers[customer]
        catalog, segment = account["catalog_id"], account["segment"]
        if catalog and segment and wanted(segment) and then + now > 0:
            cells[catalog, segment, math.floor(math.log2((then + now) / 200))].append((then, now))
    rows = []
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
        spread = Fraction(1.645 * math.sqrt(variance)) if matched >= 5 and others >= 5 else None
        rows.append(
            {
                "catalog_id": catalog,
                "catalog": facts.catalogs[catalog]["name"],
                "segment": segment,
                "accounts": accounts,
                "matched": Fraction(matched, accounts),
                "others": others,
                "revenue_per_account": Nearest(now_sum / matched) if matched else None,
                "others_per_account": Nearest(expected / matched) if matched else None,
                "difference_per_account": Nearest((now_sum - expected) / matched) if matched else None,
                "difference_low": None if spread is None else Nearest((now_sum - expected - spread) / matched),
                "difference_high": None if spread is None else Nearest((now_sum - expected + spread) / matched),
                "standing": standing(now_sum - expected, spread),
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
    now, base = defaultdict(list), defaultdict(list)
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
        codes = {
            "movement": movement(facts, view, standing, product_figures(now[product]), product_figures(base[product])),
            "abc": abc[product],
            "xyz": standing and standing.xyz,
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
    by = order.get(view.sort, lambda row: falling(row["revenue"]))
    return page(sorted(rows, key=lambda row: (by(row), row["product_id"])), view, "products")


def catalogs_pairs(facts: Facts, view: View) -> list[Row]:
    baskets, who = defaultdict(set), {}
    for line in facts.lines:
        if line.quantity > 0 and 0 <= (facts.as_of - line.order.day).days < 365:
            baskets[line.order.order_id].add(line.product)
            who[line.order.order_id] = line.order.customer
    baskets = {order: products for order, products in baskets.items() if len(products) <= 50}
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
    first_by = (lambda row: row["orders_both"]) if view.sort == "orders_both" else (lambda row: row["lift_low"])
    rows.sort(key=lambda r: (-first_by(r), -r["lift_low"], r["product_id"], r["other_product_id"]))
    return page(rows, view, "pairs")


def catalogs_seasonal_profile(facts: Facts, view: View) -> list[Row]:
    units: dict[date, Decimal] = defaultdict(Decimal)
    for line in goods_of(facts, view):
        month = line.order.day.replace(day=1)
        wanted = view.product in (None, line.product) and chosen(view.category)(
            facts.products[line.product]["category"]
        )
        if wanted and month < facts.as_of.replace(day=1):
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
    listed = [(line.list_value, line.revenue) for line in lines if line.quantity > 0 and line.list_value is not None]
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
    sold = [line for line in now if line.quantity > 0]
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
        "returned": -sum(line.revenue for line in now if line.quantity <= 0),
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

    now, base = defaultdict(list), defaultdict(list)
    for lines, kept in zip(goods_by_window(facts, view), (now, base), strict=True):
        for line in lines:
            kept[place(line)].append(line)
    places = sorted(now.keys() | base.keys(), key=lambda p: [(part is None, part or "") for part in p])
    given = {p: (given_away(now[p]), given_away(base[p])) for p in places}
    calm = {p for p, (g, b) in given.items() if (g.depth or 0) - (b.depth or 0) <= Fraction(1, 1000)}
    rows = []
    for p in places:
        rest = [q for q in calm - {p} if view.by != "by_product" or q[0] == p[0]]
        moved = units_moved([p], now, base, 20), units_moved(rest, now, base, 20)
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
                    "units_against_rest": None if None in moved else moved[0] - moved[1],
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

    now, base = defaultdict(list), defaultdict(list)
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
                    "approved_price": Fraction(facts.catalog_price(line)),
                    "invoiced_price": Fraction(line.revenue, 100) / Fraction(line.quantity),
                    "leaked": money(lost[0]),
                }
            )
    together = sum((row["leaked"] for row in rows), Decimal(0))
    rows.sort(key=lambda row: (-row["leaked"], row["order_id"], row["line_no"]))
    if view.sort == "ordered_on":
        rows.sort(key=lambda row: row["ordered_on"], reverse=True)
    return [row | {"leaked_together": together} for row in page(rows, view, "leaking_lines")]


# Personal catalogs.


def priced(facts: Facts, catalog: str | None) -> dict[str, list[Row]]:
    """The prices of a catalog by product."""
    items = defaultdict(list)
    for item in facts.company["catalog_items"]:
        if catalog is not None and item["catalog_id"] == catalog:
            items[item["product_id"]].append(item)
    return items


def bought_until(facts: Facts, customer: str, day: date) -> set[str]:
    """Products the customer bought in the 365 days up to a day."""
    since = day - timedelta(days=365)
    orders = [order for order in facts.orders if order.customer == customer and since < order.day <= day]
    return {line.product for line in lines_of(orders) if line.quantity > 0}


def penetration(facts: Facts, account: Row, day: date) -> tuple[int, int] | None:
    """Products of its catalog it bought in the year up to a day, and those offered; None when it bought nothing."""
    offered = {
        product
        for product, items in priced(facts, account["catalog_id"]).items()
        if min(i["valid_from"] for i in items) <= day <= max(i.get("valid_to") or facts.as_of for i in items)
    }
    bought = bought_until(facts, account["customer_id"], day)
    return (len(bought & offered), len(offered)) if bought and offered else None


def catalogs_personal(facts: Facts, view: View) -> list[Row]:
    today, segment, catalog = facts.as_of, chosen(view.segment), chosen(view.catalog)
    if view.customer is not None:
        group = [account for account in facts.customers.values() if account["customer_id"] == view.customer]
    else:
        group = [
            account
            for account in facts.customers.values()
            if account["catalog_id"] and segment(account["segment"]) and catalog(account["catalog_id"])
        ]
    if not group:
        return []
    base = min(Counter(a["catalog_id"] for a in group).items(), key=lambda of: (-of[1], of[0]))[0]
    members = [account["customer_id"] for account in group if account["catalog_id"] == base]
    enough = 1 if view.customer is not None else max(5, math.ceil(len(members) / 20))
    buyers = Counter(product for member in members for product in bought_until(facts, member, today))
    buying = sum(penetration(facts, facts.customers[member], today) is not None for member in members)
    last: dict[str, date] = {}
    first: dict[str, date] = {}
    elsewhere: Counter[str] = Counter()
    for line in facts.lines:
        day = line.order.day
        if day.replace(day=1) in months_before(today, 12):
            elsewhere[line.product] += line.revenue
        if line.quantity > 0 and line.order.customer:
            first[line.product] = min(first.get(line.product, day), day)
            if line.order.customer in members:
                last[line.product] = max(last.get(line.product, day), day)
    proposals = defaultdict(list)
    for member in members:
        for proposal in facts.proposals[member]:
            proposals[proposal["product_id"]].append(proposal["potential_p50"])
    prices = priced(facts, base)
    rows = []
    for product, known in facts.products.items():
        begun = [item for item in prices[product] if item["valid_from"] <= today]
        valid = [item for item in begun if (item.get("valid_to") or today) >= today]
        is_sold = (known.get("discontinued_on") or date.max) > today
        introduced = min((item["valid_from"] for item in begun), default=today)
        newest = max(introduced, first.get(product, introduced))
        if len(proposals[product]) >= enough:
            action, reason = "add", "like_customers"
        elif not valid and buyers[product] >= enough and is_sold:
            action, reason = "add", "bought_outside"
        elif not valid:
            continue
        elif buyers[product]:
            action, reason = "keep", "bought_within_year"
        elif proposals[product]:
            action, reason = "keep", "proposed_to_few"
        elif newest > today - timedelta(days=180):
            action, reason = "keep", "newly_offered"
        else:
            action, reason = "drop", "not_for_a_year" if product in last else "never_bought"
        rows.append(
            {
                "product_id": product,
                "sku": known.get("sku") or product,
                "product": known["name"],
                "category": known["category"],
                "action": action,
                "reason": reason,
                "is_offered": bool(valid),
                "buyers": buyers[product],
                "proposed_to": len(proposals[product]),
                "yearly_potential": sum(proposals[product]) if proposals[product] else None,
                "last_bought_on": last.get(product),
                "sold_elsewhere": money(elsewhere[product]),
                "price": max(valid, key=lambda item: item["valid_from"])["price"] if valid else known["list_price"],
            }
        )
    of_catalog = [row for row in rows if row["is_offered"]]
    added = [row for row in rows if row["action"] == "add"]
    kept = [row for row in rows if row["action"] != "drop"]

    def share(of: list[Row]) -> Fraction | None:
        return Fraction(sum(row["buyers"] for row in of), len(of) * buying) if of and buying else None

    whole = {
        "catalog_id": base,
        "catalog": name_of(facts.catalogs, base),
        "proposal_id": f"proposed-{base}" if view.customer is None else f"personal-{view.customer}",
        "customer": None if view.customer is None else facts.customers[view.customer]["name"],
        "group_customers": len(members),
        "added": len(added),
        "added_of_catalog": len([row for row in added if row["is_offered"]]),
        "added_potential": sum((row["yearly_potential"] or Decimal(0) for row in added), Decimal(0)),
        "dropped": len(rows) - len(kept),
        "products_offered": len(of_catalog),
        "penetration": share(of_catalog),
        "penetration_proposed": share(kept),
    }
    order: dict[str | None, Callable[[Row], Any]] = {
        "product": lambda row: (row["product"].lower(), ["add", "drop", "keep"].index(row["action"])),
        "yearly_potential": lambda row: falling(row["yearly_potential"]),
        "sold_elsewhere": lambda row: falling(row["sold_elsewhere"]),
        "buyers": lambda row: falling(row["buyers"]),
    }
    by = order.get(view.sort, lambda row: ["add", "drop", "keep"].index(row["action"]))
    shown = [
        row | whole
        for row in rows
        if chosen(view.action)(row["action"]) and found(view.search, row["product"], row["sku"])
    ]
    then = ("yearly_potential", "sold_elsewhere")
    shown.sort(key=lambda row: (by(row), *(falling(row[name]) for name in then), row["product_id"]))
    return page(shown, view, "products")


def catalogs_penetration_trend(facts: Facts, view: View) -> list[Row]:
    customer, segment, catalog = chosen(view.customer), chosen(view.segment), chosen(view.catalog)
    accounts = [
        account
        for account in facts.customers.values()
        if customer(account["customer_id"]) and segment(account["segment"]) and catalog(account["catalog_id"])
    ]
    rows = []
    for month in months_before(facts.as_of, 24):
        end = min((month + timedelta(days=31)).replace(day=1) - timedelta(days=1), facts.as_of)
        if counted := [of for of in (penetration(facts, account, end) for account in accounts) if of]:
            rows.append(
                {
                    "month": month,
                    "penetration": Fraction(sum(Fraction(*of) for of in counted), len(counted)),
                    "buyers": len(counted),
                    "products_bought": Fraction(sum(bought for bought, _ in counted), len(counted)),
                    "products_offered": Fraction(sum(offered for _, offered in counted), len(counted)),
                }
            )
    return rows


def catalogs_personal_customers(facts: Facts, view: View) -> list[Row]:
    segment, catalog, rows = chosen(view.segment), chosen(view.catalog), []
    for number, account in facts.customers.items():
        if not (account["catalog_id"] and segment(account["segment"]) and catalog(account["catalog_id"])):
            continue
        if found(view.search, account["name"], number):
            of = penetration(facts, account, facts.as_of)
            proposals = [row["potential_p50"] for row in facts.proposals[number]]
            rows.append(
                {
                    "customer_id": number,
                    "customer": account["name"],
                    "penetration": Fraction(*of) if of else None,
                    "products_bought": of[0] if of else 0,
                    "proposals": len(proposals),
                    "yearly_potential": sum(proposals) if proposals else None,
                }
            )
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (row["customer"].lower(), falling(row["yearly_potential"])),
        "penetration": lambda row: falling(row["penetration"]),
    }
    by = order.get(view.sort, lambda row: falling(row["yearly_potential"]))
    return page(sorted(rows, key=lambda row: (by(row), row["customer_id"])), view, "customers")


# Negotiations.


def talks_of(facts: Facts, view: View) -> list[Negotiation]:
    segment, owner = chosen(view.segment), chosen(view.owner)
    return [talk for talk in facts.negotiations if segment(talk.segment) and owner(talk.rep)]


def negotiations_kpis(facts: Facts, view: View) -> list[Row]:
    talks, span = talks_of(facts, view), view.window(facts)
    waits = [(t.ordered - t.issued).days for t in talks if t.ordered and t.issued and t.ordered >= t.issued]
    maturity = math.ceil(quantile(waits, Fraction(9, 10))) if waits else NO_ORDER_FOLLOWED
    back = timedelta(days=maturity)
    cohort = [talk for talk in talks if talk.issued and span.now(talk.issued + back)]
    cohort_base = [talk for talk in talks if talk.issued and span.base(talk.issued + back)]
    row: Row = {
        "conversion": rate(sum(talk.ordered is not None for talk in cohort), len(cohort)),
        "conversion_base": rate(sum(talk.ordered is not None for talk in cohort_base), len(cohort_base)),
        "issued": len(cohort),
        "maturity_days": maturity,
        "cohort_from": span.date_from - back,
        "cohort_to": span.date_to - back,
    }
    for suffix, holds in (("", span.now), ("_base", span.base)):
        decided = [talk for talk in talks if talk.closed and holds(talk.closed)]
        won = [talk.amount for talk in decided if talk.outcome == "won"]
        row[f"win_rate{suffix}"] = rate(len(won), len(decided))
        row[f"average_won{suffix}"] = Nearest(Fraction(sum(won), len(won))) if won else None
        if not suffix:
            row |= {"won": len(won), "lost": len(decided) - len(won)}
    pending = [talk for talk in talks if talk.outcome is None]
    recent = [talk for talk in talks if talk.requested > years_before(facts.as_of, 1)]
    closed = [max(talk.days, 0) for talk in recent if talk.days is not None]
    still_open = [max((facts.as_of - talk.requested).days, 0) for talk in recent if talk.outcome is None]
    return [
        row
        | {
            "open_value": money(sum(talk.amount for talk in pending)),
            "open_negotiations": len(pending),
            "median_days_to_close": median_survival(closed, still_open),
        }
    ]


def quantile(values: list[int], share: Fraction) -> Fraction:
    """Interpolated between the two nearest ranks."""
    ranked = sorted(values)
    rank = share * (len(ranked) - 1)
    low, high = ranked[math.floor(rank)], ranked[math.ceil(rank)]
    return low + (rank - math.floor(rank)) * (high - low)


def median_survival(ended: list[int], censored: list[int]) -> int | None:
    """Product-limit estimate: the first day on which at most half are left; a tie counts the censored as at risk."""
    left = Fraction(1)
    for day in sorted(set(ended)):
        at_risk = sum(other >= day for other in ended + censored)
        left *= 1 - Fraction(ended.count(day), at_risk)
        if left <= Fraction(1, 2):
            return day
    return None


def negotiations_transitions(facts: Facts, view: View) -> list[Row]:
    talks = {talk.negotiation_id for talk in talks_of(facts, view) if talk.requested > years_before(facts.as_of, 1)}
    moves = [
        visit
        for visit in facts.visits
        if visit.kind == view.places and visit.following and visit.negotiation.negotiation_id in talks
    ]
    leaving = Counter(move.place for move in moves)
    rows = []
    for left, reached in sorted({(move.place, move.following) for move in moves}):
        these = [move for move in moves if (move.place, move.following) == (left, reached)]
        days = [Fraction(move.days) for move in these if move.days is not None]
        rows.append(
            {
                "from_place": left,
                "to_place": reached,
                "moves": len(these),
                "share": Fraction(len(these), leaving[left]),
                "median_days": Fraction(statistics.median(days)) if days else None,
                "steps_back": sum(move.is_back for move in these),
            }
        )
    return rows


def asked_lately(facts: Facts, view: View) -> list[Negotiation]:
    return [talk for talk in talks_of(facts, view) if talk.requested > years_before(facts.as_of, 1)]


def usual_discount(facts: Facts, talk: Negotiation) -> Fraction | None:
    """Median of won ones like it, ten at least."""
    won = [t for t in facts.negotiations if t.outcome == "won" and t.discount is not None and t.segment == talk.segment]
    alike = [t.discount for t in won if talk.category and t.category == talk.category]
    for discounts in (alike, [t.discount for t in won]):
        if len(discounts) >= 10:
            return Fraction(statistics.median(discounts))
    return None


def next_step(facts: Facts, talk: Negotiation) -> str:
    if talk.response is None:
        return "answer_request"
    if talk.issued is None:
        return "send_quote"
    if talk.valid and talk.valid <= facts.as_of + timedelta(days=14):
        return "renew_offer"
    if talk.expected and talk.expected < facts.as_of:
        return "ask_for_date"
    return "second_person" if talk.people == 1 else "follow_up"


def negotiations_open_list(facts: Facts, view: View) -> list[Row]:
    soon = facts.as_of + timedelta(days=14)
    rows = []
    for talk in talks_of(facts, view):
        name, won = facts.customers[talk.customer]["name"], facts.wins.get(talk.negotiation_id, {})
        stays = [v for v in facts.visits if v.kind == "stage" and v.negotiation is talk and v.following is None]
        closes, chance = won.get("expected_close_on"), won.get("win_probability")
        due = {
            None: True,
            "closing_14": closes is not None and closes <= soon,
            "expected_14": talk.expected is not None and facts.as_of <= talk.expected <= soon,
            "past_expected": talk.expected is not None and talk.expected < facts.as_of,
            "slipped": talk.slips > 0,
            "expired": talk.valid is not None and talk.valid < facts.as_of,
        }
        step = next_step(facts, talk)
        if (
            talk.outcome is None
            and found(view.search, name, talk.negotiation_id)
            and due[view.due]
            and view.next_step in (None, step)
        ):
            worth = Nearest(Fraction(talk.amount) * Fraction(chance)) if chance is not None else None
            rows.append(
                {
                    "negotiation_id": talk.negotiation_id,
                    "customer_id": talk.customer,
                    "customer": name,
                    "segment": talk.segment,
                    "amount": money(talk.amount),
                    "win_probability": chance,
                    "expected_value": worth,
                    "closes_on": closes,
                    "close_from": won.get("close_from"),
                    "close_until": won.get("close_until"),
                    "expected_close_on": talk.expected,
                    "slips": talk.slips,
                    "stage": talk.stage,
                    "stage_days": stays[-1].days if stays else None,
                    "age_days": (facts.as_of - talk.requested).days,
                    "last_event_on": talk.last_event,
                    "valid_until": talk.valid,
                    "discount_depth": talk.discount,
                    "usual_discount": usual_discount(facts, talk),
                    "people": talk.people,
                    "next_step": step,
                    "revisions": talk.revisions,
                }
            )
    whole = sum(row["amount"] for row in rows) if rows else None
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (row["customer"].lower(), -row["amount"]),
        "expected_close": lambda row: (row["expected_close_on"] or date.max, -row["amount"]),
        "closes": lambda row: (row["closes_on"] or date.max, -row["amount"]),
        "age": lambda row: -row["age_days"],
    }
    by = order.get(view.sort, lambda row: -row["amount"])
    listed = sorted(rows, key=lambda row: (by(row), row["negotiation_id"]))
    return page([row | {"listed_value": whole} for row in listed], view, "negotiations")


def moved(facts: Facts, view: View) -> tuple[list[tuple[Negotiation, str, int]], list[int], list[int]]:
    """Movements of the pipeline in cents, and what was in it at the start and the end of the period."""
    span = view.window(facts)
    before, last = span.date_from - timedelta(days=1), span.date_to
    until = None if view.due_days is None else last + timedelta(days=view.due_days)
    moves, started, ended = [], [], []

    def is_in(state: tuple[str, int, date | None] | None) -> bool:
        if not state or state[0] != "open":
            return False
        return until is None or (state[2] is not None and state[2] <= until)

    for talk in talks_of(facts, view):
        then, now = facts.state(talk, before), facts.state(talk, last)
        if now is None:
            continue
        was, stays = is_in(then), is_in(now)
        if was and then:
            started.append(then[1])
        if stays:
            ended.append(now[1])
        is_late = now[0] == "open" and not stays
        came = None
        if not was and not is_late:
            if then is None:
                came = "created"
            elif then[0] == "open":
                came = "pulled_in"
            elif any(
                (facts.state(talk, day) or [""])[0] == "open"
                for day in (span.date_from + timedelta(days=i) for i in range((last - before).days))
            ):
                came = "reopened"
        if came:
            moves.append((talk, came, now[1]))
        if was and then and not is_late and now[1] != then[1]:
            moves.append((talk, "raised" if now[1] > then[1] else "lowered", now[1] - then[1]))
        if not stays and (was or came):
            if is_late and then:
                moves.append((talk, "slipped", -then[1]))
            else:
                moves.append((talk, now[0], -now[1]))
    return moves, started, ended


def negotiations_bridge(facts: Facts, view: View) -> list[Row]:
    moves, started, ended = moved(facts, view)
    row: Row = {
        "start_value": money(sum(started)),
        "end_value": money(sum(ended)),
        "start_deals": len(started),
        "end_deals": len(ended),
    }
    for movement in ("created", "reopened", "pulled_in", "raised", "lowered", "slipped", "won", "lost"):
        amounts = [abs(amount) for _, kind, amount in moves if kind == movement]
        row[f"{movement}_value" if movement in ("won", "lost") else movement] = money(sum(amounts))
        row[f"{movement}_deals"] = len(amounts)
    return [row]


def negotiations_movements(facts: Facts, view: View) -> list[Row]:
    rows = [
        {
            "negotiation_id": talk.negotiation_id,
            "customer_id": talk.customer,
            "customer": facts.customers[talk.customer]["name"],
            "movement": movement,
            "amount": money(amount),
            "requested_on": talk.requested,
            "expected_close_on": talk.expected,
            "slips": talk.slips,
            "closed_on": talk.closed,
        }
        for talk, movement, amount in moved(facts, view)[0]
        if view.flow in (None, movement)
        and found(view.search, facts.customers[talk.customer]["name"], talk.negotiation_id)
    ]
    name = (lambda row: row["customer"].lower()) if view.sort == "customer" else (lambda row: "")
    rows.sort(key=lambda row: (name(row), -abs(row["amount"]), row["negotiation_id"], row["movement"]))
    return page(rows, view, "movements")


def visits_lately(facts: Facts, view: View) -> list[Visit]:
    talks = {talk.negotiation_id for talk in asked_lately(facts, view)}
    return [v for v in facts.visits if v.kind == view.places and v.negotiation.negotiation_id in talks]


def negotiations_places(facts: Facts, view: View) -> list[Row]:
    visits = visits_lately(facts, view)
    everybody = {visit.negotiation.negotiation_id for visit in visits}
    rows = []
    for place in {visit.place for visit in visits}:
        here = [visit for visit in visits if visit.place == place]
        talks = {visit.negotiation.negotiation_id: visit.negotiation for visit in here}
        times = Counter(visit.negotiation.negotiation_id for visit in here)
        once = [talk.outcome for key, talk in talks.items() if times[key] == 1 and talk.outcome]
        again = [talk.outcome for key, talk in talks.items() if times[key] > 1 and talk.outcome]
        days = [visit.days for visit in here if visit.days is not None]
        low, high = wilson(again.count("won"), len(again))
        first = [min(v.number for v in here if v.negotiation.negotiation_id == key) for key in talks]
        rows.append(
            {
                "usual": Fraction(sum(first), len(first)),
                "place": place,
                "deals": len(talks),
                "reached": Fraction(len(talks), len(everybody)),
                "visits": len(here),
                "visits_per_deal": Fraction(len(here), len(talks)),
                "rework_rate": Fraction(sum(visit.is_revisit for visit in here), len(here)),
                "median_days": Fraction(statistics.median(map(Fraction, days))) if days else None,
                "p90_days": quantile(days, Fraction(9, 10)) if days else None,
                "there_now": sum(v.negotiation.outcome is None and v.following is None for v in here),
                "decided_once": len(once),
                "win_rate_once": share_of(once.count("won"), len(once), len(once)),
                "decided_again": len(again),
                "win_rate_again": share_of(again.count("won"), len(again), len(again)),
                "win_rate_again_low": low,
                "win_rate_again_high": high,
            }
        )
    rows.sort(key=lambda row: (float(row["usual"]), row["place"]))
    return [{key: value for key, value in row.items() if key != "usual"} for row in rows]


def negotiations_loops(facts: Facts, view: View) -> list[Row]:
    visits = visits_lately(facts, view)
    talks = {visit.negotiation.negotiation_id: visit.negotiation for visit in visits}
    loops = defaultdict(set)
    for visit in visits:
        if visit.is_back:
            loops[visit.place, visit.following].add(visit.negotiation.negotiation_id)
    rows = []
    for (left, reached), went in loops.items():
        ended = [talks[key].outcome for key in went if talks[key].outcome]
        others = [talk.outcome for key, talk in talks.items() if key not in went and talk.outcome]
        lost, lost_others = (rate(these.count("lost"), len(these)) for these in (ended, others))
        difference = spread = None
        if lost is not None and lost_others is not None:
            difference = lost - lost_others
            variance = lost * (1 - lost) / len(ended) + lost_others * (1 - lost_others) / len(others)
            spread = Fraction(1.645 * math.sqrt(variance))
        if len(ended) < 20 or len(others) < 20:
            standing = "too_few"
        else:
            assert difference is not None and spread is not None
            standing = "no_difference"
            standing = "lost_more" if difference > spread else "won_more" if difference < -spread else standing
        rows.append(
            {
                "from_place": left,
                "to_place": reached,
                "deals": len(went),
                "decided": len(ended),
                "loss_rate": lost,
                "loss_rate_others": lost_others,
                "difference": difference,
                "difference_low": None if difference is None or spread is None else difference - spread,
                "difference_high": None if difference is None or spread is None else difference + spread,
                "standing": standing,
            }
        )
    rows.sort(
        key=lambda row: (
            row["standing"] == "too_few",
            math.inf if row["difference_low"] is None else -round(float(row["difference_low"]), 12),
            row["from_place"],
            row["to_place"],
        )
    )
    return rows


def negotiations_buying_group(facts: Facts, view: View) -> list[Row]:
    groups = defaultdict(list)
    for talk in asked_lately(facts, view):
        if talk.last_event:
            groups[min(talk.people, 4)].append(talk)
    rows = []
    for people in (1, 2, 3, 4, 0):
        if talks := groups[people]:
            ended = [talk.outcome for talk in talks if talk.outcome]
            low, high = wilson(ended.count("won"), len(ended))
            pending = [talk.amount for talk in talks if not talk.outcome]
            rows.append(
                {
                    "people_class": f"people_{people}" if people else "people_unknown",
                    "deals": len(talks),
                    "open_deals": len(pending),
                    "open_value": money(sum(pending)),
                    "average_roles": Fraction(sum(t.roles for t in talks), len(talks)) if people else None,
                    "decided": len(ended),
                    "win_rate": share_of(ended.count("won"), len(ended), len(ended)),
                    "win_rate_low": low,
                    "win_rate_high": high,
                }
            )
    return rows


def negotiations_touches(facts: Facts, view: View) -> list[Row]:
    events = [
        (talk.negotiation_id, event["buying_job"], event["channel"], event.get("contact_id"))
        for talk in asked_lately(facts, view)
        for event in talk.events
        if event.get("buying_job") and event.get("channel")
    ]
    rows = []
    for job in sorted({job for _, job, _, _ in events}):
        here = [event for event in events if event[1] == job]
        shares = Counter(channel for _, _, channel, _ in here)
        people = {(talk, person) for talk, _, _, person in here if person}
        rows.append(
            {
                "place": job,
                "events": len(here),
                "digital": Fraction(shares["digital"], len(here)),
                "in_person": Fraction(shares["personal"], len(here)),
                "by_phone": Fraction(shares["phone"], len(here)),
                "by_email": Fraction(shares["email"], len(here)),
                "people_a_deal": rate(len(people), len({talk for talk, _ in people})),
            }
        )
    return rows


def negotiations_negotiation(facts: Facts, view: View) -> list[Row]:
    rows = []
    for talk in facts.negotiations:
        if talk.negotiation_id == view.negotiation:
            won = facts.wins.get(talk.negotiation_id, {})
            rows.append(
                {
                    "negotiation_id": talk.negotiation_id,
                    "customer_id": talk.customer,
                    "customer": facts.customers[talk.customer]["name"],
                    "segment": talk.segment,
                    "channel": talk.newest.get("channel"),
                    "source": talk.source,
                    "category": talk.category,
                    "amount": money(talk.amount),
                    "discount_depth": talk.discount,
                    "requested_on": talk.requested,
                    "issued_on": talk.issued,
                    "response_days": talk.response,
                    "expected_close_on": talk.expected,
                    "slips": talk.slips,
                    "valid_until": talk.valid,
                    "outcome": talk.outcome,
                    "closed_on": talk.closed,
                    "outcome_reason": talk.newest.get("outcome_reason") if talk.outcome else None,
                    "days_to_close": talk.days,
                    "age_days": (facts.as_of - talk.requested).days,
                    "stage": talk.stage,
                    "revisions": talk.revisions,
                    "people": talk.people,
                    "roles": talk.roles,
                    "is_reopened": talk.is_reopened,
                    **{
                        column: won.get(column)
                        for column in ("win_probability", "won_30_days", "close_from", "close_until", "has_signal")
                    },
                    "closes_on": won.get("expected_close_on"),
                    "reasons": won.get("reasons"),
                }
            )
    return rows


def negotiations_deal_versions(facts: Facts, view: View) -> list[Row]:
    return [
        {
            "quote_id": quote["quote_id"],
            "requested_on": quote["requested_on"],
            "issued_on": quote["issued_on"],
            "amount": money(in_cents(quote["amount"] * facts._worth(quote["currency"], quote["requested_on"]))),
            "discount_depth": facts._quoted(quote["quote_id"])["discount"],
            "valid_until": quote.get("valid_until"),
            "expected_close_on": quote.get("expected_close_on"),
            "outcome": quote["outcome"],
            "is_current": quote["quote_id"] in talk.heads,
        }
        for talk in facts.negotiations
        if talk.negotiation_id == view.negotiation
        for quote in talk.versions
    ]


def negotiations_deal_people(facts: Facts, view: View) -> list[Row]:
    contacts = {person["contact_id"]: person for person in facts.company.get("contacts", [])}
    rows = []
    for talk in facts.negotiations:
        if talk.negotiation_id == view.negotiation:
            for who in {event["contact_id"] for event in talk.events if event.get("contact_id")}:
                here = [event for event in talk.events if event.get("contact_id") == who]
                rows.append(
                    {
                        "contact_id": who,
                        "contact": contacts.get(who, {}).get("name"),
                        "role": contacts.get(who, {}).get("role"),
                        "events": len(here),
                        "jobs": len({event["buying_job"] for event in here if event.get("buying_job")}),
                        "digital_events": sum(event.get("channel") == "digital" for event in here),
                        "last_event_on": max(max(e["occurred_at"].date(), talk.requested) for e in here),
                    }
                )
    return sorted(rows, key=lambda row: (-row["events"], row["contact_id"]))


def negotiations_path(facts: Facts, view: View) -> list[Row]:
    return [
        {
            "visit": visit.number,
            "place": visit.place,
            "entered_on": visit.entered,
            "left_on": visit.left,
            "days": visit.days,
            "is_revisit": visit.is_revisit,
        }
        for visit in facts.visits
        if visit.negotiation.negotiation_id == view.negotiation and visit.kind == view.places
    ]


# Conversion, and the time it takes.


def wilson(part: int, whole: int) -> tuple[Fraction | None, Fraction | None]:
    """Ends of the interval that holds nine of ten; none of fewer than five."""
    if whole < 5:
        return None, None
    z, share = 1.645, part / whole
    middle, shrunk = share + z * z / (2 * whole), 1 + z * z / whole
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return Fraction(max((middle - spread) / shrunk, 0)), Fraction(min((middle + spread) / shrunk, 1))


def against_others(part: int, whole: int, all_parts: int, all_whole: int) -> str:
    """Whether the interval lies above or below that of all others together."""
    low, high = wilson(part, whole)
    others_low, others_high = wilson(all_parts - part, all_whole - whole)
    if low is None or high is None or others_low is None or others_high is None:
        return "too_few"
    return "ahead" if low > others_high else "behind" if high < others_low else "cannot_tell"


def share_of(part: Any, whole: Any, base: int) -> Fraction | None:
    return Fraction(part, whole) if base >= 5 and whole else None


def is_converted(talk: Negotiation) -> bool:
    return bool(talk.issued and talk.ordered)


def days_to_order(talks: list[Negotiation]) -> int:
    """From request to order, nine of ten."""
    waits = [(t.ordered - t.requested).days for t in talks if t.ordered and is_converted(t)]
    waits = [wait for wait in waits if wait >= 0]
    return math.ceil(quantile(waits, Fraction(9, 10))) if waits else NO_ORDER_FOLLOWED


def converted(talks: list[Negotiation]) -> Row:
    """Requests, those quoted and those ordered, and their worth."""
    quoted = [talk for talk in talks if talk.issued]
    ordered = [talk for talk in talks if is_converted(talk)]
    worth = {
        name: sum(talk.amount for talk in some)
        for name, some in (("requested", talks), ("quoted", quoted), ("ordered", ordered))
    }
    low, high = wilson(len(ordered), len(quoted))
    return {
        "requests": len(talks),
        "quoted": len(quoted),
        "ordered": len(ordered),
        "quoted_rate": share_of(len(quoted), len(talks), len(talks)),
        "conversion": share_of(len(ordered), len(quoted), len(quoted)),
        "conversion_low": low,
        "conversion_high": high,
        "value_conversion": share_of(worth["ordered"], worth["quoted"], len(quoted)),
    } | {f"{name}_value": money(cents) for name, cents in worth.items()}


def decided(talks: list[Negotiation]) -> Row:
    """Won and lost, and the rate."""
    won = sum(talk.outcome == "won" for talk in talks)
    low, high = wilson(won, len(talks))
    rates = {"win_rate": share_of(won, len(talks), len(talks)), "win_rate_low": low, "win_rate_high": high}
    return {"won": won, "lost": len(talks) - won} | rates


def negotiations_conversion_cohorts(facts: Facts, view: View) -> list[Row]:
    talks = talks_of(facts, view)
    days = days_to_order(talks)
    rows = []
    for month in months_before(facts.as_of, 24):
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        these = [talk for talk in talks if talk.requested.replace(day=1) == month]
        if these and last + timedelta(days=days) <= facts.as_of:
            rows.append({"month": month, "maturity_days": days} | converted(these))
    return rows


def negotiations_conversion_groups(facts: Facts, view: View) -> list[Row]:
    talks, span = talks_of(facts, view), view.window(facts)
    days = days_to_order(talks)
    kinds: dict[str, Callable[[Negotiation], str | None]] = {
        "by_segment": lambda talk: talk.segment,
        "by_channel": lambda talk: talk.newest.get("channel"),
        "by_source": lambda talk: talk.source,
        "by_category": lambda talk: talk.category,
    }
    asked: dict[str | None, list[Negotiation]] = defaultdict(list)
    closed: dict[str | None, list[Negotiation]] = defaultdict(list)
    for talk in talks:
        member = kinds[view.by or ""](talk)
        if span.now(talk.requested + timedelta(days=days)):
            asked[member].append(talk)
        if talk.closed and span.now(talk.closed):
            closed[member].append(talk)
    everything = converted([talk for some in asked.values() for talk in some])
    rows = []
    for member in {*asked, *closed}:
        sums = converted(asked[member])
        counts = (sums["ordered"], sums["quoted"], everything["ordered"], everything["quoted"])
        rows.append(
            {kind.removeprefix("by_"): member if kind == view.by else None for kind in kinds}
            | sums
            | decided(closed[member])
            | {
                "standing": against_others(*counts),
                "maturity_days": days,
                "cohort_from": span.date_from - timedelta(days=days),
                "cohort_to": span.date_to - timedelta(days=days),
            }
        )
    name = (view.by or "").removeprefix("by_")
    return sorted(rows, key=lambda r: (-r["requests"], -r["won"] - r["lost"], r[name] is None, r[name] or ""))


def negotiations_responses(facts: Facts, view: View) -> list[Row]:
    talks, span = talks_of(facts, view), view.window(facts)
    classes: dict[str, Callable[[int | None], bool]] = {
        "same_day": lambda days: days == 0,
        "one_or_two_days": lambda days: days in (1, 2),
        "three_to_five_days": lambda days: days in (3, 4, 5),
        "six_days_or_more": lambda days: days is not None and days > 5,
        "no_answer": lambda days: days is None,
    }
    asked = [talk for talk in talks if span.now(talk.requested)]
    closed = [talk for talk in talks if talk.closed and span.now(talk.closed)]
    won = decided(closed)["won"]
    rows = []
    for name, holds in classes.items():
        of_asked = [talk for talk in asked if holds(talk.response)]
        of_closed = [talk for talk in closed if holds(talk.response)]
        if of_asked or of_closed:
            row = decided(of_closed)
            standing = against_others(row["won"], len(of_closed), won, len(closed))
            share = share_of(len(of_asked), len(asked), len(asked))
            rows.append(row | {"response": name, "requests": len(of_asked), "share": share, "standing": standing})
    return rows


def negotiations_rejected_leads(facts: Facts, view: View) -> list[Row]:
    holds = view.window(facts).now
    leads = [lead for lead in leads_of(facts, view, "accepted", "rejected", "converted") if holds(lead["created_on"])]
    decided_on = Counter(lead["source"] for lead in leads)
    reasons = Counter((lead["source"], lead["rejected_reason"]) for lead in leads if lead["status"] == "rejected")
    rows = []
    for (source, reason), number in reasons.items():
        low, high = wilson(number, decided_on[source])
        rows.append(
            {
                "source": source,
                "rejected_reason": reason,
                "rejected": number,
                "decided_leads": decided_on[source],
                "share": share_of(number, decided_on[source], decided_on[source]),
                "share_low": low,
                "share_high": high,
            }
        )

    def place(row: Row) -> tuple:
        names = [(row[name] is None, row[name] or "") for name in ("source", "rejected_reason")]
        return -row["rejected"], -row["decided_leads"], *names

    return page(sorted(rows, key=place), view, "reasons")


def lifetimes(facts: Facts, talks: list[Negotiation]) -> list[tuple[int, str | None]]:
    """Days a deal was watched, and how it ended; without those decided on no known day."""
    return [
        (max((facts.as_of - talk.requested).days if talk.outcome is None else talk.days or 0, 0), talk.outcome)
        for talk in talks
        if talk.outcome is None or talk.days is not None
    ]


def talks_since(facts: Facts, view: View) -> list[Negotiation]:
    since = years_before(facts.as_of, view.months // 12)
    return [talk for talk in talks_of(facts, view) if talk.requested > since]


def negotiations_incidence(facts: Facts, view: View) -> list[Row]:
    lives = lifetimes(facts, talks_since(facts, view))
    left, won, lost, rows = Fraction(1), Fraction(0), Fraction(0), []
    for day in sorted({days for days, outcome in lives if outcome}):
        watched = sum(days >= day for days, _ in lives)
        won += left * Fraction(lives.count((day, "won")), watched)
        lost += left * Fraction(lives.count((day, "lost")), watched)
        left = 1 - won - lost
        if watched >= 5:
            rows.append({"days": day, "won_share": won, "lost_share": lost, "open_share": left, "watched": watched})
    return rows


def first_day_at(lives: list[tuple[int, str | None]], share: Fraction, errors: float = 0) -> int | None:
    """First day on which at most this share is left, so many of Greenwood's errors above or below the estimate."""
    left, variance = Fraction(1), Fraction(0)
    for day in sorted({days for days, outcome in lives if outcome}):
        at_risk, ended = sum(days >= day for days, _ in lives), sum(days == day and bool(end) for days, end in lives)
        left *= 1 - Fraction(ended, at_risk)
        variance += Fraction(ended, at_risk * (at_risk - ended)) if ended < at_risk else 0
        if float(left) * (1 + errors * math.sqrt(variance)) <= share + 1e-9:
            return day
    return None


def negotiations_closing_groups(facts: Facts, view: View) -> list[Row]:
    ranked = sorted(talk.amount for talk in facts.negotiations)
    sizes = ("smallest_quarter", "second_quarter", "third_quarter", "largest_quarter")

    def size(talk: Negotiation) -> str:
        return sizes[sum(talk.amount > ranked[math.ceil(len(ranked) * part / 4) - 1] for part in (1, 2, 3))]

    groups: dict[tuple[str | None, str | None], list[Negotiation]] = defaultdict(list)
    for talk in talks_since(facts, view):
        if talk.outcome is None or talk.days is not None:
            groups[(talk.segment, None) if view.by == "by_segment" else (None, size(talk))].append(talk)
    rows = []
    for (segment, quarter), talks in groups.items():
        lives, is_told = lifetimes(facts, talks), len(talks) >= 5
        rows.append(
            {
                "segment": segment,
                "size": quarter,
                "amount_from": money(min(talk.amount for talk in talks)),
                "amount_to": money(max(talk.amount for talk in talks)),
                "requests": len(talks),
                "still_open": sum(talk.outcome is None for talk in talks),
                "median_days": first_day_at(lives, Fraction(1, 2)) if is_told else None,
                "median_low": first_day_at(lives, Fraction(1, 2), -1.645) if is_told else None,
                "median_high": first_day_at(lives, Fraction(1, 2), 1.645) if is_told else None,
                "most_days": first_day_at(lives, Fraction(1, 10)) if is_told else None,
            }
        )
    return sorted(
        rows,
        key=lambda row: (
            sizes.index(row["size"]) if row["size"] else 0,
            -row["requests"],
            row["segment"] is None,
            row["segment"] or "",
        ),
    )


def negotiations_closing_cohorts(facts: Facts, view: View) -> list[Row]:
    this = facts.as_of.replace(month=(facts.as_of.month - 1) // 3 * 3 + 1, day=1)
    rows = []
    for first in reversed(months_before(this, 22)[::3]):
        following = (first + timedelta(days=100)).replace(day=1)
        talks = [talk for talk in talks_of(facts, view) if first <= talk.requested < following]
        lives = lifetimes(facts, talks)
        if lives:
            number = len(lives)
            row: Row = {"quarter": first, "requests": number, "still_open": sum(not end for _, end in lives)}
            row["median_days"] = first_day_at(lives, Fraction(1, 2)) if number >= 5 else None
            for limit in (14, 30, 60):
                within = sum(bool(end) and days <= limit for days, end in lives)
                is_past = following - timedelta(days=1) + timedelta(days=limit) <= facts.as_of
                row[f"decided_{limit}"] = share_of(within, number, number) if is_past else None
                if limit == 30:
                    row["decided_30_low"], row["decided_30_high"] = wilson(within, number) if is_past else (None, None)
            rows.append(row)
    return rows


def negotiations_stuck(facts: Facts, view: View) -> list[Row]:
    stays = [visit for visit in facts.visits if visit.kind == "stage" and visit.days is not None]

    def usual(stage: str, segment: str | None) -> tuple[int | None, int] | None:
        """Median and limit of the stage, of one segment or of all; none of fewer than twenty stays."""
        lives = [
            (stay.days or 0, stay.place if stay.left else None)
            for stay in stays
            if stay.place == stage and segment in (None, stay.negotiation.segment)
        ]
        limit = first_day_at(lives, Fraction(1, 10)) if len(lives) >= 20 else None
        return None if limit is None else (first_day_at(lives, Fraction(1, 2)), limit)

    limits, shown = cache(usual), {talk.negotiation_id for talk in talks_of(facts, view)}
    rows = []
    for stay in stays:
        talk = stay.negotiation
        if stay.left or talk.outcome or talk.negotiation_id not in shown:
            continue
        own, overall = talk.segment and limits(stay.place, talk.segment), limits(stay.place, None)
        half, limit = own or overall or (None, None)
        if limit is None or (stay.days or 0) <= limit:
            continue
        if found(view.search, facts.customers[talk.customer]["name"], talk.negotiation_id):
            rows.append(
                {
                    "negotiation_id": talk.negotiation_id,
                    "customer_id": talk.customer,
                    "customer": facts.customers[talk.customer]["name"],
                    "segment": talk.segment,
                    "amount": money(talk.amount),
                    "stage": stay.place,
                    "entered_on": stay.entered,
                    "days_there": stay.days,
                    "usual_days": half,
                    "limit_days": limit,
                    "usual_of": "own_segment" if own else "all_segments",
                }
            )
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (row["customer"].lower(), -row["amount"]),
        "overstay": lambda row: row["limit_days"] - row["days_there"],
    }
    by = order.get(view.sort, lambda row: -row["amount"])
    worth = sum((row["amount"] for row in rows), Decimal(0))
    rows.sort(key=lambda row: (by(row), row["negotiation_id"]))
    return page([row | {"stuck_value": worth} for row in rows], view, "stuck")


def decided_of(facts: Facts, view: View, holds: Callable[[date], bool]) -> list[Negotiation]:
    return [talk for talk in talks_of(facts, view) if talk.outcome and talk.closed and holds(talk.closed)]


def reason_of(talk: Negotiation) -> str:
    return talk.newest.get("outcome_reason") or "no_reason"


def depth_of(talk: Negotiation) -> str | None:
    """Class of the discount, which the product knows to a millionth."""
    if talk.discount is None:
        return None
    bounds = {"under_5": 5, "from_5": 10, "from_10": 15, "from_15": 20, "from_20": 30}
    depth = round(talk.discount, 6) * 100
    return next((code for code, bound in bounds.items() if depth < bound), "from_30")


def negotiations_reasons(facts: Facts, view: View) -> list[Row]:
    span = view.window(facts)
    now, then = (decided_of(facts, view, holds) for holds in (span.now, span.base))
    rows = []
    for outcome, reason in {(talk.outcome, reason_of(talk)) for talk in now + then}:
        kept = [[t for t in talks if t.outcome == outcome] for talks in (now, then)]
        these = [[t for t in talks if reason_of(t) == reason] for talks in kept]
        shares = [
            Fraction(len(part), len(whole)) if len(whole) >= 5 else None
            for part, whole in zip(these, kept, strict=True)
        ]
        ends = [
            wilson(len(part), len(whole)) if len(whole) >= 5 else (None, None)
            for part, whole in zip(these, kept, strict=True)
        ]
        rows.append(
            {
                "outcome": outcome,
                "outcome_reason": reason,
                "decided": len(these[0]),
                "decided_base": len(these[1]),
                "share": shares[0],
                "share_low": None if shares[0] is None else Fraction(ends[0][0]),
                "share_high": None if shares[0] is None else Fraction(ends[0][1]),
                "share_base": shares[1],
                "tendency": _tendency(shares, ends),
                "amount": money(sum(talk.amount for talk in these[0])),
                "amount_base": money(sum(talk.amount for talk in these[1])),
                "alike": len(kept[0]),
            }
        )
    return sorted(rows, key=lambda r: (r["outcome"], -r["decided"], -r["decided_base"], r["outcome_reason"]))


def _tendency(shares: list[Fraction | None], ends: list[tuple[Any, Any]]) -> str:
    """By Newcombe's interval of the difference of two shares."""
    if None in shares:
        return "too_few"
    (now, then), ((low, high), (low_then, high_then)) = shares, ends
    if now - then > math.hypot(now - low, high_then - then):
        return "more_often"
    return "less_often" if then - now > math.hypot(high - now, then - low_then) else "cannot_tell"


def negotiations_decided(facts: Facts, view: View) -> list[Row]:
    rows = [
        {
            "negotiation_id": talk.negotiation_id,
            "customer_id": talk.customer,
            "customer": facts.customers[talk.customer]["name"],
            "segment": talk.segment,
            "amount": money(talk.amount),
            "outcome": talk.outcome,
            "outcome_reason": reason_of(talk),
            "closed_on": talk.closed,
            "days_to_close": talk.days,
            "discount_depth": talk.discount,
        }
        for talk in decided_of(facts, view, view.window(facts).now)
        if chosen(view.outcome)(talk.outcome)
        and chosen(view.outcome_reason)(reason_of(talk))
        and chosen(view.depth)(depth_of(talk))
        and found(view.search, facts.customers[talk.customer]["name"], talk.negotiation_id)
    ]
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: row["customer"].lower(),
        "discount_depth": lambda row: falling(row["discount_depth"] and float(row["discount_depth"])),
        "closed": lambda row: -row["closed_on"].toordinal(),
    }
    by = order.get(view.sort, lambda row: 0)
    return page(sorted(rows, key=lambda r: (by(r), -r["amount"], r["negotiation_id"])), view, "negotiations")


def kinds_of(talks: list[Negotiation]) -> dict[Any, list[Negotiation]]:
    """Negotiations of one segment and one third by amount."""
    of_segment, kinds = defaultdict(list), defaultdict(list)
    for talk in talks:
        of_segment[talk.segment].append(talk)
    for segment, own in of_segment.items():
        first, second = (quantile([talk.amount for talk in own], Fraction(third, 3)) for third in (1, 2))
        for talk in own:
            kinds[segment, (talk.amount > first) + (talk.amount > second)].append(talk)
    return kinds


def negotiations_discount_depth(facts: Facts, view: View) -> list[Row]:
    talks = [t for t in decided_of(facts, view, view.window(facts).now) if t.discount is not None]
    kinds, rows = kinds_of(talks), []
    for depth in {depth_of(talk) for talk in talks}:
        own = [talk for talk in talks if depth_of(talk) == depth]
        won = sum(talk.outcome == "won" for talk in own)
        weight_sum = adjusted = variance = Fraction(0)
        for kind in kinds.values():
            if these := [talk for talk in kind if depth_of(talk) == depth]:
                weight, n, w = Fraction(len(kind), len(talks)), len(these), sum(t.outcome == "won" for t in these)
                weight_sum += weight
                adjusted += weight * Fraction(w, n)
                variance += weight**2 * (w + 1) * (n - w + 1) / Fraction(n + 2) ** 3
        overall = Fraction(sum(talk.outcome == "won" for talk in talks), len(talks))
        enough = len(own) >= 20 and weight_sum * 2 >= 1
        mean, spread = adjusted / weight_sum, Fraction(1.645 * math.sqrt(variance)) / weight_sum
        low, high = wilson(won, len(own))
        rows.append(
            {
                "depth": depth,
                "decided": len(own),
                "won": won,
                "win_rate": Fraction(won, len(own)) if len(own) >= 5 else None,
                "win_rate_low": low,
                "win_rate_high": high,
                "adjusted": mean if enough else None,
                "adjusted_low": max(mean - spread, Fraction(0)) if enough else None,
                "adjusted_high": min(mean + spread, Fraction(1)) if enough else None,
                "covered": weight_sum,
                "all_win_rate": overall,
                "standing": standing(mean - overall if enough else None, spread),
                "amount": money(sum(talk.amount for talk in own)),
            }
        )
    codes = ("under_5", "from_5", "from_10", "from_15", "from_20", "from_30")
    return sorted(rows, key=lambda row: codes.index(row["depth"]))


def negotiations_discount_response(facts: Facts, view: View) -> list[Row]:
    talks = [t for t in decided_of(facts, view, view.window(facts).now) if t.discount is not None]
    kinds = [kind for kind in kinds_of(talks).values() if len({talk.outcome for talk in kind}) == 2]
    score = information = Fraction(0)
    for kind in kinds:
        depths = [min(max(talk.discount, Fraction(0)), Fraction(6, 10)) * 10 for talk in kind]
        n, won = len(kind), [x for x, talk in zip(depths, kind, strict=True) if talk.outcome == "won"]
        mean = sum(depths) / n
        score += sum(won) - len(won) * mean
        information += Fraction(len(won) * (n - len(won)), n * (n - 1)) * sum((x - mean) ** 2 for x in depths)
    decided = sum(map(len, kinds))
    row: Row = {
        "decided": decided,
        "won": sum(talk.outcome == "won" for kind in kinds for talk in kind),
        "kinds": len(kinds),
    }
    if decided < 40 or not information:
        return [row | dict.fromkeys(("odds_ratio", "odds_ratio_low", "odds_ratio_high")) | {"standing": "too_few"}]
    slope, spread = float(score / information), 1.645 / math.sqrt(information)
    said = "more_often" if slope > spread else "less_often" if slope < -spread else "cannot_tell"
    odds = [Fraction(math.exp(slope + sign * spread)) for sign in (0, -1, 1)]
    return [
        row | dict(zip(("odds_ratio", "odds_ratio_low", "odds_ratio_high"), odds, strict=True)) | {"standing": said}
    ]


def negotiations_programme(facts: Facts, view: View) -> list[Row]:
    talks = [t for t in facts.negotiations if t.segment and chosen(view.owner)(t.rep)]
    waits = [max(talk.days, 0) for talk in talks if talk.days is not None]
    maturity = math.ceil(quantile(waits, Fraction(9, 10))) if waits else NO_ORDER_FOLLOWED
    newest = facts.as_of - timedelta(days=maturity)
    begins, ends = months_away(view.since, -6), min(months_away(view.since, 6) - timedelta(days=1), newest)
    sides: dict[str, list[list[bool]]] = defaultdict(lambda: [[], []])
    for talk in talks:
        if begins <= talk.requested <= min(ends, newest):
            is_won = talk.outcome == "won" and talk.days is not None and talk.days <= maturity
            sides[talk.segment][talk.requested >= view.since].append(is_won)
    rows = []
    for segment, (before, since) in sides.items():
        is_changed = segment == view.programme
        rest = [[won for other, both in sides.items() if other != segment for won in both[side]] for side in (0, 1)]
        change_of, spread = points(before, since)
        others, others_spread = points(*rest)
        if not is_changed:
            others = None
        difference = None if change_of is None or others is None else change_of - others
        enough = min(map(len, (before, since, *rest))) >= 20
        wide = Fraction(math.hypot(spread, others_spread)) if enough else None
        rows.append(
            {
                "segment": segment,
                "is_changed": is_changed,
                "requests_before": len(before),
                "won_before": sum(before),
                "rate_before": Fraction(sum(before), len(before)) if len(before) >= 5 else None,
                "requests_since": len(since),
                "won_since": sum(since),
                "rate_since": Fraction(sum(since), len(since)) if len(since) >= 5 else None,
                "change": change_of,
                "change_low": None if change_of is None else change_of - Fraction(spread),
                "change_high": None if change_of is None else change_of + Fraction(spread),
                "others_change": others,
                "difference": difference,
                "difference_low": None if difference is None or wide is None else difference - wide,
                "difference_high": None if difference is None or wide is None else difference + wide,
                "standing": standing(difference, wide) if is_changed else None,
                "until": ends,
                "maturity_days": maturity,
            }
        )
    return sorted(rows, key=lambda row: (not row["is_changed"], row["segment"]))


def points(before: list[bool], since: list[bool]) -> tuple[Fraction | None, float]:
    """Change of a share, from five on either side, and half its interval with one won and one lost added to each."""
    spread = 1.645 * math.sqrt(
        sum((sum(side) + 1) * (len(side) - sum(side) + 1) / (len(side) + 2) ** 3 for side in (before, since))
    )
    if min(len(before), len(since)) < 5:
        return None, spread
    return Fraction(sum(since), len(since)) - Fraction(sum(before), len(before)), spread


def months_away(day: date, months: int) -> date:
    """The same day of another month, or its last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


CHAIN = ("accepted", "picked", "shipped", "delivered")


@dataclass(frozen=True)
class Tracked:
    """An order that says where it stands, with its known days by step."""

    order: Order
    days: dict[str, date]
    row: Row
    is_under_way: bool

    @property
    def status(self) -> str:
        return next((step for step in reversed(CHAIN) if step in self.days), "placed")

    def reached(self, step: str) -> bool:
        if step in ("placed", "paid"):
            return step == "placed" or step in self.days
        return any(later in self.days for later in CHAIN[CHAIN.index(step) :])

    def took(self, step: str) -> int | None:
        """Days from the last known step before, of payment from the order."""
        if step == "placed" or step not in self.days:
            return None
        before = CHAIN[: CHAIN.index(step)] if step in CHAIN else ()
        begin = next((self.days[other] for other in reversed(before) if other in self.days), self.order.day)
        return min(max((self.days[step] - begin).days, 0), 99)

    def late(self, facts: Facts, step: str, until: str) -> int | None:
        """Days since the day a step that has not come was promised for."""
        last = self.row.get(until)
        return (facts.as_of - last).days if step not in self.days and last and last < facts.as_of else None


def tracked_of(facts: Facts, view: View) -> list[Tracked]:
    """Orders that say where they stand, all of them being asked which steps are ever told of."""
    rows = {row["order_id"]: row for row in facts.company["orders"]}
    days = {
        order_id: {step: row[f"{step}_on"] for step in (*CHAIN, "paid") if row.get(f"{step}_on")}
        for order_id, row in rows.items()
    }
    awaited = {step for step in ("delivered", "paid") if any(step in known for known in days.values())}
    found_orders = []
    for order in book_of(facts.orders, view):
        row, known = rows[order.order_id], days[order.order_id]
        if not order.is_note and (known or row.get("promised_on") or row.get("payment_due_on")):
            found_orders.append(Tracked(order, known, row, not awaited <= known.keys()))
    return found_orders


def negotiations_order_statuses(facts: Facts, view: View) -> list[Row]:
    tracked, span, rows = tracked_of(facts, view), view.window(facts), []
    placed = [one for one in tracked if span.now_by_month(one.order.day)]
    for step in ("placed", *CHAIN, "paid"):
        reached = [one for one in placed if one.reached(step)]
        standing_here = [one for one in tracked if one.is_under_way and one.status == step]
        took = [days for one in reached if (days := one.took(step)) is not None]
        late = [
            [one for one in standing_here if one.late(facts, *about) is not None]
            for about in (("delivered", "promised_on"), ("paid", "payment_due_on"))
        ]
        if standing_here or (reached if step == "placed" else any(step in one.days for one in reached)):
            rows.append(
                {
                    "step": step,
                    "orders": len(reached),
                    "share": Fraction(len(reached), len(placed)) if len(placed) >= 5 else None,
                    "revenue": money(sum(one.order.revenue for one in reached)),
                    "median_days": Fraction(statistics.median(took)) if took else None,
                    "standing_orders": len(standing_here),
                    "standing_value": money(sum(one.order.revenue for one in standing_here)),
                    "late_deliveries": len(late[0]),
                    "late_deliveries_value": money(sum(one.order.revenue for one in late[0])),
                    "late_payments": len(late[1]),
                    "late_payments_value": money(sum(one.order.revenue for one in late[1])),
                }
            )
    return rows


def negotiations_orders_under_way(facts: Facts, view: View) -> list[Row]:
    rows = []
    for one in tracked_of(facts, view):
        order, name = one.order, facts.customers.get(one.order.customer, {}).get("name")
        row = {
            "order_id": order.order_id,
            "customer_id": order.customer,
            "customer": name,
            "segment": order.segment,
            "channel": order.channel,
            "ordered_on": order.day,
            "revenue": money(order.revenue),
            "status": one.status,
            "status_since": one.days.get(one.status, order.day),
            "promised_on": one.row.get("promised_on"),
            "delivery_late_days": one.late(facts, "delivered", "promised_on"),
            "payment_due_on": one.row.get("payment_due_on"),
            "payment_late_days": one.late(facts, "paid", "payment_due_on"),
        }
        asked = {"late_delivery": "delivery_late_days", "late_payment": "payment_late_days", None: "order_id"}
        if (
            one.is_under_way
            and chosen(view.status)(one.status)
            and row[asked[view.lateness]] is not None
            and found(view.search, name or "", order.order_id)
        ):
            rows.append(row)
    by: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (row["customer"] is None, (row["customer"] or "").lower()),
        "promised": lambda row: rising(row["promised_on"] and row["promised_on"].toordinal()),
        "revenue": lambda row: -row["revenue"],
    }

    def order_of(row: Row) -> Any:
        late = max(row["delivery_late_days"] or 0, row["payment_late_days"] or 0)
        return by.get(view.sort, lambda row: 0)(row), -late, -row["revenue"], row["order_id"]

    return page(sorted(rows, key=order_of), view, "orders")


# Team. Its figures are kept by month, too.


def month_quotas(facts: Facts, view: View, rep: str, metric: str = "revenue") -> dict[date, tuple[int, int | None]]:
    """In cents, by month of the period: the quota, and that to date; of the as-of month by its working days passed."""
    span, this_month = view.window(facts), facts.as_of.replace(day=1)
    following = months_before(this_month + timedelta(days=40), 1)[0]
    passed, days = working_days(this_month, facts.as_of), working_days(this_month, following - timedelta(days=1))
    targets: Counter[date] = Counter()
    for row in facts.company["quotas"]:
        month = row["month"].replace(day=1)
        if (
            row["rep_id"] == rep
            and row["metric"] == metric
            and span.date_from.replace(day=1) <= month <= span.period_to
        ):
            targets[month] += int(row["target"] * 100)
    to_date = {month: target if month < this_month else None for month, target in targets.items()}
    if this_month in targets:
        to_date[this_month] = (2 * targets[this_month] * passed + days) // (2 * days)
    return {month: (target, to_date[month]) for month, target in targets.items()}


def quota_to_date(facts: Facts, view: View, rep: str) -> int | None:
    return total(passed for _, passed in month_quotas(facts, view, rep).values())


def credited(facts: Facts, rep: str, holds: Callable[[date], bool]) -> tuple[list[Order], list[int], int]:
    """A rep's orders, the amounts won and the number lost."""
    decided = [talk for talk in facts.negotiations if talk.rep == rep and talk.closed and holds(talk.closed)]
    won = [talk.amount for talk in decided if talk.outcome == "won"]
    return [o for o in facts.orders if o.credited == rep and holds(o.day)], won, len(decided) - len(won)


def team_of(facts: Facts, view: View) -> list[str]:
    return [rep for rep, row in facts.reps.items() if chosen(view.team)(row["team"])]


def team_kpis(facts: Facts, view: View) -> list[Row]:
    span, team = view.window(facts), team_of(facts, view)
    row: Row = {}
    with_quota = 0
    for suffix, holds in (("", span.now_by_month), ("_base", span.base_by_month)):
        revenue, won, lost = 0, [], 0
        for rep in team:
            orders, amounts, number_lost = credited(facts, rep, holds)
            revenue += sum(order.revenue for order in orders)
            won, lost = won + amounts, lost + number_lost
            if not suffix and quota_to_date(facts, view, rep):
                with_quota += sum(order.revenue for order in orders)
        row |= {
            f"revenue{suffix}": money(revenue),
            f"won_value{suffix}": money(sum(won)),
            f"win_rate{suffix}": rate(len(won), len(won) + lost),
            f"average_won{suffix}": Nearest(Fraction(sum(won), len(won))) if won else None,
        }
        if not suffix:
            row |= {"won": len(won), "lost": lost}
    quota = total(quota_to_date(facts, view, rep) for rep in team)
    return [row | {"quota_to_date": money(quota), "attainment": rate(with_quota, quota)}]


def month_credits(facts: Facts, view: View, rep: str, metric: str) -> dict[date, int | None]:
    """In cents, by month with any order or decision; a margin is unknown where none of its lines has a cost."""
    holds = view.window(facts).now_by_month
    found: dict[date, list[int | None]] = defaultdict(list)
    for order in facts.orders:
        if order.credited == rep and holds(order.day):
            value = {"revenue": order.revenue, "margin": sums(order.lines).margin}.get(metric, 0)
            found[order.day.replace(day=1)].append(value)
    for talk in facts.negotiations:
        if talk.rep == rep and talk.outcome and talk.closed and holds(talk.closed):
            won = talk.amount if metric == "won_value" and talk.outcome == "won" else 0
            found[talk.closed.replace(day=1)].append(None if metric == "margin" else won)
    return {month: total(values) for month, values in found.items()}


def month_dues(facts: Facts, view: View, rep: str) -> list[tuple[date, int, float | None]]:
    """Open quotes due by the end of the period: month, cents, and cents times the probability to be won."""
    dues = []
    for talk in facts.negotiations:
        told = facts.wins.get(talk.negotiation_id, {})
        due = talk.expected or told.get("expected_close_on")
        if talk.rep == rep and talk.outcome is None and due and due <= view.window(facts).period_to:
            chance = told.get("win_probability")
            likely = None if chance is None else talk.amount * chance
            dues.append((max(due, facts.as_of).replace(day=1), talk.amount, likely))
    return dues


def team_attainment(facts: Facts, view: View) -> list[Row]:
    by, metric, this_month = view.by or "by_rep", view.metric, facts.as_of.replace(day=1)
    is_dated = by in ("by_month", "by_quarter")

    def first_of(month: date) -> date:
        return month.replace(month=(month.month - 1) // 3 * 3 + 1) if by == "by_quarter" else month

    groups: dict[tuple, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for rep in team_of(facts, view):
        quotas = month_quotas(facts, view, rep, metric)
        is_measured = bool(total(passed for _, passed in quotas.values()))
        has_quota = any(target for target, _ in quotas.values())

        def group(month: date, rep: str = rep) -> dict[str, list]:
            team = facts.reps[rep]["team"]
            key = (first_of(month),) if is_dated else (rep, team) if by == "by_rep" else (team,)
            return groups[key]

        if not is_dated:
            group(this_month)
        for month, reached in month_credits(facts, view, rep, metric).items():
            group(month)["credits"].append(reached)
            group(month)["measured"] += [reached] * is_measured
            group(month)["with_quota"] += [reached] * has_quota
        for month, (target, passed) in quotas.items():
            group(month)["quota"].append(target)
            group(month)["to_date"].append(passed)
        for month, amount, likely in month_dues(facts, view, rep):
            group(month)["due"].append(amount)
            group(month)["due_with_quota"] += [amount] * has_quota
            group(month)["likely_with_quota"] += [likely] * has_quota
    rows = []
    for key, found in groups.items():
        month = key[0] if is_dated else None
        to_date, quota = total(found["to_date"]), total(found["quota"])
        measured = total(found["measured"]) if found["measured"] else 0
        is_over = month is not None and month < first_of(this_month)
        needed = max(quota - (total(found["with_quota"]) or 0), 0) if quota and not is_over else None
        has_come = month is None or month <= this_month
        covers = needed and metric != "margin"
        rows.append(
            {
                "rep_id": key[0] if by == "by_rep" else None,
                "rep": facts.reps[key[0]]["name"] if by == "by_rep" else None,
                "team": key[-1] if not is_dated else None,
                "month": month,
                "quarter": f"{month.year} Q{month.month // 3 + 1}" if month and by == "by_quarter" else None,
                "credited": money(total(found["credits"]) if found["credits"] else 0 if has_come else None),
                "quota_to_date": money(to_date),
                "attainment": rate(measured, to_date),
                "quota": money(quota),
                "needed": money(needed),
                "due_quotes": len(found["due"]),
                "due_value": money(sum(found["due"])),
                "covered": Fraction(sum(found["due_with_quota"]), needed) if covers else None,
                "covered_likely": Fraction(total(found["likely_with_quota"]) or 0) / needed if covers else None,
            }
        )
    return sorted(
        rows,
        key=lambda row: (
            rising(row["month"] and row["month"].toordinal()),
            falling(row["credited"]),
            row["rep_id"] or "",
            row["team"] is None,
            row["team"] or "",
        ),
    )


def peer_win_rate(facts: Facts) -> tuple[Fraction, Fraction] | None:
    """How often all people win what was decided in the last 365 days, and as how many decisions it counts."""
    decided: dict[str, list[bool]] = defaultdict(list)
    for talk in facts.negotiations:
        if talk.rep and talk.outcome and talk.closed and facts.as_of - YEAR < talk.closed <= facts.as_of:
            decided[talk.rep].append(talk.outcome == "won")
    people = len(decided)
    if people < 5:
        return None
    number = sum(map(len, decided.values()))
    share = Fraction(sum(map(sum, decided.values())), number)
    chance = share * (1 - share)
    seen = sum(len(own) * (Fraction(sum(own), len(own)) - share) ** 2 for own in decided.values())
    beyond = seen - chance * (people - 1)
    at_most = chance * (sum(len(own) * (1 - Fraction(len(own), number)) for own in decided.values()) - (people - 1))
    if beyond <= 0 or at_most <= 0:
        return share, Fraction(1000)
    return share, min(max((at_most - beyond) / beyond, Fraction(1)), Fraction(1000))


def usual_depths(facts: Facts) -> dict[tuple[str, str], Fraction]:
    """Mean discounts of the last 365 days by segment and category, of five people at least."""
    cells: dict[tuple[str, str], list[Negotiation]] = defaultdict(list)
    for talk in facts.negotiations:
        is_known = talk.outcome and talk.closed and talk.discount is not None and talk.segment and talk.category
        if is_known and facts.as_of - YEAR < talk.closed <= facts.as_of:
            cells[talk.segment, talk.category].append(talk)
    return {
        cell: mean(talk.discount for talk in talks)
        for cell, talks in cells.items()
        if len({talk.rep for talk in talks if talk.rep}) >= 5
    }


def mean(values: Iterable[Any]) -> Any:
    known = [Fraction(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None


def middle(values: Iterable[Any]) -> Any:
    known = [Fraction(value) for value in values if value is not None]
    return statistics.median(known) if known else None


def likely_share(won: int, lost: int, peers: tuple[Fraction, Fraction] | None) -> tuple[Fraction | None, ...]:
    """The company's rate, a person's drawn towards it, and its interval."""
    share, weight = peers or (Fraction(1, 2), Fraction(1))
    for_winning, for_losing = share * weight + won, (1 - share) * weight + lost
    likely = for_winning / (for_winning + for_losing)
    if not for_winning or not for_losing:
        return share, likely, None, None
    odds, reach = math.log(for_winning / for_losing), 1.645 * math.sqrt(1 / for_winning + 1 / for_losing)
    return share, likely, *(Fraction(1 / (1 + math.exp(-odds + side * reach))) for side in (1, -1))


def looked_after(facts: Facts, rep: str) -> Row:
    accounts = Counter(row["segment"] for row in facts.customers.values() if row["owner_rep_id"] == rep)
    largest = min(accounts, key=lambda segment: (-accounts[segment], segment is None, segment or ""), default=None)
    orders, _, _ = credited(facts, rep, lambda day: True)
    days = [order.day for order in orders]
    days += [talk.closed for talk in facts.negotiations if talk.rep == rep and talk.outcome and talk.closed]
    return {
        "accounts": accounts.total(),
        "main_segment": largest,
        "main_segment_share": rate(accounts[largest], accounts.total()),
        "known_since": min(days).replace(day=1) if days else None,
    }


def team_closing(facts: Facts, view: View) -> list[Row]:
    span, peers, usual = view.window(facts), peer_win_rate(facts), usual_depths(facts)
    rows = []
    for rep in team_of(facts, view):
        own = [talk for talk in facts.negotiations if talk.rep == rep]
        decided = [talk for talk in own if talk.outcome and talk.closed and span.now(talk.closed)]
        asked = [talk for talk in own if span.now(talk.requested)]
        book = looked_after(facts, rep)
        if not decided and not asked and not book["accounts"]:
            continue
        amounts = [talk.amount for talk in decided if talk.outcome == "won"]
        won, lost = len(amounts), len(decided) - len(amounts)
        share, likely, low, high = likely_share(won, lost, peers)
        like_others = [talk for talk in decided if (talk.segment, talk.category) in usual and talk.discount is not None]
        recent = [talk for talk in own if talk.requested > years_before(facts.as_of, 1)]
        closed = [max(talk.days, 0) for talk in recent if talk.days is not None]
        still_open = [max((facts.as_of - talk.requested).days, 0) for talk in recent if talk.outcome is None]
        standing = "ahead" if low and low > share else "behind" if high and high < share else "cannot_tell"
        rows.append(
            {
                "rep_id": rep,
                "rep": facts.reps[rep]["name"],
                "team": facts.reps[rep]["team"],
                "kind": facts.reps[rep].get("kind"),
                "won": won,
                "lost": lost,
                "win_rate": rate(won, won + lost) if won + lost >= 5 else None,
                "win_rate_likely": likely,
                "win_rate_low": low,
                "win_rate_high": high,
                "standing": "too_few" if won + lost < 5 else standing,
                "won_value": money(sum(amounts)),
                "average_won": Nearest(Fraction(sum(amounts), won)) if won else None,
                "median_won": Nearest(middle(amounts)) if won else None,
                "median_days_to_close": median_survival(closed, still_open),
                "response_days": middle(talk.response for talk in asked),
                "discount_depth": mean(talk.discount for talk in like_others),
                "usual_depth": mean(usual[talk.segment, talk.category] for talk in like_others),
                **book,
            }
        )
    return sorted(rows, key=lambda row: (row["won"] + row["lost"] < 5, falling(row["win_rate_low"]), row["rep_id"]))


MEASURES = ("revenue", "margin_rate", "win_rate", "average_won", "response_days", "discount_depth")


def peer_groups(facts: Facts) -> dict[str, list[str]]:
    """The groups each person with accounts is in, the narrowest first, of six people at least."""
    owned = Counter(row["owner_rep_id"] for row in facts.customers.values())
    kinds = {rep: row.get("kind") or "unknown" for rep, row in facts.reps.items() if owned[rep]}
    halves = {kind: statistics.median(owned[rep] for rep in kinds if kinds[rep] == kind) for kind in kinds.values()}
    groups = {
        rep: [f"{kind}_{'larger' if owned[rep] > halves[kind] else 'smaller'}", f"{kind}_any", "everybody"]
        for rep, kind in kinds.items()
    }
    people = Counter(group for those in groups.values() for group in those)
    return {rep: [group for group in those if people[group] >= 6] for rep, those in groups.items()}


def span_figures(facts: Facts, rep: str, first: date, last: date) -> Row:
    """What a person did from the first to the last day, in cents, rates and days."""
    orders, won, lost = credited(facts, rep, lambda day: first <= day <= last)
    own = [talk for talk in facts.negotiations if talk.rep == rep]
    gave = [talk.discount for talk in own if talk.outcome and talk.closed and first <= talk.closed <= last]
    answers = [talk.response for talk in own if first <= talk.requested <= last]
    decided = len(won) + lost

    def of_five(values: list, result: Callable[[list], Any]) -> Any:
        known = [value for value in values if value is not None]
        return result(known) if len(known) >= 5 else None

    return {
        "decided": decided,
        "revenue": Fraction(sum(order.revenue for order in orders)),
        "margin_rate": sums(line for order in orders for line in order.lines).margin_rate,
        "win_rate": rate(len(won), decided) if decided >= 5 else None,
        "average_won": of_five(won, mean),
        "response_days": of_five(answers, middle),
        "discount_depth": of_five(gave, mean),
    }


def beside_peers(facts: Facts, rep: str, first: date, last: date, base_first: date, base_last: date | None) -> Row:
    """A person's figures in a span, in another, and the median of its group with the spread around it."""
    own = span_figures(facts, rep, first, last)
    base = span_figures(facts, rep, base_first, base_last) if base_last else {}
    groups = peer_groups(facts)
    mine = next(iter(groups.get(rep, ())), None)
    others = [span_figures(facts, peer, first, last) for peer, those in groups.items() if mine in those]
    row: Row = {"decided": own["decided"]}
    for column in MEASURES:
        known = [figures[column] for figures in others if figures[column] is not None]
        median = middle(known) if len(known) >= 6 else None
        spread = None if median is None else middle(abs(figure - median) for figure in known)
        row |= {
            column: own[column],
            f"{column}_base": base.get(column),
            f"{column}_peers": median,
            f"{column}_spread": spread,
        }
    for name, amount in row.items():
        if name.startswith(("revenue", "average_won")) and amount is not None:
            row[name] = Nearest(amount, Fraction(3, 2))  # rounded up to three times, own, median and distance
    return row


def has_figures(facts: Facts, rep: str | None) -> bool:
    if rep not in facts.reps:
        return False
    book = looked_after(facts, rep)
    return bool(book["accounts"] or book["known_since"])


def team_coaching(facts: Facts, view: View) -> list[Row]:
    rep = view.rep
    if rep is None or not has_figures(facts, rep):
        return []
    last, days = facts.as_of, timedelta(days=1)
    first = last - YEAR + days
    groups = peer_groups(facts)
    mine = next(iter(groups.get(rep, ())), None)
    return [
        {
            "rep_id": rep,
            "rep": facts.reps[rep]["name"],
            "team": facts.reps[rep]["team"],
            "kind": facts.reps[rep].get("kind"),
            **looked_after(facts, rep),
            "peer_group": mine,
            "peers": sum(mine in those for those in groups.values()) - 1 if mine else None,
            **beside_peers(facts, rep, first, last, first - YEAR, first - days),
        }
    ]


def team_coaching_quarters(facts: Facts, view: View) -> list[Row]:
    rep = view.rep
    if rep is None or not has_figures(facts, rep):
        return []
    known = [order.day for order in facts.orders] + [facts.as_of]
    known += [quote["requested_on"] for talk in facts.negotiations for quote in talk.versions]
    known += [quote["closed_on"] for talk in facts.negotiations for quote in talk.versions if quote["closed_on"]]
    known += [event["occurred_at"].date() for event in facts.company["quote_events"]]
    first = min(known).replace(day=1)
    earliest = months_before(facts.as_of, 39)[0]
    starts = [date(year, month, 1) for year in range(earliest.year, facts.as_of.year + 1) for month in (1, 4, 7, 10)]
    rows = []
    for start in starts:
        last = months_after(start, 3) - timedelta(days=1)
        if not (max(first, earliest) <= start and last <= facts.as_of):
            continue
        before = months_after(start, -12)
        base_last = months_after(before, 3) - timedelta(days=1) if max(first, earliest) <= before else None
        row = beside_peers(facts, rep, start, last, before, base_last)
        row = {name: value for name, value in row.items() if not name.endswith("_spread")}
        rows.append({"quarter": f"{start.year} Q{start.month // 3 + 1}", "starts_on": start, **row})
    return rows[-8:]


def months_after(month: date, months: int) -> date:
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def team_stages(facts: Facts, view: View) -> list[Row]:
    amounts = defaultdict(list)
    for talk in facts.negotiations:
        if talk.outcome is None and talk.rep in team_of(facts, view):
            amounts[talk.rep, talk.stage].append(talk.amount)
    rows = [
        {
            "rep_id": rep,
            "rep": facts.reps[rep]["name"],
            "stage": stage,
            "negotiations": len(these),
            "amount": money(sum(these)),
        }
        for (rep, stage), these in amounts.items()
    ]
    return sorted(rows, key=lambda row: (row["rep"], row["rep_id"], row["stage"] is None, row["stage"] or ""))


# What is due.


def dues(facts: Facts) -> list[Row]:
    days, soon, month = timedelta(days=1), facts.as_of + timedelta(days=14), facts.as_of + timedelta(days=30)
    sixty, never = 60 * days, date.max
    rows: list[Row] = []

    def due(
        kind: str, customer: str, subject: str, rep: str | None, reason: str, day: date | None, **more: Any
    ) -> None:
        told = ("told_close_on", "expected_close_on", "slips", "valid_until", "ends_on", "review_on", "last_contact_on",
                "days_since", "usual_gap_days", "at_stake", "win_probability")  # fmt: skip
        name = facts.customers[customer]["name"]
        row = {"alert": kind, "customer_id": customer, "subject": subject, "customer": name, "about": subject}
        person = {"rep_id": rep, "rep": name_of(facts.reps, rep), "status": "open", "until": None, "version": 0}
        rows.append(dict.fromkeys(told) | row | {"reason": reason, "due_on": day} | person | more)

    for talk in facts.negotiations:
        if talk.outcome:
            continue
        won = facts.wins.get(talk.negotiation_id, {})
        told = won.get("expected_close_on")
        ahead = min((day for day in (told, talk.expected) if day and day >= facts.as_of), default=None)
        if talk.valid and facts.as_of <= talk.valid <= soon:
            reason = "offer_ends"
        elif ahead and ahead <= soon:
            reason = "decision_14"
        elif talk.slips or (talk.expected and talk.expected < facts.as_of):
            reason = "slipped"
        elif ahead and ahead <= month:
            reason = "decision_30"
        else:
            continue
        due(
            "deal", talk.customer, talk.negotiation_id, talk.rep, reason,
            talk.valid if reason == "offer_ends" else ahead or talk.expected,
            at_stake=money(talk.amount), win_probability=won.get("win_probability"), told_close_on=told,
            expected_close_on=talk.expected, slips=talk.slips, valid_until=talk.valid,
        )  # fmt: skip

    agreements = defaultdict(list)
    for agreement in facts.company.get("contracts", []):
        agreements[agreement["customer_id"]].append(agreement)
    for customer, several in agreements.items():
        last = max(agreement["ends_on"] or never for agreement in several)
        for agreement in several:
            ends, review = agreement["ends_on"] or never, agreement["review_on"]
            if ends != last or ends < facts.as_of:
                continue
            is_ending = ends != never and ends <= facts.as_of + sixty
            if not is_ending and not (review and abs(review - facts.as_of) <= sixty):
                continue
            due(
                "contract", customer, agreement["contract_id"], facts.customers[customer]["owner_rep_id"],
                "contract_ends" if is_ending else "review_due", agreement["ends_on"] if is_ending else review,
                at_stake=agreement["annual_value"], ends_on=agreement["ends_on"], review_on=review,
            )  # fmt: skip

    touches: dict[str, set[date]] = defaultdict(set)
    for activity in facts.company.get("activities", []):
        touches[activity["contact_id"]].add(activity["occurred_on"])
    for talk in facts.negotiations:
        for event in talk.events:
            touches[event.get("contact_id")].add(max(event["occurred_at"].date(), talk.requested))
    worth = standings(facts)
    people = defaultdict(list)
    for contact in facts.company.get("contacts", []):
        if touches[contact["contact_id"]]:
            people[contact["customer_id"]].append(contact)
    for customer, several in people.items():
        several.sort(key=lambda contact: contact["contact_id"])
        main = max(
            several, key=lambda contact: (len(touches[contact["contact_id"]]), max(touches[contact["contact_id"]]))
        )
        on = sorted(touches[main["contact_id"]])
        gaps = [(later - earlier).days for earlier, later in itertools.pairwise(on)]
        usual = Fraction(statistics.median(map(Fraction, gaps))) if len(gaps) >= 3 else None
        since = (facts.as_of - on[-1]).days
        if 365 >= since > max(90, 2 * (usual or 0)) and worth[customer]["year"] > 0:
            due(
                "contact", customer, main["contact_id"], facts.customers[customer]["owner_rep_id"], "contact_quiet",
                None,
                about=main["name"], at_stake=money(worth[customer]["year"]), last_contact_on=on[-1], days_since=since,
                usual_gap_days=usual,
            )  # fmt: skip
    return rows


def team_due(facts: Facts, view: View) -> list[Row]:
    reps = team_of(facts, view)
    rows = [
        row
        for row in dues(facts)
        if (view.team is None or row["rep_id"] in reps)
        and chosen(view.owner)(row["rep_id"])
        and chosen(view.alert)(row["alert"])
        and chosen(view.reason)(row["reason"])
        and row["status"] == (view.status or "open")
        and chosen(view.customer)(row["customer_id"])
        and (view.search or "").lower() in row["customer"].lower()
    ]
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: row["customer"].lower(),
        "due_on": lambda row: row["due_on"] or date.max,
    }
    by = order.get(view.sort, lambda row: 0)
    rows.sort(key=lambda row: (by(row), falling(row["at_stake"]), row["alert"], row["customer_id"], row["subject"]))
    return page(rows, view, "items")


def team_due_people(facts: Facts, view: View) -> list[Row]:
    rows = []
    for rep in team_of(facts, view):
        own = {kind: [row for row in dues(facts) if row["rep_id"] == rep and row["alert"] == kind]
               for kind in ("deal", "contract", "contact")}  # fmt: skip
        worths = {kind: sum((row["at_stake"] or 0 for row in of_kind), Decimal(0)) for kind, of_kind in own.items()}
        row = {
            "rep_id": rep,
            "rep": facts.reps[rep]["name"],
            "deals": len(own["deal"]),
            "deal_value": worths["deal"],
            "contracts": len(own["contract"]),
            "contract_value": worths["contract"],
            "quiet_contacts": len(own["contact"]),
            "items": sum(map(len, own.values())),
        }
        rows += [row] if row["items"] else []
    return sorted(rows, key=lambda row: (-row["deal_value"], -row["items"], row["rep_id"]))


# Effort.


def owned(facts: Facts, rep: str) -> list[str]:
    return [customer for customer, row in facts.customers.items() if row["owner_rep_id"] == rep]


def served(facts: Facts, rep: str) -> int:
    """Segments that make up at least 5 accounts and a twentieth of a book."""
    book = owned(facts, rep)
    by_segment = Counter(facts.customers[customer]["segment"] for customer in book)
    return sum(1 for code, number in by_segment.items() if code and number >= 5 and number * 20 >= len(book))


def segments_of(facts: Facts) -> int:
    return len({row["segment"] for row in facts.customers.values()} - {None})


def stakes(facts: Facts, customers: Iterable[str]) -> tuple[Decimal, Decimal]:
    """What late accounts and categories at risk put at stake."""
    late, risks = Decimal(0), Decimal(0)
    for customer in customers:
        rhythm = facts.rhythms[customer]
        late += rhythm.said["at_stake"] if rhythm.state == "late" else 0
        risks += sum((row["at_stake"] for row in facts.risks[customer]), Decimal(0))
    return late, risks


def team_effort(facts: Facts, view: View) -> list[Row]:
    worth, rows = standings(facts), []
    since = facts.as_of - timedelta(days=90)
    recent = Counter(
        row["customer_id"] for row in facts.company.get("activities", []) if since < row["occurred_on"] <= facts.as_of
    )
    for rep in team_of(facts, view):
        if not (book := owned(facts, rep)):
            continue
        capacity, number = facts.reps[rep].get("capacity"), served(facts, rep)
        late, risks = stakes(facts, book)
        tail = [customer for customer in book if worth[customer]["tier"] == "long_tail"]
        contacts = sum(recent[customer] for customer in book)
        rows.append(
            {
                "rep_id": rep,
                "rep": facts.reps[rep]["name"],
                "kind": facts.reps[rep].get("kind"),
                "accounts": len(book),
                "capacity": capacity,
                "capacity_use": rate(len(book), capacity),
                "revenue_year": money(sum(worth[customer]["year"] for customer in book)),
                "late_accounts": sum(facts.rhythms[customer].state == "late" for customer in book),
                "late_value": late,
                "at_risk_value": risks,
                "long_tail_accounts": len(tail),
                "long_tail_touched": rate(sum(recent[customer] > 0 for customer in tail), len(tail)),
                "activities": contacts,
                "activities_per_account": Fraction(contacts, len(book)),
                "segments_served": number,
                "serves_all": number == segments_of(facts) > 1,
            }
        )
    return sorted(rows, key=lambda row: (falling(row["capacity_use"]), -row["accounts"], row["rep_id"]))


def team_channel_mix(facts: Facts, view: View) -> list[Row]:
    span, team = view.window(facts), team_of(facts, view)
    orders = [o for o in facts.orders if o.owner in team and (span.now(o.day) or span.base(o.day))]
    now = {
        c: sum(o.revenue for o in orders if (o.channel or "unknown") == c and span.now(o.day)) for c in channels(orders)
    }
    base = {
        c: sum(o.revenue for o in orders if (o.channel or "unknown") == c and span.base(o.day))
        for c in channels(orders)
    }
    rows = []
    for code in now:
        whole, whole_base = sum(now.values()), sum(base.values())
        share = rate(now[code], whole) if whole > 0 else None
        share_base = rate(base[code], whole_base) if whole_base > 0 else None
        rows.append(
            {
                "channel": code,
                "revenue": money(now[code]),
                "share": share,
                "revenue_base": money(base[code]),
                "share_base": share_base,
                "share_shift": None if share is None or share_base is None else share - share_base,
                "orders": sum((o.channel or "unknown") == code and span.now(o.day) and not o.is_note for o in orders),
            }
        )
    return sorted(rows, key=lambda row: (-row["revenue"], row["channel"]))


def channels(orders: Iterable[Order]) -> set[str]:
    return {order.channel or "unknown" for order in orders}


STUDENT = {4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def team_all_segments(facts: Facts, view: View) -> list[Row]:
    if segments_of(facts) < 2:
        return []
    worth, year = standings(facts), facts.as_of - YEAR
    measures: dict[str, list[tuple[str, str | None, bool, int]]] = {
        "win_rate": [
            (talk.rep, talk.segment, talk.outcome == "won", talk.amount)
            for talk in facts.negotiations
            if talk.outcome and talk.rep and talk.closed and year < talk.closed <= facts.as_of
        ],
        "retention": [
            (row["owner_rep_id"], row["segment"], worth[customer]["year"] > 0, 0)
            for customer, row in facts.customers.items()
            if row["owner_rep_id"] and worth[customer]["base"] > 0
        ],
    }
    rows = []
    for measure, trials in measures.items():
        hits = defaultdict(list)
        for _, segment, hit, _ in trials:
            hits[segment].append(hit)
        usual = {segment: Fraction(sum(known), len(known)) for segment, known in hits.items()}
        sides: dict[bool, list[tuple[Fraction, Fraction, int]]] = {True: [], False: []}
        for rep in team_of(facts, view):
            own = [trial for trial in trials if trial[0] == rep]
            if len(own) >= 5 and owned(facts, rep):
                mean = Fraction(sum(hit for _, _, hit, _ in own), len(own))
                excess = mean - sum(usual[segment] for _, segment, _, _ in own) / len(own)
                sides[served(facts, rep) == segments_of(facts)].append((mean, excess, sum(t[3] for t in own)))
        if not any(sides.values()):
            continue
        (everything, fewer), difference, spread = (sides[True], sides[False]), None, None
        if (least := min(len(everything), len(fewer))) >= 5:
            above, below = [e for _, e, _ in everything], [e for _, e, _ in fewer]
            difference = statistics.mean(above) - statistics.mean(below)
            error = math.sqrt(statistics.variance(above) / len(above) + statistics.variance(below) / len(below))
            spread = Fraction(error * STUDENT.get(least - 1, 2.228))
        rows.append(
            {
                "measure": measure,
                "people_all": len(everything),
                "people_fewer": len(fewer),
                "rate_all": statistics.mean(m for m, _, _ in everything) if everything else None,
                "rate_fewer": statistics.mean(m for m, _, _ in fewer) if fewer else None,
                "difference": difference,
                "difference_low": None if difference is None else difference - spread,
                "difference_high": None if difference is None else difference + spread,
                "decided_value": money(sum(amount for _, _, amount in everything)),
            }
        )
    return rows


def team_moves(facts: Facts, view: View) -> list[Row]:
    worth = standings(facts)
    spoken: dict[str, date] = {}
    for row in facts.company.get("activities", []):
        if row["occurred_on"] <= facts.as_of:
            spoken[row["customer_id"]] = max(row["occurred_on"], spoken.get(row["customer_id"], date.min))
    books = {rep: owned(facts, rep) for rep in team_of(facts, view) if facts.reps[rep].get("capacity") is not None}
    capacity = {rep: facts.reps[rep]["capacity"] for rep in books}

    def least(customer: str) -> tuple:
        return worth[customer]["year"], spoken.get(customer, date.min), customer

    def mostly(rep: str, name: str) -> str | None:
        known = Counter(facts.customers[customer][name] for customer in books[rep])
        known.pop(None, None)
        return min(known, key=lambda code: (-known[code], code), default=None)

    wishes = sorted(
        (c for rep, book in books.items() for c in sorted(book, key=least)[: max(0, len(book) - capacity[rep])]),
        key=least,
    )
    wishes = [customer for customer in wishes if facts.customers[customer]["segment"]]
    room = [rep for rep, book in books.items() if book and len(book) < capacity[rep] and mostly(rep, "segment")]
    near: dict[tuple, list[str]] = defaultdict(list)
    for rep in room:
        for place in range(capacity[rep] - len(books[rep])):
            near[mostly(rep, "segment"), mostly(rep, "region")].append((place, len(books[rep]) - capacity[rep], rep))
    near = {cell: [rep for *_, rep in sorted(places)] for cell, places in near.items()}
    taken: Counter = Counter()
    given: dict[str, str] = {}
    for customer in wishes:
        cell = facts.customers[customer]["segment"], facts.customers[customer]["region"]
        if None not in cell and taken[cell] < len(near.get(cell, [])):
            given[customer] = near[cell][taken[cell]]
            taken[cell] += 1
    left: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for cell, places in near.items():
        left[cell[0]] += [(number, rep) for number, rep in enumerate(places, 1) if number > taken[cell]]
    for segment, places in left.items():
        waiting = [c for c in wishes if c not in given and facts.customers[c]["segment"] == segment]
        given |= {customer: rep for customer, (_, rep) in zip(waiting, sorted(places), strict=False)}
    rows = []
    for customer, to in given.items():
        account, giver = facts.customers[customer], facts.customers[customer]["owner_rep_id"]
        away = sum(facts.customers[c]["owner_rep_id"] == giver for c in given)
        more = sum(rep == to for rep in given.values())
        silent = customer not in spoken or spoken[customer] <= facts.as_of - timedelta(days=90)
        rows.append(
            {
                "customer_id": customer,
                "customer": account["name"],
                "segment": account["segment"],
                "region": account["region"],
                "from_rep": facts.reps[giver]["name"],
                "to_rep": facts.reps[to]["name"],
                "move_reason": "no_revenue"
                if worth[customer]["year"] <= 0
                else "silent_90"
                if silent
                else "lowest_worth",
                "revenue_year": money(worth[customer]["year"]),
                "last_contact_on": spoken.get(customer),
                "is_same_region": account["region"] == mostly(to, "region"),
                "from_accounts": len(books[giver]),
                "from_accounts_after": len(books[giver]) - away,
                "from_use_after": rate(len(books[giver]) - away, capacity[giver]),
                "to_accounts": len(books[to]),
                "to_accounts_after": len(books[to]) + more,
                "to_use_after": rate(len(books[to]) + more, capacity[to]),
            }
        )
    rows = [row for row in rows if (view.search or "").lower() in row["customer"].lower()]
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: row["customer"].lower(),
        "last_contact_on": lambda row: row["last_contact_on"] or date.min,
    }
    rows.sort(key=lambda row: (order.get(view.sort, lambda row: 0)(row), row["revenue_year"], row["customer_id"]))
    return page(rows, view, "moves")


def team_targets(facts: Facts, view: View) -> list[Row]:
    def target(rep: str, month: int) -> Decimal | None:
        return total(
            row["target"]
            for row in facts.company["quotas"]
            if (row["rep_id"], row["metric"]) == (rep, view.metric)
            and (row["month"].year, row["month"].month) == (facts.as_of.year, month)
        )

    rows = [
        {"rep_id": rep, "rep": facts.reps[rep]["name"], "team": facts.reps[rep]["team"]}
        | {f"target_{month:02}": target(rep, month) for month in range(1, 13)}
        for rep in team_of(facts, view)
    ]
    return sorted(rows, key=lambda row: (row["team"] is None, row["team"] or "", row["rep"], row["rep_id"]))


# Leads and new accounts.

FIRST_DAYS = timedelta(days=90)


def score(row: Row, view: View) -> tuple[float | None, float | None]:
    """0 to 100, and how much of the weight is known; None where the segment has no weights, or nothing is known."""
    weights = {row["segment"]: row for row in json.loads(view.weights)}.get(row["segment"])
    if weights is None:
        return None, None
    scales = [("turnover", "annual_turnover", 1e12), ("volume", "expected_annual_volume", 1e9)]
    scales += [("outlets", "outlets", 1e4)] + [("frequency", "first_orders", 11)] * ("first_orders" in row)
    marks = [
        (weights[name], min(math.log(1 + max(float(row[column]), 0)) / math.log(full), 1))
        for name, column, full in scales
        if row[column] is not None
    ]
    known, whole = sum(weight for weight, _ in marks), sum(weights[name] for name, _, _ in scales)
    return (100 * sum(weight * mark for weight, mark in marks) / known if known else None), known / whole


def leads_of(facts: Facts, view: View, *statuses: str) -> list[Row]:
    return [
        lead
        for lead in facts.company.get("leads", [])
        if lead["status"] in statuses and chosen(view.segment)(lead["segment"]) and chosen(view.owner)(lead["rep_id"])
    ]


def beginnings(facts: Facts, view: View) -> list[Row]:
    """Accounts whose beginning is known: their first 90 days, and what the year after brought once it is over."""
    orders = defaultdict(list)
    for order in facts.orders:
        if order.customer and order.day <= facts.as_of:
            orders[order.customer].append(order)
    firsts = {who: min((o.day for o in these if not o.is_note), default=None) for who, these in orders.items()}
    history_from = min((day for day in firsts.values() if day), default=None)
    rows = []
    for account in accounts_of(facts, view):
        first, created = firsts.get(account["customer_id"]), account["created_on"]
        row = account | {"first": first, "orders": 0, "first_orders": None, "following": None}
        if first and history_from:
            if (created if created and created <= first else first - YEAR) < history_from:
                continue
            these = [order for order in orders[account["customer_id"]] if order.day >= first]
            early = [order for order in these if order.day < first + FIRST_DAYS]
            year = [order for order in these if first + FIRST_DAYS <= order.day < first + FIRST_DAYS + YEAR]
            row["orders"] = sum(not order.is_note for order in these)
            row["first_orders"] = sum(not order.is_note for order in early)
            if facts.as_of >= first + FIRST_DAYS + YEAR:
                row["following"] = sum(order.revenue for order in year)
            if account["expected_annual_volume"] is None:
                yearly = Fraction(max(sum(order.revenue for order in early), 0) * 365, 90)
                row |= {"expected_annual_volume": yearly / 100, "shown_volume": Nearest(yearly)}
        elif created is None:
            continue
        row["is_new"] = facts.as_of - (first or created) <= YEAR
        rows.append(row)
    return rows


def customers_qualification(facts: Facts, view: View) -> list[Row]:
    def owner(rep: str | None) -> str | None:
        return facts.reps[rep]["name"] if rep else None

    blank = dict.fromkeys(("lead_id", "customer_id", "orders", "first_order_on", "source", "status"))
    kept = ("company", "segment", "annual_turnover", "outlets", "created_on")
    shown = [
        (lead, {"stage": "lead", "lead_id": lead["lead_id"], "source": lead["source"], "status": lead["status"],
                "expected_annual_volume": lead["expected_annual_volume"], "owner": owner(lead["rep_id"])})
        for lead in leads_of(facts, view, "new", "accepted")
    ]  # fmt: skip
    for row in beginnings(facts, view):
        if row["is_new"]:
            given = row["expected_annual_volume"]
            said = {
                "stage": "account",
                "customer_id": row["customer_id"],
                "orders": row["orders"],
                "first_order_on": row["first"],
                "expected_annual_volume": row.get("shown_volume", None if given is None else max(given, Decimal(0))),
                "owner": owner(row["owner_rep_id"]),
            }
            shown.append((row | {"company": row["name"]}, said))
    rows = []
    for known_of, said in shown:
        if view.stage in (None, said["stage"]):
            marks, known = score(known_of, view)
            scores = {
                "lead_score": None if marks is None else Fraction(marks),
                "known": None if known is None else Fraction(known),
            }
            rows.append(blank | {name: known_of[name] for name in kept} | said | scores)
    rows.sort(
        key=lambda row: (*falling(row["lead_score"]), row["stage"], row["lead_id"] or "", row["customer_id"] or "")
    )
    return page(rows, view, "items")


def customers_qualification_record(facts: Facts, view: View) -> list[Row]:
    decided = [(score(lead, view)[0], lead) for lead in leads_of(facts, view, "converted", "rejected")]
    ranked = sorted((-marks, lead["lead_id"], lead["status"]) for marks, lead in decided if marks is not None)
    rows, begin = [], 0
    for place, third in enumerate(("top_third", "middle_third", "bottom_third")):
        size = len(ranked) // 3 + (place < len(ranked) % 3)
        these = [status for *_, status in ranked[begin : begin + size]]
        begin += size
        if these:
            won = these.count("converted")
            rows.append({"third": third, "leads": size, "converted": won, "share": Fraction(won, size)})
    return rows


def customers_qualification_accounts(facts: Facts, view: View) -> list[Row]:
    followed = [(score(row, view)[0], row) for row in beginnings(facts, view) if row["following"] is not None]
    ranked = sorted((-marks, row["customer_id"], row["following"]) for marks, row in followed if marks is not None)
    rows, begin = [], 0
    for place, third in enumerate(("top_third", "middle_third", "bottom_third")):
        size = len(ranked) // 3 + (place < len(ranked) % 3)
        these = [Fraction(revenue) for *_, revenue in ranked[begin : begin + size]]
        begin += size
        if these:
            middle, mean = Nearest(statistics.median(these)), Nearest(statistics.mean(these))
            rows.append({"third": third, "accounts": size, "median_revenue": middle, "mean_revenue": mean})
    return rows


# What the filters offer.


def shared_segments(facts: Facts, view: View) -> list[Row]:
    return [{"value": v} for v in sorted({c["segment"] for c in facts.customers.values() if c["segment"]})]


def shared_categories(facts: Facts, view: View) -> list[Row]:
    return [{"value": v} for v in sorted({p["category"] for p in facts.products.values() if p["category"]})]


def shared_teams(facts: Facts, view: View) -> list[Row]:
    return [{"value": v} for v in sorted({r["team"] for r in facts.reps.values() if r["team"]})]


def shared_owners(facts: Facts, view: View) -> list[Row]:
    return [{"value": k, "label": r["name"]} for k, r in sorted(facts.reps.items(), key=by_name)]


def shared_catalog_choices(facts: Facts, view: View) -> list[Row]:
    return [{"value": k, "label": r["name"]} for k, r in sorted(facts.catalogs.items(), key=by_name)]


def by_name(item: tuple[str, Row]) -> tuple[str, str]:
    return (item[1]["name"], item[0])


def team_pipeline_forecast(facts: Facts, view: View) -> list[Row]:
    deals = [
        (talk.rep, talk.amount, won)
        for talk in facts.negotiations
        if talk.rep in team_of(facts, view)
        and (won := facts.wins.get(talk.negotiation_id))
        and won["win_probability"] is not None
    ]
    rows = []
    for rep in [None, *{rep for rep, _, _ in deals}]:
        these = [(amount, won) for owner, amount, won in deals if rep in (None, owner)]
        if not these:
            continue

        def within(days: int, these: list = these) -> Fraction:
            return sum((Fraction(won[f"won_{days}_days"]) * amount for amount, won in these), Fraction(0))

        def between(low: float, high: float, these: list = these) -> Any:
            return money(sum(amount for amount, won in these if low <= won["win_probability"] < high))

        variance = sum(
            Fraction(won["won_90_days"]) * (1 - Fraction(won["won_90_days"])) * amount * amount for amount, won in these
        )
        spread = Fraction(1.282 * math.sqrt(variance))
        rows.append(
            {
                "rep_id": rep,
                "rep": facts.reps[rep]["name"] if rep else "all_people",
                "team": facts.reps[rep]["team"] if rep else None,
                "deals": len(these),
                "open_value": money(sum(amount for amount, _ in these)),
                "commit_value": between(0.7, 2),
                "likely_value": between(0.5, 0.7),
                "best_case_value": between(0.25, 0.5),
                "won_30_days": Nearest(within(30)),
                "won_60_days": Nearest(within(60)),
                "won_90_days": Nearest(within(90)),
                "won_90_low": Nearest(max(within(90) - spread, Fraction(0))),
                "won_90_high": Nearest(within(90) + spread),
            }
        )
    return sorted(
        rows, key=lambda row: (row["rep_id"] is not None, -round(row["won_90_days"].cents, 6), row["rep_id"] or "")
    )
