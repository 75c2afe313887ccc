"""The figures of every page by plain Python, one function a query, named as it: what the queries are held to.

Money comes as decimals of whole cents; where a query rounds a quotient, any nearest cent will do (`Nearest`).
"""

from collections.abc import Callable
from typing import Any

from tests.kpis import (
    account,
    attention,
    catalogs,
    choices,
    conversion,
    customers,
    due,
    effort,
    leads,
    negotiations,
    personal_catalogs,
    team,
)
from tests.kpis.shared import Row

_MODULES = (
    customers,
    attention,
    account,
    catalogs,
    personal_catalogs,
    negotiations,
    conversion,
    team,
    due,
    effort,
    leads,
    choices,
)


def recomputed(name: str) -> Callable[..., list[Row]]:
    """The function that recomputes the query of that name. Raises LookupError where there is none."""
    for module in _MODULES:
        found: Any = getattr(module, name.replace(".", "_"), None)
        if found is not None:
            return found
    raise LookupError(name)
