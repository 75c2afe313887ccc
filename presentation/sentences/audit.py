"""Rows of the audit in words."""

from collections.abc import Mapping
from typing import Any

import queries
from data.people.store.audit import Entry
from presentation import labels
from presentation.sentences.people import moment
from presentation.words import N_, text

_DETAILS = {
    "rows": N_("rows"),
    "format": N_("format"),
    "role": N_("role"),
    "roles": N_("roles"),
    "action": N_("action"),
    "why": N_("why"),
    "how": N_("how"),
    "device": N_("device"),
    "until": N_("until"),
}


def row(entry: Entry, names: Mapping[str, str]) -> dict[str, str]:
    """A row by its headings, as plain text; `names` are those of people by their keys, and of roles by their codes."""
    return {
        text("When, UTC"): moment(entry.at),
        text("Who"): _who(entry),
        text("What was done"): labels.code(entry.did),
        text("About"): names.get(entry.about) or _about(entry.about),
        text("Detail"): ", ".join(f"{_detail(key)}: {_value(value, names)}" for key, value in entry.detail.items()),
        text("Address"): entry.address,
    }


def _who(entry: Entry) -> str:
    return labels.code(entry.by.name) if entry.by else text("nobody known")


def _about(about: str) -> str:
    """What it was about: a list by its title, anything else as it stands."""
    folder = about.partition(".")[0]
    if folder in queries.page_folders() and about in queries.names(folder):
        return text(queries.load(about).title)
    return about


def _detail(key: str) -> str:
    if key in _DETAILS:
        return text(_DETAILS[key])
    return labels.column(key) if labels.is_named(key) else key.replace("_", " ")


def _value(value: Any, names: Mapping[str, str]) -> str:
    """A value of a detail: what it was and is, several roles, a code in words, or as it stands."""
    if isinstance(value, list):
        return " → ".join(_value(each, names) for each in value)
    if isinstance(value, str):
        return " + ".join(names.get(part) or labels.code(part) for part in value.split("+"))
    return labels.NOTHING if value is None else str(value)
