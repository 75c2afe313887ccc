"""Proposals to add to a catalog of one customer or a group, or to drop."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.facts import Facts, chosen
from tests.kpis.shared import Row, View, falling, found, lines_of, money, months_before, name_of, page


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
    own = facts.customers[view.customer]["segment"] if view.customer is not None else view.segment
    bought_by_group = {
        product
        for account in facts.customers.values()
        if base is not None and account["catalog_id"] == base and chosen(own)(account["segment"])
        for product in bought_until(facts, account["customer_id"], today)
    }
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
        elif product in bought_by_group:
            action, reason = "keep", "bought_by_group"
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
    unwanted = sorted(
        (row for row in rows if row["action"] == "drop"),
        key=lambda row: (row["sold_elsewhere"], row["last_bought_on"] or date.min, row["product_id"]),
    )
    for row in unwanted[len(of_catalog) // 10 :]:
        row |= {"action": "keep", "reason": "drops_later"}
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
        "to_follow": sum(row["reason"] == "drops_later" for row in rows),
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
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: ["add", "drop", "keep"].index(row["action"]))
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
        following = (month + timedelta(days=31)).replace(day=1)
        if facts.covered_from and following < facts.covered_from + timedelta(days=365):
            continue
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
    by: Callable[[Row], Any] = order.get(view.sort, lambda row: falling(row["yearly_potential"]))
    return page(sorted(rows, key=lambda row: (by(row), row["customer_id"])), view, "customers")
