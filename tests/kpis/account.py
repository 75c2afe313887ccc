"""Figures of the page of one customer."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.facts import Facts, Line, Order, rate, sums
from tests.kpis.close import deal_standing
from tests.kpis.shared import YEAR, Row, View, change, falling, lines_of, money, months_before, page


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
            "is_since_known": is_since_known(facts, account, own),
            "orders": sum(not order.is_note for order in own),
            "revenue": money(sum(order.revenue for order in own)),
            "revenue_year": money(sum(order.revenue for order in year)),
            "revenue_year_base": money(sum(order.revenue for order in before))
            if facts.is_loaded(facts.as_of - 2 * YEAR + timedelta(days=1)) and view.customer not in facts.customer_ends
            else None,
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


def is_since_known(facts: Facts, account: Row, own: list[Order]) -> bool:
    """Created by its first order, or no order in the first year of the data."""
    first = min((order.day for order in own), default=None)
    if first is None or facts.history_from is None:
        return True
    created = account.get("created_on")
    return bool((created and created <= first) or first >= facts.history_from + YEAR)


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
            "valid_until": talk.valid,
            "is_past_validity": (talk.valid or date.max) < facts.as_of,
            "expected_close_on": deal_standing(facts, view, talk).expected,
            "day_standing": deal_standing(facts, view, talk).word,
        }
        for talk in facts.negotiations
        if talk.customer == view.customer and deal_standing(facts, view, talk).is_open
    ]
    return page(sorted(rows, key=lambda row: (falling(row["amount"]), row["negotiation_id"])), view, "negotiations")


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
