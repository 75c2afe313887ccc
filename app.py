"""Orderbeat: who looks, in which language, and which pages there are."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import frame, start
from service import wall

if get_script_run_ctx(suppress_warning=True):
    start.run()
else:
    start.prepare_server()
    app = st.App(__file__, middleware=[wall.middleware()], on_script_error=frame.failed)
