"""Below which chance and money an account is proposed nothing: ours, until an administrator sets others."""

from typing import Any

from data.errors import BadInput
from data.people.permissions import require
from data.people.person import Person
from data.people.store import Store, entries

SETTING = "growth_limits"
OURS: dict[str, Any] = {"least_chance": None, "least_expected": None}


def in_force(store: Store) -> dict[str, Any]:
    """What queries ask for: `least_chance` (0 to 1) and `least_expected` (reporting currency, 90 days).

    None each where nobody set it: then the limit of the snapshot holds.
    """
    return OURS | entries.newest(store, SETTING, OURS)


def limit(store: Store, by: Person, chance: float, expected: float) -> None:
    """Sets both limits. Raises AccessDenied for who may not, BadInput for no chance or no amount of money."""
    require(by, "set_growth_limits")
    if not (0 <= chance <= 1 and 0 <= expected < 1e12):
        raise BadInput(
            "These limits cannot be kept.",
            "A chance lies between 0 and 100 percent, and an amount is not negative.",
            "Enter a chance and an amount.",
        )
    if {"least_chance": chance, "least_expected": expected} != in_force(store):
        entries.enter(store, by, SETTING, {"least_chance": chance, "least_expected": expected})
