"""The input tables as loaded so far: typed Parquet in contract shape, one generation a load.

inputs/0003/<table>/*.parquet   every loaded row of that table
inputs/0003/manifest.json       reporting currency and the ledger of loads
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from data import contract, publish


@dataclass(frozen=True)
class Load:
    """One table of one load: rows_in = loaded + quarantined. `source` names the file, `sha256` its content.

    `mapping` identifies how it was read; `quarantine` is the folder that holds the rows still quarantined.
    """

    table: str
    source: str
    sha256: str
    rows_in: int
    loaded: int
    quarantined: int
    mapping: str = ""
    quarantine: str = ""


@dataclass(frozen=True)
class Inputs:
    """One published generation of inputs."""

    path: Path
    reporting_currency: str
    ledger: tuple[Load, ...]

    def files(self, table: str) -> list[Path]:
        """The Parquet files of a table; none when it was never loaded."""
        return sorted((self.path / table).glob("*.parquet"))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The loaded rows of a table; for small ones."""
        return [row for file in self.files(table) for row in pq.read_table(file).to_pylist()]

    def totals(self) -> list[dict[str, Any]]:
        """Rows in, loaded and quarantined for each table ever loaded, in contract order."""
        rows = []
        for name in (table.name for table in contract.TABLES):
            loads = [load for load in self.ledger if load.table == name]
            if loads:
                sums = {k: sum(getattr(load, k) for load in loads) for k in ("rows_in", "loaded", "quarantined")}
                rows.append({"table": name, **sums})
        return rows


@dataclass
class Draft:
    """The next generation while it is being written.

    Write Parquet files of a table into `folder(table)`; `keep(table)` carries the previous ones over.
    """

    path: Path
    previous: Inputs | None
    reporting_currency: str = ""
    ledger: list[Load] = field(default_factory=list)

    def folder(self, table: str) -> Path:
        """The (created) folder of a table's Parquet files."""
        folder = self.path / contract.table(table).name
        folder.mkdir(exist_ok=True)
        return folder

    def keep(self, table: str) -> None:
        """Takes over the table's files unchanged from the previous generation."""
        for file in self.previous.files(table) if self.previous else []:
            os.link(file, self.folder(table) / file.name)


def root(home: Path) -> Path:
    return home / "inputs"


def current(home: Path) -> Inputs | None:
    """The newest sound generation, or None when nothing was ever loaded."""
    for path in publish.published(root(home)):
        if publish.is_sound(path):
            about = publish.manifest(path)
            return Inputs(path, about["reporting_currency"], tuple(Load(**load) for load in about["ledger"]))
    return None


@contextmanager
def next_generation(home: Path) -> Iterator[Draft]:
    """Yields a Draft and publishes it on leaving; nothing changes if the block raises. Takes the lock."""
    about: dict = {}
    with publish.lock(root(home)), publish.publication(root(home), about) as path:
        previous = current(home)
        draft = Draft(path, previous)
        if previous:
            draft.reporting_currency, draft.ledger = previous.reporting_currency, list(previous.ledger)
        yield draft
        about.update(reporting_currency=draft.reporting_currency, ledger=[vars(load) for load in draft.ledger])
