"""What a load did or would do, in numbers and for the terminal."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.loading.inputs import Load, nothing_came_in
from data.terminal import printable

_MOST_FILES_NAMED = 3
_ROWS_SHOWN = 3


@dataclass(frozen=True)
class Earlier:
    """Rows that earlier loads brought: the files they came from, the first and last day (ISO) of these loads."""

    sources: tuple[str, ...]
    days: tuple[str, ...]
    rows: int

    def __str__(self) -> str:
        named = ", ".join(self.sources[:_MOST_FILES_NAMED])
        more = len(self.sources) - _MOST_FILES_NAMED
        files = f"{named} and {more:,} more" if more > 0 else named or "what was loaded before"
        return f"{files} (load of {' to '.join(self.days)})" if self.days else files


@dataclass(frozen=True)
class Change:
    """What a load does to one table, in rows; added + changed + unchanged is what the table then holds.

    `stale` are those among the unchanged whose new version is quarantined. `contradicts` says which earlier loads
    brought the changed rows, `takes_back` which brought the removed ones, and `left_out` which brought rows that their
    file no longer holds and that stay all the same.
    """

    table: str
    added: int
    changed: int
    removed: int
    unchanged: int
    stale: int = 0
    contradicts: tuple[Earlier, ...] = ()
    takes_back: tuple[Earlier, ...] = ()
    left_out: tuple[Earlier, ...] = ()

    def sentences(self) -> list[str]:
        """What people should know before these changes are published."""
        rows = f"Rows of {self.table}"
        found = [f"{rows} that differ from what {e} said, which they replace: {e.rows:,}" for e in self.contradicts]
        found += [f"{rows} that go, from {e}: {e.rows:,}" for e in self.takes_back]
        if self.stale:
            found.append(f"{rows} that stay as they were, for what is said of them now is quarantined: {self.stale:,}")
        found += [
            f"{rows} that {e} held and that are left out now, but stay: {e.rows:,} "
            f"(`load: replace` or --replace {self.table} takes them out)"
            for e in self.left_out
        ]
        return found


@dataclass
class Report:
    """What a load did: one Load a table and file, what was found in the files, why rows were quarantined.

    `closed` counts rows quarantined before that this load answers for, by table and file. `changed` is False when the
    load left what was there as it was.
    """

    changed: bool = True
    loads: list[Load] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reasons: list[tuple[str, str, int, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    closed: list[tuple[str, str, int]] = field(default_factory=list)
    quarantine: Path | None = None

    def as_text(self) -> str:
        """The report for the terminal."""
        lines = [*self.files, *self.notes]
        if self.loads:
            lines += ["", f"{'table':<16}{'rows in':>14}{'loaded':>14}{'quarantined':>14}  file"]
            lines += [
                f"{load.table:<16}{load.rows_in:>14,}{load.loaded:>14,}{load.quarantined:>14,}  {load.source}"
                for load in self.loads
            ]
            total = [sum(getattr(load, key) for load in self.loads) for key in ("rows_in", "loaded", "quarantined")]
            lines.append(f"{'all':<16}{total[0]:>14,}{total[1]:>14,}{total[2]:>14,}")
        if self.changes:
            names = ("added", "changed", "removed", "unchanged")
            lines += ["", f"{'table':<16}" + "".join(f"{name:>14}" for name in names)]
            lines += [
                f"{each.table:<16}" + "".join(f"{getattr(each, name):>14,}" for name in names) for each in self.changes
            ]
            lines += [sentence for each in self.changes for sentence in each.sentences()]
        lines += [
            f"Rows of {table} quarantined from {file} before that are closed now: {n:,}"
            for table, file, n in self.closed
        ]
        if self.reasons:
            lines += ["", "Quarantined because:"]
            lines += [f"  {table}: {kind}: {count:,}, first in {first}" for table, kind, count, first in self.reasons]
        if self.quarantine:
            lines += [f"They are in {self.quarantine}.", f"Mend them there: python -m data import {self.quarantine}"]
        lines += [f"NOTHING CAME IN: every row of {name} is quarantined." for name in nothing_came_in(self.loads)]
        return "\n".join(map(printable, lines)).lstrip("\n")


@dataclass(frozen=True)
class Rehearsal:
    """What a load would do: its report, and by table the first rows as they would be and the first refused.

    A refused row is its raw text with source_file, source_line and reason.
    """

    report: Report
    first: dict[str, list[dict[str, Any]]]
    refused: dict[str, list[dict[str, Any]]]

    def as_text(self) -> str:
        """The rehearsal for the terminal: the report, and three rows of each table."""
        lines = [self.report.as_text()]
        for title, rows in (("as they would be", self.first), ("that would be refused", self.refused)):
            for table, several in rows.items():
                if several:
                    lines += ["", f"First rows of {table} {title}:"]
                    lines += [f"  {_row(each)}" for each in several[:_ROWS_SHOWN]]
        return "\n".join([*lines, "", "This was a rehearsal: nothing was changed."])


def _row(row: dict[str, Any]) -> str:
    return printable(", ".join(f"{name}={value!s:.60}" for name, value in row.items() if value is not None))
