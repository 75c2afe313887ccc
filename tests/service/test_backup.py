"""What a backup holds comes back as it was, whatever runs meanwhile and whichever kind of store it goes into."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from data import publish
from data.errors import BadInput, BuildInProgress, Damaged, NothingLoaded
from data.loading import inputs
from data.people.store import deeds, opening
from data.people.store.accounts import coming_in
from data.settings import Settings, current
from data.warehouse import build
from service import archive, backup, restoring
from service import commands as cli
from tests import dying, servers, slowly
from tests.data.people.store.help import GOOD, LATE, QUICK, act, assert_whole, second
from tests.service.backup_help import LEFT_OUT, WRITTEN, connected, content, elsewhere, fill, rows, signed_in


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with servers.postgresql() as port:
        yield f"postgresql://orderbeat@127.0.0.1:{port}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds a little of everything, changed by nobody."""
    here = elsewhere(tmp_path_factory.mktemp("filled"))
    fill(here)
    return here.home


@pytest.fixture
def where(home: Path, filled: Path) -> Settings:
    """A home that holds a little of everything."""
    shutil.copytree(filled, home)
    return current()


# From either kind of store into either kind.
WAYS = [("", "postgresql", ""), ("", ""), ("postgresql", "", "postgresql", "postgresql")]


@pytest.mark.parametrize("ways", slowly.after(1, WAYS), ids="-".join)
@pytest.mark.usefixtures("home")
def test_restored_elsewhere_everything_is_as_it_was(
    ways: tuple[str, ...], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("server") if any(ways) else ""
    here = elsewhere(tmp_path, server if ways[0] else "")
    fill(here)
    assert min(signed_in(here)[name] for name in ("sessions", "links")) > 0, "somebody is in, somebody may come in"
    kept = {name: digest for name, digest in content(here.home).items() if name not in LEFT_OUT}
    for number, way in enumerate(ways[1:]):
        file = tmp_path / f"{number}.backup"
        there = elsewhere(tmp_path, server if way else "")
        backup.backup(here, file)
        restoring.restore(there, file)
        assert content(there.home) == kept
        assert WRITTEN.keys() <= kept.keys()
        assert rows(there) == rows(here)
        assert signed_in(there) == {"sessions": 0, "links": 0, "flows": 0}
        assert "whole" in build.check(there)
        assert not build.is_behind(there)
        here = there
    store = second(here)
    assert act(store, LATE, 2, "undone").version == 3, "it is written like any other"
    act(store, replace(LATE, subject="new"), 0, "accepted")
    entered = coming_in.with_password(
        store, email="anna@example.org", password=GOOD, code="", address="", device="", hasher=QUICK
    )
    assert entered.token
    store.engine.dispose()


def test_the_file_is_for_its_owner_alone_and_holds_no_secret(
    where: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "ORDERBEAT_OIDC_CLIENT_SECRET": "s3cret",
        "ORDERBEAT_METRICS_TOKEN": "s3cret",
        "ORDERBEAT_SOURCE_SHOP_PASSWORD": "s3cret",
        "ORDERBEAT_PROXY": "http://me:s3cret@proxy",
    }
    for name, value in {**secrets, "ORDERBEAT_QUERY_SECONDS": "7", "ORDERBEAT_URL": "https://a.example/?q='x'"}.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "a.backup"
    backup.backup(where, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with archive.opened(file) as opened:
        every = {name: b"".join(opened.chunks(name)) for name in opened.names}
    settings = every[backup.SETTINGS].decode()
    assert "ORDERBEAT_QUERY_SECONDS=7\n" in settings
    assert "ORDERBEAT_URL='https://a.example/?q='\"'\"'x'\"'\"''\n" in settings
    assert not [name for name, content in every.items() if b"s3cret" in content or b"opensesame" in content]


def test_nothing_is_written_over(where: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    file.write_bytes(b"mine")
    with pytest.raises(BadInput, match="exists; nothing was written over it"):
        backup.backup(where, file)
    assert file.read_bytes() == b"mine"
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="exists"):
        backup.backup(where, tmp_path / "link")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.backup", "home", "link"]


def test_a_file_that_comes_meanwhile_is_not_written_over(
    where: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.backup"
    monkeypatch.setattr(archive, "reached", lambda point: point == "written" and file.write_bytes(b"theirs"))
    with pytest.raises(BadInput, match="exists"):
        backup.backup(where, file)
    assert file.read_bytes() == b"theirs"
    assert not list(tmp_path.glob("*.part"))


def test_where_nothing_is_kept_there_is_nothing_to_back_up(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingLoaded):
        backup.backup(current(), tmp_path / "a.backup")
    assert not home.exists()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("root", ["inputs", "snapshots"])
def test_damage_is_named_and_not_backed_up(root: str, where: Settings, tmp_path: Path) -> None:
    file = max((where.home / root / "0001").rglob("*.[pd]*[bt]"), key=lambda path: path.stat().st_size)
    written = bytearray(file.read_bytes())
    written[len(written) // 2] ^= 1
    file.write_bytes(written)
    with pytest.raises(Damaged, match=rf"{file.name} is damaged: its content has changed; nothing was backed up"):
        backup.backup(where, tmp_path / "a.backup")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_second_backup_at_the_same_time_is_refused(
    where: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []

    def reached(point: str) -> None:
        if point == "pieces_written":
            with pytest.raises(BuildInProgress, match="Another backup is running"):
                backup.backup(where, tmp_path / "second.backup")
            refused.append(point)

    monkeypatch.setattr(archive, "reached", reached)
    backup.backup(where, tmp_path / "first.backup")
    assert refused
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.backup", "home"]


# While everything runs


def test_what_is_swept_away_meanwhile_is_in_the_backup(
    where: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between linking and copying, every generation that there was is replaced."""
    monkeypatch.setenv("ORDERBEAT_GENERATIONS", "2")
    found = {root: content(where.home / root / "0001") for root in ("inputs", "snapshots")}
    points = []

    def reached(point: str) -> None:
        if point == "pinned":
            points.append(point)
            root, again = (
                ("snapshots", lambda: build.build(where)),
                ("inputs", lambda: dying.load_inputs(where.home)),
            )[len(points) - 1]
            for _ in range(3):
                again()
            assert not (where.home / root / "0001").exists()

    monkeypatch.setattr(archive, "reached", reached)
    backup.backup(where, tmp_path / "a.backup")
    assert len(points) == 2
    monkeypatch.undo()
    there = elsewhere(tmp_path)
    restoring.restore(there, tmp_path / "a.backup")
    for root, before in found.items():
        assert content(there.home / root / "0001") == before
    assert "whole" in build.check(there)
    assert not list((where.home / "backing_up").glob("files"))


def publishes_for_ever(home: Path) -> None:
    os.environ["ORDERBEAT_HOME"] = str(home)
    os.environ["ORDERBEAT_GENERATIONS"] = "2"
    while True:
        for _ in range(3):
            dying.load_inputs(home)
        build.build(current())


def writes_for_ever(place: Settings) -> None:
    store = second(place)
    version = next(state.version for state in deeds.states(store) if state.item == LATE)
    while True:
        act(store, LATE, version, "noted")
        version += 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_while_a_writer_writes_and_builds_publish_each_backup_is_whole(
    kind: str, home: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = current()
    if kind == "postgresql":
        where = replace(elsewhere(tmp_path, request.getfixturevalue("server")), home=home)
    dying.load_inputs(home)
    build.build(where)
    act(second(where), LATE, 0, "accepted")
    processes = [
        dying.PROCESSES.Process(target=target, args=(given,))
        for target, given in ((publishes_for_ever, home), (writes_for_ever, where))
    ]
    for process in processes:
        process.start()
    try:
        published, number = set[Path | None](), 0
        while number < 4 or (len(published) < 2 and number < 200):
            backup.backup(where, tmp_path / f"{number}.backup")
            published.add(build.newest(where))
            number += 1
    finally:
        for process in processes:
            process.kill()
            process.join()
    versions = []
    for each in sorted({0, number // 2, number - 2, number - 1}):
        there = elsewhere(tmp_path)
        restoring.restore(there, tmp_path / f"{each}.backup")
        assert "whole" in build.check(there)
        store = second(there)
        versions.append(deeds.states(store)[0].version)
        assert_whole(store, items=1)
        store.engine.dispose()
    assert versions == sorted(versions)
    assert versions[-1] > 1, "somebody wrote"
    assert len(published) > 1, "something was published"


# Restoring


def test_only_an_empty_place_is_restored_into(where: Settings, tmp_path: Path, server: str) -> None:
    file = tmp_path / "a.backup"
    backup.backup(where, file)
    before = content(where.home)
    with pytest.raises(BadInput, match="is not empty; nothing was restored"):
        restoring.restore(where, file)
    assert content(where.home) == before
    there = elsewhere(tmp_path, server)
    with connected(there) as run:
        run("create table invoices (id integer)")
    with pytest.raises(BadInput, match=r"store is not empty.*holds invoices"):
        restoring.restore(there, file)
    assert not there.home.exists()


def test_what_else_lies_in_a_home_is_left_alone(where: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    backup.backup(where, file)
    there = elsewhere(tmp_path)
    there.home.mkdir()
    (there.home / "notes.txt").write_text("mine")
    (there.home / "errors.log").write_text("before")
    with pytest.raises(BadInput):
        restoring.restore(there, tmp_path)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Damaged):
        restoring.restore(there, file)
    assert sorted(path.name for path in there.home.iterdir()) == ["errors.log", "notes.txt"]


def test_what_somebody_writes_meanwhile_is_not_written_over(
    where: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was not ended makes a store of its own where that of the backup is to come."""
    backup.backup(where, tmp_path / "a.backup")
    there = elsewhere(tmp_path)

    def reached(point: str) -> None:
        if point == "filled":
            act(second(there), LATE, 0, "accepted")

    monkeypatch.setattr(archive, "reached", reached)
    with pytest.raises(BadInput, match=r"store\.sqlite3.* came while the backup was being restored"):
        restoring.restore(there, tmp_path / "a.backup")
    assert {path.name.split("-")[0] for path in there.home.iterdir()} == {opening.FILE, f"{opening.FILE}.lock"}
    assert deeds.states(second(there))[0].status == "accepted"


def test_a_home_without_a_store_and_a_store_without_a_home(home: Path, tmp_path: Path) -> None:
    dying.load_inputs(home)
    backup.backup(current(), tmp_path / "a.backup")
    there = elsewhere(tmp_path)
    restoring.restore(there, tmp_path / "a.backup")
    assert not (there.home / opening.FILE).exists()
    assert inputs.current(there.home)
    alone = elsewhere(tmp_path)
    act(second(alone), LATE, 0, "accepted")
    backup.backup(alone, tmp_path / "b.backup")
    there = elsewhere(tmp_path)
    restoring.restore(there, tmp_path / "b.backup")
    assert rows(there) == rows(alone)
    assert not publish.published(inputs.root(there.home))


def test_the_commands(
    where: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.backup"
    before = os.umask(0o022)
    try:
        assert cli.main(["backup", str(file)]) == 0
        assert "snapshots 0001, inputs 0001" in capsys.readouterr().out
        assert cli.main(["check", str(file)]) == 0
        assert "is whole" in capsys.readouterr().out
        assert cli.main(["restore", str(file)]) == 3
        there = elsewhere(tmp_path)
        monkeypatch.setenv("ORDERBEAT_HOME", str(there.home))
        assert cli.main(["restore", str(file)]) == 0
        assert "Nobody is signed in" in capsys.readouterr().out
        assert cli.main(["check"]) == 0
    finally:
        os.umask(before)
    assert not [path for path in [there.home, *there.home.rglob("*")] if path.stat().st_mode & 0o077]
    assert rows(there) == rows(where)
