"""The ways out of the browser, each open to the roles that an administrator named; at first to nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, cast, get_args

from data.errors import AccessDenied, BadInput
from data.people.permissions import ROLES, Action, allowed, require
from data.people.person import Person, Role
from data.people.store import Store, entries

Way = Literal["mail", "messages", "rules", "calendar", "assistant", "assistant_writes"]

SETTING = "ways"
WAYS: tuple[Way, ...] = get_args(Way)
# What somebody must be allowed to do for a way to be theirs.
NEEDS: Mapping[Way, Action] = {
    "mail": "subscribe",
    "messages": "subscribe",
    "rules": "set_rule",
    "calendar": "take_calendar",
    "assistant": "use_assistant",
    "assistant_writes": "write_by_assistant",
}


def open_to(store: Store) -> Mapping[Way, frozenset[Role]]:
    """The roles for which each way is open."""
    kept = entries.newest(store, SETTING, {})
    return {way: frozenset(cast("list[Role]", kept.get(way, []))) for way in WAYS}


def is_open(store: Store, way: Way, person: Person) -> bool:
    """Whether a way is open to somebody: to one of their roles that may have it."""
    return allowed(replace(person, roles=person.roles & open_to(store)[way]), NEEDS[way])


def require_open(store: Store, way: Way, person: Person) -> None:
    """Raises AccessDenied where a way is not open to somebody."""
    require(person, NEEDS[way])
    if not is_open(store, way, person):
        raise AccessDenied(
            "This way is not open to you.",
            "An administrator opens it for your role, on the page Delivery.",
            "Ask your administrator if you need it.",
        )


def set_open(store: Store, by: Person, way: Way, roles: Iterable[Role]) -> None:
    """Opens a way to these roles and closes it to all others. Raises AccessDenied, BadInput for what is unknown."""
    require(by, "set_ways")
    chosen = {*roles}
    if way not in WAYS or not chosen <= {*ROLES}:
        raise BadInput("There is no such way or role.", f"There are {', '.join(WAYS)}.", "Choose one of them.")
    now = {name: sorted(given) for name, given in open_to(store).items()}
    entries.enter(store, by, SETTING, now | {way: sorted(chosen)})
