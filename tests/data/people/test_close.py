"""The close of deals: each person on their own deals alone, until the data say the same, or go on."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data import settings
from data.errors import AccessDenied, BadInput, Conflict
from data.people import actions
from data.people.person import Person
from data.people.store import CLOSE, Deed, Item, deeds, open_store, opening
from data.warehouse import access, build, own_file
from tests import companies
from tests.people import DIRECTOR, ECOMMERCE, OTHER, REP

LOST = Deed("closed_lost", reason="lost_to_competitor")


def company() -> companies.Company:
    """An open deal of R0 whose expected day has passed, one of R1, and one that is won."""
    made = companies.random_company(3, orders=30)
    last = max(row["ordered_on"] for row in made["orders"])
    made["sales_reps"] = [{"rep_id": f"R{n}", "name": f"Rep {n}", "kind": "outside", "capacity": 5} for n in (0, 1)]
    for table in ("customers", "orders", "quotes", "leads", "contracts", "activities"):
        for row in made.get(table, []):
            row |= {name: None for name in ("rep_id", "owner_rep_id") if name in row}
    account, quote = made["customers"][0], made["quotes"][0]
    asked = {"revision_of": None, "merged_into": None, "split_from": None, "lead_id": None, "outcome": None,
             "customer_id": account["customer_id"], "closed_on": None, "requested_on": last - dt.timedelta(days=20),
             "issued_on": last - dt.timedelta(days=15), "expected_close_on": last - dt.timedelta(days=3),
             "valid_until": None, "currency": companies.CURRENCY}  # fmt: skip
    made["quotes"] = [
        quote | asked | {"quote_id": "D0", "rep_id": "R0"},
        quote | asked | {"quote_id": "D1", "rep_id": "R1"},
        quote | asked | {"quote_id": "D2", "rep_id": "R0", "outcome": "won", "closed_on": last},
    ]
    made["quote_events"], made["quote_lines"] = [], []
    for order in made["orders"]:
        order["quote_id"] = None
    return made | {"quotas": [], "rep_teams": [], "account_owners": []}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(home))
        companies.load(home, company())
        build.build(settings.current())
        yield home


@pytest.fixture
def snapshot(house: Path, monkeypatch: pytest.MonkeyPatch) -> access.Snapshot:
    monkeypatch.setenv("ORDERBEAT_HOME", str(house))
    for file in house.glob("store*"):
        file.unlink()
    opening._open.cache_clear()
    return access.snapshot()


def item(deal: str) -> Item:
    return Item(CLOSE, company()["quotes"][0]["customer_id"], deal)


def day(snapshot: access.Snapshot) -> dt.date:
    return dt.date.fromisoformat(snapshot.as_of)


def close(who: Person, snapshot: access.Snapshot, deal: str, seen: int, deed: Deed) -> None:
    actions.act(who, own_file.of(who.scope, snapshot), item(deal), seen, deed)


def told(who: Person, snapshot: access.Snapshot, name: str, **asked: Any) -> list[dict[str, Any]]:
    everything = dict.fromkeys(
        ("segment", "owner", "team", "search", "sort", "due", "next_step", "status", "alert", "reason", "customer",
         "subject", "channel", "negotiation"),
    )  # fmt: skip
    params = {**everything, **actions.parameters(day(snapshot)), "page_start": 0, "page_rows": 100, **asked}
    return access.query(who.scope, name, params, within=snapshot).rows()


def open_deals(who: Person, snapshot: access.Snapshot) -> set[str]:
    return {row["negotiation_id"] for row in told(who, snapshot, "negotiations.open_list")}


def raised(who: Person, snapshot: access.Snapshot) -> set[str]:
    """Deals that are a reason of the work list, all of which are due."""
    asked = {"customer": item("").customer_id}
    rows = told(who, snapshot, "customers.work_reasons", **asked)
    found = {row["subject"] for row in rows if row["alert"] == "deal"}
    assert found == {row["subject"] for row in told(who, snapshot, "team.due") if row["alert"] == "deal"}
    return found


def test_what_a_rep_closes_is_open_nowhere_until_it_is_undone(snapshot: access.Snapshot) -> None:
    assert open_deals(DIRECTOR, snapshot) == raised(DIRECTOR, snapshot) == {"D0", "D1"}
    close(REP, snapshot, "D0", 0, LOST)
    assert open_deals(DIRECTOR, snapshot) == raised(DIRECTOR, snapshot) == {"D1"}
    (apart,) = told(REP, snapshot, "negotiations.open_list", due="closed_here")
    assert apart["negotiation_id"] == "D0"
    close(REP, snapshot, "D0", 1, Deed("undone"))
    assert open_deals(DIRECTOR, snapshot) == raised(DIRECTOR, snapshot) == {"D0", "D1"}
    history = actions.history(DIRECTOR, own_file.of("director", snapshot), item("D0"))
    assert [(event.did, event.by.name) for event in history] == [("undone", "Rep 0"), ("closed_lost", "Rep 0")]


def test_a_day_that_is_set_holds_in_the_list_on_the_page_and_where_it_is_due(snapshot: access.Snapshot) -> None:
    later = day(snapshot) + dt.timedelta(days=5)
    close(REP, snapshot, "D0", 0, Deed("date_set", close_on=later))
    (row,) = (row for row in told(REP, snapshot, "negotiations.open_list") if row["negotiation_id"] == "D0")
    (page,) = told(REP, snapshot, "negotiations.negotiation", negotiation="D0")
    (due,) = (row for row in told(REP, snapshot, "team.due") if row["subject"] == "D0")
    assert {row["expected_close_on"], page["expected_close_on"], due["expected_close_on"], due["due_on"]} == {later}
    assert (row["day_standing"], page["close_standing"], due["reason"]) == ("day_set_here", "stands", "decision_14")
    assert page["loaded_close_on"] == day(snapshot) - dt.timedelta(days=3)


def test_nobody_closes_what_is_another_s_or_decided_or_was_closed_before(snapshot: access.Snapshot) -> None:
    for who, deal in ((OTHER, "D0"), (REP, "D1"), (REP, "D9"), (ECOMMERCE, "D0")):
        with pytest.raises(AccessDenied):
            close(who, snapshot, deal, 0, LOST)
    with pytest.raises(BadInput, match="decided already"):
        close(REP, snapshot, "D2", 0, LOST)
    close(REP, snapshot, "D0", 0, LOST)
    with pytest.raises(Conflict):
        close(DIRECTOR, snapshot, "D0", 0, LOST)
    with pytest.raises(BadInput, match="not in the future"):
        close(DIRECTOR, snapshot, "D0", 1, Deed("date_set", close_on=day(snapshot)))
    assert len(deeds.history(open_store(settings.current()), [item("D0").customer_id])) == 1


def test_the_next_load_takes_it_over_or_goes_on(home: Path) -> None:
    made = company()
    companies.load(home, made)
    build.build(settings.current())
    first = access.snapshot()
    later = day(first) + dt.timedelta(days=30)
    close(REP, first, "D0", 0, LOST)
    close(OTHER, first, "D1", 0, Deed("date_set", close_on=later))

    def loaded(lost: dict[str, Any], dated: dict[str, Any]) -> dict[str, tuple[str, bool]]:
        made["quotes"][0] |= lost
        made["quotes"][1] |= dated
        companies.load(home, made)
        build.build(settings.current())
        pages = [
            told(DIRECTOR, access.snapshot(), "negotiations.negotiation", negotiation=deal)[0] for deal in ("D0", "D1")
        ]
        still_open = open_deals(DIRECTOR, access.snapshot())
        return {
            page["negotiation_id"]: (page["close_standing"], page["negotiation_id"] in still_open) for page in pages
        }

    assert loaded({}, {}) == {"D0": ("stands", False), "D1": ("stands", True)}
    assert loaded({"outcome": "lost", "closed_on": day(first)}, {"expected_close_on": later}) == {
        "D0": ("taken_over", False),
        "D1": ("taken_over", True),
    }
    other = later + dt.timedelta(days=1)
    assert loaded({"outcome": "won"}, {"expected_close_on": other}) == {
        "D0": ("contradicted", False),
        "D1": ("contradicted", True),
    }
    goes_on = {"outcome": None, "closed_on": None, "expected_close_on": other}
    assert loaded(goes_on, {"outcome": "lost", "closed_on": day(first)}) == {
        "D0": ("contradicted", True),
        "D1": ("over", False),
    }
