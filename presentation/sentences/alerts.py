"""Sentences about the work list: why act, how such alerts fared, who decided what, what the list is worth."""

import re
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
    if row["held_back_since"]:
        return text(
            "Such alerts have not been raised since {day}: of {alerts} replayed, {hits} came true ({low}–{high}), "
            "and {base} of all would have.",
            day=value(row["held_back_since"], "date"),
            **figures,
        )
    if row["kind"] == "category_risk":
        return text(
            "Of {alerts} such alerts, {hits} bought none of the category for two of their usual intervals while they "
            "ordered on ({low}–{high}; of all {base}).",
            **figures,
        )
    return text(
        "Of {alerts} such silences before, {hits} went on without an order for one and a half usual intervals "
        "({low}–{high}; of all accounts with like intervals {base}).",
        **figures,
    )


def work(found: Result, row: dict[str, Any]) -> str:
    """Why an account is worth acting on, one of its reasons, and what acting may bring."""
    worth = money(found, row["money"]) if row["money"] is not None else ""
    chance = value(row["probability"], "ratio") if row["probability"] is not None else ""
    if row["alert"] == "late":
        stake = text(
            "{money} in 90 days is at stake; the chance that no order comes in 90 days is {chance}.",
            money=worth,
            chance=chance,
        )
        return f"{_why_silent(row)} {stake}"
    if row["alert"] == "category_risk":
        why = text(
            "Usually buys {category} on {usual} of its order days in 60 days, lately on {recent}, since about {day}.",
            category=literal(row["about"]),
            usual=value(row["usual_purchases"], "score"),
            recent=value(row["recent_purchases"], "count"),
            day=value(row["changed_around"], "date"),
        )
        stake = text("{money} in 90 days is at stake; the chance of losing it is {chance}.", money=worth, chance=chance)
        return f"{why} {stake}"
    if row["alert"] == "growth":
        return f"{growth.why(row)} {growth.promise(found, row['money'], row['probability'])}"
    return _why_due(row, worth, chance)


def reach(row: dict[str, Any]) -> str:
    """Whom to reach, by telephone and e-mail, as links; nothing where no contact is known."""
    if not row["contact"]:
        return ""
    parts = [literal(row["contact"])]
    if row["phone"]:
        number = "".join(letter for letter in row["phone"] if letter.isdigit() or letter == "+")
        parts.append(f"[{literal(row['phone'])}](tel:{number})" if number else literal(row["phone"]))
    if row["email"]:
        is_plain = re.fullmatch(r"[\w.+-]+@[\w.-]+", row["email"], re.ASCII)
        parts.append(f"[{literal(row['email'])}](mailto:{row['email']})" if is_plain else literal(row["email"]))
    return " · ".join(parts)


def _why_due(row: dict[str, Any], worth: str, chance: str) -> str:
    why = labels.code(row["reason"])
    said = [f"{why[:1].upper()}{why[1:]}: {literal(row['about'] or row['subject'])}."]
    if row["due_on"]:
        said.append(text("Due on {day}.", day=value(row["due_on"], "date")))
    if worth and row["alert"] == "deal":
        said.append(
            text("It is over {money}; the chance that it is won is {chance}.", money=worth, chance=chance)
            if chance
            else text("It is over {money}.", money=worth)
        )
    elif worth and chance:
        said.append(
            text(
                "{money} in 90 days hangs on the account; the chance that no order comes in 90 days is {chance}.",
                money=worth,
                chance=chance,
            )
        )
    return " ".join(said)


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


def list_fared(record: Result) -> str:
    """What the list's first rows would have held of the money then lost, against as many made otherwise."""
    if not len(record):
        return text("The data are too short to say what this list would have held.")
    row = record.one()
    return text(
        "On {days} past days the {rows} silent accounts listed first held {held} of the money then lost in 90 days; as "
        "many by revenue {revenue}, by silence over twice the usual interval {rule}, by chance {chance}.",
        days=value(row["past_days"], "count"),
        rows=value(round(row["list_rows"]), "count"),
        held=f"{row['held']:.0%}",
        revenue=f"{row['held_by_revenue']:.0%}",
        rule=f"{row['held_by_rule']:.0%}",
        chance=f"{row['held_by_chance']:.0%}",
    )
