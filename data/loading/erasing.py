"""Erasing a person at a customer: their row stays under its key and says no more of them, now and at later loads.

What they did stays countable: other tables name them by the key alone. The inputs' manifest says whose rows are erased
(`inputs.tombstone`), and a load blanks such rows before it reads their cells, so that neither what it loads nor what it
refuses says more.
"""

import csv
import io
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data import contract, publish
from data.errors import BadInput, Damaged
from data.loading import inputs, quarantine, statements
from data.loading.engine import Engine
from data.loading.inputs import Draft, Erased, Inputs
from data.loading.statements import BROKEN, literal, quoted
from data.loading.validate import Mapped

TABLE = "contacts"
NAME = "Erased person"  # what everybody is called who was erased
_KEY = "contact_id"
_STAYS = (_KEY, "customer_id")
_PERSONAL = tuple(name for name in contract.table(TABLE).column_names if name not in _STAYS)
_SHORTEST_NAME = 3  # characters: a shorter one stands in too many other texts
# What is told of otherwise, or goes by itself; and the store, which is asked what people wrote.
_KNOWN_PLACES = (
    "inputs",
    "snapshots",
    "quarantine",
    "databases",
    "desks",
    "comparisons",
    "loading",
    "spill",
    "backing_up",
)
_OF_STORE = ("store.sqlite3", "store.sqlite3-wal", "store.sqlite3-shm")
_FEWEST_DIGITS = 6  # of a telephone number: fewer, or words such as "none", are nobody's own
_MENDED = ".unfinished"  # while a file of a quarantine is written anew
_DELIMITERS = (",", ";", "\t")  # a program that mended the file may have changed it
_LONGEST_CELL = 2**31 - 1
_UNTOLD = "the row cannot be read"  # in place of a reason that may quote the person


@dataclass(frozen=True)
class Known:
    """What is known of a person, as it was written: what they are called, and addresses and numbers that are theirs."""

    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    @property
    def words(self) -> list[str]:
        """All of it, to be looked for elsewhere."""
        return sorted(self.names | self.addresses)

    def with_rows(self, rows: Collection[Mapping[str, Any]]) -> "Known":
        """What these rows of contacts say besides."""
        names, addresses = (_words(rows, columns) for columns in (("name",), ("email", "phone")))
        return Known(self.names | names - {NAME}, self.addresses | addresses)


# --- at every load ----------------------------------------------------------------------------------------------


def blank_rows(engine: Engine, mapped: Mapped, erased: Erased) -> list[str]:
    """Takes out of a source's rows what they say of people who are erased, before their cells are read.

    What was wrong with such a row is no longer told either, for it may quote a cell. Gives what people are told of it.
    """
    keys = erased.get(TABLE, ())
    if mapped.table.name != TABLE or _KEY not in mapped.native or not keys:
        return []
    is_theirs = statements.has_digest(_KEY, keys)
    count = _count(engine, statements.all_of(mapped.rows), is_theirs, {})
    if not count:
        return []
    cells = {quoted(name): "null" for name in _PERSONAL if name in mapped.native}
    if "name" in mapped.native:
        cells[quoted("name")] = f"case when name is not null then {literal(NAME)} end"
    for told, why in {
        **{statements.problem(name): f"{name} cannot be read" for name in mapped.explained},
        BROKEN: _UNTOLD,
    }.items():
        cells[told] = f"case when {told} <> '' then {literal(why)} else {told} end"
    engine.run(statements.blanked(mapped.rows, cells, is_theirs))
    return [f"{TABLE}: rows of people who were erased, of whom no more is taken than the id: {count:,}"]


# --- what is loaded ---------------------------------------------------------------------------------------------


def generations(home: Path) -> list[Path]:
    """Every generation of inputs that lies there, also one that was never announced; the oldest first."""
    place = inputs.root(home)
    return sorted(path for path in place.iterdir() if path.name.isdigit()) if place.is_dir() else []


def rows_in(generation: Path, contact_id: str) -> list[dict[str, Any]]:
    """The rows of a person in a generation, erased or not. Raises Damaged where they cannot be read."""
    found = []
    for file in sorted((generation / TABLE).glob("*.parquet")):
        try:
            rows = pq.ParquetFile(file).read()
        except (OSError, pa.ArrowException) as error:
            raise Damaged(f"{file} is damaged: it cannot be read.", "A failing disk.") from error
        found += rows.filter(pc.equal(rows[_KEY], contact_id)).to_pylist()
    return found


def says_more(rows: Collection[Mapping[str, Any]]) -> int:
    """How many of these rows say more of a person than one that is erased."""
    return sum(any(row.get(name) not in (None, NAME if name == "name" else None) for name in _PERSONAL) for row in rows)


def may_hold(generation: Path, contact_id: str) -> bool:
    """Whether a generation says who somebody is; what cannot be read may."""
    try:
        return bool(says_more(rows_in(generation, contact_id)))
    except Damaged:
        return True


def is_known(home: Path, contact_id: str) -> bool:
    """Whether any generation or quarantine has a row of contacts with that key."""
    for generation in generations(home):
        with suppress(Damaged):
            if rows_in(generation, contact_id):
                return True
    contents = map(_read, _files(home, f"{TABLE}*"))
    return any(_is_of(row, contact_id) for content in contents if content for row in content.rows)


def known(home: Path, contact_id: str) -> Known:
    """What is known of a person, in every generation and quarantine that can be read."""
    found = Known()
    for generation in generations(home):
        with suppress(Damaged):
            found = found.with_rows(rows_in(generation, contact_id))
    for file in _files(home, f"{TABLE}*"):
        content = _read(file)
        if content:
            found = found.with_rows([row for row in content.rows if _is_of(row, contact_id)])
    names = (name for name in found.names if len(name) >= _SHORTEST_NAME)
    return Known(frozenset(names), frozenset(filter(_is_own, found.addresses)))


def blank(draft: Draft, contact_id: str) -> int:
    """Makes of a draft the generation before without the person, who is erased from then on; gives the rows blanked."""
    count = 0
    for table in contract.TABLES:
        if table.name != TABLE:
            draft.keep(table.name)
    for file in draft.previous.files(TABLE) if draft.previous else []:
        rows = pq.ParquetFile(file).read()
        is_theirs = pc.equal(rows[_KEY], contact_id)
        found = pc.sum(is_theirs).as_py() or 0
        target = draft.folder(TABLE) / file.name
        if not found:
            target.hardlink_to(file)
            continue
        for place, name in enumerate(rows.column_names):
            if name in _PERSONAL:
                column = _may_be_empty(rows.schema.field(name))
                value = pa.scalar(NAME if name == "name" else None, column.type)
                rows = rows.set_column(place, column, pc.if_else(is_theirs, value, rows[name]))
        pq.write_table(rows, target, compression="zstd")
        count += found
    tombstones = {*draft.erased.get(TABLE, ()), inputs.tombstone(contact_id)}
    draft.erased[TABLE] = sorted(tombstones)
    return count


def is_erased(loaded: Inputs, contact_id: str) -> bool:
    """Whether no load may bring the person back."""
    return inputs.tombstone(contact_id) in loaded.erased.get(TABLE, ())


def rows_naming(engine: Engine, loaded: Inputs, contact_id: str) -> dict[str, int]:
    """How many loaded rows of other tables name a person by their key, as TABLE.COLUMN."""
    return {
        place: count
        for place, rows in _columns(loaded, lambda column: column.references == TABLE)
        if (count := _count(engine, rows, "value = $id", {"id": contact_id}))
    }


def rows_mentioning(engine: Engine, loaded: Inputs, words: Sequence[str]) -> dict[str, int]:
    """How many loaded rows have one of these words within a text, as TABLE.COLUMN; keys and codes are no texts."""
    test = " or ".join(f"contains(lower(value), lower($w{number}))" for number in range(len(words)))
    asked = {f"w{number}": word for number, word in enumerate(words)}
    found = {}
    for place, rows in _columns(loaded, _is_text) if words else ():
        if count := _count(engine, rows, test, asked):
            found[place] = count
    return found


# --- what was refused -------------------------------------------------------------------------------------------


def scrub_quarantines(home: Path, contact_id: str, about: Known, *, rehearse: bool = False) -> tuple[int, list[Path]]:
    """Blanks the person in everything that was refused; gives the rows blanked, and the files that cannot be read.

    Rows of contacts with their key, or with an address or a number of theirs, keep their ids; of other rows the cells
    that hold these go. No row is taken away, and none changes its place. Whoever calls it holds the inputs' lock.
    """
    seen, unread = 0, []
    for folder in _folders(home):
        if not rehearse:
            for leftover in folder.rglob(f"*{_MENDED}"):
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
                _replace(file, content.written(scrubbed))
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
        return _Parquet(pa.schema(map(_may_be_empty, rows.schema)), rows.to_pylist())
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
    return str(row.get(_KEY) or "").strip() == contact_id


def _scrubbed(table: str, row: dict[str, Any], contact_id: str, about: Known) -> dict[str, Any]:
    """The row without the person; the very same where it says nothing of them."""
    addressed = [name for name, cell in row.items() if _holds(cell, about.addresses)]
    is_theirs = table.startswith(TABLE) and (_is_of(row, contact_id) or bool(addressed))
    personal = [name for name in row if name in _PERSONAL] if is_theirs else []
    gone: dict[str, str | None] = {name: None for name in {*addressed, *personal} - {*_STAYS} if row[name]}
    if is_theirs and row.get("name"):
        gone["name"] = NAME
    cells = {str(row[name]) for name in gone if name != "reason"} - {NAME}
    if is_theirs and _holds(row.get("reason"), cells | about.names):
        gone["reason"] = None
    if "reason" in gone:
        gone["reason"] = _UNTOLD
    new = {name: gone.get(name, cell) for name, cell in row.items()}
    return row if new == row else new


def _is_own(address: str) -> bool:
    return "@" in address or sum(map(str.isdigit, address)) >= _FEWEST_DIGITS


def _holds(cell: object, words: Collection[str]) -> bool:
    """Whether one of the words stands in a cell, and not as a part of a longer one."""
    return bool(cell and words) and bool(_pattern(frozenset(words)).search(str(cell)))


@lru_cache(maxsize=256)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    any_of = "|".join(map(re.escape, sorted(words)))
    return re.compile(rf"(?<![\w.+-])(?:{any_of})(?!\w)", re.IGNORECASE)


def _replace(file: Path, content: bytes) -> None:
    """Puts a file in the place of another, whole or not at all."""
    unfinished = file.with_suffix(_MENDED)
    unfinished.write_bytes(content)
    publish.fsync(unfinished)
    unfinished.replace(file)
    publish.fsync(file.parent)


# --- what is taken away -----------------------------------------------------------------------------------------


def mirrors_of(home: Path, about: Known) -> list[Path]:
    """Copies of databases that know the person: one of their addresses, numbers or names is a cell there."""
    words = {word.casefold() for word in about.words}
    return [
        path
        for path in sorted((home / "databases").glob("*/[0-9]*"))
        if words and any(_has_cell(file, words) for file in sorted(path.glob("*.parquet")))
    ]


def _has_cell(file: Path, words: Collection[str]) -> bool:
    try:
        for rows in pq.ParquetFile(file).iter_batches():
            for column in rows.columns:
                if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(column))
                    if pc.any(pc.is_in(lowered, value_set=pa.array(sorted(words), column.type))).as_py():
                        return True
    except (OSError, pa.ArrowException):
        return True
    return False


def other_files(home: Path, about: Known) -> list[Path]:
    """Files of a home that hold a name, an address or a number and that nothing here changes.

    Such are logs, and the copies of the store that an upgrade made.
    """
    words = [word.casefold() for word in about.words]
    others = (path for path in sorted(home.rglob("*")) if path.relative_to(home).parts[0] not in _KNOWN_PLACES)
    files = (path for path in others if path.is_file() and path.name not in _OF_STORE)
    return [path for path in files if words and _says(path, words)]


def _says(path: Path, words: Collection[str]) -> bool:
    text = path.read_bytes().decode("utf-8", "replace").casefold()
    return any(word in text for word in words)


def take_away(path: Path) -> None:
    """Removes a generation, a snapshot or a mirror; killed on the way, the next publication sweeps what is left."""
    doomed = path.with_suffix(".building")
    if doomed != path:
        path.rename(doomed)
        publish.fsync(path.parent)
    shutil.rmtree(doomed)


def require_id(contact_id: str) -> str:
    """The key without blanks around it. Raises BadInput where there is none."""
    if not contact_id.strip():
        raise BadInput("There is no contact without an id.", "The id is empty.", "Name one: its contact_id.")
    return contact_id.strip()


def _may_be_empty(column: pa.Field) -> pa.Field:
    """The column without what engines write into a file, that none of its cells is empty."""
    return column.with_nullable(nullable=True)


def _words(rows: Collection[Mapping[str, Any]], columns: Sequence[str]) -> frozenset[str]:
    return frozenset(str(row[name]).strip() for row in rows for name in columns if row.get(name))


def _is_text(column: contract.Column) -> bool:
    is_code = column.one_of or column.references or column.name == "currency" or column.name.endswith("_id")
    return column.kind == "text" and not is_code


def _columns(loaded: Inputs, wanted: Callable[[contract.Column], Any]) -> Iterator[tuple[str, str]]:
    """For each wanted column of other tables that is loaded, its place and a statement of its values."""
    for table in contract.TABLES:
        files = loaded.files(table.name) if table.name != TABLE else []
        held = {name for file in files for name in pq.read_schema(file).names}
        for column in table.columns:
            if column.name in held and wanted(column):
                paths = [str(file) for file in files if column.name in pq.read_schema(file).names]
                rows = statements.union(statements.values(path, column.name) for path in paths)
                yield f"{table.name}.{column.name}", rows


def _count(engine: Engine, rows: str, test: str, params: Mapping[str, Any]) -> int:
    [(count,)] = engine.rows(statements.count(statements.passing(rows, test)), params)
    return int(count)
