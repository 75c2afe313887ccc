"""Where pages get their rows: one fetch, one cache, keyed by scope and snapshot so that nobody sees another's."""

from typing import Any, Protocol

import streamlit as st

import queries
from data import access
from data.access import Result, Snapshot, Viewer

_CACHED_RESULTS = 4_000


class Parameters(Protocol):
    """Anything that can be said in query parameters, such as the filters of a page."""

    def params(self) -> dict[str, Any]: ...


def fetch(name: str, filters: Parameters | None = None, **more: Any) -> Result:
    """Rows of the query `name` ("customers.late") for whoever is looking, under these filters."""
    given = {**(filters.params() if filters else {}), **more}
    declared = tuple((param, given[param]) for param in queries.load(name).params if param in given)
    who = viewer()
    return _fetch(who.scope, access.snapshot(), name, declared, who)


@st.cache_resource(max_entries=_CACHED_RESULTS, show_spinner=False)
def _fetch(scope: str, snapshot: Snapshot, name: str, params: tuple[tuple[str, Any], ...], _viewer: Viewer) -> Result:
    return access.query(_viewer, name, dict(params))


def viewer() -> Viewer:
    """Who is looking."""
    return st.session_state["viewer"]


def snapshot() -> Snapshot:
    """The data that are shown."""
    return access.snapshot()
