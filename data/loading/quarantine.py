"""Rows that could not be loaded, kept so that they can be mended and imported again.

    quarantine/0004/<table>.csv        their raw text with source_file, source_line and reason
    quarantine/0004/mapping.yaml       how to read those files again
    quarantine/0004/kept/*.parquet     the same rows, for counting which are still open once the CSVs were edited
    quarantine/0004/kept/about.json    the quarantine this one continues, and since when its rows are kept

A quarantine is written aside, fsynced and renamed before the inputs that count its rows are published.
"""

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from data import contract, publish
from data.errors import BadInput
from data.loading import mappings, statements
from data.loading.validate import Format

KEPT = "kept"
_ABOUT = "about.json"


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
    since = kept_since(place / continues) if continues else datetime.now(UTC)
    try:
        yield unfinished
        _tell(unfinished, {"continues": continues, "since": since.isoformat()})
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
        if _told(path).get("continues") in continuing:
            continuing.add(path.name)
    return max(continuing.intersection(counted), default=number)


def formats(home: Path, number: str) -> dict[str, Format]:
    """How each file of a quarantine, by its name without ending, writes dates and numbers; of none that was removed."""
    if removed(root(home) / number):
        return {}
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


# --- kept for a set time ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Removed:
    """When the rows of a quarantine were removed, and after how many days; the ledger counts them as before."""

    on: date
    after_days: int

    def __str__(self) -> str:
        return f"removed on {self.on}, after {self.after_days:,} days"


def kept_since(folder: Path) -> datetime:
    """Since when rows of a quarantine are kept, those of the ones it continues included; now where there is none."""
    since = _told(folder).get("since")
    if since:
        return datetime.fromisoformat(since)
    if folder.is_dir():  # an earlier release did not say
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return datetime.now(UTC)


def removed(folder: Path) -> Removed | None:
    """When the rows of a quarantine were removed; None where they are there."""
    told = _told(folder).get("removed")
    return Removed(date.fromisoformat(told["on"]), told["after_days"]) if told else None


def require_there(folder: Path) -> None:
    """Raises BadInput for a quarantine whose rows were removed."""
    if gone := removed(folder):
        raise BadInput(
            f"There is nothing left to mend in {folder}.",
            f"Its rows were {gone}: ORDERBEAT_KEEP_QUARANTINE_DAYS says so.",
            "Mend the file they came from, and import that.",
        )


def cut(home: Path, before: datetime, after_days: int) -> list[str]:
    """Removes the rows of quarantines kept since before that moment; gives the numbers of these.

    Of each its number stays, so that no other one is ever taken for it. The caller holds the inputs' lock.
    """
    gone = []
    for folder in sorted(path for path in root(home).glob("[0-9]*") if path.name.isdigit()):
        is_gone = bool(removed(folder))
        if not is_gone and kept_since(folder) < before:
            told = {"on": datetime.now(UTC).date().isoformat(), "after_days": after_days}
            _tell(folder, {**_told(folder), "removed": told})  # first, so that whoever is killed here is made up for
            gone.append(folder.name)
            is_gone = True
        if is_gone:
            for path in [each for each in folder.rglob("*") if each.is_file() and each != folder / KEPT / _ABOUT]:
                path.unlink()
    return gone


def _told(folder: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((folder / KEPT / _ABOUT).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return about


def _tell(folder: Path, about: dict[str, Any]) -> None:
    publish.replace(folder / KEPT / _ABOUT, json.dumps(about).encode())
