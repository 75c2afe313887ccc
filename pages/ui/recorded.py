"""What the audit is told of what people take along and look at; nothing in the demonstration, where nobody is known."""

import streamlit as st

from data.errors import note
from data.people.person import Person
from data.people.store import audit, open_store
from data.settings import current
from pages.ui.source import person

_SEEN = "customers-looked-at"


def done(who: Person, did: audit.Word, about: str, **detail: str | int) -> None:
    """Records what is about to be handed over or begun. Raises what the store raises: unrecorded it does not happen."""
    if is_known():
        audit.note(open_store(current()), by=who.author, did=did, about=about, detail=detail)


def looked_at(customer: str) -> None:
    """Records that somebody opened a customer, once a tab. Where that fails the page is shown, and the log says so."""
    seen: set[str] = st.session_state.setdefault(_SEEN, set())
    if customer in seen or not is_known():
        return
    seen.add(customer)
    try:
        audit.note(open_store(current()), by=person().author, did="viewed_customer", about=customer)
    except Exception as error:  # noqa: BLE001 (whatever it is, who looks has no part in it)
        note(error, "the audit of a view")


def is_known() -> bool:
    """Whether people sign in, so that it is known who looks."""
    return bool(current().sign_in)
