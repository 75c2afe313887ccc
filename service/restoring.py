"""python -m service restore: a backup becomes the home and the store of this place, as a whole or not at all.

Everything is written into home/restoring and verified there. Then each piece is moved to where it belongs, and the
folder goes last: while it is there, every command and every server refuses the home (data/private.py).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from data import private, publish
from data.errors import BadInput, Damaged, DiskProblem
from data.loading import files, inputs, kept, quarantine, runs, source_file
from data.people.store import copying
from data.settings import Settings
from data.warehouse import build, reconcile
from service import archive, backup
from service.archive import Archive


def restore(where: Settings, file: Path) -> str:
    """Restores a backup into the empty home and the empty store of these settings, and says what it holds.

    Raises BadInput where something is there already, and for a file that is no backup or could do harm, Damaged,
    FromNewerRelease, DiskProblem, or what the store raises; then nothing is left behind.
    """
    _require_empty(where)
    with archive.opened(file) as opened:
        pieces = [name for name in opened.names if not name.startswith(f"{backup.STORE}/")]
        for name in pieces:
            if not _is_ours(name, where):
                raise BadInput(
                    f"{file} was not restored.", f"No backup holds {name!r}.", "Use one whose origin you know."
                )
        _require_room(where.home, opened)
        with _staging(where.home) as (staging, moved), files.explained(str(where.home)):
            for name in pieces:
                _write(opened, name, staging)
            _require_whole(staging, where)
            archive.reached("staged")
            _move(staging, moved, where, _store(opened, replace(where, home=staging)))
        staging.rmdir()
        publish.fsync(where.home)
    made = opened.about["made_at"]
    return (
        f"{file} of {made} is restored into {where.home}: {len(opened.names)} pieces are as they were written.\n"
        f"Nobody is signed in. {backup.SETTINGS} there tells the settings of then; passwords of sources were not in it."
    )


def _require_empty(where: Settings) -> None:
    if found := _ours(where.home):
        raise BadInput(
            f"{where.home} is not empty; nothing was restored.",
            f"It holds {', '.join(path.name for path in found[:5])}.",
            "Name an empty folder with ORDERBEAT_HOME.",
        )
    if where.store:
        copying.require_empty(where)


def _ours(home: Path) -> list[Path]:
    """What Orderbeat put into a home, but for a log of errors that may come before everything else."""
    found = {path for pattern in private.OURS for path in home.glob(pattern)}
    return sorted(path for path in found if not path.name.startswith("errors.log"))


def _is_ours(name: str, where: Settings) -> bool:
    """Whether a backup of ours has such a piece: nothing else comes into a home."""
    of = [inputs.root, quarantine.root, kept.root, source_file.root, runs.root]
    folders = {build.root(where).name, backup.MIRRORS, *(root(where.home).name for root in of)}
    first, *rest = PurePosixPath(name).parts
    return first in folders if rest else first in (backup.SETTINGS, reconcile.KEPT)


def _require_room(home: Path, opened: Archive) -> None:
    there = next(path for path in (home, *home.parents) if path.exists())
    room = shutil.disk_usage(there).free
    if opened.unpacked > room:
        raise DiskProblem(
            f"{opened.file} was not restored.",
            f"Its pieces take {opened.unpacked:,} bytes, and {there} has room for {room:,}.",
            "Name a larger disk with ORDERBEAT_HOME; where no backup of yours is that large, do not trust the file.",
        )


@contextmanager
def _staging(home: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Yields home/restoring and a list for what is moved out of it.

    Where the block raises, none of it is left.
    """
    is_new = not home.exists()
    staging = home / private.RESTORING
    with files.explained(str(home)):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        staging.mkdir(mode=0o700)
    moved: list[Path] = []
    try:
        yield staging, moved
    except BaseException:
        for path in [*moved, staging]:
            _remove(path)
        if is_new:
            with suppress(OSError):
                home.rmdir()
        raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _write(opened: Archive, name: str, staging: Path) -> None:
    place = staging / name
    for folder in reversed(place.relative_to(staging).parents):
        (staging / folder).mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        for chunk in opened.chunks(name):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    changed = opened.about["files"][name]["mtime_ns"]
    if changed is not None:
        os.utime(place, ns=(changed, changed))


def _require_whole(staging: Path, where: Settings) -> None:
    """Reads every generation again, as the commands do that build on it. Raises Damaged, FromNewerRelease."""
    snapshots = build.root(replace(where, home=staging))
    for root in (inputs.root(staging), snapshots, *sorted((staging / backup.MIRRORS).glob("*"))):
        for path in publish.published(root):
            publish.require_whole(path)
            if root == snapshots:
                build.described(path)
    inputs.current(staging)


def _store(opened: Archive, where: Settings) -> AbstractContextManager[None]:
    """Fills the store with what the backup holds of it, if somebody had written."""
    ending = ".jsonl"
    names = [PurePosixPath(name) for name in opened.names if name.startswith(f"{backup.STORE}/")]
    step = opened.about.get("store")
    if step is None and not names:
        return nullcontext()
    if not isinstance(step, str) or any(len(name.parts) != 2 or name.suffix != ending for name in names):
        raise Damaged("The backup does not hold a store.", "It was changed, or made by something else.")
    return copying.restored(
        where, step, [name.stem for name in names], lambda name: opened.lines(f"{backup.STORE}/{name}{ending}")
    )


def _move(staging: Path, moved: list[Path], where: Settings, filled: AbstractContextManager[None]) -> None:
    """Moves everything to where it belongs, before the store keeps what was filled in: what fails then undoes both."""
    if not where.store:  # a file is moved, too, once it is closed
        with filled:
            pass
        filled = nullcontext()
    with filled:
        archive.reached("filled")
        for folder in [staging, *(path for path in staging.rglob("*") if path.is_dir())]:
            publish.fsync(folder)
        for path in sorted(staging.iterdir()):
            place = where.home / path.name
            if place.exists():
                raise BadInput(
                    f"{place} came while the backup was being restored; nothing was restored.",
                    "A server or a command runs that uses this home.",
                    "End it, empty that folder and try again.",
                )
            moved.append(place)
            path.rename(place)
            archive.reached("moved")
        publish.fsync(where.home)
    archive.reached("kept")
