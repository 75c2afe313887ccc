"""Deeds on alerts: what is kept, what holds afterwards, and what undoing goes back to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import BadInput, Conflict
from data.people.store import ACCOUNT, Did, Item, State, Store, deeds, entries, views
from data.settings import Settings
from tests.data.people.store.help import (
    ANNA,
    BEFORE_ALL,
    BORIS,
    GROWTH,
    HOSTILE,
    LATE,
    LATER,
    NUMBERS,
    TODAY,
    act,
    only,
    second,
    somebody,
)


def test_a_deed_is_read_back_as_it_was_written(opened: Store, place: Settings) -> None:
    before = datetime.now(UTC)
    state = act(
        opened,
        GROWTH,
        0,
        "dismissed",
        note="Tender",
        group_key="growth:Fasteners",
        money=-(10**15) - 1,
        probability=0.1,
    )
    assert state == only(deeds.states(second(place))) == only(deeds.states(opened, ["C1", "C2"]))
    (event,) = deeds.history(opened, ["C1"])
    assert (state.item, state.last, state.decision) == (GROWTH, event, event)
    assert (state.version, state.status, state.until, state.reason) == (1, "dismissed", LATER, "season")
    assert state.channel is None
    assert (event.did, event.by, event.as_of, event.note) == ("dismissed", ANNA.author, TODAY, "Tender")
    assert (event.group_key, event.money, event.probability) == ("growth:Fasteners", -(10**15) - 1, 0.1)
    assert before <= event.at <= datetime.now(UTC)
    assert event.at.utcoffset() == timedelta(0)


def test_a_deal_is_given_a_day_closed_and_given_back_its_day(opened: Store, place: Settings) -> None:
    deal = Item("close", "C1", "Q1")
    dated = act(opened, deal, 0, "date_set", close_on=LATER, loaded_close_on=TODAY)
    assert dated == only(deeds.states(second(place)))
    assert dated.decision is not None
    assert (dated.status, dated.decision.close_on, dated.decision.loaded_close_on) == ("date_set", LATER, TODAY)
    closed = act(opened, deal, 1, "closed_lost", reason="price_too_high")
    assert (closed.status, closed.reason) == ("closed_lost", "price_too_high")
    assert act(opened, deal, 2, "noted").status == "closed_lost"
    again = act(opened, deal, 3, "undone")
    assert again == only(deeds.states(second(place)))
    assert (again.status, again.decision and again.decision.close_on) == ("date_set", LATER)
    assert act(opened, deal, 4, "undone").status == "open"
    with pytest.raises(Conflict):
        act(opened, deal, 4, "date_set", close_on=LATER)


@pytest.mark.parametrize(
    ("item", "did", "more"),
    [
        (LATE, "closed_lost", {"reason": "price_too_high"}),
        (LATE, "date_set", {"close_on": LATER}),
        (Item("close", "C1", "Q1"), "accepted", {}),
        (Item("close", "C1", "Q1"), "routed", {}),
        (Item("close", "C1", "Q1"), "closed_lost", {}),
        (Item("close", "C1", "Q1"), "date_set", {"close_on": TODAY}),
    ],
)
def test_deals_are_closed_and_alerts_are_decided_about(
    item: Item, did: Did, more: dict[str, Any], opened: Store
) -> None:
    with pytest.raises(BadInput):
        act(opened, item, 0, did, **more)
    assert deeds.states(opened) == []


def test_nobody_acted_on_nothing(opened: Store) -> None:
    assert (
        deeds.states(opened),
        deeds.states(opened, []),
        deeds.history(opened, ["C1"]),
        deeds.taught(opened, BEFORE_ALL),
    ) == ([], [], [], {})
    assert (State(LATE).version, State(LATE).status) == (0, "open")
    assert opened.generation() == 0


def test_states_and_history_are_of_the_customers_asked_for(opened: Store) -> None:
    for customer in ("C2", "C10", "c2", "Ц"):
        act(opened, Item("late", customer, ACCOUNT), 0, "accepted")
    act(opened, GROWTH, 0, "accepted")
    assert [state.item.customer_id for state in deeds.states(opened)] == ["C1", "C10", "C2", "c2", "Ц"]
    assert [state.item.customer_id for state in deeds.states(opened, ["c2", "C10", "C\0", "\ud800"])] == ["C10", "c2"]
    many = [f"D{n}" for n in range(70_000)]
    assert [state.item.customer_id for state in deeds.states(opened, [*many, "C2"])] == ["C2"]
    assert [event.item.customer_id for event in deeds.history(opened, [*many, "C2"])] == ["C2"]
    assert [event.item.customer_id for event in deeds.history(opened, ["Ц", "C1", "C2"])] == ["C1", "Ц", "C2"]


def test_notes_and_routings_change_no_decision(opened: Store) -> None:
    act(opened, LATE, 0, "snoozed", group_key="late:dealer")
    act(opened, LATE, 1, "routed", by=BORIS, channel="ecommerce")
    state = act(opened, LATE, 2, "noted", by=BORIS)
    assert (state.status, state.until, state.channel, state.version) == ("snoozed", LATER, "ecommerce", 3)
    assert state.last
    assert state.decision
    assert (state.last.by, state.decision.by) == (BORIS.author, ANNA.author)
    state = act(opened, LATE, 3, "undone")
    assert (state.status, state.until, state.channel, state.decision) == ("open", None, "ecommerce", None)
    assert [event.did for event in deeds.history(opened, ["C1"])] == ["undone", "noted", "routed", "snoozed"]


def test_a_snoozed_item_is_open_again_on_its_day(opened: Store) -> None:
    state = act(opened, LATE, 0, "snoozed")
    assert [state.status_on(LATER + timedelta(days)) for days in (-1, 0, 1)] == ["snoozed", "open", "open"]
    state = act(opened, LATE, 1, "accepted", as_of=LATER)
    assert (state.status_on(LATER), state.until) == ("accepted", None)
    assert act(opened, LATE, 2, "undone", as_of=LATER).status_on(LATER) == "open"


def test_the_last_decision_on_an_item_teaches(opened: Store) -> None:
    growth = [Item("growth", f"C{n}", "Fasteners") for n in range(5)]
    done: tuple[Did, ...] = ("accepted", "dismissed", "dismissed", "snoozed", "accepted")
    for item, did in zip(growth, done, strict=True):
        act(opened, item, 0, did, group_key="growth:Fasteners")
    act(opened, growth[1], 1, "undone", group_key="growth:Fasteners")
    act(opened, growth[2], 1, "noted", group_key="growth:other")
    act(opened, growth[4], 1, "dismissed", group_key="growth:Fasteners")
    act(opened, LATE, 0, "accepted", group_key="late:dealer")
    act(opened, Item("late", "C9", ACCOUNT), 0, "accepted")
    assert deeds.taught(opened, BEFORE_ALL) == {"growth:Fasteners": (1, 2), "late:dealer": (1, 0)}
    act(opened, growth[4], 2, "undone")
    last = datetime.now(UTC)
    assert deeds.taught(opened, BEFORE_ALL) == {"growth:Fasteners": (2, 1), "late:dealer": (1, 0)}
    act(opened, growth[0], 1, "noted")
    act(opened, growth[3], 1, "accepted", group_key="growth:Fasteners")
    assert deeds.taught(opened, last) == {"growth:Fasteners": (1, 0)}


UNKNOWN: Any = "early"


@pytest.mark.parametrize(
    ("did", "given"),
    [
        ("snoozed", {"until": None}),
        ("snoozed", {"until": TODAY}),
        ("snoozed", {"reason": "season"}),
        ("dismissed", {"until": None}),
        ("dismissed", {"reason": ""}),
        ("accepted", {"until": LATER}),
        ("accepted", {"channel": "inside"}),
        ("noted", {"note": ""}),
        ("routed", {"channel": None}),
        ("routed", {"channel": "somewhere"}),
        ("undone", {}),
        ("deleted", {}),
        ("noted", {"note": "a\0b"}),
        ("noted", {"note": "half \ud83d"}),
        ("accepted", {"group_key": "\0"}),
        ("accepted", {"by": somebody("a", "\udcff")}),
        ("accepted", {"item": Item("late", "C\0", ACCOUNT)}),
        ("accepted", {"item": Item("late", "Ц" * 201, ACCOUNT)}),
        ("accepted", {"item": Item(UNKNOWN, "C1", ACCOUNT)}),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(opened: Store, did: Did, given: dict[str, Any]) -> None:
    given = dict(given)
    with pytest.raises(BadInput):
        act(opened, given.pop("item", LATE), 0, did, **given)
    assert (deeds.states(opened), opened.generation()) == ([], 0)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_kept_as_it_is(opened: Store, text: str) -> None:
    key = text[:200]
    item, who = Item("growth", key, key), somebody(text, text)
    act(opened, item, 0, "dismissed", by=who, note=text, reason=text, group_key=text)
    (event,) = deeds.history(opened, [key])
    assert (event.item, event.by, event.note, event.reason, event.group_key) == (item, who.author, text, text, text)
    assert only(deeds.states(opened, [key])).item == item
    assert deeds.taught(opened, BEFORE_ALL) == {text: (0, 1)}
    entries.enter(opened, who, "targets", {text: [text]})
    assert entries.newest(opened, "targets", None) == {text: [text]}
    who = somebody(key, text)
    views.save(opened, who, key, "customers", {key: [key]})
    assert (view := only(views.listed(opened, who, "customers"))).query_params == {key: [key]}
    assert (view.name, view.by_key) == (key, key)
    with pytest.raises(Conflict) as told:
        act(opened, item, 0, "accepted")
    assert told.value.by_name == text


# Undo, against a model: a pile of decisions, and the channel beside it


DEEDS = st.one_of(
    st.just(("accepted", {})),
    st.just(("undone", {})),
    st.tuples(st.just("snoozed"), st.fixed_dictionaries({"until": st.sampled_from([LATER, date(2027, 1, 1)])})),
    st.tuples(st.just("dismissed"), st.fixed_dictionaries({"reason": st.sampled_from(["season", "tender"])})),
    st.just(("noted", {})),
    st.tuples(st.just("routed"), st.fixed_dictionaries({"channel": st.sampled_from(["outside", "inside"])})),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(DEEDS, max_size=12))
def test_undoing_goes_back_step_by_step(opened: Store, done: list[tuple[Did, dict[str, Any]]]) -> None:
    item = Item("category_risk", f"undo-{next(NUMBERS)}", "Tools")
    pile: list[tuple[Any, ...]] = []
    channel, version = None, 0
    for did, given_ in done:
        if did == "undone" and not pile:
            with pytest.raises(BadInput, match="nothing to undo"):
                act(opened, item, version, did)
            continue
        state = act(opened, item, version, did, group_key=item.customer_id, **given_)
        version += 1
        if did == "undone":
            pile.pop()
        elif did == "routed":
            channel = given_["channel"]
        elif did != "noted":
            until = None if did == "accepted" else given_.get("until", LATER)
            pile.append((did, until, given_.get("reason"), version))
        status, until, reason, decided = pile[-1] if pile else ("open", None, None, None)
        assert (state.status, state.until, state.reason, state.channel) == (status, until, reason, channel)
        assert (state.version, state.decision and state.decision.version) == (version, decided)
        assert state == only(deeds.states(opened, [item.customer_id]))
    top = pile[-1][0] if pile else "open"
    counted = {"accepted": (1, 0), "dismissed": (0, 1)}.get(top)
    assert deeds.taught(opened, BEFORE_ALL).get(item.customer_id) == counted
    assert [event.version for event in deeds.history(opened, [item.customer_id])] == list(range(version, 0, -1))
