"""Coming in by a password, and by the code of a second factor after it; and the page that offers every way in."""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from data.errors import OrderbeatError, SecondFactorNeeded
from data.people import cookie, open_sessions
from data.people.store.accounts import coming_in, half_way
from data.settings import Settings
from presentation.words import text
from service.web import asked, page
from service.web.entrance.visit import RATHER, Visit, end_former, going_on, nowhere, refusal, status

_HALF_WAY_SECONDS = int(half_way.LASTS.total_seconds())


async def ask(visit: Visit) -> Response:
    """The page that offers every way in; whoever is in goes on."""
    if await visit.session():
        return RedirectResponse(visit.next or "/", RATHER, {"cache-control": "no-store"})
    return asking(visit)


def asking(visit: Visit, error: OrderbeatError | None = None) -> Response:
    """That page, with what was wrong if anything was."""
    parts = [refusal(error)] if error else []
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
        parts.append(page.form("/sign-in/oidc", carried, button=with_provider(visit.settings), is_main=is_main))
    return visit.shown(text("Sign in"), *parts, status=status(error), here=going_on(visit, "/sign-in"))


def with_provider(settings: Settings) -> str:
    """What the button of the identity provider says."""
    return text("Sign in with {name}", name=settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or "")


async def password(visit: Visit) -> Response:
    """Takes e-mail address and password; goes on to the second factor where there is one."""
    if "accounts" not in visit.settings.sign_in:
        return await nowhere(visit)
    try:
        entered = await run_in_threadpool(
            coming_in.with_password, visit.store,
            email=visit.form.get("email", ""), password=visit.form.get("password", ""),
            address=visit.address, device=visit.device, lasts=open_sessions.lasts(visit.settings),
        )  # fmt: skip
    except SecondFactorNeeded as needed:
        answer = RedirectResponse(going_on(visit, "/sign-in/code"), RATHER, {"cache-control": "no-store"})
        kept = visit.kept(_half_way_cookie(visit.settings), needed.half_way, _HALF_WAY_SECONDS)
        answer.headers.append("set-cookie", kept)
        return answer
    except OrderbeatError as error:
        return asking(visit, error)
    await end_former(visit)
    return visit.let_in(entered)


async def ask_code(visit: Visit) -> Response:
    """The password was right: the code alone is asked for."""
    token = asked.cookie(visit.request.scope, _half_way_cookie(visit.settings))
    if not await run_in_threadpool(coming_in.is_half_way, visit.store, token):
        return RedirectResponse(going_on(visit, "/sign-in"), RATHER, {"cache-control": "no-store"})
    return _asking_code(visit)


def _asking_code(visit: Visit, error: OrderbeatError | None = None) -> Response:
    field = page.field(
        "code", text("Code of your second factor, or a recovery code"), fill="one-time-code", has_focus=True
    )
    carried = page.hidden(next=visit.next, language=visit.language)
    return visit.shown(
        text("Second factor"),
        *([refusal(error)] if error else []),
        page.form("/sign-in/code", field, carried, button=text("Sign in")),
        page.link(going_on(visit, "/sign-in"), text("Back")),
        status=status(error),
        here=going_on(visit, "/sign-in/code"),
    )


async def code(visit: Visit) -> Response:
    """Takes the code after the password; a wrong one does not ask for the password again."""
    name = _half_way_cookie(visit.settings)
    token = asked.cookie(visit.request.scope, name)
    try:
        entered = await run_in_threadpool(
            coming_in.with_code, visit.store, token=token, code=visit.form.get("code", ""),
            address=visit.address, device=visit.device, lasts=open_sessions.lasts(visit.settings),
        )  # fmt: skip
    except OrderbeatError as error:
        if await run_in_threadpool(coming_in.is_half_way, visit.store, token):
            return _asking_code(visit, error)
        answer = asking(visit, error)
    else:
        await end_former(visit)
        answer = visit.let_in(entered)
    answer.headers.append("set-cookie", visit.kept(name, "", 0))
    return answer


def _half_way_cookie(settings: Settings) -> str:
    return f"{cookie.name(settings)}-half-way"
