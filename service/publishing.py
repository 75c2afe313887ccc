"""Publishing what was loaded, and telling the audit of it, for every command that loads."""

from collections.abc import Mapping
from typing import Any

from data.errors import NothingCameIn
from data.loading import inputs
from data.loading.report import Report
from data.people.person import Author
from data.people.store import audit, existing_store
from data.settings import Settings
from data.warehouse import access, build


def publish(where: Settings) -> str:
    """Builds where what was loaded is not published yet, be it of this command or of one that failed or was killed.

    Gives what was done, in lines; nothing where nothing was to do.
    """
    path = build.newest(where)
    said = ""
    if path and not access.is_served(path):
        said = f"Snapshot {path.name} was made by an earlier release; it is built anew.\n"
    elif not build.is_behind(where):
        return ""
    return f"{said}{build.build(where).as_text()}\n"


def require_rows(where: Settings) -> None:
    """Raises NothingCameIn where every row of a table without which nothing can be shown was refused."""
    loaded = inputs.current(where.home)
    if nothing := inputs.nothing_came_in(loaded.ledger if loaded else []):
        raise NothingCameIn(
            f"Nothing of {' and '.join(nothing)} came in: every row is quarantined.",
            "What was published before stays; the report above says why they were refused.",
            "Correct the files or the mapping and import them again; `python -m data build` publishes all the same.",
        )


def record(where: Settings, did: audit.Word, about: str, detail: Mapping[str, Any], by: Author | None = None) -> None:
    """Tells the audit what was loaded, from where, and how many rows; without `by` it was a command.

    Where nobody has written anything yet there is no store, and a load alone makes none.
    """
    store = existing_store(where)
    if store is not None:
        audit.note(store, by=by, did=did, about=about, detail=detail)


def rows_of(report: Report) -> dict[str, int]:
    """The rows of a load: that came in, that were loaded, that were quarantined."""
    return {key: sum(getattr(load, key) for load in report.loads) for key in ("rows_in", "loaded", "quarantined")}
