"""One load of a folder and the build after it, in a process of its own: processor seconds by stage, as JSON."""

import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

from data import settings
from data.loading import inputs
from data.warehouse import analysis, build
from service import commands, publishing

Seconds = defaultdict[str, float]


def main(folder: str) -> None:
    """Loads and publishes as the command line does, and prints the seconds of each stage."""
    spent: Seconds = defaultdict(float)
    began = time.perf_counter()
    before = _processor_seconds()
    if code := commands.main(["import", folder, "--no-build"]):
        raise SystemExit(code)
    loaded = _processor_seconds()
    with ExitStack() as watched:
        for place, name, stage in (
            (inputs.Inputs, "require_whole", "verify"),
            (build, "fill", "fill"),
            (analysis, "run", "statistics"),
            (build, "_cut_shared", "cut"),
            (build, "_cut", "cut"),
        ):
            watched.enter_context(mock.patch.object(place, name, _timed(getattr(place, name), spent, stage)))
        publishing.publish(settings.current())
    built = _processor_seconds() - loaded
    found = {
        "load": loaded - before,
        "verify": spent["verify"],
        "models": spent["fill"] - spent["statistics"],
        "statistics": spent["statistics"],
        "cut": spent["cut"],
        "publish": built - spent["verify"] - spent["fill"] - spent["cut"],
        "wall": time.perf_counter() - began,
        "most_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    print(json.dumps({stage: round(seconds, 2) for stage, seconds in found.items()}))


def _timed(function: Callable[..., Any], spent: Seconds, stage: str) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        before = _processor_seconds()
        try:
            return function(*args, **kwargs)
        finally:
            spent[stage] += _processor_seconds() - before

    return timed


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1])
