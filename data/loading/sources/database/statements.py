"""SQL that compares what a database holds now with what it held before: on Parquet of texts, in our own engine.

Every file has the columns of the source as texts and, under names no column can have, when the row last changed.
What is kept (the mirror) also has the key the row has in our table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from data.loading.statements import own, quoted

CHANGE = " changed"  # the name of the column that says when a row last changed
CHANGED = quoted(CHANGE)
_THERE = own("there")
_NUMBER = "^-?[0-9]{1,18}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([+-][0-9:]+)?)?$"


def ours(column: str) -> str:
    """The name that a column of our key has beside those of the source."""
    return own(f"to {column}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def keys_of(names: Sequence[str]) -> str:
    """Column names as a list in SQL."""
    return _list(map(quoted, names))


def last_change(rows: str) -> str:
    """The latest change of any row: as a number where changes are numbered, else as the text of a moment."""
    number = f"max(try_cast({CHANGED} as bigint)) filter (regexp_matches({CHANGED}, '{_NUMBER}'))"
    moment = f"max({CHANGED}) filter (regexp_matches({CHANGED}, '{_MOMENT}'))"
    return f"select coalesce(cast({number} as varchar), {moment}) from ({rows})"


def not_unique(rows: str, key: Sequence[str]) -> str:
    """How many rows have no key, and how many share theirs with another."""
    missing = " or ".join(f"{quoted(each)} is null" for each in key)
    return f"select count(*) filter ({missing}), count(*) - count(distinct ({keys_of(key)})) from ({rows})"


def unknown(keys: str, fresh: str, old: str, key: Sequence[str]) -> str:
    """Keys of rows that were neither read now nor are as they were: new, or changed behind the back of the clock."""
    named = keys_of(key)
    known = f"select {named}, {CHANGED}, true as {_THERE} from ({old})"
    first = f"select * from ({keys}) anti join ({fresh}) using ({named})"
    return (
        f"select {_list('k.' + quoted(each) for each in key)} from ({first}) k left join ({known}) o using ({named}) "
        f"where o.{_THERE} is null or o.{CHANGED} is distinct from k.{CHANGED}"
    )


def with_our_key(rows: str, expressions: Mapping[str, str]) -> str:
    """The rows with the key that each has in our table, as it will be read there."""
    texts = _list(f"nullif(trim(cast(({sql}) as varchar)), '') as {ours(name)}" for name, sql in expressions.items())
    return f"select source.*, {texts} from ({rows}) as source"


def as_it_is_now(part: str, old: str, key: Sequence[str], there: str = "") -> str:
    """What was read now, and of what was read before the rows that are still there."""
    named = keys_of(key)
    still = f" semi join ({there}) t using ({named})" if there else ""
    kept = f"select o.* from ({old}) o anti join ({part}) p using ({named}){still}"
    return f"select * from ({part}) union all by name ({kept})"


def changed(part: str, old: str, key: Sequence[str]) -> str:
    """Rows that are new or have another value than before."""
    return f"select * from ({part}) except select o.* from ({old}) o semi join ({part}) p using ({keys_of(key)})"


def gone(old: str, new: str, key: Sequence[str]) -> str:
    """Rows that were there before and are not any more."""
    return f"select o.* from ({old}) o anti join ({new}) n using ({keys_of(key)})"


def before(old: str, changed_rows: str, key: Sequence[str]) -> str:
    """The rows that have changed, as they were before."""
    return f"select o.* from ({old}) o semi join ({changed_rows}) c using ({keys_of(key)})"


def our_keys(selects: Iterable[str], key: Sequence[str]) -> str:
    """The different keys that rows have in our table; rows without one have none."""
    named = _list(map(ours, key))
    present = " and ".join(f"{ours(each)} is not null" for each in key)
    rows = " union all ".join(f"select {named} from ({select})" for select in selects)
    return f"select distinct {named} from ({rows}) where {present}"


def held(rows: str, key: Sequence[str]) -> str:
    """The keys of the rows that are loaded."""
    return f"select {_list(f'cast({quoted(each)} as varchar) as {ours(each)}' for each in key)} from ({rows})"


def both(keys: str, others: str, key: Sequence[str]) -> str:
    """Keys that are among others, too, under the names they have in our table."""
    named = _list(map(ours, key))
    shown = _list(f"{ours(each)} as {quoted(each)}" for each in key)
    return f"select {shown} from ({keys}) semi join ({others}) using ({named}) order by all"


def no_keys(key: Sequence[str]) -> str:
    """Keys, of which there are none."""
    return f"select {_list(f'cast(null as varchar) as {quoted(each)}' for each in key)} where false"


@dataclass(frozen=True)
class Again:
    """Why a row is to be loaded, as SQL for rows and keys.

    It is among the `changed`; another one with its key changed (`touched`), as the first of several decides; nothing
    of its key is `loaded`; or it is a line, and its document is loaded again: `documents` are the column that names it
    and the keys of those.
    """

    changed: str
    touched: str
    loaded: str
    documents: tuple[str, str] | None


def to_load(new: str, columns: Sequence[str], key: Sequence[str], our_key: Sequence[str], again: Again | None) -> str:
    """Rows for a load in the order of their keys: all, or those there is a reason to load again."""
    shown = _list(f"n.{quoted(each)}" for each in columns)
    order = _list(f"try_cast(n.{quoted(each)} as hugeint) nulls last, n.{quoted(each)}" for each in key)
    if again is None:
        return f"select {shown} from ({new}) n order by {order}"
    theirs, named = keys_of(key), _list(map(ours, our_key))
    c, t, h, d = (own(each) for each in "cthd")
    whole = " and ".join(f"n.{ours(each)} is not null" for each in our_key)
    lines, line = "", "false"
    if again.documents:
        column, documents = again.documents
        lines = f"left join (select *, true as {d} from ({documents})) d on d.{quoted(column)} = n.{ours(column)} "
        line = d
    return (
        f"select {shown} from ({new}) n "
        f"left join (select {theirs}, true as {c} from ({again.changed})) c using ({theirs}) "
        f"left join (select *, true as {t} from ({again.touched})) t using ({named}) "
        f"left join (select distinct *, true as {h} from ({again.loaded})) h using ({named}) {lines}"
        f"where {c} or {t} or {line} or ({h} is null and {whole}) order by {order}"
    )
