"""CSV and its relatives as rows of text.

A record that cannot be right (a quote never closed, text behind a closing quote, a record over several
lines with a wrong number of fields) counts as one bad line: reading goes on with the line after it, so
one stray quote costs one row and not the rest of the file.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from data.errors import BadInput
from data.loading.sources import (
    BLANK,
    Headings,
    Options,
    Staged,
    Writer,
    encoding,
    headings,
    hint,
    kinds,
    seat_of_headings,
    titled,
)

DELIMITERS = (",", ";", "\t", "|")
_NO_QUOTE = "none"
_PREVIEW = 200  # lines
_LOOKED_AT = 50  # lines that decide about separator and headings
_HEADING_LINES = 10
_FITTING = 0.8  # of the lines, where a separator is the right one
_SHOWN = {"\t": "tab"}
_BATCH = 20_000
_BATCH_CHARACTERS = 16 << 20
LONGEST_LINE = 4 << 20  # characters
_LONGEST = 128 * 1024  # characters of one record; more than that is a quote never closed
_UNCLOSED = "a quote opened on this line is not closed where it should be"
_TOO_LONG = "a value in quotes has more than 131,072 characters"
_UNREADABLE = 10_000  # bad quotes before a file is refused: it is then quoted in some way of its own


class _Lines:
    """Lines of a file that can be given back; `number` counts those handed out, `held` are the current record's."""

    def __init__(self, handle: TextIO, name: str, comment: str | None) -> None:
        self.comments = 0
        self._lines: Iterator[str] = bounded(handle, name)
        if comment:
            self._lines = self._without_comments(self._lines, comment)
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
                raise csv.Error(_TOO_LONG)
        line = self._given_back.popleft() if self._given_back else next(self._lines)
        self.held.append(line)
        self.number += 1
        return line

    def _without_comments(self, lines: Iterator[str], comment: str) -> Iterator[str]:
        """Lines with those that begin with `comment` made blank, so that the others keep their numbers."""
        for line in lines:
            is_comment = line.startswith(comment)
            self.comments += is_comment
            yield "\n" if is_comment else line

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


def bounded(handle: TextIO, name: str) -> Iterator[str]:
    """The lines of a file. Raises BadInput where one is longer than any line of a table."""
    for number, line in enumerate(iter(partial(handle.readline, LONGEST_LINE + 1), ""), 1):
        if len(line) > LONGEST_LINE:
            raise BadInput(
                f"Line {number:,} of {name} is longer than {LONGEST_LINE:,} characters.",
                "A table has one row a line; this may be a file of another kind, or one without line breaks.",
                "Export it again with a line break behind each row.",
            )
        yield line


@dataclass(frozen=True)
class _Dialect:
    """How the cells of a line are told apart; `as_set` is what the csv module is given."""

    delimiter: str
    quote: str | None
    escape: str | None

    def records(self, lines: Iterable[str], *, strict: bool = True) -> Iterator[list[str]]:
        """The records of some lines."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=strict,
        )


@dataclass(frozen=True)
class _Table:
    """A table found in a text file: how it is written and headed."""

    dialect: _Dialect
    headings: Headings
    notes: tuple[str, ...]
    hint: str


@dataclass
class _Seen:
    """What was passed over or put up with while reading, to be told."""

    empty: list[int] = field(default_factory=list)
    longer: list[int] = field(default_factory=list)
    backslashes: int = 0

    def notes(self, name: str) -> tuple[str, ...]:
        """It, in sentences."""
        found = []
        if self.empty:
            found.append(f"{name}: {_lines(self.empty)} nothing but separators; that is no row.")
        if self.longer:
            found.append(f"{name}: {_lines(self.longer)} more separators than the headings, with nothing behind them.")
        if self.backslashes:
            found.append(f'{name}: {self.backslashes:,} bad lines hold \\"; if that is a quote, write `escape: \\`.')
        return tuple(found)


def _lines(numbers: list[int]) -> str:
    return f"line {numbers[0]:,} has" if len(numbers) == 1 else f"{len(numbers):,} lines (first {numbers[0]:,}) have"


def stage(file: Path, name: str, options: Options, target: Path) -> Staged:
    """Reads delimited text. Raises BadInput where there is no heading row or the quoting is hopeless."""
    with file.open("rb") as start:
        if what := kinds.disguised(start.read(1024)):
            raise BadInput(f"{name} holds no columns of text.", f"It is {what}.", "Export it as CSV, Excel or Parquet.")
    found = encoding.of(file, name, options.encoding)
    csv.field_size_limit(_LONGEST)
    with file.open(encoding=found.codec, errors="strict" if found.sound else "replace", newline="") as handle:
        lines = _Lines(handle, name, options.comment)
        table, seen = _table(lines, name, options), _Seen()
        columns = table.headings.columns
        with Writer(target, columns, name, options.skip_footer or 0) as writer:
            for rows, starts, faults in _batches(lines, name, table.dialect, len(columns), seen):
                if not found.sound:
                    _mark_undecodable(rows, faults, found.codec)
                writer.write(rows, starts, faults)
    codec = found.codec.replace("_", "-").replace("utf-8-sig", "utf-8 with byte order mark")
    sound = "" if found.sound else " with unreadable bytes"
    delimiter = _SHOWN.get(table.dialect.delimiter, table.dialect.delimiter)
    commented = f"{name}: {lines.comments:,} lines that begin with {options.comment} are no rows."
    notes = (
        *table.notes,
        *table.headings.notes(name),
        *((commented,) if lines.comments else ()),
        *seen.notes(name),
        *writer.notes(),
    )
    how = f"{codec}{sound}, separated by {delimiter}"
    return Staged(name, target, columns, columns, how, False, notes, table.hint, table.headings.doubled)  # noqa: FBT003 (as the fields stand)


def _table(lines: _Lines, name: str, options: Options) -> _Table:
    """Takes the lines up to the headings and with them; the next line is that of the first row."""
    _require_signs(name, options)
    preview = lines.take(_PREVIEW + (options.header_row or 0))
    filled = [at for at, line in enumerate(preview) if line.strip("\ufeff \t\r\n")]
    if not filled:
        raise BadInput(f"{name} is empty.", "It has no heading row.", "Export it again, or take it out of the folder.")
    preview[filled[0]] = preview[filled[0]].lstrip("\ufeff")
    at, wanted, notes = filled[0], options.delimiter, []
    first = preview[at].rstrip("\r\n")
    if first.lower().startswith("sep=") and len(first) == 5:
        wanted, filled = wanted or first[4], filled[1:]
        at = filled[0] if filled else len(preview)
    if options.header_row:
        at = options.header_row - 1
        if at not in filled:
            raise BadInput(
                f"{name} has no headings on line {options.header_row:,}.",
                "That line is blank, or the file has fewer lines.",
                "Correct `header_row` in the mapping.",
            )
        if above := [each for each in filled if each < at]:
            notes.append(f"{name}: {len(above):,} lines above the headings are not read, as `header_row` says.")
    elif options.header_row is None:
        uncommented = next((each for each in filled if not preview[each].startswith("#")), at)
        if uncommented > at and not _is_heading(preview[uncommented - 1], preview[uncommented]):
            notes.append(f"{name}: the lines above {uncommented + 1} begin with # and are taken for comments.")
            at = uncommented
    body = [preview[each] for each in filled if each >= at]
    dialect = _Dialect(wanted or _delimiter(name, body), _quote(options), options.escape)
    if options.header_row == 0:
        cells = next(dialect.records(body[:1], strict=False), [""])
        lines.give_back(preview[at:])
        return _Table(dialect, headings(name, [""] * len(cells)), tuple(notes), "")
    if options.header_row is None:
        counts = [
            (each, sum(map(bool, map(str.strip, _cells(dialect, preview[each]))))) for each in filled if each >= at
        ]
        if seat := seat_of_headings([(each + 1, count) for each, count in counts[:_LOOKED_AT]]):
            raise titled(name, seat, preview[at])
    cells, used = _first_record(dialect, preview[at : at + _HEADING_LINES], name)
    lines.give_back(preview[at + used :])
    below = next((each for each in filled if each >= at + used), None)
    said = _other_separator(body) if len(cells) == 1 else ""
    said = said or (hint(cells, _cells(dialect, preview[below])) if below is not None else "")
    return _Table(dialect, headings(name, cells), tuple(notes), said)


def _require_signs(name: str, options: Options) -> None:
    """Raises BadInput for signs that cannot do what the mapping sets them for."""
    signs = {"delimiter": "separate columns", "quote": "enclose values", "escape": "stand before a quote"}
    for key, purpose in signs.items():
        sign = getattr(options, key)
        if sign is None or (key == "quote" and sign == _NO_QUOTE):
            continue
        if len(sign) != 1 or sign in "\r\n\0" or (key == "delimiter" and sign == '"'):
            raise BadInput(
                f"{sign!r} cannot {purpose}.",
                f"The mapping sets it as {key} for {name}.",
                "Use one character" + (", such as , ; | or \\t." if key == "delimiter" else "."),
            )
    given = [each for each in (options.delimiter, _quote(options), options.escape) if each]
    if len(set(given)) < len(given):
        raise BadInput(
            f"{name} cannot be read as its mapping says.",
            "`delimiter`, `quote` and `escape` are not all different.",
            "Correct them.",
        )


def _quote(options: Options) -> str | None:
    return None if options.quote == _NO_QUOTE else options.quote or '"'


def _cells(dialect: _Dialect, line: str) -> list[str]:
    try:
        return next(dialect.records([line], strict=False), [])
    except csv.Error:
        return [line]


def _is_heading(commented: str, row: str) -> bool:
    """Whether a line that begins with # heads the line below: it has as many cells, more than one."""
    return any(commented.count(each) == row.count(each) > 0 for each in DELIMITERS)


def _delimiter(name: str, body: list[str]) -> str:
    """The separator that gives the rows as many cells as the headings; of several, the one that gives most.

    Raises BadInput where two do so equally well.
    """
    widths = {}
    for delimiter in DELIMITERS:
        dialect = _Dialect(delimiter, '"', None)
        each = [len(_cells(dialect, line)) for line in body[:_LOOKED_AT]]
        usual = each[0] if each[0] > 1 else max(each)
        fitting = sum(width == usual for width in each) / len(each)
        widths[delimiter] = (usual > 1 and fitting >= _FITTING, each[0] > 1, fitting if usual > 1 else 0.0, usual)
    best = max(widths.values())
    same = [delimiter for delimiter, score in widths.items() if score == best]
    if len(same) > 1 and best[-1] > 1 and len(body) > 1:
        shown = " or ".join(_SHOWN.get(each, each) for each in same)
        raise BadInput(
            f"The columns of {name} may be separated by {shown}.",
            f"Each gives {best[-1]} columns; the first line is {body[0].strip()[:60]!r}.",
            "Say which with `delimiter` in the mapping.",
        )
    return same[0]


def _other_separator(body: list[str]) -> str:
    """What may be wrong with a table of one column: a sign that all lines have equally often separates them."""
    lines = [line.strip("\r\n") for line in body[:_LOOKED_AT]]
    signs = [sign for sign in dict.fromkeys(lines[0]) if not (sign.isalnum() or sign in "_-.'\" ")]
    found = [sign for sign in signs if all(line.count(sign) == lines[0].count(sign) for line in lines)]
    if not found or len(lines) == 1:
        return ""
    return f" Its columns seem to be separated by {found[0]!r}: write `delimiter` with that sign in the mapping."


def _first_record(dialect: _Dialect, lines: list[str], name: str) -> tuple[list[str], int]:
    """The cells of the heading row, which may run over several lines, and how many lines it has."""
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for line in lines:
            taken += 1
            yield line

    try:
        return next(dialect.records(counted())), taken
    except (csv.Error, StopIteration):
        raise BadInput(
            f"The heading row of {name} cannot be read.",
            "A quote in it is not closed, or text follows a closing quote.",
            "Give every column a plain name on the first line.",
        ) from None


def _batches(
    lines: _Lines, name: str, dialect: _Dialect, width: int, seen: _Seen
) -> Iterator[tuple[list[list[str]], list[int], dict[int, str]]]:
    """Batches of rows, the lines they begin on, and the faults by position. Blank lines are no rows."""
    unreadable = 0
    while taken := lines.take(_BATCH):
        begin = lines.number - len(taken) + 1
        try:
            rows = list(dialect.records(taken))
        except csv.Error:
            rows = []
        if len(rows) == len(taken):  # each line is one record: the usual case, and the fast one
            starts = list(range(begin, begin + len(rows)))
            faults: dict[int, str] = {}
        else:
            lines.give_back(taken)
            rows, starts, faults = _with_care(lines, begin + len(taken), dialect, width, seen)
            unreadable += len(faults)
            if unreadable > _UNREADABLE:
                raise BadInput(
                    f"{name} cannot be read as delimited text.",
                    f"More than {_UNREADABLE:,} of its lines have quotes that do not match.",
                    'Export it with values in double quotes and quotes inside them doubled ("").',
                )
        blank = [at for at, row in enumerate(rows) if not (row and row[0].strip(BLANK)) and _is_blank(row, at, faults)]
        if blank:
            seen.empty += [starts[at] for at in blank if rows[at]]
            filled = sorted({*range(len(rows))}.difference(blank))
            faults = {new: faults[old] for new, old in enumerate(filled) if old in faults}
            rows, starts = [rows[at] for at in filled], [starts[at] for at in filled]
        if rows and set(map(len, rows)) != {width}:
            for at, row in enumerate(rows):
                if at not in faults and _is_longer(row, width):
                    seen.longer.append(starts[at])
                    rows[at] = row[:width]
                elif len(row) != width:
                    faults.setdefault(at, _ragged(row, dialect.delimiter, width))
        yield rows, starts, faults


def _is_blank(row: list[str], at: int, faults: dict[int, str]) -> bool:
    """Whether a record that could be read has nothing in it."""
    return at not in faults and not any(cell.strip(BLANK) for cell in row)


def _is_longer(row: list[str], width: int) -> bool:
    """Whether a record only has separators too many, with nothing behind them."""
    return len(row) > width and not any(cell.strip(BLANK) for cell in row[width:])


def _with_care(
    lines: _Lines, until: int, dialect: _Dialect, width: int, seen: _Seen
) -> tuple[list[list[str]], list[int], dict[int, str]]:
    """Reads record by record up to line `until`, one bad line at a time where quotes do not match."""
    rows: list[list[str]] = []
    starts: list[int] = []
    faults: dict[int, str] = {}
    records = dialect.records(lines)
    while lines.number + 1 < until:
        starts.append(lines.number + 1)
        lines.next_record()
        fault = ""
        try:
            row = next(records)
            if len(lines.held) > 1 and len(row) != width and not _is_longer(row, width):
                fault = _UNCLOSED
        except StopIteration:
            starts.pop()
            break
        except csv.Error as error:
            fault = "has text behind a closing quote" if "expected after" in str(error) else _UNCLOSED
            if "limit" in str(error) or _TOO_LONG in str(error):
                fault = f"{_UNCLOSED}, or {_TOO_LONG}"
        if fault:
            row = lines.held[0].rstrip("\r\n").split(dialect.delimiter)
            lines.give_back(lines.held[1:])
            records = dialect.records(lines)
            seen.backslashes += '\\"' in lines.held[0]
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
