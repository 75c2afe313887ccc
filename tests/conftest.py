from pathlib import Path

import hypothesis
import pytest

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ORDERBEAT_HOME of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ORDERBEAT_HOME", str(folder))
    monkeypatch.setenv("ORDERBEAT_BUILD_THREADS", "1")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for a browser comes first: begun last, it would leave the other workers idle in the end."""
    items.sort(key=lambda item: "browser" not in item.path.parts)
