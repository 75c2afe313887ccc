"""Sentences about why deals are won and lost, and what discounts and a programme change."""

from datetime import date

from data.warehouse.access import Result
from presentation import labels
from presentation.format import change, literal, value
from presentation.words import text

_ENDS = {"estimate": "", "low": "_low", "high": "_high"}  # of an estimate and its interval


def reasons(found: Result, outcome: str) -> str:
    """The most frequent reason of one outcome; none is named that chance could have put first."""
    named = [row for row in found.rows() if row["outcome_reason"] != "no_reason" and row["share"] is not None]
    ranked = sorted(named, key=lambda row: (-row["decided"], row["outcome_reason"]))[:2]
    if not ranked:
        return text("Too few decisions with a reason to tell why")
    first, number = ranked[0], value(ranked[0]["alike"], "count")
    said = {
        "reason": literal(labels.code(first["outcome_reason"])),
        "share": value(first["share"], "ratio"),
        "low": value(first["share_low"], "ratio"),
        "high": value(first["share_high"], "ratio"),
        "number": number,
    }
    if len(ranked) == 2 and first["share_low"] <= ranked[1]["share_high"]:
        second = literal(labels.code(ranked[1]["outcome_reason"]))
        if outcome == "won":
            return text(
                "No reason of the {number} won stands out: {reason} {share}, {second} near it", second=second, **said
            )
        return text(
            "No reason of the {number} lost stands out: {reason} {share}, {second} near it", second=second, **said
        )
    if outcome == "won":
        return text("Won most often for: {reason}, {share} of {number} ({low}–{high})", **said)
    return text("Lost most often for: {reason}, {share} of {number} ({low}–{high})", **said)


def discount_response(found: Result) -> str:
    """How the odds of winning go with ten points more discount, or that it cannot be told."""
    row = found.one()
    if row["standing"] == "too_few":
        return text("Too few decisions to tell how winning goes with the discount")
    said = {name: value(row[f"odds_ratio{end}"], "factor") for name, end in _ENDS.items()}
    if row["standing"] == "cannot_tell":
        return text(
            "Whether winning goes with the discount cannot be told: odds {estimate} for ten points ({low}–{high})",
            **said,
        )
    return text("Ten points more discount go with {estimate} the odds of winning ({low}–{high})", **said)


def programme(found: Result, since: date) -> str:
    """How the segment of a change fared since, against the others."""
    row = found.rows()[0]
    if not row["is_changed"] or row["standing"] == "too_few":
        return text(
            "Too few requests before or since {day} to compare the segment with the others", day=value(since, "date")
        )
    said = {
        "segment": literal(labels.code(row["segment"])),
        "day": value(since, "date"),
        **{name: change(row[f"difference{end}"], 0, "ratio") for name, end in _ENDS.items()},
    }
    if row["standing"] == "cannot_tell":
        return text(
            "{segment} since {day}: no difference to the others beyond chance, {estimate} ({low} to {high})", **said
        )
    return text("{segment} since {day}: {estimate} against the others ({low} to {high})", **said)


def programme_reach(found: Result) -> str:
    """Which requests are compared, and from what age on they count."""
    row = found.rows()[0]
    return text(
        "Requests of the six months before, and until {until}: only those at least {days} old, of which nine of ten "
        "are decided. Whatever else changed that day in one segment alone counts, too.",
        until=value(row["until"], "date"),
        days=value(row["maturity_days"], "days"),
    )
