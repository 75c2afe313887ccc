"""Rows for pages: one fetch and one cache, keyed by scope and snapshot so that nobody sees another's."""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import streamlit as st

import queries
from data.warehouse import access
from data.warehouse.access import Result, Snapshot, Viewer
from presentation.fetch import Fetch, Parameters

_CACHED_RESULTS = 2_000


def begin() -> None:
    """Settles which snapshot this run of the page shows, so that all its numbers are of one."""
    st.session_state["snapshot"] = access.snapshot()


def fetch(name: str, filters: Parameters | None = None, **more: Any) -> Result:
    """Rows of the query `name` ("customers.late") for whoever is looking, under these filters."""
    return fetching()(name, filters, **more)


def fetching() -> Fetch:
    """`fetch` for whoever is looking now, over the data shown now; it also works after the run of the page is over."""
    who, shown = viewer(), snapshot()

    def asked(name: str, filters: Parameters | None = None, **more: Any) -> Result:
        given = {**(filters.params() if filters else {}), **more}
        declared = tuple((param, given[param]) for param in queries.load(name).params if param in given)
        return _fetch(who.scope, shown, name, declared, who)

    return asked


# DuckDB lets go of the interpreter while it works, so short queries side by side take half the time.
_AT_ONCE = ThreadPoolExecutor(4, "query")


def fetch_all(filters: Parameters | None, *names: str, **more: Any) -> list[Result]:
    """`fetch` of several queries at once; what they declare of `more` goes to each."""
    asked = fetching()
    return list(_AT_ONCE.map(lambda name: asked(name, filters, **more), names))


# Results are small and never change, so they are shared as they are; Streamlit's caches would hash and copy them.
@lru_cache(maxsize=_CACHED_RESULTS)
def _fetch(scope: str, shown: Snapshot, name: str, params: tuple[tuple[str, Any], ...], viewer: Viewer) -> Result:  # noqa: ARG001 - scope is part of the cache's key
    return access.query(viewer, name, dict(params), within=shown)


def viewer() -> Viewer:
    """Who is looking."""
    return st.session_state["viewer"]


def snapshot() -> Snapshot:
    """The data that are shown."""
    return st.session_state["snapshot"]
