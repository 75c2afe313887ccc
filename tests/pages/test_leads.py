"""The weights by which leads and new accounts are ranked, and what is said of their record."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from data.warehouse.access import Result, Snapshot
from presentation.sentences import leads as sentences
from queries import load

SNAPSHOT = Snapshot("0001", Path(), "2026-05-14", "", "EUR", frozenset(), 0)


def thirds(name: str, *rows: dict[str, Any]) -> Result:
    query = load(f"customers.{name}")
    return Result(pa.Table.from_pylist(list(rows)), query, dict.fromkeys(query.params), SNAPSHOT)


def brought(accounts: int, *medians: int) -> str:
    names = ("top_third", "middle_third", "bottom_third")
    rows = [
        {"third": third, "accounts": accounts, "median_revenue": median, "mean_revenue": median}
        for third, median in zip(names, medians, strict=True)
    ]
    return sentences.qualified(thirds("qualification_record"), thirds("qualification_accounts", *rows))


def test_the_record_tells_what_the_thirds_brought_or_that_they_are_too_small() -> None:
    assert "Of 30 new accounts" in brought(10, 9_000, 100, 3_000)
    assert "9,000 EUR" in brought(10, 9_000, 100, 3_000)
    assert "that of the bottom third 3,000 EUR" in brought(10, 9_000, 100, 3_000)
    assert "Too few new accounts" in brought(9, 9_000, 100, 3_000)


def test_a_record_without_accounts_is_too_small() -> None:
    assert "Too few new accounts" in sentences.qualified(
        thirds("qualification_record"), thirds("qualification_accounts")
    )
