"""Sessions: never good after their end, whatever ended them, and of whom the account is at each look."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from data.errors import AccessDenied, BadInput, NotLetIn
from data.people.permissions import allowed
from data.people.store import Store, audit
from data.people.store.accounts import links, people, rules, sessions
from data.people.store.accounts.tables import SESSIONS, hashed
from data.settings import Settings, current
from tests.data.people.store.accounts_help import come_in, first, invited, seen, sign_in
from tests.data.people.store.help import ANNA, second
from tests.people import REP


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "\0", "\ud800", "' or 1=1 --"])
def test_a_forged_token_is_no_session(opened: Store, token: str) -> None:
    come_in(opened, ANNA, invited(opened, ANNA))
    assert sessions.session(opened, token) is None
    assert sessions.open_of(opened, [token]) == set()
    sessions.end(opened, token)


@pytest.mark.parametrize("asked", ["", "\0", "\ud800", "a" * 5_000])
def test_what_is_no_id_finds_nobody_and_ends_nothing(opened: Store, asked: str) -> None:
    mine = seen(opened, come_in(opened, ANNA, invited(opened, ANNA)))
    with pytest.raises(AccessDenied):
        sessions.end_one(opened, mine.person, asked)
    with pytest.raises(BadInput):
        people.find(opened, ANNA, asked)


def test_the_token_is_not_what_the_store_keeps(opened: Store) -> None:
    entered = come_in(opened, ANNA, invited(opened, ANNA))
    with opened.reading() as connection:
        kept = connection.execute(sa.select(SESSIONS)).mappings().one()
    assert len(entered.token) >= 43
    assert sessions.open_of(opened, [value for value in kept.values() if isinstance(value, str)]) == set()


def test_a_session_says_where_it_began_in_text_that_can_be_shown(opened: Store) -> None:
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo, address="10.0.0.1", device="Fire\0fox\n\u202e" + "x" * 1000)
    (found,) = sessions.of(opened, bo.id)
    assert (found.address, found.how, len(found.device)) == ("10.0.0.1", "link", 200)
    assert found.device.startswith("Fire�fox��x")


def test_what_changes_of_an_account_holds_at_the_next_look(opened: Store) -> None:
    bo = invited(opened, ANNA, "rep")
    entered = come_in(opened, ANNA, bo)
    assert seen(opened, entered).person.scope == "rep:R1"
    people.change(opened, ANNA, bo.id, name="Bob", roles=["lead", "rep"], rep="R1", team="T2")
    person = seen(opened, entered).person
    assert (person.name, {*person.roles}, person.scope) == ("Bob", {"lead", "rep"}, "lead:T2")
    rules.take(opened, ANNA, "lead", "export")
    assert allowed(seen(opened, entered).person, "export"), "the other role still has it"
    rules.take(opened, ANNA, "rep", "export")
    assert not allowed(seen(opened, entered).person, "export")
    rules.give_back(opened, ANNA, "lead", "export")
    assert allowed(seen(opened, entered).person, "export")


def test_use_is_written_once_a_minute_and_not_for_a_mere_question(opened: Store) -> None:
    bo = invited(opened, ANNA)
    entered = come_in(opened, ANNA, bo)
    began = seen(opened, entered, is_seen=False).seen_at
    written: list[str] = []
    sa.event.listen(opened.engine, "before_cursor_execute", lambda *given: written.append(given[2]))
    for seconds in (1, 30, 59):
        seen(opened, entered, now=began + timedelta(seconds=seconds))
    seen(opened, entered, now=began + timedelta(hours=1), is_seen=False)
    assert not [statement for statement in written if statement.startswith("UPDATE")]
    at = began + timedelta(seconds=60)
    assert seen(opened, entered, now=at).seen_at == at
    assert people.find(opened, ANNA, bo.id).last_seen_at == at
    assert len([statement for statement in written if statement.startswith("UPDATE")]) == 2
    assert opened.generation() == 2, "nothing that pages keep is over"


def test_a_store_that_cannot_be_written_lets_people_go_on(opened: Store) -> None:
    entered = come_in(opened, ANNA, invited(opened, ANNA))
    later = datetime.now(UTC) + timedelta(minutes=5)
    if opened.engine.dialect.name == "sqlite":
        sa.event.listen(opened.engine, "checkout", lambda raw, *_: raw.execute("pragma query_only = on"))
    else:
        sa.event.listen(opened.engine, "begin", lambda c: c.exec_driver_sql("set transaction read only"))
    assert sessions.session(opened, entered.token, now=later)


def test_own_sessions_can_be_ended_and_others_only_by_who_manages_people(opened: Store) -> None:
    bo, cy = invited(opened, ANNA), invited(opened, ANNA)
    one, two, other = come_in(opened, ANNA, bo), sign_in(opened, bo), come_in(opened, ANNA, cy)
    mine, theirs = seen(opened, two), seen(opened, other)
    with pytest.raises(AccessDenied, match="cannot be ended"):
        sessions.end_one(opened, mine.person, theirs.id)
    with pytest.raises(AccessDenied, match="let people in"):
        sessions.end_everywhere(opened, mine.person, cy.id)
    assert sessions.end_everywhere(opened, mine.person, bo.id, but=mine.id) == 1
    assert sessions.open_of(opened, [one.token, two.token, other.token]) == {two.token, other.token}
    sessions.end_one(opened, mine.person, mine.id)
    with pytest.raises(AccessDenied, match="cannot be ended"):
        sessions.end_one(opened, mine.person, mine.id)
    assert sessions.end_everywhere(opened, ANNA, cy.id) == 1
    assert sessions.open_of(opened, [one.token, two.token, other.token]) == set()
    told = [(entry.did, entry.about) for entry in audit.read(opened, ANNA)][:3]
    assert told == [("session_ended", cy.id), ("session_ended", bo.id), ("session_ended", bo.id)]


def test_sessions_that_nobody_ended_are_swept_away(opened: Store) -> None:
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo)
    sign_in(opened, bo, lasts=timedelta(seconds=-1))
    sign_in(opened, bo)
    with opened.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(SESSIONS)).scalar_one() == 2


def test_thousands_of_tokens_are_asked_about_in_a_few_statements(opened: Store) -> None:
    entered = come_in(opened, ANNA, invited(opened, ANNA))
    assert sessions.open_of(opened, [*(f"t{n}" for n in range(2_000)), entered.token]) == {entered.token}


class Sessions(RuleBasedStateMachine):
    """Beside a model that knows of each session when it was last seen, when it ends, and whether something ended it."""

    tokens = Bundle("tokens")
    place: Settings

    @initialize()
    def begin(self) -> None:
        self.store = second(replace(self.place, store=""))
        self.accounts = [invited(self.store, ANNA) for _ in range(2)]
        for account in self.accounts:
            come_in(self.store, ANNA, account)
        with self.store.engine.begin() as connection:
            connection.execute(sa.delete(SESSIONS))
        self.out: set[str] = set()
        self.clock = datetime.now(UTC)
        self.model: dict[str, dict[str, Any]] = {}

    @rule(target=tokens, of=st.integers(0, 1), lasts=st.integers(1, 40))
    def comes_in(self, of: int, lasts: int) -> str:
        account = self.accounts[of]
        try:
            token = sign_in(self.store, account, lasts=timedelta(hours=lasts)).token
        except NotLetIn:
            assert account.id in self.out
            return ""
        assert account.id not in self.out
        with self.store.reading() as connection:
            query = sa.select(SESSIONS).where(SESSIONS.c.token_hash == hashed(token))
            row = connection.execute(query).one()
        self.model[token] = {"of": account.id, "id": row.id, "seen": row.seen_at, "ends": row.ends_at}
        return token

    @rule(minutes=st.integers(1, 60 * 20))
    def time_passes(self, minutes: int) -> None:
        self.clock += timedelta(minutes=minutes)

    @rule(token=tokens)
    def is_used(self, token: str) -> None:
        was_good = token in self.good()
        found = sessions.session(self.store, token, now=self.clock)
        assert (found is not None) == was_good
        if found and self.clock - self.model[token]["seen"] >= timedelta(minutes=1):
            self.model[token]["seen"] = self.clock

    @rule(token=tokens)
    def signs_out(self, token: str) -> None:
        sessions.end(self.store, token)
        self.model.pop(token, None)

    @rule(token=tokens)
    def is_ended_by_its_id(self, token: str) -> None:
        if token in self.model:
            sessions.end_one(self.store, ANNA, self.model.pop(token)["id"])

    @rule(of=st.integers(0, 1))
    def is_ended_everywhere(self, of: int) -> None:
        sessions.end_everywhere(self.store, ANNA, self.accounts[of].id)
        self.forget(self.accounts[of].id)

    @rule(of=st.integers(0, 1))
    def is_shut_out(self, of: int) -> None:
        people.deactivate(self.store, ANNA, self.accounts[of].id)
        self.out.add(self.accounts[of].id)
        self.forget(self.accounts[of].id)

    @rule(of=st.integers(0, 1))
    def is_let_in_again(self, of: int) -> None:
        people.reactivate(self.store, ANNA, self.accounts[of].id)
        self.out.discard(self.accounts[of].id)

    def forget(self, account_id: str) -> None:
        self.model = {token: each for token, each in self.model.items() if each["of"] != account_id}

    def good(self) -> set[str]:
        return {
            token for token, each in self.model.items()
            if each["ends"] > self.clock and each["seen"] + sessions.IDLE > self.clock
        }  # fmt: skip

    @invariant()
    def those_are_good_that_the_model_says(self) -> None:
        if not hasattr(self, "store"):
            return
        asked = [*self.model, "forged"]
        assert sessions.open_of(self.store, asked, now=self.clock) == self.good()
        for token in asked:
            found = sessions.session(self.store, token, now=self.clock, is_seen=False)
            assert (found is not None) == (token in self.good())
        for account in self.accounts:
            of = {each["id"] for token, each in self.model.items() if each["of"] == account.id and token in self.good()}
            assert {each.id for each in sessions.of(self.store, account.id, now=self.clock)} == of

    def teardown(self) -> None:
        if hasattr(self, "store"):
            audit.verify(self.store)
            self.store.engine.dispose()


@pytest.mark.usefixtures("home")
def test_a_session_is_good_exactly_until_something_ends_it() -> None:
    Sessions.place = current()
    state_machine = Sessions.TestCase
    state_machine.settings = settings(max_examples=25, stateful_step_count=25)
    state_machine().runTest()


def test_who_may_not_manage_people_makes_no_link(opened: Store) -> None:
    anna = first(opened)
    with pytest.raises(AccessDenied):
        links.reset(opened, REP, anna.key)
