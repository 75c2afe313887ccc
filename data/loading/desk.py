"""A desk: the folder where what is loaded on screen lies until it is loaded or thrown away.

    desks/20261128-194500-1f2e3d4c/files/*     what was dropped
    comparisons/...                            the same, for what is compared and never loaded
    desks/.../<step>.json                      what a step found, did, or failed of
    desks/.../progress.json                    how far the step at work is
    desks/.../at_work                          locked as long as a step is at work

Steps run in processes of their own (service/loading_steps.py): a page that is drawn anew stops none of them.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from data import locks
from data.errors import BadInput
from data.loading import files
from data.loading.sources import kinds
from data.settings import PROJECT

DESKS, COMPARISONS = "desks", "comparisons"
MOST_FILES = 20
_KEPT_SECONDS = 24 * 60 * 60
_BLOCK = 1 << 20
_LONGEST_NAME = 120
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\[\]]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def root(home: Path, kind: str = DESKS) -> Path:
    """Where the desks of a home are."""
    return home / kind


def begin(home: Path, kind: str = DESKS) -> Path:
    """A new desk. Those nobody touched for a day are cleared away."""
    place = root(home, kind)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in place.iterdir():
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > _KEPT_SECONDS and not is_at_work(old):
                shutil.rmtree(old)
    desk = place / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
    (desk / "files").mkdir(mode=0o700, parents=True)
    return desk


def clear(desk: Path) -> None:
    """Throws a desk away, with all that lies on it."""
    shutil.rmtree(desk, ignore_errors=True)


def put(desk: Path, name: str, content: BinaryIO) -> Path:
    """Lays a file on the desk, block by block; one of the same name is replaced.

    Raises BadInput where its kind is not read or there are too many, DiskProblem.
    """
    plain = _plain(name)
    if not kinds.of(plain):
        from data.loading import sources  # noqa: PLC0415 (most files are of a known kind)

        raise BadInput(f"{plain} cannot be read.", *sources.not_read(plain))
    there = names(desk)
    if plain not in there and len(there) >= MOST_FILES:
        raise BadInput(
            f"{plain} was not taken.",
            f"There are {MOST_FILES} files already.",
            "Load these first, or put all files into a folder and use `python -m data import`.",
        )
    place = desk / "files" / plain
    with files.explained(plain):
        unfinished = desk / "unfinished"
        with unfinished.open("wb") as target:
            shutil.copyfileobj(content, target, _BLOCK)
        unfinished.rename(place)
    return place


def names(desk: Path) -> list[str]:
    """The files that lie on a desk."""
    return sorted(each.name for each in (desk / "files").iterdir()) if (desk / "files").is_dir() else []


def _plain(name: str) -> str:
    """A name that is no more than a name: no path, no signs that systems or readers take for something else."""
    bare = _NOT_IN_NAMES.sub("_", re.split(r"[/\\]", name)[-1]).lstrip(".").strip() or "file"
    ending = kinds.of(bare)
    stem = bare[: len(bare) - len(ending)] if ending else bare
    return stem[:_LONGEST_NAME] + ending


def write(desk: Path, name: str, content: Any) -> None:
    """Keeps something on the desk, whole or not at all."""
    unfinished = desk / f"{name}.{os.getpid()}.unfinished"
    unfinished.write_text(json.dumps(content, ensure_ascii=False, default=str), encoding="utf-8")
    unfinished.rename(desk / f"{name}.json")


def read(desk: Path, name: str) -> Any:
    """What was kept under that name, None where there is nothing."""
    try:
        return json.loads((desk / f"{name}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def forget(desk: Path, *steps: str) -> None:
    """Takes back what was kept, because what it was made from has changed."""
    for step in steps:
        (desk / f"{step}.json").unlink(missing_ok=True)


def start(desk: Path, step: str) -> None:
    """Begins a step in a process of its own. Raises BadInput where one is at work on this desk."""
    forget(desk, step, "progress")
    with (desk / "at_work").open("a") as lock:
        if not locks.take(lock):
            raise BadInput("This is at work already.", "A step has not ended yet.", "Wait for it to finish.")
        write(desk, "step", step)
        with (desk / "log").open("ab") as log:
            # The lock goes with the process: it is held until that has ended, however it ends.
            subprocess.Popen(  # noqa: S603 (our own step)
                [sys.executable, "-m", "service.loading_steps", step, str(desk)],
                cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock.fileno(),),
                start_new_session=True,
            )  # fmt: skip


def is_at_work(desk: Path) -> bool:
    """Whether a step is at work on this desk."""
    return locks.is_held(desk / "at_work")


def at_work(home: Path, kind: str = DESKS) -> Iterator[Path]:
    """The desks on which a step is at work."""
    with suppress(FileNotFoundError):
        yield from (desk for desk in sorted(root(home, kind).iterdir()) if is_at_work(desk))
