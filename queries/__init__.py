"""Every SQL statement of the product: one named file each, with a header that says what it means.

    -- Late customers: accounts silent for longer than their own rhythm explains.
    -- A second sentence may follow and ends up in the definition.
    -- grain: customer
    -- params: as_of date, segment text
    -- units: customer text, revenue money, margin_rate ratio
    -- excludes: customers with fewer than five order days

A name is the path below this folder without its ending: "customers/silent", written "customers.silent".

What two queries share stands in one file below `parts`, a query like any other. Its readers name it,

    -- reads: parts.customers.qualification_scores

declare its parameters among their own, and select from `qualification_scores`; a part may read parts.

What a figure means, and every formula that is used twice, is one file below `metrics`: a macro that stands in each
published file, so that a query calls `win_rate(won, lost)` and never spells it out. Its `grain:` is `value` for an
expression over its parameters, `group` for one over the rows of a group. Any other names the rows it gives of the
relation that is its only parameter, whose columns `takes:` lists.
"""

import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from textwrap import indent

import sqlglot
from sqlglot import exp

ROOT = Path(__file__).resolve().parent
DIALECT = "duckdb"

# Folders that the build, the checks and other queries read; every other one is of a page, or shared by pages.
NOT_OF_PAGES = ("build", "checks", "loading", "metrics", "parts", "warehouse")
UNITS = {
    "text": "words from the data",
    "label": "a word of ours, translated",
    "labels": "words of ours, translated, between commas",
    "id": "an identifier",
    "money": "amount in the reporting currency",
    "cents": "amount in the reporting currency, told to the cent",
    "price": "price of one unit in the reporting currency",
    "ratio": "rate between 0 and 1, shown in percent",
    "factor": "a multiple, shown as 1.5×",
    "count": "a whole number",
    "quantity": "units of goods",
    "days": "days",
    "date": "a day",
    "month": "a month",
    "moment": "date and time",
    "flag": "yes or no",
    "score": "a number without unit",
}


@dataclass(frozen=True)
class Query:
    """One SQL file: its meaning (title, definition), grain, parameters, units of its columns, and text.

    `statement` is what the file says, `parts` is what it reads, each once and after those it reads itself, and `sql`
    is what runs: the statement behind its parts. `headers` holds what else the file declares (scope, level ...).
    """

    name: str
    title: str
    definition: str
    grain: str
    params: dict[str, str]
    units: dict[str, str]
    statement: str
    path: str
    parts: tuple["Query", ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    @cached_property
    def sql(self) -> str:
        """The whole statement, each part in front as a CTE of its name."""
        ahead = ",\n\n".join(
            f"{part.name.rpartition('.')[2]} as (\n{indent(part.statement, '    ')}\n)" for part in self.parts
        )
        if not ahead:
            return self.statement
        if self.statement.startswith("with "):
            return f"with {ahead},\n\n{self.statement.removeprefix('with ')}"
        return f"with {ahead}\n\n{self.statement}"

    @cached_property
    def calls(self) -> tuple["Query", ...]:
        """The metrics it calls, each once and after those it calls itself."""
        found: dict[str, Query] = {}
        for name in names("metrics"):
            if name != self.name and re.search(rf"\b{name.rpartition('.')[2]}\(", self.sql):
                metric = load(name)
                found |= {each.name: each for each in (*metric.calls, metric)}
        return tuple(found.values())

    def tree(self) -> exp.Expr:
        """The statement as sqlglot's tree."""
        return sqlglot.parse_one(self.sql, dialect=DIALECT)

    def tables(self) -> set[str]:
        """Names of the tables it reads, its own CTEs left out."""
        return set(_tables(self.sql))


@cache
def _tables(sql: str) -> frozenset[str]:
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return frozenset({table.name for table in tree.find_all(exp.Table)} - own - {""})


@cache
def load(name: str) -> Query:
    """The query of that name ("customers.silent"). Raises KeyError when there is no such file."""
    return parse(name, _text(name))


def _text(name: str) -> str:
    path = ROOT / (name.replace(".", "/") + ".sql")
    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", name) or not path.is_file():
        raise KeyError(name)
    return path.read_text(encoding="utf-8")


def names(folder: str) -> list[str]:
    """Names of all queries below a folder ("warehouse.marts", "checks"), sorted."""
    base = ROOT / folder.replace(".", "/")
    return sorted(str(path.relative_to(ROOT).with_suffix("")).replace("/", ".") for path in base.rglob("*.sql"))


@cache
def page_folders() -> tuple[str, ...]:
    """The folders whose queries pages show, sorted."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.rglob("*.sql"))}
    return tuple(sorted(folders - {*NOT_OF_PAGES}))


def parse(name: str, text: str, readers: tuple[str, ...] = ()) -> Query:
    """Reads header and statement, and the parts it reads. Raises ValueError when the header is not of the form above.

    `readers` are the queries that it is read for, outermost first.
    """
    header, body = _split(text)
    fields = _fields(header)
    title, _, definition = fields.pop("", "").partition(":")
    if not title or not definition or "grain" not in fields:
        raise ValueError(f"{name}: the header needs 'Title: definition' and 'grain:'.")
    params = _pairs(name, fields.pop("params", ""))
    parts = _parts((*readers, name), fields.pop("reads", ""))
    taken = {param: kind for part in parts for param, kind in part.params.items()}
    if missing := taken.items() - params.items():
        wanted = ", ".join(f"{param} {kind}" for param, kind in sorted(missing))
        raise ValueError(f"{name}: the parts it reads take {wanted}; 'params:' must declare that as well.")
    return Query(
        name=name,
        title=title.strip(),
        definition=definition.strip()[:1].upper() + definition.strip()[1:],
        grain=fields.pop("grain"),
        params=params,
        units=_pairs(name, fields.pop("units", "")),
        statement=body,
        path=f"queries/{name.replace('.', '/')}.sql",
        parts=parts,
        headers=fields,
    )


def _parts(readers: tuple[str, ...], text: str) -> tuple[Query, ...]:
    """What the last of the readers reads, each once and after those it reads itself."""
    found: dict[str, Query] = {}
    for name in filter(None, map(str.strip, text.split(","))):
        if name in readers:
            raise ValueError(f"{readers[-1]}: 'reads:' goes round in a circle, {' > '.join((*readers, name))}.")
        try:
            part = parse(name, _text(name), readers)
        except KeyError:
            raise ValueError(f"{readers[-1]}: there is no {name} to read.") from None
        found |= {each.name: each for each in (*part.parts, part)}
    return tuple(found.values())


def _split(text: str) -> tuple[list[str], str]:
    lines = text.splitlines()
    end = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return [line.removeprefix("--").strip() for line in lines[:end]], "\n".join(lines[end:]).strip().rstrip(";")


def _fields(header: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    key = ""
    for line in header:
        match = re.match(r"([a-z]+): (.*)", line)
        key, value = match.groups() if match else (key, line)
        fields[key] = f"{fields[key]} {value}" if key in fields else value
    return fields


def _pairs(name: str, text: str) -> dict[str, str]:
    """Names with their kinds, as headers list them."""
    pairs = [item.split() for item in text.split(",") if item.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"{name}: 'params:' and 'units:' list pairs of a name and a kind.")
    return {pair[0]: pair[1] for pair in pairs}
