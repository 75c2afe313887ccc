"""One sheet of an Excel workbook as rows of text."""

import datetime
import zipfile
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from data.errors import BadInput
from data.loading.sources import Options, Staged, Writer, headings

# A workbook is a ZIP of XML, which shrinks ten to thirty times. A bomb shrinks a thousand times.
_ALWAYS_FINE = 64 << 20
_MOST = 2 << 30
_RATIO = 100
_BATCH = 20_000


def sheets(file: Path, name: str) -> list[str]:
    """Names of the sheets. Raises BadInput for a file that is no workbook, or that would unpack to far too much."""
    return _open(file, name).sheet_names


def stage(file: Path, name: str, options: Options, target: Path) -> Staged:
    """Reads the sheet named in `options`, or the only one; the first row that is not blank heads it."""
    workbook = _open(file, name)
    sheet = options.sheet or workbook.sheet_names[0]
    if sheet not in workbook.sheet_names or (not options.sheet and len(workbook.sheet_names) > 1):
        raise BadInput(
            f"{name} has no sheet {sheet!r}." if options.sheet else f"{name} has several sheets.",
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
    with Writer(target, columns) as writer:
        while batch := list(islice(numbered, _BATCH)):
            faults = {}
            rows = []
            for position, (_, row) in enumerate(batch):
                texts = [_text(cell, options.decimal or ".") for cell in row]
                if any(texts[width:]):
                    faults[position] = f"has values beyond the {width} columns of the heading: {texts[width:]}"[:200]
                rows.append(texts[:width])
            writer.write(rows, [line for line, _ in batch], faults)
    return Staged(name, target, columns, f"Excel, sheet {sheet}")


def _open(file: Path, name: str) -> CalamineWorkbook:
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise BadInput(
            f"{name} is not an Excel workbook.",
            "An .xlsx file is a ZIP archive, and this is none.",
            "Save it again as .xlsx or CSV.",
        ) from error
    if unpacked > _MOST or (unpacked > _ALWAYS_FINE and unpacked > _RATIO * file.stat().st_size):
        raise BadInput(
            f"{name} was not opened.",
            f"Its {file.stat().st_size:,} bytes would unpack to {unpacked:,}.",
            "Export its sheets as CSV.",
        )
    try:
        return CalamineWorkbook.from_path(str(file))
    except (CalamineError, OSError) as error:
        raise BadInput(f"{name} is not a readable workbook.", str(error), "Save it again as .xlsx or CSV.") from error


def _text(cell: object, decimal: str) -> str:
    """A cell as it would be written in a CSV with that decimal sign."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < 1e15
        return str(int(cell)) if whole else repr(cell).replace(".", decimal)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, datetime.date | datetime.time) else str(cell)
