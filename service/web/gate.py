"""The gate in front of everything: each request and each frame of a socket needs a session that is good at that moment.

What stands behind it asks nobody who he is. Only the pages of sign-in, calendars by their token, and what watchers ask
come past it.
"""

import asyncio
import logging
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool

from data.errors import OrderbeatError, note
from data.people import cookie, open_sessions
from data.people.store.accounts.sessions import Session
from data.settings import Settings
from presentation import addresses
from service.web import asked, calendars, headers, safety
from service.web.headers import App, Message, Receive, Send
from service.web.rates import Rates
from service.web.refusing import LARGEST_UPLOAD, METHODS, POLICY_VIOLATION, not_taken, refuse
from service.web.shown import Given

_log = logging.getLogger("orderbeat.gate")

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
SECOND_FACTOR = f"{SIGN_IN}/second-factor"
SWEEP_SECONDS = 2.0
_FILE = "/media/"
_STREAM = "/_stcore/stream"
_TRY_AGAIN_LATER = 1013
_LARGEST_FRAME = 4 * 1024 * 1024  # bytes of what a tab says at once; files come as uploads
_BODY_SECONDS = 120.0
# A session's requests, and what its tabs say on their sockets: somebody who types and clicks stays far below.
_REQUESTS_PER_SECOND, _REQUESTS_AT_ONCE = 40, 400
_FRAMES_PER_SECOND, _FRAMES_AT_ONCE = 50, 200


class Wire(Protocol):
    """What the gate has to understand of what a tab and the server say to each other (pages/ui/wire.py)."""

    def given(self, frame: bytes) -> Iterable[str]:
        """What a frame gives its tab: its own id, files that are promised, files that were made."""

    def asked_file(self, frame: bytes) -> str | None:
        """The promised file that a frame asks for; "" for what no page offers, None where it asks for nothing."""

    def is_by_hand(self, frame: bytes) -> bool:
        """Whether somebody did something, rather than the page by itself while nobody may be there."""

    def leading_to(self, address: str) -> bytes:
        """What leads a tab to another page of this server."""

    def inline_scripts(self) -> Sequence[str]:
        """The hashes of the scripts that stand in the page itself."""


class Tab:
    """An open tab's socket: the token it came with, and its end."""

    def __init__(self, token: str, session_id: str, send: Send, farewell: bytes) -> None:
        self.token, self.session_id, self.is_over = token, session_id, False
        self._send, self._farewell = send, farewell
        self._one_at_a_time = asyncio.Lock()

    async def tell(self, message: Message) -> None:
        """Passes on what the page says, until it is over."""
        async with self._one_at_a_time:
            if not self.is_over:
                await self._send(message)

    async def shut(self) -> None:
        """Leads the tab to the page of sign-in and ends it; nothing is said in it any more."""
        await self._end(
            {"type": "websocket.send", "bytes": self._farewell},
            {"type": "websocket.close", "code": POLICY_VIOLATION},
        )

    async def drop(self, code: int, why: str) -> None:
        """Ends the socket alone; the page tries for a new one."""
        await self._end({"type": "websocket.close", "code": code, "reason": why})

    async def _end(self, *messages: Message) -> None:
        async with self._one_at_a_time:
            if self.is_over:
                return
            self.is_over = True
            with suppress(Exception):  # the browser may have gone already
                for message in messages:
                    await self._send(message)


class Gate:
    """ASGI middleware; `entrance` answers below /sign-in and /sign-out, `wire` reads frames of the pages."""

    def __init__(self, app: App, *, settings: Settings, entrance: App, wire: Wire) -> None:
        self._app, self._entrance, self._wire, self._settings = app, entrance, wire, settings
        self._calendars = calendars.app(settings)
        self._cookie = cookie.name(settings)
        self._is_secure = cookie.is_secure(settings)
        self._policy = headers.pages_policy(wire.inline_scripts())
        self._given = Given()
        self._tabs: set[Tab] = set()
        self._sweep: asyncio.Task[None] | None = None
        self._rates = Rates(per_second=_REQUESTS_PER_SECOND, at_once=_REQUESTS_AT_ONCE)
        self._frames = Rates(per_second=_FRAMES_PER_SECOND, at_once=_FRAMES_AT_ONCE)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Passes on what has a session; leads the others to the pages of sign-in, or refuses them."""
        if scope["type"] == "lifespan":
            if refusal := safety.unsafe(self._settings):
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(refusal)})
                return
            self._sweep = asyncio.create_task(self._sweeping())
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex
        is_begun = False

        async def begin(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        tell = headers.sending(begin, request_id=request_id, policy=self._policy, is_secure=self._is_secure)
        try:
            await self._answer(scope, receive, tell)
        except OrderbeatError as error:  # the store cannot be asked, so nobody is let through
            _log.error("request %s: %s", request_id, error.what)
            if not is_begun:
                await refuse(scope, receive, tell, 503, "Who you are cannot be looked up now. Try again soon.")
        except Exception as error:
            identifier = note(error, f"request {request_id}: {scope['type']} {_without_secret(scope['path'])!r}")
            if not is_begun:
                await refuse(scope, receive, tell, 500, f"This went wrong. The log tells of it under {identifier}.")
            raise

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        if refusal := asked.refused(scope, self._settings):
            await refuse(scope, receive, send, *refusal)
            return
        path: str = scope["path"]
        if path in asked.WATCHED and scope["type"] == "http":
            await self._watched(scope, receive, send)
            return
        token = asked.cookie(scope, self._cookie)
        address = asked.address(scope, self._settings)
        is_of_entrance = scope["type"] == "http" and _is_of_entrance(path)
        is_of_calendar = scope["type"] == "http" and path.startswith(calendars.PLACE)
        session = None if is_of_entrance or is_of_calendar else await self._session(token)
        # By address unless the session is known: a token that anybody may make up would be a bucket of its own.
        if wait := self._rates.wait(session.id if session else address):
            await refuse(scope, receive, send, 429, "Too many requests at once.", wait)
        elif is_of_entrance:
            await self._entrance(scope, receive, send)
        elif is_of_calendar:
            await self._calendars(scope, receive, send)
        elif session is None:
            await self._lead_in(scope, receive, send)
        elif session.needs_second_factor:
            await self._lead_to(SECOND_FACTOR, scope, receive, send)
        elif scope["type"] == "websocket":
            await self._talk(scope, receive, Tab(token, session.id, send, self._wire.leading_to(SIGN_IN)))
        elif refusal := self._not_theirs(scope, session):
            await refuse(scope, receive, send, *refusal)
        else:
            await self._app(scope, _limited(receive), _private(send, path))

    async def _session(self, token: str, *, is_seen: bool = True) -> Session | None:
        """Whose token it is, asked of the store at each request, so that whoever is shut out is out."""
        if not token:
            return None
        return await run_in_threadpool(open_sessions.session, self._settings, token, is_seen=is_seen)

    async def _watched(self, scope: Message, receive: Receive, send: Send) -> None:
        if asked.is_of_a_watcher(scope, self._settings):
            await self._app(scope, receive, send)
        elif scope["path"] == asked.HEALTH and await self._session(asked.cookie(scope, self._cookie), is_seen=False):
            await self._app(scope, receive, send)  # a tab that looks for its server after a break
        else:
            await refuse(scope, receive, send, 404, "Not found.")

    def _not_theirs(self, scope: Message, session: Session) -> tuple[int, str] | None:
        """Why somebody who is in may not have this; None if they may."""
        path = scope["path"]
        if path.startswith(_FILE) and not self._given.has(session.id, path):
            return 404, "This file is not yours, or it is gone. Ask for it again on its page."
        if scope["method"] in METHODS:
            return None
        return not_taken(scope, lambda tab: self._given.has(session.id, tab))

    async def _lead_in(self, scope: Message, receive: Receive, send: Send) -> None:
        """To the page of sign-in, and from there back to where somebody was going."""
        place = SIGN_IN
        if scope["type"] == "http":
            wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            place = f"{SIGN_IN}?next={quote(wanted, safe='')}" if wanted != "/" else SIGN_IN
        await self._lead_to(place, scope, receive, send)

    async def _lead_to(self, place: str, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._turn_away(receive, send, scope)
        elif _goes_to_a_page(scope):
            location = [(b"location", place.encode()), (b"cache-control", b"no-store"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 303, "headers": location})
            await send({"type": "http.response.body", "body": b""})
        else:
            await refuse(scope, receive, send, 401, "Sign in first.")

    async def _turn_away(self, receive: Receive, send: Send, scope: Message) -> None:
        """A tab whose session is over learns so on its own socket, and goes to the page of sign-in."""
        message = await receive()
        if message["type"] != "websocket.connect" or scope["path"] != _STREAM:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        names = scope.get("subprotocols") or []
        await send({"type": "websocket.accept", "subprotocol": names[0] if names else None})
        await send({"type": "websocket.send", "bytes": self._wire.leading_to(SIGN_IN)})
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})

    async def _talk(self, scope: Message, receive: Receive, tab: Tab) -> None:
        """A tab's socket: its frames are passed on as long as its session is good."""

        async def hear() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                frame: bytes | None = message.get("bytes")
                if frame is None or len(frame) > _LARGEST_FRAME:
                    await tab.drop(POLICY_VIOLATION, "No page says this.")
                    return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
                # Nothing more is read meanwhile, so whoever says too much is slowed down to what others may say.
                while wait := self._frames.wait(tab.session_id):  # noqa: ASYNC110 (room comes with time alone)
                    await asyncio.sleep(wait)
                try:
                    session = (
                        None if tab.is_over else await self._session(tab.token, is_seen=self._wire.is_by_hand(frame))
                    )
                except OrderbeatError as error:  # the tab comes again by itself when the store does
                    _log.error("the socket of a tab: %s", error.what)
                    await tab.drop(_TRY_AGAIN_LATER, "Who you are cannot be looked up now.")
                    return {"type": "websocket.disconnect", "code": _TRY_AGAIN_LATER}
                if session is None or session.needs_second_factor:
                    await tab.shut()
                    return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
                wanted = self._wire.asked_file(frame)
                if wanted is None or self._given.has(tab.session_id, wanted):
                    return message

        async def tell(message: Message) -> None:
            if message["type"] == "websocket.send" and message.get("bytes"):
                for name in filter(None, self._wire.given(message["bytes"])):
                    self._given.give(tab.session_id, name)
            await tab.tell(message)

        self._tabs.add(tab)
        try:
            await self._app(self._of_their_own(scope, tab.session_id), hear, tell)
        finally:
            self._tabs.discard(tab)

    def _of_their_own(self, scope: Message, session_id: str) -> Message:
        """The handshake without the id of a tab that this session never had: Streamlit would hand that tab over."""
        kept = []
        for key, value in scope["headers"]:
            named = value
            if key == b"sec-websocket-protocol":
                parts = [part.strip() for part in value.decode("latin-1").split(",")]
                if len(parts) > 2 and not self._given.has(session_id, parts[2]):
                    parts = parts[:2]
                named = ", ".join(parts).encode("latin-1")
            kept.append((key, named))
        return {**scope, "headers": kept}

    async def _sweeping(self) -> None:
        """Shuts the sockets of sessions that are over, whether anybody moves there or not."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                tokens = {each.token for each in self._tabs}
                good = await run_in_threadpool(open_sessions.good, self._settings, tokens) if tokens else set()
                for each in [*self._tabs]:
                    if each.token in tokens - good:
                        await each.shut()
            except Exception as error:  # noqa: BLE001 (it must go on; each frame is asked about anyhow)
                note(error, "the sweep of sessions")


def _without_secret(path: str) -> str:
    """A path as the log may hold it: tokens of one-time links, of calendars and of what ends mails stand in some."""
    secret = (f"{SIGN_IN}/", calendars.PLACE, addresses.ENDING)
    return next((f"{place}..." for place in secret if path.startswith(place)), path)


def _is_of_entrance(path: str) -> bool:
    return path in (SIGN_IN, SIGN_OUT) or path.startswith((f"{SIGN_IN}/", addresses.ENDING))


def _goes_to_a_page(scope: Message) -> bool:
    """Whether a person goes somewhere, rather than a page fetching what belongs to it."""
    if scope["method"] not in METHODS or scope["path"].startswith(("/_stcore/", "/static/", _FILE)):
        return False
    return (asked.header(scope, b"sec-fetch-dest") or "document") == "document"


def _private(send: Send, path: str) -> Send:
    """Answers that hold what is somebody's are kept by no browser and no proxy."""
    if path.startswith("/static/"):
        return send

    async def kept_by_nobody(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if name.lower() != b"cache-control"]
            message = {**message, "headers": [*kept, (b"cache-control", b"no-store")]}
        await send(message)

    return kept_by_nobody


def _limited(receive: Receive) -> Receive:
    """A body that comes within its time and no longer than a file may be; else the connection counts as gone."""
    end = asyncio.get_running_loop().time() + _BODY_SECONDS
    taken = 0
    is_whole = False

    async def within() -> Message:
        nonlocal taken, is_whole
        if is_whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, end - asyncio.get_running_loop().time()))
        except TimeoutError:
            return {"type": "http.disconnect"}
        taken += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        return message if taken <= LARGEST_UPLOAD else {"type": "http.disconnect"}

    return within
