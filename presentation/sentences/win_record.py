"""Sentences about what win probabilities are worth: what is told, how it came out, and what was left out of it."""

import json
from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import value
from presentation.words import N_, text

# What may have been filled in after the decision, and what shows it.
FACTS = {
    "amount": N_("the amount"),
    "discount": N_("the discount"),
    "validity": N_("how long the offer binds"),
    "planned_day": N_("the expected day"),
    "offers": N_("the offers made"),
    "response": N_("the first answer"),
    "stage": N_("the stage"),
    "steps": N_("the steps taken"),
    "rep_id": N_("who handles it"),
    "customer_id": N_("the customer"),
    "segment": N_("the segment"),
    "channel": N_("the channel"),
    "source": N_("the source of the lead"),
    "category": N_("the category"),
}
WHY = {
    "won_only": N_("known of won ones only"),
    "lost_only": N_("known of lost ones only"),
    "one_value_won": N_("the same for all won ones"),
    "one_value_lost": N_("the same for all lost ones"),
    "decided_only": N_("known of decided ones only"),
    "decision_day": N_("too often the day of the decision"),
}


def win_record(record: Result) -> str:
    """What is told of open deals, how well it told won from lost in the user's own past, and what was left out."""
    row = next((row for row in record.rows() if row["grade"] == "all"), None)
    if row is None or row["told"] == "nothing":
        return text("Fewer than ten deals were decided so far, so no probability is told.")
    said = [_told(row)]
    if row["missing"] == "never_open":
        said.append(
            text("Decided deals have one date, so they were never seen open: whether they are won is told, not when.")
        )
    if left_out := json.loads(row["left_out"] or "[]"):
        facts = ", ".join(_fact(each) for each in left_out)
        said.append(text("Left out, as it may have been filled in after the decision: {facts}.", facts=facts))
    return " ".join(said)


def _told(row: dict[str, Any]) -> str:
    usual = {
        "usual": value(row["usual"], "ratio"),
        "low": value(row["usual_low"], "ratio"),
        "high": value(row["usual_high"], "ratio"),
    }
    if row["missing"] == "few_of_each":
        return text(
            "Too few deals were decided to learn from ({decided}; it takes 60 won and 60 lost), so each is told the "
            "usual share won of deals that lasted as long: {usual}, nine in ten times {low} to {high}.",
            decided=value(row["known_decided"], "count"),
            **usual,
        )
    if row["told"] == "usual":
        return text(
            "No signal in your data: nothing known beforehand told won from lost among {decided} decided deals. So "
            "each is told the usual share won of deals that lasted as long: {usual}, nine in ten times {low} to "
            "{high}.",
            decided=value(row["known_decided"], "count"),
            **usual,
        )
    held = {
        "decided": value(row["decided"], "count"),
        "auc": value(row["auc"], "ratio"),
        "error": value(row["calibration_error"], "ratio"),
    }
    if row["told"] == "table" and row["auc"] is None:
        return text("A probability is the share won by stage and age; it could not be held to the past yet.")
    if row["told"] == "table" and not row["has_signal"]:
        return text(
            "No signal in your data: held to {decided} deals of the past, nothing known beforehand told won from lost "
            "beyond chance. A probability is the share won by stage and age, and by these alone they differ.",
            **held,
        )
    if row["told"] == "table":
        return text(
            "A probability is the share won by stage and age: knowing more told no better. Held to {decided} deals of "
            "the past: of a won and a lost one, the won one had the higher probability in {auc} of cases; what was "
            "said missed what came by {error} on average.",
            **held,
        )
    said = text(
        "Held to {decided} deals of the past: of a won and a lost one, the won one had the higher probability in {auc} "
        "of cases; what was said missed what came by {error} on average.",
        **held,
    )
    if row["adds"] is None:
        return said
    beyond = text(
        "By stage and age alone it had it in {table} of cases.", table=value(row["auc"] - row["adds"], "ratio")
    )
    return f"{said} {beyond}"


def _fact(left_out: dict[str, str]) -> str:
    what, why = (
        text(words[code]) if code in words else labels.code(code)
        for words, code in ((FACTS, left_out["what"]), (WHY, left_out["why"]))
    )
    return text("{what} ({why})", what=what, why=why)
