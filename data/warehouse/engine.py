"""Running SQL for loading and building, on DuckDB."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from data.errors import DiskProblem, QueryStopped
from data.settings import Settings


class Engine:
    """One private, writable database for a load or a build; never one that readers have open."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Executes one statement."""
        with _explained():
            self._connection.execute(sql, params or {})

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The result of one statement as tuples."""
        with _explained():
            return self._connection.execute(sql, params or {}).fetchall()

    def arrow(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """The result of one statement as an Arrow table."""
        with _explained():
            return self._connection.sql(sql, params=dict(params or {})).to_arrow_table()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One commit for many statements: each of its own would wait for the disk. An error leaves it open."""
        self._connection.begin()
        yield
        with _explained():
            self._connection.commit()

    @contextmanager
    def within(self, seconds: float, what: str) -> Iterator[None]:
        """Stops statements that run longer. Raises QueryStopped, which names `what` was being read."""
        timer = threading.Timer(seconds, self._connection.interrupt)
        timer.start()
        try:
            yield
        except QueryStopped as error:
            raise QueryStopped(
                f"Reading {what} was stopped after {seconds:g} seconds.",
                "Its SQL in the mapping takes longer than it may; a join may pair every row with every other.",
                "Correct it, or raise ORDERBEAT_MAPPING_SECONDS.",
            ) from error
        finally:
            timer.cancel()

    def register(self, name: str, table: pa.Table) -> None:
        """Makes an Arrow table readable under `name`."""
        self._connection.register(name, table)

    def parquet_view(self, name: str, files: Sequence[Path]) -> None:
        """Makes Parquet files readable under `name`."""
        self._connection.read_parquet([str(file) for file in files]).create_view(name, replace=True)


@contextmanager
def open_engine(settings: Settings, path: Path | None = None, *, read_only: bool = False) -> Iterator[Engine]:
    """An engine over the file at `path` (in memory without one), within the build's memory and threads.

    What does not fit into memory spills to `home/spill`, which is emptied on leaving.
    """
    spill = settings.home / "spill"
    with suppress(OSError):  # reading needs no spill, and writing meets the same obstacle with a better message
        spill.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.build_memory,
        "threads": str(settings.build_threads),
        "temp_directory": str(spill),
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
    }
    with _explained():
        connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
    try:
        yield Engine(connection)
    finally:
        connection.close()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException as error:
        raise QueryStopped("A statement was stopped.", "It ran longer than it may.", "") from error
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        full = "No space left" in str(error) or "max_temp_directory_size" in str(error)
        if not full and not isinstance(error, duckdb.OutOfMemoryException):
            raise
        raise DiskProblem(
            "The disk or the memory set aside for building ran out.",
            str(error).splitlines()[0],
            "Free disk space, or raise ORDERBEAT_BUILD_MEMORY; what was published before is untouched.",
        ) from error
