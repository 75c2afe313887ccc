"""Which rules tell somebody: their own, and those of others that were handed to the owners of accounts."""

from collections.abc import Sequence

from data.errors import AccessDenied
from data.people import ways
from data.people.permissions import allowed
from data.people.person import Person
from data.people.store import Store
from data.people.store.own_rules import Rule
from data.warehouse import whoever
from data.warehouse.access import Snapshot
from data.warehouse.reading import reading

_REP = "rep:"


def rules_for(store: Store, person: Person, rules: Sequence[Rule], shown: Snapshot) -> list[Rule]:
    """The rules that look into somebody's own file and tell them; of those handed on, only those of who leads them.

    A rule that was handed on and whose setter is not let in any more, has no file any more, or lost the right or the
    way, tells nobody.
    """
    return [
        rule
        for rule in rules
        if (rule.account_id == person.key if not rule.to_owners else _is_handed(store, person, rule, shown))
    ]


def _is_handed(store: Store, person: Person, rule: Rule, shown: Snapshot) -> bool:
    if not person.scope.startswith(_REP):
        return False
    setter = whoever.one(store, rule.account_id)
    if setter is None or not ways.is_open(store, "rules", setter) or not allowed(setter, "route"):
        return False
    try:
        owners = reading(setter, shown)("shared.owners").rows()
    except AccessDenied:  # as of a lead whose team left the data: what is theirs must not keep others from being told
        return False
    return person.scope.removeprefix(_REP) in {row["value"] for row in owners}
