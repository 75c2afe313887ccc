"""Orderbeat: who looks, in which language, and which pages there are."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import app_pages, page_frame, wire
from service.web import front

if get_script_run_ctx(suppress_warning=True):
    app_pages.run()
else:
    settings = app_pages.prepare_server()
    app = st.App(__file__, middleware=front.middleware(settings, wire), on_script_error=page_frame.failed)
