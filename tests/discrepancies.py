"""Invoices of which finance's file tells something else than ours, each discrepancy drawn by a seed and remembered.

It knows nothing of how causes are found: from one list of true invoices it writes source files for us and a list for
finance, and spoils one or the other.
"""

import csv
import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CENT = Decimal("0.01")
KINDS = (
    "quarantined", "missing", "doubled", "other_day", "other_rate", "returned", "rounding", "tax", "without_customer",
)  # fmt: skip
FOREIGN = "SEK"


@dataclass(frozen=True)
class Line:
    """Units at a price."""

    product: str
    quantity: Decimal
    price: Decimal

    @property
    def net(self) -> Decimal:
        """Rounded to cents, as on an invoice."""
        return cents(self.quantity * self.price)


@dataclass(frozen=True)
class Invoice:
    """A true invoice."""

    number: str
    day: dt.date
    customer: str | None
    currency: str
    lines: tuple[Line, ...]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Books:
    """Both sides: our source rows, finance's rows (number, day, customer, amount), and which kinds were seeded."""

    invoices: list[Invoice]
    rates: dict[dt.date, Decimal]
    pick: random.Random
    ours: list[Invoice] = field(default_factory=list)
    spoiled_orders: dict[str, str] = field(default_factory=dict)
    spoiled_lines: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    listed: dict[str, Invoice] = field(default_factory=dict)
    twice: set[str] = field(default_factory=set)
    gross: dict[str, Decimal] = field(default_factory=dict)
    converted: dict[str, Decimal] = field(default_factory=dict)
    unrounded: set[str] = field(default_factory=set)
    sold_only: set[str] = field(default_factory=set)
    seeded: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ours = [*self.invoices]
        self.by_number = {invoice.number: invoice for invoice in self.invoices}
        self.listed = {invoice.number: invoice for invoice in self.invoices}

    def some(self, eligible: Sequence[Invoice], most: int = 6) -> list[Invoice]:
        return self.pick.sample(eligible, min(len(eligible), self.pick.randint(1, most)))

    def both(self) -> list[Invoice]:
        """Invoices that both sides still have."""
        ours = {invoice.number for invoice in self.ours}
        return [each for each in self.listed.values() if each.number in ours]

    def spoiled_numbers(self) -> set[str]:
        return {*self.spoiled_orders, *(number for number, _ in self.spoiled_lines)}

    def has_no_twin(self, one: Invoice) -> bool:
        """Whether no other invoice is of the same customer, day and amount: a real double cannot be told from it."""
        same = [each for each in self.invoices if (each.customer, each.day) == (one.customer, one.day)]
        return [self.ours_of(each.number) for each in same].count(self.ours_of(one.number)) == 1

    def amount(self, number: str) -> Decimal:
        """What finance writes for an invoice."""
        invoice = self.listed[number]
        lines = [line for line in invoice.lines if line.quantity > 0 or number not in self.sold_only]
        rate = self.rates[invoice.day] if invoice.currency == FOREIGN else Decimal(1)
        if number in self.unrounded:
            total = cents(sum((line.quantity * line.price for line in lines), Decimal()) * rate)
        elif number in self.converted:
            total = cents(sum((line.net for line in lines), Decimal()) * self.converted[number])
        else:
            total = sum((cents(line.net * rate) for line in lines), Decimal())
        return cents(total * self.gross.get(number, Decimal(1)))

    def ours_of(self, number: str) -> Decimal:
        invoice = self.by_number[number]
        rate = self.rates[invoice.day] if invoice.currency == FOREIGN else Decimal(1)
        return sum((cents(line.net * rate) for line in invoice.lines), Decimal())


def seed(books: Books, kinds: Sequence[str]) -> None:
    """Applies the kinds, those that take invoices away first; remembers those that changed something."""
    for kind in sorted(kinds, key=_ORDER.index):
        if _SEEDS[kind](books):
            books.seeded.add(kind)


def _quarantined(books: Books) -> bool:
    chosen = books.some([each for each in books.both() if each.lines])
    for invoice in chosen:
        way = books.pick.choice(("day", "customer", "line", "product"))
        number = books.pick.randint(1, len(invoice.lines))
        if way == "day":
            books.spoiled_orders[invoice.number] = "2010-02-31"
        elif way == "customer":
            books.spoiled_orders[invoice.number] = "nobody known"
        elif way == "line":
            books.spoiled_lines[invoice.number, number] = ("quantity", "twelve")
        else:
            books.spoiled_lines[invoice.number, number] = ("product_id", "no such product")
    return any(books.amount(each.number) for each in chosen)


def _missing(books: Books) -> bool:
    eligible = [each for each in _plain(books) if books.has_no_twin(each)]
    chosen = books.some(eligible)
    if books.pick.random() < 0.5:
        gone = {each.number for each in chosen}
        books.ours = [each for each in books.ours if each.number not in gone]
    else:
        for each in chosen:
            del books.listed[each.number]
    return bool(chosen)


def _plain(books: Books) -> list[Invoice]:
    """Sales to somebody that both sides have and nothing else was done to."""
    spoiled = books.spoiled_numbers()
    kept = [each for each in books.both() if each.customer and each.number not in spoiled]
    return [each for each in kept if books.ours_of(each.number) > 0]


def _doubled(books: Books) -> bool:
    chosen = books.some(_plain(books))
    if books.pick.random() < 0.5:
        books.ours += [
            replace(each, number=books.pick.choice((f"{each.number}-2", f"{each.number}/1"))) for each in chosen
        ]
    else:
        books.twice |= {each.number for each in chosen}
    return bool(chosen)


def _other_day(books: Books) -> bool:
    first, last = min(books.rates), max(books.rates)
    chosen = books.some(books.both())
    for each in chosen:
        day = each.day + dt.timedelta(days=books.pick.choice((-9, -3, -1, 1, 2, 8)))
        if first <= day <= last and each.currency != FOREIGN:
            books.listed[each.number] = replace(each, day=day)
    return any(books.listed[each.number].day != each.day for each in chosen)


def _other_rate(books: Books) -> bool:
    foreign = [each for each in books.both() if each.currency == FOREIGN]
    way = books.pick.choice(("mean", "fixed", "none"))
    for each in foreign:
        month = [rate for day, rate in books.rates.items() if (day.year, day.month) == (each.day.year, each.day.month)]
        mean = sum(month, Decimal()) / len(month)
        other = {"mean": mean, "fixed": (mean * Decimal("1.0137")).quantize(Decimal("0.0001")), "none": Decimal(1)}[way]
        books.converted[each.number] = other
    return any(books.amount(each.number) != books.ours_of(each.number) for each in foreign)


def _returns(books: Books) -> bool:
    credit = [each for each in books.both() if books.ours_of(each.number) < 0]
    mixed = [
        each
        for each in books.both()
        if books.ours_of(each.number) > 0 and any(line.quantity < 0 for line in each.lines)
    ]
    for each in credit:
        del books.listed[each.number]
    books.sold_only |= {each.number for each in mixed}
    return bool(credit or mixed)


def _rounding(books: Books) -> bool:
    chosen = [each for each in books.both() if each.currency != FOREIGN]
    before = {each.number: books.amount(each.number) for each in chosen}
    books.unrounded |= {each.number for each in chosen}
    return any(books.amount(number) != amount for number, amount in before.items())


def _tax(books: Books) -> bool:
    rate = 1 + Decimal(books.pick.choice(("0.07", "0.19", "0.20", "0.21", "0.25")))
    chosen = books.both()
    if books.pick.random() < 0.5:  # of one group of customers alone
        customers = sorted({each.customer or "" for each in chosen})
        some = {*books.pick.sample(customers, (len(customers) + 1) // 2)}
        chosen = [each for each in chosen if (each.customer or "") in some]
    books.gross |= {each.number: rate for each in chosen}
    return any(books.amount(each.number) != books.ours_of(each.number) for each in chosen)


def _without_customer(books: Books) -> bool:
    unknown = [each for each in books.both() if not each.customer and books.ours_of(each.number) > 0]
    for each in unknown:
        del books.listed[each.number]
    return any(each.number not in books.spoiled_numbers() for each in unknown)


_SEEDS: dict[str, Callable[[Books], bool]] = {
    "returned": _returns, "without_customer": _without_customer, "quarantined": _quarantined, "missing": _missing,
    "doubled": _doubled, "other_day": _other_day, "other_rate": _other_rate, "rounding": _rounding, "tax": _tax,
}  # fmt: skip
_ORDER = [*_SEEDS]


def rates(first: dt.date, last: dt.date, pick: random.Random) -> dict[dt.date, Decimal]:
    """A rate for each day that wanders."""
    rate, found = pick.choice((Decimal("0.0873"), Decimal("0.871"), Decimal("1.16"))), {}
    for number in range((last - first).days + 1):
        rate *= 1 + Decimal(pick.randint(-40, 40)) / 10_000
        found[first + dt.timedelta(days=number)] = rate.quantize(Decimal("0.00000001"))
    return found


def made_up(number: int) -> tuple[list[Invoice], dict[dt.date, Decimal]]:
    """A few months of a small company's invoices."""
    pick = random.Random(f"company {number}")
    first = dt.date(2025, 1, 1)
    invoices = []
    for place in range(160):
        customer = f"C{pick.randint(1, 18)}" if pick.random() < 0.93 else None
        is_credit = pick.random() < 0.06
        lines = tuple(
            Line(
                f"P{pick.randint(1, 30)}",
                Decimal(pick.randint(1, 60) * (-1 if is_credit or pick.random() < 0.02 else 1)),
                Decimal(pick.randint(300, 400_000)) / 10_000,
            )
            for _ in range(pick.randint(1, 7))
        )
        currency = FOREIGN if customer in ("C3", "C7", "C11") else "EUR"
        invoices.append(
            Invoice(f"{7000 + place}", first + dt.timedelta(days=pick.randint(0, 119)), customer, currency, lines)
        )
    return invoices, rates(first - dt.timedelta(days=15), first + dt.timedelta(days=140), pick)


def retail(file: Path, number: int) -> tuple[list[Invoice], dict[dt.date, Decimal]]:
    """Three months of some customers of Online Retail II, those abroad invoiced in a foreign currency.

    Some articles have a price with two more decimals, as a discounted price has.
    """
    pick = random.Random(f"retail {number}")
    first = dt.date(2009, 12, 1) + dt.timedelta(days=pick.choice((0, 31, 62, 90, 182, 273, 365)))
    last = first + dt.timedelta(days=91)
    sold = _between(file, first, last)
    at_home = pc.equal(sold["country"], "United Kingdom")
    home, abroad = (_known(sold.filter(place)) for place in (at_home, pc.invert(at_home)))
    chosen = {*pick.sample(home, 60), *pick.sample(abroad, min(12, len(abroad)))}
    unknown = sorted(sold.filter(pc.is_null(sold["customer_id"]))["invoice"].unique().to_pylist())
    nameless = {*pick.sample(unknown, min(20, len(unknown)))}
    taken = pc.or_(
        pc.is_in(sold["customer_id"], pa.array(chosen, pa.int64())), pc.is_in(sold["invoice"], pa.array(nameless))
    )
    lines: dict[str, list[Line]] = {}
    about: dict[str, tuple[dt.date, str | None, str]] = {}
    for row in sold.filter(taken).to_pylist():
        known, invoice, article = row["customer_id"], row["invoice"].strip(), row["stock_code"].strip().upper()
        price = Decimal(str(row["price"])) + (Decimal("0.0037") if article[-1:] in "479" else 0)
        lines.setdefault(invoice, []).append(Line(article, Decimal(row["quantity"]), price))
        currency = FOREIGN if known in abroad else "EUR"
        about.setdefault(invoice, (row["invoice_ts"].date(), str(known) if known else None, currency))
    invoices = [Invoice(each, *about[each], tuple(lines[each])) for each in lines]
    return invoices, rates(first - dt.timedelta(days=15), last + dt.timedelta(days=15), pick)


@cache
def _between(file: Path, first: dt.date, last: dt.date) -> pa.Table:
    """Lines invoiced from the first day on and before the last."""
    begin, end = (dt.datetime.combine(day, dt.time()) for day in (first, last))
    return pq.read_table(file, filters=[("invoice_ts", ">=", begin), ("invoice_ts", "<", end)])


def _known(sold: pa.Table) -> list[int]:
    """Ids of customers, in order."""
    return sorted(sold["customer_id"].drop_null().unique().to_pylist())


def write(books: Books, folder: Path) -> Path:
    """Writes our source files into a folder, and finance's list beside it, which is returned."""
    folder.mkdir(parents=True)
    customers = sorted({each.customer for each in books.ours if each.customer})
    products = sorted({line.product for each in books.ours for line in each.lines})
    orders: list[list[object]] = []
    lines: list[list[object]] = []
    for each in books.ours:
        spoiled = books.spoiled_orders.get(each.number, "")
        day, customer = (spoiled, each.customer) if spoiled[:1] == "2" else (each.day, spoiled or each.customer)
        orders.append([each.number, day, customer or "", each.currency])
        for number, line in enumerate(each.lines, 1):
            row: dict[str, object] = {"product_id": line.product, "quantity": line.quantity, "unit_price": line.price}
            column, value = books.spoiled_lines.get((each.number, number), ("quantity", line.quantity))
            row[column] = value
            lines.append([each.number, number, *row.values()])
    tables: dict[str, tuple[str, list[list[object]]]] = {
        "customers": ("customer_id,name,segment", [[each, f"Customer {each}", "b2b"] for each in customers]),
        "products": ("product_id,name", [[each, f"Article {each}"] for each in products]),
        "orders": ("order_id,ordered_on,customer_id,currency", orders),
        "order_lines": ("order_id,line_no,product_id,quantity,unit_price", lines),
        "exchange_rates": ("currency,rated_on,rate", [[FOREIGN, *rated] for rated in books.rates.items()]),
    }
    for name, (heading, rows) in tables.items():
        _csv(folder / f"{name}.csv", heading.split(","), rows)
    listed = [
        [each.number, each.day, each.customer or "", books.amount(each.number)]
        for each in books.listed.values()
        for _ in range(2 if each.number in books.twice else 1)
    ]
    books.pick.shuffle(listed)
    return _csv(folder.parent / "finance.csv", ["Invoice No", "Invoice date", "Customer", "Net amount"], listed)


def _csv(path: Path, heading: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        written = csv.writer(handle)
        written.writerow(heading)
        written.writerows(rows)
    return path
