"""Who comes in by a password, a link or an identity, and who does not, with the same answer for all of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from data.errors import BadInput, NotLetIn, OrderbeatError, SecondFactorNeeded, TooManyAttempts
from data.people.store import Store, audit
from data.people.store.accounts import (
    attempts,
    coming_in,
    flows,
    identities,
    links,
    passwords,
    people,
    rules,
    second_factor,
    sessions,
)
from data.people.store.accounts.people import Account
from data.people.store.accounts.tables import ACCOUNTS, LINKS
from data.settings import Settings
from tests.data.people.store.accounts_help import ISSUER, come_in, first, invited, seen, sign_in, with_identity
from tests.data.people.store.help import ANNA, GOOD, QUICK, second


def words(store: Store) -> list[str]:
    """What the audit says was done, the newest first."""
    return [entry.did for entry in audit.read(store, ANNA)]


def tries(tried: Callable[[], Any]) -> OrderbeatError:
    """The error with which whoever tries is not let in."""
    with pytest.raises(NotLetIn) as told:
        tried()
    return told.value


def set_second_factor(store: Store, account: Account) -> tuple[pyotp.TOTP, list[str]]:
    secret = second_factor.begin(store, account.id).secret
    earlier = datetime.now(UTC) - timedelta(seconds=30)
    return pyotp.TOTP(secret), second_factor.confirm(store, account.id, pyotp.TOTP(secret).at(earlier))


# The first administrator


def test_the_first_administrator_comes_in_by_a_link_of_the_command_line(opened: Store) -> None:
    anna = first(opened)
    assert (anna.name, {*anna.roles}, anna.scope) == ("Anna", {"admin"}, "director")
    assert words(opened) == ["signed_in", "password_set", "link_made", "invited"]


def test_until_one_is_in_the_command_makes_another_link_and_then_none_for_others(opened: Store) -> None:
    unused = links.first_administrator(opened, email="wrong@example.org")
    first(opened)
    with pytest.raises(BadInput, match="There is an administrator already"):
        links.first_administrator(opened, email="other@example.org")
    bo = invited(opened, ANNA, "rep", email="bo@example.org")
    with pytest.raises(BadInput, match="There is an administrator already"):
        links.first_administrator(opened, email="bo@example.org")
    assert links.link_of(opened, unused.token).email == "wrong@example.org", "who may run commands owns the store"
    assert people.find(opened, ANNA, bo.id).roles == {"rep"}


def test_an_administrator_who_lost_the_password_gets_a_link_from_the_command_line(opened: Store) -> None:
    anna = first(opened)
    link = links.first_administrator(opened, email="ANNA@example.org ")
    coming_in.by_link(opened, token=link.token, password=f"{GOOD}8", hasher=QUICK)
    with pytest.raises(NotLetIn):
        coming_in.with_password(opened, email="anna@example.org", password=GOOD, hasher=QUICK)
    assert people.find(opened, anna, anna.key).roles == {"admin"}


def test_who_was_shut_out_can_be_made_the_first_administrator_where_none_is(opened: Store) -> None:
    bo = invited(opened, ANNA, "rep", email="bo@example.org")
    people.deactivate(opened, ANNA, bo.id)
    link = links.first_administrator(opened, email="bo@example.org")
    entered = coming_in.by_link(opened, token=link.token, password=GOOD, hasher=QUICK)
    assert seen(opened, entered).person.roles == {"admin", "rep"}


# Links


def test_a_link_works_once_and_the_newest_alone(opened: Store) -> None:
    bo = invited(opened, ANNA)
    older, newer = links.invitation(opened, ANNA, bo.id), links.reset(opened, ANNA, bo.id)
    shown = links.link_of(opened, newer.token)
    assert (shown.account_id, shown.email, shown.name, shown.purpose) == (bo.id, bo.email, "Bo", "reset")
    coming_in.by_link(opened, token=newer.token, password=GOOD, hasher=QUICK)
    for token in (older.token, newer.token, "", "x" * 10_000, "\ud800"):
        assert "does not work any more" in str(tries(lambda token=token: links.link_of(opened, token)))  # type: ignore[misc]
        tries(lambda token=token: coming_in.by_link(opened, token=token, password=GOOD, hasher=QUICK))  # type: ignore[misc]


@pytest.mark.parametrize(("make", "hours"), [(links.invitation, 72), (links.reset, 24)])
def test_a_link_works_for_some_days(opened: Store, make: Callable[..., links.Link], hours: int) -> None:
    link = make(opened, ANNA, invited(opened, ANNA).id)
    until = datetime.now(UTC) + timedelta(hours=hours)
    assert links.link_of(opened, link.token, now=until - timedelta(minutes=1))
    tries(lambda: links.link_of(opened, link.token, now=until + timedelta(seconds=1)))
    with opened.engine.begin() as connection:
        connection.execute(sa.update(LINKS).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    tries(lambda: coming_in.by_link(opened, token=link.token, password=GOOD, hasher=QUICK))


def test_who_is_shut_out_has_no_link_and_gets_none(opened: Store) -> None:
    bo = invited(opened, ANNA)
    link = links.invitation(opened, ANNA, bo.id)
    people.deactivate(opened, ANNA, bo.id)
    tries(lambda: coming_in.by_link(opened, token=link.token, password=GOOD, hasher=QUICK))
    with pytest.raises(BadInput, match="would not let this person in"):
        links.invitation(opened, ANNA, bo.id)


def test_a_link_used_by_many_at_once_lets_one_in(opened: Store, place: Settings) -> None:
    bo = invited(opened, ANNA)
    token, stores, barrier = links.invitation(opened, ANNA, bo.id).token, [second(place) for _ in range(6)], Barrier(6)

    def use(store: Store) -> str:
        barrier.wait(30)
        try:
            return coming_in.by_link(store, token=token, password=GOOD, hasher=QUICK).token
        except NotLetIn:
            return ""

    with ThreadPoolExecutor(6) as threads:
        tokens = [*filter(None, threads.map(use, stores))]
    assert len(tokens) == 1
    assert sessions.session(opened, tokens[0])
    assert words(opened).count("password_set") == 1
    audit.verify(opened)
    for store in stores:
        store.engine.dispose()


def test_a_new_password_ends_every_session(opened: Store) -> None:
    bo = invited(opened, ANNA)
    earlier = come_in(opened, ANNA, bo)
    later = come_in(opened, ANNA, bo)
    assert sessions.open_of(opened, [earlier.token, later.token]) == {later.token}


# Passwords


BAD_PASSWORDS = [
    "short", "elevenchars", "password1234", "aaaaaaaaaaaaaaaa", "qwertyuiop[]", "bo.miller@example.org",
    "Bo Miller 2026", "123456789012", "orderbeat123", "x" * 201,
]  # fmt: skip


@pytest.mark.parametrize("password", BAD_PASSWORDS)
def test_a_password_that_is_short_common_or_of_the_person_is_refused(password: str) -> None:
    with pytest.raises(BadInput):
        passwords.require_good(password, name="Bo Miller", email="bo.miller@example.org")


@pytest.mark.parametrize("password", [GOOD, "правильная лошадь батарея", "correct horse battery nine", "é" * 2 + GOOD])
def test_a_few_words_in_a_row_are_good(password: str) -> None:
    passwords.require_good(password, name="Bo Miller", email="bo.miller@example.org")
    assert passwords.is_right(passwords.hashed(password, QUICK), password, QUICK)


def test_a_password_that_is_not_good_leaves_the_link(opened: Store) -> None:
    link = links.invitation(opened, ANNA, invited(opened, ANNA).id)
    with pytest.raises(BadInput, match="too short"):
        coming_in.by_link(opened, token=link.token, password=GOOD[:8], hasher=QUICK)
    assert links.link_of(opened, link.token)


def test_passwords_are_argon2id_and_the_same_letters_however_typed() -> None:
    kept = passwords.hashed("ärger " + GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.is_right(kept, "a\u0308rger " + GOOD)
    assert not passwords.is_right(kept, "arger " + GOOD)
    assert not passwords.is_right(None, "")
    assert not passwords.is_right("no hash", GOOD)


def test_a_hash_of_lower_cost_is_made_anew_when_its_owner_comes_in(opened: Store) -> None:
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo)
    coming_in.with_password(opened, email=bo.email or "", password=GOOD)
    with opened.reading() as connection:
        kept = connection.execute(sa.select(ACCOUNTS.c.password_hash).where(ACCOUNTS.c.id == bo.id)).scalar_one()
    assert kept.startswith("$argon2id$v=19$m=65536")


# One answer for all


def test_whoever_is_refused_is_told_the_same(opened: Store) -> None:
    bo, away, new = (invited(opened, ANNA) for _ in range(3))
    come_in(opened, ANNA, bo)
    come_in(opened, ANNA, away)
    people.deactivate(opened, ANNA, away.id)
    told = [
        tries(lambda: sign_in(opened, bo, "wrong")),
        tries(lambda: sign_in(opened, away)),
        tries(lambda: sign_in(opened, new)),
        tries(lambda: sign_in(opened, bo, "x" * 100_000)),
        *(tries(lambda email=email: coming_in.with_password(  # type: ignore[misc]
            opened, email=email, password=GOOD, hasher=QUICK)) for email in ("no@example.org", "", "x", "\0@\ud800")),
    ]  # fmt: skip
    assert {(type(error), str(error)) for error in told} == {(NotLetIn, str(told[0]))}
    failed = [entry for entry in audit.read(opened, ANNA) if entry.did == "sign_in_failed"]
    assert [entry.about for entry in reversed(failed)] == [bo.id, away.id, new.id, bo.id, "", "", "", ""]
    assert all("no@" not in str(entry) for entry in failed), "what was typed may be a password"


def test_an_unknown_account_is_compared_like_a_known_one(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same work: one hash, and the same statements in the same order."""
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo)
    statements: list[str] = []
    sa.event.listen(opened.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    compared: list[str] = []

    def verify(_hasher: Any, kept: str, _password: str) -> bool:
        compared.append(kept)
        return False

    monkeypatch.setattr(type(QUICK), "verify", verify)
    done = []
    for email in (bo.email or "", "nobody@example.org"):
        statements.clear()
        tries(lambda email=email: coming_in.with_password(  # type: ignore[misc]
            opened, email=email, password=GOOD[:8], address="10.0.0.1", hasher=QUICK))  # fmt: skip
        done.append([*statements])
    assert done[0] == done[1]
    assert len(compared) == 2


# Slower and slower


def test_attempts_wait_longer_and_longer_but_never_for_good(opened: Store) -> None:
    now = datetime(2026, 6, 30, tzinfo=UTC)
    keys, waits = attempts.keys("bo@example.org", ""), []
    for _ in range(40):
        try:
            attempts.begin(opened, keys, now=now)
        except TooManyAttempts as told:
            with pytest.raises(TooManyAttempts):
                attempts.begin(opened, keys, now=now + timedelta(seconds=told.seconds - 1))
            waits.append(told.seconds)
            now += timedelta(seconds=told.seconds)
    assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(waits[7:]) == {60}
    attempts.begin(opened, keys, now=now + timedelta(hours=25))
    for _ in range(4):
        attempts.begin(opened, keys, now=now + timedelta(hours=25))


def test_who_began_earlier_and_comes_later_has_not_tried_before(opened: Store) -> None:
    """Two people of one address at once: the clock is read before the lock is had."""
    now = datetime(2026, 6, 30, tzinfo=UTC)
    one, other = (attempts.keys(f"{name}@example.org", "10.0.0.1") for name in ("bo", "cy"))
    attempts.begin(opened, one, now=now + timedelta(milliseconds=5))
    attempts.begin(opened, other, now=now)
    with opened.keeping() as connection:
        attempts.take_back(connection, one, is_in=True)
    attempts.begin(opened, one, now=now)


def test_a_hundred_attempts_at_once_are_no_hundred_guesses(opened: Store, place: Settings) -> None:
    stores = [second(place) for _ in range(8)]

    def attempt(store: Store) -> int:
        looked_at = 0
        for _ in range(5):
            try:
                attempts.begin(store, attempts.keys("bo@example.org", "10.0.0.1"))
                looked_at += 1
            except TooManyAttempts:
                pass
        return looked_at

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, stores)) in range(5, 9), "5 are free, the next ones are 1, 2, 4 seconds apart"
    for store in stores:
        store.engine.dispose()


def test_an_address_is_slowed_down_whichever_account_it_tries(opened: Store) -> None:
    for n in range(20):
        attempts.begin(opened, attempts.keys(f"a{n}@example.org", f"2001:db8::{n:x}"))
    with pytest.raises(TooManyAttempts):
        attempts.begin(opened, attempts.keys("b@example.org", "2001:db8::ffff"))
    attempts.begin(opened, attempts.keys("b@example.org", "10.0.0.1"))


def test_who_comes_in_is_not_slowed_down_by_earlier_failures(opened: Store) -> None:
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo)
    for _ in range(3):
        for _ in range(4):
            tries(lambda: sign_in(opened, bo, "wrong"))
        sign_in(opened, bo)
    for _ in range(5):
        tries(lambda: sign_in(opened, bo, "wrong"))
    assert isinstance(tries(lambda: sign_in(opened, bo)), TooManyAttempts), "also with the right one"


# The second factor


def test_the_code_is_asked_for_once_the_password_is_right(opened: Store) -> None:
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo)
    totp, _ = set_second_factor(opened, bo)
    assert not isinstance(tries(lambda: sign_in(opened, bo, "wrong")), SecondFactorNeeded)
    assert isinstance(tries(lambda: sign_in(opened, bo)), SecondFactorNeeded)
    code = totp.now()
    assert seen(opened, sign_in(opened, bo, code=f" {code[:3]} {code[3:]} "))
    tries(lambda: sign_in(opened, bo, code=code))
    token = links.reset(opened, ANNA, bo.id).token
    told = tries(lambda: coming_in.by_link(opened, token=token, password=GOOD, hasher=QUICK))
    assert isinstance(told, SecondFactorNeeded)
    tries(lambda: coming_in.by_link(opened, token=token, password=GOOD, code="000000", hasher=QUICK))
    assert links.link_of(opened, token), "it works still"


def test_a_code_that_is_asked_for_does_not_make_guesses_free(opened: Store) -> None:
    """Whoever knows the password and guesses codes is slowed down, also when leaving the code out in between."""
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo)
    set_second_factor(opened, bo)
    with pytest.raises(TooManyAttempts):  # noqa: PT012 (the pattern of guesses)
        for _ in range(6):
            tries(lambda: sign_in(opened, bo))
            with pytest.raises(NotLetIn) as told:
                sign_in(opened, bo, code="000000")
            if isinstance(told.value, TooManyAttempts):
                raise told.value


@pytest.mark.parametrize("kind", ["code", "recovery code"])
def test_a_code_shown_by_many_at_once_is_believed_once(opened: Store, place: Settings, kind: str) -> None:
    bo = invited(opened, ANNA)
    totp, recovery = set_second_factor(opened, bo)
    code = totp.now() if kind == "code" else recovery[0]
    stores, barrier = [second(place) for _ in range(5)], Barrier(5)

    def show(store: Store) -> bool:
        barrier.wait(30)
        with store.keeping() as connection:
            return second_factor.is_right(connection, bo.id, code)

    with ThreadPoolExecutor(5) as threads:
        assert sum(threads.map(show, stores)) == 1
    for store in stores:
        store.engine.dispose()


def test_a_code_of_another_time_is_none(opened: Store) -> None:
    bo = invited(opened, ANNA)
    totp, _ = set_second_factor(opened, bo)
    now = datetime.now(UTC)
    with opened.keeping() as connection:
        for seconds in (-90, -60, 60, 90):
            later = now + timedelta(seconds=seconds)
            assert not second_factor.is_right(connection, bo.id, totp.at(later), now=now)
        assert second_factor.is_right(connection, bo.id, totp.at(now + timedelta(seconds=30)), now=now)
        assert not second_factor.is_right(connection, bo.id, totp.at(now), now=now), (
            "it is older than one that was used"
        )
        for nothing in ("", "x", "１２３４５６", "\ud800"):
            assert not second_factor.is_right(connection, bo.id, nothing)


def test_a_recovery_code_works_once_and_is_kept_as_a_hash(opened: Store) -> None:
    bo = invited(opened, ANNA)
    come_in(opened, ANNA, bo)
    _, codes = set_second_factor(opened, bo)
    assert (len({*codes}), second_factor.left(opened, bo.id)) == (10, 10)
    sign_in(opened, bo, code=codes[0].lower().replace("-", " "))
    tries(lambda: sign_in(opened, bo, code=codes[0]))
    assert second_factor.left(opened, bo.id) == 9
    with opened.reading() as connection:
        kept = connection.exec_driver_sql("select code_hash from recovery_codes").scalars().all()
    assert not {*kept} & {*codes}


def test_it_is_set_once_confirmed_and_taken_away_with_a_code_or_by_an_administrator(opened: Store) -> None:
    bo = invited(opened, ANNA)
    entered = come_in(opened, ANNA, bo)
    second_factor.begin(opened, bo.id)
    with pytest.raises(BadInput, match="code is not right"):
        second_factor.confirm(opened, bo.id, "000000")
    assert seen(opened, sign_in(opened, bo)), "nothing is set yet"
    totp, _ = set_second_factor(opened, bo)
    with pytest.raises(BadInput, match="set already"):
        second_factor.begin(opened, bo.id)
    own = seen(opened, entered).person
    with pytest.raises(BadInput, match="code is not right"):
        second_factor.remove(opened, own, bo.id, "000000")
    second_factor.remove(opened, own, bo.id, totp.now())
    set_second_factor(opened, bo)
    second_factor.remove(opened, ANNA, bo.id)
    assert sessions.of(opened, bo.id) == [], "whoever took it over is out, too"
    assert not people.find(opened, ANNA, bo.id).has_second_factor


def test_where_a_role_needs_one_nothing_may_be_done_without(opened: Store) -> None:
    bo = invited(opened, ANNA, "rep")
    entered = come_in(opened, ANNA, bo)
    bound = with_identity(opened, "1", bo.email or "")
    rules.require_second_factor(opened, ANNA, "rep", is_required=True)
    found = seen(opened, entered)
    assert (found.needs_second_factor, found.person.roles, found.person.scope) == (True, frozenset(), "rep:R1")
    assert not seen(opened, bound).needs_second_factor, "the provider asks for its own"
    set_second_factor(opened, bo)
    assert seen(opened, entered).person.roles == {"rep"}
    rules.require_second_factor(opened, ANNA, "rep", is_required=False)
    assert rules.in_force(opened).need_second_factor == set()


# Identities


def test_an_identity_is_bound_by_a_verified_address_once(opened: Store) -> None:
    bo = invited(opened, ANNA, "rep")
    tries(lambda: with_identity(opened, "1", bo.email or "", is_email_verified=False))
    entered = with_identity(opened, "1", (bo.email or "").upper())
    assert seen(opened, entered).person.key == bo.id
    assert seen(opened, with_identity(opened, "1", "new@example.org", is_email_verified=False)).account_id == bo.id
    tries(lambda: with_identity(opened, "2", bo.email or ""))
    assert people.find(opened, ANNA, bo.id).identities == ((ISSUER, "1"),)
    assert words(opened).count("identity_bound") == 1


@pytest.mark.parametrize("email", ["nobody@example.org", "", "x", "\0@\ud800"])
def test_an_identity_that_nobody_invited_is_refused(opened: Store, email: str) -> None:
    assert "invite you" in str(tries(lambda: with_identity(opened, "1", email)))
    assert people.everybody(opened, ANNA) == []


NO_IDENTITIES = [("", "1"), (ISSUER, ""), ("\0", "1"), (ISSUER, "\ud800"), (ISSUER, "x" * 999)]


@pytest.mark.parametrize(("issuer", "subject"), NO_IDENTITIES)
def test_what_is_no_identity_is_refused(opened: Store, issuer: str, subject: str) -> None:
    bo = invited(opened, ANNA)
    tries(lambda: coming_in.with_identity(
        opened, issuer=issuer, subject=subject, email=bo.email or "", is_email_verified=True))  # fmt: skip
    assert people.find(opened, ANNA, bo.id).identities == ()


def test_an_identity_of_who_was_shut_out_is_refused(opened: Store) -> None:
    bo = invited(opened, ANNA)
    with_identity(opened, "1", bo.email or "")
    people.deactivate(opened, ANNA, bo.id)
    tries(lambda: with_identity(opened, "1", bo.email or ""))
    (failed,) = [entry for entry in audit.read(opened, ANNA) if entry.did == "sign_in_failed"]
    assert failed.about == bo.id


def test_an_administrator_binds_and_unbinds(opened: Store) -> None:
    bo, other = invited(opened, ANNA), invited(opened, ANNA)
    identities.bind(opened, ANNA, bo.id, ISSUER, "1")
    with pytest.raises(BadInput, match="somebody else's"):
        identities.bind(opened, ANNA, other.id, ISSUER, "1")
    entered = with_identity(opened, "1", "unknown@example.org")
    identities.unbind(opened, ANNA, bo.id, ISSUER, "1")
    assert sessions.session(opened, entered.token) is None
    tries(lambda: with_identity(opened, "1", "unknown@example.org"))


def test_groups_give_roles_at_each_sign_in_and_nobody_without_comes_in(opened: Store) -> None:
    identities.give_group(opened, ANNA, "Boss", "director")
    identities.give_group(opened, ANNA, "Shop", "ecommerce")
    identities.give_group(opened, ANNA, "Field", "rep")
    new = with_identity(opened, "1", "new@example.org", name="New", groups=["Boss", "Shop", "Chess"])
    assert seen(opened, new).person.roles == {"director", "ecommerce"}
    again = with_identity(opened, "1", "new@example.org", groups=["Shop"])
    assert seen(opened, new).person.roles == seen(opened, again).person.roles == {"ecommerce"}
    tries(lambda: with_identity(opened, "1", "new@example.org", groups=["Chess"]))
    tries(lambda: with_identity(opened, "2", "other@example.org", groups=["boss"]))
    told = tries(lambda: with_identity(opened, "3", "rep@example.org", groups=["Field"]))
    assert "whose accounts" in str(told), "a rep is bound to somebody in the data by an administrator"
    identities.take_from_group(opened, ANNA, "Field", "rep")
    assert identities.groups(opened, ANNA) == [("Boss", "director"), ("Shop", "ecommerce")]


# Sign-ins at the provider


def test_a_sign_in_under_way_comes_back_once_to_its_browser_and_soon(opened: Store) -> None:
    for state in ("one", "two"):
        flows.begin(opened, provider="p", state=state, nonce="n", verifier="v", browser="b", next="/team")
    assert flows.take(opened, "one", "other") is None
    assert flows.take(opened, "unknown", "b") is None
    assert flows.take(opened, "one", "b") == flows.Flow("p", "n", "v", "/team")
    assert flows.take(opened, "one", "b") is None
    assert flows.take(opened, "two", "b", now=datetime.now(UTC) + timedelta(minutes=11)) is None


# Nothing readable is kept


def test_no_token_and_no_password_stands_in_the_store(opened: Store) -> None:
    bo = invited(opened, ANNA)
    link = links.invitation(opened, ANNA, bo.id)
    entered = come_in(opened, ANNA, bo)
    unused = links.reset(opened, ANNA, bo.id)
    flows.begin(opened, provider="p", state="the state", nonce="n", verifier="v", browser="the browser", next="/")
    with opened.reading() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        everything = str([row for table in tables.sorted_tables for row in connection.execute(sa.select(table))])
    for secret in (link.token, unused.token, entered.token, GOOD, "the state", "the browser"):
        assert secret not in everything
    assert entered.token not in repr(entered)
    assert unused.token not in repr(unused)
