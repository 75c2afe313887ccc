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
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from starlette.middleware import Middleware

from data.errors import note
from service.web.headers import App, Message, Receive, Send
from service.web.refusing import METHODS, not_taken, refuse

_log = logging.getLogger("orderbeat.wall")

OWN_NAMES = ("localhost", "127.0.0.1", "::1")
_OPEN_FILES = Path("/dev/fd")
_POLL_SECONDS = 0.02

WITHOUT_SIGN_IN = "Without sign-in everybody who reaches the server would see every customer."


def middleware() -> Middleware:
    """The wall of the demonstration, to be stood in front of the app."""
    return Middleware(Wall, refuses=refused, why_here=WITHOUT_SIGN_IN)


class Wall:
    """ASGI middleware that lets through what comes from this computer to this computer, and refuses everything else.

    A server that already listens elsewhere is refused to start; one that begins to afterwards, as plain uvicorn does,
    is stopped, and answers nobody meanwhile. `refuses` says why a request or a socket is not let through, as a status
    and one line, None if it is; `why_here` why this server listens on this computer alone.
    """

    def __init__(self, app: App, *, refuses: Callable[[Message], tuple[int, str] | None], why_here: str) -> None:
        self._app, self._refuses, self._why_here = app, refuses, why_here
        self._is_at_home = False
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Passes the connection on, or refuses it with 403 or, for another method than reading, 405."""
        if scope["type"] == "lifespan":
            await self._start(scope, receive, send)
        elif elsewhere := self._listening_elsewhere():
            await refuse(scope, receive, send, 403, elsewhere)
        elif refusal := self._refuses(scope):
            await refuse(scope, receive, send, *refusal)
        else:
            try:
                await self._app(scope, receive, send)
            except Exception as error:
                note(error, f"{scope['type']} {scope['path']}")
                raise

    async def _start(self, scope: Message, receive: Receive, send: Send) -> None:
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


def refused(scope: Message) -> tuple[int, str] | None:
    """Why a request or a socket is not let through: a status and one line; None if it is."""
    server = scope.get("server")
    if not server or server[1] is None or not is_loopback(server[0]):
        return 403, "It did not come to this computer's own address."
    port = int(server[1])
    headers = scope["headers"]
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not _is_own(b"http://" + hosts[0], port):
        return 403, f"The demo answers http://localhost:{port} and http://127.0.0.1:{port} alone."
    if any(not _is_own(value, port) for name, value in headers if name == b"origin") or _is_of_another_site(headers):
        return 403, "Pages of other sites may not ask the demo."
    if scope["type"] == "http" and scope["method"] not in METHODS:
        return not_taken(scope, lambda _: True)
    return None


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
