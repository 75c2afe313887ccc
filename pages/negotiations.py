"""Negotiations: where deals really are, whether they close, and how long that takes."""

import streamlit as st

from pages.ui import cards, charts, filters, frame, lists, sentences
from pages.ui.source import fetch, together
from pages.ui.words import text

JOBS = [
    "problem_identification", "solution_exploration", "requirements_building",
    "supplier_selection", "validation", "consensus_creation",
]  # fmt: skip
OPEN = ["customer", "amount", "stage", "age_days", "last_event_on", "expected_close_on", "valid_until", "revisions"]
OPEN_SORTS = ["amount", "age", "expected_close", "customer"]
FACTS = [
    "negotiation_id", "stage", "requested_on", "issued_on", "expected_close_on", "valid_until", "revisions",
    "outcome_reason",
]  # fmt: skip
PATH = ["visit", "place", "entered_on", "days", "is_revisit"]


def body(f: filters.Filters) -> None:
    if negotiation := filters.drill("negotiation"):
        one_negotiation(f, negotiation)
    else:
        overview(f)


def overview(f: filters.Filters) -> None:
    figures, moves = together(f, "negotiations.kpis", "negotiations.transitions", places="job")
    cards.headline(sentences.conversion(figures), beside=filters.compared(f))
    cards.numbers(figures, ["conversion", "win_rate", "average_won", "median_days_to_close", "open_value"])
    cards.note(sentences.maturity(figures))
    left, right = st.columns(2, gap="medium")
    with left:
        cards.title(text("Where a negotiation goes next: share of moves, count and median days"))
        if len(moves):
            charts.matrix(
                moves, "from_place", "to_place", "share", ["moves", "median_days"], JOBS, key="moves", height=330
            )
        else:
            cards.empty(text("No moves between buying jobs."), text("Load `quote_events` with their buying jobs."))
        lists.origin(figures, moves)
    with right:
        opens = {"negotiation": "negotiation_id"}
        lists.browse("negotiations.open_list", f, OPEN, total="negotiations", sorts=OPEN_SORTS, opens=opens)


def one_negotiation(f: filters.Filters, negotiation: str) -> None:
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


frame.show("negotiations", body, "period", "compare", "segment", "owner")
