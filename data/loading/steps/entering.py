"""The last step of a load: what was prepared is written, and entered in the ledger of the next generation."""

from dataclasses import replace
from datetime import UTC, datetime

from data import contract
from data.loading import merge
from data.loading.steps import Loading, setting_aside


def publish(loading: Loading) -> None:
    """Writes the changes and the quarantine into the draft; the caller's lock publishes it on leaving."""
    loading.progress("Writing", 0.9)
    changed = {change.table for change in loading.report.changes}
    for change in loading.report.changes:
        merge.write(loading.engine, loading.draft, change)
    for table in contract.TABLES:
        if table.name not in changed:
            loading.draft.keep(table.name)
    _enter(loading, setting_aside.quarantined(loading), setting_aside.continued(loading))
    loading.progress("Publishing", 1.0)


def _enter(loading: Loading, quarantine: str, continued: dict[str, str]) -> None:
    """Brings the ledger up to date: mended rows move from quarantined to loaded, the rest is added."""
    moved = {(load.table, load.source): load.loaded for load in loading.report.loads if load not in loading.new}
    ledger = []
    for load in loading.draft.ledger:
        if loading.head and load.quarantine == loading.head:
            count = moved.get((load.table, load.source), 0)
            left = load.quarantined - count
            number = quarantine if left else ""
            ledger.append(replace(load, loaded=load.loaded + count, quarantined=left, quarantine=number))
        elif load.quarantine in continued:
            count = loading.closed[load.quarantine].counts[load.table, load.source]
            left = load.quarantined - count
            number = continued[load.quarantine] if left else ""
            ledger.append(replace(load, superseded=load.superseded + count, quarantined=left, quarantine=number))
        else:
            ledger.append(load)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    loading.draft.ledger = ledger + [
        replace(
            load,
            mapping=loading.work.mapping.digest,
            quarantine=quarantine if load.quarantined else "",
            number=loading.draft.number,
            at=at,
        )
        for load in loading.new
    ]
