"""The page Delivery without a browser: one's own digest in every state, what was sent, and the channels."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data import settings
from data.people import digests, sending, ways
from data.people.person import Person
from data.people.store import Store, channels, open_store, outgoing, subscriptions
from data.people.store.accounts import people, rules
from data.people.store.subscriptions import Wish
from data.warehouse import build
from pages.ui import looking
from tests import companies
from tests.browser.test_states import ONE_OF_EACH
from tests.pages.screen import opened, said
from tests.people import ADMIN

MAIL = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "9", "MAIL_FROM": "orderbeat@example.org"}
NOW = dt.datetime(2026, 4, 6, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of one rep, R1, published."""
    place = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(place))
        companies.load(place, ONE_OF_EACH)
        build.build(settings.current())
    return place


@pytest.fixture
def store(published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """A store of the test's own beside the published company."""
    home = tmp_path / "home"
    home.mkdir()
    for each in ("inputs", "snapshots"):
        (home / each).symlink_to(published / each)
    monkeypatch.setenv("ORDERBEAT_HOME", str(home))
    return open_store(settings.current())


@pytest.fixture
def rep(store: Store, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Who is signed in: the rep, who was let in."""
    return signed_in(store, monkeypatch, "rep", rep="R1")


def signed_in(store: Store, monkeypatch: pytest.MonkeyPatch, role: Any, **bound: str) -> Person:
    made = people.invite(store, ADMIN, email=f"{role}@example.org", name=f"The {role}", roles=[role], **bound)
    who = people.person_of(made, rules.Rules())
    monkeypatch.setenv("ORDERBEAT_SIGN_IN", "accounts")
    monkeypatch.setattr(looking, "signed_in", lambda: who)
    return who


def with_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in MAIL.items():
        monkeypatch.setenv(f"ORDERBEAT_{name}", value)


def page(section: str, view: str = "", **query: str) -> AppTest:
    return opened(view, "delivery", section=section, **query)


def words(app: AppTest) -> str:
    return "\n".join(said(app))


def click(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label]
    button.click().run()
    assert not app.exception
    return app


def test_the_demonstration_shows_how_it_would_read_and_says_that_nothing_is_sent(store: Store) -> None:
    shown = words(page("digest", "rep:R1", form="as_text"))
    assert "Nothing is sent from the demonstration" in shown
    assert "WHOM TO TAKE UP" in shown
    assert "Subject:" in shown
    assert "<!DOCTYPE html>" in words(page("digest", "rep:R1"))
    assert "Из демонстрации ничего не отправляется" in words(page("digest", "rep:R1", language="ru"))
    assert "Nothing was sent yet" in words(page("sent_to_me", "rep:R1"))
    assert "Nobody is let in yet" in words(page("channels", "admin"))


def test_a_closed_way_and_a_missing_mail_server_are_told_apart(
    store: Store, rep: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Neither mail nor messages are open to you" in words(page("digest"))
    ways.set_open(store, ADMIN, "mail", ["rep"])
    assert "No mail server is set up yet" in words(page("digest"))
    ways.set_open(store, ADMIN, "mail", [])
    ways.set_open(store, ADMIN, "messages", ["rep"])
    assert "No channel carries your list yet" in words(page("digest"))


def test_it_is_set_up_changed_and_ended(store: Store, rep: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    ways.set_open(store, ADMIN, "mail", ["rep"])
    with_mail(monkeypatch)
    app = page("digest")
    app.selectbox[0].set_value("daily")
    app.selectbox[1].set_value("09:00")
    app.selectbox[2].set_value("Asia/Kolkata")
    app.selectbox[3].set_value("ru")
    click(app, "Send it to me")
    kept = subscriptions.of(store, rep.key)
    assert kept
    assert kept.wish == Wish("daily", 9, "Asia/Kolkata", "ru")
    assert "On working days, if something changed at 09:00, Asia/Kolkata" in words(app)
    ways.set_open(store, ADMIN, "mail", [])
    assert "Nothing is sent at the moment" in words(page("digest"))
    click(page("digest"), "Send it no longer")
    assert subscriptions.of(store, rep.key) is None


def test_the_way_closed_after_the_form_was_drawn_is_refused(
    store: Store, rep: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways.set_open(store, ADMIN, "mail", ["rep"])
    with_mail(monkeypatch)
    app = page("digest")
    ways.set_open(store, ADMIN, "mail", [])
    click(app, "Send it to me")
    assert subscriptions.of(store, rep.key) is None
    assert "Neither mail nor messages are open to you" in words(app)


def test_everybody_sees_their_own_letters_and_an_administrator_all(
    store: Store, rep: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who, slot in ((rep.key, "1"), ("another", "2")):
        draft = outgoing.draft(who, "digest", slot, now=NOW, content="{}", subject=f"Subject of {who}", language="en")
        outgoing.put(store, draft)
        letter = outgoing.take(store, draft.id, NOW)
        assert letter
        outgoing.give_up(store, letter, NOW, why="recipient_refused", said="550 **no** such [user](x)")
    shown = words(page("sent_to_me"))
    assert f"Subject of {rep.key}" in shown
    assert "The mail server refused the recipient. Its answer: 550" in shown
    assert "Subject of another" not in shown
    assert "1 letter was not sent" in shown
    signed_in(store, monkeypatch, "admin")
    shown = words(page("sent_to_me"))
    assert "Subject of another" in shown
    assert "The rep, rep@example.org" in shown
    assert "No mail server is set up" in shown


def test_an_administrator_tries_the_way_and_a_link_goes_by_mail(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = signed_in(store, monkeypatch, "admin")
    with_mail(monkeypatch)
    started: list[int] = []
    monkeypatch.setattr(sending, "begin", lambda: started.append(os.getpid()))  # no process for each test
    click(page("sent_to_me"), "Send me a test mail")
    bo = people.invite(store, ADMIN, email="bo@example.org", name="Bo", roles=["ecommerce"])
    app = click(opened("", "people", account=bo.id), "Invitation link")
    assert "/sign-in/link/" in words(app)
    app = click(app, "Send a link by mail instead")
    assert "/sign-in/link/" not in words(app)
    assert "A link is on its way by mail to Bo" in words(app)
    found = {(each.account_id, each.kind, each.content) for each in outgoing.everybodys(store, ADMIN)}
    assert found == {(boss.key, "test", ""), (bo.id, "invitation", "")}
    assert len(started) == 2


def test_without_a_mail_server_no_link_goes_by_mail(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in(store, monkeypatch, "admin")
    bo = people.invite(store, ADMIN, email="bo@example.org", name="Bo", roles=["ecommerce"])
    app = click(opened("", "people", account=bo.id), "Invitation link")
    assert [each for each in app.button if "mail" in each.label] == []


def test_a_channel_is_set_up_for_one_person_and_its_address_is_not_shown(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = signed_in(store, monkeypatch, "admin")
    made = channels.make(store, boss, boss.key, "teams", "**Sales**", url="https://hooks.example/T1/very-secret")
    app = page("channels")
    shown = words(app)
    assert "**Sales** · Microsoft Teams · hooks.example · carries the list of The admin · not signed" in shown
    assert "very-secret" not in shown
    assert "Whoever reads this channel will read the list of that person" in shown
    ways.set_open(store, ADMIN, "messages", ["admin"])
    digests.subscribe(store, boss, Wish("monday", 7, "UTC", "en", made.id))
    click(app, "Remove")
    assert channels.own(store, boss) == []
    assert "Nothing is sent at the moment" in words(page("digest"))


def test_whoever_is_no_administrator_finds_neither_channels_nor_everybodys_letters(store: Store, rep: Person) -> None:
    for section in ("channels", "ways_out"):
        shown = words(page(section))
        assert "Channels that carry" not in shown
        assert "Nothing leaves the browser for you yet" in shown
