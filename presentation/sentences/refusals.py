"""Why rows are refused and what a load changes, in words: tables and columns as people call them."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from presentation import format
from presentation.sentences import inputs
from presentation.words import N_, plural, text

# What a load says of a value, behind the name of its column. `table` is an input table, all else is as it was said.
_REASONS = {
    r"is missing": N_("is missing"),
    r"is missing: its SQL has no value": N_("is missing: its SQL has no value"),
    r"is not a number": N_("is not a number"),
    r"is not a whole number": N_("is not a whole number"),
    r"is too large": N_("is too large"),
    r"is below (?P<bound>\S+)": N_("is below {bound}"),
    r"is above (?P<bound>\S+)": N_("is above {bound}"),
    r"is not a date": N_("is not a date"),
    r"stands for no day": N_("stands for no day"),
    r"is no day of the calendar(?: or not in the order (?P<order>\w+))?": N_("is no day of the calendar"),
    r"carries a time zone other than UTC": N_("carries a time zone other than UTC"),
    r"has a year of two digits": N_("has a year of two digits"),
    r"is an impossible year": N_("is an impossible year"),
    r"lies in the future": N_("lies in the future"),
    r"holds a NUL character": N_("holds a NUL character"),
    r"is no ISO 4217 currency": N_("is no ISO 4217 currency"),
    r"has no exchange rate on .+ or in the (?P<days>\d+) days before": N_(
        "has no exchange rate on its day or in the {days} days before"
    ),
    r"is none of (?P<allowed>.+)": N_("is none of {allowed}"),
    r"is in no row of (?P<table>\w+)": N_("is in no row of {table}"),
    r"is a row of (?P<table>\w+) that is quarantined": N_("is a row of {table} that is quarantined"),
    r"repeats another row exactly": N_("repeats another row exactly"),
    r"repeats another row with other values": N_("repeats another row with other values"),
    r"repeats (?P<row>.+ line \d+) exactly": N_("repeats {row} exactly"),
    r"repeats (?P<row>.+ line \d+) with other values": N_("repeats {row} with other values"),
    r"repeats a row that is loaded": N_("repeats a row that is loaded"),
}
_SAID = re.compile(
    r"(?P<columns>[a-z_]+(?:(?:, | or )[a-z_]+)*)(?P<value> '.*'| [A-Z]{3})? (?P<why>[a-z].*)", re.DOTALL
)
_MOST_NAMED = 3


def why(table: str, reason: str) -> str:
    """A reason, or several of them, in words; what is not known is shown as the load said it."""
    return "; ".join(_one(table, each) for each in re.split(r"; (?=[a-z_]+(?:, | or | ))", reason))


def _one(table: str, reason: str) -> str:
    said = _SAID.fullmatch(reason)
    if not said:
        return reason
    for pattern, words in _REASONS.items():
        if found := re.fullmatch(pattern, said["why"], re.DOTALL):
            given = {key: inputs.table(value) if key == "table" else value for key, value in found.groupdict().items()}
            columns = re.sub(r"\w+", lambda each: inputs.column(table, each[0]), said["columns"].replace(" or ", " / "))
            return text("{column}: {why}", column=columns + (said["value"] or ""), why=text(words, **given))
    return reason


def changes(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """What people should know of changes to tables before they are published."""
    found = []
    for change in told:
        table = inputs.table(change["table"])
        for key, words in _CHANGES.items():
            found += [
                text(words, table=table, earlier=_earlier(each), rows=_rows(each["rows"])) for each in change[key]
            ]
        if change["stale"]:
            found.append(text(_STALE, table=table, rows=_rows(change["stale"])))
    return found


_CHANGES = {
    "contradicts": N_("{table}: differ from what {earlier} said, and replace it: {rows}."),
    "takes_back": N_("{table}: go, from {earlier}: {rows}."),
    "left_out": N_("{table}: are left out now though {earlier} held them, and stay all the same: {rows}."),
}
_STALE = N_("{table}: stay as they were, for what is said of them now is quarantined: {rows}.")


def _rows(count: int) -> str:
    return plural("{count} row", "{count} rows", count)


def _earlier(earlier: Mapping[str, Any]) -> str:
    """Which loads: their files, and their days."""
    named = ", ".join(earlier["sources"][:_MOST_NAMED]) or text("what was loaded before")
    if more := len(earlier["sources"][_MOST_NAMED:]):
        named = text("{files} and {count} more", files=named, count=more)
    days = [format.value(dt.date.fromisoformat(day), "date") for day in earlier["days"]]
    return f"{named} ({' – '.join(days)})" if days else named
