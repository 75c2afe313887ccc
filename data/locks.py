"""Locks that lie in a file and that the kernel frees when their holder ends, however it ends."""

import fcntl
import time
from pathlib import Path
from typing import IO, Any

_TRIES, _PAUSE = 20, 0.05  # seconds: who only looks whether a lock is held, holds it for a moment


def take(handle: IO[Any]) -> bool:
    """Whether the lock of an open file was free, and is held now: until the file is closed by all who have it open."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        else:
            return True
    return False


def is_held(place: Path) -> bool:
    """Whether some process holds the lock of that file; False where there is no such file."""
    try:
        with place.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
