"""The sections Rules and Calendar of the page Delivery: closed, empty, tried, set, told; in both languages."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from data.people import ways
from data.people.permissions import ROLES
from data.people.person import Person
from data.people.store import own_rules as kept
from data.people.store import tokens
from data.people.store.own_rules import Condition
from data.warehouse import whoever
from presentation.words import settle
from tests.pages.screen import opened, said
from tests.pages.test_leaks import _TOKEN, AS_OF, SCOPES
from tests.service.conftest import Company

SECTIONS = ("rules", "calendar")
FIRST = dt.date(2026, 1, 1)


@pytest.fixture
def demonstration(own_company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Without sign-in, as a demonstration is."""
    monkeypatch.setenv("ORDERBEAT_SIGN_IN", "demo")
    return own_company


def words(app: AppTest) -> str:
    return "\n".join(said(app))


@pytest.fixture
def in_language() -> Iterator[Callable[[str], None]]:
    """Settles the language also of the test, which asks the choices on screen for their words."""
    yield settle
    settle(None)


def press(app: AppTest, label: str) -> None:
    (button,) = [each for each in app.button if each.label == label]
    button.click().run()
    assert not app.exception


def _one(company: Company, key: str) -> Person:
    found = whoever.one(company.store, key)
    assert found
    return found


@pytest.mark.parametrize("section", SECTIONS)
def test_a_way_that_is_not_open_says_who_opens_it_and_offers_nothing(demonstration: Company, section: str) -> None:
    assert not any(ways.open_to(demonstration.store).values())
    app = opened("rep:R4", "delivery", section=section)
    assert "not open to you yet" in words(app)
    assert not [each for each in app.button if each.label in ("Try it on the past", "Make an address")]


def test_a_rule_is_tried_set_and_tells_its_own_rows_alone(demonstration: Company) -> None:
    company = demonstration
    company.open("rules", *ROLES)
    app = opened("rep:R4", "delivery", section="rules")
    assert "No rule of yours yet" in words(app)
    app.selectbox(key="rule-watch-0").select("account_silence").run()
    app.text_input(key="rule-limit-0-account_silence-days").input("20").run()
    press(app, "Try it on the past")
    tried = words(app)
    assert re.search(r"it would have fired \d+ times; \d+ of \d+ were right", tried)
    assert kept.everybodys(company.store) == [], "nothing is kept before it is set"
    press(app, "Set this rule")
    told = words(app)
    assert re.search(r"\d+ things found now by 1 rule", told)
    assert {token[2] for token in _TOKEN.finditer(tried + told)} == {"R4"}
    (rule,) = kept.everybodys(company.store)
    app.selectbox(key="rule-watch-1").select("account_silence").run()
    press(app, "Try it on the past")
    press(app, "Set this rule")
    assert re.search(r"\d+ things found now by 2 rules", words(app)), "two of the same stand beside each other"
    kept.remove(company.store, _one(company, "rep:R4"), kept.everybodys(company.store)[0].id)
    app.run()
    assert (rule.account_id, rule.condition) == ("rep:R4", Condition("account_silence", "above", 20.0, 1))
    assert "1 rule" not in words(opened("rep:R5", "delivery", section="rules")), "rules belong to the key of the view"
    press(app, "Pause")
    assert "It rests until you wake it." in words(app)
    press(app, "Wake")
    press(app, "Remove")
    assert kept.everybodys(company.store) == []


@pytest.mark.parametrize("typed", ["much", "-3", "1e9999", "0", ""])
def test_a_limit_that_is_none_is_refused_before_it_is_tried(demonstration: Company, typed: str) -> None:
    demonstration.open("rules", *ROLES)
    app = opened("rep:R4", "delivery", section="rules")
    app.text_input(key="rule-limit-0-account_revenue-ratio").input(typed).run()
    press(app, "Try it on the past")
    assert not [each for each in app.button if each.label == "Set this rule"]


def test_a_limit_beyond_all_days_never_fires(demonstration: Company) -> None:
    demonstration.open("rules", *ROLES)
    app = opened("rep:R4", "delivery", section="rules")
    app.selectbox(key="rule-watch-0").select("account_silence").run()
    app.text_input(key="rule-limit-0-account_silence-days").input("99999999999999").run()
    press(app, "Try it on the past")
    assert "It would never have told you anything" in words(app)


@pytest.mark.parametrize(("language", "label"), [("en", "Try it on the past"), ("ru", "Проверить на прошлом")])
def test_every_rule_can_be_tried_in_each_language(
    demonstration: Company, in_language: Callable[[str], None], language: str, label: str
) -> None:
    company = demonstration
    company.open("rules", *ROLES)
    lead = whoever.one(company.store, "lead:R3")
    assert lead
    for watch, limit in (("account_silence", 20.0), ("silent_accounts", 0.0), ("gone_watch", 1.0)):
        condition = Condition(watch, "above", limit)
        kept.save(company.store, lead, condition, history_from=FIRST, as_of=AS_OF, snapshot="0001")
    app = opened("lead:R3", "delivery", section="rules", language=language)
    in_language(language)
    for name in app.selectbox(key="rule-watch-0").options:
        app.selectbox(key="rule-watch-0").select(name).run()
        press(app, label)
        assert {token[2] for token in _TOKEN.finditer(words(app))} <= SCOPES["lead:R3"]
    assert {"R3", "R4"} <= {token[2] for token in _TOKEN.finditer(words(app))}


def test_what_a_lead_hands_on_is_told_to_the_owner_who_cannot_change_it(demonstration: Company) -> None:
    company = demonstration
    company.open("rules", *ROLES)
    lead = whoever.one(company.store, "lead:R3")
    assert lead
    silent = Condition("account_silence", "above", 20.0)
    kept.save(company.store, lead, silent, history_from=FIRST, as_of=AS_OF, snapshot="0001", to_owners=True)
    theirs = opened("rep:R4", "delivery", section="rules")
    assert "Handed to you as the owner of these accounts." in words(theirs)
    assert {token[2] for token in _TOKEN.finditer(words(theirs))} == {"R4"}
    assert not [each for each in theirs.button if each.label in ("Remove", "Pause")]
    assert "Handed to you" not in words(opened("rep:R5", "delivery", section="rules"))
    assert "Each owner is told of their own accounts." in words(opened("lead:R3", "delivery", section="rules"))


def test_an_address_is_made_shown_once_and_ended(demonstration: Company, in_language: Callable[[str], None]) -> None:
    company = demonstration
    in_language("ru")
    company.open("calendar", *ROLES)
    app = opened("rep:R4", "delivery", section="calendar", language="ru")
    press(app, "Создать адрес")
    rep = whoever.one(company.store, "rep:R4")
    assert rep
    (address,) = [each.value for each in app.code]
    found = re.search(r"/calendar/([\w-]+)\.ics\?language=ru$", address)
    assert found
    assert tokens.of_secret(company.store, found[1], "calendar")
    again = opened("rep:R4", "delivery", section="calendar", language="ru")
    assert not again.code
    press(again, "Завершить")
    assert tokens.of_secret(company.store, found[1], "calendar") is None
