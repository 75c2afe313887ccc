"""Files as rows of text: each row with the file and the line it stands on, nothing dropped, nothing mended.

A reader stages one file as Parquet with the file's own columns plus

    " line"     line of the file the row begins on (row number for Parquet)
    " broken"   why the row could not be read, empty for a readable one

Both names begin with a blank, which no heading does: blanks around headings are taken off. Rows that cannot be read
are staged all the same, so that they can be counted and quarantined.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import BadInput
from data.loading.sources import kinds

_BLANK = " \t\r\n\u00a0\u202f\ufeff"
MOST_COLUMNS = 5000
LINE, BROKEN = " line", " broken"


@dataclass(frozen=True)
class Options:
    """How a file is to be read; what is None is detected. `decimal` only matters for numbers typed into XLSX cells."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    decimal: str | None = None


@dataclass(frozen=True)
class Staged:
    """A file that was read: `name` as people know it, `columns` as it heads them, `found` what was detected.

    `stored` are the names of the columns in `parquet`. A `native` source is Parquet: it has types, and neither
    line nor fault of its own.
    """

    name: str
    parquet: Path
    columns: tuple[str, ...]
    stored: tuple[str, ...]
    found: str = ""
    native: bool = False


def headings(name: str, cells: list[str]) -> tuple[str, ...]:
    """Column names from a heading row: trimmed, unnamed ones numbered.

    Raises BadInput where two are alike or they are too many.
    """
    if len(cells) > MOST_COLUMNS:
        raise BadInput(
            f"{name} has {len(cells):,} columns.",
            f"At most {MOST_COLUMNS:,} are read; there may be a stray cell far to the right.",
            "Take out the columns that are not needed.",
        )
    names = [cell.strip(_BLANK) or f"column_{number}" for number, cell in enumerate(cells, 1)]
    seen: set[str] = set()
    for column in names:
        if column.casefold() in seen:
            raise BadInput(
                f"{name} has two columns called {column!r}.",
                "Each column needs a name of its own.",
                "Rename one of them in the heading row.",
            )
        seen.add(column.casefold())
    return tuple(names)


@dataclass
class Writer:
    """Stages rows of text in batches, without the blanks around a value; then their line and fault."""

    path: Path
    columns: tuple[str, ...]
    _writer: pq.ParquetWriter = field(init=False)

    def __post_init__(self) -> None:
        names = [*self.columns, LINE, BROKEN]
        types = [*[pa.string()] * len(self.columns), pa.int64(), pa.string()]
        self._schema = pa.schema(list(zip(names, types, strict=True)))
        self._writer = pq.ParquetWriter(self.path, self._schema, compression="lz4", use_dictionary=False)

    def write(self, rows: list[Any], lines: list[int], faults: Mapping[int, str]) -> None:
        """Stages one batch. `faults` gives, by position in the batch, why a row could not be read."""
        width = len(self.columns)
        for position in faults:
            rows[position] = [*rows[position][:width], *[None] * (width - len(rows[position]))]
        columns = list(zip(*rows, strict=True)) if rows else [()] * width
        broken = pa.array([faults.get(position, "") for position in range(len(rows))], pa.string())
        texts = [pc.utf8_trim(pa.array(column, pa.string()), _BLANK) for column in columns]
        arrays = [*texts, pa.array(lines, pa.int64()), broken]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def stage(file: Path, name: str, options: Options, target: Path) -> Staged:
    """Reads one file into `target`. Raises BadInput for a file that is empty, torn or of another kind."""
    from data.loading.sources import delimited, packed, parquet, workbook  # noqa: PLC0415 (they read this module)

    ending = kinds.of(file.name)
    if not ending:
        raise BadInput(f"{name} cannot be read.", *not_read(file.name))
    if file.stat().st_size == 0:
        raise BadInput(f"{name} is empty.", "It has no heading row.", "Export it again, or take it out of the folder.")
    if kinds.is_packed(ending):
        with packed.unpacked(file, name, target.with_suffix(".txt")) as text:
            return delimited.stage(text, name, options, target)
    if ending in kinds.TEXT:
        return delimited.stage(file, name, options, target)
    if ending in kinds.WORKBOOKS:
        return workbook.stage(file, name, options, target)
    return parquet.stage(file, name, options, target)


def not_read(name: str) -> tuple[str, str]:
    """Why a file of that name is not read, and what to do: two sentences."""
    what, remedy = kinds.other(name)
    why = f"It is {what}" if what else "Its kind is not known"
    return f"{why}; what is read are {', '.join(kinds.READ)}.", remedy
