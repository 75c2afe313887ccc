"""Deeds go item by item once nobody has touched one for long, and what people wrote about somebody is found."""

from datetime import UTC, datetime, timedelta

from data.people.store import Store, audit, deeds, views
from data.people.store.mentions import mentions
from tests.data.people.store.help import ANNA, GROWTH, LATE, LATER, act, only

SOON = datetime.now(UTC) + timedelta(days=1)


def test_an_item_goes_with_its_whole_history_or_stays(opened: Store) -> None:
    act(opened, LATE, 0, "accepted")
    act(opened, LATE, 1, "noted")
    act(opened, LATE, 2, "undone")
    between = datetime.now(UTC)
    act(opened, GROWTH, 0, "accepted")
    generation = opened.generation()
    assert deeds.cut(opened, between - timedelta(minutes=1)) == (0, 0)
    assert opened.generation() == generation
    assert deeds.cut(opened, between) == (3, 1)
    assert opened.generation() == generation + 1, "pages read again"
    assert only(deeds.states(opened)).item == GROWTH
    assert [(e.did, dict(e.detail)) for e in audit.read(opened, ANNA, did="deeds_cut")] == [
        ("deeds_cut", {"events": 3, "items": 1})
    ]
    audit.verify(opened)
    assert act(opened, LATE, 0, "accepted").version == 1


def test_what_is_put_off_to_a_later_day_does_not_come_back_early(opened: Store) -> None:
    later = SOON.date() + timedelta(days=20)
    act(opened, LATE, 0, "snoozed", until=later)
    act(opened, GROWTH, 0, "snoozed", until=LATER)
    assert deeds.cut(opened, SOON) == (1, 1)
    assert only(deeds.states(opened)).item == LATE
    assert deeds.cut(opened, SOON + timedelta(days=20)) == (1, 1)


def test_what_people_wrote_about_somebody_is_found_in_every_table(opened: Store) -> None:
    act(opened, LATE, 0, "noted", note="Spoke to OTTILIE 100%_Brand")
    act(opened, GROWTH, 0, "noted", note="nobody")
    views.save(opened, ANNA, "for ottilie 100%_brand", "customers", {"search": "x"})
    found = mentions(opened, ["Ottilie 100%_Brand", "elsewhere"])
    assert found == {"action_events.note": 1, "saved_views.name": 1, "audit.about": 1}  # which names the view
    assert mentions(opened, ["Ottilie 100xxBrand", "\0", ""]) == {}
    assert mentions(opened, []) == {}
