"""The one door to the warehouse: named queries on the read-only file of a scope.

Who reads which scope is settled elsewhere. What a scope may not show is not in its file, which is opened read-only with
external access off and its configuration locked; only a single SELECT from `queries/` is run, on a fresh cursor, within
a time limit.
"""

import datetime as dt
import errno
import os
import resource
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
from data.errors import (
    AccessDenied,
    BadInput,
    Damaged,
    DiskProblem,
    FromNewerRelease,
    NothingLoaded,
    OrderbeatError,
    QueryStopped,
)
from data.warehouse import build, coverage
from data.warehouse.coverage import Stretch
from queries import Query, load, names, page_folders

Flaw = Literal["damaged", "older", "newer"]  # a snapshot that changed, or that another release's pages would need

warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)

_MOST_OPEN_FILES = 64  # base connections kept per process; each costs a few MB and one file handle


@dataclass(frozen=True)
class Snapshot:
    """The published data that are shown.

    `behind` names the newer snapshot that cannot be shown, if there is one, and `why` says what is wrong with that.
    `is_demo` tells a generated company. `coverage` says from when to when each feed is loaded; where it is empty,
    nothing is known of that. `unloaded` are the facts, by the names of the model `loaded_facts`, that no row says.
    """

    name: str = field(compare=False)
    path: Path
    as_of: str = field(compare=False)
    built_at: str = field(compare=False)
    currency: str = field(compare=False)
    loaded_tables: frozenset[str] = field(compare=False)
    quarantined: int = field(compare=False)
    behind: str = ""
    why: Flaw = "damaged"
    is_demo: bool = field(compare=False, default=False)
    coverage: tuple[Stretch, ...] = field(compare=False, default=())
    unloaded: frozenset[str] = field(compare=False, default=frozenset())


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
    def shown_params(self) -> dict[str, Any]:
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


def scopes() -> dict[str, str]:
    """Every scope of the newest snapshot, the whole company first, with the name of the person it is cut for.

    The name is "" where a scope is cut for no one person. Raises NothingLoaded.
    """
    return {scope["key"]: scope["label"] if ":" in scope["key"] else "" for scope in _scopes(_sound_snapshot().path)}


def snapshot() -> Snapshot:
    """The newest sound snapshot. Raises NothingLoaded when there is none."""
    return _sound_snapshot()


def query(scope: str, name: str, params: Mapping[str, Any], within: Snapshot | None = None) -> Result:
    """Runs the query `name` ("customers.silent") on the file of that scope; parameters it does not declare stay out.

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
        file = current.path / _file(current.path, scope)
        try:
            return Result(_select(_base(file), found.sql, bound), found, bound, current)
        except duckdb.CatalogException:
            raise AccessDenied(
                "This view does not hold what was asked for.", f"{found.path} reads other tables."
            ) from None
        except duckdb.Error as error:
            _close(file)
            if obstacle := _obstacle(error, file):
                raise obstacle from error
            if not _means_damage(error):
                raise
            _damaged.add(current.path)


def _page_query(name: str) -> Query:
    """The query of that name, if it is one that pages show; models and checks are not for anybody to run."""
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


def _obstacle(error: duckdb.Error, file: Path) -> OrderbeatError | None:
    """What stood in the way of reading a file that itself is sound, if that is what the error tells."""
    if not isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
        return None
    said = str(error)
    if isinstance(error, duckdb.OutOfMemoryException) or "max_temp_directory_size" in said or str(_spill(file)) in said:
        return QueryStopped(
            "The query needed more room for intermediate results than there is.",
            said.splitlines()[0],
            "Choose a shorter period, or let the administrator free disk space or raise ORDERBEAT_QUERY_MEMORY.",
        )
    if any(os.strerror(number) in said for number in _OBSTACLES):
        return DiskProblem(
            "The data cannot be read at the moment.",
            said.splitlines()[0],
            "Try again; if it stays, docs/operating.md says what the server needs.",
        )
    return None


# What the machine refuses, whatever the file holds: too many open files, no right to read, no room, no memory.
_OBSTACLES = (
    errno.EMFILE,
    errno.ENFILE,
    errno.EACCES,
    errno.EPERM,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.ENOMEM,
    errno.EAGAIN,
)


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
def _newest_sound(root: Path, _generation: int, damaged: frozenset[Path]) -> Snapshot:
    """The newest whole snapshot that is not known to be damaged; the same one until something is published."""
    behind: str = ""
    why: Flaw = "damaged"
    for path in publish.published(root):
        flaw = "damaged" if path in damaged else _flaw(path)
        if flaw is None:
            about = build.described(path)
            return Snapshot(
                name=path.name,
                path=path,
                as_of=about["as_of"],
                built_at=about["built_at"],
                currency=about["reporting_currency"],
                loaded_tables=frozenset(row["table"] for row in about["loads"] if row["loaded"]),
                quarantined=sum(row["quarantined"] for row in about["loads"]),
                behind=behind,
                why=why,
                is_demo=bool(about.get("demo")),
                coverage=coverage.read(about.get("coverage", ())),
                unloaded=frozenset(about.get("unloaded", ())),
            )
        if not behind:
            behind, why = path.name, flaw
    raise OF_ANOTHER_RELEASE.get(why, build.NOTHING_LOADED)


OF_ANOTHER_RELEASE = {
    "older": NothingLoaded(
        "The data were published by an earlier release of Orderbeat.",
        "Pages of this release ask for what that one did not publish.",
        "Run `python -m data build`: it publishes what is loaded anew.",
    ),
    "newer": NothingLoaded(
        "The data were published by a newer release of Orderbeat.",
        "This release does not know their format.",
        "Start the newer release again.",
    ),
}


def is_served(path: Path) -> bool:
    """Whether pages can show this snapshot: it is whole, and holds what their queries read."""
    return _flaw(path) is None


@lru_cache(maxsize=16)
def _flaw(path: Path) -> Flaw | None:
    """Why a snapshot cannot be shown. A published directory never changes."""
    try:
        about = build.described(path)
    except Damaged:
        return "damaged"
    except FromNewerRelease:
        return "newer"
    if about.get("statements") != build.statements() and not _answers_pages(path, about):
        return "older"
    return None


def _answers_pages(path: Path, about: publish.Manifest) -> bool:
    """Whether the file of everything can be asked every query of the pages, without asking one."""
    (file,) = (scope["file"] for scope in about["scopes"] if scope["key"] == build.EVERYTHING)
    samples = {"date": dt.date(2000, 1, 1), "text": "", "json": "[]"}
    for page_query in (load(name) for name in names("") if name.partition(".")[0] in page_folders()):
        given = {name: samples.get(kind, 1) for name, kind in page_query.params.items()}
        try:
            with _base(path / file).cursor() as cursor:
                cursor.execute(f"explain {page_query.sql}", given)
        except (duckdb.CatalogException, duckdb.BinderException):
            return False
        except duckdb.Error:
            return True  # it may be damaged: reading it will tell
    return True


@lru_cache(maxsize=16)
def _scopes(path: Path) -> tuple[dict[str, str], ...]:
    return tuple(build.described(path)["scopes"])


def _file(path: Path, scope: str) -> str:
    for entry in _scopes(path):
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
        while len(_connections) > most_open_files():
            _connections.popitem(last=False)  # closed once its last cursor is gone
        return _connections[file]


def most_open_files() -> int:
    """How many files of scopes this process keeps open: an eighth of the handles it may have, the rest is for people.

    An open file takes one handle, and a second one while it is being opened or a query of it spills.
    """
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(_MOST_OPEN_FILES, handles // 8))


def raise_handle_limit() -> None:
    """Lets this process have as many file handles as its account may: each open page of a browser takes some."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # some systems refuse what they name as their limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _close(file: Path) -> None:
    with _connections_lock:
        _connections.pop(file, None)


def _spill(file: Path) -> Path:
    """Where queries of a file put what does not fit into memory."""
    return settings.current().home / "spill" / "pages" / file.stem


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
    spill = _spill(file)
    with suppress(OSError):  # a replica may serve from a disk it cannot write; then nothing spills
        spill.parent.mkdir(parents=True, exist_ok=True)
    connection.execute("set temp_directory = $folder", {"folder": str(spill)})
    connection.execute("set max_temp_directory_size = $room", {"room": limits.query_spill})
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection
