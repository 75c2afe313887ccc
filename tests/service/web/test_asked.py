"""Who may ask at all: hosts, origins, sizes, where somebody is led, and the settings that are refused."""

from dataclasses import replace
from typing import Any

import pytest

from data.people import cookie
from data.settings import Settings, current
from service.web import asked, safety
from service.web.entrance import visit
from service.web.rates import Rates
from service.web.shown import Given

HOST = "127.0.0.1:8501"
SECRET = "0f8c2b7de9a14653b1c7"
PROXIED = {"url": "https://sales.example", "is_behind_proxy": True}


def settings(**given: Any) -> Settings:
    return replace(current(), **{"sign_in": frozenset({"accounts"}), "url": "", "is_behind_proxy": False, **given})


def scope(*headers: tuple[str, str], kind: str = "http", method: str = "GET", **more: Any) -> dict[str, Any]:
    said = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": kind, "method": method, "path": "/", "query_string": b"", "server": ("127.0.0.1", 8501),
            "client": ("127.0.0.1", 1), "headers": said, **more}  # fmt: skip


def status(*headers: tuple[str, str], where: Settings | None = None, **more: Any) -> int:
    refusal = asked.refused(scope(*headers, **more), where or settings())
    return refusal[0] if refusal else 200


@pytest.mark.parametrize("host", ["evil.example", f"{HOST}.evil.example", "127.0.0.1", "127.0.0.1:1", "", f"x@{HOST}"])
def test_other_hosts_are_refused(host: str) -> None:
    assert status(("host", HOST)) == 200
    assert status(("host", host)) == 421
    assert status(("host", HOST), ("host", host)) == 421
    assert status(where=settings(**PROXIED)) == 421
    assert status(("host", host), where=settings(**PROXIED)) == 421
    assert status(("host", "Sales.example"), where=settings(**PROXIED)) == 200
    assert status(("host", HOST), where=settings(**PROXIED)) == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", f"https://{HOST}", f"http://{HOST}.evil.example",
                                    f"http://{HOST}/", "\xff"])  # fmt: skip
def test_other_origins_are_refused_and_so_is_none_where_something_is_sent(origin: str) -> None:
    own = ("host", HOST)
    kinds: list[dict[str, Any]] = [{"kind": "websocket"}, {"method": "POST"}, {"method": "PUT"}, {"method": "DELETE"}]
    for more in kinds:
        assert status(own, ("origin", f"http://{HOST}"), **more) == 200
        assert status(own, ("origin", origin), **more) == 403
        assert status(own, **more) == 403
        assert status(own, ("origin", f"http://{HOST}"), ("origin", origin), **more) == 403
    assert status(own, ("origin", origin)) == 403


def test_other_sites_may_link_here_and_no_more() -> None:
    own, other = ("host", HOST), ("sec-fetch-site", "cross-site")
    going = ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")
    assert status(own, other, *going) == 200
    assert status(own, other) == 403
    assert status(own, other, going[0], ("sec-fetch-dest", "iframe")) == 403
    assert status(own, other, *going, ("origin", f"http://{HOST}"), method="POST") == 403


def test_more_than_a_browser_says_is_refused() -> None:
    assert status(("host", HOST), ("cookie", "x" * 33_000)) == 431
    assert status(("host", HOST), raw_path=b"/" * 5_000, query_string=b"x" * 5_000) == 414


def test_only_a_proxy_is_believed_where_a_request_came_from() -> None:
    said = scope(("x-forwarded-for", "192.0.2.1, 192.0.2.2"))
    assert asked.address(said, settings()) == "127.0.0.1"
    assert asked.address(said, settings(**PROXIED)) == "192.0.2.2"


def test_only_watchers_are_told_how_the_server_fares() -> None:
    from_elsewhere: dict[str, Any] = {"client": ("192.0.2.1", 1)}
    token = ("authorization", f"Bearer {SECRET}")
    assert asked.is_of_a_watcher(scope(), settings())
    assert not asked.is_of_a_watcher(scope(("x-forwarded-for", "192.0.2.1")), settings())
    assert not asked.is_of_a_watcher(scope(**from_elsewhere), settings())
    assert not asked.is_of_a_watcher(scope(token, **from_elsewhere), settings())
    assert not asked.is_of_a_watcher(scope(("authorization", "Bearer "), **from_elsewhere), settings(watch_token=""))
    assert asked.is_of_a_watcher(scope(token, **from_elsewhere), settings(watch_token=SECRET))
    assert not asked.is_of_a_watcher(scope(token, **from_elsewhere), settings(watch_token=SECRET + "x"))


def test_of_two_cookies_none_counts() -> None:
    assert asked.cookie(scope(("cookie", "a=1; orderbeat=x")), "orderbeat") == "x"
    assert asked.cookie(scope(("cookie", "orderbeat=x; orderbeat=y")), "orderbeat") == ""
    assert asked.cookie(scope(("cookie", "orderbeat=x"), ("cookie", "orderbeat=y")), "orderbeat") == ""


def test_behind_tls_a_cookie_is_held_to_it() -> None:
    secure = settings(**PROXIED)
    assert cookie.name(secure) == "__Host-orderbeat"
    assert cookie.name(settings()) == "orderbeat"
    said = asked.set_cookie(cookie.name(secure), "x", is_secure=True, seconds=60)
    assert {"__Host-orderbeat=x", "HttpOnly", "Path=/", "SameSite=Lax", "Secure", "Max-Age=60"} == {*said.split("; ")}
    assert "Secure" not in asked.set_cookie("orderbeat", "x", is_secure=False, seconds=60)


@pytest.mark.parametrize("place", ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
                                   "https:evil.example", "javascript:alert(1)", "evil.example", "/\t/evil.example",
                                   "/\r\nSet-Cookie: a=b", " /x", "/x y", "", "/" + "x" * 2_000])  # fmt: skip
def test_nobody_is_led_elsewhere(place: str) -> None:
    assert visit.own_place(place) == ""
    assert visit.own_place("/customers?c=1&x=%0d%0a") == "/customers?c=1&x=%0d%0a"


OIDC = {"url": "http://127.0.0.1:8501", "sign_in": frozenset({"oidc"}), "oidc_issuer": "https://idp.example",
        "oidc_client_id": "orderbeat", "oidc_client_secret": SECRET}  # fmt: skip


@pytest.mark.parametrize("given", [
    {"is_behind_proxy": True}, {"is_behind_proxy": True, "url": "http://sales.example"},
    {"url": "https://sales.example"}, {"url": "http://sales.example"}, {**PROXIED, "watch_token": "short"},
    {**OIDC, "oidc_issuer": ""}, {**OIDC, "oidc_client_id": ""}, {**OIDC, "oidc_client_secret": ""},
    {**OIDC, "oidc_issuer": "http://idp.example"}, {**OIDC, "oidc_client_secret": "short"},
    {**OIDC, "oidc_client_secret": "changeme-changeme-changeme"},
])  # fmt: skip
def test_unsafe_settings_are_refused(given: dict[str, Any]) -> None:
    assert safety.unsafe(settings(**given))


@pytest.mark.parametrize("given", [{}, PROXIED, OIDC, {**OIDC, "oidc_issuer": "http://localhost:9000"},
                                   {"url": "http://127.0.0.1:8501"}, {**PROXIED, "watch_token": SECRET}])  # fmt: skip
def test_safe_settings_are_not(given: dict[str, Any]) -> None:
    assert safety.unsafe(settings(**given)) is None


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    rates = Rates(per_second=2, at_once=3, now=lambda: now[0])
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 1]
    assert rates.wait("b") == 0
    now[0] = 0.5
    assert [rates.wait("a"), rates.wait("a")] == [0, 1]


def test_what_one_session_was_given_no_other_has() -> None:
    given = Given(most=2)
    given.give("a", "file")
    assert (given.has("a", "file"), given.has("b", "file")) == (True, False)
    given.give("a", "second")
    given.give("a", "third")
    assert not given.has("a", "file")
