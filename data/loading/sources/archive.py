"""Archives (ZIP) as folders of files: what is in one, and one file of it on disk."""

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from data.errors import BadInput
from data.loading.sources import kinds
from data.loading.sources.packed import most_of

_MOST_FILES = 1000
_CHUNK = 1 << 20
_OF_SYSTEMS = ("__MACOSX", ".DS_Store", "Thumbs.db")


def members(file: Path, name: str) -> list[str]:
    """The names of the files in an archive. Raises BadInput where it is torn, has too many or names them oddly."""
    with _opened(file, name) as archive:
        inside = [each for each in archive.infolist() if not each.is_dir()]
    most, size = most_of(file.stat().st_size), sum(each.file_size for each in inside)
    if size > most:
        raise _refused(name, f"Its {file.stat().st_size:,} bytes would become {size:,}.")
    found = [each.filename for each in inside]
    found = [each for each in found if not any(part in _OF_SYSTEMS for part in PurePosixPath(each).parts)]
    if len(found) > _MOST_FILES:
        raise _refused(name, f"It holds {len(found):,} files, more than {_MOST_FILES:,}.")
    twice = [each for each, count in Counter(found).items() if count > 1]
    if twice:
        raise _refused(name, f"It holds several files called {twice[0]}.")
    for each in found:
        path = PurePosixPath(each.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or "\0" in each:
            raise _refused(name, f"It holds {each!r}, which leads out of it.")
    return found


def extracted(file: Path, name: str, member: str, target: Path) -> Path:
    """Writes one file of an archive as `target`, with the ending it has, and returns where it is.

    Raises BadInput where it is torn, locked by a password, or becomes far more than it weighs.
    """
    path = target.with_name(f"{target.name}{kinds.of(member)}")
    most = most_of(file.stat().st_size)
    with _opened(file, name) as archive, archive.open(member) as packed, path.open("wb") as handle:
        while chunk := packed.read(_CHUNK):
            if handle.tell() + len(chunk) > most:
                raise _refused(name, f"Its {file.stat().st_size:,} bytes become more than {most:,}.")
            handle.write(chunk)
    return path


@contextmanager
def _opened(file: Path, name: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise BadInput(f"{name} cannot be unpacked.", f"It is torn: {error}.", "Copy or export it again.") from error
    except (NotImplementedError, RuntimeError) as error:  # packed in another way; locked by a password
        raise BadInput(f"{name} cannot be unpacked.", f"{error}.", "Unpack it, then import the files in it.") from error


def _refused(name: str, cause: str) -> BadInput:
    return BadInput(f"{name} was not unpacked.", cause, "Unpack it yourself and import the files in it.")
