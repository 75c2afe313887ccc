"""Data: what is loaded, and loading more of it. For administrators."""

from pages.ui import filters, page_frame
from pages.ui.data_admin import finance, load, loaded, sources
from pages.ui.source import may
from presentation.words import N_

SECTIONS = {
    "what_is_loaded": loaded.show,
    "load_files": load.show,
    "sources": sources.show,
    "matches_finance": finance.show,
}


def body() -> None:
    """One of the sections; whoever may not load sees what is loaded."""
    first = "load_files" if load.is_open() else "what_is_loaded"
    shown = filters.switch("section", N_("Section"), list(SECTIONS), default=first) if may("load") else "what_is_loaded"
    SECTIONS[shown]()


page_frame.show("data_admin", body)
