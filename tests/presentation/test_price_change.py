"""An answer to a change of price names the rows and the analytics it comes from."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from data.warehouse.access import Result, Snapshot
from presentation import price_change
from queries import load

SNAPSHOT = Snapshot("0001", Path(), "2026-06-14", "", "EUR", frozenset(), 0)
KNOWN: dict[str, Any] = {
    "elasticity": -2.0,
    "variance": 0.04,
    "units": 100.0,
    "lines": 40,
    "price": 10.0,
    "unit_cost": 6.0,
}
KNOWN |= {"unit_cost": 6.0, "category": "Saws", "revenue": 1000.0}


def rows(name: str, *found: dict[str, Any]) -> Result:
    return Result(pa.Table.from_pylist(list(found)), load(f"catalogs.{name}"), {}, SNAPSHOT)


def noise() -> Result:
    quantiles = {"p10": -0.2, "p50": 0.0, "p90": 0.2}
    few = {f"{name}_of_few_lines": 0.0 for name in quantiles}
    return rows("what_if_noise", quantiles | few | {"of_company": 0.2, "of_category": 0.2})


def test_an_answer_says_which_analytics_computed_it() -> None:
    basis = rows("what_if", KNOWN, KNOWN | {"unit_cost": None})
    answer = price_change.answer(basis, noise(), -0.1)
    assert answer is not None
    assert answer.basis.steps == ("analytics.what_if.what_if",)
    assert basis.steps == (), "the rows themselves stay as they were"
    assert answer.places == [0]
    assert answer.outlook.units[1] > answer.unchanged.units[1]


def test_without_costs_or_a_past_there_is_no_answer() -> None:
    assert price_change.answer(rows("what_if", KNOWN | {"unit_cost": None}), noise(), -0.1) is None
    assert (
        price_change.answer(rows("what_if", KNOWN), Result(noise().table.slice(1), noise().query, {}, SNAPSHOT), -0.1)
        is None
    )
