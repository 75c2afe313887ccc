"""Saved views: a name for what the link says, own and shared."""

import streamlit as st

from data.errors import OrderbeatError
from data.people import store
from data.people.store import View, open_store
from data.settings import current
from pages.ui import cards
from pages.ui.source import may, person
from presentation import format
from presentation.words import text

# Who looks, and in which language, is no part of a view.
_OF_THE_PERSON = ("view_as", "language")


def show(page: str) -> None:
    """A button with the views of this page: to open one, to keep this one, to delete one's own."""
    with st.popover(text("Views"), icon=":material/bookmark:", key="views", on_change="rerun") as popover:
        if not popover.open:
            return
        try:
            _listed(page)
            if may("save_view", page):
                _keep(page)
        except OrderbeatError as error:
            cards.failure(error)


def _listed(page: str) -> None:
    saved = store.views.listed(open_store(current()), person(), page)
    if not saved:
        st.caption(text("None is kept yet. A view holds filters and lists, never data."))
    for view in saved:
        with st.container(horizontal=True, vertical_alignment="center", key=f"view-{view.id}"):
            name = format.literal(view.name)
            label = text("{name} (shared)", name=name) if view.is_shared else name
            st.button(label, key=f"view-open-{view.id}", type="tertiary", on_click=_open, args=(view,))
            if view.by_key == person().key and may("save_view", page):
                st.button(
                    text("Delete"), key=f"view-delete-{view.id}", icon=":material/delete:", type="tertiary",
                    on_click=_delete, args=(view,),
                )  # fmt: skip


def _keep(page: str) -> None:
    with st.form("view-keep", border=False):
        name = st.text_input(text("Keep this view as"), max_chars=80, key="view-name").strip()
        is_shared = may("share_view", page) and st.checkbox(text("Others may use it"), key="view-shared")
        if st.form_submit_button(text("Keep")) and name:
            params = {k: v for k, v in st.query_params.to_dict().items() if k not in _OF_THE_PERSON}
            store.views.save(open_store(current()), person(), name, page, params, is_shared=is_shared)
            st.rerun()


def _open(view: View) -> None:
    of_the_person = {k: v for k, v in st.query_params.to_dict().items() if k in _OF_THE_PERSON}
    st.query_params.from_dict(of_the_person | dict(view.query_params))


def _delete(view: View) -> None:
    store.views.delete(open_store(current()), person(), view.id)
