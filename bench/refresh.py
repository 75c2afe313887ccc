"""What a refresh costs beside a full load and build: nothing new, quotes alone, 1% new lines, by stage."""

import shutil
from pathlib import Path

from bench import figures, files, serve

SHARE = 0.01  # of the order lines, and of the quotes, that are new
AT_MOST = 0.25  # of a full load and build that a refresh of so many new lines may take
NEW = "new"  # begins the ids of what a refresh brings

# What arrives, each a table and a statement over the loaded tables. New lines are those of the last days once more, so
# many that they make up SHARE of all: ordered on the same days, or on as many days after the last one.
_LATELY = """
with last_days as (
    select ordered_on, sum(count(*)) over (order by ordered_on desc) as lines
    from orders inner join order_lines using (order_id)
    group by ordered_on
),
span as (
    select min(ordered_on) as first_on, cast(max(ordered_on) - min(ordered_on) + 1 as integer) as days
    from last_days
    where lines <= {share} * (select count(*) from order_lines)
)
"""
_ORDERS = _LATELY + (
    "select * replace ('{new}' || order_id as order_id, null as quote_id, ordered_on + {later} * days as ordered_on) "
    "from orders, span where ordered_on >= first_on"
)
_LINES = _LATELY + (
    "select order_lines.* replace ('{new}' || order_id as order_id) "
    "from order_lines inner join orders using (order_id), span where ordered_on >= first_on"
)
_QUOTES = (
    "select * replace ('{new}' || quote_id as quote_id, null as revision_of, null as split_from, null as merged_into) "
    "from quotes order by requested_on desc limit cast({share} * (select count(*) from quotes) as bigint)"
)
ARRIVALS: dict[str, dict[str, str]] = {
    "nothing new": {},
    "quotes": {"quotes": _QUOTES.replace("{new}", NEW)},
    "lines of days known": {
        "orders": _ORDERS.replace("{new}", NEW + "1-").replace("{later}", "0"),
        "order_lines": _LINES.replace("{new}", NEW + "1-"),
    },
    "lines of days to come": {
        "orders": _ORDERS.replace("{new}", NEW + "2-").replace("{later}", "1"),
        "order_lines": _LINES.replace("{new}", NEW + "2-"),
    },
}


def run(lines: int) -> None:
    """Loads and builds the demo as from files, then refreshes it by each arrival, one after the other."""
    home = serve.HOMES / f"refresh-{lines}"
    shutil.rmtree(home, ignore_errors=True)
    found = measured(lines, home)
    shutil.rmtree(home)
    full = files.total(found["full"])
    goals = [
        figures.goal(
            f"refresh of 1% {kind}, share of a full load and build", files.total(found[kind]) / full, AT_MOST, ""
        )
        for kind in ARRIVALS
        if kind.startswith("lines")
    ]
    figures.save("refresh", found, goals, lines=lines)


def measured(lines: int, home: Path) -> dict[str, dict[str, float]]:
    """Processor seconds by stage: a full load and build, and each refresh."""
    folders = home / "files"
    with files.of_demo(lines, home / "made") as demo:
        demo.write(folders / "full", {table: f"from {table}" for table in demo.tables})
        shown = home / "home"
        found = {"full": files.load(shown, folders / "full")}
        print(f"{lines:,} full:", found["full"], flush=True)
        for kind, arrival in ARRIVALS.items():
            folder = folders / (kind if arrival else "full")
            if arrival:
                tables = {table: sql.replace("{share}", str(SHARE)) for table, sql in arrival.items()}
                demo.write(folder, tables)
            found[kind] = files.load(shown, folder)
            print(f"{lines:,} {kind}:", found[kind], flush=True)
    return found
