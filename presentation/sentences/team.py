"""Sentences about people: how far they are against quota, what they close, and where they stand beside their peers."""

from collections.abc import Sequence
from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import change, literal, money, value
from presentation.words import plural, text

# Of each figure whether more of it is better, and what is said where it differs from that of peers.
JUDGED = {
    "revenue": (True, labels.N_("Revenue of {own} against {peers} of peers")),
    "margin_rate": (True, labels.N_("Margin rate of {own} against {peers} of peers")),
    "win_rate": (True, labels.N_("Wins {own} of what is decided, peers {peers}")),
    "average_won": (True, labels.N_("Won deals of {own} on average, of peers {peers}")),
    "response_days": (False, labels.N_("First answer after {own}, of peers after {peers}")),
    "discount_depth": (False, labels.N_("Gives {own} of discount, peers {peers}")),
}


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
    if not missing:
        return text("Open quotes due by {day} are worth {due}", **figures)
    return text(
        "{needed} is still needed by {day}; open quotes due by then are worth {due}",
        needed=money(reached, missing),
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


def person(found: Result) -> str:
    """Who it is and how the last year went against the one before."""
    row = found.one()
    said = f"{literal(row['rep'])} · {money(found, row['revenue'])}"
    if against := change(row["revenue"], row["revenue_base"], "money"):
        return f"{said} · {text('{change} against the year before', change=against)}"
    return said


def peers(found: Result) -> str:
    """With whom a person is compared."""
    row = found.one()
    if not row["peer_group"]:
        return text("There are fewer than five people to compare with, so figures stand beside the year before alone.")
    return text(
        "Compared with the median of {number} others of a comparable book: {group}.",
        number=value(row["peers"], "count"),
        group=labels.code(row["peer_group"]),
    )


def strengths(found: Result) -> Sequence[str]:
    """What is better than half of the peers stay within."""
    return _beyond(found, is_better=True)


def gaps(found: Result) -> Sequence[str]:
    """What is worse than half of the peers stay within."""
    return _beyond(found, is_better=False)


def _beyond(found: Result, is_better: bool) -> Sequence[str]:
    row, said = found.one(), []
    for column, (more_is_better, words) in JUDGED.items():
        own, others, spread = row[column], row[f"{column}_peers"], row[f"{column}_spread"]
        if own is None or others is None or spread is None:
            continue
        ahead = own - others if more_is_better else others - own
        if (ahead if is_better else -ahead) > spread:
            said.append(f"{text(words, **_pair(found, row, column))}.{_before(found, row, column)}")
    return said


def _pair(found: Result, row: dict[str, Any], column: str) -> dict[str, str]:
    unit, currency = found.query.units[column], found.snapshot.currency
    return {"own": value(row[column], unit, currency), "peers": value(row[f"{column}_peers"], unit, currency)}


def _before(found: Result, row: dict[str, Any], column: str) -> str:
    """What it was a year before, where that is known."""
    base = row[f"{column}_base"]
    if base is None:
        return ""
    shown = value(base, found.query.units[column], found.snapshot.currency)
    return " " + text("A year before it was {base}.", base=shown)


def attainment(figures: Result) -> str:
    """What was sold, against the quota, and how many quotes were won; of a team or of one person."""
    row = figures.one()
    revenue, reached = money(figures, row["revenue"]), value(row["attainment"], "ratio")
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
