"""Nothing comes past the gate without a session that is good at that moment: the gate, its store, hostile requests."""

import asyncio
import dataclasses
import random
import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data import settings
from data.errors import OrderbeatError
from data.people import cookie, open_sessions, uploads
from data.people.store.accounts import people, rules, sessions
from data.people.store.accounts.tables import SESSIONS, hashed
from data.settings import Settings
from pages.ui import wire
from service.web import asked, safety
from service.web.gate import _FRAMES_AT_ONCE, _FRAMES_PER_SECOND, _LARGEST_FRAME, Gate
from service.web.rates import Rates
from service.web.refusing import LARGEST_UPLOAD
from service.web.shown import Given
from tests.service.web.house import BEHIND, PASSWORD, House, Unforeseen

URL = "https://orderbeat.example.com"
TAB = "3f1c0a2e-8a43-4f0e-9d0a-000000000001"
# One of every kind of place there is, each with the method it is asked by.
PLACES = [
    ("GET", "/"), ("GET", "/customers?period=quarter"), ("GET", "/people"), ("GET", "/nowhere"), ("HEAD", "/team"),
    ("GET", "/static/js/index.js"), ("GET", "/media/0a1b2c.csv"), ("GET", "/_stcore/host-config"),
    ("GET", "/component/any/index.html"), ("GET", "/app/static/x"), ("GET", "/_stcore/agent/openapi.json"),
    ("PUT", f"/_stcore/upload_file/{TAB}/f"), ("DELETE", f"/_stcore/upload_file/{TAB}/f"), ("POST", "/customers"),
    ("GET", "/sign-inx"), ("GET", "/oauth2callback"), ("GET", "/auth/login"),
]  # fmt: skip


def told(home: Path, **more: Any) -> Settings:
    return dataclasses.replace(settings.current(), home=home, store="", sign_in=frozenset({"accounts"}), **more)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(told(tmp_path))


@pytest.fixture
def behind_proxy(tmp_path: Path) -> House:
    return House(told(tmp_path / "proxied", url=URL, is_behind_proxy=True))


def _over(house: House, token: str, **values: datetime) -> None:
    with house.store.keeping() as connection:
        of_token = SESSIONS.c.token_hash == hashed(token)
        assert connection.execute(sa.update(SESSIONS).where(of_token).values(**values)).rowcount == 1


def bad_tokens(house: House, tmp_path: Path) -> Iterator[str]:
    """A hundred tokens that open nothing: unknown, forged, ended in each way, of another house."""
    now = datetime.now(UTC)
    yield ""
    for number in range(20):
        account, token = house.signed_in(f"p{number}", "ecommerce")
        match number % 5:
            case 0:
                sessions.end(house.store, token)
            case 1:
                people.deactivate(house.store, house.admin, account)
            case 2:
                _over(house, token, ends_at=now - timedelta(seconds=1))
            case 3:
                _over(house, token, seen_at=now - timedelta(hours=12, seconds=1))
            case 4:
                sessions.end_everywhere(house.store, house.admin, account)
        yield token
        yield token[:-1]
        yield token[::-1]
    yield House(told(tmp_path / "another")).signed_in("x", "admin")[1]
    _, good = house.signed_in("good", "director")
    yield good + "a"
    yield good.swapcase()
    yield f'"{good}"'
    yield hashed(good)
    yield f"{good}; {cookie.name(house.settings)}=another"  # two at once
    rng = random.Random(7)
    for _ in range(33):
        yield "".join(rng.choices(string.printable.replace(";", "").replace("\r", "").replace("\n", ""), k=43))


def test_a_hundred_cookies_that_open_nothing(house: House, tmp_path: Path) -> None:
    tokens = [*bad_tokens(house, tmp_path)]
    assert len(tokens) == 100
    for number, token in enumerate(tokens):
        method, place = PLACES[number % len(PLACES)]
        for each in {(method, place), ("GET", "/customers"), ("GET", "/media/0a1b2c.csv")}:
            answer = house.ask(each[1], each[0], headers=house.carrying(token))
            assert answer.status in (303, 401), (token, each, answer.status)
            assert BEHIND not in answer.body
        said = asyncio.run(shaken(house, token))
        assert said[-1]["type"] == "websocket.close"
        assert not [each for each in said if each["type"] == "behind"]


@pytest.mark.parametrize(("method", "place"), PLACES)
def test_no_kind_of_place_is_open(house: House, method: str, place: str) -> None:
    answer = house.ask(place, method)
    assert answer.status in (303, 401)
    assert BEHIND not in answer.body
    if answer.status == 303:
        assert answer.header("location").startswith("/sign-in")


def test_whoever_is_in_comes_through_and_finds_what_is_theirs_alone(house: House) -> None:
    _, token = house.signed_in("rita", "rep", rep="R1")
    mine = house.carrying(token)
    assert house.ask("/customers", headers=mine).body == BEHIND
    assert house.ask("/customers", headers=mine).header("cache-control") == "no-store"
    assert house.ask("/static/index.js", headers=mine).header("cache-control") == ""
    assert house.ask("/media/0a1b2c.csv", headers=mine).status == 404
    assert house.ask("/customers", "POST", {}, headers=mine).status == 405
    assert house.ask(f"/_stcore/upload_file/{TAB}/f", "PUT", headers=mine).status == 403
    session = open_sessions.session(house.settings, token)
    assert session
    house.gate._given.give(session.id, "/media/0a1b2c.csv")
    house.gate._given.give(session.id, TAB)
    assert house.ask("/media/0a1b2c.csv", headers=mine).body == BEHIND
    assert house.ask(f"/_stcore/upload_file/{TAB}/f", "PUT", headers=mine).status == 403  # a rep loads nothing
    _, other = house.signed_in("anna", "admin")
    assert house.ask("/media/0a1b2c.csv", headers=house.carrying(other)).status == 404
    uploads.settle(TAB, house.admin)
    assert house.ask(f"/_stcore/upload_file/{TAB}/f", "PUT", headers=house.carrying(other)).status == 403
    seen = open_sessions.session(house.settings, other)
    assert seen
    house.gate._given.give(seen.id, TAB)
    assert house.ask(f"/_stcore/upload_file/{TAB}/f", "PUT", headers=house.carrying(other)).body == BEHIND
    too_large = house.carrying(other) | {"content-length": str(60 * 2**20)}
    assert house.ask(f"/_stcore/upload_file/{TAB}/f", "PUT", headers=too_large).status == 413


def test_a_role_that_asks_for_a_second_factor_leads_there_first(house: House) -> None:
    _, token = house.signed_in("ella", "ecommerce")
    rules.require_second_factor(house.store, house.admin, "ecommerce", is_required=True)
    answer = house.ask("/catalogs", headers=house.carrying(token))
    assert (answer.status, answer.header("location")) == (303, "/sign-in/second-factor")
    assert asyncio.run(shaken(house, token))[-1]["type"] == "websocket.close"


async def shaken(
    house: House, token: str, frames: tuple[bytes | str, ...] = (), protocols: str = "streamlit"
) -> list[Any]:
    """What a socket with that cookie is told, and ("behind") what the app was: its handshake, and each frame."""
    said: list[Any] = []
    given: list[Any] = [{"type": "websocket.connect"}]
    given += [{"type": "websocket.receive", "bytes" if isinstance(each, bytes) else "text": each} for each in frames]

    async def receive() -> Any:
        return given.pop(0) if given else {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        said.append(message)

    async def tab(scope: Any, receive: Any, send: Any) -> None:
        said.append({"type": "behind", "protocols": dict(scope["headers"])[b"sec-websocket-protocol"].decode()})
        await send({"type": "websocket.accept"})
        hello = ForwardMsg()
        hello.new_session.initialize.session_id = TAB
        await send({"type": "websocket.send", "bytes": hello.SerializeToString()})
        while (message := await receive())["type"] != "websocket.disconnect":
            said.append({"type": "behind", **message} | {"type": "behind"})

    house.gate._app = tab  # the pages: what they are told is looked at
    headers = {"host": house.host, "origin": house.origin, "sec-websocket-protocol": protocols, **house.carrying(token)}
    scope = {
        "type": "websocket", "path": "/_stcore/stream", "raw_path": b"/_stcore/stream", "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 50001), "server": ("127.0.0.1", 8501), "subprotocols": ["streamlit"],
    }  # fmt: skip
    await house.gate(scope, receive, send)
    return said


def rerun() -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = "period=quarter"
    return bytes(message.SerializeToString())


def file_request(name: str) -> bytes:
    message = BackMsg()
    message.backend_operation_request.request_id = "1"
    message.backend_operation_request.deferred_file.file_id = name
    return bytes(message.SerializeToString())


def test_a_frame_is_passed_on_while_its_session_is_good(house: House) -> None:
    _, token = house.signed_in("rita", "rep", rep="R1")
    said = asyncio.run(shaken(house, token, (rerun(), rerun())))
    assert [each["type"] for each in said].count("behind") == 4  # its scope, the handshake, two frames
    session = open_sessions.session(house.settings, token)
    assert session
    assert house.gate._given.has(session.id, TAB)


@pytest.mark.parametrize("end", [
    lambda house, account: people.deactivate(house.store, house.admin, account),
    lambda house, _: rules.require_second_factor(house.store, house.admin, "rep", is_required=True),
], ids=["shut out", "asked for more"])  # fmt: skip
def test_a_frame_after_a_session_is_over_is_not_passed_on(house: House, end: Callable[[House, str], Any]) -> None:
    account, token = house.signed_in("rita", "rep", rep="R1")
    original, asked_times = house.gate._session, 0

    async def session(token: str, **how: Any) -> Any:
        nonlocal asked_times
        asked_times += 1
        if asked_times == 3:  # the handshake, one frame, and then it is over
            end(house, account)
        return await original(token, **how)

    house.gate._session = session  # type: ignore[method-assign]
    said = asyncio.run(shaken(house, token, (rerun(), rerun(), rerun())))
    assert [each["type"] for each in said].count("behind") == 3
    assert said[-1] == {"type": "websocket.close", "code": 1008}
    assert ForwardMsg.FromString(said[-2]["bytes"]).auth_redirect.url == "/sign-in"


@pytest.mark.parametrize("frame", [b"x" * (_LARGEST_FRAME + 1), "a text"], ids=["too large", "a text"])
def test_what_no_page_says_ends_the_socket(house: House, frame: bytes | str) -> None:
    _, token = house.signed_in("rita", "rep", rep="R1")
    said = asyncio.run(shaken(house, token, (rerun(), frame, rerun())))
    assert [each["bytes"] for each in said if each["type"] == "behind" and "bytes" in each] == [rerun()]
    assert said[-1] == {"type": "websocket.close", "code": 1008, "reason": "No page says this."}


def test_a_session_that_says_too_much_is_slowed_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = house.signed_in("rita", "rep", rep="R1")
    _, other = house.signed_in("anna", "admin")
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    house.gate._frames = Rates(per_second=_FRAMES_PER_SECOND, at_once=_FRAMES_AT_ONCE, now=lambda: now)
    for seconds in (0, 4):  # all at once first; then as many again come at the rate of a session
        said = asyncio.run(shaken(house, token, (rerun(),) * _FRAMES_AT_ONCE))
        assert [each["type"] for each in said].count("behind") == _FRAMES_AT_ONCE + 2
        assert now == seconds
    asyncio.run(shaken(house, other, (rerun(),)))
    assert now == 4


def test_a_session_opens_so_many_sockets_at_once(house: House) -> None:
    _, token = house.signed_in("rita", "rep", rep="R1")
    house.gate._rates = Rates(per_second=0.001, at_once=3)
    opened = [asyncio.run(shaken(house, token))[-1] for _ in range(4)]
    assert [each["type"] for each in opened] == ["behind"] * 3 + ["websocket.close"]
    assert opened[-1]["reason"] == "Too many requests at once."


def test_a_promised_file_is_made_for_whom_it_was_promised(house: House) -> None:
    _, token = house.signed_in("rita", "rep", rep="R1")
    session = open_sessions.session(house.settings, token)
    assert session
    other = BackMsg()
    other.backend_operation_request.install_skills.SetInParent()
    said = asyncio.run(shaken(house, token, (file_request("foreign"), other.SerializeToString(), rerun())))
    assert [each["bytes"] for each in said if each["type"] == "behind" and "bytes" in each] == [rerun()]
    house.gate._given.give(session.id, "own")
    said = asyncio.run(shaken(house, token, (file_request("own"),)))
    assert [each["bytes"] for each in said if each["type"] == "behind" and "bytes" in each] == [file_request("own")]


def test_a_tab_is_handed_over_to_whose_it_is(house: House) -> None:
    _, token = house.signed_in("rita", "rep", rep="R1")
    named = f"streamlit, a-token, {TAB}"
    first = asyncio.run(shaken(house, token, (), named))
    assert first[0]["protocols"] == "streamlit, a-token"
    again = asyncio.run(shaken(house, token, (), named))  # it was given to them meanwhile
    assert again[0]["protocols"] == named
    _, other = house.signed_in("anna", "admin")
    assert asyncio.run(shaken(house, other, (), named))[0]["protocols"] == "streamlit, a-token"


def test_a_tab_at_rest_is_shut_by_the_sweep(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account, token = house.signed_in("rita", "rep", rep="R1")
    monkeypatch.setattr("service.web.gate.SWEEP_SECONDS", 0.02)
    said: list[Any] = []
    given = [{"type": "websocket.connect"}]
    is_shut = asyncio.Event()

    async def receive() -> Any:
        if given:
            return given.pop(0)
        await is_shut.wait()
        return {"type": "websocket.disconnect", "code": 1008}

    async def send(message: Any) -> None:
        said.append(message)
        if message["type"] == "websocket.close":
            is_shut.set()

    async def tab(_: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async def at_rest() -> None:
        house.gate._app = tab
        sweep = asyncio.create_task(house.gate._sweeping())
        headers = {"host": house.host, "origin": house.origin, **house.carrying(token)}
        scope = {
            "type": "websocket", "path": "/_stcore/stream", "raw_path": b"", "query_string": b"", "client": None,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "server": ("127.0.0.1", 8501), "subprotocols": [],
        }  # fmt: skip
        talk = asyncio.create_task(house.gate(scope, receive, send))
        await asyncio.sleep(0.1)
        people.deactivate(house.store, house.admin, account)
        await asyncio.wait_for(talk, 10)
        sweep.cancel()

    asyncio.run(at_rest())
    assert ForwardMsg.FromString(said[-2]["bytes"]).auth_redirect.url == "/sign-in"


FOREIGN = [
    {"host": "evil.example"}, {"host": "127.0.0.1"}, {"host": "127.0.0.1:9999"}, {"host": ""},
    {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
]  # fmt: skip


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_other_hosts_and_pages_of_other_sites_may_not_ask(house: House, foreign: dict[str, str]) -> None:
    _, token = house.signed_in("anna", "admin")
    answer = house.ask("/customers", headers=house.carrying(token) | foreign)
    assert answer.status in (403, 421)
    assert BEHIND not in answer.body
    form = {"email": "ada@example.com", "password": PASSWORD}
    refused = house.ask("/sign-in", "POST", form, headers=foreign)
    assert refused.status in (403, 421)
    assert refused.header("set-cookie") == ""


@pytest.mark.parametrize("place", ["/customers\nforged", "/sign-in/link/a-token"])
@pytest.mark.parametrize("begins", [False, True])
@pytest.mark.parametrize(("failure", "status"), [(Unforeseen, 500), (OrderbeatError, 503)])
def test_what_fails_is_answered_once_under_its_id(
    house: House, caplog: pytest.LogCaptureFixture, failure: type[Exception], status: int, place: str, *, begins: bool
) -> None:
    async def fails(_: Any, __: Any, send: Any) -> None:
        if begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise failure("It failed.")

    _, token = house.signed_in("rita", "rep", rep="R1")
    house.gate._app = house.gate._entrance = fails
    answer = house.ask(place, headers=house.carrying(token))
    assert answer.status == (200 if begins else status)
    assert (answer.body == b"") is begins
    assert b"It failed" not in answer.body
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"request {answer.header('x-request-id')}: ")
    assert "\n" not in line
    assert "a-token" not in line


def test_a_form_without_an_origin_signs_nobody_in(house: House) -> None:
    body = f"email=ada@example.com&password={PASSWORD.replace(' ', '+')}".encode()
    headers = [(b"host", house.host.encode()), (b"content-length", str(len(body)).encode())]
    scope = {"type": "http", "path": "/sign-in", "method": "POST", "headers": headers, "server": ("127.0.0.1", 8501)}
    assert asked.refused(scope, house.settings) == (403, "A form is sent by a page of ours.")


def test_what_is_said_too_much_is_refused(house: House) -> None:
    assert house.ask("/", headers={"x-long": "a" * 40_000}).status == 431
    assert house.ask("/?" + "a" * 9_000).status == 414
    assert house.ask("/sign-in", "POST", {"email": "a" * 20_000}).status == 413


def test_a_body_that_is_too_long_or_too_slow_counts_as_gone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it says of its length; what stands behind the gate takes pieces in until it is told to stop."""
    _, token = house.signed_in("anna", "admin")
    session = open_sessions.session(house.settings, token)
    assert session
    house.gate._given.give(session.id, TAB)
    met: list[str] = []

    async def taking_in(_: Any, receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
        met.append(message["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def sent(*sizes: int, then: float) -> None:
        pieces = [{"type": "http.request", "body": bytes(size), "more_body": True} for size in sizes]

        async def receive() -> Any:
            if pieces:
                return pieces.pop(0)
            await asyncio.sleep(then)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: Any) -> None:
            pass

        headers = {"host": house.host, "origin": house.origin, **house.carrying(token)}
        scope = {
            "type": "http", "method": "PUT", "path": f"/_stcore/upload_file/{TAB}/f", "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8501),
        }  # fmt: skip
        uploads.settle(TAB, house.admin)
        await house.gate(scope, receive, send)

    house.gate._app = taking_in
    asyncio.run(sent(2**20, 2**20, then=0))
    asyncio.run(sent(*[LARGEST_UPLOAD // 2] * 3, then=0))
    monkeypatch.setattr("service.web.gate._BODY_SECONDS", 0.05)
    asyncio.run(sent(2**20, then=60))
    assert met == ["http.request", "http.disconnect", "http.disconnect"]


@pytest.mark.parametrize("place", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)",
                                   "/a\r\nset-cookie: x=y", "/\tevil", "evil", "\\\\evil", "/ /evil"])  # fmt: skip
def test_nobody_is_led_elsewhere(house: House, place: str) -> None:
    answer = house.ask("/sign-in", "POST", {"email": "ada@example.com", "password": PASSWORD, "next": place})
    assert (answer.status, answer.header("location")) == (303, "/")
    assert house.ask("/sign-in?next=/team%3Fperiod%3Dquarter").status == 303  # who is in goes on
    assert house.ask("/sign-in?next=/team%3Fperiod%3Dquarter").header("location") == "/team?period=quarter"


def test_behind_a_proxy_cookies_and_headers_are_for_tls(behind_proxy: House, house: House) -> None:
    answer = behind_proxy.ask("/sign-in", "POST", {"email": "ada@example.com", "password": PASSWORD})
    said = answer.header("set-cookie")
    assert said.startswith("__Host-orderbeat=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in said.split(";")}
    assert "max-age" in answer.header("strict-transport-security")
    assert house.ask("/sign-in").header("strict-transport-security") == ""
    for each in (answer, behind_proxy.ask("/customers"), house.ask("/sign-in"), house.ask("/nowhere")):
        assert "frame-ancestors 'none'" in each.header("content-security-policy")
        assert each.header("x-content-type-options") == "nosniff"
        assert len(each.header("x-request-id")) == 32
    policy = behind_proxy.ask("/customers").header("content-security-policy")
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "http" not in policy


def test_where_a_request_comes_from_is_believed_of_a_proxy_alone(house: House, behind_proxy: House) -> None:
    scope = {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"6.6.6.6, 10.0.0.7")]}
    assert asked.address(scope, house.settings) == "127.0.0.1"
    assert asked.address(scope, behind_proxy.settings) == "10.0.0.7"


def test_only_watchers_see_how_the_server_fares(tmp_path: Path) -> None:
    token = "kZ3v8Qw1xT5yB7nM"
    house = House(told(tmp_path, url=URL, is_behind_proxy=True, watch_token=token))
    forwarded = {"x-forwarded-for": "10.0.0.7"}
    for place in asked.WATCHED:
        assert house.ask(place, headers=forwarded).status == 404
        assert house.ask(place, headers={"host": "127.0.0.1:8501"}).body == BEHIND
        assert house.ask(place, headers={"host": "127.0.0.1:8501"} | forwarded).status == 421
        assert house.ask(place, headers=forwarded | {"authorization": f"Bearer {token}"}).body == BEHIND
        assert house.ask(place, headers=forwarded | {"authorization": "Bearer "}).status == 404


SAFE = {"sign_in": frozenset({"accounts"})}
OIDC = {"sign_in": frozenset({"oidc"}), "url": URL, "is_behind_proxy": True, "oidc_issuer": "https://login.example.com",
        "oidc_client_id": "orderbeat", "oidc_client_secret": "kZ3v8Qw1xT5yB7nM"}  # fmt: skip


@pytest.mark.parametrize(("given", "is_safe"), [
    (SAFE, True),
    (SAFE | {"url": "http://127.0.0.1:8501"}, True),
    (SAFE | {"url": URL}, False),
    (SAFE | {"url": URL, "is_behind_proxy": True}, True),
    (SAFE | {"url": "http://orderbeat.example.com", "is_behind_proxy": True}, False),
    (SAFE | {"is_behind_proxy": True}, False),
    (SAFE | {"watch_token": "short"}, False),
    (OIDC, True),
    (OIDC | {"oidc_client_secret": ""}, False),
    (OIDC | {"oidc_client_secret": "short"}, False),
    (OIDC | {"oidc_client_secret": "changeme-changeme-changeme"}, False),
    (OIDC | {"oidc_issuer": "http://login.example.com"}, False),
    (OIDC | {"oidc_client_id": ""}, False),
    ({"sign_in": frozenset()}, True),
], ids=str)  # fmt: skip
def test_what_is_safe_to_serve_with(given: dict[str, Any], *, is_safe: bool) -> None:
    assert (safety.unsafe(dataclasses.replace(settings.current(), **given)) is None) is is_safe


def test_an_unsafe_server_does_not_start(tmp_path: Path) -> None:
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        said.append(message)

    async def nothing(*_: Any) -> None:
        raise AssertionError

    gate = Gate(nothing, settings=told(tmp_path, url=URL), entrance=nothing, wire=wire)
    asyncio.run(gate({"type": "lifespan"}, receive, send))
    assert [each["type"] for each in said] == ["lifespan.startup.failed"]


def test_who_asks_too_often_waits() -> None:
    now = 0.0
    rates = Rates(per_second=2, at_once=3, now=lambda: now)
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 1]
    assert rates.wait("b") == 0
    now = 0.5
    assert [rates.wait("a") for _ in range(2)] == [0, 1]


def test_what_was_given_is_forgotten_in_the_end() -> None:
    given = Given(most=2)
    for name in "abc":
        given.give("s", name)
    assert [given.has("s", name) for name in "abc"] == [False, True, True]
    assert not given.has("t", "c")
    given.give("t", "c")
    assert given.has("s", "c")


def test_no_session_pushes_out_what_others_were_given() -> None:
    given = Given(most=2, most_sessions=3)
    given.give("quiet", "own")
    for number in range(100):
        given.give("busy", str(number))
    assert given.has("quiet", "own")
    for number in range(2):
        given.give(f"another {number}", "own")
    assert not given.has("quiet", "own")
    assert given.has("busy", "99")


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_requests_of_any_kind_break_nothing_and_get_nothing(tmp_path: Path, count: int) -> None:
    house = House(told(tmp_path))
    _, token = house.signed_in("rita", "rep", rep="R1")
    house.gate._rates = Rates(per_second=1e9, at_once=10**9)
    rng = random.Random(count)
    known = [*(place for _, place in PLACES), "/sign-in", "/sign-out", "/sign-in/link/x",
             "/sign-in/second-factor", "/sign-in/sessions", "/sign-in/oidc",
             "/sign-in/oidc/callback?state=x&code=y", "/_stcore/health"]  # fmt: skip
    odd = [
        "%00",
        "../",
        "..%2f",
        "\x7f",
        "é",
        "'",
        '"',
        "<script>",
        "{}",
        "%ff%fe",
        "\\",
        "//",
        "?next=//x",
        "&a=" * 30,
    ]
    methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"]
    for _ in range(count):
        place = rng.choice(known) + "".join(rng.choices(odd, k=rng.choice([0, 0, 1, 3])))
        place = place.encode("latin-1", "replace").decode("latin-1")
        headers = {"cookie": "".join(rng.choices(string.printable[:94], k=rng.randrange(60)))}
        if rng.random() < 0.1:
            headers[rng.choice(["content-length", "sec-fetch-site", "authorization", "accept-language"])] = rng.choice(
                ["-1", "abc", "9" * 30, ";;,,q=", "cross-site", "ru;q=x", "Bearer é"]
            )
        body = rng.randbytes(rng.choice([0, 10, 300]))
        answer = house.ask(place, rng.choice(methods), body=body, headers=headers)
        assert answer.status < 500, (place, answer.status)
        if place.split("?")[0] not in asked.WATCHED:
            assert BEHIND not in answer.body
        assert token.encode() not in answer.body
