"""One-time links: to come in for the first time, or with a new password. The store keeps their hashes alone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from data.errors import BadInput, NotLetIn
from data.people.permissions import RIGHTS
from data.people.person import Person
from data.people.store import chain
from data.people.store.accounts import people, second_factor
from data.people.store.accounts.tables import ACCOUNTS, LINKS, hashed, new_id, new_token
from data.people.store.database import Store

Purpose = Literal["invitation", "reset"]
LASTS = {"invitation": timedelta(hours=72), "reset": timedelta(hours=24)}


@dataclass(frozen=True)
class Link:
    """What opens the door once, and until when (UTC)."""

    token: str = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class Invited:
    """Whom a link is for."""

    account_id: str
    email: str
    name: str
    purpose: Purpose
    has_second_factor: bool
    until: datetime


def invitation(store: Store, by: Person, account_id: str) -> Link:
    """A link by which somebody comes in for the first time, and sets a password. The one before no longer works.

    Raises AccessDenied, BadInput for who was deactivated.
    """
    with store.writing(
        by, "manage_people", did="link_made", about=account_id, detail={"purpose": "invitation"}
    ) as connection:
        return _make(connection, account_id, "invitation")


def reset(store: Store, by: Person, account_id: str) -> Link:
    """A link by which somebody sets a new password. Raises as `invitation`."""
    with store.writing(
        by, "manage_people", did="link_made", about=account_id, detail={"purpose": "reset"}
    ) as connection:
        return _make(connection, account_id, "reset")


def for_mail(store: Store, account_id: str, purpose: Purpose) -> Link:
    """For the sender alone: the link that an administrator asked to be mailed, made when it is (outgoing.py).

    Raises BadInput for who was deactivated since.
    """
    with store.keeping() as connection:
        detail = {"purpose": purpose, "from": "mail"}
        chain.record(connection, by=None, did="link_made", about=account_id, detail=detail)
        return _make(connection, account_id, purpose)


def first_administrator(store: Store, *, email: str, name: str = "") -> Link:
    """For the command line alone: a link for an administrator where none can come in.

    Where one can, only a link by which an administrator of that e-mail sets a new password: whoever may run commands
    owns the store anyway. Raises BadInput for anybody else then.
    """
    address = people.normal_email(email)
    with store.keeping() as connection:
        people.lock(connection)
        has_one = people.has_administrator(connection)
        found = people.accounts(connection, ACCOUNTS.c.email == address)
        manages = frozenset(RIGHTS["manage_people"].roles)
        if has_one and not (found and found[0].is_active and found[0].roles & manages):
            raise BadInput(
                "There is an administrator already.",
                "This command lets the first one in, or one who lost the password.",
                "Let the administrator invite others, or name an administrator's e-mail address.",
            )
        account_id = found[0].id if found else new_id()
        roles = manages | (found[0].roles if found else frozenset())
        kept = people.checked(
            (found[0].name if found else "") or name or address,
            roles,
            found[0].rep if found else None,
            found[0].team if found else None,
        )
        if found:
            people.let_in(connection, account_id)
            people.put(connection, account_id, kept)
        else:
            people.add(connection, account_id, address, kept)
            chain.record(connection, by=None, did="invited", about=account_id, detail={"roles": kept["roles"]})
        purpose: Purpose = "reset" if has_one else "invitation"
        detail = {"purpose": purpose, "from": "command line"}
        chain.record(connection, by=None, did="link_made", about=account_id, detail=detail)
        return _make(connection, account_id, purpose)


def administrator_anew(store: Store, *, email: str) -> Link:
    """For the command line alone: a link for an administrator who lost password and second factor.

    The second factor is taken away and every session ends. Raises BadInput for who is no administrator, or shut out.
    """
    address = people.normal_email(email)
    with store.keeping() as connection:
        people.lock(connection)
        found = people.accounts(connection, ACCOUNTS.c.email == address)
        if not (found and found[0].is_active and found[0].roles & frozenset(RIGHTS["manage_people"].roles)):
            raise BadInput(
                "There is no such administrator.",
                "Nobody has this e-mail address, or is no administrator, or was deactivated.",
                "Name an administrator's e-mail address.",
            )
        account, told = found[0], {"from": "command line"}
        if account.has_second_factor:
            second_factor.take_away(connection, account.id)
            chain.record(connection, by=None, did="second_factor_removed", about=account.id, detail=told)
        people.end_sessions(connection, account.id)
        chain.record(connection, by=None, did="link_made", about=account.id, detail={"purpose": "reset", **told})
        return _make(connection, account.id, "reset")


def link_of(store: Store, token: str, *, now: datetime | None = None) -> Invited:
    """Whom a link is for. Raises NotLetIn where it was used, is too old, or never was one."""
    query = sa.select(LINKS, ACCOUNTS.c.email, ACCOUNTS.c.name, ACCOUNTS.c.totp_secret).join(ACCOUNTS)
    with store.reading() as connection:
        good = query.where(_is_good(token, now), ACCOUNTS.c.is_active)
        row = connection.execute(good).first()
    if row is None:
        raise no_longer()
    return Invited(row.account_id, row.email, row.name, row.purpose, row.totp_secret is not None, row.until)


def use(connection: sa.Connection, token: str) -> str:
    """Uses a link up, and returns whose account it was for; of several who use it at once one wins. Raises NotLetIn."""
    used = sa.delete(LINKS).where(_is_good(token, None)).returning(LINKS.c.account_id)
    account_id = connection.execute(used).scalar()
    if account_id is None:
        raise no_longer()
    return str(account_id)


def no_longer() -> NotLetIn:
    """What is said about a link that opens nothing."""
    return NotLetIn(
        "This link does not work any more.",
        "It works once, and for some days only; a newer one takes its place.",
        "Ask your administrator for another.",
    )


def require_good_account(account: people.Account) -> None:
    """Raises BadInput for who was shut out: a link would not let them in."""
    if not account.is_active:
        raise BadInput("A link would not let this person in.", "They are deactivated.", "Let them in again first.")


def _is_good(token: str, now: datetime | None) -> sa.ColumnElement[bool]:
    return sa.and_(LINKS.c.token_hash == hashed(token), LINKS.c.until > (now or datetime.now(UTC)))


def _make(connection: sa.Connection, account_id: str, purpose: Purpose) -> Link:
    require_good_account(people.one(connection, account_id))
    connection.execute(sa.delete(LINKS).where(LINKS.c.account_id == account_id))
    link = Link(new_token(), datetime.now(UTC) + LASTS[purpose])
    row = {"token_hash": hashed(link.token), "account_id": account_id, "purpose": purpose, "until": link.until}
    connection.execute(sa.insert(LINKS).values(**row))
    return link
