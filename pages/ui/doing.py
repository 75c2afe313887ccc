"""What somebody does on a page of forms: through the store's doors, and what went wrong on one card."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from data.errors import OrderbeatError
from data.people.store import Store, open_store
from data.settings import current
from pages.ui import cards
from pages.ui.source import person

_TURN = "doing-turn"
_FAILURE = "doing-failure"


def store() -> Store:
    """The store of people, created where nobody has written anything yet."""
    return open_store(current())


def turn() -> int:
    """Grows with everything done, so that forms begin anew from what is kept and rows can be clicked again."""
    return int(st.session_state.setdefault(_TURN, 0))


def do(deed: Callable[..., Any], *about: Any, **details: Any) -> Any:
    """Does it in the name of whoever looks, and gives what comes of it; None where it failed, which `failure` tells."""
    st.session_state.pop(_FAILURE, None)
    try:
        done = deed(store(), person(), *about, **details)
    except OrderbeatError as error:
        fail(error)
        return None
    begin_anew()
    return done


def begin_anew() -> None:
    """Lets every form, list and file of the page begin anew."""
    st.session_state[_TURN] = turn() + 1


def fail(error: OrderbeatError) -> None:
    """Keeps what went wrong for `failure`."""
    st.session_state[_FAILURE] = error


def failure() -> None:
    """What went wrong with what was done last; it is told once."""
    if error := st.session_state.pop(_FAILURE, None):
        cards.failure(error)
