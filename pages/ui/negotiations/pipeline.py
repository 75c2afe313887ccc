"""The pipeline: what is open, how likely and when it closes, what to do next, and how it changed."""

from typing import Any

import streamlit as st

from pages.ui import cards, charts, filters, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch
from presentation.filters import Filters
from presentation.sentences import conversion
from presentation.sentences import deals as sentences
from presentation.sentences.win_record import win_record
from presentation.words import N_, text

OPEN = [
    "customer", "amount", "win_probability", "next_step", "expected_close_on", "day_standing", "closes_on", "stage",
    "stage_days", "slips", "valid_until", "discount_depth", "usual_discount", "last_event_on", "people", "age_days",
    "expected_value", "close_from", "close_until", "revisions",
]  # fmt: skip
SORTS = ["amount", "expected_value", "probability", "closes", "expected_close", "age", "customer"]
DUE = [
    "closing_14", "closing_30", "expected_14", "expected_30", "past_expected", "slipping", "slipped", "expiring",
    "expired", "closed_here",
]  # fmt: skip
NEXT_STEPS = [
    "answer_request", "send_quote", "settle", "ask_for_date", "renew_offer", "second_person", "follow_up",
]  # fmt: skip
HORIZONS = {"all_open": None, "due_30": 30, "due_90": 90}
MOVEMENTS = ["created", "reopened", "pulled_in", "raised", "lowered", "slipped", "won", "lost", "closed_here"]
STEPS = {
    "created": 1, "reopened": 1, "pulled_in": 1, "raised": 1, "lowered": -1, "slipped": -1, "won_value": -1,
    "lost_value": -1, "closed_here": -1,
}  # fmt: skip
COUNTS = {
    "start_value": "start_deals", "created": "created_deals", "reopened": "reopened_deals",
    "pulled_in": "pulled_in_deals", "raised": "raised_deals", "lowered": "lowered_deals", "slipped": "slipped_deals",
    "won_value": "won_deals", "lost_value": "lost_deals",
    "closed_here": "closed_here_deals", "end_value": "end_deals",
}  # fmt: skip
CHANGES = ["customer", "movement", "amount", "expected_close_on", "closed_on", "slips"]
DEAL = {"negotiation": "negotiation_id"}
ROWS_SHOWN = 8


def show(f: Filters) -> None:
    """How it changed over the period on the left; on the right what is open, or what changed, deal by deal."""
    left, right = cards.two_columns()
    with left:
        horizon = HORIZONS[filters.switch("horizon", text("Expected to close"), list(HORIZONS))]
        _bridge(f, horizon)
    with right:
        shown = filters.switch("deals", text("Deals"), ["open_deals", "slipping", "changes"])
        if shown == "changes":
            _changes(f, horizon)
        else:
            _open(f, is_slipping=shown == "slipping")


def _bridge(f: Filters, horizon: int | None) -> None:
    if not loaded("negotiations.bridge"):
        return
    found = fetch("negotiations.bridge", f, due_days=horizon)
    cards.title(sentences.pipeline_change(found))
    row = found.one()
    steps = {step: sign for step, sign in STEPS.items() if row[step]}
    if steps or row["start_value"]:
        charts.bridge(found, "start_value", steps, "end_value", key="bridge", counts=COUNTS)
    else:
        cards.empty(text("Nothing was open in this period."), text("Load `quotes` to see the pipeline here."))
    origin.show(found)


def _open(f: Filters, *, is_slipping: bool) -> None:
    record, figures = fetch("negotiations.win_record"), fetch("negotiations.kpis", f)
    head = st.container()
    narrows = {"next_step": lists.Narrowing(NEXT_STEPS, N_("The first of these that holds, in this order."))}
    asked: dict[str, Any] = {}
    nothing = N_("Nothing is being negotiated.")
    if is_slipping:
        asked, nothing = {"due": "slipping"}, N_("No deal expected this month will miss it.")
    else:
        narrows["due"] = lists.Narrowing(DUE, N_("By the day told from deals like it, or by the day the rep expects."))
    found = lists.browse(
        lists.Listing(
            "negotiations.open_list",
            OPEN,
            total="negotiations",
            sorts=SORTS,
            rows_shown=ROWS_SHOWN,
            opens=DEAL,
            narrows=narrows,
            nothing=nothing,
        ),
        f,
        **asked,
    )
    if is_slipping:
        with head:
            cards.title(sentences.slipping(found))
    cards.note(f"{conversion.dates(figures)} {win_record(record)}".strip())
    origin.show(record)


def _changes(f: Filters, horizon: int | None) -> None:
    rule = N_("What is summed up in the bars beside it.")
    lists.browse(
        lists.Listing(
            "negotiations.movements",
            CHANGES,
            total="movements",
            sorts=["amount", "customer"],
            rows_shown=ROWS_SHOWN,
            opens=DEAL,
            narrows={"flow": lists.Narrowing(MOVEMENTS, rule)},
        ),
        f,
        due_days=horizon,
    )
