"""Negotiations: where deals really are, whether they close, and how long that takes."""

from pages.ui import cards, links, lists, page_frame
from pages.ui.negotiations import closing, conversion, deal, decisions, loops, pipeline, under_way
from pages.ui.source import fetch, fetch_compared
from presentation.filters import Filters
from presentation.sentences import conversion as sentences

PANELS = {
    "pipeline": pipeline.show, "conversion": conversion.show, "loops": loops.show, "time": closing.show,
    "reasons": decisions.show, "under_way": under_way.show,
}  # fmt: skip


def body(f: Filters) -> None:
    """One deal where one is asked for, else all of them."""
    if negotiation := links.drill("negotiation"):
        deal.show(f, negotiation)
    else:
        overview(f)


def overview(f: Filters) -> None:
    """The figures of all deals, and one of the panels."""
    figures = fetch("negotiations.kpis", f)
    cards.headline(sentences.conversion(figures), beside=f.compared())
    cards.numbers(figures, ["conversion", "win_rate", "average_won", "median_days_to_close", "open_value"],
                  compared=fetch_compared("negotiations.kpis", f))  # fmt: skip
    cards.note(" ".join(filter(None, [sentences.maturity(figures), sentences.without_amount(figures)])))
    shown = lists.switch(list(PANELS), figures)
    PANELS[shown](f)


page_frame.show("negotiations", body, "period", "compare", "segment", "owner")
