"""python -m service test-mail: one mail now, to somebody of ours, to see whether mails come."""

import datetime as dt

from data.errors import BadInput, OrderbeatError
from data.people.reached import everybody
from data.people.store import audit, open_store, outgoing
from data.settings import Settings
from presentation.sentences import sending
from service.sending import sender, smtp
from service.sending.problems import NotSent

_BY = {"kind": "test", "by": "mail", "from": "the command line"}


def send(where: Settings, email: str) -> str:
    """Sends it, and says so. Raises BadInput for who is nobody of ours, OrderbeatError saying what went wrong."""
    store = open_store(where)
    whom = next((each for each in everybody(store) if each.email == email.strip().lower()), None)
    if whom is None:
        raise BadInput(
            f"Nobody of ours has the address {email}.",
            "Mails go to people who are let in, and to nobody else.",
            "Name the address of an account, such as that of the first administrator.",
        )
    now = dt.datetime.now(dt.UTC)
    letter = outgoing.draft(whom.person.key, "test", now.isoformat(), now=now)
    try:
        sender.require_mail(where, whom.email)
        with smtp.connected(where) as server:
            smtp.deliver(server, sender.test_mail(where, letter, whom.email), whom.email, where)
    except NotSent as error:
        audit.note(store, by=whom.person.author, did="not_sent", about=letter.id, detail=_BY | {"why": error.why})
        raise OrderbeatError("The mail was not sent.", sending.why(error.why, error.said)) from error
    audit.note(store, by=whom.person.author, did="sent", about=letter.id, detail=_BY)
    return f"Sent to {whom.email} by {where.smtp_host}:{where.smtp_port}."
