"""Kinds of file: which are read, and what the others are called, so that nobody has to guess why one was not."""

import re
from pathlib import PurePath

_PACKED = ".gz"
TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")  # an object of JSON on each line
ARCHIVE = ".zip"  # of files of the other kinds
NO_DATA = ("readme.md", "readme.txt")  # about the files beside them
READ = (*TEXT, *WORKBOOKS, *LINES, ".parquet", ARCHIVE)

_AS_CSV = "Export it as CSV, Excel or Parquet."
_UNPACK = "Unpack it, then import the files in it."
_OTHERS = {
    **dict.fromkeys((".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst"), ("an archive", _UNPACK)),
    ".json": ("JSON", "Write an object on each line and call it .jsonl, or export it as CSV."),
    **dict.fromkeys((".xml", ".html", ".htm"), ("XML or a web page", _AS_CSV)),
    **dict.fromkeys((".xltx", ".xltm", ".xlt"), ("a template for workbooks", "Save it as .xlsx.")),
    **dict.fromkeys((".doc", ".docx", ".rtf", ".odt", ".pdf", ".pptx"), ("a document", _AS_CSV)),
    **dict.fromkeys((".mdb", ".accdb", ".db", ".sqlite", ".duckdb", ".dbf", ".bak"), ("a database", _AS_CSV)),
    **dict.fromkeys((".feather", ".arrow", ".orc", ".avro"), ("a columnar file of another kind", _AS_CSV)),
    ".sql": ("a script for a database", _AS_CSV),
    ".numbers": ("a Numbers spreadsheet", _AS_CSV),
}
# How files begin that are often given an ending that is not theirs.
_BEGINNINGS = (
    (re.compile(rb"\s*<(!doctype html|html|table|head|meta)", re.IGNORECASE), "a web page"),
    (re.compile(rb"\s*<(\?xml|[a-z]+:?workbook)", re.IGNORECASE), "XML"),
    (re.compile(rb'\s*(\{\s*["}]|\[\s*[\[{"\]])'), "JSON"),
    (re.compile(rb"PK\x03\x04"), "a ZIP archive or a workbook"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "a file of an old Office program"),
    (re.compile(rb"\x1f\x8b"), "packed with gzip"),
    (re.compile(rb"PAR1"), "Parquet"),
    (re.compile(rb"%PDF"), "a PDF document"),
    (re.compile(rb"SQLite format 3"), "a database"),
)


def of(name: str) -> str:
    """The ending by which a file is read, such as '.csv' or '.csv.gz'; '' where it is not read at all."""
    lowered = name.lower()
    return next((ending for ending in sorted(READ, key=len, reverse=True) if lowered.endswith(ending)), "")


def stem(name: str) -> str:
    """A file's name without its ending and the blanks around it: what SQL of a mapping calls it."""
    last = PurePath(name).name
    ending = of(last)
    return (last[: -len(ending)] if ending else PurePath(last).stem).strip()


def is_packed(ending: str) -> bool:
    """Whether a file of that ending is unpacked before it is read."""
    return ending.endswith(_PACKED)


def is_lock(name: str) -> bool:
    """Whether a file only says that somebody has another one open."""
    return name.startswith("~$") or (name.startswith(".~lock.") and name.endswith("#"))


def holds_rows(name: str) -> bool:
    """Whether a file of that name in an archive is read: no archive itself, no lock, nothing about the others."""
    last = PurePath(name).name
    return of(last) not in ("", ARCHIVE) and not is_lock(last) and last.casefold() not in NO_DATA


def other(name: str) -> tuple[str, str]:
    """What a file that is not read is, and what to do about it: two parts of a message, the first may be ''."""
    return _OTHERS.get(PurePath(name).suffix.lower(), ("", _AS_CSV))


def disguised(head: bytes) -> str:
    """What the first bytes of a file show it to be, whatever its name says; '' where they show nothing."""
    return next((what for pattern, what in _BEGINNINGS if pattern.match(head.removeprefix(b"\xef\xbb\xbf"))), "")


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file look like text of one byte a sign."""
    return bool(head) and not any(byte < ord(" ") and byte not in b"\t\r\n\f" for byte in head)
