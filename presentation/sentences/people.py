"""Sentences about who may come in: how many, who did not yet, who sees nothing, and how each stands."""

import datetime as dt
from collections.abc import Sequence

from data.errors import OrderbeatError
from data.people.store.accounts.people import Account
from data.people.store.accounts.people_csv import ReadIn, Refused
from data.people.store.accounts.sessions import Session
from presentation.format import literal
from presentation.words import listed, plural, text

_NAMED = 3  # how many of those who see nothing are named; the others are counted


def headline(accounts: Sequence[Account], seeing_nothing: Sequence[tuple[str, str]]) -> str:
    """How many may come in, how many have not yet, and who cannot see anything.

    `seeing_nothing` gives the name of each person bound to a rep or team that is not in the data, and that key.
    """
    active = [each for each in accounts if each.is_active]
    if not active:
        return text("Nobody is entered yet")
    waiting = sum(1 for each in active if each.last_seen_at is None)
    said = [plural("{count} person may come in", "{count} people may come in", len(active))]
    if waiting:
        said.append(plural("{count} has not yet", "{count} have not yet", waiting))
    if seeing_nothing:
        bound = [
            text("{name} is bound to {key}, which is not in the data", name=literal(name), key=literal(key))
            for name, key in seeing_nothing[:_NAMED]
        ]
        said.append(
            plural(
                "{count} cannot see anything: {who}",
                "{count} cannot see anything, such as {who}",
                len(seeing_nothing),
                who=listed(bound),
            )
        )
    return "; ".join(said)


def state(account: Account) -> str:
    """Whether somebody may come in, in a word or two."""
    if account.is_erased:
        return text("erased")
    if not account.is_active:
        return text("deactivated")
    return text("may come in") if account.can_come_in else text("invited")


def ways_in(account: Account) -> str:
    """How somebody comes in."""
    ways = [text("password")] * account.has_password
    ways += [text("provider {issuer}", issuer=issuer) for issuer, _ in account.identities]
    return ", ".join(ways)


def moment(at: dt.datetime | None) -> str:
    """A moment in UTC, to the minute; empty where there is none."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M}" if at else ""


def session(open_one: Session) -> str:
    """Where and since when somebody is signed in, as plain text."""
    return text(
        "{device}, {address}, seen {moment} UTC",
        device=open_one.device or text("unknown device"),
        address=open_one.address or text("unknown address"),
        moment=moment(open_one.seen_at),
    )


def groups(given: int) -> str:
    """What the groups of the provider decide, where so many of them give a role."""
    if not given:
        return text(
            "No group gives a role: administrators decide. Once one does, groups decide the roles of everybody who "
            "comes in by the identity provider, at each sign-in, and nobody without such a group comes in by it."
        )
    return text(
        "These groups decide the roles of everybody who comes in by the identity provider, at each sign-in. Nobody "
        "without such a group comes in by it."
    )


def read_in(came: ReadIn) -> str:
    """What came of a file of people."""
    said = [
        plural("{count} person invited", "{count} people invited", came.invited),
        plural("{count} changed", "{count} changed", came.changed),
    ]
    return "; ".join(said)


def refused_rows(refused: Sequence[Refused], most: int) -> list[str]:
    """The rows of a file of people that cannot be read in, and why; beyond so many they are counted."""
    said = [
        text("Line {line}: {why}", line=each.line, why=literal(" ".join(filter(None, map(text, _reason(each.error))))))
        for each in refused[:most]
    ]
    more = len(refused) - most
    return said + ([plural("{count} more", "{count} more", more)] if more > 0 else [])


def _reason(error: OrderbeatError) -> tuple[str, str]:
    return error.what, error.remedy
