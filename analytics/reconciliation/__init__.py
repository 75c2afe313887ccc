"""Ours held against finance's totals or invoices: what differs, why, and what stays unexplained.

    difference = theirs - ours = sum of the causes + remainder, in each month, segment or customer, to the cent

Invoices are compared one by one and their causes are found exactly. Of totals alone only our side can be asked, and
what is found there is certain only where several totals add up by it. No remainder is put down to a cause to be rid of.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from analytics.reconciliation import invoices, totals
from analytics.reconciliation.parts import CAUSES, ZERO, Cell, Document, Entry, Finding, Rates, Refused, cents

_MONEY = pa.decimal128(18, 2)
CELLS = pa.schema([
    ("month", pa.date32()), ("segment", pa.string()), ("customer", pa.string()), ("ours", _MONEY), ("theirs", _MONEY),
    ("difference", _MONEY), ("explained", _MONEY), ("remainder", _MONEY),
])  # fmt: skip
REASONS = pa.schema([
    ("cause", pa.string()), ("certainty", pa.string()), ("documents", pa.int64()), ("amount", _MONEY),
    ("moved", _MONEY),
])  # fmt: skip
FINDINGS = pa.schema([
    ("cause", pa.string()), ("certainty", pa.string()), ("month", pa.date32()), ("segment", pa.string()),
    ("order_id", pa.string()), ("invoice", pa.string()), ("customer", pa.string()), ("ordered_on", pa.date32()),
    ("invoiced_on", pa.date32()), ("ours", _MONEY), ("theirs", _MONEY), ("amount", _MONEY), ("detail", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class Reconciliation:
    """What came of it: `cells` by month, segment or customer, `reasons` by cause, `findings` with the rows behind each.

    `difference` is `explained` + `remainder`; `possible` is how much of the explained is possible, not certain.
    """

    cells: pa.Table
    reasons: pa.Table
    findings: pa.Table
    ours: Decimal
    theirs: Decimal
    explained: Decimal
    possible: Decimal
    remainder: Decimal
    renamed: int = 0

    @property
    def difference(self) -> Decimal:
        """Theirs less ours."""
        return self.theirs - self.ours


def reconcile(
    ours: pa.Table, theirs: pa.Table, refused: pa.Table, rates: Rates, months: Collection[date] = ()
) -> Reconciliation:
    """Compares `ours` (rows of Document) with `theirs` (Entry) and what was `refused` (Refused).

    Invoices are compared where `theirs` has numbers, totals where it has none. `months` are those finance's file is of,
    by default those it shows.
    """
    documents = [Document(**row) for row in ours.to_pylist()]
    entries = _converted([Entry(**row) for row in theirs.to_pylist()], documents, rates)
    waiting = [Refused(**row) for row in refused.to_pylist()]
    if any(entry.id for entry in entries):
        found = invoices.explain(documents, waiting, entries, rates, months)
        return _told(found.ours, found.theirs, found.findings, found.renamed)
    summed = totals.explain(documents, waiting, entries, rates)
    return _told(summed.ours, summed.theirs, summed.findings)


def _converted(entries: list[Entry], documents: list[Document], rates: Rates) -> list[Entry]:
    """Entries in reporting currency. Where a currency stands beside amounts, these say whether they are in it."""
    by_id = {one.id: one for one in documents}
    as_is = as_foreign = ZERO
    changed = []
    for entry in entries:
        document = by_id.get(entry.id or "")
        day = document.day if document else entry.day or entry.month
        rate = rates.on(entry.currency, day) if entry.currency and day and rates.is_foreign(entry.currency) else None
        worth = cents(entry.amount * rate) if rate else entry.amount
        changed.append(worth)
        if document and rate:
            as_is += abs(entry.amount - document.amount)
            as_foreign += abs(worth - document.amount)
    if as_foreign >= as_is:
        return entries
    return [Entry(**{**vars(entry), "amount": worth}) for entry, worth in zip(entries, changed, strict=True)]


def _told(
    ours: list[tuple[Cell, Document]], theirs: list[tuple[Cell, Entry]], findings: list[Finding], renamed: int = 0
) -> Reconciliation:
    sums: dict[Cell, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for place, document in ours:
        sums[place][0] += document.amount
    for place, entry in theirs:
        sums[place][1] += entry.amount
    for finding in findings:
        sums[finding.cell][2] += finding.amount
    cells: list[dict[str, Any]] = [
        {
            "month": place.month, "segment": place.segment, "customer": place.customer_id, "ours": own, "theirs": other,
            "difference": other - own, "explained": explained, "remainder": other - own - explained,
        }
        for place, (own, other, explained) in sorted(sums.items(), key=lambda each: each[0].sort_key)
    ]  # fmt: skip
    own, other, explained = (sum((row[key] for row in cells), ZERO) for key in ("ours", "theirs", "explained"))
    possible = sum((finding.amount for finding in findings if not finding.is_certain), ZERO)
    return Reconciliation(
        pa.Table.from_pylist(cells, CELLS),
        pa.Table.from_pylist(_reasons(findings), REASONS),
        pa.Table.from_pylist([_row(finding) for finding in findings], FINDINGS),
        own,
        other,
        explained,
        possible,
        other - own - explained,
        renamed,
    )


def _certainty(finding: Finding) -> str:
    return "certain" if finding.is_certain else "possible"


def _reasons(findings: list[Finding]) -> list[dict[str, Any]]:
    """A row a cause and certainty: documents behind it, what it adds up to, and what it moves between months."""
    by_cause: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_cause[finding.cause, _certainty(finding)].append(finding)
    rows = []
    for (cause, certainty), found in by_cause.items():
        moved = sum((finding.amount for finding in found if finding.amount > 0), ZERO)
        rows.append(
            {
                "cause": cause,
                "certainty": certainty,
                "documents": len({_name(finding, place) for place, finding in enumerate(found)}),
                "amount": sum((finding.amount for finding in found), ZERO),
                "moved": moved if cause == "other_day" else None,
            }
        )
    return sorted(rows, key=lambda row: (CAUSES.index(row["cause"]), row["certainty"]))


def _name(finding: Finding, place: int) -> object:
    one = finding.document or finding.refused or finding.entry
    return (one.id or place) if one else place


def _row(finding: Finding) -> dict[str, Any]:
    document, entry, refused = finding.document, finding.entry, finding.refused
    return {
        "cause": finding.cause,
        "certainty": _certainty(finding),
        "month": finding.cell.month,
        "segment": finding.cell.segment or (document.segment if document else None),
        "order_id": document.id if document else refused.id if refused else None,
        "invoice": entry.id if entry else None,
        "customer": (document.customer or document.customer_id) if document else entry.customer_id if entry else None,
        "ordered_on": document.day if document else refused.day if refused else None,
        "invoiced_on": (entry.day or entry.month) if entry else None,
        "ours": document.amount if document else None,
        "theirs": entry.amount if entry else None,
        "amount": finding.amount,
        "detail": finding.detail or None,
    }
