"""How the rows of a load meet those loaded before, a table at a time: what is new, what differs, what goes.

Rows meet by key. A Parquet file of the inputs bears the number of the load whose rows it holds (`0007.parquet`) and
keeps it while later loads take rows out of it: the file a row lies in tells which load said so, without a column for
it, and a load rewrites only those files in which one of its rows meets another.
"""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path

import pyarrow.parquet as pq

from data import contract
from data.loading import modes, statements
from data.loading.engine import Engine
from data.loading.inputs import Draft, Inputs, Load
from data.loading.mappings import Source
from data.loading.modes import Period
from data.loading.report import Change, Earlier
from data.loading.statements import good_view, kept_view, literal, old_view, own, quoted, rejected_rows

_ORIGIN, _SAME, _DAY = own("origin"), own("same"), own("day")


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


def keep(engine: Engine, sources: Sequence[tuple[int, Source]], asked: Period | None) -> tuple[set[str], list[str]]:
    """Decides which rows loaded before stay, by how the numbered sources of this load meet them.

    `asked` is the period to replace instead of the days their rows span. Gives the tables of which rows may go, and
    what is to be said of it.
    """
    tests: dict[str, list[str]] = defaultdict(list)
    notes: list[str] = []
    for table in contract.TABLES:
        ways = defaultdict(list)
        for number, source in sources:
            if source.table == table.name:
                ways[source.load].append(number)
        # What this load has a new version of stays where that is quarantined.
        again = f"({_list(table.key)}) in ({rejected_rows(table.name, table.key)})"
        if modes.REPLACE in ways:
            tests[table.name].append(again)
            notes.append(f"{table.name}: the whole table is replaced.")
        elif modes.REPLACE_PERIOD in ways:
            outside, said = _outside(engine, table, ways[modes.REPLACE_PERIOD], asked)
            tests[table.name].append(f"{again} or {outside}")
            notes += said
        if modes.DELETE in ways:
            named = f"select {_list(table.key)} from {good_view(modes.to_delete(table).name)}"
            tests[table.name].append(f"({_list(table.key)}) not in ({named})")
            for other in contract.TABLES:  # lines go with their document
                if (parts := modes.document(other)) and parts[1] == table:
                    tests[other.name].append(f"{quoted(parts[0])} not in ({named})")
            unknown = f"select distinct * from ({named}) anti join {old_view(table.name)} using ({_list(table.key)})"
            [(count,)] = engine.rows(statements.count(unknown))
            if count:
                notes.append(f"{table.name}: rows to delete that are not there: {count:,}")
    for name, several in tests.items():
        test = " and ".join(f"({each})" for each in several)
        engine.run(statements.view(kept_view(name), f"select * from {old_view(name)} where {test}"))
    return set(tests), notes


def _outside(
    engine: Engine, table: contract.Table, numbers: Sequence[int], asked: Period | None
) -> tuple[str, list[str]]:
    """A test of rows loaded before for lying outside the period that these sources replace, and what to say of it."""
    given = statements.of_sources(table.name, numbers)
    parts = modes.document(table)
    if parts:
        column, parent = quoted(parts[0]), parts[1]
        days = f"select {quoted(parent.key[0])} as {column}, {_day(parent)} as {_DAY} from"
        dated = f"{days} {old_view(parent.name)} union all {days} {statements.typed_table(parent.name)}"
        spanned = f"select {_DAY} from ({dated}) semi join ({given}) using ({column})"
    else:
        spanned = f"select {_day(table)} as {_DAY} from ({given})"
    [(first, last)] = engine.rows(f"select min({_DAY}), max({_DAY}) from ({spanned})")
    period = asked or (Period(first, last) if first else None)
    if period is None:
        return "true", []
    within = f"between date '{period.first}' and date '{period.last}'"
    notes = [f"{table.name}: the period {period} is replaced."]
    [(out,)] = engine.rows(f"select count(*) from ({spanned}) where {_DAY} not {within}")
    if out:
        notes.append(f"{table.name}: rows of days outside of it, which add and correct: {out:,}")
    if not parts:
        return f"{_day(table)} not {within}", notes
    inside = f"select {column} from ({dated}) where {_DAY} {within} and {column} is not null"
    return f"{column} not in ({inside})", notes


def _day(table: contract.Table) -> str:
    return f"cast({quoted(modes.day(table))} as date)"


def compare(
    engine: Engine,
    draft: Draft,
    table: contract.Table,
    loads: Sequence[Load],
    patterns: Sequence[str],
    *,
    removes: bool,
) -> Change:
    """Finds what the good rows of a table do to those loaded before.

    `loads` are those of this load into the table, `patterns` the files they were asked for by, and `removes` tells
    whether rows may go that no new row replaces.
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
    stale = _by_origin(engine, stays) if any(load.quarantined for load in loads) else {}
    left_out = {}
    if not removes:
        seen = {origin: sum(each.get(origin, 0) for each in (unchanged, changed, stale)) for origin in before}
        left_out = {
            origin: rows - seen[origin]
            for origin, rows in before.items()
            if rows > seen[origin] and _comes_again(draft, origin, loads, patterns, mostly=2 * seen[origin] > rows)
        }
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
        left_out=_earlier(draft, left_out),
    )


def _comes_again(draft: Draft, origin: str, loads: Sequence[Load], patterns: Sequence[str], *, mostly: bool) -> bool:
    """Whether the files that rows came from are all loaded again: under their names, or as files of one pattern.

    Files of one pattern may be a month each: they are taken for exports of the whole where the new ones have `mostly`
    the same rows.
    """
    names = {load.source for load in loads}
    sources = {load.source for load in draft.previous.said_by(Path(origin))} if draft.previous else set()
    return bool(sources) and (
        sources <= names or (mostly and all(any(fnmatch(each, pattern) for pattern in patterns) for each in sources))
    )


def left_hanging(engine: Engine, removing: Collection[str], currency: str) -> list[str]:
    """What rows that stay would need of those that go, in words: references, and rates of their days."""
    found = []
    for table in contract.TABLES:
        staying = f"select * from {kept_view(table.name)} anti join {good_view(table.name)} using ({_list(table.key)})"
        for column in table.columns:
            if column.references in removing:
                other = contract.table(column.references)
                gone = f"select {quoted(other.key[0])} as {quoted(column.name)} from {_removed(other.name)}"
                [(count, example)] = engine.rows(
                    f"select count(*), min({quoted(column.name)}) from ({staying}) semi join ({gone}) "
                    f"using ({quoted(column.name)})"
                )
                if count:
                    found.append(
                        f"rows of {table.name} that name them as {column.name}: {count:,}, such as {example!r}"
                    )
        if table.name in statements.RATED_ON and "exchange_rates" in removing:
            unrated = statements.without_rate(table.name, staying)
            [(count,)] = engine.rows(statements.count(unrated), {"currency": currency})
            if count:
                found.append(f"rows of {table.name} that need their rate: {count:,}")
    return found


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
