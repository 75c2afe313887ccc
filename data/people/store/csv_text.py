"""CSV of what the store keeps about people: no cell is a formula to a spreadsheet, and what was written reads back."""

import csv
import io
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def written(rows: Iterable[Iterable[str]]) -> str:
    """The rows as CSV; an apostrophe goes before what a spreadsheet would take for a formula, or before another."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\r\n").writerows(
        [f"'{cell}" if _is_marked(cell) else cell for cell in row] for row in rows
    )
    return target.getvalue()


def read(text: str) -> list[tuple[int, list[str]]]:
    """The rows with the line each ends on, as they were before `written`; a mark of the encoding is no text."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    return [(reader.line_num, [_bare(cell) for cell in row]) for row in reader if row]


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _is_marked(cell[1:]) else cell


def _is_marked(cell: str) -> bool:
    return cell.lstrip(" ").startswith(_FORMULA)
