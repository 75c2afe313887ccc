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
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from data import contract
from data.errors import BadInput
from data.loading import mappings, source_file
from data.loading.mappings import plain_yaml
from data.loading.mappings.plain_yaml import Named, Text, Values
from data.loading.source_file import COMMON, nearest, only, span, text, wrong, yes

KINDS = {"postgresql": 5432, "mysql": 3306}
_PRESETS = Path(__file__).resolve().parent / "presets"
_KEYS = ("host", "port", "database", "user", "tls", "ca", "time_zone", "reporting_currency", "preset", "tables")
_TABLE_KEYS = ("table", "sql", "key", "changed_at", "overlap", "compare_keys", "columns")
_SECRETS = re.compile(r"pass|pwd|secret|token|url|uri|dsn", re.IGNORECASE)
_USUAL_OVERLAP = 15 * 60


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
    return described(source_file.read(home, name), name)


def described(raw: Named, name: str) -> Database:
    """A database from the settings of its source. Raises BadInput saying what is wrong in them."""
    for key in raw:
        if _SECRETS.search(key):
            raise BadInput(
                f"The source {name} holds `{key}` in line {key.line}.",
                "Who may get in is not written where others read it.",
                f"Take it out, and put the password into {variable(name)} or into sources/{name}.password (mode 0600).",
            )
    only(raw, (*COMMON, *_KEYS), name)
    kind = text(raw, "kind", name)
    if kind not in KINDS:
        raise wrong(name, f"`kind: {kind}` is no database; there are {', '.join(KINDS)}.")
    needed = {key: text(raw, key, name) for key in ("host", "database", "user")}
    if missing := [key for key, value in needed.items() if not value]:
        raise wrong(name, f"It has no `{missing[0]}`.")
    port = text(raw, "port", name) or str(KINDS[kind])
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 1 << 16):
        raise wrong(name, f"`port: {port}` is no port.")
    tls = text(raw, "tls", name) or ("no" if _is_here(needed["host"]) else "verify")
    if tls not in ("verify", "encrypt", "no"):
        raise wrong(name, f"`tls: {tls}` is none of verify, encrypt, no.")
    tables, currency = raw, text(raw, "reporting_currency", name)
    if preset := text(raw, "preset", name):
        tables = _preset(raw, preset, name)
    return Database(
        name,
        kind,
        port=int(port),
        tls=tls,
        readings=_readings(tables, name),
        ca=text(raw, "ca", name),
        time_zone=_zone(raw, name),
        reporting_currency=currency,
        **needed,
    )


def variable(name: str) -> str:
    """The variable of the environment that may hold a source's password."""
    return f"ORDERBEAT_SOURCE_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}_PASSWORD"


def _preset(raw: Named, preset: str, name: str) -> Named:
    if "tables" in raw:
        raise wrong(name, "It has both `preset` and `tables`.")
    if preset not in presets():
        raise wrong(name, f"There is no preset {preset!r}; there are {', '.join(presets())}.")
    found = plain_yaml.read(presets()[preset].read_text(encoding="utf-8"), f"preset {preset}")
    return found if isinstance(found, Named) else Named()


def _is_here(host: str) -> bool:
    """Whether a host is this computer: what is said to it passes no wire."""
    try:
        return host == "localhost" or host.startswith("/") or ip_address(host).is_loopback
    except ValueError:
        return False


def _zone(raw: Named, name: str) -> str:
    given = text(raw, "time_zone", name) or "UTC"
    if not re.fullmatch(r"[A-Za-z0-9_+:/-]{1,64}", given):
        raise wrong(name, f"`time_zone: {given}` is no time zone such as Europe/Berlin.")
    return given


def _readings(raw: Named, name: str) -> tuple[Reading, ...]:
    tables = raw.get(Text("tables", 0))
    if not isinstance(tables, Named) or not tables:
        raise wrong(name, "It names no `tables`.")
    found = []
    for table, entries in tables.items():
        known = [each.name for each in contract.TABLES]
        if table not in known:
            raise wrong(name, f"There is no table {str(table)!r} (line {table.line}).{nearest(table, known)}")
        several = entries if isinstance(entries, Values) else [entries]
        for number, entry in enumerate(several, 1):
            called = str(table) if len(several) == 1 else f"{table}-{number}"
            found.append(_reading(contract.table(table), called, entry, f"{name}, {called}"))
    return tuple(found)


def _reading(table: contract.Table, called: str, entry: Any, where: str) -> Reading:
    if not isinstance(entry, Named):
        raise wrong(where, "It must be settings: `table` or `sql`, `key` and `columns`.")
    only(entry, _TABLE_KEYS, where)
    named, sql = text(entry, "table", where), text(entry, "sql", where)
    if bool(named) == bool(sql):
        raise wrong(where, "It needs either `table` or `sql`.")
    columns = entry.get(Text("columns", 0))
    if not isinstance(columns, Named):
        raise wrong(where, "It has no `columns`.")
    for column in columns:
        if column not in table.column_names:
            near = nearest(column, table.column_names)
            raise wrong(where, f"There is no column {str(column)!r} (line {column.line}).{near}")
    key = entry.get(Text("key", 0), "")
    keys = [str(each) for each in key] if isinstance(key, Values) else [part.strip() for part in str(key).split(",")]
    if not all(keys):
        raise wrong(where, "It has no `key`: the columns that tell its rows apart.")
    expressions = {str(column): given for column in columns if (given := text(columns, column, where))}
    if missing := [each.name for each in table.columns if each.required and each.name not in expressions]:
        raise wrong(where, f"`columns` gives no {', '.join(missing)}, which every row needs.")
    changed_at = text(entry, "changed_at", where)
    for part in (sql, changed_at, *expressions.values()):
        if mappings.has_semicolon(part):
            raise wrong(where, "Its SQL holds a semicolon.")
    return Reading(
        table.name,
        called,
        f"({sql}\n)" if sql else named,
        tuple(keys),
        expressions,
        changed_at,
        _overlap(entry, where),
        yes(entry, "compare_keys", where, "yes"),
    )


def _overlap(entry: Named, where: str) -> int:
    """Seconds, or steps where changes are numbered."""
    given = text(entry, "overlap", where)
    if given.isascii() and given.isdigit():
        return int(given[:9])
    again = span(entry, "overlap", where)
    return int(again.total_seconds()) if again else _USUAL_OVERLAP
