"""Coaching: one person over time, beside the own past and the median of comparable people."""

from collections.abc import Sequence

import streamlit as st

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, grid, links, origin
from pages.ui.source import fetch_all, may, snapshot
from presentation import needs
from presentation.filters import Filters
from presentation.sentences import coaching as sentences
from presentation.words import text

MEASURES = ["revenue", "margin_rate", "win_rate", "average_won", "response_days", "discount_depth"]
BOOK = ["team", "kind", "accounts", "main_segment", "main_segment_share", "known_since", "decided"]


def show(f: Filters, rep: str) -> None:
    """The person's page: figures of the year, strengths and gaps in words, and one figure by quarter."""
    links.back(text("All people"), "rep")
    found, quarters = fetch_all(f, "team.coaching", "team.coaching_quarters", rep=rep)
    if not len(found):
        cards.empty(
            text("Nothing is known of this person."),
            text("No account, sale or quote is theirs, or they are not part of what you may see."),
        )
        return
    cards.headline(sentences.person(found), beside=sentences.years(found))
    cards.numbers(found, ["revenue", "margin_rate", "win_rate", "average_won"])
    cards.facts(found, BOOK)
    cards.note(sentences.peers(found))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _by_quarter(quarters)
    with right:
        if may("compare_people", "team"):
            _strengths_and_gaps(found)
        origin.show(found)
        _accounts(rep)


def _by_quarter(quarters: Result) -> None:
    measure = filters.switch("measure", text("Figure"), needs.known(MEASURES, "team.coaching", snapshot()))
    cards.title(text("By quarter, the tick marks the median of comparable people"))
    if not len(quarters):
        cards.empty(text("No whole quarter is known yet."), text("Load orders and quotes of earlier months."))
        return
    charts.bullet(quarters, by="quarter", value=measure, target=f"{measure}_peers", key=f"quarters-{measure}")
    grid.plain(quarters, "quarters", ["quarter", measure, f"{measure}_base", f"{measure}_peers", "decided"])
    origin.show(quarters)


def _strengths_and_gaps(found: Result) -> None:
    """For a talk between two people: whoever is spoken of sees the figures, and hears the words from the lead."""
    _sentences(text("Strengths"), sentences.strengths(found), text("Nothing stands out above comparable people."))
    _sentences(text("Gaps"), sentences.gaps(found), text("Nothing falls behind comparable people."))
    cards.note(text("Said where it lies further from the peers' median than half of the peers do."))


def _sentences(title: str, lines: Sequence[str], otherwise: str) -> None:
    cards.title(title)
    for line in lines or [otherwise]:
        st.markdown(line)


def _accounts(rep: str) -> None:
    owned = links.carried() | {"owner": rep}
    st.page_link("pages/customers.py", label=text("Open the accounts"), icon=":material/store:", query_params=owned)
    st.page_link(
        "pages/negotiations.py", label=text("Open the negotiations"), icon=":material/handshake:", query_params=owned
    )
