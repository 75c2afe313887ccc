"""Sign-ins at an identity provider that are under way: what has to come back from there, once, to the same browser."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from data.people.store.accounts.tables import FLOWS, hashed
from data.people.store.database import Store

LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Flow:
    """What a sign-in that is under way is compared with, and the page to go to afterwards."""

    provider: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str


def begin(store: Store, *, provider: str, state: str, nonce: str, verifier: str, browser: str, next: str) -> None:  # noqa: A002 (its name in URLs)
    """Keeps a sign-in that is under way, by its `state`; `browser` is a secret that only that browser has."""
    now = datetime.now(UTC)
    row = {"provider": provider, "nonce": nonce, "verifier": verifier, "next": next}
    with store.keeping() as connection:
        connection.execute(sa.delete(FLOWS).where(FLOWS.c.until < now))
        connection.execute(
            sa.insert(FLOWS).values(state_hash=hashed(state), browser_hash=hashed(browser), until=now + LASTS, **row)
        )


def take(store: Store, state: str, browser: str, *, now: datetime | None = None) -> Flow | None:
    """The sign-in of that state and browser, once; None where there is none, or it took too long."""
    taken = sa.delete(FLOWS).where(
        FLOWS.c.state_hash == hashed(state),
        FLOWS.c.browser_hash == hashed(browser),
        FLOWS.c.until > (now or datetime.now(UTC)),
    )
    with store.keeping() as connection:
        row = connection.execute(
            taken.returning(FLOWS.c.provider, FLOWS.c.nonce, FLOWS.c.verifier, FLOWS.c.next)
        ).first()
    return Flow(row.provider, row.nonce, row.verifier, row.next) if row else None
