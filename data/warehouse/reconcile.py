"""Ours held against finance's file: reads both, asks `analytics.reconciliation` why they differ, keeps what came of it.

Ours is what is published; what waits in quarantine and the exchange rates come from the inputs it was built of.

    reconciliation.json    the last comparison: the file's name, when, with which snapshot, and its sums

A comparison made by another process is handed over as files: its tables, and what is said of them.
"""

import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import queries
from analytics import reconciliation
from analytics.reconciliation import Reconciliation
from analytics.reconciliation.parts import ZERO, Document, Entry, Rates, Refused, cents
from data.errors import BadInput
from data.loading import control, inputs, refused
from data.loading.control import Control
from data.loading.inputs import Inputs
from data.settings import Settings
from data.warehouse import build
from data.warehouse.access import Result, Snapshot
from data.warehouse.engine import open_engine

DOCUMENTS = "data_admin.documents"
KEPT = "reconciliation.json"
_TABLES = ("cells", "reasons", "findings")
_SUMS = ("ours", "theirs", "explained", "possible", "remainder")
_MONEY = pa.decimal128(18, 2)
_UNITS = {
    "cause": "label", "certainty": "label", "documents": "count", "month": "month", "segment": "label",
    "customer": "text", "order_id": "id", "invoice": "text", "ordered_on": "date", "invoiced_on": "date",
    "detail": "label", "ours": "cents", "theirs": "cents", "difference": "cents", "explained": "cents",
    "remainder": "cents", "amount": "cents", "moved": "cents",
}  # fmt: skip
STEP = f"{reconciliation.reconcile.__module__}.{reconciliation.reconcile.__name__}"


@dataclass(frozen=True)
class Outcome:
    """A comparison: the file's name, what came of it, and its tables as results that name where they come from.

    `notes` say how the file was read and what to know about it.
    """

    file: str
    found: Reconciliation
    cells: Result
    reasons: Result
    findings: Result
    notes: tuple[str, ...]

    @property
    def currency(self) -> str:
        """What amounts are in."""
        return self.cells.snapshot.currency


def against(documents: Result, file: Path, settings: Settings, named: Mapping[str, str] | None = None) -> Outcome:
    """Compares published `documents` (rows of DOCUMENTS) with finance's file; `named` as in `control.read`.

    Raises BadInput where the file cannot be compared.
    """
    loaded, notes = _built_of(documents, settings)
    return compare(documents, control.read(file, settings, open_engine, named), loaded, settings, notes)


def compare(
    documents: Result, read: Control, loaded: Inputs | None, settings: Settings, notes: Sequence[str] = ()
) -> Outcome:
    """Compares documents with what was read of finance's file; `loaded` are the inputs they were built of."""
    if not read.rows:
        raise BadInput(f"{read.name} has no rows to compare.", "Every row is a total, or there is none.", "Check it.")
    rates = Rates(documents.snapshot.currency, _rates(loaded))
    ours = [_document(row) for row in documents.rows()]
    waiting = _refused(refused.orders(loaded, settings.home, settings, open_engine), ours, rates) if loaded else []
    found = reconciliation.reconcile(_table(ours), _table(_entries(read, ours)), _table(waiting), rates)
    gone = refused.removed(loaded, settings.home) if loaded else []
    renamed = [f"{found.renamed:,} invoices have another number on each side."] if found.renamed else []
    return _outcome(documents, read.name, found, (f"{read.name}: {read.found}", *read.notes, *notes, *gone, *renamed))


def _outcome(documents: Result, file: str, found: Reconciliation, notes: tuple[str, ...]) -> Outcome:
    cells, reasons, findings = (_result(documents, table) for table in (found.cells, found.reasons, found.findings))
    return Outcome(file, found, cells, reasons, findings, notes)


def hand_over(outcome: Outcome, folder: Path) -> dict[str, Any]:
    """Writes the tables of a comparison into a folder; gives the rest, as JSON can hold it."""
    for name in _TABLES:
        pq.write_table(getattr(outcome.found, name), folder / f"{name}.parquet")
    sums = {name: str(getattr(outcome.found, name)) for name in _SUMS}
    return {"file": outcome.file, "snapshot": outcome.cells.snapshot.name, "notes": outcome.notes, **sums}


def handed_over(told: Mapping[str, Any], folder: Path, shown: Snapshot) -> Outcome | None:
    """The comparison that `hand_over` wrote; None where it was made with another snapshot than the one shown."""
    if told["snapshot"] != shown.name:
        return None
    cells, reasons, findings = (pq.read_table(folder / f"{name}.parquet") for name in _TABLES)
    ours, theirs, explained, possible, remainder = (Decimal(told[name]) for name in _SUMS)
    found = Reconciliation(cells, reasons, findings, ours, theirs, explained, possible, remainder)
    documents = Result(pa.table({}), queries.load(DOCUMENTS), {}, shown)
    return _outcome(documents, told["file"], found, tuple(told["notes"]))


def keep(outcome: Outcome, home: Path, now: dt.datetime) -> None:
    """Writes down what came of a comparison, in place of the one before."""
    snapshot, found = outcome.cells.snapshot, outcome.found
    about = {
        "file": outcome.file,
        "at": now.isoformat(timespec="seconds"),
        "snapshot": snapshot.name,
        "currency": snapshot.currency,
        **{name: str(getattr(found, name)) for name in ("ours", "theirs", "difference", "possible", "remainder")},
        "reasons": [_plain(row) for row in outcome.reasons.rows()],
        "cells": [_plain(row) for row in outcome.cells.rows()],
    }
    home.mkdir(parents=True, exist_ok=True)
    unfinished = home / f"{KEPT}.new"
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as handle:
        json.dump(about, handle, indent=1)
    unfinished.replace(home / KEPT)


def last(home: Path) -> dict[str, Any] | None:
    """What `keep` wrote last; None where there is nothing that can be read."""
    try:
        about: dict[str, Any] = json.loads((home / KEPT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return about


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal | dt.date) else value for name, value in row.items()}


def _built_of(documents: Result, settings: Settings) -> tuple[Inputs | None, list[str]]:
    """The inputs that the snapshot was built of, or else the newest, which is said."""
    name = build.described(documents.snapshot.path).get("built_of", {}).get("inputs", "")
    try:
        return inputs.generation(settings.home, name), []
    except BadInput:
        newest = inputs.current(settings.home)
    return newest, ["What the snapshot was built of is no longer kept: the quarantine is that of the last load."]


def _rates(loaded: Inputs | None) -> dict[str, dict[dt.date, Decimal]]:
    found: dict[str, dict[dt.date, Decimal]] = {}
    for row in loaded.rows("exchange_rates") if loaded else []:
        found.setdefault(row["currency"], {})[row["rated_on"]] = row["rate"]
    return found


def _document(row: Mapping[str, Any]) -> Document:
    return Document(
        row["order_id"],
        row["ordered_on"],
        row["revenue"],
        row["lines"],
        row["returned"],
        row["customer_id"],
        row["customer"],
        row["segment"],
        row["currency"],
    )


def _refused(orders: list[refused.Order], ours: list[Document], rates: Rates) -> list[Refused]:
    """Refused orders with amounts in reporting currency; what has no rate cannot be read."""
    by_id = {one.id: one for one in ours}
    segments = {one.customer_id: one.segment for one in ours}
    found = []
    for order in orders:
        document, header = by_id.get(order.order_id), order.header or {}
        day = document.day if document else order.day
        currency = document.currency if document else header.get("currency") or rates.reporting
        rate = rates.on(currency, day) if day else Decimal(1) if not rates.is_foreign(currency) else None
        customer = document.customer_id if document else header.get("customer_id")
        amounts = [cents(amount * rate) for amount in order.amounts] if rate else []
        if document and not order.amounts and not order.unreadable:
            continue  # a later load brought the order
        found.append(
            Refused(
                order.order_id,
                day,
                sum(amounts, ZERO),
                len(order.amounts) + order.unreadable or 1,
                sum((amount for amount in amounts if amount < 0), ZERO),
                order.unreadable if rate else len(order.amounts) + order.unreadable,
                document is None,
                customer,
                segments.get(customer) if customer else None,
                currency,
                order.why,
                f"{order.where}: {order.why}",
            )
        )
    return found


def _entries(read: Control, ours: list[Document]) -> list[Entry]:
    """Finance's rows with our ids of customers, where it names them."""
    known = {one.customer_id.casefold(): one.customer_id for one in ours if one.customer_id}
    by_name: dict[str, set[str]] = {}
    for one in ours:
        if one.customer and one.customer_id:
            by_name.setdefault(one.customer.casefold(), set()).add(one.customer_id)
    known = {name: next(iter(ids)) for name, ids in by_name.items() if len(ids) == 1} | known
    return [
        Entry(
            row["amount"],
            row["line"],
            row["invoice"],
            row["day"],
            row["month"],
            known.get((row["customer"] or "").casefold(), row["customer"]),
            row["segment"],
            row["currency"],
        )
        for row in read.rows
    ]


_SCHEMAS = {
    Document: pa.schema([
        ("id", pa.string()), ("day", pa.date32()), ("amount", _MONEY), ("lines", pa.int64()), ("returned", _MONEY),
        ("customer_id", pa.string()), ("customer", pa.string()), ("segment", pa.string()), ("currency", pa.string()),
    ]),
    Entry: pa.schema([
        ("amount", _MONEY), ("line", pa.int64()), ("id", pa.string()), ("day", pa.date32()), ("month", pa.date32()),
        ("customer_id", pa.string()), ("segment", pa.string()), ("currency", pa.string()),
    ]),
}  # fmt: skip


def _table(rows: list[Any]) -> pa.Table:
    listed = [vars(row) for row in rows]
    return pa.Table.from_pylist(listed, _SCHEMAS.get(type(rows[0]))) if rows else pa.table({})


def _result(documents: Result, table: pa.Table) -> Result:
    """A table computed from the documents, which says so."""
    units = {name: _UNITS[name] for name in table.column_names}
    return replace(documents, table=table, query=replace(documents.query, units=units), steps=(STEP,))


def as_text(outcome: Outcome) -> str:
    """The comparison for the terminal: the answer, each cell that differs, the causes."""
    found, currency = outcome.found, outcome.currency
    lines = [*outcome.notes, "", answer(outcome), ""]
    lines.append(f"{'month':<12}{'':<12}{'ours':>18}{'theirs':>18}{'difference':>16}{'unexplained':>16}")
    for row in outcome.cells.rows():
        month = f"{row['month']:%Y-%m}" if row["month"] else "all" if not row["segment"] else ""
        what = (row["segment"] or row["customer"] or "")[:11]
        money = (f"{row['ours']:>18,.2f}", f"{row['theirs']:>18,.2f}", f"{row['difference']:>16,.2f}")
        lines.append(f"{month:<12}{what:<12}{''.join(money)}{row['remainder']:>16,.2f}")
    if len(outcome.reasons):
        lines += ["", f"{'cause':<20}{'':<10}{'documents':>10}{'amount, ' + currency:>20}"]
    for row in outcome.reasons.rows():
        moved = f"  (moves {row['moved']:,.2f} to other months)" if row["moved"] else ""
        certainty = "" if row["certainty"] == "certain" else "possible"
        lines.append(f"{WORDS[row['cause']]:<20}{certainty:<10}{row['documents']:>10,}{row['amount']:>20,.2f}{moved}")
    if found.remainder or any(row["remainder"] for row in outcome.cells.rows()):
        lines.append(f"{'unexplained':<30}{'':>10}{found.remainder:>20,.2f}")
    return "\n".join(lines)


WORDS = {
    "quarantined": "quarantined", "missing": "missing", "doubled": "doubled", "other_day": "other day or month",
    "other_rate": "other currency rate", "returned": "returns", "rounding": "rounding", "tax": "tax",
    "without_customer": "without customer",
}  # fmt: skip


def answer(outcome: Outcome) -> str:
    """One sentence: whether ours and theirs agree, else by how much not, and why."""
    found, currency = outcome.found, outcome.currency
    if not len(outcome.reasons) and not any(row["difference"] for row in outcome.cells.rows()):
        return f"Ours and finance's agree to the cent: {found.ours:,.2f} {currency}."
    sums: dict[str, Decimal] = {}
    for row in outcome.reasons.rows():
        sums[row["cause"]] = sums.get(row["cause"], ZERO) + row["amount"]
    causes = ", ".join(f"{amount:,.2f} {WORDS[cause]}" for cause, amount in sums.items())
    why = f": {causes}" if causes else ""
    possible = any(row["certainty"] == "possible" for row in outcome.reasons.rows())
    doubt = f" {found.possible:,.2f} of it is possible, not certain." if possible else ""
    return (
        f"Finance's less ours is {found.difference:,.2f} {currency}{why}; {found.remainder:,.2f} is unexplained.{doubt}"
    )
