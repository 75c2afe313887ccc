"""Rows for pages: those of whoever is looking, over the one snapshot that a run of the page shows."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import streamlit as st

from data.errors import AccessDenied
from data.people import permissions
from data.people.actions import File
from data.people.permissions import Action
from data.people.person import Person
from data.warehouse import access, own_file
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import Fetch, Parameters, reading
from pages.ui import looking
from presentation.filters import Filters
from presentation.words import N_


def begin() -> None:
    """Settles which snapshot this run of the page shows, so that all its numbers are of one."""
    st.session_state["snapshot"] = access.snapshot()


def fetch(name: str, filters: Parameters | None = None, **more: Any) -> Result:
    """Rows of the query `name` ("customers.silent") for whoever is looking, under these filters."""
    return fetching()(name, filters, **more)


def fetching() -> Fetch:
    """`fetch` for whoever is looking now, over the data shown now; it also works after the run of the page is over."""
    return reading(person(), snapshot())


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
