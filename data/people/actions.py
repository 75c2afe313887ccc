"""What somebody does with alerts and the close of deals: decisions on items that the own file holds, and no others.

The store knows nothing of scopes; here every item is looked up in the file of whoever acts before anything is written
or told about it.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from data import settings
from data.errors import AccessDenied, BadInput
from data.people import growth_limits, holdout
from data.people.permissions import allowed
from data.people.person import Person
from data.people.store import CLOSE, WORK, Deed, Event, Item, Seen, State, Store, deeds, open_store

# A dismissed item stays away for so long, whatever the reason.
DISMISSED_DAYS = 90
SNOOZE_DAYS = (7, 14, 28)
REASONS = ("ordered_elsewhere", "known_reason", "not_needed", "wrong", "account_closed", "other")
# Why a deal is closed as lost.
LOST_REASONS = (
    "price_too_high", "lost_to_competitor", "project_cancelled", "no_decision_taken", "requirements_not_met", "other",
)  # fmt: skip
# An account that is closed stays away until an order comes: then it is no longer silent.
_CLOSED_DAYS = 3650
# What was decided longer ago teaches no more.
TAUGHT_DAYS = 365


@dataclass(frozen=True)
class File:
    """What somebody has before them: the day of the data, and a look into the own file of that day.

    `find` gives what an item promises (`group_key`, `money`, `probability`), None for one that the file lacks; of the
    close of a deal also whether it `is_open` and the `expected_close_on` of the data.
    """

    as_of: dt.date
    find: Callable[[Item], Mapping[str, Any] | None]


def dismissed_days(reason: str) -> int:
    """For how long something stays away that was dismissed for that reason."""
    return _CLOSED_DAYS if reason == "account_closed" else DISMISSED_DAYS


def parameters(as_of: dt.date) -> dict[str, Any]:
    """What the work list takes from the store: `decided` and `taught` as JSON, `held_share` between 0 and 1.

    `decided` holds how every item stands, the close of deals included, on the day of the data, `as_of`. And the limits
    of growth, as `growth_limits.in_force` gives them.
    """
    store = open_store(settings.current())
    return _parameters(store, store.generation(), as_of)


@lru_cache(maxsize=16)
def _parameters(store: Store, generation: int, as_of: dt.date) -> dict[str, Any]:
    since = dt.datetime.combine(as_of - dt.timedelta(days=TAUGHT_DAYS), dt.time(), dt.UTC)
    decided = [
        vars(state.item)
        | {
            "status": state.status_on(as_of),
            "until": state.until.isoformat() if state.until else None,
            "channel": state.channel,
            "version": state.version,
            **_close(state),
        }
        for state in _states(store, generation)
    ]
    taught = [
        {"group_key": group, "accepted": accepted, "dismissed": dismissed}
        for group, (accepted, dismissed) in sorted(deeds.taught(store, since).items())
    ]
    return {
        "as_of": as_of.isoformat(),
        "decided": json.dumps(decided),
        "taught": json.dumps(taught),
        "held_share": holdout.held(store)["held_share"],
        **growth_limits.in_force(store),
    }


def _close(state: State) -> dict[str, str | None]:
    """What the decision in force says about a deal: the day it set, what was seen then, and of which day."""
    done = state.decision if state.item.kind == CLOSE else None
    days = {
        "close_on": done and done.close_on,
        "loaded_close_on": done and done.loaded_close_on,
        "seen_on": done and done.as_of,
    }
    return {name: day.isoformat() if day else None for name, day in days.items()}


def accepted() -> str:
    """Every action of the work list that stands accepted, as JSON: whose, since which day, with what chance."""
    store = open_store(settings.current())
    return _accepted(store, store.generation())


@lru_cache(maxsize=16)
def _accepted(store: Store, generation: int) -> str:
    states = _states(store, generation)
    stand = [s.decision for s in states if s.decision and s.status == "accepted" and s.item.kind in WORK]
    return json.dumps(
        [vars(d.item) | {"accepted_on": d.as_of.isoformat(), "probability": d.probability} for d in stand]
    )


@lru_cache(maxsize=4)
def _states(store: Store, _generation: int) -> list[State]:
    """Where everything stands that anybody acted on, until the next write."""
    return deeds.states(store)


def act(by: Person, file: File, item: Item, seen_version: int, deed: Deed) -> State:
    """Writes what somebody did with an item, with what it promised then. Raises as `act_together`."""
    return act_together(by, file, {item: seen_version}, deed)[0]


def act_together(by: Person, file: File, items: Mapping[Item, int], deed: Deed) -> list[State]:
    """Writes one deed on several items, each with the version that was seen, with what each promised then.

    On all or on none. Raises AccessDenied for an item that is not in the own file or a deed that the roles do not
    allow, Conflict if somebody acted on one since, BadInput for what cannot be done.
    """
    seen = {}
    for item, version in items.items():
        found = file.find(item)
        if found is None:
            raise AccessDenied("This alert is not in your view.", "It is over, or the account is another's.")
        if item.kind == CLOSE and deed.did != "noted" and not found["is_open"]:
            raise BadInput("This deal is decided already.", "The data loaded since say so.", "Reload the page.")
        money = None if found["money"] is None else int(found["money"] * 100)
        loaded_close_on = found["expected_close_on"] if item.kind == CLOSE else None
        seen[item] = Seen(version, file.as_of, found["group_key"], money, found["probability"], loaded_close_on)
    return deeds.act_together(open_store(settings.current()), by, seen, deed)


def history(to: Person, file: File, *items: Item) -> list[Event]:
    """What was done about items, of each newest first: of others only to whom the roles allow it.

    Nothing about an item that the own file lacks.
    """
    done = deeds.history(open_store(settings.current()), {item.customer_id for item in items})
    of_others = allowed(to, "see_deeds_of_others")
    found = []
    for item in items:
        own = [event for event in done if event.item == item and (of_others or event.by.key == to.key)]
        # Only what somebody acted on is looked up in the file.
        if own and allowed(to, "read", item.page) and file.find(item) is not None:
            found += own
    return found
