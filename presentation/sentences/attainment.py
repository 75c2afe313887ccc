"""Sentences about quotas: what was sold against them, and what is still needed."""

from data.warehouse.access import Result
from presentation.format import money, value
from presentation.needs import lacks
from presentation.words import text


def reaching(reached: Result) -> str:
    """How many of those with a quota reach it to date."""
    measured = [row["attainment"] for row in reached.rows() if row["attainment"] is not None]
    if not measured:
        return text("What was reached; no quota is loaded for this period")
    if len(measured) == 1:
        is_reached = text("The quota to date is reached, the tick marks it")
        return is_reached if measured[0] >= 1 else text("The quota to date is not reached yet, the tick marks it")
    return text(
        "{number} of {measured} with a quota reach it, the tick marks the quota to date",
        number=value(sum(share >= 1 for share in measured), "count"),
        measured=value(len(measured), "count"),
    )


def needed(reached: Result) -> str:
    """What those below their quota still need, and what is open and due for it."""
    rows = reached.rows()
    missing, due = (sum(row[column] or 0 for row in rows) for column in ("needed", "due_value"))
    figures = {"due": money(reached, due), "day": value(reached.params["period_to"], "date")}
    if rows and any(row["quota"] for row in rows) and all(row["needed"] is None for row in rows if row["quota"]):
        return text("How much is still needed is unknown: what was sold last was not loaded")
    if lacks(reached, "quotes"):
        if lacks(reached, "quotas"):
            return text("What was reached")
        return text("{needed} is still needed by {day}", needed=money(reached, missing), day=figures["day"])
    if not missing:
        return text("Open quotes due by {day} are worth {due}", **figures)
    return text(
        "{needed} is still needed by {day}; open quotes due by then are worth {due}",
        needed=money(reached, missing),
        **figures,
    )


def attainment(figures: Result) -> str:
    """What was sold, against the quota, and how many quotes were won; of a team or of one person."""
    row = figures.one()
    revenue, reached = money(figures, row["revenue"]), value(row["attainment"], "ratio")
    if row["attainment"] is None and lacks(figures, "quotas"):
        return text("{revenue} sold", revenue=revenue)
    if row["attainment"] is None:
        return text("{revenue} sold; no quota is loaded for this period", revenue=revenue)
    if not row["won"] + row["lost"]:
        return text("{revenue} sold, {attainment} of the quota to date", revenue=revenue, attainment=reached)
    return text(
        "{revenue} sold, {attainment} of the quota to date; {won} of {closed} decided quotes won",
        revenue=revenue,
        attainment=reached,
        won=value(row["won"], "count"),
        closed=value(row["won"] + row["lost"], "count"),
    )
