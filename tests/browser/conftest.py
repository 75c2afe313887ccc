import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skipif(chromium.found() is None, reason="no Chromium here; set CHROMIUM to one")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(missing)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated company, read by many tests and changed by none; whichever worker comes first makes it for all."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    home = root / "demo"
    with (root / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            made = tmp_path_factory.mktemp("made")
            chromium.run(made, "demo", "--lines", "20000", "--seed", "7", "--as-of", "2026-06-12")
            made.rename(home)
    return home


@pytest.fixture(scope="session")
def demo(demo_home: Path) -> Iterator[str]:
    """The address of an app over the generated company."""
    with chromium.served(demo_home) as address:
        yield address


@pytest.fixture(scope="module")
def own_demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated company in a home of its own, where people may write."""
    home = tmp_path_factory.mktemp("own") / "home"
    shutil.copytree(demo_home, home)
    with chromium.served(home) as address:
        yield address


@pytest.fixture(scope="module")
def larger_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A company large enough to have categories at risk: in smaller ones they are held back, as not often right."""
    home = tmp_path_factory.mktemp("larger")
    chromium.run(home, "demo", "--lines", "40000", "--seed", "7", "--as-of", "2026-06-12")
    with chromium.served(home) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.launched() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, demo: str) -> Iterator[Callable[..., chromium.Visit]]:
    """Opens windows on the demo, or on `address=...`, and closes them; no window may have met a trouble."""
    visits: list[chromium.Visit] = []

    def begin(address: str = demo, **how: object) -> chromium.Visit:
        visits.append(chromium.Visit(browser, address, **how))  # type: ignore[arg-type]
        return visits[-1]

    yield begin
    for one in visits:
        one.close()
    assert [trouble for one in visits for trouble in one.troubles] == []
