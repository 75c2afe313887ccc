"""Accounts: whoever is let in, with which roles, and which part of the company they read.

Of two administrators who change one person at once, the later one's words hold; the audit tells both.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from data.errors import BadInput
from data.people import permissions
from data.people.permissions import RIGHTS, ROLES
from data.people.person import Author, Person, Role, scope_of
from data.people.store import deeds, entries, views
from data.people.store.accounts.rules import Rules
from data.people.store.accounts.tables import (
    ACCOUNTS,
    HALF_WAY,
    IDENTITIES,
    LINKS,
    SESSIONS,
    new_id,
)
from data.people.store.chain import NAMES
from data.people.store.database import Store
from data.people.store.tables import LONGEST_KEY, is_storable, metadata, require_key

ERASED = "Erased person"  # what stands where somebody's name stood
_LOCK = 0x70656F70  # any number that no other lock of ours has
SIGNED = (deeds.EVENTS, entries.ENTRIES)


@dataclass(frozen=True)
class Account:
    """Somebody who may come in; `email`, in lower case, is None of whom was erased. Moments are UTC."""

    id: str
    email: str | None
    name: str
    roles: frozenset[Role]
    rep: str | None
    team: str | None
    is_active: bool
    is_erased: bool
    has_password: bool
    has_second_factor: bool
    identities: tuple[tuple[str, str], ...]
    created_at: datetime
    last_seen_at: datetime | None

    @property
    def can_come_in(self) -> bool:
        """Whether there is a way in for them now."""
        return self.is_active and (self.has_password or bool(self.identities))


@dataclass(frozen=True)
class Erased:
    """What still stands under the key of somebody who was erased, in numbers of rows."""

    events: int
    settings: int
    shared_views: int


def person_of(account: Account, rules: Rules) -> Person:
    """What an account may do and which file it reads, by the rules that hold now. Raises BadInput without a binding."""
    scope = scope_of(account.roles, account.rep, account.team)
    if scope is None:
        raise _unbound()
    return Person(account.id, account.name, account.roles, scope, rules.taken)


def everybody(store: Store, to: Person) -> list[Account]:
    """Every account, also of those who were deactivated or erased, by name. Raises AccessDenied."""
    permissions.require(to, "manage_people")
    with store.reading() as connection:
        found = accounts(connection)
    return sorted(found, key=lambda account: (account.is_erased, account.name.casefold(), account.id))


def find(store: Store, to: Person, account_id: str) -> Account:
    """One account: one's own, or anybody's to whom may manage people. Raises AccessDenied, BadInput without one."""
    if to.key != account_id:
        permissions.require(to, "manage_people")
    with store.reading() as connection:
        return one(connection, account_id)


def invite(
    store: Store,
    by: Person,
    *,
    email: str,
    name: str,
    roles: Iterable[Role],
    rep: str | None = None,
    team: str | None = None,
) -> Account:
    """A new account. Whom it is for comes in by a link (links.py) or an identity of that e-mail (coming_in.py).

    Raises AccessDenied, BadInput for an e-mail that is taken or none, or a rep or lead without rep or team.
    """
    account_id, kept = new_id(), checked(name, roles, rep, team)
    address = normal_email(email)
    detail = told(kept)
    try:
        with store.writing(by, "manage_people", did="invited", about=account_id, detail=detail) as connection:
            add(connection, account_id, address, kept)
            return one(connection, account_id)
    except IntegrityError:
        raise taken_email() from None


def change(
    store: Store,
    by: Person,
    account_id: str,
    *,
    name: str,
    roles: Iterable[Role],
    rep: str | None = None,
    team: str | None = None,
) -> Account:
    """Gives an account another name, roles, rep and team; they hold from the next rerun on.

    Raises AccessDenied, BadInput as `invite`, or where the last administrator would lose that role.
    """
    kept, detail = checked(name, roles, rep, team), dict[str, Any]()
    with store.writing(by, "manage_people", did="person_changed", about=account_id, detail=detail) as connection:
        with keeps_administrator(connection):
            detail.update(put(connection, account_id, kept))
        return one(connection, account_id)


def deactivate(store: Store, by: Person, account_id: str) -> None:
    """Shuts somebody out at once: every session of theirs ends. Raises AccessDenied, BadInput for the last one."""
    with (
        store.writing(by, "manage_people", did="deactivated", about=account_id) as connection,
        keeps_administrator(connection),
    ):
        shut_out(connection, account_id)


def reactivate(store: Store, by: Person, account_id: str) -> None:
    """Lets somebody in again, as before. Raises AccessDenied, BadInput for who was erased."""
    with store.writing(by, "manage_people", did="reactivated", about=account_id) as connection:
        let_in(connection, account_id)


def erase(store: Store, by: Person, account_id: str) -> Erased:
    """Takes away all that says who somebody was; what they wrote stays under a key that names nobody.

    Notes that people wrote are left as they are, and so are the addresses in the audit until it is cut. Raises
    AccessDenied, BadInput for the last administrator.
    """
    detail: dict[str, Any] = {}
    if by.key == account_id:
        raise BadInput("Nobody erases themselves.", "The audit would name them again.", "Ask another administrator.")
    with store.writing(by, "manage_people", did="erased", about=account_id, detail=detail) as connection:
        with keeps_administrator(connection):
            shut_out(connection, account_id)
        for table in metadata.sorted_tables:
            if "account_id" in table.c:
                connection.execute(sa.delete(table).where(table.c.account_id == account_id))
        gone = dict.fromkeys(("email", "rep", "team", "password_hash", "totp_secret", "totp_begun", "last_seen_at"))
        of_account = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id)
        connection.execute(of_account.values(name=ERASED, roles="", is_erased=True, **gone))
        signed = [
            connection.execute(sa.update(table).where(table.c.by_key == account_id).values(by_name=ERASED)).rowcount
            for table in SIGNED
        ]
        connection.execute(sa.update(NAMES).where(NAMES.c.key == account_id).values(name=ERASED))
        own = views.VIEWS.c.by_key == account_id
        connection.execute(sa.delete(views.VIEWS).where(own, sa.not_(views.VIEWS.c.is_shared)))
        shared = connection.execute(sa.select(sa.func.count()).select_from(views.VIEWS).where(own)).scalar_one()
        left = Erased(signed[0], signed[1], shared)
        detail.update(vars(left))
    return left


def author_of(account: Account) -> Author:
    """As what somebody writes is signed who is not in yet."""
    return Author(account.id, account.name)


# Within a transaction


def signature(connection: sa.Connection, account_id: str) -> Author:
    """As what reached somebody, or what they did from outside, is signed: by their name, while an account says it."""
    name = connection.execute(sa.select(ACCOUNTS.c.name).where(ACCOUNTS.c.id == account_id)).scalar()
    return Author(account_id, name or account_id)


def accounts(connection: sa.Connection, *of: sa.ColumnElement[bool]) -> list[Account]:
    """The accounts for which this holds."""
    rows = connection.execute(sa.select(ACCOUNTS).where(*of)).all()
    query = sa.select(IDENTITIES)
    if len(rows) == 1:
        query = query.where(IDENTITIES.c.account_id == rows[0].id)
    bound: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(query) if rows else ():
        bound.setdefault(row.account_id, []).append((row.issuer, row.subject))
    return [account_of(row._mapping, tuple(sorted(bound.get(row.id, ())))) for row in rows]  # noqa: SLF001 (its name)


def account_of(row: Mapping[Any, Any], identities: tuple[tuple[str, str], ...] = ()) -> Account:
    """The account of a row."""
    return Account(
        row["id"],
        row["email"],
        row["name"],
        frozenset(cast("Role", role) for role in row["roles"].split("+") if role),
        row["rep"],
        row["team"],
        row["is_active"],
        row["is_erased"],
        row["password_hash"] is not None,
        row["totp_secret"] is not None,
        identities,
        row["created_at"],
        row["last_seen_at"],
    )


def one(connection: sa.Connection, account_id: str) -> Account:
    """That account. Raises BadInput where there is none."""
    found = accounts(connection, ACCOUNTS.c.id == account_id) if is_storable(account_id) else []
    if not found:
        raise BadInput("There is no such person.", "The list was shown before it changed.", "Reload the page.")
    return found[0]


def add(connection: sa.Connection, account_id: str, email: str, kept: Mapping[str, Any]) -> None:
    """Adds the row of an account. Raises IntegrityError for an e-mail that is taken."""
    row = {"id": account_id, "email": email, "is_active": True, "is_erased": False, "totp_step": 0, **kept}
    connection.execute(sa.insert(ACCOUNTS).values(created_at=datetime.now(UTC), **row))


def put(connection: sa.Connection, account_id: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Writes other values into an account, and returns what the audit tells of it. Raises BadInput."""
    before = one(connection, account_id)
    if before.is_erased:
        raise _erased()
    connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(**kept))
    after = one(connection, account_id)
    changed: dict[str, Any] = {
        name: [_plainly(getattr(before, name)), _plainly(getattr(after, name))]
        for name in ("roles", "rep", "team")
        if getattr(before, name) != getattr(after, name)
    }
    return changed | ({"name": "changed"} if before.name != after.name else {})


def shut_out(connection: sa.Connection, account_id: str) -> None:
    """Ends the sessions of an account, its links, and lets no other begin. Raises BadInput where there is none."""
    one(connection, account_id)
    connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(is_active=False))
    for table in (SESSIONS, LINKS, HALF_WAY):
        connection.execute(sa.delete(table).where(table.c.account_id == account_id))


def let_in(connection: sa.Connection, account_id: str) -> None:
    """Lets an account in again. Raises BadInput where there is none, or who was erased."""
    if one(connection, account_id).is_erased:
        raise _erased()
    connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(is_active=True))


def end_sessions(connection: sa.Connection, account_id: str) -> None:
    """Ends every session of an account."""
    connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.account_id == account_id))


def lock(connection: sa.Connection) -> None:
    """One transaction at a time from here on, of those that change who may come in and as what."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    else:  # any statement that writes takes the one lock there is
        connection.execute(sa.update(ACCOUNTS).where(sa.false()).values(id=ACCOUNTS.c.id))


def has_administrator(connection: sa.Connection) -> bool:
    """Whether there is somebody who may manage people and can come in."""
    return any(account.can_come_in for account in accounts(connection, _may_manage()))


@contextmanager
def keeps_administrator(connection: sa.Connection) -> Iterator[None]:
    """Raises BadInput where afterwards nobody would be left who may manage people and can come in."""
    lock(connection)
    had_one = has_administrator(connection)
    yield
    if had_one and not has_administrator(connection):
        raise BadInput(
            "The last administrator stays.",
            "Nobody else could let people in.",
            "Make somebody else an administrator first; they must have come in once.",
        )


def checked(name: str, roles: Iterable[str], rep: str | None, team: str | None) -> dict[str, Any]:
    """Name, roles, rep and team as they are kept. Raises BadInput for what cannot be."""
    given = frozenset(roles)
    kept_name = " ".join(unicodedata.normalize("NFC", name).split())
    if not kept_name:
        raise BadInput("The name is missing.", "People are shown by name.", "Enter a name.")
    if not given or given - {*ROLES}:
        raise BadInput(
            "There is no such role.", "Somebody has one at least, of those that there are.", "Choose a role."
        )
    rep, team = (rep or "").strip() or None, (team or "").strip() or None
    require_key(kept_name, rep or "", team or "")
    if scope_of(cast("frozenset[Role]", given), rep, team) is None:
        raise _unbound()
    return {"name": kept_name, "roles": "+".join(sorted(given)), "rep": rep, "team": team}


def normal_email(email: str) -> str:
    """An e-mail address as it is kept and compared. Raises BadInput for what is none."""
    address = unicodedata.normalize("NFC", email).strip().lower()
    name, _, domain = address.rpartition("@")
    if not name or not domain or not address.isprintable() or " " in address or len(address) > LONGEST_KEY:
        raise BadInput("This is no e-mail address.", "It is written as name@company.example.", "Enter another.")
    require_key(address)
    return address


def taken_email() -> BadInput:
    """What is said where an e-mail belongs to another account."""
    return BadInput(
        "Somebody has this e-mail address already.", "Each account has its own.", "Change that account instead."
    )


def _may_manage() -> sa.ColumnElement[bool]:
    """Of accounts: their roles let them manage people. Roles are words of which none is a part of another."""
    return sa.or_(*(ACCOUNTS.c.roles.contains(role) for role in sorted(RIGHTS["manage_people"].roles)))


def told(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit tells of an account that begins."""
    return {name: kept[name] for name in ("roles", "rep", "team") if kept[name]}


def _plainly(value: Any) -> Any:
    return "+".join(sorted(value)) if isinstance(value, frozenset) else value


def _unbound() -> BadInput:
    return BadInput(
        "It is not said whose accounts this person sees.",
        "Somebody in sales sees those of one of the people in the data, somebody who leads those of a team.",
        "Choose the person or the team.",
    )


def _erased() -> BadInput:
    return BadInput("This person was erased.", "Nothing is left that could be changed.", "Invite them anew.")
