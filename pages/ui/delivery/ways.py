"""Which ways out of the browser are open, and to which roles."""

import streamlit as st

from data.people import permissions, ways
from data.people.permissions import ROLES as CODES
from data.people.ways import Way
from pages.ui import cards, doing
from pages.ui.page_frame import ROLES
from pages.ui.source import person
from presentation import labels
from presentation.words import text


def show() -> None:
    """A row of roles for each way, kept together by one button."""
    permissions.require(person(), "set_ways")
    now = ways.open_to(doing.store())
    cards.headline(text("What may reach people outside of the browser"))
    cards.note(text("Nothing is sent, and no assistant or calendar reads anything, until you open a way to a role."))
    doing.failure()
    with st.form(f"ways-{doing.turn()}", border=False):
        wanted = {way: _way(way, now[way]) for way in ways.WAYS}
        if st.form_submit_button(text("Save"), key="ways-save"):
            for way, roles in wanted.items():
                if roles != now[way]:
                    doing.do(ways.set_open, way, roles)
            st.rerun()


def _way(way: Way, now: frozenset[str]) -> frozenset[str]:
    cards.title(labels.code(way))
    with st.container(horizontal=True, key=f"way-{way}"):
        return frozenset(
            role
            for role in CODES
            if st.checkbox(text(ROLES[role]), role in now, key=f"way-{way}-{role}-{doing.turn()}")
        )
