"""Team: what each person closes, against quota and in fair company."""

import streamlit as st

from pages.ui import cards, charts, filters, format, frame, lists
from pages.ui.source import fetch
from pages.ui.words import text

REPS = (
    "rep",
    "team",
    "revenue",
    "quota_to_date",
    "attainment",
    "won",
    "lost",
    "win_rate",
    "average_won",
    "open_negotiations",
    "open_value",
)
STAGES = ("rep", "stage", "negotiations", "amount")


def body() -> None:
    f = filters.bar("period", "compare", "team")
    figures, reps = fetch("team.kpis", f), fetch("team.reps", f)
    cards.headline(sentence(figures.one(), figures.snapshot.currency), beside=filters.compared(f))
    cards.numbers(figures, ("revenue", "attainment", "won_value", "win_rate", "average_won"))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        cards.title(text("Revenue by rep, the tick marks the quota to date"))
        charts.bullet(
            reps,
            by="rep",
            value="revenue",
            target="quota_to_date",
            key="reps-chart",
            height=max(140, 22 * len(reps) + 40),
        )
        lists.origin(figures, reps)
    with right:
        cards.title(text("What each person closes"))
        lists.drillable(reps, REPS, "reps", rows_shown=8, page="customers", owner="rep")
        stages = fetch("team.stages", f)
        cards.title(text("Open negotiations by stage"))
        if len(stages):
            lists.plain(stages, "stages", STAGES, rows_shown=6)
            lists.origin(stages)
        else:
            cards.empty(text("Nothing is being negotiated."), text("Load `quotes` to see it here."))


def sentence(row: dict, currency: str) -> str:
    revenue = format.value(row["revenue"], "money", currency)
    if not row["won"] + row["lost"]:
        return text(
            "The team sold {revenue}, {attainment} of its quota to date",
            revenue=revenue,
            attainment=format.value(row["attainment"], "ratio"),
        )
    if row["attainment"] is None:
        return text("The team sold {revenue}; no quota is loaded for this period", revenue=revenue)
    return text(
        "The team sold {revenue}, {attainment} of its quota to date, and won {won} of {closed} decided quotes",
        revenue=revenue,
        attainment=format.value(row["attainment"], "ratio"),
        won=format.value(row["won"], "count"),
        closed=format.value(row["won"] + row["lost"], "count"),
    )


frame.show("team", body)
