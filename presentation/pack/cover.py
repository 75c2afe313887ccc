"""What stands around the sections of a pack: its title, where it comes from, and what its figures mean."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from presentation import format, labels
from presentation.filters import NARROWING
from presentation.pack.contents import Asked, Section
from presentation.words import text

LONGEST_TITLE = 120


class Definition(NamedTuple):
    """A query: its title, meaning and file."""

    title: str
    meaning: str
    file: str


class Cover(NamedTuple):
    """The title, lines below it, a line at the foot of every page, and the last page: origin and definitions.

    `logo` is a PNG, if there is one.
    """

    title: str
    about: Sequence[str]
    foot: str
    origin: Sequence[str]
    definitions: Sequence[Definition]
    logo: bytes | None = None


def around(given: Asked, sections: Sequence[Section], title: str, logo: bytes | None) -> Cover:
    """What stands around these sections, under one's own title or ours."""
    shown, days = given.shown, given.within("customers").window
    day = format.value(dt.date.fromisoformat(shown.as_of), "date")
    period = format.span(days.date_from, days.date_to)
    said = [text("Data to {day}", day=day), text("all amounts in {currency}", currency=shown.currency)]
    narrowed = [f"{labels.column(name)} = {given.codes[name]}" for name in NARROWING if given.codes.get(name)]
    queries = {result.query.name: result.query for section in sections for result in section.results}
    return Cover(
        " ".join(title.split())[:LONGEST_TITLE] or text("Sales review"),
        [period, " · ".join(said), text("Made by {name}, from the rows that are theirs", name=given.who.name)],
        " · ".join([period, *said]),
        [
            " · ".join([*said, text("snapshot {name}", name=shown.name)]),
            given.within("customers").compared(),
            f"{text('Filters')}: {', '.join(narrowed) or text('none')}",
            text("Made by {name}, from the rows that are theirs", name=given.who.name),
        ],
        [Definition(text(query.title), text(query.definition), query.path) for query in queries.values()],
        logo,
    )
