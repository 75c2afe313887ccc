"""The gate and the pages of sign-in over a real store, in front of an app that says who came through."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher

from data.people import cookie
from data.people.person import Person, Role
from data.people.store import Store, open_store
from data.people.store.accounts import coming_in, links, people
from data.settings import Settings
from pages.ui import wire
from service.web import entrance
from service.web.gate import Gate

PASSWORD = "wooden ladder over a river"
BEHIND = b"behind the gate"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Unforeseen(Exception):
    """What a test lets fail behind the gate; the answer is looked at nevertheless."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value.decode() for key, value in self.headers if key.decode() == name), "")

    @property
    def text(self) -> str:
        return self.body.decode()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """What stands behind the gate: it takes the body in, and says that somebody came through."""
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.disconnect":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": BEHIND})


@dataclass
class House:
    """A gate with its store; `jar` is what a browser keeps of cookies."""

    settings: Settings
    jar: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store: Store = open_store(self.settings)
        self.gate = Gate(app, settings=self.settings, entrance=entrance.app(self.settings), wire=wire)
        link = links.first_administrator(self.store, email="ada@example.com", name="Ada")
        self.admin = Person(links.link_of(self.store, link.token).account_id, "Ada", frozenset({"admin"}), "director")
        coming_in.by_link(self.store, token=link.token, password=PASSWORD, hasher=QUICK)

    @property
    def host(self) -> str:
        return self.settings.url.partition("://")[2] or "127.0.0.1:8501"

    @property
    def origin(self) -> str:
        return self.settings.url or f"http://{self.host}"

    def invited(self, name: str, *roles: Role, rep: str | None = None) -> str:
        email = f"{name}@example.com"
        return people.invite(self.store, self.admin, email=email, name=name, roles=frozenset(roles), rep=rep).id

    def signed_in(self, name: str, *roles: Role, rep: str | None = None) -> tuple[str, str]:
        """The account and the token of somebody new who is in."""
        account = self.invited(name, *roles, rep=rep)
        link = links.invitation(self.store, self.admin, account)
        entered = coming_in.by_link(self.store, token=link.token, password=PASSWORD, hasher=QUICK)
        return account, entered.token

    def carrying(self, token: str) -> dict[str, str]:
        return {"cookie": f"{cookie.name(self.settings)}={token}"}

    def ask(self, path: str, method: str = "GET", form: dict[str, str] | None = None, **how: Any) -> Answer:
        """What the gate answers; the cookies of the jar go along unless the headers say others."""
        headers: dict[str, str] = {"host": self.host, **how.pop("headers", {})}
        if "cookie" not in headers and self.jar:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        body = urlencode(form or {}).encode() if form is not None else how.pop("body", b"")
        if method not in ("GET", "HEAD"):
            headers.setdefault("origin", self.origin)
            headers.setdefault("content-length", str(len(body)))
            headers.setdefault("content-type", "application/x-www-form-urlencoded")
        place, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": place, "raw_path": place.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8501),
        } | how  # fmt: skip
        answer = asyncio.run(_answered(self.gate, scope, body))
        for key, value in answer.headers:
            if key == b"set-cookie":
                self._keep(value.decode())
        return answer

    def _keep(self, said: str) -> None:
        for name, morsel in SimpleCookie(said).items():
            if morsel["max-age"] == "0":
                self.jar.pop(name, None)
            else:
                self.jar[name] = morsel.value


async def _answered(gate: Any, scope: Any, body: bytes) -> Answer:
    sent: list[Any] = []
    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return given.pop(0) if given else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    with suppress(Unforeseen):
        await gate(scope, receive, send)
    (start,) = [each for each in sent if each["type"] == "http.response.start"]
    return Answer(start["status"], start["headers"], b"".join(each.get("body", b"") for each in sent))
