"""The one file a backup is: a ZIP of pieces and a manifest of them, all of it sealed.

manifest.json lists each piece with its length and SHA-256 and ends with its own, as the manifests of inputs do. The
comment at the end of the file is the SHA-256 of every byte before it: no bit can change unseen. A piece never becomes
longer than the manifest lists it, and whoever unpacks one looks first whether there is room.
"""

import hashlib
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data import publish
from data.errors import BadInput, Damaged, FromNewerRelease
from data.loading import files

KIND = "orderbeat backup"
FORMAT = 1  # raised when archives can no longer be read by this release
_SEAL = 64  # characters of a SHA-256
_CHUNK = 1 << 20
_MOST_MANIFEST = 256 << 20
_PART = r"(?!\.{1,2}(/|$))[^/\\\x00-\x1f]{1,255}"
_NAME = re.compile(f"{_PART}(/{_PART}){{0,9}}")


def reached(point: str) -> None:
    """Marks a named point of a backup or a restore. Does nothing; crash tests put a kill here."""


@dataclass
class Writing:
    """An archive while it is being written."""

    zipped: zipfile.ZipFile
    listed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, chunks: Iterable[bytes], mtime_ns: int | None = None) -> str:
        """Adds a piece; gives its SHA-256. `mtime_ns` is when it was last changed, where that is to stay.

        Raises BadInput for a name that no archive takes.
        """
        if not _is_name(name):
            raise BadInput(f"{name!r} cannot be backed up.", "It is no name for a file.", "Rename it, or move it away.")
        seen, length = hashlib.sha256(), 0
        with self.zipped.open(_plain(name), "w", force_zip64=True) as target:
            for chunk in chunks:
                target.write(chunk)
                seen.update(chunk)
                length += len(chunk)
        self.listed[name] = {"bytes": length, "sha256": seen.hexdigest(), "mtime_ns": mtime_ns}
        return seen.hexdigest()

    def add_file(self, name: str, file: Path) -> str:
        """Adds a file as it is now. Raises OSError."""
        with file.open("rb") as source:
            about = os.fstat(source.fileno())
            return self.add(name, iter(lambda: source.read(_CHUNK), b""), about.st_mtime_ns)


@contextmanager
def written(file: Path, about: dict[str, Any]) -> Iterator[Writing]:
    """Yields an archive to fill, and puts it in its place when the block ends; `about` goes into its manifest.

    Until then it is FILE.part, and a block that raises leaves nothing. Raises BadInput where there is such a file
    already or it cannot be written, DiskProblem.
    """
    part = file.with_name(f"{file.name}.part")
    _require_free(file)
    with files.explained(str(file)):
        part.unlink(missing_ok=True)  # of a backup that was killed
        handle = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
    try:
        with files.explained(str(file)), handle:
            with zipfile.ZipFile(handle, "w") as zipped:
                writing = Writing(zipped)
                yield writing
                reached("pieces_written")
                said = publish.sealed({**about, "kind": KIND, "backup": FORMAT, "files": writing.listed})
                zipped.writestr(_plain(publish.MANIFEST), said)
                zipped.comment = bytes(_SEAL)
            handle.flush()
            length = handle.seek(0, os.SEEK_END)
            seal = _digest(handle, length - _SEAL)
            handle.seek(length - _SEAL)
            handle.write(seal.encode())
            handle.flush()
            os.fsync(handle.fileno())
        reached("written")
        with files.explained(str(file)):
            _settle(part, file)
            publish.fsync(file.parent)
        reached("settled")
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@dataclass(frozen=True)
class Archive:
    """An archive that is as it was written, open for reading: what its manifest says, and its pieces by name."""

    file: Path
    about: publish.Manifest
    zipped: zipfile.ZipFile

    @property
    def names(self) -> list[str]:
        """The pieces, without the manifest."""
        return list(self.about["files"])

    @property
    def unpacked(self) -> int:
        """How much room the pieces take when they are unpacked."""
        return sum(int(each["bytes"]) for each in self.about["files"].values())

    def chunks(self, name: str) -> Iterator[bytes]:
        """A piece, part by part. Raises Damaged at its end where it is not what the manifest lists."""
        listed = self.about["files"][name]
        seen, length = hashlib.sha256(), 0
        with _explained(self.file), self.zipped.open(name) as source:
            while chunk := source.read(_CHUNK):  # never more than the archive says
                seen.update(chunk)
                length += len(chunk)
                yield chunk
        if (length, seen.hexdigest()) != (listed["bytes"], listed["sha256"]):
            raise _damaged(self.file, f"{name} is not what was written")

    def lines(self, name: str) -> Iterator[bytes]:
        """A piece, line by line; as `chunks` otherwise."""
        begun = b""
        for chunk in self.chunks(name):
            *whole, begun = (begun + chunk).split(b"\n")
            yield from (line + b"\n" for line in whole)
        if begun:
            yield begun


@contextmanager
def opened(file: Path) -> Iterator[Archive]:
    """Yields an archive once its seal, its names and its manifest proved to be those of a backup.

    Raises Damaged where it changed or is cut short, BadInput where it is something else or could do harm,
    FromNewerRelease.
    """
    with files.explained(str(file)):
        files.require_regular(file, str(file))
        handle = file.open("rb")
    with handle:
        with _explained(file):
            length = os.fstat(handle.fileno()).st_size
            handle.seek(max(0, length - _SEAL))
            seal = handle.read(_SEAL)
            is_whole = length > _SEAL and _digest(handle, length - _SEAL).encode() == seal
            handle.seek(0)
            if not is_whole and handle.read(4) == b"PK\x03\x04":
                raise _damaged(file, "it changed, or is cut short")
            if not is_whole:
                raise _foreign(file)
            zipped = zipfile.ZipFile(handle)
            about = _described(file, zipped, length)
        yield Archive(file, about, zipped)


def check(file: Path) -> str:
    """Reads an archive to its last byte and says what it holds. Raises as `opened`."""
    with opened(file) as archive:
        for name in archive.names:
            for _ in archive.chunks(name):
                pass
        return f"{file} is whole: {len(archive.names)} pieces are as they were written on {archive.about['made_at']}."


def _described(file: Path, zipped: zipfile.ZipFile, length: int) -> publish.Manifest:
    """What the manifest says, once the archive proved to hold what it lists and nothing else."""
    inside = zipped.infolist()
    names = [each.filename for each in inside]
    if publish.MANIFEST not in names:
        raise _foreign(file)
    for each in inside:
        _require_plain(file, each)
    if len(names) != len(set(names)):
        raise _hostile(file, "several pieces have one name")
    if sum(each.compress_size for each in inside) > length:
        raise _hostile(file, "its pieces lie over each other")
    if zipped.getinfo(publish.MANIFEST).file_size > _MOST_MANIFEST:
        raise _hostile(file, "its manifest is too long")
    about = publish.unsealed(zipped.read(publish.MANIFEST), file)
    if about.get("kind") != KIND:
        raise _foreign(file)
    if about.get("backup") != FORMAT:
        raise FromNewerRelease(
            f"{file} was written by a newer release of Orderbeat.",
            f"Its form is {about.get('backup')!r}; this release knows forms up to {FORMAT}.",
            "Update Orderbeat, then restore.",
        )
    listed = about["files"]
    known = {"bytes": int, "sha256": str, "mtime_ns": int | None}
    if any(not isinstance(each.get(key), kind) for each in listed.values() for key, kind in known.items()):
        raise _hostile(file, "its manifest does not list pieces")
    held = {each.filename: each.file_size for each in inside if each.filename != publish.MANIFEST}
    if held != {name: each["bytes"] for name, each in listed.items()}:
        raise _hostile(file, "its manifest lists other pieces")
    return about


def _require_plain(file: Path, piece: zipfile.ZipInfo) -> None:
    """Raises BadInput for what no backup has: a name that leads elsewhere, a link, a lock, another kind of packing."""
    if not _is_name(piece.filename):
        raise _hostile(file, f"{piece.filename[:100]!r} leads out of it")
    if stat.S_IFMT(piece.external_attr >> 16) not in (0, stat.S_IFREG):
        raise _hostile(file, f"{piece.filename[:100]!r} is no file")
    if piece.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or piece.flag_bits & 1:
        raise _hostile(file, f"{piece.filename[:100]!r} is packed in another way")


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and name == name.encode("utf-8", "ignore").decode("utf-8")


def _digest(handle: Any, length: int) -> str:
    handle.seek(0)
    seen = hashlib.sha256()
    while length and (chunk := handle.read(min(length, _CHUNK))):
        seen.update(chunk)
        length -= len(chunk)
    return seen.hexdigest()


def _plain(name: str) -> zipfile.ZipInfo:
    """A piece that says nothing of this computer."""
    about = zipfile.ZipInfo(name)
    about.external_attr = (stat.S_IFREG | 0o600) << 16
    about.compress_type = zipfile.ZIP_DEFLATED  # snapshots are half empty pages
    return about


def _require_free(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise BadInput(f"{file} exists; nothing was written over it.", "", "Name another file, or move that one away.")


def _settle(part: Path, file: Path) -> None:
    try:
        os.link(part, file)  # unlike a rename it never replaces
    except FileExistsError:
        _require_free(file)
    except OSError:  # a disk that knows no links
        _require_free(file)
        part.rename(file)


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """What reading a ZIP may come to."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError) as error:
        raise _damaged(file, "it cannot be read") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise _hostile(file, "its manifest is none") from error


def _damaged(file: Path, how: str) -> Damaged:
    return Damaged(
        f"{file} is damaged: {how}.", "A failing disk, or a copy that was interrupted.", "Use another backup."
    )


def _foreign(file: Path) -> BadInput:
    return BadInput(
        f"{file} is no backup of Orderbeat.", "Something else wrote it.", "Name a file that `backup` wrote."
    )


def _hostile(file: Path, how: str) -> BadInput:
    return BadInput(f"{file} was not restored.", f"No backup is like it: {how}.", "Use one whose origin you know.")
