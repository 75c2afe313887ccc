"""The calendar of whoever a token is of: read without a session, in their name, from their own file."""

import datetime as dt
from collections.abc import Mapping

from data.people import ways
from data.people.store import Store, audit, tokens
from data.warehouse import access, whoever
from data.warehouse.reading import reading
from presentation import calendar, words

_NOTED_EVERY = dt.timedelta(minutes=1)


def read(store: Store, secret: str, language: str, *, at: str, address: str = "") -> bytes | None:
    """The calendar, in a language; None for any token that opens none.

    Such a token is unknown, over, for something else, or of somebody who is not let in any more or for whom calendars
    are not open. `at` is where the server answers, `address` where the request came from. Each read is in the audit,
    those of one minute once. Raises NothingLoaded.
    """
    token = tokens.of_secret(store, secret, "calendar")
    person = whoever.one(store, token.account_id) if token else None
    if token is None or person is None or not ways.is_open(store, "calendar", person):
        return None
    shown = access.snapshot()
    words.settle(language)
    try:
        found = calendar.entries(reading(person, shown), person, shown, at)
        body = calendar.written(found, shown)
    finally:
        words.settle(None)
    if token.used_at is None or dt.datetime.now(dt.UTC) - token.used_at > _NOTED_EVERY:
        detail: Mapping[str, object] = {"snapshot": shown.name, "events": len(found)}
        audit.note(store, by=person.author, did="calendar_read", about=token.id, detail=detail, address=address)
    return body
