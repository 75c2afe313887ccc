"""The figures of every page by plain Python, one function a query, named as it: what the queries are held to.

Money comes as whole cents in `Money`; where a query rounds a quotient, any nearest cent will do (`Nearest`).
"""

import itertools
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.facts import (
    Facts,
    Line,
    Negotiation,
    Order,
    Window,
    chosen,
    rate,
    sums,
    total,
    window,
    working_days,
    years_before,
)

Row = dict[str, Any]

NO_ORDER_FOLLOWED = 30  # days of maturity where no quote was ever ordered


@dataclass(frozen=True)
class Nearest:
    """An amount of money that is no whole number of cents."""

    cents: Fraction


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

    def window(self, facts: Facts) -> Window:
        return window(facts.as_of, self.period, self.compare)


def money(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents) / 100


def change(now: int, base: int) -> Fraction | None:
    return Fraction(now, base) - 1 if base > 0 else None


def falling(value: Any) -> tuple[bool, Any]:
    """Sorts the largest first and what is unknown last."""
    return (value is None, 0 if value is None else -value)


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
        if found(view.search, account["name"], account["customer_id"]):
            rows.append(account_row(facts, view, account))
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (row["customer"].lower(), falling(row["_late_at_stake"])),
        "revenue": lambda row: falling(row["revenue"]),
        "change": lambda row: falling(row["revenue_base"] - row["revenue"]),
        "margin": lambda row: falling(row["margin"]),
        "orders": lambda row: falling(row["orders"]),
        "overdue": lambda row: (row["rhythm"] != "late", falling(row["overdue_ratio"])),
        "silence": lambda row: falling(row["days_since_last"]),
    }
    by = order.get(view.sort, lambda row: falling(row["_late_at_stake"]))
    rows.sort(key=lambda row: (by(row), row["customer_id"]))
    return page([{name: cell for name, cell in row.items() if name[0] != "_"} for row in rows], view, "accounts")


def account_row(facts: Facts, view: View, account: Row) -> Row:
    span, rhythm = view.window(facts), facts.rhythms[account["customer_id"]]
    own = [order for order in facts.orders if order.customer == account["customer_id"]]
    now = [order for order in own if span.now(order.day)]
    bought = sums(lines_of(now))
    base = sum(order.revenue for order in own if span.base(order.day))
    return {
        "customer_id": account["customer_id"],
        "customer": account["name"],
        "segment": account["segment"],
        "owner": name_of(facts.reps, account["owner_rep_id"]),
        "rhythm": rhythm.state,
        "orders": sum(not order.is_note for order in now),
        "quantity": bought.quantity or Decimal(0),
        "revenue": money(bought.revenue or 0),
        "revenue_base": money(base),
        "change": change(bought.revenue or 0, base),
        "margin": money(bought.margin),
        "margin_rate": bought.margin_rate,
        "days_since_last": rhythm.since,
        "usual_interval_days": rhythm.usual,
        "overdue_ratio": rhythm.ratio,
        "at_stake": money(round(rhythm.at_stake)),
        "_late_at_stake": round(rhythm.at_stake) if rhythm.state == "late" else 0,
    }


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
        buyers = accounts & {order.customer for order in now if not order.is_note}
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
            }
        )
    return sorted(rows, key=lambda r: (-r["revenue"], r["catalog_id"], r["segment"] is None, r["segment"] or ""))


def catalogs_products(facts: Facts, view: View) -> list[Row]:
    span, category = view.window(facts), chosen(view.category)
    now, base = defaultdict(list), defaultdict(list)
    for line in goods_of(facts, view):
        if span.now_by_month(line.order.day):
            now[line.product].append(line)
        if span.base_by_month(line.order.day):
            base[line.product].append(line)
    rows = []
    for product in now.keys() | base.keys():
        known = facts.products[product]
        sku = known.get("sku") or product
        if category(known["category"]) and found(view.search, known["name"], sku):
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
                }
                | product_figures(now[product])
            )
    order: dict[str | None, Callable[[Row], Any]] = {
        "product": lambda row: (row["product"].lower(), falling(row["revenue"])),
        "margin": lambda row: falling(row["margin"]),
        "margin_rate": lambda row: falling(row["margin_rate"]),
        "quantity": lambda row: falling(row["quantity"]),
        "change": lambda row: falling(row["revenue_base"] - row["revenue"]),
    }
    by = order.get(view.sort, lambda row: falling(row["revenue"]))
    return page(sorted(rows, key=lambda row: (by(row), row["product_id"])), view, "products")


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
    moves = [move for move in facts.moves if move.negotiation.negotiation_id in talks]
    leaving = Counter(move.from_job for move in moves)
    rows = []
    for left, reached in sorted({(move.from_job, move.to_job) for move in moves}):
        these = [move for move in moves if (move.from_job, move.to_job) == (left, reached)]
        rows.append(
            {
                "from_job": left,
                "to_job": reached,
                "moves": len(these),
                "share": Fraction(len(these), leaving[left]),
                "median_days": Fraction(statistics.median(Fraction(move.days) for move in these)),
                "steps_back": sum(move.is_back for move in these),
            }
        )
    return rows


def negotiation_row(facts: Facts, talk: Negotiation) -> Row:
    return {
        "negotiation_id": talk.negotiation_id,
        "customer_id": talk.customer,
        "customer": facts.customers[talk.customer]["name"],
        "segment": talk.segment,
        "amount": money(talk.amount),
        "stage": talk.stage,
        "age_days": (facts.as_of - talk.requested).days,
        "expected_close_on": talk.newest.get("expected_close_on"),
        "valid_until": talk.newest.get("valid_until"),
        "revisions": talk.revisions,
    }


def negotiations_open_list(facts: Facts, view: View) -> list[Row]:
    rows = [
        negotiation_row(facts, talk) | {"last_event_on": talk.last_event}
        for talk in talks_of(facts, view)
        if talk.outcome is None and found(view.search, facts.customers[talk.customer]["name"], talk.negotiation_id)
    ]
    order: dict[str | None, Callable[[Row], Any]] = {
        "customer": lambda row: (row["customer"].lower(), -row["amount"]),
        "expected_close": lambda row: (row["expected_close_on"] or date.max, -row["amount"]),
        "age": lambda row: -row["age_days"],
    }
    by = order.get(view.sort, lambda row: -row["amount"])
    return page(sorted(rows, key=lambda row: (by(row), row["negotiation_id"])), view, "negotiations")


def negotiations_negotiation(facts: Facts, view: View) -> list[Row]:
    return [
        negotiation_row(facts, talk)
        | {
            "requested_on": talk.requested,
            "issued_on": talk.issued,
            "outcome": talk.outcome,
            "closed_on": talk.closed,
            "outcome_reason": talk.newest.get("outcome_reason"),
            "days_to_close": talk.days,
        }
        for talk in facts.negotiations
        if talk.negotiation_id == view.negotiation
    ]


def negotiations_path(facts: Facts, view: View) -> list[Row]:
    return [
        {
            "step": move.step,
            "from_job": move.from_job,
            "to_job": move.to_job,
            "days": move.days,
            "is_step_back": move.is_back,
        }
        for move in facts.moves
        if move.negotiation.negotiation_id == view.negotiation
    ]


# Team. Its figures are kept by month, too.


def quota_to_date(facts: Facts, view: View, rep: str) -> Fraction | None:
    """In cents; of the as-of month, the share of its working days that have passed."""
    span, this_month = view.window(facts), facts.as_of.replace(day=1)
    following = months_before(this_month + timedelta(days=40), 1)[0]
    passed = Fraction(working_days(this_month, facts.as_of), working_days(this_month, following - timedelta(days=1)))
    return total(
        Fraction(row["target"]) * 100 * (passed if row["month"].replace(day=1) == this_month else 1)
        for row in facts.company["quotas"]
        if row["rep_id"] == rep
        and row["metric"] == "revenue"
        and span.date_from.replace(day=1) <= row["month"].replace(day=1) <= this_month
    )


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
    return [row | {"quota_to_date": near(quota), "attainment": with_quota / quota if quota else None}]


def near(cents: Fraction | None) -> Nearest | None:
    return None if cents is None else Nearest(cents)


def team_reps(facts: Facts, view: View) -> list[Row]:
    rows = []
    for rep in team_of(facts, view):
        orders, won, lost = credited(facts, rep, view.window(facts).now_by_month)
        revenue, quota = sum(order.revenue for order in orders), quota_to_date(facts, view, rep)
        pending = [talk.amount for talk in facts.negotiations if talk.rep == rep and talk.outcome is None]
        rows.append(
            {
                "rep_id": rep,
                "rep": facts.reps[rep]["name"],
                "team": facts.reps[rep]["team"],
                "kind": facts.reps[rep].get("kind"),
                "revenue": money(revenue),
                "quota_to_date": near(quota),
                "attainment": revenue / quota if quota else None,
                "orders": sum(not order.is_note for order in orders),
                "won": len(won),
                "lost": lost,
                "win_rate": rate(len(won), len(won) + lost),
                "average_won": Nearest(Fraction(sum(won), len(won))) if won else None,
                "open_negotiations": len(pending),
                "open_value": money(sum(pending)),
            }
        )
    return sorted(rows, key=lambda row: (-row["revenue"], row["rep_id"]))


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
