"""Rows for one person: named queries on their own file, as of one snapshot, whether a page asks, a mail or a tool.

One cache serves all of them, keyed by scope and snapshot, so that nobody sees another's.
"""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

import queries
from data.people import actions, permissions
from data.people.person import Person
from data.warehouse import access
from data.warehouse.access import Result, Snapshot

_CACHED_RESULTS = 2_000


class Parameters(Protocol):
    """Anything that can be said in query parameters, such as filters."""

    def params(self) -> dict[str, Any]:
        """Values by the names queries declare."""
        ...


class Fetch(Protocol):
    """Gives the rows of a named query ("customers.silent"), under filters and with further parameters."""

    def __call__(self, name: str, filters: Parameters | None = None, **more: Any) -> Result:
        """The rows. Raises what `data.warehouse.access.query` does."""
        ...


def reading(who: Person, shown: Snapshot) -> Fetch:
    """What somebody may read of these data. Raises AccessDenied for a query of a page that is not theirs."""

    def asked(name: str, filters: Parameters | None = None, **more: Any) -> Result:
        permissions.require(who, "read", name)
        given = standing(shown, name, {**(filters.params() if filters else {}), **more})
        declared = tuple((param, given[param]) for param in queries.load(name).params if param in given)
        return _fetch(who.scope, shown, name, declared)

    return asked


def standing(shown: Snapshot, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, with the day of the data and what people decided, as the query `name` asks for them.

    So no list, figure or export tells a deal as open that somebody closed here.
    """
    wanted = queries.load(name).params.keys() - params.keys()
    given = dict(params)
    if "as_of" in wanted:
        given["as_of"] = shown.as_of
    if "decided" in wanted:
        given["decided"] = actions.parameters(dt.date.fromisoformat(shown.as_of))["decided"]
    return given


# Results are small and never change, so they are shared as they are.
@lru_cache(maxsize=_CACHED_RESULTS)
def _fetch(scope: str, shown: Snapshot, name: str, params: tuple[tuple[str, Any], ...]) -> Result:
    return access.query(scope, name, dict(params), within=shown)
