"""Each test begins without a language settled, as a process does."""

from collections.abc import Iterator

import pytest

from presentation import words


@pytest.fixture(autouse=True)
def unsettled_language() -> Iterator[None]:
    words.settle(None)
    yield
    words.settle(None)
