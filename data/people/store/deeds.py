"""Deeds on alerts. Events are only ever added, under the version after the one their author saw.

Two people who act on one alert at once both write that version; the key of the table lets one of them through, and the
other is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from data.errors import BadInput, Conflict
from data.people.permissions import Action, require
from data.people.person import Author, Person
from data.people.store import chain
from data.people.store.database import Store, add
from data.people.store.items import CLOSE, Channel, Deed, Did, Event, Item, Kind, Seen, State
from data.people.store.tables import STORE, is_storable, metadata, moment_column, require_key, text_column

# What each deed needs besides, and what somebody must be allowed to do for it.
_NEEDED: dict[Did, set[str]] = {
    "accepted": set(),
    "snoozed": {"until"},
    "dismissed": {"until", "reason"},
    "closed_lost": {"reason"},
    "date_set": {"close_on"},
    "undone": set(),
    "noted": {"note"},
    "routed": {"channel"},
}
ACTIONS: dict[Did, Action] = {
    "accepted": "decide",
    "snoozed": "decide",
    "dismissed": "decide",
    "closed_lost": "close",
    "date_set": "close",
    "undone": "decide",
    "noted": "note",
    "routed": "route",
}
_DECISIONS = ("accepted", "snoozed", "dismissed", "closed_lost", "date_set")
_OF_ALERTS: tuple[Did, ...] = ("accepted", "snoozed", "dismissed", "undone", "noted", "routed")
_OF_CLOSE: tuple[Did, ...] = ("closed_lost", "date_set", "undone", "noted")
_LISTED_CUSTOMERS = 1_000  # beyond, reading everything is quicker than naming each

_TOLD_CUSTOMERS = 20  # by name in the audit's row of one deed

_ITEM = ("customer_id", "kind", "subject")

EVENTS = sa.Table(
    "action_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *(text_column(name) for name in _ITEM),
    sa.Column("version", sa.Integer, nullable=False),
    text_column("did"),
    text_column("status"),
    sa.Column("until", sa.Date),
    text_column("reason", nullable=True),
    text_column("channel", nullable=True),
    text_column("note", nullable=True),
    sa.Column("in_force", sa.Integer),
    text_column("by_key"),
    text_column("by_name"),
    moment_column(),
    sa.Column("as_of", sa.Date, nullable=False),
    text_column("group_key"),
    sa.Column("money", sa.BigInteger),
    sa.Column("probability", sa.Double),
    sa.Column("close_on", sa.Date),
    sa.Column("loaded_close_on", sa.Date),
    sa.UniqueConstraint(*_ITEM, "version"),
    sa.ForeignKeyConstraint(
        [*_ITEM, "in_force"], [f"action_events.{name}" for name in (*_ITEM, "version")], name="decision_exists"
    ),
)

_last, _decision = EVENTS.alias("last"), EVENTS.alias("decision")


def act(store: Store, by: Person, item: Item, deed: Deed, seen: Seen) -> State:
    """Adds one event to an item, and returns where the item stands now. Raises as `act_together`."""
    return act_together(store, by, {item: seen}, deed)[0]


def act_together(store: Store, by: Person, items: Mapping[Item, Seen], deed: Deed) -> list[State]:
    """Adds one event to each of the items, to all or to none, and returns where they stand now.

    Raises Conflict if anything happened to one of them since what was `seen`, BadInput for what cannot be done,
    AccessDenied for who may not.
    """
    for item, seen in items.items():
        _require(item, deed, seen.as_of)
    noting: tuple[Action, ...] = ("note",) if deed.note else ()
    pages = sorted({item.page for item in items})
    for page in pages[1:]:
        for action in (ACTIONS[deed.did], *noting):
            require(by, action, page)
    if any(item.kind == CLOSE for item in items):
        noting = ("close", *noting)  # to undo it, too
    try:
        about, detail = _told(items, deed)
        with store.writing(
            by, ACTIONS[deed.did], *noting, did="decided", about=about, detail=detail, page=pages[0]
        ) as connection:
            for item, seen in items.items():
                _add(connection, item, deed, seen, by_key=by.key, by_name=by.name)
            return [_state(connection, item) for item in items]
    except IntegrityError:
        with store.reading() as connection:
            for item, seen in items.items():
                _require_unchanged(_state(connection, item).last, seen.version)
        raise


def _told(items: Mapping[Item, Seen], deed: Deed) -> tuple[str, dict[str, Any]]:
    """What the audit tells of a deed: one row however many items; each of them stands in the events."""
    customers = sorted({item.customer_id for item in items})
    detail: dict[str, Any] = {"deed": deed.did, "items": len(items), "kinds": sorted({item.kind for item in items})}
    if len(customers) > 1:
        detail["customers"] = customers[:_TOLD_CUSTOMERS]
    return (customers[0] if len(customers) == 1 else ""), detail


def _add(connection: sa.Connection, item: Item, deed: Deed, seen: Seen, **author: str) -> None:
    before = _state(connection, item)
    _require_unchanged(before.last, seen.version)
    add(
        connection,
        EVENTS,
        kind=item.kind,
        customer_id=item.customer_id,
        subject=item.subject,
        version=seen.version + 1,
        did=deed.did,
        **_outcome(connection, before, deed),
        channel=deed.channel or before.channel,
        note=deed.note,
        **author,
        as_of=seen.as_of,
        group_key=seen.group_key,
        money=seen.money,
        probability=seen.probability,
        close_on=deed.close_on,
        loaded_close_on=seen.loaded_close_on,
    )


def states(store: Store, items_of: Iterable[str] | None = None) -> list[State]:
    """Where every item stands that anybody ever acted on, of these customers or of all, in order of the items."""
    with store.reading() as connection:
        if items_of is None:
            return _states(connection)
        customers = _storable(items_of)
        return [s for s in _states(connection, _of(customers)) if s.item.customer_id in customers]


def history(store: Store, customer_ids: Iterable[str]) -> list[Event]:
    """Everything that was ever done to items of these customers, newest first."""
    customers = _storable(customer_ids)
    query = sa.select(EVENTS).where(_of(customers)).order_by(EVENTS.c.id.desc())
    with store.reading() as connection:
        events = [_event(row) for row in connection.execute(query)]
    return [event for event in events if event.item.customer_id in customers]


def taught(store: Store, since: datetime) -> dict[str, tuple[int, int]]:
    """How many items of each group were accepted and dismissed, by the decision in force, made since then."""
    query = (
        _newest()
        .join(_decision, _is_event(_decision, _last, _last.c.in_force))
        .add_columns(
            _decision.c.group_key,
            sa.func.count().filter(_decision.c.did == "accepted"),
            sa.func.count().filter(_decision.c.did == "dismissed"),
        )
        .where(
            _decision.c.did.in_(("accepted", "dismissed")),
            _decision.c.at >= since,
            _decision.c.group_key != "",
        )
        .group_by(_decision.c.group_key)
    )
    with store.reading() as connection:
        return {group_key: (accepted, dismissed) for group_key, accepted, dismissed in connection.execute(query)}


def cut(store: Store, before: datetime) -> tuple[int, int]:
    """Takes away all that was done to items whose last event is from before that moment; gives events and items.

    An item goes with its whole history, so that versions stay what they are. One that is put off to a day after that
    moment stays, or it would come back early.
    """
    with store.keeping() as connection:
        old = sa.and_(_last.c.at < before, sa.or_(_last.c.until.is_(None), _last.c.until <= before.date()))
        item = [_last.c[name] for name in _ITEM]
        items = connection.execute(_newest().add_columns(*item).where(old)).all()
        events = 0
        for customer_id, kind, subject in items:
            of = zip(_ITEM, (customer_id, kind, subject), strict=True)
            gone = sa.delete(EVENTS).where(*(EVENTS.c[name] == value for name, value in of))
            events += connection.execute(gone).rowcount
        if events:
            chain.record(connection, by=None, did="deeds_cut", detail={"events": events, "items": len(items)})
            connection.execute(sa.update(STORE).values(generation=STORE.c.generation + 1))
    return events, len(items)


def _require(item: Item, deed: Deed, as_of: date) -> None:
    if item.kind not in get_args(Kind) or deed.did not in get_args(Did):
        raise BadInput(f"An alert of kind {item.kind!r} cannot be {deed.did!r}.", "One of the two words is unknown.")
    if deed.did not in (_OF_CLOSE if item.kind == CLOSE else _OF_ALERTS):
        raise BadInput(f"This cannot be {deed.did!r}.", "Deals are closed and given a day; alerts are decided about.")
    require_key(item.customer_id, item.subject)
    given = {name: value for name, value in vars(deed).items() if name != "did"}
    needed = _NEEDED[deed.did]
    missing = sorted(name for name in needed if not given[name])
    excess = sorted(name for name in given.keys() - needed - {"note"} if given[name] is not None)
    if missing or excess:
        raise BadInput(
            f"An alert cannot be {deed.did} like this.",
            f"Missing: {', '.join(missing) or 'nothing'}; not meant here: {', '.join(excess) or 'nothing'}.",
        )
    if deed.channel not in (None, *get_args(Channel)):
        raise BadInput(f"There is no channel {deed.channel!r}.", f"There are {', '.join(get_args(Channel))}.")
    if any(day <= as_of for day in (deed.until, deed.close_on) if day):
        raise BadInput("That day is not in the future.", f"The data are of {as_of}.", "Choose a later day.")


def _require_unchanged(last: Event | None, seen_version: int) -> None:
    """Raises Conflict if the item has an event that whoever acts did not see."""
    version = last.version if last else 0
    if last and version > seen_version:
        raise Conflict(last.by.name, last.did, last.at)
    if version != seen_version:
        raise BadInput(
            f"The store does not know version {seen_version} of this alert.",
            "The store was replaced after the alert was shown.",
            "Reload the page.",
        )


def _outcome(connection: sa.Connection, before: State, deed: Deed) -> dict[str, Any]:
    """The decision that holds after the deed: a new one, the one before it, or the same."""
    if deed.did in _DECISIONS:
        return {"status": deed.did, "until": deed.until, "reason": deed.reason, "in_force": before.version + 1}
    source = before.last
    if deed.did == "undone":
        if not before.decision:
            raise BadInput("There is nothing to undo.", "No decision on this alert holds.")
        source = _one_event(connection, before.item, before.decision.version - 1)
    if not source:
        return {"status": "open", "until": None, "reason": None, "in_force": None}
    return {"status": source.status, "until": source.until, "reason": source.reason, "in_force": source.in_force}


def _storable(customer_ids: Iterable[str]) -> set[str]:
    """Nobody can have acted on the others, and a database may refuse to hear of them."""
    return set(filter(is_storable, customer_ids))


def _of(customers: set[str]) -> sa.ColumnElement[bool]:
    return EVENTS.c.customer_id.in_(sorted(customers)) if len(customers) <= _LISTED_CUSTOMERS else sa.true()


def _newest(*of: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Selects from the last event of each item."""
    item = [EVENTS.c[name] for name in _ITEM]
    versions = sa.select(*item, sa.func.max(EVENTS.c.version).label("version")).where(*of).group_by(*item).subquery()
    return sa.select().select_from(versions.join(_last, _is_event(_last, versions, versions.c.version)))


def _is_event(event: sa.FromClause, of: sa.FromClause, version: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return sa.and_(event.c.version == version, *(event.c[name] == of.c[name] for name in _ITEM))


def _states(connection: sa.Connection, *of: sa.ColumnElement[bool]) -> list[State]:
    # Most decisions in force are the last event; reading those twice would take half as long again.
    is_earlier = sa.and_(_is_event(_decision, _last, _last.c.in_force), _last.c.in_force < _last.c.version)
    query = _newest(*of).outerjoin(_decision, is_earlier).add_columns(*_last.c, *_decision.c)
    width = len(EVENTS.c)
    found = []
    for row in connection.execute(query):
        last = _event(row[:width])
        if last.in_force == last.version:
            found.append(State(last.item, last, last))
        else:
            found.append(State(last.item, last, _event(row[width:]) if last.in_force else None))
    return sorted(found, key=lambda state: (state.item.kind, state.item.customer_id, state.item.subject))


def _state(connection: sa.Connection, item: Item) -> State:
    of = (EVENTS.c[name] == getattr(item, name) for name in _ITEM)
    return next(iter(_states(connection, *of)), State(item))


def _one_event(connection: sa.Connection, item: Item, version: int) -> Event | None:
    of = (EVENTS.c[name] == getattr(item, name) for name in _ITEM)
    row = connection.execute(sa.select(EVENTS).where(EVENTS.c.version == version, *of)).first()
    return _event(row) if row else None


def _event(row: Sequence[Any]) -> Event:
    """The event of a row in the order of the table's columns."""
    _, customer_id, kind, subject, version, did, status, until, reason, channel, note, in_force, *rest = row
    by_key, by_name, at, as_of, group_key, money, probability, close_on, loaded_close_on = rest
    return Event(
        Item(kind, customer_id, subject),
        version,
        did,
        status,
        until,
        reason,
        channel,
        note,
        in_force,
        Author(by_key, by_name),
        at,
        as_of,
        group_key,
        money,
        probability,
        close_on,
        loaded_close_on,
    )
