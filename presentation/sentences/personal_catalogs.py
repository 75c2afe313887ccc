"""Sentences about catalogs proposed for one customer or for a group."""

from data.warehouse.access import Result
from presentation.format import literal, money, value
from presentation.words import plural, text


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
    if not row["dropped"]:
        return f"{add} {text('nothing to drop')}"
    counts = {"dropped": value(row["dropped"], "count"), "offered": value(row["products_offered"], "count")}
    if row["customer"] is None:
        drop = text("{dropped} of {offered} to drop: nobody of this group bought them in a year", **counts)
    else:
        drop = text("{dropped} of {offered} to drop: neither it nor its group bought them in a year", **counts)
    return f"{add} {drop}"


def proposed_for(found: Result) -> str:
    """Whom a proposed catalog is for, how much of what it adds is offered already, how many more would be dropped."""
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
    return " ".join((who, offered, *_to_follow(row["to_follow"])))


def _to_follow(number: int) -> list[str]:
    if not number:
        return []
    return [
        plural(
            "A tenth of it is dropped at a time, what sells least first: {number} more would follow.",
            "A tenth of it is dropped at a time, what sells least first: {number} more would follow.",
            number,
            number=value(number, "count"),
        )
    ]
