"""Rules that people set for themselves, looked at for everybody at each newly published snapshot.

Each is replayed on the own file of whoever it is of, or of the owners it was handed to, and what is new is kept before
it is told: a look that is killed is done again and finds the same. Telling is somebody else's: `hand_over` gets what is
new for one person, and may get the same finding twice where it is killed in the middle; by its id it is known again.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from data.errors import AccessDenied, BadInput
from data.people import ways
from data.people.person import Person
from data.people.store import Store, open_store
from data.people.store import own_rules as kept
from data.people.store.own_rules import Rule
from data.settings import Settings
from data.warehouse import access, whoever
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import reading
from data.warehouse.rules_for import rules_for
from presentation import own_rules
from presentation.own_rules import Told

HandOver = Callable[[Person, Sequence["New"]], None]


@dataclass(frozen=True)
class New:
    """Something that a rule found for somebody and that they were not told yet; `source` is the result it is of."""

    id: str
    rule: Rule
    told: Told
    source: Result


def look(where: Settings, hand_over: HandOver | None = None) -> int:
    """Looks at every rule of everybody for whom rules are open; gives how many findings are new.

    The same snapshot is looked at once. Without `hand_over` what is new stays to be taken up (`new_findings`). Raises
    NothingLoaded.
    """
    store, shown = open_store(where), access.snapshot()
    rules, found = kept.everybodys(store), 0
    for person in whoever.everybody(store) if rules else ():
        new = new_findings(store, person, shown, rules)
        found += len(new)
        if new and hand_over:
            hand_over(person, new)
            kept.handed(store, [each.id for each in new])
    return found


def new_findings(store: Store, person: Person, shown: Snapshot, rules: Sequence[Rule] | None = None) -> list[New]:
    """What rules found for somebody that is news, still stands, and was not handed over; by rule and day.

    It looks first where that was not done yet with this snapshot. Whoever takes it up says so with
    `data.people.store.own_rules.handed`. Nothing where rules are not open to them.
    """
    if not ways.is_open(store, "rules", person):
        return []
    found: list[New] = []
    rules = kept.everybodys(store) if rules is None else rules
    as_of = dt.date.fromisoformat(shown.as_of)
    awake = [rule for rule in rules_for(store, person, rules, shown) if not rule.is_asleep(as_of)]
    for rule in awake:
        try:
            found += _of_rule(store, person, rule, shown)
        except (AccessDenied, BadInput):
            continue  # what it watches is no longer theirs, or of another release; the page says so
    return found


def _of_rule(store: Store, person: Person, rule: Rule, shown: Snapshot) -> Iterator[New]:
    as_of = dt.date.fromisoformat(shown.as_of)
    history = own_rules.history(reading(person, shown), shown, rule.condition, rule.history_from)
    before = kept.looked(store, rule, person.key)
    if before is None or (before[0] <= as_of and before != (as_of, shown.name)):
        kept.record(store, rule, person.key, history.spells, as_of, shown.name, is_list=history.is_list)
    stands = {each.spell.subject: each for each in history.standing}
    for finding in kept.findings(store, person.key):
        told = stands.get(finding.spell.subject)
        is_new = finding.is_news and finding.spell.over_on is None and finding.handed_at is None
        if finding.rule_id == rule.id and is_new and told:
            yield New(finding.id, rule, own_rules.since(told, finding.spell.since), history.source)
