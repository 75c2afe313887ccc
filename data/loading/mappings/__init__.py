"""Mappings: which file and columns give which contract column. A short YAML; presets lie beside this module."""

import hashlib
import re
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from data import contract
from data.errors import BadInput
from data.loading import files, modes
from data.loading.mappings import plain_yaml
from data.loading.mappings.plain_yaml import Named, Text, Values
from data.loading.sources import Options, kinds

OWN_MAPPING = "mapping.yaml"
_PRESETS = Path(__file__).resolve().parent
_SETTINGS = {"date_order": ("dmy", "mdy", "ymd"), "decimal": (".", ",")}
_SOURCE_KEYS = ("from", "sheet", "load", "join", "where", "one_per", "order", "columns")
_READING = ("encoding", "delimiter", "decimal", "quote", "escape", "comment", "header_row", "skip_footer")
_FILE_KEYS = ("date_order", *_READING)
_COUNTS = ("header_row", "skip_footer")
_SEE = "See docs/loading.md for how a mapping is written."
# Only plain texts and names; what else may hold a semicolon counts as one.
_STRINGS = re.compile(r"""(?<![\w\\$])'(?:[^'\\]|'')*'|"(?:[^"\\]|"")*\"""")
_TOP_KEYS = ("about", "reporting_currency", "files", "tables", "mends", *_FILE_KEYS)


@dataclass(frozen=True)
class Source:
    """One source of a table: a file or a glob, and what gives each contract column.

    A value in `columns` is a column of the file, or else SQL over its columns. Without `columns`, columns of
    the contract's names are taken. `join` adds other files by name, `where` leaves rows out (they are
    counted), `one_per` keeps the first row, by `order`, of each value of an expression. Of a workbook, `sheets` are
    read: names or patterns; none means the only one.
    counted), `one_per` keeps the first row, by `order`, of each value of an expression. `load` is how its rows meet
    those loaded before, one of modes.MODES.
    """

    table: str
    file: str
    columns: Dict[str, str] | None = None
    sheets: tuple[str, ...] = ()
    join: str = ""
    where: str = ""
    one_per: str = ""
    order: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    date_order: str | None = None
    decimal: str | None = None
    quote: str | None = None
    escape: str | None = None
    comment: str | None = None
    header_row: int | None = None
    skip_footer: int | None = None

    @property
    def options(self) -> Options:
        """How its files are to be read; which sheet is for the plan to say."""
        return Options(**{key: getattr(self, key) for key in _READING})

    load: str = modes.ADD

    @property
    def shape(self) -> contract.Table:
        """The columns its rows have: those of its table, or of the keys to delete from it."""
        table = contract.table(self.table)
        return modes.to_delete(table) if self.load == modes.DELETE else table

    @property
    def parts(self) -> tuple[str, ...]:
        """Each piece of SQL of this source."""
        return (self.join, self.where, self.one_per, self.order, *(self.columns or {}).values())

    @property
    def sql(self) -> str:
        """All SQL of this source, to see which other files it speaks of."""
        return " ".join(self.parts)


@dataclass(frozen=True)
class Mapping:
    """A whole mapping. `files` gives names to other files; `mends` is the quarantine these files were taken from.

    `others` is how files are read that SQL speaks of without a name in `files`.
    """

    name: str
    sources: tuple[Source, ...]
    reporting_currency: str | None = None
    files: Dict[str, Source] | None = None
    mends: str | None = None
    about: str = ""
    digest: str = ""
    others: Source = Source("", "")


def presets() -> dict[str, Path]:
    """The presets that come with the product, by name."""
    return {path.stem: path for path in sorted(_PRESETS.glob("*.yaml"))}


def read(wanted: str | None, folder: Path) -> Mapping | None:
    """The mapping asked for: a preset, a YAML file, or the one in the folder; None where there is none.

    Raises BadInput where it cannot be found or speaks of tables, columns or settings that do not exist.
    """
    path = own(folder) if wanted is None else presets().get(wanted) or Path(wanted)
    if path is None:
        return None
    name = wanted or path.name
    with files.explained(name):
        if not files.exists(path):
            near = get_close_matches(name, presets(), n=1)
            raise BadInput(
                f"There is no mapping {name!r}.",
                "It is neither a preset nor a file." + (f" Did you mean {near[0]}?" if near else ""),
                f"Presets are {', '.join(presets())}; or name a YAML file.",
            )
        files.require_regular(path, f"The mapping {name}")
        if path.stat().st_size > 4 * plain_yaml.LARGEST:
            raise BadInput(f"The mapping {name} is too large.", "A mapping has some hundred lines.", "Check the path.")
        content = path.read_bytes()
    try:
        return parse(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise BadInput(f"The mapping {name} is not UTF-8.", str(error), "Save it as UTF-8.") from error


def is_own(name: str) -> bool:
    """Whether a file of that name is the mapping of its folder."""
    return name.casefold() in (OWN_MAPPING, "mapping.yml")


def own(folder: Path) -> Path | None:
    """The mapping that lies in a folder, or None. Raises BadInput where there are several."""
    with files.explained(str(folder)):
        found = sorted(each for each in folder.iterdir() if is_own(each.name))
    if len(found) > 1:
        raise BadInput(
            f"{folder} has several mappings.",
            f"There are {', '.join(each.name for each in found)}.",
            "Keep one of them, or name one with --mapping.",
        )
    return found[0] if found else None


def identity(found: Iterable[tuple[str, str | None]]) -> Mapping:
    """The mapping of files named as the contract's tables: (file name, sheet or None) pairs."""
    sources = tuple(
        Source(table, name, sheets=(sheet,) if sheet else ())
        for name, sheet in found
        if (table := table_of(sheet or kinds.stem(name)))
    )
    return Mapping("", sources)


def plain_name(text: str) -> str:
    """A name as it is compared with those of the contract: capitals, blanks and hyphens do not matter."""
    return re.sub(r"[\s-]+", "_", text.strip()).casefold()


def table_of(stem: str) -> str:
    """The contract table that a file or sheet of that name holds; '' where there is none."""
    return next((table.name for table in contract.TABLES if table.name == plain_name(stem)), "")


def parse(text: str, name: str) -> Mapping:
    """A mapping from its YAML. Raises BadInput saying what is wrong in it and what would be right."""
    raw = plain_yaml.read(text, f"mapping {name}")
    if raw is None or raw == "":
        raise BadInput(f"The mapping {name} is empty.", "It names no tables.", _SEE)
    about = f"the mapping {name}"
    if not isinstance(raw, Named):
        raise BadInput(f"{_capital(about)} holds no settings.", "It is a list or a text.", _SEE)
    _only(raw, _TOP_KEYS, about)
    tables = raw.get(Text("tables", 0))
    if not tables:
        raise BadInput(f"{_capital(about)} names no tables.", "`tables` is missing or empty.", _SEE)
    defaults = _settings(raw, about)
    given = {key.strip(): _file(key, each, name) for key, each in _named(raw, "files", about).items()}
    sources = []
    for table, entries in _named(raw, "tables", about).items():
        if table not in {known.name for known in contract.TABLES}:
            _unknown("table", table, [known.name for known in contract.TABLES], about)
        several = entries if isinstance(entries, Values) else [entries]
        sources += [_source(str(table), entry, (defaults, given), name, table.line) for entry in several]
    return Mapping(
        name,
        tuple(sources),
        _text(raw, "reporting_currency", about).upper() or None,
        {key: Source("", pattern, **{**defaults, **settings}) for key, (pattern, settings) in given.items()},
        _text(raw, "mends", about) or None,
        _text(raw, "about", about),
        hashlib.sha256(text.encode()).hexdigest()[:16],
        Source("", "", **defaults),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _file(key: Text, entry: Any, name: str) -> tuple[str, dict[str, Any]]:
    """The pattern that a name in `files` stands for, and how those files are to be read."""
    where = f"{key} in `files` of the mapping {name}"
    if isinstance(entry, Text):
        return str(entry), {}
    if not isinstance(entry, Named):
        raise _wrong_shape(f"`{key}` in `files` of the mapping {name}", "a file, or settings with `from`", key.line)
    _only(entry, ("from", "sheet", *_FILE_KEYS), where)
    return _text(entry, "from", where), _settings(entry, where)


def _source(
    table: str, entry: Any, known_of: tuple[dict[str, Any], dict[str, tuple[str, dict[str, Any]]]], name: str, line: int
) -> Source:
    defaults, named = known_of
    where = f"{table} in the mapping {name}"
    if isinstance(entry, Text):
        entry = Named({Text("from", entry.line): entry})
    if not isinstance(entry, Named):
        raise _wrong_shape(f"`{table}` in the mapping {name}", "a file, settings, or a list of settings", line)
    _only(entry, (*_SOURCE_KEYS, *_FILE_KEYS), where)
    if not _text(entry, "from", where):
        raise BadInput(f"{where} has no `from`.", "It must name the file its rows come from.", "Add `from: FILE`.")
    known = contract.table(table)
    load = _load(entry, known, where)
    if load == modes.DELETE:
        known = modes.to_delete(known)
    columns = None
    if "columns" in entry:
        given = _named(entry, "columns", where)
        for column in given:
            if column not in known.column_names:
                _unknown("column", f"{table}.{column}", [f"{table}.{each}" for each in known.column_names], where)
        columns = {str(column): text for column in given if (text := _text(given, column, where))}
        if missing := known.missing(columns):
            raise BadInput(
                f"{where} gives no {', '.join(missing)}.",
                f"Every row of {table} needs it.",
                "Add a line to `columns` that says where it comes from.",
            )
    parts = {key: " ".join(_text(entry, key, where).split()) for key in ("join", "where", "one_per", "order")}
    source = Source(
        table,
        _text(entry, "from", where),
        columns,
        load=load,
        **parts,
        **{**defaults, **named.get(_text(entry, "from", where), ("", {}))[1], **_settings(entry, where)},
    )
    if any(";" in _without_strings(part) for part in source.parts):
        raise BadInput(f"The SQL of {where} holds a semicolon.", "It is an expression, not a script.", "Take it out.")
    return source


def _load(entry: Named, table: contract.Table, where: str) -> str:
    """How a source is loaded. Raises BadInput for a way that is not known, or that its table does not allow."""
    load = _text(entry, "load", where) or modes.ADD
    if load not in modes.MODES:
        raise BadInput(
            f"`load: {load}` in {where} is not known.", f"It is one of {' '.join(modes.MODES)}.", "Correct it."
        )
    if load == modes.REPLACE_PERIOD and not modes.has_days(table):
        raise BadInput(
            f"`load: {load}` in {where} cannot be used.",
            f"A row of {table.name} belongs to no day.",
            "Use `load: replace`, or `load: add`.",
        )
    return load


def _without_strings(sql: str) -> str:
    """SQL without its texts and quoted names; as it is where a comment may hide where they end."""
    return sql if re.search(r"--|/[*]|[$]", sql) else _STRINGS.sub("", sql)


def _text(raw: Named, key: str, where: str) -> str:
    """The text of a setting, '' where it is not set. Raises BadInput where it is a list or has settings itself."""
    value = raw.get(Text(key, 0), "")
    if not isinstance(value, Text | str):
        raise _wrong_shape(f"`{key}` in {where}", "a text", value.line)
    return str(value)


def _texts(raw: Named, key: str, where: str) -> tuple[str, ...]:
    """The texts of a setting that is a text or a list of texts."""
    value = raw.get(Text(key, 0), "")
    several = value if isinstance(value, Values) else [value]
    if not all(isinstance(each, Text | str) for each in several):
        raise _wrong_shape(f"`{key}` in {where}", "a text or a list of texts", value.line)
    return tuple(str(each) for each in several if each)


def _named(raw: Named, key: str, where: str) -> Named:
    """The settings within a setting. Raises BadInput where it is a list or a text."""
    value = raw.get(Text(key, 0), Named())
    if isinstance(value, Text) and not value:
        return Named()
    if not isinstance(value, Named):
        raise _wrong_shape(f"`{key}` in {where}", "lines of `name: value`", value.line)
    return value


def _wrong_shape(setting: str, right: str, line: int) -> BadInput:
    return BadInput(f"{setting} cannot be used as it is.", f"It must be {right}; see line {line}.", _SEE)


def _settings(raw: Named, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {key: value for key in _FILE_KEYS if (value := _text(raw, key, where))}
    if sheets := _texts(raw, "sheet", where):
        found["sheets"] = sheets
    for key in _COUNTS:
        if key in found:
            if not re.fullmatch("[0-9]{1,6}", found[key]):
                raise BadInput(
                    f"`{key}: {found[key]}` in {where} is no number of rows.", "It counts rows.", "Correct it."
                )
            found[key] = int(found[key])
    for key, allowed in _SETTINGS.items():
        if key in found and found[key] not in allowed:
            raise BadInput(
                f"`{key}: {found[key]}` in {where} is not known.", f"It is one of {' '.join(allowed)}.", "Correct it."
            )
    return found


def _only(raw: Named, allowed: Iterable[str], where: str) -> None:
    for key in raw:
        if key not in allowed:
            _unknown("setting", key, list(allowed), where)


def _unknown(what: str, found: str, allowed: list[str], where: str) -> None:
    near = get_close_matches(found, allowed, n=1, cutoff=0.5)
    line = f" in line {found.line}" if isinstance(found, Text) else ""
    raise BadInput(
        f"There is no {what} {str(found)!r}, which {where} speaks of{line}.",
        f"Did you mean {near[0]}?" if near else f"There are {', '.join(allowed)}.",
        "docs/loading.md lists every table, column and setting.",
    )


def has_semicolon(sql: str) -> bool:
    """Whether SQL may be more than one expression."""
    return ";" in _without_strings(sql)
