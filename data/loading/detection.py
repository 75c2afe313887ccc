"""What a file looks like before anything is loaded: how it is read, its columns, and how dates and numbers are written.

Every file and every sheet is staged as a load stages it, so what is seen is what a load reads. Nothing is decided for
the load here: what can be read in two ways is a doubt, and whoever loads settles it.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import BadInput, OrderbeatError
from data.loading import sources
from data.loading.sources import Options, archive, kinds, workbook
from data.loading.written import CURRENCIES

Kind = Literal["day", "number", "text", "empty"]
Doubt = Literal["date_order", "mixed_dates", "decimal", "mixed_decimals", "title_rows", "no_rows"]

EXAMPLES = 3
_DISTINCT = 50_000  # values of one column that are looked at
_MOSTLY = 0.8  # share of values that makes a column one of days or of numbers
_CODES = 40  # distinct values up to which a column may hold codes
_LONGEST = 60  # characters of an example
_SEAT = re.compile(r"`header_row: ([1-9]\d*)`")  # where a reader says that the headings seem to stand

_SLASHED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,].*)?")
_YEAR_FIRST = re.compile(r"(?:19|20)\d{2}([-/.])\d{1,2}\1\d{1,2}(?:[ T].*)?")
_COMPACT = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_NAMED_MONTH = re.compile(
    r"\d{1,2}[-. ]+[^\W\d_]{3,9}[-., ]+\d{2,4}(?:[ T].*)?|[^\W\d_]{3,9} \d{1,2},? \d{4}(?:[ T].*)?"
)
_ZONE = re.compile(r".*\d:\d{2}.*?[ ]?(?:[+-]\d{2}:?\d{2}|Z)")
_SIGNS = re.compile(r"[-+()−%\s$€£₽¥'’]|[A-Z]{3}|руб\.?|р\.")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Column:
    """A column as it is headed, some of its values, and what they are.

    `distinct` and `filled` are counts of values (up to a bound); `zoned` says that times name a zone; `codes` are all
    values in small letters where there are few; `currency` says that all are currency codes.
    """

    name: str
    kind: Kind
    examples: tuple[str, ...] = ()
    filled: int = 0
    distinct: int = 0
    zoned: bool = False
    currency: bool = False
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A file or one of its sheets: `how` it was read in the reader's words, its rows and columns, its doubts.

    `date_order` and `decimal` are what the values prove, '' where there is nothing to prove or nothing proves it;
    `dates` and `numbers` are examples. `notes` say what looks odd, `settings` are those of the mapping without which it
    is not read so. With a `fault` it could not be read at all.
    """

    file: str
    sheet: str = ""
    how: str = ""
    rows: int = 0
    columns: tuple[Column, ...] = ()
    date_order: str = ""
    decimal: str = ""
    dates: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    fault: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[str, ...]:
        """The headings, by which a later file of the same shape is known."""
        return tuple(column.name for column in self.columns)

    def as_json(self) -> dict[str, Any]:
        """For a file that another process reads."""
        return asdict(self)


def from_json(raw: dict[str, Any]) -> Seen:
    """What `as_json` gave."""
    columns = tuple(
        Column(**{**each, "examples": tuple(each["examples"]), "codes": tuple(each["codes"])})
        for each in raw["columns"]
    )
    lists = {key: tuple(raw[key]) for key in ("dates", "numbers", "doubts", "notes", "fault")}
    return Seen(**{**raw, **lists, "columns": columns})


def look(path: Path, scratch: Path, read_as: Mapping[str, Mapping[str, str]] = MappingProxyType({})) -> list[Seen]:
    """What a file holds, one entry a sheet or a file of an archive; what cannot be read is an entry with its fault.

    Writes below `scratch`. `read_as` are, by file, those settings of a mapping that say how it is read: `encoding`,
    `delimiter` and `header_row`. A file of an archive is called as an import calls it, such as `export.zip/orders.csv`.
    """
    numbers = itertools.count()
    try:
        if kinds.of(path.name) == kinds.ARCHIVE:
            members = [each for each in archive.members(path, path.name) if kinds.holds_rows(each)]
            if not members:
                raise BadInput(f"{path.name} holds no file that can be read.", *sources.not_read(""))
        else:
            members = [""]
    except OrderbeatError as error:
        return [_failed(path.name, "", error)]
    found: list[Seen] = []
    for member in members:
        name = f"{path.name}/{member}" if member else path.name
        try:
            with _at_hand(path, name, member, scratch) as file:
                found += [
                    _sheet(file, name, sheet, scratch / f"{next(numbers)}.parquet", read_as.get(name, {}))
                    for sheet in _sheets(file, name)
                ]
        except OrderbeatError as error:
            found.append(_failed(name, "", error))
    return found


@contextmanager
def _at_hand(path: Path, name: str, member: str, scratch: Path) -> Iterator[Path]:
    """The file itself, or one of an archive, which is unpacked meanwhile."""
    if not member:
        yield path
        return
    unpacked = archive.extracted(path, name, member, scratch / "unpacked")
    try:
        yield unpacked
    finally:
        unpacked.unlink()


def _sheets(path: Path, name: str) -> list[str]:
    """The sheets that are looked at; '' alone where there are no several."""
    found = workbook.sheets(path, name) if kinds.of(path.name) in kinds.WORKBOOKS else []
    return found if len(found) > 1 else [""]


def _sheet(path: Path, name: str, sheet: str, target: Path, given: Mapping[str, str]) -> Seen:
    settings = dict(given)
    try:
        try:
            staged = sources.stage(path, name, _options(sheet, settings), target)
        except BadInput as error:
            seat = _SEAT.search(error.remedy)
            if not seat:
                raise
            settings["header_row"] = seat[1]
            staged = sources.stage(path, name, _options(sheet, settings), target)
    except OrderbeatError as error:
        return _failed(name, sheet, error)
    rows = pq.ParquetFile(staged.parquet).metadata.num_rows
    if not rows:
        return Seen(name, sheet, staged.found, doubts=("no_rows",))
    columns, dates, numbers = [], [], []
    for heading, stored in zip(staged.columns, staged.stored, strict=True):
        values = pq.read_table(staged.parquet, columns=[stored])[stored]
        column, texts = _column(heading, values)
        columns.append(column)
        if texts and column.kind == "day":
            dates.append(texts)
        elif texts and column.kind == "number":
            numbers.append(texts)
    doubts: list[Doubt] = []
    date_order, shown_dates = _date_order(dates, doubts)
    decimal, shown_numbers = _decimal(numbers, doubts)
    notes = staged.notes
    if "header_row" in settings:
        doubts.append("title_rows")  # which says what the reader's note does
        notes = tuple(note for note in notes if "`header_row`" not in note)
    return Seen(
        name, sheet, staged.found, rows, tuple(columns), date_order, decimal, shown_dates, shown_numbers,
        tuple(doubts), notes, settings,
    )  # fmt: skip


def _options(sheet: str, settings: Mapping[str, str]) -> Options:
    row = settings.get("header_row")
    return Options(
        encoding=settings.get("encoding"), delimiter=settings.get("delimiter"), sheet=sheet or None,
        header_row=int(row) if row else None,
    )  # fmt: skip


def _failed(name: str, sheet: str, error: OrderbeatError) -> Seen:
    return Seen(name, sheet, fault=(error.what, error.cause, error.remedy))


def _column(name: str, values: pa.ChunkedArray) -> tuple[Column, list[str]]:
    """What a column holds, and its distinct values where they are texts."""
    filled = len(values) - values.null_count
    if pa.types.is_nested(values.type) or pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return Column(name, "empty", filled=filled), []  # pictures and lists are nothing that can be loaded
    if pa.types.is_temporal(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        kind: Kind = "day" if pa.types.is_temporal(values.type) else "number"
        distinct = pc.unique(values.drop_null())
        shown = [str(value) for value in distinct.slice(0, EXAMPLES).to_pylist()]
        return Column(name, kind if filled else "empty", tuple(shown), filled, len(distinct)), []
    given = values.cast(pa.string())
    given = given.filter(pc.not_equal(given, ""))
    filled, distinct = len(given), pc.unique(given)
    texts = [text for text in distinct.slice(0, _DISTINCT).to_pylist() if text]
    if not texts:
        return Column(name, "empty"), []
    kind = _kind(texts)
    few = tuple(sorted({text.casefold() for text in texts})) if len(texts) <= _CODES else ()
    currency = all(text.upper() in CURRENCIES for text in texts[:_CODES])
    zoned = kind == "day" and all(_ZONE.fullmatch(text) for text in texts[:_CODES])
    shown = [text[:_LONGEST] for text in texts[:EXAMPLES]]
    return Column(name, kind, tuple(shown), filled, len(distinct), zoned, currency, few), texts


def _kind(texts: list[str]) -> Kind:
    some = texts[:2000]
    for kind, test in (("day", _is_day), ("number", _is_number)):
        if sum(map(test, some)) >= _MOSTLY * len(some):
            return kind  # type: ignore[return-value]
    return "text"


def _is_day(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in (_SLASHED, _YEAR_FIRST, _COMPACT, _NAMED_MONTH))


def _is_number(text: str) -> bool:
    return len(text) < 30 and _DIGITS.fullmatch(_SIGNS.sub("", text)) is not None


def _date_order(columns: list[list[str]], doubts: list[Doubt]) -> tuple[str, tuple[str, ...]]:
    """The order that the days of a file prove, and telling examples."""
    orders: dict[str, str] = {}
    open_ones: list[str] = []
    for texts in columns:
        proved: dict[str, str] = {}
        example = ""
        for text in texts:
            if match := _SLASHED.fullmatch(text):
                first, second = int(match[1]), int(match[3])
                if first > 12 >= second:
                    proved.setdefault("dmy", text)
                elif second > 12 >= first:
                    proved.setdefault("mdy", text)
                elif first != second:
                    example = example or text
            elif _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
                proved.setdefault("ymd", text)
        if not proved and example:
            open_ones.append(example)
        orders = {**proved, **orders}
    slashed = orders.keys() - {"ymd"}
    if len(slashed) > 1:
        doubts.append("mixed_dates")
        return "", (orders["dmy"], orders["mdy"])
    if open_ones:
        doubts.append("date_order")
        return "", tuple(open_ones[:EXAMPLES])
    order = next(iter(slashed or orders.keys()), "")
    examples = dict.fromkeys([*([orders[order]] if order else []), *(text for texts in columns for text in texts[:2])])
    return order, tuple(examples)[:EXAMPLES]


def _decimal(columns: list[list[str]], doubts: list[Doubt]) -> tuple[str, tuple[str, ...]]:
    """The decimal sign that the numbers of a file prove, and telling examples."""
    proved: dict[str, str] = {}
    open_one = ""
    for text in _texts(columns):
        bare = re.sub(r"[^\d.,]", "", text)
        points, commas = bare.count("."), bare.count(",")
        last = max(bare.rfind("."), bare.rfind(","))
        if not points and not commas:
            continue
        if points and commas:
            sign = bare[last]
        elif points + commas > 1:
            sign = "," if points else "."  # what stands twice parts thousands
        elif len(bare) - last - 1 != 3 or last > 3 or bare.startswith("0"):
            sign = bare[last]
        else:
            open_one = open_one or text
            continue
        proved.setdefault(sign, text)
    if len(proved) > 1:
        doubts.append("mixed_decimals")
        return "", (proved["."], proved[","])
    if proved:
        ((sign, text),) = proved.items()
        return sign, (text,)
    if open_one:
        doubts.append("decimal")
        return "", (open_one,)
    return "", tuple(dict.fromkeys(text for texts in columns for text in texts[:1]))[:EXAMPLES]


def _texts(columns: list[list[str]]) -> Iterator[str]:
    for texts in columns:
        yield from texts
