"""Everybody who may come in: who did not yet, who sees nothing; inviting people, and the one who is opened."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from data.people.permissions import require
from data.people.person import Person, Role
from data.people.store.accounts import people, people_csv, rules
from data.people.store.accounts.links import invitation
from data.people.store.accounts.people import Account
from data.warehouse import access
from pages.ui import cards, doing, export_button, links, recorded
from pages.ui.page_frame import ROLES
from pages.ui.people import contact, fields, file, one, opened, table
from pages.ui.source import may, person
from presentation.sentences import people as sentences
from presentation.words import text

_KEY = "people-list"
_WIDTHS = (190, 200, 170, 130, 95, 110, 110, 130)  # of the columns, so that all fit a screen of 1280


def show() -> None:
    """The list of people, with the one who is opened above it."""
    require(person(), "manage_people")
    accounts = people.everybody(doing.store(), person())
    cards.headline(sentences.headline(accounts, _seeing_nothing(accounts)))
    if not recorded.is_known():
        cards.note(
            text(
                "Nobody can sign in to the demonstration. People may be entered beforehand; ORDERBEAT_SIGN_IN turns "
                "sign-in on, as docs/operating.md says."
            )
        )
    doing.failure()
    file.outcome()
    opened = links.drill("account")
    if account := next((each for each in accounts if str(each.id) == opened), None):
        one.show(account)
    elif opened:
        cards.not_found()
    with st.container(horizontal=True, vertical_alignment="center", key="people-tools"):
        asked = st.text_input(
            text("Search"), placeholder=text("Search by name, e-mail or rep"), label_visibility="collapsed", width=240,
            **links.linked("people-search", default=""),
        ).strip()  # fmt: skip
        _invite()
        file.drop()
        if may("export", "people"):
            export_button.download(
                "CSV", partial(_taken_along, person()), "people.csv", "text/csv", key="people-csv",
                icon=":material/download:", type="tertiary",
            )  # fmt: skip
    _list(accounts, asked.casefold(), opened or "")
    contact.show()


def _seeing_nothing(accounts: list[Account]) -> list[tuple[str, str]]:
    """Who is bound to a rep or team that is not in the data, and to which."""
    scopes, now = access.scopes(), rules.in_force(doing.store())
    active = [(each, people.person_of(each, now).scope) for each in accounts if each.is_active]
    return [(each.name, scope.partition(":")[2]) for each, scope in active if scope not in scopes]


def _list(accounts: list[Account], asked: str, opened: str) -> None:
    """Whoever has what is asked for in a name, an address, or the rep or team they are bound to; a page of them."""
    names = {kind: fields.bindings(kind) for kind in ("rep", "lead")}
    rows = [(each.id, _row(each, names)) for each in accounts]
    found = [(key, row) for key, row in rows if any(asked in row[head].casefold() for head in _searched())]
    if not found:
        st.markdown(text("Nothing matches. Widen the filters or clear the search.") if rows else text("None."))
        return
    begin = table.offset(_KEY)
    shown = found[begin : begin + table.PAGE_ROWS] or found[: table.PAGE_ROWS]
    opens = [{"account": key} for key, _ in shown]
    table.show(_KEY, text("People"), [row for _, row in shown], opens, f"{doing.turn()}{opened}", _WIDTHS)
    with st.container(horizontal=True, vertical_alignment="center"):
        table.pager(_KEY, len(found))


def _searched() -> list[str]:
    return [text("Full name"), text("E-mail"), text("Rep or team")]


def _row(account: Account, names: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    bound = [names["rep"].get(account.rep or "", account.rep)] * ("rep" in account.roles)
    bound += [names["lead"].get(account.team or "", account.team)] * ("lead" in account.roles)
    return {
        text("Full name"): account.name,
        text("E-mail"): account.email or "",
        text("Roles"): roles_in_words(account.roles),
        text("Rep or team"): ", ".join(filter(None, bound)),
        text("State"): sentences.state(account),
        text("Comes in by"): sentences.ways_in(account),
        text("Second factor"): text("yes") if account.has_second_factor else "",
        text("Last seen, UTC"): sentences.moment(account.last_seen_at),
    }


def roles_in_words(roles: frozenset[Role]) -> str:
    """Roles as people call them, in the order of the table of rights."""
    return ", ".join(text(title) for role, title in ROLES.items() if role in roles)


def _invite() -> None:
    """A form that enters a person and makes their one-time link."""
    with st.popover(
        text("Invite"), icon=":material/person_add:", key=f"people-invite-{doing.turn()}", on_change="rerun"
    ) as popover:
        if not popover.open:
            return
        key = f"invite-{doing.turn()}"
        with st.form(key, border=False):
            email = st.text_input(text("E-mail"), max_chars=254, key=f"{key}-email")
            given = fields.show(key)
            if st.form_submit_button(text("Invite"), key=f"{key}-save"):
                _invited(email.strip(), given)


def _invited(email: str, given: fields.Given) -> None:
    account = doing.do(people.invite, email=email, **vars(given))
    if account is None:
        doing.failure()  # here, where the form stands
        return
    opened.make_link(invitation, account.id)
    links.go(account=str(account.id))
    st.rerun()


def _taken_along(who: Person) -> export_button.File:
    require(who, "export", "people")
    written = people_csv.written(doing.store(), who)
    return export_button.File(written.encode("utf-8-sig"), written.count("\r\n") - 1)
