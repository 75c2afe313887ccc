"""Time to close: how long deals take to be won or lost, whether that changes, and which are stuck."""

import streamlit as st

from pages.ui import cards, charts, filters, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch
from presentation.filters import Filters
from presentation.sentences import closing as sentences
from presentation.words import N_, text

MONTHS = {"twelve_months": 12, "two_years": 24}
BY = {"by_segment": ["segment"], "by_size": ["size", "amount_from", "amount_to"]}
GROUPS = ["median_days", "most_days", "requests", "still_open", "median_low", "median_high"]
COHORTS = [
    "quarter", "requests", "decided_14", "decided_30", "decided_30_low", "decided_30_high", "decided_60", "median_days",
    "still_open",
]  # fmt: skip
STUCK = ["customer", "amount", "stage", "days_there", "usual_days", "limit_days", "usual_of", "segment", "entered_on"]
SORTS = ["amount", "overstay", "customer"]


def show(f: Filters) -> None:
    """Won, lost and open by days, and days by group, on the left; stuck deals and the pace by quarter on the right."""
    left, right = cards.two_columns()
    with left:
        if loaded("negotiations.incidence"):
            _decided(f)
    with right:
        _still_open(f)


def _decided(f: Filters) -> None:
    months = MONTHS[filters.switch("closing_months", text("Requests of the last"), [*MONTHS])]
    incidence = fetch("negotiations.incidence", f, months=months)
    if len(incidence):
        cards.title(sentences.decided(incidence))
        charts.incidence(incidence, key="incidence", height=260)
    else:
        cards.empty(
            text("Fewer than five requests of these months can be watched."),
            text("Choose 24 months or widen the filters."),
        )
    origin.show(incidence)
    _grouped(f, months)


def _still_open(f: Filters) -> None:
    head = st.container()
    found = lists.browse(
        lists.Listing(
            "negotiations.stuck",
            STUCK,
            total="stuck",
            sorts=SORTS,
            rows_shown=7,
            opens={"negotiation": "negotiation_id"},
            nothing=N_("No open deal matches that has been in its stage for longer than nine of ten stays there."),
        ),
        f,
    )
    with head:
        cards.title(sentences.stuck(found))
    cards.title(text("Share decided, by quarter of request"))
    cards.note(text("Empty: part of the quarter is not that many days ago yet, or fewer than five requests."))
    lists.listed("negotiations.closing_cohorts", f, COHORTS, rows_shown=8)


def _grouped(f: Filters, months: int) -> None:
    cards.title(text("Days from request to decision"))
    by = filters.switch("closing_by", text("Days to close by"), [*BY])
    lists.listed("negotiations.closing_groups", f, BY[by] + GROUPS, rows_shown=4, by=by, months=months)
