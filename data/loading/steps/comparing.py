"""The third step of a load: what it adds, changes and removes, which open rows it answers for, and what is refused."""

from typing import Any

from data import contract
from data.errors import BadInput
from data.loading import closing, diary, merge, modes, statements
from data.loading.closing import Said
from data.loading.inputs import Load
from data.loading.steps import TRACES, Loading

_FIRST_ROWS = 20  # a rehearsal shows of each table


def compare(loading: Loading) -> None:
    """Counts what is loaded and quarantined, and compares it with what was loaded before, all into the report.

    Raises BadInput where the load would replace a table by nothing, or remove rows that others need.
    """
    loading.progress("Comparing", 0.8)
    _count(loading)
    report = loading.report
    if loading.work.mapping.mends and not loading.new and not any(load.loaded for load in report.loads):
        report.notes.append("Nothing has changed: no row of this quarantine can be loaded yet.")
        report.changed = False
        return
    _refuse_to_replace_by_nothing(loading)
    for table in contract.TABLES:
        removes = table.name in loading.removing
        if table in loading.tables() or removes:
            loads = [load for load in loading.new if load.table == table.name]
            patterns = [source.file for source, *_ in loading.parts if source.table == table.name]
            change = merge.compare(loading.engine, loading.draft, table, loads, patterns, removes=removes)
            report.changes.append(change)
    _refuse_to_leave_hanging(loading)
    _close(loading)


def first_rows(loading: Loading) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    """By table: the first rows that would be loaded, and the first that would be quarantined."""
    good, refused = {}, {}
    for shape in loading.shapes():
        names = shape.column_names
        rows = loading.engine.rows(statements.first_good(shape.name, names, _FIRST_ROWS))
        good[shape.name] = [dict(zip(names, row, strict=True)) for row in rows]
        rows = loading.engine.rows(statements.first_of(loading.not_loaded(shape), _FIRST_ROWS))
        refused[shape.name] = [dict(zip((*names, *TRACES), row, strict=True)) for row in rows]
    return good, refused


def _count(loading: Loading) -> None:
    digests = {
        (source.shape.name, staged.name): (each.sha256, source.load)
        for source, several, stageds in loading.parts
        for each, staged in zip(several, stageds, strict=True)
    }
    digests |= {(name, diary.SOURCE): ("", modes.ADD) for name in loading.observed}
    for shape in loading.shapes():
        table = modes.loaded_into(shape.name)
        for file, rows_in, good in loading.engine.rows(statements.outcome(shape.name)):
            sha256, mode = digests.get((shape.name, file), ("", modes.ADD))
            load = Load(table, file, sha256, rows_in, good, rows_in - good, mode=mode)
            loading.report.loads.append(load)
            if (shape.name, file) in digests:
                loading.new.append(load)
    if any(load.quarantined for load in loading.report.loads):
        for shape in loading.shapes():
            reasons = loading.engine.rows(statements.reasons(shape.name))
            loading.report.reasons += [(shape.name, *reason) for reason in reasons]


def _close(loading: Loading) -> None:
    """Finds the rows of other quarantines that this load answers for."""
    shapes = loading.shapes()
    said = [_said(loading, shape) for shape in shapes]
    for shape in shapes:  # what is deleted is no longer open, either
        table = contract.table(modes.loaded_into(shape.name))
        if table not in shapes:
            said.append(Said(table, statements.keys(shape.name, shape.key)))
    for number in sorted({load.quarantine for load in loading.draft.ledger} - {"", loading.head}):
        found = closing.close(loading.engine, loading.home, number, said, loading.today)
        found = found or closing.close_removed(loading.home, number, loading.draft.ledger, loading.new)
        if found:
            loading.closed[number] = found
    loading.report.closed = [
        (*key, sum(each.counts[key] for each in loading.closed.values()))
        for key in sorted({key for each in loading.closed.values() for key in each.counts})
    ]


def _said(loading: Loading, shape: contract.Table) -> Said:
    """What this load says of a table, or of rows of it to delete."""
    if loading.head:  # rows that are mended, each at its own place: those that cannot be loaded say nothing new
        return Said(shape, statements.all_of(statements.good_view(shape.name)))
    keys = statements.keys(shape.name, shape.key)
    for other in loading.shapes():
        if other.name == modes.to_delete(shape).name:
            keys += f" union all {statements.keys(other.name, shape.key)}"
    texts = [
        statements.located(
            shape.name,
            mapped.number,
            statements.raw_text(mapped.rows, mapped.native, shape.column_names, how.decimal),
            shape.column_names,
        )
        for mapped, how in loading.mapped
        if mapped.table == shape
    ]
    replaces = any((load.table, load.mode) == (shape.name, modes.REPLACE) for load in loading.new)
    return Said(shape, keys, texts, loading.not_loaded(shape), replaces)


def _refuse_to_replace_by_nothing(loading: Loading) -> None:
    for table in loading.tables():
        loads = [load for load in loading.report.loads if load.table == table.name and load.mode != modes.DELETE]
        whole = any(each.load == modes.REPLACE for each in loading.sources.values() if each.table == table.name)
        if (whole or any("replace" in load.mode for load in loads)) and not any(load.loaded for load in loads):
            reasons = [why for name, why, *_ in loading.report.reasons if name == table.name]
            nothing = "`where`, a join or `one_per` leaves no row of its files."
            raise BadInput(
                f"{table.name} cannot be replaced: none of its {sum(load.rows_in for load in loads):,} new rows "
                "can be loaded.",
                f"Most of them for this reason: {reasons[0]}." if reasons else nothing,
                "Correct the files or the mapping. With `load: add`, the rows come into the quarantine.",
            )


def _refuse_to_leave_hanging(loading: Loading) -> None:
    removing = {change.table: change.removed for change in loading.report.changes if change.removed}
    currency = loading.draft.reporting_currency
    hanging = merge.left_hanging(loading.engine, removing, currency) if removing else []
    if hanging:
        rows = ", ".join(f"{count:,} of {table}" for table, count in removing.items())
        raise BadInput(
            f"Rows cannot be removed that others need: {rows}.",
            f"{'; '.join(hanging)}.",
            "Replace or delete those rows in the same load, or use `load: add`, which removes nothing.",
        )
