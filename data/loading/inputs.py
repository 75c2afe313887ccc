"""The input tables as loaded so far: typed Parquet in contract shape, one generation a load.

inputs/0003/<table>/*.parquet   every loaded row of that table
inputs/0003/manifest.json       reporting currency, the ledger of loads, who is erased, and a checksum of each file

A load and a build verify a generation before they work with it. A damaged one is named and never passed over: what was
loaded before it is older, and whether that will do is for people to say.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from data import contract, publish
from data.errors import BadInput, Damaged, FromNewerRelease
from data.loading import modes

DEMO = "demo"  # source of what was generated
COUNTS = ("rows_in", "loaded", "quarantined", "superseded")
_MOST_NAMED = 4
ANEW = "none"  # in place of a generation's name: continue none

# Keys of rows whose people are erased, as `tombstone` gives them, sorted, by table.
Erased = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Load:
    """One table of one load: rows_in = loaded + quarantined + superseded. `source` names the file.

    `sha256` is that of its content; `mapping` identifies how it was read; `quarantine` is the folder that holds the
    rows still quarantined, `superseded` counts those that were, until a later load answered for them
    (data.loading.closing says when it does). `number` is that of the generation the load made, `at` the moment (UTC,
    ISO); 0 and empty where an earlier release loaded it. `mode` is how the rows met those loaded before, one of
    modes.MODES; rows that name what to delete count as loaded once that is done.
    """

    table: str
    source: str
    sha256: str
    rows_in: int
    loaded: int
    quarantined: int
    mapping: str = ""
    quarantine: str = ""
    number: int = 0
    at: str = ""
    mode: str = modes.ADD
    superseded: int = 0


@dataclass(frozen=True)
class Inputs:
    """One published generation of inputs. `listed` are its files below `path`, `seal` tells it from every other.

    `erased` says which rows no load may fill again; it grows from generation to generation.
    """

    path: Path
    reporting_currency: str
    ledger: tuple[Load, ...]
    listed: tuple[str, ...] = ()
    seal: str = ""
    erased: Erased = field(default_factory=dict, hash=False)

    def files(self, table: str) -> list[Path]:
        """The Parquet files of a table; none when it was never loaded."""
        return [self.path / name for name in self.listed if name.startswith(f"{table}/") and name.endswith(".parquet")]

    def said_by(self, file: Path) -> list[Load]:
        """The loads whose rows a Parquet file of a table holds; its name tells."""
        first, last = loads_of(file)
        return [load for load in self.ledger if load.table == file.parent.name and first <= load.number <= last]

    @property
    def is_demo(self) -> bool:
        """Whether all of it was generated."""
        return bool(self.ledger) and all(load.source == DEMO for load in self.ledger)

    def require_whole(self) -> None:
        """Reads every file and compares it with what was written. Raises Damaged with the ways out."""
        with _ways_out(self.path):
            publish.require_whole(self.path)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The loaded rows of a table, with None in columns that an earlier release did not know; for small ones."""
        unknown = dict.fromkeys(contract.table(table).column_names)
        return [unknown | row for file in self.files(table) for row in pq.read_table(file).to_pylist()]

    def totals(self) -> list[dict[str, Any]]:
        """Rows in, loaded, quarantined and superseded for each table ever loaded, in contract order."""
        rows = []
        for name in (table.name for table in contract.TABLES):
            loads = [load for load in self.ledger if load.table == name]
            if loads:
                sums = {k: sum(getattr(load, k) for load in loads) for k in COUNTS}
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
    erased: dict[str, list[str]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The number this generation will have."""
        return int(self.path.name.split(".")[0])

    def folder(self, table: str) -> Path:
        """The (created) folder of a table's Parquet files."""
        folder = self.path / contract.table(table).name
        folder.mkdir(exist_ok=True)
        return folder

    def keep(self, table: str) -> None:
        """Takes over the table's files unchanged from the previous generation."""
        for file in self.previous.files(table) if self.previous else []:
            os.link(file, self.folder(table) / file.name)


def tombstone(key: str) -> str:
    """What stands in a manifest for the key of somebody who is erased, so that the manifest itself names nobody."""
    return hashlib.sha256(key.encode()).hexdigest()


def loads_of(file: Path) -> tuple[int, int]:
    """The numbers of the first and last load whose rows a Parquet file holds; 0 where its name does not tell."""
    numbers = file.stem.split("-")
    return (int(numbers[0]), int(numbers[-1])) if all(number.isdigit() for number in numbers) else (0, 0)


def nothing_came_in(loads: Sequence[Load]) -> list[str]:
    """The tables every page needs whose last load, among these, had rows and could load none of them."""
    found = []
    for name in (table.name for table in contract.TABLES if table.required):
        given = [load for load in loads if load.table == name and load.mode != modes.DELETE]
        if given and not any(load.loaded for load in given if load.number == given[-1].number):
            found.append(name)
    return found


def root(home: Path) -> Path:
    """Where the generations of a home are."""
    return home / "inputs"


def current(home: Path) -> Inputs | None:
    """The newest generation, or None when nothing was ever loaded.

    Its manifest is verified, its files are not: `require_whole` does. Raises Damaged, never answers with an older
    generation; FromNewerRelease.
    """
    newest = next(iter(publish.published(root(home))), None)
    return None if newest is None else _read(newest)


def generation(home: Path, name: str) -> Inputs:
    """The generation of that name, such as 0006. Raises BadInput where there is none, Damaged, FromNewerRelease."""
    names = [path.name for path in publish.published(root(home)) if path.is_dir()]
    if name not in names:
        raise BadInput(
            f"There are no inputs {name}.",
            f"What is kept is {', '.join(names)}." if names else "Nothing was loaded yet.",
            "Name one of these." if names else "Import something first.",
        )
    return _read(root(home) / name)


@dataclass(frozen=True)
class Kept:
    """A generation that can be gone back to: the last load it holds, and the later ones it does not."""

    name: str
    at: str
    takes_back: tuple[Load, ...]

    def __str__(self) -> str:
        rows: dict[tuple[str, str], int] = {}
        for load in self.takes_back:
            rows[load.source, load.at[:10]] = rows.get((load.source, load.at[:10]), 0) + load.loaded
        found = [f"{source} of {day or 'an earlier day'} ({count:,} rows)" for (source, day), count in rows.items()]
        more = f" and {len(found) - _MOST_NAMED:,} more" if len(found) > _MOST_NAMED else ""
        return ", ".join(found[:_MOST_NAMED]) + more or "no file, only what was mended or undone since"


def kept(home: Path) -> list[Kept]:
    """The whole generations before the newest, latest first. Raises as `current`."""
    newest = current(home)
    found = []
    for path in publish.published(root(home))[1:]:
        with suppress(Damaged, FromNewerRelease):
            held = _read(path).ledger
            known = {(load.table, load.source, load.number) for load in held}
            ledger = newest.ledger if newest else ()
            later = tuple(load for load in ledger if (load.table, load.source, load.number) not in known)
            found.append(Kept(path.name, held[-1].at if held else "", later))
    return found


def go_back(home: Path, name: str) -> None:
    """Makes an earlier generation the newest one again, under a new name. Raises as `generation`."""
    with next_generation(home, name) as draft:
        if draft.previous:
            draft.previous.require_whole()
        for table in contract.TABLES:
            draft.keep(table.name)


@contextmanager
def next_generation(home: Path, onto: str | None = None) -> Iterator[Draft]:
    """Yields a Draft and publishes it on leaving; nothing changes if the block raises. Takes the lock.

    It continues the newest generation, the one named by `onto`, or none (ANEW). Of that, the manifest is verified;
    whoever takes rows over calls `require_whole` first. Whatever it continues, who was erased stays erased. Raises as
    `current` and `generation`.
    """
    about: publish.Manifest = {}
    with publish.lock(root(home)), publish.publication(root(home), about) as path:
        previous = None if onto == ANEW else generation(home, onto) if onto else current(home)
        draft = Draft(path, previous, erased=_erased_ever(home))
        if previous:
            draft.reporting_currency, draft.ledger = previous.reporting_currency, list(previous.ledger)
        yield draft
        about.update(reporting_currency=draft.reporting_currency, ledger=[vars(load) for load in draft.ledger])
        if draft.erased:
            about["erased"] = draft.erased


def _read(path: Path) -> Inputs:
    with _ways_out(path):
        about = publish.require_lengths(path)
        try:
            ledger = tuple(Load(**load) for load in about["ledger"])
            erased = {table: tuple(keys) for table, keys in about.get("erased", {}).items()}
            currency, listed = str(about["reporting_currency"]), tuple(about["files"])
            return Inputs(path, currency, ledger, listed, publish.seal(path), erased)
        except (KeyError, TypeError, AttributeError) as error:
            raise Damaged(f"{path / publish.MANIFEST} is damaged: it does not tell what was loaded.") from error


def _erased_ever(home: Path) -> dict[str, list[str]]:
    """Who is erased by any generation that is kept: the newest says all of it, unless it is damaged."""
    found: dict[str, set[str]] = {}
    for path in publish.published(root(home)):
        with suppress(Damaged, FromNewerRelease):
            for table, keys in publish.manifest(path).get("erased", {}).items():
                found.setdefault(table, set()).update(keys)
    return {table: sorted(keys) for table, keys in sorted(found.items())}


@contextmanager
def _ways_out(path: Path) -> Iterator[None]:
    """Says what can be done about damage to a generation: which of the others are whole is found out only then."""
    try:
        yield
    except Damaged as damage:
        others = [other for other in publish.published(path.parent) if other != path and _is_whole(other)]
        ways = [f"Import everything anew: `python -m data import PATH --inputs {ANEW}`."]
        if others:
            ways.append(f"Or go back to what was loaded before: `python -m data build --inputs {others[0].name}`.")
        raise Damaged(damage.what, damage.cause, " ".join(ways)) from damage


def _is_whole(path: Path) -> bool:
    try:
        publish.require_whole(path)
    except (Damaged, FromNewerRelease):
        return False
    return True
