"""What a load brings that was loaded before, by the ledger: the same files, read by the same mapping."""

from dataclasses import replace
from pathlib import Path

from data.loading import modes, quarantine
from data.loading.inputs import Load
from data.loading.mappings import Source
from data.loading.plan import File, Plan
from data.loading.report import Report


def whole(work: Plan, ledger: list[Load], report: Report, home: Path) -> bool:
    """Whether these files were the last ones loaded into their tables, with the same mapping."""
    if work.mapping.mends:
        return False
    now = {(source.table, work.called(each)): each.sha256 for source, several in work.parts for each in several}
    loads = []
    for table in {table for table, _ in now}:
        of_table = [load for load in ledger if load.table == table]
        last = [load for load in of_table if load.number == of_table[-1].number]
        if {(load.source, load.sha256, load.mapping) for load in last} != {
            (name, sha256, work.mapping.digest) for (other, name), sha256 in now.items() if other == table
        }:
            return False
        loads += last
    report.notes.append("Nothing has changed: these files were loaded before, with the same mapping.")
    for number in sorted({load.quarantine for load in loads if load.quarantine}):
        gone = quarantine.removed(quarantine.root(home) / number)
        there = f"was {gone}" if gone else f"is in quarantine {number}; import that folder to try it again"
        report.notes.append(f"What was quarantined then {there}.")
    return True


def left_out(work: Plan, ledger: list[Load], report: Report) -> Plan:
    """The plan without files loaded before by the same mapping; no file is left where none of them is new.

    Of those that are known, the ones with refused rows come along: what they waited for may have arrived.
    """
    last = {(load.table, load.source): load for load in ledger}

    def known(source: Source, each: File) -> Load | None:
        before = last.get((source.table, work.called(each)))
        same = before and (before.sha256, before.mapping) == (each.sha256, work.mapping.digest)
        return before if same else None

    parts = []
    if any(known(source, each) is None for source, several in work.parts for each in several):
        for source, several in work.parts:
            left = [each for each in several if (before := known(source, each)) is None or before.quarantined]
            if left:  # what replaces a table or a period is one whole
                parts.append((source, left if source.load == modes.ADD else several))
    count = sum(len(several) for _, several in work.parts) - sum(len(several) for _, several in parts)
    if count:
        report.notes.append(f"Not read again: {count:,} files that were loaded before and have not changed.")
    return replace(work, parts=parts)
