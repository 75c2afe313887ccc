"""Rules of everybody at each snapshot: once each, each on their own file, and only for whom they are open."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from data.errors import AccessDenied
from data.people.person import Person
from data.people.store import audit, open_store
from data.people.store import own_rules as kept
from data.people.store.accounts import people
from data.people.store.own_rules import Condition, Rule
from data.settings import current
from data.warehouse import whoever
from data.warehouse.reading import reading
from presentation import own_rules as watched
from service import own_rules
from service.own_rules import New
from tests.pages.test_leaks import _TOKEN, AS_OF, SCOPES
from tests.service.conftest import Company

SILENT = Condition("account_silence", "above", 20.0)
EARLIER = AS_OF - dt.timedelta(days=60)
FIRST = dt.date(2026, 1, 1)


class Told:
    """Takes what is handed over, as an outbox does: it knows a finding again by its id."""

    def __init__(self) -> None:
        self.by_person: dict[str, dict[str, New]] = {}
        self.times = 0

    def __call__(self, person: Person, found: Sequence[New]) -> None:
        self.take(person, found)
        kept.handed(open_store(current()), [each.id for each in found])

    def take(self, person: Person, found: Sequence[New]) -> None:
        self.times += 1
        self.by_person.setdefault(person.key, {}).update({each.id: each for each in found})

    def of(self, person: Person) -> list[New]:
        return list(self.by_person.get(person.key, {}).values())


def rule_of(company: Company, who: Person, condition: Condition = SILENT, **more: Any) -> Rule:
    """A rule as if it had been set sixty days ago, so that what began since is news."""
    return kept.save(company.store, who, condition, history_from=FIRST, as_of=EARLIER, snapshot="0000", **more)


def tell_all(company: Company, tell: Callable[[Person, Sequence[New]], None]) -> int:
    """Tells everybody what is new to them, and gives how much that was."""
    number = 0
    for person in whoever.everybody(company.store):
        if found := own_rules.new_findings(company.store, person, company.shown):
            tell(person, found)
            number += len(found)
    return number


def customers(found: Sequence[New]) -> set[str]:
    return {each.told.spell.subject for each in found}


def test_each_finding_is_handed_over_once_and_equals_the_own_file(own_company: Company) -> None:
    company, told = own_company, Told()
    company.open("rules", "rep", "director")
    rep, director = company.somebody("rep", rep="R2"), company.somebody("director")
    mine, all_of_it = rule_of(company, rep), rule_of(company, director)
    number = tell_all(company, told)
    for who, rule in ((rep, mine), (director, all_of_it)):
        history = watched.history(reading(who, company.shown), company.shown, SILENT, rule.history_from)
        expected = {each.spell.subject for each in history.standing if each.spell.since > EARLIER}
        assert customers(told.of(who)) == expected
        assert {each.told.spell for each in told.of(who)} <= set(history.spells)
    assert number == len(told.of(rep)) + len(told.of(director)) > len(told.of(rep)) > 0
    assert (tell_all(company, told), told.times) == (0, 2), "the same data tell nothing more"


def test_nobody_is_told_of_anything_of_another(own_company: Company) -> None:
    company, told = own_company, Told()
    company.open("rules", "rep", "lead")
    everybody = {f"rep:{rep}": company.somebody("rep", rep=rep) for rep in ("R1", "R5")}
    everybody["lead:R3"] = company.somebody("lead", team="R3", rep="R3")
    for who in everybody.values():
        for watch in watched.offered(who, company.shown):
            found = watched.WATCHES[watch]
            sense, limit = found.senses[-1], 20.0 if found.kind == "silence" else 0.0
            rule_of(company, who, Condition(watch, sense, limit, 1))
    tell_all(company, told)
    for scope, who in everybody.items():
        words = "\n".join(f"{each.told}" for each in told.of(who))
        assert {token[2] for token in _TOKEN.finditer(words)} <= SCOPES[who.scope]
        assert _TOKEN.search(words), scope
        kept_of_them = "\n".join(str(each) for each in kept.findings(company.store, who.key))
        assert {token[2] for token in _TOKEN.finditer(kept_of_them)} <= SCOPES[who.scope]


@pytest.mark.parametrize("is_killed_at", ["before", "after"])
def test_a_hand_over_that_is_killed_is_done_again_and_loses_and_doubles_nothing(
    own_company: Company, is_killed_at: str
) -> None:
    company, told = own_company, Told()
    company.open("rules", "rep")
    rule_of(company, rep := company.somebody("rep", rep="R2"))

    def killed(person: Person, found: Sequence[New]) -> None:
        if is_killed_at == "after":
            told.take(person, found)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell_all(company, killed)
    tell_all(company, told)
    once = Told()
    assert tell_all(company, once) == 0
    assert len(told.of(rep)) == len(customers(told.of(rep))) > 0
    assert told.times == (2 if is_killed_at == "after" else 1)


def test_what_is_new_waits_for_whoever_takes_it_up(own_company: Company) -> None:
    company = own_company
    company.open("rules", "rep")
    rep = company.somebody("rep", rep="R2")
    rule_of(company, rep)
    assert own_rules.look(company.where) > 0
    new = own_rules.new_findings(company.store, rep, company.shown)
    again = own_rules.new_findings(company.store, rep, company.shown)
    assert [each.id for each in again] == [each.id for each in new]
    assert len(new) > 1
    kept.handed(company.store, [new[0].id])
    left = own_rules.new_findings(company.store, rep, company.shown)
    assert [each.id for each in left] == [each.id for each in new[1:]]


def test_rules_of_whom_they_are_not_open_to_or_who_is_not_let_in_sleep(own_company: Company) -> None:
    company, told = own_company, Told()
    rep = company.somebody("rep", rep="R2")
    rule_of(company, rep)
    assert tell_all(company, told) == 0, "nothing is open in a fresh install"
    company.open("rules", "rep")
    people.deactivate(company.store, company.admin, rep.key)
    assert tell_all(company, told) == 0
    people.reactivate(company.store, company.admin, rep.key)
    company.open("rules", "director")
    assert tell_all(company, told) == 0
    assert kept.findings(company.store, rep.key) == []
    company.open("rules", "rep")
    assert tell_all(company, told) > 0


def test_a_rule_that_rests_finds_nothing_and_wakes(own_company: Company) -> None:
    company, told = own_company, Told()
    company.open("rules", "rep")
    rep = company.somebody("rep", rep="R2")
    rule = rule_of(company, rep)
    kept.snooze(company.store, rep, rule.id, AS_OF + dt.timedelta(days=1))
    assert tell_all(company, told) == 0
    kept.snooze(company.store, rep, rule.id, AS_OF)
    assert tell_all(company, told) > 0


def test_a_rule_that_is_handed_on_tells_each_owner_of_their_own_and_the_setter_of_nothing(own_company: Company) -> None:
    company, told = own_company, Told()
    company.open("rules", "rep", "lead")
    lead = company.somebody("lead", team="R3", rep="R3")
    led, other = company.somebody("rep", rep="R4"), company.somebody("rep", rep="R5")
    rule_of(company, lead, to_owners=True)
    tell_all(company, told)
    assert {each.split("-")[1] for each in customers(told.of(led))} == {"R4"}
    assert told.of(lead) == told.of(other) == []
    with pytest.raises(AccessDenied):
        rule_of(company, led, to_owners=True)
    people.deactivate(company.store, company.admin, lead.key)
    assert own_rules.new_findings(company.store, led, company.shown) == []


def test_a_binding_that_changed_shows_nothing_of_before(own_company: Company) -> None:
    """What was found for a rep is kept by key; bound to another, they are told of the new one's alone."""
    company, told = own_company, Told()
    company.open("rules", "rep")
    rep = company.somebody("rep", rep="R2")
    rule_of(company, rep)
    own_rules.look(company.where)
    people.change(company.store, company.admin, rep.key, name="Bo", roles=["rep"], rep="R5")
    moved = whoever.one(company.store, rep.key)
    assert moved
    assert moved.scope == "rep:R5"
    tell_all(company, told)
    assert {each.split("-")[1] for each in customers(told.of(rep))} == {"R5"}


def test_the_audit_tells_who_set_which_rule(own_company: Company) -> None:
    company = own_company
    rep = company.somebody("rep", rep="R2")
    rule = rule_of(company, rep)
    kept.remove(company.store, rep, rule.id)
    rows = [(row.did, row.about) for row in audit.read(company.store, company.admin, who=rep.key)]
    assert rows == [("rule_removed", rule.id), ("rule_set", rule.id)]
