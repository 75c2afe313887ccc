"""Starting: where the server may listen, and the pages a role may open."""

import ipaddress
import sys

import streamlit as st

from data.errors import NothingLoaded
from pages.ui import frame, labels
from pages.ui.source import viewer
from pages.ui.words import text

PAGES = {
    "customers": labels.N_("Customers"),
    "catalogs": labels.N_("Catalogs"),
    "negotiations": labels.N_("Negotiations"),
    "team": labels.N_("Team"),
    "data_admin": labels.N_("Data"),
}
HIDDEN_FROM = {"data_admin": ("director", "lead", "rep", "ecommerce"), "team": ("ecommerce",)}


def run() -> None:
    """One run of the app for one person."""
    st.set_page_config(
        page_title="Orderbeat", page_icon=":material/monitoring:", layout="wide", initial_sidebar_state="collapsed"
    )
    try:
        frame.top()
    except NothingLoaded as error:
        frame.nothing_loaded(error)
        return
    role = viewer().role
    pages = [
        st.Page(f"pages/{name}.py", title=text(title), url_path=name, default=name == "customers")
        for name, title in PAGES.items()
        if role not in HIDDEN_FROM.get(name, ())
    ]
    st.navigation(pages, position="top").run()


def refuse_other_than_loopback() -> None:
    """Ends the process when the server would listen to other machines: without sign-in nobody else may look."""
    address = st.get_option("server.address") or "0.0.0.0"
    if not _is_loopback(address):
        sys.exit(
            f"Orderbeat refuses to listen on {address}.\n"
            "Without sign-in everybody who reaches the server would see every customer.\n"
            "Start it on 127.0.0.1, as `make run` does."
        )


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
