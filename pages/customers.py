"""Customers: whom to call this morning, and how healthy the base is."""

from pages.ui import cards, charts, links, lists, origin, page_frame
from pages.ui.customers import account, book, growth, leads, work
from pages.ui.source import fetch, fetch_all, fetch_compared, may
from presentation.filters import Filters
from presentation.sentences import accounts, alerts
from presentation.words import text

LISTS = ["accounts", "work", "category_risks", "growth", "leads", "base"]
# A rep comes to see what to do next, everybody else how the base is.
LISTS_OF_A_REP = ["work", "accounts", "category_risks", "growth", "leads", "base"]


def body(f: Filters) -> None:
    """One account where one is asked for, else the base."""
    if customer := links.drill("customer"):
        account.show(f, customer)
    else:
        overview(f)


def overview(f: Filters) -> None:
    """Silent accounts with the figures of the base, and one of the lists."""
    answer, figures, largest = fetch_all(f, "customers.headline", "customers.kpis", "customers.silent", limit=12)
    cards.headline(accounts.silent(answer), beside=f.compared())
    columns = ["revenue", "margin_rate", "active_customers", "orders"]
    compared = fetch_compared("customers.kpis", f)
    cards.numbers(figures, columns, beside=(answer, "likely_loss"), compared=compared)
    if f.owner:
        cards.note(
            text("Sold to accounts owned today; what a person is credited with when sold stands on the page Team.")
        )
    shown = lists.switch(LISTS_OF_A_REP if may("find_work_first") else LISTS, figures, answer)
    if shown == "base":
        book.base(f)
        return
    left, right = cards.two_columns()
    with left:
        cards.title(text("Silent accounts by what will likely be lost in 90 days"))
        if len(largest):
            charts.ranked(largest, by="customer", x="likely_loss", key="silent", height=360, customer="customer_id")
        else:
            cards.empty(text("Nobody is silent beyond its own limit."))
        cards.note(accounts.kinds_of_silence(answer))
        origin.show(largest)
    with right:
        if shown == "work":
            work.show(f)
        elif shown == "leads":
            leads.show(f)
        elif shown == "accounts":
            fared(kind="late")
            book.accounts(f)
        elif shown == "category_risks":
            fared(kind="category_risk")
            book.category_risks(f)
        else:
            growth.show(f)


def fared(kind: str) -> None:
    """A note on how alerts of that kind came out in the past."""
    cards.note(alerts.fared(fetch("customers.track_record", kind=kind, grade="all")))


page_frame.show("customers", body, "period", "compare", "segment", "owner")
