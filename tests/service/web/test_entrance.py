"""The pages of sign-in over a real store: what they keep from one answer to the next, and how long they wait."""

import asyncio
import re
from pathlib import Path

import pyotp
import pytest
from starlette.testclient import TestClient

from data import settings
from data.people.store import open_store
from data.people.store.accounts import coming_in, links
from pages.ui import wire
from service.web import entrance
from service.web.gate import Gate
from service.web.headers import Message, Receive, Send

AT = "http://127.0.0.1:8501"
PASSWORD = "wooden ladder over river"


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


def test_a_form_is_answered_in_the_language_in_which_it_was_shown(client: TestClient) -> None:
    assert 'lang="ru"' in client.get("/sign-in?language=ru").text
    answer = client.post("/sign-in", data={"email": "nobody@example.com", "password": "x", "language": "ru"})
    assert '<html lang="ru">' in answer.text


def test_tokens_that_somebody_makes_up_share_one_bucket(client: TestClient) -> None:
    client.app._rates._rate, client.app._rates._room = 0.001, 20  # type: ignore[attr-defined]
    met = []
    for number in range(30):
        client.cookies.set("orderbeat", f"made-up-{number}")
        met.append(client.get("/customers").status_code)
    assert met == [303] * 20 + [429] * 10


def test_a_form_that_does_not_come_is_not_waited_for(where: settings.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "_FORM_SECONDS", 0.05)
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
