"""Reads one workbook in a process of its own: a request on standard input, an answer on standard output.

The request names the file and how much memory may be used, and, to stage a sheet, the sheet and the target. The
answer holds the sheets, or the columns, or an error: a sentence of the library, three of ours, or "memory".
"""

import datetime as dt
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook, SheetMetadata, SheetTypeEnum, SheetVisibleEnum

from data.errors import BadInput
from data.loading.sources import BLANK, Writer, headings, hint, seat_of_headings, titled, workbook_marks
from data.loading.sources.signs import Signs

# A workbook is a ZIP of XML, which shrinks ten to thirty times. A bomb shrinks a thousand times.
_ALWAYS_FINE = 64 << 20
_MOST = 2 << 30
_RATIO = 100
_BATCH = 20_000
_LOOKED_AT = 50  # rows that show where the headings stand
_SURE_DIGITS = 1e15  # a cell keeps 15 digits of a number
_PLAIN = 1e21  # whole numbers below are written as digits
_LIKE_A_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.{0,20}")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The sheets of a workbook, or the columns of the sheet staged. Raises BadInput, and whatever the library does."""
    file, name = Path(request["file"]), request["name"]
    _refuse_bombs(file, name)
    with file.open("rb") as handle:  # by content, for the ending may be that of another kind of workbook
        workbook = CalamineWorkbook.from_filelike(handle)
    if "target" not in request:
        return {"sheets": [sheet.name for sheet in _shown(workbook)]}
    return _staged(workbook, name, request)


def _shown(workbook: CalamineWorkbook) -> list[SheetMetadata]:
    tables = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    return [sheet for sheet in tables if sheet.visible == SheetVisibleEnum.Visible]


def _staged(workbook: CalamineWorkbook, name: str, request: dict[str, Any]) -> dict[str, Any]:
    shown = [sheet.name for sheet in _shown(workbook)]
    sheet = request["sheet"] or (shown or workbook.sheet_names)[0]
    if sheet not in workbook.sheet_names or (not request["sheet"] and len(shown) > 1):
        raise BadInput(
            f"{name} has no sheet {sheet!r}." if request["sheet"] else f"{name} has several sheets.",
            f"Its sheets are {', '.join(workbook.sheet_names)}.",
            "Name one of them as `sheet` in the mapping, of a source or in `files`: {from: FILE, sheet: NAME}.",
        )
    cells = workbook.get_sheet_by_name(sheet)
    first = (cells.start or (0, 0))[0] + 1

    def staged(decimal: str) -> tuple[dict[str, Any], Signs]:
        table = _Table(name, sheet, {**request, "decimal": decimal})
        found = table.stage(((line, row) for line, row in enumerate(cells.iter_rows(), first) if _is_filled(row)))
        return found, table.signs

    decimal = request["decimal"] or "."
    found, signs = staged(decimal)
    if signs.fraction and not request["decimal"] and signs.sign != decimal:
        decimal = signs.sign
        found, signs = staged(decimal)
    found["numbers"] = signs.of_numbers(decimal)
    hidden = [each for each in workbook.sheet_names if each not in shown and each != sheet]
    how = f"workbook, sheet {sheet}" + (f"; hidden and not read: {', '.join(hidden)}" if hidden else "")
    first_column = (cells.start or (0, 0))[1]
    marks = workbook_marks.of(Path(request["file"]), sheet, first_column, found["columns"])
    return {**found, "found": how, "notes": [*found["notes"], *(f"{name}: {each}" for each in marks)]}


def _is_filled(row: list[Any]) -> bool:
    return any(not (isinstance(cell, str) and not cell.strip(BLANK)) for cell in row)


class _Table:
    """The table on a sheet: where it is headed, and what its cells are."""

    def __init__(self, name: str, sheet: str, request: dict[str, Any]) -> None:
        self._name, self._sheet = name, sheet
        self._target, self._decimal = Path(request["target"]), request["decimal"]
        self._header_row, self._skip_footer = request["header_row"], request["skip_footer"] or 0
        self._dates: dict[
            int, tuple[int, int]
        ] = {}  # by column: the rows of the first date and the first text like one
        self._digits: dict[int, int] = {}  # by column: the row of the first number of more digits than a cell keeps
        self.signs = Signs()

    def stage(self, numbered: Iterator[tuple[int, list[Any]]]) -> dict[str, Any]:
        """Stages the rows, given with their numbers and none of them blank."""
        start = list(islice(numbered, _LOOKED_AT))
        notes: list[str] = []
        if self._header_row is None:
            filled = [(line, sum(_is_filled([cell]) for cell in row)) for line, row in start]
            if seat := seat_of_headings(filled):
                raise titled(self._name, seat, next(filter(None, (_text(cell, ".") for cell in start[0][1]))))
        elif self._header_row:
            numbered, start = chain(start, numbered), []
            above = 0
            for line, row in numbered:
                above += line < self._header_row
                if line >= self._header_row:
                    start = [(line, row)] if line == self._header_row else []
                    break
            if not start:
                raise BadInput(
                    f"{self._name} has no headings in row {self._header_row:,}.",
                    f"That row of the sheet {self._sheet!r} is blank, or not there.",
                    "Correct `header_row` in the mapping.",
                )
            if above:
                notes.append(f"{self._name}: {above:,} rows above the headings are not read, as `header_row` says.")
        if not start:
            raise BadInput(
                f"{self._name} is empty.", f"The sheet {self._sheet!r} has no heading row.", "Fill it, or leave it out."
            )
        cells = [_text(cell, ".") for cell in start[0][1]]
        while cells and not cells[-1].strip():
            cells.pop()
        if self._header_row == 0:
            headed = headings(self._name, [""] * len(cells))
        else:
            headed, start = headings(self._name, cells), start[1:]
        below = [_text(cell, ".") for cell in start[0][1]] if start else []
        columns = headed.columns
        with Writer(self._target, columns, self._name, self._skip_footer) as writer:
            every = chain(start, numbered)
            while batch := list(islice(every, _BATCH)):
                self._write(writer, batch, len(columns))
        return {
            "columns": columns,
            "doubled": headed.doubled,
            "hint": hint(columns, below),
            "notes": [*notes, *headed.notes(self._name), *writer.notes(), *self._odd_cells(columns)],
        }

    def _write(self, writer: Writer, batch: list[tuple[int, list[Any]]], width: int) -> None:
        faults, rows = {}, []
        for position, (line, row) in enumerate(batch):
            for column, cell in enumerate(row[:width]):
                if isinstance(cell, dt.date) or (isinstance(cell, str) and _LIKE_A_DATE.fullmatch(cell)):
                    self._see_date(column, line, is_text=isinstance(cell, str))
                elif isinstance(cell, str):
                    self.signs.see(cell)
                elif isinstance(cell, float):
                    self.signs.fraction = self.signs.fraction or not cell.is_integer()
                    if abs(cell) >= _SURE_DIGITS:
                        self._digits.setdefault(column, line)
            texts = [_text(cell, self._decimal) for cell in row]
            if any(text.strip(BLANK) for text in texts[width:]):
                faults[position] = f"has values beyond the {width} columns of the heading: {texts[width:]}"[:200]
            rows.append(texts[:width])
        writer.write(rows, [line for line, _ in batch], faults)

    def _see_date(self, column: int, line: int, *, is_text: bool) -> None:
        cell, text = self._dates.get(column, (0, 0))
        self._dates[column] = (cell, text or line) if is_text else (cell or line, text)

    def _odd_cells(self, columns: Sequence[str]) -> Iterator[str]:
        for column, (cell, text) in self._dates.items():
            if cell and text:
                yield (
                    f"{self._name}: {columns[column]} has dates (row {cell}) beside texts that look like dates "
                    f"(row {text}): a program may have swapped day and month of those it took for dates. Check them."
                )
        for column, line in self._digits.items():
            yield (
                f"{self._name}: {columns[column]} has numbers of more than 15 digits (row {line}), of which a workbook "
                "keeps 15. If they are ids, type them as text, or export CSV."
            )


def _refuse_bombs(file: Path, name: str) -> None:
    if not zipfile.is_zipfile(file):  # an .xls
        return
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > _MOST or (unpacked > _ALWAYS_FINE and unpacked > _RATIO * file.stat().st_size):
        raise BadInput(
            f"{name} was not opened.",
            f"Its {file.stat().st_size:,} bytes would unpack to {unpacked:,}.",
            "Export its sheets as CSV.",
        )


def _text(cell: object, decimal: str) -> str:
    """A cell as it would be written in a CSV with that decimal sign."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < _PLAIN
        return str(int(cell)) if whole else repr(cell).replace(".", decimal)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _main() -> None:
    request = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = answer(request)
    except BadInput as error:
        found = {"error": [error.what, error.cause, error.remedy]}
    except MemoryError:
        found = {"error": "memory"}
    except BaseException as error:  # noqa: BLE001 (the library panics on some hostile files)
        found = {"error": (str(error).splitlines() or [type(error).__name__])[0]}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    _main()
