"""python -m service backup: what cannot be made again, and the newest of what can, in one file, while everything runs.

Generations are linked into home/backing_up first, so that nothing sweeps them away meanwhile. What later pieces build
on comes after them: inputs are never older than the snapshot, the mirrors and the history that speak of them.
"""

import datetime as dt
import errno
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data import locks, publish
from data.errors import BuildInProgress, Damaged
from data.loading import files, inputs, kept, quarantine, runs, source_file
from data.people import store as people_store
from data.people.store import audit, copying
from data.settings import Settings
from data.warehouse import build, reconcile
from service import archive

MIRRORS = "databases"
SETTINGS = "settings.env"
STORE = "store"  # folder of the archive alone: lines of each table
_PLACE = "backing_up"
_SECRET = re.compile(r"STORE$|SECRET|TOKEN|PASSWORD|KEY")
_WITH_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]*@")
_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP)


def backup(where: Settings, file: Path) -> str:
    """Writes everything that is kept into one new file, and says what.

    Raises BadInput where there is such a file already, NothingLoaded where nothing is kept, Damaged naming what is,
    BuildInProgress while another backup runs, DiskProblem, or what the store raises.
    """
    store = people_store.existing_store(where)
    if store is None and build.newest(where) is None and inputs.current(where.home) is None:
        raise build.NOTHING_LOADED
    about = {"made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    with _alone(where.home) as pinned, archive.written(file, about) as writing:
        writing.add(SETTINGS, [_settings().encode()])
        _add_changing(writing, where.home)
        roots = [*sorted((where.home / MIRRORS).glob("*")), build.root(where), inputs.root(where.home)]
        newest = {root: _add_newest(writing, where.home, root, pinned) for root in roots}
        said = [f"{root.relative_to(where.home)} {name}" for root, name in newest.items() if name]
        _add_folder(writing, where.home, quarantine.root(where.home), "[0-9]*/**/*")
        if store:
            audit.note(store, by=None, did="backed_up")
            with copying.copying(store) as copy:
                about["store"] = copy.step
                rows = sum(_add_table(writing, copy, name) for name in copy.names)
            said.append(f"{rows:,} rows of the store")
    return f"{file} holds {', '.join(said)}: {file.stat().st_size:,} bytes."


@contextmanager
def _alone(home: Path) -> Iterator[Path]:
    """Yields an empty folder of the home, while no other process backs up."""
    place = home / _PLACE
    with files.explained(str(place)):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = (place / "lock").open("a+", encoding="utf-8")
    with handle:
        if not locks.take(handle):
            raise BuildInProgress("Another backup is running.", f"It holds {place / 'lock'}.", "Wait for it to finish.")
        pinned = place / "files"
        shutil.rmtree(pinned, ignore_errors=True)  # of a backup that was killed
        try:
            yield pinned
        finally:
            shutil.rmtree(pinned, ignore_errors=True)


def _settings() -> str:
    """The variables of this process that hold no secret, as a file of the environment."""
    lines = [
        f"{name}={shlex.quote(value)}\n"
        for name, value in sorted(os.environ.items())
        if name.startswith("ORDERBEAT_") and not _SECRET.search(name) and not _WITH_PASSWORD.search(value)
    ]
    return "".join(line for line in lines if line.isprintable() or line[:-1].isprintable())


def _add_changing(writing: archive.Writing, home: Path) -> None:
    """What is written over or added to while everything runs: each file as it is when its turn comes."""
    for history in sorted(runs.root(home).glob("*.jsonl")):
        whole = history.read_bytes().rpartition(b"\n")
        writing.add(str(history.relative_to(home)), [whole[0] + whole[1]], history.stat().st_mtime_ns)
    _add_folder(writing, home, source_file.root(home), "**/*", without=".password")
    _add_folder(writing, home, kept.root(home), "**/*", without=".unfinished")
    _add_folder(writing, home, home, reconcile.KEPT)


def _add_folder(writing: archive.Writing, home: Path, folder: Path, pattern: str, without: str = "\0") -> None:
    for file in sorted(folder.glob(pattern)):
        name = str(file.relative_to(home))
        if file.is_file() and file.suffix != without and ".building/" not in name:
            with suppress(FileNotFoundError):  # somebody took it away
                writing.add_file(name, file)


def _add_newest(writing: archive.Writing, home: Path, root: Path, pinned: Path) -> str:
    """Adds the newest generation, once every file of it proved to be what was written; gives its name."""
    newest = _pin_newest(root, pinned)
    if newest is None:
        return ""
    place = root.relative_to(home)
    for name, written in publish.manifest(pinned)["files"].items():
        digest = writing.add_file(str(place / newest.name / name), pinned / name)
        if written["sha256"] not in (None, digest):
            raise Damaged(
                f"{newest / name} is damaged: its content has changed; nothing was backed up.",
                "A failing disk, or a copy that was interrupted.",
                "`python -m data check` says the ways out.",
            )
    writing.add_file(str(place / newest.name / publish.MANIFEST), pinned / publish.MANIFEST)
    writing.add(str(place / publish.POINTER), [publish.pointer_to(newest.name).encode()])
    return newest.name


def _pin_newest(root: Path, pinned: Path) -> Path | None:
    """Links the files of the newest generation where nobody sweeps them; None where there is none. Raises Damaged."""
    while newest := next(iter(publish.published(root)), None):
        shutil.rmtree(pinned, ignore_errors=True)
        try:
            for name in [*publish.require_lengths(newest)["files"], publish.MANIFEST]:
                _link(newest / name, pinned / name)
        except (Damaged, FileNotFoundError):
            if next(iter(publish.published(root)), None) == newest:
                raise
            continue  # swept a moment ago: another is the newest by now
        archive.reached("pinned")
        return newest
    return None


def _link(file: Path, place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(file, place)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(file, place)


def _add_table(writing: archive.Writing, copy: copying.Copy, name: str) -> int:
    """Adds the rows of a table; gives how many."""
    rows = -1  # the first line names the columns

    def lines() -> Iterator[bytes]:
        nonlocal rows
        for line in copy.lines(name):
            rows += 1
            yield line

    writing.add(f"{STORE}/{name}.jsonl", lines())
    return rows
