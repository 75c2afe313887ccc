"""The identities at the company's provider by which somebody comes in: bound here by hand, and unbound."""

import streamlit as st

from data.people.store.accounts import identities
from data.people.store.accounts.people import Account
from data.settings import current
from pages.ui import cards, doing
from presentation.words import plural, text


def show(account: Account, key: str) -> None:
    """What is bound, each with the way to unbind it, and a field for another; nothing where no provider is used."""
    issuer = current().oidc_issuer if "oidc" in current().sign_in else ""
    if not (issuer or account.identities):
        return
    label = plural("{count} identity", "{count} identities", len(account.identities))
    with st.popover(label, icon=":material/badge:", key=f"{key}-identities"):
        for number, (of, subject) in enumerate(account.identities):
            with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-identity-{number}"):
                st.text(text("{subject} at {issuer}", subject=subject, issuer=of))
                st.button(
                    text("Unbind"), key=f"{key}-unbind-{number}", type="tertiary",
                    on_click=doing.do, args=(identities.unbind, account.id, of, subject),
                )  # fmt: skip
        if issuer:
            _bind(account, issuer, key)


def _bind(account: Account, issuer: str, key: str) -> None:
    """A form that binds an identity by hand, for whom the provider knows by another e-mail address or none."""
    with st.form(f"{key}-bind-form", border=False):
        cards.note(text("Who signs in for the first time with the e-mail address entered here is bound by that."))
        subject = st.text_input(
            text("Key of this person at the provider (subject)"), max_chars=200, key=f"{key}-subject",
            autocomplete="off",
        )  # fmt: skip
        if st.form_submit_button(text("Bind"), key=f"{key}-bind"):
            doing.do(identities.bind, account.id, issuer, subject.strip())
            st.rerun()
