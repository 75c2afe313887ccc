"""Starting: the pages there are, and those somebody may open."""

import base64
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.pages_manager import PagesManager

from data import private, settings
from data.errors import AccessDenied, NothingLoaded
from data.settings import Settings
from data.warehouse import access
from pages.ui import links, page_frame
from pages.ui.data_admin import load
from pages.ui.source import may
from presentation.pages import PAGES
from presentation.words import text

# Written out, since Streamlit forgets the files of a page once a filter has run the body alone.
ICON = "data:image/png;base64," + base64.b64encode((Path(__file__).parent / "icon.png").read_bytes()).decode()


def run() -> None:
    """One run of the app for one person."""
    st.set_page_config(page_title="Orderbeat", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    places = st.container(horizontal=True, gap="small", key="places")
    try:
        page_frame.top()
    except NothingLoaded as error:
        page_frame.nothing_loaded(error, load.show, is_open=load.is_open())
        return
    except AccessDenied as error:
        page_frame.shut_out(error)
        return
    pages = {page.name: _page(page.name, page.title) for page in PAGES}
    # The default page has no address of its own, and links must be able to name every page.
    landing = pages["data_admin" if load.is_open() and may("load") else "customers"]
    first = st.Page(lambda: st.switch_page(landing, query_params=links.carried()), title="Orderbeat", default=True)
    opened = st.navigation([first, *pages.values()], position="hidden")
    st.session_state["links"] = partial(_links, places, [p for name, p in pages.items() if may("read", name)])
    opened.run()


# Streamlit's own menu would leave the filters behind, and the browser's Back with them. They are drawn by the body,
# whose filters they take along.
def _links(places: DeltaGenerator, pages: Sequence[st.Page]) -> None:
    with places:
        for page in pages:
            st.page_link(page, query_params=links.carried())


def _page(name: str, title: str) -> st.Page:
    if not may("read", name):
        return st.Page(page_frame.no_access, title=text(title), url_path=name)
    return st.Page(f"pages/{name}.py", title=text(title), url_path=name)


def prepare_server() -> Settings:
    """Settles before the first visitor that the pages are ours to register, and files this account's alone.

    Returns what the server is told.
    """
    # A folder named pages is Streamlit's older way to make pages. Until st.navigation has run once in the process,
    # a link straight to /customers would run that file alone, without person and frame.
    PagesManager.uses_pages_directory = False
    told = settings.current()
    private.begin(told.home)
    access.raise_handle_limit()
    return told
