"""Who has their digest sent: how often, at which hour, in which language, where to; and what they were told last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa

from data.errors import BadInput
from data.people.person import Person
from data.people.store import chain
from data.people.store.accounts import people
from data.people.store.accounts.tables import new_token
from data.people.store.channels import CHANNELS
from data.people.store.database import Store, insert
from data.people.store.tables import is_storable, metadata, moment_column, text_column

Rhythm = Literal["monday", "daily", "new"]
MAIL = ""  # in place of a channel
_DAYS: Mapping[Rhythm, tuple[int, ...]] = {"monday": (0,), "daily": (0, 1, 2, 3, 4), "new": (0, 1, 2, 3, 4, 5, 6)}

SUBSCRIPTIONS = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    text_column("rhythm"),
    sa.Column("hour", sa.Integer, nullable=False),
    text_column("zone"),
    text_column("language"),
    text_column("channel_id"),
    sa.Column("stop", sa.Text, nullable=False, unique=True),  # readable: each mail says it, and it ends this alone
    moment_column("since"),
    moment_column("looked_at", nullable=True),
    text_column("looked_into"),  # what was looked into last: the snapshot, and as whose
    text_column("told"),  # as JSON
)


@dataclass(frozen=True)
class Wish:
    """How somebody wants their digest: a rhythm, an hour of a time zone, a language, and a channel unless by mail.

    "monday" is once a week, "daily" on working days, "new" on any day on which something new came.
    """

    rhythm: Rhythm
    hour: int
    zone: str
    language: str
    channel_id: str = MAIL

    def last_time(self, before: datetime) -> datetime:
        """The latest moment at which a digest was due, at `before` or earlier.

        An hour that a change of the clocks leaves out is taken as one later; of one that comes twice the first counts.
        """
        zone = ZoneInfo(self.zone)
        day = before.astimezone(zone).date() + timedelta(days=1)
        while True:
            due = datetime.combine(day, time(self.hour), zone).astimezone(UTC)
            if due <= before and day.weekday() in _DAYS[self.rhythm]:
                return due
            day -= timedelta(days=1)


@dataclass(frozen=True)
class Subscription:
    """What somebody wished, since when, and what they were told last, as JSON; `told` is "" before the first time.

    `looked_into` says what was looked into last, and `stop` is the secret that ends it.
    """

    account_id: str
    wish: Wish
    since: datetime
    looked_at: datetime | None
    looked_into: str
    told: str
    stop: str = field(repr=False)

    def due(self, now: datetime) -> datetime | None:
        """The moment for which a digest is due now; None where it was looked at since."""
        last = self.wish.last_time(now)
        return last if last > (self.looked_at or self.since) else None


def keep(store: Store, by: Person, wish: Wish) -> None:
    """Has one's own digest sent like that from now on; what was told before is remembered.

    Whether the way is open is asked by `data.people.digests`. Raises AccessDenied, BadInput.
    """
    if wish.rhythm not in get_args(Rhythm) or not 0 <= wish.hour <= 23 or wish.zone not in available_timezones():
        raise BadInput(
            "This digest cannot be set up.", "It needs a rhythm, an hour and a time zone.", "Correct the form."
        )
    now = datetime.now(UTC)
    values = {"since": now, "looked_at": None, **vars(wish)}
    first = {"account_id": by.key, "stop": new_token(), "looked_into": "", "told": "", **values}
    detail = {"rhythm": wish.rhythm, "by": "channel" if wish.channel_id else "mail"}
    with store.writing(by, "subscribe", did="subscribed", detail=detail) as connection:
        if wish.channel_id:
            own = sa.select(CHANNELS.c.id).where(CHANNELS.c.id == wish.channel_id, CHANNELS.c.account_id == by.key)
            if connection.execute(own).first() is None:
                raise BadInput("There is no such channel of yours.", "It was removed.", "Choose another.")
        row = insert(store, SUBSCRIPTIONS).values(**first)
        connection.execute(row.on_conflict_do_update(index_elements=["account_id"], set_=values))


def end(store: Store, by: Person) -> None:
    """Nothing is sent to oneself any more."""
    with store.writing(by, "subscribe", did="unsubscribed") as connection:
        connection.execute(sa.delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.account_id == by.key))


def is_known(store: Store, stop: str) -> bool:
    """Whether that secret of a mail ends a digest that is still sent."""
    return is_storable(stop) and bool(_read(store, SUBSCRIPTIONS.c.stop == stop))


def end_by(store: Store, stop: str) -> bool:
    """Ends the digest whose mails say that secret; nobody signs in for it. False where there is none any more."""
    if not is_storable(stop):
        return False
    with store.keeping() as connection:
        gone = sa.delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.stop == stop).returning(SUBSCRIPTIONS.c.account_id)
        account_id = connection.execute(gone).scalar()
        if account_id is None:
            return False
        by = people.signature(connection, account_id)
        chain.record(connection, by=by, did="unsubscribed", detail={"from": "a mail"})
    return True


def of(store: Store, account_id: str) -> Subscription | None:
    """Somebody's subscription, if they have one."""
    return next(iter(_read(store, SUBSCRIPTIONS.c.account_id == account_id)), None)


def everybodys(store: Store) -> list[Subscription]:
    """All of them, for the sender."""
    return _read(store)


def _read(store: Store, *of: sa.ColumnElement[bool]) -> list[Subscription]:
    query = sa.select(SUBSCRIPTIONS).where(*of).order_by(SUBSCRIPTIONS.c.account_id)
    with store.reading() as connection:
        return [_subscription(row) for row in connection.execute(query).mappings()]


def _subscription(row: Mapping[Any, Any]) -> Subscription:
    wish = Wish(**{name: row[name] for name in Wish.__dataclass_fields__})
    own = {name: row[name] for name in Subscription.__dataclass_fields__ if name != "wish"}
    return Subscription(wish=wish, **own)
