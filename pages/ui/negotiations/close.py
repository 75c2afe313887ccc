"""The close of a deal: closing it as lost and giving it another day, and what became of that in the data."""

import datetime as dt

import streamlit as st

from data.people import actions
from data.people.store import CLOSE, Item
from data.warehouse.access import Result
from pages.ui import cards, deciding
from pages.ui.source import file, may, person, snapshot
from presentation import labels
from presentation.sentences import closes as sentences
from presentation.words import text

_LATEST = dt.timedelta(days=1_825)


def show(found: Result) -> None:
    """What was decided about the close of the deal, what one can decide about it, and its history."""
    row = found.one()
    item = Item(CLOSE, row["customer_id"], row["negotiation_id"])
    history = actions.history(person(), file(), item) if row["close_version"] else []
    cards.note(sentences.standing(found, history))
    if row["outcome"] is None and may("close", item.page):
        deciding.failure()
        with st.container(horizontal=True, vertical_alignment="center", key="close-deal"):
            _decide(item, {"version": row["close_version"]}, is_undone=row["close_decision"] is not None)
    for event in history[:5]:
        cards.note(sentences.event(event))


def _decide(item: Item, row: dict[str, int], *, is_undone: bool) -> None:
    rows = {item: row}
    with st.popover(text("Close as lost"), icon=":material/block:", key="close-lost"):
        for reason in actions.LOST_REASONS:
            deciding.button(f"lost-{reason}", labels.code(reason), rows, "closed_lost", reason=reason)
    with st.popover(text("New day"), icon=":material/event:", key="close-date"):
        as_of = dt.date.fromisoformat(snapshot().as_of)
        close_on = st.date_input(
            text("Decision expected on"), as_of + dt.timedelta(days=14), min_value=as_of + dt.timedelta(days=1),
            max_value=as_of + _LATEST, format="YYYY-MM-DD", key="close-day",
        )  # fmt: skip
        deciding.button("date-save", text("Save the day"), rows, "date_set", close_on=close_on)
    if is_undone:
        deciding.button("close-undo", text("Undo"), rows, "undone", icon=":material/undo:")
