"""The weights by which leads and new accounts are ranked, and what is said of their record."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

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


def converted(standing: str) -> Result:
    """Sixty past leads; in the top third 6 of 20 became customers, in the bottom third 15 of 20."""
    rows = [
        {"third": third, "leads": 20, "converted": hits, "share": hits / 20, "share_low": 0.1, "share_high": 0.9,
         "high_low": standing, "maturity_days": 14}
        for third, hits in (("top_third", 6), ("middle_third", 10), ("bottom_third", 15))
    ]  # fmt: skip
    return thirds("qualification_record", *rows)


@pytest.mark.parametrize(
    ("standing", "first", "said"),
    [
        ("ahead", "lead_score", "the score tells, and the list is sorted by it."),
        ("behind", "newest", "the score is turned round here, so the newest come first."),
        ("cannot_tell", "newest", "that may be chance, so the newest come first."),
        ("too_few", "lead_score", "Too few past leads to say"),
    ],
)
def test_the_list_is_sorted_by_a_score_that_tells_and_says_so(standing: str, first: str, said: str) -> None:
    record = converted(standing)
    order = sentences.sorts(record)
    assert (order[0], set(order)) == (first, {"lead_score", "newest"})
    words = sentences.qualified(record, thirds("qualification_accounts"))
    assert said in words
    assert ("20 past leads of the company in the top third of the score 30.0% (10.0%–90.0%)" in words) == (
        standing != "too_few"
    )


def test_without_a_past_lead_nothing_is_said_of_the_score() -> None:
    record = thirds("qualification_record")
    assert sentences.sorts(record)[0] == "lead_score"
    assert "Too few past leads" in sentences.qualified(record, thirds("qualification_accounts"))


def test_weights_that_turn_the_score_round_are_named() -> None:
    def measure(name: str, weight: float, standing: str, without: float | None) -> dict[str, Any]:
        return {
            "segment": "b2b", "measure": name, "weight": weight, "high_low": standing, "top_share": 0.2,
            "bottom_share": 0.4, "top_share_without": without, "bottom_share_without": without,
        }  # fmt: skip

    told = sentences.turning(
        thirds(
            "qualification_weights",
            measure("weight_volume", 0.3, "behind", 0.5),
            measure("weight_outlets", 0.0, "behind", 0.5),
            measure("weight_turnover", 0.4, "ahead", 0.5),
        )
    )
    assert told.startswith("Expected volume (Professional buyers) turns")
    assert "of its top third 20.0% became customers, of its bottom third 40.0%" in told
    assert told.endswith("Without it the score has 50.0% and 50.0%.")
    assert "utlets" not in told
    alone = sentences.turning(thirds("qualification_weights", measure("weight_volume", 0.3, "behind", None)))
    assert "Without it" not in alone
    nothing = thirds("qualification_weights", measure("weight_volume", 0.3, "cannot_tell", 0.5))
    assert sentences.turning(nothing) == "No weight alone turns the score round."
