"""The one door from a viewer to the warehouse: named queries on the viewer's own read-only file.

What a viewer may not see is not in the file. The file is opened read-only with external access off and its
configuration locked; only a single SELECT from `queries/` is run, on a fresh cursor, within a time limit.
"""

import threading
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from data import publish, settings
from data.errors import AccessDenied, BadInput, NothingLoaded, QueryStopped
from data.warehouse import build
from queries import Query, load, page_folders

Role = Literal["admin", "director", "lead", "rep", "ecommerce"]

warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)

_OPEN_FILES = 64  # base connections kept per process; each costs a few MB


@dataclass(frozen=True)
class Viewer:
    """Who looks: a label for the screen, a role that decides on pages, a scope that decides on the file."""

    label: str
    role: Role
    scope: str


@dataclass(frozen=True)
class Snapshot:
    """The published data a viewer sees. `behind` names the newer snapshot that turned out damaged, if one did."""

    name: str = field(compare=False)
    path: Path
    as_of: str = field(compare=False)
    built_at: str = field(compare=False)
    currency: str = field(compare=False)
    loaded_tables: frozenset[str] = field(compare=False)
    quarantined: int = field(compare=False)
    behind: str = ""


@dataclass(frozen=True, eq=False)
class Result:
    """Rows with their origin: every number on screen can name its SQL file, parameters and snapshot.

    `steps` are the dotted names of analytics applied after the query.
    """

    table: pa.Table
    query: Query
    params: Mapping[str, Any]
    snapshot: Snapshot
    steps: tuple[str, ...] = field(default=())

    @property
    def told(self) -> dict[str, Any]:
        """The parameters that may be shown: not what people wrote, which comes as JSON and is of other views, too."""
        return {name: value for name, value in self.params.items() if self.query.params[name] != "json"}

    def rows(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        return self.table.to_pylist()

    def one(self) -> dict[str, Any]:
        """The only row. Raises ValueError when there is another number of them."""
        (row,) = self.table.to_pylist()
        return row

    def __len__(self) -> int:
        return self.table.num_rows


def viewers() -> list[Viewer]:
    """Everyone whose view the newest snapshot holds, the director first."""
    roles: dict[str, Role] = {"director": "director", "ecommerce": "ecommerce", "lead": "lead", "rep": "rep"}
    found = []
    about = _about(_sound_snapshot().path)
    assert about is not None
    for scope in about["scopes"]:
        kind = scope["key"].partition(":")[0]
        label = scope["label"] if ":" in scope["key"] else ""
        found.append(Viewer(label, roles[kind], scope["key"]))
    return [*found, Viewer("", "admin", "director")]


def snapshot() -> Snapshot:
    """The newest sound snapshot. Raises NothingLoaded when there is none."""
    return _sound_snapshot()


def query(viewer: Viewer, name: str, params: Mapping[str, Any], within: Snapshot | None = None) -> Result:
    """Runs the query `name` ("customers.late") as `viewer`; parameters it does not declare are left out.

    It reads the snapshot `within`, so that one page shows one snapshot, by default the newest, and falls back to
    an older one where that proves damaged. Raises AccessDenied for a name or scope that does not exist,
    QueryStopped beyond the time or memory limit, NothingLoaded.
    """
    found = _page_query(name)
    missing = found.params.keys() - params.keys()
    if missing:
        raise BadInput(f"{name} needs {', '.join(sorted(missing))}.", f"{found.path} declares them as parameters.")
    bound = {key: params[key] for key in found.params}
    while True:
        current = within if within and within.path not in _damaged else _sound_snapshot()
        file = current.path / _file(current.path, viewer.scope)
        try:
            return Result(_select(_base(file), found.sql, bound), found, bound, current)
        except duckdb.CatalogException:
            raise AccessDenied(
                "This view does not hold what was asked for.", f"{found.path} reads other tables."
            ) from None
        except duckdb.Error as error:
            _close(file)
            if not _means_damage(error):
                raise
            _damaged.add(current.path)


def _page_query(name: str) -> Query:
    """The query of that name, if it is one that pages show; models and checks are not for viewers to run."""
    try:
        if name.partition(".")[0] in page_folders():
            return load(name)
    except KeyError:
        pass
    raise AccessDenied(
        f"There is no query named {name!r}.", f"Only files of {', '.join(page_folders())} below queries/ are run."
    )


def _means_damage(error: duckdb.Error) -> bool:
    """Whether the file is at fault and not the statement. A wrong checksum comes as the bare base class."""
    return type(error) is duckdb.Error or isinstance(error, duckdb.IOException | duckdb.SerializationException)


def _select(base: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Any]) -> pa.Table:
    """Runs exactly one SELECT on a cursor of its own, stopped at the time limit."""
    with base.cursor() as cursor:
        _require_one_select(sql)
        seconds = settings.current().query_seconds
        timer = threading.Timer(seconds, cursor.interrupt)
        timer.start()
        try:
            # A relation would plan the statement twice; results are small, so that a copy costs less.
            return cursor.execute(sql, dict(params)).to_arrow_table()
        except duckdb.InterruptException:
            raise QueryStopped(
                f"The query was stopped after {seconds:g} seconds.",
                "It covers more data than this machine reads in that time.",
                "Choose a shorter period or one segment.",
            ) from None
        except duckdb.OutOfMemoryException:
            raise QueryStopped(
                "The query needed more memory than it may use.",
                "It covers more data than fits.",
                "Choose a shorter period, or let the administrator raise ORDERBEAT_QUERY_MEMORY.",
            ) from None
        finally:
            timer.cancel()


def _require_one_select(sql: str) -> None:
    if not _is_one_select(sql):
        raise AccessDenied("Only a single SELECT may be run.", "The statement is another kind, or there are several.")


@lru_cache(maxsize=512)
def _is_one_select(sql: str) -> bool:
    try:
        with _parser().cursor() as parser:
            statements = parser.extract_statements(sql)
    except duckdb.Error:
        return False
    return len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """An empty database that nothing is run in; opening one takes longer than most queries."""
    return duckdb.connect()


_damaged: set[Path] = set()
_connections: OrderedDict[Path, duckdb.DuckDBPyConnection] = OrderedDict()
_connections_lock = threading.Lock()


def _sound_snapshot() -> Snapshot:
    root = build.root(settings.current())
    return _newest_sound(root, publish.generation(root), frozenset(_damaged))


@lru_cache(maxsize=16)
def _newest_sound(root: Path, generation: int, damaged: frozenset[Path]) -> Snapshot:
    """The newest whole snapshot that is not known to be damaged; the same one until something is published."""
    behind = ""
    for path in publish.published(root):
        about = None if path in damaged else _about(path)
        if about is not None:
            return Snapshot(
                name=path.name,
                path=path,
                as_of=about["as_of"],
                built_at=about["built_at"],
                currency=about["reporting_currency"],
                loaded_tables=frozenset(row["table"] for row in about["loads"] if row["loaded"]),
                quarantined=sum(row["quarantined"] for row in about["loads"]),
                behind=behind,
            )
        behind = behind or path.name
    raise build.NOTHING_LOADED


@lru_cache(maxsize=16)
def _about(path: Path) -> dict | None:
    """The manifest of a whole snapshot, None of a damaged one. A published directory never changes."""
    return publish.manifest(path) if publish.is_sound(path) else None


def _file(path: Path, scope: str) -> str:
    about = _about(path)
    assert about is not None
    for entry in about["scopes"]:
        if entry["key"] == scope:
            return entry["file"]
    raise AccessDenied("This view does not exist any more.", "The person left, or their rows were never loaded.")


def _base(file: Path) -> duckdb.DuckDBPyConnection:
    """The one locked base connection of a file, opened on first use; the least used is closed beyond the limit."""
    with _connections_lock:
        if file in _connections:
            _connections.move_to_end(file)
            return _connections[file]
        if not file.exists():
            _damaged.add(file.parent)
            raise NothingLoaded("The data were replaced while this page was open.", "", "Reload the page.")
        _connections[file] = _open(file)
        while len(_connections) > _OPEN_FILES:
            _connections.popitem(last=False)  # closed once its last cursor is gone
        return _connections[file]


def _close(file: Path) -> None:
    with _connections_lock:
        _connections.pop(file, None)


def _open(file: Path) -> duckdb.DuckDBPyConnection:
    limits = settings.current()
    connection = duckdb.connect(
        str(file),
        read_only=True,
        config={
            "threads": str(limits.query_threads),
            "memory_limit": limits.query_memory,
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
        },
    )
    # While a cursor of an earlier connection lives, DuckDB hands out that same instance, locked as it is.
    if connection.execute(load("build.is_locked").sql).fetchone() == (True,):
        return connection
    # In this order: after external access is off and the configuration locked, nothing can be set any more.
    # The folder for spilling is the one that stays readable, so no two scopes share it.
    spill = limits.home / "spill" / "pages"
    with suppress(OSError):  # a replica may serve from a disk it cannot write; then nothing spills
        spill.mkdir(parents=True, exist_ok=True)
    connection.execute("set temp_directory = $folder", {"folder": str(spill / file.stem)})
    connection.execute("set max_temp_directory_size = '2GB'")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection
