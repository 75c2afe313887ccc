"""What a load did, in numbers and for the terminal."""

from dataclasses import dataclass, field
from pathlib import Path

from data.loading.inputs import Load


@dataclass
class Report:
    """What a load did: one Load a table and file, what was found in the files, why rows were quarantined.

    `changed` is False when the load left what was there as it was.
    """

    changed: bool = True
    loads: list[Load] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reasons: list[tuple[str, str, int, str]] = field(default_factory=list)
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
        if self.reasons:
            lines += ["", "Quarantined because:"]
            lines += [f"  {table}: {kind}: {count:,}, first in {first}" for table, kind, count, first in self.reasons]
        if self.quarantine:
            lines += [f"They are in {self.quarantine}.", f"Mend them there: python -m data import {self.quarantine}"]
        return "\n".join(lines).lstrip("\n")
