"""The channels of chat programs, each with the one person whose rows it carries."""

from typing import get_args

import streamlit as st

from data.people import permissions, reached
from data.people.store import channels
from data.people.store.channels import Channel, Program
from pages.ui import cards, doing
from pages.ui.source import person
from presentation import labels
from presentation.words import text


def show() -> None:
    """The channels there are, and the form for another."""
    permissions.require(person(), "set_ways")
    found = channels.all_of_them(doing.store(), person())
    cards.headline(text("Channels that carry somebody's list"))
    cards.note(text("Whoever reads a channel reads the list of the person it is for, whatever they may see here."))
    doing.failure()
    names = {each.person.key: each.person.name for each in reached.everybody(doing.store())}
    for each in found:
        _channel(each, names)
    if not names:
        cards.empty(
            text("Nobody is let in yet whose list a channel could carry."),
            text("Invite people on the page People; in the demonstration nobody signs in."),
        )
        return
    _form(names)


def _channel(channel: Channel, names: dict[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"channel-{channel.id}"):
        parts = [
            channel.name, labels.code(channel.program), channel.host,
            text("carries the list of {name}", name=names.get(channel.account_id, text("somebody who is not let in"))),
            text("signed") if channel.secret else text("not signed"),
        ]  # fmt: skip
        st.text(" · ".join(parts))
        st.button(
            text("Remove"), key=f"channel-remove-{channel.id}", type="tertiary",
            on_click=doing.do, args=(channels.remove, channel.id),
        )  # fmt: skip


def _form(names: dict[str, str]) -> None:
    key = f"channel-new-{doing.turn()}"
    with st.popover(text("Add a channel"), icon=":material/add:", key=f"{key}-popover"), st.form(key, border=False):
        whose = st.selectbox(
            text("Whose list it carries"), list(names), format_func=names.__getitem__, key=f"{key}-whose"
        )
        programs = list(get_args(Program))
        program = st.selectbox(text("Program"), programs, format_func=labels.code, key=f"{key}-program")
        name = st.text_input(text("Name of the channel"), max_chars=100, key=f"{key}-name")
        url = st.text_input(
            text("Address of its incoming webhook"),
            type="password",
            key=f"{key}-url",
            autocomplete="off",
            max_chars=2000,
        )
        secret = st.text_input(
            text("Secret to sign messages with, if the receiver checks one"), type="password", key=f"{key}-secret",
            autocomplete="off", max_chars=200,
        )  # fmt: skip
        st.markdown(text("**Whoever reads this channel will read the list of that person.**"))
        if st.form_submit_button(text("Add"), key=f"{key}-save"):
            doing.do(channels.make, whose, program, name, url=url, secret=secret)
            st.rerun()
