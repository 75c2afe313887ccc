"""What the tuned peers have in common: our SQL on the same file, results kept, the same view of the customers."""

import datetime as dt
from functools import cache, lru_cache
from typing import Any

import duckdb
import pandas as pd

import queries
from bench import warehouse, workload
from presentation import periods
from presentation.labels import CODES, COLUMNS

CHOICES = workload.filters("customers")
COLUMNS_SHOWN = (
    "customer", "rhythm", "overdue_ratio", "days_since_last", "usual_interval_days", "revenue", "change", "margin_rate",
    "orders", "quantity", "margin", "segment", "owner",
)  # fmt: skip
HEADINGS = {column: COLUMNS[column] for column in COLUMNS_SHOWN}
FIGURES = ("revenue", "margin_rate", "active_customers", "orders")
AS_OF = dt.date.fromisoformat(warehouse.as_of())
_CODE_OF = {words: code for code, words in CODES.items()}


def window(period: str, compare: str) -> periods.Window:
    """The days behind the words of the two choices."""
    return periods.window(AS_OF, _CODE_OF[period], _CODE_OF[compare])


def segment_code(words: str | None) -> str | None:
    """The segment behind its words; None for all."""
    return _CODE_OF[words] if words else None


def view(period: str, compare: str, segment: str | None, page: int = 1) -> dict[str, Any]:
    """Headline, figures with their changes, the silent accounts and fifty rows of the book."""
    given = {
        **window(period, compare).params(),
        "segment": segment_code(segment),
        "owner": None,
        "search": None,
        "sort": "likely_loss",
        "limit": 12,
        "page_start": 50 * (page - 1),
        "page_rows": 50,
    }
    silent = _frame("customers.headline", given).iloc[0]
    kpis = _frame("customers.kpis", given).iloc[0]
    shown = [(HEADINGS.get(c, COLUMNS[c]), _text(c, kpis[c]), _change(c, kpis)) for c in FIGURES]
    return {
        "headline": f"{silent.silent_customers:,.0f} accounts are silent beyond their own limits: "
        f"{silent.likely_loss:,.0f} EUR will likely be lost in 90 days",
        "figures": [*shown, (COLUMNS["likely_loss"], f"{silent.likely_loss:,.0f}", "")],
        "silent": _frame("customers.silent", given),
        "book": _frame("customers.book", given),
    }


def _frame(name: str, given: dict[str, Any]) -> pd.DataFrame:
    return _kept(name, tuple((param, given[param]) for param in queries.load(name).params))


@lru_cache(maxsize=4_000)
def _kept(name: str, params: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    with _connection().cursor() as cursor:
        return cursor.sql(queries.load(name).sql, params=dict(params)).df()


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return warehouse.connect()


def _text(column: str, value: float) -> str:
    return f"{value:.1%}" if column == "margin_rate" else f"{value:,.0f}"


def _change(column: str, row: pd.Series) -> str:
    now, base = row[column], row[f"{column}_base"]
    if column == "margin_rate":
        return f"{(now - base) * 100:+.1f} points"
    return f"{now / base - 1:+.1%}" if base else ""
