"""What an account is made of, as fields of a form: name, roles, and the rep or team it is bound to."""

from dataclasses import dataclass

import streamlit as st

from data.people.permissions import ROLES as CODES
from data.people.person import Role
from data.people.store.accounts.people import Account
from data.warehouse import access
from pages.ui.page_frame import ROLES
from presentation.words import text


@dataclass(frozen=True)
class Given:
    """What was filled in; a rep or team that was not chosen is None."""

    name: str
    roles: frozenset[Role]
    rep: str | None
    team: str | None


def bindings(kind: str) -> dict[str, str]:
    """The reps ("rep") or the leads of teams ("lead") of the data that are shown, by key, with their names."""
    keys = {scope.partition(":"): name for scope, name in access.scopes().items()}
    return {key: name for (of, _, key), name in keys.items() if of == kind}


def show(key: str, account: Account | None = None) -> Given:
    """The fields, filled with what an account is; within a form."""
    left, right = st.columns(2)
    name = left.text_input(text("Full name"), account.name if account else "", max_chars=200, key=f"{key}-name")
    roles = left.pills(
        text("Roles"), CODES, selection_mode="multi", default=sorted(account.roles if account else ()),
        format_func=lambda role: text(ROLES[role]), key=f"{key}-roles",
    )  # fmt: skip
    with right:
        rep = _bound(text("Rep whose accounts they see, for reps"), "rep", account.rep if account else None, key)
        team = _bound(text("Head of the team they see, for team leads"), "lead", account.team if account else None, key)
    return Given(name.strip(), frozenset(roles), rep, team)


def _bound(label: str, kind: str, now: str | None, key: str) -> str | None:
    """A choice among the reps or teams of the data, and what is bound now though it is not among them."""
    names = bindings(kind)
    keys = [*names] if now is None or now in names else [now, *names]
    return st.selectbox(
        label, keys, index=None if now is None else keys.index(now), key=f"{key}-{kind}", placeholder=text("Choose"),
        format_func=lambda key: f"{names[key]} ({key})" if key in names else text("{key}, not in the data", key=key),
    )  # fmt: skip
