"""Goals of quality and how they came out, kept in bench/results/quality.json by task."""

import json
from typing import Any

from bench.figures import RESULTS, machine

FILE = RESULTS / "quality.json"


def goal(
    task: str,
    data: str,
    measure: str,
    ours: float,
    baseline: float | None,
    goal: float,
    against: str = "",
    interval: tuple[float, float] | None = None,
    *,
    at_least: bool = True,
) -> dict[str, Any]:
    """One goal: `measure` of ours on `data`, beside a baseline named by `against`.

    `goal` is what `ours` must reach (at_least) or stay under; `interval` is the 95 % bootstrap interval of ours, or of
    the difference when the measure is one.
    """
    met = bool(ours >= goal if at_least else ours <= goal)
    came_out = "met   " if met else "MISSED"
    print(f"{came_out} {task} | {data} | {measure}: {ours:.4f} (goal {goal:.4f}, {against} {baseline})", flush=True)
    return {
        "task": task,
        "data": data,
        "measure": measure,
        "ours": _rounded(ours),
        "baseline": None if baseline is None else _rounded(baseline),
        "against": against,
        "goal": _rounded(goal),
        "at_least": at_least,
        "interval": None if interval is None else [_rounded(bound) for bound in interval],
        "met": met,
    }


def save(task: str, goals: list[dict[str, Any]]) -> None:
    """Replaces what quality.json says of that task."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))["goals"] if FILE.exists() else []
    content = {"machine": machine(), "goals": [g for g in kept if g["task"] != task] + goals}
    RESULTS.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
