"""Generating and building at several sizes: time, the most memory, and how both grow."""

import math
import os
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import figures, serve
from data.settings import PROJECT

SIZES = (300_000, 1_000_000, 3_000_000)
FULL = 10_000_000
MOST_GB = 8


def run(*, full: bool) -> None:
    """Measures every size anew; the homes serve the other measurements afterwards."""
    sizes = (*SIZES, FULL) if full else SIZES
    found = {}
    for lines in sizes:
        found[str(lines)] = _size(lines)
        print(f"{lines:,} lines:", found[str(lines)], flush=True)
    # Opening some forty files costs the same at any size and flatters small ones, so the steepest step counts.
    _, growth, bound = max(_growth(found, *step) for step in pairwise(sizes))
    largest = max(found[str(sizes[-1])][step]["most_gb"] for step in ("demo", "build"))
    goals = [
        figures.goal("growth of build time, exponent, against that of n log n", growth, bound, ""),
        figures.goal(f"most memory at {sizes[-1]:,} lines", largest, MOST_GB, "GB"),
    ]
    figures.save("build", found, goals)


def _growth(found: dict[str, Any], size: int, larger: int) -> tuple[float, float, float]:
    """How much steeper than n log n build time grows from one size to the next, and both exponents."""
    seconds = [found[str(lines)]["build"]["seconds"] for lines in (size, larger)]
    growth = math.log(seconds[1] / seconds[0]) / math.log(larger / size)
    bound = math.log(larger * math.log(larger) / (size * math.log(size))) / math.log(larger / size)
    return growth - bound, growth, bound


def _size(lines: int) -> dict[str, Any]:
    home = serve.HOMES / str(lines)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    measured = {
        "demo": _measured(["demo", "--lines", str(lines), "--as-of", serve.AS_OF, "--no-build"], home),
        "build": _measured(["build"], home),
        "inputs_mb": _megabytes(home / "inputs"),
        "snapshot_mb": _megabytes(home / "snapshots"),
    }
    serve.stamp(home)
    return measured


def _measured(command: list[str], home: Path) -> dict[str, Any]:
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "data", *command],
        cwd=PROJECT,
        env=serve.environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"python -m data {' '.join(command)} failed with {child.returncode}.")
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "most_gb": round(used.ru_maxrss / 2**20, 2),
    }


def _megabytes(folder: Path) -> int:
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6)
