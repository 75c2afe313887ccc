"""Sentences about effort: capacity, channels, and what serving all segments costs."""

from typing import Any

from data.warehouse.access import Result
from presentation import labels
from presentation.format import change, money, value
from presentation.words import plural, text


def capacity(books: Result) -> str:
    """How many people look after more than they have capacity for."""
    known = [row for row in books.rows() if row["capacity_use"] is not None]
    if not known:
        return text("What each person looks after")
    if len(known) == 1:
        share = value(known[0]["capacity_use"], "ratio")
        return plural(
            "{count} account takes {share} of the capacity",
            "{count} accounts take {share} of the capacity",
            known[0]["accounts"],
            share=share,
        )
    over = sum(row["capacity_use"] > 1 for row in known)
    return plural(
        "{count} of {people} people looks after more accounts than capacity allows",
        "{count} of {people} people look after more accounts than capacity allows",
        over,
        people=len(known),
    )


def channels(mix: Result) -> str:
    """Which channel gained or lost the largest share."""
    moved = [row for row in mix.rows() if row["share_shift"]]
    if not moved:
        return text("Through which channels revenue came")
    row = max(moved, key=lambda row: (abs(row["share_shift"]), row["channel"]))
    return text(
        "The largest shift: {channel} brings {share} of revenue, {points}",
        channel=labels.code(row["channel"]),
        share=value(row["share"], "ratio"),
        points=change(row["share"], row["share_base"], "ratio"),
    )


def all_segments(books: Result) -> str:
    """How many people serve all segments at once."""
    rows = books.rows()
    serving = sum(bool(row["serves_all"]) for row in rows)
    if not serving:
        return text("Nobody serves all segments at once")
    return plural(
        "{count} of {people} people serves all segments at once",
        "{count} of {people} people serve all segments at once",
        serving,
        people=len(rows),
    )


def cost_of_all_segments(found: Result) -> list[str]:
    """What serving all segments seems to cost, by measure, as far as that can be told."""
    return [_cost(found, row) for row in found.rows()] or [text("What that costs cannot be told: nobody to compare.")]


def _cost(found: Result, row: dict[str, Any]) -> str:
    measure = labels.code(row["measure"])
    if row["difference_low"] is None:
        return text("{measure}: what it costs cannot be told with fewer than 5 people on a side.", measure=measure)
    low, high = (change(row[name], 0, "ratio") for name in ("difference_low", "difference_high"))
    if row["difference_low"] <= 0 <= row["difference_high"]:
        return text(
            "{measure}: what it costs cannot be told, the difference lies between {low} and {high}.",
            measure=measure,
            low=low,
            high=high,
        )
    said = text(
        "{measure}: {difference} against people who serve fewer, between {low} and {high}; it need not be the cause.",
        measure=measure,
        difference=change(row["difference"], 0, "ratio"),
        low=low,
        high=high,
    )
    lost = -row["difference"] * float(row["decided_value"])
    if lost > 0:
        said += " " + text("Of what these people had decided in 365 days, that is {money}.", money=money(found, lost))
    return said
