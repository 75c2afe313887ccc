"""What is said of decisions and of orders under way: no winner where chance could have named it."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.warehouse.access import Result, Snapshot
from presentation.sentences import decisions, orders
from queries import load

SHOWN = Snapshot("0001", Path(), "2026-05-14", "", "EUR", frozenset(), 0)
SINCE = dt.date(2025, 5, 14)


def result(name: str, *rows: dict[str, Any]) -> Result:
    return Result(pa.Table.from_pylist([*rows]), load(name), {}, SHOWN)


def reason(name: str, decided: int, share: float | None, low: float = 0, high: float = 1) -> dict[str, Any]:
    ends = {"share_low": low, "share_high": high}
    return {"outcome_reason": name, "decided": decided, "share": share, "alike": 100} | ends


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([reason("Price*", 60, 0.6, 0.5, 0.7), reason("Late", 40, 0.4, 0.3, 0.49)],
         r"Lost most often for: Price\*, 60.0% of 100 (50.0%–70.0%)"),
        ([reason("Price", 52, 0.52, 0.4, 0.6), reason("Late", 48, 0.48, 0.4, 0.6)],
         "No reason of the 100 lost stands out: Price 52.0%, Late near it"),
        ([reason("no_reason", 90, 0.9, 0.8, 1.0), reason("Late", 10, 0.1, 0.05, 0.2)],
         "Lost most often for: Late, 10.0% of 100 (5.0%–20.0%)"),
        ([reason("no_reason", 90, 0.9)], "Too few decisions with a reason to tell why"),
        ([reason("Price", 3, None)], "Too few decisions with a reason to tell why"),
    ],
)  # fmt: skip
def test_a_reason_is_named_only_beyond_chance(rows: list[dict[str, Any]], said: str) -> None:
    assert decisions.reasons(result("negotiations.reasons", *rows), "lost") == said


def test_of_won_ones_it_says_won() -> None:
    rows = [reason("Price", 60, 0.6, 0.5, 0.7), reason("Late", 40, 0.4, 0.3, 0.49)]
    assert decisions.reasons(result("negotiations.reasons", *rows), "won").startswith("Won most often for: Price")
    assert decisions.reasons(result("negotiations.reasons", *rows[::-1]), "won").startswith("Won most often for: Price")


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        ("more_often", "Ten points more discount go with 1.6× the odds of winning (1.2×–2.2×)"),
        ("cannot_tell", "Whether winning goes with the discount cannot be told: odds 1.6× for ten points (1.2×–2.2×)"),
        ("too_few", "Too few decisions to tell how winning goes with the discount"),
    ],
)
def test_the_price_response_is_told_only_where_it_is_one(standing: str, said: str) -> None:
    row = {"odds_ratio": 1.6, "odds_ratio_low": 1.2, "odds_ratio_high": 2.2, "standing": standing}
    assert decisions.discount_response(result("negotiations.discount_response", row)) == said


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        ({}, "Dealers since 14 May 2025: +10.0 points against the others (+2.0 points to +18.0 points)"),
        ({"standing": "cannot_tell", "difference_low": -0.02},
         "Dealers since 14 May 2025: no difference to the others beyond chance, +10.0 points (-2.0 points"),
        ({"standing": "too_few", "difference": None}, "Too few requests before or since 14 May 2025 to compare"),
        ({"is_changed": False, "standing": None}, "Too few requests before or since 14 May 2025 to compare"),
    ],
)  # fmt: skip
def test_a_change_is_told_against_the_others(otherwise: dict[str, Any], said: str) -> None:
    row = {"segment": "dealer", "is_changed": True, "standing": "ahead"}
    row |= {"difference": 0.1, "difference_low": 0.02, "difference_high": 0.18} | otherwise
    assert decisions.programme(result("negotiations.programme", row), SINCE).startswith(said)


def test_orders_under_way_are_summed_over_steps() -> None:
    late = {
        "late_deliveries": 1,
        "late_deliveries_value": Decimal(50),
        "late_payments": 0,
        "late_payments_value": Decimal(0),
    }
    row = {"standing_orders": 2, "standing_value": Decimal(300)} | late
    assert orders.under_way(result("negotiations.order_statuses", row, row)) == (
        "4 orders are under way, worth 600 EUR; 2 late in delivery (100 EUR), 0 in payment (0 EUR)"
    )
