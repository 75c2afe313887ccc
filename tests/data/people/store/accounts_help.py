"""An administrator who came in, and others: what the tests of accounts begin with."""

from typing import Any

from data.people.person import Person, Role
from data.people.store import Store
from data.people.store.accounts import coming_in, links, people, sessions
from data.people.store.accounts.people import Account
from data.people.store.accounts.sessions import Entered, Session
from tests.data.people.store.help import GOOD, NUMBERS, QUICK

ISSUER = "https://idp.example"


def first(store: Store, email: str = "anna@example.org") -> Person:
    """The first administrator, who is in."""
    link = links.first_administrator(store, email=email, name="Anna")
    entered = coming_in.by_link(store, token=link.token, password=GOOD, hasher=QUICK)
    return seen(store, entered).person


def invited(store: Store, by: Person, *roles: Role, email: str = "", **more: Any) -> Account:
    """Somebody who was invited, and is not in yet."""
    address = email or f"a{next(NUMBERS)}@example.org"
    binding = {"rep": "R1"} if "rep" in roles else {}
    return people.invite(store, by, email=address, name="Bo", roles=roles or ["ecommerce"], **binding | more)


def come_in(store: Store, by: Person, account: Account, **more: Any) -> Entered:
    """Comes in by a link, which sets the password."""
    token = links.reset(store, by, account.id).token
    return coming_in.by_link(store, token=token, password=GOOD, hasher=QUICK, **more)


def sign_in(store: Store, account: Account, password: str = GOOD, **more: Any) -> Entered:
    """Comes in by the password."""
    return coming_in.with_password(store, email=account.email or "", password=password, hasher=QUICK, **more)


def with_identity(store: Store, subject: str, email: str, **more: Any) -> Entered:
    """Comes in by an identity of the provider."""
    given = {"is_email_verified": True, **more}
    return coming_in.with_identity(store, issuer=ISSUER, subject=subject, email=email, **given)


def seen(store: Store, entered: Entered, **more: Any) -> Session:
    """The session, which is good."""
    found = sessions.session(store, entered.token, **more)
    assert found
    return found
