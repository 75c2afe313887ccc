"""What is told of probabilities, whatever their record says; and of a day that was moved or was not."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from analytics.win_probability import guard
from data.warehouse.access import Result, Snapshot
from presentation.sentences import deals
from presentation.sentences.win_record import FACTS, WHY, win_record
from queries import load

SNAPSHOT = Snapshot("0001", Path("nowhere"), "2026-06-30", "", "EUR", frozenset(), 0)
ALL: dict[str, Any] = {
    "grade": "all", "decided": 200, "auc": 0.7, "calibration_error": 0.03, "has_signal": True, "told": "model",
    "known_decided": 900, "usual": 0.4, "usual_low": 0.37, "usual_high": 0.43, "adds": 0.05, "left_out": "[]",
}  # fmt: skip


def said(**row: Any) -> str:
    query = load("negotiations.win_record")
    rows = [dict.fromkeys(query.units) | ALL | row] if row is not None else []
    return win_record(Result(pa.Table.from_pylist(rows), query, {}, SNAPSHOT))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "what was said missed what came by 3.0% on average. By stage and age alone it had it in 65"),
        ({"told": "table"}, "A probability is the share won by stage and age: knowing more told no better."),
        ({"told": "table", "has_signal": False}, "by stage and age, and by these alone they differ."),
        ({"told": "table", "has_signal": False, "auc": None}, "it could not be held to the past yet."),
        ({"told": "usual", "missing": "few_of_each"}, "it takes 60 won and 60 lost), so each is told the usual share"),
        ({"told": "usual"}, "each is told the usual share won of deals that lasted as long: 40.0%"),
        ({"told": "usual", "missing": "never_open"}, "whether they are won is told, not when."),
        ({"told": "nothing", "missing": "few_decided"}, "Fewer than ten deals were decided so far"),
        ({"left_out": '[{"what": "amount", "why": "won_only"}]'}, "the decision: the amount (known of won ones only)."),
    ],
)  # fmt: skip
def test_what_is_told_and_why(row: dict[str, Any], words: str) -> None:
    assert words in said(**row)
    assert "None" not in said(**row)


def test_every_fact_and_reason_of_the_statistics_has_words() -> None:
    source = Path(guard.__file__).read_text(encoding="utf-8")
    assert FACTS.keys() == guard.FACTS.keys()
    assert all(f'"{why}"' in source for why in WHY)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (5.0, "the expected day was moved later by 5 days"),
        (-5.0, "the expected day came 5 days nearer"),
        (0.0, "how near or past the expected day is"),
        (None, "how near or past the expected day is"),
    ],
)
def test_a_day_is_called_moved_only_where_it_was(days: float | None, words: str) -> None:
    reasons = json.dumps([{"reason": "slipped", "value": days, "text": None, "effect": -0.1}])
    query = load("negotiations.negotiation")
    found = Result(pa.Table.from_pylist([dict.fromkeys(query.units) | {"reasons": reasons}]), query, {}, SNAPSHOT)
    assert deals.reasons(found) == [f"▼ −10.0% · {words}"]
