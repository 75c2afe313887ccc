"""An app of which everything fails that can: what the pages do with errors nobody foresaw is tried on it."""

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data.errors import BadInput
from pages.ui import export_button, page_frame
from service.web import wall
from tests.people import ADMIN


def fails() -> Any:
    raise ValueError("nobody foresaw this")


def is_foreseen() -> None:
    raise BadInput("This was foreseen.", "It is no secret.", "Do nothing.")


@st.fragment
def fragment() -> None:
    if st.button("in a fragment"):
        fails()


def run() -> None:
    st.session_state["person"] = ADMIN
    page_frame.unforeseen_errors()
    st.button("in a callback", on_click=fails)
    st.button("foreseen", on_click=is_foreseen)
    st.selectbox("in a choice", ["one", "other"], key="choice", on_change=fails)
    with st.popover("in a popover", key="popover", on_change="rerun") as popover:
        if popover.open:
            fails()
    fragment()
    export_button.download("in a download", fails, "a.csv", "text/csv", key="download")
    if st.button("in the script"):
        fails()
    st.button("again")


if get_script_run_ctx(suppress_warning=True):
    run()
else:
    app = st.App(__file__, middleware=[wall.middleware()], on_script_error=page_frame.failed)
