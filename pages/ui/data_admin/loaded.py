"""What is loaded: the snapshot, the loads it was built from, and its checks."""

from pages.ui import cards, grid, origin, page_frame
from pages.ui.source import fetch
from presentation import format
from presentation.words import plural, text

COVERAGE = ["input_table", "segment", "channel", "first_on", "last_on", "is_stopped"]
LOADS = ["input_table", "rows_in", "loaded", "quarantined"]
CHECKS = ["title", "level", "found", "check_file"]


def show() -> None:
    """How fresh, how complete and how sound what people see is."""
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
    cards.note(text("Built {moment} UTC.", moment=row["built_at"][:16].replace("T", " ")))
    page_frame.unforeseen_errors()
    left, right = cards.two_columns()
    with left:
        loads = fetch("data_admin.loads")
        cards.title(text("Rows in = loaded + quarantined"))
        grid.plain(loads, "loads", LOADS, rows_shown=10)
        origin.show(shown, loads)
        coverage = fetch("data_admin.coverage")
        cards.title(text("From which day to which"))
        grid.plain(coverage, "coverage", COVERAGE, rows_shown=12)
        origin.show(coverage)
    with right:
        checks = fetch("data_admin.checks")
        cards.title(text("Checks before publishing"))
        grid.plain(checks, "checks", CHECKS, rows_shown=18)
        origin.show(checks)
