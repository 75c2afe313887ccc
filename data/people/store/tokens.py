"""Tokens of one's own: by one an assistant asks, or a calendar reads, in the name of somebody who is not there.

The store keeps hashes alone; a token is shown once. It opens what the way it is for opens to its owner, never more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa

from data.errors import BadInput
from data.people import permissions
from data.people.permissions import Action
from data.people.person import Person
from data.people.store.accounts.tables import hashed, new_id, new_token
from data.people.store.database import Store
from data.people.store.tables import metadata, moment_column, require_key, text_column

Use = Literal["assistant", "calendar"]
NEEDS: Mapping[Use, Action] = {"assistant": "use_assistant", "calendar": "take_calendar"}
MOST_DAYS = 366
_MOST = 20  # good tokens of one person
_NOTED_EVERY = timedelta(minutes=1)  # so that a busy assistant does not write with every question

TOKENS = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    text_column("use"),
    text_column("name"),
    sa.Column("may_write", sa.Boolean, nullable=False),
    moment_column("made_at"),
    moment_column("until"),
    moment_column("used_at", nullable=True),
)


@dataclass(frozen=True)
class Token:
    """A token as it may be shown; moments are UTC, `used_at` is None where it never was."""

    id: str
    account_id: str
    use: Use
    name: str
    may_write: bool
    made_at: datetime
    until: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Made:
    """A new token with its secret, which is told once and kept nowhere."""

    token: Token
    secret: str = field(repr=False)


def make(store: Store, by: Person, use: Use, name: str, *, days: int, may_write: bool = False) -> Made:
    """A token of one's own, good for so many days. `by` must have an account.

    Raises AccessDenied, BadInput for an unknown use, a nameless or too long a name, or too many tokens or days.
    """
    if use not in get_args(Use) or not name.strip() or not 1 <= days <= MOST_DAYS:
        raise BadInput(
            "This token cannot be made.", f"It needs a use, a name, and 1 to {MOST_DAYS} days.", "Correct the form."
        )
    require_key(name)
    more: tuple[Action, ...] = ("write_by_assistant",) if may_write else ()
    now, secret, detail = datetime.now(UTC), new_token(), {"use": use, "days": days}
    made = Token(new_id(), by.key, use, name.strip(), may_write, now, now + timedelta(days=days), None)
    with store.writing(by, NEEDS[use], *more, did="token_made", about=made.id, detail=detail) as connection:
        good = sa.select(sa.func.count()).where(TOKENS.c.account_id == by.key, TOKENS.c.until > now)
        if connection.execute(good).scalar_one() >= _MOST:
            raise BadInput("There are too many tokens.", f"Nobody has more than {_MOST}.", "Revoke one first.")
        connection.execute(sa.insert(TOKENS).values(**vars(made), token_hash=hashed(secret)))
    return Made(made, secret)


def of_secret(store: Store, secret: str, use: Use) -> Token | None:
    """The token of a secret, which counts as used by that; None for one that is unknown, over, or for another use."""
    now = datetime.now(UTC)
    query = sa.select(TOKENS).where(TOKENS.c.token_hash == hashed(secret), TOKENS.c.use == use, TOKENS.c.until > now)
    with store.reading() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    if row["used_at"] is None or now - row["used_at"] > _NOTED_EVERY:
        with store.keeping() as connection:
            connection.execute(sa.update(TOKENS).where(TOKENS.c.id == row["id"]).values(used_at=now))
    return _token(row)


def own(store: Store, to: Person) -> list[Token]:
    """One's own tokens, the newest first, also those that are over."""
    return _read(store, TOKENS.c.account_id == to.key)


def everybodys(store: Store, to: Person) -> list[Token]:
    """All tokens there are, the newest first. Raises AccessDenied for who may not manage people."""
    permissions.require(to, "manage_people")
    return _read(store)


def revoke(store: Store, by: Person, token_id: str) -> None:
    """Ends a token at once: one's own, or anybody's for who may manage people. Raises AccessDenied otherwise."""
    owner = next((each.account_id for each in _read(store, TOKENS.c.id == token_id)), None)
    action: Action = "read" if owner == by.key else "manage_people"
    with store.writing(by, action, did="token_revoked", about=token_id) as connection:
        connection.execute(sa.delete(TOKENS).where(TOKENS.c.id == token_id))


def _read(store: Store, *of: sa.ColumnElement[bool]) -> list[Token]:
    query = sa.select(TOKENS).where(*of).order_by(TOKENS.c.made_at.desc(), TOKENS.c.id)
    with store.reading() as connection:
        return [_token(row) for row in connection.execute(query).mappings()]


def _token(row: Mapping[Any, Any]) -> Token:
    return Token(**{name: row[name] for name in Token.__dataclass_fields__})
