"""What is said of the list's worth: more or less, by chance or not, and when nothing can be said."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.warehouse.access import Result, Snapshot
from presentation import words
from presentation.sentences import alerts as sentences
from queries import load

SINCE = dt.date(2026, 3, 1)
SHOWN = Snapshot("0001", Path("0001"), "2026-06-30", "", "EUR", frozenset(), 0)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "language", lambda: "en")


def said(since: dt.date | None = SINCE, **row: Any) -> str:
    query = load("customers.holdout")
    rows = (
        [dict.fromkeys(query.units) | {"alert": "late", "shown_accounts": 700, "held_accounts": 37} | row]
        if row
        else []
    )
    return sentences.holdout(Result(pa.Table.from_pylist(rows), query, {}, SHOWN), since)


def compared(difference: int, low: int, high: int) -> dict[str, Any]:
    found = {"difference": difference, "difference_low": low, "difference_high": high}
    return found | {name.replace("difference", "worth"): amount * 700 for name, amount in found.items()}


def test_what_cannot_be_told_apart_from_chance() -> None:
    assert said(**compared(1240, -310, 2790)) == (
        "**late**: accounts on the list brought 1,240 EUR more per account than the 37 held out "
        "(interval at 90%: -310 EUR to 2,790 EUR). It cannot be told apart from chance yet."
    )


def test_what_the_list_brings() -> None:
    assert said(**compared(10, 2, 18)).endswith(
        "10 EUR more per account than the 37 held out (interval at 90%: 2 EUR to 18 EUR). "
        "Over the 700 accounts on the list that is 7,000 EUR (1,400 EUR to 12.6K EUR)."
    )


def test_what_the_list_costs() -> None:
    assert said(**compared(-10, -18, -2)).endswith(
        "10 EUR less per account than the 37 held out (interval at 90%: 2 EUR to 18 EUR). "
        "Over the 700 accounts on the list that is 7,000 EUR (1,400 EUR to 12.6K EUR)."
    )


def test_what_is_too_little_to_say() -> None:
    assert said(held_accounts=1, difference=5) == "**late**: too few accounts to compare: 700 on the list, 1 held out."
    assert said() == "Accounts are held out since 1 Mar 2026; the days of no alert are over yet."
    assert said(since=None) == "Nothing is held out of the list, so its worth is not measured."
