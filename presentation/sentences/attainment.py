"""Sentences about quotas: what was sold against them, and what is still needed."""

from typing import Any

from data.warehouse.access import Result
from presentation.format import literal, money, value
from presentation.needs import lacks
from presentation.words import plural, text

# So many people are named; the list has the others.
_NAMED = 3


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
    """What people below their quota still need, and how much of it nothing covers that is expected."""
    rows = reached.rows()
    day = value(reached.params["period_to"], "date")
    if any(row["quota"] for row in rows) and all(row["shortfall"] is None for row in rows if row["quota"]):
        return text("How much is still needed is unknown: what was sold last was not loaded")
    missing = _sum(reached, "shortfall")
    if not missing:
        if lacks(reached, "quote_amounts"):
            return (
                text("What was reached") if lacks(reached, "quotas") else text("No quota to {day} is missed", day=day)
            )
        return text("Open quotes due by {day} are worth {due}", due=money(reached, _sum(reached, "due_value")), day=day)
    figures = {"needed": money(reached, missing), "day": day}
    if reached.params["by"] in (None, "by_rep") and len(rows) > 1:
        said = plural(
            "{count} person still needs {needed} for the quota to {day}",
            "{count} people still need {needed} for their quotas to {day}",
            sum(bool(row["shortfall"]) for row in rows),
            **figures,
        )
    else:
        said = text("{needed} is still needed by {day}", **figures)
    if (open_ := _sum(reached, "uncovered")) is None:
        return said
    if not open_:
        return text("{said}, all of it covered", said=said)
    return text("{said}, {uncovered} of it uncovered", said=said, uncovered=money(reached, open_))


def coverage(reached: Result) -> str:
    """What is expected to cover that, part by part, and with whom most is uncovered; empty where nothing is needed."""
    if not _sum(reached, "shortfall"):
        return ""
    likely, due = _sum(reached, "due_likely"), _sum(reached, "due_value")
    parts = {"likely": money(reached, likely or 0), "due": money(reached, due)}
    if reached.params["metric"] == "won_value":
        return text(
            "Their open quotes due by then will likely bring {likely}; what is quoted and won until then comes on top.",
            **parts,
        )
    if reached.params["metric"] == "margin":
        return ""
    if (expected := _sum(reached, "orders_to_come")) is None:
        said = text("What orders without a quote will bring is unknown: no forecast reaches that day.")
        if lacks(reached, "quote_amounts"):
            return said
        return f"{said} {text('Open quotes due by then are worth {due}.', **parts)}"
    if lacks(reached, "quote_amounts"):
        said = text("Orders that the forecast expects until then: {expected}.", expected=money(reached, expected))
    else:
        said = text(
            "Expected until then: {expected} of orders without a quote, by the forecast, and {likely} likely of open "
            "quotes.",
            expected=money(reached, expected),
            **parts,
        )
    return f"{said} {_most_uncovered(reached)}".strip()


def together(reached: Result) -> str:
    """What the whole needs where some are beyond their quota and others short: the one does not help the other."""
    beyond, missing = _sum(reached, "beyond_quota"), _sum(reached, "shortfall")
    if not beyond or not missing:
        return ""
    figures = {"beyond": money(reached, beyond)}
    if beyond >= missing:
        return text(
            "Together the quotas are reached: others are {beyond} beyond theirs. No gap is filled by that.", **figures
        )
    return text(
        "Together {needed} is needed, since others are {beyond} beyond their quotas. No gap is filled by that.",
        needed=money(reached, missing - beyond),
        **figures,
    )


def _most_uncovered(reached: Result) -> str:
    if reached.params["by"] not in (None, "by_rep"):
        return ""
    open_ = [row for row in reached.rows() if row["uncovered"]]
    if len(open_) < 2:
        return ""
    most = sorted(open_, key=lambda row: (-row["uncovered"], row["rep_id"]))[:_NAMED]
    people = ", ".join(f"{literal(row['rep'])} ({money(reached, row['uncovered'])})" for row in most)
    return text("Most is uncovered with {people}.", people=people)


def _sum(reached: Result, column: str) -> Any:
    """The sum of a column over the rows that know it; None where none does."""
    known = [row[column] for row in reached.rows() if row[column] is not None]
    return sum(known) if known else None


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
