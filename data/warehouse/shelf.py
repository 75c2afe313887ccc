"""What a build takes over from the snapshot before instead of computing it again: statistics nothing of which changed.

snapshots/0007/statistics/<part>/<table>.parquet   what the part gave
snapshots/0007/statistics/<part>/made_of.json      what that was made of

A part is made of the as-of day, of the code of this release and of the tables that its queries read. Tables are
compared by a seal of their content, whatever the order of their rows: when and from where they came is no matter.
"""

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analytics.tables import Ask
from data import publish
from data.errors import Damaged, FromNewerRelease
from data.settings import PROJECT
from data.warehouse import models
from data.warehouse.engine import Engine
from queries import load, names

FOLDER = "statistics"
Tables = Mapping[str, pa.Table]
Part = Callable[[Ask, dt.date], Tables]

_MADE_OF = "made_of.json"
_CODE = ("analytics/**/*.py", "data/warehouse/analysis.py")
_LIBRARIES = ("duckdb", "numpy", "pyarrow", "scikit-learn", "scipy")


@dataclass(frozen=True)
class Shelf:
    """Where parts are taken from and kept: in the `earlier` snapshot, if there is one, and in the `next`.

    Each table is sealed once, when a part first needs it: for one build, after the models that statistics read.
    """

    engine: Engine
    as_of: dt.date
    earlier: Path | None
    next: Path
    _seals: dict[str, str] = field(default_factory=dict)

    def made(self, name: str, part: Part, ask: Ask) -> Tables:
        """What the part gives, taken over where all that it was made of is as it was."""
        earlier = self._found(name)
        if earlier and self._is_as_it_was(earlier[0]):
            made_of, tables = earlier
        else:
            read: set[str] = set()

            def noted(name: str, **params: Any) -> pa.Table:
                read.update(load(f"warehouse.statistics.{name}").tables())
                return ask(name, **params)

            tables = part(noted, self.as_of)
            made_of = self._made_of(sorted(read))
        self._keep(name, made_of, tables)
        return tables

    def _is_as_it_was(self, made_of: dict[str, Any]) -> bool:
        of_now = self._made_of([])  # the day and the code, before any table is read for it
        return (made_of | {"tables": {}}) == of_now and made_of == self._made_of(made_of["tables"])

    def _made_of(self, read: Iterable[str]) -> dict[str, Any]:
        seals = {table: self._seal(table) for table in read}
        return {"as_of": self.as_of.isoformat(), "code": code(), "tables": seals}

    def _seal(self, table: str) -> str:
        if table not in self._seals:
            self._seals[table] = repr([self.engine.rows(query) for query in models.seal(table)])
        return self._seals[table]

    def _found(self, name: str) -> tuple[dict[str, Any], Tables] | None:
        """What the earlier snapshot keeps of a part; None where it keeps nothing or its files are not as written.

        A damaged file is named by `python -m data check`; here it only costs the time of computing it again.
        """
        if self.earlier is None:
            return None
        try:
            listed = publish.manifest(self.earlier)["files"]
            files = {
                Path(file).name: _whole(self.earlier / file, listed[file]["sha256"])
                for file in listed
                if Path(file).parent == Path(FOLDER, name)
            }
            made_of = json.loads(files.pop(_MADE_OF))
        except (OSError, KeyError, Damaged, FromNewerRelease):
            return None
        return made_of, {Path(file).stem: pq.read_table(pa.BufferReader(rows)) for file, rows in files.items()}

    def _keep(self, name: str, made_of: Mapping[str, Any], tables: Tables) -> None:
        folder = self.next / FOLDER / name
        folder.mkdir(parents=True)
        for table, rows in tables.items():
            pq.write_table(rows, folder / f"{table}.parquet")
        (folder / _MADE_OF).write_text(json.dumps(made_of, indent=1), encoding="utf-8")


@cache
def code() -> str:
    """A digest of all that could give other statistics of the same tables: this release's code and its libraries."""
    files = sorted({file for pattern in _CODE for file in PROJECT.glob(pattern)})
    made_by = [
        *((str(file.relative_to(PROJECT)), publish.file_digest(file)) for file in files),
        *(load(name).sql for name in names("")),
        *((library, version(library)) for library in _LIBRARIES),
        platform.python_version(),
    ]
    return hashlib.sha256(repr(made_by).encode()).hexdigest()


def _whole(file: Path, digest: str) -> bytes:
    """The bytes of a file, once they proved to be those its snapshot's manifest lists. Raises Damaged, OSError."""
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise Damaged(f"{file} is damaged: its content has changed.")
    return content
