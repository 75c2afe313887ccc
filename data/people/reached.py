"""Whoever can be reached without a session: by mail, by a token of theirs, or by the command line in their name."""

from dataclasses import dataclass

from data.errors import BadInput
from data.people.person import Person
from data.people.store import Store
from data.people.store.accounts import identities, people, rules
from data.people.store.accounts.tables import ACCOUNTS
from data.people.store.tables import is_storable


@dataclass(frozen=True)
class Reached:
    """Somebody as they are now, with the address that mail reaches them at."""

    person: Person
    email: str


def everybody(store: Store) -> list[Reached]:
    """All who are active and bound to a file that they read, by their keys."""
    return _found(store)


def somebody(store: Store, account_id: str) -> Reached | None:
    """The one of that key; None where they were deactivated or erased, or are bound to nothing."""
    return next(iter(_found(store, account_id)), None)


def with_identity(store: Store, issuer: str, subject: str) -> Reached | None:
    """The one whom the company's provider knows by that subject; None as `somebody`, and where nobody is."""
    if not (is_storable(issuer) and is_storable(subject)):
        return None
    with store.reading() as connection:
        account_id = identities.account_id_of(connection, issuer, subject)
    return somebody(store, account_id) if account_id else None


def _found(store: Store, account_id: str | None = None) -> list[Reached]:
    of = [] if account_id is None else [ACCOUNTS.c.id == account_id]
    with store.reading() as connection:
        in_force = rules.read(connection)
        accounts = people.accounts(connection, ACCOUNTS.c.is_active, *of)
    found = []
    for account in sorted(accounts, key=lambda each: each.id):
        try:
            person = people.person_of(account, in_force)
        except BadInput:
            continue
        if account.email:
            found.append(Reached(person, account.email))
    return found
