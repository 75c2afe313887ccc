"""Leads and new accounts."""

import json
import math
import statistics
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.facts import Facts
from tests.kpis.shared import (
    YEAR,
    Nearest,
    Row,
    View,
    accounts_of,
    falling,
    found,
    leads_of,
    page,
    quantile,
    share_of,
    wilson,
)

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


def best(row: Row) -> tuple[Any, ...]:
    return (*falling(row["lead_score"]), row["stage"], row["lead_id"] or "", row["customer_id"] or "")


def newest(row: Row) -> tuple[Any, ...]:
    day = row["first_order_on"] or row["created_on"]
    return (day is None, -day.toordinal() if day else 0, *best(row))


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
            row = blank | {name: known_of[name] for name in kept} | said | scores
            if found(view.search, row["company"] or "", row["lead_id"] or row["customer_id"]):
                rows.append(row)
    if view.sort == "newest":
        rows.sort(key=newest)
    else:
        rows.sort(key=best)
    return page(rows, view, "items")


def outcomes(facts: Facts, view: View) -> tuple[list[Row], int]:
    """Past leads of the whole company with their marks and whether they became customers; from what age they count."""
    orders = defaultdict(list)
    for order in facts.orders:
        if order.customer and not order.is_note and order.day <= facts.as_of:
            orders[order.customer].append(order.day)
    leads, taken = facts.company.get("leads", []), []
    for lead in leads:
        account = facts.customers.get(lead["customer_id"] or "")
        if lead["status"] == "converted" and account:
            begun = [*orders[account["customer_id"]], *([account["created_on"]] if account["created_on"] else [])]
            since = [day for day in begun if lead["created_on"] <= day <= facts.as_of]
            taken += [(min(since) - lead["created_on"]).days] if since else []
    age = math.ceil(quantile(taken, Fraction(9, 10))) if taken else 30
    past = [lead for lead in leads if (facts.as_of - lead["created_on"]).days >= age]
    scales = {"turnover": ("annual_turnover", 12), "volume": ("expected_annual_volume", 9), "outlets": ("outlets", 4)}
    rows = [
        {"segment": lead["segment"], "hit": lead["status"] == "converted"}
        | {
            name: None
            if lead[column] is None
            else min(math.log(1 + max(float(lead[column]), 0)) / math.log(10) / decades, 1)
            for name, (column, decades) in scales.items()
        }
        for lead in past
    ]
    for segment in {row["segment"] for row in rows}:
        sides = [[row for row in rows if (row["segment"], row["hit"]) == (segment, hit)] for hit in (True, False)]
        for name in scales:
            fewest, most = sorted(len({row[name] for row in side if row[name]}) for side in sides)
            if min(map(len, sides)) >= 10 and fewest < 2 <= most:
                for row in (*sides[0], *sides[1]):
                    row[name] = None
    for row in rows:
        row |= {name: None if row[name] is None else round(row[name], 2) for name in scales}
    weighed = {each["segment"]: each for each in json.loads(view.weights)}
    kept = [row for row in rows if row["segment"] in weighed and view.segment in (None, row["segment"])]
    return [row | {"weights": weighed[row["segment"]]} for row in kept], age


def score_of(row: Row, *names: str) -> float | None:
    """The score of a past lead by these measures alone."""
    known = [(row["weights"][name], row[name]) for name in names if row[name] is not None]
    weight = sum(each for each, _ in known)
    return round(100 * sum(each * mark for each, mark in known) / weight, 6) if weight else None


def interval(hits: list[bool]) -> tuple[Fraction, Fraction]:
    """Ends of the interval of a third that is large enough for one."""
    low, high = wilson(sum(hits), len(hits))
    assert low is not None
    assert high is not None
    return low, high


def thirds(marked: list[tuple[float | None, bool]]) -> tuple[dict[str, list[bool]], str | None]:
    """What became of those in each third, one score in one third; and how the top third stands to the bottom third."""
    known = [(score, hit) for score, hit in marked if score is not None]
    found: dict[str, list[bool]] = {"top_third": [], "middle_third": [], "bottom_third": []}
    for score, hit in known:
        below, same = sum(other < score for other, _ in known), sum(other == score for other, _ in known)
        place = Fraction(2 * below + same, 2 * len(known))
        found[
            "top_third" if place > Fraction(2, 3) else "middle_third" if place > Fraction(1, 3) else "bottom_third"
        ].append(hit)
    top, bottom = found["top_third"], found["bottom_third"]
    if min(len(top), len(bottom)) < 10:
        return found, "too_few" if known else None
    (low, high), (others_low, others_high) = (interval(of) for of in (top, bottom))
    return found, "ahead" if low > others_high else "behind" if high < others_low else "cannot_tell"


def customers_qualification_record(facts: Facts, view: View) -> list[Row]:
    rows, age = outcomes(facts, view)
    found, standing = thirds([(score_of(row, "turnover", "volume", "outlets"), row["hit"]) for row in rows])
    return [
        {
            "third": third,
            "leads": len(hits),
            "converted": sum(hits),
            "share": share_of(sum(hits), len(hits), len(hits)),
            "share_low": wilson(sum(hits), len(hits))[0],
            "share_high": wilson(sum(hits), len(hits))[1],
            "high_low": standing,
            "maturity_days": age,
        }
        for third, hits in found.items()
        if hits
    ]


def customers_qualification_weights(facts: Facts, view: View) -> list[Row]:
    rows, _ = outcomes(facts, view)
    names = ("turnover", "volume", "outlets")
    said: list[Row] = []
    for segment, name in sorted({(row["segment"], name) for row in rows for name in ("score", *names)}):
        of_segment = [row for row in rows if row["segment"] == segment]
        marks = [row[name] if name in names else score_of(row, *names) for row in of_segment]
        found, standing = thirds([(mark, row["hit"]) for mark, row in zip(marks, of_segment, strict=True)])
        if standing is None:
            continue
        others = [other for other in names if other != name] if name in names else []
        without, standing_without = thirds([(score_of(row, *others), row["hit"]) for row in of_segment])
        line: Row = {
            "segment": segment,
            "measure": f"weight_{name}" if name in names else "lead_score",
            "weight": None if name == "score" else of_segment[0]["weights"][name],
            "leads": sum(map(len, found.values())),
            "high_low": standing,
            "high_low_without": standing_without,
        }
        for third in ("top", "bottom"):
            for column, hits in ((f"{third}_share", found), (f"{third}_share_without", without)):
                of = hits[f"{third}_third"]
                line[column] = share_of(sum(of), len(of), len(of))
        said.append(line)
    order = ["behind", "cannot_tell", "ahead", "too_few"]
    said.sort(key=lambda row: (order.index(row["high_low"]), falling(row["weight"]), row["segment"], row["measure"]))
    return said


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
