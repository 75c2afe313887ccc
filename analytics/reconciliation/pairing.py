"""Which invoice of finance is which document of ours: by number, then by number as people write it, then by content."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from analytics.reconciliation.parts import Document, Entry, Refused, is_copy, plain_id

_T = TypeVar("_T")


@dataclass
class Case:
    """One invoice on both sides, or on one: `entries` are finance's rows of it.

    `copy_of` is the number of the invoice that it doubles, `is_marked` where its own number says so; it may be another
    one that looks the same. `is_renamed` where the numbers of both sides differ.
    """

    document: Document | None = None
    refused: Refused | None = None
    entries: list[Entry] = field(default_factory=list)
    copy_of: str = ""
    is_marked: bool = False
    is_renamed: bool = False

    @property
    def is_matched(self) -> bool:
        """Whether both sides have it; what we refused is not ours."""
        return self.document is not None and bool(self.entries)


def pair(ours: Iterable[Document], refused: Iterable[Refused], theirs: Iterable[Entry]) -> list[Case]:
    """Every document, entry and refused order in exactly one case."""
    cases = {each.id: Case(each) for each in ours}
    for rows in refused:
        cases.setdefault(rows.id, Case()).refused = rows
    by_plain = _unique(cases, plain_id)
    strangers: dict[str, Case] = {}
    nameless: list[Case] = []
    for entry in theirs:
        number = (entry.id or "").strip()
        known = cases.get(number) or cases.get(by_plain.get(plain_id(number), ""))
        if known is None:
            known = strangers.setdefault(number, Case()) if number else Case()
            nameless += [] if number else [known]
        known.entries.append(entry)
    found = [*cases.values(), *strangers.values(), *nameless]
    _copies(found)
    _by_content(found)
    _copies_by_content(found)
    return [case for case in found if case.document or case.entries or case.refused]


def _unique(names: Iterable[str], key: Callable[[str], str]) -> dict[str, str]:
    """Names by a key that only one of them has."""
    by_key: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_key[key(name)].append(name)
    return {each: found[0] for each, found in by_key.items() if each and len(found) == 1}


def _lone(cases: list[Case]) -> tuple[list[Case], list[Case]]:
    """Cases that only we have, and that only finance has."""
    mine = [case for case in cases if case.document and not case.entries and not case.copy_of]
    other = [case for case in cases if case.entries and not case.document and not case.refused and not case.copy_of]
    return mine, other


def _copies(cases: list[Case]) -> None:
    """Marks invoices whose number is that of another with a mark behind it, both sides of one amount."""
    mine, other = _lone(cases)
    documents = {case.document.id: case.document for case in cases if case.document}
    for case in mine:
        if case.document and (first := _first(case.document.id, documents)):
            case.copy_of = first.id if first.amount == case.document.amount else ""
            case.is_marked = bool(case.copy_of)
    listed = {each.id: each for case in cases for each in case.entries if each.id}
    for case in other:
        (entry, *more) = case.entries
        if entry.id and not more and (again := _first(entry.id, listed)):
            case.copy_of = (again.id or "") if again.amount == entry.amount else ""
            case.is_marked = bool(case.copy_of)


def _first(number: str, known: dict[str, _T]) -> _T | None:
    ends = range(len(number) - 1, 0, -1)
    return next((known[number[:end]] for end in ends if number[:end] in known and is_copy(number, number[:end])), None)


def _by_content(cases: list[Case]) -> None:
    """Joins what only one side has where customer and amount, or day and amount, are the same and occur but once."""
    keys: list[Callable[[Decimal, str | None, dt.date | None], Hashable]] = [
        lambda amount, customer, day: (amount, customer, day) if customer and day else None,
        lambda amount, customer, day: (amount, customer) if customer else None,
        lambda amount, _, day: (amount, day) if day else None,
    ]
    for key in keys:
        mine, other = _lone(cases)
        ours, theirs = defaultdict(list), defaultdict(list)
        for case in mine:
            if one := case.document:
                ours[key(one.amount, one.customer_id, one.day)].append(case)
        for case in other:
            entry = case.entries[0]
            theirs[key(sum((each.amount for each in case.entries), Decimal()), entry.customer_id, entry.day)].append(
                case
            )
        for content, (case, *more) in ours.items():
            same = theirs.get(content, [])
            if content is not None and not more and len(same) == 1 and case.document and case.document.amount:
                case.entries, case.is_renamed = same[0].entries, True
                same[0].entries = []


def _copies_by_content(cases: list[Case]) -> None:
    """Marks what only one side has where another invoice of that side has the same customer, day, amount and lines."""
    mine, other = _lone(cases)
    matched = [case for case in cases if case.is_matched]
    documents = {(d.customer_id, d.day, d.amount, d.lines): d.id for d in (case.document for case in matched) if d}
    for case in mine:
        if (one := case.document) and one.customer_id and one.amount:
            case.copy_of = documents.get((one.customer_id, one.day, one.amount, one.lines), "")
    listed = {(e.customer_id, e.day, e.amount): e.id or "" for case in matched for e in case.entries}
    for case in other:
        (entry, *more) = case.entries
        if not more and entry.customer_id and entry.day:
            case.copy_of = listed.get((entry.customer_id, entry.day, entry.amount), "")
