"""Which of many like cases run every time, and which with the slow tests."""

from collections.abc import Iterable
from typing import Any

import pytest


def after(quick: int, values: Iterable[Any]) -> list[Any]:
    """Parameters of which the first `quick` run every time, the others with the slow tests."""
    listed = [*values]
    return listed[:quick] + [pytest.param(value, marks=pytest.mark.slow) for value in listed[quick:]]
