"""Sentences about prices: what is given away below list, and what leaks below approved prices."""

from data.warehouse.access import Result
from presentation import labels
from presentation.format import change, literal, money, value
from presentation.words import plural, text


def given_away(found: Result) -> str:
    """How much was given away of list value, how deep against the comparison, and what went below approved prices."""
    row = found.one()
    if not row["list_value"]:
        return text("Nothing was sold whose list price is known")
    if row["discount_depth"] is None:
        return text("Nothing was sold below its list price")
    figures = {
        "discounts": money(found, row["discounts"]),
        "list_value": money(found, row["list_value"]),
        "share": value(row["discounted_share"], "ratio"),
        "depth": value(row["discount_depth"], "ratio"),
    }
    if points := change(row["discount_depth"], row["discount_depth_base"], "ratio"):
        said = text(
            "{discounts} was given away on {list_value} of list value: {share} of it sold at a discount, {depth} deep, "
            "{points} against the comparison",
            points=points,
            **figures,
        )
    else:
        said = text(
            "{discounts} was given away on {list_value} of list value: {share} of it sold at a discount, {depth} deep",
            **figures,
        )
    if not row["leaked"]:
        return said
    return f"{said}; {text('{leaked} below approved prices', leaked=money(found, row['leaked']))}"


def leaking(found: Result, name: str) -> str:
    """How many lines of a customer, product or channel (the column `name`) leak, and how much together."""
    row = found.one()
    return plural(
        "{name}: {number} line sold below the approved price, {leaked}",
        "{name}: {number} lines sold below the approved price, {leaked}",
        row["leaking_lines"],
        name=literal(labels.code(row[name])),
        number=value(row["leaking_lines"], "count"),
        leaked=money(found, row["leaked_together"]),
    )
