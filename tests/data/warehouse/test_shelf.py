"""What a build takes over from the snapshot before is what it would have computed itself."""

import datetime as dt
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import publish, settings
from data.warehouse import analysis, build, shelf
from tests import companies, slowly
from tests.companies import Company

MARK = 0.123456


def built(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORDERBEAT_HOME", str(home))
    return build.build(settings.current()).path


def rows_of(snapshot: Path) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    """Every row of every table of every scope's file, but for when it was built."""
    found = {}
    for scope in publish.manifest(snapshot)["scopes"]:
        with duckdb.connect(str(snapshot / scope["file"]), read_only=True) as connection:
            tables = [name for (name,) in connection.sql("select table_name from duckdb_tables()").fetchall()]
            found[scope["key"]] = {
                table: connection.sql(f"select * from {table} order by all").fetchall()
                for table in sorted(tables)
                if table != "snapshot"
            }
    return found


def marked(snapshot: Path, part: str, table: str, column: str) -> None:
    """Makes what a part gave recognisable where the snapshot keeps it, as if it had been computed so."""
    file = snapshot / shelf.FOLDER / part / f"{table}.parquet"
    rows = pq.read_table(file)
    place = rows.schema.get_field_index(column)
    assert rows.num_rows
    pq.write_table(rows.set_column(place, column, pa.array([MARK] * rows.num_rows, rows.field(place).type)), file)
    publish.write_manifest(snapshot, publish.manifest(snapshot))


def shows_mark(snapshot: Path) -> bool:
    return any(MARK in row for row in rows_of(snapshot)["director"]["what_if_noise"])


def sold_more(company: Company, pick: random.Random) -> None:
    pick.choice(company["order_lines"])["quantity"] += 1


def sold_less(company: Company, pick: random.Random) -> None:
    company["order_lines"].remove(pick.choice(company["order_lines"]))


def sold_backdated(company: Company, pick: random.Random) -> None:
    line = pick.choice(company["order_lines"])
    (order,) = (row for row in company["orders"] if row["order_id"] == line["order_id"])
    company["orders"].append(order | {"order_id": "late", "quote_id": None})
    company["order_lines"].append(line | {"order_id": "late"})


def sold_a_day_later(company: Company, pick: random.Random) -> None:
    last = max(row["ordered_on"] for row in company["orders"])
    company["orders"].append(
        pick.choice(company["orders"]) | {"order_id": "next", "ordered_on": last + dt.timedelta(1), "quote_id": None}
    )


def asked_more(company: Company, pick: random.Random) -> None:
    company["quotes"].append(pick.choice(company["quotes"]) | {"quote_id": "more", "revision_of": None})


def decided_otherwise(company: Company, pick: random.Random) -> None:
    quote = pick.choice([quote for quote in company["quotes"] if quote["outcome"]])
    quote["outcome"] = "lost" if quote["outcome"] == "won" else "won"


def moved_on(company: Company, pick: random.Random) -> None:
    pick.choice(company["quote_events"])["stage"] = "elsewhere"


def given_to_another(company: Company, pick: random.Random) -> None:
    pick.choice(company["customers"])["owner_rep_id"] = pick.choice(company["sales_reps"])["rep_id"]


def renamed(company: Company, pick: random.Random) -> None:
    pick.choice(company["products"])["name"] = "Another name"


def offered_dearer(company: Company, pick: random.Random) -> None:
    pick.choice(company["catalog_items"])["price"] += 1


def exchanged_dearer(company: Company, pick: random.Random) -> None:
    for rate in company["exchange_rates"]:
        rate["rate"] *= 2


CHANGES: tuple[Callable[[Company, random.Random], None], ...] = (
    sold_more,
    sold_less,
    sold_backdated,
    sold_a_day_later,
    asked_more,
    decided_otherwise,
    moved_on,
    given_to_another,
    renamed,
    offered_dearer,
    exchanged_dearer,
)


def busy_company(seed: int) -> Company:
    """A random company with something of everything that the changes change."""
    for number in range(seed * 1_000, seed * 1_000 + 100):
        company = companies.random_company(number, orders=150)
        if len(company["quotes"]) > 9 and company["catalog_items"] and len(company["sales_reps"]) > 2:
            return company
    raise AssertionError("no such company")


@pytest.mark.parametrize("number", slowly.after(1, range(12)))
def test_a_refresh_equals_a_build_from_nothing(number: int, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pick = random.Random(number)
    company = busy_company(number)
    companies.load(home, company)
    built(home, monkeypatch)
    for change in pick.sample(CHANGES, 4):
        change(company, pick)
        companies.load(home, company)
        apart = home.with_name("apart")
        shutil.rmtree(apart, ignore_errors=True)
        shutil.copytree(home, apart)
        for kept in apart.glob(f"snapshots/0*/{shelf.FOLDER}"):
            shutil.rmtree(kept)
            publish.write_manifest(kept.parent, publish.manifest(kept.parent))
        refreshed = rows_of(built(home, monkeypatch))
        assert refreshed == rows_of(built(apart, monkeypatch)), change.__name__
