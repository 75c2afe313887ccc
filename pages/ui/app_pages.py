"""Starting: the pages there are, and those a role may open."""

import base64
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.pages_manager import PagesManager

from data.errors import NothingLoaded
from pages.ui import filters, page_frame
from pages.ui.source import viewer
from presentation.pages import PAGES
from presentation.words import text

# Written out, since Streamlit forgets the files of a page once a filter has run the body alone.
ICON = "data:image/png;base64," + base64.b64encode((Path(__file__).parent / "icon.png").read_bytes()).decode()
HIDDEN_FROM = {"data_admin": ("director", "lead", "rep", "ecommerce"), "team": ("ecommerce",)}


def run() -> None:
    """One run of the app for one person."""
    st.set_page_config(page_title="Orderbeat", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    places = st.container(horizontal=True, gap="small", key="places")
    try:
        page_frame.top()
    except NothingLoaded as error:
        page_frame.nothing_loaded(error)
        return
    role = viewer().role
    pages = {page.name: _page(page.name, page.title, role) for page in PAGES}
    # The default page has no address of its own, and links must be able to name every page.
    first = st.Page(
        lambda: st.switch_page(pages["customers"], query_params=filters.carried()), title="Orderbeat", default=True
    )
    opened = st.navigation([first, *pages.values()], position="hidden")
    st.session_state["links"] = partial(_links, places, [p for name, p in pages.items() if _is_open(name, role)])
    opened.run()


# Streamlit's own menu would leave the filters behind, and the browser's Back with them. They are drawn by the body,
# whose filters they take along.
def _links(places: DeltaGenerator, pages: Sequence[st.Page]) -> None:
    with places:
        for page in pages:
            st.page_link(page, query_params=filters.carried())


def _is_open(name: str, role: str) -> bool:
    return role not in HIDDEN_FROM.get(name, ())


def _page(name: str, title: str, role: str) -> st.Page:
    if not _is_open(name, role):
        return st.Page(page_frame.no_access, title=text(title), url_path=name)
    return st.Page(f"pages/{name}.py", title=text(title), url_path=name)


def prepare_server() -> None:
    """Settles before the first visitor that the pages are ours to register."""
    # A folder named pages is Streamlit's older way to make pages. Until st.navigation has run once in the process,
    # a link straight to /customers would run that file alone, without viewer and frame.
    PagesManager.uses_pages_directory = False
