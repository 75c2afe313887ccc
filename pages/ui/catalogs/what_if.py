"""What a change of price would do: for a product, a catalog, a group, or everything that is chosen."""

from functools import reduce

import numpy as np
import pyarrow.compute as pc
import streamlit as st

from analytics import what_if
from analytics.what_if import Noise, Outlook, Products
from data.warehouse.access import Result
from pages.ui import cards, filters, lists
from pages.ui.source import together
from presentation.filters import Filters
from presentation.sentences import what_if as sentences
from presentation.words import text

STEPS = ["-0.2", "-0.1", "-0.05", "-0.03", "0.03", "0.05", "0.1", "0.2"]
_NEEDED = ("elasticity", "units", "unit_cost")
_QUANTILES = ("p10", "p50", "p90")


def show(f: Filters, product: str | None = None) -> None:
    """A choice of change, and what it would bring in three months with eight-in-ten intervals and the break-even."""
    names = ("catalogs.what_if", "catalogs.what_if_noise", "catalogs.what_if_record")
    basis, noise, record = together(f, *names, product=product)
    cards.title(text("What a change of price would do in three months"))
    step = float(filters.switch("price_change", text("Change of price"), STEPS, default="-0.05"))
    told = answerable(basis)
    if not (told and len(noise)):
        cards.empty(
            text("This cannot be told here."),
            text(
                "It takes an elasticity, a known cost, twenty orders in the last twelve full months, and sales of the "
                "year before to learn from."
            ),
        )
    else:
        outlook, unchanged = of(basis, noise, told, step), of(basis, noise, told, 0.0)
        st.markdown(sentences.what_if(basis, outlook, step, unchanged))
        cards.note(sentences.what_if_reach(basis, told, record))
        cards.note(
            text(
                "Associational: it tells how units went with price in the past. Large orders are given discounts, so "
                "that discounts look stronger than they are; list prices are preferred where they changed. Expected "
                "are the units of the last year in the season of the category; all demand is taken to change on as in "
                "that year."
            )
        )
    lists.origin(basis, noise, record)


def answerable(basis: Result) -> list[int]:
    """Places of the products of which everything is known that an answer takes."""
    known = [basis.table[name].is_valid() for name in _NEEDED]
    sold = pc.greater_equal(basis.table["lines"], what_if.LEAST_LINES)
    return np.flatnonzero(reduce(pc.and_, known, sold)).tolist()


def of(basis: Result, noise: Result, told: list[int], change: float) -> Outlook:
    """What the change would bring, of these products together."""
    known, learned = basis.table.take(told), noise.one()

    def column(name: str) -> np.ndarray:
        return known[name].to_numpy().astype(float)

    _, category = np.unique([name or "" for name in known["category"].to_pylist()], return_inverse=True)
    quantiles = np.array([[learned[name], learned[f"{name}_of_few_lines"]] for name in _QUANTILES])
    names = ("elasticity", "variance", "units", "lines", "price", "unit_cost")
    products = Products(category, *(column(name) for name in names))
    return what_if.what_if(products, Noise(quantiles, learned["of_company"], learned["of_category"]), change)
