"""The pages by which people come in, set a password or a second factor, see their sessions, and go out."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from data.errors import NotLetIn, OrderbeatError, SecondFactorNeeded, TooManyAttempts
from data.people import cookie
from data.people.store import Store, open_store
from data.people.store.accounts import coming_in, flows, half_way, links, own_password, people, second_factor, sessions
from data.people.store.accounts.sessions import Entered, Session
from data.settings import Settings
from presentation import words
from presentation.words import N_, text
from service.web import asked, headers, oidc, page, sitting
from service.web.headers import App

_LARGEST_FORM = 16 * 1024
_FORM_SECONDS = 30.0
_OWN_PLACE = re.compile(r"/(?![/\\])[^\\\x00-\x20]*")
_FLOW_SECONDS = int(flows.LASTS.total_seconds())
_HALF_WAY_SECONDS = int(half_way.LASTS.total_seconds())
_RATHER = 303

_Answer = Callable[["_Visit"], Awaitable[Response]]


class _Visit:
    """One request of a page of sign-in: what was sent, in which language, and by whom if they are in."""

    def __init__(self, request: Request, settings: Settings, form: dict[str, str]) -> None:
        self.request, self.settings, self.form = request, settings, form
        self.language = _language(request, form)
        self.token = asked.cookie(request.scope, cookie.name(settings))
        self.address = asked.address(request.scope, settings)
        self.device = request.headers.get("user-agent", "")
        self.next = _own_place(form.get("next") or request.query_params.get("next", ""))

    @property
    def store(self) -> Store:
        return open_store(self.settings)

    async def session(self) -> Session | None:
        return await run_in_threadpool(sitting.session, self.settings, self.token) if self.token else None

    def shown(self, title: str, *parts: str, status: int = 200, here: str = "", leads_to: str = "") -> HTMLResponse:
        place = here or self.request.url.path
        if self.next and not here:
            place += "?" + urlencode({"next": self.next})
        body = page.whole(title, *parts, language=self.language, here=place, leads_to=leads_to)
        policy = headers.entrance_policy(page.STYLE_HASH)
        said = {"content-security-policy": policy, "cache-control": "no-store"}
        return HTMLResponse(body, status, said)

    def let_in(self, entered: Entered) -> Response:
        """To where they were going, with the cookie of the session; one they came with no longer counts."""
        answer = RedirectResponse(self.next or "/", _RATHER, {"cache-control": "no-store"})
        seconds = int(self.settings.session_hours * 3600)
        answer.headers.append("set-cookie", self.kept(cookie.name(self.settings), entered.token, seconds))
        return answer

    def kept(self, name: str, value: str, seconds: int) -> str:
        return asked.set_cookie(name, value, is_secure=cookie.is_secure(self.settings), seconds=seconds)


def app(settings: Settings) -> App:
    """The ASGI app of everything below /sign-in, and of /sign-out."""

    def route(path: str, answer: _Answer, *methods: str) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                form = await _form(request)
            except ValueError as error:
                return Response(f"{error}\n", 413, media_type="text/plain")
            except (TimeoutError, ClientDisconnect):
                return Response("This form did not come in time.\n", 408, media_type="text/plain")
            visit = _Visit(request, settings, form)
            words.settle(visit.language)
            return await answer(visit)

        return Route(path, endpoint, methods=[*methods])

    routes = [
        route("/sign-in", _ask, "GET"),
        route("/sign-in", _password, "POST"),
        route("/sign-in/code", _ask_code, "GET"),
        route("/sign-in/code", _code, "POST"),
        route("/sign-in/link/{token}", _link, "GET"),
        route("/sign-in/link/{token}", _set_password, "POST"),
        route("/sign-in/second-factor", _second_factor, "GET", "POST"),
        route("/sign-in/password", _own_password, "GET", "POST"),
        route("/sign-in/sessions", _sessions, "GET"),
        route("/sign-in/sessions", _end, "POST"),
        route("/sign-in/oidc", _to_provider, "POST"),
        route("/sign-in/oidc/callback", _from_provider, "GET"),
        route("/sign-out", _ask_out, "GET"),
        route("/sign-out", _out, "POST"),
        route("/{rest:path}", _nowhere, "GET", "POST"),
    ]
    return ExceptionMiddleware(Router(routes))  # what fails is the gate's to answer and to log


async def _nowhere(visit: _Visit) -> Response:
    return visit.shown(page.missing(), page.link("/sign-in", text("Sign in"), ""), status=404, here="/sign-in")


async def _ask(visit: _Visit) -> Response:
    if await visit.session():
        return RedirectResponse(visit.next or "/", _RATHER, {"cache-control": "no-store"})
    return _asking(visit)


def _asking(visit: _Visit, error: OrderbeatError | None = None) -> Response:
    parts = [_refusal(error)] if error else []
    carried = page.hidden(next=visit.next, language=visit.language)
    if "accounts" in visit.settings.sign_in:
        fields = [
            page.field("email", text("E-mail"), kind="email", fill="username", value=visit.form.get("email", ""),
                       has_focus=True),
            page.field("password", text("Password"), kind="password", fill="current-password"),
        ]  # fmt: skip
        parts.append(page.form("/sign-in", *fields, carried, button=text("Sign in")))
        parts.append(page.said(text("No password yet, or forgotten? Ask your administrator for a link."), "soft"))
    if "oidc" in visit.settings.sign_in:
        is_main = "accounts" not in visit.settings.sign_in
        parts.append(page.form("/sign-in/oidc", carried, button=_with_provider(visit.settings), is_main=is_main))
    return visit.shown(text("Sign in"), *parts, status=_status(error), here=_going_on(visit, "/sign-in"))


def _with_provider(settings: Settings) -> str:
    return text("Sign in with {name}", name=settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or "")


def _going_on(visit: _Visit, place: str) -> str:
    """A page of sign-in from which one goes on to where one was going."""
    return place + ("?" + urlencode({"next": visit.next}) if visit.next else "")


async def _password(visit: _Visit) -> Response:
    if "accounts" not in visit.settings.sign_in:
        return await _nowhere(visit)
    try:
        entered = await run_in_threadpool(
            coming_in.with_password, visit.store,
            email=visit.form.get("email", ""), password=visit.form.get("password", ""),
            address=visit.address, device=visit.device, lasts=sitting.lasts(visit.settings),
        )  # fmt: skip
    except SecondFactorNeeded as needed:
        answer = RedirectResponse(_going_on(visit, "/sign-in/code"), _RATHER, {"cache-control": "no-store"})
        kept = visit.kept(_half_way_cookie(visit.settings), needed.half_way, _HALF_WAY_SECONDS)
        answer.headers.append("set-cookie", kept)
        return answer
    except OrderbeatError as error:
        return _asking(visit, error)
    await _end_former(visit)
    return visit.let_in(entered)


async def _ask_code(visit: _Visit) -> Response:
    """The password was right: the code alone is asked for."""
    token = asked.cookie(visit.request.scope, _half_way_cookie(visit.settings))
    if not await run_in_threadpool(coming_in.is_half_way, visit.store, token):
        return RedirectResponse(_going_on(visit, "/sign-in"), _RATHER, {"cache-control": "no-store"})
    return _asking_code(visit)


def _asking_code(visit: _Visit, error: OrderbeatError | None = None) -> Response:
    field = page.field(
        "code", text("Code of your second factor, or a recovery code"), fill="one-time-code", has_focus=True
    )
    carried = page.hidden(next=visit.next, language=visit.language)
    return visit.shown(
        text("Second factor"),
        *([_refusal(error)] if error else []),
        page.form("/sign-in/code", field, carried, button=text("Sign in")),
        page.link(_going_on(visit, "/sign-in"), text("Back"), ""),
        status=_status(error),
        here=_going_on(visit, "/sign-in/code"),
    )


async def _code(visit: _Visit) -> Response:
    name = _half_way_cookie(visit.settings)
    token = asked.cookie(visit.request.scope, name)
    try:
        entered = await run_in_threadpool(
            coming_in.with_code, visit.store, token=token, code=visit.form.get("code", ""),
            address=visit.address, device=visit.device, lasts=sitting.lasts(visit.settings),
        )  # fmt: skip
    except OrderbeatError as error:
        if await run_in_threadpool(coming_in.is_half_way, visit.store, token):
            return _asking_code(visit, error)
        answer = _asking(visit, error)
    else:
        await _end_former(visit)
        answer = visit.let_in(entered)
    answer.headers.append("set-cookie", visit.kept(name, "", 0))
    return answer


def _half_way_cookie(settings: Settings) -> str:
    return f"{cookie.name(settings)}-half-way"


async def _link(visit: _Visit) -> Response:
    try:
        found = await run_in_threadpool(links.link_of, visit.store, visit.request.path_params["token"])
    except OrderbeatError as error:
        return visit.shown(text("This link opens nothing"), _refusal(error), status=_status(error))
    return _setting(visit, found)


def _setting(visit: _Visit, found: links.Invited, error: OrderbeatError | None = None) -> Response:
    parts = [_refusal(error)] if error else []
    parts.append(page.said(text("For {name}, {email}.", name=found.name, email=found.email)))
    fields = [
        page.hidden(email=found.email, language=visit.language),
        *_new_password(has_focus=True),
    ]
    if found.has_second_factor:
        fields.append(page.field("code", text("Code of your second factor, or a recovery code"), fill="one-time-code"))
    parts.append(page.form(visit.request.url.path, *fields, button=text("Set it and come in")))
    parts.append(_good_password())
    return visit.shown(text("Set your password"), *parts, status=_status(error))


async def _set_password(visit: _Visit) -> Response:
    token = visit.request.path_params["token"]
    try:
        found = await run_in_threadpool(links.link_of, visit.store, token)
    except OrderbeatError as error:
        return visit.shown(text("This link opens nothing"), _refusal(error), status=_status(error))
    try:
        _require_twice_the_same(visit.form)
        entered = await run_in_threadpool(
            coming_in.by_link, visit.store,
            token=token, password=visit.form.get("password", ""), code=visit.form.get("code", ""),
            address=visit.address, device=visit.device, lasts=sitting.lasts(visit.settings),
        )  # fmt: skip
    except OrderbeatError as error:
        return _setting(visit, found, error)
    await _end_former(visit)
    return visit.let_in(entered)


async def _second_factor(visit: _Visit) -> Response:
    session = await visit.session()
    if session is None:
        return RedirectResponse("/sign-in", _RATHER)
    error: OrderbeatError | None = None
    if visit.request.method == "POST":
        try:
            codes = await run_in_threadpool(
                second_factor.confirm, visit.store, session.account_id, visit.form.get("code", "")
            )
        except OrderbeatError as wrong:
            error = wrong
        else:
            return visit.shown(
                text("Your second factor is set"),
                page.said(text("Keep these recovery codes: each opens the door once, without your app.")),
                *map(page.code, codes),
                page.said(text("They are not shown again."), "soft"),
                page.link("/", text("Go on")),
            )
    # After a wrong code the key stays: the app knows it already.
    begin = second_factor.begun if error else second_factor.begin
    try:
        begun = await run_in_threadpool(begin, visit.store, session.account_id)
    except OrderbeatError as known:
        return visit.shown(text("Second factor"), _refusal(known), page.link("/", text("Go on")), status=_status(known))
    parts = [_refusal(error)] if error else []
    if session.needs_second_factor:
        parts.append(page.said(text("Your role asks for a second factor before you go on.")))
    parts += [
        page.said(text("Enter this key in an app for one-time codes, by hand or by the link below it:")),
        page.code(" ".join(re.findall(".{1,4}", begun.secret))),
        page.link(begun.uri, text("Open it in an app on this device"), ""),
        page.form(
            "/sign-in/second-factor",
            page.hidden(language=visit.language),
            page.field("code", text("The code that the app shows"), fill="one-time-code", has_focus=True),
            button=text("Set it"),
        ),
        page.link("/sign-out", text("Sign out"), ""),
    ]
    return visit.shown(text("Set a second factor"), *parts, status=_status(error))


async def _own_password(visit: _Visit) -> Response:
    session = await visit.session()
    if session is None:
        return RedirectResponse("/sign-in?next=/sign-in/password", _RATHER)
    back = page.link("/sign-in/sessions", text("Back"), "")
    error: OrderbeatError | None = None
    if visit.request.method == "POST":
        try:
            _require_twice_the_same(visit.form)
            await run_in_threadpool(
                own_password.change, visit.store, session,
                old=visit.form.get("old", ""), new=visit.form.get("password", ""), address=visit.address,
            )  # fmt: skip
        except OrderbeatError as wrong:
            error = wrong
        else:
            over = page.said(text("Every other session of yours has ended."))
            return visit.shown(text("Your password is set"), over, back)
    account = await run_in_threadpool(people.find, visit.store, session.person, session.account_id)
    parts = [_refusal(error)] if error else []
    if account.has_password:
        fields = [
            page.hidden(language=visit.language),
            page.field("old", text("Old password"), kind="password", fill="current-password", has_focus=True),
            *_new_password(),
        ]
        parts.append(page.form("/sign-in/password", *fields, button=text("Set it")))
        parts.append(_good_password())
    elif not error:
        parts.append(page.said(text("You have no password here: the identity provider lets you in.")))
    return visit.shown(text("Set your password"), *parts, back, status=_status(error))


def _new_password(*, has_focus: bool = False) -> list[str]:
    return [
        page.field("password", text("New password"), kind="password", fill="new-password", has_focus=has_focus),
        page.field("again", text("The same once more"), kind="password", fill="new-password"),
    ]


def _good_password() -> str:
    return page.said(text("At least 12 characters. A few words in a row are easy to keep in mind."), "soft")


def _require_twice_the_same(form: Mapping[str, str]) -> None:
    if form.get("password", "") != form.get("again", ""):
        raise NotLetIn(N_("The two passwords are not the same."), "", N_("Type it twice."))


async def _sessions(visit: _Visit) -> Response:
    session = await visit.session()
    if session is None:
        return RedirectResponse("/sign-in?next=/sign-in/sessions", _RATHER)
    found = await run_in_threadpool(sessions.of, visit.store, session.account_id, idle=sitting.idle(visit.settings))
    rows = []
    for each in found:
        lines = [
            page.said(each.device or text("An unknown browser")),
            page.said(
                text(
                    "From {address}, last seen {seen} UTC, since {began} UTC",
                    address=each.address or "?",
                    seen=f"{each.seen_at:%Y-%m-%d %H:%M}",
                    began=f"{each.began_at:%Y-%m-%d %H:%M}",
                ),
                "soft",
            ),
        ]
        if each.id == session.id:
            lines.append(page.said(text("This one"), "soft"))
        else:
            which = page.hidden(session=each.id, language=visit.language)
            lines.append(page.form("/sign-in/sessions", which, button=text("End it"), is_main=False))
        rows.append("".join(lines))
    everywhere = page.hidden(session="everywhere", language=visit.language)
    return visit.shown(
        text("Where you are signed in"),
        page.listed(rows),
        page.form("/sign-in/sessions", everywhere, button=text("Sign out everywhere else"), is_main=False),
        page.link("/sign-in/password", text("Change the password"), ""),
        page.link("/sign-in/second-factor", text("Second factor"), ""),
        page.link("/sign-out", text("Sign out here"), ""),
        page.link("/", text("Back"), ""),
    )


async def _end(visit: _Visit) -> Response:
    session = await visit.session()
    if session is None:
        return RedirectResponse("/sign-in", _RATHER)
    which = visit.form.get("session", "")
    try:
        if which == "everywhere":
            await run_in_threadpool(
                sessions.end_everywhere, visit.store, session.person, session.account_id, session.id
            )
        else:
            await run_in_threadpool(sessions.end_one, visit.store, session, which)
    except OrderbeatError as error:
        return visit.shown(
            text("Where you are signed in"), _refusal(error), page.link("/sign-in/sessions", text("Back"), "")
        )
    return RedirectResponse("/sign-in/sessions", _RATHER)


async def _ask_out(visit: _Visit) -> Response:
    carried = page.hidden(language=visit.language)
    button = page.form("/sign-out", carried, button=text("Sign out"))
    return visit.shown(text("Sign out"), button, page.link("/", text("Back"), ""))


async def _out(visit: _Visit) -> Response:
    await _end_former(visit)
    answer = RedirectResponse("/sign-in", _RATHER, {"cache-control": "no-store", "clear-site-data": '"cache"'})
    answer.headers.append("set-cookie", visit.kept(cookie.name(visit.settings), "", 0))
    return answer


async def _end_former(visit: _Visit) -> None:
    """The session of the cookie that came along is over: nobody goes on in it, whoever set it."""
    if visit.token:
        await run_in_threadpool(sessions.end, visit.store, visit.token, address=visit.address)


async def _to_provider(visit: _Visit) -> Response:
    if "oidc" not in visit.settings.sign_in:
        return await _nowhere(visit)
    try:
        going = await _at_provider(oidc.going, visit.settings)
    except OrderbeatError as error:
        return _asking(visit, error)
    await run_in_threadpool(
        flows.begin, visit.store, provider=visit.settings.oidc_issuer, state=going.state, nonce=going.nonce,
        verifier=going.verifier, browser=going.browser, next=visit.next,
    )  # fmt: skip
    # By a page, since a browser holds all that a form leads to, however far, to the hosts that forms may go to.
    on, here = page.link(going.address, text("Go on")), _going_on(visit, "/sign-in")
    answer = visit.shown(_with_provider(visit.settings), on, here=here, leads_to=going.address)
    answer.headers.append("set-cookie", visit.kept(_flow_cookie(visit.settings), going.browser, _FLOW_SECONDS))
    return answer


async def _from_provider(visit: _Visit) -> Response:
    if "oidc" not in visit.settings.sign_in:
        return await _nowhere(visit)
    asked_for = visit.request.query_params
    browser = asked.cookie(visit.request.scope, _flow_cookie(visit.settings))
    flow = await run_in_threadpool(flows.take, visit.store, asked_for.get("state", ""), browser) if browser else None
    try:
        if flow is None:
            raise oidc.no_longer()
        visit.next = _own_place(flow.next)
        claims = await _at_provider(oidc.identity, visit.settings, flow, dict(asked_for))
        entered = await run_in_threadpool(
            coming_in.with_identity, visit.store, issuer=claims.issuer, subject=claims.subject, email=claims.email,
            is_email_verified=claims.is_email_verified, name=claims.name, groups=claims.groups,
            address=visit.address, device=visit.device, lasts=sitting.lasts(visit.settings),
        )  # fmt: skip
    except OrderbeatError as error:
        answer = _asking(visit, error)
    else:
        await _end_former(visit)
        answer = visit.let_in(entered)
    answer.headers.append("set-cookie", visit.kept(_flow_cookie(visit.settings), "", 0))
    return answer


async def _at_provider(ask: Callable[..., Any], *about: Any) -> Any:
    """What the provider is asked, which may take its time, but not ours: it has threads of its own and an end."""
    try:
        async with asyncio.timeout(oidc.SECONDS):
            return await asyncio.to_thread(ask, *about)
    except TimeoutError:
        raise oidc.away() from None


def _flow_cookie(settings: Settings) -> str:
    return f"{cookie.name(settings)}-flow"


def _refusal(error: OrderbeatError) -> str:
    return page.refusal(*(words.text_in(words.language(), line) for line in (error.what, error.cause, error.remedy)))


def _status(error: OrderbeatError | None) -> int:
    if error is None or isinstance(error, SecondFactorNeeded):
        return 200
    if isinstance(error, TooManyAttempts):
        return 429
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


def _own_place(place: str) -> str:
    """A place of this server alone, "" for any other."""
    return place if len(place) < 2000 and _OWN_PLACE.fullmatch(place) else ""


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent.

    Raises ValueError for one that is too large, TimeoutError for one that takes too long, ClientDisconnect.
    """
    if request.method != "POST":
        return {}
    body = b""
    async with asyncio.timeout(_FORM_SECONDS):
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST_FORM:
                raise ValueError("This form is too large.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))
