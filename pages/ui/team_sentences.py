"""Sentences about people: how far they are against quota, what they close, and where they stand beside their peers."""

from data.access import Result
from pages.ui.format import value
from pages.ui.words import text


def reaching(reached: Result) -> str:
    """How many of those with a quota reach it to date."""
    measured = [row["attainment"] for row in reached.rows() if row["attainment"] is not None]
    if not measured:
        return text("What was reached; no quota is loaded for this period")
    return text(
        "{number} of {measured} with a quota reach it, the tick marks the quota to date",
        number=value(sum(share >= 1 for share in measured), "count"),
        measured=value(len(measured), "count"),
    )


def needed(reached: Result) -> str:
    """What those below their quota still need, and what is open and due for it."""
    rows = reached.rows()
    missing, due = (sum(row[column] or 0 for row in rows) for column in ("needed", "due_value"))
    figures = {"due": _money(reached, due), "day": value(reached.params["period_to"], "date")}
    if not missing:
        return text("Open quotes due by {day} are worth {due}", **figures)
    return text(
        "{needed} is still needed by {day}; open quotes due by then are worth {due}",
        needed=_money(reached, missing),
        **figures,
    )


def _money(found: Result, amount: object) -> str:
    return value(amount, "money", found.snapshot.currency)
