"""Sentences about a change of price: what it would bring, and how far that can be trusted."""

import pyarrow.compute as pc

from data.warehouse.access import Result
from presentation.format import money, signed, value
from presentation.price_change import Answer
from presentation.words import text


def what_if(answer: Answer, change: float) -> str:
    """What a change of price would bring, against none, with how far it may be off and from where on it pays."""
    basis, outlook, unchanged = answer.basis, answer.outlook, answer.unchanged
    said = [
        text(
            "At {change} the margin would be {margin} ({low} to {high}) instead of {now} at today's price.",
            change=signed(change),
            margin=f"**{money(basis, outlook.margin[1])}**",
            low=money(basis, outlook.margin[0]),
            high=money(basis, outlook.margin[2]),
            now=money(basis, unchanged.margin[1]),
        ),
        text(
            "Revenue {revenue} ({low} to {high}) instead of {now}, "
            "units {units} ({least} to {most}) instead of {before}.",
            revenue=money(basis, outlook.revenue[1]),
            low=money(basis, outlook.revenue[0]),
            high=money(basis, outlook.revenue[2]),
            now=money(basis, unchanged.revenue[1]),
            units=value(outlook.units[1], "quantity"),
            least=value(outlook.units[0], "quantity"),
            most=value(outlook.units[2], "quantity"),
            before=value(unchanged.units[1], "quantity"),
        ),
    ]
    if outlook.break_even_units == outlook.break_even_units:
        said.append(
            text(
                "To earn as much as at today's price, units must change by {needed}; expected are {expected}.",
                needed=signed(outlook.break_even_units),
                expected=signed(outlook.units[1] / unchanged.units[1] - 1),
            )
        )
    else:
        said.append(text("At that price every unit is sold at a loss."))
    return " ".join(said)


def what_if_reach(answer: Answer, record: Result) -> str:
    """Of how many products it is told, how many speak for themselves, and how such answers fared."""
    basis = answer.basis
    known = basis.table.take(answer.places)
    revenue, of_all = (pc.sum(table["revenue"]).as_py() for table in (known, basis.table))
    said = text(
        "Told of {number} of {all} products with {share} of revenue, {own} of them by price changes of their own.",
        number=value(len(known), "count"),
        all=value(len(basis), "count"),
        share=value(revenue / of_all, "ratio"),
        own=value(pc.sum(known["is_published"]).as_py(), "count"),
    )
    came_out = {row["kind"]: row for row in record.rows()}
    if came_out.keys() < {"product", "group"}:
        return said
    return f"{said} " + text(
        "Of {changes} past changes of one product's price {within} came out within the interval told before, of "
        "{sums} quarters of whole categories and of everything {sums_within}; four in five should.",
        changes=value(came_out["product"]["what_ifs"], "count"),
        within=value(came_out["product"]["share_within"], "ratio"),
        sums=value(came_out["group"]["what_ifs"], "count"),
        sums_within=value(came_out["group"]["share_within"], "ratio"),
    )
