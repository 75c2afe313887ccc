"""One deal: where it stands, the way it came, and what speaks for and against it."""

from pages.ui import cards, filters, lists, sentences
from pages.ui.source import fetch
from pages.ui.words import text

FACTS = [
    "negotiation_id", "stage", "requested_on", "issued_on", "expected_close_on", "valid_until", "revisions",
    "outcome_reason",
]  # fmt: skip
PATH = ["visit", "place", "entered_on", "days", "is_revisit"]


def show(f: filters.Filters, negotiation: str) -> None:
    """The deal's page."""
    filters.back(text("All open negotiations"), "negotiation")
    found = fetch("negotiations.negotiation", f, negotiation=negotiation)
    if not len(found):
        cards.not_found()
        return
    cards.headline(sentences.negotiation(found))
    cards.facts(found, FACTS)
    path = fetch("negotiations.path", f, negotiation=negotiation, places="job")
    cards.title(sentences.steps_back(path))
    lists.plain(path, "path", PATH, rows_shown=12)
    lists.origin(found, path)
