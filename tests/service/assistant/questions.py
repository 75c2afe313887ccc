"""Questions that an assistant may ask, drawn by seed, and what the page gives for the same choices."""

import datetime as dt
import json
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import queries
from data.people import actions, growth_limits, holdout, targets
from data.people import weights as qualification
from data.people.person import Person, Role
from data.people.store import Store
from data.warehouse import access
from presentation import needs
from presentation.filters import COMPARISONS, PERIODS, parse
from presentation.pages import BY_NAME
from service.assistant import choices
from tests.pages import test_leaks as leaks

# A page of its own for each role: whom it looks at.
OWN = {"admin": "R1", "director": "R2", "lead": "R4", "rep": "R5", "ecommerce": "R3"}


@dataclass(frozen=True)
class Question:
    """One figure or list, under filters and with parameters as an assistant says them."""

    metric: str
    filters: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str | int] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        return {"metric": self.metric, "filters": self.filters, "parameters": self.parameters, "rows": 500}


def question(pick: random.Random, role: Role, who: Person, shown: access.Snapshot) -> Question:
    """One that somebody may ask, of what is loaded."""
    asked = [name for name in choices.names(who) if is_loaded(name, shown)]
    query = queries.load(pick.choice(asked))
    filters: dict[str, str] = {}
    if choices.is_of_period(query):
        filters = {"period": pick.choice(PERIODS), "compare": pick.choice(COMPARISONS)}
    drawn = {"segment": "dealer", "owner": pick.choice(leaks.REPS), "category": "All", "catalog": "K1",
             "team": f"Team {pick.choice(leaks.REPS)}"}  # fmt: skip
    filters |= {name: drawn[name] for name in choices.filters(query) if pick.random() < 0.4}
    rep = OWN[role]
    subjects: dict[str, str] = {
        "customer": f"customer-{rep}-{pick.randrange(7)}", "product": f"P{pick.randrange(5)}",
        "negotiation": f"quote-{rep}-{pick.randrange(9)}", "order": f"order-{rep}-{pick.randrange(7)}00", "rep": rep,
        "leaking": f"P{pick.randrange(5)}", "kind": pick.choice(("late", "quiet", "growth")), "grade": "all",
        "since": "2025-09-01", "year_from": "2026-01-01", "search": f"customer-{rep}", "subject": "account",
        "outcome_reason": "price",
    }  # fmt: skip
    parameters: dict[str, str | int] = {}
    for name, each in choices.parameters(query).items():
        if each.is_required or pick.random() < 0.5:
            value: str | int | None = pick.choice(each.codes) if each.codes else subjects.get(name)
            if value is not None:
                parameters[name] = value
    return Question(query.name, filters, parameters)


def is_loaded(name: str, shown: access.Snapshot) -> bool:

    return not needs.of_query(queries.load(name), shown)


def of_page(asked: Question, who: Person, store: Store, shown: access.Snapshot) -> list[dict[str, Any]]:
    """The rows that the page has for the same choices, of the file of that person, without reading.py or our tools."""
    query = queries.load(asked.metric)
    as_of = dt.date.fromisoformat(shown.as_of)
    page = asked.metric.partition(".")[0]
    f = parse(as_of, asked.filters, shown.coverage, BY_NAME[page].dated)
    given: dict[str, Any] = dict.fromkeys(query.params)
    given |= {name: each.default for name, each in choices.parameters(query).items()}
    given |= f.params() | actions.parameters(as_of) | growth_limits.in_force(store)
    given |= {"accepted": actions.accepted(), "entered": targets.entered_as_json(store)}
    said = qualification.in_force(store)
    given["weights"] = json.dumps([{"segment": segment, **each} for segment, each in said.items()])
    if asked.metric == "customers.holdout":
        given |= holdout.held(store)
    given |= {"page_start": 0, "page_rows": 500} | asked.parameters
    return access.query(who.scope, asked.metric, {name: given[name] for name in query.params}, within=shown).rows()


def as_told(value: Any) -> Any:
    """A value of the page as JSON has it: amounts to the cent."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value
