"""A server that assistants ask, over a company whose names tell whose they are; people, and their tokens."""

import re
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import httpx2
import uvicorn
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from data.people import reached, ways
from data.people.person import Person, Role
from data.people.store import Store, open_store, tokens
from data.people.store.accounts import people
from data.people.ways import Way
from data.settings import Settings
from pages.ui import wire
from service.web import front
from service.web.headers import App
from tests.data.people.store.accounts_help import first
from tests.pages import test_leaks as leaks

ROLES: tuple[Role, ...] = ("admin", "director", "lead", "rep", "ecommerce")
BOUND: dict[Role, dict[str, str]] = {"lead": {"team": "R3"}, "rep": {"rep": "R5"}}
# Whose rows each of them sees.
SEES = {"admin": leaks.SCOPES["director"], "director": leaks.SCOPES["director"], "lead": leaks.SCOPES["lead:R3"],
        "rep": leaks.SCOPES["rep:R5"], "ecommerce": leaks.SCOPES["ecommerce"]}  # fmt: skip
TOKEN = re.compile(r"(customer|order|quote|person)-(R\d)-(\d+)")


async def behind(scope: Any, receive: Any, send: Any) -> None:
    """What stands behind the gate."""
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        del message
        await send({"type": "lifespan.shutdown.complete"})


def whole(settings: Settings) -> App:
    """What stands in front of the pages, without them."""
    app: App = behind
    for each in reversed(front.middleware(settings, wire)):
        app = each.cls(app, *each.args, **each.kwargs)
    return app


@dataclass
class Asked:
    """What a tool answered: its structured content, and whether it is a refusal."""

    answer: dict[str, Any]
    is_refused: bool
    text: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.answer["rows"])


@dataclass
class House:
    """The server, its store, and a person of each role with a token that reads."""

    settings: Settings
    address: str = ""
    store: Store = field(init=False)
    admin: Person = field(init=False)
    accounts: dict[Role, str] = field(default_factory=dict)
    secrets: dict[Role, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = open_store(self.settings)
        self.admin = first(self.store)
        self.open("assistant", *ROLES)
        for role in ROLES:
            email, bound = f"{role}@example.org", BOUND.get(role, {})
            account = people.invite(self.store, self.admin, email=email, name=role.title(), roles=[role], **bound)
            self.accounts[role] = account.id
            self.secrets[role] = self.token(role)

    def person(self, role: Role) -> Person:
        found = reached.somebody(self.store, self.accounts[role])
        assert found
        return found.person

    def token(self, role: Role, *, may_write: bool = False, days: int = 30) -> str:
        return tokens.make(self.store, self.person(role), "assistant", "Laptop", days=days, may_write=may_write).secret

    def open(self, way: Way, *roles: Role) -> None:
        ways.set_open(self.store, self.admin, way, roles)

    def ask(self, secret: str, *calls: tuple[str, dict[str, Any]]) -> list[Asked]:
        """What an official client is answered, one call after the other."""

        async def each(client: Client) -> list[Asked]:
            return [asked(await client.call_tool(name, arguments)) for name, arguments in calls]

        return self.within(secret, each)

    def within(self, secret: str, do: Callable[[Client], Coroutine[Any, Any, Any]], **how: Any) -> Any:
        """What comes of something that an official client does with that token."""
        return anyio.run(partial(self.client, secret, do, **how))

    async def client(self, secret: str, do: Callable[[Client], Coroutine[Any, Any, Any]], **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http:
            transport = streamable_http_client(f"{self.address}/mcp", http_client=http)
            async with Client(transport, **how) as client:
                return await do(client)

    def post(self, path: str = "/mcp", method: str = "POST", **headers: str) -> httpx2.Response:
        """One raw question, that lists the tools."""
        question = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        return self.send(question if method == "POST" else None, path, method, **headers)

    def send(self, question: Any, path: str = "/mcp", method: str = "POST", **headers: str) -> httpx2.Response:
        """A raw question."""
        accepted = {"accept": "application/json, text/event-stream"}
        with httpx2.Client(trust_env=False, timeout=60) as http:
            return http.request(method, f"{self.address}{path}", json=question, headers=accepted | headers)

    @staticmethod
    def wire() -> Any:
        """What understands the pages' own talk."""
        return wire


@contextmanager
def served(house: House, port: int = 0) -> Iterator[House]:
    """The house on a port of this computer, by default one that is free."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        house.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(whole(house.settings), log_level="warning", lifespan="on"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.02)
        try:
            yield house
        finally:
            server.should_exit = True
            thread.join()


def asked(result: CallToolResult) -> Asked:
    """The result of a tool as tests look at it: what is structured and what is text say the same."""
    (text,) = result.content
    answer = result.structured_content
    assert answer is not None
    return Asked(answer, bool(result.is_error), getattr(text, "text", ""))
