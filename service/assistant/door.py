"""The address /mcp beside the pages: who comes with a token that is good now is let through to the MCP server.

It stands in front of the gate, since a token is no session, and asks of each request what the gate does: host, origin,
size and rate. In the demonstration nobody has a token, and the address is not there.
"""

import asyncio
import json
import uuid
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from data.errors import NotLetIn, OrderbeatError, note
from data.people import cookie
from data.settings import Settings
from service.assistant import callers, server
from service.assistant.server import Asked
from service.web import asked, headers
from service.web.headers import App, Message, Receive, Send
from service.web.rates import Rates
from service.web.refusing import METHODS, refuse

PATH = "/mcp"
METADATA = "/.well-known/oauth-protected-resource"  # RFC 9728, section 3
_POLICY = "default-src 'none'; frame-ancestors 'none'"
_LARGEST = 256 * 1024  # bytes of a question
_SECONDS = 60.0  # that a request may take, its body included; a tool has less
_TOKEN_SECONDS = 10.0
_LOOKED_UP_AT_ONCE = 4
_REQUESTS_PER_SECOND, _REQUESTS_AT_ONCE = 20, 200
_ASKED = "orderbeat.asked"


class Door:
    """ASGI middleware in front of the gate; it answers at /mcp and says at RFC 9728's address who gives tokens."""

    def __init__(self, app: App, *, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._rates = Rates(per_second=_REQUESTS_PER_SECOND, at_once=_REQUESTS_AT_ONCE)
        self._manager: StreamableHTTPSessionManager | None = None
        self._room = anyio.CapacityLimiter(_LOOKED_UP_AT_ONCE)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Passes on what is of the pages."""
        if scope["type"] == "lifespan":
            self._manager = StreamableHTTPSessionManager(
                server.server(self._settings, _of_request), json_response=True, stateless=True,
                max_request_body_size=_LARGEST,
            )  # fmt: skip
            async with self._manager.run():
                await self._app(scope, receive, send)
        elif scope["path"] == PATH or scope["path"] in (METADATA, f"{METADATA}{PATH}"):
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        request_id, is_begun = uuid.uuid4().hex, False

        async def begin(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        is_secure = cookie.is_secure(self._settings)
        tell = headers.sending(begin, request_id=request_id, policy=_POLICY, is_secure=is_secure)
        try:
            async with asyncio.timeout(_SECONDS):
                await self._asked(scope, receive, tell)
        except TimeoutError:
            if not is_begun:
                await refuse(scope, receive, tell, 408, "This did not come in time.")
        except Exception as error:
            identifier = note(error, f"request {request_id}: {PATH}")
            if not is_begun:
                await refuse(scope, receive, tell, 500, f"This went wrong. The log tells of it under {identifier}.")
            raise

    async def _asked(self, scope: Message, receive: Receive, send: Send) -> None:
        if refusal := asked.refused(scope, self._settings, is_of_a_program=True):
            await refuse(scope, receive, send, *refusal)
            return
        is_question = scope["path"] == PATH
        address = asked.address(scope, self._settings)
        caller: callers.Caller | None = None
        failure: OrderbeatError | None = None
        if is_question and scope["type"] == "http" and scope["method"] == "POST":
            try:
                caller = await self._caller(scope, address)
            except OrderbeatError as error:
                failure = error
        if wait := self._rates.wait(caller.key if caller else address):
            await refuse(scope, receive, send, 429, "Too many requests at once.", wait)
        elif scope["type"] != "http":
            await refuse(scope, receive, send, 403, "No socket is opened here.")
        elif not is_question:
            await self._metadata(scope, receive, send)
        elif caller:
            given = {**scope, _ASKED: Asked(caller, self._origin(scope))}
            assert self._manager  # noqa: S101 (a server begins before it is asked)
            await self._manager.handle_request(given, receive, _kept_by_nobody(send))
        elif isinstance(failure, NotLetIn) or scope["method"] != "POST":
            await self._without_token(scope, send)
        else:
            await refuse(scope, receive, send, 503, "Whose token this is cannot be looked up now. Try again soon.")

    async def _caller(self, scope: Message, address: str) -> callers.Caller:
        kind, _, token = (asked.header(scope, b"authorization") or "").partition(" ")
        if kind.lower() != "bearer":
            raise callers.not_let_in()
        look = partial(callers.of_token, self._settings, token.strip(), self._origin(scope) + PATH, address)
        with anyio.move_on_after(_TOKEN_SECONDS):
            return await anyio.to_thread.run_sync(look, abandon_on_cancel=True, limiter=self._room)
        raise OrderbeatError("It takes too long to look up whose token this is.")

    def _origin(self, scope: Message) -> str:
        """Where people and programs reach this server; the host was held to its names before."""
        return self._settings.url or f"http://{asked.header(scope, b'host')}"

    async def _metadata(self, scope: Message, receive: Receive, send: Send) -> None:
        """Who gives tokens for this address."""
        if scope["method"] not in METHODS:
            await refuse(scope, receive, send, 405, "Nothing is taken in here.")
            return
        told: dict[str, Any] = {
            "resource": self._origin(scope) + PATH,
            "resource_name": "Orderbeat",
            "bearer_methods_supported": ["header"],
        }
        if "oidc" in self._settings.sign_in:
            told["authorization_servers"] = [self._settings.oidc_issuer]
        await _say(send, 200, told, is_head=scope["method"] == "HEAD")

    async def _without_token(self, scope: Message, send: Send) -> None:
        """401 that says where a client learns who gives tokens; there is no stream to open, nor a session to end."""
        if scope["method"] != "POST":
            await _say(send, 405, {"error": "Questions are sent by POST."}, (b"allow", b"POST"))
            return
        where = f'Bearer resource_metadata="{self._origin(scope)}{METADATA}{PATH}"'
        if asked.header(scope, b"authorization"):
            where += ', error="invalid_token"'
        error = callers.not_let_in()
        told = {"error": "invalid_token", "error_description": f"{error.what} {error.cause} {error.remedy}"}
        await _say(send, 401, told, (b"www-authenticate", where.encode()), (b"connection", b"close"))


def _of_request(ctx: ServerRequestContext[Any, Any]) -> Asked:
    """Who asks: whom the door let through with this very request."""
    found: Asked = ctx.request.scope[_ASKED]  # type: ignore[union-attr] # there is a request wherever there is a door
    return found


def _kept_by_nobody(send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"cache-control", b"no-store")]}
        await send(message)

    return told


async def _say(send: Send, status: int, what: Any, *more: tuple[bytes, bytes], is_head: bool = False) -> None:
    body = json.dumps(what).encode()
    said = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"),
            (b"content-length", str(len(body)).encode()), *more]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": b"" if is_head else body})
