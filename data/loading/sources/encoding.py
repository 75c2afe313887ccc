"""Which encoding a text file is in: found from its bytes, never from its name."""

import codecs
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadInput
from data.loading.sources.languages import likelihood, may_be_east_asian

_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ("de", "fr", "es", "pt", "it", "nl", "da", "sv", "nb", "fi", "is", "en")
_CENTRAL = ("pl", "cs", "sk", "hu", "sl", "hr", "ro")
_BALTIC = ("lt", "lv", "et")
_CYRILLIC = ("ru", "uk", "bg", "sr", "be", "mk")
# What business systems write besides Unicode, and the languages it is written for.
_READINGS = {
    "cp1252": _WESTERN,
    "cp1251": _CYRILLIC,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": ("tr",),
    "cp1257": _BALTIC,
    "cp1253": ("el",),
    "koi8_r": ("ru",),
    "cp866": ("ru",),
    "iso8859_5": ("ru",),
    "cp850": _WESTERN,
    "cp852": _CENTRAL,
    "mac_roman": _WESTERN,
    "mac_cyrillic": _CYRILLIC,
}
# Never taken unasked: nothing here can tell them from each other, but they are named where nothing else fits.
_OF_SEVERAL_BYTES = ("gb18030", "cp932", "big5", "cp949", "euc_jp")
_SURE = math.log(50)  # how many times likelier than any other a reading must be
# How likely the best reading must be for each letter beyond ASCII: if it may be East Asian as well, and if not.
_LIKELY, _POSSIBLE = math.log(1 / 250), math.log(1.5e-6)
# How much rarer than the others: its small letters are those of cp1251, its capitals signs there and the other way.
_RARE = {"mac_cyrillic": math.log(1e-6)}
_TORN = math.log(1e-6)  # for each letter of a word that a codec cannot read
_MOST_WORDS = 1000
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
_WORDS = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
# The same with all that may be the second byte of a sign: punctuation and digits among them.
_RUNS = re.compile(rb"[0-9@-~\x80-\xff]*[\x80-\xff][0-9@-~\x80-\xff]*")


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
    around = around[: around.rfind(b"\n") + 1] or around  # a sign of several bytes may be cut in two
    if _mostly_utf8(around):
        return Encoding("utf-8", sound=False)
    codec = _most_likely(around, name)
    return Encoding(codec, _invalid(file, codec) is None)


def _most_likely(around: bytes, name: str) -> str:
    """The codec in which the words of a text are likeliest.

    Raises BadInput where none is fifty times likelier than every other that reads them differently, or all are
    unlikely.
    """
    words = list(dict.fromkeys(_WORDS.findall(around)))[:_MOST_WORDS]
    readings = {codec: [_read(word, codec) for word in words] for codec in _READINGS}
    scores = {
        codec: _RARE.get(codec, 0.0)
        + sum(
            _TORN * _beyond_ascii(word) if text is None else likelihood(text, _READINGS[codec])
            for word, text in zip(words, texts, strict=True)
        )
        for codec, texts in readings.items()
    }
    best = max(scores, key=lambda codec: scores[codec])
    letters = sum(map(_beyond_ascii, words))
    differing = [codec for codec in scores if readings[codec] != readings[best]]
    rivals = [codec for codec in differing if scores[codec] > scores[best] - _SURE]
    runs = list(dict.fromkeys(_RUNS.findall(around)))[:_MOST_WORDS]
    east_asian = any(may_be_east_asian([_read(run, codec) for run in runs]) for codec in _OF_SEVERAL_BYTES)
    if scores[best] / letters > (_LIKELY if east_asian else _POSSIBLE) and not rivals:
        return next(codec for codec in readings if readings[codec] == readings[best])
    example = max(words, key=len)
    near = [codec for codec in differing if scores[codec] > scores[best] - 2 * _SURE]
    shown = {codec: _read(example, codec) for codec in [best, *sorted(near, key=lambda codec: -scores[codec])]}
    east = {codec: _read(max(runs, key=len), codec) for codec in _OF_SEVERAL_BYTES}
    shown |= {codec: text for codec, text in east.items() if may_be_east_asian([text])}
    raise BadInput(
        f"The encoding of {name} is not certain.",
        "A word of it is " + " or ".join(f"{text!r} ({codec})" for codec, text in shown.items() if text) + ".",
        "Say which with `encoding` in the mapping, or export the file as UTF-8.",
    )


def _beyond_ascii(word: bytes) -> int:
    return sum(byte > 0x7F for byte in word)


def _read(word: bytes, codec: str) -> str | None:
    try:
        return word.decode(codec)
    except UnicodeDecodeError:
        return None


def _named(wanted: str) -> str:
    """The codec of that name; '' where there is none, or it turns texts into something else than bytes of a file."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=wanted)  # refuses codecs such as rot13 and base64
        codec = codecs.lookup(wanted).name
    except (LookupError, ValueError, OSError):
        return ""
    return "" if codec in _NO_FILES else codec


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 by its zeros: every second byte of each sign of ASCII, which separators and ends of lines are at least."""
    if 0 not in head:
        return None
    pairs = head[: len(head) // 2 * 2]
    first, second = pairs[0::2], pairs[1::2]
    for codec, zeros, others in (("utf-16-le", second, first), ("utf-16-be", first, second)):
        has_lines = any(zero == 0 and other in b"\r\n" for zero, other in zip(zeros, others, strict=True))
        share = 0.02 if has_lines else 0.3
        if zeros.count(0) > share * len(zeros) and zeros.count(0) > 20 * others.count(0):
            return codec
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
