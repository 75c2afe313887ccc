"""Attainment: what people and teams reached against quota, what is still needed, and whether open quotes cover it."""

import streamlit as st

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, grid, lists
from pages.ui.source import fetch, snapshot
from presentation import needs
from presentation.filters import Filters
from presentation.sentences import attainment as sentences
from presentation.words import text

METRICS = ["revenue", "margin", "won_value"]
NAMED_BY = {"by_rep": "rep", "by_team": "team", "by_month": "month", "by_quarter": "quarter"}
OPENS = {"by_rep": {"rep": "rep_id"}, "by_team": {"team": "team"}}
FIGURES = [
    "attainment", "needed", "due_value", "covered", "covered_likely", "credited", "quota_to_date", "quota",
    "due_quotes",
]  # fmt: skip


def show(f: Filters) -> None:
    """Bars against the quota to date on the left; on the right what is still needed and what is open for it."""
    left, right = cards.two_columns()
    with left:
        with st.container(horizontal=True, key="attainment-tools"):
            metric = filters.switch("metric", text("Measured by"), needs.known(METRICS, "team.attainment", snapshot()))
            by = filters.switch("by", text("Shown by"), list(NAMED_BY))
        reached = fetch("team.attainment", f, metric=metric, by=by)
        if by == "by_rep":
            reached = grid.named(reached, "rep", text("Left the team"))
        _bars(reached, by)
    with right:
        _needed(reached, by)
        lists.foot(reached, f, metric=metric, by=by)


def _bars(reached: Result, by: str) -> None:
    cards.title(sentences.reaching(reached))
    charts.bullet(
        reached, by=NAMED_BY[by], value="credited", target="quota_to_date", key=f"attainment-{by}", **OPENS.get(by, {})
    )


def _needed(reached: Result, by: str) -> None:
    cards.title(sentences.needed(reached))
    columns = [NAMED_BY[by], *FIGURES]
    grid.drillable(reached, columns, "reps" if by == "by_rep" else f"reps-{by}", rows_shown=11, **OPENS.get(by, {}))
