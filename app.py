"""Orderbeat: who looks, in which language, and which pages there are."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import app_pages

if get_script_run_ctx(suppress_warning=True):
    app_pages.run()
else:
    app_pages.prepare_server()
    app = st.App(__file__)
