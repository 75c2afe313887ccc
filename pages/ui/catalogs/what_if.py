"""What a change of price would do: for a product, a catalog, a group, or everything that is chosen."""

import streamlit as st

from pages.ui import cards, filters, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch_all
from presentation import price_change
from presentation.filters import Filters
from presentation.sentences import what_if as sentences
from presentation.words import text

STEPS = ["-0.2", "-0.1", "-0.05", "-0.03", "0.03", "0.05", "0.1", "0.2"]


def show(f: Filters, product: str | None = None) -> None:
    """A choice of change, and what it would bring in three months with eight-in-ten intervals and the break-even."""
    names = ("catalogs.what_if", "catalogs.what_if_noise", "catalogs.what_if_record")
    basis, noise, record = fetch_all(f, *names, product=product)
    cards.title(text("What a change of price would do in three months"))
    if not loaded("catalogs.what_if"):
        return
    step = float(filters.switch("price_change", text("Change of price"), STEPS, default="-0.05"))
    answer = price_change.answer(basis, noise, step)
    if answer is None:
        cards.empty(
            text("This cannot be told here."),
            text(
                "It takes an elasticity, a known cost, twenty orders in the last twelve full months, and sales of the "
                "year before to learn from."
            ),
        )
    else:
        st.markdown(sentences.what_if(answer, step))
        cards.note(sentences.what_if_reach(answer, record))
        cards.note(
            text(
                "Associational: it tells how units went with price in the past. Large orders are given discounts, so "
                "that discounts look stronger than they are; list prices are preferred where they changed. Expected "
                "are the units of the last year in the season of the category; all demand is taken to change on as in "
                "that year."
            )
        )
    origin.show(answer.basis if answer else basis, noise, record)
