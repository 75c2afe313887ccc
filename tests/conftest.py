import fcntl
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import coverage
import hypothesis
import pytest

# How long an example takes says more of the machine than of the code; the suite as a whole has its time.
hypothesis.settings.register_profile("ours", deadline=None, max_examples=40)
hypothesis.settings.load_profile("ours")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ORDERBEAT_HOME of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ORDERBEAT_HOME", str(folder))
    monkeypatch.setenv("ORDERBEAT_BUILD_THREADS", "1")
    return folder


@pytest.fixture(autouse=True)
def unwatched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Slow visits run the lines of others again and are not watched for coverage: that takes a quarter longer."""
    is_slow_visit = all(map(request.node.get_closest_marker, ("slow", "browser")))
    watching = coverage.Coverage.current() if is_slow_visit else None
    if watching is None:
        yield
        return
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    watching.stop()
    yield
    watching.start()


def pytest_sessionfinish() -> None:
    """What was noted for coverage is written while the others wait; a worker that takes long to end is killed."""
    watching = coverage.Coverage.current()
    if watching is not None:
        watching.save()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every worker begins with its part of what waits for a browser, the longest first.

    Each is given as many tests in a row as the others; browsers kept for one of them would leave the rest idle in the
    end.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    longest = [item for item in items if item.path.name in ("test_crawl.py", "test_bench.py")]
    visits = [item for item in items if "browser" in item.path.parts and item not in longest]
    others = iter([item for item in items if "browser" not in item.path.parts])
    files = {path: number % workers for number, path in enumerate(dict.fromkeys(item.path for item in visits))}
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        mine = longest[worker::workers] + [item for item in visits if files[item.path] == worker]
        share = len(items) * (worker + 1) // workers - len(items) * worker // workers
        dealt += [*mine, *islice(others, max(0, share - len(mine)))]
    items[:] = [*dealt, *others]


@pytest.fixture(scope="session")
def named_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published company whose names tell whose they are, some of them hostile; read by many tests, changed by none.

    Whichever worker comes first makes it for all.
    """
    from tests import taking  # noqa: PLC0415 - what it takes is imported where it is read alone

    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    home = root / "named"
    with (root / "named.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            made = tmp_path_factory.mktemp("made")
            taking.publish(made)
            made.rename(home)
    return home
