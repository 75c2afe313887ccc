"""Rows that could not be loaded, kept so that they can be mended and imported again.

    quarantine/0004/<table>.csv        their raw text with source_file, source_line and reason
    quarantine/0004/mapping.yaml       how to read those files again
    quarantine/0004/kept/*.parquet     the same rows, for counting which are still open once the CSVs were edited
    quarantine/0004/kept/about.json    the quarantine this one continues

A quarantine is written aside, fsynced and renamed before the inputs that count its rows are published.
"""

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from data import contract, publish
from data.loading import mappings, statements
from data.loading.validate import Format

KEPT = "kept"


def root(home: Path) -> Path:
    """Where the quarantines of a home are."""
    return home / "quarantine"


@contextmanager
def next_one(home: Path, continues: str | None) -> Iterator[Path]:
    """Yields a folder to fill and puts it in its place, durably, on leaving. The caller holds the inputs' lock."""
    place = root(home)
    place.mkdir(parents=True, exist_ok=True)
    for leftover in place.glob("*.building"):
        shutil.rmtree(leftover)
    numbers = [int(path.name) for path in place.iterdir() if path.name.isdigit()]
    final = place / f"{max(numbers, default=0) + 1:04d}"
    unfinished = final.with_suffix(".building")
    (unfinished / KEPT).mkdir(parents=True)
    try:
        yield unfinished
        (unfinished / KEPT / "about.json").write_text(json.dumps({"continues": continues}), encoding="utf-8")
        for path in [*unfinished.rglob("*"), unfinished]:
            publish.fsync(path)
        unfinished.rename(final)
        publish.fsync(place)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def latest(home: Path, number: str, counted: Collection[str]) -> str:
    """The quarantine that now holds what is left of `number`: itself until a later load continued it.

    Of several that continue it, as there are after somebody went back, it is the one `counted` by the ledger.
    """
    continuing = {number}
    for path in sorted(root(home).glob("[0-9]*")):
        about = path / KEPT / "about.json"
        if about.is_file() and json.loads(about.read_text(encoding="utf-8"))["continues"] in continuing:
            continuing.add(path.name)
    return max(continuing.intersection(counted), default=number)


def formats(home: Path, number: str) -> dict[str, Format]:
    """How each file of a quarantine, by its name without ending, writes dates and numbers."""
    raw = yaml.safe_load((root(home) / number / mappings.OWN_MAPPING).read_text(encoding="utf-8"))
    return {
        Path(each["from"]).stem: Format(
            each.get("date_order"), each.get("decimal", "."), tuple(each.get("date_format", ()))
        )
        for entries in raw["tables"].values()
        for each in entries
    }


def kept(home: Path, number: str) -> dict[str, list[Path]]:
    """The Parquet files of open rows, by table: one for each way of writing dates and numbers."""
    found: dict[str, list[Path]] = {}
    for path in sorted((root(home) / number / KEPT).glob("*.parquet")):
        found.setdefault(path.stem.split("-")[0], []).append(path)
    return found


def kept_rows(home: Path, number: str, table: contract.Table) -> str:
    """SQL for the rows of a table that are open in a quarantine; '' where it holds none of it."""
    return statements.union([statements.open_rows(str(path)) for path in kept(home, number).get(table.name, [])])
