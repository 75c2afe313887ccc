import collections
import datetime as dt
import hashlib
import itertools
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from data import publish, settings
from data.errors import DiskProblem, NothingLoaded
from data.loading import inputs
from data.warehouse import access, build
from tests import companies, dying, slowly
from tests.loading_help import loaded

ACTIONS = {"inputs": dying.load_inputs, "snapshots": dying.build_snapshot}
MOMENTS = itertools.product(ACTIONS, publish.POINTS)
RANDOM_KILLS = {"inputs": 12, "snapshots": 6}
IN_A_ROW = 3  # so many times killed before one goes through: what is left over piles up


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is killed again and again; every test leaves it whole or fails."""
    home = tmp_path_factory.mktemp("home")
    dying.load_inputs(home)
    dying.build_snapshot(home)
    return home


def newest(root: Path) -> Path:
    return next(path for path in publish.published(root) if publish.is_sound(path))


def content(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def assert_whole(root: Path, before: Path, content_before: dict[str, str]) -> None:
    """What is offered is the old directory, byte for byte, or a complete new one; the old one is there anyway."""
    offered = publish.published(root)[0]
    assert offered == before or publish.is_sound(offered)
    assert content(before) == content_before


def assert_next_succeeds(root: Path, home: Path) -> None:
    last = newest(root)
    ACTIONS[root.name](home)
    following = newest(root)
    assert int(following.name) > int(last.name)
    assert [path.name for path in root.glob("*.building")] == []
    if root.name == "snapshots":
        assert "whole" in build.check(settings.current())


@pytest.mark.parametrize("moment", slowly.after(len(publish.POINTS) + 2, MOMENTS), ids="-".join)
def test_killed_at_a_named_point(moment: tuple[str, str], shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, point = moment
    monkeypatch.setenv("ORDERBEAT_HOME", str(shared_home))
    root = shared_home / kind
    before = newest(root)
    content_before = content(before)
    process = dying.started(ACTIONS[kind], shared_home, dying.dies_at, point)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert_whole(root, before, content_before)
    announced = publish.POINTS.index(point) >= publish.POINTS.index("pointed")
    assert (publish.published(root)[0] != before) == announced
    assert_next_succeeds(root, shared_home)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ACTIONS)
def test_killed_at_random_moments(kind: str, shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERBEAT_HOME", str(shared_home))
    root = shared_home / kind
    started = time.monotonic()
    ACTIONS[kind](shared_home)
    usual_seconds = time.monotonic() - started
    pick = random.Random(7)
    killed = 0
    for number in range(RANDOM_KILLS[kind]):
        before = newest(root)
        content_before = content(before)
        underway = dying.PROCESSES.Event()
        process = dying.started(ACTIONS[kind], shared_home, dying.announces_itself, underway)
        underway.wait(30)
        time.sleep(pick.uniform(0, usual_seconds))
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        assert_whole(root, before, content_before)
        if number % IN_A_ROW == IN_A_ROW - 1:
            assert_next_succeeds(root, shared_home)
    assert killed > RANDOM_KILLS[kind] / 2


def test_of_two_builds_one_wins(shared_home: Path) -> None:
    root = shared_home / "snapshots"
    before = newest(root)
    arrived, go_on = dying.PROCESSES.Event(), dying.PROCESSES.Event()
    winner = dying.started(dying.build_snapshot, shared_home, dying.waits_at, "written", arrived, go_on)
    assert arrived.wait(30)
    loser = dying.started(dying.build_snapshot, shared_home, dying.exits_with_4_if_refused)
    loser.join()
    go_on.set()
    winner.join()
    assert (winner.exitcode, loser.exitcode) == (0, 4)
    assert int(newest(root).name) == int(before.name) + 1


def test_the_last_three_are_kept(home: Path) -> None:
    for _ in range(5):
        dying.load_inputs(home)
    assert [path.name for path in publish.published(inputs.root(home))] == ["0005", "0004", "0003"]
    assert sorted(path.name for path in inputs.root(home).glob("0*")) == ["0003", "0004", "0005"]


def test_a_block_that_raises_changes_nothing(home: Path) -> None:
    dying.load_inputs(home)
    before = content(inputs.root(home))
    with pytest.raises(KeyError), inputs.next_generation(home) as draft:  # noqa: PT012 (the block is what is tested)
        (draft.folder("orders") / "half.parquet").write_bytes(b"half")
        raise KeyError
    assert content(inputs.root(home)) == before


def test_a_generation_keeps_files_of_the_one_before(home: Path) -> None:
    dying.load_inputs(home)
    kept = [file.read_bytes() for file in loaded(home).files("orders")]
    with inputs.next_generation(home) as draft:
        draft.keep("orders")
    shutil.rmtree(inputs.root(home) / "0001")
    assert [file.read_bytes() for file in loaded(home).files("orders")] == kept
    assert loaded(home).reporting_currency == companies.CURRENCY


def test_an_unreadable_pointer_hides_nothing(home: Path) -> None:
    dying.load_inputs(home)
    (inputs.root(home) / "CURRENT").write_bytes(b"\x00\xff")
    assert loaded(home).path.name == "0001"


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home on a real disk of 60 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("needs an account that may mount a small disk")
    monkeypatch.setenv("ORDERBEAT_HOME", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize(("left", "kind"), [(0, "snapshots"), (0, "inputs"), (3_000_000, "snapshots")])
def test_a_full_disk_leaves_what_was_published(left: int, kind: str, small_disk: Path) -> None:
    dying.load_inputs(small_disk)
    dying.build_snapshot(small_disk)
    root = small_disk / kind
    before = newest(root)
    content_before = content(before)
    room = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(room - left))
    with pytest.raises(DiskProblem, match=r"full|ran out"):
        ACTIONS[kind](small_disk)
    assert_whole(root, before, content_before)
    (small_disk / "ballast").unlink()
    assert_next_succeeds(root, small_disk)


def test_a_file_size_limit_leaves_the_old_generation(home: Path) -> None:
    """The limit an account without the right to mount can meet: writes fail with "file too large"."""
    dying.load_inputs(home)
    before = content(inputs.root(home))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(DiskProblem):
            dying.load_inputs(home)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert content(inputs.root(home)) == before


def test_a_read_only_disk_is_named_and_still_serves(small_disk: Path) -> None:
    dying.load_inputs(small_disk)
    dying.build_snapshot(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for action in ACTIONS.values():
        with pytest.raises(DiskProblem, match="read-only"):
            action(small_disk)
    assert "whole" in build.check(settings.current())
    assert access.query(DIRECTOR, "data_admin.snapshot", {}).snapshot.name == "0001"


# Damage to the newest snapshot, as a dying disk or a careless copy would do it.

HEADERS = 12288  # bytes before the first block of a DuckDB file
DIRECTOR = "director"
EVERYTHING = {"date_from": dt.date(2020, 1, 1), "date_to": dt.date(2030, 1, 1), "base_from": dt.date(2020, 1, 1)}


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def removed(file: Path) -> None:
    file.unlink()


def headers_overwritten(file: Path) -> None:
    _write(file, 0, b"\xff" * HEADERS)


def zeroed_after_the_headers(file: Path) -> None:
    """Same length and sound headers: seen neither by the size nor by the first read."""
    _write(file, HEADERS, bytes(file.stat().st_size - HEADERS))


def _write(file: Path, position: int, data: bytes) -> None:
    with file.open("r+b") as handle:
        handle.seek(position)
        handle.write(data)


DAMAGES = (truncated, emptied, removed, headers_overwritten, zeroed_after_the_headers)


@pytest.fixture(scope="module")
def two_snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two snapshots of the same inputs, large enough for tables to fill blocks of their own."""
    home = tmp_path_factory.mktemp("home")
    companies.load(home, companies.random_company(0, orders=6000))
    dying.build_snapshot(home)
    dying.build_snapshot(home)
    return home


@pytest.fixture
def snapshots(two_snapshots: Path, home: Path) -> list[Path]:
    """A copy to damage: the newest snapshot and the one before."""
    shutil.copytree(two_snapshots, home)
    return publish.published(home / "snapshots")


def revenue() -> access.Result:
    return access.query(DIRECTOR, "customers.kpis", {**EVERYTHING, "base_to": None, "segment": None, "owner": None})


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_snapshot_falls_back_to_the_one_before(
    damage: Callable[[Path], None], snapshots: list[Path], home: Path
) -> None:
    after, before = snapshots
    for file in after.glob("*.duckdb"):
        damage(file)
    result = revenue()
    assert (result.snapshot.name, result.snapshot.behind) == (before.name, after.name)
    assert (access.snapshot().name, access.snapshot().behind) == (before.name, after.name)
    dying.build_snapshot(home)
    assert (access.snapshot().name, access.snapshot().behind) == ("0003", "")


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_whole_is_left(damage: Callable[[Path], None], snapshots: list[Path]) -> None:
    for snapshot in snapshots:
        for file in snapshot.glob("*.duckdb"):
            damage(file)
    with pytest.raises(NothingLoaded):
        revenue()


@pytest.mark.slow
def test_a_flipped_bit_never_changes_a_number(snapshots: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is, the answer is the right one.

    From the damaged file as long as the block is not needed, else from the snapshot before. Both ways of noticing
    occur: on opening the file, and in the middle of a query.
    """
    after, before = snapshots
    right = revenue().rows()
    (entry,) = [entry for entry in publish.manifest(after)["scopes"] if entry["key"] == "director"]
    file = after / entry["file"]
    whole = file.read_bytes()
    answered_by: collections.Counter[tuple[bool, str]] = collections.Counter()
    for position in range(0, len(whole), 50_021):
        monkeypatch.setattr(access, "_damaged", set())
        access._close(file)
        _write(file, position, bytes([whole[position] ^ 0x10]))
        try:
            access._open(file).close()
            opens = True
        except duckdb.Error:
            opens = False
        result = revenue()
        assert result.rows() == right
        answered_by[opens, result.snapshot.name] += 1
        _write(file, position, whole[position : position + 1])
    assert set(answered_by) == {(True, after.name), (True, before.name), (False, before.name)}


def test_damage_while_the_file_is_open(snapshots: list[Path]) -> None:
    """What was read before may go on being shown; what can no longer be read may not."""
    after, before = snapshots
    assert access.query(DIRECTOR, "data_admin.snapshot", {}).snapshot.name == after.name
    for file in after.glob("*.duckdb"):
        zeroed_after_the_headers(file)
    result = revenue()
    assert (result.snapshot.name, result.snapshot.behind) == (before.name, after.name)
    assert access.query(DIRECTOR, "data_admin.snapshot", {}).snapshot.name == before.name
