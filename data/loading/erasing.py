"""Erasing a person at a customer from what is loaded: what is known of them, and where; inputs without them.

What they did stays countable: other tables name them by the key alone.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data import contract, publish
from data.errors import BadInput, Damaged
from data.loading import inputs, scrubbing, statements
from data.loading.engine import Engine
from data.loading.erased import KEY, NAME, PERSONAL, TABLE, Known, says_more
from data.loading.inputs import Draft, Inputs

_SHORTEST_NAME = 3  # characters: a shorter one stands in too many other texts
_FEWEST_DIGITS = 6  # of a telephone number: fewer, or words such as "none", are nobody's own
# What is told of otherwise, or goes by itself; and the store, which is asked what people wrote.
_KNOWN_PLACES = {
    "inputs", "snapshots", "quarantine", "databases", "desks", "comparisons", "loading", "spill", "backing_up",
}  # fmt: skip
_OF_STORE = ("store.sqlite3", "store.sqlite3-wal", "store.sqlite3-shm")


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
        found += rows.filter(pc.equal(rows[KEY], contact_id)).to_pylist()
    return found


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
    return bool(scrubbing.rows_of(home, contact_id))


def known(home: Path, contact_id: str) -> Known:
    """What is known of a person, in every generation and quarantine that can be read."""
    found = Known().with_rows(scrubbing.rows_of(home, contact_id))
    for generation in generations(home):
        with suppress(Damaged):
            found = found.with_rows(rows_in(generation, contact_id))
    names = (name for name in found.names if len(name) >= _SHORTEST_NAME)
    return Known(frozenset(names), frozenset(filter(_is_own, found.addresses)))


def _is_own(address: str) -> bool:
    return "@" in address or sum(map(str.isdigit, address)) >= _FEWEST_DIGITS


def blank(draft: Draft, contact_id: str) -> int:
    """Makes of a draft the generation before without the person, who is erased from then on; gives the rows blanked."""
    count = 0
    for table in contract.TABLES:
        if table.name != TABLE:
            draft.keep(table.name)
    for file in draft.previous.files(TABLE) if draft.previous else []:
        rows = pq.ParquetFile(file).read()
        is_theirs = pc.equal(rows[KEY], contact_id)
        found = pc.sum(is_theirs).as_py() or 0
        target = draft.folder(TABLE) / file.name
        if not found:
            target.hardlink_to(file)
            continue
        for place, name in enumerate(rows.column_names):
            if name in PERSONAL:
                column = scrubbing.may_be_empty(rows.schema.field(name))
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
