"""Taking a person at a customer out of what was refused: every quarantine, with what people made of its files."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data import publish
from data.loading import quarantine
from data.loading.erased import KEY, NAME, PERSONAL, TABLE, UNTOLD, Known

_STAYS = (KEY, "customer_id", "source_file", "source_line")
_DELIMITERS = (",", ";", "\t")  # a program that mended the file may have changed it
_LONGEST_CELL = 2**31 - 1


def scrub(home: Path, contact_id: str, about: Known, *, rehearse: bool = False) -> tuple[int, list[Path]]:
    """Blanks the person in everything that was refused; gives the rows blanked, and the files that cannot be read.

    Rows of contacts with their key, or with an address or a number of theirs, keep their ids; of other rows the cells
    that hold these go. No row is taken away, and none changes its place. Whoever calls it holds the inputs' lock.
    """
    seen, unread = 0, []
    for folder in _folders(home):
        if not rehearse:
            for leftover in folder.rglob(f"*{publish.UNFINISHED_FILE}"):
                leftover.unlink()
        for file in sorted(folder.glob("*.csv")) + sorted((folder / quarantine.KEPT).glob("*.parquet")):
            content = _read(file)
            if content is None:
                unread.append(file)
                continue
            table = file.stem.split("-")[0]
            scrubbed = [_scrubbed(table, row, contact_id, about) for row in content.rows]
            changed = sum(new is not old for new, old in zip(scrubbed, content.rows, strict=True))
            if changed and not rehearse:
                publish.replace(file, content.written(scrubbed))
            seen += changed if file.suffix == ".csv" else 0
    return seen, unread


@dataclass(frozen=True)
class _Csv:
    heads: list[str]
    rows: list[dict[str, str]]
    delimiter: str
    encoding: str

    def written(self, rows: list[dict[str, Any]]) -> bytes:
        target = io.StringIO()
        writer = csv.writer(target, delimiter=self.delimiter, lineterminator="\n")
        writer.writerows([self.heads, *([row[head] or "" for head in self.heads] for row in rows)])
        return target.getvalue().encode(self.encoding)


@dataclass(frozen=True)
class _Parquet:
    schema: pa.Schema
    rows: list[dict[str, Any]]

    def written(self, rows: list[dict[str, Any]]) -> bytes:
        target = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema=self.schema), target, compression="zstd")
        return target.getvalue()


def _folders(home: Path) -> list[Path]:
    return sorted(quarantine.root(home).glob("[0-9]*"))


def _files(home: Path, stem: str) -> Iterator[Path]:
    for folder in _folders(home):
        yield from sorted(folder.glob(f"{stem}.csv"))
        yield from sorted((folder / quarantine.KEPT).glob(f"{stem}.parquet"))


def _read(file: Path) -> _Csv | _Parquet | None:
    """A file of a quarantine; None for one that people changed into something else."""
    if file.suffix == ".parquet":
        try:
            rows = pq.ParquetFile(file).read()
        except (OSError, pa.ArrowException):
            return None
        return _Parquet(pa.schema(map(may_be_empty, rows.schema)), rows.to_pylist())
    csv.field_size_limit(_LONGEST_CELL)
    content = file.read_bytes()
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = content.decode(encoding)
        for delimiter in _DELIMITERS:
            heads, *lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            if {"source_file", "source_line", "reason"} <= set(heads):
                lines = [line for line in lines if line]
                return _Csv(heads, [dict(zip(heads, line, strict=True)) for line in lines], delimiter, encoding)
    except (ValueError, csv.Error):
        return None
    return None


def _is_of(row: Mapping[str, Any], contact_id: str) -> bool:
    return str(row.get(KEY) or "").strip() == contact_id


def _scrubbed(table: str, row: dict[str, Any], contact_id: str, about: Known) -> dict[str, Any]:
    """The row without the person; the very same where it says nothing of them."""
    addressed = [name for name, cell in row.items() if _holds(cell, about.addresses)]
    is_theirs = table.startswith(TABLE) and (_is_of(row, contact_id) or bool(addressed))
    personal = [name for name in row if name in PERSONAL] if is_theirs else []
    gone: dict[str, str | None] = {name: None for name in {*addressed, *personal} - set(_STAYS) if row[name]}
    if is_theirs and row.get("name"):
        gone["name"] = NAME
    cells = {str(row[name]) for name in gone if name != "reason"} - {NAME}
    if is_theirs and _holds(row.get("reason"), cells | about.names):
        gone["reason"] = None
    if "reason" in gone:
        gone["reason"] = UNTOLD
    new = {name: gone.get(name, cell) for name, cell in row.items()}
    return row if new == row else new


def _holds(cell: object, words: Collection[str]) -> bool:
    """Whether one of the words stands in a cell, and not as a part of a longer one."""
    return bool(cell and words) and bool(_pattern(frozenset(words)).search(str(cell)))


@lru_cache(maxsize=256)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    any_of = "|".join(map(re.escape, sorted(words)))
    return re.compile(rf"(?<![\w.+-])(?:{any_of})(?!\w)", re.IGNORECASE)


def rows_of(home: Path, contact_id: str) -> list[dict[str, Any]]:
    """The rows of contacts with that key that were refused, in files that can be read."""
    contents = map(_read, _files(home, f"{TABLE}*"))
    return [row for content in contents if content for row in content.rows if _is_of(row, contact_id)]


def may_be_empty(column: pa.Field) -> pa.Field:
    """The column without what engines write into a file, that none of its cells is empty."""
    return column.with_nullable(nullable=True)
