"""Team: what each person closes, against quota and in fair company."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import cards, charts, due, effort, filters, frame, lists, sentences
from pages.ui.source import fetch, together
from pages.ui.words import text

REPS = [
    "rep", "team", "revenue", "quota_to_date", "attainment", "won", "lost", "win_rate", "average_won",
    "open_negotiations", "open_value",
]  # fmt: skip
STAGES = ["rep", "stage", "negotiations", "amount"]


def people(f: filters.Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    figures, reps, stages = together(f, "team.kpis", "team.reps", "team.stages")
    with left:
        cards.title(text("Revenue by rep, the tick marks the quota to date"))
        charts.bullet(
            reps, by="rep", value="revenue", target="quota_to_date", key="reps-chart", page="customers", owner="rep_id"
        )
        lists.origin(figures, reps)
    with right:
        cards.title(text("What each person closes"))
        lists.drillable(reps, REPS, "reps", rows_shown=8, page="customers", owner="rep_id")
        cards.title(text("Open negotiations by stage"))
        if len(stages):
            lists.plain(stages, "stages", STAGES, rows_shown=6)
            lists.origin(stages)
        else:
            cards.empty(text("Nothing is being negotiated."), text("Load `quotes` to see it here."))


PANELS = {
    "people": people,
    "due": due.show,
    "effort": effort.show,
}


def body(f: filters.Filters) -> None:
    figures = fetch("team.kpis", f)
    cards.headline(sentences.attainment(figures), beside=filters.compared(f))
    cards.numbers(figures, ["revenue", "attainment", "won_value", "win_rate", "average_won"])
    left, right = st.columns([2, 3], gap="medium")
    with right:
        shown = filters.switch("list", text("List"), list(PANELS))
    PANELS[shown](f, left, right)


frame.show("team", body, "period", "compare", "team")
