"""A refresh: reads what may be new, compares it with what was read before, and loads the difference.

What is in the tables afterwards is what a load of the whole database would have brought: rows that changed take the
place of what they were, also where they can no longer be loaded; rows that went are taken out; rows that could not be
loaded are tried again. Where that cannot be done row by row, everything that was read is loaded anew.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import yaml

from data import contract, publish
from data.errors import BadInput
from data.loading import inputs, intake
from data.loading import statements as sql
from data.loading.engine import Engine, OpenEngine
from data.loading.report import Report
from data.loading.request import Request
from data.loading.sources.database import credentials, description, mirror, statements
from data.loading.sources.database.description import Database, Reading
from data.loading.sources.database.mirror import Kept
from data.loading.sources.database.session import Session
from data.settings import Settings

Progress = Callable[[str, float], None]
MOST_BY_KEY = 50_000  # rows asked for by their keys; where more are unknown, the whole table is read
_AT_ONCE = 2_000  # keys in one statement
_UNTIL_COMPARING, _UNTIL_LOADING = 0.5, 0.6  # share of a refresh that is done then

# The named points of a refresh, in the order they are passed.
POINTS = ("read", "compared", "loaded")


def reached(point: str) -> None:
    """Marks a named point of a refresh. Does nothing; crash tests put a kill here."""


class _NothingNew(Exception):
    """Ends a refresh that would leave everything as it is."""


def refresh(
    name: str,
    settings: Settings,
    open_engine: OpenEngine,
    today: date | None = None,
    progress: Progress | None = None,
    observed: datetime | None = None,
) -> Report:
    """Brings what is loaded up to what the database `sources/NAME.yaml` holds. Builds nothing.

    `today` bounds dates of what has happened; `progress` hears of each step; `observed` is when its rows are seen,
    where the diary keeps what they overwrite. Raises BadInput where the database cannot be read or its rows cannot be
    loaded as described, BuildInProgress where another refresh or load is at work; then everything stays as it was, and
    the next refresh begins where this one did.
    """
    database = description.read(settings.home, name)
    secret = credentials.password(settings.home, name)
    report = Report()
    about: publish.Manifest = {}
    place = mirror.root(settings.home, name)
    with publish.lock(place), _landing(settings.home, name) as landing:
        try:
            with publish.publication(place, about) as folder:
                work = _Refresh(database, settings, landing, folder, today, progress or (lambda _, __: None), observed)
                report = work.run(open_engine, secret)
                left = inputs.current(settings.home)
                about.update(mirror.about(database, work.columns, work.taken, left.seal if left else ""))
                if not work.is_new and not report.changed:
                    raise _NothingNew  # noqa: TRY301 (leaves the mirror that was begun)
        except _NothingNew:
            report.changed = False
    return report


def _connect(database: Database, password: str) -> AbstractContextManager[Session]:
    from data.loading.sources.database import mysql, postgresql  # noqa: PLC0415 (clients that nothing else needs)

    return {"postgresql": postgresql.connect, "mysql": mysql.connect}[database.kind](database, password)


@contextmanager
def _landing(home: Path, name: str) -> Iterator[Path]:
    folder = home / "databases" / f"{name}.landing"
    shutil.rmtree(folder, ignore_errors=True)  # left by a refresh that was killed
    (folder / "load").mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class _Refresh:
    """One refresh at work: `landing` is swept afterwards, `folder` becomes the next mirror."""

    database: Database
    settings: Settings
    landing: Path
    folder: Path
    today: date | None
    progress: Progress
    observed: datetime | None = None
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_new: bool = False
    taken: str = ""
    mirrors: list[Kept] = field(default_factory=list)
    kept: Kept | None = None
    before: inputs.Inputs | None = None

    def __post_init__(self) -> None:
        self.mirrors = mirror.whole(self.settings.home, self.database.name)
        self.kept = self.mirrors[0] if self.mirrors else None
        self.before = inputs.current(self.settings.home)
        if self.before and self.before.is_demo:
            self.before = None
        self.taken = self.kept.taken if self.kept else ""

    @property
    def number(self) -> str:
        """The number of this refresh: that of the mirror it makes."""
        return self.folder.name.split(".")[0]

    def run(self, open_engine: OpenEngine, secret: str) -> Report:
        """Reads, compares and loads."""
        with open_engine(self.settings, self.landing / "work.duckdb") as engine:
            self._confine(engine)
            self._read(engine, secret)
            reached("read")
            with engine.within(self.settings.mapping_seconds, self.database.name):
                differences = [self._difference(engine, reading) for reading in self.database.readings]
                anew = self._is_anew()
                if not anew and self._is_as_it_was():
                    return Report(changed=False, notes=self.notes)
                self._write(engine, differences, anew=anew)
        reached("compared")
        try:
            report = self._load(open_engine)
        except BadInput:
            if anew:
                raise
            # A row of another table may hang on one that changed and can no longer be loaded: together they can.
            with open_engine(self.settings, self.landing / "work.duckdb") as engine:
                self._confine(engine)
                self._write(engine, differences, anew=True)
            report = self._load(open_engine)
        reached("loaded")
        report.notes[:0] = self.notes
        return report

    def _confine(self, engine: Engine) -> None:
        """SQL of a description touches nothing but what was read."""
        places = [self.landing, self.folder, inputs.root(self.settings.home)]
        places += [each.path for each in self.mirrors]
        for statement in sql.confine([str(each) for each in places], []):
            engine.run(statement)

    def _read(self, engine: Engine, secret: str) -> None:
        """Reads what may be new of every table, all as of one moment."""
        self.progress(f"Connecting to {self.database.name}", 0.0)
        with _connect(self.database, secret) as server:
            for number, reading in enumerate(self.database.readings):
                self.progress(f"Reading {reading.name}", _UNTIL_COMPARING * number / len(self.database.readings))
                _Reader(self, engine, server, reading).read()

    def old(self, reading: Reading) -> str:
        """SQL for a reading's rows as they were last time; '' where it was not read the same way."""
        if self.kept is None or self.kept.digests.get(reading.name) != self._digest(reading):
            return ""
        return sql.parquet([str(self.kept.file(reading.name))])

    def _digest(self, reading: Reading) -> str:
        return mirror.digest(self.database, reading, self.columns[reading.name])

    def part(self, reading: Reading) -> str:
        """SQL for a reading's rows that were read now, with the key they have in our table."""
        files = sorted(self.landing.glob(f"{reading.name}.part*.parquet"))
        rows = sql.parquet(map(str, files))
        if len(files) > 1:  # what was asked for by key may have been read by the time of its change, too
            rows = f"select distinct * from ({rows})"  # noqa: S608 (files of ours)
        return statements.with_our_key(rows, self._key_of(reading))

    def _key_of(self, reading: Reading) -> dict[str, str]:
        own = {column.casefold(): column for column in self.columns[reading.name]}
        given = {name: reading.columns[name] for name in contract.table(reading.table).key}
        return {
            name: sql.column(own[text.casefold()]) if text.casefold() in own else text for name, text in given.items()
        }

    def _is_anew(self) -> bool:
        """Whether all that was read is to be loaded: the first time, by another way, or after going back."""
        if self.kept is None or not self.before:
            return True
        if self.kept.digests != {each.name: self._digest(each) for each in self.database.readings}:
            return True
        begins = f"{self.database.name}-{self.kept.taken}-"
        return not any(load.source.startswith(begins) for load in self.before.ledger)

    def _is_as_it_was(self) -> bool:
        """Whether neither the database nor what is loaded has changed: rows that could not be loaded still cannot."""
        return (
            not self.is_new and self.kept is not None and self.before is not None and self.before.seal == self.kept.left
        )

    def _difference(self, engine: Engine, reading: Reading) -> "_Difference":
        part, old = self.part(reading), self.old(reading)
        found = _Difference(reading, *(sql.own(f"{what} {reading.name}") for what in ("new", "changed", "past")))
        if not old:
            engine.run(sql.view(found.new, part))
            engine.run(sql.view(found.changed, part))
            engine.run(sql.view(found.past, f"select * from ({part}) where false"))  # noqa: S608 (files of ours)
        else:
            there = self.landing / f"{reading.name}.keys.parquet"
            keys = sql.parquet([str(there)]) if there.exists() else ""
            whole = not reading.changed_at or (self.landing / f"{reading.name}.whole").exists()
            new = part if whole else statements.as_it_is_now(part, old, reading.key, keys)
            engine.run(sql.view(found.new, new))
            engine.run(sql.table(found.changed, statements.changed(part, old, reading.key)))
            gone = statements.gone(old, sql.all_of(found.new), reading.key)
            was = statements.before(old, sql.all_of(found.changed), reading.key)
            engine.run(sql.table(found.past, f"select * from ({was}) union all by name ({gone})"))  # noqa: S608
        self._require_unique(engine, reading, part)
        target = self.folder / f"{reading.name}.parquet"
        counts = [engine.rows(sql.count(sql.all_of(each)))[0][0] for each in (found.changed, found.past)]
        if old and self.kept and not any(counts):
            os.link(self.kept.file(reading.name), target)
        else:
            self.is_new = True
            engine.run(sql.copy_to_parquet(sql.all_of(found.new), str(target)))
        engine.run(sql.view(found.new, sql.parquet([str(target)])))
        read = engine.rows(sql.count(part))[0][0]
        self.notes.append(
            f"{self.database.name}, {reading.name}: {read:,} rows read, {counts[0]:,} new or changed, "
            f"{counts[1]:,} no longer as they were"
        )
        return found

    def _require_unique(self, engine: Engine, reading: Reading, rows: str) -> None:
        [(missing, shared)] = engine.rows(statements.not_unique(rows, reading.key))
        if missing or shared:
            raise BadInput(
                f"`key: {', '.join(reading.key)}` does not tell the rows of {reading.name} apart.",
                f"{missing:,} rows have none, {shared:,} share theirs with another row.",
                f"Name columns in sources/{self.database.name}.yaml that every row has and no two share.",
            )

    def _write(self, engine: Engine, differences: "list[_Difference]", *, anew: bool) -> None:
        """Writes for each table the files of rows to be loaded and of keys to be taken out.

        What changed is taken out, too, and loaded again: where it no longer can be, it must not stay as it was.
        """
        self.progress("Comparing", _UNTIL_COMPARING)
        for table in contract.TABLES:
            mine = [each for each in differences if each.reading.table == table.name]
            past = [sql.all_of(each.past) for each in mine]
            if anew or not mine:
                past = self._kept_rows(table.name)
            held = statements.held(self._loaded(table), table.key)
            gone = statements.both(statements.our_keys(past, table.key), held, table.key) if past else ""
            engine.run(sql.table(self._gone(table), gone or statements.no_keys(table.key)))
            self._copy(engine, sql.all_of(self._gone(table)), f"{table.name}-gone")
            if mine:
                self._write_rows(engine, table, mine, held, anew=anew)

    def _write_rows(
        self, engine: Engine, table: contract.Table, mine: "list[_Difference]", held: str, *, anew: bool
    ) -> None:
        touched, parent = sql.own(f"touched {table.name}"), document(table)
        if not anew:
            every = [sql.all_of(rows) for each in mine for rows in (each.past, each.changed)]
            engine.run(sql.table(touched, statements.our_keys(every, table.key)))
        for each in mine:
            again = statements.Again(
                sql.all_of(each.changed),
                sql.all_of(touched),
                held,
                # Lines are taken out with their document.
                (table.key[0], sql.all_of(self._gone(parent))) if parent else None,
            )
            columns, key = self.columns[each.reading.name], each.reading.key
            rows = statements.to_load(sql.all_of(each.new), columns, key, table.key, None if anew else again)
            self._copy(engine, rows, each.reading.name)

    @staticmethod
    def _gone(table: contract.Table) -> str:
        return sql.own(f"gone {table.name}")

    def _kept_rows(self, table: str) -> list[str]:
        """SQL for all rows of our table that were read before, also by readings that are no longer described.

        Older mirrors know of rows that have gone since: going back to what was loaded then has brought them back.
        """
        return [
            sql.parquet([str(each.file(name))])
            for each in self.mirrors
            for name, gives in each.tables.items()
            if gives == table
        ]

    def _loaded(self, table: contract.Table) -> str:
        files = self.before.files(table.name) if self.before else []
        return sql.parquet(map(str, files)) if files else sql.no_rows(table.columns)

    def _file(self, what: str) -> Path:
        """A file of rows or keys for the load, under a name that no other refresh uses."""
        return self.landing / "load" / f"{self.database.name}-{self.number}-{what}.parquet"

    def _copy(self, engine: Engine, rows: str, what: str) -> None:
        engine.run(sql.copy_to_parquet(rows, str(self._file(what))))
        if not pq.read_metadata(self._file(what)).num_rows:
            self._file(what).unlink()

    def _load(self, open_engine: OpenEngine) -> Report:
        """Loads what changed through the mapping; nothing where nothing did."""
        tables: dict[str, list[dict[str, object]]] = {}
        for table in contract.TABLES:
            gone = self._file(f"{table.name}-gone")
            several: list[dict[str, object]] = [{"from": gone.name, "load": "delete"}] if gone.exists() else []
            several += [
                {"from": self._file(reading.name).name, "columns": reading.columns}
                for reading in self.database.readings
                if reading.table == table.name and self._file(reading.name).exists()
            ]
            if several:
                tables[table.name] = several
        if not tables:
            return Report(changed=False)
        currency = self.database.reporting_currency
        mapping = {
            "about": f"Rows of {self.database.name} that are new, changed or gone.",
            **({"reporting_currency": currency} if currency else {}),
            "decimal": ".",
            "date_order": "ymd",
            "tables": tables,
        }
        file = self.landing / "load" / "mapping.yaml"
        file.write_text(yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True, width=10_000), encoding="utf-8")
        report = intake.load(
            Request(file.parent, str(file), self.today, observed=self.observed),
            self.settings,
            open_engine,
            lambda step, share: self.progress(step, _UNTIL_LOADING + (1 - _UNTIL_LOADING) * share),
        )
        if report.changed:
            self.taken = self.number
        return report


def document(table: contract.Table) -> contract.Table | None:
    """The table of the documents whose lines a table holds."""
    first = table.column(table.key[0]).references
    return contract.table(first) if first and table.key[1:] == ("line_no",) else None


@dataclass(frozen=True)
class _Difference:
    """What became of a reading, as SQL identifiers.

    `new` are all rows there are, `changed` those that are new or differ, `past` those that changed or went, as they
    were.
    """

    reading: Reading
    new: str
    changed: str
    past: str


@dataclass
class _Reader:
    """Reads one table or statement: all of it, or what is new since last time."""

    work: _Refresh
    engine: Engine
    server: Session
    reading: Reading
    source: str = ""
    parts: int = 0

    def read(self) -> None:
        """Writes what may be new into the landing folder."""
        given = self.reading.source
        is_sql = given.startswith("(")
        self.source = given if is_sql else ".".join(self.server.quoted(part) for part in given.split("."))
        columns = self.server.columns(self.source)
        self._require_key(columns)
        self.work.columns[self.reading.name] = columns
        old = self.work.old(self.reading)
        if not old or not self.reading.changed_at:
            self._land()
            return
        [(last,)] = self.engine.rows(statements.last_change(old))
        if last is None:
            self._land_whole()
            return
        self._land(f"{self.reading.changed_at} >= {self.server.since(last, self.reading.overlap)}")
        if self.reading.compares_keys:
            self._compare_keys(old)

    def _require_key(self, columns: tuple[str, ...]) -> None:
        for key in self.reading.key:
            if key not in columns:
                raise BadInput(
                    f"{self.reading.name} has no column {key!r}, which is to tell its rows apart.",
                    f"Its columns are {', '.join(columns)}.",
                    f"Correct `key` in sources/{self.work.database.name}.yaml.",
                )

    def _land_whole(self) -> None:
        for part in self.work.landing.glob(f"{self.reading.name}.part*.parquet"):
            part.unlink()
        self._land()
        (self.work.landing / f"{self.reading.name}.whole").touch()

    def _land(self, where: str = "") -> None:
        names = self.work.columns[self.reading.name]
        values = [self.server.as_text(name) for name in names]
        self._select([*values, self._changed()], [*names, statements.CHANGE], where, self._next_part())

    def _changed(self) -> str:
        return self.server.text_of(self.reading.changed_at or "null")

    def _next_part(self) -> Path:
        self.parts += 1
        return self.work.landing / f"{self.reading.name}.part{self.parts:05d}.parquet"

    def _select(self, values: list[str], names: list[str], where: str, target: Path) -> int:
        only = f" where {where}" if where else ""
        return self.server.land(f"select {', '.join(values)} from {self.source} as source{only}", names, target)  # noqa: S608

    def _compare_keys(self, old: str) -> None:
        """Reads the rows that the time of their last change does not give away, and keeps which rows there are."""
        key = self.reading.key
        target = self.work.landing / f"{self.reading.name}.keys.parquet"
        values = [self.server.as_text(name) for name in key]
        self._select([*values, self._changed()], [*key, statements.CHANGE], "", target)
        keys = sql.parquet([str(target)])
        fresh = sql.parquet(map(str, sorted(self.work.landing.glob(f"{self.reading.name}.part*.parquet"))))
        unknown = sql.own(f"unknown {self.reading.name}")
        self.engine.run(sql.table(unknown, statements.unknown(keys, fresh, old, key)))
        [(count,)] = self.engine.rows(sql.count(sql.all_of(unknown)))
        if count > MOST_BY_KEY:
            self._land_whole()
            return
        wanted = self.engine.rows(sql.all_of(unknown))
        names = ", ".join(f"source.{self.server.quoted(each)}" for each in key)
        for first in range(0, len(wanted), _AT_ONCE):
            rows = wanted[first : first + _AT_ONCE]
            listed = ", ".join(f"({', '.join(map(self.server.literal, row))})" for row in rows)
            self._land(f"({names}) in ({listed})" if len(key) > 1 else f"{names} in ({listed})")
