"""Which column of a file is which of the contract's."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from data import contract
from data.loading.detection import Column, Seen
from data.loading.mappings import plain_yaml
from data.loading.sources import kinds
from data.loading.statements import DATES, NUMBERS

_NAMES = Path(__file__).with_name("names.yaml")
_FILE_NAMED = 3  # what the name of a file counts for, in columns
_LINE_FILLED = 0.95  # share of lines that have a value, where it is one of the line and not of its document
_LAST = 100.0  # behind every name that is listed
_UNIQUE = 0.9  # share of values that differ, where they are ids of what the file is about
_ASIDE = re.compile(
    r"\(.*?\)|\[.*?\]|,.*$|[ _](?i:excl(?:uding)?\.?[ _](?:vat|tax)|without[ _](?:vat|tax)|ohne MwSt\.?|без НДС)$"
    r"|[ _](?:in[ _])?[A-Z]{3}$|[._](?:rec|display)_name$|/(?:id|name)$"
)
_NUMBER = re.compile(r"(?:(?<=[^\W\d_])(?:nr|nummer|number)|\b(?:nr|num|nummer|number))(?=[\W_]|$)")

# What a flat file may hold besides what it is about, by what it is about.
_TOGETHER = {
    "orders": ("orders", "order_lines", "customers", "products", "sales_reps"),
    "order_lines": ("order_lines", "orders", "products"),
    "quotes": ("quotes", "customers", "sales_reps"),
}
_WITH_CURRENCY = ("orders", "quotes")
_DOCUMENTS = ("orders.order_id", "quotes.quote_id")  # what every line names, where any column does
# What a file needs to be about something, one of each: a name will do where there is no id.
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "orders": (("orders.order_id",), ("orders.ordered_on",)),
    "order_lines": (
        ("orders.order_id",),
        ("products.product_id", "products.name"),
        ("order_lines.quantity",),
        ("order_lines.unit_price", "order_lines.amount"),
    ),
    "quotes": (("quotes.quote_id",), ("quotes.requested_on",), ("quotes.amount", "quotes.outcome")),
    "customers": (("customers.customer_id", "customers.name"),),
    "products": (("products.product_id", "products.name"),),
    "sales_reps": (("sales_reps.rep_id", "sales_reps.name"),),
}


@dataclass(frozen=True)
class Matched:
    """What the columns of a file or sheet give: for each heading a contract column ("orders.order_id"), or ''.

    `about` is the table that the file is mostly about, '' where nothing in it was recognised.
    """

    file: str
    sheet: str = ""
    about: str = ""
    targets: dict[str, str] = field(default_factory=dict)

    def heading(self, target: str) -> str:
        """The heading that gives a contract column, '' where none does."""
        return next((heading for heading, given in self.targets.items() if given == target), "")


def targets() -> list[str]:
    """Everything a column may be, in contract order. Columns that only refer are given by what they refer to."""
    return [
        f"{table.name}.{column.name}"
        for table in contract.TABLES
        for column in table.columns
        if not _is_given_by_another(table, column)
    ]


def match(seen: Sequence[Seen], loaded: Collection[str] = ()) -> list[Matched]:
    """What each file gives, in the order of `seen`; `loaded` are the tables that rows may refer to already."""
    first = [_best(each, {}, loaded) for each in seen]
    about = {matched.about for matched in first}
    return [_best(each, dict.fromkeys(about, True), loaded) for each in seen]


def nearest(seen: Seen) -> tuple[str, list[str]]:
    """The table that a file of which nothing is proposed comes nearest to, and the columns of it that none gives.

    ('', []) where no column is called anything that is known.
    """
    everything = [table.name for table in contract.TABLES]
    best: tuple[float, int] = (0.0, 0)
    table, lacking = "", list[str]()
    for each in contract.TABLES:
        given = {*_read_as(each.name, seen, everything).values()}
        needed = _needed(each)
        missing = [some[0] for some in needed if not given & {*some}]
        closeness = (1 - len(missing) / len(needed), len(given))
        if given and missing and closeness > best:
            best, table, lacking = closeness, each.name, missing
    return table, lacking


def _best(seen: Seen, others: dict[str, bool], loaded: Collection[str]) -> Matched:
    """The reading of a file in which most of its columns have a meaning."""
    best: dict[str, str] = {}
    best_about, best_score = "", 0.0
    named = _tables_named(seen.sheet or kinds.stem(seen.file))
    known = {*others, *loaded}
    for table in contract.TABLES:
        found = _read_as(table.name, seen, known)
        if not found or not _is_enough(table, found) or _is_named_again(table.name, found, seen):
            continue
        required = sum(contract.table(t).column(c).required for t, c in (each.split(".") for each in found.values()))
        score = len(found) + required / 2 + (_FILE_NAMED if table.name in named else 0)
        if score > best_score:
            best, best_about, best_score = found, table.name, score
    return Matched(seen.file, seen.sheet, best_about, {each.name: best.get(each.name, "") for each in seen.columns})


def _read_as(about: str, seen: Seen, known: Collection[str]) -> dict[str, str]:
    """Targets by heading, if the file is about that table: the better name first, each heading and target once."""
    tables = _TOGETHER.get(about, (about,))
    near = {about, "orders", "order_lines"} if about in ("orders", "order_lines") else {about}
    key = contract.table(about).key
    own_key = f"{about}.{key[0]}" if len(key) == 1 and about != "orders" else ""
    found: list[tuple[bool, bool, float, int, str, str]] = []
    most = max((column.filled for column in seen.columns), default=0)
    for place, column in enumerate(seen.columns):
        for target, rank, is_bare in _called(column.name):
            table, name = target.split(".")
            if table not in tables or (is_bare and table not in near):
                continue
            if _holds(column, contract.table(table), name, known) and (target != own_key or _is_key(column)):
                is_sparse = target in _DOCUMENTS and column.filled < _LINE_FILLED * most
                found.append((is_sparse, is_bare, rank, place, column.name, target))
    given: dict[str, str] = {}
    for *_, heading, target in sorted(found):
        if heading not in given and target not in given.values():
            given[heading] = target
    if about in _WITH_CURRENCY and f"{about}.currency" not in given.values():
        codes = [column.name for column in seen.columns if column.currency and column.name not in given]
        given |= dict.fromkeys(codes[:1], f"{about}.currency")
    return _without_totals(given, seen)


def _without_totals(given: dict[str, str], seen: Seen) -> dict[str, str]:
    """An amount that not every line has is a total of the document, and none of its lines."""
    columns = {column.name: column for column in seen.columns}
    by_target = {target: columns[heading] for heading, target in given.items()}
    amount, quantity = (by_target.get(f"order_lines.{name}") for name in ("amount", "quantity"))
    if amount and (not quantity or amount.filled < _LINE_FILLED * quantity.filled):
        given = {heading: target for heading, target in given.items() if target != "order_lines.amount"}
    if "order_lines.quantity" not in given.values():
        given = {heading: target for heading, target in given.items() if not target.startswith("order_lines.")}
    return given


def _is_enough(table: contract.Table, found: dict[str, str]) -> bool:
    return all({*found.values()} & {*some} for some in _needed(table))


def _needed(table: contract.Table) -> tuple[tuple[str, ...], ...]:
    """What a file needs to be about a table: of each group one."""
    return _NEEDED.get(table.name) or tuple((f"{table.name}.{each.name}",) for each in table.columns if each.required)


def _is_named_again(table: str, found: dict[str, str], seen: Seen) -> bool:
    """Whether a file without ids names things more than once, and therefore is about something else."""
    name = next((heading for heading, target in found.items() if target == f"{table}.name"), "")
    has_id = any(target == f"{table}.{contract.table(table).key[0]}" for target in found.values())
    return bool(name) and not has_id and not any(_is_key(each) for each in seen.columns if each.name == name)


def _holds(column: Column, table: contract.Table, name: str, known: Collection[str]) -> bool:
    """Whether the values of a column can be those of a contract column."""
    asked = next((each for each in table.columns if each.name == name), None)
    if asked is None or column.kind == "empty" or _is_given_by_another(table, asked):
        return False
    if asked.references and asked.references not in known:
        return False
    if asked.kind in DATES:
        return column.kind == "day"
    if asked.kind in NUMBERS:
        return column.kind == "number"
    if name == "currency":
        return column.currency
    if (table.name, name) == ("quotes", "outcome"):
        return bool(column.codes)
    if asked.one_of:
        return bool(column.codes) and {*column.codes} <= {*asked.one_of}
    if name == "name" or table.key == (name,):
        return column.kind != "day"
    return True


def _is_key(column: Column) -> bool:
    """Whether the values of a column are as good as all different."""
    return column.distinct >= _UNIQUE * column.filled


def _called(heading: str) -> Iterator[tuple[str, float, bool]]:
    """What a heading may be: targets, how far down their names it stands, and whether it says nothing by itself."""
    names, bare = _names()
    whole, short = _plain(heading), _plain(_ASIDE.sub("", heading))
    for target, ranks in names.items():
        if whole in ranks:
            yield target, ranks[whole], whole in bare
        elif short in ranks:
            yield target, ranks[short] + 0.5, short in bare


def _tables_named(stem: str) -> set[str]:
    plain = _plain(re.sub(r"[\d_.\- ]+$", "", stem))
    return {table for table, names in _files().items() if plain in names}


def _plain(text: str) -> str:
    """A name without signs and capitals; the ways to write "number" are one."""
    small = unicodedata.normalize("NFKC", text.replace("№", " no ").replace("_", " ")).casefold()
    return re.sub(r"[\W_]+", "", _NUMBER.sub("no", small))


@cache
def _raw() -> Any:
    return plain_yaml.read(_NAMES.read_text(encoding="utf-8"), _NAMES.name)


@cache
def _names() -> tuple[dict[str, dict[str, float]], frozenset[str]]:
    """For each target its names with their places; and the names that say nothing by themselves."""
    known = {
        str(target): {_plain(str(name)): float(place) for place, name in reversed([*enumerate(several)])}
        for target, several in _raw()["columns"].items()
    }
    bare = {_plain(str(name)) for name in _raw()["bare"]}
    listed = {name for names in known.values() for name in names}
    for table in contract.TABLES:
        for column in table.columns:
            names = known.setdefault(f"{table.name}.{column.name}", {})
            for own in (f"{table.name} {column.name}", column.name):
                plain = _plain(own)
                names.setdefault(plain, _LAST if plain in bare or plain in listed else -1.0)
    return known, frozenset(bare)


@cache
def _files() -> dict[str, frozenset[str]]:
    found = {str(table): {_plain(str(name)) for name in several} for table, several in _raw()["files"].items()}
    return {table.name: frozenset({_plain(table.name), *found.get(table.name, ())}) for table in contract.TABLES}


def _is_given_by_another(table: contract.Table, column: contract.Column) -> bool:
    """Whether a column only refers to what its own file names, too, such as the customer of an order."""
    return column.references != table.name and column.references in _TOGETHER.get(table.name, ())


def outcomes(codes: Collection[str]) -> dict[str, list[str]]:
    """Which values of a stage say that a deal was won, and which that it was lost."""
    words = {outcome: {_plain(str(word)) for word in several} for outcome, several in _raw()["outcomes"].items()}
    found: dict[str, list[str]] = {"won": [], "lost": []}
    for code in codes:
        parts = {_plain(part) for part in re.split(r"[\s/_:()-]+", code)} | {_plain(code)}
        for outcome, several in words.items():
            if parts & several:
                found[outcome].append(code)
                break
    return found
