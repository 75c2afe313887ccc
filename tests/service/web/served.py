"""A server that people sign in to, and what a stranger, a rep and a director send it over real sockets."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from data.people.person import Role
from data.people.store import Store, open_store
from data.people.store.accounts.sessions import Entered
from data.settings import PROJECT, current
from tests.browser import chromium
from tests.data.people.store import accounts_help
from tests.data.people.store.help import GOOD, NUMBERS

STREAM = "/_stcore/stream"
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        """The last value of a header, "" without one."""
        return (self.all(name) or [""])[-1]


class Served:
    """A server over a home, the store behind it, and all that it said."""

    def __init__(self, home: Path, port: int, log: Path, cookie: str) -> None:
        self.port, self.log, self.cookie = port, log, cookie
        self.host = f"127.0.0.1:{port}"
        self.origin = f"http://{self.host}"
        self.store: Store = open_store(replace(current(), home=home, store=""))
        self.admin = accounts_help.first(self.store, f"first{next(NUMBERS)}@example.org")

    def enter(self, *roles: Role, **more: Any) -> Entered:
        """Somebody new of these roles comes in."""
        account = accounts_help.invited(self.store, self.admin, *roles, **more)
        return accounts_help.come_in(self.store, self.admin, account)

    def sign_in(self, *roles: Role, **more: Any) -> str:
        """The cookie of somebody new of these roles, who comes in by the form."""
        account = accounts_help.invited(self.store, self.admin, *roles, **more)
        accounts_help.come_in(self.store, self.admin, account)
        answer = self.send_form("/sign-in", email=account.email, password=GOOD)
        assert answer.status == 303, answer
        return answer.one("set-cookie").partition(";")[0].partition("=")[2]

    def send_form(self, path: str, token: str = "", **fields: Any) -> Answer:
        """A form of the pages of sign-in."""
        kind = {"Content_Type": "application/x-www-form-urlencoded"}
        return self.ask(path, "POST", token, urlencode(fields).encode(), **kind)

    def ask(self, path: str, method: str = "GET", token: str = "", body: bytes | None = None, **more: Any) -> Answer:
        """One raw request. Names of further headers have underscores for hyphens; None leaves a header away."""
        given = {"Host": self.host, "Origin": None if method in ("GET", "HEAD") else self.origin,
                 "Cookie": f"{self.cookie}={token}" if token else None,
                 "Content-Length": None if body is None else str(len(body)),
                 **{name.replace("_", "-"): value for name, value in more.items()}}  # fmt: skip
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                for each in value if isinstance(value, list) else [value]:
                    if each is not None:
                        connection.putheader(name, each)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())

    def tab(self, token: str, before: str = "", **headers: str) -> ClientConnection:
        """A tab's socket; `before` is the id of the tab it says it was."""
        named = ["streamlit", "none", *([before] if before else [])]
        cookie = {"Cookie": f"{self.cookie}={token}"} if token else {}
        return connect(
            f"ws://{self.host}{STREAM}", origin=Origin(headers.pop("Origin", self.origin)),
            subprotocols=[*map(Subprotocol, named)],
            additional_headers={**cookie, **headers}, max_size=None, open_timeout=PATIENCE_SECONDS, proxy=None,
        )  # fmt: skip


@contextmanager
def served(home: Path, log: Path, *, port: int = 0, **settings: str) -> Iterator[Served]:
    """`python -m service serve` over that home with these ORDERBEAT_* settings, stopped at the end."""
    port = port or chromium.free_port()
    told = {"ORDERBEAT_SIGN_IN": "accounts", **settings}
    secure = told.get("ORDERBEAT_URL", "").startswith("https:")
    with log.open("w") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "service", "serve", "--port", str(port)],
            cwd=PROJECT, env={**os.environ, "ORDERBEAT_HOME": str(home), **told}, stdout=said, stderr=said,
        )  # fmt: skip
        try:
            _wait(server, port, log)
            yield Served(home, port, log, "__Host-orderbeat" if secure else "orderbeat")
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until it listens."""
    for _ in range(int(20 * PATIENCE_SECONDS)):
        if server.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError(f"The server ended, or never listened: {log.read_text()}")


def run_page(tab: ClientConnection, page: str = "", query: str = "") -> list[ForwardMsg]:
    """What a tab is told until its page has run to the end."""
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = page
    tab.send(message.SerializeToString())
    return until(tab, "script_finished")


def until(tab: ClientConnection, kind: str) -> list[ForwardMsg]:
    """What a tab is told up to a message of that kind, or to its end."""
    told: list[ForwardMsg] = []
    try:
        while not told or told[-1].WhichOneof("type") != kind:
            told.append(ForwardMsg.FromString(tab.recv(PATIENCE_SECONDS)))
    except ConnectionClosed:
        pass
    return told


def id_of(told: list[ForwardMsg]) -> str:
    """The tab's own id, of what it was told."""
    return next(each.new_session.initialize.session_id for each in told if each.HasField("new_session"))


def is_led_away(told: list[ForwardMsg]) -> bool:
    """Whether nothing was told but to go to the page of sign-in."""
    return [each.WhichOneof("type") for each in told] == ["auth_redirect"]
