import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import BuildInProgress
from data.loading import connections, runs, source_file
from data.loading.runs import Outcome
from tests.dying import PROCESSES

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def described(home: Path, text: str = "kind: folder\nfolder: x\nevery: 1 hour\n") -> connections.Connection:
    folder = source_file.root(home)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shop.yaml").write_text(text, encoding="utf-8")
    return connections.read(home, "shop")


def run_once(home: Path, outcome: Outcome, by: runs.By = "schedule") -> runs.Run:
    with runs.lock(home):
        run = runs.begin(home, "shop", by)
        return runs.end(home, run, outcome, error="It is away." if outcome == "failed" else "")


def begins_and_dies(home: Path) -> None:
    with runs.lock(home):
        runs.begin(home, "shop", "schedule")
        os._exit(9)


def test_history_is_newest_first_and_says_what_was_interrupted(home: Path) -> None:
    run_once(home, "done")
    died = PROCESSES.Process(target=begins_and_dies, args=(home,))
    died.start()
    died.join()
    assert [run.outcome for run in runs.history(home, "shop")] == ["interrupted", "done"]
    with runs.lock(home):
        run = runs.begin(home, "shop", "hand")
        runs.report_progress(home, run, "loading", 0.25)
        assert [each.outcome for each in runs.history(home, "shop")] == ["running", "interrupted", "done"]
        assert runs.progress(home) == (run.run, "loading", 0.25)
    assert runs.progress(home) is None


def test_a_line_cut_short_harms_no_other(home: Path) -> None:
    run_once(home, "done")
    place = runs.root(home) / "shop.jsonl"
    with place.open("ab") as handle:
        handle.write(b'{"run": "torn", "sour')
    run_once(home, "failed")
    assert [run.outcome for run in runs.history(home, "shop")] == ["failed", "done"]


def test_what_fails_is_tried_again_after_longer_and_longer_pauses_and_then_at_its_hour(home: Path) -> None:
    source = described(home, "kind: folder\nfolder: x\nat: '02:00'\n")
    for attempt, pause in enumerate(runs.RETRY_AFTER, 1):
        run = run_once(home, "failed")
        assert run.attempt == attempt
        assert runs.due(source, [run], NOW) == run.ended + pause  # type: ignore[operator]
    last = run_once(home, "failed")
    assert last.attempt == len(runs.RETRY_AFTER) + 1
    assert runs.due(source, [last], NOW) == source.next_after(last.began)
    assert run_once(home, "failed").attempt == 1  # the next night begins anew
    done = run_once(home, "done")
    assert runs.due(source, [done], NOW) == source.next_after(done.began)
    assert run_once(home, "failed").attempt == 1


def test_what_a_person_stopped_stays_stopped(home: Path) -> None:
    source = described(home)
    by_hand, by_clock = run_once(home, "stopped", "hand"), run_once(home, "stopped", "schedule")
    assert runs.due(source, [by_hand], NOW) == source.next_after(by_hand.began)
    assert runs.due(source, [by_clock], NOW) == by_clock.ended + runs.RETRY_AFTER[0]  # type: ignore[operator]


def test_a_source_is_due_at_once_and_by_hand_never(home: Path) -> None:
    assert runs.due(described(home), [], NOW) == NOW
    assert runs.due(described(home, "kind: folder\nfolder: x\n"), [], NOW) is None


def test_a_second_process_is_told_that_one_runs(home: Path) -> None:
    with runs.lock(home):
        assert runs.is_locked(home)
        with pytest.raises(BuildInProgress), runs.lock(home):
            pass
    assert not runs.is_locked(home)


@pytest.mark.parametrize(
    ("outcomes", "hours", "flaw"),
    [
        ([], 100, ""),  # not begun yet: it is due, not old
        (["done"], 35, ""),
        (["done"], 37, "stale"),
        (["done", "failed"], 1, "failed"),
        (["done", "failed"], 37, "stale"),
        (["failed"], 37, "stale"),
        (["failed", "done"], 1, ""),
    ],
)
def test_stale_and_failed(outcomes: list[Outcome], hours: int, flaw: str, home: Path) -> None:
    described(home)
    for outcome in outcomes:
        run_once(home, outcome)
    standing = runs.standing(home, "shop", dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours))
    assert standing.flaw == flaw
    assert bool(standing.error) == (flaw != "" and outcomes[-1] == "failed")


def test_a_source_whose_file_cannot_be_read_is_broken_and_no_other_suffers(home: Path) -> None:
    described(home)
    (source_file.root(home) / "crm.yaml").write_text("kind: oracle")
    crm, shop = runs.standings(home, NOW)
    assert (crm.flaw, crm.due, crm.connection) == ("broken", None, None)
    assert "oracle" in crm.error
    assert shop.due == NOW


def test_seconds_are_from_beginning_to_end(home: Path) -> None:
    run = run_once(home, "done")
    assert replace(run, ended=run.began + dt.timedelta(seconds=90)).took == 90
    assert replace(run, ended=None).took is None
