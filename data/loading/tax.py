"""Prices and amounts with tax become those without: net = gross / (1 + rate), the rate being a share of the net."""

import re
from collections.abc import Mapping
from decimal import Decimal

from data import contract
from data.loading import expressions

_SHARE = re.compile(r"0?\.\d+|0|(\d{1,2}(?:\.\d+)?)\s*%")


def net(table: contract.Table, columns: Mapping[str, str], rate: str) -> dict[str, str]:
    """SQL for the columns of those given that the contract wants without tax.

    `rate` is a share (0.19), so many in a hundred (19%), or SQL that gives it row by row. A row whose rate is empty,
    below 0, or 1 and more (19 for 0.19), is refused with what stands in its cells.
    """
    if share := _SHARE.fullmatch(rate.strip()):
        factor = f"{1 + (Decimal(share[1]) / 100 if share[1] else Decimal(rate.strip()))}"
    else:  # named once, for what reads a number is long; what is no rate fails, so that its row is refused
        failing = "cast(coalesce(cast(r as varchar), '') || ' is no share' as integer)"
        factor = (
            f"list_transform([{_read(rate)}], lambda r: case when r >= 0 and r < 1 then 1 + r else {failing} end)[1]"
        )
    return {name: f"{_read(given)} / ({factor})" for name, given in columns.items() if table.column(name).net}


def _read(sql: str) -> str:
    """SQL as a number, unless it says itself how it is read."""
    return f"({sql})" if any(expressions.calls(sql)) else f"number({sql})"
