"""Who somebody is, what they may do and which file they read: three things, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["admin", "director", "lead", "rep", "ecommerce"]


@dataclass(frozen=True)
class Author:
    """Who wrote something: a key that stays, the name people know, and the session and address it came from."""

    key: str
    name: str
    session: str = field(default="", compare=False)
    address: str = field(default="", compare=False)


@dataclass(frozen=True)
class Person:
    """Somebody at work: `key` and `name` say who, `roles` what they may do, `scope` which file of a snapshot they read.

    With several roles somebody may do what any of them allows (data/people/permissions.py). `taken` are the single
    actions that an administrator took from a role. `session` is the id of the session they are in, `address` where that
    began; both "" where nobody signs in, and whoever acts is the same person in each of theirs.
    """

    key: str
    name: str
    roles: frozenset[Role]
    scope: str
    taken: frozenset[tuple[Role, str]] = frozenset()
    session: str = field(default="", compare=False)
    address: str = field(default="", compare=False)

    @property
    def reads_whole_company(self) -> bool:
        """Whether their file leaves out nobody's accounts, sales or deals."""
        return self.scope == "director"

    @property
    def author(self) -> Author:
        """As what they write is signed."""
        return Author(self.key, self.name, self.session, self.address)


def scope_of(roles: frozenset[Role], rep: str | None, team: str | None) -> str | None:
    """The file that somebody with these roles reads, the widest of them; None where its rep or team is not said."""
    if roles & {"admin", "director"}:
        return "director"
    if "lead" in roles:
        return f"lead:{team}" if team else None
    if "rep" in roles:
        return f"rep:{rep}" if rep else None
    return "ecommerce"


# Whoever a file is cut for, by the first part of its scope.
_READERS: Mapping[str, Role] = {"director": "director", "ecommerce": "ecommerce", "lead": "lead", "rep": "rep"}


def view_as(scopes: Mapping[str, str]) -> list[Person]:
    """Everybody whose view can be taken without sign-in: one a scope, and an administrator who reads all of it.

    `scopes` gives each scope of a snapshot the name of the person it is cut for, "" where it is cut for no one person.
    """
    found = [Person(scope, name or scope, frozenset({_READERS[scope.partition(":")[0]]}), scope)
             for scope, name in scopes.items()]  # fmt: skip
    return [*found, Person("admin", "admin", frozenset({"admin"}), "director")]
