"""What the machine refuses while a page reads is said as that, and is no damage to a snapshot."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import queries
from data import publish, settings
from data.errors import QueryStopped
from data.settings import PROJECT
from data.warehouse import access, build
from tests import dying, slowly

DIRECTOR = "director"
SPILLING = "select count(*) as n from (select distinct hash(i) as h from range(6000000) as a(i))"
QUICK = "select count(*) as n from customers"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("limits")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(home))
        dying.load_inputs(home)
        dying.build_snapshot(home)
    return home


@pytest.fixture
def here(built: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the home, whose files nothing has opened, and two queries of the test's own."""
    shutil.copytree(built, home)
    for name, sql in {"spilling": SPILLING, "quick": QUICK}.items():
        file = tmp_path / "customers" / f"test_{name}.sql"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"-- {name.title()}: one of the test's own.\n-- grain: one row\n{sql}\n")
    monkeypatch.setattr(queries, "ROOT", tmp_path)
    monkeypatch.setattr(build, "statements", lambda: publish.manifest(home / "snapshots" / "0001")["statements"])
    return home


def assert_sound_after_a_full_spill() -> None:
    for _ in range(2):
        with pytest.raises(QueryStopped, match=r"intermediate results|more memory"):
            access.query(DIRECTOR, "customers.test_spilling", {})
        assert access.query(DIRECTOR, "customers.test_quick", {}).one()["n"] > 0
        assert (access.snapshot().name, access.snapshot().behind) == ("0001", "")


@pytest.mark.usefixtures("here")
def test_the_limit_on_spilling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBEAT_QUERY_MEMORY", "40MB")
    monkeypatch.setenv("ORDERBEAT_QUERY_SPILL", "1MB")
    assert_sound_after_a_full_spill()


@pytest.fixture
def small_spill(here: Path) -> Iterator[Path]:
    """A spill folder on a disk of 2 MB."""
    folder = here / "spill"
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("needs an account that may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.usefixtures("small_spill")
def test_a_full_disk_for_spilling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBEAT_QUERY_MEMORY", "40MB")
    assert_sound_after_a_full_spill()


def in_a_process_of_its_own(code: str, home: Path, **limits: str) -> str:
    """What the code prints; it starts with `access`, `ask()` a scope, and `handles()` in use."""
    begin = (
        "import os, resource, sys\n"
        "from data import settings\n"
        "from data.errors import *\n"
        "from data.warehouse import access\n"
        "handles = lambda: len(os.listdir('/proc/self/fd'))\n"
        "ask = lambda scope='director': len(access.query(scope, 'shared.segments', {}))\n"
    )
    environment = {**os.environ, "ORDERBEAT_HOME": str(home), "PYTHONPATH": str(PROJECT), **limits}
    done = subprocess.run(
        [sys.executable, "-c", begin + code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_handle_left_is_said_and_no_damage(built: Path) -> None:
    said = in_a_process_of_its_own(
        "access.snapshot()\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (handles(), hard))\n"
        "try: ask()\n"
        "except DiskProblem as error: print(error)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))\n"
        "print(ask() > 0, access.snapshot().behind)\n",
        built,
    )
    assert "Too many open files" in said
    assert said.splitlines()[-1].strip() == "True"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs an account that may become another")
def test_no_right_to_read_is_said_and_no_damage(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "home")
    for file in (tmp_path / "home" / "snapshots").rglob("*.duckdb"):
        file.chmod(0o600)
    home = tmp_path / "home"
    for folder in [home, home / "snapshots", home / "snapshots" / "0001", *home.parents][:-2]:
        folder.chmod(0o755)
    said = in_a_process_of_its_own(
        "access.snapshot()\n"
        "os.seteuid(65534)\n"
        "try: ask()\n"
        "except DiskProblem as error: print(error)\n"
        "os.seteuid(0)\n"
        "print(ask() > 0, access.snapshot().behind)\n",
        tmp_path / "home",
    )
    assert "Permission denied" in said
    assert said.splitlines()[-1].strip() == "True"


def many_scopes(home: Path, many: int) -> None:
    """Gives the snapshot a file for each of many people."""
    path = home / "snapshots" / "0001"
    about = publish.manifest(path)
    (file,) = (scope["file"] for scope in about["scopes"] if scope["key"] == "director")
    for number in range(many):
        shutil.copy(path / file, path / f"copy{number}.duckdb")
        about["scopes"].append({"key": f"rep:{number}", "label": f"Rep {number}", "file": f"copy{number}.duckdb"})
    publish.write_manifest(path, about)


@pytest.mark.parametrize("allowed", slowly.after(1, [(64, 8), (256, 32), (4096, 64)]), ids=str)
def test_handles_stay_far_below_the_limit(allowed: tuple[int, int], built: Path, tmp_path: Path) -> None:
    """Each open file of a scope takes one, and another while a query of it spills."""
    limit, most = allowed
    shutil.copytree(built, tmp_path / "home")
    many_scopes(tmp_path / "home", most + 8)
    said = in_a_process_of_its_own(
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))\n"
        "ask(); before, seen = handles(), []\n"
        f"for number in range({most + 8}):\n"
        "    ask(f'rep:{number}'); seen.append(handles() - before)\n"
        "print(max(seen), access.most_open_files())\n",
        tmp_path / "home",
    )
    taken, bound = map(int, said.split())
    assert bound == most
    assert most - 1 <= taken <= most + 1


def test_a_server_may_have_all_its_account_may() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        access.raise_handle_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_settings_of_spilling(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.current().query_spill == "2GB"
    monkeypatch.setenv("ORDERBEAT_QUERY_SPILL", "5MB")
    assert settings.current().query_spill == "5MB"
