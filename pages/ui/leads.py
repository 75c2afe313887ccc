"""Leads: which deserve attention first, by what weights, and whether such leads became customers."""

import json

import streamlit as st

from data import actions
from data.errors import OrderbeatError
from data.settings import current
from data.store import open_store
from pages.ui import cards, filters, labels, lists, sentences
from pages.ui.source import fetch, viewer
from pages.ui.words import text

COLUMNS = [
    "company", "segment", "lead_score", "annual_turnover", "expected_annual_volume", "outlets", "known", "source",
    "status", "created_on", "owner",
]  # fmt: skip
THIRDS = ["third", "leads", "converted", "conversion"]
SETTING = "qualification_weights"
# A dealer's outlets carry our goods further; of a professional buyer the turnover says what its first order does not.
WEIGHTS = {
    "dealer": {"turnover": 0.4, "volume": 0.3, "outlets": 0.3},
    "b2b": {"turnover": 0.6, "volume": 0.4, "outlets": 0.0},
    "b2c": {"turnover": 0.2, "volume": 0.8, "outlets": 0.0},
}


def show(f: filters.Filters) -> None:
    """The open leads, best first, and what became of those before."""
    weights = current_weights()
    said = json.dumps([{"segment": segment, **each} for segment, each in weights.items()])
    record = fetch("customers.qualification_record", f, weights=said)
    cards.note(sentences.qualified(record))
    nothing = text("No lead is open. Load `leads` to see them here.")
    lists.browse("customers.qualification", f, COLUMNS, total="leads", rows_shown=8, nothing=nothing, weights=said)
    with st.popover(text("Weights and record"), type="tertiary", key="leads-weights", on_change="rerun") as popover:
        if popover.open:
            lists.plain(record, "qualification-record", THIRDS, rows_shown=3)
            lists.origin(record)
            _weights(weights)


def current_weights() -> dict[str, dict[str, float]]:
    """The administrator's weights, or ours."""
    return open_store(current()).setting(SETTING, WEIGHTS)


def _weights(weights: dict[str, dict[str, float]]) -> None:
    """Everybody sees the weights; an administrator may change them."""
    may_change = viewer().role == "admin"
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
                open_store(current()).set_setting(SETTING, chosen, actions.person(viewer()))
                st.rerun()
            except OrderbeatError as error:
                cards.failure(error)
