"""Loading: files -> staged text -> mapped -> checked -> a new generation of inputs and a quarantine.

Nothing is visible until all of it is done: the quarantine is put in place first, then the inputs that count
its rows are published by one rename. Rows in = rows loaded + rows quarantined, for every table and file.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from data import contract
from data.errors import BadInput
from data.loading import (
    closing,
    diary,
    expressions,
    files,
    inputs,
    mappings,
    merge,
    modes,
    quarantine,
    sources,
    statements,
    validate,
)
from data.loading.applying import Applying
from data.loading.closing import Closed, Said
from data.loading.engine import Engine, OpenEngine
from data.loading.inputs import Draft, Load
from data.loading.mappings import Mapping, Source
from data.loading.modes import AS_MAPPED, Instead, Period
from data.loading.plan import File, Plan, plan
from data.loading.report import Rehearsal, Report
from data.loading.sources import Staged
from data.loading.validate import Format, Mapped
from data.settings import Settings

Progress = Callable[[str, float], None]  # the step at work, in words, and the share of the whole that is done
_FIRST_ROWS = 20  # a rehearsal shows of each table


@dataclass(frozen=True)
class Arrival:
    """What a refresh asks of a load, and a load by hand does not.

    `only_new` leaves out files that were loaded whole before and have not changed, so that a folder that grows costs
    what is new; `observed` is when rows were seen whose changes the diary keeps.
    """

    only_new: bool = False
    observed: datetime | None = None


class _Leave(Exception):
    """Ends a load before anything is published."""


def load(  # noqa: PLR0913, PLR0917 (all that may be asked of a load)
    path: Path,
    mapping: str | None,
    settings: Settings,
    open_engine: OpenEngine,
    today: date | None = None,
    also: Sequence[Path] = (),
    onto: str | None = None,
    progress: Progress | None = None,
    instead: Instead = AS_MAPPED,
    arrival: Arrival | None = None,
) -> Report:
    """Loads a file or a folder through a mapping (a preset's name, a YAML file, or None).

    `open_engine` gives the database to work in; `today` bounds dates of what has happened; `also` are folders
    outside that the mapping may read; `onto` names the generation of inputs that is added to (inputs.ANEW: none), by
    default the newest; `progress` is called at each step; `instead` overrules how the mapping meets what was loaded
    before. Raises BadInput where the files or the mapping cannot be used
    as they are, Damaged where what was loaded before is; then nothing changes. The same files with the same mapping
    change nothing either. `arrival` is what a refresh asks beyond that.
    """
    with _at_work(path, mapping, settings, open_engine, today, also, onto, progress, instead, arrival) as (
        report,
        loading,
    ):
        if loading:
            loading.publish()
    return report


def rehearse(
    path: Path,
    mapping: str | None,
    settings: Settings,
    open_engine: OpenEngine,
    today: date | None = None,
    also: Sequence[Path] = (),
    onto: str | None = None,
    progress: Progress | None = None,
    instead: Instead = AS_MAPPED,
) -> Rehearsal:
    """Does all of a load but publishing, and tells what it would do; nothing of it remains. Takes and raises as `load`.

    The lock is held meanwhile: nobody else can load.
    """
    shown = Rehearsal(Report(), {}, {})
    with _at_work(path, mapping, settings, open_engine, today, also, onto, progress, instead) as (report, loading):
        shown = Rehearsal(report, *(loading.first_rows() if loading else ({}, {})))
        raise _Leave
    return shown


@contextmanager
def _at_work(  # noqa: PLR0913, PLR0917 (as load)
    path: Path,
    mapping: str | None,
    settings: Settings,
    open_engine: OpenEngine,
    today: date | None,
    also: Sequence[Path],
    onto: str | None,
    progress: Progress | None,
    instead: Instead,
    arrival: Arrival | None = None,
) -> Iterator[tuple[Report, "_Loading | None"]]:
    """A load that is read, checked and compared, to be published within the block; None where nothing is new.

    Leaving the block by _Leave changes nothing.
    """
    report = Report()
    work = plan(path, mapping, also, report).with_modes(instead)
    with suppress(_Leave), inputs.next_generation(settings.home, onto) as draft:
        _forget_demo(draft, report)
        if draft.previous:
            draft.previous.require_whole()
        if arrival and arrival.only_new:
            work = _without_known(work, draft.ledger, report)
        if not work.parts or _loaded_before(work, draft.ledger, report):
            report.changed = False
            yield report, None
            raise _Leave
        with _staging(settings.home) as folder, open_engine(settings, folder / "work.duckdb") as engine:
            loading = _Loading(
                work,
                draft,
                engine,
                folder,
                settings,
                today or date.today(),  # noqa: DTZ011 (the day here)
                report,
                progress or (lambda _, __: None),
                instead.period,
                arrival or Arrival(),
            )
            loading.prepare()
            yield report, loading if report.changed else None
            if not report.changed:
                raise _Leave


def _shown(file: File, mapping: Mapping) -> str:
    """A file as the ledger names it."""
    return f"quarantine {mapping.mends}/{file.shown}" if mapping.mends else file.shown


def _forget_demo(draft: Draft, report: Report) -> None:
    """Generated companies and real ones do not mix: the first import takes the demo's place."""
    if draft.previous and draft.previous.is_demo:
        draft.previous, draft.ledger, draft.reporting_currency = None, [], ""
        report.notes.append("The generated demo company is replaced.")


def _loaded_before(work: Plan, ledger: list[Load], report: Report) -> bool:
    """Whether these files were the last ones loaded into their tables, with the same mapping."""
    if work.mapping.mends:
        return False
    now = {
        (source.table, _shown(each, work.mapping)): each.sha256 for source, several in work.parts for each in several
    }
    loads = []
    for table in {table for table, _ in now}:
        of_table = [load for load in ledger if load.table == table]
        last = [load for load in of_table if load.number == of_table[-1].number]
        if {(load.source, load.sha256, load.mapping) for load in last} != {
            (name, sha256, work.mapping.digest) for (other, name), sha256 in now.items() if other == table
        }:
            return False
        loads += last
    report.notes.append("Nothing has changed: these files were loaded before, with the same mapping.")
    for number in sorted({load.quarantine for load in loads if load.quarantine}):
        report.notes.append(f"What was quarantined then is in quarantine {number}; import that folder to try it again.")
    return True


def _without_known(work: Plan, ledger: list[Load], report: Report) -> Plan:
    """The plan without files loaded before by the same mapping; no file is left where none of them is new.

    Of those that are known, the ones with refused rows come along: what they waited for may have arrived.
    """
    last = {(load.table, load.source): load for load in ledger}

    def known(source: Source, each: File) -> Load | None:
        before = last.get((source.table, _shown(each, work.mapping)))
        same = before and (before.sha256, before.mapping) == (each.sha256, work.mapping.digest)
        return before if same else None

    parts = []
    if any(known(source, each) is None for source, several in work.parts for each in several):
        for source, several in work.parts:
            left = [each for each in several if (before := known(source, each)) is None or before.quarantined]
            if left:  # what replaces a table or a period is one whole
                parts.append((source, left if source.load == modes.ADD else several))
    left_out = sum(len(several) for _, several in work.parts) - sum(len(several) for _, several in parts)
    if left_out:
        report.notes.append(f"Not read again: {left_out:,} files that were loaded before and have not changed.")
    return replace(work, parts=parts)


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
    progress: Progress
    period: Period | None
    arrival: Arrival
    head: str = ""
    closed: dict[str, Closed] = field(default_factory=dict)  # by quarantine
    observed: list[str] = field(default_factory=list)  # tables to which the diary adds
    removing: set[str] = field(default_factory=set)  # tables of which rows may go that no new row replaces
    new: list[Load] = field(default_factory=list)
    staged: dict[tuple[Any, ...], Staged] = field(default_factory=dict)
    mapped: list[tuple[Mapped, Format]] = field(default_factory=list)
    sources: dict[int, Source] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.settings.home

    def prepare(self) -> None:
        """Reads, maps, checks and compares: all that can go wrong, and all that the report says."""
        if self.work.mapping.mends:
            self.head = quarantine.latest(
                self.home, self.work.mapping.mends, {load.quarantine for load in self.draft.ledger}
            )
        ready = [
            (source, several, [self._stage(each, source) for each in several]) for source, several in self.work.parts
        ]
        helpers = {
            name: [self._stage(each, source) for each in several]
            for name, (source, several) in self.work.helpers.items()
        }
        native = [str(staged.parquet) for staged in self.staged.values() if staged.native]
        homes = [self.folder, inputs.root(self.home), quarantine.root(self.home)]
        for statement in statements.confine([str(each) for each in homes], native):
            self.engine.run(statement)
        for name, stageds in helpers.items():
            self.engine.run(statements.view(statements.quoted(name), statements.union(self._rows(stageds, 0))))
        first = 1
        for number, (source, _, stageds) in enumerate(ready):
            self.progress(f"Mapping {source.table}", _share(0.4, 0.3, number, len(ready)))
            self._map(source, stageds, first)
            first += len(stageds)
        self._check()
        self._count(ready)

    def publish(self) -> None:
        """Writes what was prepared: the quarantine first, then the next generation."""
        self.progress("Writing", 0.9)
        for change in self.report.changes:
            merge.write(self.engine, self.draft, change)
        for table in contract.TABLES:
            if table.name not in {change.table for change in self.report.changes}:
                self.draft.keep(table.name)
        self._enter(self._quarantine(self._shapes()))
        self.progress("Publishing", 1.0)

    def first_rows(self) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
        """By table: the first rows that would be loaded, and the first that would be quarantined."""
        good, refused = {}, {}
        for table in self._shapes():
            names = table.column_names
            rows = self.engine.rows(statements.first_good(table.name, names, _FIRST_ROWS))
            good[table.name] = [dict(zip(names, row, strict=True)) for row in rows]
            rows = self.engine.rows(statements.first_of(self._not_loaded(table), _FIRST_ROWS))
            refused[table.name] = [dict(zip((*names, *_TRACES), row, strict=True)) for row in rows]
        return good, refused

    def _shapes(self) -> list[contract.Table]:
        """The shapes of rows that are loaded: tables in contract order, then those of rows to delete."""
        given = {mapped.table.name: mapped.table for mapped, _ in self.mapped}
        tables = [table for table in contract.TABLES if table.name in given or table.name in self.observed]
        return [*tables, *(shape for shape in given.values() if shape not in tables)]

    def _tables(self) -> list[contract.Table]:
        """The tables that rows are loaded into."""
        return [shape for shape in self._shapes() if shape in contract.TABLES]

    def _stage(self, file: File, source: Source) -> Staged:
        options = replace(source.options, sheet=file.sheet, member=file.member)
        key = (file.path, options)
        if key not in self.staged:
            self.progress(f"Reading {file.name}", _share(0.0, 0.4, len(self.staged), self.work.reads))
            name = _shown(file, self.work.mapping)
            with files.explained(name):
                files.require_regular(file.path, name)
                staged = sources.stage(file.path, name, options, self.folder / f"{len(self.staged)}.parquet")
            self.staged[key] = staged
            self.report.files.append(f"{name}: {staged.found}")
            self.report.notes += staged.notes
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
            made = applying.tables(len(self.mapped))
        self.mapped += made
        self.sources |= {mapped.number: source for mapped, _ in made}

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
        self.progress("Checking", 0.7)
        with self.engine.transaction():
            deletes = [shape for shape in self._shapes() if shape not in contract.TABLES]
            validate.prepare(self.engine, [*contract.TABLES, *deletes])
            merge.begin(self.engine, self.draft.previous)
        for mapped, how in self.mapped:
            validate.cells(self.engine, mapped, how, self.today)
        self.removing, notes = merge.keep(self.engine, list(self.sources.items()), self.period)
        self.report.notes += notes
        self.draft.reporting_currency = validate.reporting_currency(
            self.engine, self.work.mapping.reporting_currency, self.draft.reporting_currency
        )
        for table in self._tables():
            if self.head and (open_rows := self._kept(table.name)):
                again = statements.repeats_again(table.name, table.key, open_rows)
                self.engine.run(statements.reject(table.name, again))
            validate.whole(self.engine, table, self.draft.reporting_currency)
            self.report.notes += validate.doubtful(self.engine, table)
        self.report.notes += validate.disagreeing(self.engine)
        given = {mapped.table.name for mapped, _ in self.mapped}
        told = {load.table for load in self.draft.ledger if load.source != diary.SOURCE} | given
        if self.arrival.observed:
            self.observed = diary.write(self.engine, given, told, self.arrival.observed)
        self.removing |= diary.forget(self.engine, self.removing, told)

    def _count(self, ready: list[tuple[Source, list[File], list[Staged]]]) -> None:
        """Counts what is loaded and quarantined, and compares it with what was loaded before."""
        self.progress("Comparing", 0.8)
        digests = {
            (source.shape.name, staged.name): (each.sha256, source.load)
            for source, several, stageds in ready
            for each, staged in zip(several, stageds, strict=True)
        }
        digests |= {(name, diary.SOURCE): ("", modes.ADD) for name in self.observed}
        for shape in self._shapes():
            table = modes.loaded_into(shape.name)
            for file, rows_in, good in self.engine.rows(statements.outcome(shape.name)):
                sha256, mode = digests.get((shape.name, file), ("", modes.ADD))
                load = Load(table, file, sha256, rows_in, good, rows_in - good, mode=mode)
                self.report.loads.append(load)
                if (shape.name, file) in digests:
                    self.new.append(load)
        if any(load.quarantined for load in self.report.loads):
            self._explain()
        if self.work.mapping.mends and not self.new and not any(load.loaded for load in self.report.loads):
            self.report.notes.append("Nothing has changed: no row of this quarantine can be loaded yet.")
            self.report.changed = False
            return
        self._refuse_to_replace_by_nothing()
        for each in contract.TABLES:
            if each in self._tables() or each.name in self.removing:
                loads = [load for load in self.new if load.table == each.name]
                patterns = [source.file for source, *_ in ready if source.table == each.name]
                removes = each.name in self.removing
                change = merge.compare(self.engine, self.draft, each, loads, patterns, removes=removes)
                self.report.changes.append(change)
        self._refuse_to_leave_hanging()
        self._close()

    def _close(self) -> None:
        """Finds the rows of other quarantines that this load answers for."""
        said = [self._said(shape) for shape in self._shapes()]
        for shape in self._shapes():  # what is deleted is no longer open, either
            table = contract.table(modes.loaded_into(shape.name))
            if table not in self._shapes():
                said.append(Said(table, statements.keys(shape.name, shape.key)))
        for number in sorted({load.quarantine for load in self.draft.ledger} - {"", self.head}):
            if found := closing.close(self.engine, self.home, number, said, self.today):
                self.closed[number] = found
        self.report.closed = [
            (*key, sum(each.counts[key] for each in self.closed.values()))
            for key in sorted({key for each in self.closed.values() for key in each.counts})
        ]

    def _said(self, shape: contract.Table) -> Said:
        """What this load says of a table, or of rows of it to delete."""
        if self.head:  # rows that are mended, each at its own place: those that cannot be loaded say nothing new
            good = statements.all_of(statements.good_view(shape.name))
            return Said(shape, good)
        keys = statements.keys(shape.name, shape.key)
        for other in self._shapes():
            if other.name == modes.to_delete(shape).name:
                keys += f" union all {statements.keys(other.name, shape.key)}"
        texts = [
            statements.located(
                shape.name,
                mapped.number,
                statements.raw_text(mapped.rows, mapped.native, shape.column_names, how.decimal),
                shape.column_names,
            )
            for mapped, how in self.mapped
            if mapped.table == shape
        ]
        replaces = any((load.table, load.mode) == (shape.name, modes.REPLACE) for load in self.new)
        return Said(shape, keys, texts, self._not_loaded(shape), replaces)

    def _refuse_to_replace_by_nothing(self) -> None:
        for table in self._tables():
            loads = [load for load in self.report.loads if load.table == table.name and load.mode != modes.DELETE]
            whole = any(each.load == modes.REPLACE for each in self.sources.values() if each.table == table.name)
            if (whole or any("replace" in load.mode for load in loads)) and not any(load.loaded for load in loads):
                reasons = (
                    f"most of them for this reason: {why}"
                    for name, why, *_ in self.report.reasons
                    if name == table.name
                )
                reason = next(reasons, "`where`, a join or `one_per` leaves no row of its files")
                raise BadInput(
                    f"{table.name} cannot be replaced: none of its {sum(load.rows_in for load in loads):,} new rows "
                    "can be loaded.",
                    f"{reason[0].upper()}{reason[1:]}.",
                    "Correct the files or the mapping. With `load: add`, the rows come into the quarantine.",
                )

    def _refuse_to_leave_hanging(self) -> None:
        removing = {change.table: change.removed for change in self.report.changes if change.removed}
        hanging = merge.left_hanging(self.engine, removing, self.draft.reporting_currency) if removing else []
        if hanging:
            rows = ", ".join(f"{count:,} of {table}" for table, count in removing.items())
            raise BadInput(
                f"Rows cannot be removed that others need: {rows}.",
                f"{'; '.join(hanging)}.",
                "Replace or delete those rows in the same load, or use `load: add`, which removes nothing.",
            )

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
        number = self._put_aside(parts, self.head or None)
        self.report.quarantine = quarantine.root(self.home) / number if number else None
        return number

    def _put_aside(self, parts: dict[tuple[str, Format], list[str]], continues: str | None) -> str:
        """Writes a quarantine of rows, by table and way of writing; gives its number, '' where there are no rows."""
        if not parts:
            return ""
        written: dict[str, list[tuple[str, Format]]] = {}
        with quarantine.next_one(self.home, continues) as folder:
            for (name, how), selects in parts.items():
                stem = f"{name}-{len(written[name]) + 1}" if name in written else name
                written.setdefault(name, []).append((stem, how))
                kept = folder / quarantine.KEPT / f"{stem}.parquet"
                self.engine.run(statements.copy_to_parquet(statements.union(selects), str(kept)))
                self.engine.run(statements.copy_to_csv(statements.open_rows(str(kept)), str(folder / f"{stem}.csv")))
            self._write_mapping(folder, written)
        return folder.stem

    def _continued(self) -> dict[str, str]:
        """Writes anew what is left of quarantines some rows of which are closed; gives their new numbers."""
        numbers = {}
        for number, closed in self.closed.items():
            parts: dict[tuple[str, Format], list[str]] = {}
            for name, how, rows in closed.left:
                parts.setdefault((name, how), []).append(rows)
            numbers[number] = self._put_aside(parts, number)
        return numbers

    def _not_loaded(self, table: contract.Table, how: Format | None = None) -> str:
        texts = [
            (mapped.number, statements.raw_text(mapped.rows, mapped.native, table.column_names, form.decimal))
            for mapped, form in self.mapped
            if mapped.table == table and how in (None, form)
        ]
        if not texts:  # what the diary adds is never refused
            return statements.no_open_rows(table.column_names)
        return statements.quarantined(table.name, texts, table.column_names)

    def _still_open(self) -> Iterator[tuple[str, Format, str]]:
        """Rows of the quarantine being mended that its edited files no longer hold: they stay quarantined."""
        if not self.head or not any(load.quarantine == self.head for load in self.draft.ledger):
            return
        formats = quarantine.formats(self.home, self.head)
        for name, paths in quarantine.kept(self.home, self.head).items():
            presented = [mapped for mapped, _ in self.mapped if mapped.table.name == name]
            for path in paths:
                rows = statements.open_rows(str(path))
                if presented:
                    rows = statements.not_in(rows, statements.origins(name))
                if self.engine.rows(statements.count(rows)) != [(0,)]:
                    yield name, formats.get(path.stem, Format(None, ".")), rows

    def _write_mapping(self, folder: Path, written: dict[str, list[tuple[str, Format]]]) -> None:
        tables: dict[str, list[dict[str, Any]]] = {}
        for name, stems in written.items():
            table = modes.loaded_into(name)
            tables.setdefault(table, []).extend(
                {
                    "from": f"{stem}.csv",
                    "encoding": "utf-8",
                    "delimiter": ",",
                    "decimal": how.decimal,
                    **({"date_order": how.date_order} if how.date_order else {}),
                    **({"date_format": list(how.date_format)} if how.date_format else {}),
                    **({"load": modes.DELETE} if name != table else {}),
                }
                for stem, how in stems
            )
        about = {
            "about": "Rows that could not be loaded. Mend the CSV files, then import this folder.",
            "mends": folder.stem,
            **({"reporting_currency": c} if (c := self.draft.reporting_currency) else {}),
            "tables": tables,
        }
        text = yaml.safe_dump(about, sort_keys=False, allow_unicode=True)
        (folder / mappings.OWN_MAPPING).write_text(text, encoding="utf-8")

    def _explain(self) -> None:
        for shape in self._shapes():
            self.report.reasons += [(shape.name, *row) for row in self.engine.rows(statements.reasons(shape.name))]

    def _enter(self, number: str) -> None:
        """Brings the ledger up to date: mended rows move from quarantined to loaded, the rest is added."""
        moved = {(load.table, load.source): load.loaded for load in self.report.loads if load not in self.new}
        numbers = self._continued()
        ledger = []
        for load in self.draft.ledger:
            if self.head and load.quarantine == self.head:
                count = moved.get((load.table, load.source), 0)
                left = load.quarantined - count
                kept = replace(load, loaded=load.loaded + count, quarantined=left, quarantine=number if left else "")
                ledger.append(kept)
            elif load.quarantine in numbers:
                count = self.closed[load.quarantine].counts[load.table, load.source]
                left, now = load.quarantined - count, numbers[load.quarantine]
                ledger.append(
                    replace(load, superseded=load.superseded + count, quarantined=left, quarantine=now if left else "")
                )
            else:
                ledger.append(load)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        self.draft.ledger = ledger + [
            replace(
                load,
                mapping=self.work.mapping.digest,
                quarantine=number if load.quarantined else "",
                number=self.draft.number,
                at=at,
            )
            for load in self.new
        ]


_TRACES = ("source_file", "source_line", "reason")


def _share(before: float, share: float, done: int, of: int) -> float:
    """How much of a load is done: what came before, and of a step with its share some parts."""
    return before + share * min(1.0, done / max(1, of))
