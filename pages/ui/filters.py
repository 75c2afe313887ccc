"""Filters: widgets whose state lives in the URL, read as one frozen value."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from analytics import periods
from pages.ui import labels
from pages.ui.source import fetch, snapshot
from pages.ui.words import text

PERIODS = ("month", "quarter", "year", "twelve_months")
COMPARISONS = ("last_year", "previous")


@dataclass(frozen=True)
class Filters:
    """What a page is narrowed to; None means all."""

    window: periods.Window
    segment: str | None = None
    owner: str | None = None
    category: str | None = None
    catalog: str | None = None
    team: str | None = None

    def params(self) -> dict[str, Any]:
        """Query parameters."""
        narrowed = {name: getattr(self, name) for name in ("segment", "owner", "category", "catalog", "team")}
        return self.window.params() | narrowed


def bar(*names: str) -> Filters:
    """Shows the named filters in one row and returns what is chosen."""
    chosen = {}
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        for name in names:
            chosen[name] = _WIDGETS[name]()
    as_of = dt.date.fromisoformat(snapshot().as_of)
    window = periods.window(as_of, chosen.pop("period", "twelve_months"), chosen.pop("compare", "last_year"))
    return Filters(window, **chosen)


def drill(name: str) -> str | None:
    """What was drilled into, such as the customer whose page is asked for."""
    return st.query_params.get(name)


def go(**places: str | None) -> None:
    """Opens a place (`customer="C17"`) or leaves it (`customer=None`), keeping the filters."""
    for name, place in places.items():
        if place is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = place


def back(label: str, *places: str) -> None:
    """A way back: leaves the places and keeps the filters."""
    if st.button(label, icon=":material/arrow_back:", type="tertiary", key="back-" + places[0]):
        go(**dict.fromkeys(places))
        st.rerun()


def _period() -> str:
    return st.segmented_control(
        text("Period"),
        PERIODS,
        default="twelve_months",
        required=True,
        format_func=labels.code,
        key="period",
        bind="query-params",
    )


def _compare() -> str:
    return st.segmented_control(
        text("Compare with"),
        COMPARISONS,
        default="last_year",
        required=True,
        format_func=labels.code,
        key="compare",
        bind="query-params",
    )


def _choice(key: str, label: str, everything: str, query: str) -> Callable[[], str | None]:
    def widget() -> str | None:
        rows = fetch(query).rows()
        names = {row["value"]: row.get("label") or labels.code(row["value"]) for row in rows}
        return st.selectbox(
            text(label), list(names), index=None, format_func=lambda v: names.get(v, v), key=key,
            placeholder=text(everything), width=170, bind="query-params",
        )  # fmt: skip

    return widget


_WIDGETS: dict[str, Callable[[], Any]] = {
    "period": _period,
    "compare": _compare,
    "segment": _choice("segment", labels.N_("Segment"), labels.N_("All segments"), "shared.segments"),
    "owner": _choice("owner", labels.N_("Owner"), labels.N_("All owners"), "shared.owners"),
    "category": _choice("category", labels.N_("Category"), labels.N_("All categories"), "shared.categories"),
    "catalog": _choice("catalog", labels.N_("Catalog"), labels.N_("All catalogs"), "shared.catalog_choices"),
    "team": _choice("team", labels.N_("Team"), labels.N_("All teams"), "shared.teams"),
}
