"""From the loaded inputs to a published snapshot: models, checks, one file a scope.

snapshots/0007/<random name>.duckdb   one read-only file a scope; names say nothing about whose it is
snapshots/0007/manifest.json          as-of day, scopes, checks, loads
"""

import datetime as dt
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from data import contract, publish
from data.errors import BadInput, ChecksFailed, NothingLoaded
from data.loading import inputs
from data.people import targets
from data.people.store import existing_store
from data.settings import Settings
from data.warehouse import models
from data.warehouse.engine import Engine, open_engine
from queries import Query, load, names

NOTHING_LOADED = NothingLoaded(
    "Nothing is loaded yet.",
    "No import or demo has been run for this home.",
    "Run `python -m data demo`, or `python -m data import PATH --mapping NAME`.",
)


_LOAD_TOTALS = pa.schema({"table": pa.string(), "rows_in": pa.int64(), "loaded": pa.int64(), "quarantined": pa.int64()})
_CHECK_RESULTS = pa.schema({"check": pa.string(), "title": pa.string(), "level": pa.string(), "rows": pa.int64()})


@dataclass(frozen=True)
class Scope:
    """What one file may show: everything, a set of reps' rows, or everything without who sold it.

    `key` is director, ecommerce, lead:<rep_id> or rep:<rep_id>.
    """

    key: str
    label: str
    reps: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.key if self.key in ("director", "ecommerce") else "reps"


@dataclass(frozen=True)
class Built:
    """A published snapshot and how its checks came out: [{check, title, level, rows}]."""

    path: Path
    as_of: dt.date
    checks: list[dict[str, Any]]

    def as_text(self) -> str:
        warned = [c for c in self.checks if c["rows"]]
        counts = f"{len(self.checks)} checks, {len(warned)} to look at"
        lines = [f"Published snapshot {self.path.name} as of {self.as_of}: {counts}."]
        lines += [f"  {c['rows']:>12,}  {c['title']}" for c in warned]
        return "\n".join(lines)


def root(settings: Settings) -> Path:
    """Where the snapshots are."""
    return settings.home / "snapshots"


def newest(settings: Settings) -> Path | None:
    """The newest sound snapshot, or None."""
    return next((path for path in publish.published(root(settings)) if publish.is_sound(path)), None)


def build(settings: Settings) -> Built:
    """Builds and publishes a snapshot of what is loaded.

    It reports as of the last day anything was ordered, asked for or decided. Raises NothingLoaded,
    ChecksFailed (nothing is published), BuildInProgress, DiskProblem.
    """
    loaded = inputs.current(settings.home)
    if loaded is None:
        raise NOTHING_LOADED
    about: dict = {}
    with publish.lock(root(settings)), publish.publication(root(settings), about) as path:
        name = path.name.split(".")[0]
        scratch = path / "warehouse.duckdb"
        with open_engine(settings, scratch) as engine:
            store = existing_store(settings)
            _register_inputs(engine, loaded, targets.in_force(store, loaded.rows) if store else {})
            day = _as_of(engine)
            parameters = {"as_of": day, "reporting_currency": loaded.reporting_currency}
            fill(engine, parameters, _kept(settings))
            checks = list(_checked(engine, parameters))
            _stop_on_failure(checks)
            about.update(
                snapshot=name,
                as_of=day.isoformat(),
                built_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                reporting_currency=loaded.reporting_currency,
                loads=loaded.totals(),
                checks=checks,
            )
            _describe(engine, about)
            cuts = {scope: f"{secrets.token_hex(8)}.duckdb" for scope in _scopes(engine)}
            published = models.published()
            for scope, file in _progress(list(cuts.items()), "Cutting"):
                _cut(engine, scope, published, path / file)
        scratch.unlink()
        about["scopes"] = [{"key": s.key, "label": s.label, "file": file} for s, file in cuts.items()]
    return Built(root(settings) / name, day, checks)


def fill(engine: Engine, parameters: dict[str, Any], kept: Mapping[str, pa.Table] = MappingProxyType({})) -> None:
    """Materialises every model over the registered inputs, with the statistics in between.

    `parameters`: as_of and reporting_currency. `kept`: what earlier builds said, by the name models read it under.
    """
    from data.warehouse import analysis  # loads the statistics' libraries, for which no page and no status waits

    define_metrics(engine, "main")
    for model in models.keeping():
        name = models.kept_name(model)
        if name in kept:
            engine.register(name, kept[name])
        else:
            engine.run(models.nothing_kept(model))
    for model in _progress(models.before_analysis(), "Building"):
        engine.run(models.create(model), _only(parameters, model))
    analysis.run(engine, parameters["as_of"])
    for model in models.after_analysis():
        engine.run(models.create(model), _only(parameters, model))


def define_metrics(engine: Engine, database: str) -> None:
    """Saves the metrics of queries/metrics as macros of a database, so that queries on it can call them."""
    for metric in map(load, names("metrics")):
        engine.run(models.define(metric, database))


def status(settings: Settings) -> dict[str, Any]:
    """What is published and loaded: {snapshot, as_of, built_at, checks, tables}; None where there is nothing."""
    path = newest(settings)
    about = publish.manifest(path) if path else {}
    loaded = inputs.current(settings.home)
    return {
        "snapshot": path.name if path else None,
        "as_of": about.get("as_of"),
        "built_at": about.get("built_at"),
        "reporting_currency": about.get("reporting_currency"),
        "checks": about.get("checks", []),
        "tables": loaded.totals() if loaded else [],
    }


def status_text(status: dict[str, Any]) -> str:
    """The status for people."""
    if not status["snapshot"]:
        return "Nothing is published yet. Run `python -m data demo` or `python -m data import PATH --mapping NAME`."
    lines = [f"Snapshot {status['snapshot']}, data to {status['as_of']}, built {status['built_at']}.", ""]
    lines.append(f"{'table':<16}{'rows in':>14}{'loaded':>14}{'quarantined':>14}")
    lines += [f"{t['table']:<16}{t['rows_in']:>14,}{t['loaded']:>14,}{t['quarantined']:>14,}" for t in status["tables"]]
    lines += ["", *(f"{c['level']:<5}{c['rows']:>12,}  {c['title']}" for c in status["checks"] if c["rows"])]
    return "\n".join(lines)


def check(settings: Settings) -> str:
    """Reads every block of the newest snapshot's files. Raises NothingLoaded, or BadInput naming a damaged file."""
    path = next(iter(publish.published(root(settings))), None)
    if path is None:
        raise NOTHING_LOADED
    if not publish.is_sound(path):
        raise _damaged(path, "a file is missing or cut short", "A copy that was interrupted, or a failing disk.")
    files = sorted(path.glob("*.duckdb"))
    for file in files:
        try:
            with open_engine(settings, file, read_only=True) as engine:
                for (table,) in engine.rows(load("build.table_names").sql):
                    engine.rows(models.scan(table))
        except duckdb.Error as error:
            raise _damaged(path, file.name, str(error).splitlines()[0]) from error
    return f"Snapshot {path.name} is whole: {len(files)} files read to the last block."


def _damaged(path: Path, what: str, cause: str) -> BadInput:
    return BadInput(
        f"Snapshot {path.name} is damaged: {what}.",
        cause,
        "Pages fall back to the snapshot before; build a new one with `python -m data build`.",
    )


def _register_inputs(
    engine: Engine, loaded: inputs.Inputs, instead: Mapping[str, pa.Table] = MappingProxyType({})
) -> None:
    """Makes the input tables readable; `instead` are those that replace what was loaded."""
    for table in contract.TABLES:
        if table.name in instead:
            engine.register(f"input_{table.name}", instead[table.name])
            continue
        files = [str(file) for file in loaded.files(table.name)]
        types = {column.name: column.sql_type for column in table.columns}
        known = {name for file in files for name in pq.read_schema(file).names}
        missing = {name: sql_type for name, sql_type in types.items() if name not in known}
        engine.run(models.input_view(table.name, files, missing) if files else models.empty_input(table.name, types))


def _kept(settings: Settings) -> dict[str, pa.Table]:
    """What the newest snapshot that can be read remembers of each model that keeps something.

    It is read in an engine of its own: a damaged file must not harm the build.
    """
    found: dict[str, pa.Table] = {}
    for path in filter(publish.is_sound, publish.published(root(settings))):
        (file,) = (scope["file"] for scope in publish.manifest(path)["scopes"] if scope["key"] == "director")
        with suppress(duckdb.Error), open_engine(settings) as reader:
            reader.run(models.attach_earlier(str(path / file)))
            for model in models.keeping():
                with suppress(duckdb.Error):
                    found.setdefault(models.kept_name(model), reader.arrow(models.read_kept(model)))
        if len(found) == len(models.keeping()):
            break
    return found


def _as_of(engine: Engine) -> dt.date:
    ((day,),) = engine.rows(load("build.last_day").sql)
    if day is None:
        raise NothingLoaded(
            "There is no order and no quote to report on.",
            "Only master data was loaded so far, or every order was quarantined.",
            "Load orders and order_lines, or look at what was quarantined.",
        )
    return day


def _only(parameters: dict[str, Any], query: Query) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name in query.params}


def _progress(items: list[Any], what: str) -> Iterator[Any]:
    return tqdm(items, desc=what, file=sys.stderr, leave=False, disable=None)


def _checked(engine: Engine, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for query in map(load, names("checks")):
        ((rows,),) = engine.rows(models.count_rows(query), _only(parameters, query))
        yield {"check": query.name, "title": query.title, "level": query.headers["level"], "rows": rows}


def _stop_on_failure(checks: list[dict[str, Any]]) -> None:
    broken = [c for c in checks if c["level"] == "fail" and c["rows"]]
    if broken:
        raise ChecksFailed(
            "The warehouse was built but not published: "
            + "; ".join(f"{c['title']} ({c['rows']:,} rows)" for c in broken),
            "The loaded data contradict each other, or a model is wrong.",
            f"Run the check's statement ({', '.join(load(c['check']).path for c in broken)}) to see the rows.",
        )


def _scopes(engine: Engine) -> list[Scope]:
    people = {rep: (name, manager) for rep, name, manager in engine.rows(load("build.people").sql)}

    def below(rep: str, seen: tuple[str, ...]) -> Iterator[str]:
        yield rep
        for other, (_, manager) in people.items():
            if manager == rep and other not in seen:
                yield from below(other, (*seen, other))

    managers = sorted({manager for _, manager in people.values() if manager in people})
    return [
        Scope("director", "director"),
        Scope("ecommerce", "ecommerce"),
        *(Scope(f"lead:{rep}", people[rep][0], tuple(sorted(set(below(rep, (rep,)))))) for rep in managers),
        *(Scope(f"rep:{rep}", name, (rep,)) for rep, (name, _) in sorted(people.items())),
    ]


def _describe(engine: Engine, about: dict[str, Any]) -> None:
    one = {key: about[key] for key in ("snapshot", "as_of", "built_at", "reporting_currency")}
    quarantined = sum(row["quarantined"] for row in about["loads"])
    engine.register("snapshot", pa.Table.from_pylist([{**one, "quarantined": quarantined}]))
    engine.register("load_totals", pa.Table.from_pylist(about["loads"], schema=_LOAD_TOTALS))
    engine.register("check_results", pa.Table.from_pylist(about["checks"], schema=_CHECK_RESULTS))


def _cut(engine: Engine, scope: Scope, published: list[Query], file: Path) -> None:
    engine.register("scope_reps", pa.table({"rep_id": pa.array(scope.reps, pa.string())}))
    engine.run(models.attach(str(file)))
    with engine.transaction():
        define_metrics(engine, "slice")
        for model in published:
            engine.run(models.cut(model, scope.kind))
        for table in ("snapshot", *(("load_totals", "check_results") if scope.key == "director" else ())):
            engine.run(models.copy(table))
    engine.run(models.CHECKPOINT_SLICE)
    engine.run(models.DETACH)
    leftover = file.with_name(file.name + ".wal")
    if leftover.exists():
        raise RuntimeError(f"{file.name} was not written out in full: {leftover.name} is left.")
