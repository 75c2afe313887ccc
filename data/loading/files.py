"""What lies on disk: which things are files, which may be reached from a folder, and why one cannot be read."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadInput, DiskProblem

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_CAUSES = {
    errno.EACCES: ("This account may not read it.", "Give this account the right to read it, or use another one."),
    errno.EPERM: ("This account may not read it.", "Give this account the right to read it, or use another one."),
    errno.ENAMETOOLONG: ("Its name is longer than this system allows.", "Check the path."),
    errno.ELOOP: ("Its links lead in a circle.", "Name the file itself."),
    errno.ENOTDIR: ("Part of its path is a file, not a folder.", "Check the path."),
}
_WILD = frozenset("*?[")


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turns what the system says about a path into a message about `name`. Raises BadInput, or DiskProblem."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise DiskProblem(
                f"{name} cannot be written.", f"{error.strerror}.", "Free some space or use another disk."
            ) from error
        cause, remedy = _CAUSES.get(error.errno or 0, (f"{error.strerror or error}.", "Check the path and the disk."))
        raise BadInput(f"{name} cannot be used.", cause, remedy) from error
    except ValueError as error:  # a path with a NUL character
        if "null" not in str(error):
            raise
        raise BadInput(f"{name!r} is no path.", "It holds a NUL character.", "Check the path.") from error


def exists(path: Path) -> bool:
    """Whether there is anything of that name. Raises OSError where that cannot be told."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def kind(path: Path) -> str:
    """'' for a file, else what it is instead, such as 'a folder' or 'a pipe'. Raises OSError."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "a link that leads nowhere" if path.is_symlink() else "gone"
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a link that leads in a circle"
        raise
    if stat.S_ISREG(mode):
        return ""
    return next((what for test, what in _KINDS if test(mode)), "no file")


def require_regular(path: Path, name: str) -> None:
    """Raises BadInput where a path is no file: a pipe or a device would be waited for, or never end."""
    if what := kind(path):
        raise BadInput(f"{name} cannot be read.", f"It is {what}, not a file.", "Name a file.")


@dataclass(frozen=True)
class Place:
    """A folder that is loaded, and what may be reached from it: `named` are the paths the command line gave."""

    folder: Path
    named: Sequence[Path] = ()

    def require_within(self, path: Path) -> None:
        """Raises BadInput for a path that leads out of the folder: a received folder could name any file."""
        if path in self.named:
            return
        try:
            end = path.resolve()
        except RuntimeError as error:  # links in a circle
            raise BadInput(f"{path} cannot be read.", "Its links lead in a circle.", "Name the file itself.") from error
        if not any(end.is_relative_to(root.resolve()) for root in (self.folder, *self.named)):
            folder = end if end.is_dir() else end.parent
            raise BadInput(
                f"{path} lies outside of what is imported.",
                f"It leads to {end}, and files are read from {self.folder} only.",
                f"Allow its folder with --also {folder}, or copy the file.",
            )

    def matching(self, pattern: str) -> list[Path]:
        """The paths within reach that a pattern names, by name. Raises BadInput for a pattern that leads out."""
        parts = Path(pattern).parts
        plain = next((number for number, part in enumerate(parts) if _WILD & set(part)), len(parts))
        if ".." in parts[plain:]:
            raise BadInput(f"{pattern!r} cannot be used.", "It goes up behind a wildcard.", "Name the folder plainly.")
        start = self.folder / Path(*parts[:plain])
        self.require_within(start)
        if plain == len(parts):
            return [start] if exists(start) else []
        try:
            found = sorted(start.glob("/".join(parts[plain:])))
        except (ValueError, NotImplementedError) as error:
            raise BadInput(f"{pattern!r} cannot be used.", f"{error}.", "Write a pattern such as *.csv.") from error
        for each in found:
            self.require_within(each)
        return found


def size_of_folder(path: Path) -> int:
    """How many things lie in a folder."""
    with os.scandir(path) as entries:
        return sum(1 for _ in entries)
