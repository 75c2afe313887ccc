"""Random small companies in contract shape, for tests that recompute what the warehouse says."""

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data import contract
from data.loading import inputs

# Why deals are decided, in words that mean nothing special, and in some that one day may.
REASONS = (None, "price", "service", "duplicate")
Company = dict[str, list[dict[str, Any]]]

CURRENCY = "EUR"
_RATES = {"USD": 0.91, "GBP": 1.17, "RUB": 0.0105}
_ARROW_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "quantity": pa.decimal128(18, 3),
    "price": pa.decimal128(18, 6),
    "money": pa.decimal128(18, 2),
    "fx_rate": pa.decimal128(18, 8),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def random_company(seed: int, orders: int | None = None) -> Company:
    """A company with the awkward things real ones have.

    Returns, orders without lines, customer or rep, foreign currencies, half cents, lines without cost or list price,
    lines that state their amount, charges without quantity, accounts without owner, revised quotes.
    """
    company = _Maker(seed, orders).company()
    fill_gaps(company, random.Random(f"gaps of {seed}"))
    return company


def fill_gaps(company: Company, pick: random.Random) -> None:
    """Draws what else the contract allows, and nothing, in columns that stay empty or always hold something."""
    days = sorted(order["ordered_on"] for order in company["orders"])
    reps = [rep["rep_id"] for rep in company["sales_reps"]]
    customers = [customer["customer_id"] for customer in company["customers"]]
    values: dict[str, dict[str, Callable[[], Any]]] = {
        "sales_reps": {
            "email": lambda: "rep@example.com",
            "capacity": lambda: pick.choice((0, 3, 12)),
            "accounts_a_day": lambda: pick.choice((1, 8)),
        },
        "catalogs": {
            "target_group": lambda: "builders",
            "valid_from": lambda: days[0],
            "valid_to": lambda: pick.choice(days),
        },
        "customers": {"industry": lambda: "building", "parent_id": lambda: pick.choice(customers)},
        "products": {
            "sku": lambda: f"SKU-{pick.randrange(99)}",
            "brand": lambda: "Own",
            "discontinued_on": lambda: pick.choice(days),
        },
        "leads": {"customer_id": lambda: pick.choice(customers), "first_response_on": lambda: pick.choice(days)},
        "contacts": {"email": lambda: "person@example.com"},
        "quote_lines": {"unit_cost": lambda: Decimal(pick.randrange(1, 9_000)) / 100},
        "contracts": {"annual_value": lambda: Decimal(pick.randrange(1, 10_000_00)) / 100},
    }
    if reps:
        values["contracts"]["rep_id"] = lambda: pick.choice(reps)
        values["activities"] = {"rep_id": lambda: pick.choice(reps)}
    for table, columns in values.items():
        for row in company.get(table, []):
            row |= {name: draw() for name, draw in columns.items() if row.get(name) is None and pick.random() < 0.3}
    for rep in company["sales_reps"]:
        rep["team"] = None if pick.random() < 0.15 else rep["team"]
    for quote in company["quotes"]:
        quote["amount"] = None if pick.random() < 0.1 else quote["amount"]
        quote["customer_id"] = None if pick.random() < 0.06 else quote["customer_id"]
    for line in company["order_lines"]:
        if pick.random() < 0.2 and line.get("amount") is None:
            state_amount(line, pick)
    for quote in company["quotes"]:
        if quote["outcome"]:
            quote["outcome_reason"] = pick.choice((quote.get("outcome_reason"), *REASONS))
    for quote in company["quotes"]:
        quote["stage"] = pick.choice((None, "draft", "talks"))


def state_amount(line: dict[str, Any], pick: random.Random) -> None:
    """Gives an order line an amount: that of its price, one that disagrees, one in place of a price, or a charge."""
    amount = (line["quantity"] * line["unit_price"]).quantize(Decimal("0.01"))
    kind = pick.choice(("agrees", "disagrees", "no price", "charge"))
    line["amount"] = amount if kind == "agrees" else amount - Decimal(pick.randrange(1, 500)) / 100
    if kind in ("no price", "charge"):
        line["unit_price"] = None
    if kind == "charge":
        line["quantity"] = Decimal(0)


def load(home: Path, company: Company, currency: str = CURRENCY) -> None:
    """Publishes the company's tables as the next generation of inputs, instead of what was loaded before."""
    with inputs.next_generation(home, inputs.ANEW) as draft:
        draft.reporting_currency = currency
        for name, rows in company.items():
            if rows:
                pq.write_table(as_arrow(name, rows), draft.folder(name) / "part-0.parquet")
                draft.ledger.append(inputs.Load(name, f"{name}.csv", "", len(rows), len(rows), 0))


def as_arrow(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a typed table in contract shape; what a row leaves out is null."""
    columns = contract.table(table).columns
    schema = pa.schema([(column.name, _ARROW_TYPES[column.kind]) for column in columns])
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


class _Maker:
    def __init__(self, seed: int, orders: int | None) -> None:
        self.number_of_orders = orders
        self.random = random.Random(seed)
        self.start = dt.date(2024, 1, 1) + dt.timedelta(days=self.random.randrange(400))
        self.days = self.random.choice((40, 200, 420))
        self.deals = random.Random(f"deals of {seed}")

    def company(self) -> Company:
        pick = self.random
        reps = self._reps(pick.randint(0, 6))
        catalogs = [{"catalog_id": f"K{i}", "name": f"Catalog {i}"} for i in range(pick.randint(0, 3))]
        customers = self._customers(pick.randint(2, 12), reps, catalogs)
        products = self._products(pick.randint(2, 8))
        quotes = self._quotes(pick.randint(0, 20), customers, reps)
        orders = self._orders(self.number_of_orders or pick.randint(5, 60), customers, reps, catalogs, quotes)
        events = self._events(quotes)
        contacts, leads = self._contacts(customers), self._leads(reps)
        self._deepen(quotes, events, contacts, leads)
        return {
            "exchange_rates": self._rates(),
            "sales_reps": reps,
            "catalogs": catalogs,
            "customers": customers,
            "products": products,
            "catalog_items": [
                {
                    "catalog_id": k["catalog_id"],
                    "product_id": p["product_id"],
                    "valid_from": self.start,
                    "price": Decimal(5),
                }
                for k in catalogs
                for p in products
                if pick.random() < 0.7
            ],
            "quotes": quotes,
            "contacts": contacts,
            "leads": leads,
            "quote_lines": [line for quote in quotes for line in self._quote_lines(quote["quote_id"], products)],
            "quote_events": events,
            "orders": orders,
            "order_lines": [line for order in orders for line in self._lines(order["order_id"], products)],
            "quotas": [
                {"rep_id": rep["rep_id"], "month": self.start.replace(day=1), "metric": metric, "target": Decimal(1000)}
                for rep in reps
                for metric in ("revenue", "margin")
            ],
        }

    def _reps(self, number: int) -> list[dict[str, Any]]:
        reps: list[dict[str, Any]] = []
        for i in range(number):
            manager = self._or_none([rep["rep_id"] for rep in reps], 0.4)
            reps.append({"rep_id": f"R{i}", "name": f"Rep {i}", "team": f"Team {i % 2}", "manager_id": manager})
        return reps

    def _customers(
        self, number: int, reps: list[dict[str, Any]], catalogs: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        return [
            {
                "customer_id": f"C{i}",
                "name": f"Customer {i}",
                "segment": self._or_none(list(contract.SEGMENTS), 0.1),
                "owner_rep_id": self._or_none([rep["rep_id"] for rep in reps], 0.2),
                "catalog_id": self._or_none([catalog["catalog_id"] for catalog in catalogs], 0.3),
                "created_on": self.start,
            }
            for i in range(number)
        ]

    def _products(self, number: int) -> list[dict[str, Any]]:
        return [
            {
                "product_id": f"P{i}",
                "name": f"Product {i}",
                "category": self._or_none(["pumps", "valves", "pipes"], 0.1),
                "unit_cost": self._price(0.3),
                "list_price": self._price(0.3),
            }
            for i in range(number)
        ]

    def _quotes(self, number: int, customers: list[dict[str, Any]], reps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        quotes: list[dict[str, Any]] = []
        for i in range(number):
            first = self._or_none([quote for quote in quotes if not quote["revision_of"]], 0.7)
            asked = self._day() if first is None else first["requested_on"] + self._up_to(20)
            outcome = self._or_none(["won", "lost"], 0.4)
            quotes.append(
                {
                    "quote_id": f"Q{i}",
                    "revision_of": first and first["quote_id"],
                    "customer_id": first["customer_id"] if first else self.random.choice(customers)["customer_id"],
                    "rep_id": self._or_none([rep["rep_id"] for rep in reps], 0.3),
                    "requested_on": asked,
                    "issued_on": self._or_none([asked + self._up_to(5)], 0.2),
                    "currency": self._currency(),
                    "amount": Decimal(self.random.randrange(1, 10_000_00)) / 100,
                    "outcome": outcome,
                    "closed_on": asked + self._up_to(40) if outcome and self.random.random() < 0.9 else None,
                }
            )
        return quotes

    def _events(self, quotes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        for quote in quotes:
            for _ in range(self.random.randint(0, 4)):
                moment = dt.datetime.combine(
                    quote["requested_on"] + self._up_to(10), dt.time(self.random.choice((9, 15)))
                )
                events.append(
                    {
                        "event_id": f"E{len(events)}" if len(events) % 7 else f"observed:{len(events)}",
                        "quote_id": quote["quote_id"],
                        "occurred_at": moment,
                        "stage": self._or_none(["draft", "sent", "talks"], 0.2),
                        "buying_job": self._or_none(list(contract.BUYING_JOBS), 0.2),
                    }
                )
        return events

    def _contacts(self, customers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {
                "contact_id": f"{customer['customer_id']}-{i}",
                "customer_id": customer["customer_id"],
                "name": f"Person {i}",
                "role": self.deals.choice(["buyer", "engineer", "owner", None]),
            }
            for customer in customers
            for i in range(self.deals.randint(0, 3))
        ]

    def _leads(self, reps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rep_ids = [rep["rep_id"] for rep in reps]
        return [
            {
                "lead_id": f"L{i}",
                "created_on": (created := self.start + dt.timedelta(days=self.deals.randrange(self.days))),
                "company": f"Company {i}",
                "source": self.deals.choice(["fair", "web", None]),
                "segment": self.deals.choice([*contract.SEGMENTS, None]),
                "rep_id": self.deals.choice([*rep_ids, None]),
                "status": (status := self.deals.choice(["new", "accepted", "rejected", "converted"])),
                "rejected_reason": self.deals.choice(["no budget", None]) if status == "rejected" else None,
                "first_response_on": self.deals.choice([created + dt.timedelta(days=self.deals.randrange(9)), None]),
            }
            for i in range(self.deals.randint(0, 6))
        ]

    def _deepen(
        self,
        quotes: list[dict[str, Any]],
        events: list[dict[str, Any]],
        contacts: list[dict[str, Any]],
        leads: list[dict[str, Any]],
    ) -> None:
        """Channels, leads, expectations, reasons, splits and merges of quotes; who took part in their events."""
        pick = self.deals
        customer_of = {quote["quote_id"]: quote["customer_id"] for quote in quotes}
        people: dict[str, list[str | None]] = {}
        for contact in contacts:
            people.setdefault(contact["customer_id"], [None]).append(contact["contact_id"])
        for quote in quotes:
            asked, kin = quote["requested_on"], [q for q in quotes if q["customer_id"] == quote["customer_id"]]
            quote |= {
                "channel": pick.choice([*contract.CHANNELS, None]),
                "lead_id": pick.choice([*(lead["lead_id"] for lead in leads), None, None]),
                "expected_close_on": pick.choice([asked + dt.timedelta(days=pick.randrange(60)), None]),
                "valid_until": pick.choice([asked + dt.timedelta(days=pick.randrange(90)), None]),
                "outcome_reason": pick.choice(["price", "service", None]) if quote["outcome"] else None,
                "split_from": pick.choice(kin)["quote_id"] if pick.random() < 0.15 else None,
                "merged_into": pick.choice(kin)["quote_id"] if pick.random() < 0.1 else None,
            }
        for event in events:
            event |= {
                "actor": pick.choice(["customer", "rep", "system", None]),
                "channel": pick.choice(["digital", "personal", "phone", "email", None]),
                "contact_id": pick.choice(people.get(customer_of[event["quote_id"]], [None])),
            }
            if pick.random() < 0.1:
                event["stage"] = pick.choice(["won", "lost"])
            if pick.random() < 0.05:
                event["occurred_at"] -= dt.timedelta(days=30)

    def _quote_lines(self, quote_id: str, products: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {
                "quote_id": quote_id,
                "line_no": number + 1,
                "product_id": self.deals.choice(products)["product_id"],
                "quantity": Decimal(self.deals.choice((1, 5, 12))),
                "unit_price": Decimal(self.deals.randrange(1, 20_000)) / 100,
                "list_price": self.deals.choice((Decimal(self.deals.randrange(1, 20_000)) / 100, None)),
            }
            for number in range(self.deals.randint(0, 3))
        ]

    def _orders(
        self,
        number: int,
        customers: list[dict[str, Any]],
        reps: list[dict[str, Any]],
        catalogs: list[dict[str, Any]],
        quotes: list[dict[str, Any]],
    ) -> list[dict[str, Any]]:
        return [
            {
                "order_id": f"O{i}",
                "ordered_on": self._day(),
                "customer_id": self._or_none([customer["customer_id"] for customer in customers], 0.1),
                "rep_id": self._or_none([rep["rep_id"] for rep in reps], 0.3),
                "channel": self._or_none(list(contract.CHANNELS), 0.1),
                "quote_id": self._or_none([quote["quote_id"] for quote in quotes], 0.7),
                "catalog_id": self._or_none([catalog["catalog_id"] for catalog in catalogs], 0.5),
                "currency": self._currency(),
            }
            for i in range(number)
        ]

    def _lines(self, order_id: str, products: list[dict[str, Any]]) -> list[dict[str, Any]]:
        is_credit_note = self.random.random() < 0.1
        return [
            {
                "order_id": order_id,
                "line_no": number + 1,
                "product_id": self.random.choice(products)["product_id"],
                "quantity": self._quantity(-1 if is_credit_note or self.random.random() < 0.05 else 1),
                "unit_price": self._price(),
                "list_price": self._price(0.4),
                "unit_cost": self._price(0.4),
            }
            for number in range(self.random.randint(0, 4))
        ]

    def _rates(self) -> list[dict[str, Any]]:
        """Published every Friday, as central banks rest on weekends; a day's rate is up to six days old."""
        friday = self.start - dt.timedelta(days=(self.start.weekday() - 4) % 7)
        fridays = [friday + dt.timedelta(weeks=week) for week in range(self.days // 7 + 8)]
        return [
            {"currency": currency, "rated_on": day, "rate": round(Decimal(rate * self.random.uniform(0.9, 1.1)), 8)}
            for currency, rate in _RATES.items()
            for day in fridays
        ]

    def _or_none(self, values: list[Any], chance_of_none: float) -> Any:
        return None if not values or self.random.random() < chance_of_none else self.random.choice(values)

    def _currency(self) -> str:
        return self.random.choice((CURRENCY, CURRENCY, *_RATES))

    def _day(self) -> dt.date:
        return self.start + self._up_to(self.days)

    def _up_to(self, days: int) -> dt.timedelta:
        return dt.timedelta(days=self.random.randrange(days))

    def _price(self, chance_of_none: float = 0.0) -> Decimal | None:
        """Often with half cents and more digits, as unit prices of screws have."""
        digits = self.random.choice((2, 3, 6))
        price = Decimal(self.random.randrange(1, 200 * 10**digits)) / 10**digits
        return self._or_none([price], chance_of_none)

    def _quantity(self, sign: int) -> Decimal:
        return sign * self.random.choice((Decimal(1), Decimal(5), Decimal("0.5"), Decimal("12.345"), Decimal(250)))
