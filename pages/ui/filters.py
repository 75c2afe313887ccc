"""The widgets of filters, whose choices stand in the address of the page."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import links
from pages.ui.source import fetch, snapshot
from presentation import labels
from presentation.filters import COMPARISONS, DEFAULTS, PERIODS, Filters, parse
from presentation.words import N_, text

BODY = "body"  # what a filter narrows; the rest of the page stays as it is
_EARLIEST = dt.date(2000, 1, 1)


def bar(names: Sequence[str]) -> DeltaGenerator:
    """Shows the named filters in one row, and gives the row."""
    row = st.container(horizontal=True, vertical_alignment="center", key="filters")
    with row:
        for name in names:
            _WIDGETS[name]()
    return row


def current(names: Sequence[str], dated: str) -> Filters:
    """What is chosen in the filters of `bar`, over the days for which the input table `dated` was loaded."""
    shown, codes = snapshot(), {name: st.session_state[name] for name in names}
    return parse(dt.date.fromisoformat(shown.as_of), codes, shown.coverage, dated)


def switch(key: str, label: str, codes: Sequence[str], default: str | None = None) -> str:
    """A choice of what the body shows; unless said otherwise the first of the codes is the default."""
    return _switch(key, label, codes, default=default or codes[0], then=None)()


def day(key: str, label: str, default: dt.date, latest: dt.date) -> dt.date:
    """A choice of day that follows the link; what is no day, or later than the latest, is the default."""
    try:
        asked = dt.date.fromisoformat(st.query_params.get(key, ""))
    except ValueError:
        asked = default
    st.session_state[key] = asked if _EARLIEST <= asked <= latest else default
    return st.date_input(
        label, key=key, min_value=_EARLIEST, max_value=latest, format="YYYY-MM-DD", width=160,
        label_visibility="collapsed", on_change=_write_day, args=(key, default),
    )  # fmt: skip


def _write_day(key: str, default: dt.date) -> None:
    chosen = st.session_state[key]
    links.go(**{key: None if chosen in (None, default) else chosen.isoformat()})


def _body_alone() -> None:
    st.rerun(BODY)


def _switch(
    key: str, label: str, codes: Sequence[str], default: str, then: Callable[[], None] | None = _body_alone
) -> Callable[[], str]:
    def widget() -> str:
        return st.segmented_control(
            text(label),
            codes,
            required=True,
            format_func=labels.code,
            label_visibility="collapsed",
            wrap=True,
            **links.linked(key, labels.named(codes), default=default, then=then),
        )

    return widget


def _choice(key: str, label: str, everything: str, query: str) -> Callable[[], str | None]:
    def widget() -> str | None:
        rows = fetch(query).rows()
        names = {row["value"]: row.get("label") or labels.code(row["value"]) for row in rows}
        return st.selectbox(
            text(label), list(names), index=None, format_func=lambda v: names.get(v, v), placeholder=text(everything),
            width=160, label_visibility="collapsed", **links.linked(key, names, then=_body_alone),
        )  # fmt: skip

    return widget


_WIDGETS: dict[str, Callable[[], Any]] = {
    "period": _switch("period", N_("Period"), PERIODS, default=DEFAULTS["period"]),
    "compare": _switch("compare", N_("Compare with"), COMPARISONS, default=DEFAULTS["compare"]),
    "segment": _choice("segment", N_("Segment"), N_("All segments"), "shared.segments"),
    "owner": _choice("owner", N_("Owner"), N_("All owners"), "shared.owners"),
    "category": _choice("category", N_("Category"), N_("All categories"), "shared.categories"),
    "catalog": _choice("catalog", N_("Catalog"), N_("All catalogs"), "shared.catalog_choices"),
    "team": _choice("team", N_("Team"), N_("All teams"), "shared.teams"),
}
