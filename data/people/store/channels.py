"""Channels of messages: each carries the rows of one person, to whoever reads that channel."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import sqlalchemy as sa

from data.errors import BadInput
from data.people import permissions
from data.people.person import Person
from data.people.store.accounts import people
from data.people.store.accounts.tables import new_id
from data.people.store.database import Store
from data.people.store.tables import metadata, moment_column, require_key, require_storable, text_column

Program = Literal["slack", "teams", "mattermost"]
_LONGEST_URL = 2_000

CHANNELS = sa.Table(
    "channels",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    text_column("program"),
    text_column("name"),
    text_column("url"),  # readable, as is the secret: both are needed whenever something is sent
    text_column("secret"),
    moment_column("made_at"),
)


@dataclass(frozen=True)
class Channel:
    """A channel of a chat program, and whose rows it carries. Whoever knows `url` may write into it."""

    id: str
    account_id: str
    program: Program
    name: str
    made_at: datetime
    url: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def host(self) -> str:
        """Where it is, as may be shown."""
        return urlsplit(self.url).hostname or ""


def make(
    store: Store, by: Person, account_id: str, program: Program, name: str, *, url: str, secret: str = ""
) -> Channel:
    """A channel that carries that person's rows. Messages are signed where there is a `secret`.

    Raises AccessDenied, BadInput for a nameless or unknown one, an address that is not https, or nobody.
    """
    require_key(name)
    require_storable((url, secret))
    if program not in get_args(Program) or not name.strip():
        raise BadInput("This channel cannot be made.", "It needs a program and a name.", "Correct the form.")
    if not _is_good(url):
        raise BadInput(
            "This address cannot be used.",
            "Messages go to an address that begins with https:// and names no user; its path is kept secret.",
            "Copy the address that the chat program shows for its incoming webhook or workflow.",
        )
    made = Channel(new_id(), account_id, program, name.strip(), datetime.now(UTC), url.strip(), secret.strip())
    with store.writing(by, "set_ways", did="channel_made", about=made.id, detail={"for": account_id}) as connection:
        if not people.one(connection, account_id).is_active:
            raise BadInput("This person is not let in.", "They are deactivated.", "Choose somebody else.")
        connection.execute(sa.insert(CHANNELS).values(**vars(made)))
    return made


def remove(store: Store, by: Person, channel_id: str) -> None:
    """Nothing is sent there any more, also of what waits. Raises AccessDenied."""
    with store.writing(by, "set_ways", did="channel_removed", about=channel_id) as connection:
        connection.execute(sa.delete(CHANNELS).where(CHANNELS.c.id == channel_id))


def all_of_them(store: Store, to: Person) -> list[Channel]:
    """Every channel, by name. Raises AccessDenied for who may not open and close ways."""
    permissions.require(to, "set_ways")
    return _read(store)


def own(store: Store, to: Person) -> list[Channel]:
    """The channels that carry one's own rows, by name."""
    return _read(store, CHANNELS.c.account_id == to.key)


def find(store: Store, channel_id: str) -> Channel | None:
    """The channel of that id, while there is one."""
    return next(iter(_read(store, CHANNELS.c.id == channel_id)), None)


def _is_good(url: str) -> bool:
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        _ = parts.port  # raises where it is none
    except ValueError:
        return False
    if not host or parts.username or parts.fragment or len(url) > _LONGEST_URL or not url.strip().isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(store: Store, *of: sa.ColumnElement[bool]) -> list[Channel]:
    query = sa.select(CHANNELS).where(*of).order_by(CHANNELS.c.name, CHANNELS.c.id)
    with store.reading() as connection:
        return [_channel(row) for row in connection.execute(query).mappings()]


def _channel(row: Mapping[Any, Any]) -> Channel:
    return Channel(**{name: row[name] for name in Channel.__dataclass_fields__})
