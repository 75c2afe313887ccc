"""Every measurement still runs, in its smallest form: what it says is not looked at, nor kept."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import building, clicks, figures, load, report, reps, serve, sign_in, sql, workload
from bench.quality import cost, deal_logs, demo, win_probability

LINES = 5_000
NEEDS = {"peers": ("dash", "panel")}


@pytest.fixture
def smallest(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sizes and counts at their smallest; homes, results and documents in a folder of the test's own."""
    homes, results = tmp_path / "homes", tmp_path / "results"
    homes.mkdir()
    monkeypatch.setattr(serve, "HOMES", homes)
    monkeypatch.setattr(figures, "RESULTS", results)
    monkeypatch.setattr(figures, "BENCH", tmp_path / "bench")
    monkeypatch.setattr(report, "PROJECT", tmp_path)
    monkeypatch.setattr(report, "DOCUMENT", tmp_path / "performance.md")
    monkeypatch.setattr(building, "SIZES", (LINES, 2 * LINES))
    monkeypatch.setattr(reps, "REPS", (12,))
    for module in (workload, report):
        monkeypatch.setattr(module, "PAGES", ("team",))
    monkeypatch.setattr(workload, "PERIODS", ("twelve_months", "month"))
    all_filters = workload.filters
    monkeypatch.setattr(
        workload, "filters", lambda page: {name: choices[:2] for name, choices in all_filters(page).items()}
    )
    monkeypatch.setattr(figures, "_LOOKED_SECONDS", 0.1)
    monkeypatch.setattr(sql, "REPEATED", 1)
    monkeypatch.setattr(clicks, "REPEATED", 2)
    monkeypatch.setattr(clicks, "COLD_STARTS", 1)
    monkeypatch.setattr(clicks, "ROUNDS", 2)
    monkeypatch.setattr(sign_in, "REPEATED", 2)
    monkeypatch.setattr(load, "PEOPLE", (1, 2))
    monkeypatch.setattr(load, "SECONDS", 6)
    monkeypatch.setattr(cost, "SIZES", (LINES, 2 * LINES))
    few = {"LINES": 20_000, "LARGE": 250, "SMALL": 150, "SEEDS": (0,), "SEEDS_SMALL": (0,), "ASKED_ON": (900,)}
    for name, value in few.items():
        monkeypatch.setattr(win_probability, name, value)
    return results


@pytest.mark.slow
def test_every_step_runs(smallest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    able = [step for step in bench.STEPS if all(map(find_spec, NEEDS.get(step, ())))]
    for step in able:
        monkeypatch.setattr(sys, "argv", ["bench", step, "--lines", str(LINES)])
        bench.main()
    assert {file.stem.partition("-")[0] for file in smallest.iterdir()} == {*able} - {"report"}
    assert "Performance" in (tmp_path / "performance.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_quality_of_alerts_and_what_statistics_cost_can_be_measured(smallest: Path, demo_home: Path) -> None:
    shutil.copytree(demo_home, serve.HOMES / "20000")
    serve.stamp(serve.HOMES / "20000")
    assert demo.run(serve.home(20_000))
    assert win_probability.on_demo()
    measured = [goal["data"] for goal in win_probability.logs()]
    for world in (*deal_logs.WORLDS, *win_probability.TRAPS):
        assert any(data.startswith(world) for data in measured), world
    assert cost.run()
    assert not smallest.exists()
