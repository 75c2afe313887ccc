"""Decisions on alerts: each person on their own accounts alone, nobody on what another decided first."""

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import pytest

from data import contract, settings
from data.errors import AccessDenied, BadInput, Conflict
from data.people import actions, holdout
from data.people.person import Person
from data.people.store import ACCOUNT, Deed, Did, Event, Item, State, deeds, entries, open_store, opening
from data.warehouse import access, build, own_file
from tests import companies
from tests.people import ADMIN, DIRECTOR, ECOMMERCE, EVERY_ROLE, LEAD, OTHER, REP


def company() -> companies.Company:
    """Two accounts of two reps that ordered every four weeks for a year and a half, and not for the last twelve."""
    made = companies.random_company(3, orders=60)
    customer, product, order = made["customers"][0], made["products"][0], made["orders"][0]
    made["sales_reps"] = [{"rep_id": f"R{n}", "name": f"Rep {n}", "kind": "outside", "capacity": 5} for n in (0, 1)]
    own = [customer | {"customer_id": f"S{n}", "name": f"Steady {n}", "owner_rep_id": f"R{n}"} for n in (0, 1)]
    last = max(row["ordered_on"] for row in made["orders"])
    days = [last - dt.timedelta(days=84 + 28 * step) for step in range(20)]
    orders = [
        order | {"order_id": f"S{n}-{i}", "customer_id": f"S{n}", "ordered_on": day, "rep_id": None, "quote_id": None}
        for n in (0, 1)
        for i, day in enumerate(days)
    ]
    line = next(row for row in made["order_lines"] if row["order_id"] == order["order_id"])
    lines = [
        line | {"order_id": row["order_id"], "line_no": 1, "product_id": product["product_id"], "quantity": 5}
        for row in orders
    ]
    for row in made["customers"]:
        row["owner_rep_id"] = None
    for table in ("orders", "quotes", "leads", "contracts", "activities"):
        for row in made.get(table, []):
            row["rep_id"] = None
    ending = {"customer_id": "S0", "starts_on": days[0], "ends_on": None, "review_on": last, "annual_value": None}
    made["contracts"] = [dict.fromkeys(contract.table("contracts").column_names) | ending | {"contract_id": "K0"}]
    made["customers"] += own
    made["orders"] += orders
    made["order_lines"] += lines
    return made | {"quotas": []}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(home))
        companies.load(home, company())
        build.build(settings.current())
    return home


@pytest.fixture
def snapshot(house: Path, monkeypatch: pytest.MonkeyPatch) -> access.Snapshot:
    """The data of the house, with an empty store."""
    monkeypatch.setenv("ORDERBEAT_HOME", str(house))
    for file in house.glob("store*"):
        file.unlink()
    opening._open.cache_clear()
    return access.snapshot()


def listed(who: Person, snapshot: access.Snapshot, **narrowed: Any) -> list[dict[str, Any]]:
    nothing = dict.fromkeys(("segment", "owner", "status", "alert", "channel"))
    asked = {**nothing, **actions.parameters(day(snapshot)), "page_start": 0, "page_rows": 100, **narrowed}
    return access.query(who.scope, "customers.work_list", asked, within=snapshot).rows()


def day(snapshot: access.Snapshot) -> dt.date:
    return dt.date.fromisoformat(snapshot.as_of)


def act(who: Person, snapshot: access.Snapshot, item: Item, seen_version: int, did: Did, **more: Any) -> State:
    return actions.act(who, own_file.of(who.scope, snapshot), item, seen_version, Deed(did, **more))


def history(who: Person, snapshot: access.Snapshot, item: Item) -> list[Event]:
    return actions.history(who, own_file.of(who.scope, snapshot), item)


def hold_out(who: Person, as_of: dt.date, share: float) -> None:
    holdout.hold_out(open_store(settings.current()), who, as_of, share)


def late(customer: str) -> Item:
    return Item("late", customer, ACCOUNT)


def found(who: Person, snapshot: access.Snapshot, customer: str, status: str = "any") -> list[dict[str, Any]]:
    """The silent account among the reasons to act on it."""
    asked = {"segment": None, "owner": None, **actions.parameters(day(snapshot)), "customer": customer}
    rows = access.query(who.scope, "customers.work_reasons", asked, within=snapshot).rows()
    return [row for row in rows if row["alert"] == "late" and status in ("any", row["status"])]


def test_each_rep_lists_own_accounts_alone(snapshot: access.Snapshot) -> None:
    assert {row["customer_id"] for row in listed(REP, snapshot)} == {"S0"}
    assert {row["customer_id"] for row in listed(OTHER, snapshot)} == {"S1"}
    assert {"S0", "S1"} <= {row["customer_id"] for row in listed(DIRECTOR, snapshot)}


def test_what_is_accepted_leaves_the_open_list_and_comes_back_when_undone(snapshot: access.Snapshot) -> None:
    act(REP, snapshot, late("S0"), 0, "accepted")
    assert found(REP, snapshot, "S0", status="open") == []
    (row,) = found(DIRECTOR, snapshot, "S0")
    assert (row["status"], row["version"]) == ("accepted", 1)
    act(REP, snapshot, late("S0"), 1, "undone")
    assert [row["version"] for row in found(REP, snapshot, "S0", status="open")] == [2]


def test_what_is_snoozed_comes_back_on_its_day(snapshot: access.Snapshot) -> None:
    as_of = dt.date.fromisoformat(snapshot.as_of)
    act(REP, snapshot, late("S0"), 0, "snoozed", until=as_of + dt.timedelta(days=7))
    assert found(REP, snapshot, "S0", status="open") == []
    (state,) = deeds.states(open_store(settings.current()))
    assert state.status_on(as_of + dt.timedelta(days=6)) == "snoozed"
    assert state.status_on(as_of + dt.timedelta(days=7)) == "open"


def test_nobody_acts_on_or_hears_of_what_the_own_file_lacks(snapshot: access.Snapshot) -> None:
    for item in (late("S1"), late("nobody"), Item("growth", "S0", "no such product")):
        with pytest.raises(AccessDenied):
            act(REP, snapshot, item, 0, "accepted")
    assert deeds.states(open_store(settings.current())) == []
    act(OTHER, snapshot, late("S1"), 0, "noted", note="called, no answer")
    assert [event.note for event in history(OTHER, snapshot, late("S1"))] == ["called, no answer"]
    assert history(REP, snapshot, late("S1")) == []


def test_what_is_due_is_decided_by_those_in_charge_and_is_no_part_of_what_the_work_list_brought(
    snapshot: access.Snapshot,
) -> None:
    review = Item("contract", "S0", "K0")
    with pytest.raises(AccessDenied):
        act(OTHER, snapshot, review, 0, "accepted")
    state = act(REP, snapshot, review, 0, "accepted")
    assert state.last is not None
    assert (state.last.money, state.last.probability) == (None, None)
    act(REP, snapshot, late("S0"), 0, "accepted")
    assert [row["kind"] for row in json.loads(actions.accepted())] == ["late"]
    assert [event.item for event in history(REP, snapshot, review)] == [review]
    assert history(OTHER, snapshot, review) == []


def test_reasons_of_an_account_are_decided_together_or_not_at_all(snapshot: access.Snapshot) -> None:
    file, review = own_file.of(REP.scope, snapshot), Item("contract", "S0", "K0")
    act(REP, snapshot, review, 0, "noted", note="called")
    with pytest.raises(Conflict):
        actions.act_together(REP, file, {late("S0"): 0, review: 0}, Deed("accepted"))
    assert [row["status"] for row in found(REP, snapshot, "S0")] == ["open"]
    with pytest.raises(AccessDenied):
        actions.act_together(REP, file, {late("S0"): 0, late("S1"): 0}, Deed("accepted"))
    states = actions.act_together(REP, file, {late("S0"): 0, review: 1}, Deed("accepted"))
    assert [(state.item, state.status, state.version) for state in states] == [
        (late("S0"), "accepted", 1),
        (review, "accepted", 2),
    ]
    assert "S0" not in {row["customer_id"] for row in listed(REP, snapshot)}


def test_the_second_of_two_is_told_and_nothing_is_lost(snapshot: access.Snapshot) -> None:
    act(DIRECTOR, snapshot, late("S0"), 0, "routed", channel="inside")
    with pytest.raises(Conflict):
        act(REP, snapshot, late("S0"), 0, "accepted")
    (row,) = found(REP, snapshot, "S0")
    assert (row["status"], row["channel"], row["version"]) == ("open", "inside", 1)


def test_what_was_promised_is_kept_with_the_decision(snapshot: access.Snapshot) -> None:
    (row,) = found(REP, snapshot, "S0")
    state = act(REP, snapshot, late("S0"), 0, "accepted")
    assert state.last is not None
    assert (state.last.money, state.last.probability) == (int(row["money"] * 100), row["probability"])
    assert (state.last.by.name, state.last.as_of.isoformat()) == ("Rep 0", snapshot.as_of)


def test_a_group_that_is_dismissed_sinks(snapshot: access.Snapshot) -> None:
    before = {row["customer_id"]: row["worth"] for row in listed(DIRECTOR, snapshot, alert="late")}
    until = dt.date.fromisoformat(snapshot.as_of) + dt.timedelta(days=actions.DISMISSED_DAYS)
    act(REP, snapshot, late("S0"), 0, "dismissed", until=until, reason="not_needed")
    after = {row["customer_id"]: row["worth"] for row in listed(DIRECTOR, snapshot, alert="late")}
    assert "S0" not in after
    assert float(after["S1"]) == pytest.approx(float(before["S1"]) * 3 / 4, abs=0.01)


def test_who_is_held_out_is_never_listed_and_is_always_the_same(snapshot: access.Snapshot) -> None:
    everyone = {row["customer_id"] for row in listed(DIRECTOR, snapshot)}
    kept = [
        {row["customer_id"] for row in listed(DIRECTOR, snapshot, held_share=share)} for share in (0.0, 0.3, 0.6, 1.0)
    ]
    assert kept[0] == everyone
    assert kept[3] == set()
    assert kept[0] >= kept[1] >= kept[2]
    everybody = {"share": 1.0, "since": snapshot.as_of}
    entries.enter(open_store(settings.current()), ADMIN, holdout.SETTING, everybody)
    assert listed(DIRECTOR, snapshot) == []


def test_an_administrator_holds_accounts_out_from_the_day_shown_on(snapshot: access.Snapshot) -> None:
    assert holdout.held(open_store(settings.current())) == {"held_share": 0.0, "since": None}
    as_of = dt.date.fromisoformat(snapshot.as_of)
    hold_out(ADMIN, as_of, 0.05)
    assert holdout.held(open_store(settings.current())) == {"held_share": 0.05, "since": as_of}
    assert actions.parameters(day(snapshot))["held_share"] == 0.05
    later = dt.date(2030, 1, 1)
    hold_out(ADMIN, later, 0.05)
    assert holdout.held(open_store(settings.current()))["since"] == as_of, "the comparison goes on"
    hold_out(ADMIN, later, 0.2)
    assert holdout.held(open_store(settings.current())) == {"held_share": 0.2, "since": later}


def test_nobody_else_holds_out_and_nobody_too_many(snapshot: access.Snapshot) -> None:
    for who in (DIRECTOR, LEAD, REP, ECOMMERCE):
        with pytest.raises(AccessDenied):
            hold_out(who, day(snapshot), 0.05)
    for share in (-0.01, 0.21, math.nan):
        with pytest.raises(BadInput):
            hold_out(ADMIN, day(snapshot), share)
    assert holdout.held(open_store(settings.current())) == {"held_share": 0.0, "since": None}


def test_a_decision_without_its_day_or_reason_is_refused(snapshot: access.Snapshot) -> None:
    for did in deeds.ACTIONS:
        if did != "accepted":
            with pytest.raises(BadInput):
                act(DIRECTOR, snapshot, late("S0"), 0, did)
    assert json.loads(actions.parameters(day(snapshot))["decided"]) == []


def test_a_rep_sends_nothing_to_another_channel(snapshot: access.Snapshot) -> None:
    with pytest.raises(AccessDenied, match="another channel"):
        act(REP, snapshot, late("S0"), 0, "routed", channel="inside")
    assert deeds.states(open_store(settings.current())) == []


def test_ecommerce_is_told_of_its_own_deeds_alone(snapshot: access.Snapshot) -> None:
    act(REP, snapshot, late("S0"), 0, "noted", note="called")
    act(ECOMMERCE, snapshot, late("S0"), 1, "noted", note="mailed")
    assert [event.note for event in history(ECOMMERCE, snapshot, late("S0"))] == ["mailed"]
    assert [event.note for event in history(REP, snapshot, late("S0"))] == ["mailed", "called"]


def test_ecommerce_has_no_part_in_what_is_due_on_a_page_it_may_not_read(snapshot: access.Snapshot) -> None:
    review = Item("contract", "S0", "K0")
    for who in EVERY_ROLE.values():
        file = actions.File(day(snapshot), lambda item: {"group_key": "", "money": None, "probability": None})
        if who is ECOMMERCE:
            with pytest.raises(AccessDenied, match="not part of your view"):
                actions.act(who, file, review, 0, Deed("accepted"))
            assert actions.history(who, file, review) == []
    assert deeds.states(open_store(settings.current())) == []
