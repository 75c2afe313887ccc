"""Attainment: what people and teams reached against quota, what is still needed, and whether open quotes cover it."""

from dataclasses import replace

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
    "attainment", "shortfall", "uncovered", "quota_covered", "orders_to_come", "due_likely", "credited",
    "quota_to_date", "quota", "beyond_quota", "due_value", "due_quotes",
]  # fmt: skip
# Of several people together: who makes the shortfall, and what it comes to where one makes up for another.
TOGETHER = ["short_people", "needed"]


def show(f: Filters) -> None:
    """Bars against the quota to date on the left; on the right what is still needed and what is open for it."""
    left, right = cards.two_columns()
    with left:
        with st.container(horizontal=True, key="attainment-tools"):
            metric = filters.switch("metric", text("Measured by"), needs.known(METRICS, "team.attainment", snapshot()))
            by = filters.switch("by", text("Shown by"), list(NAMED_BY))
        reached = fetch("team.attainment", f, metric=metric, by=by, rep=None)
        if by == "by_rep":
            reached = grid.named(reached, "rep", text("Left the team"))
        _bars(reached, by)
    with right:
        _needed(reached, by)
        lists.foot(reached, f, metric=metric, by=by, rep=None)


def _bars(reached: Result, by: str) -> None:
    cards.title(sentences.reaching(reached))
    drawn = _by_size(reached) if by in OPENS else reached
    charts.bullet(
        drawn, by=NAMED_BY[by], value="credited", target="quota_to_date", key=f"attainment-{by}", **OPENS.get(by, {})
    )


def _by_size(reached: Result) -> Result:
    """In the order of what is drawn; the list has whoever needs most first."""
    size = reached.table["credited"].to_pylist()
    order = sorted(range(len(size)), key=lambda place: (size[place] is None, -(size[place] or 0), place))
    return replace(reached, table=reached.table.take(order))


def _needed(reached: Result, by: str) -> None:
    cards.title(sentences.needed(reached))
    if parts := f"{sentences.coverage(reached)} {sentences.together(reached)}".strip():
        cards.note(parts)
    columns = [NAMED_BY[by], *FIGURES, *([] if by == "by_rep" else TOGETHER)]
    grid.drillable(reached, columns, "reps" if by == "by_rep" else f"reps-{by}", rows_shown=10, **OPENS.get(by, {}))
