"""Customers: whom to call this morning, and how healthy the base is."""

import streamlit as st

from pages.ui import cards, charts, filters, frame, lists, sentences
from pages.ui.source import fetch
from pages.ui.words import text

BOOK = [
    "customer", "rhythm", "overdue_ratio", "days_since_last", "usual_interval_days", "revenue", "change", "margin_rate",
    "orders", "quantity", "margin", "segment", "owner",
]  # fmt: skip
BOOK_SORTS = ["at_stake", "overdue", "revenue", "change", "margin", "orders", "silence", "customer"]
MASTER_DATA = ["segment", "industry", "region", "owner", "catalog", "outlets", "annual_turnover"]
ORDERS = ["ordered_on", "order_id", "channel", "lines", "quantity", "revenue", "margin_rate"]
LINES = ["line_no", "sku", "product", "quantity", "revenue", "price_realisation", "margin"]


def body(f: filters.Filters) -> None:
    if customer := filters.drill("customer"):
        account(f, customer)
    else:
        book(f)


def book(f: filters.Filters) -> None:
    answer, figures = fetch("customers.headline", f), fetch("customers.kpis", f)
    latest = fetch("customers.late", f, limit=12)
    cards.headline(sentences.late(answer), beside=filters.compared(f))
    cards.numbers(figures, ["revenue", "margin_rate", "active_customers", "orders"], beside=(answer, "at_stake"))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        cards.title(text("Late accounts with most at stake: silence against the usual interval"))
        if len(latest):
            charts.ranked(latest, by="customer", x="overdue_ratio", key="late", height=360, mark_at=1.0)
        else:
            cards.empty(text("Nobody is late."), text("Every account with a rhythm of its own keeps to it."))
        lists.origin(figures, answer, latest)
    with right:
        lists.browse("customers.book", f, BOOK, total="accounts", sorts=BOOK_SORTS, opens={"customer": "customer_id"})


def account(f: filters.Filters, customer: str) -> None:
    filters.back(text("All accounts"), "customer", "order")
    found = fetch("customers.profile", f, customer=customer)
    if not len(found):
        cards.not_found()
        return
    cards.headline(sentences.account(found), beside=filters.compared(f))
    cards.facts(found, MASTER_DATA)
    cards.numbers(found, ["revenue", "margin_rate", "orders", "usual_interval_days", "days_since_last"])
    days = fetch("customers.cadence", f, customer=customer)
    cards.title(text("Order days of two years, and when the next one was usual"))
    charts.cadence(days, found, key="cadence")
    lists.origin(found, days)
    left, right = st.columns(2, gap="medium")
    with left:
        cards.title(text("Orders and credit notes"))
        opens = {"order": "order_id"}
        lists.browse("customers.orders", f, ORDERS, total="orders", rows_shown=8, opens=opens, customer=customer)
    with right:
        if order := filters.drill("order"):
            lines = fetch("customers.order_lines", f, customer=customer, order=order)
            cards.title(text("Lines of order {order}", order=cards.literal(order)))
            lists.plain(lines, "order-lines", LINES)
            lists.origin(lines)


frame.show("customers", body, "period", "compare", "segment", "owner")
