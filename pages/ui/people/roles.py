"""What single roles may not, which need a second factor, and which groups give them; rights give the rest."""

import streamlit as st

from data.people import permissions
from data.people.permissions import RIGHTS, TAKEABLE
from data.people.permissions import ROLES as CODES
from data.people.person import Role
from data.people.store.accounts import rules
from data.people.store.accounts.rules import Rules
from data.settings import current
from pages.ui import cards, doing
from pages.ui.page_frame import ROLES
from pages.ui.people import groups
from pages.ui.source import person
from presentation import labels
from presentation.words import text


def show() -> None:
    """A row of choices for each role, kept together by one button."""
    permissions.require(person(), "manage_people")
    now = rules.in_force(doing.store())
    cards.headline(text("What each role may take along, and how it must sign in"))
    cards.note(
        text("Whoever has several roles may do what any of them allows; a second factor is asked if one needs it.")
    )
    doing.failure()
    with st.form(f"roles-{doing.turn()}", border=False):
        wanted = {role: _role(role, now) for role in CODES}
        if st.form_submit_button(text("Save"), key="roles-save"):
            _save(wanted, now)
            st.rerun()
    if "oidc" in current().sign_in:
        groups.show()


def _role(role: Role, now: Rules) -> dict[str, bool]:
    """The choices of one role: each action that can be taken from it, and whether it needs a second factor."""
    cards.title(text(ROLES[role]))
    with st.container(horizontal=True, key=f"role-{role}"):
        given = {
            action: st.checkbox(
                labels.code(action), (role, action) not in now.taken, key=f"{role}-{action}-{doing.turn()}"
            )
            for action in TAKEABLE
            if role in RIGHTS[action].roles
        }
        needs_factor = st.checkbox(
            text("Second factor required"), role in now.need_second_factor, key=f"{role}-factor-{doing.turn()}"
        )
    return given | {"factor": needs_factor}


def _save(wanted: dict[Role, dict[str, bool]], now: Rules) -> None:
    """Writes what differs from what is kept."""
    for role, choices in wanted.items():
        for choice, is_on in choices.items():
            if choice == "factor":
                if is_on != (role in now.need_second_factor):
                    doing.do(rules.require_second_factor, role, is_on)
            elif is_on == ((role, choice) in now.taken):
                doing.do(rules.give_back if is_on else rules.take, role, choice)
