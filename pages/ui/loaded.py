"""Whether what a part of a page needs was loaded, and the card in its place where it was not."""

import queries
from pages.ui import cards
from pages.ui.source import snapshot
from presentation import needs
from presentation.words import text


def loaded(*names: str) -> bool:
    """Whether what the queries of these names need was loaded; where it was not, a card says what to load."""
    shown = snapshot()
    missing = dict.fromkeys(fact for name in names for fact in needs.of_query(queries.load(name), shown))
    if missing:
        cards.empty(text("Not loaded, so nothing is said of it."), needs.to_load([*missing]))
    return not missing
