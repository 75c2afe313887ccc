"""Decisions: why deals are won and lost, how winning goes with the discount, and what a change brought."""

import datetime as dt
from dataclasses import replace

import pyarrow.compute as pc
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, grid, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch, fetch_all
from presentation.filters import Filters
from presentation.sentences import decisions as sentences
from presentation.words import N_, text

OUTCOMES = ["lost", "won"]
DEPTHS = ["under_5", "from_5", "from_10", "from_15", "from_20", "from_30"]
SEGMENTS = ["dealer", "b2b", "b2c"]
REASONS = [
    "outcome_reason", "decided", "share", "share_base", "tendency", "share_low", "share_high", "amount", "decided_base",
    "amount_base",
]  # fmt: skip
CLASSES = [
    "depth", "decided", "won", "win_rate", "adjusted", "adjusted_low", "adjusted_high", "standing", "covered", "amount",
]  # fmt: skip
CHANGES = [
    "segment", "rate_before", "rate_since", "change", "others_change", "difference", "difference_low",
    "difference_high", "standing", "change_low", "change_high", "requests_before", "requests_since",
]  # fmt: skip
DECIDED = ["customer", "amount", "outcome", "outcome_reason", "closed_on", "discount_depth", "days_to_close"]
SORTS = ["amount", "closed", "discount_depth", "customer"]
# What is clicked narrows the list of deals, by the names its own filters have in the link.
_NARROWS = {name: f"negotiations-decided-{name}" for name in ("outcome", "outcome_reason", "depth")}


def show(f: Filters) -> None:
    """One question at a time: its answer and chart on the left, what stands behind it on the right."""
    left, right = cards.two_columns()
    with right:
        shown = filters.switch("decisions", text("Question"), [*_QUESTIONS])
    _QUESTIONS[shown](f, left, right)


def _reasons(f: Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    if not loaded("negotiations.reasons"):
        return
    within = f.comparable or f
    found = fetch("negotiations.reasons", within)
    places = {_NARROWS[name]: name for name in ("outcome", "outcome_reason")}
    with left:
        outcome = filters.switch("reasons_of", text("Reasons of"), OUTCOMES)
        shown = replace(found, table=found.table.filter(pc.equal(found.table["outcome"], outcome)))
        if len(shown):
            cards.title(sentences.reasons(shown, outcome))
            if within.window != f.window:
                cards.note(within.compared())
            charts.bullet(shown, by="outcome_reason", value="decided", target="decided_base", key="reasons", **places)
            grid.drillable(shown, REASONS, f"reasons-{outcome}", 6, **places)
        else:
            cards.empty(text("Nothing was decided in these periods."), text("Choose a longer period."))
        origin.show(found)
    with right:
        _deals(f, found)


def _discounts(f: Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    classes, response, found = fetch_all(
        f, "negotiations.discount_depth", "negotiations.discount_response", "negotiations.reasons"
    )
    places = {_NARROWS["depth"]: "depth"}
    with left:
        if not loaded("negotiations.discount_depth"):
            return
        if len(classes):
            cards.title(sentences.discount_response(response))
            overall = classes.rows()[0]["all_win_rate"]
            charts.dots(classes, "depth", "adjusted", "depths", beside="win_rate", mark_at=overall, **places)
            cards.note(
                text(
                    "Full points: win rate had each class the mix of all, by segment and size. Hollow: as it was. "
                    "Line: of all. An association, not what a discount brings: who gets one is no accident."
                )
            )
        else:
            way_out = text("Load `quote_lines` with `list_price`, or choose a longer period.")
            cards.empty(text("No discounts of decided negotiations are known."), way_out)
        origin.show(classes, response)
    with right:
        if len(classes):
            grid.drillable(classes, CLASSES, "depth-classes", len(DEPTHS), **places)
        _deals(f, found)


def _programme(f: Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    as_of = f.window.date_to
    with left:
        cards.title(text("What changed since a day, such as the first of a programme or catalog"))
        with st.container(horizontal=True, key="programme-of"):
            since = filters.day("since", text("Since"), as_of - dt.timedelta(days=365), as_of)
            programme = filters.switch("programme", text("Segment it is for"), SEGMENTS, f.segment)
        found = fetch("negotiations.programme", f, since=since, programme=programme)
        if len(found):
            cards.title(sentences.programme(found, since))
            charts.dots(found, "segment", "change", "programme-changes", mark_at=0)
            cards.note(sentences.programme_reach(found))
        else:
            cards.empty(
                text("No requests are old enough around that day."),
                text("Choose a day within the history, or all owners."),
            )
        origin.show(found)
    with right:
        cards.title(text("Won of requests in the six months before and since, by segment"))
        if len(found):
            grid.plain(found, "programme-segments", CHANGES)


def _deals(f: Filters, reasons: Result) -> None:
    """The deals behind, narrowed by what was clicked."""
    known = list(dict.fromkeys(row["outcome_reason"] for row in reasons.rows()))
    lists.browse(
        lists.Listing(
            "negotiations.decided",
            DECIDED,
            total="negotiations",
            sorts=SORTS,
            opens={"negotiation": "negotiation_id"},
            narrows={
                "outcome": lists.Narrowing(OUTCOMES, N_("How it ended.")),
                "outcome_reason": lists.Narrowing(known, N_("The reason its newest version names.")),
                "depth": lists.Narrowing(DEPTHS, N_("Discount against list value.")),
            },
        ),
        f,
    )


_QUESTIONS = {
    "won_and_lost": _reasons,
    "by_discount": _discounts,
    "before_and_after": _programme,
}
