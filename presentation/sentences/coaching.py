"""Sentences about one person: the last year, and where figures stand beside those of peers."""

from collections.abc import Sequence
from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import change, literal, money, value
from presentation.words import N_, text

# Of each figure whether more of it is better, and what is said where it differs from that of peers.
JUDGED = {
    "revenue": (True, N_("Revenue of {own} against {peers} of peers")),
    "margin_rate": (True, N_("Margin rate of {own} against {peers} of peers")),
    "win_rate": (True, N_("Wins {own} of what is decided, peers {peers}")),
    "average_won": (True, N_("Won deals of {own} on average, of peers {peers}")),
    "response_days": (False, N_("First answer after {own}, of peers after {peers}")),
    "discount_depth": (False, N_("Gives {own} of discount, peers {peers}")),
}


def person(found: Result) -> str:
    """Who it is and how the last year went against the one before."""
    row = found.one()
    said = f"{literal(row['rep'])} · {money(found, row['revenue'])}"
    if against := change(row["revenue"], row["revenue_base"], "money"):
        return f"{said} · {text('{change} against the year before', change=against)}"
    return said


def years(found: Result) -> str:
    """Which days the figures are of, and with which they are compared."""
    if found.one()["revenue_base"] is None:
        return text("The last 365 days; what was sold in them and the 365 before was not loaded in full")
    return text("The last 365 days against the 365 before")


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
    """Sentences on figures better than the peers' median by more than half of the peers differ from it."""
    return _beyond(found, is_better=True)


def gaps(found: Result) -> Sequence[str]:
    """Sentences on figures worse than the peers' median by more than half of the peers differ from it."""
    return _beyond(found, is_better=False)


def _beyond(found: Result, *, is_better: bool) -> Sequence[str]:
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
