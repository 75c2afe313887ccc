"""Ending one's mails: one click of a mail program, or a button; no session, and nothing else opens by it."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from data import settings
from data.people import digests, ways
from data.people.person import Person
from data.people.store import Store, open_store, subscriptions
from data.people.store.accounts import people, rules
from data.people.store.subscriptions import Wish
from pages.ui import wire
from presentation import addresses
from service.web import entrance
from service.web.gate import Gate, _without_secret
from service.web.headers import Message, Receive, Send
from tests.people import ADMIN

AT = "http://127.0.0.1:8501"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def pages(_scope: Message, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"behind the gate"})


@pytest.fixture
def where(home: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    monkeypatch.setenv("ORDERBEAT_SIGN_IN", "accounts")
    monkeypatch.setenv("ORDERBEAT_URL", AT)
    return settings.current()


@pytest.fixture
def store(where: settings.Settings) -> Store:
    return open_store(where)


@pytest.fixture
def client(where: settings.Settings) -> TestClient:
    """A mail program: it says neither where it comes from nor who asks."""
    gate = Gate(pages, settings=where, entrance=entrance.app(where), wire=wire)
    return TestClient(gate, base_url=AT, follow_redirects=False)


@pytest.fixture
def place(store: Store) -> str:
    """Where a mail says that one click ends it."""
    made = people.invite(store, ADMIN, email="ann@example.org", name="Ann", roles=["director"])
    who: Person = people.person_of(made, rules.Rules())
    ways.set_open(store, ADMIN, "mail", ["director"])
    digests.subscribe(store, who, Wish("monday", 7, "UTC", "en"))
    kept = subscriptions.of(store, who.key)
    assert kept
    return addresses.ending(kept.stop, at="")


def count(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(subscriptions.SUBSCRIPTIONS)).scalar_one())


def test_one_click_of_a_mail_program_ends_it_and_a_second_says_the_same(
    client: TestClient, place: str, store: Store
) -> None:
    assert client.post(place, data=ONE_CLICK).status_code == 200
    assert count(store) == 0
    assert "have ended" in client.post(place, data=ONE_CLICK).text


def test_a_program_that_follows_links_ends_nothing(client: TestClient, place: str, store: Store) -> None:
    shown = client.get(place)
    assert '<form method="post"' in shown.text
    assert "script" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    client.head(place)
    assert count(store) == 1
    assert "Больше не присылать" in client.get(f"{place}?language=ru").text


def test_a_secret_that_is_none_ends_nothing_and_says_as_much_as_a_good_one(
    client: TestClient, place: str, store: Store
) -> None:
    for wrong in (f"{place}x", place[:-1], "/unsubscribe/%00", "/unsubscribe/'; drop table subscriptions; --"):
        assert client.post(wrong, data=ONE_CLICK).status_code == 200
        assert client.get(wrong).status_code == 200
    assert client.post("/unsubscribe/", data=ONE_CLICK).status_code == 404
    assert count(store) == 1


def test_it_opens_nothing_else(client: TestClient, place: str) -> None:
    answer = client.post(place, data=ONE_CLICK)
    assert "set-cookie" not in answer.headers
    assert client.get("/customers").status_code == 303
    for path in ("/sign-in", "/sign-out", "/customers", "/unsubscribed"):
        assert client.post(path, data=ONE_CLICK).status_code == 403, "elsewhere a form is sent by a page of ours"
    evil = client.post(place, data=ONE_CLICK, headers={"Origin": "https://evil.example"})
    assert evil.status_code == 403
    assert client.post(place, data=ONE_CLICK, headers={"Host": "evil.example"}).status_code == 421


def test_the_log_holds_no_secret() -> None:
    assert _without_secret("/unsubscribe/abc") == "/unsubscribe/..."
    assert _without_secret("/sign-in/link/abc") == "/sign-in/..."
