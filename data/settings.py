"""What the environment may change, read in one place."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where things live and how much of the machine they may use.

    `home` holds everything that is written (inputs, snapshots, quarantine, store).
    Memory limits are DuckDB's notation ("4GB"); `query_seconds` bounds one page query.
    """

    home: Path
    build_memory: str
    build_threads: int
    query_memory: str
    query_threads: int
    query_seconds: float


def current() -> Settings:
    """Settings of this process: ORDERBEAT_* variables over defaults that suit a laptop."""
    env = os.environ.get
    cores = os.cpu_count() or 2
    return Settings(
        home=Path(env("ORDERBEAT_HOME") or PROJECT / "var").expanduser().resolve(),
        build_memory=env("ORDERBEAT_BUILD_MEMORY", "4GB"),
        build_threads=int(env("ORDERBEAT_BUILD_THREADS", str(cores))),
        query_memory=env("ORDERBEAT_QUERY_MEMORY", "1GB"),
        query_threads=int(env("ORDERBEAT_QUERY_THREADS", str(min(cores, 4)))),
        query_seconds=float(env("ORDERBEAT_QUERY_SECONDS", "10")),
    )
