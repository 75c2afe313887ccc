"""One person: their name, roles and binding, their one-time link, sessions and identities, and the way out and back."""

from functools import partial
from typing import Any

import streamlit as st

from data.errors import BadInput
from data.people.person import Person
from data.people.store import Store
from data.people.store.accounts import links, people, second_factor, sessions
from data.people.store.accounts.people import Account
from data.settings import current
from pages.ui import cards, doing
from pages.ui.people import bound, fields, opened
from presentation.format import literal
from presentation.sentences import people as sentences
from presentation.words import plural, text


def show(account: Account) -> None:
    """The fields of a person, and below them what can be done about who they are and where they are signed in."""
    key = f"person-{account.id}-{doing.turn()}"
    with st.container(border=True, key="person"):
        st.markdown(f"**{literal(account.name)}** · {literal(account.email)}")
        _link(account)
        if account.is_erased:
            cards.note(text("Nothing is left of this person but what they wrote."))
            st.button(text("Close"), key=f"{key}-close", type="tertiary", on_click=opened.close)
            return
        with st.form(key, border=False):
            given = fields.show(key, account)
            if st.form_submit_button(text("Save"), key=f"{key}-save"):
                doing.do(people.change, account.id, **vars(given))
                st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", key="person-tools"):
            _buttons(account, key)


def _link(account: Account) -> None:
    """The one-time link that was made just now; the store holds no more than its digest."""
    if opened.is_mailed(account.id):
        cards.note(
            text(
                "A link is on its way by mail to {name}. It is made when it is sent, and takes the place of any before "
                "it. The page Delivery, section Sent, says what became of it.",
                name=literal(account.name),
            )
        )
    link = opened.link_of(account.id)
    if link is None:
        return
    st.code(f"{_address()}/sign-in/link/{link.token}", language=None, wrap_lines=True)
    cards.note(
        text(
            "Hand this link to {name} alone: whoever opens it first sets the password. It is shown only now, and works "
            "once, until {moment} UTC.",
            name=literal(account.name),
            moment=sentences.moment(link.until),
        )
    )
    if current().sends_mail:
        st.button(
            text("Send a link by mail instead"), icon=":material/mail:", key=f"person-{account.id}-mail-{doing.turn()}",
            on_click=opened.mail_link, args=(account.id, account.can_come_in),
        )  # fmt: skip


def _address() -> str:
    """Where people reach this server."""
    return current().url or (st.context.url or "").split("/people")[0]


def _buttons(account: Account, key: str) -> None:
    if account.is_active:
        is_in = account.can_come_in
        label, make = (
            (text("Link to reset the password"), links.reset) if is_in else (text("Invitation link"), links.invitation)
        )
        st.button(label, icon=":material/link:", key=f"{key}-link", on_click=opened.make_link, args=(make, account.id))
    _sessions(account, key)
    bound.show(account, key)
    if account.has_second_factor:
        _button(text("Remove the second factor"), key, "no-factor", second_factor.remove, account)
    if account.is_active:
        _button(text("Deactivate"), key, "deactivate", people.deactivate, account)
    else:
        _button(text("Reactivate"), key, "reactivate", people.reactivate, account)
    _erase(account, key)
    st.button(text("Close"), key=f"{key}-close", type="tertiary", on_click=opened.close)


def _button(label: str, key: str, name: str, deed: Any, account: Account) -> None:
    st.button(label, key=f"{key}-{name}", on_click=doing.do, args=(deed, account.id))


def _sessions(account: Account, key: str) -> None:
    """Where somebody is signed in; one of it, or all of it, can be ended."""
    found = sessions.of(doing.store(), account.id)
    if not found:
        return
    label = plural("{count} session", "{count} sessions", len(found))
    with st.popover(label, icon=":material/devices:", key=f"{key}-sessions"):
        for each in found:
            with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-session-{each.id}"):
                st.text(sentences.session(each))
                st.button(
                    text("End"), key=f"{key}-end-{each.id}", type="tertiary",
                    on_click=doing.do, args=(sessions.end_one, each.id),
                )  # fmt: skip
        _button(text("End all"), key, "end-all", sessions.end_everywhere, account)


def _erase(account: Account, key: str) -> None:
    """A form that erases somebody whose e-mail address is typed once more, and says what remains."""
    with (
        st.popover(text("Erase"), icon=":material/delete:", type="tertiary", key=f"{key}-erase"),
        st.form(f"{key}-erase-form", border=False),
    ):
        st.markdown(
            text(
                "Name, e-mail address, password, second factor and identities go for good, and all sessions end. What "
                "the person decided, noted and exported remains, signed by an erased person."
            )
        )
        typed = st.text_input(
            text("Type the e-mail address to confirm"), key=f"{key}-confirm", max_chars=254, autocomplete="off"
        )
        if st.form_submit_button(text("Erase for good"), key=f"{key}-erase-now"):
            doing.do(partial(_erased, typed.strip().lower() == account.email), account.id)
            st.rerun()


def _erased(is_confirmed: bool, store: Store, by: Person, account: str) -> None:  # noqa: FBT001 (what was typed is bound first)
    if not is_confirmed:
        raise BadInput("Nothing was erased.", "What was typed is not the e-mail address.", "Type it once more.")
    people.erase(store, by, account)
