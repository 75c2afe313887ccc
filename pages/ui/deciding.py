"""The decisions one can take on what asks for something: accept, snooze, dismiss, undo, note, and send elsewhere."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, get_args

import streamlit as st

from data.errors import OrderbeatError
from data.people import actions
from data.people.store import Channel, Deed, Did, Item
from pages.ui import cards, links
from pages.ui.source import file, may, person, snapshot
from presentation import format, labels
from presentation.sentences import alerts as sentences
from presentation.words import plural, text

STATUSES = ("open", "accepted", "snoozed", "dismissed")
CHANNELS = get_args(Channel)
# Grows with every decision, so that what was clicked in a list can be clicked again.
TURN = "work-turn"


def turn() -> int:
    """How many decisions were taken in this session."""
    return int(st.session_state.setdefault(TURN, 0))


def decide(rows: Mapping[Item, dict[str, Any]], others: Callable[[], None]) -> None:
    """The decisions one can take on these items together, what `others` adds to them, and what was done so far.

    A row says where its item stands: `status` and `version`. What is open is decided; where nothing is, it is undone.
    """
    failure()
    waiting = {item: row for item, row in rows.items() if row["status"] == "open"}
    page = next(iter(rows)).page
    with st.container(horizontal=True, vertical_alignment="center", key="work-decisions"):
        if may("decide", page):
            if waiting:
                _decisions(waiting)
            else:
                button("undo", text("Undo"), rows, "undone", icon=":material/undo:")
        if may("note", page):
            _notes(rows)
        others()
    for event in actions.history(person(), file(), *rows)[:5]:
        cards.note(sentences.event(event))


def route(rows: Mapping[Item, dict[str, Any]]) -> None:
    """Whoever may sends it elsewhere."""
    item, row = next(iter(rows.items()))
    if not may("route", item.page):
        return
    with st.popover(labels.code(row["channel"]) if row["channel"] else text("Channel"), key="work-route"):
        for channel in CHANNELS:
            if channel != row["channel"]:
                button(f"route-{channel}", labels.code(channel), rows, "routed", channel=channel)


def over() -> None:
    """What was asked for is not there any more."""
    st.markdown(text("This is over, or it is not part of what you may see."))
    close()


def close() -> None:
    """A way to leave the case."""
    if st.button(text("Close"), key="work-close", type="tertiary"):
        st.session_state[TURN] = turn() + 1
        links.go(work=None, of=None, subject=None)
        st.rerun()


def _decisions(rows: Mapping[Item, dict[str, Any]]) -> None:
    as_of = dt.date.fromisoformat(snapshot().as_of)
    button("accept", text("Accept"), rows, "accepted", icon=":material/check:")
    with st.popover(text("Snooze"), icon=":material/snooze:", key="work-snooze"):
        for days in actions.SNOOZE_DAYS:
            until = as_of + dt.timedelta(days=days)
            label = plural(
                "{count} day, until {day}", "{count} days, until {day}", days, day=format.value(until, "date")
            )
            button(f"snooze-{days}", label, rows, "snoozed", until=until)
    with st.popover(text("Dismiss"), icon=":material/close:", key="work-dismiss"):
        for reason in actions.REASONS:
            until = as_of + dt.timedelta(days=actions.dismissed_days(reason))
            button(f"dismiss-{reason}", labels.code(reason), rows, "dismissed", until=until, reason=reason)


def _notes(rows: Mapping[Item, dict[str, Any]]) -> None:
    """A note goes to the first of the items."""
    with st.popover(text("Note"), icon=":material/edit_note:", key="work-note"):
        note = st.text_area(text("Note"), key="work-note-text", max_chars=2_000, label_visibility="collapsed")
        button("note-save", text("Save the note"), dict([next(iter(rows.items()))]), "noted", note=note.strip())


def button(
    key: str,
    label: str,
    rows: Mapping[Item, dict[str, Any]],
    did: Did,
    icon: str | None = None,
    **more: Any,
) -> None:
    """A button that does this with all of them; `more` are details of the deed."""
    seen = {item: row["version"] for item, row in rows.items()}
    st.button(label, icon=icon, key=f"work-{key}", on_click=_act, args=(seen, did), kwargs=more)


def _act(seen: Mapping[Item, int], did: Did, **details: Any) -> None:
    """Writes a decision; what went wrong, such as somebody being quicker, is told where the case stands."""
    st.session_state[TURN] = turn() + 1
    try:
        actions.act_together(person(), file(), seen, Deed(did, **details))
        st.session_state.pop("work-failure", None)
    except OrderbeatError as error:
        st.session_state["work-failure"] = error


def failure() -> None:
    """What went wrong with the last decision, such as somebody being quicker."""
    if error := st.session_state.pop("work-failure", None):
        cards.failure(error)
