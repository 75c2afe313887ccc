"""The outbox: what is to reach people, each once, and what became of it.

A letter stands here before anybody tries to send it, and is marked before and after each attempt. Whoever is killed in
between leaves one that is marked as under way; it is sent again, marked as one that may have come already.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from data.errors import BadInput
from data.people import permissions
from data.people.person import Person
from data.people.store import chain, own_rules
from data.people.store.accounts import people
from data.people.store.accounts.tables import new_id
from data.people.store.database import Store, insert
from data.people.store.subscriptions import MAIL, SUBSCRIPTIONS, Subscription
from data.people.store.tables import metadata, moment_column, text_column

Kind = Literal["digest", "rule", "invitation", "reset", "test"]
Standing = Literal["waiting", "sending", "sent", "not_sent"]

# How long after each attempt the next one follows; after the last it is given up.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))
# Beyond, whoever began an attempt is taken for dead. An attempt has an end of its own well before (service/sending).
LEASE = timedelta(minutes=5)
_LONGEST_SAID = 300
_MOST_AT_ONCE = 500

OUTGOING = sa.Table(
    "outgoing",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False),
    text_column("kind"),
    text_column("slot"),
    text_column("channel_id"),
    text_column("reads"),
    text_column("language"),
    text_column("subject"),
    text_column("content"),  # as JSON; "" once it is over
    text_column("state"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("is_repeated", sa.Boolean, nullable=False),
    text_column("why"),
    text_column("said"),
    moment_column("made_at"),
    moment_column("next_at"),
    moment_column("ended_at", nullable=True),
    sa.UniqueConstraint("account_id", "kind", "slot"),
    sa.Index("outgoing_by_state", "state", "next_at"),
)


@dataclass(frozen=True)
class Letter:
    """Something for one person, by mail or into a channel of theirs.

    There is one of a `kind` and a `slot`. `reads` says as whose file its content was made. `why` is the code of what
    stood in the way last and `said` what the other side answered; `is_repeated` that it may have come before.
    """

    id: str
    account_id: str
    kind: Kind
    slot: str
    channel_id: str
    reads: str
    language: str
    subject: str
    content: str = field(repr=False)
    state: Standing
    attempts: int
    is_repeated: bool
    why: str
    said: str
    made_at: datetime
    next_at: datetime
    ended_at: datetime | None


class _SomebodyElseDid(Exception):
    """Takes a transaction back."""


def draft(
    account_id: str,
    kind: Kind,
    slot: str,
    *,
    now: datetime,
    content: str = "",
    subject: str = "",
    channel_id: str = MAIL,
    reads: str = "",
    language: str = "",
) -> Letter:
    """A letter that nothing happened to yet."""
    return Letter(
        new_id(), account_id, kind, slot, channel_id, reads, language, subject, content, "waiting", 0,
        is_repeated=False, why="", said="", made_at=now, next_at=now, ended_at=None,
    )  # fmt: skip


def put(store: Store, letter: Letter) -> bool:
    """Puts a letter into the outbox; False where one of its kind and slot was there already."""
    with store.keeping() as connection:
        return _put(store, connection, letter)


def looked(
    store: Store,
    subscription: Subscription,
    *,
    into: str,
    told: str,
    at: datetime | None = None,
    letter: Letter | None = None,
) -> bool:
    """Keeps what somebody is told by a digest, together with the letter that tells it: both or neither.

    `at` is the time at which it was due. False, and nothing kept, where the subscription changed meanwhile, or somebody
    else was quicker.
    """
    of = sa.update(SUBSCRIPTIONS).where(
        SUBSCRIPTIONS.c.account_id == subscription.account_id,
        SUBSCRIPTIONS.c.since == subscription.since,
        SUBSCRIPTIONS.c.told == subscription.told,
        SUBSCRIPTIONS.c.looked_into == subscription.looked_into,
    )
    kept = of.values(looked_into=into, told=told, looked_at=at or subscription.looked_at)
    with suppress(_SomebodyElseDid), store.keeping() as connection:
        _require(connection.execute(kept).rowcount == 1)
        _require(letter is None or _put(store, connection, letter))
        return True
    return False


def put_findings(store: Store, letter: Letter, finding_ids: Collection[str]) -> None:
    """Puts a letter into the outbox that tells what rules found, and notes that these were told: both or neither."""
    with store.keeping() as connection:
        _put(store, connection, letter)
        own_rules.hand(connection, finding_ids)


def ask_for_link(
    store: Store, by: Person, account_id: str, purpose: Literal["invitation", "reset"], language: str = ""
) -> None:
    """Has a one-time link mailed to somebody. The link is made when it is sent, so that it lies nowhere till then.

    Raises AccessDenied, BadInput for who was deactivated.
    """
    now = datetime.now(UTC)
    with store.writing(by, "manage_people", did="mail_asked", about=account_id, detail={"kind": purpose}) as connection:
        if not people.one(connection, account_id).is_active:
            raise BadInput("A link would not let this person in.", "They are deactivated.", "Let them in again first.")
        _put(store, connection, draft(account_id, purpose, now.isoformat(), now=now, language=language))


def ask_for_test(store: Store, by: Person) -> None:
    """Has a mail sent to oneself that says no more than that mails come. Raises AccessDenied."""
    now = datetime.now(UTC)
    with store.writing(by, "set_ways", did="mail_asked", about=by.key, detail={"kind": "test"}) as connection:
        _put(store, connection, draft(by.key, "test", now.isoformat(), now=now))


def has_waiting(store: Store, account_id: str, kind: Kind) -> bool:
    """Whether one of that kind is still on its way to somebody."""
    query = sa.select(OUTGOING.c.id).where(
        OUTGOING.c.account_id == account_id, OUTGOING.c.kind == kind, OUTGOING.c.state.in_(("waiting", "sending"))
    )
    with store.reading() as connection:
        return connection.execute(query).first() is not None


def due(store: Store, now: datetime) -> list[str]:
    """The ids of letters to be tried now, the longest due first."""
    query = sa.select(OUTGOING.c.id).where(OUTGOING.c.state == "waiting", OUTGOING.c.next_at <= now)
    with store.reading() as connection:
        found = connection.execute(query.order_by(OUTGOING.c.next_at, OUTGOING.c.id).limit(_MOST_AT_ONCE))
        return [*found.scalars()]


def take(store: Store, letter_id: str, now: datetime) -> Letter | None:
    """Marks a letter as under way before an attempt; None where somebody else took it, or it is over."""
    taken = (
        sa.update(OUTGOING)
        .where(OUTGOING.c.id == letter_id, OUTGOING.c.state == "waiting", OUTGOING.c.next_at <= now)
        .values(state="sending", attempts=OUTGOING.c.attempts + 1, next_at=now + LEASE)
        .returning(OUTGOING)
    )
    with store.keeping() as connection:
        row = connection.execute(taken).mappings().one_or_none()
        return _letter(row) if row else None


def take_up(store: Store, now: datetime) -> int:
    """Lets letters wait again whose sender died; they are marked, since they may have come. Gives how many."""
    dead = sa.update(OUTGOING).where(OUTGOING.c.state == "sending", OUTGOING.c.next_at <= now)
    with store.keeping() as connection:
        return connection.execute(dead.values(state="waiting", is_repeated=True, next_at=now)).rowcount


def sent(store: Store, letter: Letter, now: datetime) -> None:
    """Marks a letter as sent; what stood in it is kept no longer."""
    _over(store, letter, "sent", now)


def put_off(
    store: Store,
    letter: Letter,
    now: datetime,
    *,
    why: str,
    said: str = "",
    wait: timedelta | None = None,
    may_have_come: bool = False,
) -> None:
    """After an attempt that failed: another later, after `wait` at least, or none where there were enough."""
    if letter.attempts > len(BACKOFF):
        give_up(store, letter, now, why=why, said=said)
        return
    until = now + max(BACKOFF[letter.attempts - 1], wait or timedelta())
    with store.keeping() as connection:
        waiting = {
            "state": "waiting", "next_at": until, "why": why, "said": said[:_LONGEST_SAID],
            "is_repeated": letter.is_repeated or may_have_come,
        }  # fmt: skip
        connection.execute(_under_way(letter).values(**waiting))


def give_up(store: Store, letter: Letter, now: datetime, *, why: str, said: str = "") -> None:
    """Marks a letter as one that is not sent, and why; a later digest begins anew, since this was not told."""
    _over(store, letter, "not_sent", now, why=why, said=said[:_LONGEST_SAID])


def own(store: Store, to: Person, limit: int = 100) -> list[Letter]:
    """What was to reach oneself, the newest first."""
    return _read(store, limit, OUTGOING.c.account_id == to.key)


def everybodys(store: Store, to: Person, limit: int = 500) -> list[Letter]:
    """What was to reach anybody, the newest first. Raises AccessDenied for who may not open and close ways."""
    permissions.require(to, "set_ways")
    return _read(store, limit)


def cut(store: Store, before: datetime) -> int:
    """Takes away what was over before that moment, and gives how many there were."""
    with store.keeping() as connection:
        return connection.execute(sa.delete(OUTGOING).where(OUTGOING.c.ended_at < before)).rowcount


def _put(store: Store, connection: sa.Connection, letter: Letter) -> bool:
    row = insert(store, OUTGOING).values(**vars(letter)).on_conflict_do_nothing().returning(OUTGOING.c.id)
    return connection.execute(row).first() is not None


def _require(is_mine: bool) -> None:  # noqa: FBT001 (it is what is required)
    if not is_mine:
        raise _SomebodyElseDid


def _under_way(letter: Letter) -> sa.Update:
    """Of the attempt that is under way: where another took over, what this one says no longer counts."""
    return sa.update(OUTGOING).where(
        OUTGOING.c.id == letter.id, OUTGOING.c.state == "sending", OUTGOING.c.attempts == letter.attempts
    )


def _over(store: Store, letter: Letter, state: Literal["sent", "not_sent"], now: datetime, **more: Any) -> None:
    with store.keeping() as connection:
        values = {"state": state, "content": "", "ended_at": now, "why": "", "said": "", **more}
        if not connection.execute(_under_way(letter).values(**values)).rowcount:
            return
        if state == "not_sent" and letter.kind == "digest":
            of = sa.update(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.account_id == letter.account_id)
            connection.execute(of.values(told=""))
        detail = {"kind": letter.kind, "by": "channel" if letter.channel_id else "mail", **_in_short(letter, more)}
        chain.record(
            connection,
            by=people.signature(connection, letter.account_id),
            did=state,
            about=letter.id,
            detail=detail,
        )


def _in_short(letter: Letter, more: Mapping[str, Any]) -> dict[str, Any]:
    return ({"why": more["why"]} if "why" in more else {}) | ({"repeated": True} if letter.is_repeated else {})


def _read(store: Store, limit: int, *of: sa.ColumnElement[bool]) -> list[Letter]:
    query = sa.select(OUTGOING).where(*of).order_by(OUTGOING.c.made_at.desc(), OUTGOING.c.id).limit(limit)
    with store.reading() as connection:
        return [_letter(row) for row in connection.execute(query).mappings()]


def _letter(row: Mapping[Any, Any]) -> Letter:
    return Letter(**{name: row[name] for name in Letter.__dataclass_fields__})
