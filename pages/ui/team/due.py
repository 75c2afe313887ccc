"""Deals, contracts, contacts and orders that are due, by person, and the decisions about them."""

from dataclasses import replace

import streamlit as st

from data.people.store import DUE, Item
from pages.ui import cards, deciding, grid, links, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch
from presentation import format, labels
from presentation.filters import Filters
from presentation.sentences import due as sentences
from presentation.words import N_, text

PEOPLE = ["rep", "deals", "deal_value", "contracts", "contract_value", "quiet_contacts", "late_orders"]
COLUMNS = ["customer", "reason", "due_on", "at_stake", "alert", "rep", "about", "win_probability", "last_contact_on"]
SORTS = ["at_stake", "due_on", "customer"]
REASONS = [
    "offer_ends", "decision_14", "past_expected", "slipped", "decision_30", "contract_ends", "review_due",
    "contact_quiet", "order_late",
]  # fmt: skip
STATUS_RULE = N_("Without a choice, what is open. A dismissed item stays away for 90 days.")
OPENS = {"work": "alert", "of": "customer_id", "subject": "subject"}


def show(f: Filters) -> None:
    """How much is due with whom on the left; on the right the list, of everybody or of the person clicked."""
    if not loaded("team.due"):
        return
    left, right = cards.two_columns()
    person = links.drill("person")
    with left:
        _people(f)
    with right:
        if person:
            links.back(text("Everybody"), "person")
        if (kind := links.drill("work")) in DUE:
            _case(Item(kind, links.drill("of") or "", links.drill("subject") or ""), f)
        _listed(replace(f, owner=person))


def _people(f: Filters) -> None:
    people = grid.named(fetch("team.due_people", f), "rep", text("Nobody"))
    cards.title(sentences.due(people))
    if len(people):
        grid.drillable(people, PEOPLE, "due-people", rows_shown=12, person="rep_id")
    else:
        cards.empty(text("Nothing is due."), text("Load `quotes`, `contracts` and `activities` to see it here."))
    origin.show(people)


def _listed(f: Filters) -> None:
    narrows = {
        "reason": lists.Narrowing(REASONS, N_("The first of these that holds, in this order.")),
        "status": lists.Narrowing(deciding.STATUSES, STATUS_RULE),
    }
    lists.browse(
        lists.Listing(
            "team.due",
            COLUMNS,
            total="items",
            sorts=SORTS,
            opens=OPENS,
            narrows=narrows,
            nothing=N_("Nothing is left to do here."),
        ),
        f,
        turn=deciding.turn(),
        alert=None,
        customer=None,
        subject=None,
    )


def _case(item: Item, f: Filters) -> None:
    """Why it is due, and the decisions one can take; in whosever list it stands."""
    one = {"alert": item.kind, "customer": item.customer_id, "subject": item.subject, "status": "any"}
    everything = {"team": None, "owner": None, "reason": None, "search": None, "sort": None}
    found = fetch("team.due", f, **one, **everything, page_start=0, page_rows=1)
    with st.container(border=True, key="work-case"):
        if not len(found):
            deciding.over()
            return
        row = found.one()
        st.markdown(f"**{format.literal(row['customer'])}** · {labels.code(row['reason'])}")
        st.markdown(sentences.why_due(found))
        deciding.decide({item: row}, lambda: _open(item))


def _open(item: Item) -> None:
    """To the deal, or to the account that it is about."""
    is_deal = item.kind == "deal"
    place = {"negotiation": item.subject} if is_deal else {"customer": item.customer_id}
    label = text("Open the negotiation") if is_deal else text("Open the account")
    page = "pages/negotiations.py" if is_deal else "pages/customers.py"
    st.page_link(page, label=label, query_params=links.carried() | place)
    deciding.close()
