"""Growth: accounts that could take up something new, how such rows fared, and the limits below which none is shown."""

from typing import Any

import streamlit as st

from data.errors import OrderbeatError
from data.people import growth_limits
from data.people.store import open_store
from data.settings import current
from data.warehouse.access import Result
from pages.ui import cards, lists, origin
from pages.ui.source import fetch, may, person
from presentation.filters import Filters, Focus
from presentation.sentences import growth as sentences
from presentation.words import N_, text

COLUMNS = [
    "customer", "products", "growth_expected", "probability", "growth_potential", "reason_category", "reason_share",
]  # fmt: skip
PRODUCTS = lists.Listing(
    "customers.account_growth",
    ["product", "category", "probability", "growth_potential", "product_share", "category_share", "because"],
    total="proposals",
)


def limits() -> dict[str, Any]:
    """The limits that hold, as parameters of queries."""
    return growth_limits.in_force(open_store(current()))


def record() -> Result:
    """How rows above the limits fared."""
    return fetch("customers.growth_record", **limits())


def show(f: Filters) -> None:
    """The record, the list, and what is shown in it."""
    fared = record()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        cards.note(sentences.fared(fared))
        origin.show(fared)
    nothing = N_("Of no account enough is to be expected.")
    opens = {"customer": "customer_id"}
    lists.browse(
        lists.Listing("customers.growth", COLUMNS, total="accounts", opens=opens, nothing=nothing),
        f,
        customer=None,
        **limits(),
    )
    if may("set_growth_limits"):
        _limits(fared)


def of_account(account: Focus) -> None:
    """Why an account is proposed something, and the products."""
    found = fetch("customers.growth", account, **limits(), page_start=0, page_rows=1)
    cards.note(sentences.account(found))
    if len(found):
        lists.browse(PRODUCTS, account, **limits())
    else:
        origin.show(found)


def _limits(fared: Result) -> None:
    """What is shown, as whoever may sets it: the limits that hold stand in the record."""
    hold = fared.one()
    with (
        st.popover(text("What is shown"), type="tertiary", key="growth-limits"),
        st.form("growth-limits-form", border=False),
    ):
        chance = st.number_input(
            text("Least chance, percent"), 0.0, 100.0, round(100 * hold["least_chance"], 3), 1.0, "%g"
        )
        label = text("Least expected in 90 days, {currency}", currency=fared.snapshot.currency)
        expected = st.number_input(label, 0.0, None, float(hold["least_expected"]), 10.0, "%g")
        if st.form_submit_button(text("Keep")):
            try:
                growth_limits.limit(open_store(current()), person(), chance / 100, expected)
                st.rerun()
            except OrderbeatError as error:
                cards.failure(error)
