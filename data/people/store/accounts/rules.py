"""What holds for everybody of a role: single actions taken from it, and whether it needs a second factor."""

from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from data.errors import BadInput
from data.people.permissions import ROLES, TAKEABLE
from data.people.person import Person, Role
from data.people.store.accounts.tables import SECOND_FACTOR_ROLES, TAKEN_ACTIONS
from data.people.store.chain import Word
from data.people.store.database import Store, insert

# Read with every session, so it is put together once.
_IN_FORCE = sa.union_all(
    sa.select(TAKEN_ACTIONS.c.role, TAKEN_ACTIONS.c.action),
    sa.select(SECOND_FACTOR_ROLES.c.role, sa.literal(None, sa.Text)),
)


@dataclass(frozen=True)
class Rules:
    """The actions taken from roles, and the roles that need a second factor."""

    taken: frozenset[tuple[Role, str]] = frozenset()
    need_second_factor: frozenset[Role] = frozenset()


def take(store: Store, by: Person, role: Role, action: str) -> None:
    """Takes a single action from everybody of a role. Raises BadInput for one that cannot be taken, AccessDenied."""
    _require(role, action)
    with store.writing(by, "manage_people", did="action_taken", about=role, detail={"action": action}) as connection:
        connection.execute(insert(store, TAKEN_ACTIONS).values(role=role, action=action).on_conflict_do_nothing())


def give_back(store: Store, by: Person, role: Role, action: str) -> None:
    """Gives everybody of a role an action back that was taken. Raises as `take`."""
    _require(role, action)
    with store.writing(by, "manage_people", did="action_given", about=role, detail={"action": action}) as connection:
        row = TAKEN_ACTIONS.c
        connection.execute(sa.delete(TAKEN_ACTIONS).where(row.role == role, row.action == action))


def taken(store: Store) -> frozenset[tuple[Role, str]]:
    """The actions that are taken, each with the role that lacks it."""
    return in_force(store).taken


def require_second_factor(store: Store, by: Person, role: Role, is_required: bool) -> None:  # noqa: FBT001 (the matter)
    """Says whether everybody of a role needs a second factor when coming in by password. Raises as `take`."""
    _require(role)
    did: Word = "second_factor_required" if is_required else "second_factor_optional"
    with store.writing(by, "manage_people", did=did, about=role) as connection:
        if is_required:
            connection.execute(insert(store, SECOND_FACTOR_ROLES).values(role=role).on_conflict_do_nothing())
        else:
            connection.execute(sa.delete(SECOND_FACTOR_ROLES).where(SECOND_FACTOR_ROLES.c.role == role))


def in_force(store: Store) -> Rules:
    """The rules that hold now."""
    with store.reading() as connection:
        return read(connection)


def read(connection: sa.Connection) -> Rules:
    """The rules that hold now, read with what else is read."""
    rows = connection.execute(_IN_FORCE).all()
    return Rules(
        frozenset((cast("Role", role), action) for role, action in rows if action is not None),
        frozenset(cast("Role", role) for role, action in rows if action is None),
    )


def _require(role: str, action: str = TAKEABLE[0]) -> None:
    if role not in ROLES or action not in TAKEABLE:
        raise BadInput(
            "There is no such rule.", "Only some actions can be taken from a role.", "Choose a role and an action."
        )
