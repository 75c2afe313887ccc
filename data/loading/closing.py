"""Rows that earlier loads quarantined and a later one answers for: they are no longer open, but superseded.

A load answers for a quarantined row when it

- has a row with its key, to load, to refuse or to delete; not where the row was refused for repeating a key;
- has a row on the same line of the same file that agrees in every cell which its reason does not name;
- refuses a row of the same file with the very same cells;
- or replaces its whole table.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from data import contract
from data.loading import modes, quarantine, statements, validate
from data.loading.engine import Engine
from data.loading.inputs import Load
from data.loading.statements import literal, own, quoted
from data.loading.validate import Format, Mapped

_NTH = own("nth")


@dataclass
class Closed:
    """What a load answers for in one quarantine: rows by table and file, and the statements of the rows left."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: list[tuple[str, Format, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Said:
    """What a load says of a table: the keys it speaks of and, with their file and line, rows as text, as statements.

    `texts` are all of its rows and `refused` those it refuses; without them, rows are known by key alone.
    """

    table: contract.Table
    keys: str
    texts: Sequence[str] = ()
    refused: str = ""
    replaces: bool = False


def close(engine: Engine, home: Path, number: str, said: Sequence[Said], today: date) -> Closed | None:
    """What a load answers for in a quarantine, or None. Nothing is written."""
    formats = quarantine.formats(home, number)
    closed = Closed()
    for name, paths in quarantine.kept(home, number).items():
        for path in paths:
            how = formats.get(path.stem, Format(None, "."))
            place = f"{number} {path.stem}"
            rows, gone = own(f"open {place}"), own(f"closed {place}")
            engine.run(statements.table(rows, statements.again(str(path), _NTH)))
            answers = [f"select {_NTH} from {rows} limit 0"]
            for each in said:
                if each.table.name == name:
                    keys = _keys(engine, each.table, rows, place, how, today)
                    answers += _answers(each, rows, keys)
            engine.run(statements.table(gone, " union ".join(f"({answer})" for answer in answers)))
            by_file = f"select source_file, count(*) from {rows} semi join {gone} using ({_NTH}) group by source_file"
            for file, count in engine.rows(by_file):
                closed.counts[modes.loaded_into(name), file] += count
            left = f"select * exclude ({statements.OURS}, {_NTH}) from {rows} anti join {gone} using ({_NTH})"
            if engine.rows(statements.count(left)) != [(0,)]:
                closed.left.append((name, how, left))
    return closed if closed.counts else None


def close_removed(home: Path, number: str, ledger: Sequence[Load], new: Sequence[Load]) -> Closed | None:
    """What a load answers for in a quarantine whose rows are no longer kept, or None.

    Nothing tells those rows apart any more: a load answers for all of a file when it reads that very file anew, or
    replaces its whole table.
    """
    if not quarantine.removed(quarantine.root(home) / number):
        return None
    again = {(load.table, load.source, load.sha256) for load in new}
    replaced = {load.table for load in new if load.mode == modes.REPLACE}
    closed = Closed()
    for load in ledger:
        if load.quarantine == number and (load.table in replaced or (load.table, load.source, load.sha256) in again):
            closed.counts[load.table, load.source] = load.quarantined
    return closed if closed.counts else None


def _answers(said: Said, rows: str, keys: str) -> list[str]:
    """Statements of the open `rows`, by number, that are answered for; `keys` gives the keys they would have."""
    if said.replaces:
        return [f"select {_NTH} from {rows}"]
    columns = said.table.column_names
    by = ", ".join(quoted(each) for each in said.table.key)
    brought = f"select {_NTH} from ({keys}) semi join ({said.keys}) using ({by})"
    unlike = "where not contains(o.reason, ' repeats ')"
    found = [f"select o.{_NTH} from {rows} o semi join ({brought}) using ({_NTH}) {unlike}"]
    agree = " and ".join(
        f"(o.{quoted(each)} is null or o.{quoted(each)} is not distinct from n.{quoted(each)} "
        f"or contains(o.reason, {literal(each + ' ')}))"
        for each in columns
    )
    some = " or ".join(f"o.{quoted(each)} = n.{quoted(each)}" for each in columns)
    found += [
        f"select o.{_NTH} from {rows} o join ({text}) n on n.source_file = o.source_file "
        f"and n.source_line = o.source_line where ({agree}) and ({some})"
        for text in said.texts
    ]
    if said.refused:
        same = " and ".join(f"o.{quoted(each)} is not distinct from n.{quoted(each)}" for each in columns)
        found.append(
            f"select o.{_NTH} from {rows} o join ({said.refused}) n on n.source_file = o.source_file and {same}"
        )
    return found


def _keys(engine: Engine, table: contract.Table, rows: str, place: str, how: Format, today: date) -> str:
    """A statement of the keys that quarantined rows would have, with their numbers; null where they cannot be read."""
    shape = replace(modes.to_delete(table), name=f"keys {place}")
    validate.prepare(engine, [shape])
    native = dict.fromkeys(table.key, False)
    validate.cells(engine, Mapped(shape, 0, rows, native), how, today)
    return statements.traced(shape.name, table.key, rows, _NTH)
