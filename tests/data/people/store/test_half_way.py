"""Between a right password and the code of the second factor; and changing one's own password, which ends all that."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from data.errors import BadInput, NotLetIn, SecondFactorNeeded, TooManyAttempts
from data.people.store import Store
from data.people.store.accounts import coming_in, links, own_password, people, second_factor, sessions
from data.people.store.accounts.people import Account
from data.people.store.accounts.sessions import Session
from data.people.store.accounts.tables import HALF_WAY
from data.settings import Settings
from tests.data.people.store.accounts_help import come_in, first, invited, seen, sign_in, with_identity
from tests.data.people.store.help import ANNA, GOOD, QUICK, second
from tests.data.people.store.test_coming_in import set_second_factor, tries, words

NEW = "seven lamps in a harbour"


@pytest.fixture
def bo(opened: Store) -> Account:
    account = invited(opened, ANNA)
    come_in(opened, ANNA, account)
    return account


@pytest.fixture
def totp(opened: Store, bo: Account) -> pyotp.TOTP:
    return set_second_factor(opened, bo)[0]


def half_way(store: Store, account: Account) -> str:
    """The token of whose password was right."""
    with pytest.raises(SecondFactorNeeded) as needed:
        sign_in(store, account)
    assert needed.value.half_way
    return needed.value.half_way


def test_the_code_lets_in_whom_the_password_let_half_way(opened: Store, bo: Account, totp: pyotp.TOTP) -> None:
    token = half_way(opened, bo)
    assert sessions.session(opened, token) is None
    assert "not right" in str(tries(lambda: coming_in.with_code(opened, token=token, code="000000")))
    assert coming_in.is_half_way(opened, token)
    found = seen(opened, coming_in.with_code(opened, token=token, code=totp.now(), address="192.0.2.7", device="Fox"))
    assert (found.account_id, found.how, found.address, found.device) == (bo.id, "password", "192.0.2.7", "Fox")
    assert words(opened)[:2] == ["signed_in", "sign_in_failed"]
    assert "This sign-in is over." in str(tries(lambda: coming_in.with_code(opened, token=token, code=totp.now())))


def test_of_many_codes_at_once_one_lets_in(opened: Store, place: Settings, bo: Account) -> None:
    _, recovery = set_second_factor(opened, bo)
    token, stores, barrier = half_way(opened, bo), [second(place) for _ in range(4)], Barrier(4)

    def one(number: int) -> bool:
        barrier.wait()
        try:
            coming_in.with_code(stores[number], token=token, code=recovery[number])
        except NotLetIn:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(one, range(4))) == 1
    assert second_factor.left(opened, bo.id) == 9, "the codes of the others are not used up"
    for each in stores:
        each.engine.dispose()


def test_guesses_of_codes_are_counted_over_many_sign_ins(opened: Store, bo: Account, totp: pyotp.TOTP) -> None:
    with pytest.raises(TooManyAttempts):  # noqa: PT012 (the pattern of guesses)
        for _ in range(6):
            token = half_way(opened, bo)
            with pytest.raises(NotLetIn) as told:
                coming_in.with_code(opened, token=token, code="000000")
            if isinstance(told.value, TooManyAttempts):
                raise told.value
    assert isinstance(tries(lambda: sign_in(opened, bo, code=totp.now())), TooManyAttempts)


ENDS: dict[str, Callable[[Store, Account, Session], Any]] = {
    "too late": lambda store, bo, _: _too_late(store),
    "deactivated": lambda store, bo, _: people.deactivate(store, ANNA, bo.id),
    "erased": lambda store, bo, _: people.erase(store, ANNA, bo.id),
    "signed out everywhere": lambda store, bo, _: sessions.end_everywhere(store, ANNA, bo.id),
    "another password": lambda store, bo, own: own_password.change(store, own, old=GOOD, new=NEW, hasher=QUICK),
    "a second factor that was taken away": lambda store, bo, _: second_factor.remove(store, ANNA, bo.id),
}


def _too_late(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.update(HALF_WAY).values(until=datetime.now(UTC)))


@pytest.mark.parametrize("end", ENDS)
def test_nobody_stays_half_way(opened: Store, bo: Account, end: str) -> None:
    own = seen(opened, come_in(opened, ANNA, bo))
    totp, _ = set_second_factor(opened, bo)
    token = half_way(opened, bo)
    ENDS[end](opened, bo, own)
    assert not coming_in.is_half_way(opened, token)
    tries(lambda: coming_in.with_code(opened, token=token, code=totp.now()))


def test_ones_own_password_is_changed_and_all_else_ends(opened: Store, bo: Account) -> None:
    own, other = seen(opened, sign_in(opened, bo)), sign_in(opened, bo)
    link = links.reset(opened, ANNA, bo.id)
    assert own_password.change(opened, own, old=GOOD, new=NEW, hasher=QUICK) == 2
    assert sessions.session(opened, other.token) is None
    assert [each.id for each in sessions.of(opened, bo.id)] == [own.id]
    tries(lambda: links.link_of(opened, link.token))
    tries(lambda: sign_in(opened, bo))
    assert sign_in(opened, bo, NEW)
    assert words(opened)[:3] == ["signed_in", "sign_in_failed", "password_set"]


def test_a_wrong_old_password_is_an_attempt(opened: Store, bo: Account) -> None:
    own = seen(opened, sign_in(opened, bo))
    for _ in range(5):
        wrong = tries(lambda: own_password.change(opened, own, old="wrong", new=NEW, hasher=QUICK))
        assert "The old password is not right." in str(wrong)
    assert isinstance(tries(lambda: own_password.change(opened, own, old=GOOD, new=NEW, hasher=QUICK)), TooManyAttempts)
    assert isinstance(tries(lambda: sign_in(opened, bo)), TooManyAttempts)
    assert words(opened)[:5] == ["sign_in_failed"] * 5


@pytest.mark.parametrize(("new", "why"), [("short", "too short"), ("password1234", "too easy"), (GOOD, "you have")])
def test_a_new_password_is_a_good_and_another_one(opened: Store, bo: Account, new: str, why: str) -> None:
    own = seen(opened, sign_in(opened, bo))
    with pytest.raises(BadInput, match=why):
        own_password.change(opened, own, old=GOOD, new=new, hasher=QUICK)
    assert sign_in(opened, bo)


def test_who_comes_in_by_a_provider_has_no_password_to_change(opened: Store) -> None:
    invited(opened, ANNA, email="rita@example.org")
    own = seen(opened, with_identity(opened, "s-1", "rita@example.org"))
    with pytest.raises(BadInput, match="no password"):
        own_password.change(opened, own, old="", new=NEW, hasher=QUICK)


def test_an_administrator_who_lost_everything_begins_anew_from_the_command_line(opened: Store) -> None:
    anna = first(opened)
    account = people.find(opened, anna, anna.key)
    set_second_factor(opened, account)
    token = half_way(opened, account)
    link = links.administrator_anew(opened, email=" ANNA@example.org")
    assert sessions.of(opened, anna.key) == []
    assert not coming_in.is_half_way(opened, token)
    coming_in.by_link(opened, token=link.token, password=NEW, hasher=QUICK)
    assert not people.find(opened, anna, anna.key).has_second_factor
    assert words(opened)[:4] == ["signed_in", "password_set", "link_made", "second_factor_removed"]


def test_nobody_else_begins_anew_from_the_command_line(opened: Store) -> None:
    first(opened)
    shut = invited(opened, ANNA, "admin", email="shut@example.org")
    people.deactivate(opened, ANNA, shut.id)
    invited(opened, ANNA, "rep", email="rep@example.org")
    for email in ("shut@example.org", "rep@example.org", "nobody@example.org"):
        with pytest.raises(BadInput, match="no such administrator"):
            links.administrator_anew(opened, email=email)
