"""What rules of somebody's own found anew, put into the outbox once, for whom mail or a channel is open."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence

from data.people import digests, ways
from data.people.person import Person
from data.people.store import Store, channels, outgoing, subscriptions
from data.settings import Settings
from data.warehouse import access
from presentation import words
from presentation.digest import findings, forms
from presentation.digest.content import Report
from presentation.digest.findings import Found
from service import own_rules
from service.own_rules import New


def plan(where: Settings, store: Store, now: dt.datetime) -> None:
    """Looks at the rules of everybody with the newest data, and puts what is new into the outbox.

    For whom neither mail nor a channel is open, what is new waits, and stands on the page. Raises NothingLoaded.
    """
    shown = access.snapshot()

    def tell(person: Person, new: Sequence[New]) -> None:
        wished = subscriptions.of(store, person.key)
        channel_id, language = (wished.wish.channel_id, wished.wish.language) if wished else ("", words.DEFAULT)
        if not ways.is_open(store, digests.way_of(channel_id), person):
            return
        words.settle(language)
        try:
            made = findings.report([Found(each.rule.condition, each.told) for each in new], shown, where.address)
            ids = sorted(each.id for each in new)
            letter = outgoing.draft(
                person.key, "rule", ids[0], now=now, subject=made.subject, channel_id=channel_id, language=language,
                reads=digests.reads(person), content=json.dumps(_content(store, made, channel_id)),
            )  # fmt: skip
            outgoing.put_findings(store, letter, ids)
        finally:
            words.settle(None)

    own_rules.look(where, tell)


def _content(store: Store, made: Report, channel_id: str) -> Mapping[str, object]:
    if not channel_id:
        return {"plain": forms.plain(made), "html": forms.html(made)}
    channel = channels.find(store, channel_id)
    return {"message": forms.message(made, channel.program)} if channel else {}
