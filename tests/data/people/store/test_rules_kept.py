"""Rules of one's own in the store: whose they are, what they found, and that no look loses or doubles a finding."""

import os
import signal
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import AccessDenied, BadInput
from data.people.store import Store, own_rules
from data.people.store.accounts import people
from data.people.store.accounts import rules as of_roles
from data.people.store.own_rules import Condition, Rule, Spell
from data.settings import Settings
from tests import dying
from tests.data.people.store.accounts_help import first, invited
from tests.data.people.store.help import HOSTILE, second
from tests.people import LEAD, OTHER, REP

BEGUN = date(2026, 1, 10)
FELL = Condition("account_revenue", "fell", 0.3, 3, "C1")


def day(number: int) -> date:
    return BEGUN + timedelta(days=number)


def saved(store: Store, by: Any = REP, condition: Condition = FELL, **more: Any) -> Rule:
    given = {"history_from": date(2024, 1, 1), "as_of": BEGUN, "snapshot": "0001", **more}
    return own_rules.save(store, by, condition, **given)


def look(store: Store, rule: Rule, number: int, *spells: Spell, is_list: bool = False) -> None:
    own_rules.record(store, rule, REP.key, spells, day(number), f"{number:04}", is_list=is_list)


def found(store: Store) -> list[tuple[str, date, date | None, bool]]:
    return [
        (each.spell.subject, each.spell.since, each.spell.over_on, each.is_news)
        for each in own_rules.findings(store, REP.key)
    ]


def test_a_rule_is_kept_as_it_was_set_and_is_ones_own(opened: Store) -> None:
    rule = saved(opened)
    assert own_rules.own(opened, REP) == [rule]
    assert rule.condition == FELL
    assert own_rules.own(opened, OTHER) == []
    with pytest.raises(AccessDenied):
        own_rules.pause(opened, OTHER, rule.id, is_paused=True)
    with pytest.raises(AccessDenied):
        own_rules.snooze(opened, OTHER, rule.id, day(7))
    with pytest.raises(AccessDenied):
        own_rules.remove(opened, OTHER, rule.id)
    assert own_rules.own(opened, REP) == [rule]
    own_rules.remove(opened, REP, rule.id)
    assert own_rules.own(opened, REP) == []


def test_a_rule_rests_while_it_is_paused_or_snoozed(opened: Store) -> None:
    rule = saved(opened)
    own_rules.snooze(opened, REP, rule.id, day(7))
    (asleep,) = own_rules.own(opened, REP)
    assert [asleep.is_asleep(day(n)) for n in (0, 6, 7)] == [True, True, False]
    own_rules.pause(opened, REP, rule.id, is_paused=True)
    (paused,) = own_rules.own(opened, REP)
    assert paused.is_asleep(day(1_000))
    own_rules.pause(opened, REP, rule.id, is_paused=False)
    assert own_rules.own(opened, REP) == [rule]


def test_nobody_has_more_than_fifty_rules(opened: Store) -> None:
    with opened.keeping() as connection:
        row = own_rules._row(Rule("r", REP.key, FELL, BEGUN, BEGUN)) | {"made_at": datetime.now(UTC)}
        connection.execute(sa.insert(own_rules.RULES), [row | {"id": f"r{n}"} for n in range(49)])
    saved(opened)
    with pytest.raises(BadInput):
        saved(opened)
    saved(opened, LEAD)


@pytest.mark.parametrize(
    "condition",
    [
        Condition("x", "sideways", 1.0),  # type: ignore[arg-type]
        Condition("x", "above", float("nan")),
        Condition("x", "above", float("inf")),
        Condition("x", "fell", 0.0),
        Condition("x", "rose", -0.2),
        Condition("x", "above", 1.0, months=0),
        Condition("x", "above", 1.0, months=13),
        Condition("x" * 201, "above", 1.0),
        Condition("x", "above", 1.0, subject="a\0b"),
    ],
)
def test_what_no_rule_can_be_is_refused(opened: Store, condition: Condition) -> None:
    with pytest.raises(BadInput):
        saved(opened, condition=condition)
    assert own_rules.own(opened, REP) == []


def test_a_finding_is_told_once_and_again_after_it_was_over(opened: Store) -> None:
    rule = saved(opened, standing=[Spell("C1", day(-5))])
    look(opened, rule, 1, Spell("C1", day(-5)))
    assert found(opened) == [("C1", day(-5), None, False)], "it stood when the rule was set"
    over = Spell("C1", day(-5), day(4))
    for number in (6, 6, 8):
        look(opened, rule, number, over, Spell("C1", day(6)))
    assert found(opened) == [("C1", day(-5), day(4), False), ("C1", day(6), None, True)]
    (_, news) = own_rules.findings(opened, REP.key)
    assert news.handed_at is None
    own_rules.handed(opened, [news.id])
    look(opened, rule, 9, over, Spell("C1", day(6)))
    assert own_rules.findings(opened, REP.key)[1].handed_at, "it is the same, and was told"


def test_what_began_and_ended_between_two_looks_is_known_too(opened: Store) -> None:
    rule = saved(opened)
    look(opened, rule, 30, Spell("C1", day(-90), day(-40)), Spell("C1", day(3), day(9)), Spell("C2", day(20)))
    assert found(opened) == [("C1", day(3), day(9), True), ("C2", day(20), None, True)]


def test_a_begin_that_is_mended_is_no_other_finding(opened: Store) -> None:
    """A late load says that it was so some days earlier."""
    rule = saved(opened)
    look(opened, rule, 9, Spell("C1", day(8)))
    look(opened, rule, 10, Spell("C1", day(6)))
    assert found(opened) == [("C1", day(8), None, True)]
    look(opened, rule, 11)
    assert found(opened) == [("C1", day(8), day(11), True)]
    look(opened, rule, 12, Spell("C1", day(6), day(11)))
    assert found(opened) == [("C1", day(8), day(11), True)], "nor once it is over"


def test_a_list_tells_who_comes_onto_it_and_who_left(opened: Store) -> None:
    rule = saved(opened, standing=[Spell("C1", BEGUN)])
    look(opened, rule, 1, Spell("C1", day(1)), Spell("C2", day(1)), is_list=True)
    look(opened, rule, 2, Spell("C2", day(2)), is_list=True)
    look(opened, rule, 3, Spell("C1", day(3)), Spell("C2", day(3)), is_list=True)
    assert found(opened) == [("C1", BEGUN, day(2), False), ("C1", day(3), None, True), ("C2", day(1), None, True)]


def test_what_stands_when_a_list_is_first_looked_at_for_an_owner_is_no_news(opened: Store) -> None:
    rule = saved(opened, LEAD, to_owners=True)
    look(opened, rule, 1, Spell("C1", day(1)), is_list=True)
    look(opened, rule, 2, Spell("C1", day(2)), Spell("C2", day(2)), is_list=True)
    assert found(opened) == [("C1", day(1), None, False), ("C2", day(2), None, True)]


@pytest.mark.parametrize("name", HOSTILE)
def test_subjects_of_any_letters_are_kept(opened: Store, name: str) -> None:
    rule = saved(opened)
    look(opened, rule, 1, Spell(name, day(1)), Spell("nul\0", day(1)))
    assert found(opened) == [(name, day(1), None, True)], "what no database takes is left out"


STRETCHES = st.lists(st.integers(1, 6), max_size=8)


@given(st.lists(STRETCHES, min_size=1, max_size=3), st.sets(st.integers(1, 40), min_size=1, max_size=6), st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_the_looks_fall_all_of_them_find_what_the_last_says(
    home: Any, gaps: list[list[int]], days: set[int], data: st.DataObject
) -> None:
    """Off and on in turn; each look sees what was known by then, and any of them may be done twice."""
    from data.people.store import open_store  # noqa: PLC0415
    from data.settings import current  # noqa: PLC0415

    store = open_store(current())
    rule = saved(store)
    spells = []
    for number, lengths in enumerate(gaps):
        at = 0
        for n, length in enumerate(lengths):
            if n % 2:
                spells.append(Spell(f"C{number}", day(at), day(at + length)))
            at += length

    def known(today: int) -> list[Spell]:
        begun = [each for each in spells if each.since <= day(today)]
        return [Spell(s.subject, s.since, s.over_on if s.over_on and s.over_on <= day(today) else None) for s in begun]

    for today in sorted(days):
        for _ in range(data.draw(st.integers(1, 2))):
            look(store, rule, today, *known(today))
    last = max(days)
    of_rule = [each.spell for each in own_rules.findings(store, REP.key) if each.rule_id == rule.id]
    expected = [s for s in known(last) if s.since > BEGUN or s.over_on is None or s.over_on > BEGUN]
    assert of_rule == sorted(expected, key=lambda each: (each.subject, each.since))
    own_rules.remove(store, REP, rule.id)


def dies_in_the_middle(place: Settings, rule: Rule, told: Connection) -> None:
    """Killed when everything of a look is written, and nothing is kept yet."""
    store = second(place)

    @sa.event.listens_for(store.engine, "commit")
    def die(_connection: Any) -> None:
        told.send("written")
        os.kill(os.getpid(), signal.SIGKILL)

    look(store, rule, 5, Spell("C1", day(2), day(4)), Spell("C2", day(3)))


def test_a_look_that_is_killed_leaves_nothing_and_is_done_again(place: Settings, opened: Store) -> None:
    rule = saved(opened)
    ours, theirs = dying.PROCESSES.Pipe()
    process = dying.PROCESSES.Process(target=dies_in_the_middle, args=(place, rule, theirs))
    process.start()
    process.join(60)
    assert ours.recv() == "written"
    assert process.exitcode == -signal.SIGKILL
    assert found(opened) == []
    assert own_rules.looked(opened, rule, REP.key) == (BEGUN, "0001")
    for _ in range(2):
        look(opened, rule, 5, Spell("C1", day(2), day(4)), Spell("C2", day(3)))
    assert found(opened) == [("C1", day(2), day(4), True), ("C2", day(3), None, True)]
    assert own_rules.looked(opened, rule, REP.key) == (day(5), "0005")


def test_whoever_is_erased_leaves_no_rule_and_no_finding(opened: Store) -> None:
    boss = first(opened)
    account = invited(opened, boss, "ecommerce")
    with opened.reading() as connection:
        person = people.person_of(people.one(connection, account.id), of_roles.Rules())
    rule = saved(opened, person, standing=[Spell("C1", day(-1))])
    assert own_rules.findings(opened, person.key)
    people.erase(opened, boss, account.id)
    assert own_rules.own(opened, person) == []
    assert own_rules.findings(opened, person.key) == []
    assert own_rules.looked(opened, rule, person.key) is None
