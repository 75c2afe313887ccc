"""What was read of a database so far, kept below the home so that the next refresh knows what is new.

databases/erp/0003/orders.parquet   every row as it was read last, all values as texts
databases/erp/0003/manifest.json    how each was read, and which load took the rows

A mirror is published by one rename, after the load that took its rows was: a refresh that is killed in between reads
the same again, and loading the same again changes nothing.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data import publish
from data.errors import Damaged, FromNewerRelease
from data.loading.sources.database.description import Database, Reading


@dataclass(frozen=True)
class Kept:
    """One published mirror: `digests` tell how each reading was made, `tables` which of our tables it gave.

    `taken` is the number of the refresh that last loaded rows, `left` the seal of the inputs it left.
    """

    path: Path
    digests: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    taken: str = ""
    left: str = ""

    def file(self, reading: str) -> Path:
        """The rows of a reading."""
        return self.path / f"{reading}.parquet"


def root(home: Path, name: str) -> Path:
    """Where the mirrors of a source are."""
    return home / "databases" / name


def newest(home: Path, name: str) -> Kept | None:
    """The newest mirror that is whole; None where there is none, and everything has to be read anew."""
    for path in publish.published(root(home, name))[:1]:
        try:
            about = publish.require_whole(path)
            return Kept(path, dict(about["digests"]), dict(about["tables"]), str(about["taken"]), str(about["left"]))
        except (Damaged, FromNewerRelease, KeyError, TypeError, ValueError):
            return None  # it only saves reading: what it held is in the database
    return None


def about(database: Database, columns: dict[str, tuple[str, ...]], taken: str, left: str) -> dict[str, Any]:
    """What a manifest says of the readings, and of the load that took their rows."""
    return {
        "digests": {each.name: digest(database, each, columns[each.name]) for each in database.readings},
        "tables": {each.name: each.table for each in database.readings},
        "taken": taken,
        "left": left,
    }


def digest(database: Database, reading: Reading, columns: Iterable[str]) -> str:
    """What tells this way of reading from every other: of what is read, and of what is made of it."""
    way = (database.kind, database.host, database.port, database.database, database.time_zone, reading, *columns)
    return hashlib.sha256(repr(way).encode()).hexdigest()[:16]
