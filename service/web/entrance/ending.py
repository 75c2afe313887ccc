"""Ending one's mails by what stands in each of them; nobody signs in for it, and it opens nothing else."""

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from data.people.store import subscriptions
from presentation.words import text
from service.web import page
from service.web.entrance.visit import Visit


async def ask(visit: Visit) -> Response:
    """One button: a link alone ends nothing, since programs that look for viruses open every link."""
    if not await run_in_threadpool(subscriptions.is_known, visit.store, visit.request.path_params["stop"]):
        return _over(visit)
    return visit.shown(
        text("End these mails?"),
        page.said(text("Your list is no longer sent to you. You can have it sent again on the page Delivery.")),
        page.form(visit.request.url.path, page.hidden(language=visit.language), button=text("End these mails")),
    )


async def end(visit: Visit) -> Response:
    """Ends them: by that button, or by the one click of a mail program."""
    await run_in_threadpool(subscriptions.end_by, visit.store, visit.request.path_params["stop"])
    return _over(visit)


def _over(visit: Visit) -> Response:
    said = page.said(text("None of them is sent any more. You can have them sent again on the page Delivery."), "good")
    return visit.shown(text("These mails have ended"), said)
