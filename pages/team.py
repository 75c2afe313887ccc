"""Team: what each person closes, against quota and in fair company."""

import streamlit as st

from pages.ui import attainment, cards, coaching, coming, filters, frame, sentences, win_rates
from pages.ui.source import fetch
from pages.ui.words import text

PANELS = {"attainment": attainment.show, "closing": win_rates.show, "coming": coming.show}


def body(f: filters.Filters) -> None:
    if rep := filters.drill("rep"):
        coaching.show(f, rep)
    else:
        overview(f)


def overview(f: filters.Filters) -> None:
    figures = fetch("team.kpis", f)
    cards.headline(sentences.attainment(figures), beside=filters.compared(f))
    cards.numbers(figures, ["revenue", "attainment", "won_value", "win_rate", "average_won"])
    left, right = st.columns([2, 3], gap="medium")
    with right:
        shown = filters.switch("list", text("List"), list(PANELS))
    PANELS[shown](f, left, right)


frame.show("team", body, "period", "compare", "team")
