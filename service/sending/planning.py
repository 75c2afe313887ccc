"""Which digests are due, and what they say: put into the outbox together with what their readers were told by them."""

import datetime as dt
import json

from data.people import digests, ways
from data.people.reached import Reached, everybody
from data.people.store import Store, outgoing, subscriptions
from data.people.store.subscriptions import Subscription
from data.settings import Settings
from data.warehouse import access
from data.warehouse.access import Snapshot
from data.warehouse.reading import reading
from presentation import addresses, words
from presentation.digest.content import digest
from presentation.digest.memory import remembered, seen
from service.sending import contents
from service.sending.problems import going_on


def plan(where: Settings, store: Store, now: dt.datetime) -> list[str]:
    """Puts every digest that is due into the outbox, and gives what went wrong, a line each.

    Whoever has nothing new, no open way or one still waiting gets none. New data are looked into for everybody, so that
    it is known what was off a list between two digests.
    """
    wished = subscriptions.everybodys(store)
    if not wished:
        return []
    shown = access.snapshot()
    people = {each.person.key: each for each in everybody(store)}
    scopes = access.scopes()
    wrong: list[str] = []
    for subscription in wished:
        whom = people.get(subscription.account_id)
        if whom is None or whom.person.scope not in scopes:
            continue
        key = subscription.account_id
        with going_on(wrong, f"The digest of {key} was not made", f"the digest of {key}"):
            _look(where, store, shown, subscription, whom, now)
        words.settle(None)
    return wrong


def _look(
    where: Settings, store: Store, shown: Snapshot, subscription: Subscription, whom: Reached, now: dt.datetime
) -> None:
    person, wish = whom.person, subscription.wish
    reads = digests.reads(person)
    into = json.dumps([reads, shown.path.name, shown.built_at])
    due = subscription.due(now)
    if due is None and subscription.looked_into == into:
        return
    if not ways.is_open(store, digests.way_of(wish.channel_id), person):
        return
    if due is not None and outgoing.has_waiting(store, subscription.account_id, "digest"):
        return
    is_same = bool(subscription.looked_into) and json.loads(subscription.looked_into)[0] == reads
    told = remembered(subscription.told) if is_same else None
    if due is None and told is None:
        return
    words.settle(wish.language)
    made = digest(person, reading(person, shown), shown, told, where.address)
    if due is None:
        assert told is not None  # noqa: S101 (said above; for the types)
        outgoing.looked(store, subscription, into=into, told=seen(told, made.still_open).as_text())
        return
    is_news = made.news.has_come if wish.rhythm == "new" else made.news.is_any
    if not is_news:
        kept = seen(told, made.still_open) if told else made.memory
        outgoing.looked(store, subscription, into=into, told=kept.as_text(), at=due)
        return
    letter = outgoing.draft(
        subscription.account_id, "digest", due.isoformat(), now=now, subject=made.subject, reads=reads,
        channel_id=wish.channel_id, language=wish.language,
        content=contents.of(store, made, wish.channel_id, addresses.ending(subscription.stop, at=where.address)),
    )  # fmt: skip
    outgoing.looked(store, subscription, into=into, told=made.memory.as_text(), at=due, letter=letter)
