"""What a run leaves behind: one JSON a subject, with the machine named and every goal beside what was measured."""

import datetime as dt
import json
import math
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from bench.serve import BENCH

RESULTS = BENCH / "results"
MOST_TAKEN = 0.15  # of all cores, by others: beyond, no figure is final
_LOOKED_SECONDS = 2.0
_taken_before = 0.0
# What people look with comes first; without windows it is a little quicker than theirs.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell"))), ""
)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, and of how many."""
    ordered = sorted(values)
    return {"p50": _rounded(_at(ordered, 0.50)), "p95": _rounded(_at(ordered, 0.95)), "n": len(ordered)}


def goal(name: str, measured: float, at_most: float, unit: str) -> dict[str, Any]:
    """A goal that is met when what was measured is no larger."""
    return {
        "name": name,
        "measured": _rounded(measured),
        "goal": _rounded(at_most),
        "unit": unit,
        "met": measured <= at_most,
    }


def begin() -> None:
    """Looks what others use of the machine before anything is measured."""
    global _taken_before  # noqa: PLW0603 (a process measures one thing after the other)
    _taken_before = taken_by_others()


def taken_by_others() -> float:
    """The share of all cores that others use at this moment, while the bench itself rests."""
    return round(psutil.cpu_percent(interval=_LOOKED_SECONDS) / 100, 2)


def is_final(content: Mapping[str, Any]) -> bool:
    """Whether a result was measured on a machine that others left alone before and after."""
    return content["machine"].get("taken_by_others", 0.0) <= MOST_TAKEN


def save(subject: str, figures: dict[str, Any], goals: Iterable[dict[str, Any]], **about: Any) -> None:
    """Writes bench/results/<subject>.json and says how the goals came out.

    The name holds the lines where `about` does.
    """
    goals = list(goals)
    RESULTS.mkdir(exist_ok=True)
    content = {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="minutes"),
        "machine": machine() | {"taken_by_others": max(_taken_before, taken_by_others())},
        **about,
        "figures": figures,
        "goals": goals,
    }
    file = RESULTS / (f"{subject}-{about['lines']}.json" if "lines" in about else f"{subject}.json")
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{file.relative_to(BENCH.parent)}")
    if not is_final(content):
        share = content["machine"]["taken_by_others"]
        print(f"  NOT FINAL: others used {share:.0%} of the machine. Measure again when it is quiet.")
    for g in goals:
        came_out = "met   " if g["met"] else "MISSED"
        print(f"  {came_out} {g['name']}: {g['measured']:g} {g['unit']} (at most {g['goal']:g})")


def saved() -> dict[str, dict[str, Any]]:
    """All results by file; those of bench.quality have a report of their own."""
    found = {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in RESULTS.glob("*.json")
        if file.stem != "quality"
    }
    return dict(sorted(found.items(), key=lambda named: (named[0].partition("-")[0], named[1].get("lines", 0))))


def machine() -> dict[str, Any]:
    """What the figures depend on besides the code. The load is that of the last minute when a result is saved."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "streamlit": version("streamlit"),
        "chromium": _chromium_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _chromium_version() -> str:
    if not CHROMIUM:
        return "none"
    answer = subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True, check=False)
    return next((word for word in answer.stdout.split() if word[0].isdigit()), "unknown")


def _at(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def _rounded(value: float) -> float:
    return round(value, 1 if abs(value) >= 10 else 3)
