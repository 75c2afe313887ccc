"""Whole companies under the product's own statistics: samples as their presets load them, and the demo."""

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bench import serve
from bench.quality.datasets import SAMPLES
from data import settings
from data.loading import inputs
from data.settings import PROJECT
from data.warehouse import build, models
from data.warehouse.engine import Engine, open_engine
from queries import load

DEMO = "demo"
DEMO_LINES = 300_000
CUTS, SMALLEST, LARGEST, LEAST_DAYS, MOST_DAYS = 24, 60, 300, 300, 800
_DAYS = ("order_days", "purchase_days")


class Company:
    """What the statistics of customers and categories read, of all or of a part that was cut out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        for table in _DAYS:
            engine.run(f"alter table {table} rename to whole_{table}")
        self.cut()
        ((self.last_day,),) = engine.rows("select max(ordered_on) from order_days")

    def ask(self, name: str, **params: Any) -> pa.Table:
        """Rows of queries/warehouse/statistics/<name>.sql."""
        return self._engine.arrow(load(f"warehouse.statistics.{name}").sql, params)

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        """Rows of any statement over order_days and purchase_days."""
        return self._engine.arrow(sql, params).to_pandas()

    def cut(self, customers: Sequence[str] | None = None, since: dt.date = dt.date.min) -> None:
        """From here on only these customers, all without any, and what they bought from a day on."""
        for table in _DAYS:
            rows = f"select * from whole_{table} where ordered_on >= cast($since as date)"
            own = "" if customers is None else " and list_contains($customers, customer_id)"
            params = {"since": since} if customers is None else {"since": since, "customers": list(customers)}
            self._engine.run(f"drop table if exists {table}")
            self._engine.run(f"create temporary table {table} as {rows}{own}", params)


@contextmanager
def company(name: str) -> Iterator[Company]:
    """A sample by the name of its preset, or the demo."""
    loaded = inputs.current(serve.home(DEMO_LINES) if name == DEMO else _imported(name))
    assert loaded is not None
    with open_engine(settings.current()) as engine:
        build._register_inputs(engine, loaded)
        build.define_metrics(engine, "main")
        given = {"as_of": build._as_of(engine), "reporting_currency": loaded.reporting_currency}
        for model in models.before_analysis():
            engine.run(models.create(model), {name: given[name] for name in model.params})
        yield Company(engine)


def small_companies(name: str, origins: Sequence[dt.date]) -> Iterator[tuple[Company, dt.date]]:
    """CUTS companies of 60 to 300 customers there by an origin, with their history from a day on; and the origin."""
    rng = np.random.default_rng(11)
    with company(name) as whole:
        for number in range(CUTS):
            origin = origins[number % len(origins)]
            since = origin - dt.timedelta(days=int(rng.integers(LEAST_DAYS, MOST_DAYS)))
            whole.cut()
            people = whole.frame(
                "select distinct customer_id from order_days where ordered_on >= $since and ordered_on <= $origin "
                "order by customer_id", since=since, origin=origin,
            )["customer_id"]  # fmt: skip
            whole.cut(rng.permutation(people)[: rng.integers(SMALLEST, LARGEST + 1)].tolist(), since)
            yield whole, origin


def _imported(name: str) -> Path:
    home = serve.HOMES / f"preset-{name}"
    if not (home / "inputs").exists():
        command = [sys.executable, "-m", "data", "import", str(SAMPLES / name), "--mapping", name, "--no-build"]
        subprocess.run(command, cwd=PROJECT, env=serve.environment(home), check=True, capture_output=True)
    return home
