"""The demo's wall: it answers this computer alone, under its own names, and takes in what somebody may load.

The demo has no sign-in, so whoever reaches it sees every customer. Four doors are closed:

- listening elsewhere: what counts is what the process really listens on, however it was started;
- a name of somebody else's that leads here (DNS rebinding): each request must name this computer and this port;
- a page of another site or of another port in the browser of whoever looks: its requests name their origin;
- files of sessions whose person may not load (data/people/uploads.py).
"""

import asyncio
import ipaddress
import logging
import os
import re
import signal
import socket
import stat
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.middleware import Middleware

from data.errors import note
from data.people import uploads

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]

_log = logging.getLogger("orderbeat.wall")

OWN_NAMES = ("localhost", "127.0.0.1", "::1")
# The pages read and ask over the socket; nothing but files is sent to them in any other way.
METHODS = ("GET", "HEAD")
UPLOAD = re.compile(r"/_stcore/upload_file/([\w-]+)/[\w-]+")
_OPEN_FILES = Path("/dev/fd")
_POLICY_VIOLATION = 1008
_POLL_SECONDS = 0.02

WITHOUT_SIGN_IN = "Without sign-in everybody who reaches the server would see every customer."


def middleware() -> Middleware:
    """The wall of the demonstration, to be stood in front of the app."""
    return Middleware(Wall, refuses=refused, why_here=WITHOUT_SIGN_IN)


class Wall:
    """ASGI middleware that lets through what comes from this computer to this computer, and refuses everything else.

    A server that already listens elsewhere is refused to start; one that begins to afterwards, as plain uvicorn does,
    is stopped, and answers nobody meanwhile. `refuses` says why a request or a socket is not let through, as one line;
    `why_here` why this server listens on this computer alone.
    """

    def __init__(self, app: _App, *, refuses: Callable[[_Message], str], why_here: str) -> None:
        self._app, self._refuses, self._why_here = app, refuses, why_here
        self._is_at_home = False
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Passes the connection on, or refuses it with 403 or, for another method than reading, 405."""
        if scope["type"] == "lifespan":
            await self._start(scope, receive, send)
        elif refusal := self._listening_elsewhere() or self._refuses(scope):
            await _refuse(scope, receive, send, refusal)
        else:
            try:
                await self._app(scope, receive, send)
            except Exception as error:
                note(error, f"{scope['type']} {scope['path']}")
                raise

    async def _start(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        if refusal := self._listening_elsewhere():
            await receive()
            await send({"type": "lifespan.startup.failed", "message": refusal})
            return
        if not self._is_at_home:
            self._watch = asyncio.create_task(self._stop_if_elsewhere())
        await self._app(scope, receive, send)

    async def _stop_if_elsewhere(self) -> None:
        """Waits until the server listens, and ends the process if that is elsewhere."""
        while _OPEN_FILES.exists() and not self._is_at_home:  # noqa: ASYNC240 (asks the kernel, not a disk)
            if refusal := self._listening_elsewhere():
                _log.error(refusal)
                os.kill(os.getpid(), signal.SIGTERM)
                return
            await asyncio.sleep(_POLL_SECONDS)

    def _listening_elsewhere(self) -> str:
        """Why this server may not serve; nothing once it is known to listen here alone, or as long as it does not."""
        if self._is_at_home:
            return ""
        listening = [*listening_on()]
        elsewhere = [address for address in listening if not is_loopback(address)]
        if elsewhere:
            return (
                f"Orderbeat refuses to listen on {', '.join(elsewhere)}.\n"
                f"{self._why_here}\n"
                "Start it on 127.0.0.1, as `make run` does."
            )
        self._is_at_home = bool(listening)
        return ""


def listening_on() -> Iterator[str]:
    """What this process listens on: IP addresses, and paths of Unix sockets. Nothing where that cannot be looked up."""
    with suppress(OSError):
        for path in [*_OPEN_FILES.iterdir()]:
            with suppress(OSError):
                if not stat.S_ISSOCK(os.fstat(int(path.name)).st_mode):
                    continue
                with socket.socket(fileno=os.dup(int(path.name))) as opened:
                    if opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                        address = opened.getsockname()
                        yield str(address[0]) if isinstance(address, tuple) else f"the socket {address!r}"


def is_loopback(address: str) -> bool:
    """Whether an IP address leads to this computer alone."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def refused(scope: _Message) -> str:
    """Why a request or a socket is not let through, as one line; nothing if it is."""
    server = scope.get("server")
    if not server or server[1] is None or not is_loopback(server[0]):
        return "It did not come to this computer's own address."
    port = int(server[1])
    headers = scope["headers"]
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not _is_own(b"http://" + hosts[0], port):
        return f"The demo answers http://localhost:{port} and http://127.0.0.1:{port} alone."
    if any(not _is_own(value, port) for name, value in headers if name == b"origin") or _is_of_another_site(headers):
        return "Pages of other sites may not ask the demo."
    if scope["type"] == "http" and scope["method"] not in METHODS:
        return _not_taken(scope)
    return ""


def _not_taken(scope: _Message) -> str:
    """Why nothing is taken in: only files are, from sessions whose person may load, and only so many."""
    upload = UPLOAD.fullmatch(scope["path"])
    if not upload or scope["method"] not in ("PUT", "DELETE"):
        return "Nothing is taken in here."
    if scope["method"] == "DELETE":
        return "" if uploads.takes_back(upload[1]) else "Nothing is taken in here."
    return "" if uploads.takes(upload[1]) else "No file is taken from this session."


def _is_own(origin: bytes, port: int) -> bool:
    """Whether "scheme://name:port" is one of the demo's."""
    try:
        parts = urlsplit(origin.decode("ascii"))
        default_port = {"http": 80, "https": 443}[parts.scheme]
        named_port = parts.port or default_port
    except (ValueError, KeyError):
        return False
    bare = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    is_bare = bare.strip("[]").lower() == parts.hostname and not parts.path and not parts.query and not parts.fragment
    return is_bare and parts.hostname in OWN_NAMES and named_port == port


def _is_of_another_site(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a browser says that another page asks; following a link to the demo is no question of that page."""
    said = dict(headers)
    if said.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin"):
        return False
    return (said.get(b"sec-fetch-mode"), said.get(b"sec-fetch-dest")) != (b"navigate", b"document")


async def _refuse(scope: _Message, receive: _Receive, send: _Send, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": why})
        return
    status = 403 if scope["method"] in METHODS else 405
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    headers += [(b"allow", ", ".join(METHODS).encode())] if status == 405 else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{why}\n".encode()})
