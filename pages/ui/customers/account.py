"""One account, read before a visit: who it is, its rhythm, what it buys and could buy, and what is open with it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, lists
from pages.ui.source import fetch, fetching, snapshot, together
from presentation import account_sheet, words
from presentation.filters import Filters
from presentation.sentences import accounts as sentences
from presentation.words import text

MASTER_DATA = ["segment", "industry", "region", "owner", "catalog", "outlets", "annual_turnover"]
FIGURES = ["revenue", "margin_rate", "orders", "usual_interval_days", "days_since_last"]
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
PRODUCTS = ["product", "revenue", "change", "price_realisation", "quantity", "last_bought_on"]
PRICES = [
    "product", "paid_price", "against_catalog", "against_peers", "catalog_price", "peers_price", "peers", "revenue",
]  # fmt: skip
QUOTES = ["amount", "issued_on", "valid_until", "is_past_validity", "stage", "expected_close_on", "negotiation_id"]
CONTRACTS = ["state", "ends_on", "review_on", "annual_value", "starts_on", "contract_id"]
ANSWERS = ["given_on", "score", "comment", "order_id"]
CONTACTS = ["contact", "role", "site", "phone", "email", "last_contact_on"]
TIMELINE = ["happened_on", "event", "detail", "contact", "amount", "subject"]
ROWS_SHOWN = 8


def show(f: Filters, customer: str) -> None:
    """The body of the customers page when one customer is asked for."""
    with st.container(horizontal=True, horizontal_alignment="distribute", key="account-tools"):
        filters.back(text("All accounts"), "customer", "order", "goods", "dealings")
        place = st.container(horizontal=True, width="content")
    found = fetch("customers.profile", f, customer=customer)
    if not len(found):
        cards.not_found()
        return
    with place:
        _personal_catalog(customer)
        _print(f, customer)
    _summary(f, found, customer)
    left, right = st.columns(2, gap="medium")
    with left:
        _chosen("goods", text("Goods"), GOODS, f, customer)
    with right:
        _chosen("dealings", text("Dealings"), DEALINGS, f, customer)
        if order := filters.drill("order"):
            cards.title(text("Lines of order {order}", order=cards.literal(order)))
            lists.listed("customers.order_lines", f, LINES, customer=customer, order=order)
    missing = [f"`{table}`" for table in READ if table not in snapshot().loaded_tables]
    if missing:
        cards.note(text("Not loaded, so not shown: {tables}.", tables=", ".join(missing)))


def _personal_catalog(customer: str) -> None:
    if st.button(text("Personal catalog"), icon=":material/menu_book:", type="tertiary", key="personal-catalog"):
        st.switch_page("pages/catalogs.py", query_params=filters.carried() | {"list": "proposals", "for": customer})


def _print(f: Filters, customer: str) -> None:
    st.download_button(
        text("Print"),
        partial(account_sheet.page, fetching(), f, customer, words.language()),
        file_name="account.pdf",
        mime="application/pdf",
        icon=":material/print:",
        type="tertiary",
        on_click="ignore",
        key="print",
    )


def _summary(f: Filters, found: Result, customer: str) -> None:
    record = fetch("customers.track_record", kind="late", grade=found.one()["grade"])
    known, days, months, risks = together(
        f, "customers.account_relationship", "customers.cadence", "customers.account_category_months",
        "customers.category_risks", customer=customer, page_start=0, page_rows=lists.PAGE_ROWS,
    )  # fmt: skip
    cards.headline(sentences.account(found), beside=f.compared())
    cards.note(sentences.case(found, record))
    cards.facts(found, MASTER_DATA)
    cards.note(sentences.relationship(known))
    cards.numbers(found, FIGURES)
    cards.title(text("Order days of two years, and when the next one is expected"))
    charts.cadence(days, found, key="cadence")
    if len(months):
        cards.title(text("Months by category: the fuller the colour, the nearer to the category's own best month"))
        charts.months(months, risks, key="months")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        lists.origin(found, known, days, months, risks, record)
        if len(risks):
            cards.note(sentences.leaving(risks))


def _bought(f: Filters, customer: str) -> None:
    lists.browse(
        "customers.account_products", f, PRODUCTS, total="products", rows_shown=ROWS_SHOWN,
        opens={"product": "product_id"}, on_page="catalogs", customer=customer,
        nothing=text("It bought nothing in either period."),
    )  # fmt: skip


def _could_buy(f: Filters, customer: str) -> None:
    nothing = text("Customers like it buy nothing that it does not buy.")
    lists.browse("customers.growth", f, GROWTH[1:], total="proposals", nothing=nothing, customer=customer)


def _prices(f: Filters, customer: str) -> None:
    nothing = text("It bought nothing in the last 365 days.")
    lists.browse("customers.account_prices", f, PRICES, total="products", nothing=nothing, customer=customer)


def _leaving(f: Filters, customer: str) -> None:
    nothing = text("It keeps to all its categories.")
    lists.browse("customers.category_risks", f, RISKS[1:], total="alerts", nothing=nothing, customer=customer)


def _orders(f: Filters, customer: str) -> None:
    lists.browse(
        "customers.orders", f, ORDERS, total="orders", rows_shown=ROWS_SHOWN, opens={"order": "order_id"},
        nothing=text("It has not ordered yet."), customer=customer,
    )  # fmt: skip


def _open_quotes(f: Filters, customer: str) -> None:
    lists.browse(
        "customers.account_quotes", f, QUOTES, total="negotiations", rows_shown=ROWS_SHOWN,
        opens={"negotiation": "negotiation_id"}, on_page="negotiations", nothing=text("No open quotes."),
        customer=customer,
    )  # fmt: skip


def _contracts(f: Filters, customer: str) -> None:
    nothing = text("No contracts.")
    lists.browse("customers.account_contracts", f, CONTRACTS, total="contracts", nothing=nothing, customer=customer)


def _returns(f: Filters, customer: str) -> None:
    cards.note(sentences.returns(fetch("customers.account_relationship", f, customer=customer)))
    if "feedback" in snapshot().loaded_tables:
        nothing = text("It has not said whether it would recommend us.")
        lists.browse("customers.account_feedback", f, ANSWERS, total="answers", nothing=nothing, customer=customer)


def _contacts(f: Filters, customer: str) -> None:
    nothing = text("No contacts.")
    lists.browse("customers.account_contacts", f, CONTACTS, total="contacts", nothing=nothing, customer=customer)


def _timeline(f: Filters, customer: str) -> None:
    lists.browse(
        "customers.account_timeline", f, TIMELINE, total="events", rows_shown=ROWS_SHOWN, opens={"order": "order_id"},
        nothing=text("Nothing has happened yet."), customer=customer,
    )  # fmt: skip


Section = Callable[[Filters, str], None]
GOODS: dict[str, Section] = {"bought": _bought, "could_buy": _could_buy, "prices": _prices, "leaving": _leaving}
DEALINGS: dict[str, Section] = {
    "orders": _orders,
    "open_quotes": _open_quotes,
    "contracts": _contracts,
    "returns": _returns,
    "contacts": _contacts,
    "timeline": _timeline,
}
# Sections that have nothing to say without this table.
NEEDED = {"open_quotes": "quotes", "contracts": "contracts", "contacts": "contacts"}
# All that is read beyond what the page itself needs.
READ = (*NEEDED.values(), "feedback", "activities", "catalog_items")


def _chosen(key: str, label: str, sections: dict[str, Section], f: Filters, customer: str) -> None:
    """The one section that is chosen; the others compute nothing."""
    offered = [name for name in sections if NEEDED.get(name, "orders") in snapshot().loaded_tables]
    sections[filters.switch(key, label, offered)](f, customer)
