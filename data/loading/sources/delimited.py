"""CSV and its relatives as rows of text.

A record that cannot be right (a quote never closed, text behind a closing quote, a record over several
lines with a wrong number of fields) counts as one bad line: reading goes on with the line after it, so
one stray quote costs one row and not the rest of the file.
"""

import csv
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from data.errors import BadInput
from data.loading.sources import Options, Staged, Writer, encoding, headings, kinds

DELIMITERS = (",", ";", "\t", "|")
_NO_DELIMITER = '"\r\n\0'
_SHOWN = {"\t": "tab"}
_BATCH = 20_000
_BATCH_CHARACTERS = 16 << 20
LONGEST_LINE = 4 << 20  # characters
_LONGEST = 128 * 1024  # characters of one record; more than that is a quote never closed
_UNCLOSED = "a quote opened on this line is not closed where it should be"
_UNREADABLE = 10_000  # bad quotes before a file is refused: it is then quoted in some way of its own


class _Lines:
    """Lines of a file that can be given back; `number` counts those handed out, `held` are the current record's."""

    def __init__(self, handle: TextIO, name: str) -> None:
        self._lines: Iterator[str] = _bounded(handle, name)
        self._given_back: deque[str] = deque()
        self.held: list[str] = []
        self.number = 0
        self._size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.held:
            self._size += len(self.held[-1])
            if self._size > _LONGEST:
                raise csv.Error("a quoted value runs over more than 128 KB")
        line = self._given_back.popleft() if self._given_back else next(self._lines)
        self.held.append(line)
        self.number += 1
        return line

    def next_record(self) -> None:
        self.held.clear()
        self._size = 0

    def take(self, count: int) -> list[str]:
        """Up to that many lines at once, fewer where they are long."""
        lines = [self._given_back.popleft() for _ in range(min(count, len(self._given_back)))]
        size = 0
        for line in islice(self._lines, count - len(lines)):
            lines.append(line)
            size += len(line)
            if size > _BATCH_CHARACTERS:
                break
        self.number += len(lines)
        return lines

    def give_back(self, lines: list[str]) -> None:
        self._given_back.extendleft(reversed(lines))
        self.number -= len(lines)


def _bounded(handle: TextIO, name: str) -> Iterator[str]:
    """The lines of a file. Raises BadInput where one is longer than any line of a table."""
    for number, line in enumerate(iter(partial(handle.readline, LONGEST_LINE + 1), ""), 1):
        if len(line) > LONGEST_LINE:
            raise BadInput(
                f"Line {number:,} of {name} is longer than {LONGEST_LINE:,} characters.",
                "A table has one row a line; this may be a file of another kind, or one without line breaks.",
                "Export it again with a line break behind each row.",
            )
        yield line


def stage(file: Path, name: str, options: Options, target: Path) -> Staged:
    """Reads delimited text. Raises BadInput where there is no heading row or the quoting is hopeless."""
    with file.open("rb") as start:
        if what := kinds.disguised(start.read(1024)):
            raise BadInput(f"{name} holds no columns of text.", f"It is {what}.", "Export it as CSV, Excel or Parquet.")
    found = encoding.of(file, name, options.encoding)
    csv.field_size_limit(_LONGEST)
    with file.open(encoding=found.codec, errors="strict" if found.sound else "replace", newline="") as handle:
        lines = _Lines(handle, name)
        delimiter, columns = _heading(lines, name, options.delimiter)
        with Writer(target, columns) as writer:
            for rows, starts, faults in _batches(lines, name, delimiter, len(columns)):
                if not found.sound:
                    _mark_undecodable(rows, faults, found.codec)
                writer.write(rows, starts, faults)
    codec = found.codec.replace("_", "-").replace("utf-8-sig", "utf-8 with byte order mark")
    sound = "" if found.sound else " with unreadable bytes"
    return Staged(name, target, columns, columns, f"{codec}{sound}, separated by {_SHOWN.get(delimiter, delimiter)}")


def _heading(lines: _Lines, name: str, wanted: str | None) -> tuple[str, tuple[str, ...]]:
    first = next((line for line in lines if line.strip("\ufeff \t\r\n")), "")
    if first.lower().startswith("sep=") and len(first.rstrip("\r\n")) == 5:  # Excel's own hint
        wanted = wanted or first[4]
        first = next((line for line in lines if line.strip()), "")
    first = first.lstrip("\ufeff")
    if not first.strip():
        raise BadInput(f"{name} is empty.", "It has no heading row.", "Export it again, or take it out of the folder.")
    if wanted is not None and (len(wanted) != 1 or wanted in _NO_DELIMITER):
        raise BadInput(
            f"{wanted!r} cannot separate columns.",
            f"The mapping sets it as delimiter for {name}.",
            "Use one character, such as , ; | or \\t.",
        )
    readings = {}
    for delimiter in [wanted] if wanted else DELIMITERS:
        try:
            readings[delimiter] = next(csv.reader([first], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
    if not readings:
        raise BadInput(
            f"The heading row of {name} cannot be read.",
            "A quote in it is not closed, or a column name runs over two lines.",
            "Give every column a plain name on the first line.",
        )
    delimiter = max(readings, key=lambda each: len(readings[each]))
    lines.next_record()
    return delimiter, headings(name, readings[delimiter])


def _batches(
    lines: _Lines, name: str, delimiter: str, width: int
) -> Iterator[tuple[list[list[str]], list[int], dict[int, str]]]:
    """Batches of rows, the lines they begin on, and the faults by position. Blank lines are no rows."""
    unreadable = 0
    while taken := lines.take(_BATCH):
        begin = lines.number - len(taken) + 1
        try:
            rows = list(csv.reader(taken, delimiter=delimiter, strict=True))
        except csv.Error:
            rows = []
        if len(rows) == len(taken):  # each line is one record: the usual case, and the fast one
            starts = list(range(begin, begin + len(rows)))
            faults: dict[int, str] = {}
        else:
            lines.give_back(taken)
            rows, starts, faults = _with_care(lines, begin + len(taken), delimiter, width)
            unreadable += len(faults)
            if unreadable > _UNREADABLE:
                raise BadInput(
                    f"{name} cannot be read as delimited text.",
                    f"More than {_UNREADABLE:,} of its lines have quotes that do not match.",
                    'Export it with values in double quotes and quotes inside them doubled ("").',
                )
        if set(map(len, rows)) != {width}:
            filled = [position for position, row in enumerate(rows) if row]
            faults = {new: faults[old] for new, old in enumerate(filled) if old in faults}
            rows, starts = [rows[position] for position in filled], [starts[position] for position in filled]
            for position, row in enumerate(rows):
                if len(row) != width:
                    faults.setdefault(position, _ragged(row, delimiter, width))
        yield rows, starts, faults


def _with_care(
    lines: _Lines, until: int, delimiter: str, width: int
) -> tuple[list[list[str]], list[int], dict[int, str]]:
    """Reads record by record up to line `until`, one bad line at a time where quotes do not match."""
    rows: list[list[str]] = []
    starts: list[int] = []
    faults: dict[int, str] = {}
    records = csv.reader(lines, delimiter=delimiter, strict=True)
    while lines.number + 1 < until:
        starts.append(lines.number + 1)
        lines.next_record()
        fault = ""
        try:
            row = next(records)
            if len(lines.held) > 1 and len(row) != width:
                fault = _UNCLOSED
        except StopIteration:
            starts.pop()
            break
        except csv.Error as error:
            fault = "has text behind a closing quote" if "expected after" in str(error) else _UNCLOSED
        if fault:
            row = lines.held[0].rstrip("\r\n").split(delimiter)
            lines.give_back(lines.held[1:])
            records = csv.reader(lines, delimiter=delimiter, strict=True)
            faults[len(rows)] = fault
        rows.append(row)
    lines.next_record()
    return rows, starts, faults


def _ragged(row: list[str], delimiter: str, width: int) -> str:
    beyond = f"; too many: {delimiter.join(row[width:])[:200]}" if len(row) > width else ""
    return f"has {len(row)} fields where the heading has {width}{beyond}"


def _mark_undecodable(rows: list[list[str]], faults: dict[int, str], codec: str) -> None:
    for position, row in enumerate(rows):
        if any("\ufffd" in cell for cell in row if cell):
            faults.setdefault(position, f"has bytes that are not {codec}")
