"""What an assistant may do in somebody's name where both they and an administrator let it: accept, snooze and note."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from data.people import actions
from data.people.permissions import require
from data.people.store import Deed, Item
from service.assistant.answers import Answer, whole
from service.assistant.asking import Asking
from service.assistant.tools.arguments import Customer, Words
from service.assistant.tools.lists import Kind, not_found

Subject = Annotated[Words, Field(description="subject of the reason, as explain_alert gives it")]
Version = Annotated[int, Field(ge=0, le=1_000_000, description="version of the reason, as explain_alert gives it")]
Note = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]


def accept(asking: Asking, *, customer: Customer, alert: Kind, subject: Subject, version: Version) -> Answer:
    """Accepts a reason of the work list: the person takes it up. Only where the person asked for it."""
    return _done(asking, Item(alert, customer, subject), version, Deed("accepted"))


def snooze(
    asking: Asking,
    *,
    customer: Customer,
    alert: Kind,
    subject: Subject,
    version: Version,
    days: Annotated[Literal[7, 14, 28], Field(description="from the day of the data on")] = 7,
) -> Answer:
    """Puts a reason of the work list off for some days. Only where the person asked for it."""
    until = asking.as_of + dt.timedelta(days=days)
    return _done(asking, Item(alert, customer, subject), version, Deed("snoozed", until=until))


def note(asking: Asking, *, customer: Customer, alert: Kind, subject: Subject, version: Version, text: Note) -> Answer:
    """Writes a note on a reason of the work list, signed by the person. Only where the person asked for it."""
    return _done(asking, Item(alert, customer, subject), version, Deed("noted", note=text))


def _done(asking: Asking, item: Item, version: int, deed: Deed) -> Answer:
    """Does it, if nobody did anything with the item since that version; gives where the item stands now."""
    require(asking.person, "write_by_assistant")
    if asking.file().find(item) is None:
        raise not_found()
    state = actions.act(asking.person, asking.file(), item, version, deed)
    asking.about["customer"] = item.customer_id[:100]
    stands = {"did": deed.did, "version": state.version, "status": state.status}
    until = {"until": state.until.isoformat()} if state.until else {}
    places = {"list": "work", "of": item.customer_id}
    return whole(asking, "customers", places=places, stands=stands | until)
