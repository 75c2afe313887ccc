"""Sessions as the settings keep them: whose a token is, and how long it lasts."""

from collections.abc import Iterable
from datetime import timedelta

from data.people.store import open_store
from data.people.store.accounts import sessions
from data.people.store.accounts.sessions import Session
from data.settings import Settings


def session(where: Settings, token: str, *, is_seen: bool = True) -> Session | None:
    """The session of a token, None where it is over or there is none. Raises what the store raises.

    With `is_seen` it counts as in use by that.
    """
    return sessions.session(open_store(where), token, is_seen=is_seen, idle=idle(where)) if token else None


def good(where: Settings, tokens: Iterable[str]) -> set[str]:
    """Which of these tokens are of sessions that are good now."""
    return sessions.open_of(open_store(where), tokens, idle=idle(where))


def idle(where: Settings) -> timedelta:
    """After how long without use a session ends."""
    return timedelta(hours=where.session_idle_hours)


def lasts(where: Settings) -> timedelta:
    """After how long a session ends in any case."""
    return timedelta(hours=where.session_hours)
