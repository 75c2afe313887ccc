"""What the statistics cost at three sizes of the demo, with its categories cut into about fifty.

Each size runs in a process of its own: the models they read, then every statistic, timed; and the most memory of all.
"""

import json
import math
import resource
import subprocess
import sys
import time
from itertools import pairwise
from typing import Any

import pyarrow as pa

from analytics import cadence, category_risk, forecast, growth, what_if, win_probability
from bench import serve
from bench.quality.goals import goal
from data import settings
from data.loading import inputs
from data.settings import PROJECT
from data.warehouse import build, models
from data.warehouse.engine import Engine, open_engine
from queries import load

TASK = "cost"
SIZES = (1_200_000, 3_600_000, 12_000_000)
PARTS = {
    "cadence": cadence.rhythms,
    "category risk": category_risk.alerts,
    "growth": growth.proposals,
    "elasticity": what_if.what_ifs,
    "win probability": win_probability.outlook,
    "forecast": forecast.forecasts,
}
SECONDS, GIGABYTES = 90, 6


def run() -> list[dict[str, Any]]:
    """All goals of what the analytics cost."""
    found = [_apart(lines) for lines in SIZES]
    largest = found[-1]
    data = f"demo of {SIZES[-1]:,} lines, {largest['customers']:,} customers x {largest['categories']} categories"
    parts = ", ".join(f"{part} {largest[part]:.0f} s" for part in PARTS)
    goals = [
        goal(TASK, data, "seconds for all statistics", _seconds(largest), None, SECONDS, at_least=False, against=parts),
        goal(TASK, data, "most memory, GB", largest["most_gb"], None, GIGABYTES, at_least=False),
    ]
    for (small, large), (before, after) in zip(pairwise(SIZES), pairwise(found), strict=True):
        growing = math.log(_seconds(after) / _seconds(before)) / math.log(large / small)
        bound = math.log(large * math.log(large) / (small * math.log(small))) / math.log(large / small)
        measure = f"growth from {small:,} to {large:,} lines, exponent, against that of n log n"
        goals.append(goal(TASK, "demo", measure, growing, None, bound, at_least=False))
    return goals


def _seconds(found: dict[str, Any]) -> float:
    return sum(found[part] for part in PARTS)


def _apart(lines: int) -> dict[str, Any]:
    """Measures one size in another process."""
    home = serve.HOMES / f"statistics-{lines}"
    environment = serve.environment(home)
    if not (home / "inputs").exists():
        demo = [sys.executable, "-m", "data", "demo", "--lines", str(lines), "--as-of", serve.AS_OF, "--no-build"]
        subprocess.run(demo, cwd=PROJECT, env=environment, check=True, capture_output=True)
    run = subprocess.run(
        [sys.executable, "-m", "bench.quality.cost"], cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE
    )
    found = json.loads(run.stdout)
    print(f"  {lines:,}: {found}", flush=True)
    return found


def measure() -> dict[str, Any]:
    """Seconds of each part over what is loaded in this process's home, and the most memory it had."""
    current = settings.current()
    loaded = inputs.current(current.home)
    assert loaded is not None
    scratch = current.home / "statistics.duckdb"
    with open_engine(current, scratch) as engine:
        build._register_inputs(engine, loaded)
        _cut_categories(engine)
        as_of = build._as_of(engine)
        parameters = {"as_of": as_of, "reporting_currency": loaded.reporting_currency}
        for model in models.before_analysis():
            engine.run(models.create(model), {name: parameters[name] for name in model.params})

        def ask(name: str, **params: Any) -> pa.Table:
            return engine.arrow(load(f"warehouse.statistics.{name}").sql, params)

        found: dict[str, Any] = {}
        for part, statistics in PARTS.items():
            started = time.perf_counter()
            statistics(ask, as_of)
            found[part] = round(time.perf_counter() - started, 1)
        ((found["customers"],),) = engine.rows("select count(distinct customer_id) from purchase_days")
        ((found["categories"],),) = engine.rows("select count(distinct category) from purchase_days")
    scratch.unlink()
    found["most_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    return found


def _cut_categories(engine: Engine) -> None:
    """Every category in four, by product."""
    engine.run("create temporary table cut as select * from input_products")
    engine.run("drop view input_products")
    engine.run(
        "create temporary view input_products as select * replace "
        "(category || ' ' || hash(product_id) % 4 as category) from cut"
    )


if __name__ == "__main__":
    print(json.dumps(measure()))
