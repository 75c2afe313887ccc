"""Which of many like cases run every time, which with the slow tests, and which before a release alone."""

from collections.abc import Iterable
from typing import Any

import pytest


def after(quick: int, values: Iterable[Any], every: int = 1) -> list[Any]:
    """Parameters of which the first `quick` run every time, and of the others one in `every` with the slow tests.

    What is left over runs where everything does, before a release.
    """
    listed = [*values]
    return listed[:quick] + [
        pytest.param(value, marks=pytest.mark.exhaustive if number % every else pytest.mark.slow)
        for number, value in enumerate(listed[quick:])
    ]
