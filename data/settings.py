"""What the environment may change, read in one place."""

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where things live and how much of the machine they may use.

    `home` holds everything that is written (inputs, snapshots, quarantine, store). `store` is the address of the
    PostgreSQL database that holds what people write; where it is empty, a file in `home` does.
    Memory limits are DuckDB's notation ("4GB"); `query_seconds` bounds one page query, `query_spill` what
    the queries of one file may put on disk.
    """

    home: Path
    store: str = field(repr=False)  # may hold a password
    build_memory: str
    build_threads: int
    query_memory: str
    query_threads: int
    query_seconds: float
    query_spill: str


def current() -> Settings:
    """Settings of this process: ORDERBEAT_* variables over defaults that suit a laptop."""
    return _read(tuple(os.environ.get(f"ORDERBEAT_{name}", "") for name in _VARIABLES))


_VARIABLES = (
    "HOME",
    "STORE",
    "BUILD_MEMORY",
    "BUILD_THREADS",
    "QUERY_MEMORY",
    "QUERY_THREADS",
    "QUERY_SECONDS",
    "QUERY_SPILL",
)


@lru_cache(maxsize=16)
def _read(values: tuple[str, ...]) -> Settings:
    home, store, build_memory, build_threads, query_memory, query_threads, query_seconds, query_spill = values
    cores = os.cpu_count() or 2
    return Settings(
        home=Path(home or PROJECT / "var").expanduser().resolve(),
        store=store,
        build_memory=build_memory or "4GB",
        build_threads=int(build_threads or cores),
        query_memory=query_memory or "1GB",
        query_threads=int(query_threads or min(cores, 4)),
        query_seconds=float(query_seconds or 10),
        query_spill=query_spill or "2GB",
    )
