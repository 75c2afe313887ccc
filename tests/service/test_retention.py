"""What is kept for a set time goes after it, and whoever asks for it later is told so."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data import settings
from data.errors import BadInput
from data.loading import inputs, intake, quarantine, refused
from data.loading.request import Request
from data.people.store import audit, deeds, open_store
from data.settings import PROJECT, Settings
from data.warehouse import build
from data.warehouse.engine import open_engine
from service import commands, retention
from tests.data.people.store.help import ANNA, LATE, act
from tests.loading_help import GOOD, TODAY, load, loaded, quarantine_of, totals, where, write

BAD = "order_id,line_no,product_id,quantity,unit_price\nO1,9,P1,many,1\nO2,9,P1,few,1\n"
DAY = dt.timedelta(days=1)


def keeping(home: Path, **days: Any) -> Settings:
    return replace(where(home), **days)


def in_days(days: int) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + days * DAY


@pytest.fixture(scope="module")
def refused_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("retention")
    load(folder / "home", write(folder / "good", GOOD))
    assert load(folder / "home", write(folder / "lines", {"order_lines.csv": BAD})).quarantine
    return folder


@pytest.fixture
def held(home: Path, refused_lines: Path) -> Path:
    """A home in which two lines wait in quarantine 0001."""
    shutil.copytree(refused_lines / "home", home)
    return home


def files(home: Path) -> list[str]:
    root = quarantine.root(home)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "a week", "36501"])
def test_days_are_whole_and_nothing_is_for_good(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUARANTINE", "AUDIT", "DEEDS"):
        monkeypatch.setenv(f"ORDERBEAT_KEEP_{name}_DAYS", " ")
    now = settings.current()
    assert (now.keep_quarantine_days, now.keep_audit_days, now.keep_deeds_days) == (None, None, None)
    monkeypatch.setenv("ORDERBEAT_KEEP_DEEDS_DAYS", "36500")
    assert settings.current().keep_deeds_days == 36_500
    monkeypatch.setenv("ORDERBEAT_KEEP_AUDIT_DAYS", text)
    with pytest.raises(BadInput, match="KEEP_AUDIT_DAYS"):
        settings.current()


def test_by_default_everything_is_kept(held: Path) -> None:
    act(open_store(where(held)), LATE, 0, "accepted")
    before = files(held)
    assert retention.keep_to(where(held), in_days(40_000)) == []
    assert files(held) == before
    assert len(deeds.states(open_store(where(held)))) == len(audit.read(open_store(where(held)), ANNA)) == 1


def test_each_setting_takes_away_what_is_older_and_nothing_else(held: Path) -> None:
    act(open_store(where(held)), LATE, 0, "accepted")
    short = keeping(held, keep_quarantine_days=30, keep_audit_days=20, keep_deeds_days=10)
    assert retention.keep_to(short, in_days(9)) == []
    assert retention.keep_to(short, in_days(11)) == ["Removed 1 deeds on 1 items nobody touched for 10 days."]
    assert retention.keep_to(short, in_days(21)) == ["Removed 2 rows of the audit, older than 20 days."]
    short = keeping(held, keep_quarantine_days=30)
    assert retention.keep_to(short, in_days(31)) == ["Removed the refused rows of quarantine 0001, older than 30 days."]
    assert retention.keep_to(short, in_days(31)) == []
    assert files(held) == ["0001/kept/about.json"]
    told = [(entry.did, dict(entry.detail)) for entry in audit.read(open_store(where(held)), ANNA)]
    assert told[0] == ("quarantine_cut", {"days": 30, "quarantines": 1})
    assert told[1][0] == "audit_cut"


def cut(home: Path) -> None:
    assert retention.keep_to(keeping(home, keep_quarantine_days=30), in_days(31))


def test_what_was_removed_is_said_to_be_by_whoever_asks_for_it(
    held: Path, refused_lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(quarantine.root(held) / "0001", refused_lines / "copy")
    cut(held)
    before = totals(held)
    for folder in (quarantine.root(held) / "0001", copy):
        assert commands.main(["import", str(folder)]) == 3
        assert "after 30 days: ORDERBEAT_KEEP_QUARANTINE_DAYS" in capsys.readouterr().err
    report = load(held, refused_lines / "lines")
    assert not report.changed
    assert f"What was quarantined then was removed on {dt.datetime.now(dt.UTC).date()}, after 30 days." in report.notes
    now = loaded(held)
    assert refused.orders(now, held, where(held), open_engine) == []
    assert refused.removed(now, held)[0].startswith("What was quarantined in 0001 was removed on ")
    assert totals(held) == before
    assert build.status(where(held))["tables"]


def test_counts_hold_when_the_same_file_comes_again(held: Path, refused_lines: Path, tmp_path: Path) -> None:
    cut(held)
    folder = shutil.copytree(refused_lines / "lines", tmp_path / "lines")
    write(folder, {"customers.csv": GOOD["customers.csv"] + "C3,Cyd,b2c\n"})
    report = intake.load(Request(folder, None, TODAY, only_new=True), where(held), open_engine)
    assert quarantine_of(report).name == "0002", "a number is not used again"
    assert totals(held)["order_lines"] == (7, 3, 2)
    (found,) = (row for row in loaded(held).totals() if row["table"] == "order_lines")
    assert found["superseded"] == 2
    assert all(bool(each.quarantined) == bool(each.quarantine) for each in loaded(held).ledger)


def test_another_load_leaves_what_was_removed_counted(held: Path, tmp_path: Path) -> None:
    cut(held)
    lines = BAD.replace("many", "1").replace("few", "2")
    load(held, write(tmp_path / "mended", {"order_lines.csv": lines}))
    (found,) = (row for row in loaded(held).totals() if row["table"] == "order_lines")
    assert [found[name] for name in inputs.COUNTS] == [7, 5, 2, 0]
    load(held, write(tmp_path / "all", {"mapping.yaml": "tables: {order_lines: {from: all.csv, load: replace}}\n",
                                        "all.csv": lines}))  # fmt: skip
    (found,) = (row for row in loaded(held).totals() if row["table"] == "order_lines")
    assert found["quarantined"] == 0
    assert all(bool(each.quarantined) == bool(each.quarantine) for each in loaded(held).ledger)


def test_of_two_files_the_one_that_does_not_come_again_stays_counted(held: Path, tmp_path: Path) -> None:
    head, first, second = BAD.splitlines()
    files = {f"lines{n}.csv": f"{head}\n{line.replace(',9,', ',8,')}\n" for n, line in enumerate((first, second))}
    mapping = {"mapping.yaml": "tables: {order_lines: {from: lines*.csv}}\n"}
    number = quarantine_of(load(held, write(tmp_path / "both", files | mapping))).name
    cut(held)
    del files["lines1.csv"]
    load(held, write(tmp_path / "one", files | mapping))
    left = {each.source: (each.quarantined, each.superseded, each.quarantine) for each in loaded(held).ledger[-3:]}
    assert left == {"lines0.csv": (1, 0, "0003"), "lines1.csv": (1, 0, number)}
    assert (loaded(held).ledger[-3].superseded, loaded(held).ledger[-3].quarantine) == (1, "")


def test_rows_that_stay_refused_do_not_become_younger(held: Path) -> None:
    folder = quarantine.root(held) / "0001"
    age(folder, 31)
    file = folder / "order_lines.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("many", "7"), encoding="utf-8")
    report = load(held, folder)
    assert quarantine_of(report).name == "0002"
    assert quarantine.kept_since(quarantine_of(report)) == quarantine.kept_since(folder)
    assert retention.keep_to(keeping(held, keep_quarantine_days=30))
    assert files(held) == ["0001/kept/about.json", "0002/kept/about.json"]


def test_rows_of_a_quarantine_that_is_of_another_home_begin_anew(held: Path, home: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(quarantine.root(held) / "0001", tmp_path / "copy")
    shutil.rmtree(home)
    load(home, write(tmp_path / "good", GOOD))
    file = folder / "order_lines.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",order_lines.csv,2,", ",,,"), encoding="utf-8")
    before = dt.datetime.now(dt.UTC)
    made = quarantine_of(load(home, folder))
    assert before <= quarantine.kept_since(made) <= dt.datetime.now(dt.UTC)


def test_what_an_earlier_release_put_aside_is_as_old_as_its_folder(held: Path) -> None:
    folder = quarantine.root(held) / "0001"
    (folder / "kept" / "about.json").write_text(json.dumps({"continues": None}), encoding="utf-8")
    os.utime(folder, (in_days(-31).timestamp(),) * 2)
    cut_now = retention.keep_to(keeping(held, keep_quarantine_days=30))
    assert cut_now == ["Removed the refused rows of quarantine 0001, older than 30 days."]


def age(folder: Path, days: int) -> None:
    about = folder / "kept" / "about.json"
    told = json.loads(about.read_text(encoding="utf-8"))
    about.write_text(json.dumps({**told, "since": in_days(-days).isoformat()}), encoding="utf-8")


def test_who_was_killed_on_the_way_is_made_up_for(held: Path) -> None:
    spare = shutil.copytree(quarantine.root(held), held.parent / "spare")
    cut(held)
    shutil.copy(spare / "0001" / "order_lines.csv", quarantine.root(held) / "0001" / "order_lines.csv")
    assert retention.keep_to(keeping(held, keep_quarantine_days=30)) == []
    assert files(held) == ["0001/kept/about.json"]


@pytest.mark.slow
def test_the_scheduler_does_it_at_its_first_look(held: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    age(quarantine.root(held) / "0001", 31)
    monkeypatch.setenv("ORDERBEAT_KEEP_QUARANTINE_DAYS", "30")
    command = [sys.executable, "-m", "service", "run"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert process.stdout is not None
        assert "Refreshing what is due" in process.stdout.readline()
        assert "refused rows of quarantine 0001" in process.stdout.readline()
    finally:
        process.kill()
        process.wait()
    assert files(held) == ["0001/kept/about.json"]
    assert commands.main(["retain"]) == 0
