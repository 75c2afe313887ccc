"""Accounts: invited, changed, shut out, erased; the last administrator stays; as CSV out and in."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput, NotLetIn, OrderbeatError
from data.people.permissions import ROLES, TAKEABLE, allowed
from data.people.person import Author, Person
from data.people.store import Store, audit, csv_text, deeds, entries, views
from data.people.store.accounts import identities, people, people_csv, rules, sessions
from data.people.store.accounts.people import ERASED, Account
from data.people.store.accounts.people_csv import ReadIn, RowsRefused
from data.people.store.tables import metadata
from data.settings import Settings
from tests.data.people.store.accounts_help import ISSUER, come_in, first, invited, seen, sign_in
from tests.data.people.store.help import ANNA, LATE, act, second
from tests.people import somebody

# Who somebody is


@pytest.mark.parametrize(
    ("roles", "scope"),
    [
        ({"admin"}, "director"),
        ({"rep", "director"}, "director"),
        ({"lead", "rep"}, "lead:T2"),
        ({"rep", "ecommerce"}, "rep:R1"),
        ({"ecommerce"}, "ecommerce"),
    ],
)
def test_of_several_roles_the_widest_says_what_is_read(opened: Store, roles: set[Any], scope: str) -> None:
    account = people.invite(opened, ANNA, email="b@c.example", name="Bo", roles=roles, rep="R1", team="T2")
    person = people.person_of(account, rules.in_force(opened))
    assert person == Person(account.id, "Bo", frozenset(roles), scope)


BAD: dict[str, dict[str, Any]] = {
    "whose accounts": {"roles": ["rep"]},
    "whose accounts this": {"roles": ["lead"], "rep": "R1"},
    "no such role": {"roles": ["boss"]},
    "no such": {"roles": []},
    "name is missing": {"name": " \n"},
    "no e-mail": {"email": "bo"},
    "no e-mail address": {"email": "b o@example.org"},
    "is no e-mail": {"email": "bo@" + "x" * 300},
    "cannot be stored": {"name": "B\0"},
    "too long a name": {"name": "x" * 300},
    "has this e-mail": {"email": "TAKEN@example.org"},
}


@pytest.mark.parametrize("said", BAD)
def test_what_cannot_be_an_account_is_refused(opened: Store, said: str) -> None:
    invited(opened, ANNA, email="taken@example.org")
    good: dict[str, Any] = {"email": "bo@example.org", "name": "Bo", "roles": ["director"]}
    with pytest.raises(BadInput, match=said):
        people.invite(opened, ANNA, **good | BAD[said])
    assert len(people.everybody(opened, ANNA)) == 1


@pytest.mark.parametrize("action", TAKEABLE)
def test_an_action_is_taken_from_one_role_and_no_other(action: Any) -> None:
    for role in ROLES:
        who = Person("x", "X", frozenset({role}), "director", frozenset({("rep", action)}))
        assert allowed(who, action) == (allowed(somebody(role), action) and role != "rep")
        assert allowed(who, "read")


def test_only_some_actions_can_be_taken(opened: Store) -> None:
    for role, action in (("rep", "read"), ("admin", "manage_people"), ("boss", "export")):
        with pytest.raises(BadInput, match="no such rule"):
            rules.take(opened, ANNA, role, action)  # type: ignore[arg-type]
    rules.take(opened, ANNA, "rep", "export")
    rules.take(opened, ANNA, "rep", "export")
    assert rules.taken(opened) == {("rep", "export")}


# The last administrator


def makes_less(store: Store, by: Person, account_id: str) -> None:
    people.change(store, by, account_id, name="Anna", roles=["director"])


def reads_in(store: Store, by: Person, account_id: str) -> None:
    email = people.find(store, by, account_id).email
    people_csv.read_in(store, by, f"e-mail,name,roles,active\n{email},Anna,admin,no\n")


ENDINGS = [people.deactivate, people.erase, makes_less, reads_in]


@pytest.mark.parametrize("end", ENDINGS)
def test_the_last_administrator_stays(opened: Store, end: Callable[..., Any]) -> None:
    anna = first(opened)
    invited(opened, anna, "admin")  # was never in: that is nobody who could let others in
    before = people.everybody(opened, anna)
    with pytest.raises(BadInput, match="last administrator stays"):
        end(opened, ANNA, anna.key)
    assert people.everybody(opened, anna) == before
    other = invited(opened, anna, "admin")
    come_in(opened, anna, other)
    end(opened, ANNA, anna.key)
    with pytest.raises(BadInput, match="last administrator stays"):
        end(opened, ANNA, other.id)


def test_the_last_identity_of_the_last_administrator_stays(opened: Store) -> None:
    bo = invited(opened, ANNA, "admin")
    identities.bind(opened, ANNA, bo.id, ISSUER, "1")
    with pytest.raises(BadInput, match="last administrator stays"):
        identities.unbind(opened, ANNA, bo.id, ISSUER, "1")


def test_two_administrators_who_shut_each_other_out_at_once_leave_one(opened: Store, place: Settings) -> None:
    anna = first(opened)
    bo = invited(opened, anna, "admin")
    boris = seen(opened, come_in(opened, anna, bo)).person
    stores, barrier = [second(place) for _ in range(2)], Barrier(2)

    def shut_out(store: Store, by: Person, whom: Person) -> bool:
        barrier.wait(30)
        try:
            people.deactivate(store, by, whom.key)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = [*threads.map(shut_out, stores, (anna, boris), (boris, anna))]
    assert sorted(done) == [False, True]
    for store in stores:
        store.engine.dispose()


def test_of_two_who_change_one_person_at_once_the_later_holds_and_both_are_told(opened: Store, place: Settings) -> None:
    bo = invited(opened, ANNA)
    stores, barrier = [second(place) for _ in range(4)], Barrier(4)

    def change(store: Store, team: str) -> Account:
        barrier.wait(30)
        return people.change(store, ANNA, bo.id, name="Bo", roles=["lead"], team=team)

    with ThreadPoolExecutor(4) as threads:
        [*threads.map(change, stores, ("T1", "T2", "T3", "T4"))]
    told = [entry.detail for entry in audit.read(opened, ANNA, did="person_changed")]
    teams = [detail["team"] for detail in reversed(told)]
    assert [after for _, after in teams[:-1]] == [before for before, _ in teams[1:]], (
        "each saw what the one before left"
    )
    assert people.find(opened, ANNA, bo.id).team == teams[-1][1]
    for store in stores:
        store.engine.dispose()


def test_who_comes_in_while_being_shut_out_is_out(opened: Store, place: Settings) -> None:
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo)
    stores, barrier = [second(place) for _ in range(4)], Barrier(4)

    def comes_in(store: Store) -> None:
        barrier.wait(30)
        for _ in range(3):
            try:
                sign_in(store, bo)
            except NotLetIn:
                return

    def shuts_out(store: Store) -> None:
        barrier.wait(30)
        people.deactivate(store, ANNA, bo.id)

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(each, store) for each, store in zip((shuts_out, *[comes_in] * 3), stores, strict=True)]
        for each in done:
            each.result()
    assert sessions.of(opened, bo.id) == []
    with opened.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from sessions").scalar() == 0
    for store in stores:
        store.engine.dispose()


# Erased


def test_who_is_erased_is_named_nowhere_and_what_they_did_stays(opened: Store) -> None:
    anna = first(opened)
    bo = people.invite(opened, anna, email="zork@example.org", name="Zork Qux", roles=["admin"])
    entered = come_in(opened, anna, bo)
    identities.bind(opened, anna, bo.id, ISSUER, "zork-subject")
    zork = seen(opened, entered).person
    act(opened, LATE, 0, "accepted", by=zork)
    entries.enter(opened, zork, "held_share", 0.1)
    views.save(opened, zork, "Own", "customers", {})
    views.save(opened, zork, "Shared", "customers", {}, is_shared=True)
    assert people.erase(opened, anna, bo.id) == people.Erased(events=1, settings=1, shared_views=1)
    with opened.reading() as connection:
        everything = str([row for table in metadata.sorted_tables for row in connection.execute(sa.select(table))])
    assert "zork" not in everything.lower()
    assert deeds.history(opened, [LATE.customer_id])[0].by == Author(bo.id, ERASED)
    assert [view.name for view in views.listed(opened, anna, "customers")] == ["Shared"]
    assert audit.read(opened, anna, who=bo.id)[0].by == Author(bo.id, ERASED)
    audit.verify(opened)
    assert sessions.session(opened, entered.token) is None
    with pytest.raises(BadInput, match="was erased"):
        people.reactivate(opened, anna, bo.id)
    with pytest.raises(BadInput, match="was erased"):
        people.change(opened, anna, bo.id, name="Zork", roles=["admin"])
    assert people.invite(opened, anna, email="zork@example.org", name="Zork", roles=["director"]).id != bo.id


def test_every_table_that_names_authors_is_scrubbed() -> None:
    naming = {table.name for table in metadata.sorted_tables if "by_name" in table.columns}
    assert naming == {table.name for table in people.SIGNED}


def test_nobody_erases_themselves(opened: Store) -> None:
    anna = first(opened)
    come_in(opened, anna, invited(opened, anna, "admin"))
    with pytest.raises(BadInput, match="Nobody erases themselves"):
        people.erase(opened, anna, anna.key)


# As CSV


def test_what_was_written_reads_back_and_changes_nothing(opened: Store) -> None:
    anna = first(opened)
    for n, name in enumerate(("=1+1", "+7 900", "-x", "@y", "'=z", "O'Hara", "a,b", 'q"q', "Борис", " =sp", "''", "'")):
        people.invite(opened, anna, email=f"=a{n}@example.org", name=name, roles=["lead", "rep"], rep=name, team="=T")
    people.deactivate(opened, anna, people.everybody(opened, anna)[-1].id)
    people.erase(opened, anna, invited(opened, anna).id)
    text, before = people_csv.written(opened, anna), people.everybody(opened, anna)
    rows = len(audit.read(opened, anna))
    assert people_csv.read_in(opened, anna, "\ufeff" + text) == ReadIn(invited=0, changed=0)
    assert people.everybody(opened, anna) == before
    assert people_csv.written(opened, anna) == text
    assert len(audit.read(opened, anna)) == rows + 1
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_file_invites_changes_shuts_out_and_lets_in(opened: Store) -> None:
    anna = first(opened)
    bo, cy = invited(opened, anna, email="bo@example.org"), invited(opened, anna, email="cy@example.org")
    people.deactivate(opened, anna, cy.id)
    text = (
        "active,Name,roles,E-Mail,team\nno,Bo,ecommerce,BO@example.org,\nyes,Bo,ecommerce,cy@example.org,\n"
        ",Di,lead+ecommerce,di@example.org,T1\nno,Ed,director,ed@example.org,\n"
    )
    assert people_csv.read_in(opened, anna, text) == ReadIn(invited=2, changed=2)
    found = {account.email: account for account in people.everybody(opened, anna)}
    active = {email: account.is_active for email, account in found.items()}
    assert active == {
        "anna@example.org": True, "bo@example.org": False, "cy@example.org": True, "di@example.org": True,
        "ed@example.org": False,
    }  # fmt: skip
    assert ({*found["di@example.org"].roles}, found["di@example.org"].team) == ({"lead", "ecommerce"}, "T1")
    assert found["bo@example.org"].id == bo.id
    told = [entry.did for entry in audit.read(opened, anna)][:6]
    assert told == ["people_read_in", "deactivated", "invited", "invited", "reactivated", "deactivated"]


def test_one_row_that_cannot_be_read_in_keeps_all_out_and_each_is_named(opened: Store) -> None:
    anna = first(opened)
    text = (
        'e-mail,name,roles\nok@example.org,"Two\nlines",director\nnone,Bo,director\nbo@example.org,Bo,boss\n'
        "c@example.org,Cy,rep\nd@example.org\nOK@example.org,Ok,director\n"
    )
    with pytest.raises(RowsRefused) as told:
        people_csv.read_in(opened, anna, text)
    lines = [(row.line, row.error.what.split(" ")[:4]) for row in told.value.rows]
    assert [line for line, _ in lines] == [4, 5, 6, 7, 8]
    assert "two rows" in told.value.rows[-1].error.what
    assert len(people.everybody(opened, anna)) == 1


@pytest.mark.parametrize(
    "text",
    ["", "e-mail,name\n", "e-mail,name,roles,salary\n", "e-mail,name,roles,roles\n", 'e-mail,name,roles\n"x', "\0"],
)
def test_what_is_no_list_of_people_is_refused(opened: Store, text: str) -> None:
    with pytest.raises(BadInput):
        people_csv.read_in(opened, ANNA, text)


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@given(st.lists(st.tuples(CELL, CELL, st.booleans()), min_size=1, max_size=5))
@settings(max_examples=60)
def test_any_names_read_back(given_rows: list[Any]) -> None:
    """Without a store: what each account is written as is what it is read as."""
    now = datetime(2026, 6, 30, tzinfo=UTC)
    for name, rep, is_active in given_rows:
        try:
            kept = people.checked(name, ["rep"], rep, None)
        except OrderbeatError:
            continue
        row = {"id": "x", "email": "a@b.example", **kept, "is_active": is_active, "is_erased": False, "created_at": now}
        secrets = dict.fromkeys(("password_hash", "totp_secret", "last_seen_at"))
        account = people.account_of(row | secrets)
        text = csv_text.written([people_csv.COLUMNS, people_csv._row(account)])
        rows, refused = people_csv._rows(text)
        wanted, wrong = people_csv._wanted(rows)
        assert (refused, wrong) == ([], [])
        assert (wanted[0].kept, wanted[0].is_active) == (kept, is_active)
