"""What rules of somebody's own found, as a report: a section for each rule, a row for each finding."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from data.people.store.own_rules import Condition
from data.warehouse.access import Snapshot
from presentation import format
from presentation.addresses import address
from presentation.digest.content import Report, Row, Section, tidy
from presentation.own_rules import WATCHES, Told
from presentation.sentences import own_rules as sentences
from presentation.words import plural, text


class Found(NamedTuple):
    """One finding, and what was watched."""

    condition: Condition
    told: Told


def report(found: Sequence[Found], shown: Snapshot, at: str) -> Report:
    """What is told of new findings, in the settled language; `at` is where the server answers."""
    conditions = dict.fromkeys(each.condition for each in found)
    subject = plural("{count} new finding of your rules", "{count} new findings of your rules", len(found))
    day = format.value(dt.date.fromisoformat(shown.as_of), "date")
    return Report(
        subject,
        text("You asked to be told when this happens."),
        tuple(_section(of, [each.told for each in found if each.condition == of], shown, at) for of in conditions),
        f"{text('Data to {day}', day=day)} · {text('Rules are paused and removed on the page Delivery.')}",
        address("delivery", at=at, section="rules"),
    )


def _section(of: Condition, found: Sequence[Told], shown: Snapshot, at: str) -> Section:
    rows = tuple(
        Row(
            tidy(each.name),
            sentences.found_value(of, each.value, shown.currency),
            (text("since {day}", day=format.value(each.spell.since, "date")),),
            address(WATCHES[of.watch].page, at=at, **each.places),
        )
        for each in found
    )
    return Section(tidy(sentences.condition(of, shown.currency)), rows=rows)
