"""Rows for pages: one fetch and one cache, keyed by scope and snapshot so that nobody sees another's."""

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import streamlit as st

import queries
from data.errors import AccessDenied
from data.people import actions, permissions
from data.people.actions import File
from data.people.permissions import Action
from data.people.person import Person
from data.warehouse import access, own_file
from data.warehouse.access import Result, Snapshot
from pages.ui import looking
from presentation.fetch import Fetch, Parameters
from presentation.filters import Filters
from presentation.words import N_

_CACHED_RESULTS = 2_000


def begin() -> None:
    """Settles which snapshot this run of the page shows, so that all its numbers are of one."""
    st.session_state["snapshot"] = access.snapshot()


def fetch(name: str, filters: Parameters | None = None, **more: Any) -> Result:
    """Rows of the query `name` ("customers.silent") for whoever is looking, under these filters."""
    return fetching()(name, filters, **more)


def fetching() -> Fetch:
    """`fetch` for whoever is looking now, over the data shown now; it also works after the run of the page is over."""
    who, shown = person(), snapshot()

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


# DuckDB lets go of the interpreter while it works, so short queries side by side take half the time.
_AT_ONCE = ThreadPoolExecutor(4, "query")


def fetch_all(filters: Parameters | None, *names: str, **more: Any) -> list[Result]:
    """`fetch` of several queries at once; what they declare of `more` goes to each."""
    asked = fetching()
    return list(_AT_ONCE.map(lambda name: asked(name, filters, **more), names))


def fetch_compared(name: str, filters: Filters, **more: Any) -> Result | None:
    """The same figures over the days that can be compared, where these are not the whole period but some of it."""
    shared = None if filters.is_compared else filters.comparable
    return fetch(name, shared, **more) if shared else None


# Results are small and never change, so they are shared as they are; Streamlit's caches would hash and copy them.
@lru_cache(maxsize=_CACHED_RESULTS)
def _fetch(scope: str, shown: Snapshot, name: str, params: tuple[tuple[str, Any], ...]) -> Result:
    return access.query(scope, name, dict(params), within=shown)


def person() -> Person:
    """Who is looking. Raises AccessDenied where what they may do was changed since the page was drawn."""
    if looking.has_changed():
        raise AccessDenied(
            N_("What you may do was changed just now."), "", N_("Reload the page; what is not on it is not for you.")
        )
    who: Person = st.session_state["person"]
    return who


def may(action: Action, thing: str | None = None) -> bool:
    """Whether whoever is looking may do that (data/people/permissions.py)."""
    return permissions.allowed(person(), action, thing)


def file() -> File:
    """What whoever is looking has before them, in which alerts are looked up before anything is written."""
    return own_file.of(person().scope, snapshot())


def snapshot() -> Snapshot:
    """The data that are shown."""
    return st.session_state["snapshot"]
