"""The work list: whom to take up next, the case for each account, and what people decide about it."""

from typing import Any

import streamlit as st

from data.errors import OrderbeatError
from data.people import actions, holdout
from data.people.store import DUE, WORK, Item, open_store
from data.settings import current
from data.warehouse.access import Result
from pages.ui import cards, deciding, grid, links, lists, origin
from pages.ui.customers import growth
from pages.ui.source import fetch, file, may, person
from presentation import format
from presentation.filters import Filters, Focus
from presentation.sentences import alerts as sentences
from presentation.sentences import growth as growth_sentences
from presentation.words import N_, plural, text

COLUMNS = ["customer", "worth", "reasons", "due_on", "days_since_last", "usual_interval_days", "channel", "owner"]
OUTCOMES = ["alert", "actions", "matured", "followed", "expected", "expected_low", "expected_high", "revenue"]
REASONS_SHOWN = 5
RULES = {
    "status": N_("Without a choice, what is open. A dismissed item stays away for 90 days, a closed account for good."),
    "alert": N_("Accounts that have a reason of this kind, with the worth of such reasons alone."),
    "channel": N_("By worth and spare capacity, unless somebody decided otherwise."),
}
CHOICES = {"status": deciding.STATUSES, "alert": (*WORK, *DUE), "channel": deciding.CHANNELS}


def show(f: Filters) -> None:
    """The case that was opened, and the list below it: today's rows, or everything."""
    turn, decided = deciding.turn(), actions.parameters(file().as_of)
    if customer := links.drill("of"):
        case(f, customer, decided)
    narrows = {name: lists.Narrowing(codes, RULES[name]) for name, codes in CHOICES.items()}
    is_all = bool(links.drill("everything"))
    most = fetch("customers.day_accounts", f).one()["accounts"]
    listing = lists.Listing(
        "customers.work_list",
        COLUMNS,
        total="accounts",
        opens={"of": "customer_id"},
        narrows=narrows,
        most=None if is_all else most,
        nothing=N_("Nothing is left to do here."),
    )
    found = lists.browse(listing, f, turn=turn, **decided)
    _rest(found.rows(), is_all=is_all)
    record = fetch("customers.list_record")
    cards.note(sentences.list_fared(record))
    origin.show(record)
    outcomes(f)


def _rest(rows: list[dict[str, Any]], *, is_all: bool) -> None:
    """How much waits behind today's rows, and the way there and back."""
    waiting = rows[0]["accounts"] - len(rows) if rows else 0
    if is_all:
        if st.button(text("Only what one can do today"), key="work-today", type="tertiary"):
            links.go(everything=None)
            st.rerun()
    elif waiting > 0:
        label = plural("{count} more account waits", "{count} more accounts wait", waiting)
        if st.button(label, key="work-everything", type="tertiary"):
            links.go(everything="1")
            st.rerun()


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


def case(f: Filters | Focus, customer: str, decided: dict[str, Any], *, on_page: bool = False) -> None:
    """Why an account is worth acting on, what became of such cases, whom to reach, and the decisions one can take.

    `decided` is what the work list takes from the store. `on_page`: on the account's own page, where an account
    without a reason has no case.
    """
    everywhere = {"segment": None, "owner": None} if on_page else {}
    found = fetch("customers.work_reasons", f, **decided, customer=customer, **everywhere)
    rows = found.rows()
    if on_page and not rows:
        return
    with st.container(border=True, key="work-case"):
        if not rows:
            deciding.over()
            return
        first = rows[0]
        if not on_page:
            st.markdown(f"**{format.literal(first['customer'])}**")
        # The account's own page has argued the silence already.
        told = [row for row in rows[:REASONS_SHOWN] if not (on_page and row["alert"] == "late")]
        st.markdown("\n".join(f"- {sentences.work(found, row)}" for row in told))
        if len(rows) > REASONS_SHOWN:
            cards.note(plural("{count} more reason", "{count} more reasons", len(rows) - REASONS_SHOWN))
        if reach := sentences.reach(first):
            st.markdown(reach)
        records = _fared(first)
        items = {Item(row["alert"], row["customer_id"], row["subject"]): row for row in rows}
        deciding.decide(items, lambda: _others(items, customer, on_page=on_page))
        origin.show(found, *records)


def _fared(row: dict[str, Any]) -> list[Result]:
    """How alerts like the leading one fared, said and given for its origin."""
    if row["alert"] not in WORK:
        return []
    if row["alert"] == "growth":
        record = growth.record()
        cards.note(growth_sentences.fared(record))
    else:
        kind = row["rhythm"] if row["alert"] == "late" else row["alert"]
        record = fetch("customers.track_record", kind=kind, grade=row["grade"] or "all")
        cards.note(sentences.fared(record))
    return [record]


def _others(items: dict[Item, dict[str, Any]], customer: str, *, on_page: bool) -> None:
    deciding.route(items)
    if on_page:
        return
    if st.button(text("Open the account"), key="work-account", type="tertiary"):
        links.go(work=None, of=None, subject=None, customer=customer)
        st.rerun()
    deciding.close()
