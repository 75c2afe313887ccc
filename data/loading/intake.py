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
from data.errors import BadInput, OrderbeatError
from data.loading import diary, files, inputs, mappings, merge, modes, quarantine, sources, statements, validate
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


def load(
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
def _at_work(
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
        before = last.get((source.table, _shown(each, source, work.mapping)))
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
    observed: list[str] = field(default_factory=list)  # tables to which the diary adds
    removing: set[str] = field(default_factory=set)  # tables of which rows may go that no new row replaces
    new: list[Load] = field(default_factory=list)
    staged: dict[tuple[Any, ...], Staged] = field(default_factory=dict)
    mapped: list[tuple[Mapped, Format]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.settings.home

    def prepare(self) -> None:
        """Reads, maps, checks and compares: all that can go wrong, and all that the report says."""
        if self.work.mapping.mends:
            self.head = quarantine.latest(self.home, self.work.mapping.mends)
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
            self._map(number, source, stageds, self._rows(stageds, first))
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
        taken = {column for staged in stageds for column in staged.columns}
        return [
            statements.file_rows(
                str(staged.parquet),
                dict(zip(staged.columns, staged.stored, strict=True)),
                (staged.name, number),
                taken,
                native=staged.native,
            )
            for number, staged in enumerate(stageds, first)
        ]

    def _map(self, number: int, source: Source, stageds: list[Staged], rows: list[str]) -> None:
        """Makes one source's rows into a table of contract columns."""
        table = source.shape
        expressions = [_expressions(source, table, staged, self.report) for staged in stageds]
        with self.engine.within(self.settings.mapping_seconds, source.table):
            for each, staged, one in zip(expressions, stageds, rows, strict=True):
                self._try_out(source, each, staged, one)
        every = statements.union(rows)
        if self.work.mapping.mends:
            every = self._mended(table, list(expressions[0]), every)
        shape = [source.join, source.where, source.one_per, source.order]
        name = statements.own(f"mapped {number}")
        try:
            with self.engine.within(self.settings.mapping_seconds, source.table):
                select = statements.mapped(every, expressions[0], *shape)
                types = {row[0]: row[1] for row in self.engine.rows(statements.describe(select))}
                kinds = {each: table.column(each).kind for each in expressions[0]}
                native = {each: statements.is_native(kinds[each], types[each]) for each in kinds}
                staged_text = not any(staged.native for staged in stageds)
                plain = {each: staged_text and statements.is_plain(sql) for each, sql in expressions[0].items()}
                cleaned = statements.cleaned(select, {each: (types[each], native[each], plain[each]) for each in kinds})
                self.engine.run(statements.table(name, cleaned))
                self._account(source, every, name)
                self._tell_differing(source, expressions[0], every)
        except OrderbeatError:
            raise
        except Exception as error:  # whatever the SQL of a mapping can raise while it runs
            raise _bad_sql(source, "its SQL", str(error)) from error
        names = ", ".join(staged.name for staged in stageds)
        mapped = Mapped(table, number, name, native, names, (source.date_order, source.decimal))
        how = validate.formats(self.engine, mapped)
        if str(how):
            self.report.notes.append(f"{table.name} from {names}: {how}")
        self.mapped.append((mapped, how))

    def _try_out(self, source: Source, expressions: dict[str, str], staged: Staged, rows: str) -> None:
        """Finds the expression that does not fit a file, so that the message can name it."""
        shape = [source.join, source.where, source.one_per, source.order]
        try:
            self.engine.rows(statements.describe(statements.mapped(rows, expressions, *shape)))
        except OrderbeatError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever the SQL of a mapping can raise)
            whole = error
        else:
            return
        for column, expression in expressions.items():
            try:
                self.engine.rows(statements.describe(statements.mapped(rows, {column: expression}, source.join)))
            except Exception as error:
                given = (source.columns or {}).get(column, expression)
                raise BadInput(
                    f"{source.table}.{column} cannot be taken from {staged.name}.",
                    f"{given!r} is neither one of its columns ({', '.join(staged.columns)}) nor SQL over them: "
                    f"{_first_line(error)}",
                    f"Correct it in the mapping.{staged.hint}",
                ) from error
        raise _bad_sql(source, "`join`, `where`, `one_per` or `order`", str(whole)) from whole

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

    def _account(self, source: Source, rows: str, name: str) -> None:
        """Notes what `where`, `join` and `one_per` did to the number of rows: nothing is left out in silence."""
        if not (source.where or source.join or source.one_per):
            return
        [(read,)] = self.engine.rows(statements.count(statements.mapped(rows, {})))
        [(kept,)] = self.engine.rows(statements.count(statements.mapped(rows, {}, source.join, source.where)))
        [(given,)] = self.engine.rows(statements.count(statements.readable(name)))
        steps = [f"{read:,} rows"]
        if kept != read and source.where:
            steps.append(f"{kept:,} after `where {source.where}`")
        elif kept != read:
            steps.append(f"{kept:,} after `{source.join}`")
        if source.one_per:
            steps.append(f"{given:,} with one per `{source.one_per}`")
        if len(steps) > 1:
            self.report.notes.append(f"{source.table} from {source.file}: {', '.join(steps)}")

    def _tell_differing(self, source: Source, expressions: dict[str, str], rows: str) -> None:
        """Notes in what the rows differ of which `one_per` took the first: in columns of the file, not in SQL."""
        plain = {name: sql for name, sql in expressions.items() if statements.is_plain(sql)}
        if not source.one_per or not plain:
            return
        [found] = self.engine.rows(statements.differing(rows, plain, source.join, source.where, source.one_per))
        for column, count, example in zip(plain, found[::2], found[1::2], strict=True):
            if count:
                self.report.notes.append(
                    f"{source.table} from {source.file}: {column} differs between rows of one `{source.one_per}` for "
                    f"{count:,} of them, such as {example!r}; the first row counts."
                )

    def _check(self) -> None:
        self.progress("Checking", 0.7)
        with self.engine.transaction():
            deletes = [shape for shape in self._shapes() if shape not in contract.TABLES]
            validate.prepare(self.engine, [*contract.TABLES, *deletes])
            merge.begin(self.engine, self.draft.previous)
        for mapped, how in self.mapped:
            validate.cells(self.engine, mapped, how, self.today)
        sources = [(mapped.number, self.work.parts[mapped.number][0]) for mapped, _ in self.mapped]
        self.removing, notes = merge.keep(self.engine, sources, self.period)
        self.report.notes += notes
        self.draft.reporting_currency = validate.reporting_currency(
            self.engine, self.work.mapping.reporting_currency, self.draft.reporting_currency
        )
        for table in self._tables():
            if self.head and (open_rows := self._kept(table.name)):
                again = statements.repeats_again(table.name, table.key, open_rows)
                self.engine.run(statements.reject(table.name, again))
            validate.whole(self.engine, table, self.draft.reporting_currency)
        self.report.notes += validate.disagreeing(self.engine)
        if self.arrival.observed:
            given = {mapped.table.name for mapped, _ in self.mapped}
            told = {load.table for load in self.draft.ledger if load.source != diary.SOURCE}
            self.observed = diary.write(self.engine, given, told | given, self.arrival.observed)

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
        for table in contract.TABLES:
            if table in self._tables() or table.name in self.removing:
                loads = [load for load in self.new if load.table == table.name]
                patterns = [source.file for source, *_ in ready if source.table == table.name]
                removes = table.name in self.removing
                change = merge.compare(self.engine, self.draft, table, loads, patterns, removes=removes)
                self.report.changes.append(change)
        self._refuse_to_leave_hanging()

    def _refuse_to_replace_by_nothing(self) -> None:
        for table in self._tables():
            loads = [load for load in self.report.loads if load.table == table.name and load.mode != modes.DELETE]
            if any("replace" in load.mode for load in loads) and not any(load.loaded for load in loads):
                reason = next(reason for name, reason, *_ in self.report.reasons if name == table.name)
                raise BadInput(
                    f"{table.name} cannot be replaced: none of its {sum(load.rows_in for load in loads):,} new rows "
                    "can be loaded.",
                    f"Most of them for this reason: {reason}.",
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
        tables: dict[str, list[dict[str, str]]] = {}
        for name, stems in written.items():
            table = modes.loaded_into(name)
            tables.setdefault(table, []).extend(
                {
                    "from": f"{stem}.csv",
                    "encoding": "utf-8",
                    "delimiter": ",",
                    "decimal": how.decimal,
                    **({"date_order": how.date_order} if how.date_order else {}),
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
            rows = self._not_loaded(shape)
            self.report.reasons += [(shape.name, *row) for row in self.engine.rows(statements.reasons(rows))]

    def _enter(self, number: str) -> None:
        """Brings the ledger up to date: mended rows move from quarantined to loaded, the rest is added."""
        digest = self.work.mapping.digest
        moved = {(load.table, load.source): load.loaded for load in self.report.loads if load not in self.new}
        ledger = []
        for load in self.draft.ledger:
            if self.head and load.quarantine == self.head:
                count = moved.get((load.table, load.source), 0)
                left = load.quarantined - count
                kept = replace(load, loaded=load.loaded + count, quarantined=left, quarantine=number if left else "")
                ledger.append(kept)
            else:
                ledger.append(load)
        about = {"mapping": digest, "number": self.draft.number, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        added = [replace(load, quarantine=number if load.quarantined else "", **about) for load in self.new]
        self.draft.ledger = ledger + added


def _formats_of(folder: Path) -> dict[str, Format]:
    raw = yaml.safe_load((folder / mappings.OWN_MAPPING).read_text(encoding="utf-8"))
    return {
        Path(each["from"]).stem: Format(each.get("date_order"), each.get("decimal", "."))
        for entries in raw["tables"].values()
        for each in entries
    }


def _expressions(source: Source, table: contract.Table, staged: Staged, report: Report) -> dict[str, str]:
    """SQL for each contract column a source gives. Raises BadInput where a column that must be there is not."""
    if source.columns is not None:
        own = {column.casefold(): column for column in staged.columns}
        return {
            column: statements.column(own[given.casefold()]) if given.casefold() in own else given
            for column, given in source.columns.items()
        }
    headed = {mappings.plain_name(column): column for column in staged.columns}
    if missing := table.missing(headed):
        raise BadInput(
            f"{staged.name} has no column {', '.join(missing)}.",
            f"Every row of {table.name} needs it; the columns found are {', '.join(staged.columns)}.",
            f"Rename the heading, or say in a mapping which column gives it.{staged.hint}",
        )
    if doubled := [column for column in staged.doubled if mappings.plain_name(column) in table.column_names]:
        raise BadInput(
            f"{staged.name} has several columns called {doubled[0]!r}.",
            f"{table.name} takes a column of that name; here they go by {', '.join(staged.columns)}.",
            "Rename one of them in the heading row, or say in a mapping which is meant.",
        )
    unused = [own for name, own in headed.items() if name not in (*table.column_names, *_TRACES)]
    if unused:
        report.notes.append(f"{staged.name}: columns not used: {', '.join(unused)}")
    return {name: statements.column(headed[name]) for name in table.column_names if name in headed}


_TRACES = ("source_file", "source_line", "reason")


def _share(before: float, share: float, done: int, of: int) -> float:
    """How much of a load is done: what came before, and of a step with its share some parts."""
    return before + share * min(1.0, done / max(1, of))


def _first_line(error: Exception | str) -> str:
    return str(error).splitlines()[0]


def _bad_sql(source: Source, what: str, error: str) -> BadInput:
    return BadInput(
        f"{source.table} cannot be taken from {source.file}.",
        f"There is a mistake in {what}: {_first_line(error)}",
        "Correct it in the mapping.",
    )
