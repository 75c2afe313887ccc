from collections.abc import Iterator

import pytest

from tests.browser import chromium
from tests.service.web.served import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with sign-in, over a small generated company."""
    home = tmp_path_factory.mktemp("home")
    chromium.run(home, "demo", "--lines", "5000", "--seed", "7", "--as-of", "2026-06-12")
    with served(home, home / "said.log") as running:
        yield running


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with sign-in in which nothing is loaded yet."""
    home = tmp_path_factory.mktemp("bare")
    with served(home, home / "said.log") as running:
        yield running
