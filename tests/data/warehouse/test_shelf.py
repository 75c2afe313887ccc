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

from analytics.tables import Ask
from data import publish, settings
from data.warehouse import build, shelf
from data.warehouse.engine import Engine
from queries import load
from tests import companies, slowly
from tests.companies import Company

MARK = 0.123456
DAY = dt.date(2026, 3, 31)
ORDERS = [("A", dt.date(2026, 1, 5), 10), ("A", dt.date(2026, 2, 7), 30), ("B", dt.date(2026, 3, 9), 20)]


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


@pytest.mark.parametrize("number", slowly.after(0, range(2), every=2))
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


class Part:
    """What is made of the days of orders, and how often it was."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, ask: Ask, as_of: dt.date) -> shelf.Tables:
        self.runs += 1
        return {"history": ask("growth_history", as_of=as_of)}


def kept(
    root: Path, part: Part, orders: list[tuple[Any, ...]], day: dt.date = DAY, money: str = "decimal(18, 2)"
) -> shelf.Tables:
    """What the part gives of those orders, over what the newest snapshot below `root` keeps."""
    with duckdb.connect() as connection, publish.publication(root, {}) as unfinished:
        connection.execute(f"create table order_days (customer_id varchar, ordered_on date, revenue {money})")
        connection.executemany("insert into order_days values (?, ?, ?)", orders)
        earlier = next((path for path in publish.published(root) if path.exists()), None)
        mine = shelf.Shelf(Engine(connection), day, earlier, unfinished)

        def ask(name: str, **params: Any) -> pa.Table:
            return Engine(connection).arrow(load(f"warehouse.statistics.{name}").sql, params)

        return mine.made("history", part, ask)


@pytest.mark.parametrize("again", [ORDERS, ORDERS[::-1]], ids=["the same", "in another order"])
def test_what_did_not_change_is_taken_over(again: list[tuple[Any, ...]], tmp_path: Path) -> None:
    part = Part()
    first = kept(tmp_path, part, ORDERS)
    assert [kept(tmp_path, part, again) for _ in range(3)] == [first] * 3  # what was taken over is kept on
    assert part.runs == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"orders": [*ORDERS, ORDERS[0]]},
        {"orders": ORDERS[1:]},
        {"orders": [*ORDERS[:2], ("B", dt.date(2026, 3, 9), 21)]},
        {"orders": [*ORDERS[:2], ("B", dt.date(2026, 3, 10), 20)]},
        {"orders": [*ORDERS[:2], ("C", dt.date(2026, 3, 9), 20)]},
        {"orders": [*ORDERS[:2], ("B", dt.date(2026, 3, 9), None)]},
        {"orders": [("A", dt.date(2026, 1, 5), 30), ("A", dt.date(2026, 2, 7), 10), ORDERS[2]]},
        {"day": DAY + dt.timedelta(1)},
        {"money": "decimal(18, 3)"},
    ],
    ids=["doubled", "gone", "money", "day", "customer", "unknown", "exchanged", "as of", "type"],
)
def test_what_changed_is_made_again(changed: dict[str, Any], tmp_path: Path) -> None:
    part = Part()
    kept(tmp_path, part, ORDERS)
    kept(tmp_path, part, **({"orders": ORDERS} | changed))
    assert part.runs == 2


def test_what_other_code_made_is_made_again(tmp_path: Path) -> None:
    part = Part()
    kept(tmp_path, part, ORDERS)
    (snapshot,) = publish.published(tmp_path)
    made_of = snapshot / shelf.FOLDER / "history" / "made_of.json"
    made_of.write_text(made_of.read_text(encoding="utf-8").replace(shelf.code(), "0" * 64), encoding="utf-8")
    publish.write_manifest(snapshot, {})
    kept(tmp_path, part, ORDERS)
    assert part.runs == 2


@pytest.mark.parametrize("name", ["history.parquet", "made_of.json"])
def test_what_is_damaged_is_made_again(name: str, tmp_path: Path) -> None:
    part = Part()
    first = kept(tmp_path, part, ORDERS)
    (snapshot,) = publish.published(tmp_path)
    file = snapshot / shelf.FOLDER / "history" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert kept(tmp_path, part, ORDERS) == first
    assert part.runs == 2


def with_mark(snapshot: Path) -> None:
    """Makes what the snapshot keeps of a statistic recognisable: nobody would compute it so."""
    file = snapshot / shelf.FOLDER / "win_probability" / "win_records.parquet"
    rows = pq.read_table(file)
    assert rows.num_rows
    place = rows.schema.get_field_index("said")
    pq.write_table(rows.set_column(place, "said", pa.array([MARK] * rows.num_rows)), file)
    publish.write_manifest(snapshot, publish.manifest(snapshot))


@pytest.mark.slow
def test_a_build_takes_over_what_reads_nothing_that_changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company, pick = busy_company(3), random.Random(3)
    companies.load(home, company)
    with_mark(built(home, monkeypatch))
    for change, is_taken_over in ((sold_more, True), (decided_otherwise, False)):
        change(company, pick)
        companies.load(home, company)
        records = rows_of(built(home, monkeypatch))["director"]["win_records"]
        assert any(MARK in row for row in records) == is_taken_over, change.__name__
