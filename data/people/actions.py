"""What a viewer does with alerts: decisions on items that the viewer's own file holds, and no others.

The store knows nothing of scopes; here every item is looked up in the viewer's file before anything is written or told
about it.
"""

import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args

from data import settings
from data.errors import AccessDenied, BadInput
from data.people import targets
from data.people.store import Did, Event, Item, Kind, Person, Setting, State, Store, open_store
from data.people.targets import Target
from data.warehouse import access
from data.warehouse.access import Snapshot, Viewer

# A dismissed item stays away for so long, whatever the reason.
DISMISSED_DAYS = 90
SNOOZE_DAYS = (7, 14, 28)
REASONS = ("ordered_elsewhere", "known_reason", "not_needed", "wrong", "other")
# What was decided longer ago teaches no more.
TAUGHT_DAYS = 365
HELD_SHARE = "held_share"
# What the list of what is due holds; the other kinds make up the work list, whose outcomes are measured.
DUE: tuple[Kind, ...] = ("deal", "contract", "contact")
WORK: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind not in DUE)
# More would cost more than knowing is worth.
MOST_HELD = 0.2


def person(viewer: Viewer) -> Person:
    """Who a viewer is in the store; without sign-in that is the view itself."""
    return Person(viewer.scope if viewer.role != "admin" else "admin", viewer.label or viewer.role)


def parameters(snapshot: Snapshot) -> dict[str, Any]:
    """What the work list takes from the store: `decided` and `taught` as JSON, `held_share` between 0 and 1."""
    store = open_store(settings.current())
    return _parameters(store, store.generation(), snapshot.as_of)


@lru_cache(maxsize=16)
def _parameters(store: Store, generation: int, as_of: str) -> dict[str, Any]:
    day = dt.date.fromisoformat(as_of)
    since = dt.datetime.combine(day - dt.timedelta(days=TAUGHT_DAYS), dt.time(), dt.UTC)
    decided = [
        vars(state.item)
        | {
            "status": state.status_on(day),
            "until": state.until.isoformat() if state.until else None,
            "channel": state.channel,
            "version": state.version,
        }
        for state in _states(store, generation)
    ]
    taught = [
        {"group_key": group, "accepted": accepted, "dismissed": dismissed}
        for group, (accepted, dismissed) in sorted(store.taught(since).items())
    ]
    return {
        "decided": json.dumps(decided),
        "taught": json.dumps(taught),
        "held_share": _held(store)["held_share"],
    }


def held() -> dict[str, Any]:
    """How much is held out of the work list: `held_share`, and `since` which day of the data; None where never."""
    return _held(open_store(settings.current()))


def _held(store: Store) -> dict[str, Any]:
    kept = store.setting(HELD_SHARE, None)
    if kept is None:
        return {"held_share": 0.0, "since": None}
    return {"held_share": float(kept["share"]), "since": dt.date.fromisoformat(kept["since"])}


def hold_out(viewer: Viewer, snapshot: Snapshot, share: float) -> None:
    """Holds that share of the accounts out of everybody's work list, and compares from the data shown on.

    The share that is held already is left as it is, and with it the day since when. Raises AccessDenied for anybody but
    an administrator, BadInput for a share that is not within 0 to MOST_HELD.
    """
    if viewer.role != "admin":
        raise AccessDenied("Only an administrator may hold accounts out.", "It changes the work list of everybody.")
    if not 0 <= share <= MOST_HELD:
        raise BadInput(
            "This share cannot be held out.", "More would cost more than it tells.", "Choose between 0 and 20 percent."
        )
    store = open_store(settings.current())
    if share != _held(store)["held_share"]:
        store.set_setting(HELD_SHARE, {"share": share, "since": snapshot.as_of}, person(viewer))


def entered_targets() -> str:
    """The targets that stand entered on screen, as JSON."""
    rows = [vars(target) for target in targets.entered(open_store(settings.current()))]
    return json.dumps(rows, default=str)


def enter_targets(viewer: Viewer, changed: list[Target]) -> None:
    """Keeps targets that were changed on screen; they count from the next build on.

    Raises AccessDenied for anybody but an administrator, BadInput for what is no target.
    """
    if viewer.role != "admin":
        raise AccessDenied("Only an administrator may change targets.", "Everybody is measured by them.")
    targets.enter(open_store(settings.current()), changed, person(viewer))


def target_history() -> list[Setting]:
    """Who changed which targets and when, newest first."""
    return targets.history(open_store(settings.current()))


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
def _states(store: Store, generation: int) -> list[State]:
    """Where everything stands that anybody acted on, until the next write."""
    return store.states()


def act(viewer: Viewer, snapshot: Snapshot, item: Item, seen_version: int, did: Did, **details: Any) -> State:
    """Writes what a viewer did with an item, with what it promised then. `details` as in Store.act.

    Raises AccessDenied for an item that is not in the viewer's file, Conflict if somebody acted since
    `seen_version`, BadInput for what cannot be done.
    """
    found = _promised(viewer, snapshot, item)
    if found is None:
        raise AccessDenied("This alert is not in your view.", "It is over, or the account is another's.")
    given: dict[str, Any] = {
        "group_key": found["group_key"],
        "money": None if found["money"] is None else int(found["money"] * 100),
        "probability": found["probability"],
        **details,
    }
    return open_store(settings.current()).act(
        item,
        seen_version,
        did,
        by=person(viewer),
        as_of=dt.date.fromisoformat(snapshot.as_of),
        **given,
    )


def history(viewer: Viewer, snapshot: Snapshot, item: Item) -> list[Event]:
    """Everything that was done about an item, newest first; nothing about one that the viewer's file lacks."""
    if _promised(viewer, snapshot, item) is None:
        return []
    return [event for event in open_store(settings.current()).history([item.customer_id]) if event.item == item]


def _promised(viewer: Viewer, snapshot: Snapshot, item: Item) -> Mapping | None:
    params = {"kind": item.kind, "customer": item.customer_id, "subject": item.subject}
    name = "team.due_item" if item.kind in DUE else "customers.work_item"
    rows = access.query(viewer, name, params, within=snapshot).rows()
    return rows[0] if rows else None
