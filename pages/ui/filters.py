"""Filters: widgets whose state lives in the URL, read as one frozen value."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from analytics import periods
from pages.ui import format, labels, words
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
    with st.container(horizontal=True, vertical_alignment="center", key="filters"):
        for name in names:
            chosen[name] = _WIDGETS[name]()
        as_of = dt.date.fromisoformat(snapshot().as_of)
        window = periods.window(as_of, chosen.pop("period"), chosen.pop("compare"))
    return Filters(window, **chosen)


def drill(name: str) -> str | None:
    """What was drilled into, such as the customer whose page is asked for."""
    return st.query_params.get(name)


def understand(key: str, names: Mapping[str, str]) -> None:
    """Lets a link name a choice by its code, or by its words in another language.

    A bound widget reads and writes the words it shows; `names` gives them for each code.
    """
    asked = st.query_params.get(key)
    if asked is None or asked in names.values():
        return
    by_words = {
        words.text_in(language, message): code for language in words.LANGUAGES for code, message in labels.CODES.items()
    }
    code = asked if asked in names else by_words.get(asked)
    if code is not None and code in names:
        st.query_params[key] = names[code]
        st.session_state[key] = code


def go(**places: str | None) -> None:
    """Opens a place (`customer="C17"`) or leaves it (`customer=None`), keeping the filters."""
    for name, place in places.items():
        if place is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = place


def compared(chosen: Filters) -> str:
    """Which days are compared with which; an open month is compared up to the same working day, and says so."""
    window = chosen.window
    now, base = format.span(window.date_from, window.date_to), format.span(window.base_from, window.base_to)
    if window.elapsed_working_days is None:
        return text("{now} against {base}", now=now, base=base)
    return text("{now} against {base}, to working day {day}", now=now, base=base, day=window.elapsed_working_days)


def back(label: str, *places: str) -> None:
    """A way back: leaves the places and keeps the filters."""
    if st.button(label, icon=":material/arrow_back:", type="tertiary", key="back-" + places[0]):
        go(**dict.fromkeys(places))
        st.rerun()


def _codes(key: str, codes: Sequence[str]) -> Sequence[str]:
    understand(key, {code: labels.code(code) for code in codes})
    return codes


def _period() -> str:
    return st.segmented_control(
        text("Period"),
        _codes("period", PERIODS),
        default="twelve_months",
        required=True,
        format_func=labels.code,
        key="period",
        bind="query-params",
        label_visibility="collapsed",
    )


def _compare() -> str:
    return st.segmented_control(
        text("Compare with"),
        _codes("compare", COMPARISONS),
        default="last_year",
        required=True,
        format_func=labels.code,
        key="compare",
        bind="query-params",
        label_visibility="collapsed",
    )


def _choice(key: str, label: str, everything: str, query: str) -> Callable[[], str | None]:
    def widget() -> str | None:
        rows = fetch(query).rows()
        names = {row["value"]: row.get("label") or labels.code(row["value"]) for row in rows}
        understand(key, names)
        return st.selectbox(
            text(label), list(names), index=None, format_func=lambda v: names.get(v, v), key=key,
            placeholder=text(everything), width=165, bind="query-params", label_visibility="collapsed",
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
