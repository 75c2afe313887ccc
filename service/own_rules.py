"""Rules that people set for themselves, looked at for everybody at each newly published snapshot.

Each is replayed on the own file of whoever it is of, or of the owners it was handed to, and what is new is kept before
it is told: a look that is killed is done again and finds the same. Whoever tells what is new notes that it was told
(`data.people.store.own_rules`); else it is new again.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from data.errors import AccessDenied, BadInput, QueryStopped
from data.people import ways
from data.people.person import Person
from data.people.store import Store, open_store
from data.people.store import own_rules as kept
from data.people.store.own_rules import Finding, Rule
from data.settings import Settings
from data.warehouse import access, whoever
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import reading
from data.warehouse.rules_for import rules_for
from presentation import own_rules
from presentation.own_rules import History, Told


@dataclass(frozen=True)
class New:
    """Something that a rule found for somebody and that they were not told yet; `source` is the result it is of."""

    id: str
    rule: Rule
    told: Told
    source: Result


def look(where: Settings) -> int:
    """Looks at every rule of everybody for whom rules are open; gives how many findings are new and wait to be told.

    The same snapshot is looked at once. Raises NothingLoaded.
    """
    store, shown = open_store(where), access.snapshot()
    rules, number = kept.everybodys(store), 0
    for person in whoever.everybody(store) if rules else ():
        for rule in _awake(store, person, rules, shown):
            _looked(store, person, rule, shown)
            number += len(_waiting(store, person, rule))
    return number


def new_findings(store: Store, person: Person, shown: Snapshot, rules: Sequence[Rule] | None = None) -> list[New]:
    """What rules found for somebody that is news, still stands, and was not handed over; by rule and subject.

    It looks first where that was not done yet with this snapshot. Nothing where rules are not open to them.
    """
    found: list[New] = []
    for rule in _awake(store, person, kept.everybodys(store) if rules is None else rules, shown):
        history = _looked(store, person, rule, shown)
        waiting = _waiting(store, person, rule)
        if not waiting:
            continue
        if history is None:
            history = _history(person, rule, shown)
        stands = {each.spell.subject: each for each in history.standing} if history else {}
        found += [
            New(each.id, rule, own_rules.since(stands[each.spell.subject], each.spell.since), history.source)
            for each in waiting
            if history and each.spell.subject in stands
        ]
    return found


def _awake(store: Store, person: Person, rules: Sequence[Rule], shown: Snapshot) -> list[Rule]:
    """The rules that tell somebody and do not rest."""
    if not ways.is_open(store, "rules", person):
        return []
    as_of = dt.date.fromisoformat(shown.as_of)
    return [rule for rule in rules_for(store, person, rules, shown) if not rule.is_asleep(as_of)]


def _looked(store: Store, person: Person, rule: Rule, shown: Snapshot) -> History | None:
    """Looks at a rule and keeps what it found, where that was not done with this file or one of later data."""
    seen = (dt.date.fromisoformat(shown.as_of), f"{shown.name} {person.scope}")
    before = kept.looked(store, rule, person.key)
    if before is not None and (before == seen or before[0] > seen[0]):
        return None
    history = _history(person, rule, shown)
    if history is not None:
        kept.record(store, rule, person.key, history.spells, *seen, is_list=history.is_list)
    return history


def _history(person: Person, rule: Rule, shown: Snapshot) -> History | None:
    """What a rule finds; None where it cannot be told, so that it keeps nobody else's from being told.

    What it watches may no longer be theirs, or be of another release, or take too long now; the page says so.
    """
    try:
        return own_rules.history(reading(person, shown), shown, rule.condition, rule.history_from)
    except (AccessDenied, BadInput, QueryStopped):
        return None


def _waiting(store: Store, person: Person, rule: Rule) -> list[Finding]:
    """What was found and not told yet."""
    if not kept.has_news(store, rule, person.key):
        return []
    return [
        each
        for each in kept.findings(store, person.key)
        if each.rule_id == rule.id and each.is_news and each.spell.over_on is None and each.handed_at is None
    ]
