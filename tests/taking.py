"""A company for tests of what is taken along: names and ids tell whose they are, and some would like to be run."""

import datetime as dt
import re
from pathlib import Path

import pytest

from data import settings
from data.people.person import Person, view_as
from data.warehouse import access, build
from tests import companies
from tests.pages.test_leaks import SCOPES, company

AS_OF = dt.date(2026, 3, 19)
__all__ = ["AS_OF", "HOSTILE", "SCOPES", "foreign", "publish", "viewer"]

# What a spreadsheet, slides, Markdown, HTML or a chart could take for something else than a name.
HOSTILE = (
    '=HYPERLINK("http://evil.example";"{name}")', "{{=1+1}} {name}}}", "https://evil.example/{name}",
    "<b>&amp; {name}</b> *x* [y](z)", "@SUM(1+1) {name}", "internal:'Sheet1'!A1 {name}", "\u202e{name} \x07 ]]>",
    "datum.value {name} " + "W" * 120,
)  # fmt: skip
_TOKEN = re.compile(r"(customer|order|quote|person)-(R\d)-(\d+)")


def publish(home: Path) -> None:
    """Publishes the company in that home."""
    made = company()
    for place, customer in enumerate(made["customers"]):
        customer["name"] = HOSTILE[place % len(HOSTILE)].format(name=customer["name"])
    for rep in made["sales_reps"]:
        rep["name"] = f"=person() {rep['name']}"
    for rows in made.values():  # the last month is open, as it mostly is
        for row in rows:
            row |= {name: min(day, AS_OF) for name, day in row.items() if type(day) is dt.date}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERBEAT_HOME", str(home))
        environment.setenv("ORDERBEAT_BUILD_THREADS", "1")
        companies.load(home, made)
        build.build(settings.current())
    access._connections.clear()


def viewer(scope: str) -> Person:
    """Whoever reads that scope in the demonstration."""
    return {who.key: who for who in view_as(access.scopes())}[scope]


def foreign(said: str, scope: str) -> set[str]:
    """Names and ids in these words that are another's."""
    return {token[0] for token in _TOKEN.finditer(said) if token[2] not in SCOPES[scope]}
