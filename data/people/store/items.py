"""What an alert is, what somebody does about it, and what is known of that afterwards."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from data.people.person import Author

Kind = Literal["late", "category_risk", "growth", "deal", "contract", "contact", "order"]
Did = Literal["accepted", "snoozed", "dismissed", "undone", "noted", "routed"]
Status = Literal["open", "accepted", "snoozed", "dismissed"]
Channel = Literal["outside", "inside", "ecommerce"]

ACCOUNT = "account"  # subject of an item that is about all of an account
# What the list of what is due holds, on the Team page; the other kinds make up the work list, on the Customers page.
DUE: tuple[Kind, ...] = ("deal", "contract", "contact", "order")
WORK: tuple[Kind, ...] = ("late", "category_risk", "growth")


@dataclass(frozen=True, order=True)
class Item:
    """One alert as it stands on screen.

    `subject` is what of the account it is about, such as a category or an id, or `ACCOUNT` for all of it.
    """

    kind: Kind
    customer_id: str
    subject: str

    @property
    def page(self) -> str:
        """The page on which it stands."""
        return "team" if self.kind in DUE else "customers"


@dataclass(frozen=True)
class Deed:
    """What somebody does to an item.

    Snoozing needs `until`, dismissing `until` and `reason` (a code), routing `channel`, noting `note`; a note may go
    with anything. Undoing takes back the last decision that holds, not notes and routings.
    """

    did: Did
    until: date | None = None
    reason: str | None = None
    channel: Channel | None = None
    note: str | None = None


@dataclass(frozen=True)
class Seen:
    """What stood on screen when somebody acted: how many events the item had, and of which day the data were.

    `money` (cents) and `probability` (0-1) are what was promised then; `group_key` is what a decision teaches about,
    "" where nothing.
    """

    version: int
    as_of: date
    group_key: str = ""
    money: int | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Event:
    """One thing that somebody did to an item, and what it led to.

    `status`, `until`, `reason` and `channel` are the item's state afterwards; `in_force` is the version of the
    decision behind that state, None where the item is as nobody had decided. `at` is UTC. The last four are as in
    `Seen`.
    """

    item: Item
    version: int
    did: Did
    status: Status
    until: date | None
    reason: str | None
    channel: Channel | None
    note: str | None
    in_force: int | None
    by: Author
    at: datetime
    as_of: date
    group_key: str
    money: int | None
    probability: float | None


@dataclass(frozen=True)
class State:
    """Where an item stands: its newest event and the decision in force, None each where there is none."""

    item: Item
    last: Event | None = None
    decision: Event | None = None

    @property
    def version(self) -> int:
        """Number of events so far, to be given back when acting."""
        return self.last.version if self.last else 0

    @property
    def status(self) -> Status:
        """As decided; `status_on` says whether that still holds."""
        return self.last.status if self.last else "open"

    @property
    def until(self) -> date | None:
        """The day on which a snoozed or dismissed item comes back."""
        return self.last.until if self.last else None

    @property
    def reason(self) -> str | None:
        """Code of why it was dismissed."""
        return self.last.reason if self.last else None

    @property
    def channel(self) -> Channel | None:
        """Who is to take it up, if it was routed."""
        return self.last.channel if self.last else None

    def status_on(self, day: date) -> Status:
        """The status on `day`: from the day it was put off to, an item is open again."""
        return "open" if self.until and self.until <= day else self.status
