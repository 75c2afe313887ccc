"""Sentences about the time deals take: what is decided by when, and what is stuck."""

from data.warehouse.access import Result
from presentation.format import money, value
from presentation.needs import lacks
from presentation.words import plural, text

_SOON = 30  # days


def decided(incidence: Result) -> str:
    """What became of requests within 30 days, or as far as they could be watched."""
    rows = incidence.rows()
    row = ([row for row in rows if row["days"] <= _SOON] or rows[:1])[-1]
    days = _SOON if row["days"] <= _SOON < rows[-1]["days"] else row["days"]
    return text(
        "Within {days} of the request {won} are won and {lost} lost, {open} are still open",
        days=value(days, "days"),
        won=value(row["won_share"], "ratio"),
        lost=value(row["lost_share"], "ratio"),
        open=value(row["open_share"], "ratio"),
    )


def stuck(found: Result) -> str:
    """How many open deals are in their stage for longer than nine of ten stays, and their worth."""
    if not len(found):
        return text("Stuck deals")
    row = found.rows()[0]
    if lacks(found, "quote_amounts"):
        return plural(
            "{number} open deal is in its stage for longer than nine of ten stays there",
            "{number} open deals are in their stage for longer than nine of ten stays there",
            row["stuck"],
            number=value(row["stuck"], "count"),
        )
    return plural(
        "{number} open deal worth {money} is in its stage for longer than nine of ten stays there",
        "{number} open deals worth {money} are in their stage for longer than nine of ten stays there",
        row["stuck"],
        number=value(row["stuck"], "count"),
        money=money(found, row["stuck_value"]),
    )
