"""Text files packed with gzip, unpacked beside the rows they become."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import BadInput

_CHUNK = 1 << 20
_ALWAYS_FINE = 256 << 20
_MOST = 16 << 30
_RATIO = 100  # text shrinks five to twenty times; what shrinks a thousand times was made to fill disks


def most_of(size: int) -> int:
    """To how many bytes a packed file of that size may unpack."""
    return min(_MOST, max(_ALWAYS_FINE, size * _RATIO))


@contextmanager
def unpacked(file: Path, name: str, target: Path) -> Iterator[Path]:
    """Yields `target` with the content of a packed file and removes it afterwards.

    Raises BadInput where the file is torn, or would unpack to far more than it weighs.
    """
    most = most_of(file.stat().st_size)
    try:
        with gzip.open(file) as packed, target.open("wb") as handle:
            while chunk := packed.read(_CHUNK):
                if handle.tell() + len(chunk) > most:
                    raise BadInput(
                        f"{name} was not unpacked.",
                        f"Its {file.stat().st_size:,} bytes become more than {most:,}.",
                        "Unpack it yourself and import the file in it.",
                    )
                handle.write(chunk)
        yield target
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadInput(f"{name} cannot be unpacked.", f"It is torn: {error}.", "Copy or export it again.") from error
    finally:
        target.unlink(missing_ok=True)
