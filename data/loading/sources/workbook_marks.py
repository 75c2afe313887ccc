"""What cells of a workbook show beyond the values they hold: zeros before a number, formulas without a result, errors.

And what people see of a sheet that is no value: rows that are hidden, cells merged into one.

The library that reads the values knows neither, so the XML is looked at: the table of formats, and cells of the
sheet in which one of them occurs. Only .xlsx and .xlsm have such XML; of others nothing is said.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MOST = 64 << 20  # bytes of a sheet that are looked at
_SMALL = 16 << 20  # bytes of the parts that are read whole
_CHUNK = 1 << 20
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"([^>]*?)(/>|>(.{0,4000}?)</c>)', re.DOTALL)
_HIDDEN = re.compile(rb'<row\b[^>]*?\br="(\d+)"[^>]*?\bhidden="(?:1|true)"')
_MERGED = re.compile(rb'<mergeCell\b[^>]*?\bref="([A-Z]+(\d+):[A-Z]+(\d+))"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_ERROR = b't="e"'
_ZEROS, _LITERAL = re.compile("0{2,}"), re.compile(r'"[^"]*"|\\.|[- /]')


def of(file: Path, sheet: str, first_column: int, columns: Sequence[str]) -> list[str]:
    """Sentences on the columns of a sheet that show another text than they hold; none where it cannot be told."""
    try:
        with zipfile.ZipFile(file) as book:
            padded = _padded(book)
            part = _part(book, sheet)
            shown, empty, errors = _count(book, part, padded)
            hidden, merged = _hidden_and_merged(book, part)
    except (zipfile.BadZipFile, KeyError, ET.ParseError, OSError, ValueError):  # another kind of workbook
        return []
    named = dict(enumerate(columns, first_column))
    found = []
    for column, (count, row) in shown.items():
        if column in named:
            found.append(
                f"{named[column]} shows zeros before its numbers that the cells do not hold: {count:,}, first in row "
                f"{row}. If they are ids, type them as text, or put the zeros before them in the mapping (lpad)."
            )
    for column, (count, row) in empty.items():
        if column in named:
            found.append(
                f"{named[column]} has formulas without a result, which count as empty: {count:,}, first in row {row}. "
                "Open the file in an office program, save it, and import it again."
            )
    for column, (count, row) in errors.items():
        if column in named:
            found.append(
                f"{named[column]} has errors such as #REF! or #N/A, which count as empty: {count:,}, first in row "
                f"{row}. Mend them in the workbook, and import it again."
            )
    if hidden:
        found.append(f"rows that are hidden are read as any other: {len(hidden):,}, first row {hidden[0]}.")
    if merged:
        found.append(
            f"cells are merged over several rows, of which only the first has the value: {len(merged):,}, first "
            f"{merged[0]}. Others are empty; a mapping can fill them from above."
        )
    return found


def _padded(book: zipfile.ZipFile) -> set[bytes]:
    """The styles, by number, whose format puts zeros before a whole number."""
    styles = _parsed(book, "xl/styles.xml")
    formats = {each.get("numFmtId"): each.get("formatCode", "") for each in styles.iter(f"{_MAIN}numFmt")}
    cells = styles.find(f"{_MAIN}cellXfs")
    return {
        str(number).encode()
        for number, each in enumerate(cells if cells is not None else ())
        if _ZEROS.fullmatch(_LITERAL.sub("", formats.get(each.get("numFmtId"), "")))
    }


def _part(book: zipfile.ZipFile, sheet: str) -> str:
    """The part of the archive that holds a sheet."""
    known = {each.get("name"): each.get(_REL) for each in _parsed(book, "xl/workbook.xml").iter(f"{_MAIN}sheet")}
    for each in _parsed(book, "xl/_rels/workbook.xml.rels"):
        if each.get("Id") == known[sheet]:
            target = each.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    raise KeyError(sheet)


def _parsed(book: zipfile.ZipFile, part: str) -> ET.Element:
    if book.getinfo(part).file_size > _SMALL:
        raise ValueError(part)
    text = book.read(part)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # what is written once may be read a million times
        raise ValueError(part)
    return ET.fromstring(text)  # noqa: S314 (without declarations)


_Counts = dict[int, tuple[int, int]]


def _count(book: zipfile.ZipFile, part: str, padded: set[bytes]) -> tuple[_Counts, _Counts, _Counts]:
    """By column: how many cells show zeros they do not hold, formulas have no result, cells are errors; with a row."""
    shown: _Counts = {}
    empty: _Counts = {}
    errors: _Counts = {}
    for column, row, attributes, content in _cells(book, part, only_odd=not padded):
        if _ERROR in attributes:
            _add(errors, column, row)
            continue
        style = _STYLE.search(attributes)
        if style and style[1] in padded and b"<v>" in content and b't="s"' not in attributes:
            _add(shown, column, row)
        if b"<f" in content and not re.search(rb"<v>[^<]", content) and b't="str"' not in attributes:
            _add(empty, column, row)
    return shown, empty, errors


def _hidden_and_merged(book: zipfile.ZipFile, part: str) -> tuple[list[int], list[str]]:
    """The rows that are hidden, and the ranges of cells merged over several rows."""
    hidden: list[int] = []
    merged: list[str] = []
    for text in _whole_tags(book, part):
        hidden += [int(found[1]) for found in _HIDDEN.finditer(text)]
        merged += [found[1].decode() for found in _MERGED.finditer(text) if int(found[2]) < int(found[3])]
    return hidden, merged


def _whole_tags(book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The XML of a sheet in pieces that end behind a tag."""
    rest = b""
    with book.open(part) as handle:
        for _ in range(_MOST // _CHUNK):
            if not (chunk := handle.read(_CHUNK)):
                break
            text = rest + chunk
            end = text.rfind(b">") + 1
            yield text[:end]
            rest = text[end:][-_CHUNK:]


def _add(counts: _Counts, column: int, row: int) -> None:
    count, first = counts.get(column, (0, row))
    counts[column] = (count + 1, first)


def _cells(book: zipfile.ZipFile, part: str, *, only_odd: bool) -> Iterator[tuple[int, int, bytes, bytes]]:
    rest = b""
    with book.open(part) as handle:
        for _ in range(_MOST // _CHUNK):
            chunk = handle.read(_CHUNK)
            if not chunk:
                break
            text = rest + chunk
            end = 0
            if only_odd and b"<f" not in text and _ERROR not in text:
                rest = text[-4096:]
                continue
            for found in _CELL.finditer(text):
                end = found.end()
                column = 0
                for letter in found[1]:
                    column = column * 26 + letter - ord("A") + 1
                yield column - 1, int(found[2]), found[3], found[5] or b""
            rest = text[max(end, len(text) - _CHUNK) :]
