"""Accounts held out of everybody's work list, to measure what the list is worth."""

import datetime as dt
from typing import Any

from data.errors import BadInput
from data.people.permissions import require
from data.people.person import Person
from data.people.store import Store, entries

SETTING = "held_share"
# More would cost more than knowing is worth.
MOST_HELD = 0.2


def held(store: Store) -> dict[str, Any]:
    """How much is held out of the work list: `held_share`, and `since` which day of the data; None where never."""
    kept = entries.newest(store, SETTING, None)
    if kept is None:
        return {"held_share": 0.0, "since": None}
    return {"held_share": float(kept["share"]), "since": dt.date.fromisoformat(kept["since"])}


def hold_out(store: Store, by: Person, as_of: dt.date, share: float) -> None:
    """Holds that share of the accounts out of everybody's work list, and compares from that day of the data on.

    The share that is held already is left as it is, and with it the day since when. Raises AccessDenied for who may
    not, BadInput for a share that is not within 0 to MOST_HELD.
    """
    require(by, "set_holdout")
    if not 0 <= share <= MOST_HELD:
        raise BadInput(
            "This share cannot be held out.", "More would cost more than it tells.", "Choose between 0 and 20 percent."
        )
    if share != held(store)["held_share"]:
        entries.enter(store, by, SETTING, {"share": share, "since": as_of.isoformat()})
