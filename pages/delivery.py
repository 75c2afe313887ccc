"""Delivery: what reaches people outside of the browser. Everybody's own; for administrators also everybody's."""

from pages.ui import filters, page_frame
from pages.ui.delivery import calendar, channels, digest, mine, rules, sent, tokens, ways
from pages.ui.source import may
from presentation.words import N_

SECTIONS = {
    "my_ways": mine.show,
    "digest": digest.show,
    "rules": rules.show,
    "calendar": calendar.show,
    "tokens": tokens.show,
    "sent_to_me": sent.show,
}
FOR_ADMINISTRATORS = {"ways_out": ways.show, "channels": channels.show}


def body() -> None:
    """One of the sections."""
    sections = SECTIONS | (FOR_ADMINISTRATORS if may("set_ways") else {})
    sections[filters.switch("section", N_("Section"), list(sections))]()


page_frame.show("delivery", body)
