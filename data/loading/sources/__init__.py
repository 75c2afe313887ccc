"""Files as rows of text: each row with the file and the line it stands on, nothing dropped, nothing mended.

A reader stages one file as Parquet with the file's own columns plus

    " line"     line of the file the row begins on (row number for Parquet)
    " broken"   why the row could not be read, empty for a readable one

Both names begin with a blank, which no heading does: blanks around headings are taken off. Rows that cannot be read
are staged all the same, so that they can be counted and quarantined.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import BadInput
from data.loading.sources import kinds
from data.loading.sources.oddities import Oddities

BLANK = " \t\r\n\u00a0\u202f\ufeff"
_ON_ONE_LINE = re.compile(r"[ \t]*[\r\n]+\s*")
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]+")
MOST_COLUMNS = 5000
LINE, BROKEN = " line", " broken"


@dataclass(frozen=True)
class Options:
    """How a file is to be read; what is None is detected or not there.

    `decimal` only matters for numbers typed into cells of workbooks and for those of JSON. `header_row` is the line of
    the file, or the row of the sheet, that the headings stand on, 0 where there are none; `skip_footer` is how many
    rows at the end are left out. Lines that begin with `comment` are no rows. `member` is the file of an archive.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    decimal: str | None = None
    quote: str | None = None
    escape: str | None = None
    comment: str | None = None
    header_row: int | None = None
    skip_footer: int | None = None
    member: str = ""


@dataclass(frozen=True)
class Staged:
    """A file that was read: `name` as people know it, `columns` as it heads them, `found` what was detected.

    `stored` are the names of the columns in `parquet`. A `native` source is Parquet: it has types, and neither
    line nor fault of its own. `notes` say what looks odd, `hint` what may be wrong where its headings are not those
    expected, `doubled` are headings that several columns have. `numbers` is the decimal sign that values are written
    with which the file holds as numbers (see `signs`), '' where it has none or holds texts alone.
    """

    name: str
    parquet: Path
    columns: tuple[str, ...]
    stored: tuple[str, ...]
    found: str = ""
    native: bool = False
    notes: tuple[str, ...] = ()
    hint: str = ""
    doubled: tuple[str, ...] = ()
    numbers: str = ""


@dataclass(frozen=True)
class Headings:
    """The names of a table's columns, each once, and the headings that several columns have."""

    columns: tuple[str, ...]
    doubled: tuple[str, ...] = ()

    def notes(self, name: str) -> tuple[str, ...]:
        """What is to be said about headings that occur several times."""
        several = ", ".join(map(repr, self.doubled))
        what = f"{name}: several columns are called {several}; they are taken as "
        return (f"{what}{', '.join(f'{each} (1)' for each in self.doubled)} and so on.",) if self.doubled else ()


def headings(name: str, cells: list[str]) -> Headings:
    """Column names from a heading row: trimmed, on one line; unnamed ones and those that occur twice are numbered.

    Raises BadInput where they are too many.
    """
    if len(cells) > MOST_COLUMNS:
        raise BadInput(
            f"{name} has {len(cells):,} columns.",
            f"At most {MOST_COLUMNS:,} are read; there may be a stray cell far to the right.",
            "Take out the columns that are not needed.",
        )
    names = [_ON_ONE_LINE.sub(" ", cell.strip(BLANK)) for cell in cells]
    names = [each or f"column_{number}" for number, each in enumerate(names, 1)]
    counts = Counter(each.casefold() for each in names)
    taken = set(counts)
    unique: list[str] = []
    doubled: dict[str, str] = {}
    for each in names:
        new = each
        if counts[each.casefold()] > 1:
            doubled.setdefault(each.casefold(), each)
            new = next(f"{each} ({n})" for n in count(1) if f"{each} ({n})".casefold() not in taken)
            taken.add(new.casefold())
        unique.append(new)
    return Headings(tuple(unique), tuple(doubled.values()))


def seat_of_headings(filled: list[tuple[int, int]]) -> int | None:
    """The line that the headings seem to stand on where the first line seems to be a title; None where all is well.

    `filled` are the first lines that are not blank: their numbers, and how many cells of each are filled.
    """
    if len(filled) < 3:
        return None
    usual = sorted(count for _, count in filled[1:])[(len(filled) - 1) // 2]
    if usual < 2 or filled[0][1] * 2 > usual:
        return None
    return next(line for line, count in filled[1:] if count * 10 >= usual * 7)


def titled(name: str, line: int, first: str) -> BadInput:
    """The refusal of a file that begins with a title."""
    return BadInput(
        f"{name} does not begin with its headings.",
        f"Its first line is {first.strip()[:60]!r}; the headings seem to stand on line {line}.",
        f"Write `header_row: {line}` in the mapping (or 1 if the first line is right), or take out what is above.",
    )


_NO_HEADINGS = (
    " If the file has no headings, write `header_row: 0`: its columns are then called column_1, column_2 and so on."
)


def hint(columns: Sequence[str], below: Sequence[str]) -> str:
    """What may be wrong where the headings are not those expected: they may be the first row of the table."""
    alike = [_shape(head) == _shape(cell) for head, cell in zip(columns, below, strict=False) if _DIGIT.search(head)]
    return f" Its first line looks like a row of the table.{_NO_HEADINGS}" if any(alike) else ""


def _shape(text: str) -> str:
    return _DIGIT.sub("9", _LETTER.sub("a", text.strip()))


@dataclass
class Writer:
    """Stages rows of text in batches, without the blanks around a value; then their line and fault.

    The last `leave_out` rows are not staged. `notes` say what looks odd about the rows.
    """

    path: Path
    columns: tuple[str, ...]
    name: str
    leave_out: int = 0
    _writer: pq.ParquetWriter = field(init=False)

    def __post_init__(self) -> None:
        names = [*self.columns, LINE, BROKEN]
        types = [*[pa.string()] * len(self.columns), pa.int64(), pa.string()]
        self._schema = pa.schema(list(zip(names, types, strict=True)))
        self._writer = pq.ParquetWriter(self.path, self._schema, compression="lz4", use_dictionary=False)
        self._oddities = Oddities(self.columns)
        self._held: list[tuple[Any, int, str]] = []

    def write(self, rows: list[Any], lines: list[int], faults: Mapping[int, str]) -> None:
        """Stages one batch. `faults` gives, by position in the batch, why a row could not be read."""
        if self.leave_out:
            rows, lines, faults = self._but_the_last(rows, lines, faults)
        width = len(self.columns)
        for position in faults:
            rows[position] = [*rows[position][:width], *[None] * (width - len(rows[position]))]
        columns = list(zip(*rows, strict=True)) if rows else [()] * width
        broken = pa.array([faults.get(position, "") for position in range(len(rows))], pa.string())
        texts = [pc.utf8_trim(pa.array(column, pa.string()), BLANK) for column in columns]
        self._oddities.see(texts, lines)
        arrays = [*texts, pa.array(lines, pa.int64()), broken]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def notes(self) -> tuple[str, ...]:
        """What looks odd about the rows, and what was left out."""
        left = [f"{self.name}: the last {len(self._held)} rows are left out, as `skip_footer` says."]
        return (*(left if self._held else []), *self._oddities.notes(self.name))

    def _but_the_last(
        self, rows: list[Any], lines: list[int], faults: Mapping[int, str]
    ) -> tuple[list[Any], list[int], dict[int, str]]:
        """The rows held back before and these, but for the last ones, which are held back now."""
        new = [(row, line, faults.get(at, "")) for at, (row, line) in enumerate(zip(rows, lines, strict=True))]
        every = [*self._held, *new]
        some, self._held = every[: -self.leave_out], every[-self.leave_out :]
        whys = {at: why for at, (_, _, why) in enumerate(some) if why}
        return [row for row, _, _ in some], [line for _, line, _ in some], whys

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def stage(file: Path, name: str, options: Options, target: Path) -> Staged:
    """Reads one file into `target`. Raises BadInput for a file that is empty, torn or of another kind."""
    from data.loading.sources import archive, delimited, json_lines, packed, parquet, workbook  # noqa: PLC0415 (they read this module)

    ending = kinds.of(file.name)
    if not ending:
        raise BadInput(f"{name} cannot be read.", *not_read(file.name))
    if file.stat().st_size == 0:
        raise BadInput(f"{name} is empty.", "It has no heading row.", "Export it again, or take it out of the folder.")
    if ending == kinds.ARCHIVE:
        member = options.member or archive.only_member(file, name)
        inner = archive.extracted(file, name, member, target.with_name(f"{target.stem}-packed"))
        return stage(inner, name, replace(options, member=""), target)
    read = json_lines.stage if ending in kinds.LINES else delimited.stage
    if kinds.is_packed(ending):
        with packed.unpacked(file, name, target.with_suffix(".txt")) as text:
            return read(text, name, options, target)
    if ending in (*kinds.TEXT, *kinds.LINES):
        return read(file, name, options, target)
    if ending in kinds.WORKBOOKS:
        return workbook.stage(file, name, options, target)
    return parquet.stage(file, name, options, target)


def require_whole(staged: Staged) -> None:
    """Raises BadInput where a file that was only looked at, a Parquet, cannot be read to its end."""
    from data.loading.sources import parquet  # noqa: PLC0415 (it reads this module)

    if staged.native:
        parquet.require_whole(staged.parquet, staged.name)


def not_read(name: str) -> tuple[str, str]:
    """Why a file of that name is not read, and what to do: two sentences."""
    what, remedy = kinds.other(name)
    why = f"It is {what}" if what else "Its kind is not known"
    return f"{why}; what is read are {', '.join(kinds.READ)}.", remedy
