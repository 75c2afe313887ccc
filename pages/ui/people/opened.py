"""The person that is open, and the one-time link made for them."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from data.people import sending
from data.people.store import outgoing
from data.people.store.accounts.links import Link
from pages.ui import doing, links
from presentation import words

_LINK = "people-link"
_MAILED = "people-link-mailed"


def make_link(make: Callable[..., Any], account: str) -> None:
    """Makes a one-time link, which is kept for as long as the person it is for stays open, and nowhere else."""
    if link := doing.do(make, account):
        st.session_state[_LINK] = (account, link)


def link_of(account: str) -> Link | None:
    """The one-time link made for somebody just now; that of anybody else is forgotten."""
    of, link = st.session_state.get(_LINK, (None, None))
    if of == account:
        return link
    st.session_state.pop(_LINK, None)
    return None


def mail_link(account: str, is_in: bool) -> None:  # noqa: FBT001 (a callback gets what is bound to it)
    """Has a one-time link mailed: one for a new password to whoever can come in already, else an invitation."""
    doing.do(outgoing.ask_for_link, account, "reset" if is_in else "invitation", words.language())
    st.session_state.pop(_LINK, None)
    st.session_state[_MAILED] = account
    sending.begin()


def is_mailed(account: str) -> bool:
    """Whether a link was just given to be mailed to somebody."""
    return bool(st.session_state.get(_MAILED) == account)


def close() -> None:
    """Leaves the person that is open."""
    st.session_state.pop(_LINK, None)
    st.session_state.pop(_MAILED, None)
    doing.begin_anew()
    links.go(account=None)
