"""Slows down whoever tries to come in again and again, by account and by address; nobody is locked out for good.

An attempt is counted before it is looked at, so that a hundred at once are not a hundred guesses; who gets in takes it
back. While somebody has to wait nothing is looked at and nothing counted.
"""

import ipaddress
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from data.errors import TooManyAttempts
from data.people.store.accounts.tables import ATTEMPTS, hashed
from data.people.store.database import Store, insert

# By kind of key: how many attempts are free, and the longest wait afterwards. Many people may share an address. An
# account waits a minute at most, so that nobody can keep its owner out by failing in their name.
_FREE = {"account": 5, "address": 20}
_LONGEST = {"account": timedelta(minutes=1), "address": timedelta(minutes=15)}
_FORGOTTEN = timedelta(hours=24)  # after so long without an attempt
# Until when there is no wait: never the moment of an attempt, which another that began earlier may come after.
_NO_WAIT = datetime(2000, 1, 1, tzinfo=UTC)


def keys(email: str, address: str) -> list[str]:
    """What attempts are counted by: hashes, since both say something of people."""
    found = [f"account:{hashed(email)}"]
    return [*found, f"address:{hashed(_network(address))}"] if address else found


def begin(store: Store, counted_by: Iterable[str], *, now: datetime | None = None) -> None:
    """Counts an attempt. Raises TooManyAttempts, and counts none, while there is a wait."""
    present = now or datetime.now(UTC)
    with store.keeping() as connection:
        connection.execute(sa.delete(ATTEMPTS).where(ATTEMPTS.c.last_at < present - _FORGOTTEN))
        for key in sorted(counted_by):
            row = insert(store, ATTEMPTS).values(key=key, count=1, last_at=present, until=_NO_WAIT)
            counted = {"count": ATTEMPTS.c.count + 1, "last_at": present}
            query = row.on_conflict_do_update(index_elements=["key"], set_=counted)
            count, until = connection.execute(query.returning(ATTEMPTS.c.count, ATTEMPTS.c.until)).one()
            if until > present:
                raise TooManyAttempts(math.ceil((until - present).total_seconds()))
            wait = _wait(key, count)
            after = present + wait if wait else _NO_WAIT
            connection.execute(sa.update(ATTEMPTS).where(ATTEMPTS.c.key == key).values(until=after))


def take_back(connection: sa.Connection, counted_by: Iterable[str], *, is_in: bool) -> None:
    """The attempt was none: it does not count. Whoever `is_in` has their account's attempts forgotten."""
    for key in sorted(counted_by):
        if is_in and key.startswith("account:"):
            connection.execute(sa.delete(ATTEMPTS).where(ATTEMPTS.c.key == key))
        else:
            one_less = sa.update(ATTEMPTS).where(ATTEMPTS.c.key == key, ATTEMPTS.c.count > 0)
            connection.execute(one_less.values(count=ATTEMPTS.c.count - 1, until=_NO_WAIT))


def _wait(key: str, count: int) -> timedelta:
    kind = key.partition(":")[0]
    over = count - _FREE[kind]
    return min(_LONGEST[kind], timedelta(seconds=2 ** min(over, 20))) if over >= 0 else timedelta()


def _network(address: str) -> str:
    """Whoever has one address of IPv6 has 2**64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
