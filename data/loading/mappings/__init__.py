"""Mappings: which file and columns give which contract column. A short YAML; presets lie beside this module."""

import hashlib
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from data import contract
from data.errors import BadInput

OWN_MAPPING = "mapping.yaml"
_PRESETS = Path(__file__).resolve().parent
_SETTINGS = {"date_order": ("dmy", "mdy", "ymd"), "decimal": (".", ",")}
_SOURCE_KEYS = ("from", "sheet", "join", "where", "one_per", "order", "columns")
_FILE_KEYS = ("encoding", "delimiter", "date_order", "decimal")
_TOP_KEYS = ("about", "reporting_currency", "files", "tables", "mends", *_FILE_KEYS)


@dataclass(frozen=True)
class Source:
    """One source of a table: a file or a glob, and what gives each contract column.

    A value in `columns` is a column of the file, or else SQL over its columns. Without `columns`, columns of
    the contract's names are taken. `join` adds other files by name, `where` leaves rows out (they are
    counted), `one_per` keeps the first row, by `order`, of each value of an expression.
    """

    table: str
    file: str
    columns: Dict[str, str] | None = None
    sheet: str | None = None
    join: str = ""
    where: str = ""
    one_per: str = ""
    order: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    date_order: str | None = None
    decimal: str | None = None

    @property
    def sql(self) -> str:
        """All SQL of this source, to see which other files it speaks of."""
        return " ".join([self.join, self.where, self.one_per, self.order, *(self.columns or {}).values()])


@dataclass(frozen=True)
class Mapping:
    """A whole mapping. `files` gives names to other files; `mends` is the quarantine these files were taken from."""

    name: str
    sources: tuple[Source, ...]
    reporting_currency: str | None = None
    files: Dict[str, str] | None = None
    mends: str | None = None
    about: str = ""
    digest: str = ""


def presets() -> dict[str, Path]:
    """The presets that come with the product, by name."""
    return {path.stem: path for path in sorted(_PRESETS.glob("*.yaml"))}


def read(wanted: str | None, folder: Path) -> Mapping | None:
    """The mapping asked for: a preset, a YAML file, or the one in the folder; None where there is none.

    Raises BadInput where it cannot be found or speaks of tables, columns or settings that do not exist.
    """
    if wanted is None:
        path = folder / OWN_MAPPING
        if not path.is_file():
            return None
    else:
        path = presets().get(wanted) or Path(wanted)
    name = wanted or path.name
    if not path.is_file():
        near = get_close_matches(name, presets(), n=1)
        raise BadInput(
            f"There is no mapping {name!r}.",
            "It is neither a preset nor a file." + (f" Did you mean {near[0]}?" if near else ""),
            f"Presets are {', '.join(presets())}; or name a YAML file.",
        )
    try:
        return parse(path.read_text(encoding="utf-8"), name)
    except UnicodeDecodeError as error:
        raise BadInput(f"The mapping {name} is not UTF-8.", str(error), "Save it as UTF-8.") from error


def identity(files: Iterable[tuple[str, str | None]]) -> Mapping:
    """The mapping of files named as the contract's tables: (file name, sheet or None) pairs."""
    sources = tuple(
        Source(_table_of(sheet or Path(name).stem), name, sheet=sheet)
        for name, sheet in files
        if _table_of(sheet or Path(name).stem)
    )
    return Mapping("", sources)


def _table_of(stem: str) -> str:
    return next((table.name for table in contract.TABLES if table.name == stem.strip().casefold()), "")


def parse(text: str, name: str) -> Mapping:
    """A mapping from its YAML. Raises BadInput saying what is wrong in it and what would be right."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInput(f"The mapping {name} is not valid YAML.", str(error), "Mend the line named above.") from error
    if not isinstance(raw, dict):
        raise BadInput(f"The mapping {name} is empty.", "It names no tables.", "See docs/loading.md for its format.")
    _only(raw, _TOP_KEYS, f"the mapping {name}")
    tables = raw.get("tables")
    if not isinstance(tables, dict) or not tables:
        raise BadInput(f"The mapping {name} names no tables.", "`tables` is missing or empty.", "See docs/loading.md.")
    defaults = _settings(raw, f"the mapping {name}")
    sources = []
    for table, entries in tables.items():
        if table not in {known.name for known in contract.TABLES}:
            _unknown("table", str(table), [known.name for known in contract.TABLES], f"the mapping {name}")
        for entry in entries if isinstance(entries, list) else [entries]:
            sources.append(_source(table, entry, defaults, name))
    currency = raw.get("reporting_currency")
    return Mapping(
        name,
        tuple(sources),
        str(currency).upper() if currency else None,
        {str(key): str(value) for key, value in (raw.get("files") or {}).items()},
        str(raw["mends"]) if raw.get("mends") else None,
        str(raw.get("about") or ""),
        hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def _source(table: str, entry: Any, defaults: dict[str, str], name: str) -> Source:
    where = f"{table} in the mapping {name}"
    if isinstance(entry, str):
        entry = {"from": entry}
    if not isinstance(entry, dict) or not entry.get("from"):
        raise BadInput(f"{where} has no `from`.", "It must name the file its rows come from.", "Add `from: FILE`.")
    _only(entry, (*_SOURCE_KEYS, *_FILE_KEYS), where)
    columns = entry.get("columns")
    if columns is not None and not isinstance(columns, dict):
        raise BadInput(f"`columns` of {where} is no list of `column: source`.", "", "See docs/loading.md.")
    known = contract.table(table)
    for column in columns or {}:
        if column not in known.column_names:
            _unknown("column", f"{table}.{column}", [f"{table}.{each}" for each in known.column_names], where)
    if columns is not None:
        missing = [column.name for column in known.columns if column.required and column.name not in columns]
        if missing:
            raise BadInput(
                f"{where} gives no {', '.join(missing)}.",
                f"Every row of {table} needs it.",
                "Add a line to `columns` that says where it comes from.",
            )
    source = Source(
        table,
        str(entry["from"]),
        {key: str(value) for key, value in columns.items() if value is not None} if columns is not None else None,
        **{
            key: " ".join(str(entry[key]).split())
            for key in ("sheet", "join", "where", "one_per", "order")
            if entry.get(key)
        },
        **{**defaults, **_settings(entry, where)},
    )
    if ";" in source.sql:
        raise BadInput(f"The SQL of {where} holds a semicolon.", "It is an expression, not a script.", "Take it out.")
    return source


def _settings(raw: dict, where: str) -> dict[str, str]:
    found = {key: str(raw[key]) for key in _FILE_KEYS if raw.get(key) is not None}
    for key, allowed in _SETTINGS.items():
        if key in found and found[key] not in allowed:
            raise BadInput(
                f"`{key}: {found[key]}` in {where} is not known.", f"It is one of {' '.join(allowed)}.", "Correct it."
            )
    return found


def _only(raw: dict, allowed: Iterable[str], where: str) -> None:
    for key in raw:
        if key not in allowed:
            _unknown("setting", str(key), list(allowed), where)


def _unknown(what: str, found: str, allowed: list[str], where: str) -> None:
    near = get_close_matches(found, allowed, n=1, cutoff=0.5)
    raise BadInput(
        f"There is no {what} {found!r}, which {where} speaks of.",
        f"Did you mean {near[0]}?" if near else f"There are {', '.join(allowed)}.",
        "docs/loading.md lists every table, column and setting.",
    )
