"""Sentences about the close of deals: what somebody decided about it, and what the data loaded since say."""

from collections.abc import Sequence

from data.people.store import Event
from data.warehouse.access import Result
from presentation import labels
from presentation.format import literal, value
from presentation.sentences import alerts
from presentation.words import text


def standing(found: Result, history: Sequence[Event]) -> str:
    """Whether the day expected is still believed, and what holds of what was decided here.

    `history` is what whoever looks may know of it, newest first.
    """
    row = found.one()
    said = [_decided(found, history)] if row["close_standing"] else []
    if row["is_past_expected"]:
        said.append(
            text("Its expected day, {day}, has passed: it is believed no more.",
                 day=value(row["expected_close_on"], "date"))
        )  # fmt: skip
    if row["is_overlong"] and row["outcome"] is None:
        said.append(text("Open for longer than nine of ten decisions took, so no day of decision is told."))
    if row["next_step"]:
        said.append(text("Next step: {step}.", step=labels.code(row["next_step"])))
    return " ".join(filter(None, said))


def _decided(found: Result, history: Sequence[Event]) -> str:
    row = found.one()
    done = next((event for event in history if event.version == history[0].in_force), None)
    names = {
        "name": literal(labels.code(done.by.name)) if done else text("Somebody"),
        "day": value(row["close_on"], "date"),
        "loaded": value(row["loaded_close_on"], "date") if row["loaded_close_on"] else text("no day"),
    }
    is_lost = row["close_decision"] == "closed_lost"
    match row["close_standing"]:
        case "stands" if is_lost:
            return text(
                "{name} closed it here as lost; the data do not say so yet. It counts as open no more.", **names
            )
        case "stands":
            return text("{name} set the expected day to {day}; the data say {loaded}.", **names)
        case "taken_over" if is_lost:
            return text("{name} closed it here as lost, and so it is in the data now.", **names)
        case "taken_over":
            return text("{name} set the expected day to {day}, and so it is in the data now.", **names)
        case "contradicted" if is_lost and row["outcome"]:
            return text("{name} closed it here as lost, but in the data loaded since it is won: that holds.", **names)
        case "contradicted" if is_lost:
            return text("{name} closed it here as lost, but in the data loaded since it goes on: that holds.", **names)
        case "contradicted":
            return text(
                "{name} set the expected day to {day}, but the data loaded since say {loaded}: that holds.", **names
            )
    return text("{name} set the expected day to {day}; it is decided since.", **names)


def event(done: Event) -> str:
    """Who did what with the close of a deal, and when."""
    parts = [alerts.event(done)]
    parts += [labels.code(done.reason)] if done.reason and done.did == "closed_lost" else []
    parts += [value(done.close_on, "date")] if done.close_on else []
    return " · ".join(parts)
