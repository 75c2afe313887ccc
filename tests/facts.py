"""A company's facts by plain Python, from its raw tables: lines in cents, orders, negotiations, rhythms, windows.

Nothing here reads our SQL. Money is in whole cents, rates and medians are fractions.
"""

import datetime as dt
import itertools
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tests import feeds
from tests.companies import CURRENCY, Company

LONGEST_WITHOUT_RATE = dt.timedelta(days=10)
MONTHS = {"month": 1, "quarter": 3, "year": 12, "twelve_months": 12}


@dataclass(frozen=True)
class Window:
    """What is compared with what, both ends counted."""

    date_from: dt.date
    date_to: dt.date
    base_from: dt.date
    base_to: dt.date
    elapsed: int | None
    period_to: dt.date

    def now(self, day: dt.date) -> bool:
        return self.date_from <= day <= self.date_to

    def base(self, day: dt.date) -> bool:
        return self.base_from <= day <= self.base_to

    def now_by_month(self, day: dt.date) -> bool:
        """Kept by month, the as-of month reaches to its end; nothing is known of days after the as-of day."""
        return self.date_from.replace(day=1) <= day.replace(day=1) <= self.date_to.replace(day=1)

    def base_by_month(self, day: dt.date) -> bool:
        """Kept by month, the base of a month without an elapsed working day holds none either."""
        last = self.base_to.replace(day=1)
        if self.elapsed is None or day.replace(day=1) != last:
            return self.base_from <= day <= max(self.base_to, last - dt.timedelta(days=1))
        return working_days(last, day) <= self.elapsed


def window(as_of: dt.date, period: str, comparison: str) -> Window:
    """The period that holds the day, and its equal from before or from last year."""
    month = pd.Period(as_of, "M")
    first = {
        "month": month,
        "quarter": pd.Period(as_of, "Q").asfreq("M", "start"),
        "year": pd.Period(year=as_of.year, month=1, freq="M"),
        "twelve_months": month - 11,
    }[period]
    back = 12 if comparison == "last_year" else MONTHS[period]
    elapsed = working_days(month.start_time.date(), as_of)
    days = [day.date() for day in pd.date_range((month - back).start_time, (month - back).end_time)]
    ends = {"quarter": pd.Period(as_of, "Q").end_time.date(), "year": dt.date(as_of.year, 12, 31)}
    last = ends.get(period, month.end_time.date())
    if elapsed == working_days(month.start_time.date(), month.end_time.date()):
        return Window(first.start_time.date(), as_of, (first - back).start_time.date(), days[-1], None, last)
    stretch = [day for day in days if working_days(days[0], day) <= elapsed] or days[:1]
    return Window(first.start_time.date(), as_of, (first - back).start_time.date(), stretch[-1], elapsed, last)


def working_days(first: dt.date, last: dt.date) -> int:
    """Mondays to Fridays from the first to the last day, both counted."""
    return int(np.busday_count(first, last + dt.timedelta(days=1)))


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day of an earlier year; a leap day becomes the 28th."""
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year - years, day=28 if leap else day.day)


@dataclass(frozen=True)
class Line:
    order: "Order"
    line_no: int
    product: str
    quantity: Decimal
    revenue: int
    list_value: int | None
    cost: int | None


@dataclass(frozen=True)
class Order:
    order_id: str
    day: dt.date
    customer: str | None
    owner: str | None
    credited: str | None
    segment: str | None
    catalog: str | None
    channel: str | None
    quote: str | None
    lines: list[Line]

    @cached_property
    def is_note(self) -> bool:
        return all(line.quantity <= 0 for line in self.lines)

    @cached_property
    def revenue(self) -> int:
        return sum(line.revenue for line in self.lines)


@dataclass(frozen=True)
class Negotiation:
    negotiation_id: str
    revisions: int
    customer: str | None
    segment: str | None
    rep: str | None
    team: str | None
    requested: dt.date
    issued: dt.date | None
    amount: int | None
    outcome: str | None
    closed: dt.date | None
    ordered: dt.date | None
    stage: str | None
    last_event: dt.date | None
    newest: dict[str, Any]
    expected: dt.date | None
    valid: dt.date | None
    slips: int
    response: int | None
    people: int
    roles: int
    source: str | None
    category: str | None
    discount: Fraction | None
    is_reopened: bool
    events: tuple[dict[str, Any], ...]
    versions: tuple[dict[str, Any], ...]
    heads: tuple[str, ...]

    @property
    def days(self) -> int | None:
        return (self.closed - self.requested).days if self.closed else None

    @property
    def counts_as(self) -> str | None:
        """Won or lost where rates are told; none of what is open."""
        return self.outcome

    @property
    def is_quoted(self) -> bool:
        return self.issued is not None

    @property
    def is_ordered(self) -> bool:
        return self.is_quoted and self.ordered is not None

    @property
    def is_timed(self) -> bool:
        """Whether the time to its decision is known, or still runs."""
        return self.outcome is None or self.days is not None


@dataclass(frozen=True)
class Visit:
    negotiation: Negotiation
    kind: str
    number: int
    place: str
    entered: dt.date
    left: dt.date | None
    days: int | None
    following: str | None
    is_revisit: bool
    is_back: bool


@dataclass(frozen=True)
class Rhythm:
    state: str
    order_days: int
    last: dt.date | None = None
    since: int | None = None
    usual: Fraction | None = None
    at_stake: Fraction = Fraction(0)
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def is_silent(self) -> bool:
        """Late, quiet, pausing with the season or probably gone: not written off, and not on its way either."""
        return self.state in ("late", "quiet", "seasonal_pause", "probably_gone")

    @property
    def likely_loss(self) -> Decimal | None:
        """What it buys in 90 days, times the chance that no order comes in 90 days."""
        if not self.is_silent:
            return None
        stake = Decimal(round(self.at_stake)) / 100
        product = Fraction(stake) * Fraction(self.said["silence_probability"])
        return (Decimal(product.numerator) / Decimal(product.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def churned_on(self) -> dt.date | None:
        """The first day on which it counts as churned, if no order comes."""
        return self.last and self.last + dt.timedelta(days=max(365, int(2 * (self.usual or 0))) + 1)

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.since) / self.usual if self.usual and self.since is not None else None


@dataclass(frozen=True)
class Sums:
    """Of lines: what SQL's sum gives, numbers, or None over nothing."""

    revenue: Any
    quantity: Any
    margin: int | None
    margin_rate: Fraction | None
    price_realisation: Fraction | None
    list_value: int | None


def sums(lines: Iterable[Line]) -> Sums:
    lines = list(lines)
    costed = [line for line in lines if line.cost is not None]
    listed = [line for line in lines if line.list_value is not None]
    margin = total(line.revenue - line.cost for line in lines if line.cost is not None)
    list_value = total(line.list_value for line in listed)
    return Sums(
        total(line.revenue for line in lines),
        total(line.quantity for line in lines),
        margin,
        rate(margin, total(line.revenue for line in costed)),
        rate(total(line.revenue for line in listed), list_value),
        list_value,
    )


def total(values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def rate(part: int | None, whole: int | None) -> Fraction | None:
    return Fraction(part, whole) if part is not None and whole else None


class Facts:
    """Everything a company's tables say as of a day."""

    def __init__(self, company: Company, as_of: dt.date) -> None:
        self.company = company
        self.as_of = as_of
        self.customers = {row["customer_id"]: row for row in company["customers"]}
        self.products = {row["product_id"]: row for row in company["products"]}
        self.reps = {row["rep_id"]: row for row in company["sales_reps"]}
        self.catalogs = {row["catalog_id"]: row for row in company["catalogs"]}
        self._rates: dict[str, list[tuple[dt.date, Decimal]]] = defaultdict(list)
        for row in company["exchange_rates"]:
            self._rates[row["currency"]].append((row["rated_on"], row["rate"]))
        self.orders = self._orders()
        self.negotiations = self._negotiations()
        self.rhythms = {customer: self._rhythm(customer) for customer in self.customers}
        self.risks: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.proposals: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.elasticities: dict[str, dict[str, Any]] = {}
        self.wins: dict[str, dict[str, Any]] = {}
        self.forecasts: list[dict[str, Any]] = []
        self.growth_accounts: list[dict[str, Any]] = []
        self.growth_replays: list[dict[str, Any]] = []
        self.growth_limits: dict[str, Any] = {}

    @cached_property
    def feeds(self) -> dict[tuple[str | None, str | None], feeds.Feed]:
        """From when to when the orders were loaded, by segment and channel."""
        return feeds.feeds(self.orders, self.as_of)

    @property
    def history_from(self) -> dt.date | None:
        """The first day of the orders."""
        return self.feeds[None, None].stretches[0][0] if self.feeds else None

    @property
    def covered_from(self) -> dt.date | None:
        """The day from which on they are loaded without a hole, a usual gap early."""
        if not self.feeds:
            return None
        whole = self.feeds[None, None]
        return whole.stretches[-1][0] - dt.timedelta(days=round(whole.usual_gap))

    def is_loaded(self, first: dt.date) -> bool:
        """Whether all orders since that day were loaded, as far as feeds go on."""
        return self.covered_from is None or self.covered_from <= first

    @cached_property
    def customer_ends(self) -> dict[str, dt.date]:
        """The last day of customers most of whose orders are of feeds that stopped, and who ordered nothing since."""
        return self._ends("customer", is_over=True)

    @cached_property
    def rep_ends(self) -> dict[str, dt.date]:
        """The last day of people most of whose credited orders are of feeds that stopped."""
        return self._ends("credited", is_over=False)

    def _ends(self, of: str, *, is_over: bool) -> dict[str, dt.date]:
        found: dict[str, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
        for order in self.orders:
            if (who := getattr(order, of)) and order.day <= self.as_of:
                found[who].append((order.day, feeds.last_day_of_feed(order, self.feeds)))
        ends = {}
        for who, these in found.items():
            known = [end for _, end in these if end]
            if 2 * len(known) > len(these) and not (is_over and max(day for day, _ in these) > max(known)):
                ends[who] = max(known)
        return ends

    @cached_property
    def lines(self) -> list[Line]:
        return [line for order in self.orders for line in order.lines]

    def team_on(self, rep: str, day: dt.date) -> str | None:
        """The team somebody was in that day."""
        return self._on("rep_teams", "rep_id", rep, "joined_on", day, self.reps[rep])["team"]

    def owner_on(self, customer: str | None, day: dt.date) -> str | None:
        """Who looked after an account that day."""
        account = self.customers.get(customer or "", {"owner_rep_id": None})
        today = {"rep_id": account["owner_rep_id"]}
        return self._on("account_owners", "customer_id", customer, "owned_from", day, today)["rep_id"]

    def _on(
        self, table: str, key: str, of: str | None, begins: str, day: dt.date, today: dict[str, Any]
    ) -> dict[str, Any]:
        """The row in force that day; where none is known that has begun by the as-of day, that of today."""
        begun = [row for row in self.company.get(table, []) if row[key] == of and row[begins] <= self.as_of]
        before = [row for row in begun if row[begins] <= day]
        if before:
            return max(before, key=lambda row: row[begins])
        return dict.fromkeys(begun[0]) if begun else today

    def offered(self, catalog: str | None) -> int:
        """Products in the catalog on the as-of day."""
        return len(
            {
                item["product_id"]
                for item in self.company["catalog_items"]
                if item["catalog_id"] == catalog
                and item["valid_from"] <= self.as_of <= (item.get("valid_to") or dt.date.max)
            }
        )

    def catalog_price(self, line: Line) -> Decimal | None:
        """What the order's catalog asked for one unit that day, by the item that began last."""
        day = line.order.day
        valid = [
            (item["valid_from"], item["price"])
            for item in self.company["catalog_items"]
            if (item["catalog_id"], item["product_id"]) == (line.order.catalog, line.product)
            and item["valid_from"] <= day <= (item.get("valid_to") or day)
        ]
        return max(valid)[1] if valid else None

    def _worth(self, currency: str, day: dt.date) -> Decimal:
        if currency == CURRENCY:
            return Decimal(1)
        return max((on, rate) for on, rate in self._rates[currency] if day - LONGEST_WITHOUT_RATE <= on <= day)[1]

    def _orders(self) -> list[Order]:
        lines = defaultdict(list)
        for row in self.company["order_lines"]:
            lines[row["order_id"]].append(row)
        orders = []
        for row in self.company["orders"]:
            account = self.customers.get(row["customer_id"], {})
            order = Order(
                row["order_id"],
                row["ordered_on"],
                row["customer_id"],
                account.get("owner_rep_id"),
                row["rep_id"] or self.owner_on(row["customer_id"], row["ordered_on"]),
                account.get("segment"),
                row["catalog_id"] or account.get("catalog_id"),
                row["channel"],
                row["quote_id"],
                [],
            )
            worth = self._worth(row["currency"], row["ordered_on"])
            order.lines.extend(self._line(order, line, worth) for line in lines[order.order_id])
            orders.append(order)
        return orders

    def _line(self, order: Order, row: dict[str, Any], worth: Decimal) -> Line:
        product = self.products[row["product_id"]]

        def value(price: Decimal | None, standard: Decimal | None = None) -> int | None:
            if price is not None:
                return in_cents(in_cents(row["quantity"] * price) * worth / 100)
            return None if standard is None else in_cents(row["quantity"] * standard)

        stated = row.get("amount")
        revenue = value(row["unit_price"]) if stated is None else in_cents(in_cents(stated) * worth / 100)
        assert revenue is not None
        return Line(
            order,
            row["line_no"],
            row["product_id"],
            row["quantity"],
            revenue,
            value(row["list_price"], product["list_price"]),
            value(row["unit_cost"], product["unit_cost"]),
        )

    @cached_property
    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """Quotes by the first quote they revise."""
        parts = defaultdict(list)
        for quote in self.company["quotes"]:
            parts[quote["revision_of"] or quote["quote_id"]].append(quote)
        return dict(parts)

    @cached_property
    def negotiation_of(self) -> dict[str, str]:
        """The negotiation of each part: where splits and merges lead within two steps."""
        part_of = {quote["quote_id"]: part for part, quotes in self.parts.items() for quote in quotes}

        def belongs_to(part: str) -> str | None:
            named = [quote.get("merged_into") or quote.get("split_from") for quote in self.parts[part]]
            others = {part_of[other] for other in named if other in part_of} - {part}
            return min(others, default=None)

        leads = {part: belongs_to(part) for part in self.parts}
        return {part: leads.get(leads[part] or "") or leads[part] or part for part in self.parts}

    @cached_property
    def replaced(self) -> set[str]:
        """Parts merged into another or split into others."""
        part_of = {quote["quote_id"]: part for part, quotes in self.parts.items() for quote in quotes}
        merged = {
            part
            for part, quotes in self.parts.items()
            for quote in quotes
            if part_of.get(quote.get("merged_into"), part) != part
        }
        split = {
            part_of[quote["split_from"]]
            for part, quotes in self.parts.items()
            for quote in quotes
            if part_of.get(quote.get("split_from"), part) != part
        }
        return merged | split

    def _negotiations(self) -> list[Negotiation]:
        together = defaultdict(list)
        for part, first in self.negotiation_of.items():
            together[first].append(part)
        return [self._negotiation(first, parts) for first, parts in together.items()]

    def _negotiation(self, first: str, parts: list[str]) -> Negotiation:
        def age(quote: dict[str, Any]) -> tuple[Any, ...]:
            return quote["requested_on"], quote["issued_on"] or dt.date.min, quote["quote_id"]

        quotes = sorted((quote for part in parts for quote in self.parts[part]), key=age)
        heads = [max(self.parts[part], key=age) for part in parts if part not in self.replaced]
        if not heads:
            heads = [max((max(self.parts[part], key=age) for part in parts), key=age)]
        newest = max(heads, key=age)
        ids = {quote["quote_id"] for quote in quotes}
        account = self.customers.get(newest["customer_id"], {})
        events = [event for event in self.company["quote_events"] if event["quote_id"] in ids]
        last = max(events, key=lambda event: (event["occurred_at"], event["event_id"]), default=None)
        last_day = last["occurred_at"].date() if last else None
        staged = [event for event in events if event["stage"]]
        asked = quotes[0]["requested_on"]
        issued = min((quote["issued_on"] for quote in quotes if quote["issued_on"]), default=None)
        won = [quote for quote in heads if quote["outcome"] == "won"]
        outcome = None if any(quote["outcome"] is None for quote in heads) else "won" if won else "lost"
        closed = max((quote["closed_on"] for quote in heads if quote["closed_on"]), default=last_day)
        answers = [event["occurred_at"].date() for event in events if event.get("actor") == "rep"]
        answered = min(answers, default=issued)
        expected = [quote["expected_close_on"] for quote in quotes if quote.get("expected_close_on")]
        people = {event["contact_id"] for event in events if event.get("contact_id")}
        contacts = {contact["contact_id"]: contact for contact in self.company.get("contacts", [])}
        leads = {lead["lead_id"]: lead for lead in self.company.get("leads", [])}
        lead = min((quote["lead_id"] for quote in quotes if quote.get("lead_id")), default=None)
        return Negotiation(
            negotiation_id=first,
            revisions=len(quotes),
            customer=newest["customer_id"],
            segment=account.get("segment"),
            rep=(rep := newest["rep_id"] or self.owner_on(newest["customer_id"], newest["closed_on"] or self.as_of)),
            team=rep and self.team_on(rep, (closed if outcome else None) or self.as_of),
            requested=asked,
            issued=issued,
            amount=total(map(self.value_of, won if outcome == "won" else heads)),
            outcome=outcome,
            closed=closed if outcome else None,
            ordered=min((order.day for order in self.orders if order.quote in ids), default=None),
            stage=max(staged, key=lambda event: (event["occurred_at"], event["event_id"]))["stage"] if staged else None,
            last_event=last_day,
            newest=newest,
            expected=max(
                (quote["expected_close_on"] for quote in heads if quote.get("expected_close_on")), default=None
            ),
            valid=min((quote["valid_until"] for quote in heads if quote.get("valid_until")), default=None),
            slips=sum(later > earlier for earlier, later in itertools.pairwise(expected)),
            response=max((answered - asked).days, 0) if answered else None,
            people=len(people),
            roles=len({role for person in people if (role := contacts.get(person, {}).get("role"))}),
            source=leads.get(lead, {}).get("source"),
            is_reopened=any(quote["outcome"] for quote in quotes if quote not in heads),
            events=tuple(sorted(events, key=lambda event: (event["occurred_at"], event["event_id"]))),
            versions=tuple(quotes),
            heads=tuple(quote["quote_id"] for quote in heads),
            **self._quoted(newest["quote_id"]),
        )

    def value_of(self, quote: dict[str, Any]) -> int | None:
        """What a quote is worth, in cents; none where that is not known."""
        if quote["amount"] is None:
            return None
        return in_cents(quote["amount"] * self._worth(quote["currency"], quote["requested_on"]))

    def name_of(self, talk: Negotiation) -> str | None:
        return self.customers[talk.customer]["name"] if talk.customer else None

    def _quoted(self, quote_id: str) -> dict[str, Any]:
        """Category that weighs most in a quote, and the discount of its lines that have a list price."""
        net: dict[str | None, int] = defaultdict(int)
        listed = full = 0
        for line in self.company.get("quote_lines", []):
            if line["quote_id"] == quote_id:
                paid = in_cents(line["quantity"] * line["unit_price"])
                net[self.products[line["product_id"]].get("category")] += paid
                if line.get("list_price") is not None:
                    listed += paid
                    full += in_cents(line["quantity"] * line["list_price"])
        category = min(net, key=lambda name: (-net[name], name is None, name or ""), default=None)
        return {"category": category, "discount": 1 - Fraction(listed, full) if full else None}

    def state(self, talk: Negotiation, day: dt.date) -> tuple[str, int | None, dt.date | None] | None:
        """State, amount in cents and expected close of a negotiation at the end of a day; None before its request."""

        def until(place: int, quote: dict[str, Any]) -> dt.date:
            if quote["quote_id"] in talk.heads:
                return dt.date.max
            part = quote["revision_of"] or quote["quote_id"]
            later = talk.versions[place + 1 :]
            own = [other for other in later if (other["revision_of"] or other["quote_id"]) == part]
            return (own or list(later) or [quote])[0]["requested_on"]

        def decided(quote: dict[str, Any]) -> dt.date:
            if quote["outcome"] is None:
                return dt.date.max
            return max(quote["closed_on"] or talk.closed or talk.requested, quote["requested_on"])

        counting = [
            quote for place, quote in enumerate(talk.versions) if quote["requested_on"] <= day < until(place, quote)
        ]
        if not counting:
            return None
        won = [quote for quote in counting if quote["outcome"] == "won" and decided(quote) <= day]
        is_open = any(decided(quote) > day for quote in counting)
        state = "open" if is_open else "won" if won else "lost"
        amount = total(map(self.value_of, won if state == "won" else counting))
        expected = [quote["expected_close_on"] for quote in counting if quote.get("expected_close_on")]
        return state, amount, max(expected, default=None)

    @cached_property
    def most_days(self) -> Fraction | None:
        """Within how many days nine of ten decisions came, of twenty at least."""
        took = sorted(max(talk.days, 0) for talk in self.negotiations if talk.outcome and talk.days is not None)
        if len(took) < 20:
            return None
        rank = Fraction(9, 10) * (len(took) - 1)
        low, high = took[math.floor(rank)], took[math.ceil(rank)]
        return low + (rank - math.floor(rank)) * (high - low)

    @cached_property
    def visits(self) -> list[Visit]:
        return [
            visit
            for talk in self.negotiations
            for kind, column in (("stage", "stage"), ("job", "buying_job"))
            for visit in self._visits(talk, kind, column)
        ]

    def _visits(self, talk: Negotiation, kind: str, column: str) -> list[Visit]:
        places = [
            (max(event["occurred_at"].date(), talk.requested), event[column])
            for event in talk.events
            if event.get(column)
        ]
        stays = [next(run) for _, run in itertools.groupby(places, key=lambda stay: stay[1])]
        visits = []
        for number, (entered, place) in enumerate(stays, 1):
            later = stays[number] if number < len(stays) else None
            if later is None and place in ("won", "lost"):
                continue
            left = later[0] if later else talk.closed
            until = left or (self.as_of if talk.outcome is None else None)
            following = later[1] if later else talk.outcome
            been = [stay[1] for stay in stays[:number]]
            days = None if until is None else max((until - entered).days, 0)
            visits.append(
                Visit(talk, kind, number, place, entered, left, days, following, place in been[:-1], following in been)
            )
        return visits

    def _rhythm(self, customer: str) -> Rhythm:
        known = [order for order in self.orders if order.customer == customer and order.day <= self.as_of]
        days = sorted({order.day for order in known if not order.is_note})
        if not days:
            return Rhythm("no_orders", 0)
        since = (min(self.as_of, self.customer_ends.get(customer, self.as_of)) - days[-1]).days
        year = sum(order.revenue for order in known if order.day > days[-1] - dt.timedelta(days=365))
        at_stake = Fraction(max(year, 0) * 90, 365)
        if len(days) < 5 or (days[-1] - days[0]).days < 90:
            return Rhythm("", len(days), days[-1], since, at_stake=at_stake)
        usual = statistics.median(Fraction((later - day).days) for day, later in itertools.pairwise(days))
        return Rhythm("", len(days), days[-1], since, usual, at_stake)

    def take_verdicts(self, verdicts: Iterable[dict[str, Any]]) -> None:
        """What the statistics say of each customer, rows of reorder_rhythm. They have tests of their own."""
        for said in verdicts:
            customer = said["customer_id"]
            self.rhythms[customer] = replace(self.rhythms[customer], state=said["rhythm"], said=said)

    def take_alerts(self, risks: Iterable[dict[str, Any]], proposals: Iterable[dict[str, Any]]) -> None:
        """Rows of category_risks and growth_proposals, by customer; they, too, have tests of their own."""
        for row in risks:
            self.risks[row["customer_id"]].append(row)
        for row in proposals:
            self.proposals[row["customer_id"]].append(row)

    def take_elasticities(self, elasticities: Iterable[dict[str, Any]]) -> None:
        """Rows of elasticities, of which those of products count here."""
        self.elasticities = {row["key"]: row for row in elasticities if row["level"] == "item"}


def known(talks: Iterable[Negotiation]) -> list[int]:
    """The amounts of deals that have one."""
    return [talk.amount for talk in talks if talk.amount is not None]


def worth(talks: Iterable[Negotiation]) -> int:
    """What deals are worth together, as far as their amounts are known."""
    return sum(known(talks))


def in_cents(amount: Decimal) -> int:
    """Half a cent goes away from zero."""
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def chosen(wanted: str | None) -> Callable[[str | None], bool]:
    """A filter's choice; none means all, those without a value included."""
    return lambda value: wanted is None or value == wanted
