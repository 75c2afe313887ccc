"""Where pages get their rows: one fetch, one cache, keyed by scope and snapshot so that nobody sees another's."""

from functools import lru_cache
from typing import Any, Protocol

import streamlit as st

import queries
from data import access
from data.access import Result, Snapshot, Viewer

_CACHED_RESULTS = 2_000


class Parameters(Protocol):
    """Anything that can be said in query parameters, such as the filters of a page."""

    def params(self) -> dict[str, Any]: ...


def begin() -> None:
    """Settles which snapshot this run of the page shows, so that all its numbers are of one."""
    st.session_state["snapshot"] = access.snapshot()


def fetch(name: str, filters: Parameters | None = None, **more: Any) -> Result:
    """Rows of the query `name` ("customers.late") for whoever is looking, under these filters."""
    given = {**(filters.params() if filters else {}), **more}
    declared = tuple((param, given[param]) for param in queries.load(name).params if param in given)
    who = viewer()
    return _fetch(who.scope, snapshot(), name, declared, who)


# Results are small and never change, so they are shared as they are; Streamlit's caches would hash and copy them.
@lru_cache(maxsize=_CACHED_RESULTS)
def _fetch(scope: str, shown: Snapshot, name: str, params: tuple[tuple[str, Any], ...], viewer: Viewer) -> Result:
    return access.query(viewer, name, dict(params), within=shown)


def viewer() -> Viewer:
    """Who is looking."""
    return st.session_state["viewer"]


def snapshot() -> Snapshot:
    """The data that are shown."""
    return st.session_state["snapshot"]
