"""Reads one workbook in a process of its own: a request on standard input, an answer on standard output.

The request names the file and how much memory may be used, and, to stage a sheet, the sheet and the target. The
answer holds the sheets, or the columns, or an error: a sentence of the library, three of ours, or "memory".
"""

import datetime as dt
import json
import resource
import sys
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook, SheetMetadata, SheetTypeEnum, SheetVisibleEnum

from data.errors import BadInput
from data.loading.sources import Writer, headings

# A workbook is a ZIP of XML, which shrinks ten to thirty times. A bomb shrinks a thousand times.
_ALWAYS_FINE = 64 << 20
_MOST = 2 << 30
_RATIO = 100
_BATCH = 20_000


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
            "Name one of them as `sheet` in the mapping.",
        )
    cells = workbook.get_sheet_by_name(sheet)
    every = enumerate(cells.iter_rows(), (cells.start or (0, 0))[0] + 1)
    numbered = ((line, row) for line, row in every if any(cell != "" for cell in row))
    head = next(numbered, None)
    if head is None:
        raise BadInput(f"{name} is empty.", f"The sheet {sheet!r} has no heading row.", "Fill it, or leave it out.")
    heading = [_text(cell, ".") for cell in head[1]]
    while heading and not heading[-1].strip():
        heading.pop()
    columns, width = headings(name, heading), len(heading)
    with Writer(Path(request["target"]), columns) as writer:
        while batch := list(islice(numbered, _BATCH)):
            faults = {}
            rows = []
            for position, (_, row) in enumerate(batch):
                texts = [_text(cell, request["decimal"]) for cell in row]
                if any(texts[width:]):
                    faults[position] = f"has values beyond the {width} columns of the heading: {texts[width:]}"[:200]
                rows.append(texts[:width])
            writer.write(rows, [line for line, _ in batch], faults)
    hidden = [each for each in workbook.sheet_names if each not in shown and each != sheet]
    found = f"workbook, sheet {sheet}" + (f"; hidden and not read: {', '.join(hidden)}" if hidden else "")
    return {"columns": columns, "found": found}


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
        whole = cell.is_integer() and abs(cell) < 1e15
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
