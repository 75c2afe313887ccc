"""Which encoding a text file is in: found from its bytes, never from its name."""

import codecs
import io
import re
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from data.errors import BadInput

_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What business systems export besides Unicode. A longer list makes short texts come out as exotic scripts.
# Whole words outside ASCII mean another alphabet; single letters mean Latin with accents.
_ALPHABETS = ("cp1251", "koi8_r", "cp866", "cp1253")
_ACCENTS = ("cp1252", "cp1250", "cp1254")
# Codecs of text that no file is in: for host names, for program sources, and one that always fails.
_NO_FILES = (
    "idna",
    "punycode",
    "undefined",
    "unicode-escape",
    "unicode_escape",
    "raw-unicode-escape",
    "raw_unicode_escape",
)
_WORDS = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True)
class Encoding:
    """A codec's name, and whether every byte of the file is valid in it."""

    codec: str
    sound: bool = True


def of(file: Path, name: str, wanted: str | None) -> Encoding:
    """The encoding of a file: `wanted` where given, else found. Raises BadInput for a codec that does not exist."""
    if wanted:
        codec = _named(wanted)
        if not codec:
            raise BadInput(
                f"{wanted!r} is not an encoding.",
                f"The mapping sets it for {name}.",
                "Use a name such as utf-8, utf-16 or cp1251.",
            )
        with file.open("rb") as handle:
            if codec == "utf-8" and handle.read(3) == codecs.BOM_UTF8:
                codec = "utf-8-sig"
        return Encoding(codec, _invalid(file, codec) is None)
    with file.open("rb") as handle:
        head = handle.read(_SAMPLE)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, _invalid(file, codec) is None)
    if (unmarked := _unmarked_utf16(head)) and _invalid(file, unmarked) is None:
        return Encoding(unmarked)
    fault = _invalid(file, "utf-8")
    if fault is None:
        return Encoding("utf-8")
    with file.open("rb") as handle:
        handle.seek(max(0, fault - _SAMPLE // 2))
        around = handle.read(_SAMPLE)
    if _mostly_utf8(around):
        return Encoding("utf-8", sound=False)
    # Only what is not ASCII tells encodings apart, so the lines that have none of it are left out.
    telling = b"\n".join(line for line in around.splitlines() if not line.isascii())
    words = _WORDS.findall(telling)
    likely = _ALPHABETS if sum(map(len, words)) > 2 * len(words) else _ACCENTS
    best = from_bytes(telling, cp_isolation=list(likely), threshold=0.6).best()
    codec = best.encoding if best else likely[0]
    return Encoding(codec, _invalid(file, codec) is None)


def _named(wanted: str) -> str:
    """The codec of that name; '' where there is none, or it turns texts into something else than bytes of a file."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=wanted)  # refuses codecs such as rot13 and base64
        codec = codecs.lookup(wanted).name
    except (LookupError, ValueError, OSError):
        return ""
    return "" if codec in _NO_FILES else codec


def _unmarked_utf16(head: bytes) -> str | None:
    zeros_even, zeros_odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if zeros_odd > 0.3 * half and zeros_even < 0.05 * half:
        return "utf-16-le"
    if zeros_even > 0.3 * half and zeros_odd < 0.05 * half:
        return "utf-16-be"
    return None


def _mostly_utf8(sample: bytes) -> bool:
    """Whether a few bad bytes spoil what is UTF-8 otherwise."""
    text = sample.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    return sum(not character.isascii() for character in text) - bad > bad


def _invalid(file: Path, codec: str) -> int | None:
    """Where the first byte lies that is not valid in `codec`; roughly, as it only centres the sample."""
    decoder = codecs.getincrementaldecoder(codec)()
    position = 0
    with file.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return position + error.start
            position += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return position
    return None
