"""Sentences about what was loaded: a feed that stopped, and what was not loaded at all."""

from collections.abc import Sequence

from data.warehouse.coverage import EVERYTHING, Stretch
from presentation import labels
from presentation.format import value
from presentation.words import N_, text

_ENDS = {
    "orders": N_("Orders of {feed} end on {day}"),
    "quotes": N_("Requests of {feed} end on {day}"),
}
_ALL_END = {
    "orders": N_("Orders end on {day}"),
    "quotes": N_("Requests end on {day}"),
}


def ended(feed: Stretch) -> str:
    """Up to which day there is something of a feed."""
    end = value(feed.last_on, "date")
    if feed.is_whole:
        return text(_ALL_END[feed.input_table], day=end)
    return text(_ENDS[feed.input_table], feed=named(feed), day=end)


def untold(feeds: Sequence[Stretch]) -> str:
    """Why something is not told of what is to come."""
    return text("{ends}: what follows them cannot be told.", ends="; ".join(map(ended, feeds)))


def stopped(feed: Stretch) -> str:
    """From when on a feed is missing, and what is not told of its customers because of that."""
    return text(
        "{ends}; nothing of them was loaded since. Until it is, nobody of them is called silent for longer, no quota "
        "runs on without them, and nothing is compared beyond that day.",
        ends=ended(feed),
    )


def named(feed: Stretch) -> str:
    """Whose feed of a part of a table it is, and through which channel where it is one channel alone."""
    who = text("customers of no segment") if feed.segment == "unknown" else labels.code(feed.segment).lower()
    if feed.channel == EVERYTHING:
        return who
    return text("{segment} ({channel})", segment=who, channel=labels.code(feed.channel))
