"""python -m service retain: what is older than the settings say goes; `python -m service run` does it once a day."""

import datetime as dt

from data import publish
from data.loading import inputs, quarantine
from data.people.store import audit, deeds, existing_store, outgoing
from data.settings import Settings
from service import publishing


def keep_to(where: Settings, now: dt.datetime | None = None) -> list[str]:
    """Takes away what is kept longer than `where` says, and says what, a line each; nothing where nothing is.

    Rows that were refused, the audit, what people did about alerts, what was sent, each by its own setting. Raises
    BuildInProgress while something is loaded, DiskProblem, or what the store raises.
    """
    now = now or dt.datetime.now(dt.UTC)
    store = existing_store(where)
    said = []
    if (days := where.keep_quarantine_days) and quarantine.root(where.home).is_dir():
        with publish.lock(inputs.root(where.home)):
            gone = quarantine.cut(where.home, now - dt.timedelta(days), days)
        if gone:
            publishing.record(where, "quarantine_cut", ", ".join(gone), {"days": days, "quarantines": len(gone)})
            said.append(f"Removed the refused rows of quarantine {', '.join(gone)}, older than {days:,} days.")
    if (days := where.keep_deeds_days) and store:
        events, items = deeds.cut(store, now - dt.timedelta(days))
        if events:
            said.append(f"Removed {events:,} deeds on {items:,} items nobody touched for {days:,} days.")
    if (days := where.keep_audit_days) and store:
        rows = audit.cut(store, now - dt.timedelta(days))
        if rows:
            said.append(f"Removed {rows:,} rows of the audit, older than {days:,} days.")
    if store:
        letters = outgoing.cut(store, now - dt.timedelta(where.keep_sent_days))
        if letters:
            said.append(f"Removed {letters:,} rows of what was sent, older than {where.keep_sent_days:,} days.")
    return said
