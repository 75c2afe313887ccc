"""The audit: who did what, when, from where. It can be read and searched, verified, and cut at its old end."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.errors import Damaged
from data.people import permissions
from data.people.person import Author, Person
from data.people.store import chain, csv_text
from data.people.store.chain import HEAD, NAMES, ROWS, Word, record
from data.people.store.database import Store

__all__ = ["Entry", "Word", "cut", "note", "read", "record", "rows_csv", "verify"]

_AT_ONCE = 1_000  # rows held in memory while verifying


@dataclass(frozen=True)
class Entry:
    """One row: `by` is None where nobody is known; `at` is UTC; `address` where the request came from."""

    number: int
    at: datetime
    by: Author | None
    did: str
    about: str
    detail: Mapping[str, Any]
    address: str
    session: str


def note(
    store: Store,
    *,
    by: Author | None,
    did: Word,
    about: str = "",
    detail: Mapping[str, Any] | None = None,
    address: str = "",
    session: str = "",
) -> None:
    """Adds a row about what has no transaction of its own, such as an export; as `record` otherwise."""
    with store.keeping() as connection:
        record(connection, by=by, did=did, about=about, detail=detail, address=address, session=session)


def read(
    store: Store,
    to: Person,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    who: str = "",
    did: Word | None = None,
    text: str = "",
    limit: int = 200,
    offset: int = 0,
) -> list[Entry]:
    """Rows from `since` and before `until`, newest first, by the key `who`, with `text` anywhere in them.

    Raises AccessDenied for who may not see the audit.
    """
    permissions.require(to, "see_audit")
    query = sa.select(ROWS, NAMES.c.name).join(NAMES, NAMES.c.key == ROWS.c.by_key, isouter=True)
    if since:
        query = query.where(ROWS.c.at >= since)
    if until:
        query = query.where(ROWS.c.at < until)
    if who:
        query = query.where(ROWS.c.by_key == who)
    if did:
        query = query.where(ROWS.c.did == did)
    if text:
        searched = (ROWS.c.by_key, ROWS.c.did, ROWS.c.about, ROWS.c.detail, ROWS.c.address, NAMES.c.name)
        query = query.where(sa.or_(*(column.icontains(text, autoescape=True) for column in searched)))
    with store.reading() as connection:
        rows = connection.execute(query.order_by(ROWS.c.number.desc()).limit(limit).offset(offset)).all()
    return [
        Entry(
            row.number,
            row.at,
            Author(row.by_key, row.name or row.by_key) if row.by_key else None,
            row.did,
            row.about,
            json.loads(row.detail),
            row.address,
            row.session,
        )
        for row in rows
    ]


def rows_csv(entries: Sequence[Entry]) -> str:
    """The rows as CSV, in which no cell is a formula."""
    lines = [["number", "at", "by_key", "by_name", "did", "about", "detail", "address", "session"]]
    lines += [
        [
            str(entry.number),
            entry.at.isoformat(),
            entry.by.key if entry.by else "",
            entry.by.name if entry.by else "",
            entry.did,
            entry.about,
            json.dumps(dict(entry.detail), sort_keys=True, ensure_ascii=False),
            entry.address,
            entry.session,
        ]
        for entry in entries
    ]
    return csv_text.written(lines)


def verify(store: Store) -> str:
    """Reads the audit to its last row, and says how many rows it has and the last one's seal.

    Whoever keeps that seal elsewhere can also tell whether somebody wrote all of it anew. Raises Damaged naming the
    first row that is not as it was written, or is missing.
    """
    with store.reading() as connection, _of_one_moment(connection):
        head = connection.execute(sa.select(HEAD)).one_or_none()
        if head is None:
            raise _damaged("The row that says where it ends is gone.")
        number, before, cuts = head.cut_number, head.cut_seal, []
        for row in _rows(connection):
            number += 1
            if row["number"] != number:
                raise _damaged(f"Row {number} is missing.")
            if row["seal"] != chain.seal(row, before):
                raise _damaged(f"Row {number} is not as it was written.")
            before = row["seal"]
            if row["did"] == "audit_cut":
                cuts.append(json.loads(row["detail"]))
        if (number, before) != (head.number, head.seal):
            raise _damaged(f"Row {number + 1} is missing.")
        cut_to = (cuts[-1]["number"], cuts[-1]["seal"]) if cuts else (0, chain.NOTHING_BEFORE)
        if cut_to != (head.cut_number, head.cut_seal):
            raise _damaged("Rows before it are missing that nobody cut away.")
    return f"Audit: {head.number - head.cut_number:,} rows as they were written; seal of the last: {before}."


def cut(store: Store, before: datetime) -> int:
    """Takes away the rows from before that moment, and returns how many; what stays can be verified as ever."""
    with store.keeping() as connection:
        connection.execute(sa.update(HEAD).values(id=1))  # locks it: nobody adds a row meanwhile
        kept = connection.execute(sa.select(sa.func.min(ROWS.c.number)).where(ROWS.c.at >= before)).scalar()
        query = sa.select(ROWS.c.number, ROWS.c.seal).order_by(ROWS.c.number.desc()).limit(1)
        last = connection.execute(query.where(ROWS.c.number < kept) if kept else query).first()
        if last is None:
            return 0
        count = connection.execute(sa.delete(ROWS).where(ROWS.c.number <= last.number)).rowcount
        connection.execute(sa.update(HEAD).values(cut_number=last.number, cut_seal=last.seal))
        told = {"number": last.number, "seal": last.seal, "rows": count}
        record(connection, by=None, did="audit_cut", detail=told)
        still_named = sa.select(ROWS.c.by_key)
        connection.execute(sa.delete(NAMES).where(NAMES.c.key.not_in(still_named)))
    return count


def _of_one_moment(connection: sa.Connection) -> sa.Transaction | Any:
    """Rows that are added while reading are not seen: the head and the rows are of one moment."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("begin")
    else:
        connection.exec_driver_sql("set transaction isolation level repeatable read")
    return connection.get_transaction()


def _rows(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    number = -1
    while True:
        query = sa.select(ROWS).where(ROWS.c.number > number).order_by(ROWS.c.number).limit(_AT_ONCE)
        rows = connection.execute(query).mappings().all()
        yield from map(dict, rows)
        if not rows:
            return
        number = rows[-1]["number"]


def _damaged(what: str) -> Damaged:
    return Damaged(
        f"The audit is damaged. {what}",
        "Somebody changed the store past Orderbeat, or its disk fails.",
        "Compare with a backup; what was written after the last row that is whole proves nothing.",
    )
