"""Sentences about one person: quota, own past, the accounts that made the change, and figures beside those of peers."""

from collections.abc import Sequence
from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import change, literal, money, value
from presentation.sentences.attainment import coverage, needed
from presentation.words import N_, text

# So many accounts are named on each side; the list has the others.
_ACCOUNTS_NAMED = 3
# Of each figure whether more of it is better, and what is said where it differs from that of peers.
JUDGED = {
    "revenue": (True, N_("Revenue of {own} in 365 days, of peers {peers}")),
    "margin_rate": (True, N_("Margin rate of {own} against {peers} of peers")),
    "win_rate": (True, N_("Wins {own} of what is decided, peers {peers}")),
    "average_won": (True, N_("Won deals of {own} on average, of peers {peers}")),
    "response_days": (False, N_("First answer after {own}, of peers after {peers}")),
    "discount_depth": (False, N_("Gives {own} of discount, peers {peers}")),
}


def person(found: Result, figures: Result, past: Result) -> str:
    """Who it is, what the quota and the own past say of the period; `past` are the figures of the days compared."""
    row, then = figures.one(), past.one()
    parts = [text("{revenue} credited", revenue=money(figures, row["revenue"]))]
    if row["attainment"] is not None:
        parts.append(text("{attainment} of the quota to date", attainment=value(row["attainment"], "ratio")))
    if against := change(then["revenue"], then["revenue_base"], "money"):
        parts.append(text("{change} against the own past", change=against))
    return f"{literal(found.one()['rep'])} · {', '.join(parts)}"


def owned(figures: Result, accounts: Result) -> str:
    """What was sold to the accounts owned today, where that is not what the person is credited with."""
    own, credited = accounts.one()["revenue"], figures.one()["revenue"]
    if own == credited:
        return ""
    return text(
        "{owned} on accounts owned today, as on the page Customers; {credited} credited when sold.",
        owned=money(accounts, own),
        credited=money(figures, credited),
    )


def years() -> str:
    """Which days the figures beside those of peers are of."""
    return text("Beside peers: the last 365 days, whatever the period; the year before are the 365 before.")


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


def strengths(found: Result, figures: Result, past: Result, reached: Result, accounts: Result) -> Sequence[str]:
    """Sentences on a quota that is reached and on what rose, then on figures better than the peers' median.

    Better is by more than half of the peers differ from it.
    """
    return [*_quota_reached(figures, reached), *_risen(past, accounts), *_beyond(found, is_better=True)]


def gaps(found: Result, figures: Result, past: Result, reached: Result, accounts: Result) -> Sequence[str]:
    """Sentences on a quota that is missed, then on what fell against the own past, then against the peers' median."""
    own = [*_quota_missed(figures, reached), *_fallen(past, accounts), *_worse_than_before(found)]
    return [*own, *_beyond(found, is_better=False)]


def _quota_missed(figures: Result, reached: Result) -> Sequence[str]:
    row, coming = figures.one(), next(iter(reached.rows()), None)
    is_missed = row["attainment"] is not None and row["attainment"] < 1
    covered = "" if coming is None or not coming["shortfall"] else f"{needed(reached)}. {coverage(reached)}".strip()
    if is_missed:
        said = text("Quota to date: {attainment} reached.", attainment=value(row["attainment"], "ratio"))
        return [f"{said} {covered}".strip()]
    if coming is not None and coming["uncovered"]:
        return [text("The quota to date is reached, but that of the whole period is not covered: {why}", why=covered)]
    return []


def _quota_reached(figures: Result, reached: Result) -> Sequence[str]:
    share = figures.one()["attainment"]
    if share is None or share < 1 or _quota_missed(figures, reached):
        return []
    return [text("Quota to date: {attainment} reached.", attainment=value(share, "ratio"))]


def _fallen(past: Result, accounts: Result) -> Sequence[str]:
    row = past.one()
    if row["revenue_base"] is None or row["revenue"] >= row["revenue_base"]:
        return []
    return [_moved(past, accounts, N_("Fell against the own past, {change}: {now} after {base}."), fell=True)]


def _risen(past: Result, accounts: Result) -> Sequence[str]:
    row = past.one()
    if row["revenue_base"] is None or row["revenue"] <= row["revenue_base"]:
        return []
    return [_moved(past, accounts, N_("Rose against the own past, {change}: {now} after {base}."), fell=False)]


def _moved(past: Result, accounts: Result, words: str, *, fell: bool) -> str:
    """What changed, and the accounts that made it: those of its direction first, then those against it."""
    row = past.one()
    by = change(row["revenue"], row["revenue_base"], "money") or money(past, row["revenue"] - row["revenue_base"])
    said = text(words, change=by, now=money(past, row["revenue"]), base=money(past, row["revenue_base"]))
    known = [row for row in accounts.rows() if row["customer_id"] is not None]
    down, up = (
        ", ".join(f"{literal(row['customer'])} ({_signed(accounts, row['change'])})" for row in rows[:_ACCOUNTS_NAMED])
        for rows in ([row for row in known if row["change"] < 0], [row for row in known if row["change"] > 0])
    )
    made, against = (down, up) if fell else (up, down)
    if made:
        said += " " + text("Most of it: {accounts}.", accounts=made)
    if against:
        said += " " + text("Against it: {accounts}.", accounts=against)
    return said


def _signed(accounts: Result, amount: Any) -> str:
    return f"+{money(accounts, amount)}" if amount > 0 else money(accounts, amount)


def _worse_than_before(found: Result) -> Sequence[str]:
    """Rates and means of the year that are worse than a year before by more than half of the peers differ."""
    row, said = found.one(), []
    for column, (more_is_better, _) in JUDGED.items():
        own, base, spread = row[column], row[f"{column}_base"], row[f"{column}_spread"]
        if column == "revenue" or own is None or base is None or spread is None:
            continue
        if (base - own if more_is_better else own - base) > spread:
            unit, currency = found.query.units[column], found.snapshot.currency
            said.append(
                text(
                    "{figure}: {now}, a year before {base}.",
                    figure=labels.column(column),
                    now=value(own, unit, currency),
                    base=value(base, unit, currency),
                )
            )
    return said


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
