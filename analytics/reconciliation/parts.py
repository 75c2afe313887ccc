"""What a reconciliation works with: documents of ours, entries of finance, what was refused, and what is found."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal

Cause = Literal[
    "quarantined", "missing", "doubled", "other_day", "other_rate", "returned", "rounding", "tax", "without_customer"
]
# In the order in which they are told, and in which one is taken before another that explains as well.
CAUSES: tuple[Cause, ...] = (
    "quarantined", "missing", "doubled", "other_day", "returned", "without_customer", "tax", "other_rate", "rounding",
)  # fmt: skip

ZERO, HALF_CENT = Decimal("0.00"), Decimal("0.005")
# Rates of value added tax in force in Europe and its neighbours; any other rate must show itself more often.
TAXES = tuple(Decimal(each) / 100 for each in (
    "5", "5.5", "6", "7", "7.7", "8", "8.1", "9", "10", "12", "13", "13.5", "14", "15", "16", "17", "17.5", "18", "19",
    "20", "21", "22", "23", "24", "25", "25.5", "27",
))  # fmt: skip


@dataclass(frozen=True)
class Document:
    """An order or credit note of ours. `amount` and `returned` (its negative lines, below 0) in reporting currency."""

    id: str
    day: dt.date
    amount: Decimal
    lines: int = 1
    returned: Decimal = ZERO
    customer_id: str | None = None
    customer: str | None = None
    segment: str | None = None
    currency: str = ""


@dataclass(frozen=True)
class Refused:
    """Rows of one order that wait in quarantine: `amount` of those that can be read, and how many cannot.

    `returned` are its negative lines, below 0.

    `is_whole` where the order itself is refused, `why` and `where` say the reason and place of the first row.
    """

    id: str
    day: dt.date | None
    amount: Decimal
    rows: int = 1
    returned: Decimal = ZERO
    unreadable: int = 0
    is_whole: bool = True
    customer_id: str | None = None
    segment: str | None = None
    currency: str = ""
    why: str = ""
    where: str = ""


@dataclass(frozen=True)
class Entry:
    """A row of finance's file: a total or an invoice. What the file does not give is None."""

    amount: Decimal
    line: int = 0
    id: str | None = None
    day: dt.date | None = None
    month: dt.date | None = None
    customer_id: str | None = None
    segment: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Cell:
    """What a total is of; what the file does not tell apart is None."""

    month: dt.date | None = None
    segment: str | None = None
    customer_id: str | None = None

    @property
    def sort_key(self) -> tuple[str, ...]:
        """By month, then segment, then customer; unknown ones last."""
        return tuple("~" if each is None else str(each) for each in (self.month, self.segment, self.customer_id))


@dataclass(frozen=True)
class Finding:
    """Part of a difference (theirs - ours) with its cause. `is_certain` is False where it is only possible.

    `detail` is what a cause is told with: a rate of tax, two exchange rates, a reason and place of quarantine.
    """

    cause: Cause
    amount: Decimal
    cell: Cell
    is_certain: bool = True
    document: Document | None = None
    entry: Entry | None = None
    refused: Refused | None = None
    detail: str = ""


@dataclass(frozen=True)
class Rates:
    """Worth of one unit of each currency in the reporting currency, by the day it is valid from."""

    reporting: str
    by_currency: Mapping[str, Mapping[dt.date, Decimal]] = field(default_factory=dict)
    _usual: dict[tuple[str, dt.date], dict[str, Decimal]] = field(default_factory=dict, repr=False, compare=False)

    def on(self, currency: str, day: dt.date) -> Decimal | None:
        """The last rate on or before a day, at most ten days old; 1 for the reporting currency."""
        if currency in ("", self.reporting):
            return Decimal(1)
        known = self.by_currency.get(currency, {})
        back = (day - dt.timedelta(days=age) for age in range(11))
        return next((known[each] for each in back if each in known), None)

    def is_foreign(self, currency: str) -> bool:
        """Whether amounts of a currency are converted."""
        return currency not in ("", self.reporting)

    def usual(self, currency: str, day: dt.date) -> dict[str, Decimal]:
        """Rates that many books use instead of the day's, by what they are; 1 where nothing is converted."""
        first = day.replace(day=1)
        if (currency, first) not in self._usual:
            self._usual[currency, first] = self._usual_of(currency, first)
        return self._usual[currency, first]

    def _usual_of(self, currency: str, first: dt.date) -> dict[str, Decimal]:
        known = self.by_currency.get(currency, {})
        past = (first + dt.timedelta(days=32)).replace(day=1)
        month = [known[each] for each in sorted(known) if first <= each < past]
        found = {"unconverted": Decimal(1)}
        if month:
            mean = sum(month, ZERO) / len(month)
            found |= {"mean_of_month": mean, "first_of_month": month[0], "last_of_month": month[-1]}
        if before := [each for each in known if each < first]:
            found["last_of_month_before"] = known[max(before)]
        return found

    def near(self, currency: str, day: dt.date) -> list[Decimal]:
        """Rates of other days within three weeks, the nearest first."""
        known = self.by_currency.get(currency, {})
        days = (day + dt.timedelta(days=sign * away) for away in range(22) for sign in (-1, 1))
        return [*dict.fromkeys(known[each] for each in days if each in known)]


def cents(amount: Decimal) -> Decimal:
    """Rounded to cents, halves away from zero."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def month_of(day: dt.date) -> dt.date:
    """The first day of its month."""
    return day.replace(day=1)


def plain_id(number: str) -> str:
    """An invoice number without what people write around it: capitals, blanks, signs, letters and zeros in front."""
    bare = re.sub(r"[\W_]", "", number).casefold()
    return re.sub(r"^[^\W\d]*0*(?=\d)", "", bare)


def is_copy(number: str, of: str) -> bool:
    """Whether a number is another one with a mark behind it, such as 1007-2, 1007/A or 1007 copy."""
    behind = number[len(of) :] if number.startswith(of) else ""
    return bool(
        re.fullmatch(r"([-_/. ]\w{1,2}|[-_/. (]*(copy|kopie|dup\w*|double|копия|дубль)\W*\d*)", behind, re.IGNORECASE)
    )


def months_between(days: Iterable[dt.date]) -> set[dt.date]:
    """First days of all months from the first to the last of them."""
    found = sorted({month_of(day) for day in days})
    for first, second in pairwise([*found]):
        while (first := (first + dt.timedelta(days=32)).replace(day=1)) < second:
            found.append(first)
    return {*found}
