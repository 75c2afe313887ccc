"""Who looks: in the demonstration whoever the link names, else whose session the browser's cookie is."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from data import settings
from data.errors import AccessDenied
from data.people import cookie, open_sessions, permissions
from data.people import person as people
from data.people.person import Person
from data.people.store import audit, open_store
from presentation.words import N_

_KNOWN_FOR = 0.2  # seconds: a run asks often, and is over by then
_KEPT = "who-signed-in"
_SETTLED = "who-signed-in-settled"
_VIEWED = "viewed-as"


def signs_in() -> bool:
    """Whether people sign in, rather than choose whose view they take."""
    return bool(settings.current().sign_in)


def who(scopes: Mapping[str, str], viewed: str | None) -> Person:
    """Whoever looks now. `viewed` is the key of the view that the link asks for.

    In the demonstration anybody may take any view; else only whoever lets people in, and then the view alone is taken:
    what is written is signed by who wrote it. Raises AccessDenied for a session that is over, and for somebody whose
    part of the data is not there.
    """
    views = {each.key: each for each in people.view_as(scopes)}
    if not signs_in():
        return views.get(viewed or "director", views["admin"])
    signed = st.session_state[_SETTLED] = signed_in()
    if viewed in views and viewed != signed.key and permissions.allowed(signed, "manage_people"):
        _tell(signed, viewed)
        return replace(signed, roles=views[viewed].roles, scope=views[viewed].scope)
    if scopes and signed.scope not in scopes:
        raise AccessDenied(
            N_("There is nothing for you in the data yet."),
            N_("Your account is bound to a rep or a team that the loaded data do not hold."),
            N_("Ask your administrator to bind it anew."),
        )
    return signed


def signed_in() -> Person:
    """Whose session it is, asked of the store at most once in a run. Raises AccessDenied for one that is over."""
    asked_at, found = st.session_state.get(_KEPT, (0.0, None))
    if found is None or time.monotonic() - asked_at > _KNOWN_FOR:
        token = st.context.cookies.get(cookie.name(settings.current()), "")
        found = _person_of(token)
        st.session_state[_KEPT] = (time.monotonic(), found)
    return found


def has_changed() -> bool:
    """Whether who somebody is, or what they may do, is no longer what it was when this run of the page began."""
    return signs_in() and signed_in() != st.session_state.get(_SETTLED)


def staying() -> Callable[[], None]:
    """What raises AccessDenied once whoever looks now is signed out, or may do other things than now.

    It works after the run of the page is over, such as when a file is made that the page promised.
    """
    if not signs_in():
        return lambda: None
    token, then = st.context.cookies.get(cookie.name(settings.current()), ""), st.session_state[_SETTLED]

    def require() -> None:
        if _person_of(token) != then:
            raise AccessDenied(
                N_("What you may do was changed just now."),
                "",
                N_("Reload the page; what is not on it is not for you."),
            )

    return require


def _person_of(token: str) -> Person:
    # The gate in front counts sessions as in use; a page that draws itself anew is no use.
    session = open_sessions.session(settings.current(), token, is_seen=False)
    if session is None or session.needs_second_factor:
        raise AccessDenied(N_("You are signed out."), "", N_("Reload the page to sign in."))
    return session.person


def _tell(signed: Person, viewed: str) -> None:
    """The audit learns of each view that is taken, once a tab."""
    if st.session_state.get(_VIEWED) != viewed:
        audit.note(open_store(settings.current()), by=signed.author, did="viewed_as", about=viewed)
        st.session_state[_VIEWED] = viewed
