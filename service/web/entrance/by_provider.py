"""Coming in by way of the company's identity provider."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from data.errors import OrderbeatError
from data.people import cookie, open_sessions
from data.people.store.accounts import coming_in, flows
from data.settings import Settings
from presentation.words import text
from service.web import asked, oidc, page
from service.web.entrance.by_password import asking, with_provider
from service.web.entrance.visit import Visit, end_former, going_on, nowhere, own_place

_FLOW_SECONDS = int(flows.LASTS.total_seconds())


async def go(visit: Visit) -> Response:
    """Leads to the identity provider."""
    if "oidc" not in visit.settings.sign_in:
        return await nowhere(visit)
    try:
        going = await _at_provider(oidc.going, visit.settings)
    except OrderbeatError as error:
        return asking(visit, error)
    await run_in_threadpool(
        flows.begin, visit.store, provider=visit.settings.oidc_issuer, state=going.state, nonce=going.nonce,
        verifier=going.verifier, browser=going.browser, next=visit.next,
    )  # fmt: skip
    # By a page, since a browser holds all that a form leads to, however far, to the hosts that forms may go to.
    on, here = page.onward(going.address, text("Go on")), going_on(visit, "/sign-in")
    answer = visit.shown(with_provider(visit.settings), on, here=here, leads_to=going.address)
    answer.headers.append("set-cookie", visit.kept(_flow_cookie(visit.settings), going.browser, _FLOW_SECONDS))
    return answer


async def come_back(visit: Visit) -> Response:
    """Takes what the provider says of somebody, and lets them in."""
    if "oidc" not in visit.settings.sign_in:
        return await nowhere(visit)
    asked_for = visit.request.query_params
    browser = asked.cookie(visit.request.scope, _flow_cookie(visit.settings))
    flow = await run_in_threadpool(flows.take, visit.store, asked_for.get("state", ""), browser) if browser else None
    try:
        if flow is None:
            raise oidc.no_longer()
        visit.next = own_place(flow.next)
        claims = await _at_provider(oidc.identity, visit.settings, flow, dict(asked_for))
        entered = await run_in_threadpool(
            coming_in.with_identity, visit.store, issuer=claims.issuer, subject=claims.subject, email=claims.email,
            is_email_verified=claims.is_email_verified, name=claims.name, groups=claims.groups,
            address=visit.address, device=visit.device, lasts=open_sessions.lasts(visit.settings),
        )  # fmt: skip
    except OrderbeatError as error:
        answer = asking(visit, error)
    else:
        await end_former(visit)
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
