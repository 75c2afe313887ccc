"""Reasons and changes are said in the reader's language, with tables and columns as people call them."""

import csv
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from presentation import words
from presentation.sentences import refusals
from tests.loading_help import GOOD, load, quarantine_of, write

BAD = {
    "customers.csv": "customer_id,name,segment\nC1,Ada,dealer\n,Bob,b2b\nC1,Ada,dealer\nC1,Bo,dealer\n",
    "products.csv": "product_id,name,list_price\nP1,Bolt,abc\nP2,Nut,-1\nP3,Cap,1\n",
    "orders.csv": "order_id,ordered_on,customer_id,currency\n"
    "O1,2026-01-15,C1,EUR\nO2,2026-02-30,C1,EUR\nO3,soon,C1,EUR\nO4,2027-01-15,C1,EUR\nO5,1026-01-15,C1,EUR\n"
    "O6,2026-01-15,C9,EUR\nO7,2026-01-15,C1,XX\nO8,2026-01-15,C1,USD\nO9,2026-01-15T00:00:00+05:00,C1,EUR\n"
    "O10,0000-00-00,C1,EUR\n",
    "order_lines.csv": "order_id,line_no,product_id,quantity,unit_price\n"
    "O1,1,P3,10,2.50\nO1,1.5,P3,1,2.50\nO1,2,P3,1e30,2.50\nO1,3,P3,1,\nO3,1,P3,1,1\n",
}


@pytest.fixture
def russian() -> Iterator[None]:
    words.settle("ru")
    yield
    words.settle("en")


@pytest.mark.usefixtures("russian")
def test_no_reason_of_a_load_is_left_in_english(home: Path, tmp_path: Path) -> None:
    report = load(home, write(tmp_path / "in", BAD), str(mapped(tmp_path)))
    said = {refusals.why(table, reason) for table, reason, *_ in report.reasons}
    for file in quarantine_of(report).glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as handle:
            said |= {refusals.why(file.stem, row["reason"]) for row in csv.DictReader(handle)}
    assert len(said) > 20
    english = re.compile(r"(?<![.\w])[a-z_]{2,}(?![.\w])")
    given = re.compile(r"'[^']*'|\S+\.csv line")
    assert [each for each in said if english.search(given.sub("", each))] == []


def mapped(folder: Path) -> Path:
    """A mapping by which each file is read as its table."""
    tables = "".join(f"  {name.removesuffix('.csv')}: {name}\n" for name in BAD)
    write(folder, {"mapping.yaml": f"reporting_currency: EUR\ntables:\n{tables}"})
    return folder / "mapping.yaml"


def test_what_is_not_known_is_shown_as_it_was_said() -> None:
    assert refusals.why("orders", "3 fields instead of 4") == "3 fields instead of 4"
    assert refusals.why("orders", "order_id is missing; the moon is full") == "Number: is missing; the moon is full"
    assert refusals.why("order_lines", "unit_price or amount is missing") == "Unit price / Amount: is missing"


def test_what_a_load_changes_is_said(home: Path, tmp_path: Path) -> None:
    load(home, write(tmp_path / "in", GOOD))
    again = {"orders.csv": GOOD["orders.csv"].replace("2026-02-20", "2026-02-21").replace("O1,2026-01-15,C1,EUR\n", "")}
    report = load(home, write(tmp_path / "again", again))
    said = refusals.changes([asdict(each) for each in report.changes])
    assert [each.split(" (")[0] for each in said] == [
        "Orders: differ from what orders.csv",
        "Orders: are left out now though orders.csv",
    ]
    assert all(each.endswith(": 1 row.") for each in said)
