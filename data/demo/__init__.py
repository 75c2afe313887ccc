"""A generated distributor with planted truths: the same company for the same `lines`, `seed` and last day, always.

The history ends on the day asked for, in an open month, after three full years. Customers are worked through in cells
of fixed size, each with random numbers of its own, so memory does not grow with the lines.

    calendar   days, months, working days          orders     order days, orders, lines of a cell
    market     products, prices, catalogs, rates   deals      negotiations, quotes, events of a cell
    reps       the sales force                     invoices   credit notes, currencies; orders to Parquet
    accounts   customers and what is planted       relations  everything around
    world      market, reps and accounts together  truths     what was planted, outside the warehouse
    tables     numpy columns to contract Parquet   words      what names are made of
"""

import datetime as dt
import zlib
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data import contract
from data.demo import accounts, deals, invoices, market, orders, relations, reps, truths
from data.demo.calendar import history, last_working_day
from data.demo.tables import Floats, Ints, Writer
from data.demo.world import Leads, World
from data.errors import BadInput
from data.loading import inputs
from data.settings import Settings

__all__ = ["EARLIEST", "FEWEST_LINES", "last_working_day", "write"]

REPORTING_CURRENCY = "EUR"
FEWEST_LINES = 5_000
EARLIEST = dt.date(2000, 1, 1)  # as the last day of a history
MOST_ACTIVITIES = 150_000
MOST_FEEDBACK = 60_000
# Customers drawn together. Part of what defines the company: another size is another company.
CELL = 64


def write(settings: Settings, lines: int, seed: int, as_of: dt.date) -> None:
    """Replaces what is loaded by a generated company of exactly `lines` order lines up to `as_of`.

    Writes every contract table as the next generation of inputs and the planted truths to
    `home/demo_truth.json`. Raises BadInput for fewer than FEWEST_LINES lines, a negative seed, or a day that
    is before EARLIEST, still to come or no working day.
    """
    if lines < FEWEST_LINES or seed < 0:
        raise BadInput(
            f"A demo of {lines} order lines with seed {seed} cannot be generated.",
            "",
            f"Ask for {FEWEST_LINES} lines or more and a seed of 0 or more.",
        )
    today = dt.datetime.now(dt.UTC).date()
    if not EARLIEST <= as_of <= today or as_of != last_working_day(as_of + dt.timedelta(days=1)):
        raise BadInput(
            f"A demo cannot end on {as_of:%A, %Y-%m-%d}.",
            "Its history ends on a working day that is over.",
            f"Name one from {EARLIEST} on.",
        )
    history.end_on(as_of)
    with inputs.next_generation(settings.home, inputs.ANEW) as draft, ExitStack() as stack:
        writers = {table.name: Writer(draft.folder(table.name), table.name) for table in contract.TABLES}
        for writer in writers.values():
            stack.callback(writer.close)
        company = _Company(lines, seed, writers)
        company.trade()
        stack.close()
        draft.reporting_currency = REPORTING_CURRENCY
        draft.ledger = [
            inputs.Load(name, inputs.DEMO, f"demo:{seed}:{lines}", writer.rows, writer.rows, 0)
            for name, writer in writers.items()
        ]
    company.confess(settings.home)


class _Company:
    """The company while it is generated: its world first, then its trade cell by cell."""

    def __init__(self, lines: int, seed: int, writers: dict[str, Writer]) -> None:
        self.lines, self.seed, self.writers = lines, seed, writers
        force = reps.make(self._rng("reps"), lines)
        self.world = World(
            market.make(self._rng("market"), lines), force, accounts.make(self._rng("accounts"), lines, force)
        )
        customers = len(self.world.accounts)
        self.cells = [range(start, min(start + CELL, customers)) for start in range(0, customers, CELL)]
        counts = sum((self._count(cell) for cell in self.cells), np.zeros(customers, dtype=np.int64))
        negotiations = int(np.clip(lines / 50, 400, 60_000))
        self.plan = orders.plan(self.world.accounts, counts, lines, negotiations, self._rng("plan"))
        self.revenue: Floats = np.zeros(customers)
        # Revenue, margin and value won in EUR, by rep and month of history.
        self.reached: Floats = np.zeros((3, len(force.team), history.months))

    def trade(self) -> None:
        """Writes every table."""
        leads = self._write_surroundings()
        with tqdm(total=self.lines, unit=" lines", unit_scale=True, desc="demo") as progress:
            for cell in self.cells:
                progress.update(self._trade_cell(cell, leads))
        relations.write_quotas(self.world.reps, self._rng("quotas"), self.reached, self.writers["quotas"])

    def confess(self, home: Path) -> None:
        """Writes down what was planted."""
        truths.write(home, self.lines, self.seed, self.world, self.revenue)

    def _trade_cell(self, cell: range, leads: Leads) -> int:
        """Writes what the cell's customers did; returns the number of order lines."""
        world, writers = self.world, self.writers
        sales, notes = orders.draft(world, self.plan, cell, self._days(cell), self._key("lines", cell))
        talks = deals.negotiate(world, sales, self._key("deals", cell))
        quotes = deals.write(world, talks, sales, leads, self._key("quotes", cell), writers)
        invoiced = invoices.write(world, sales, notes, talks, quotes, self._key("returns", cell), writers)

        total = int(self.plan.orders.sum())
        often, seldom = min(0.5, MOST_ACTIVITIES / total), min(0.05, MOST_FEEDBACK / total)
        key = self._key("activities", cell)
        relations.write_activities(world, talks, quotes, invoiced, often, key, writers["activities"])
        key = self._key("feedback", cell)
        relations.write_feedback(world.accounts, invoiced, seldom, key, writers["feedback"])

        self.revenue += invoiced.revenue_of_customer
        self.reached[:2] += invoiced.by_rep_month
        won = talks.won
        np.add.at(self.reached[2], (talks.rep[won], history.month[talks.closed[won]]), quotes.value[won])
        return invoiced.lines

    def _write_surroundings(self) -> Leads:
        """Writes what does not depend on single orders."""
        goods, force, book = self.world.market, self.world.reps, self.world.accounts
        writers = self.writers
        yearly = np.maximum(self.plan.yearly, 500)
        market.write_products(goods, self._rng("products"), writers["products"])
        market.write_catalogs(goods, writers["catalogs"])
        market.write_catalog_items(goods, writers["catalog_items"])
        market.write_rates(goods, writers["exchange_rates"])
        reps.write(force, self._rng("capacity"), book.owner, writers["sales_reps"])
        reps.write_teams(force, self._rng("teams"), writers["rep_teams"])
        names = accounts.write(book, self._rng("customers"), force, goods, yearly, writers["customers"])
        accounts.write_owners(book, force, writers["account_owners"])
        relations.write_contacts(book, self._rng("contacts"), writers["contacts"])
        relations.write_contracts(book, force, self._rng("contracts"), yearly, writers["contracts"])
        wanted = int(np.clip(self.lines / 120, 100, 40_000))
        return relations.write_leads(book, force, self._rng("leads"), wanted, names, yearly, writers["leads"])

    def _count(self, cell: range) -> Ints:
        customer, day = self._days(cell)
        return np.bincount(customer[day <= history.last_day], minlength=len(self.world.accounts))

    def _days(self, cell: range) -> tuple[Ints, Ints]:
        return orders.occasions(self.world.accounts, cell, np.random.default_rng(self._key("days", cell)))

    def _key(self, purpose: str, cell: range) -> list[int]:
        return [self.seed, zlib.crc32(purpose.encode()), cell.start]

    def _rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])
