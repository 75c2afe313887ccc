"""Which groups of the identity provider give which role."""

import streamlit as st

from data.people.permissions import ROLES as CODES
from data.people.permissions import require
from data.people.store.accounts import identities
from pages.ui import cards, doing
from pages.ui.page_frame import ROLES
from pages.ui.source import person
from presentation.sentences import people as sentences
from presentation.words import text


def show() -> None:
    """The groups, each with the way to take its role back, and a form that gives a group a role."""
    require(person(), "manage_people")
    given = identities.groups(doing.store(), person())
    cards.title(text("Groups of the identity provider"))
    cards.note(sentences.groups(len(given)))
    turn = doing.turn()
    for number, (group, given_role) in enumerate(given):
        with st.container(horizontal=True, vertical_alignment="center", key=f"group-{number}"):
            st.text(text("{group}: {role}", group=group, role=text(ROLES[given_role])))
            st.button(
                text("Remove"), key=f"group-{number}-remove-{turn}", type="tertiary",
                on_click=doing.do, args=(identities.take_from_group, group, given_role),
            )  # fmt: skip
    with st.form(f"group-{turn}", border=False):
        left, right = st.columns(2)
        named = left.text_input(text("Group, as the provider names it"), max_chars=200, key=f"group-name-{turn}")
        role = right.selectbox(
            text("Role"), CODES, index=None, placeholder=text("Choose"), key=f"group-role-{turn}",
            format_func=lambda code: text(ROLES[code]),
        )  # fmt: skip
        if st.form_submit_button(text("Give the group this role"), key=f"group-give-{turn}"):
            doing.do(identities.give_group, named.strip(), role or "")
            st.rerun()
