"""Sentences about the work list: why act, how such alerts fared, who decided what, what the list is worth."""

from datetime import date
from typing import Any

from data.people.store import Event
from data.warehouse.access import Result
from presentation import labels
from presentation.format import literal, money, value
from presentation.sentences import growth
from presentation.words import text


def fared(record: Result) -> str:
    """How alerts of this kind fared when the past was replayed; nothing is said without a past."""
    if record.query.name == "customers.growth_record":
        return growth.fared(record)
    if not len(record):
        return text("The data are too short to say how such alerts fared.")
    row = record.one()
    figures = {
        "alerts": value(row["alerts"], "count"),
        "hits": value(row["hits"], "count"),
        "days": value(row["horizon_days"], "days") if row["horizon_days"] else "",
        "low": f"{row['precision_low']:.0%}",
        "high": f"{row['precision_high']:.0%}",
        "base": f"{row['base_rate']:.0%}",
    }
    if row["kind"] in ("late", "quiet", "seasonal_pause", "probably_gone"):
        return text(
            "Of {alerts} such silences before, {hits} went on without an order for one and a half usual intervals "
            "({low}–{high}; of all accounts with like intervals {base}).",
            **figures,
        )
    if row["kind"] == "late_category":
        return text(
            "Of {alerts} such silences, {hits} went on without an order for {days} ({low}–{high}; like buyers {base}).",
            **figures,
        )
    return text(
        "Of {alerts} such alerts, {hits} lost half or more in the next {days} ({low}–{high}; like buyers {base}).",
        **figures,
    )


def work(found: Result) -> str:
    """Why something on the work list is worth acting on, and what it may bring."""
    row = found.one()
    worth, chance = money(found, row["money"]), value(row["probability"], "ratio")
    if row["alert"] == "late":
        why = _why_silent(row)
        stake = text(
            "{money} in 90 days is at stake; the chance that no order comes in 90 days is {chance}.",
            money=worth,
            chance=chance,
        )
    elif row["alert"] == "category_risk":
        why = text(
            "Usually buys {category} on {usual} of its order days in 60 days, lately on {recent}, since about {day}.",
            category=literal(row["about"]),
            usual=value(row["usual_purchases"], "score"),
            recent=value(row["recent_purchases"], "count"),
            day=value(row["changed_around"], "date"),
        )
        stake = text("{money} in 90 days is at stake; the chance of losing it is {chance}.", money=worth, chance=chance)
    else:
        why, stake = growth.why(row), growth.promise(found, row["money"], row["probability"])
    return f"{why} {stake}"


def _why_silent(row: dict[str, Any]) -> str:
    since = value(row["days_since_last"], "days")
    if row["usual_interval_days"] is None:
        return text("Silent for {since}, with too few orders for a usual interval.", since=since)
    return text(
        "Usually orders every {usual}, silent for {since}.",
        usual=value(row["usual_interval_days"], "days"),
        since=since,
    )


def event(done: Event) -> str:
    """Who did what with something on the work list, and when."""
    parts = [labels.code(done.did), literal(labels.code(done.by.name)), value(done.at.date(), "date")]
    parts += [labels.code(done.reason)] if done.reason and done.did == "dismissed" else []
    parts += [text("until {day}", day=value(done.until, "date"))] if done.until and done.did == "snoozed" else []
    parts += [literal(done.note)] if done.note else []
    return " · ".join(parts)


def holdout(found: Result, since: date | None) -> str:
    """What the accounts on the work list brought more than those held out, a line for each kind; `since` when."""
    if since is None:
        return text("Nothing is held out of the list, so its worth is not measured.")
    lines = [_against_held(found, row) for row in found.rows()]
    return "\n\n".join(lines) or text(
        "Accounts are held out since {day}; the days of no alert are over yet.", day=value(since, "date")
    )


def _against_held(found: Result, row: dict[str, Any]) -> str:
    kind = f"**{labels.code(row['alert'])}**"
    if row["difference_low"] is None:
        return text(
            "{kind}: too few accounts to compare: {shown} on the list, {held} held out.",
            kind=kind,
            shown=value(row["shown_accounts"], "count"),
            held=value(row["held_accounts"], "count"),
        )
    is_more = row["difference"] >= 0
    difference, low, high = _turned(found, row, "difference", is_more=is_more)
    figures = {"kind": kind, "difference": difference, "low": low, "high": high}
    figures["number"] = value(row["held_accounts"], "count")
    if is_more:
        brought = text(
            "{kind}: accounts on the list brought {difference} more per account than the {number} held out "
            "(interval at 90%: {low} to {high}).",
            **figures,
        )
    else:
        brought = text(
            "{kind}: accounts on the list brought {difference} less per account than the {number} held out "
            "(interval at 90%: {low} to {high}).",
            **figures,
        )
    if row["difference_low"] <= 0 <= row["difference_high"]:
        return f"{brought} {text('It cannot be told apart from chance yet.')}"
    worth, low, high = _turned(found, row, "worth", is_more=is_more)
    total = text(
        "Over the {number} accounts on the list that is {worth} ({low} to {high}).",
        number=value(row["shown_accounts"], "count"),
        worth=worth,
        low=low,
        high=high,
    )
    return f"{brought} {total}"


def _turned(found: Result, row: dict[str, Any], column: str, *, is_more: bool) -> list[str]:
    """An amount and its interval, counted downwards where it is a loss."""
    ends = (column, f"{column}_low", f"{column}_high") if is_more else (column, f"{column}_high", f"{column}_low")
    return [money(found, row[end] if is_more else -row[end]) for end in ends]
