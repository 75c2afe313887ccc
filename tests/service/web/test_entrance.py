"""The pages of sign-in over a real store: what they keep from one answer to the next, and how long they wait."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from httpx2 import Response
from starlette.testclient import TestClient

from data import settings
from data.people.store import open_store
from data.people.store.accounts import coming_in, links, second_factor, sessions
from data.people.store.accounts.tables import ATTEMPTS, HALF_WAY
from pages.ui import wire
from service.web import entrance
from service.web.entrance import visit
from service.web.gate import Gate
from service.web.headers import Message, Receive, Send

AT = "http://127.0.0.1:8501"
PASSWORD = "wooden ladder over river"
NEW = "quiet harbour of seven lamps"


async def pages(scope: Message, receive: Receive, send: Send) -> None:
    """What stands behind the gate."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"behind the gate"})


@pytest.fixture
def where(home: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    monkeypatch.setenv("ORDERBEAT_SIGN_IN", "accounts")
    monkeypatch.setenv("ORDERBEAT_URL", AT)
    return settings.current()


@pytest.fixture
def client(where: settings.Settings) -> TestClient:
    gate = Gate(pages, settings=where, entrance=entrance.app(where), wire=wire)
    return TestClient(gate, base_url=AT, headers={"Origin": AT}, follow_redirects=False)


@pytest.fixture
def token(where: settings.Settings) -> str:
    """The token of an administrator who is signed in."""
    store = open_store(where)
    link = links.first_administrator(store, email="ada@example.com", name="Ada")
    return coming_in.by_link(store, token=link.token, password=PASSWORD, address="", device="").token


def test_a_session_opens_the_gate_and_nothing_else_does(client: TestClient, token: str) -> None:
    assert client.get("/customers").headers["location"] == "/sign-in?next=%2Fcustomers"
    client.cookies.set("orderbeat", token[:-1])
    assert client.get("/customers").status_code == 303
    client.cookies.set("orderbeat", token)
    assert client.get("/customers").text == "behind the gate"


def test_the_key_of_a_second_factor_stays_after_a_wrong_code(client: TestClient, token: str) -> None:
    client.cookies.set("orderbeat", token)
    shown = re.search(r"secret=([A-Z2-7]+)", client.get("/sign-in/second-factor").text)
    assert shown
    again = client.post("/sign-in/second-factor", data={"code": "000000"})
    assert again.status_code == 400
    assert shown[0] in again.text
    done = client.post("/sign-in/second-factor", data={"code": pyotp.TOTP(shown[1]).now()})
    assert done.status_code == 200
    assert len(re.findall("<code>", done.text)) == 10
    assert "Recovery codes left: 10" in client.get("/sign-in/sessions").text


@pytest.fixture
def totp(where: settings.Settings, token: str) -> pyotp.TOTP:
    """The second factor of the administrator, of which one code was used."""
    store = open_store(where)
    found = sessions.session(store, token)
    assert found
    made = pyotp.TOTP(second_factor.begin(store, found.account_id).secret)
    second_factor.confirm(store, found.account_id, made.at(datetime.now(UTC) - timedelta(seconds=30)))
    return made


def with_password(client: TestClient, password: str = PASSWORD) -> Response:
    return client.post("/sign-in", data={"email": "ada@example.com", "password": password, "next": "/team"})


def test_the_code_alone_is_asked_for_until_it_is_right(client: TestClient, totp: pyotp.TOTP) -> None:
    assert client.get("/sign-in/code").headers["location"] == "/sign-in"
    answer = with_password(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/code?next=%2Fteam")
    asked = client.get(answer.headers["location"])
    assert 'name="code"' in asked.text
    assert 'name="password"' not in asked.text
    assert client.get("/team").status_code == 303, "half-way is not in"
    wrong = client.post("/sign-in/code", data={"code": "000000", "next": "/team"})
    assert (wrong.status_code, "This code is not right." in wrong.text) == (403, True)
    assert 'name="password"' not in wrong.text
    right = client.post("/sign-in/code", data={"code": totp.now(), "next": "/team"})
    assert (right.status_code, right.headers["location"]) == (303, "/team")
    assert client.get("/team").text == "behind the gate"
    assert "orderbeat-half-way" not in client.cookies


def test_codes_are_attempts_and_half_way_ends(client: TestClient, totp: pyotp.TOTP, where: settings.Settings) -> None:
    with_password(client)
    met = [client.post("/sign-in/code", data={"code": "000000"}) for _ in range(6)]
    assert [each.status_code for each in met] == [403] * 5 + [429]
    assert 'name="code"' in met[-1].text
    kept = client.cookies["orderbeat-half-way"]
    with open_store(where).engine.begin() as connection:
        connection.execute(sa.update(HALF_WAY).values(until=datetime(2026, 1, 1, tzinfo=UTC)))
        connection.execute(sa.delete(ATTEMPTS))
    over = client.post("/sign-in/code", data={"code": totp.now()})
    assert (over.status_code, "This sign-in is over." in over.text) == (403, True)
    assert 'name="password"' in over.text
    client.cookies.set("orderbeat-half-way", f"{kept}x")
    assert client.post("/sign-in/code", data={"code": totp.now()}).status_code == 403
    assert client.get("/team").status_code == 303


def test_one_changes_ones_own_password(client: TestClient, token: str, where: settings.Settings) -> None:
    assert client.get("/sign-in/password").headers["location"] == "/sign-in?next=/sign-in/password"
    elsewhere = with_password(client)
    other = client.cookies["orderbeat"]
    client.cookies.clear()
    client.cookies.set("orderbeat", token)
    assert elsewhere.headers["location"] == "/team"
    assert 'href="/sign-in/password"' in client.get("/sign-in/sessions").text

    def change(old: str, new: str, again: str = "") -> Response:
        return client.post("/sign-in/password", data={"old": old, "password": new, "again": again or new})

    assert 'name="old"' in client.get("/sign-in/password").text
    refused = {
        "The old password is not right.": (403, change("wrong", NEW)),
        "The two passwords are not the same.": (403, change(PASSWORD, NEW, PASSWORD)),
        "This password is too short.": (400, change(PASSWORD, "short")),
    }
    for why, (status, answer) in refused.items():
        assert (answer.status_code, why in answer.text) == (status, True), why
    done = change(PASSWORD, NEW)
    assert "Your password is set" in done.text
    assert client.get("/team").text == "behind the gate"
    client.cookies.set("orderbeat", other)
    assert client.get("/team").status_code == 303, "every other session has ended"
    client.cookies.clear()
    assert with_password(client, NEW).status_code == 303


def test_a_form_is_answered_in_the_language_in_which_it_was_shown(client: TestClient) -> None:
    assert 'lang="ru"' in client.get("/sign-in?language=ru").text
    answer = client.post("/sign-in", data={"email": "nobody@example.com", "password": "x", "language": "ru"})
    assert '<html lang="ru">' in answer.text


def test_what_is_wrong_with_the_server_is_not_told_to_strangers(
    where: settings.Settings, caplog: pytest.LogCaptureFixture
) -> None:
    gone = replace(where, store="postgresql://orderbeat@127.0.0.1:1/sales")
    gate = Gate(pages, settings=gone, entrance=entrance.app(gone), wire=wire)
    stranger = TestClient(gate, base_url=AT, headers={"Origin": AT}, follow_redirects=False)
    answer = stranger.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    assert answer.status_code == 503
    assert "Nobody can come in at the moment." in answer.text
    assert "127.0.0.1:1" not in answer.text
    assert "127.0.0.1:1" in caplog.text, "whoever runs the server learns of it"
    assert "ada@example.com" not in caplog.text


def test_tokens_that_somebody_makes_up_share_one_bucket(client: TestClient) -> None:
    client.app._rates._rate, client.app._rates._room = 0.001, 20  # type: ignore[attr-defined]
    met = []
    for number in range(30):
        client.cookies.set("orderbeat", f"made-up-{number}")
        met.append(client.get("/customers").status_code)
    assert met == [303] * 20 + [429] * 10


def test_a_form_that_does_not_come_is_not_waited_for(where: settings.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "FORM_SECONDS", 0.05)
    said: list[Message] = []

    async def never() -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "method": "POST", "path": "/sign-in", "raw_path": b"/sign-in", "query_string": b"",
             "root_path": "", "headers": [(b"host", b"127.0.0.1:8501")], "client": ("127.0.0.1", 1)}  # fmt: skip
    asyncio.run(asyncio.wait_for(entrance.app(where)(scope, never, send), 10))
    assert said[0]["status"] == 408
