"""Publishing a directory of files: built aside, fsynced, moved by one rename, pointed to by one file.

    root/lock            held while something is being built
    root/0007.building/  unfinished; swept by the next build
    root/0007/           published, never changed again; manifest.json lists its files
    root/CURRENT         the name of the newest published directory

Readers follow CURRENT; as many directories stay readable as the settings say (ORDERBEAT_GENERATIONS).

A manifest holds the format it is written in, what the publisher says about the directory, the length and SHA-256 of
each file, and as its last line the SHA-256 of all its other bytes. Manifests of format 1 hold lengths alone.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data import locks, settings
from data.errors import BuildInProgress, Damaged, DiskProblem, FromNewerRelease, OrderbeatError

MANIFEST = "manifest.json"
FORMAT = 2  # of the manifests written; raised when they or what they describe can no longer be read by this release
POINTER = "CURRENT"
UNFINISHED_FILE = ".unfinished"  # while a file is written anew
_UNFINISHED = ".building"
_SEAL = b',\n "sha256": "'

# The named points of a publication, in the order they are passed.
POINTS = ("begun", "written", "listed", "synced", "renamed", "pointer_written", "pointed", "pruned")

Manifest = dict[str, Any]


def reached(point: str) -> None:
    """Marks a named point of a publication. Does nothing; crash tests put a kill here."""


def manifest(directory: Path) -> Manifest:
    """What was written about a published directory, `files` by name as {bytes, sha256}.

    `sha256` is None for format 1. Raises Damaged where the manifest is not what was written, FromNewerRelease.
    """
    file = directory / MANIFEST
    try:
        written = file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error
    return unsealed(written, file)


def unsealed(written: bytes, file: Path) -> Manifest:
    """A manifest as it was said, from its bytes; `file` is where they lie. Raises as `manifest`."""
    body, mark, seal = written.rpartition(_SEAL)
    if mark and seal != f'{_digest(body)}"\n}}\n'.encode():
        raise _damaged(file, "its content has changed")
    try:
        about = json.loads(written)
        version = about.get("format", 1)
        if version == 1 and not mark:
            about["files"] = {name: {"bytes": int(size), "sha256": None} for name, size in about["files"].items()}
        elif not mark and version <= FORMAT:
            raise _damaged(file, "it is cut short")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(file, "its content has changed") from error
    if version > FORMAT:
        raise FromNewerRelease(
            f"{file} was written by a newer release of Orderbeat.",
            f"Its format is {version}; this release knows formats up to {FORMAT}.",
            "Start the newer release again, or name another place with ORDERBEAT_HOME.",
        )
    return about


def write_manifest(directory: Path, about: Manifest) -> None:
    """Lists the directory's files in its manifest, with what is said about it."""
    files = {
        str(path.relative_to(directory)): {"bytes": path.stat().st_size, "sha256": file_digest(path)}
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    (directory / MANIFEST).write_bytes(sealed({**about, "files": files}))


def sealed(about: Manifest) -> bytes:
    """A manifest as it is written: in this release's format, ending in a digest of all its other bytes."""
    text = json.dumps({**about, "format": FORMAT}, indent=1, ensure_ascii=False, default=str)
    body = text.removesuffix("\n}").encode()
    return body + _SEAL + f'{_digest(body)}"\n}}\n'.encode()


def seal(directory: Path) -> str:
    """What tells this published directory from every other: a digest of its manifest. Raises Damaged."""
    try:
        return file_digest(directory / MANIFEST)
    except OSError as error:
        raise _unreadable(directory / MANIFEST, error) from error


def require_lengths(directory: Path) -> Manifest:
    """The manifest, once every file it lists proved to be there in its full length.

    Raises Damaged naming the file, FromNewerRelease.
    """
    about = manifest(directory)
    for name, written in about["files"].items():
        file = directory / name
        try:
            length = file.stat().st_size
        except OSError as error:
            raise _unreadable(file, error) from error
        if length != written["bytes"]:
            raise _damaged(file, "it is cut short or has grown")
    return about


def require_whole(directory: Path) -> Manifest:
    """The manifest, once every file it lists was read and proved to be as it was written. Raises as require_lengths."""
    about = require_lengths(directory)
    for name, written in about["files"].items():
        file = directory / name
        try:
            changed = written["sha256"] and file_digest(file) != written["sha256"]
        except OSError as error:
            raise _unreadable(file, error) from error
        if changed:
            raise _damaged(file, "its content has changed")
    return about


def has_checksums(directory: Path) -> bool:
    """Whether contents can be verified: those of format 1 cannot. Raises as `manifest`."""
    return all(written["sha256"] for written in manifest(directory)["files"].values())


def is_sound(directory: Path) -> bool:
    """Whether the manifest is as it was written, and every file it lists there in its full length."""
    try:
        require_lengths(directory)
    except (Damaged, FromNewerRelease):
        return False
    return True


def published(root: Path) -> list[Path]:
    """Published directories, the one pointed to first, then by age, newest first.

    The first is listed even when it is gone. A directory newer than the pointer was renamed by a build that died
    before pointing to it: it was never announced, so it is not offered.
    """
    newest = _pointed_to(root)
    numbers = set(_numbers(root))
    if newest is None:
        return [root / f"{n:04d}" for n in sorted(numbers, reverse=True)]
    return [root / f"{n:04d}" for n in sorted(numbers | {newest}, reverse=True) if n <= newest]


def generation(root: Path) -> int:
    """A number that changes whenever something is published."""
    try:
        return (root / POINTER).stat().st_mtime_ns
    except OSError:
        return 0


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Holds the build lock of `root`; the kernel frees it if the process dies. Raises BuildInProgress."""
    with _disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        handle = (root / "lock").open("a+", encoding="utf-8")
    with handle:
        if not locks.take(handle):
            raise BuildInProgress(
                f"Another process is writing to {root}.",
                "An import or a build is still running.",
                "Wait for it to finish and try again.",
            )
        yield


@contextmanager
def publication(root: Path, about: Manifest) -> Iterator[Path]:
    """Yields an empty directory to fill; on leaving, publishes it. The caller holds the lock.

    `about` goes into the manifest as it is when the block ends. If the block raises, what was
    published before is untouched and the unfinished directory is removed.
    Raises DiskProblem where the disk is full or cannot be written.
    """
    with _disk_errors(root):
        for leftover in root.glob(f"*{_UNFINISHED}"):
            shutil.rmtree(leftover)
        # Not a number used before, even if its directory is gone: readers remember what was wrong with that.
        final = root / f"{max([*_numbers(root), _pointed_to(root) or 0], default=0) + 1:04d}"
        unfinished = final.with_name(final.name + _UNFINISHED)
        unfinished.mkdir()
        try:
            reached("begun")
            yield unfinished
            reached("written")
            write_manifest(unfinished, about)
            reached("listed")
            for path in [*unfinished.rglob("*"), unfinished]:
                fsync(path)
            reached("synced")
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        unfinished.rename(final)
        fsync(root)
        reached("renamed")
        pointer = root / (POINTER + ".tmp")
        pointer.write_text(pointer_to(final.name), encoding="ascii")
        fsync(pointer)
        reached("pointer_written")
        pointer.replace(root / POINTER)
        fsync(root)
        reached("pointed")
        for old in published(root)[settings.current().generations :]:
            shutil.rmtree(old)
        reached("pruned")


def fsync(path: Path) -> None:
    """Waits until a file's content, or a folder's list of files, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(file: Path, content: bytes) -> None:
    """Puts this content in the place of a file, whole or not at all; a kill leaves UNFINISHED_FILE beside it."""
    unfinished = file.with_suffix(UNFINISHED_FILE)
    unfinished.write_bytes(content)
    fsync(unfinished)
    unfinished.replace(file)
    fsync(file.parent)


def file_digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _numbers(root: Path) -> list[int]:
    try:
        return [int(path.name) for path in root.iterdir() if path.name.isdigit()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(root, error) from error


def pointer_to(name: str) -> str:
    """A name with a digest of it, or a flipped bit would point to an older directory."""
    return f"{name} {_digest(name.encode())[:16]}\n"


def _pointed_to(root: Path) -> int | None:
    """The number CURRENT names; None where it names none, or is not as it was written."""
    try:
        text = (root / POINTER).read_text(encoding="ascii")
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise _unreadable(root / POINTER, error) from error
    name = text[:-18]
    if name.isdigit() and text == pointer_to(name):
        return int(name)
    # Releases that wrote format 1 wrote the name alone.
    return int(text) if text.isdigit() and len(text) >= 4 else None


def _damaged(file: Path, how: str) -> Damaged:
    return Damaged(f"{file} is damaged: {how}.", "A failing disk, or a copy that was interrupted.")


def _unreadable(path: Path, error: OSError) -> OrderbeatError:
    """Damage where the disk has lost it; else what this process may not or cannot do at the moment."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO):
        return _damaged(path, f"it cannot be read: {error.strerror}")
    return DiskProblem(
        f"{path} cannot be read: {error.strerror}.",
        "What Orderbeat keeps is private to the account that wrote it, and each open page takes file handles.",
        "Use that account, or raise the limit of file handles (`ulimit -n`); docs/operating.md says what is needed.",
    )


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
