"""Negotiations small enough to know the answer, and what answers for them as the warehouse would."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics import win_probability
from analytics.tables import Ask
from analytics.win_probability import Outlook
from analytics.win_probability.landmarks import FEATURES, landmarks
from analytics.win_probability.log import log_of
from queries import load
from tests import warehouse

AS_OF = dt.date(2026, 6, 30)
START = dt.date(2024, 1, 1)
STAGES = ("request", "solution", "proposal", "closing")
Row = dict[str, Any]


@dataclass
class Company:
    """Rows of the models that the statistics read."""

    versions: list[Row] = field(default_factory=list)
    negotiations: list[Row] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)

    def add(
        self, name: str, opened: dt.date, closed: dt.date | None, outcome: str | None, customer: str = "C0", **more: Any
    ) -> None:
        """A negotiation of one version; `more` are columns of the version."""
        is_timed = outcome is None or closed is not None
        decision = {"outcome": outcome, "closed_on": closed, "counts_in_closing_time": is_timed}
        about = {"negotiation_id": name, "segment": "b2b", "source": "fair"}
        self.negotiations.append(about | decision)
        self.version(name, opened, customer_id=customer, **more)

    def version(self, name: str, asked: dt.date, **more: Any) -> None:
        number = sum(v["negotiation_id"] == name for v in self.versions[-3:])
        usual = {"rep_id": "R0", "channel": "inside", "category": "pumps", "customer_id": "C0", "version": number + 1}
        row = {"quote_id": f"{name}-{number}", "negotiation_id": name, "requested_on": asked}
        self.versions.append(usual | row | more)

    def step(
        self, name: str, day: dt.date, stage: str | None, actor: str = "rep", contact: str = "K1", **more: Any
    ) -> None:
        row = {"negotiation_id": name, "step": len(self.steps) + 1, "occurred_on": day, "stage": stage}
        self.steps.append(row | {"actor": actor, "contact_id": contact, "role": contact[:1]} | more)


@contextmanager
def asking(company: Company) -> Iterator[Ask]:
    tables = {"quote_versions": "versions", "negotiations": "negotiations", "negotiation_steps": "steps"}
    with duckdb.connect(config={"threads": "1"}) as connection:
        warehouse.empty_tables(connection, set(tables))
        for table, rows in tables.items():
            if getattr(company, rows):
                connection.register("given_rows", pa.Table.from_pylist(getattr(company, rows)))
                connection.execute(f"insert into {table} by name select * from given_rows")

        def ask(name: str, **params: object) -> pa.Table:
            return connection.sql(load(f"warehouse.statistics.{name}").sql, params=params).to_arrow_table()

        yield ask


def computed(company: Company, as_of: dt.date = AS_OF) -> Outlook:
    with asking(company) as ask:
        return win_probability.outlook(ask, as_of)


def features(company: Company, names: list[str], day: dt.date, as_of: dt.date = AS_OF) -> list[Row]:
    """What was known of negotiations on a day, told by what is known on a later one."""
    with asking(company) as ask:
        log = log_of(ask, as_of)
    which = np.array([log.ids.to_pylist().index(name) for name in names])
    marks = landmarks(log, which, np.full(len(which), (day - dt.date(1970, 1, 1)).days))
    return [dict(zip(FEATURES, row, strict=True)) for row in marks.features.tolist()]


def left_out(found: Outlook) -> dict[str, str]:
    """What nothing is told from, and why."""
    return {fact["what"]: fact["why"] for fact in json.loads(found.record["left_out"][0].as_py())}


def days(number: float | np.integer) -> dt.timedelta:
    return dt.timedelta(days=int(number))


def company(many: int = 420, seed: int = 0, order: int = 1, *, is_planted: bool = True) -> Company:
    """Over two and a half years; who is answered at once and offered much, wins; those of 2026-06 may be open."""
    random, found = np.random.default_rng(seed), Company()
    for number in np.arange(many)[::order]:
        random = np.random.default_rng((seed, number))
        opened = START + days(number * 905 / many)
        name, length = f"N{number:04}", 8 + days(random.gamma(3.0, 8.0)).days
        wait, discount = int(random.integers(0, 8)), float(random.uniform(0, 0.2))
        odds = (1.5 - 0.8 * wait + 20 * discount) if is_planted else -0.5
        is_won = random.random() < 1 / (1 + np.exp(-odds))
        closed = opened + days(length)
        outcome = ("won" if is_won else "lost") if closed <= AS_OF else None
        offered = {"issued_on": opened + days(wait + 1), "amount": 1000.0 + number % 7, "discount_depth": discount}
        planned = {"expected_close_on": closed + days(random.integers(-5, 6))}
        found.add(name, opened, closed if outcome else None, outcome, f"C{number % 30}", **offered, **planned)
        found.step(name, opened, "request", "customer")
        at, moment = 0, wait
        while (at := at + 1) < len(STAGES) and moment < length and opened + days(moment) <= AS_OF:
            found.step(name, opened + days(moment), STAGES[at], contact=f"K{random.integers(3)}")
            moment += int(random.integers(1, 9))
    return found
