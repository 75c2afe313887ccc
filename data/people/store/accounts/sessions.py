"""Sessions of people who are in. The token is theirs alone, the store keeps its hash; a session that ended is gone."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from data.errors import AccessDenied, OrderbeatError
from data.people import permissions
from data.people.person import Person
from data.people.store import chain
from data.people.store.accounts import half_way, people, rules
from data.people.store.accounts.rules import Rules
from data.people.store.accounts.tables import ACCOUNTS, SESSIONS, hashed, new_id, new_token
from data.people.store.database import Store
from data.people.store.tables import is_storable

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_TEXT = 200  # of what a browser says of itself
_LISTED = 500  # tokens asked about in one statement

How = Literal["password", "identity", "link"]


@dataclass(frozen=True)
class Entered:
    """Somebody came in: the token to give their browser, and the id by which the session is spoken of."""

    token: str = field(repr=False)
    session_id: str
    account_id: str


@dataclass(frozen=True)
class Session:
    """A session that is good now, and who it is of as their account and the rules stand now. Moments are UTC.

    Whoever `needs_second_factor` came in by a password alone though a role of theirs asks for more: until one is set
    `person` has no roles, and so may do nothing.
    """

    id: str
    account_id: str
    person: Person
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    how: How
    device: str
    address: str
    needs_second_factor: bool = False


def begin(
    connection: sa.Connection, account: people.Account, *, how: How, address: str, device: str, lasts: timedelta
) -> Entered:
    """Begins a session within the transaction that found out who it is; the audit tells of it."""
    now = datetime.now(UTC)
    connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.ends_at < now))  # nobody ended them
    entered = Entered(new_token(), new_id(), account.id)
    row = {
        "id": entered.session_id,
        "token_hash": hashed(entered.token),
        "account_id": account.id,
        "began_at": now,
        "seen_at": now,
        "ends_at": now + lasts,
        "how": how,
        "device": _plain(device),
        "address": _plain(address),
    }
    connection.execute(sa.insert(SESSIONS).values(**row))
    chain.record(
        connection,
        by=people.author_of(account),
        did="signed_in",
        about=account.id,
        detail={"how": how},
        address=address,
        session=entered.session_id,
    )
    return entered


def session(
    store: Store, token: str, *, is_seen: bool = True, now: datetime | None = None, idle: timedelta = IDLE
) -> Session | None:
    """The session of a token, None where it is unknown, ended, idle for too long, or past its end.

    Who it is of is read anew: a role that changed holds at once. With `is_seen` it counts as in use, which is written
    once a minute at most.
    """
    present = now or datetime.now(UTC)
    with store.reading() as connection:
        row = connection.execute(_OF_TOKEN, {"token_hash": hashed(token)}).mappings().first()
        found = _session(row, rules.read(connection), present, idle) if row else None
    if found and is_seen and present - found.seen_at >= _SEEN_EVERY:
        with suppress(OrderbeatError):  # a store that cannot be written now can still be read
            _see(store, found, present)
        found = replace(found, seen_at=present)
    return found


def open_of(store: Store, tokens: Iterable[str], *, now: datetime | None = None, idle: timedelta = IDLE) -> set[str]:
    """Which of these tokens are of sessions that are good now; none of them counts as in use by that."""
    by_hash = {hashed(token): token for token in tokens}
    hashes, found = sorted(by_hash), set[str]()
    with store.reading() as connection:
        for start in range(0, len(hashes), _LISTED):
            some = SESSIONS.c.token_hash.in_(hashes[start : start + _LISTED])
            good = sa.select(SESSIONS.c.token_hash).join(ACCOUNTS).where(some, *_is_good(now, idle))
            found.update(by_hash[each] for each in connection.execute(good).scalars())
    return found


def of(store: Store, account_id: str, *, now: datetime | None = None, idle: timedelta = IDLE) -> list[Session]:
    """The sessions of an account that are good now, the last seen first. Who may ask is for the caller to know."""
    query = _with_account().where(SESSIONS.c.account_id == account_id, *_is_good(now, idle))
    with store.reading() as connection:
        in_force = rules.read(connection)
        rows = connection.execute(query.order_by(SESSIONS.c.seen_at.desc(), SESSIONS.c.id)).mappings().all()
    found = (_session(row, in_force, now or datetime.now(UTC), idle) for row in rows)
    return [each for each in found if each]


def end(store: Store, token: str, *, address: str = "") -> None:
    """Signs out. A token of no session is left at that."""
    query = sa.delete(SESSIONS).where(SESSIONS.c.token_hash == hashed(token))
    with store.keeping() as connection:
        row = connection.execute(query.returning(SESSIONS.c.id, SESSIONS.c.account_id)).first()
        if row:
            author = people.author_of(people.one(connection, row.account_id))
            chain.record(connection, by=author, did="signed_out", about=row.account_id, address=address, session=row.id)


def end_one(store: Store, by: Person, session_id: str, *, address: str = "") -> None:
    """Ends one session: one's own, or another's for whom may manage people.

    Raises AccessDenied for any other, and for one that is gone.
    """
    asked_for = session_id if is_storable(session_id) else ""
    with store.keeping() as connection:
        owner = connection.execute(sa.select(SESSIONS.c.account_id).where(SESSIONS.c.id == asked_for)).scalar()
        if owner is None or (owner != by.key and not permissions.allowed(by, "manage_people")):
            raise AccessDenied(
                "This session cannot be ended.", "It is somebody else's, or it is over already.", "Reload the page."
            )
        if connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.id == session_id)).rowcount:
            told = {"by": by.author, "about": owner, "address": address, "session": session_id}
            chain.record(connection, did="session_ended", **told)


def end_everywhere(store: Store, by: Person, account_id: str, but: str | None = None) -> int:
    """Ends every session of an account, one's own or by whom may manage people, but that id; returns how many.

    Raises AccessDenied.
    """
    if by.key != account_id:
        permissions.require(by, "manage_people")
    with store.keeping() as connection:
        ended = end_all(connection, account_id, but)
        detail = {"sessions": ended, "everywhere": True}
        chain.record(connection, by=by.author, did="session_ended", about=account_id, detail=detail, session=but or "")
    return ended


def end_all(connection: sa.Connection, account_id: str, but: str | None = None) -> int:
    """Ends every session of an account within a transaction; returns how many. Nobody is half-way in any more."""
    half_way.end(connection, account_id)
    query = sa.delete(SESSIONS).where(SESSIONS.c.account_id == account_id, SESSIONS.c.id != (but or ""))
    return connection.execute(query).rowcount


def _with_account() -> sa.Select[Any]:
    of_account = [column.label(f"of_{column.name}") for column in ACCOUNTS.columns]
    return sa.select(SESSIONS, *of_account).join(ACCOUNTS, ACCOUNTS.c.id == SESSIONS.c.account_id)


# Asked at every frame of every tab, so it is put together once.
_OF_TOKEN = _with_account().where(SESSIONS.c.token_hash == sa.bindparam("token_hash"))


def _is_good(now: datetime | None, idle: timedelta) -> tuple[sa.ColumnElement[bool], ...]:
    present = now or datetime.now(UTC)
    return ACCOUNTS.c.is_active, SESSIONS.c.ends_at > present, SESSIONS.c.seen_at > present - idle


def _session(row: Any, in_force: Rules, now: datetime, idle: timedelta) -> Session | None:
    if not row["of_is_active"] or row["ends_at"] <= now or row["seen_at"] <= now - idle:
        return None
    account = people.account_of({column.name: row[f"of_{column.name}"] for column in ACCOUNTS.columns})
    needs_more = needs_second_factor(account, in_force, row["how"])
    person = replace(people.person_of(account, in_force), session=row["id"], address=row["address"])
    return Session(
        row["id"],
        account.id,
        replace(person, roles=frozenset()) if needs_more else person,
        row["began_at"],
        row["seen_at"],
        row["ends_at"],
        row["how"],
        row["device"],
        row["address"],
        needs_more,
    )


def needs_second_factor(account: people.Account, in_force: Rules, how: How) -> bool:
    """Whether a role asks for a second factor that the account lacks; an identity provider asks for its own."""
    return how != "identity" and not account.has_second_factor and bool(account.roles & in_force.need_second_factor)


def _see(store: Store, seen: Session, now: datetime) -> None:
    with store.keeping() as connection:  # the account first, in the order of whoever deactivates it
        of_account = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == seen.account_id, ACCOUNTS.c.is_active)
        connection.execute(of_account.values(last_seen_at=now))
        connection.execute(sa.update(SESSIONS).where(SESSIONS.c.id == seen.id).values(seen_at=now))


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)[:_LONGEST_TEXT]
