"""Leads and new accounts: which deserve attention first, by what weights, and what became of such as these."""

import streamlit as st

from data.errors import OrderbeatError
from data.people import weights as qualification
from data.people.store import open_store
from data.settings import current
from pages.ui import cards, grid, lists, origin
from pages.ui.source import fetch, fetch_all, may, person
from presentation import labels
from presentation.filters import Filters
from presentation.sentences import leads as sentences
from presentation.words import N_, text

COLUMNS = [
    "company", "stage", "segment", "lead_score", "created_on", "first_order_on", "annual_turnover",
    "expected_annual_volume", "outlets", "orders", "known", "source", "status", "owner",
]  # fmt: skip
STAGES = ("lead", "account")
THIRDS = ["third", "leads", "converted", "share", "share_low", "share_high"]
MEASURES = [
    "measure", "segment", "weight", "high_low", "top_share", "bottom_share", "high_low_without", "top_share_without",
    "bottom_share_without", "leads",
]  # fmt: skip
ACCOUNT_THIRDS = ["third", "accounts", "median_revenue", "mean_revenue"]
WIDTH = 560  # of the record: without it a popover is too narrow for what the thirds brought


def show(f: Filters) -> None:
    """Open leads and new accounts, by the score where it tells, and what became of those before."""
    weights = qualification.in_force(open_store(current()))
    said = qualification.as_json(weights)
    record, accounts = fetch_all(f, "customers.qualification_record", "customers.qualification_accounts", weights=said)
    cards.note(sentences.qualified(record, accounts))
    lists.browse(
        lists.Listing(
            "customers.qualification",
            COLUMNS,
            total="items",
            sorts=sentences.sorts(record),
            rows_shown=7,
            opens={"customer": "customer_id"},
            nothing=N_("No lead is open, and no account is in its first year."),
            narrows={"stage": lists.Narrowing(STAGES, N_("Leads that are open; accounts in their first year."))},
        ),
        f,
        weights=said,
    )
    with st.popover(text("Weights and record"), type="tertiary", key="leads-weights", on_change="rerun") as popover:
        if popover.open:
            with st.container(width=WIDTH):
                grid.plain(record, "qualification-record", THIRDS, rows_shown=3)
                grid.plain(accounts, "qualification-accounts", ACCOUNT_THIRDS, rows_shown=3)
                measures = fetch("customers.qualification_weights", f, weights=said)
                cards.note(sentences.turning(measures))
                grid.plain(measures, "qualification-weights", MEASURES, rows_shown=6)
                origin.show(record, accounts, measures)
                _weights(weights)


def _weights(weights: dict[str, dict[str, float]]) -> None:
    """Everybody sees the weights; whoever may set them changes them."""
    may_change = may("set_weights")
    with st.form("weights", border=False):
        chosen = {
            segment: {
                name: st.number_input(
                    f"{labels.code(segment)}: {labels.code(f'weight_{name}')}", 0.0, 1.0, float(weight), 0.05,
                    key=f"weight-{segment}-{name}", disabled=not may_change,
                )
                for name, weight in each.items()
            }
            for segment, each in weights.items()
        }  # fmt: skip
        if st.form_submit_button(text("Keep the weights"), disabled=not may_change):
            try:
                qualification.enter(open_store(current()), person(), chosen)
                st.rerun()
            except OrderbeatError as error:
                cards.failure(error)
