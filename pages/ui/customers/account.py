"""One account, read before a visit: who it is, its rhythm, what it buys and could buy, and what is open with it."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from data.people import actions
from data.people.permissions import require
from data.people.person import Person
from data.warehouse.access import Result
from data.warehouse.reading import Fetch
from pages.ui import cards, charts, export_button, filters, links, lists, origin, recorded
from pages.ui.customers import growth, work
from pages.ui.source import fetch, fetch_all, fetch_compared, fetching, file, may, person, snapshot
from presentation import account_sheet, words
from presentation.filters import Filters, Focus
from presentation.format import literal
from presentation.sentences import accounts as sentences
from presentation.words import N_, text

MASTER_DATA = ["segment", "industry", "region", "owner", "catalog", "outlets", "annual_turnover"]
FIGURES = ["revenue", "margin_rate", "orders", "usual_interval_days", "days_since_last"]
ORDERS = ["ordered_on", "order_id", "channel", "lines", "quantity", "revenue", "margin_rate"]
LINES = ["line_no", "sku", "product", "quantity", "revenue", "price_realisation", "margin"]
RISKS = [
    "customer", "category", "verdict", "at_stake", "usual_purchases", "recent_purchases", "changed_around",
    "loss_probability", "last_bought_on",
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
GOODS = {
    "bought": lists.Listing(
        "customers.account_products", PRODUCTS, total="products", rows_shown=ROWS_SHOWN,
        opens={"product": "product_id"}, on_page="catalogs", nothing=N_("It bought nothing in either period."),
    ),
    "could_buy": growth.PRODUCTS,
    "prices": lists.Listing(
        "customers.account_prices", PRICES, total="products", nothing=N_("It bought nothing in the last 365 days.")
    ),
    "leaving": lists.Listing(
        "customers.category_risks", RISKS[1:], total="alerts", nothing=N_("No alert about its categories.")
    ),
}  # fmt: skip
DEALINGS = {
    "orders": lists.Listing(
        "customers.orders", ORDERS, total="orders", rows_shown=ROWS_SHOWN, opens={"order": "order_id"},
        nothing=N_("It has not ordered yet."),
    ),
    "open_quotes": lists.Listing(
        "customers.account_quotes", QUOTES, total="negotiations", rows_shown=ROWS_SHOWN,
        opens={"negotiation": "negotiation_id"}, on_page="negotiations", nothing=N_("No open quotes."),
    ),
    "contracts": lists.Listing(
        "customers.account_contracts", CONTRACTS, total="contracts", nothing=N_("No contracts.")
    ),
    "returns": lists.Listing(
        "customers.account_feedback", ANSWERS, total="answers",
        nothing=N_("It has not said whether it would recommend us."),
    ),
    "contacts": lists.Listing("customers.account_contacts", CONTACTS, total="contacts", nothing=N_("No contacts.")),
    "timeline": lists.Listing(
        "customers.account_timeline", TIMELINE, total="events", rows_shown=ROWS_SHOWN, opens={"order": "order_id"},
        nothing=N_("Nothing has happened yet."),
    ),
}  # fmt: skip
# Sections that have nothing to say without this table.
NEEDED = {"open_quotes": "quotes", "contracts": "contracts", "contacts": "contacts"}
# All that is read beyond what the page itself needs.
READ = (*NEEDED.values(), "feedback", "activities", "catalog_items")


def show(f: Filters, customer: str) -> None:
    """The body of the customers page when one customer is asked for."""
    with st.container(horizontal=True, horizontal_alignment="distribute", key="account-tools"):
        links.back(text("All accounts"), "customer", "order", "goods", "dealings")
        place = st.container(horizontal=True, width="content")
    account = f.about(customer=customer)
    found = fetch("customers.profile", account)
    if not len(found):
        cards.not_found()
        return
    recorded.looked_at(customer)
    with place:
        _personal_catalog(customer)
        _print(account)
    _summary(account, found)
    left, right = st.columns(2, gap="medium")
    with left:
        _section("goods", text("Goods"), GOODS, account)
    with right:
        _section("dealings", text("Dealings"), DEALINGS, account)
        if order := links.drill("order"):
            cards.title(text("Lines of order {order}", order=literal(order)))
            lists.listed("customers.order_lines", account, LINES, order=order)
    missing = [f"`{table}`" for table in READ if table not in snapshot().loaded_tables]
    if missing:
        cards.note(text("Not loaded, so not shown: {tables}.", tables=", ".join(missing)))


def _personal_catalog(customer: str) -> None:
    if st.button(text("Personal catalog"), icon=":material/menu_book:", type="tertiary", key="personal-catalog"):
        st.switch_page("pages/catalogs.py", query_params=links.carried() | {"list": "proposals", "for": customer})


def _print(account: Focus) -> None:
    if not may("print", "customers"):
        return
    make = partial(_printed, person(), fetching(), account, words.language())
    look = {"icon": ":material/print:", "type": "tertiary"}
    export_button.download(
        text("Print"), make, "account.pdf", "application/pdf", key="print", about=account.subject["customer"],
        did="printed", **look,
    )  # fmt: skip


def _printed(who: Person, asked: Fetch, account: Focus, language: str) -> export_button.File:
    require(who, "print", "customers")
    return export_button.File(account_sheet.page(asked, account, language, growth.limits()))


def _summary(account: Focus, found: Result) -> None:
    record = fetch("customers.track_record", kind=found.one()["rhythm"], grade=found.one()["grade"])
    season = fetch("customers.account_season", account)
    known, days, months, risks = fetch_all(
        account, "customers.account_relationship", "customers.cadence", "customers.account_category_months",
        "customers.category_risks", page_start=0, page_rows=lists.PAGE_ROWS,
    )  # fmt: skip
    cards.headline(sentences.account(found), beside=account.filters.compared())
    cards.note(sentences.case(found, record, season))
    if may("decide", "customers"):
        work.case(account, found.one()["customer_id"], actions.parameters(file().as_of), on_page=True)
    cards.facts(found, MASTER_DATA)
    cards.note(sentences.relationship(known))
    compared = fetch_compared("customers.profile", account.filters, **account.subject)
    cards.numbers(found, FIGURES, compared=compared)
    cards.title(text("Order days of two years, and when the next one is expected"))
    charts.cadence(days, found, key="cadence")
    if len(months):
        cards.title(text("Months by category: the fuller the colour, the nearer to the category's own best month"))
        charts.months(months, risks, key="months")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        origin.show(found, known, days, months, risks, record, season)
        if len(risks):
            cards.note(sentences.leaving(risks))


def _section(key: str, label: str, listings: Mapping[str, lists.Listing], account: Focus) -> None:
    """The one section that is chosen; the others compute nothing."""
    loaded = snapshot().loaded_tables
    name = filters.switch(key, label, [name for name in listings if NEEDED.get(name, "orders") in loaded])
    if name == "could_buy":
        growth.of_account(account)
        return
    if name == "returns":
        cards.note(sentences.returns(fetch("customers.account_relationship", account)))
        if "feedback" not in loaded:
            return
    lists.browse(listings[name], account)
