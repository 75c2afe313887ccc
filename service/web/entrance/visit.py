"""One request of a page of sign-in, and what these pages share."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from data.errors import (
    Damaged,
    DiskProblem,
    FromNewerRelease,
    NotLetIn,
    OrderbeatError,
    SecondFactorNeeded,
    StoreUnavailable,
    TooManyAttempts,
)
from data.people import cookie, open_sessions
from data.people.store import Store, open_store
from data.people.store.accounts import sessions
from data.people.store.accounts.sessions import Entered, Session
from data.settings import Settings
from presentation import words
from presentation.words import N_, text
from service.web import asked, headers, page

_log = logging.getLogger("orderbeat.sign_in")

RATHER = 303
FORM_SECONDS = 30.0
_LARGEST_FORM = 16 * 1024
_OWN_PLACE = re.compile(r"/(?![/\\])[^\\\x00-\x20]*")


class Visit:
    """One request of a page of sign-in: what was sent, in which language, and by whom if they are in."""

    def __init__(self, request: Request, settings: Settings, form: dict[str, str]) -> None:
        self.request, self.settings, self.form = request, settings, form
        self.language = _language(request, form)
        self.token = asked.cookie(request.scope, cookie.name(settings))
        self.address = asked.address(request.scope, settings)
        self.device = request.headers.get("user-agent", "")
        self.next = own_place(form.get("next") or request.query_params.get("next", ""))

    @property
    def store(self) -> Store:
        """Where accounts and sessions are."""
        return open_store(self.settings)

    async def session(self) -> Session | None:
        """Whose session the cookie is, None where it is of none that is good."""
        return await run_in_threadpool(open_sessions.session, self.settings, self.token)

    def shown(self, title: str, *parts: str, status: int = 200, here: str = "", leads_to: str = "") -> HTMLResponse:
        """A whole page of these parts; `here` is its address where it is another, `leads_to` where it goes on to."""
        place = here or self.request.url.path
        if self.next and not here:
            place += "?" + urlencode({"next": self.next})
        body = page.whole(title, *parts, language=self.language, here=place, leads_to=leads_to)
        policy = headers.entrance_policy(page.STYLE_HASH)
        said = {"content-security-policy": policy, "cache-control": "no-store"}
        return HTMLResponse(body, status, said)

    def let_in(self, entered: Entered) -> Response:
        """To where they were going, with the cookie of the session; one they came with no longer counts."""
        answer = RedirectResponse(self.next or "/", RATHER, {"cache-control": "no-store"})
        seconds = int(self.settings.session_hours * 3600)
        answer.headers.append("set-cookie", self.kept(cookie.name(self.settings), entered.token, seconds))
        return answer

    def kept(self, name: str, value: str, seconds: int) -> str:
        """A cookie as a header says it; 0 seconds take it away."""
        return asked.set_cookie(name, value, is_secure=cookie.is_secure(self.settings), seconds=seconds)


Answer = Callable[[Visit], Awaitable[Response]]


async def nowhere(visit: Visit) -> Response:
    """What is at an address where nothing is."""
    return visit.shown(page.missing(), page.link("/sign-in", text("Sign in")), status=404, here="/sign-in")


async def end_former(visit: Visit) -> None:
    """The session of the cookie that came along is over: nobody goes on in it, whoever set it."""
    if visit.token:
        await run_in_threadpool(sessions.end, visit.store, visit.token, address=visit.address)


def going_on(visit: Visit, place: str) -> str:
    """A page of sign-in from which one goes on to where one was going."""
    return place + ("?" + urlencode({"next": visit.next}) if visit.next else "")


def new_password(*, has_focus: bool = False) -> list[str]:
    """The two fields of a new password."""
    return [
        page.field("password", text("New password"), kind="password", fill="new-password", has_focus=has_focus),
        page.field("again", text("The same once more"), kind="password", fill="new-password"),
    ]


def good_password() -> str:
    """What a password has to be."""
    return page.said(text("At least 12 characters. A few words in a row are easy to keep in mind."), "soft")


def require_twice_the_same(form: Mapping[str, str]) -> None:
    """Raises NotLetIn where a new password was typed in two ways."""
    if form.get("password", "") != form.get("again", ""):
        raise NotLetIn(N_("The two passwords are not the same."), "", N_("Type it twice."))


def refusal(error: OrderbeatError) -> str:
    """What went wrong, in the reader's language; what is wrong with the server is for its log, not for strangers."""
    if _is_of_the_server(error):
        _log.error("sign-in: %s %s", error.what, error.cause)
        error = OrderbeatError(N_("Nobody can come in at the moment."), "", N_("Try again soon."))
    return page.refusal(*(words.text_in(words.language(), line) for line in (error.what, error.cause, error.remedy)))


def _is_of_the_server(error: OrderbeatError) -> bool:
    return isinstance(error, (StoreUnavailable, DiskProblem, Damaged, FromNewerRelease))


def status(error: OrderbeatError | None) -> int:
    """The status of an answer with that error."""
    if error is None or isinstance(error, SecondFactorNeeded):
        return 200
    if isinstance(error, TooManyAttempts):
        return 429
    if _is_of_the_server(error):
        return 503
    return 403 if isinstance(error, NotLetIn) else 400


def _language(request: Request, form: dict[str, str]) -> str:
    """The language that was chosen here, else the first of the browser's that is one of ours."""
    chosen = form.get("language") or request.query_params.get("language", "")
    if chosen in words.LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].split("-")[0].strip().lower()
        if code in words.LANGUAGES:
            return code
    return words.DEFAULT


def own_place(place: str) -> str:
    """A place of this server alone, "" for any other."""
    return place if len(place) < 2000 and _OWN_PLACE.fullmatch(place) else ""


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form that was sent.

    Raises ValueError for one that is too large, TimeoutError for one that takes too long, ClientDisconnect.
    """
    if request.method != "POST":
        return {}
    body = b""
    async with asyncio.timeout(FORM_SECONDS):
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST_FORM:
                raise ValueError("This form is too large.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))
