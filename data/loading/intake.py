"""Loading: files -> staged text -> mapped -> checked -> a new generation of inputs and a quarantine.

Nothing is visible until all of it is done: the quarantine is put in place first, then the inputs that count
its rows are published by one rename. Rows in = rows loaded + rows quarantined, for every table and file.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from data import contract
from data.loading import expressions, files, inputs, mappings, quarantine, sources, statements, validate
from data.loading.applying import Applying
from data.loading.engine import Engine, OpenEngine
from data.loading.inputs import Draft, Load
from data.loading.mappings import Mapping, Source
from data.loading.plan import File, Plan, plan
from data.loading.report import Report
from data.loading.sources import Options, Staged
from data.loading.validate import Format, Mapped
from data.settings import Settings


class _NothingNew(Exception):
    """Ends a load that would leave everything as it is."""


def load(
    path: Path,
    mapping: str | None,
    settings: Settings,
    open_engine: OpenEngine,
    today: date | None = None,
    also: Sequence[Path] = (),
    onto: str | None = None,
) -> Report:
    """Loads a file or a folder through a mapping (a preset's name, a YAML file, or None).

    `open_engine` gives the database to work in; `today` bounds dates of what has happened; `also` are folders
    outside that the mapping may read; `onto` names the generation of inputs that is added to (inputs.ANEW: none), by
    default the newest. Raises BadInput where the files or the mapping cannot be used as they are, Damaged where what
    was loaded before is; then nothing changes. The same files with the same mapping change nothing either.
    """
    report = Report()
    work = plan(path, mapping, also, report)
    try:
        with inputs.next_generation(settings.home, onto) as draft:
            _forget_demo(draft, report)
            if draft.previous:
                draft.previous.require_whole()
            if _loaded_before(work, draft.ledger, report):
                raise _NothingNew  # noqa: TRY301 (leaves the generation that was begun)
            with _staging(settings.home) as folder, open_engine(settings, folder / "work.duckdb") as engine:
                _Loading(work, draft, engine, folder, settings, today or date.today(), report).run()  # noqa: DTZ011 (the day here)
    except _NothingNew:
        report.changed = False
    return report


def _shown(file: File, source: Source, mapping: Mapping) -> str:
    """A file as the ledger names it."""
    name = f"{file.name} [{source.sheet}]" if source.sheet else file.name
    return f"quarantine {mapping.mends}/{name}" if mapping.mends else name


def _forget_demo(draft: Draft, report: Report) -> None:
    """Generated companies and real ones do not mix: the first import takes the demo's place."""
    if draft.previous and draft.previous.is_demo:
        draft.previous, draft.ledger, draft.reporting_currency = None, [], ""
        report.notes.append("The generated demo company is replaced.")


def _loaded_before(work: Plan, ledger: list[Load], report: Report) -> bool:
    """Whether these files were the last ones loaded under their names, with the same mapping."""
    if work.mapping.mends:
        return False
    last = {(load.table, load.source): load for load in ledger}
    loads = []
    for source, several in work.parts:
        for each in several:
            before = last.get((source.table, _shown(each, source, work.mapping)))
            if before is None or (before.sha256, before.mapping) != (each.sha256, work.mapping.digest):
                return False
            loads.append(before)
    report.notes.append("Nothing has changed: these files were loaded before, with the same mapping.")
    for number in sorted({load.quarantine for load in loads if load.quarantine}):
        report.notes.append(f"What was quarantined then is in quarantine {number}; import that folder to try it again.")
    return True


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    folder = home / "loading"
    shutil.rmtree(folder, ignore_errors=True)  # left by a load that was killed
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class _Loading:
    """One load at work. Its steps share an engine and a folder, and all write into one report."""

    work: Plan
    draft: Draft
    engine: Engine
    folder: Path
    settings: Settings
    today: date
    report: Report
    head: str = ""
    staged: dict[tuple[Any, ...], Staged] = field(default_factory=dict)
    mapped: list[tuple[Mapped, Format]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.settings.home

    def run(self) -> None:
        """Reads, maps, checks and publishes."""
        if self.work.mapping.mends:
            self.head = quarantine.latest(self.home, self.work.mapping.mends)
        ready = [
            (source, several, [self._stage(each, source) for each in several]) for source, several in self.work.parts
        ]
        helpers = {name: [self._stage(each, None) for each in several] for name, several in self.work.helpers.items()}
        native = [str(staged.parquet) for staged in self.staged.values() if staged.native]
        homes = [self.folder, inputs.root(self.home), quarantine.root(self.home)]
        for statement in statements.confine([str(each) for each in homes], native):
            self.engine.run(statement)
        for name, stageds in helpers.items():
            self.engine.run(statements.view(statements.quoted(name), statements.union(self._rows(stageds, 0))))
        first = 1
        for source, _, stageds in ready:
            self._map(source, stageds, first)
            first += len(stageds)
        self._check()
        self._publish(ready)

    def _stage(self, file: File, source: Source | None) -> Staged:
        asked = source or Source("", file.name)
        options = Options(asked.encoding, asked.delimiter, asked.sheet, asked.decimal)
        key = (file.path, options)
        if key not in self.staged:
            name = _shown(file, asked, self.work.mapping)
            with files.explained(name):
                files.require_regular(file.path, name)
                staged = sources.stage(file.path, name, options, self.folder / f"{len(self.staged)}.parquet")
            self.staged[key] = staged
            self.report.files.append(f"{name}: {staged.found}")
            for column in statements.shadowed(staged.columns):
                self.report.notes.append(f"{name}: SQL of the mapping takes {column} for the column of that name.")
        return self.staged[key]

    def _rows(self, stageds: list[Staged], first: int) -> list[str]:
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

    def _map(self, source: Source, stageds: list[Staged], first: int) -> None:
        """Makes one source's rows into tables of contract columns; `first` numbers its files."""
        trace = self._mended if self.work.mapping.mends else None
        with self.engine.within(self.settings.mapping_seconds, source.table):
            applying = Applying(self.engine, source, stageds, self._rows(stageds, first), first, self.report, trace)
            self.mapped += applying.tables(len(self.mapped))

    def _mended(self, table: contract.Table, columns: list[str], rows: str) -> str:
        """Rows of a mended quarantine under the names of where they first came from."""
        open_rows = self._kept(table.name) or self._kept_none(table)
        traced = statements.mends(rows, open_rows, columns)
        name = statements.own(f"mended {table.name} {len(self.mapped)}")
        self.engine.run(statements.table(name, traced))
        left = self.engine.rows(statements.count(statements.in_state(name, "left")))[0][0]
        if left:
            self.report.notes.append(
                f"{table.name}: {left:,} rows were mended before or cannot be read; they were left out."
            )
        return statements.presented(name)

    def _kept(self, table: str) -> str:
        """SQL for the rows of a table that are open in the quarantine being mended."""
        if not any(load.quarantine == self.head for load in self.draft.ledger):
            return ""
        paths = quarantine.kept(self.home, self.head).get(table, [])
        return statements.union([statements.open_rows(str(path)) for path in paths])

    def _kept_none(self, table: contract.Table) -> str:
        return statements.no_open_rows(table.column_names)

    def _check(self) -> None:
        previous = self.draft.previous
        with self.engine.transaction():
            validate.prepare(self.engine)
            for table in contract.TABLES:
                before = previous.files(table.name) if previous else []
                rows = statements.loaded_before(table.columns, list(map(str, before)))
                self.engine.run(statements.view(statements.old_view(table.name), rows))
        for mapped, how in self.mapped:
            validate.cells(self.engine, mapped, how, self.today)
        self.draft.reporting_currency = validate.reporting_currency(
            self.engine, self.work.mapping.reporting_currency, self.draft.reporting_currency
        )
        loaded = {mapped.table.name for mapped, _ in self.mapped}
        for table in contract.TABLES:
            if table.name in loaded:
                if self.head and (open_rows := self._kept(table.name)):
                    again = statements.repeats_again(table.name, table.key, open_rows)
                    self.engine.run(statements.reject(table.name, again))
                validate.whole(self.engine, table, self.draft.reporting_currency)
        self.report.notes += validate.disagreeing(self.engine)

    def _publish(self, ready: list[tuple[Source, list[File], list[Staged]]]) -> None:
        digests = {
            (source.table, staged.name): each.sha256
            for source, several, stageds in ready
            for each, staged in zip(several, stageds, strict=True)
        }
        tables = [table for table in contract.TABLES if table.name in {mapped.table.name for mapped, _ in self.mapped}]
        for table in tables:
            for file, rows_in, good in self.engine.rows(statements.outcome(table.name)):
                self.report.loads.append(
                    Load(table.name, file, digests.get((table.name, file), ""), rows_in, good, rows_in - good)
                )
        new = [load for load in self.report.loads if (load.table, load.source) in digests]
        if self.work.mapping.mends and not new and not any(load.loaded for load in self.report.loads):
            self._explain()
            self.report.notes.append("Nothing has changed: no row of this quarantine can be loaded yet.")
            raise _NothingNew
        for table in contract.TABLES:
            if any(load.table == table.name and load.loaded for load in self.report.loads):
                target = self.draft.folder(table.name) / "rows.parquet"
                rows = statements.merged(table.name, table.key, table.column_names)
                self.engine.run(statements.copy_to_parquet(rows, str(target)))
            else:
                self.draft.keep(table.name)
        if any(load.quarantined for load in self.report.loads):
            self._explain()  # before anything is put in its place: what can fail must fail first
        number = self._quarantine(tables)
        self._enter(new, number)

    def _quarantine(self, tables: list[contract.Table]) -> str:
        """Puts the rows that were not loaded in their place; '' where there are none."""
        parts: dict[tuple[str, Format], list[str]] = {}
        for table in tables:
            for how in dict.fromkeys(how for mapped, how in self.mapped if mapped.table == table):
                rows = self._not_loaded(table, how)
                if self.engine.rows(statements.count(rows)) != [(0,)]:
                    parts.setdefault((table.name, how), []).append(rows)
        for name, how, rows in self._still_open():
            parts.setdefault((name, how), []).append(rows)
        if not parts:
            return ""
        written: dict[str, list[tuple[str, Format]]] = {}
        with quarantine.next_one(self.home, self.head or None) as folder:
            for (name, how), selects in parts.items():
                stem = f"{name}-{len(written[name]) + 1}" if name in written else name
                written.setdefault(name, []).append((stem, how))
                kept = folder / quarantine.KEPT / f"{stem}.parquet"
                self.engine.run(statements.copy_to_parquet(statements.union(selects), str(kept)))
                self.engine.run(statements.copy_to_csv(statements.open_rows(str(kept)), str(folder / f"{stem}.csv")))
            self._write_mapping(folder, written)
        self.report.quarantine = folder.with_suffix("")
        return self.report.quarantine.name

    def _not_loaded(self, table: contract.Table, how: Format | None = None) -> str:
        texts = [
            (mapped.number, statements.raw_text(mapped.rows, mapped.native, table.column_names, form.decimal))
            for mapped, form in self.mapped
            if mapped.table == table and how in (None, form)
        ]
        return statements.quarantined(table.name, texts, table.column_names)

    def _still_open(self) -> Iterator[tuple[str, Format, str]]:
        """Rows of the quarantine being mended that its edited files no longer hold: they stay quarantined."""
        if not self.head or not any(load.quarantine == self.head for load in self.draft.ledger):
            return
        formats = _formats_of(quarantine.root(self.home) / self.head)
        for name, paths in quarantine.kept(self.home, self.head).items():
            presented = [mapped for mapped, _ in self.mapped if mapped.table.name == name]
            for path in paths:
                rows = statements.open_rows(str(path))
                if presented:
                    rows = statements.not_in(rows, statements.origins(name))
                if self.engine.rows(statements.count(rows)) != [(0,)]:
                    yield name, formats.get(path.stem, Format(None, ".")), rows

    def _write_mapping(self, folder: Path, written: dict[str, list[tuple[str, Format]]]) -> None:
        tables = {
            name: [
                {
                    "from": f"{stem}.csv",
                    "encoding": "utf-8",
                    "delimiter": ",",
                    "decimal": how.decimal,
                    **({"date_order": how.date_order} if how.date_order else {}),
                    **({"date_format": list(how.date_format)} if how.date_format else {}),
                }
                for stem, how in stems
            ]
            for name, stems in written.items()
        }
        about = {
            "about": "Rows that could not be loaded. Mend the CSV files, then import this folder.",
            "mends": folder.stem,
            **({"reporting_currency": c} if (c := self.draft.reporting_currency) else {}),
            "tables": tables,
        }
        text = yaml.safe_dump(about, sort_keys=False, allow_unicode=True)
        (folder / mappings.OWN_MAPPING).write_text(text, encoding="utf-8")

    def _explain(self) -> None:
        for name in dict.fromkeys(mapped.table.name for mapped, _ in self.mapped):
            self.report.reasons += [(name, *row) for row in self.engine.rows(statements.reasons(name))]

    def _enter(self, new: list[Load], number: str) -> None:
        """Brings the ledger up to date: mended rows move from quarantined to loaded, the rest is added."""
        digest = self.work.mapping.digest
        moved = {(load.table, load.source): load.loaded for load in self.report.loads if load not in new}
        ledger = []
        for load in self.draft.ledger:
            if self.head and load.quarantine == self.head:
                count = moved.get((load.table, load.source), 0)
                left = load.quarantined - count
                kept = replace(load, loaded=load.loaded + count, quarantined=left, quarantine=number if left else "")
                ledger.append(kept)
            else:
                ledger.append(load)
        added = [replace(load, mapping=digest, quarantine=number if load.quarantined else "") for load in new]
        self.draft.ledger = ledger + added


def _formats_of(folder: Path) -> dict[str, Format]:
    raw = yaml.safe_load((folder / mappings.OWN_MAPPING).read_text(encoding="utf-8"))
    return {
        Path(each["from"]).stem: Format(
            each.get("date_order"), each.get("decimal", "."), tuple(each.get("date_format", ()))
        )
        for entries in raw["tables"].values()
        for each in entries
    }
