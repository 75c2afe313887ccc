"""The audit's rows: only ever added, each sealed by a hash over itself and the seal of the row before.

Rows name people by their keys; what they are called stands beside, in a table that can be scrubbed when somebody is
erased without breaking a seal.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from data.people.person import Author
from data.people.store.tables import metadata, moment_column, text_column

Word = Literal[
    "signed_in", "sign_in_failed", "signed_out", "session_ended", "invited", "person_changed", "people_read_in",
    "deactivated", "reactivated", "erased", "link_made", "password_set", "second_factor_set", "second_factor_removed",
    "second_factor_required", "second_factor_optional", "identity_bound", "identity_unbound", "group_given_role",
    "group_lost_role", "action_taken", "action_given", "exported", "printed", "viewed_customer", "viewed_as", "decided",
    "setting_changed", "view_saved", "view_deleted", "loaded", "refreshed", "backed_up", "restored", "audit_cut",
    "deeds_cut", "quarantine_cut", "sent", "not_sent", "subscribed", "unsubscribed", "rule_set", "rule_removed",
    "token_made", "token_revoked", "calendar_read", "tool_called", "channel_made", "channel_removed", "mail_asked",
]  # fmt: skip

NOTHING_BEFORE = "0" * 64  # what the first row is sealed to
_LONGEST_TEXT = 1_000  # characters of each text, so that nobody fills the store with a header

ROWS = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    moment_column(),
    text_column("by_key"),  # "" where nobody is known
    text_column("did"),
    text_column("about"),
    text_column("detail"),
    text_column("address"),
    text_column("session"),
    text_column("seal"),
    sa.Index("audit_by_at", "at"),
)

# What people are called who stand in the rows; no seal covers it.
NAMES = sa.Table("audit_names", metadata, sa.Column("key", sa.Text, primary_key=True), text_column("name"))

# One row: the last row's number and seal, and those of the last row that was cut away.
HEAD = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    text_column("seal"),
    sa.Column("cut_number", sa.BigInteger, nullable=False),
    text_column("cut_seal"),
)


def record(
    connection: sa.Connection,
    *,
    by: Author | None,
    did: Word,
    about: str = "",
    detail: Mapping[str, Any] | None = None,
    address: str = "",
    session: str = "",
) -> None:
    """Adds a row within the transaction of what it tells.

    `by` is None where nobody is known, or where the command line did it; `about` a key (of an account, a customer, a
    setting); `detail` what JSON can hold, and no names or addresses of people: they could not be erased. `address` is
    where a request came from, `session` the id of a session: those of `by` where nothing else is said.
    """
    # Raising the number first locks the head, in either database, so that two who write at once follow each other.
    raised = sa.update(HEAD).values(number=HEAD.c.number + 1).returning(HEAD.c.number, HEAD.c.seal)
    number, before = connection.execute(raised).one()
    row = {
        "number": number,
        "at": datetime.now(UTC),
        "by_key": _plain(by.key) if by else "",
        "did": did,
        "about": _plain(about),
        "detail": _plain(json.dumps(dict(detail or {}), sort_keys=True, ensure_ascii=False), longest=None),
        "address": _plain(address or (by.address if by else "")),
        "session": _plain(session or (by.session if by else "")),
    }
    row["seal"] = seal(row, before)
    connection.execute(sa.insert(ROWS).values(**row))
    connection.execute(sa.update(HEAD).values(seal=row["seal"]))
    if by:
        _name(connection, _plain(by.key), _plain(by.name))


def seal(row: Mapping[str, Any], before: str) -> str:
    """The hash over all columns of a row but its seal, and over the seal of the row before."""
    told = [row[column.name] for column in ROWS.columns if column.name != "seal"]
    texts = [each.astimezone(UTC).isoformat() if isinstance(each, datetime) else each for each in told]
    return hashlib.sha256(json.dumps([before, *texts]).encode()).hexdigest()


def _name(connection: sa.Connection, key: str, name: str) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(NAMES).values(key=key, name=name)
    is_other = NAMES.c.name != name
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"name": name}, where=is_other))


def _plain(text: str, longest: int | None = _LONGEST_TEXT) -> str:
    """What any database takes: the audit of a deed must not fail because of what a request says."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")[:longest]
