"""Leads and new accounts."""

import json
import math
import statistics
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from tests.facts import Facts
from tests.kpis.shared import YEAR, Nearest, Row, View, accounts_of, falling, leads_of, page

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
