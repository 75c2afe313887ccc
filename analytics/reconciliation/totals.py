"""Why totals differ, as far as our side can tell: what finance may count otherwise, tried as one policy for all cells.

A policy is a set of causes: counts what waits in quarantine, leaves out doubles, returns or sales without a customer,
adds a rate of tax, converts at other rates. The one that makes most cells add up to the cent is taken, with the fewest
causes. Cells it leaves open are tried alone; then orders near the edge of a month that two neighbours pass each other.
A cause is certain only where three cells or more add up by it: one can do so by chance.
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import combinations, product

from analytics.reconciliation.pairing import pair
from analytics.reconciliation.parts import (
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
    is_copy,
    month_of,
)

_PROVING = 3  # cells that must add up by a cause before it is certain
_EDGE_DAYS = 3  # how far from the end of its month an order may have been counted in the next one
_EDGE_ORDERS = 2  # how many orders together may make up what two months pass each other
_STRAY = 4  # standard deviations of a sum of roundings that still are rounding


@dataclass(frozen=True)
class Explained:
    """The comparison of totals: `ours` and `theirs` by cell, and what explains their differences."""

    ours: list[tuple[Cell, Document]]
    theirs: list[tuple[Cell, Entry]]
    findings: list[Finding]


@dataclass
class _Side:
    """What is ours in one cell, by what finance may count otherwise."""

    documents: list[Document] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    doubled: list[Document] = field(default_factory=list)
    _known: dict[tuple[tuple[Cause, ...], str], Decimal] = field(default_factory=dict, repr=False)

    def expected(self, causes: tuple[Cause, ...], conversion: str, rates: Rates) -> Decimal:
        """What finance's total would be under these causes and this way to convert, before tax."""
        if (causes, conversion) not in self._known:
            documents, steps = self.under(causes)
            changed = sum((amount for _, amount, _ in steps), self.amount)
            self._known[causes, conversion] = changed + (_converted(documents, conversion, rates) if conversion else 0)
        return self._known[causes, conversion]

    @cached_property
    def amount(self) -> Decimal:
        """What we count."""
        return sum((one.amount for one in self.documents), ZERO)

    @cached_property
    def waiting(self) -> Decimal:
        """What we refused."""
        return sum((one.amount for one in self.refused if one.amount), ZERO)

    @cached_property
    def lines(self) -> int:
        """How many lines were rounded."""
        return sum(one.lines for one in self.documents)

    def under(self, causes: Iterable[Cause]) -> tuple[list[Document], list[tuple[Cause, Decimal, object]]]:
        """The documents that stay under a policy, and what each of its causes changes, with the rows behind it."""
        left_out: set[str] = set()
        steps: list[tuple[Cause, Decimal, object]] = []
        for cause in causes:
            if cause == "quarantined":
                steps += [(cause, one.amount, one) for one in self.refused if one.amount]
                continue
            gone = [one for one in self._of(cause) if one.id not in left_out]
            left_out |= {one.id for one in gone if cause != "returned" or one.amount == one.returned}
            steps += [(cause, -(one.returned if cause == "returned" else one.amount), one) for one in gone]
        return [one for one in self.documents if one.id not in left_out], steps

    def _of(self, cause: Cause) -> list[Document]:
        if cause == "doubled":
            return self.doubled
        if cause == "without_customer":
            return [one for one in self.documents if not one.customer_id]
        return [one for one in self.documents if one.returned] if cause == "returned" else []


@dataclass(frozen=True)
class _Policy:
    """What finance counts otherwise: causes of `_Side.under`, a factor of tax, and a way to convert."""

    causes: tuple[Cause, ...] = ()
    tax: Decimal = Decimal(1)
    conversion: str = ""

    @property
    def size(self) -> int:
        """How many causes it takes."""
        return len(self.causes) + (self.tax != 1) + bool(self.conversion)


_WAITING = _Policy(("quarantined",))
_CONVERSIONS = ("unconverted", "mean_of_month", "first_of_month", "last_of_month", "last_of_month_before")
_ITEMS: tuple[Cause, ...] = ("quarantined", "doubled", "returned", "without_customer")


def explain(ours: Iterable[Document], refused: Iterable[Refused], theirs: Sequence[Entry], rates: Rates) -> Explained:
    """Findings for the totals of finance's cells. What it does not name within its months counts as its zero."""
    by_month, by_segment, by_customer = (
        any(getattr(entry, name) for entry in theirs) for name in ("month", "segment", "customer_id")
    )

    def cell(day: dt.date | None, segment: str | None, customer: str | None) -> Cell:
        return Cell(
            month_of(day) if by_month and day else None,
            segment if by_segment else None,
            customer if by_customer else None,
        )

    months = {entry.month for entry in theirs if entry.month}
    sides: dict[Cell, _Side] = defaultdict(_Side)
    held = [one for one in ours if not by_month or month_of(one.day) in months]
    for one in held:
        sides[cell(one.day, one.segment, one.customer_id)].documents.append(one)
    for each in refused:
        if not by_month or (each.day and month_of(each.day) in months):
            sides[cell(each.day, each.segment, each.customer_id)].refused.append(each)
    for one in _doubles(held):
        sides[cell(one.day, one.segment, one.customer_id)].doubled.append(one)
    given: dict[Cell, Decimal] = defaultdict(lambda: ZERO)
    told = [(Cell(entry.month, entry.segment, entry.customer_id), entry) for entry in theirs]
    for place, entry in told:
        given[place] += entry.amount
    unit = _unit(theirs)
    cells = sorted({*sides, *given}, key=lambda each: each.sort_key)
    open_cells = {place: (given[place], sides[place]) for place in cells}
    named = {place for place, _ in told}
    lacking = {
        place
        for place, (amount, side) in open_cells.items()
        if (amount and not side.documents and side.waiting in (ZERO, amount)) or (side.amount and place not in named)
    }
    findings = [*_found(open_cells, lacking, rates, unit)]
    counted = [(cell(one.day, one.segment, one.customer_id), one) for one in held]
    return Explained(counted, told, findings)


def _doubles(documents: Iterable[Document]) -> list[Document]:
    """Documents that look entered twice: the number of another with a mark behind it, or all of it but the number."""
    listed = [*documents]
    by_content: dict[tuple[object, ...], list[Document]] = defaultdict(list)
    for one in listed:
        if one.customer_id and one.amount:
            by_content[(one.customer_id, one.day, one.amount, one.lines)].append(one)
    again = [one for same in by_content.values() for one in sorted(same, key=lambda each: each.id)[1:]]
    marked = [case.document for case in pair(listed, [], []) if case.document and case.copy_of]
    known = {one.id for one in again}
    return again + [
        one for one in marked if one.id not in known and not any(is_copy(each.id, one.id) for each in again)
    ]


def _unit(theirs: Sequence[Entry]) -> Decimal:
    """What finance rounds its totals to: a cent, a whole, or a thousand."""
    amounts = [entry.amount for entry in theirs if entry.amount]
    for unit in (Decimal(1000), Decimal(1)):
        if len(amounts) >= _PROVING and all(amount % unit == 0 for amount in amounts):
            return unit
    return Decimal("0.01")


def _slack(side: _Side, unit: Decimal) -> Decimal:
    """How far rounding can lead apart: of the total itself, and of its lines as such errors usually add up."""
    strays = Decimal(_STRAY * 0.01 / math.sqrt(12)) * Decimal(math.sqrt(side.lines))
    return max(unit / 2, HALF_CENT) + min(HALF_CENT * side.lines, strays)


_Open = Mapping[Cell, tuple[Decimal, _Side]]


def _found(cells: _Open, absent: Collection[Cell], rates: Rates, unit: Decimal) -> Iterator[Finding]:
    """What explains each cell; nothing for those that agree. `absent` are those that one side lacks."""
    for place in absent:
        theirs, side = cells[place]
        if theirs and side.waiting:
            yield from _told(place, theirs, side, _WAITING, rates, unit, is_certain=True)
        elif theirs:
            yield Finding("missing", theirs, place)
        else:
            yield from (Finding("missing", -one.amount, place, document=one) for one in side.documents)
    left = {place: each for place, each in cells.items() if place not in absent}
    differ = {place: each for place, each in left.items() if abs(each[0] - each[1].amount) > _slack(each[1], unit)}
    chosen, fits = _best(differ, left, rates, unit) if differ else (_Policy(), set())
    still: dict[Cell, tuple[Decimal, _Side]] = {}
    for place, (theirs, side) in left.items():
        if place not in differ or place in fits:
            policy = chosen if place in fits else _Policy()
            yield from _told(place, theirs, side, policy, rates, unit, is_certain=len(fits) >= _PROVING)
        else:
            still[place] = (theirs, side)
    passed, moves = _moves(still)
    yield from moves
    for place, (theirs, side) in still.items():
        if place in passed:
            continue
        fitting = [
            each for each in _policies([side], rates) if abs(_residual(theirs, side, each, rates)) <= _slack(side, unit)
        ]
        if fitting:
            best = min(fitting, key=lambda each: each.size)
            yield from _told(place, theirs, side, best, rates, unit, is_certain=False)
        elif len(fits) >= _PROVING and abs(_residual(theirs, side, chosen, rates)) < abs(theirs - side.amount):
            yield from _told(place, theirs, side, chosen, rates, unit, is_certain=True)
        elif not side.documents:  # ours has nothing but what was refused: that is behind it, whatever else is
            yield from _told(place, theirs, side, _WAITING, rates, unit, is_certain=False)


def _policies(sides: Sequence[_Side], rates: Rates) -> Iterator[_Policy]:
    """Policies that change something in these cells."""
    items = [cause for cause in _ITEMS if any(side.under([cause])[1] for side in sides)]
    foreign = any(rates.is_foreign(one.currency) for side in sides for one in side.documents)
    taxes = [Decimal(1), *(factor for rate in TAXES for factor in (1 + rate, 1 / (1 + rate)))]
    for size in range(len(items) + 1):
        for causes in combinations(items, size):
            for tax, conversion in product(taxes, ("", *(_CONVERSIONS if foreign else ()))):
                policy = _Policy(causes, tax, conversion)
                if policy.size:
                    yield policy


def _residual(theirs: Decimal, side: _Side, policy: _Policy, rates: Rates) -> Decimal:
    """What a policy leaves between ours and theirs."""
    return theirs - cents(side.expected(policy.causes, policy.conversion, rates) * policy.tax)


def _converted(documents: Iterable[Document], conversion: str, rates: Rates) -> Decimal:
    """What another way to convert changes."""
    return sum((_other_worth(one, conversion, rates) - one.amount for one in documents), ZERO)


def _other_worth(one: Document, conversion: str, rates: Rates) -> Decimal:
    if not rates.is_foreign(one.currency) or not (rate := rates.on(one.currency, one.day)):
        return one.amount
    other = rates.usual(one.currency, one.day).get(conversion)
    return cents(one.amount / rate * other) if other else one.amount


def _best(differ: _Open, cells: _Open, rates: Rates, unit: Decimal) -> tuple[_Policy, set[Cell]]:
    """The policy that makes most of the cells add up, with the fewest causes, and the cells that do."""
    best: tuple[tuple[int, int], _Policy, set[Cell]] = ((0, 0), _Policy(), set())
    agreeing = [place for place in cells if place not in differ]
    for policy in _policies([side for _, side in differ.values()], rates):
        fits = {
            place
            for place, (theirs, side) in differ.items()
            if abs(_residual(theirs, side, policy, rates)) <= _slack(side, unit)
        }
        broken = sum(abs(_residual(*cells[place], policy, rates)) > _slack(cells[place][1], unit) for place in agreeing)
        rank = (len(fits) - broken, -policy.size)
        if fits and rank > best[0]:
            best = rank, policy, fits
    return best[1], best[2]


def _told(
    place: Cell, theirs: Decimal, side: _Side, policy: _Policy, rates: Rates, unit: Decimal, *, is_certain: bool
) -> Iterator[Finding]:
    """A policy's causes in one cell; what is left of the difference is rounding, if it is that small."""
    documents, steps = side.under(policy.causes)
    rest = theirs - side.amount
    for cause, amount, behind in steps:
        rest -= amount
        where = behind.where if isinstance(behind, Refused) else ""
        yield Finding(
            cause,
            amount,
            place,
            is_certain,
            behind if isinstance(behind, Document) else None,
            None,
            behind if isinstance(behind, Refused) else None,
            where,
        )
    base = side.amount + sum((amount for _, amount, _ in steps), ZERO)
    if policy.conversion:
        for one in documents:
            if change := _other_worth(one, policy.conversion, rates) - one.amount:
                rest -= change
                base += change
                yield Finding("other_rate", change, place, is_certain, one, detail=policy.conversion)
    if policy.tax != 1:
        taxed = cents(base * policy.tax) - base
        rest -= taxed
        yield Finding("tax", taxed, place, is_certain, detail=f"{(policy.tax - 1) * 100:.2f}%")
    if rest and abs(rest) <= _slack(side, unit):
        yield Finding("rounding", rest, place)


def _moves(cells: _Open) -> tuple[set[Cell], list[Finding]]:
    """Orders near the edge of a month that make up what it and its neighbour pass each other, to the cent."""
    done: set[Cell] = set()
    findings: list[Finding] = []
    for place, (theirs, side) in cells.items():
        if not place.month or place in done:
            continue
        following = (place.month + dt.timedelta(days=32)).replace(day=1)
        neighbour = Cell(following, place.segment, place.customer_id)
        if neighbour not in cells or neighbour in done:
            continue
        here = theirs - side.amount
        there = cells[neighbour][0] - cells[neighbour][1].amount
        if here != -there:
            continue
        late, early = here < 0, cells[neighbour][1].documents
        source = side.documents if late else early
        edge = [
            one
            for one in source
            if ((following - one.day).days if late else (one.day - following).days + 1) <= _EDGE_DAYS
        ]
        groups = [group for size in range(1, _EDGE_ORDERS + 1) for group in combinations(edge, size)]
        exact = [group for group in groups if sum((one.amount for one in group), ZERO) == abs(here)]
        if not exact:
            continue
        from_, into = (place, neighbour) if late else (neighbour, place)
        for one in exact[0]:
            findings.append(Finding("other_day", -one.amount, from_, is_certain=False, document=one))
            findings.append(Finding("other_day", one.amount, into, is_certain=False, document=one))
        done |= {place, neighbour}
    return done, findings
