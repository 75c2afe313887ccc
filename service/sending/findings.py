"""What rules of somebody's own found anew, put into the outbox once, for whom mail or a channel is open."""

import datetime as dt
from collections.abc import Sequence

from data.people import digests, ways
from data.people.reached import Reached, everybody
from data.people.store import Store, outgoing, subscriptions
from data.people.store import own_rules as kept
from data.people.store.own_rules import Rule
from data.settings import Settings
from data.warehouse import access
from data.warehouse.access import Snapshot
from presentation import words
from presentation.digest import findings
from presentation.digest.findings import Found
from service import own_rules
from service.sending import contents
from service.sending.problems import going_on


def plan(where: Settings, store: Store, now: dt.datetime) -> list[str]:
    """Looks at the rules of everybody with the newest data, and puts what is new into the outbox.

    For whom neither mail nor a channel is open, what is new stands on the page alone. Gives what went wrong, a line
    each. Raises NothingLoaded.
    """
    shown = access.snapshot()
    rules = kept.everybodys(store)
    if not rules:
        return []
    wrong: list[str] = []
    for whom in everybody(store):
        key = whom.person.key
        with going_on(wrong, f"What rules found for {key} was not put down", f"what rules found for {key}"):
            _put(where, store, shown, whom, rules, now)
        words.settle(None)
    own_rules.look(where)  # of those who are told on the page alone
    return wrong


def _put(
    where: Settings, store: Store, shown: Snapshot, whom: Reached, rules: Sequence[Rule], now: dt.datetime
) -> None:
    wished = subscriptions.of(store, whom.person.key)
    channel_id = wished.wish.channel_id if wished else ""
    if not ways.is_open(store, digests.way_of(channel_id), whom.person):
        return
    if new := own_rules.new_findings(store, whom.person, shown, rules):
        # Who has no digest never chose a language; a rule is set in one.
        language = wished.wish.language if wished else new[0].rule.language or words.DEFAULT
        words.settle(language)
        made = findings.report([Found(each.rule.condition, each.told) for each in new], shown, where.address)
        ids = sorted(each.id for each in new)
        letter = outgoing.draft(
            whom.person.key, "rule", ids[0], now=now, subject=made.subject, channel_id=channel_id,
            reads=digests.reads(whom.person), language=language,
            content=contents.of(store, made, channel_id),
        )  # fmt: skip
        outgoing.put_findings(store, letter, ids)
