"""What is said of a record: of categories at risk, and of alerts that are held back."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.warehouse.access import Result, Snapshot
from presentation import words
from presentation.sentences import alerts as sentences
from queries import load

SHOWN = Snapshot("0001", Path("0001"), "2026-06-30", "", "EUR", frozenset(), 0)
RECORD = {"alerts": 40, "hits": 21, "precision_low": 0.4, "precision_high": 0.65, "base_rate": 0.18}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "language", lambda: "en")


def said(**row: Any) -> str:
    query = load("customers.track_record")
    table = pa.Table.from_pylist([dict.fromkeys(query.units) | RECORD | {"kind": "category_risk"} | row])
    return sentences.fared(Result(table, query, {}, SHOWN))


def test_a_category_at_risk_is_told_over_its_own_horizon() -> None:
    assert said() == (
        "Of 40 such alerts, 21 bought none of the category for two of their usual intervals while they ordered on "
        "(40%–65%; of all 18%)."
    )


def test_alerts_that_are_held_back_say_why_and_since_when() -> None:
    assert said(hits=8, precision_low=0.11, precision_high=0.31, held_back_since=dt.date(2026, 3, 1)) == (
        "Such alerts have not been raised since 1 Mar 2026: of 40 replayed, 8 came true (11%–31%), "
        "and 18% of all would have."
    )
