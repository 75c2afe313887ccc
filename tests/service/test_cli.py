import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data import settings
from data.settings import PROJECT
from data.warehouse import build
from service import commands as cli
from tests import companies


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, in the home of the test."""
    return subprocess.run(
        [sys.executable, "-m", "data", *arguments],
        cwd=PROJECT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["build", "check"])
def test_with_nothing_loaded(command: str, home: Path) -> None:
    done = run(command)
    assert done.returncode == 6
    assert done.stdout == ""
    what, cause, remedy = done.stderr.splitlines()
    assert what == "Nothing is loaded yet."
    assert "No import" in cause
    assert "python -m data" in remedy


def test_status_of_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status"]) == 0
    assert "Nothing is published yet." in capsys.readouterr().out
    assert cli.main(["status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["snapshot"], status["as_of"], status["checks"], status["tables"]) == (None, None, [], [])


def test_build_status_and_check(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    company = companies.random_company(2)
    companies.load(home, company)
    assert cli.main(["build"]) == 0
    assert "Published snapshot 0001" in capsys.readouterr().out
    assert cli.main(["status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert {"snapshot", "as_of", "built_at", "reporting_currency", "checks", "tables"} <= status.keys()
    assert (status["snapshot"], status["reporting_currency"]) == ("0001", "EUR")
    assert all(set(check) == {"check", "title", "level", "rows"} for check in status["checks"])
    orders = next(table for table in status["tables"] if table["table"] == "orders")
    assert (orders["rows_in"], orders["loaded"], orders["quarantined"]) == (len(company["orders"]),) * 2 + (0,)
    assert cli.main(["status"]) == 0
    assert "Snapshot 0001" in capsys.readouterr().out
    assert cli.main(["check"]) == 0
    assert "whole" in capsys.readouterr().out


def test_master_data_alone_are_loaded_and_not_published(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "customers.csv").write_text("customer_id,name\nC1,One\n", encoding="utf-8")
    assert cli.main(["import", str(tmp_path / "customers.csv")]) == 0
    assert "Loaded, not published" in capsys.readouterr().out
    assert cli.main(["build"]) == 6


@pytest.mark.parametrize("position", [0, 20_000])
def test_check_finds_damage(position: int, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    companies.load(home, companies.random_company(0))
    path = build.build(settings.current()).path
    file = min(path.glob("*.duckdb"))
    with file.open("r+b") as handle:
        handle.seek(position)
        handle.write(b"\xff" * 64)
    assert cli.main(["check"]) == 3
    error = capsys.readouterr().err
    assert file.name in error
    assert "damaged" in error
    assert "python -m data build" in error


def test_check_is_about_the_newest_snapshot(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pages fall back to the one before; the command still says what is wrong."""
    companies.load(home, companies.random_company(0))
    build.build(settings.current())
    path = build.build(settings.current()).path
    os.truncate(min(path.glob("*.duckdb")), 1000)
    assert cli.main(["check"]) == 3
    assert "Snapshot 0002 is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["build", "--as-of", "2026-06-30"], ["status", "--xml"]])
def test_a_command_that_does_not_exist(arguments: list[str], home: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
