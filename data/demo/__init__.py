"""A generated distributor with planted truths: the same company for the same `lines` and `seed`, always.

The history ends at a fixed day (`AS_OF`). Customers are worked through in cells of fixed size, each with
random numbers of its own, so memory does not grow with the lines.

    calendar   days, months, working days          orders     order days, orders, lines of a cell
    market     products, prices, catalogs, rates   deals      negotiations, quotes, events of a cell
    reps       the sales force                     invoices   credit notes, currencies; orders to Parquet
    accounts   customers and what is planted       relations  everything around
    tables     numpy columns to contract Parquet   truths     what was planted, outside the warehouse
"""

import zlib
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data import contract, inputs
from data.demo import accounts, deals, invoices, market, orders, relations, reps, truths
from data.demo.calendar import AS_OF, LAST_DAY, MONTH, MONTHS, START
from data.demo.tables import Floats, Ints, Writer
from data.errors import BadInput
from data.settings import Settings

__all__ = ["AS_OF", "FEWEST_LINES", "START", "write"]

REPORTING_CURRENCY = "EUR"
FEWEST_LINES = 5_000
# Customers drawn together. Part of what defines the company: another size is another company.
CELL = 64


def write(settings: Settings, lines: int, seed: int) -> None:
    """Replaces what is loaded by a generated company of exactly `lines` order lines.

    Writes every contract table as the next generation of inputs and the planted truths to
    `home/demo_truth.json`. Raises BadInput for fewer than FEWEST_LINES lines or a negative seed.
    """
    if lines < FEWEST_LINES or seed < 0:
        raise BadInput(
            f"A demo of {lines} order lines with seed {seed} cannot be generated.",
            "",
            f"Ask for {FEWEST_LINES} lines or more and a seed of 0 or more.",
        )
    with inputs.next_generation(settings.home) as draft, ExitStack() as stack:
        writers = {table.name: Writer(draft.folder(table.name), table.name) for table in contract.TABLES}
        for writer in writers.values():
            stack.callback(writer.close)
        company = _Company(lines, seed, writers)
        company.trade()
        stack.close()
        draft.reporting_currency = REPORTING_CURRENCY
        draft.ledger = [
            inputs.Load(name, "demo", f"demo:{seed}:{lines}", writer.rows, writer.rows, 0)
            for name, writer in writers.items()
        ]
    company.confess(settings.home)


class _Company:
    """The company while it is generated: its world first, then its trade cell by cell."""

    def __init__(self, lines: int, seed: int, writers: dict[str, Writer]) -> None:
        self.lines, self.seed, self.writers = lines, seed, writers
        self.market = market.make(self._rng("market"), lines)
        self.reps = reps.make(self._rng("reps"), lines)
        self.accounts = accounts.make(self._rng("accounts"), lines, self.market, self.reps)
        self.cells = [
            range(start, min(start + CELL, len(self.accounts))) for start in range(0, len(self.accounts), CELL)
        ]
        counts = sum((self._count(cell) for cell in self.cells), np.zeros(len(self.accounts), dtype=np.int64))
        negotiations = int(np.clip(lines / 50, 400, 60_000))
        self.plan = orders.plan(self.accounts, counts, lines, negotiations, self._rng("plan"))
        self.revenue: Floats = np.zeros(len(self.accounts))

    def trade(self) -> None:
        """Writes every table."""
        lead_of_customer, lead_created = self._write_world()
        order_total = int(self.plan.orders.sum())
        activity_chance = min(0.5, 150_000 / order_total)
        feedback_chance = min(0.05, 60_000 / order_total)
        reached = np.zeros((3, len(self.reps.team), MONTHS))
        numbers = dict.fromkeys(("orders", "quotes", "events", "activities", "feedback"), 0)
        with tqdm(total=self.lines, unit=" lines", unit_scale=True, desc="demo") as progress:
            for cell in self.cells:
                sales, noted, note_lines = orders.draft(
                    self.accounts, self.market, self.reps, self.plan, cell, self._days(cell), self._key("lines", cell)
                )
                talks = deals.negotiate(self.accounts, self.market, self.reps, sales, self._key("deals", cell))
                quotes = deals.write(
                    talks,
                    self.accounts,
                    self.market,
                    self.reps,
                    sales,
                    lead_of_customer,
                    lead_created,
                    (numbers["quotes"], numbers["events"]),
                    self._key("quotes", cell),
                    self.writers,
                )
                invoiced = invoices.write(
                    self.accounts,
                    self.market,
                    self.reps,
                    sales,
                    noted,
                    note_lines,
                    talks,
                    quotes,
                    numbers["orders"],
                    self._key("returns", cell),
                    self.writers["orders"],
                    self.writers["order_lines"],
                )
                numbers["quotes"] += quotes.quotes
                numbers["events"] += quotes.events
                numbers["orders"] += len(invoiced.number)
                numbers["activities"] += relations.write_activities(
                    self.accounts,
                    self.reps,
                    talks,
                    quotes,
                    invoiced,
                    activity_chance,
                    numbers["activities"],
                    self._key("activities", cell),
                    self.writers["activities"],
                )
                numbers["feedback"] += relations.write_feedback(
                    self.accounts,
                    invoiced,
                    feedback_chance,
                    numbers["feedback"],
                    self._key("feedback", cell),
                    self.writers["feedback"],
                )
                reached[:2] += invoiced.by_rep_month
                won = talks.won
                np.add.at(reached[2], (talks.rep[won], MONTH[talks.closed[won]]), quotes.value[won])
                self.revenue += invoiced.revenue_of_customer
                progress.update(invoiced.lines)
        relations.write_quotas(self.reps, self._rng("quotas"), reached, self.writers["quotas"])

    def confess(self, home: Path) -> None:
        """Writes down what was planted."""
        truths.write(home, self.lines, self.seed, self.accounts, self.market, self.reps, self.revenue)

    def _write_world(self) -> tuple[Ints, Ints]:
        """Writes what exists apart from trade; returns each customer's lead and the day it came in."""
        yearly = np.maximum(self.plan.yearly, 500)
        market.write_products(self.market, self._rng("products"), self.writers["products"])
        market.write_catalogs(self.market, self.writers["catalogs"])
        market.write_catalog_items(self.market, self.writers["catalog_items"])
        market.write_rates(self.market, self.writers["exchange_rates"])
        reps.write(self.reps, self._rng("capacity"), self.accounts.owner, self.writers["sales_reps"])
        names = accounts.write(
            self.accounts, self._rng("customers"), self.reps, self.market, yearly, self.writers["customers"]
        )
        relations.write_contacts(self.accounts, self._rng("contacts"), self.writers["contacts"])
        relations.write_contracts(self.accounts, self.reps, self._rng("contracts"), yearly, self.writers["contracts"])
        leads = int(np.clip(self.lines / 120, 100, 40_000))
        return relations.write_leads(
            self.accounts, self.reps, self._rng("leads"), leads, names, yearly, self.writers["leads"]
        )

    def _count(self, cell: range) -> Ints:
        customer, day = self._days(cell)
        return np.bincount(customer[day <= LAST_DAY], minlength=len(self.accounts))

    def _days(self, cell: range) -> tuple[Ints, Ints]:
        return orders.occasions(self.accounts, cell, np.random.default_rng(self._key("days", cell)))

    def _key(self, purpose: str, cell: range) -> list[int]:
        return [self.seed, zlib.crc32(purpose.encode()), cell.start]

    def _rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])
