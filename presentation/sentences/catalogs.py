"""The sentences about catalogs and prices: each made from a result, safe to show as Markdown."""

import pyarrow.compute as pc

from analytics.what_if import Outlook
from data.warehouse.access import Result
from presentation import labels
from presentation.format import change, literal, money, value
from presentation.words import plural, text


def best_catalog(alike: Result, figures: Result) -> str:
    """Which catalog is ahead with whom, like for like; none is named that chance could have put there."""
    ahead = [row for row in alike.rows() if row["standing"] == "ahead"]
    row = figures.one()
    if not ahead:
        return text(
            "{number} products sold {revenue}; like for like no catalog is ahead of the others beyond chance",
            number=value(row["products_sold"], "count"),
            revenue=money(figures, row["revenue"]),
        )
    best = max(ahead, key=lambda row: (row["difference"], row["catalog_id"]))
    return text(
        "{catalog} is ahead with {segment}: {change} like for like, other catalogs {others}",
        catalog=literal(best["catalog"]),
        segment=literal(labels.code(best["segment"]).lower()),
        change=_signed(best["change"]),
        others=_signed(best["others_change"]),
    )


def _signed(rate: float) -> str:
    return ("+" if rate >= 0 else "−") + value(abs(rate), "ratio")


def what_if(basis: Result, outlook: Outlook, change: float, unchanged: Outlook) -> str:
    """What a change of price would bring, against none, with how far it may be off and from where on it pays."""
    told = [
        text(
            "At {change} the margin would be {margin} ({low} to {high}) instead of {now} at today's price.",
            change=_signed(change),
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
        told.append(
            text(
                "To earn as much as at today's price, units must change by {needed}; expected are {expected}.",
                needed=_signed(outlook.break_even_units),
                expected=_signed(outlook.units[1] / unchanged.units[1] - 1),
            )
        )
    else:
        told.append(text("At that price every unit is sold at a loss."))
    return " ".join(told)


def what_if_reach(basis: Result, told: list[int], record: Result) -> str:
    """Of how many products it is told, how many speak for themselves, and how such answers fared."""
    known = basis.table.take(told)
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


def proposals(found: Result) -> str:
    """How many products to add, what they are worth, how many to drop, and why."""
    row = found.one()
    add = plural(
        "{number} product to add, worth {money} a year;",
        "{number} products to add, worth {money} a year;",
        row["added"],
        number=value(row["added"], "count"),
        money=money(found, row["added_potential"]),
    )
    counts = {"dropped": value(row["dropped"], "count"), "offered": value(row["products_offered"], "count")}
    if row["customer"] is None:
        drop = text("{dropped} of {offered} to drop: nobody of this group bought them in a year", **counts)
    else:
        drop = text("{dropped} of {offered} to drop: it did not buy them in a year", **counts)
    return f"{add} {drop}"


def proposed_for(found: Result) -> str:
    """Whom a proposed catalog is for, and how much of what it adds is offered already."""
    row = found.one()
    catalog = literal(row["catalog"])
    offered = text("In the catalog already: {number} of those to add.", number=value(row["added_of_catalog"], "count"))
    if row["customer"] is not None and row["catalog_id"] is None:
        return text("{customer} is offered no catalog.", customer=literal(row["customer"]))
    if row["customer"] is not None:
        who = text("{customer} is offered {catalog}.", customer=literal(row["customer"]), catalog=catalog)
    else:
        number = row["group_customers"]
        who = plural(
            "{number} customer is offered {catalog}.",
            "{number} customers are offered {catalog}.",
            number,
            number=value(number, "count"),
            catalog=catalog,
        )
    return f"{who} {offered}"


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


def role_lines(found: Result) -> str:
    """Where the lines between the roles of products are."""
    return text(
        "Wanted: in more orders than {demand} of the products. Earning: a higher margin rate than {margin} of them. "
        "The lines are yours to choose under Filters.",
        demand=labels.code(found.params["demand_split"]),
        margin=labels.code(found.params["margin_split"]),
    )


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
