"""Coming in by a one-time link, which sets the password."""

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from data.errors import OrderbeatError
from data.people import open_sessions
from data.people.store.accounts import coming_in, links
from presentation.words import text
from service.web import page
from service.web.entrance.visit import (
    Visit,
    end_former,
    good_password,
    new_password,
    refusal,
    require_twice_the_same,
    status,
)


async def link(visit: Visit) -> Response:
    """The form that a link opens: a new password."""
    try:
        found = await run_in_threadpool(links.link_of, visit.store, visit.request.path_params["token"])
    except OrderbeatError as error:
        return visit.shown(text("This link opens nothing"), refusal(error), status=status(error))
    return _setting(visit, found)


def _setting(visit: Visit, found: links.Invited, error: OrderbeatError | None = None) -> Response:
    parts = [refusal(error)] if error else []
    parts.append(page.said(text("For {name}, {email}.", name=found.name, email=found.email)))
    fields = [
        page.hidden(email=found.email, language=visit.language),
        *new_password(has_focus=True),
    ]
    if found.has_second_factor:
        fields.append(page.field("code", text("Code of your second factor, or a recovery code"), fill="one-time-code"))
    parts.append(page.form(visit.request.url.path, *fields, button=text("Set it and come in")))
    parts.append(good_password())
    return visit.shown(text("Set your password"), *parts, status=status(error))


async def set_password(visit: Visit) -> Response:
    """Takes the password of a link, and lets its owner in."""
    token = visit.request.path_params["token"]
    try:
        found = await run_in_threadpool(links.link_of, visit.store, token)
    except OrderbeatError as error:
        return visit.shown(text("This link opens nothing"), refusal(error), status=status(error))
    try:
        require_twice_the_same(visit.form)
        entered = await run_in_threadpool(
            coming_in.by_link, visit.store,
            token=token, password=visit.form.get("password", ""), code=visit.form.get("code", ""),
            address=visit.address, device=visit.device, lasts=open_sessions.lasts(visit.settings),
        )  # fmt: skip
    except OrderbeatError as error:
        return _setting(visit, found, error)
    await end_former(visit)
    return visit.let_in(entered)
