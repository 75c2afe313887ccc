"""Publishing a directory of files: built aside, fsynced, moved by one rename, pointed to by one file.

    root/lock            held while something is being built
    root/0007.building/  unfinished; swept by the next build
    root/0007/           published, never changed again, its files listed in manifest.json
    root/CURRENT         the name of the newest published directory

Readers follow CURRENT; an old directory stays readable until it is the fourth oldest.
"""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data.errors import BuildInProgress, DiskProblem

KEPT = 3
MANIFEST = "manifest.json"
_POINTER = "CURRENT"
_UNFINISHED = ".building"

# The named points of a publication, in the order they are passed.
POINTS = ("begun", "written", "listed", "synced", "renamed", "pointer_written", "pointed", "pruned")


def reached(point: str) -> None:
    """Marks a named point of a publication. Does nothing; crash tests put a kill here."""


def is_sound(directory: Path) -> bool:
    """Whether every file the manifest lists is there in its full length."""
    try:
        listed = manifest(directory)["files"]
        return all((directory / name).stat().st_size == size for name, size in listed.items())
    except (OSError, ValueError, KeyError):
        return False


def manifest(directory: Path) -> dict[str, Any]:
    """What was written about a published directory."""
    return json.loads((directory / MANIFEST).read_text(encoding="utf-8"))


def published(root: Path) -> list[Path]:
    """Published directories, the one pointed to first, then by age, newest first.

    A directory newer than the pointer was renamed by a build that died before pointing to it:
    it was never announced, so it is not offered.
    """
    try:
        newest = int((root / _POINTER).read_text(encoding="ascii"))
    except (OSError, ValueError):
        newest = None
    numbers = sorted((int(p.name) for p in root.glob("[0-9]*") if p.name.isdigit()), reverse=True)
    return [root / f"{n:04d}" for n in numbers if newest is None or n <= newest]


def generation(root: Path) -> int:
    """A number that changes whenever something is published."""
    try:
        return (root / _POINTER).stat().st_mtime_ns
    except OSError:
        return 0


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Holds the build lock of `root`; the kernel frees it if the process dies. Raises BuildInProgress."""
    with _disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        handle = (root / "lock").open("a+", encoding="utf-8")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildInProgress(
                f"Another process is writing to {root}.",
                "An import or a build is still running.",
                "Wait for it to finish and try again.",
            ) from None
        yield


@contextmanager
def publication(root: Path, about: dict[str, Any]) -> Iterator[Path]:
    """Yields an empty directory to fill; on leaving, publishes it. The caller holds the lock.

    `about` goes into the manifest as it is when the block ends. If the block raises, what was
    published before is untouched and the unfinished directory is removed.
    Raises DiskProblem where the disk is full or cannot be written.
    """
    with _disk_errors(root):
        for leftover in root.glob(f"*{_UNFINISHED}"):
            shutil.rmtree(leftover)
        taken = [int(p.name) for p in root.glob("[0-9]*") if p.name.isdigit()]
        final = root / f"{max(taken, default=0) + 1:04d}"
        unfinished = final.with_name(final.name + _UNFINISHED)
        unfinished.mkdir()
        try:
            reached("begun")
            yield unfinished
            reached("written")
            _list_files(unfinished, about)
            reached("listed")
            for path in [*unfinished.rglob("*"), unfinished]:
                _fsync(path)
            reached("synced")
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        unfinished.rename(final)
        _fsync(root)
        reached("renamed")
        pointer = root / (_POINTER + ".tmp")
        pointer.write_text(final.name, encoding="ascii")
        _fsync(pointer)
        reached("pointer_written")
        pointer.replace(root / _POINTER)
        _fsync(root)
        reached("pointed")
        for old in published(root)[KEPT:]:
            shutil.rmtree(old)
        reached("pruned")


def _list_files(directory: Path, about: dict[str, Any]) -> None:
    files = {
        str(path.relative_to(directory)): path.stat().st_size for path in sorted(directory.rglob("*")) if path.is_file()
    }
    text = json.dumps({**about, "files": files}, indent=1, ensure_ascii=False, default=str)
    (directory / MANIFEST).write_text(text, encoding="utf-8")


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk_errors(root: Path) -> Iterator[None]:
    causes = {
        errno.ENOSPC: ("The disk is full.", "Free some space there and run the command again."),
        errno.EDQUOT: ("The disk quota is used up.", "Free some space there and run the command again."),
        errno.EFBIG: ("This account may not write files that large.", "Raise its limit, or choose another account."),
        errno.EROFS: ("The disk is read-only.", "Choose another place with ORDERBEAT_HOME."),
        errno.EACCES: ("This account may not write there.", "Choose another place with ORDERBEAT_HOME."),
    }
    try:
        yield
    except OSError as error:
        if error.errno not in causes:
            raise
        cause, remedy = causes[error.errno]
        raise DiskProblem(
            f"Could not write to {root}.", cause, f"{remedy} What was published before is untouched."
        ) from error
