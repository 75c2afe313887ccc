"""How the rows of a load meet those loaded before, a table at a time: what is new, what differs, what goes.

Rows meet by key. A Parquet file of the inputs bears the number of the load whose rows it holds (`0007.parquet`) and
keeps it while later loads take rows out of it: the file a row lies in tells which load said so, without a column for
it, and a load rewrites only those files in which one of its rows meets another.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from data import contract
from data.loading import statements
from data.loading.engine import Engine
from data.loading.inputs import Draft, Inputs
from data.loading.report import Change, Earlier
from data.loading.statements import good_view, literal, old_view, own, quoted, rejected_rows

_ORIGIN, _SAME = own("origin"), own("same")


def kept_view(name: str) -> str:
    """The view of rows loaded before that this load leaves, but for those whose key it brings; an SQL identifier."""
    return own(f"kept {name}")


def _met(name: str) -> str:
    return own(f"met {name}")


def _removed(name: str) -> str:
    return own(f"removed {name}")


def begin(engine: Engine, previous: Inputs | None) -> None:
    """Makes what was loaded before readable, and all of it kept."""
    for table in contract.TABLES:
        files = previous.files(table.name) if previous else []
        engine.run(statements.view(old_view(table.name), _rows_of(table, files)))
        engine.run(statements.view(kept_view(table.name), statements.all_of(old_view(table.name))))


def compare(engine: Engine, draft: Draft, table: contract.Table, *, removes: bool, refused: bool) -> Change:
    """Finds what the good rows of a table do to those loaded before.

    `removes` tells whether rows may go that no new row replaces, `refused` whether rows of this load are quarantined.
    """
    name, key = table.name, _list(table.key)
    old, good = old_view(name), good_view(name)
    rest = [quoted(each) for each in table.column_names if each not in table.key]
    same = " and ".join(f"o.{each} is not distinct from g.{each}" for each in rest) or "true"
    met = f"select {key}, o.{_ORIGIN}, {same} as {_SAME} from {old} o join {good} g using ({key})"
    engine.run(statements.table(_met(name), met))
    gone = (
        f"select {key}, {_ORIGIN} from {old} anti join {kept_view(name)} using ({key}) anti join {good} using ({key})"
    )
    engine.run(statements.table(_removed(name), gone if removes else f"{gone} limit 0"))
    stays = f"select {_ORIGIN} from {kept_view(name)} semi join ({rejected_rows(name, table.key)}) using ({key})"
    stays += f" anti join {good} using ({key})"
    [(given,)] = engine.rows(statements.count(statements.all_of(good)))
    before = {str(file): pq.read_metadata(file).num_rows for file in _files(draft, table)}
    unchanged, changed = (
        _by_origin(engine, f"select * from {_met(name)} where {test}") for test in (_SAME, f"not {_SAME}")
    )
    removed = _by_origin(engine, statements.all_of(_removed(name)))
    stale = _by_origin(engine, stays) if refused else {}
    differing = sum(changed.values())
    return Change(
        table=name,
        added=given - sum(unchanged.values()) - differing,
        changed=differing,
        removed=sum(removed.values()),
        unchanged=sum(before.values()) - differing - sum(removed.values()),
        stale=sum(stale.values()),
        contradicts=_earlier(draft, changed),
        takes_back=_earlier(draft, removed),
    )


def write(engine: Engine, draft: Draft, change: Change) -> None:
    """Writes a table of the next generation; files in which nothing changes are taken over as they are."""
    table = contract.table(change.table)
    if not (change.added or change.changed or change.removed):
        draft.keep(table.name)
        return
    name, key, columns = table.name, _list(table.key), _list(table.column_names)
    gone = f"select {key}, {_ORIGIN} from {_met(name)} where not {_SAME} union all select * from {_removed(name)}"
    touched = _by_origin(engine, gone)
    for file in _files(draft, table):
        target = draft.folder(name) / file.name
        if str(file) not in touched:
            os.link(file, target)
        elif touched[str(file)] < pq.read_metadata(file).num_rows:
            out = f"select {key} from ({gone}) where {_ORIGIN} = {literal(str(file))}"
            left = f"select {columns} from ({_rows_of(table, [file])}) anti join ({out}) using ({key})"
            engine.run(statements.copy_to_parquet(left, str(target)))
    if change.added or change.changed:
        known = f"select {key} from {_met(name)} where {_SAME}"
        fresh = f"select {columns} from {good_view(name)} anti join ({known}) using ({key})"
        engine.run(statements.copy_to_parquet(fresh, str(draft.folder(name) / f"{draft.number:04d}.parquet")))


def _files(draft: Draft, table: contract.Table) -> list[Path]:
    return draft.previous.files(table.name) if draft.previous else []


def _rows_of(table: contract.Table, files: Sequence[Path]) -> str:
    """The rows of Parquet files in today's columns, those the contract did not know then empty, and their file."""
    if not files:
        return f"select *, cast(null as varchar) as {_ORIGIN} from ({statements.no_rows(table.columns)})"
    known = {name for file in files for name in pq.read_schema(file).names}
    chosen = ", ".join(
        quoted(each.name) if each.name in known else f"cast(null as {each.sql_type}) as {quoted(each.name)}"
        for each in table.columns
    )
    paths = ", ".join(literal(str(file)) for file in files)
    origin = literal(_ORIGIN.strip('"'))
    return f"select {chosen}, {_ORIGIN} from read_parquet([{paths}], union_by_name = true, filename = {origin})"


def _by_origin(engine: Engine, rows: str) -> dict[str, int]:
    counted = f"select {_ORIGIN}, count(*) from ({rows}) group by {_ORIGIN} order by {_ORIGIN}"
    return {str(origin): int(count) for origin, count in engine.rows(counted)}


def _earlier(draft: Draft, counts: dict[str, int]) -> tuple[Earlier, ...]:
    found = []
    for origin, count in counts.items():
        loads = draft.previous.said_by(Path(origin)) if draft.previous else []
        sources = tuple(dict.fromkeys(load.source for load in loads))
        days = sorted({load.at[:10] for load in loads if load.at})
        found.append(Earlier(sources, tuple(days[:1] + days[1:][-1:]), count))
    return tuple(found)


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))
