"""What is said of discounts, where some of it is unknown or nothing."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.warehouse.access import Result, Snapshot
from presentation.sentences import prices as sentences
from queries import load

SHOWN = Snapshot("0001", Path(), "2026-05-14", "", "EUR", frozenset(), 0)
GIVEN = {
    "list_value": Decimal(4000),
    "discounts": Decimal(500),
    "discounted_share": 0.8,
    "discount_depth": 0.156,
    "discount_depth_base": 0.148,
    "leaked": Decimal(41),
}


def said(**otherwise: Any) -> str:
    query = load("catalogs.price_waterfall")
    return sentences.given_away(Result(pa.Table.from_pylist([GIVEN | otherwise]), query, {}, SHOWN))


def test_cost_depth_change_and_leakage_are_told() -> None:
    assert said() == (
        "500 EUR was given away on 4,000 EUR of list value: 80.0% of it sold at a discount, 15.6% deep, "
        "+0.8 points against the comparison; 41 EUR below approved prices"
    )


@pytest.mark.parametrize(
    ("otherwise", "end"),
    [
        ({"discount_depth_base": None, "leaked": Decimal(0)}, "15.6% deep"),
        ({"leaked": Decimal(0)}, "+0.8 points against the comparison"),
        ({"discount_depth": None}, "Nothing was sold below its list price"),
        ({"discount_depth": None, "list_value": Decimal(0)}, "Nothing was sold whose list price is known"),
    ],
)
def test_what_is_unknown_or_nothing_is_left_out(otherwise: dict[str, Any], end: str) -> None:
    assert said(**otherwise).endswith(end)
