"""What all recomputations share: the view somebody has, money in cents, choices of rows and small statistics."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from presentation.periods import Comparison, Period
from tests.facts import Facts, Line, Negotiation, Order, Window, chosen, known, window

Row = dict[str, Any]


YEAR = timedelta(days=365)


NO_ORDER_FOLLOWED = 30  # days of maturity where no quote was ever ordered


@dataclass(frozen=True)
class Nearest:
    """An amount of money that is no whole number of cents; half a cent may go either way where doubles multiply."""

    cents: Fraction
    within: Fraction = Fraction(1, 2) + Fraction(1, 10**6)

    @property
    def rounded(self) -> int:
        return round(self.cents)


@dataclass(frozen=True)
class View:
    """What somebody looks at: the filters of the pages, and what was asked of a list."""

    period: Period = "twelve_months"
    compare: Comparison = "last_year"
    segment: str | None = None
    owner: str | None = None
    category: str | None = None
    catalog: str | None = None
    team: str | None = None
    search: str | None = None
    sort: str | None = None
    page_start: int = 0
    page_rows: int = 50
    limit: int = 12
    customer: str | None = None
    order: str | None = None
    product: str | None = None
    negotiation: str | None = None
    places: str | None = None
    due: str | None = None
    due_days: int | None = None
    next_step: str | None = None
    flow: str | None = None
    health: str | None = None
    tier: str | None = None
    rhythm: str | None = None
    cohort_step: str | None = None
    action: str | None = None

    movement: str | None = None
    abc: str | None = None
    xyz: str | None = None
    weights: str = json.dumps(
        [
            {"segment": "dealer", "turnover": 0.4, "volume": 0.3, "outlets": 0.3, "frequency": 0.0},
            {"segment": "b2b", "turnover": 0.4, "volume": 0.3, "outlets": 0.0, "frequency": 0.3},
        ]
    )
    stage: str | None = None
    by: str | None = None
    metric: str = "revenue"
    rep: str | None = None
    role: str | None = None
    demand_split: str | None = None
    margin_split: str | None = None
    channel: str | None = None

    alert: str | None = None
    reason: str | None = None
    subject: str | None = None
    decided: str | None = None
    taught: str | None = None
    held_share: float = 0.0
    least_chance: float | None = None
    least_expected: Decimal | None = None
    entered: str | None = None

    @property
    def leaking(self) -> str | None:
        """What the lines below approved prices are of."""
        return {"by_customer": self.customer, "by_product": self.product, "by_channel": self.channel}.get(self.by or "")

    months: int = 12
    outcome: str | None = None
    outcome_reason: str | None = None
    depth: str | None = None
    since: date = date(2024, 5, 1)
    programme: str = "b2b"
    status: str | None = None
    lateness: str | None = None

    def window(self, facts: Facts) -> Window:
        return window(facts.as_of, self.period, self.compare)


def money(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents) / 100


def change(now: int, base: int) -> Fraction | None:
    return Fraction(now, base) - 1 if base > 0 else None


def falling(value: Any) -> tuple[bool, Any]:
    """Sorts the largest first and what is unknown last."""
    return (value is None, 0 if value is None else -value)


def rising(value: Any) -> tuple[bool, Any]:
    """Sorts the smallest first and what is unknown last."""
    return (value is None, 0 if value is None else value)


def named(row: Row) -> tuple[bool, str]:
    """Sorts by the name of the customer, and what has none last."""
    return row["customer"] is None, (row["customer"] or "").lower()


def average(talks: Sequence[Negotiation]) -> Nearest | None:
    """Of the deals whose amount is known."""
    amounts = known(talks)
    return Nearest(Fraction(sum(amounts), len(amounts))) if amounts else None


def found(search: str | None, words: str | None, code: str) -> bool:
    return search is None or search.lower() in (words or "").lower() or search.lower() == code.lower()


def page(rows: Sequence[Row], view: View, total_name: str) -> list[Row]:
    shown = rows[view.page_start : view.page_start + view.page_rows]
    return [row | {total_name: len(rows)} for row in shown]


def book_of(orders: Iterable[Order], view: View) -> list[Order]:
    segment, owner = chosen(view.segment), chosen(view.owner)
    return [order for order in orders if segment(order.segment) and owner(order.owner)]


def lines_of(orders: Iterable[Order]) -> list[Line]:
    return [line for order in orders for line in order.lines]


def accounts_of(facts: Facts, view: View) -> list[Row]:
    segment, owner = chosen(view.segment), chosen(view.owner)
    return [row for row in facts.customers.values() if segment(row["segment"]) and owner(row["owner_rep_id"])]


def months_before(day: date, number: int) -> list[date]:
    first = day.year * 12 + day.month - number
    return [date(index // 12, index % 12 + 1, 1) for index in range(first, first + number)]


def name_of(rows: dict[str, Row], key: str | None) -> str | None:
    return rows[key]["name"] if key else None


def standing(difference: Fraction | None, spread: Fraction | None) -> str:
    if difference is None or spread is None:
        return "too_few"
    return "ahead" if difference > spread else "behind" if difference < -spread else "cannot_tell"


def talks_of(facts: Facts, view: View) -> list[Negotiation]:
    segment, owner = chosen(view.segment), chosen(view.owner)
    return [talk for talk in facts.negotiations if segment(talk.segment) and owner(talk.rep)]


def quantile(values: list[int], share: Fraction) -> Fraction:
    """Interpolated between the two nearest ranks."""
    ranked = sorted(values)
    rank = share * (len(ranked) - 1)
    low, high = ranked[math.floor(rank)], ranked[math.ceil(rank)]
    return low + (rank - math.floor(rank)) * (high - low)


def median_survival(ended: list[int], censored: list[int]) -> int | None:
    """Product-limit estimate: the first day on which at most half are left; a tie counts the censored as at risk."""
    left = Fraction(1)
    for day in sorted(set(ended)):
        at_risk = sum(other >= day for other in ended + censored)
        left *= 1 - Fraction(ended.count(day), at_risk)
        if left <= Fraction(1, 2):
            return day
    return None


def wilson(part: int, whole: int) -> tuple[Fraction | None, Fraction | None]:
    """Ends of the interval that holds nine of ten; none of fewer than five."""
    if whole < 5:
        return None, None
    z, share = 1.645, part / whole
    middle, shrunk = share + z * z / (2 * whole), 1 + z * z / whole
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return Fraction(max((middle - spread) / shrunk, 0)), Fraction(min((middle + spread) / shrunk, 1))


def share_of(part: Any, whole: Any, base: int) -> Fraction | None:
    return Fraction(part, whole) if base >= 5 and whole else None


def team_of(facts: Facts, view: View) -> list[str]:
    return [rep for rep, row in facts.reps.items() if chosen(view.team)(row["team"])]


def memberships(facts: Facts, view: View) -> list[tuple[str, str | None]]:
    """Everybody with each team they were ever in, none included; of the chosen team those who ever were in it."""
    pairs = {(rep, row["team"]) for rep, row in facts.reps.items()}
    pairs |= {(row["rep_id"], row["team"]) for row in facts.company.get("rep_teams", [])}
    pairs |= {(row["rep_id"], None) for row in facts.company.get("rep_teams", [])}
    return sorted((pair for pair in pairs if chosen(view.team)(pair[1])), key=str)


def leads_of(facts: Facts, view: View, *statuses: str) -> list[Row]:
    return [
        lead
        for lead in facts.company.get("leads", [])
        if lead["status"] in statuses and chosen(view.segment)(lead["segment"]) and chosen(view.owner)(lead["rep_id"])
    ]
