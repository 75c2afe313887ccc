import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data import publish, settings
from data.errors import BadInput
from data.loading import runs, source_file
from data.loading.inputs import Load
from data.settings import PROJECT
from data.warehouse import build
from service import commands as cli
from service import refresh
from tests import dying, slowly
from tests.loading_help import GOOD, loaded, newest, rows, write

MORE = "order_id,ordered_on,customer_id,currency\nO3,2026-03-20,C2,EUR\n"
MAPPING = "tables: {customers: customers*.csv, products: products*.csv, orders: orders*.csv, order_lines: order_l*.csv}"


def described(home: Path, name: str = "shop", more: str = "every: 1 hour\n") -> Path:
    """A source whose files arrive in a folder, which is returned with a small company in it."""
    folder = write(home.parent / name, {**GOOD, "mapping.yaml": MAPPING})
    write(source_file.root(home), {f"{name}.yaml": f"kind: folder\nfolder: {folder}\n{more}"})
    return folder


def entered(home: Path) -> list[Load]:
    return [*loaded(home).ledger]


def test_what_arrives_is_loaded_published_and_entered(home: Path) -> None:
    folder = described(home)
    assert cli.main(["refresh", "shop"]) == 0
    assert build.newest(settings.current()) is not None
    assert len(rows(home, "orders")) == 2
    write(folder, {"orders_2.csv": MORE})
    assert cli.main(["refresh"]) == 0
    assert [row["order_id"] for row in rows(home, "orders")] == ["O1", "O2", "O3"]
    assert [load.source for load in entered(home)[4:]] == ["orders_2.csv"]  # what was known is not read again
    second, first = runs.history(home, "shop")
    assert (first.rows_in, first.loaded, first.changed, first.snapshot) == (9, 9, True, "0001")
    assert (second.rows_in, second.loaded, second.changed, second.snapshot) == (1, 1, True, "0002")
    assert {run.outcome for run in (first, second)} == {"done"}


def test_nothing_new_changes_nothing(home: Path) -> None:
    described(home)
    assert cli.main(["refresh"]) == 0
    before = newest()
    assert cli.main(["refresh"]) == 0
    assert newest() == before
    assert not runs.history(home, "shop")[0].changed


def test_a_file_with_refused_rows_is_read_again_with_what_they_were_waiting_for(home: Path) -> None:
    folder = described(home)
    write(folder, {"orders_2.csv": MORE.replace("C2", "C3")})
    assert cli.main(["refresh"]) == 0
    assert len(rows(home, "orders")) == 2
    assert cli.main(["refresh"]) == 0
    assert not runs.history(home, "shop")[0].changed  # alone it is not read again and again
    write(folder, {"customers_2.csv": "customer_id,name,segment\nC3,Cem,b2b\n"})
    assert cli.main(["refresh"]) == 0
    assert len(rows(home, "orders")) == 3


def test_a_source_that_fails_leaves_what_there_is_and_keeps_no_other_from_its_turn(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described(home)
    write(source_file.root(home), {"away.yaml": f"kind: folder\nfolder: {home}/nowhere\n"})
    assert cli.main(["refresh"]) == BadInput.exit_code
    assert "There is no" in capsys.readouterr().err
    assert runs.history(home, "shop")[0].outcome == "done"
    failed = runs.history(home, "away")[0]
    assert (failed.outcome, failed.attempt) == ("failed", 1)
    assert "nowhere" in failed.error
    assert len(rows(home, "orders")) == 2


def test_without_a_source_there_is_nothing_to_refresh(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["refresh"]) == BadInput.exit_code
    assert "no source" in capsys.readouterr().err
    assert cli.main(["refresh", "shop"]) == BadInput.exit_code
    assert not (home / "refresh").exists()


def test_only_one_refresh_runs_at_a_time(home: Path) -> None:
    described(home)
    with runs.lock(home):
        assert cli.main(["refresh", "shop"]) == 5
    assert runs.history(home, "shop") == []


def refresh_shop(home: Path) -> None:
    os.environ["ORDERBEAT_HOME"] = str(home)
    os.environ["ORDERBEAT_BUILD_THREADS"] = "1"
    refresh.refresh(settings.current(), "shop", "schedule")


def dies_at_the_nth(home: Path, last: str, nth: int) -> None:
    """A refresh passes each point twice: once for what is loaded, once for what is published."""
    passed = [0]

    def count(point: str) -> None:
        passed[0] += point == last
        if point == last and passed[0] == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    publish.reached = count
    refresh_shop(home)


MOMENTS = [(point, nth) for nth in (1, 2) for point in publish.POINTS]


@pytest.mark.parametrize("moment", slowly.after(3, [MOMENTS[4], MOMENTS[8], *MOMENTS], every=4), ids=str)
def test_killed_anywhere_the_next_refresh_goes_on(moment: tuple[str, int], home: Path) -> None:
    folder = described(home)
    refresh_shop(home)
    write(folder, {"orders_2.csv": MORE})
    process = dying.PROCESSES.Process(target=dies_at_the_nth, args=(home, *moment))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    assert runs.history(home, "shop")[0].outcome == "interrupted"
    refresh_shop(home)
    assert len(rows(home, "orders")) == 3
    assert not build.is_behind(settings.current())
    last = runs.history(home, "shop")[0]
    assert (last.outcome, last.attempt) == ("done", 2)
    assert "whole" in build.check(settings.current())


@contextmanager
def scheduler(home: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "run"], cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.slow
def test_one_process_leads_another_takes_over_and_both_end_when_told(home: Path) -> None:
    described(home)
    with scheduler(home) as first:
        assert "Refreshing what is due" in line_of(first)
        wait_until(lambda: [run.outcome for run in runs.history(home, "shop")] == ["done"])
        with scheduler(home) as second:
            assert "waits to take over" in line_of(second)
            first.kill()
            assert "Refreshing what is due" in line_of(second)
            second.send_signal(signal.SIGTERM)
            assert second.wait(60) == 0
    assert len(runs.history(home, "shop")) == 1  # the next one is due in an hour
    assert runs.history(home, "shop")[0].by == "schedule"


@pytest.mark.slow
def test_a_scheduler_killed_in_the_middle_is_made_up_for_by_the_next(home: Path) -> None:
    described(home)
    with scheduler(home) as first:
        wait_until(lambda: [run.outcome for run in runs.history(home, "shop")] == ["running"])
        first.kill()
    wait_until(lambda: not runs.is_locked(home))  # its refresh is a process of its own, and ends well
    with scheduler(home) as second:
        assert "Refreshing what is due" in line_of(second)
        wait_until(lambda: runs.standing(home, "shop", dt.datetime.now(dt.UTC)).last_done is not None)
    assert len(rows(home, "orders")) == 2
