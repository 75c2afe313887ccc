"""Whoever is there without a session: people with an account, and in the demonstration the views of the newest data."""

from data.people import reached
from data.people.person import Person, view_as
from data.people.store import Store
from data.settings import current
from data.warehouse import access


def everybody(store: Store) -> list[Person]:
    """All who are let in now, by their keys. In the demonstration it raises NothingLoaded."""
    if current().sign_in:
        return [each.person for each in reached.everybody(store)]
    return view_as(access.scopes())


def one(store: Store, key: str) -> Person | None:
    """The one of that key, as they are now; None for somebody who is not let in any more."""
    if current().sign_in:
        found = reached.somebody(store, key)
        return found.person if found else None
    return next((each for each in everybody(store) if each.key == key), None)
