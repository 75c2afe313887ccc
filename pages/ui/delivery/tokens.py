"""Tokens by which one's assistant asks: made and shown once, listed with their last use, revoked."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from data.people import ways
from data.people.store import tokens
from data.people.store.accounts import people
from data.people.store.tokens import Made, Token
from pages.ui import cards, doing, links, recorded
from pages.ui.source import may, person
from presentation import format, labels
from presentation.words import plural, text

_MADE = "assistant-token-made"
_DAYS = (30, 90, 180, 365)
_USUAL_DAYS = 1  # the place of 90
_MOST_SHOWN = 50


def show() -> None:
    """What one's assistant may do, a form for a new token, one's own tokens, and to an administrator everybody's."""
    if not recorded.is_known():
        cards.empty(
            text("Nobody signs in here, so no assistant can ask in anybody's name."),
            text("ORDERBEAT_SIGN_IN turns sign-in on, as docs/operating.md says."),
        )
        return
    store, who, now = doing.store(), person(), datetime.now(UTC)
    own = [token for token in tokens.own(store, who) if token.use == "assistant"]
    is_open = ways.is_open(store, "assistant", who)
    if is_open:
        good = sum(token.until > now for token in own)
        cards.headline(
            plural("{count} assistant may ask in your name", "{count} assistants may ask in your name", good)
        )
        cards.note(text("It reads what you may see, and nothing else; each question stands in the audit."))
    else:
        cards.empty(
            text("No assistant may ask in your name yet."),
            text("An administrator opens the way to your role, here, under Ways out."),
        )
    doing.failure()
    _made()
    if is_open:
        _make(may_write=ways.is_open(store, "assistant_writes", who))
    if own or is_open:
        _listed(own, {}, now, "own")
    if may("manage_people"):
        _of_others(now)


def _make(*, may_write: bool) -> None:
    with (
        st.popover(text("New token"), icon=":material/key:", key=f"token-new-{doing.turn()}"),
        st.form(f"token-form-{doing.turn()}", border=False),
    ):
        name = st.text_input(
            text("What it is for"), max_chars=100, key=f"token-name-{doing.turn()}",
            placeholder=text("Assistant on my laptop"), autocomplete="off",
        )  # fmt: skip
        days = st.selectbox(
            text("Good for"), _DAYS, _USUAL_DAYS, key=f"token-days-{doing.turn()}",
            format_func=lambda count: format.value(count, "days"),
        )  # fmt: skip
        writes = may_write and st.checkbox(
            text("It may also accept, snooze and note in my name"), key=f"token-writes-{doing.turn()}"
        )
        if st.form_submit_button(text("Make it"), key="token-make"):
            made = doing.do(tokens.make, "assistant", name, days=days, may_write=writes)
            st.session_state[_MADE] = (doing.turn(), made)
            st.rerun()


def _made() -> None:
    """The token made just now, until it is put away or the next thing is done."""
    turn, made = st.session_state.get(_MADE, (None, None))
    if not isinstance(made, Made) or turn != doing.turn():
        st.session_state.pop(_MADE, None)
        return
    with st.container(border=True, key="token-made"):
        cards.title(text("Copy this now: it is not shown again."))
        st.code(made.secret, language=None)
        cards.note(text("For an assistant that knows MCP by HTTP, such lines go into its settings:"))
        st.code(_lines(made.secret), language="json")
        cards.note(text("Whoever has it reads what you read. Revoke it below as soon as it is lost."))
        st.button(text("I have copied it"), key="token-copied", on_click=doing.begin_anew)


def _lines(secret: str) -> str:
    headers = {"Authorization": f"Bearer {secret}"}
    server = {"type": "http", "url": f"{links.server()}/mcp", "headers": headers}
    return json.dumps({"mcpServers": {"orderbeat": server}}, indent=2)


def _of_others(now: datetime) -> None:
    """To an administrator everybody else's, of whatever use."""
    who = person()
    names = {each.id: each.name for each in people.everybody(doing.store(), who)}
    found = [token for token in tokens.everybodys(doing.store(), who) if token.account_id != who.key]
    cards.title(text("Tokens of everybody else"))
    _listed(found, names, now, "all")


def _listed(found: list[Token], owners: Mapping[str, str], now: datetime, key: str) -> None:
    """Each token in a line with the way to revoke it."""
    if not found:
        cards.note(text("There is no token."))
    for token in found[:_MOST_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"token-{key}-{token.id}"):
            owner = [owners.get(token.account_id, token.account_id), labels.code(token.use)] if owners else []
            named = " · ".join(map(format.literal, (*owner, token.name)))
            st.markdown(f"**{named}**  \n:small[{' · '.join(_facts(token, now))}]", width="stretch")
            st.button(
                text("Revoke"), key=f"token-{key}-revoke-{token.id}", type="tertiary", icon=":material/key_off:",
                on_click=doing.do, args=(tokens.revoke, token.id),
            )  # fmt: skip
    if len(found) > _MOST_SHOWN:
        left = len(found) - _MOST_SHOWN
        cards.note(plural("{count} more token", "{count} more tokens", left))


def _facts(token: Token, now: datetime) -> list[str]:
    until = format.value(token.until.date(), "date")
    used = format.value(token.used_at.date(), "date") if token.used_at else ""
    return [
        text("over since {day}", day=until) if token.until <= now else text("good until {day}", day=until),
        text("last used {day}", day=used) if used else text("not used yet"),
        text("may decide and note") if token.may_write else text("reads only"),
    ]
