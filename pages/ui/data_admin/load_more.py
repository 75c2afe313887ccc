"""The way back to an empty desk."""

from pathlib import Path

import streamlit as st

from data.loading import desk
from presentation.words import text


def start_over(place: Path, label: str = "") -> None:
    """A button that clears the desk; what was loaded from it stays loaded."""
    if st.button(label or text("Start over"), key="load-start-over", type="tertiary"):
        desk.clear(place)
        st.session_state.pop("desk", None)
        st.rerun()
