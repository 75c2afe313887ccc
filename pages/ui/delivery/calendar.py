"""The calendar of one's own: an address that any calendar program subscribes to, shown once, and its end."""

import streamlit as st

from data.people import ways
from data.people.store import tokens
from data.people.store.tokens import Made, Token
from pages.ui import cards, doing, links
from pages.ui.source import person
from presentation import format
from presentation.words import language, text

_MADE = "calendar-made"
_MONTHS_AND_A_YEAR = (90, 180, 365)


def show() -> None:
    """Whether there is an address, the one that was made just now, and the form of a new one."""
    if not ways.is_open(doing.store(), "calendar", person()):
        cards.empty(
            text("A calendar is not open to you yet."),
            text("An administrator opens it to your role; then what is due stands in your own calendar."),
        )
        return
    doing.failure()
    own = [each for each in tokens.own(doing.store(), person()) if each.use == "calendar"]
    cards.headline(
        text("What is due stands in your calendar") if own else text("What is due can stand in your own calendar")
    )
    cards.note(
        text(
            "Due deals, contracts and orders, days of decision, expected orders, and what comes back from snooze: of "
            "what you may see, and nothing else."
        )
    )
    _made()
    for each in own:
        _address(each)
    _new()


def _made() -> None:
    """The address that was made just now; the store holds no more than its digest."""
    made: Made | None = st.session_state.get(_MADE)
    if made is None or made.token.account_id != person().key:
        return
    st.code(f"{links.server()}/calendar/{made.secret}.ics?language={language()}", language=None, wrap_lines=True)
    cards.note(
        text(
            "Subscribe to this address in your calendar program. Whoever has it reads what is due to you: tell it to "
            "nobody. It is shown only now; end it below if it got into other hands."
        )
    )


def _address(token: Token) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"calendar-{token.id}"):
        used = format.value(token.used_at.date(), "date") if token.used_at else text("never")
        st.text(
            text(
                "{name}: until {day}, last read: {used}", name=token.name,
                day=format.value(token.until.date(), "date"), used=used,
            )
        )  # fmt: skip
        st.button(
            text("End"), key=f"calendar-end-{token.id}", icon=":material/link_off:", type="tertiary", on_click=_end,
            args=(token,),
        )  # fmt: skip


def _end(token: Token) -> None:
    st.session_state.pop(_MADE, None)
    doing.do(tokens.revoke, token.id)


def _new() -> None:
    with (
        st.form(f"calendar-new-{doing.turn()}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input(text("Where it is read"), max_chars=60, placeholder=text("Such as: phone"), width=220)
        days = st.selectbox(
            text("Good for"), _MONTHS_AND_A_YEAR, 2, format_func=lambda days: format.value(days, "days"), width=140
        )
        if st.form_submit_button(text("Make an address"), key="calendar-make"):
            ways.require_open(doing.store(), "calendar", person())
            st.session_state[_MADE] = doing.do(tokens.make, "calendar", name.strip() or text("Calendar"), days=days)
            st.rerun()
