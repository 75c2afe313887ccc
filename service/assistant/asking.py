"""One call of a tool: whose it is, of which data, and what was read for it, so that the audit can tell."""

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import queries
from data.errors import BadInput, QueryStopped
from data.people import actions, growth_limits, holdout, targets, weights
from data.people.actions import File
from data.people.person import Person
from data.people.store import Store
from data.warehouse import own_file
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import Parameters, reading
from presentation import needs
from presentation.filters import Filters, parse
from presentation.pages import BY_NAME
from service.assistant.callers import Caller

SECONDS = 30.0  # that a call may take


@dataclass
class Asking:
    """A call under way; `at` is the address of our server, for links. `read` are the queries that were asked so far."""

    caller: Caller
    store: Store
    shown: Snapshot
    at: str
    read: list[str] = field(default_factory=list)
    rows: int = 0
    about: dict[str, str] = field(default_factory=dict)
    _until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    @property
    def person(self) -> Person:
        """In whose name."""
        return self.caller.person

    @property
    def as_of(self) -> dt.date:
        """The day of the data."""
        return dt.date.fromisoformat(self.shown.as_of)

    def file(self) -> File:
        """The own file, in which alerts are looked up before anything is written."""
        return own_file.of(self.person.scope, self.shown)

    def fetch(self, name: str, filters: Parameters | None = None, **more: Any) -> Result:
        """The rows of a query for whom it is asked, with what people decided. Raises as `reading`, QueryStopped."""
        if time.monotonic() > self._until:
            raise QueryStopped(
                f"The answer took longer than {SECONDS:g} seconds.",
                "It covers more data than this server reads in that time.",
                "Ask for a shorter period or one segment.",
            )
        query = queries.load(name)
        given = {param: value for param, value in self._of_store(query.params).items() if param not in more}
        found = reading(self.person, self.shown)(name, filters, **given, **more)
        self.read.append(name)
        return found

    def filters(self, page: str, codes: Mapping[str, str | None]) -> Filters:
        """Filters as that page has them. Raises BadInput."""
        return parse(self.as_of, codes, self.shown.coverage, BY_NAME[page].dated if page in BY_NAME else "orders")

    def require_loaded(self, query: queries.Query) -> None:
        """Raises BadInput where what a query needs was not loaded."""
        if missing := needs.of_query(query, self.shown):
            raise BadInput("Not loaded, so nothing is said of it.", "", needs.to_load(missing))

    def _of_store(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        """What a query takes from the store, as the pages give it."""
        given: dict[str, Any] = {}
        if "taught" in wanted:
            given = dict(actions.parameters(self.as_of))
        elif "least_chance" in wanted:
            given = dict(growth_limits.in_force(self.store))
        if "held_share" in wanted and "since" in wanted:
            given |= holdout.held(self.store)
        if "accepted" in wanted:
            given["accepted"] = actions.accepted()
        if "entered" in wanted:
            given["entered"] = targets.entered_as_json(self.store)
        if "weights" in wanted:
            given["weights"] = weights.as_json(weights.in_force(self.store))
        return {name: value for name, value in given.items() if name in wanted}
