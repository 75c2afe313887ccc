"""What is kept is readable by its owner alone, whatever the umask it was made under."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import private
from data.settings import PROJECT
from tests.loading_help import GOOD, write

# As `make run` does it, and somebody writes.
SERVING = (
    "from data import settings; from data.people.person import Person\n"
    "from data.people.store import entries, open_store; from data.warehouse import access\n"
    "from pages.ui import app_pages\n"
    "app_pages.prepare_server()\n"
    "who = Person('admin', 'admin', frozenset({'admin'}), 'director')\n"
    "entries.enter(open_store(settings.current()), who, 'targets', [])\n"
    "access.query('director', 'shared.segments', {})\n"
)


pytestmark = pytest.mark.usefixtures("open_umask")


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def run(*arguments: str) -> None:
    environment = {**os.environ, "STREAMLIT_SERVER_ADDRESS": "127.0.0.1", "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def open_to_others(home: Path) -> list[str]:
    every = [home, *home.rglob("*")]
    assert len(every) > 20
    return [f"{oct(path.stat().st_mode)} {path}" for path in every if path.stat().st_mode & 0o077]


def opened_up(home: Path) -> None:
    for path in [home, *home.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)


def test_a_built_home_is_private(home: Path, tmp_path: Path) -> None:
    bad: dict[str, str | bytes] = {**GOOD, "orders.csv": GOOD["orders.csv"] + "O9,never,C1,EUR\n"}
    run("-m", "data", "import", str(write(tmp_path / "in", bad)))
    assert (home / "quarantine" / "0001").is_dir()
    assert open_to_others(home) == []
    run("-c", SERVING)
    assert (home / "store.sqlite3").exists()
    assert open_to_others(home) == []
    opened_up(home)
    run("-c", SERVING)
    assert open_to_others(home) == [], "as the server starts"
    opened_up(home)
    run("-m", "data", "status")
    assert open_to_others(home) == [], "with the next command"


def test_what_else_lies_there_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "shared"
    (home / "snapshots").mkdir(parents=True)
    own, foreign = home / "snapshots" / "lock", home / "notes.txt"
    elsewhere = tmp_path / "elsewhere"
    for file in (own, foreign, elsewhere):
        file.write_text("x", encoding="utf-8")
        file.chmod(0o644)
    (home / "snapshots" / "link").symlink_to(elsewhere)
    home.chmod(0o1777)
    private.begin(home)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (own, foreign, elsewhere)] == [0o600, 0o644, 0o644]
    assert stat.S_IMODE(home.stat().st_mode) == 0o1777, "a folder for everybody stays one"
