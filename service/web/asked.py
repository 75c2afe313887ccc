"""What a request says of itself: its host and origin, the address it came from, its cookies; and whether it may ask."""

from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from data.settings import Settings
from presentation import addresses
from service.web.headers import Message
from service.web.refusing import METHODS
from service.web.wall import is_loopback

HEALTH = "/_stcore/health"
# What says how the server fares, for whoever watches it.
WATCHED = (HEALTH, "/_stcore/metrics", "/_stcore/script-health-check")
_OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
_MOST_HEADERS = 32 * 1024  # bytes
_MOST_IN_ADDRESS = 8 * 1024


def header(scope: Message, name: bytes) -> str | None:
    """The one value of a header, None where it is missing, several or no text."""
    values = [value for key, value in scope["headers"] if key == name]
    if len(values) != 1:
        return None
    try:
        return str(values[0].decode("ascii"))
    except UnicodeDecodeError:
        return None


def cookie(scope: Message, name: str) -> str:
    """The value of a cookie, "" where it is missing, sent twice with different values, or no cookie."""
    found = set()
    for key, value in scope["headers"]:
        if key != b"cookie":
            continue
        for pair in value.decode("latin-1").split(";"):
            each, _, content = pair.strip().partition("=")
            if each == name:
                found.add(content)
    return found.pop() if len(found) == 1 else ""


def set_cookie(name: str, value: str, *, is_secure: bool, seconds: int) -> str:
    """A cookie for this host alone that no script reads; `seconds` of 0 take it back. Raises ValueError."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar[name] = value
    except CookieError as error:
        raise ValueError(name) from error
    morsel = jar[name]
    morsel["path"], morsel["httponly"], morsel["samesite"], morsel["max-age"] = "/", True, "Lax", seconds
    morsel["secure"] = is_secure
    return jar[name].OutputString()


def address(scope: Message, settings: Settings) -> str:
    """Where the request came from: what the proxy says, where there is one, else the connection."""
    peer: Any = scope.get("client")
    said = header(scope, b"x-forwarded-for") if settings.is_behind_proxy else None
    return (said.rpartition(",")[2].strip() if said else str(peer[0]) if peer else "")[:64]


def is_of_a_watcher(scope: Message, settings: Settings) -> bool:
    """Whether whoever watches the server asks: from this computer, past the proxy, or with the token for it."""
    from hmac import compare_digest  # noqa: PLC0415 (asked once a minute)

    given = (header(scope, b"authorization") or "").removeprefix("Bearer ")
    if settings.watch_token and compare_digest(given.encode(), settings.watch_token.encode()):
        return True
    peer: Any = scope.get("client")
    is_forwarded = any(key in (b"x-forwarded-for", b"forwarded", b"x-real-ip") for key, _ in scope["headers"])
    return peer is not None and is_loopback(peer[0]) and not is_forwarded


def refused(scope: Message, settings: Settings, *, is_of_a_program: bool = False) -> tuple[int, str] | None:
    """Why a request or a socket may not ask at all, as status and line; None if it may.

    A program, which brings a token of its own, is of no page and so names none.
    """
    if sum(len(key) + len(value) for key, value in scope["headers"]) > _MOST_HEADERS:
        return 431, "Too much is said in the headers."
    if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > _MOST_IN_ADDRESS:
        return 414, "The address is too long."
    hosts = _hosts(scope, settings)
    host = header(scope, b"host")
    if host is None or host.lower() not in hosts:
        if scope["path"] in WATCHED and is_of_a_watcher(scope, settings):
            return None
        return 421, "This server does not answer to that name."
    origin = header(scope, b"origin")
    has_origin = any(key == b"origin" for key, _ in scope["headers"])
    if has_origin and (origin is None or not _is_ours(origin, hosts, settings)):
        return 403, "Pages of other sites may not ask here."
    if scope["type"] == "websocket" and not has_origin:
        return 403, "A socket is opened by a page."
    is_form = scope["type"] == "http" and scope["method"] not in METHODS
    if is_form and not (has_origin or is_of_a_program or _is_of_a_mail(scope)):
        return 403, "A form is sent by a page of ours."
    site = header(scope, b"sec-fetch-site") or "none"
    if site not in ("none", "same-origin"):
        goes = (header(scope, b"sec-fetch-mode"), header(scope, b"sec-fetch-dest"))
        if goes != ("navigate", "document") or scope.get("method") not in METHODS:
            return 403, "Pages of other sites may not ask here."
    return None


def _is_of_a_mail(scope: Message) -> bool:
    """Whether a mail program asks to end mails, as it does without a page: it says a secret, and no cookie counts."""
    return bool(scope["path"].startswith(addresses.ENDING))


def _hosts(scope: Message, settings: Settings) -> set[str]:
    if settings.url:
        return {urlsplit(settings.url).netloc.lower()}
    server = scope.get("server")
    port = server[1] if server else None
    return {f"{name}:{port}" for name in _OWN_NAMES} if port else set()


def _is_ours(origin: str, hosts: set[str], settings: Settings) -> bool:
    scheme, _, host = origin.partition("://")
    return host.lower() in hosts and scheme == (urlsplit(settings.url).scheme if settings.url else "http")
