"""The one address that is read without a session: /calendar/<token>.ics, by whatever program somebody subscribed with.

Whoever has the token reads; every other one is told the same, whether it never was, is over, or its owner is not let
in any more.
"""

import hashlib

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

from data.errors import NothingLoaded
from data.people.store import open_store
from data.settings import Settings
from presentation import words
from service import calendar
from service.web import asked
from service.web.headers import App, Message, Receive, Send

PLACE = "/calendar/"
_NO_SUCH = "There is no such calendar.\n"
_PRIVATE = {"cache-control": "private, max-age=900", "x-robots-tag": "noindex"}


def app(settings: Settings) -> App:
    """The ASGI app of everything below /calendar/."""

    async def endpoint(request: Request) -> Response:
        asked_in = request.query_params.get("language", "")
        at = settings.url or f"{request.url.scheme}://{request.headers.get('host', '')}"
        try:
            body = await run_in_threadpool(
                calendar.read,
                open_store(settings),
                request.path_params["token"],
                asked_in if asked_in in words.LANGUAGES else words.DEFAULT,
                at=at,
                address=asked.address(request.scope, settings),
            )
        except NothingLoaded:
            return PlainTextResponse("Nothing is loaded yet.\n", 503, {"cache-control": "no-store"})
        if body is None:
            return _nowhere()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        said = {**_PRIVATE, "etag": etag}
        if etag in {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}:
            return Response(status_code=304, headers=said)
        return Response(body, headers=said, media_type="text/calendar")

    async def nowhere(_request: Request) -> Response:
        return _nowhere()

    return Router([Route(PLACE + "{token}.ics", endpoint, methods=["GET"]), Route("/{rest:path}", nowhere)])


def _nowhere() -> Response:
    return PlainTextResponse(_NO_SUCH, 404, {"cache-control": "no-store"})


class Beside:
    """ASGI middleware of the demonstration: what is asked below /calendar/ is answered here, behind the wall."""

    def __init__(self, app: App, *, calendars: App) -> None:
        self._app, self._calendars = app, calendars

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Passes on everything else."""
        is_of_calendar = scope["type"] == "http" and scope["path"].startswith(PLACE)
        await (self._calendars if is_of_calendar else self._app)(scope, receive, send)
