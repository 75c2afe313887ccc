"""Orderbeat: who looks, in which language, and which pages there are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import start


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    start.prepare_server()
    yield


if get_script_run_ctx():
    start.run()
else:
    app = st.App(__file__, lifespan=lifespan)
