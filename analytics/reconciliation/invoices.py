"""Why each invoice differs: a cause for what one side lacks, then for each amount the fewest causes that add up to it.

An amount of finance is explained as ours, with or without rows in quarantine, with or without return lines, times a
rate of tax, times another exchange rate, up to half a cent a line. A tax holds once several invoices show its rate; of
two explanations the one with fewer causes is taken, then with less rounding. What none explains stays.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from analytics.reconciliation.pairing import Case, pair
from analytics.reconciliation.parts import (
    CAUSES,
    HALF_CENT,
    TAXES,
    ZERO,
    Cause,
    Cell,
    Document,
    Entry,
    Finding,
    Rates,
    Refused,
    cents,
    month_of,
    months_between,
)

_SHOWN, _SHOWN_OF_UNUSUAL = 3, 5  # invoices that must share a rate of tax: one in force somewhere, and any other
_PROBABLE_RATE = Decimal("0.05")  # how far another exchange rate may lie off where nothing else confirms it
_NEAR = Decimal("0.0002")  # how far two readings of one rate lie apart at most


@dataclass(frozen=True)
class Part:
    """One cause's share of the difference of an invoice."""

    cause: Cause
    amount: Decimal
    is_certain: bool = True
    detail: str = ""


@dataclass(frozen=True)
class Explained:
    """The comparison of invoices: `ours` are the documents that count, `findings` name what differs."""

    ours: list[tuple[Cell, Document]]
    theirs: list[tuple[Cell, Entry]]
    findings: list[Finding]
    renamed: int


@dataclass
class _Learned:
    """What several invoices share: rates of tax, rates of exchange by currency and month, and ways to convert."""

    taxes: dict[Decimal, int] = field(default_factory=dict)
    exchange: dict[tuple[str, dt.date], list[Decimal]] = field(default_factory=dict)
    habits: list[str] = field(default_factory=list)
    differing: Counter[str] = field(default_factory=Counter)

    def converts(self, document: Document | None) -> bool:
        """Whether other invoices in a document's currency differ beyond rounding: then little is mere rounding."""
        return document is not None and self.differing[document.currency] > 1


def explain(
    ours: Iterable[Document],
    refused: Iterable[Refused],
    theirs: Iterable[Entry],
    rates: Rates,
    months: Collection[dt.date] = (),
) -> Explained:
    """Findings for every invoice that differs. Without `months`, those count in which both sides have an invoice."""
    cases = pair(ours, refused, theirs)
    span = {*months} or _span(cases)
    counted = [case for case in cases if case.entries or (case.document and month_of(case.document.day) in span)]
    learned = _learn(counted, rates)
    absent = _Absent(counted)
    findings = [finding for case in counted for finding in _findings(case, rates, learned, absent, span)]
    return Explained(
        [(_our_cell(case.document), case.document) for case in counted if case.document and _counts(case, span)],
        [(_cell(case, entry), entry) for case in counted for entry in case.entries],
        findings,
        sum(case.is_renamed for case in counted),
    )


def _span(cases: list[Case]) -> set[dt.date]:
    """The months that finance's file is of: those between the first and last in which an invoice is on both sides."""
    both = [
        case.document.day
        for case in cases
        if case.document
        and case.entries
        and month_of(_day(case.entries[0]) or case.document.day) == month_of(case.document.day)
    ]
    return months_between(both or [day for case in cases for entry in case.entries if (day := _day(entry))])


def _day(entry: Entry) -> dt.date | None:
    return entry.day or entry.month


def _counts(case: Case, span: set[dt.date]) -> bool:
    return case.document is not None and month_of(case.document.day) in span


def _our_cell(document: Document) -> Cell:
    return Cell(month_of(document.day))


def _cell(case: Case, entry: Entry) -> Cell:
    """Where finance counts an invoice: its month, else ours."""
    day = _day(entry) or (case.document.day if case.document else case.refused.day if case.refused else None)
    return Cell(month_of(day) if day else None)


@dataclass
class _Absent:
    """Which kinds of ours finance's file lacks altogether: returns, and sales without a customer."""

    cases: list[Case]

    def __post_init__(self) -> None:
        kept = [case.document for case in self.cases if case.is_matched and case.document]
        self.has_returns = any(one.amount < 0 for one in kept)
        self.has_unknown = any(not one.customer_id for one in kept)

    def cause(self, one: Document) -> Cause:
        """Why finance's file has no such document."""
        kinds: list[tuple[bool, bool, Cause]] = [
            (not one.customer_id, self.has_unknown, "without_customer"),
            (one.amount < 0, self.has_returns, "returned"),
        ]
        of_it = [(is_kept, cause) for is_one, is_kept, cause in kinds if is_one]
        return min(of_it, default=(True, "missing"), key=lambda each: each[0])[1]


def _findings(case: Case, rates: Rates, learned: _Learned, absent: _Absent, span: set[dt.date]) -> Iterator[Finding]:
    document, refused = case.document, case.refused
    if not case.entries:
        if document and case.copy_of:
            cell, sure = _our_cell(document), case.is_marked
            yield Finding("doubled", -document.amount, cell, sure, document=document, detail=case.copy_of)
        elif document:
            yield Finding(absent.cause(document), -document.amount, _our_cell(document), document=document)
        return
    entry, (cell, total) = case.entries[0], _total(case)
    if case.copy_of:
        yield Finding("doubled", total, cell, case.is_marked, entry=entry, detail=case.copy_of)
    elif not document and not refused:
        yield Finding("returned" if total < 0 else "missing", total, cell, entry=entry)
    else:
        if document:
            yield from _moved(document, entry, cell, span)
        for part in _parts(case, rates, learned):
            yield Finding(part.cause, part.amount, cell, part.is_certain, document, entry, refused, part.detail)


def _total(case: Case) -> tuple[Cell, Decimal]:
    return _cell(case, case.entries[0]), sum((entry.amount for entry in case.entries), ZERO)


def _moved(document: Document, entry: Entry, cell: Cell, span: set[dt.date]) -> Iterator[Finding]:
    """What another day does: the amount leaves one month and comes into another, or merely has another day."""
    own = _our_cell(document)
    detail = f"{document.day} {_day(entry)}"
    if own != cell:
        if own.month in span:
            yield Finding("other_day", -document.amount, own, document=document, entry=entry, detail=detail)
        yield Finding("other_day", document.amount, cell, document=document, entry=entry, detail=detail)
    elif entry.day and entry.day != document.day:
        yield Finding("other_day", ZERO, cell, document=document, entry=entry, detail=detail)


# --- one invoice's amount -------------------------------------------------------------------------------------


def _doubled(case: Case, ours: Decimal) -> int:
    """How often finance counts an invoice that it has in several rows of one amount; 1 where they make up one."""
    amounts = {(entry.amount, entry.day) for entry in case.entries}
    if len(case.entries) < 2 or len(amounts) > 1:
        return 1
    one, times = case.entries[0].amount, len(case.entries)
    return times if abs(one - ours) < abs(one * times - ours) else 1


def _bases(document: Document | None, refused: Refused | None) -> list[tuple[Decimal, list[Part]]]:
    """What finance may start from: ours, with rows in quarantine, without return lines; fewest causes first."""
    own = document.amount if document else ZERO
    steps: list[list[Part]] = []
    if refused and refused.amount:
        steps.append([Part("quarantined", refused.amount, detail=refused.where)])
    returned = (document.returned if document else ZERO) + (refused.returned if refused else ZERO)
    if returned:
        is_credit = document is not None and document.amount < 0 and document.amount == document.returned
        steps.append([Part("returned", -2 * own if is_credit else -returned)])
    found = []
    for taken in product((False, True), repeat=len(steps)):
        parts = [part for step, is_taken in zip(steps, taken, strict=True) if is_taken for part in step]
        found.append((sum((part.amount for part in parts), own), parts))
    return sorted(found, key=lambda each: len(each[1]))


def _lines(case: Case) -> int:
    return (case.document.lines if case.document else 0) + (case.refused.rows if case.refused else 0)


def _slack(case: Case, factor: Decimal = Decimal(1)) -> Decimal:
    """How far rounding leads apart at most: of each line and of the whole, before and after a factor."""
    whole = max(abs(factor), Decimal(1)) * (_lines(case) + 1)
    return HALF_CENT * (whole if factor == 1 else whole + 2)


def _parts(case: Case, rates: Rates, learned: _Learned) -> list[Part]:
    """The causes of the difference of one invoice that both sides have, or that finance has and we refused."""
    document, refused = case.document, case.refused
    own, total = document.amount if document else ZERO, _total(case)[1]
    would_be = own if document else (refused.amount if refused else ZERO)
    times = _doubled(case, would_be)
    once = case.entries[0].amount if times > 1 else total
    doubled = [Part("doubled", total - once)] if times > 1 else []
    if once == own:
        return doubled
    best: tuple[tuple[Decimal, ...], list[Part]] | None = None
    for base, parts in _bases(document, refused):
        for tax, exchange, weight, is_certain in _factors(case, rates, learned, base, once):
            if best and len(parts) + (tax != 1) + (exchange != 1) + weight > best[0][0]:
                continue  # it cannot be the better one
            found = _fit(case, base, parts, once, (tax, exchange), is_certain=is_certain)
            if found is None:
                continue
            rounded = sum((abs(part.amount) for part in found if part.cause == "rounding"), ZERO) / _slack(case, tax)
            rounded = rounded / 2 + 2 * (bool(rounded) and learned.converts(document))
            rank = (len(found) + weight + rounded, Decimal(sum(CAUSES.index(part.cause) for part in found)))
            if best is None or rank < best[0]:
                best = rank, found
    is_unread = bool(refused and refused.unreadable)
    if best and not (is_unread and not all(part.is_certain for part in best[1])):
        return [*doubled, *best[1]]
    if refused and is_unread:  # rows that cannot be read may hold any amount
        return [*doubled, Part("quarantined", once - own, is_certain=False, detail=refused.where)]
    if refused and (not document or abs(once - own - refused.amount) < abs(once - own)):
        return [*doubled, Part("quarantined", refused.amount, detail=refused.where)]
    return doubled


def _factors(
    case: Case, rates: Rates, learned: _Learned, base: Decimal, once: Decimal
) -> Iterator[tuple[Decimal, Decimal, Decimal, bool]]:
    """Tax and exchange factors to try, with what speaks against each and whether it is certain."""
    one = Decimal(1)
    taxes = [(one, ZERO, True), *((rate, ZERO, True) for rate in learned.taxes)]
    known = {rate for rate, *_ in taxes}
    taxes += [(1 + rate, Decimal("0.9"), False) for rate in TAXES if 1 + rate not in known]
    exchanges = [(one, ZERO, True)]
    if (used := _rate(case, rates)) and used[0]:
        currency, day, rate = used
        their_day = _day(case.entries[0])
        theirs = rates.on(currency, their_day) if their_day and their_day != day else None
        shared = learned.exchange.get((currency, _month(case)), [])
        usual = rates.usual(currency, day)
        habits = [usual[habit] for habit in learned.habits if habit in usual]
        sure = [*([theirs] if theirs else []), *habits, *shared, one]
        exchanges += [(other / rate, ZERO, True) for other in dict.fromkeys(sure) if other != rate]
        unsure = [*usual.values(), *rates.near(currency, day)]
        exchanges += [(other / rate, Decimal("0.5"), False) for other in unsure if other != rate]
        near = [once / base / factor for factor in known if base and abs(once / base / factor - 1) <= _PROBABLE_RATE]
        exchanges += [(ratio, Decimal("1.5"), False) for ratio in near]
    for tax, tax_weight, is_tax_certain in taxes:
        for exchange, weight, is_certain in exchanges:
            if is_tax_certain or exchange == one:
                yield tax, exchange, tax_weight + weight, is_tax_certain and is_certain


def _rate(case: Case, rates: Rates) -> tuple[str, dt.date, Decimal] | None:
    """Currency, day and rate of an invoice of ours in a foreign currency."""
    if case.document:
        currency, day = case.document.currency, case.document.day
    elif case.refused and case.refused.day:
        currency, day = case.refused.currency, case.refused.day
    else:
        return None
    rate = rates.on(currency, day) if rates.is_foreign(currency) else None
    return (currency, day, rate) if rate else None


def _month(case: Case) -> dt.date:
    day = _day(case.entries[0]) or (case.document.day if case.document else case.refused.day if case.refused else None)
    return month_of(day or dt.date.min)


def _fit(
    case: Case, base: Decimal, parts: list[Part], once: Decimal, factors: tuple[Decimal, Decimal], *, is_certain: bool
) -> list[Part] | None:
    """The parts if base and factors come to finance's amount up to rounding; None where they do not."""
    tax, exchange = factors
    taxed = cents(base * tax)
    expected = cents(taxed * exchange)
    rest = once - expected
    if abs(rest) > _slack(case, tax * exchange):
        return None
    if expected == base and exchange == 1 and tax != 1:
        return None
    found = [*parts]
    if tax != 1:
        found.append(Part("tax", taxed - base, is_certain, _percent(tax)))
    if exchange != 1:  # each line was converted by itself: what that rounds belongs to the rate
        found.append(Part("other_rate", expected - taxed + rest, is_certain, f"{exchange:.6f}"))
        rest = ZERO
    elif tax != 1 and abs(rest) <= HALF_CENT * 2:
        found[-1] = Part("tax", taxed - base + rest, is_certain, _percent(tax))
        rest = ZERO
    if rest:
        found.append(Part("rounding", rest))
    return found


def _percent(tax: Decimal) -> str:
    return f"{(tax - 1) * 100:.2f}".rstrip("0").rstrip(".") + "%"


# --- rates that several invoices share ------------------------------------------------------------------------


_Readings = list[tuple[Decimal, Decimal]]  # rates that one invoice may show, each with how far it may be off


def _learn(cases: list[Case], rates: Rates) -> _Learned:
    """Rates of tax and of exchange that explain several invoices alike."""
    home: list[_Readings] = []
    abroad: dict[tuple[str, dt.date], list[_Readings]] = {}
    for case in cases:
        if not case.entries or not (case.document or case.refused) or case.copy_of:
            continue
        own = case.document.amount if case.document else ZERO
        once = case.entries[0].amount if _doubled(case, own) > 1 else _total(case)[1]
        if abs(once - own) <= _slack(case):
            continue
        bases = [base for base, _ in _bases(case.document, case.refused) if base]
        readings = [(once / base, _slack(case, once / base) / abs(base)) for base in bases]
        if used := _rate(case, rates):
            currency, _, rate = used
            implied = [(ratio * rate, error * rate) for ratio, error in readings[:1]]
            abroad.setdefault((currency, _month(case)), []).append(implied)
        else:
            home.append(readings)
    taxes = _taxes(home)
    factors = [Decimal(1), *taxes]
    shared = {where: same for where, found in abroad.items() if (same := _shared(found, factors))}
    habits: Counter[str] = Counter()
    for (currency, month), found in abroad.items():
        for habit, rate in rates.usual(currency, month).items():
            habits[habit] += sum(
                any(
                    abs(shown / tax - rate) <= error <= rate * _NEAR * 10 for shown, error in implied for tax in factors
                )
                for implied in found
            )
    differing = Counter(currency for (currency, _), found in abroad.items() for _ in found)
    return _Learned(taxes, shared, [habit for habit, count in habits.most_common() if count >= _SHOWN], differing)


def _taxes(cases: list[_Readings]) -> dict[Decimal, int]:
    """Rates of tax that enough invoices show, by how many do; the tax may be in finance's amounts or in ours."""
    shown: Counter[Decimal] = Counter()
    for readings in cases:
        precise = [(ratio, error) for ratio, error in readings if error < Decimal("0.004")]
        shown.update(
            {
                factor
                for ratio, error in precise
                for rate in TAXES
                for factor in (1 + rate, 1 / (1 + rate))
                if abs(ratio - factor) <= error
            }
        )
    usual = {factor: count for factor, count in shown.items() if count >= _SHOWN}
    unusual: Counter[Decimal] = Counter()
    for readings in cases:
        unusual.update(
            {
                round(ratio, 4)
                for ratio, error in readings[:1]
                if error < _NEAR / 2 and Decimal("1.01") < ratio < Decimal("1.4")
            }
        )
    more = {
        ratio: count
        for ratio, count in unusual.items()
        if count >= _SHOWN_OF_UNUSUAL and not any(abs(ratio - each) < _NEAR for each in usual)
    }
    return dict(sorted({**more, **usual}.items(), key=lambda each: -each[1]))


def _shared(cases: list[_Readings], taxes: list[Decimal]) -> list[Decimal]:
    """Exchange rates that at least two invoices show, taxed or not, each from the one that tells it most exactly."""
    readings = [
        (rate / tax, error / tax, place)
        for place, implied in enumerate(cases)
        for rate, error in implied
        for tax in taxes
        if error <= rate * _NEAR * 10
    ]
    found: list[Decimal] = []
    for rate, error, _ in sorted(readings, key=lambda each: each[1]):
        showing = {place for other, wide, place in readings if abs(other - rate) <= error + wide}
        if len(showing) >= 2 and not any(abs(rate - known) <= rate * _NEAR for known in found):
            found.append(rate)
    return found
