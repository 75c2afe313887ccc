"""What was loaded and not published, for whatever reason, is published by the next command, or said again."""

import datetime as dt
import fcntl
import json
import os
import shutil
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from data import publish, settings
from data.people import store, targets
from data.people.person import Person
from data.settings import Settings
from data.warehouse import build
from service import commands as cli
from tests import companies, dying, slowly
from tests.loading_help import GOOD, write

pytestmark = pytest.mark.usefixtures("home")

NEXT = {
    "the same import": ["import", "{folder}"],
    "another import": ["import", "{other}"],
    "build": ["build"],
    "make run": ["demo", "--if-missing"],
}
# Kills while the snapshot is published, and with which command one goes on.
KILLS = [(point, name) for point in publish.POINTS for name in NEXT]


def killed_at(point: str, folder: Path, home: Path) -> None:
    """An import that dies at that point of publishing its snapshot; its inputs are published by then."""
    process = dying.PROCESSES.Process(target=imports_and_dies, args=(point, folder, home))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def imports_and_dies(last: str, folder: Path, home: Path) -> None:
    os.environ["ORDERBEAT_HOME"] = str(home)
    os.environ["ORDERBEAT_BUILD_THREADS"] = "1"
    whole = build.build

    def reached(point: str) -> None:
        if point == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying_build(settings: Settings) -> build.Built:
        publish.reached = reached
        return whole(settings)

    build.build = dying_build
    cli.main(["import", str(folder)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "in", GOOD)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write(tmp_path / "other", {"customers.csv": "customer_id,name\nC3,Cy\n"})


@pytest.mark.parametrize(
    "kill", slowly.after(4, sorted(KILLS, key=KILLS[1::5].__contains__, reverse=True), every=6), ids="-".join
)
def test_the_next_command_finishes_what_a_kill_left(
    kill: tuple[str, str], folder: Path, other: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    point, name = kill
    killed_at(point, folder, home)
    # Without a pointer, as before the very first one, a directory counts from its rename.
    announced = publish.POINTS.index(point) >= publish.POINTS.index("renamed")
    assert build.is_behind(settings.current()) != announced
    command = [part.format(folder=folder, other=other) for part in NEXT[name]]
    assert cli.main(command) == 0
    said = capsys.readouterr().out
    if not announced:
        assert "Published snapshot" in said
    assert not build.is_behind(settings.current())
    assert cli.main(["status"]) == 0
    assert "is not in it" not in capsys.readouterr().out
    assert cli.main(["check"]) == 0


def test_after_another_build_was_in_the_way(folder: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "snapshots").mkdir(parents=True)
    with (home / "snapshots" / "lock").open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert cli.main(["import", str(folder)]) == 5
    assert "Published" not in capsys.readouterr().out
    assert cli.main(["import", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "Nothing has changed" in said
    assert "Published snapshot 0001" in said
    assert cli.main(["import", str(folder)]) == 0
    assert "Published" not in capsys.readouterr().out


def test_after_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["import", str(folder), "--no-build"]) == 0
    monkeypatch.setenv("ORDERBEAT_BUILD_MEMORY", "1MB")
    assert cli.main(["import", str(folder)]) == 7
    monkeypatch.delenv("ORDERBEAT_BUILD_MEMORY")
    assert cli.main(["import", str(folder)]) == 0
    assert "Published snapshot" in capsys.readouterr().out


def test_what_was_refused_is_refused_again_with_its_reason(
    other: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    companies.load(home, companies.random_company(4) | {"exchange_rates": []})
    for command in (["import", str(other)], ["import", str(other)], ["demo", "--if-missing"], ["build"]):
        assert cli.main(command) == 4, command
        said = capsys.readouterr()
        assert "built but not published: Every line counted" in said.err
    assert cli.main(["status"]) == 0
    assert "run `python -m data build`" in capsys.readouterr().out


def test_the_demo_never_takes_the_place_of_what_was_loaded(folder: Path, home: Path) -> None:
    assert cli.main(["import", str(folder), "--no-build"]) == 0
    assert cli.main(["demo", "--if-missing"]) == 0
    path = build.newest(settings.current())
    assert path is not None
    about = publish.manifest(path)
    assert {row["table"] for row in about["loads"]} == {"customers", "products", "orders", "order_lines"}
    assert about["demo"] is False


def test_status_says_that_more_was_loaded(folder: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["import", str(folder)]) == 0
    assert cli.main(["import", str(other), "--no-build"]) == 0
    capsys.readouterr()
    assert cli.main(["status"]) == 0
    assert "is not in it: run `python -m data build`" in capsys.readouterr().out
    assert cli.main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["is_behind"] is True


def test_targets_entered_meanwhile_are_unpublished_too(folder: Path) -> None:
    assert cli.main(["import", str(folder)]) == 0
    where = settings.current()
    assert not build.is_behind(where)
    path = build.newest(where)
    assert path is not None
    month = build.described(path)["as_of"][:8] + "01"
    entered = targets.Target("R1", dt.date.fromisoformat(month), "revenue", Decimal(5))
    who = Person("admin", "admin", frozenset({"admin"}), "director")
    targets.enter(store.open_store(where), who, [entered])
    assert build.is_behind(where)


def test_inputs_made_anew_under_an_old_name_are_others(folder: Path, other: Path, home: Path) -> None:
    assert cli.main(["import", str(folder)]) == 0
    shutil.rmtree(home / "inputs")
    more = write(other, {**GOOD, "customers.csv": GOOD["customers.csv"] + "C3,Cy,b2b\n"})
    assert cli.main(["import", str(more), "--no-build"]) == 0
    assert build.is_behind(settings.current())
