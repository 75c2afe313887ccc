"""Sentences about loops: where deals come back to, and whether those that do are lost more often."""

from data.warehouse.access import Result
from presentation import labels
from presentation.format import literal, money, value
from presentation.needs import lacks
from presentation.words import plural, text


def looping(places: Result) -> str:
    """How much of the way is gone twice."""
    rows = places.rows()
    visits = sum(row["visits"] for row in rows)
    if not visits:
        return text("Where a negotiation goes next")
    again = sum(row["rework_rate"] * row["visits"] for row in rows) / visits
    return text("{share} of all visits are returns: where a negotiation goes next", share=value(again, "ratio"))


def observed_since(observed: Result) -> str:
    """From when on stages are known from refreshes alone; empty where none are."""
    row = observed.one()
    if not row["deals"]:
        return ""
    return plural(
        "The stages of {count} deal are observed since {day}: its source keeps no log, so what came and went between "
        "two refreshes is not known.",
        "The stages of {count} deals are observed since {day}: their source keeps no log, so what came and went "
        "between two refreshes is not known.",
        row["deals"],
        day=value(row["observed_since"], "date"),
    )


def losing_loops(loops: Result) -> str:
    """Which loop goes with losing more often, where one can be told from chance."""
    worst = next((row for row in loops.rows() if row["standing"] == "lost_more"), None)
    if worst is None:
        return text("No loop can be told from chance as one that precedes losing")
    return text(
        "Going back from {left} to {reached} goes with losing: {rate} of such deals were lost, {others} of the others",
        left=literal(labels.code(worst["from_place"])),
        reached=literal(labels.code(worst["to_place"])),
        rate=value(worst["loss_rate"], "ratio"),
        others=value(worst["loss_rate_others"], "ratio"),
    )


def single_thread(groups: Result) -> str:
    """How many open deals hang on one person."""
    alone = next((row for row in groups.rows() if row["people_class"] == "people_1"), None)
    if alone is None or not alone["open_deals"]:
        return text("People of the customer who take part")
    if lacks(groups, "quote_amounts"):
        return plural(
            "{number} open deal hangs on one person",
            "{number} open deals hang on one person each",
            alone["open_deals"],
            number=value(alone["open_deals"], "count"),
        )
    return plural(
        "{number} open deal worth {worth} hangs on one person",
        "{number} open deals worth {worth} hang on one person each",
        alone["open_deals"],
        number=value(alone["open_deals"], "count"),
        worth=money(groups, alone["open_value"]),
    )
