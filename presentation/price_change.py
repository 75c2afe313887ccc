"""What a change of price would bring, computed from the rows of `catalogs.what_if` and their noise in the past."""

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import pyarrow.compute as pc

from analytics import what_if
from analytics.what_if import Noise, Outlook, Products
from data.warehouse.access import Result

_NEEDED = ("elasticity", "units", "unit_cost")
_QUANTILES = ("p10", "p50", "p90")


@dataclass(frozen=True)
class Answer:
    """What a change would bring and what no change would, of the products at `places` of the basis.

    `basis` are the rows it is computed from, and names the analytics that did.
    """

    basis: Result
    places: list[int]
    outlook: Outlook
    unchanged: Outlook


def answer(basis: Result, noise: Result, change: float) -> Answer | None:
    """The answer for a change such as -0.05 (five percent less); None where too little is known to give one.

    `basis` are rows of `catalogs.what_if`, `noise` those of `catalogs.what_if_noise`.
    """
    places = answerable(basis)
    if not places or not len(noise):
        return None
    outlook, unchanged = (_outlook(basis, noise, places, each) for each in (change, 0.0))
    computed = replace(basis, steps=(*basis.steps, f"{what_if.what_if.__module__}.{what_if.what_if.__name__}"))
    return Answer(computed, places, outlook, unchanged)


def answerable(basis: Result) -> list[int]:
    """Places of the products of which everything is known that an answer takes."""
    known = [basis.table[name].is_valid() for name in _NEEDED]
    sold = pc.greater_equal(basis.table["lines"], what_if.LEAST_LINES)
    return np.flatnonzero(reduce(pc.and_, known, sold)).tolist()


def _outlook(basis: Result, noise: Result, places: list[int], change: float) -> Outlook:
    known, learned = basis.table.take(places), noise.one()

    def column(name: str) -> np.ndarray:
        values: np.ndarray = known[name].to_numpy().astype(float)
        return values

    _, category = np.unique([name or "" for name in known["category"].to_pylist()], return_inverse=True)
    quantiles = np.array([[learned[name], learned[f"{name}_of_few_lines"]] for name in _QUANTILES])
    names = ("elasticity", "variance", "units", "lines", "price", "unit_cost")
    products = Products(category, *(column(name) for name in names))
    return what_if.what_if(products, Noise(quantiles, learned["of_company"], learned["of_category"]), change)
