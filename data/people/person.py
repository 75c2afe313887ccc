"""Who somebody is, what they may do and which file they read: three things, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal["admin", "director", "lead", "rep", "ecommerce"]


@dataclass(frozen=True)
class Author:
    """Who wrote something: a key that stays, and the name people know."""

    key: str
    name: str


@dataclass(frozen=True)
class Person:
    """Somebody at work: `key` and `name` say who, `roles` what they may do, `scope` which file of a snapshot they read.

    With several roles somebody may do what any of them allows (data/people/permissions.py). `taken` are the single
    actions that an administrator took from a role.
    """

    key: str
    name: str
    roles: frozenset[Role]
    scope: str
    taken: frozenset[tuple[Role, str]] = frozenset()

    @property
    def reads_whole_company(self) -> bool:
        """Whether their file leaves out nobody's accounts, sales or deals."""
        return self.scope == "director"

    @property
    def author(self) -> Author:
        """As what they write is signed."""
        return Author(self.key, self.name)


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
