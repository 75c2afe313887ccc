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


def sold_backdated(company: Company, pick: random.Random) -> None:
    order = pick.choice(company["orders"])
    company["orders"].append(order | {"order_id": "late", "quote_id": None})
    line = next((row for row in company["order_lines"] if row["order_id"] == order["order_id"]), None)
    company["order_lines"] += [line | {"order_id": "late"}] if line else []


def sold_a_day_later(company: Company, pick: random.Random) -> None:
    last = max(build_day(company))
    order = pick.choice(company["orders"])
    company["orders"].append(order | {"order_id": "next", "ordered_on": last + dt.timedelta(1), "quote_id": None})


def build_day(company: Company) -> list[dt.date]:
    return [row["ordered_on"] for row in company["orders"]] + [row["requested_on"] for row in company["quotes"]]


def asked_more(company: Company, pick: random.Random) -> None:
    quote = pick.choice(company["quotes"])
    company["quotes"].append(quote | {"quote_id": "more", "revises_quote_id": None})


def decided_otherwise(company: Company, pick: random.Random) -> None:
    decided = [quote for quote in company["quotes"] if quote["outcome"]]
    pick.choice(decided)["outcome"] = pick.choice(("won", "lost"))


def sold_less(company: Company, pick: random.Random) -> None:
    company["order_lines"].remove(pick.choice(company["order_lines"]))


def moved_to_another_rep(company: Company, pick: random.Random) -> None:
    pick.choice(company["customers"])["owner_rep_id"] = pick.choice(company["sales_reps"])["rep_id"]


def renamed(company: Company, pick: random.Random) -> None:
    pick.choice(company["customers"])["name"] = "Another name"


def dearer(company: Company, pick: random.Random) -> None:
    rate = pick.choice(company["exchange_rates"])
    rate["rate"] *= 2


CHANGES: tuple[Callable[[Company, random.Random], None], ...] = (
    sold_more,
    sold_backdated,
    sold_a_day_later,
    asked_more,
    decided_otherwise,
    sold_less,
    moved_to_another_rep,
    renamed,
    dearer,
)
