"""Names of columns, codes and choices in the reader's language, one module a subject; months are named by Babel."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from babel.dates import format_date, get_month_names

from presentation import words
from presentation.labels import (
    catalogs,
    customers,
    delivery,
    loading,
    negotiations,
    people,
    reconciliation,
    shared,
    team,
)
from presentation.words import N_, text

_SUBJECTS = (shared, customers, catalogs, negotiations, team, loading, reconciliation, people, delivery)
COLUMNS = {name: message for subject in _SUBJECTS for name, message in subject.COLUMNS.items()}
CODES = {name: message for subject in _SUBJECTS for name, message in subject.CODES.items()}
NOTHING = "–"
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_BEFORE = re.compile(r"before_(\d{4})-(0[1-9]|1[0-2])")  # a month from which on something is known
_TARGETS = tuple(f"target_{month:02}" for month in range(1, 13))


def is_named(column: str) -> bool:
    """Whether a column has a name on screen; ids, for one, have none."""
    return column in COLUMNS or column in _TARGETS


def column(name: str) -> str:
    """Heading of a column. Raises KeyError for a column without a name."""
    return _month(_TARGETS.index(name), words.language()) if name in _TARGETS else text(COLUMNS[name])


def code(value: str | None) -> str:
    """A code of ours in words, anything else as it is, nothing as a dash."""
    return _code(value, words.language()) if value else NOTHING


def codes(values: str | None) -> str:
    """Several codes between commas, in words."""
    return ", ".join(code(each) for each in values.split(",")) if values else NOTHING


def named(codes: Iterable[str]) -> dict[str, str]:
    """Words by code."""
    return {each: code(each) for each in codes}


def find(name: str, names: Mapping[str, str]) -> str | None:
    """Which of the codes `names` is meant by a code, by its words in any language, or by its name in `names`."""
    if name in names:
        return name
    by_words = {_code(each, language): each for language in words.LANGUAGES for each in names}
    return (by_words | {said: each for each, said in names.items()}).get(name)


def _code(value: str, language: str) -> str:
    if before := _BEFORE.fullmatch(value):
        month = format_date(dt.date(int(before[1]), int(before[2]), 1), "LLLL y", locale=language)
        return words.text_in(language, N_("Before {month}, or not known")).format(month=month)
    if value in _MONTHS:
        return _month(_MONTHS.index(value), language)
    return words.text_in(language, CODES[value]) if value in CODES else value


def _month(index: int, language: str) -> str:
    name = str(get_month_names("wide", "stand-alone", locale=language)[index + 1])
    return name[:1].upper() + name[1:]
