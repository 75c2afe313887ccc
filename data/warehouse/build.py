"""From the loaded inputs to a published snapshot: models, checks, one file a scope.

snapshots/0007/<random name>.duckdb   one read-only file a scope; names say nothing about whose it is
snapshots/0007/statistics/            what the next build may take over; no page reads it
snapshots/0007/manifest.json          as-of day, scopes, checks, loads, and what it was built of
"""

import datetime as dt
import hashlib
import secrets
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from data import contract, publish
from data.errors import ChecksFailed, Damaged, FromNewerRelease, NothingLoaded, OrderbeatError
from data.loading import inputs
from data.people import store as people_store
from data.people import targets
from data.settings import Settings
from data.warehouse import coverage, models, shelf, spark
from data.warehouse.engine import Engine, open_engine
from queries import Query, load, names

EVERYTHING = "director"  # the scope that leaves nothing out
NOTHING_LOADED = NothingLoaded(
    "Nothing is loaded yet.",
    "No import or demo has been run for this home.",
    "Run `python -m data demo`, or `python -m data import PATH --mapping NAME`.",
)


_T = TypeVar("_T")
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
        """director, ecommerce or reps: how the file is cut."""
        return self.key if self.key in (EVERYTHING, "ecommerce") else "reps"


@dataclass(frozen=True)
class Built:
    """A published snapshot and how its checks came out: [{check, title, level, rows}]."""

    path: Path
    as_of: dt.date
    checks: list[dict[str, Any]]

    def as_text(self) -> str:
        """What was published, and which checks found something, for people."""
        warned = [c for c in self.checks if c["rows"]]
        counts = f"{len(self.checks)} checks, {len(warned)} to look at"
        lines = [f"Published snapshot {self.path.name} as of {self.as_of}: {counts}."]
        lines += [f"  {c['rows']:>12,}  {c['title']}" for c in warned]
        return "\n".join(lines)


def root(settings: Settings) -> Path:
    """Where the snapshots are."""
    return settings.home / "snapshots"


def newest(settings: Settings) -> Path | None:
    """The newest snapshot whose manifest and lengths of files are as they were written, or None."""
    return next((path for path in publish.published(root(settings)) if _is_sound(path)), None)


def described(path: Path) -> publish.Manifest:
    """The manifest of a snapshot whose files are there in their full length. Raises Damaged, FromNewerRelease."""
    about = publish.require_lengths(path)
    try:  # what no checksum protected in format 1
        _ = (
            {scope["key"]: about["files"][scope["file"]] for scope in about["scopes"]}[EVERYTHING],
            [(row["table"], row["loaded"] + row["quarantined"]) for row in about["loads"]],
            dt.date.fromisoformat(about["as_of"]),
            *(str(about[key]) for key in ("built_at", "reporting_currency")),
            [(check["level"], check["title"], int(check["rows"])) for check in about["checks"]],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{path / publish.MANIFEST} is damaged: it does not describe a snapshot.") from error
    return about


def _is_sound(path: Path) -> bool:
    try:
        described(path)
    except (Damaged, FromNewerRelease):
        return False
    return True


@cache
def statements() -> str:
    """A digest of every statement of this release: what was built by others may lack what pages ask for."""
    return hashlib.sha256(repr([load(name).sql for name in names("")]).encode()).hexdigest()


def build(settings: Settings) -> Built:
    """Builds and publishes a snapshot of what is loaded.

    It reports as of the last day anything was ordered, asked for or decided. Raises NothingLoaded,
    ChecksFailed (nothing is published), BuildInProgress, DiskProblem, Damaged where what is loaded is no longer what
    was written, BadInput where the settings ask for Spark and it is not there.
    """
    if settings.engine == "spark":
        spark.require()
    loaded = inputs.current(settings.home)
    if loaded is None:
        raise NOTHING_LOADED
    loaded.require_whole()
    about: publish.Manifest = {}
    with publish.lock(root(settings)), publish.publication(root(settings), about) as path:
        name = path.name.split(".")[0]
        scratch = path / "warehouse.duckdb"
        with open_engine(settings, scratch) as engine:
            built_of, instead = _sources(settings, loaded)
            _register_inputs(engine, loaded, instead)
            day = _as_of(engine)
            parameters = {"as_of": day, "reporting_currency": loaded.reporting_currency}
            statistics = shelf.Shelf(engine, day, newest(settings), path)
            with _made_by_spark(settings, loaded, instead, parameters) as marts:
                fill(engine, parameters, _kept(settings), statistics, marts)
            checks = list(_checked(engine, parameters))
            _stop_on_failure(checks)
            about.update(
                snapshot=name,
                as_of=day.isoformat(),
                built_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                reporting_currency=loaded.reporting_currency,
                loads=loaded.totals(),
                checks=checks,
                built_of=built_of,
                demo=loaded.is_demo,
                coverage=coverage.written(_coverage(engine)),
                unloaded=[fact for (fact,) in engine.rows(load("build.unloaded").sql)],
                statements=statements(),
            )
            _describe(engine, about)
            cuts = {scope: f"{secrets.token_hex(8)}.duckdb" for scope in _scopes(engine)}
            engine.run(models.KEEP_ORDER)
            shared = path / "alike.duckdb"
            alike = _alike(engine)
            _cut_shared(engine, alike, shared)
            # Those of many people first: of what a lead's file holds, those of the lead's people are cut.
            for scope in _progress(sorted(cuts, key=lambda scope: -len(scope.reps)), "Cutting"):
                above = _above(scope, cuts)
                _cut(engine, scope, alike, shared, path / cuts[scope], path / cuts[above] if above else None)
        scratch.unlink()
        shared.unlink()
        about["scopes"] = [{"key": s.key, "label": s.label, "file": file} for s, file in cuts.items()]
    return Built(root(settings) / name, day, checks)


def fill(
    engine: Engine,
    parameters: dict[str, Any],
    kept: Mapping[str, pa.Table] = MappingProxyType({}),
    statistics: shelf.Shelf | None = None,
    marts: Path | None = None,
) -> None:
    """Materialises every model over the registered inputs, with the statistics in between.

    `parameters`: as_of and reporting_currency. `kept`: what earlier builds said, by the name models read it under.
    `statistics`: where those that did not change are taken over from. `marts`: where the models before the statistics
    were made by another engine, the folder that holds a folder of Parquet files for each but views.
    """
    from data.warehouse import analysis  # noqa: PLC0415 (its libraries load slowly, and no page waits for them)

    define_metrics(engine, "main")
    for model in models.keeping():
        name = models.kept_name(model)
        if name in kept:
            engine.register(name, kept[name])
        else:
            engine.run(models.nothing_kept(model))
    for model in _progress(models.before_analysis(), "Building"):
        if marts is None or models.is_view(model):
            engine.run(models.create(model), _only(parameters, model))
        else:
            engine.run(models.take_over(model, str(marts / models.table_name(model))))
    analysis.run(engine, parameters["as_of"], statistics)
    for model in models.after_analysis():
        engine.run(models.create(model), _only(parameters, model))


def define_metrics(engine: Engine, database: str) -> None:
    """Saves the metrics of queries/metrics as macros of a database, so that queries on it can call them."""
    for metric in map(load, names("metrics")):
        engine.run(models.define(metric, database))


def is_behind(settings: Settings) -> bool:
    """Whether something was loaded, or a target entered, that the newest snapshot was not built of.

    So it is after a build that failed, was killed or refused. Raises Damaged, FromNewerRelease for what is loaded.
    """
    loaded = inputs.current(settings.home)
    if loaded is None:
        return False
    path = newest(settings)
    if path is None:
        return True
    about = described(path)
    if "built_of" not in about:  # format 1 did not say
        return bool(about["loads"] != loaded.totals())
    built_of, _ = _sources(settings, loaded)
    return bool(about["built_of"] != built_of)


def _sources(settings: Settings, loaded: inputs.Inputs) -> tuple[dict[str, str], dict[str, pa.Table]]:
    """What tells this build's sources from every other's, and the tables taken instead of loaded ones."""
    store = people_store.existing_store(settings)
    entered = [vars(target) for target in targets.entered(store)] if store else []
    digest = hashlib.sha256(repr(sorted(map(str, entered))).encode()).hexdigest()
    built_of = {"inputs": loaded.path.name, "seal": loaded.seal, "targets": digest}
    return built_of, targets.in_force(store, loaded.rows) if store else {}


def status(settings: Settings) -> dict[str, Any]:
    """What is published and loaded: {snapshot, as_of, built_at, checks, tables, kept, is_behind, problems}.

    None where there is nothing; `kept` are earlier inputs that can be gone back to, `problems` says what is damaged.
    """
    path = newest(settings)
    about = described(path) if path else {}
    problems: list[str] = []
    behind, tables, kept = False, [], []
    try:
        loaded = inputs.current(settings.home)
        tables = loaded.totals() if loaded else []
        behind = is_behind(settings)
        kept = [{"inputs": each.name, "at": each.at, "takes_back": str(each)} for each in inputs.kept(settings.home)]
    except OrderbeatError as error:
        problems.append(str(error))
    first = next(iter(publish.published(root(settings))), None)
    if first and first != path and (wrong := _wrong_with(first)):
        problems.append(str(wrong))
    return {
        "snapshot": path.name if path else None,
        "as_of": about.get("as_of"),
        "built_at": about.get("built_at"),
        "reporting_currency": about.get("reporting_currency"),
        "checks": about.get("checks", []),
        "tables": tables,
        "kept": kept,
        "is_behind": behind,
        "problems": problems,
    }


def status_text(status: Mapping[str, Any]) -> str:
    """The status for people."""
    if status["snapshot"]:
        lines = [f"Snapshot {status['snapshot']}, data to {status['as_of']}, built {status['built_at']}."]
    elif status["tables"]:
        lines = ["Nothing is published yet."]
    else:
        lines = ["Nothing is published yet. Run `python -m data demo` or `python -m data import PATH --mapping NAME`."]
    if status["is_behind"]:
        lines.append("What was loaded or entered last is not in it: run `python -m data build`.")
    lines += status["problems"]
    if status["tables"]:
        counts = [name for name in inputs.COUNTS if name != "superseded" or any(t[name] for t in status["tables"])]
        lines += ["", f"{'table':<16}" + "".join(f"{name.replace('_', ' '):>14}" for name in counts)]
        lines += [f"{t['table']:<16}" + "".join(f"{t[name]:>14,}" for name in counts) for t in status["tables"]]
    if status["kept"]:
        lines += ["", "Earlier inputs are kept; `python -m data build --inputs NNNN` goes back to them and publishes."]
        lines += [f"  {each['inputs']} takes back {each['takes_back']}" for each in status["kept"]]
    found = [c for c in status["checks"] if c["rows"]]
    if found:
        lines += ["", *(f"{c['level']:<5}{c['rows']:>12,}  {c['title']}" for c in found)]
    return "\n".join(lines)


def check(settings: Settings) -> str:
    """Reads everything that is kept, inputs, newest snapshot and store, and says so, a line each.

    Raises NothingLoaded; Damaged naming the first file that is no longer what was written, FromNewerRelease,
    or what the store raises.
    """
    path = next(iter(publish.published(root(settings))), None)
    loaded = inputs.current(settings.home)
    if path is None and loaded is None:
        raise NOTHING_LOADED
    said = []
    if loaded:
        loaded.require_whole()
        if publish.has_checksums(loaded.path):
            said.append(f"Inputs {loaded.path.name} are whole: {len(loaded.listed)} files are as they were written.")
        else:
            said.append(
                f"Inputs {loaded.path.name} were written by an earlier release, without checksums: there is nothing to "
                "verify. The next import writes them."
            )
    said.append(_check_snapshot(settings, path) if path else "Nothing is published yet.")
    said.append(people_store.check(settings))
    return "\n".join(said)


def may_tell_of_contact(settings: Settings, path: Path, contact_id: str, erased: str) -> bool:
    """Whether a snapshot says more of a contact than that they are called `erased`; one that cannot be read may."""
    asked = {"contact_id": contact_id, "erased": erased}
    try:
        (file,) = (scope["file"] for scope in publish.manifest(path)["scopes"] if scope["key"] == EVERYTHING)
        with open_engine(settings, path / file, read_only=True) as engine:
            return bool(engine.rows(load("build.contact_says_more").sql, asked))
    except (duckdb.Error, OrderbeatError, KeyError, ValueError):
        return True


def _check_snapshot(settings: Settings, path: Path) -> str:
    if wrong := _wrong_with(path):
        raise wrong
    files = sorted(path.glob("*.duckdb"))
    for file in files:
        try:
            with open_engine(settings, file, read_only=True) as engine:
                for (table,) in engine.rows(load("build.table_names").sql):
                    engine.rows(models.scan(table))
        except duckdb.Error as error:
            raise _damaged(path, Damaged(f"{file} cannot be read.", str(error).splitlines()[0])) from error
    return f"Snapshot {path.name} is whole: {len(files)} files read to the last block."


def _wrong_with(path: Path) -> OrderbeatError | None:
    """What is wrong with a published snapshot, if anything is: every byte of its files is read."""
    try:
        described(path)
        publish.require_whole(path)
    except Damaged as damage:
        return _damaged(path, damage)
    except FromNewerRelease as error:
        return error
    return None


def _damaged(path: Path, damage: Damaged) -> Damaged:
    return Damaged(
        f"Snapshot {path.name} is damaged: {damage.what}",
        damage.cause,
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
    for path in filter(_is_sound, publish.published(root(settings))):
        (file,) = (scope["file"] for scope in publish.manifest(path)["scopes"] if scope["key"] == EVERYTHING)
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


def _made_by_spark(
    settings: Settings, loaded: inputs.Inputs, instead: Mapping[str, pa.Table], parameters: dict[str, Any]
) -> AbstractContextManager[Path | None]:
    """The folder of what Spark made where the settings ask for it, None where DuckDB is to make all."""
    spark.sweep(settings)
    if settings.engine != "spark":
        return nullcontext()
    from data.warehouse import spark_session  # noqa: PLC0415 (what it imports is installed where it is asked for)

    return spark_session.marts(settings, loaded, instead, parameters)


def _only(parameters: dict[str, Any], query: Query) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name in query.params}


def _progress(items: list[_T], what: str) -> Iterator[_T]:
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
        Scope(EVERYTHING, "director"),
        Scope("ecommerce", "ecommerce"),
        *(Scope(f"lead:{rep}", people[rep][0], tuple(sorted(set(below(rep, (rep,)))))) for rep in managers),
        *(Scope(f"rep:{rep}", name, (rep,)) for rep, (name, _) in sorted(people.items())),
    ]


def _coverage(engine: Engine) -> list[coverage.Stretch]:
    return [coverage.Stretch(*row) for row in engine.rows(load("build.coverage").sql)]


def _describe(engine: Engine, about: dict[str, Any]) -> None:
    one = {key: about[key] for key in ("snapshot", "as_of", "built_at", "reporting_currency")}
    quarantined = sum(row["quarantined"] for row in about["loads"])
    engine.register("snapshot", pa.Table.from_pylist([{**one, "quarantined": quarantined}]))
    engine.register("load_totals", pa.Table.from_pylist(about["loads"], schema=_LOAD_TOTALS))
    engine.register("check_results", pa.Table.from_pylist(about["checks"], schema=_CHECK_RESULTS))


def _alike(engine: Engine) -> frozenset[str]:
    """The models of which every file but the e-commerce one holds the same rows, by name, if only none."""
    published = models.published()
    (empty,) = engine.rows(models.are_empty(published))
    return frozenset(m.name for m, is_empty in zip(published, empty, strict=True) if is_empty or models.is_shared(m))


def _cut_shared(engine: Engine, alike: Collection[str], file: Path) -> None:
    """What every file but the e-commerce one holds alike, cut once."""
    with _writing(engine, file):
        define_metrics(engine, "slice")
        for model in models.published():
            if model.name in alike:
                engine.run(models.cut(model, EVERYTHING))
        engine.run(models.copy("snapshot"))


def _above(scope: Scope, others: Iterable[Scope]) -> Scope | None:
    """The scope of the fewest people that holds all of these and more, if any does."""
    more = (other for other in others if len(other.reps) > len(scope.reps) > 0)
    wider = [other for other in more if {*scope.reps} < {*other.reps}]
    return min(wider, key=lambda other: (len(other.reps), other.key), default=None)


def _cut(engine: Engine, scope: Scope, alike: Collection[str], shared: Path, file: Path, above: Path | None) -> None:
    """Writes a scope's file, over a copy of what is shared where it holds that, out of one that was cut before."""
    begun = scope.kind != "ecommerce"
    if begun:
        shutil.copyfile(shared, file)
    engine.register("scope_reps", pa.table({"rep_id": pa.array(scope.reps, pa.string())}))
    if above:
        engine.run(models.attach_above(str(above)))
    with _writing(engine, file):
        if not begun:
            define_metrics(engine, "slice")
            engine.run(models.copy("snapshot"))
        for model in models.published():
            if not (begun and model.name in alike):
                engine.run(models.cut(model, scope.kind, scope.reps, above=above is not None))
        for table in ("load_totals", "check_results") if scope.key == EVERYTHING else ():
            engine.run(models.copy(table))
    if above:
        engine.run(models.DETACH_ABOVE)


@contextmanager
def _writing(engine: Engine, file: Path) -> Iterator[None]:
    """Opens a file as the database `slice`, and closes it written out in full."""
    engine.run(models.attach(str(file)))
    with engine.transaction():
        yield
    engine.run(models.CHECKPOINT_SLICE)
    engine.run(models.DETACH)
    leftover = file.with_name(file.name + ".wal")
    if leftover.exists():
        raise RuntimeError(f"{file.name} was not written out in full: {leftover.name} is left.")
