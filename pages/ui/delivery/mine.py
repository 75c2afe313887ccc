"""Which ways out of the browser are open to whoever looks."""

from data.people import ways
from pages.ui import cards, doing
from pages.ui.source import person
from presentation import labels
from presentation.words import listed, text


def show() -> None:
    """The ways that are open, in one sentence; where none is, who opens them."""
    found = [labels.code(way) for way in ways.WAYS if ways.is_open(doing.store(), way, person())]
    if found:
        cards.headline(text("Open to you: {ways}", ways=listed(found)))
    else:
        cards.headline(text("Nothing leaves the browser for you yet."))
        cards.note(text("An administrator opens mail, rules, a calendar or an assistant to your role."))
