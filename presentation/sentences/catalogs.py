"""Sentences about catalogs: which is ahead of the others, and where the lines between roles of products are."""

from data.warehouse.access import Result
from presentation import labels
from presentation.format import literal, money, signed, value
from presentation.needs import lacks
from presentation.words import plural, text


def best_catalog(standings: Result, figures: Result) -> str:
    """Which catalog is ahead with whom, as the lists say; none is named that chance could have put there."""
    best = next((row for row in standings.rows() if row["standing"] == "ahead"), None)
    row = figures.one()
    if lacks(figures, "catalog_orders"):
        return plural(
            "{number} product sold {revenue}",
            "{number} products sold {revenue}",
            row["products_sold"],
            number=value(row["products_sold"], "count"),
            revenue=money(figures, row["revenue"]),
        )
    if best is None:
        return text(
            "{number} products sold {revenue}; no catalog is ahead of the others beyond chance",
            number=value(row["products_sold"], "count"),
            revenue=money(figures, row["revenue"]),
        )
    if best["difference"] is None or best["difference"] <= 0:
        return text(
            "{catalog} is ahead with {segment}: an account brings {money} more than its like elsewhere",
            catalog=literal(best["catalog"]),
            segment=literal(labels.code(best["segment"]).lower()),
            money=money(standings, best["difference_per_account"]),
        )
    return text(
        "{catalog} is ahead with {segment}: {change} like for like, other catalogs {others}",
        catalog=literal(best["catalog"]),
        segment=literal(labels.code(best["segment"]).lower()),
        change=signed(best["change"]),
        others=signed(best["others_change"]),
    )


def role_lines(found: Result) -> str:
    """Where the lines between the roles of products are."""
    return text(
        "Wanted: in more orders than {demand} of the products. Earning: a higher margin rate than {margin} of them. "
        "The lines are yours to choose under Filters.",
        demand=labels.code(found.params["demand_split"]),
        margin=labels.code(found.params["margin_split"]),
    )
