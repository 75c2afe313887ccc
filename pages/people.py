"""People: who may come in, what roles may do, and what was done. For administrators."""

from pages.ui import filters, page_frame
from pages.ui.people import everybody, roles, trail
from presentation.words import N_

SECTIONS = {"people": everybody.show, "roles": roles.show, "audit": trail.show}


def body() -> None:
    """One of the sections."""
    SECTIONS[filters.switch("section", N_("Section"), list(SECTIONS))]()


page_frame.show("people", body)
