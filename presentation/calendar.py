"""What is due, as a calendar that any program subscribes to (iCalendar, RFC 5545): all-day events with links.

The same data give the same bytes, in each language: what an event is of makes its UID, the snapshot its stamps.
"""

import datetime as dt
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from icalendar import Calendar, Event

import queries
from data.people import actions, permissions
from data.people.person import Person
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import Fetch
from presentation import labels, needs
from presentation.addresses import address
from presentation.format import value
from presentation.words import language, text

MOST = 500  # of each kind, the most valuable first
BACK_DAYS = 31  # what was due longer ago stands in the lists alone
AHEAD_DAYS = 90  # orders expected later are too uncertain for a day
_MOST_SNOOZED = 200  # accounts whose snoozed reasons are looked up
_LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class Entry:
    """One day on which something is due: of what kind, about which customer and subject, and where it opens."""

    kind: str
    customer_id: str
    subject: str
    day: dt.date
    title: str
    about: str
    place: str

    @property
    def uid(self) -> str:
        """The same for the same thing, however its day moves."""
        said = json.dumps([self.kind, self.customer_id, self.subject])
        return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@orderbeat"


def entries(fetch: Fetch, to: Person, shown: Snapshot, at: str = "") -> list[Entry]:
    """What is due on a day, of what somebody may read; `at` is where the server answers, for the links."""
    first = dt.date.fromisoformat(shown.as_of) - dt.timedelta(days=BACK_DAYS)
    parts = (_due, _decisions, _expected, _snoozed)
    found = {each.uid: each for part in parts for each in part(fetch, to, shown, at) if each.day >= first}
    return sorted(found.values(), key=lambda each: (each.day, each.uid))


def written(found: Sequence[Entry], shown: Snapshot) -> bytes:
    """The entries as a calendar in the language that is settled."""
    calendar = Calendar()
    calendar.add("prodid", "-//Orderbeat//Orderbeat//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", text("Orderbeat: due"))
    stamp = _stamp(shown)
    for each in found:
        event = Event()
        event.add("uid", each.uid)
        event.add("dtstamp", stamp)
        event.add("last-modified", stamp)
        event.add("dtstart", each.day)
        event.add("dtend", each.day + dt.timedelta(days=1))
        event.add("transp", "TRANSPARENT")  # it takes nobody's time
        event.add("summary", each.title[:1].upper() + each.title[1:], parameters={"language": language()})
        event.add("description", f"{each.about}\n{each.place}" if each.about else each.place)
        event.add("url", each.place)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _stamp(shown: Snapshot) -> dt.datetime:
    built = dt.datetime.fromisoformat(shown.built_at)
    return (built if built.tzinfo else built.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).replace(microsecond=0)


def _due(fetch: Fetch, to: Person, shown: Snapshot, at: str) -> Iterator[Entry]:
    """Deals, contracts and orders that are due; deals snoozed come back on their day."""
    if not _reads(to, shown, "team.due"):
        return
    for status in ("open", "snoozed"):
        found = _rows(fetch, shown, "team.due", status=status, sort="at_stake")
        for row in found.rows():
            day = row["due_on"] if status == "open" else row["until"]
            if day is None:
                continue
            said = text("{reason}: {customer}", reason=labels.code(row["reason"]), customer=_plain(row["customer"]))
            title = said if status == "open" else text("Back again: {what}", what=said)
            about = _money(found, row["at_stake"])
            place = address("customers", at=at, customer=row["customer_id"])
            if row["alert"] == "deal":
                place = address("negotiations", at=at, negotiation=row["subject"])
            yield Entry(row["alert"], row["customer_id"], row["subject"], day, title, about, place)


def _decisions(fetch: Fetch, to: Person, shown: Snapshot, at: str) -> Iterator[Entry]:
    """Days on which open deals are expected to be decided, with what to do next."""
    if "quotes" not in shown.loaded_tables or not _reads(to, shown, "negotiations.open_list"):
        return
    due = {each.subject for each in _due(fetch, to, shown, at) if each.kind == "deal"}
    found = _rows(fetch, shown, "negotiations.open_list", sort="amount")
    for row in found.rows():
        if row["expected_close_on"] is None or row["negotiation_id"] in due:
            continue
        title = text("{step}: {customer}", step=labels.code(row["next_step"]), customer=_plain(row["customer"]))
        place = address("negotiations", at=at, negotiation=row["negotiation_id"])
        yield Entry(
            "deal", row["customer_id"] or "", row["negotiation_id"], row["expected_close_on"], title,
            _money(found, row["amount"]), place,
        )  # fmt: skip


def _expected(fetch: Fetch, to: Person, shown: Snapshot, at: str) -> Iterator[Entry]:
    """Days on which accounts are to order again: their last order day and the usual interval."""
    if not _reads(to, shown, "customers.book"):
        return
    as_of = dt.date.fromisoformat(shown.as_of)
    days = {"date_from": as_of, "date_to": as_of}
    found = _rows(fetch, shown, "customers.book", sort="expected_revenue", **days)
    for row in found.rows():
        if row["usual_interval_days"] is None or row["days_since_last"] is None:
            continue
        ahead = round(row["usual_interval_days"]) - row["days_since_last"]
        if not 0 <= ahead <= AHEAD_DAYS:
            continue
        title = text("Order expected: {customer}", customer=_plain(row["customer"]))
        about = text("It usually orders every {days}.", days=value(row["usual_interval_days"], "days"))
        place = address("customers", at=at, customer=row["customer_id"])
        yield Entry("expected", row["customer_id"], "", as_of + dt.timedelta(days=ahead), title, about, place)


def _snoozed(fetch: Fetch, to: Person, shown: Snapshot, at: str) -> Iterator[Entry]:
    """Reasons of the work list that were snoozed, on the day on which they come back."""
    if not _reads(to, shown, "customers.work_list"):
        return
    accounts = _rows(fetch, shown, "customers.work_list", status="snoozed", page_rows=_MOST_SNOOZED)
    for account in accounts.rows():
        for row in _rows(fetch, shown, "customers.work_reasons", customer=account["customer_id"]).rows():
            if row["status"] != "snoozed" or row["until"] is None or row["alert"] in ("deal", "contract", "order"):
                continue
            reason = text(
                "{reason}: {customer}", reason=labels.code(row["reason"] or row["alert"]),
                customer=_plain(row["customer"]),
            )  # fmt: skip
            place = address("customers", at=at, customer=row["customer_id"])
            yield Entry(
                row["alert"], row["customer_id"], row["subject"], row["until"],
                text("Back again: {what}", what=reason), _plain(row["about"]) if row["about"] else "", place,
            )  # fmt: skip


def _reads(to: Person, shown: Snapshot, name: str) -> bool:
    return permissions.allowed(to, "read", name) and not needs.of_query(queries.load(name), shown)


def _rows(fetch: Fetch, shown: Snapshot, name: str, **more: Any) -> Result:
    declared = queries.load(name).params
    given: Mapping[str, Any] = {
        **dict.fromkeys(declared), **actions.parameters(dt.date.fromisoformat(shown.as_of)),
        "page_start": 0, "page_rows": MOST, **more,
    }  # fmt: skip
    return fetch(name, **{param: given[param] for param in declared})


def _money(found: Result, amount: Any) -> str:
    return "" if amount is None else value(amount, "money", found.snapshot.currency)


def _plain(name: str | None) -> str:
    """A name from the data as one line without signs that steer anything; the calendar escapes the rest."""
    kept = (" " if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp", "Cs") else sign for sign in name or "–")
    return " ".join("".join(kept).split())[:_LONGEST]
