"""What somebody opens who is in: the own password, second factor and sessions, and the way out."""

import re

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from data.errors import OrderbeatError
from data.people import cookie, open_sessions
from data.people.store.accounts import own_password, people, second_factor, sessions
from presentation.words import text
from service.web import page
from service.web.entrance.visit import (
    RATHER,
    Visit,
    end_former,
    good_password,
    new_password,
    refusal,
    require_twice_the_same,
    status,
)


async def set_second_factor(visit: Visit) -> Response:
    """Shows the key of a second factor, and sets it once its first code is right."""
    session = await visit.session()
    if session is None:
        return RedirectResponse("/sign-in", RATHER)
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
                page.onward("/", text("Go on")),
            )
    # After a wrong code the key stays: the app knows it already.
    begin = second_factor.begun if error else second_factor.begin
    try:
        begun = await run_in_threadpool(begin, visit.store, session.account_id)
    except OrderbeatError as known:
        return visit.shown(text("Second factor"), refusal(known), page.onward("/", text("Go on")), status=status(known))
    parts = [refusal(error)] if error else []
    if session.needs_second_factor:
        parts.append(page.said(text("Your role asks for a second factor before you go on.")))
    parts += [
        page.said(text("Enter this key in an app for one-time codes, by hand or by the link below it:")),
        page.code(" ".join(re.findall(".{1,4}", begun.secret))),
        page.link(begun.uri, text("Open it in an app on this device")),
        page.form(
            "/sign-in/second-factor",
            page.hidden(language=visit.language),
            page.field("code", text("The code that the app shows"), fill="one-time-code", has_focus=True),
            button=text("Set it"),
        ),
        page.link("/sign-out", text("Sign out")),
    ]
    return visit.shown(text("Set a second factor"), *parts, status=status(error))


async def change_password(visit: Visit) -> Response:
    """Takes the old password and a new one."""
    session = await visit.session()
    if session is None:
        return RedirectResponse("/sign-in?next=/sign-in/password", RATHER)
    back = page.link("/sign-in/sessions", text("Back"))
    error: OrderbeatError | None = None
    if visit.request.method == "POST":
        try:
            require_twice_the_same(visit.form)
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
    parts = [refusal(error)] if error else []
    if account.has_password:
        fields = [
            page.hidden(language=visit.language),
            page.field("old", text("Old password"), kind="password", fill="current-password", has_focus=True),
            *new_password(),
        ]
        parts.append(page.form("/sign-in/password", *fields, button=text("Set it")))
        parts.append(good_password())
    elif not error:
        parts.append(page.said(text("You have no password here: the identity provider lets you in.")))
    return visit.shown(text("Set your password"), *parts, back, status=status(error))


async def list_sessions(visit: Visit) -> Response:
    """Where somebody is signed in."""
    session = await visit.session()
    if session is None:
        return RedirectResponse("/sign-in?next=/sign-in/sessions", RATHER)
    found = await run_in_threadpool(
        sessions.of, visit.store, session.account_id, idle=open_sessions.idle(visit.settings)
    )
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
    left = await run_in_threadpool(second_factor.left, visit.store, session.account_id)
    everywhere = page.hidden(session="everywhere", language=visit.language)
    return visit.shown(
        text("Where you are signed in"),
        page.listed(rows),
        page.form("/sign-in/sessions", everywhere, button=text("Sign out everywhere else"), is_main=False),
        page.link("/sign-in/password", text("Change the password")),
        page.link("/sign-in/second-factor", text("Second factor")),
        *([page.said(text("Recovery codes left: {count}", count=left), "soft")] if left else []),
        page.link("/sign-out", text("Sign out here")),
        page.link("/", text("Back")),
    )


async def end_sessions(visit: Visit) -> Response:
    """Ends one of the own sessions, or all others."""
    session = await visit.session()
    if session is None:
        return RedirectResponse("/sign-in", RATHER)
    which = visit.form.get("session", "")
    try:
        if which == "everywhere":
            await run_in_threadpool(
                sessions.end_everywhere, visit.store, session.person, session.account_id, session.id
            )
        else:
            await run_in_threadpool(sessions.end_one, visit.store, session.person, which, address=visit.address)
    except OrderbeatError as error:
        return visit.shown(
            text("Where you are signed in"), refusal(error), page.link("/sign-in/sessions", text("Back"))
        )
    return RedirectResponse("/sign-in/sessions", RATHER)


async def ask_out(visit: Visit) -> Response:
    """Asks whether to sign out: a link alone must not do it."""
    carried = page.hidden(language=visit.language)
    button = page.form("/sign-out", carried, button=text("Sign out"))
    return visit.shown(text("Sign out"), button, page.link("/", text("Back")))


async def sign_out(visit: Visit) -> Response:
    """Ends the session."""
    await end_former(visit)
    answer = RedirectResponse("/sign-in", RATHER, {"cache-control": "no-store", "clear-site-data": '"cache"'})
    answer.headers.append("set-cookie", visit.kept(cookie.name(visit.settings), "", 0))
    return answer
