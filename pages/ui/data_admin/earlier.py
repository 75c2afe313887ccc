"""The way back: what was loaded at an earlier time, as long as it is kept."""

import streamlit as st

from data import publish
from data.errors import OrderbeatError
from data.loading import desk, inputs
from data.settings import current
from pages.ui import cards
from pages.ui.data_admin import at_work
from presentation.sentences import loading as sentences
from presentation.words import text


def show() -> None:
    """What can be gone back to, newest first, and the button that does it."""
    home = current().home
    names = [path.name for path in publish.published(inputs.root(home))][1:]
    kept = {name: told for name in names if (told := _told(name))}
    if not kept:
        return
    cards.title(text("Go back to what was loaded earlier"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="earlier"):
        chosen = st.selectbox(
            text("Loaded earlier"), [*kept], format_func=kept.__getitem__, key="earlier-generation", width=420,
            label_visibility="collapsed",
        )  # fmt: skip
        if st.button(text("Go back"), key="go-back", icon=":material/undo:"):
            place = desk.begin(home)
            st.session_state["desk"] = str(place)
            desk.write(place, "asked", chosen)
            at_work.begin(place, "back")


def _told(name: str) -> str:
    """What a generation holds; '' where it is damaged, and nothing can go back to it."""
    try:
        return sentences.generation(name, inputs.generation(current().home, name))
    except OrderbeatError:
        return ""
