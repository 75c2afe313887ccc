"""The address of what is shown: widgets that follow it, places it opens, and the way back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from data.settings import current
from presentation import labels

_CARRIED = ("view_as", "language", "period", "compare", "segment", "owner", "category", "catalog", "team")


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
    said = st.query_params.get(key) if names is None else named(key, names)
    said = default if said is None else said
    if names is not None or st.session_state.get(key) != said:  # what is being typed must not be overwritten
        st.session_state[key] = said
    return {"key": key, "on_change": _write_link, "args": (key, default, then)}


def _write_link(key: str, default: str | None, then: Callable[[], None] | None) -> None:
    value = st.session_state[key]
    go(**{key: None if value == default or not value else value})
    if then:
        then()


def named(key: str, names: Mapping[str, str]) -> str | None:
    """Which of the codes `names` the link names, by code or words."""
    asked = st.query_params.get(key)
    return None if asked is None else labels.find(asked, names)


def named_many(key: str, codes: Sequence[str], default: Sequence[str]) -> list[str]:
    """Which of the codes the link names, parted by commas, in their own order; without any, the default."""
    asked = (st.query_params.get(key) or "").split(",")
    return [code for code in codes if code in asked] or [code for code in codes if code in default]


def linked_many(key: str, codes: Sequence[str], default: Sequence[str]) -> dict[str, Any]:
    """As `linked`, for a widget of several choices."""
    st.session_state[key] = named_many(key, codes, default)
    return {"key": key, "on_change": _write_link_of_many, "args": (key, codes, default)}


def _write_link_of_many(key: str, codes: Sequence[str], default: Sequence[str]) -> None:
    chosen = [code for code in codes if code in st.session_state[key]]
    go(**{key: None if {*chosen} == {*default} else ",".join(chosen) or None})


def carried() -> dict[str, str]:
    """What a link to another page takes along: who looks, the language and the filters."""
    return {key: value for key, value in st.query_params.items() if key in _CARRIED}


def server() -> str:
    """Where this server answers, as it is set up or as whoever looks has come to it."""
    here = urlsplit(str(st.context.url or ""))
    return current().url or f"{here.scheme}://{here.netloc}"


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
