"""Tokens of one's own: shown once, good for a use and a time, ended at once."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from data.errors import AccessDenied, BadInput
from data.people.store import Store, tokens
from data.people.store.accounts import people, rules
from tests.data.people.store.accounts_help import first, invited
from tests.people import ADMIN, ECOMMERCE, OTHER, REP


def test_a_token_is_told_once_and_good_for_its_use(opened: Store) -> None:
    made = tokens.make(opened, REP, "assistant", " Laptop ", days=30)
    assert made.token.name == "Laptop"
    assert made.secret not in repr(made)
    found = tokens.of_secret(opened, made.secret, "assistant")
    assert found
    assert (found.id, found.account_id, found.may_write) == (made.token.id, REP.key, False)
    assert tokens.of_secret(opened, made.secret, "calendar") is None
    assert tokens.of_secret(opened, made.secret[:-1], "assistant") is None
    with opened.reading() as connection:
        kept = str(connection.execute(sa.select(tokens.TOKENS)).all())
    assert made.secret not in kept


def test_a_token_ends_with_its_days_and_when_it_is_revoked(opened: Store) -> None:
    short, long = (tokens.make(opened, REP, "calendar", name, days=1) for name in ("Short", "Long"))
    with opened.keeping() as connection:
        over = sa.update(tokens.TOKENS).where(tokens.TOKENS.c.id == short.token.id)
        connection.execute(over.values(until=datetime.now(UTC) - timedelta(seconds=1)))
    assert tokens.of_secret(opened, short.secret, "calendar") is None
    assert tokens.of_secret(opened, long.secret, "calendar")
    tokens.revoke(opened, REP, long.token.id)
    assert tokens.of_secret(opened, long.secret, "calendar") is None
    assert [each.name for each in tokens.own(opened, REP)] == ["Short"]


def test_nobody_ends_or_sees_the_token_of_another_but_an_administrator(opened: Store) -> None:
    made = tokens.make(opened, REP, "assistant", "Laptop", days=30)
    with pytest.raises(AccessDenied):
        tokens.revoke(opened, OTHER, made.token.id)
    with pytest.raises(AccessDenied):
        tokens.everybodys(opened, OTHER)
    assert tokens.own(opened, OTHER) == []
    assert [each.id for each in tokens.everybodys(opened, ADMIN)] == [made.token.id]
    tokens.revoke(opened, ADMIN, made.token.id)
    assert tokens.own(opened, REP) == []


@pytest.mark.parametrize("given", [{"days": 0}, {"days": 367}, {"name": " "}, {"use": "door"}, {"name": "x" * 201}])
def test_what_no_token_can_be_is_refused(opened: Store, given: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        tokens.make(opened, REP, **({"use": "assistant", "name": "Laptop", "days": 30} | given))  # type: ignore[arg-type]


def test_nobody_has_more_than_twenty(opened: Store) -> None:
    for number in range(20):
        tokens.make(opened, ECOMMERCE, "assistant", str(number), days=1)
    with pytest.raises(BadInput):
        tokens.make(opened, ECOMMERCE, "assistant", "one more", days=1)
    tokens.make(opened, REP, "assistant", "another's", days=1)


def test_whoever_is_erased_has_no_token(opened: Store) -> None:
    boss = first(opened)
    account = invited(opened, boss, "ecommerce")
    with opened.reading() as connection:
        person = people.person_of(people.one(connection, account.id), rules.Rules())
    made = tokens.make(opened, person, "assistant", "Laptop", days=1)
    people.erase(opened, boss, account.id)
    assert tokens.of_secret(opened, made.secret, "assistant") is None
