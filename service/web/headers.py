"""Headers of every answer: what a browser may load and do with it, and under which id the log speaks of it."""

import uuid
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_YEAR = 365 * 24 * 60 * 60
_EVERYWHERE = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
_OURS = frozenset(name for name, _ in _EVERYWHERE) | {b"content-security-policy", b"strict-transport-security"}


def pages_policy(scripts: Sequence[str]) -> str:
    """What the pages may load: nothing of other hosts, and of scripts in the page itself those with these hashes."""
    hashes = " ".join(f"'{each}'" for each in scripts)
    return (
        f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; frame-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    )


def entrance_policy(style: str) -> str:
    """What the pages of sign-in may load: their one style sheet, by its hash. Forms go here alone."""
    return f"default-src 'none'; style-src '{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


class Headed:
    """ASGI middleware that adds the headers to every answer of the app behind it."""

    def __init__(self, app: App, *, policy: str) -> None:
        self._app, self._policy = app, policy

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        await self._app(
            scope, receive, sending(send, request_id=uuid.uuid4().hex, policy=self._policy, is_secure=False)
        )


def sending(send: Send, *, request_id: str, policy: str, is_secure: bool) -> Send:
    """`send` with the headers of every answer added; what already says its own policy keeps it."""

    async def with_headers(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            given = {name.lower() for name, _ in message.get("headers", [])}
            own = [*_EVERYWHERE, (b"x-request-id", request_id.encode())]
            if is_secure:
                own.append((b"strict-transport-security", b"max-age=%d; includeSubDomains" % _YEAR))
            if b"content-security-policy" not in given:
                own.append((b"content-security-policy", policy.encode()))
            kept = [
                (name, value)
                for name, value in message.get("headers", [])
                if name.lower() not in _OURS or name.lower() == b"content-security-policy"
            ]
            message = {**message, "headers": [*kept, *own]}
        await send(message)

    return with_headers
