"""The first step of a load: files are read as text, and their rows become rows of contract columns."""

from dataclasses import replace
from typing import Any

from data import contract
from data.loading import expressions, files, inputs, quarantine, sources, statements
from data.loading.applying import Applying
from data.loading.mappings import Source
from data.loading.plan import File
from data.loading.sources import Staged
from data.loading.steps import Loading


def read(loading: Loading) -> None:
    """Reads every file and maps it. Raises BadInput where a file or the mapping cannot be used as it is."""
    work, engine = loading.work, loading.engine
    if work.mapping.mends:
        counted = {load.quarantine for load in loading.draft.ledger}
        loading.head = quarantine.latest(loading.home, work.mapping.mends, counted)
        quarantine.require_there(quarantine.root(loading.home) / loading.head)
    staged = _Staging(loading)
    loading.parts = [(source, several, [staged.of(each, source) for each in several]) for source, several in work.parts]
    helpers = {name: [staged.of(each, source) for each in several] for name, (source, several) in work.helpers.items()}
    native = [str(each.parquet) for each in staged.done.values() if each.native]
    homes = [loading.folder, inputs.root(loading.home), quarantine.root(loading.home)]
    for statement in statements.confine([str(each) for each in homes], native):
        engine.run(statement)
    for name, stageds in helpers.items():
        engine.run(statements.view(statements.quoted(name), statements.union(_rows(stageds, 0))))
    first = 1
    for number, (source, _, stageds) in enumerate(loading.parts):
        loading.progress(f"Mapping {source.table}", _share(0.4, 0.3, number, len(loading.parts)))
        _map(loading, source, stageds, first)
        first += len(stageds)


class _Staging:
    """Reads each file once for each way it is asked for."""

    def __init__(self, loading: Loading) -> None:
        self.loading = loading
        self.done: dict[tuple[Any, ...], Staged] = {}

    def of(self, file: File, source: Source) -> Staged:
        options = replace(source.options, sheet=file.sheet, member=file.member)
        key = (file.path, options)
        if key not in self.done:
            loading, number = self.loading, len(self.done)
            loading.progress(f"Reading {file.name}", _share(0.0, 0.4, number, loading.work.reads))
            name = loading.work.called(file)
            with files.explained(name):
                files.require_regular(file.path, name)
                staged = sources.stage(file.path, name, options, loading.folder / f"{number}.parquet")
            self.done[key] = staged
            loading.report.files.append(f"{name}: {staged.found}")
            loading.report.notes += staged.notes
            for column in statements.shadowed(staged.columns):
                loading.report.notes.append(f"{name}: SQL of the mapping takes {column} for the column of that name.")
        return self.done[key]


def _rows(stageds: list[Staged], first: int) -> list[str]:
    """SQL for the rows of each file of a source; `first` numbers the files."""
    names = expressions.same_names([staged.columns for staged in stageds])
    taken = {name for several in names for name in several}
    return [
        statements.file_rows(
            str(staged.parquet),
            dict(zip(spelled, staged.stored, strict=True)),
            (staged.name, number),
            taken,
            native=staged.native,
        )
        for number, (staged, spelled) in enumerate(zip(stageds, names, strict=True), first)
    ]


def _map(loading: Loading, source: Source, stageds: list[Staged], first: int) -> None:
    """Makes one source's rows into tables of contract columns; `first` numbers its files."""

    def mended(table: contract.Table, columns: list[str], rows: str) -> str:
        """Rows of a mended quarantine under the names of where they first came from."""
        kept = quarantine.kept_rows(loading.home, loading.head, table) if loading.is_counted else ""
        traced = statements.mends(rows, kept or statements.no_open_rows(table.column_names), columns)
        name = statements.own(f"mended {table.name} {len(loading.mapped)}")
        loading.engine.run(statements.table(name, traced))
        left = loading.engine.rows(statements.count(statements.in_state(name, "left")))[0][0]
        if left:
            loading.report.notes.append(
                f"{table.name}: {left:,} rows were mended before or cannot be read; they were left out."
            )
        return statements.presented(name)

    trace = mended if loading.work.mapping.mends else None
    with loading.engine.within(loading.settings.mapping_seconds, source.table):
        applying = Applying(loading.engine, source, stageds, _rows(stageds, first), first, loading.report, trace)
        made = applying.tables(len(loading.mapped))
    loading.mapped += made
    loading.sources |= {mapped.number: source for mapped, _ in made}


def _share(before: float, share: float, done: int, of: int) -> float:
    """How much of a load is done: what came before, and of a step with its share some parts."""
    return before + share * min(1.0, done / max(1, of))
