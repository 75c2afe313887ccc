"""What a change of price would do: for a product, a catalog, a group, or everything that is chosen."""

import numpy as np
import streamlit as st

from analytics import elasticity
from analytics.elasticity import Outlook
from data.access import Result
from pages.ui import cards, filters, lists, sentences
from pages.ui.source import together
from pages.ui.words import text

STEPS = ["-0.2", "-0.1", "-0.05", "-0.03", "0.03", "0.05", "0.1", "0.2"]


def show(f: filters.Filters, product: str | None = None) -> None:
    """A choice of change, and what it would bring in three months with eight-in-ten intervals and the break-even."""
    basis, record = together(f, "catalogs.what_if", "catalogs.what_if_record", product=product)
    cards.title(text("What a change of price would do in three months"))
    step = float(filters.switch("price_change", text("Change of price"), STEPS, default="-0.05"))
    if not (told := answerable(basis)):
        cards.empty(
            text("This cannot be told here."),
            text("It takes an elasticity, a known cost and sales in the last three full months."),
        )
    else:
        outlook = of(basis, told, step)
        st.markdown(sentences.what_if(basis, outlook, step, now(basis, told)))
        cards.note(sentences.what_if_reach(basis, told, record))
        cards.note(
            text(
                "Associational: it tells how units went with price in the past. Large orders are given discounts, so "
                "that discounts look stronger than they are; list prices are preferred where they changed. "
                "Demand as a whole is taken to go on as in the last three full months."
            )
        )
    lists.origin(basis, record)


def answerable(basis: Result) -> list[int]:
    """Places of the products of which everything is known that an answer takes."""
    needed = ("elasticity", "noise_p10", "unit_cost")
    return [place for place, row in enumerate(basis.rows()) if all(row[name] is not None for name in needed)]


def of(basis: Result, told: list[int], change: float) -> Outlook:
    """What the change would bring, of these products together."""
    known = basis.table.take(told)

    def column(name: str) -> np.ndarray:
        return known[name].to_numpy().astype(float)

    noise = np.stack([column(name) for name in ("noise_p10", "noise_p50", "noise_p90")])
    names = ("elasticity", "variance", "units", "price", "unit_cost")
    each, spread, units, price, cost = (column(name) for name in names)
    if len(told) == 1:
        p10, p50, p90 = (float(value) for value in noise[:, 0])
        return elasticity.what_if(each[0], spread[0], (p10, p50, p90), units[0], price[0], cost[0], change)
    return elasticity.what_if_together(each, spread, noise, units, price, cost, change)


def now(basis: Result, told: list[int]) -> tuple[float, float, float]:
    """Units, revenue and margin of the last three full months, of these products together."""
    rows = basis.table.take(told).to_pylist()
    units = [float(row["units"]) for row in rows]
    revenue = [amount * row["price"] for amount, row in zip(units, rows, strict=True)]
    cost = [amount * row["unit_cost"] for amount, row in zip(units, rows, strict=True)]
    return sum(units), sum(revenue), sum(revenue) - sum(cost)
