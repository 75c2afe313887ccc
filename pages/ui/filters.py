"""Filters: widgets whose state lives in the URL, read as one frozen value."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.source import fetch, snapshot
from presentation import labels
from presentation.filters import COMPARISONS, DEFAULTS, PERIODS, Filters, parse
from presentation.words import N_, text

BODY = "body"  # what a filter narrows; the rest of the page stays as it is
_EARLIEST = dt.date(2000, 1, 1)
_CARRIED = ("view_as", "language", "period", "compare", "segment", "owner", "category", "catalog", "team")


def bar(names: Sequence[str]) -> DeltaGenerator:
    """Shows the named filters in one row, and gives the row."""
    row = st.container(horizontal=True, vertical_alignment="center", key="filters")
    with row:
        for name in names:
            _WIDGETS[name]()
    return row


def chosen(names: Sequence[str]) -> Filters:
    """What is chosen in the filters of `bar`."""
    return parse(dt.date.fromisoformat(snapshot().as_of), {name: st.session_state[name] for name in names})


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
    go(**{key: None if chosen in (None, default) else chosen.isoformat()})


def drill(name: str) -> str | None:
    """What was drilled into, such as the customer whose page is asked for."""
    return st.query_params.get(name)


def linked(
    key: str, names: Mapping[str, str] | None = None, default: str | None = None, then: Callable[..., Any] | None = None
) -> dict[str, Any]:
    """Arguments that make a widget follow the link: it shows what the link says, and a choice goes into the link.

    The link holds codes; it may also name a choice by its words in any language, such as the `names` of the codes.
    Without `names` it holds any text. The default is not written. `then` runs after a choice is written.
    """
    asked = st.query_params.get(key)
    said = asked if names is None or asked is None else labels.find(asked, names)
    said = default if said is None else said
    if names is not None or st.session_state.get(key) != said:  # what is being typed must not be overwritten
        st.session_state[key] = said
    return {"key": key, "on_change": _write_link, "args": (key, default, then)}


def _write_link(key: str, default: str | None, then: Callable[[], None] | None) -> None:
    value = st.session_state[key]
    go(**{key: None if value == default or not value else value})
    if then:
        then()


def told(key: str, codes: Sequence[str]) -> str | None:
    """Which of the codes the link names, by code or words."""
    asked = st.query_params.get(key)
    return None if asked is None else labels.find(asked, labels.named(codes))


def told_many(key: str, codes: Sequence[str], default: Sequence[str]) -> list[str]:
    """Which of the codes the link names, parted by commas, in their own order; without any, the default."""
    asked = (st.query_params.get(key) or "").split(",")
    return [code for code in codes if code in asked] or [code for code in codes if code in default]


def linked_many(key: str, codes: Sequence[str], default: Sequence[str]) -> dict[str, Any]:
    """As `linked`, for a widget of several choices."""
    st.session_state[key] = told_many(key, codes, default)
    return {"key": key, "on_change": _write_link_of_many, "args": (key, codes, default)}


def _write_link_of_many(key: str, codes: Sequence[str], default: Sequence[str]) -> None:
    chosen = [code for code in codes if code in st.session_state[key]]
    go(**{key: None if {*chosen} == {*default} else ",".join(chosen) or None})


def _body_alone() -> None:
    st.rerun(BODY)


def carried() -> dict[str, str]:
    """What a link to another page takes along: who looks, the language and the filters."""
    return {key: value for key, value in st.query_params.items() if key in _CARRIED}


def go(**places: str | None) -> None:
    """Opens a place (`customer="C17"`) or leaves it (`customer=None`), keeping the filters."""
    kept = {name: place for name, place in st.query_params.to_dict().items() if name not in places}
    opened = {name: place for name, place in places.items() if place is not None}
    st.query_params.from_dict(kept | opened)  # at once, so that it is one step of the browser's history


def clicked(key: str, opened: Mapping[str, str | None]) -> None:
    """Notes, in a widget's callback, which places a click in it leads to."""
    st.session_state[f"{key}-clicked"] = dict(opened)


def follow(key: str, page: str = "") -> None:
    """Goes where a click in the widget `key` leads, once; on this page, or on the one named by `page`."""
    opened = st.session_state.pop(f"{key}-clicked", None)
    if opened is None:
        return
    if page:
        known = {place: value for place, value in opened.items() if value is not None}
        st.switch_page(f"pages/{page}.py", query_params=carried() | known)
    go(**opened)
    st.rerun()


def back(label: str, *places: str) -> None:
    """A way back: leaves the places and keeps the filters."""
    if st.button(label, icon=":material/arrow_back:", type="tertiary", key="back-" + places[0]):
        go(**dict.fromkeys(places))
        st.rerun()


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
            **linked(key, labels.named(codes), default=default, then=then),
        )

    return widget


def _choice(key: str, label: str, everything: str, query: str) -> Callable[[], str | None]:
    def widget() -> str | None:
        rows = fetch(query).rows()
        names = {row["value"]: row.get("label") or labels.code(row["value"]) for row in rows}
        return st.selectbox(
            text(label), list(names), index=None, format_func=lambda v: names.get(v, v), placeholder=text(everything),
            width=160, label_visibility="collapsed", **linked(key, names, then=_body_alone),
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
