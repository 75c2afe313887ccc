"""What a source's YAML says: where its database is, and which of its tables give which of ours.

kind: postgresql              or mysql, which is MariaDB too
host: erp.example.org
port: 5432                    5432 and 3306 where it is not said
database: erp
user: reader                  one that may read and nothing else
tls: verify                   verify, encrypt or no; verify unless the database is on this computer
ca: /etc/ssl/erp.pem          who signs the server's certificate; what the system trusts where it is not said
time_zone: Europe/Berlin      the zone in which moments that know their zone are days; UTC where it is not said
reporting_currency: EUR
preset: tryton                tables as a well-known system keeps them, or
tables:
  orders:                     one of ours; a list where several give it
    table: sale_order         or `sql: select ...`
    key: id                   what tells its rows apart: one column or several
    changed_at: write_date    when a row last changed, as a column or SQL; without it, all of it is read each time
    overlap: 15 minutes       how far before the last change it is read again: who commits late
    compare_keys: yes         whether rows that went, or changed behind its back, are found by comparing all keys
    columns:                  as in a mapping: our column: a column of theirs, or SQL over them; all of them are texts
      order_id: id
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from data import contract
from data.errors import BadInput
from data.loading import files, mappings
from data.loading.mappings import plain_yaml
from data.loading.mappings.plain_yaml import Named, Text, Values

KINDS = {"postgresql": 5432, "mysql": 3306}
_PRESETS = Path(__file__).resolve().parent / "presets"
_ELSEWHERE = ("about", "kind", "mapping", "at", "every", "stale_after", "diary")  # what every kind of source may say
_KEYS = ("host", "port", "database", "user", "tls", "ca", "time_zone", "reporting_currency", "preset", "tables")
_TABLE_KEYS = ("table", "sql", "key", "changed_at", "overlap", "compare_keys", "columns")
_SECRETS = re.compile(r"pass|pwd|secret|token|url|uri|dsn", re.IGNORECASE)
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_OVERLAP = re.compile(r"(\d{1,9})(?: (second|minute|hour|day)s?)?")
_SEE = "docs/loading.md shows how a database is described."


@dataclass(frozen=True)
class Reading:
    """One table or statement of the database that gives one of our tables.

    `key` are columns of it; `changed_at` is SQL of the server; `overlap` are seconds, or steps where changes are
    numbered; `columns` are as in a mapping.
    """

    table: str
    name: str
    source: str
    key: tuple[str, ...]
    columns: dict[str, str]
    changed_at: str = ""
    overlap: int = 900
    compares_keys: bool = True


@dataclass(frozen=True)
class Database:
    """One database as it is described; how to get in is not part of it."""

    name: str
    kind: str
    host: str
    port: int
    database: str
    user: str
    tls: str
    readings: tuple[Reading, ...]
    ca: str = ""
    time_zone: str = "UTC"
    reporting_currency: str = ""


def presets() -> dict[str, Path]:
    """The presets that come with the product, by name."""
    return {path.stem: path for path in sorted(_PRESETS.glob("*.yaml"))}


def read(home: Path, name: str) -> Database:
    """The database that `sources/NAME.yaml` below the home describes. Raises BadInput saying what is wrong in it."""
    path = home / "sources" / f"{name}.yaml"
    with files.explained(f"The source {name}"):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) or not files.exists(path):
            raise BadInput(f"There is no source {name!r}.", f"It would be {path}.", "Check the name.")
        files.require_regular(path, f"The source {name}")
        text = path.read_text(encoding="utf-8-sig")
    return parse(text, name)


def parse(text: str, name: str) -> Database:
    """A database from its YAML. Raises BadInput saying what is wrong in it."""
    raw = plain_yaml.read(text, f"source {name}")
    if not isinstance(raw, Named):
        raise _wrong(name, "It holds no settings.")
    for key in raw:
        if _SECRETS.search(key):
            raise BadInput(
                f"The source {name} holds `{key}` in line {key.line}.",
                "Who may get in is not written where others read it.",
                f"Take it out, and put the password into {variable(name)} or into sources/{name}.password (mode 0600).",
            )
    _only(raw, (*_ELSEWHERE, *_KEYS), name)
    kind = _text(raw, "kind", name)
    if kind not in KINDS:
        raise _wrong(name, f"`kind: {kind}` is no database; there are {', '.join(KINDS)}.")
    needed = {key: _text(raw, key, name) for key in ("host", "database", "user")}
    if missing := [key for key, value in needed.items() if not value]:
        raise _wrong(name, f"It has no `{missing[0]}`.")
    port = _text(raw, "port", name) or str(KINDS[kind])
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 1 << 16):
        raise _wrong(name, f"`port: {port}` is no port.")
    tls = _text(raw, "tls", name) or ("no" if _is_here(needed["host"]) else "verify")
    if tls not in ("verify", "encrypt", "no"):
        raise _wrong(name, f"`tls: {tls}` is none of verify, encrypt, no.")
    tables, currency = raw, _text(raw, "reporting_currency", name)
    if preset := _text(raw, "preset", name):
        tables = _preset(raw, preset, name)
    return Database(
        name,
        kind,
        port=int(port),
        tls=tls,
        readings=_readings(tables, name),
        ca=_text(raw, "ca", name),
        time_zone=_zone(_text(raw, "time_zone", name) or "UTC", name),
        reporting_currency=currency,
        **needed,
    )


def variable(name: str) -> str:
    """The variable of the environment that may hold a source's password."""
    return f"ORDERBEAT_SOURCE_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}_PASSWORD"


def _preset(raw: Named, preset: str, name: str) -> Named:
    if "tables" in raw:
        raise _wrong(name, "It has both `preset` and `tables`.")
    if preset not in presets():
        raise _wrong(name, f"There is no preset {preset!r}; there are {', '.join(presets())}.")
    found = plain_yaml.read(presets()[preset].read_text(encoding="utf-8"), f"preset {preset}")
    return found if isinstance(found, Named) else Named()


def _is_here(host: str) -> bool:
    """Whether a host is this computer: what is said to it passes no wire."""
    try:
        return host == "localhost" or host.startswith("/") or ip_address(host).is_loopback
    except ValueError:
        return False


def _zone(text: str, name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_+:/-]{1,64}", text):
        raise _wrong(name, f"`time_zone: {text}` is no time zone such as Europe/Berlin.")
    return text


def _readings(raw: Named, name: str) -> tuple[Reading, ...]:
    tables = raw.get(Text("tables", 0))
    if not isinstance(tables, Named) or not tables:
        raise _wrong(name, "It names no `tables`.")
    found = []
    for table, entries in tables.items():
        known = [each.name for each in contract.TABLES]
        if table not in known:
            raise _wrong(name, f"There is no table {str(table)!r} (line {table.line}).{_near(table, known)}")
        several = entries if isinstance(entries, Values) else [entries]
        for number, entry in enumerate(several, 1):
            called = str(table) if len(several) == 1 else f"{table}-{number}"
            found.append(_reading(contract.table(table), called, entry, f"{name}, {called}"))
    return tuple(found)


def _reading(table: contract.Table, called: str, entry: Any, where: str) -> Reading:
    if not isinstance(entry, Named):
        raise _wrong(where, "It must be settings: `table` or `sql`, `key` and `columns`.")
    _only(entry, _TABLE_KEYS, where)
    named, sql = _text(entry, "table", where), _text(entry, "sql", where)
    if bool(named) == bool(sql):
        raise _wrong(where, "It needs either `table` or `sql`.")
    columns = entry.get(Text("columns", 0))
    if not isinstance(columns, Named):
        raise _wrong(where, "It has no `columns`.")
    for column in columns:
        if column not in table.column_names:
            near = _near(column, table.column_names)
            raise _wrong(where, f"There is no column {str(column)!r} (line {column.line}).{near}")
    key = entry.get(Text("key", 0), "")
    keys = [str(each) for each in key] if isinstance(key, Values) else [part.strip() for part in str(key).split(",")]
    if not all(keys):
        raise _wrong(where, "It has no `key`: the columns that tell its rows apart.")
    expressions = {str(column): text for column in columns if (text := _text(columns, column, where))}
    if missing := [each.name for each in table.columns if each.required and each.name not in expressions]:
        raise _wrong(where, f"`columns` gives no {', '.join(missing)}, which every row needs.")
    changed_at = _text(entry, "changed_at", where)
    for part in (sql, changed_at, *expressions.values()):
        if mappings.has_semicolon(part):
            raise _wrong(where, "Its SQL holds a semicolon.")
    return Reading(
        table.name,
        called,
        f"({sql}\n)" if sql else named,
        tuple(keys),
        expressions,
        changed_at,
        _overlap(_text(entry, "overlap", where) or "15 minutes", where),
        _yes(_text(entry, "compare_keys", where) or "yes", where),
    )


def _overlap(text: str, where: str) -> int:
    match = _OVERLAP.fullmatch(text)
    if not match:
        raise _wrong(where, f"`overlap: {text}` is no span such as 15 minutes.")
    return int(match[1]) * _UNITS[match[2] or "second"]


def _yes(text: str, where: str) -> bool:
    if text not in ("yes", "no"):
        raise _wrong(where, f"`compare_keys: {text}` is neither yes nor no.")
    return text == "yes"


def _text(raw: Named, key: str, where: str) -> str:
    value = raw.get(Text(key, 0), "")
    if not isinstance(value, str):
        raise _wrong(where, f"`{key}` is not a text.")
    return str(value).strip()


def _only(raw: Named, allowed: Iterable[str], where: str) -> None:
    for key in raw:
        if key not in allowed:
            raise _wrong(where, f"There is no setting {str(key)!r} (line {key.line}).{_near(key, list(allowed))}")


def _near(text: str, allowed: Iterable[str]) -> str:
    near = get_close_matches(text, list(allowed), n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else f" There are {', '.join(allowed)}."


def _wrong(where: str, cause: str) -> BadInput:
    return BadInput(f"The source {where} cannot be used.", cause, f"Correct its file in the folder sources; {_SEE}")
