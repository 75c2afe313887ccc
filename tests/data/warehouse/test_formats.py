"""Homes that other releases wrote: what the first one left is opened, what is not known is said."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from data import publish, settings
from data.errors import NothingLoaded
from data.loading import inputs
from data.warehouse import access, build
from service import commands as cli
from tests import dying
from tests.data.loading.test_damage import publish_as

DIRECTOR = "director"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("formats")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(home))
        dying.load_inputs(home)
        dying.build_snapshot(home)
    return home


@pytest.fixture
def first_release(built: Path, home: Path) -> Path:
    """A home as release 0.1.0 wrote it: lengths and no checksums, pointers of a name alone, no word of formats."""
    shutil.copytree(built, home)
    for directory in (home / "inputs" / "0001", home / "snapshots" / "0001"):
        as_first_release(directory)
    return home


def as_first_release(directory: Path) -> None:
    about = publish.manifest(directory)
    about["files"] = {
        str(path.relative_to(directory)): path.stat().st_size
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != publish.MANIFEST
    }
    for name in ("format", "sha256", "built_of", "demo", "statements"):
        about.pop(name, None)
    (directory / publish.MANIFEST).write_text(json.dumps(about, indent=1), encoding="utf-8")
    (directory.parent / "CURRENT").write_text(directory.name, encoding="ascii")


@pytest.mark.usefixtures("first_release")
def test_a_home_of_the_first_release_is_served(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(access.query(DIRECTOR, "shared.segments", {}))
    assert (access.snapshot().name, access.snapshot().is_demo) == ("0001", False)
    assert cli.main(["demo", "--if-missing"]) == 0
    assert "Published" not in capsys.readouterr().out, "nothing is rebuilt that can be shown"
    for file in [*access._connections]:
        access._close(file)  # as in a process of its own, which `check` is
    assert cli.main(["check"]) == 0
    said = capsys.readouterr().out
    assert said.count("earlier release, without checksums") == 1
    assert "Snapshot 0001 is whole" in said


def test_the_next_load_writes_checksums(first_release: Path, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("customer_id,name\nCX,One more\n", encoding="utf-8")
    assert not publish.has_checksums(inputs.root(first_release) / "0001")
    assert cli.main(["import", str(tmp_path / "customers.csv")]) == 0
    assert publish.has_checksums(inputs.root(first_release) / "0002")
    assert not build.is_behind(settings.current())


def lacking_a_table(home: Path) -> None:
    path = home / "snapshots" / "0001"
    (file,) = (scope["file"] for scope in publish.manifest(path)["scopes"] if scope["key"] == "director")
    with duckdb.connect(str(path / file)) as connection:
        connection.execute("drop table customers")
    as_first_release(path)


def test_what_pages_cannot_show_is_said_and_built_anew(first_release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lacking_a_table(first_release)
    with pytest.raises(NothingLoaded, match=r"earlier release.*python -m data build"):
        access.snapshot()
    assert cli.main(["demo", "--if-missing"]) == 0
    said = capsys.readouterr().out
    assert "Snapshot 0001 was made by an earlier release; it is built anew." in said
    assert access.snapshot().name == "0002"


def test_an_older_one_that_can_be_shown_stands_in(first_release: Path) -> None:
    build.build(settings.current())
    path = first_release / "snapshots" / "0002"
    (file,) = (scope["file"] for scope in publish.manifest(path)["scopes"] if scope["key"] == "director")
    with duckdb.connect(str(path / file)) as connection:
        connection.execute("drop table customers")
    publish.write_manifest(path, publish.manifest(path) | {"statements": "of another release"})
    shown = access.snapshot()
    assert (shown.name, shown.behind, shown.why) == ("0001", "0002", "older")


def test_a_snapshot_of_a_newer_release_is_refused(built: Path, home: Path) -> None:
    shutil.copytree(built, home)
    publish_as(home / "snapshots" / "0001" / publish.MANIFEST, publish.FORMAT + 1)
    with pytest.raises(NothingLoaded, match="newer release"):
        access.snapshot()
    assert cli.main(["check"]) == 3


@pytest.mark.parametrize("lost", ["as_of", "scopes", "loads", "checks", "built_at", "reporting_currency", "files"])
def test_a_snapshot_whose_manifest_lost_something_is_damaged(lost: str, first_release: Path) -> None:
    file = first_release / "snapshots" / "0001" / publish.MANIFEST
    about = json.loads(file.read_text(encoding="utf-8"))
    del about[lost]
    file.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(NothingLoaded, match="Nothing is loaded yet"):
        access.snapshot()
    assert cli.main(["check"]) == 3
    assert cli.main(["status"]) == 0
