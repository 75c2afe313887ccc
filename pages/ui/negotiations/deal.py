"""One deal: where it stands, the way it came, and what speaks for and against it."""

import streamlit as st

from data.people import actions
from data.people.store import Item
from data.warehouse.access import Result
from pages.ui import cards, charts, deciding, grid, links, origin
from pages.ui.loaded import loaded
from pages.ui.negotiations import close
from pages.ui.source import fetch, fetch_all, file, may, snapshot
from presentation.filters import Filters
from presentation.sentences import deals as sentences
from presentation.words import text

FACTS = [
    "negotiation_id", "stage", "channel", "source", "category", "requested_on", "response_days", "issued_on",
    "valid_until", "expected_close_on", "day_standing", "slips", "revisions", "discount_depth", "outcome_reason",
]  # fmt: skip
VERSIONS = [
    "issued_on",
    "amount",
    "discount_depth",
    "expected_close_on",
    "valid_until",
    "outcome",
    "is_current",
    "quote_id",
]
PEOPLE = ["contact", "role", "events", "jobs", "digital_events", "last_event_on"]


def show(f: Filters, negotiation: str) -> None:
    """The deal's page: how it stands and why, its way through stages and jobs, its offers and people."""
    links.back(text("All negotiations"), "negotiation")
    found = fetch("negotiations.negotiation", f, negotiation=negotiation)
    if not len(found):
        cards.not_found()
        return
    record, stages, versions, people = fetch_all(
        f, "negotiations.win_record", "negotiations.path", "negotiations.deal_versions", "negotiations.deal_people",
        negotiation=negotiation, places="stage",
    )  # fmt: skip
    jobs = fetch("negotiations.path", f, negotiation=negotiation, places="job")
    cards.headline(sentences.negotiation(found))
    cards.note(sentences.chances(found, record))
    customer = found.one()["customer_id"]
    if customer is None:
        cards.note(text("The source names no customer, so nothing can be decided about this deal here."))
    else:
        close.show(found)
        _decide(f, customer, negotiation)
    cards.facts(found, FACTS)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        known = [place for place in ("stages", "jobs") if place not in snapshot().unloaded] or ["stages"]
        if "stages" in known:
            _way(stages, text("Its way through the stages"), "stages")
        if "jobs" in known:
            _way(jobs, sentences.steps_back(jobs), "jobs")
        origin.show(found, stages, record)
    with right:
        _reasons(found)
        _people(people)
        cards.title(text("Offers made"))
        grid.plain(versions, "versions", VERSIONS, rows_shown=5)
        origin.show(versions)
    if customer is not None:
        _account(customer)


def _decide(f: Filters, customer: str, negotiation: str) -> None:
    """What one can decide about a deal that is due, as in the lists it stands in."""
    asked = actions.parameters(file().as_of) | {"customer": customer, "segment": None, "owner": None}
    for row in fetch("customers.work_reasons", f, **asked).rows():
        item = Item(row["alert"], row["customer_id"], row["subject"])
        if (item.kind, item.subject) == ("deal", negotiation) and may("decide", item.page):
            deciding.decide({item: row}, lambda: None)


def _way(path: Result, title: str, key: str) -> None:
    cards.title(title)
    if not loaded("negotiations.path"):
        return
    if len(path):
        charts.stays(path, key)
    else:
        cards.empty(text("No steps are known."), text("Load `quote_events` with their stages and buying jobs."))


def _reasons(found: Result) -> None:
    reasons = sentences.reasons(found)
    if reasons:
        cards.title(text("What raises and lowers its probability"))
        for reason in reasons:
            cards.note(reason)


def _people(people: Result) -> None:
    if not loaded("negotiations.buying_group"):
        return
    cards.title(sentences.buying_group(people))
    if len(people):
        grid.plain(people, "people", PEOPLE, rows_shown=6)
    origin.show(people)


def _account(customer: str) -> None:
    if st.button(text("Open the account"), icon=":material/store:", type="tertiary", key="deal-account"):
        where = links.carried() | {"customer": customer}
        st.switch_page("pages/customers.py", query_params=where)
