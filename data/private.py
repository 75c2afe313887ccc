"""Whose files these are: what Orderbeat writes is readable by the account that runs it and by nobody else.

Engines and stores create their files as the process is told to, so the process is told once, at its start.
"""

import os
import stat
from pathlib import Path

from data.errors import BadInput

RESTORING = "restoring"  # in a home while a backup is restored into it
_OTHERS = 0o077  # what group and others might do
# What Orderbeat puts into its home. The home may be a folder that holds other things too; those are left alone.
OURS = (
    "backing_up",
    "databases",
    "demo_truth*",
    "desks",
    "errors.log*",
    "inputs",
    "loading",
    "mappings",
    "quarantine",
    "reconciliation*",
    "refresh",
    RESTORING,
    "settings.env",
    "snapshots",
    "sources",
    "spill",
    "store.sqlite3*",
)


def begin(home: Path) -> None:
    """From here on this process creates files for its own account alone; what lies open in `home` is closed.

    What belongs to another account, or lies on a disk that cannot be written, stays as it is. Raises BadInput for a
    home into which a backup was restored in part only: nothing may be built, or written by people, on that.
    """
    os.umask(_OTHERS)
    if (home / RESTORING).exists():
        raise BadInput(
            f"A backup is being restored into {home}.",
            "Another process is at it, or it was killed on the way.",
            "Wait for it; where it was killed, empty that folder and the database of ORDERBEAT_STORE first.",
        )
    if not home.is_dir():
        return
    if not home.stat().st_mode & stat.S_ISVTX:  # a folder for everybody, such as /tmp, is not ours to close
        _close(home)
    for pattern in OURS:
        for piece in home.glob(pattern):
            _close(piece)
            if piece.is_dir() and not piece.is_symlink():
                for path in piece.rglob("*"):
                    _close(path)


def _close(path: Path) -> None:
    try:
        about = path.lstat()
        if about.st_uid == os.geteuid() and about.st_mode & _OTHERS and not stat.S_ISLNK(about.st_mode):
            path.chmod(stat.S_IMODE(about.st_mode) & ~_OTHERS)
    except OSError:  # swept meanwhile by a build, or on a disk that cannot be written
        return
