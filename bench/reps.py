"""What a build takes, and how large its files are, for few and for many reps: the same sales, divided among more."""

import shutil
from pathlib import Path

from bench import figures, files, serve
from data import contract

REPS = (20, 200, 2_000)
OF_A_LEAD = 10  # people, the lead included; nobody is above the leads

# Whoever sold to a customer does so in all its rows; rows of no customer are dealt out by what they are called.
_NUMBER = "cast(hash({of}) % {reps} as bigint)"
_ID = "'R' || {number}"
_PEOPLE = """
select
    'R' || range as rep_id,
    'Rep ' || range as name,
    'Team ' || range // {of_a_lead} as team,
    case when range % {of_a_lead} > 0 then 'R' || range // {of_a_lead} * {of_a_lead} end as manager_id
from range({reps})
"""
_QUOTAS = """
select 'R' || range as rep_id, month, metric, any_value(target) as target
from quotas, range({reps})
group by all
"""


def run(lines: int) -> None:
    """Loads and builds the demo, its sales divided among so many reps, one number after the other."""
    home = serve.HOMES / f"reps-{lines}"
    shutil.rmtree(home, ignore_errors=True)
    found = {}
    with files.of_demo(lines, home / "made") as demo:
        for reps in REPS:
            folder, shown = home / "files" / str(reps), home / str(reps)
            demo.write(folder, {table: _dealt(table, reps) for table in demo.tables if table != "rep_teams"})
            found[str(reps)] = files.load(shown, folder) | _published(shown)
            print(f"{lines:,} lines, {reps:,} reps:", found[str(reps)], flush=True)
            shutil.rmtree(shown)
    shutil.rmtree(home)
    figures.save("reps", found, [], lines=lines)


def _dealt(table: str, reps: int) -> str:
    if table == "sales_reps":
        return _PEOPLE.format(reps=reps, of_a_lead=OF_A_LEAD)
    if table == "quotas":
        return _QUOTAS.format(reps=reps)
    of = contract.table(table)
    named = [column.name for column in of.columns if column.references == "sales_reps"]
    if not named:
        return f"from {table}"
    whose = "customer_id" if "customer_id" in of.column_names else of.key[0]
    number = _NUMBER.format(of=f"coalesce({whose}, {of.key[0]})", reps=reps)
    dealt = ", ".join(f"{_ID.format(number=number)} as {column}" for column in named)
    return f"select * replace ({dealt}) from {table}"


def _published(home: Path) -> dict[str, float]:
    """Files of the newest snapshot and their size in MB."""
    newest = max((home / "snapshots").glob("[0-9]*"))
    sizes = [file.stat().st_size for file in newest.glob("*.duckdb")]
    return {
        "files": len(sizes),
        "mb": round(sum(sizes) / 1e6),
        "median_mb": round(sorted(sizes)[len(sizes) // 2] / 1e6, 1),
    }
