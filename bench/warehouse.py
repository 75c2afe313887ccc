"""The published data as the bench and the peers read them: the file that holds everything, and our queries on it."""

import os
from pathlib import Path
from typing import Any

import duckdb

from data import publish, settings
from data.warehouse import access, build


def use(home: Path) -> None:
    """Makes this process read that home."""
    os.environ["ORDERBEAT_HOME"] = str(home)


def connect() -> duckdb.DuckDBPyConnection:
    """The director's file, read-only."""
    path = _snapshot()
    return duckdb.connect(
        str(path / next(s["file"] for s in _about()["scopes"] if s["key"] == "director")), read_only=True
    )


def rows(name: str) -> list[dict[str, Any]]:
    """Rows of a query of ours that needs no parameters, for the director."""
    return access.query("director", name, {}).rows()


def as_of() -> str:
    """The day the snapshot reports as of."""
    return _about()["as_of"]


def _about() -> dict[str, Any]:
    return publish.manifest(_snapshot())


def _snapshot() -> Path:
    path = build.newest(settings.current())
    assert path is not None, "the home holds no snapshot"
    return path
