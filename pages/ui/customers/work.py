"""The work list: what to do next, the case for it, and what people decide about it."""

import datetime as dt
from collections.abc import Callable
from typing import Any, get_args

import streamlit as st

from data.errors import OrderbeatError
from data.people import actions, holdout
from data.people.store import WORK, Channel, Deed, Did, Item, open_store
from data.settings import current
from pages.ui import cards, grid, links, lists, origin
from pages.ui.customers import growth
from pages.ui.source import fetch, file, may, person, snapshot
from presentation import format, labels
from presentation.filters import Filters
from presentation.sentences import alerts as sentences
from presentation.words import N_, plural, text

COLUMNS = ["customer", "alert", "about", "worth", "money", "probability", "channel"]
STATUSES = ("open", "accepted", "snoozed", "dismissed")
CHANNELS = get_args(Channel)
OUTCOMES = ["alert", "actions", "matured", "followed", "expected", "expected_low", "expected_high", "revenue"]
TURN = "work-turn"
RECORDS = {"category_risk": "late_category"}
RULES = {
    "status": N_("Without a choice, what is open. A dismissed item stays away for 90 days."),
    "alert": N_("Recovery is silent accounts and categories at risk; growth is what they could buy."),
    "channel": N_("By worth and spare capacity, unless somebody decided otherwise."),
}
CHOICES = {"status": STATUSES, "alert": WORK, "channel": CHANNELS}


def show(f: Filters) -> None:
    """The case that was opened, and the list below it."""
    st.session_state.setdefault(TURN, 0)
    decided = actions.parameters(file().as_of)
    if kind := links.drill("work"):
        item = Item(kind, links.drill("of") or "", links.drill("subject") or "")  # type: ignore[arg-type]
        case(f, item, decided)
    narrows = {name: lists.Narrowing(codes, RULES[name]) for name, codes in CHOICES.items()}
    asked = {**decided, "customer": None, "subject": None}
    opens = {"work": "alert", "of": "customer_id", "subject": "subject"}
    nothing = N_("Nothing is left to do here.")
    lists.browse(
        lists.Listing("customers.work_list", COLUMNS, total="items", opens=opens, narrows=narrows, nothing=nothing),
        f,
        turn=st.session_state[TURN],
        **asked,
    )
    outcomes(f)


def outcomes(f: Filters) -> None:
    """What came of accepted actions; computed when it is opened."""
    with st.popover(text("What came of it"), type="tertiary", key="work-outcomes", on_change="rerun") as popover:
        if not popover.open:
            return
        found = fetch("customers.outcomes", f, accepted=actions.accepted())
        if len(found):
            grid.plain(found, "outcomes", OUTCOMES, rows_shown=3)
            cards.note(text("Expected are those that would have come by themselves. Counted once their days are over."))
        else:
            st.markdown(text("Nothing has been accepted yet."))
        origin.show(found)
        if may("see_holdout"):
            worth(f)


def worth(f: Filters) -> None:
    """What the list is worth, against the accounts held out of it; whoever may set it says how many these are."""
    held = holdout.held(open_store(current()))
    found = fetch("customers.holdout", f, **held, **growth.limits())
    st.markdown(sentences.holdout(found, held["since"] if held["held_share"] else None))
    origin.show(found)
    if may("set_holdout"):
        _hold_out(held["held_share"])


def _hold_out(share: float) -> None:
    with st.form("work-hold-out", border=False):
        label, most = text("Held out of the list, percent of accounts"), round(100 * holdout.MOST_HELD, 3)
        percent = st.number_input(label, 0.0, most, round(100 * share, 3), 1.0, "%g")
        if st.form_submit_button(text("Keep")):
            try:
                holdout.hold_out(open_store(current()), person(), file().as_of, percent / 100)
                st.rerun()
            except OrderbeatError as error:
                cards.failure(error)


def case(f: Filters, item: Item, decided: dict[str, Any]) -> None:
    """Why it is worth acting on, what became of such cases, and the decisions one can take.

    `decided` is what the work list takes from the store.
    """
    one = {"alert": item.kind, "customer": item.customer_id, "subject": item.subject, "status": "any", "channel": None}
    found = fetch("customers.work_list", f, **decided, **one, page_start=0, page_rows=1)
    with st.container(border=True, key="work-case"):
        if not len(found):
            over()
            return
        row = found.one()
        if item.kind == "growth":
            record = growth.record()
        else:
            record = fetch(
                "customers.track_record", kind=RECORDS.get(item.kind, row["rhythm"]), grade=row["grade"] or "all"
            )
        st.markdown(f"**{format.literal(row['customer'])}** · {labels.code(item.kind)}")
        st.markdown(sentences.work(found))
        cards.note(sentences.fared(record))
        decide(item, row, lambda: _others(item, row))
        origin.show(found, record)


def _others(item: Item, row: dict[str, Any]) -> None:
    _route(item, row)
    if st.button(text("Open the account"), key="work-account", type="tertiary"):
        links.go(work=None, of=None, subject=None, customer=item.customer_id)
        st.rerun()


def decide(item: Item, row: dict[str, Any], others: Callable[[], None]) -> None:
    """The decisions one can take on an item, what `others` adds to them, and what was done so far.

    `row` says where the item stands: `status` and `version`.
    """
    _failure()
    with st.container(horizontal=True, vertical_alignment="center", key="work-decisions"):
        if may("decide", item.page):
            if row["status"] == "open":
                _decisions(item, row)
            else:
                _button("undo", text("Undo"), item, row, "undone", icon=":material/undo:")
        if may("note", item.page):
            _notes(item, row)
        others()
        close()
    _history(item)


def _decisions(item: Item, row: dict[str, Any]) -> None:
    as_of = dt.date.fromisoformat(snapshot().as_of)
    _button("accept", text("Accept"), item, row, "accepted", icon=":material/check:")
    with st.popover(text("Snooze"), icon=":material/snooze:", key="work-snooze"):
        for days in actions.SNOOZE_DAYS:
            until = as_of + dt.timedelta(days=days)
            label = plural(
                "{count} day, until {day}", "{count} days, until {day}", days, day=format.value(until, "date")
            )
            _button(f"snooze-{days}", label, item, row, "snoozed", until=until)
    with st.popover(text("Dismiss"), icon=":material/close:", key="work-dismiss"):
        until = as_of + dt.timedelta(days=actions.DISMISSED_DAYS)
        for reason in actions.REASONS:
            _button(f"dismiss-{reason}", labels.code(reason), item, row, "dismissed", until=until, reason=reason)


def _notes(item: Item, row: dict[str, Any]) -> None:
    with st.popover(text("Note"), icon=":material/edit_note:", key="work-note"):
        note = st.text_area(text("Note"), key="work-note-text", max_chars=2_000, label_visibility="collapsed")
        _button("note-save", text("Save the note"), item, row, "noted", note=note.strip())


def _route(item: Item, row: dict[str, Any]) -> None:
    """Whoever may sends it elsewhere."""
    if not may("route", item.page):
        return
    with st.popover(labels.code(row["channel"]) if row["channel"] else text("Channel"), key="work-route"):
        for channel in CHANNELS:
            if channel != row["channel"]:
                _button(f"route-{channel}", labels.code(channel), item, row, "routed", channel=channel)


def _button(
    key: str, label: str, item: Item, row: dict[str, Any], did: Did, icon: str | None = None, **more: Any
) -> None:
    st.button(label, icon=icon, key=f"work-{key}", on_click=_act, args=(item, row["version"], did), kwargs=more)


def _act(item: Item, seen_version: int, did: Did, **details: Any) -> None:
    """Writes a decision; what went wrong, such as somebody being quicker, is told where the case stands."""
    st.session_state[TURN] += 1
    try:
        actions.act(person(), file(), item, seen_version, Deed(did, **details))
        st.session_state.pop("work-failure", None)
    except OrderbeatError as error:
        st.session_state["work-failure"] = error


def _failure() -> None:
    if error := st.session_state.pop("work-failure", None):
        cards.failure(error)


def over() -> None:
    """What was asked for is not there any more."""
    st.markdown(text("This is over, or it is not part of what you may see."))
    close()


def close() -> None:
    """A way to leave the case."""
    if st.button(text("Close"), key="work-close", type="tertiary"):
        st.session_state[TURN] += 1
        links.go(work=None, of=None, subject=None)
        st.rerun()


def _history(item: Item) -> None:
    """What was done about it, as far as whoever is looking is told."""
    for event in actions.history(person(), file(), item)[:5]:
        cards.note(sentences.event(event))
