"""The demo as a folder of files, changed by statements, and one load of such a folder with its processor seconds."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench import serve
from data.loading import inputs
from data.settings import PROJECT

STAGES = ("load", "verify", "models", "statistics", "cut", "publish")


@dataclass(frozen=True)
class Demo:
    """The loaded tables of a demo, which statements can name."""

    tables: tuple[str, ...]
    currency: str
    connection: duckdb.DuckDBPyConnection

    def write(self, folder: Path, statements: Mapping[str, str]) -> None:
        """A folder that can be loaded: one CSV for each table, of the rows its statement gives."""
        folder.mkdir(parents=True)
        listed = "".join(f"  {table}: {table}.csv\n" for table in statements)
        (folder / "mapping.yaml").write_text(
            f"reporting_currency: {self.currency}\ntables:\n{listed}", encoding="utf-8"
        )
        for table, sql in statements.items():
            self.connection.sql(sql).write_csv(str(folder / f"{table}.csv"))


@contextmanager
def of_demo(lines: int, home: Path) -> Iterator[Demo]:
    """The demo of that many lines, made anew in that home."""
    _python(home, "data", "demo", "--lines", str(lines), "--as-of", serve.AS_OF, "--no-build")
    loaded = inputs.current(home)
    assert loaded is not None
    tables = tuple(row["table"] for row in loaded.totals())
    with duckdb.connect(config={"threads": 2}) as connection:
        for table in tables:
            names = [str(file) for file in loaded.files(table)]
            connection.read_parquet(names, union_by_name=True).create_view(table)
        yield Demo(tables, loaded.reporting_currency, connection)


def load(home: Path, folder: Path) -> dict[str, float]:
    """Processor seconds by stage of one load of the folder and what it publishes, in a process of its own."""
    return dict(json.loads(_python(home, "bench.stages", str(folder)).splitlines()[-1]))


def total(stages: Mapping[str, float]) -> float:
    """Processor seconds of all stages."""
    return sum(stages[stage] for stage in STAGES)


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
