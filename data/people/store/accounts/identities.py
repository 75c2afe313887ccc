"""Identities at the company's provider: which account they are of, and which roles the provider's groups give."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

import sqlalchemy as sa

from data.errors import BadInput
from data.people import permissions
from data.people.permissions import ROLES
from data.people.person import Person, Role
from data.people.store.accounts import people
from data.people.store.accounts.tables import GROUP_ROLES, IDENTITIES
from data.people.store.database import Store, insert
from data.people.store.tables import require_key

_OF = IDENTITIES.c


def bind(store: Store, by: Person, account_id: str, issuer: str, subject: str) -> None:
    """Says whose account an identity is of. Raises AccessDenied, BadInput for one that is another's already."""
    require_key(issuer, subject)
    if not (issuer and subject):
        raise BadInput("The identity is missing.", "It is the key of a person at the provider.", "Enter it.")
    with store.writing(
        by, "manage_people", did="identity_bound", about=account_id, detail={"issuer": issuer}
    ) as connection:
        people.lock(connection)
        owner = account_id_of(connection, issuer, subject)
        if owner not in (None, account_id):
            raise BadInput("This identity is somebody else's.", "Each is of one person.", "Unbind it there first.")
        if people.one(connection, account_id).is_erased:
            raise BadInput("This person was erased.", "Nothing is left to bind to.", "Invite them anew.")
        if owner is None:
            add(connection, account_id, issuer, subject)


def unbind(store: Store, by: Person, account_id: str, issuer: str, subject: str) -> None:
    """Takes an identity from an account, and ends its sessions. Raises AccessDenied, BadInput for the last one."""
    with (
        store.writing(
            by, "manage_people", did="identity_unbound", about=account_id, detail={"issuer": issuer}
        ) as connection,
        people.keeps_administrator(connection),
    ):
        of_account = sa.delete(IDENTITIES).where(
            _OF.account_id == account_id, _OF.issuer == issuer, _OF.subject == subject
        )
        if connection.execute(of_account).rowcount:
            people.end_sessions(connection, account_id)


def give_group(store: Store, by: Person, group: str, role: Role) -> None:
    """From now on the provider's group gives a role at each sign-in. Raises AccessDenied, BadInput.

    As soon as one group gives a role, the groups decide about the roles of everybody who comes in by an identity, and
    nobody without such a group comes in.
    """
    require_key(group)
    if role not in ROLES or not group.strip():
        raise BadInput(
            "There is no such role or group.", "A group is named as the provider names it.", "Choose a role."
        )
    with store.writing(by, "manage_people", did="group_given_role", about=group, detail={"role": role}) as connection:
        connection.execute(insert(store, GROUP_ROLES).values(group_name=group, role=role).on_conflict_do_nothing())


def take_from_group(store: Store, by: Person, group: str, role: Role) -> None:
    """From now on the provider's group does not give that role. Raises AccessDenied."""
    of_group = sa.delete(GROUP_ROLES).where(GROUP_ROLES.c.group_name == group, GROUP_ROLES.c.role == role)
    with store.writing(by, "manage_people", did="group_lost_role", about=group, detail={"role": role}) as connection:
        connection.execute(of_group)


def groups(store: Store, to: Person) -> list[tuple[str, Role]]:
    """Which group gives which role. Raises AccessDenied."""
    permissions.require(to, "manage_people")
    with store.reading() as connection:
        rows = connection.execute(sa.select(GROUP_ROLES)).all()
    return sorted((row.group_name, cast("Role", row.role)) for row in rows)


# Within a transaction


def account_id_of(connection: sa.Connection, issuer: str, subject: str) -> str | None:
    """Whose account an identity is of."""
    query = sa.select(_OF.account_id).where(_OF.issuer == issuer, _OF.subject == subject)
    return connection.execute(query).scalar()


def add(connection: sa.Connection, account_id: str, issuer: str, subject: str) -> None:
    """Binds an identity."""
    row = {"issuer": issuer, "subject": subject, "account_id": account_id, "bound_at": datetime.now(UTC)}
    connection.execute(sa.insert(IDENTITIES).values(**row))


def roles_of(connection: sa.Connection, given: Iterable[str]) -> frozenset[Role] | None:
    """The roles that these groups give; None where no group gives any, and administrators decide."""
    rows = connection.execute(sa.select(GROUP_ROLES)).all()
    if not rows:
        return None
    named = set(given)
    return frozenset(cast("Role", row.role) for row in rows if row.group_name in named)
