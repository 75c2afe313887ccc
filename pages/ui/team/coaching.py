"""Coaching: one person against quota and own past, the accounts behind it, and beside comparable people."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, grid, links, lists, origin
from pages.ui.source import fetch, fetch_all, fetch_compared, may, snapshot
from presentation import needs
from presentation.filters import Filters
from presentation.sentences import coaching as sentences
from presentation.words import text

MEASURES = ["revenue", "margin_rate", "win_rate", "average_won", "response_days", "discount_depth"]
ACCOUNTS = ["customer", "change", "revenue", "revenue_base"]
BOOK = ["team", "kind", "accounts", "main_segment", "main_segment_share", "known_since", "decided"]


def show(f: Filters, rep: str) -> None:
    """The person's page: quota and own past, the accounts that made the change, strengths and gaps, then quarters."""
    links.back(text("All people"), "rep")
    whole, days = replace(f, team=None), f.comparable or f
    found, quarters = fetch_all(whole, "team.coaching", "team.coaching_quarters", rep=rep)
    if not len(found):
        cards.empty(
            text("Nothing is known of this person."),
            text("No account, sale or quote is theirs, or they are not part of what you may see."),
        )
        return
    figures, reached = fetch_all(whole, "team.kpis", "team.attainment", rep=rep, by="by_rep", metric="revenue")
    past, accounts = fetch_all(replace(days, team=None), "team.kpis", "team.coaching_accounts", rep=rep)
    cards.headline(sentences.person(found, figures, past), beside=f.compared())
    compared = fetch_compared("team.kpis", whole, rep=rep)
    cards.numbers(figures, ["revenue", "attainment", "won_value", "win_rate", "average_won"], compared=compared)
    if difference := sentences.owned(figures, fetch("customers.kpis", replace(whole, owner=rep))):
        cards.note(difference)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _changed(accounts, replace(days, team=None), rep)
    with right:
        if may("compare_people", "team"):
            _strengths_and_gaps(found, figures, past, reached, accounts)
        origin.show(figures, reached, found)
        _accounts(rep)
    cards.facts(found, BOOK)
    cards.note(f"{sentences.years()} {sentences.peers(found)}")
    _by_quarter(quarters)


def _changed(accounts: Result, days: Filters, rep: str) -> None:
    """The accounts that made the change, each a way to its page."""
    cards.title(text("Accounts that made the change"))
    if not len(accounts):
        cards.empty(text("There is nothing to compare with, so no change."))
        origin.show(accounts)
        return
    listed = grid.named(accounts, "customer", text("All other accounts"))
    grid.drillable(listed, ACCOUNTS, "coaching-accounts", rows_shown=11, page="customers", customer="customer_id")
    lists.foot(accounts, days, rep=rep)


def _by_quarter(quarters: Result) -> None:
    measure = filters.switch("measure", text("Figure"), needs.known(MEASURES, "team.coaching", snapshot()))
    cards.title(text("By quarter, the tick marks the median of comparable people"))
    if not len(quarters):
        cards.empty(text("No whole quarter is known yet."), text("Load orders and quotes of earlier months."))
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        charts.bullet(quarters, by="quarter", value=measure, target=f"{measure}_peers", key=f"quarters-{measure}")
    with right:
        grid.plain(quarters, "quarters", ["quarter", measure, f"{measure}_base", f"{measure}_peers", "decided"])
        origin.show(quarters)


def _strengths_and_gaps(found: Result, *about: Result) -> None:
    """For a talk between two people: whoever is spoken of sees the figures, and hears the words from the lead."""
    _sentences(text("Gaps"), sentences.gaps(found, *about), text("No gap in what could be compared."))
    _sentences(text("Strengths"), sentences.strengths(found, *about), text("Nothing stands out in what was compared."))
    cards.note(text("Beside peers it is said where it lies further from their median than half of them do."))


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
