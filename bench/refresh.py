"""What a refresh costs beside a full load and build: nothing new, quotes alone, 1% new lines, by stage."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from bench import figures, serve
from data.loading import inputs
from data.settings import PROJECT

SHARE = 0.01  # of the order lines, and of the quotes, that are new
AT_MOST = 0.25  # of a full load and build that a refresh of so many new lines may take
NEW = "new"  # begins the ids of what a refresh brings
STAGES = ("load", "verify", "models", "statistics", "cut", "publish")

# What arrives, each a table and a statement over the loaded tables. New lines are those of the last days once more, so
# many that they make up SHARE of all: ordered on the same days, or on as many days after the last one.
_LATELY = """
with last_days as (
    select ordered_on, sum(count(*)) over (order by ordered_on desc) as lines
    from orders inner join order_lines using (order_id)
    group by ordered_on
),
span as (
    select min(ordered_on) as first_on, cast(max(ordered_on) - min(ordered_on) + 1 as integer) as days
    from last_days
    where lines <= {share} * (select count(*) from order_lines)
)
"""
_ORDERS = _LATELY + (
    "select * replace ('{new}' || order_id as order_id, null as quote_id, ordered_on + {later} * days as ordered_on) "
    "from orders, span where ordered_on >= first_on"
)
_LINES = _LATELY + (
    "select order_lines.* replace ('{new}' || order_id as order_id) "
    "from order_lines inner join orders using (order_id), span where ordered_on >= first_on"
)
_QUOTES = (
    "select * replace ('{new}' || quote_id as quote_id, null as revision_of, null as split_from, null as merged_into) "
    "from quotes order by requested_on desc limit cast({share} * (select count(*) from quotes) as bigint)"
)
ARRIVALS: dict[str, dict[str, str]] = {
    "nothing new": {},
    "quotes": {"quotes": _QUOTES.replace("{new}", NEW)},
    "lines of days known": {
        "orders": _ORDERS.replace("{new}", NEW + "1-").replace("{later}", "0"),
        "order_lines": _LINES.replace("{new}", NEW + "1-"),
    },
    "lines of days to come": {
        "orders": _ORDERS.replace("{new}", NEW + "2-").replace("{later}", "1"),
        "order_lines": _LINES.replace("{new}", NEW + "2-"),
    },
}


def run(lines: int) -> None:
    """Loads and builds the demo as from files, then refreshes it by each arrival, one after the other."""
    home = serve.HOMES / f"refresh-{lines}"
    shutil.rmtree(home, ignore_errors=True)
    found = measured(lines, home)
    shutil.rmtree(home)
    full = total(found["full"])
    goals = [
        figures.goal(f"refresh of 1% {kind}, share of a full load and build", total(found[kind]) / full, AT_MOST, "")
        for kind in ARRIVALS
        if kind.startswith("lines")
    ]
    figures.save("refresh", found, goals, lines=lines)


def total(stages: dict[str, float]) -> float:
    """Processor seconds of all stages."""
    return sum(stages[stage] for stage in STAGES)


def measured(lines: int, home: Path) -> dict[str, dict[str, float]]:
    """Processor seconds by stage: a full load and build, and each refresh."""
    made, files = home / "made", home / "files"
    _python(made, "data", "demo", "--lines", str(lines), "--as-of", serve.AS_OF, "--no-build")
    with duckdb.connect(config={"threads": 2}) as connection:
        loaded = inputs.current(made)
        assert loaded is not None
        everything = [row["table"] for row in loaded.totals()]
        for table in everything:
            names = [str(file) for file in loaded.files(table)]
            connection.read_parquet(names, union_by_name=True).create_view(table)
        _write(connection, files / "full", {table: f"from {table}" for table in everything}, loaded.reporting_currency)
        shown = home / "home"
        found = {"full": _stages(shown, files / "full")}
        print(f"{lines:,} full:", found["full"], flush=True)
        for kind, arrival in ARRIVALS.items():
            folder = files / (kind if arrival else "full")
            if arrival:
                tables = {table: sql.replace("{share}", str(SHARE)) for table, sql in arrival.items()}
                _write(connection, folder, tables, loaded.reporting_currency)
            found[kind] = _stages(shown, folder)
            print(f"{lines:,} {kind}:", found[kind], flush=True)
    return found


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, tables: dict[str, str], currency: str) -> None:
    folder.mkdir(parents=True)
    listed = "".join(f"  {table}: {table}.csv\n" for table in tables)
    (folder / "mapping.yaml").write_text(f"reporting_currency: {currency}\ntables:\n{listed}", encoding="utf-8")
    for table, sql in tables.items():
        connection.sql(sql).write_csv(str(folder / f"{table}.csv"))


def _stages(home: Path, folder: Path) -> dict[str, float]:
    """One load of the folder and what it publishes, in a process of its own."""
    return dict(json.loads(_python(home, "bench.stages", str(folder)).splitlines()[-1]))


def _python(home: Path, module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=serve.environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"python -m {module} {' '.join(arguments)} failed: {done.stderr[-2000:]}")
    return done.stdout
