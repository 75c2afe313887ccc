"""One account: who it is, its rhythm, what it orders, what it is leaving, and what it could buy."""

import streamlit as st

from pages.ui import cards, charts, filters, lists, sentences
from pages.ui.source import fetch
from pages.ui.words import text

MASTER_DATA = ["segment", "industry", "region", "owner", "catalog", "outlets", "annual_turnover"]
ORDERS = ["ordered_on", "order_id", "channel", "lines", "quantity", "revenue", "margin_rate"]
LINES = ["line_no", "sku", "product", "quantity", "revenue", "price_realisation", "margin"]
RISKS = [
    "customer", "category", "verdict", "at_stake", "usual_purchases", "recent_purchases", "changed_around",
    "loss_probability", "last_bought_on",
]  # fmt: skip
GROWTH = [
    "customer", "product", "value", "probability", "potential_p50", "because", "profile", "profile_penetration",
    "potential_p80",
]  # fmt: skip


def show(f: filters.Filters, customer: str) -> None:
    """The body of the customers page when one customer is asked for."""
    filters.back(text("All accounts"), "customer", "order")
    found = fetch("customers.profile", f, customer=customer)
    if not len(found):
        cards.not_found()
        return
    record = fetch("customers.track_record", kind="late", grade=found.one()["grade"])
    cards.headline(sentences.account(found), beside=filters.compared(f))
    cards.note(sentences.case(found, record))
    cards.facts(found, MASTER_DATA)
    cards.numbers(found, ["revenue", "margin_rate", "orders", "usual_interval_days", "days_since_last"])
    days = fetch("customers.cadence", f, customer=customer)
    cards.title(text("Order days of two years, and when the next one is expected"))
    charts.cadence(days, found, key="cadence")
    lists.origin(found, days, record)
    left, right = st.columns(2, gap="medium")
    with left:
        cards.title(text("Orders and credit notes"))
        opens = {"order": "order_id"}
        lists.browse("customers.orders", f, ORDERS, total="orders", rows_shown=8, opens=opens, customer=customer)
    with right:
        if order := filters.drill("order"):
            cards.title(text("Lines of order {order}", order=cards.literal(order)))
            lists.listed("customers.order_lines", f, LINES, customer=customer, order=order)
        else:
            cards.title(text("Categories it is leaving"))
            lists.listed("customers.category_risks", f, RISKS[1:], customer=customer)
            cards.title(text("What it could buy"))
            lists.listed("customers.growth", f, GROWTH[1:], customer=customer)
