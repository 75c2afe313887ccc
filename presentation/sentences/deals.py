"""Sentences about deals: how they stand, how likely they are to be won and why, and who takes part."""

import json
from collections.abc import Sequence
from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import literal, money, value
from presentation.format import span as days_between
from presentation.needs import lacks
from presentation.sentences.win_record import win_record
from presentation.words import N_, plural, text

REASONS = {
    "silence": N_("silent for {days}"),
    "stage": N_("in the stage {name}"),
    "days_in_stage": N_("{days} in this stage"),
    "age": N_("asked for {days} ago"),
    "steps": N_("steps taken: {number}"),
    "backs": N_("steps back: {number}"),
    "people": N_("people who took part: {number}"),
    "by_customer": N_("share of steps by the customer: {share}"),
    "digital": N_("share of digital contact: {share}"),
    "response_days": N_("answered after {days}"),
    "unanswered": N_("not answered for {days}"),
    "unoffered": N_("nothing offered for {days}"),
    "versions": N_("versions of the quote: {number}"),
    "amount": N_("the size of the deal"),
    "discount_depth": N_("discount against list: {share}"),
    "slipped": N_("how near or past the expected day is"),
    "valid_left": N_("how long the offer still binds"),
    "rep_open": N_("how many deals are open with the same person"),
    "rep_id": N_("the record of who handles it"),
    "customer_id": N_("the record of this customer"),
    "segment": N_("the segment: {name}"),
    "channel": N_("the channel: {name}"),
    "source": N_("the source: {name}"),
    "category": N_("the category: {name}"),
}


def negotiation(found: Result) -> str:
    """With whom, over how much, and how it stands."""
    row = found.one()
    if row["outcome"]:
        age = value(row["days_to_close"], "days")
        state = text("{outcome} after {age}", outcome=labels.code(row["outcome"]), age=age)
    else:
        state = text("open for {age}", age=value(row["age_days"], "days"))
    return f"{literal(row['customer'])} · {money(found, row['amount'])} · {state}"


def chances(found: Result, record: Result) -> str:
    """How likely a deal is to be won, when it is to be decided, and how far such words are to be trusted."""
    row = found.one()
    if row["outcome"] or row["win_probability"] is None:
        return ""
    figures = {
        "probability": value(row["win_probability"], "ratio"),
        "soon": value(row["won_30_days"], "ratio"),
    }
    said = [
        text("{probability} likely to be won.", **figures)
        if row["won_30_days"] is None
        else text("{probability} likely to be won, {soon} within 30 days.", **figures)
    ]
    if row["closes_on"]:
        window = days_between(row["close_from"], row["close_until"])
        said.append(
            text(
                "A decision is most likely around {day}; of deals like it, eight in ten are decided {span}.",
                day=value(row["closes_on"], "date"),
                span=window,
            )
        )
    if row["is_reopened"]:
        said.append(text("It had been decided once and was opened again."))
    if row["people"] == 1:
        said.append(text("One person alone took part so far: a single thread that may break."))
    return " ".join([*said, win_record(record)])


def slipping(found: Result) -> str:
    """How many deals are expected this month and will not be decided in it."""
    if not len(found):
        return text("What slips this month")
    row = found.rows()[0]
    if lacks(found, "quote_amounts"):
        return plural(
            "{number} deal expected this month slips: its day has passed, or such deals take longer",
            "{number} deals expected this month slip: their day has passed, or such deals take longer",
            row["negotiations"],
            number=value(row["negotiations"], "count"),
        )
    return plural(
        "{number} deal worth {worth} expected this month slips: its day has passed, or such deals take longer",
        "{number} deals worth {worth} expected this month slip: their day has passed, or such deals take longer",
        row["negotiations"],
        number=value(row["negotiations"], "count"),
        worth=money(found, row["listed_value"]),
    )


def reasons(found: Result) -> Sequence[str]:
    """What raises and what lowers the probability, each with its effect in points, the largest first."""
    row = found.one()
    effects = json.loads(row["reasons"] or "[]")
    effects.sort(key=lambda reason: -abs(reason["effect"]))
    return [_reason(reason) for reason in effects if reason["reason"] in REASONS]


def _reason(reason: dict[str, Any]) -> str:
    number, name = reason["value"], reason["text"]
    what = text(
        _moved(number) if reason["reason"] == "slipped" else REASONS[reason["reason"]],
        days=value(None if number is None else round(abs(number)), "days"),
        number=value(None if number is None else round(number), "count"),
        share=value(number, "ratio"),
        name=literal(labels.code(name)) if name else value(None, "text"),
    )
    effect = value(abs(reason["effect"]), "ratio")
    mark = "▲ +" if reason["effect"] > 0 else "▼ −"
    return f"{mark}{effect} · {what}"


def _moved(days: float | None) -> str:
    """What is said of the expected day, moved by so many days or not at all: then its being near or past counts."""
    if not days:
        return N_("how near or past the expected day is")
    return N_("the expected day was moved later by {days}") if days > 0 else N_("the expected day came {days} nearer")


def pipeline_change(found: Result) -> str:
    """From what the pipeline was to what it is."""
    row = found.one()
    return text(
        "The pipeline went from {before} to {now} over the period",
        before=money(found, row["start_value"]),
        now=money(found, row["end_value"]),
    )


def buying_group(people: Result) -> str:
    """How many people of the customer took part in a deal, in how many roles."""
    rows = people.rows()
    roles = {row["role"] for row in rows if row["role"]}
    if not rows:
        return text("Nobody of the customer is known to take part")
    return plural(
        "{number} person of the customer took part, in roles: {roles}",
        "{number} people of the customer took part, in roles: {roles}",
        len(rows),
        number=value(len(rows), "count"),
        roles=", ".join(literal(role) for role in sorted(roles)) or value(None, "text"),
    )


def steps_back(path: Result) -> str:
    """How often a negotiation went back to a job already visited."""
    back = sum(visit["is_revisit"] for visit in path.rows())
    return plural(
        "Its path between buying jobs, {count} step back", "Its path between buying jobs, {count} steps back", back
    )
