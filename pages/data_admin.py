"""Data: what was loaded, what was refused, and what the checks found. For administrators."""

import streamlit as st

from pages.ui import cards, lists, page_frame
from pages.ui.source import fetch
from presentation import format
from presentation.words import plural, text

LOADS = ["input_table", "rows_in", "loaded", "quarantined"]
CHECKS = ["title", "level", "found", "check_file"]


def body() -> None:
    shown = fetch("data_admin.snapshot")
    row = shown.one()
    cards.headline(
        plural(
            "Snapshot {snapshot} shows data to {day}; {count} row waits in quarantine",
            "Snapshot {snapshot} shows data to {day}; {count} rows wait in quarantine",
            row["quarantined"],
            snapshot=row["snapshot"],
            day=format.value(row["as_of"], "date"),
        )
    )
    cards.note(
        text(
            "Built {moment} UTC. Loading stays on the command line; docs/loading.md says how.",
            moment=row["built_at"][:16].replace("T", " "),
        )
    )
    left, right = st.columns([2, 3], gap="medium")
    with left:
        loads = fetch("data_admin.loads")
        cards.title(text("Rows in = loaded + quarantined"))
        lists.plain(loads, "loads", LOADS, rows_shown=18)
        lists.origin(shown, loads)
    with right:
        checks = fetch("data_admin.checks")
        cards.title(text("Checks before publishing"))
        lists.plain(checks, "checks", CHECKS, rows_shown=18)
        lists.origin(checks)


page_frame.show("data_admin", body)
