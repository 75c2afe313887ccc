"""Sentences about people: how far they are against quota, what they close, and where they stand beside their peers."""

from data.access import Result
from pages.ui.format import value
from pages.ui.words import plural, text


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


def win_rates(people: Result) -> str:
    """Whether anybody's win rate can be told from the company's."""
    standings = [row["standing"] for row in people.rows()]
    ahead, behind = standings.count("ahead"), standings.count("behind")
    if not ahead and not behind:
        return text("No win rate can be told apart from the company's")
    return text(
        "Win rates told apart from the company's: {ahead} above, {behind} below",
        ahead=value(ahead, "count"),
        behind=value(behind, "count"),
    )


def drawn_together(people: Result) -> str:
    """How the list is to be read, and how many have too few decisions to be judged."""
    few = [row["standing"] for row in people.rows()].count("too_few")
    said = text(
        "Sorted by the least a win rate is likely to be: a person's own is drawn towards the company's, the more the "
        "fewer deals were decided."
    )
    if not few:
        return said
    number = value(few, "count")
    told = plural("{number} person has fewer than five.", "{number} people have fewer than five.", few, number=number)
    return f"{said} {told}"


def _money(found: Result, amount: object) -> str:
    return value(amount, "money", found.snapshot.currency)
