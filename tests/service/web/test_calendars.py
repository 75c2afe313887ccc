"""A calendar is read by its token alone: the owner's rows, in their language, and nothing for anybody else."""

import dataclasses
import datetime as dt
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from data.people import ways
from data.people.person import Person
from data.people.store import audit, deeds, open_store, tokens
from data.people.store.accounts import people
from data.people.store.items import Deed, Item, Seen
from data.warehouse import access
from pages.ui import wire
from service.web import entrance
from service.web.gate import Gate
from service.web.rates import Rates
from tests.pages.test_leaks import _TOKEN, AS_OF
from tests.service.conftest import HOSTILE, Company
from tests.service.web.house import Answer, House
from tests.service.web.house import app as behind

LONG = "x" * 5_000


@dataclasses.dataclass
class Visited:
    """A company behind its gate."""

    company: Company
    house: House

    def token(self, who: Person, use: Any = "calendar") -> tokens.Made:
        return tokens.make(self.company.store, who, use, "phone", days=30)

    def ask(self, secret: str, query: str = "", method: str = "GET", **headers: str) -> Answer:
        return self.house.ask(f"/calendar/{secret}.ics{query}", method, headers={"host": self.house.host, **headers})

    def events(self, who: Person, query: str = "") -> list[Any]:
        answer = self.ask(self.token(who).secret, query)
        assert answer.status == 200
        return list(Calendar.from_ical(answer.body).walk("VEVENT"))


@pytest.fixture
def visited(own_company: Company) -> Visited:
    house = House.__new__(House)
    house.settings, house.jar, house.store = own_company.where, {}, open_store(own_company.where)
    house.gate = Gate(behind, settings=own_company.where, entrance=entrance.app(own_company.where), wire=wire)
    own_company.open("calendar", "rep", "director", "ecommerce", "lead")
    return Visited(own_company, house)


def owners(words: str) -> set[str]:
    return {token[2] for token in _TOKEN.finditer(words)}


def test_a_feed_holds_the_owners_rows_and_no_other(visited: Visited) -> None:
    rep = visited.company.somebody("rep", rep="R4")
    answer = visited.ask(visited.token(rep).secret)
    unfolded = answer.body.decode().replace("\r\n ", "")
    assert owners(unfolded) == {"R4"}
    lead = visited.company.somebody("lead", team="R3", rep="R3")
    assert {each for event in visited.events(lead) for each in owners(str(event["SUMMARY"]) + str(event["URL"]))} == {
        "R3", "R4",
    }  # fmt: skip
    everything = visited.events(visited.company.somebody("director"))
    own = Calendar.from_ical(answer.body).walk("VEVENT")
    uids = {str(event["UID"]) for event in everything}
    assert len(uids) == len(everything) > len(own) > 0
    assert {str(event["UID"]) for event in own} < uids


def test_events_are_all_day_with_links_and_say_the_same_of_the_same_data(visited: Visited) -> None:
    rep = visited.company.somebody("rep", rep="R4")
    events = visited.events(rep)
    built = datetime.fromisoformat(visited.company.shown.built_at)
    for event in events:
        assert isinstance(event["DTSTART"].dt, dt.date)
        assert not isinstance(event["DTSTART"].dt, datetime)
        assert event["DTEND"].dt == event["DTSTART"].dt + timedelta(days=1)
        assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == built
        assert str(event["URL"]).startswith(f"http://{visited.house.host}/")
    said = {str(event["SUMMARY"]).partition(":")[0] for event in events}
    assert {"Contract ends", "Order expected"} <= said
    assert AS_OF + timedelta(days=30) in {event["DTSTART"].dt for event in events}
    first, second = (visited.ask(visited.token(rep).secret) for _ in range(2))
    assert first.body == second.body


def test_it_is_in_the_language_that_was_asked_for(visited: Visited) -> None:
    rep = visited.company.somebody("rep", rep="R4")
    english = {str(event["UID"]): str(event["SUMMARY"]) for event in visited.events(rep, "?language=xx")}
    russian = {str(event["UID"]): str(event["SUMMARY"]) for event in visited.events(rep, "?language=ru")}
    assert english.keys() == russian.keys()
    assert any(said.startswith("Ожидается заказ: ") for said in russian.values())
    assert not any(russian[uid] == said for uid, said in english.items())


def test_hostile_names_are_text_and_break_no_line(visited: Visited) -> None:
    answer = visited.ask(visited.token(visited.company.somebody("director")).secret)
    (calendar,) = Calendar.from_ical(answer.body, multiple=True)
    assert not [each for each in calendar.walk() if each.name not in ("VCALENDAR", "VEVENT")]
    lines = answer.body.decode().split("\r\n")
    assert lines.count("END:VCALENDAR") == 1
    assert not any(line.startswith(("X-A", "lines", "more")) for line in lines)
    assert all(len(line.encode()) <= 75 for line in lines)
    said = "\n".join(str(event["SUMMARY"]) for event in calendar.walk("VEVENT"))
    assert HOSTILE[1] in said
    assert HOSTILE[4] in said
    assert "two lines and more" in said
    assert "\u202e" not in said


def test_every_bad_token_is_told_the_same(visited: Visited) -> None:
    company = visited.company
    rep, gone = company.somebody("rep", rep="R4"), company.somebody("rep", rep="R4")
    over, revoked, closed = (visited.token(who) for who in (rep, rep, company.somebody("lead", team="R3", rep="R3")))
    deactivated, erased = visited.token(gone), visited.token(second := company.somebody("rep", rep="R4"))
    assistant = visited.token(rep, "assistant")
    good = visited.token(rep)
    assert {visited.ask(each.secret).status for each in (over, revoked, closed, deactivated, erased)} == {200}
    with company.store.keeping() as connection:
        past = sa.update(tokens.TOKENS).where(tokens.TOKENS.c.id == over.token.id)
        connection.execute(past.values(until=datetime.now(UTC) - timedelta(seconds=1)))
    tokens.revoke(company.store, rep, revoked.token.id)
    people.deactivate(company.store, company.admin, gone.key)
    people.erase(company.store, company.admin, second.key)
    ways.set_open(company.store, company.admin, "calendar", ["rep"])
    bad = [over, revoked, closed, deactivated, erased, assistant]
    answers = [visited.ask(each.secret) for each in bad]
    answers += [visited.ask(secret) for secret in ("", "x", LONG, "%00", "..", good.secret[:-1], good.secret + "x")]
    answers += [visited.house.ask(place, headers={"host": visited.house.host}) for place in
                (f"/calendar/{good.secret}", "/calendar/", f"/calendar/{good.secret}.ics/x")]  # fmt: skip
    told = {(a.status, a.body, a.header("cache-control"), a.header("content-type")) for a in answers}
    assert told == {(404, b"There is no such calendar.\n", "no-store", "text/plain; charset=utf-8")}
    assert visited.ask(good.secret).status == 200


def test_nothing_else_is_answered_without_a_session(visited: Visited) -> None:
    good = visited.token(visited.company.somebody("rep", rep="R4")).secret
    assert visited.house.ask("/customers", headers={"cookie": f"orderbeat={good}"}).status == 303
    assert visited.ask(good, method="POST").status in (403, 405)
    assert visited.ask(good, method="HEAD").status == 200
    elsewhere = visited.house.ask(f"/calendar/{good}.ics", headers={"host": "elsewhere.example"})
    assert elsewhere.status == 421


def test_a_program_keeps_it_to_itself_and_asks_whether_it_changed(visited: Visited) -> None:
    rep = visited.company.somebody("rep", rep="R4")
    secret = visited.token(rep).secret
    first = visited.ask(secret)
    assert first.header("content-type").startswith("text/calendar")
    assert first.header("cache-control").startswith("private")
    same = visited.ask(secret, **{"if-none-match": f'W/{first.header("etag")}, "other"'})
    assert (same.status, same.body) == (304, b"")
    contract = Item("contract", "customer-R4-2", "T-customer-R4-2")
    until = AS_OF + timedelta(days=9)
    deeds.act(visited.company.store, rep, contract, Deed("snoozed", until=until), Seen(0, AS_OF))
    other = visited.ask(secret, **{"if-none-match": first.header("etag")})
    assert other.status == 200
    events: list[Any] = Calendar.from_ical(other.body).walk("VEVENT")
    (back,) = [each for each in events if "Back again" in str(each["SUMMARY"])]
    assert back["DTSTART"].dt == until
    assert "customer-R4-2" in str(back["URL"])
    before = {str(each["UID"]) for each in Calendar.from_ical(first.body).walk("VEVENT")}
    assert str(back["UID"]) in before, "the same thing on another day"


def test_each_read_is_in_the_audit_those_of_a_minute_once(visited: Visited) -> None:
    company = visited.company
    made = visited.token(rep := company.somebody("rep", rep="R4"))
    for _ in range(3):
        visited.ask(made.secret)

    def reads() -> list[audit.Entry]:
        return audit.read(company.store, company.admin, did="calendar_read")

    (row,) = reads()
    assert (row.by and row.by.key, row.about, row.address) == (rep.key, made.token.id, "127.0.0.1")
    assert made.secret not in str(row)
    with company.store.keeping() as connection:
        connection.execute(sa.update(tokens.TOKENS).values(used_at=datetime.now(UTC) - timedelta(seconds=61)))
    visited.ask(made.secret)
    assert len(reads()) == 2
    audit.verify(company.store)


def test_guessing_is_slowed_down(visited: Visited) -> None:
    visited.house.gate._rates = Rates(per_second=0.001, at_once=20)
    statuses = [visited.ask(f"guess{n}").status for n in range(22)]
    assert statuses == [404] * 20 + [429] * 2


def test_before_anything_is_loaded_it_says_so(visited: Visited, tmp_path: Path) -> None:
    made = visited.token(visited.company.somebody("rep", rep="R4"))
    (visited.company.where.home / "snapshots").rename(tmp_path / "away")
    access._newest_sound.cache_clear()
    assert visited.ask(made.secret).status == 503
    assert visited.ask("x").status == 404
