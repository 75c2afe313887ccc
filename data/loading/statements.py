"""SQL that turns rows of text into typed rows and reasons.

It is put together from the contract, which knows the columns; nothing here knows a table by name but the
few rules at the end. A reason is a sentence part that names the column, so that a row can be mended from it.

Names made up here begin with a blank (`own`). Headings of files and names of files are taken without the blanks
around them, and contract columns are plain words, so none of them can ever be taken for one made up here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Kinds of columns as the contract names them.
NUMBERS = {"integer": "decimal(38, 6)", "quantity": "", "price": "", "money": "", "fx_rate": ""}
DATES = ("date", "timestamp")
FIRST_YEAR, LAST_YEAR = 1900, 2100
RATE_AGE_DAYS = 10

_BLANK = "chr(32) || chr(9) || chr(10) || chr(13) || chr(160) || chr(8239) || chr(65279)"
_GAPS = " \u00a0\u202f\u2009'\u2019"  # what separates thousands besides the sign that is not the decimal one
_CLOCK = "([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( ?(Z|[+]00(:?00)?))?)?"
_YEAR_FIRST = f"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}})({_CLOCK})"
_COMPACT = "([0-9]{4})([0-9]{2})([0-9]{2})"
_YEAR_LAST = f"([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{4}})({_CLOCK})"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def own(name: str) -> str:
    """A name of our own as an SQL identifier: one that no column, table or file can have."""
    return quoted(f" {name}")


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


LINE, BROKEN, FILE, FILE_NO = own("line"), own("broken"), own("file"), own("file_no")  # of each row of a file
_ROW, _REASON, _SOURCE, _STATE = own("row"), own("reason"), own("source"), own("state")
# What the SQL of a mapping may call the first three, unless a file has columns of these names.
_FOR_MAPPINGS = {"_file": FILE, "_file_no": FILE_NO, "_line": LINE}


# --- from a file's columns to the contract's -------------------------------------------------------------


def file_rows(
    path: str, columns: Mapping[str, str], about: tuple[str, int], taken: Iterable[str], *, native: bool
) -> str:
    """All rows of one staged file: its columns, then its name, number, line and fault under our own names.

    `columns` gives the name each column has in the staged file; `about` are the file's name and number. The file's
    name, number and line go by `_file`, `_file_no` and `_line` too, but for names that are `taken` by a column.
    """
    where_from = {FILE: literal(about[0]), FILE_NO: str(about[1])}
    where_from |= (
        {LINE: "cast(file_row_number + 1 as bigint)", BROKEN: "''"} if native else {LINE: LINE, BROKEN: BROKEN}
    )
    known = {name.casefold() for name in taken}
    public = {quoted(name): where_from[ours] for name, ours in _FOR_MAPPINGS.items() if name not in known}
    given = {quoted(name): quoted(stored) for name, stored in columns.items()}
    chosen = ", ".join(f"{value} as {name}" for name, value in {**given, **public, **where_from}.items())
    return f"select {chosen} from read_parquet({literal(path)})"


def shadowed(columns: Iterable[str]) -> list[str]:
    """Those columns of a file that SQL of a mapping then takes for the file's own, not for where a row comes from."""
    return [name for name in columns if name.casefold() in _FOR_MAPPINGS]


def union(selects: Iterable[str]) -> str:
    """The rows of all of them, columns matched by name."""
    return " union all by name ".join(f"({select})" for select in selects)


def view(name: str, rows: str) -> str:
    """Makes rows readable under a name, which is an SQL identifier."""
    return f"create or replace view {name} as {rows}"


def table(name: str, rows: str) -> str:
    """Keeps rows under a name, which is an SQL identifier."""
    return f"create or replace table {name} as {rows}"


def column(name: str) -> str:
    """A column of the file named in `from`."""
    return f"source.{quoted(name)}"


def is_plain(expression: str) -> bool:
    """Whether an expression is just a column of the file."""
    return expression.startswith('source."') and expression.count('"') == 2 and expression.endswith('"')


def mapped(
    rows: str, expressions: Mapping[str, str], join: str = "", where: str = "", one_per: str = "", order: str = ""
) -> str:
    """Contract columns (or null) from a file's rows. Rows that could not be read pass whatever the mapping says."""
    chosen = ", ".join(f"({value}) as {quoted(name)}" for name, value in expressions.items())
    about = ", ".join(f"source.{name}" for name in (FILE, FILE_NO, LINE, BROKEN))
    readable = f"source.{BROKEN} = ''" + (f" and ({where})" if where else "")
    first = ""
    if one_per:
        readable += f" and ({one_per}) is not null"
        by = f"{order}, " if order else ""
        first = f" qualify row_number() over (partition by {one_per} order by {by}source.{FILE_NO}, source.{LINE}) = 1"
    readable_rows = f"select {chosen}, {about} from ({rows}) as source {join} where {readable}{first}"
    plain = {name: value if is_plain(value) else "null" for name, value in expressions.items()}
    as_is = ", ".join(f"{value} as {quoted(name)}" for name, value in plain.items())
    broken_rows = f"select {as_is}, {about} from ({rows}) as source where source.{BROKEN} <> ''"
    if not expressions:
        return f"select 1 from ({rows}) as source {join} where {readable}"
    return f"({readable_rows}) union all by name ({broken_rows})"


def differing(rows: str, expressions: Mapping[str, str], join: str, where: str, one_per: str) -> str:
    """One row: for each expression, how many values of `one_per` have rows that differ in it, and the least of these.

    Empty cells differ from none.
    """
    readable = f"source.{BROKEN} = ''" + (f" and ({where})" if where else "")
    key, counts = own("key"), []
    values = {own(name): f"nullif(trim(cast({value} as varchar), {_BLANK}), '')" for name, value in expressions.items()}
    chosen = ", ".join(f"{value} as {name}" for name, value in values.items())
    differs = ", ".join(f"min({name}) <> max({name}) as {name}" for name in values)
    for name in values:
        counts += [f"count(*) filter ({name})", f"min(cast({key} as varchar)) filter ({name})"]
    return (
        f"select {', '.join(counts)} from (select {key}, {differs} from "
        f"(select ({one_per}) as {key}, {chosen} from ({rows}) as source {join} where {readable}) "
        f"where {key} is not null group by {key})"
    )


def describe(select: str) -> str:
    """The names and types of the columns of a statement."""
    return f"describe {select}"


def count(rows: str) -> str:
    """How many rows there are."""
    return f"select count(*) from ({rows})"


def mends(rows: str, open_rows: str, columns: Sequence[str]) -> str:
    """Rows of a mended quarantine under the file and line they first came from.

    Their state says whether a row is 'open' (still counted as quarantined), 'new' (names no source) or 'left'
    (mended before, or unreadable: what it was stays as it is).
    """
    given = ", ".join(f"n.{quoted(name)}" for name in columns)
    file, line, nth = own("from_file"), own("from_line"), own("nth")
    again = f"o.source_line is null or n.{nth} > 1"
    return (
        f"with r as (select *, nullif(source_file, '') as {file}, try_cast(source_line as bigint) as {line} "
        f"from ({rows})), "
        f"n as (select *, row_number() over (partition by {file}, {line} order by {FILE_NO}, {LINE}) as {nth} from r) "
        f"select {given}, n.{BROKEN}, n.{FILE_NO}, "
        f"case when {again} then n.{FILE} else n.{file} end as {FILE}, "
        f"case when {again} then n.{LINE} else n.{line} end as {LINE}, "
        f"case when n.{BROKEN} <> '' then 'left' when n.{file} is null then 'new' "
        f"when not ({again}) then 'open' else 'left' end as {_STATE} "
        f"from n left join ({open_rows}) o on o.source_file = n.{file} and o.source_line = n.{line}"
    )


# --- from the contract's columns as text to typed ones -------------------------------------------------------


def is_native(kind: str, sql_type: str) -> bool:
    """Whether a column of that SQL type needs no reading of text to become `kind`."""
    numeric = sql_type.startswith(("DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"))
    numeric = numeric or sql_type.startswith(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"))
    return (kind in NUMBERS and numeric) or (kind in DATES and sql_type in ("DATE", "TIMESTAMP"))


def as_text(name: str, sql_type: str, *, native: bool, trimmed: bool) -> str:
    """A mapped column trimmed, empty as null; native ones untouched; whole doubles without a fraction."""
    if trimmed:
        return f"nullif({quoted(name)}, '')"
    if native:
        return f"{quoted(name)}"
    text = f"cast({quoted(name)} as varchar)"
    if sql_type in ("DOUBLE", "FLOAT"):
        whole = f"{quoted(name)} = floor({quoted(name)}) and abs({quoted(name)}) < 1e18"
        text = f"case when {whole} then cast(cast({quoted(name)} as bigint) as varchar) else {text} end"
    return f"nullif(trim({text}, {_BLANK}), '')"


def cleaned(rows: str, types: Mapping[str, tuple[str, bool, bool]]) -> str:
    """Mapped rows with their texts trimmed; `types` gives the arguments of `as_text` for each column."""
    chosen = ", ".join(
        f"{as_text(name, sql_type, native=native, trimmed=trimmed)} as {quoted(name)}"
        for name, (sql_type, native, trimmed) in types.items()
    )
    return f"select {chosen}, {FILE}, {FILE_NO}, {LINE}, {BROKEN} from ({rows})"


def number(text: str, sql_type: str, decimal: str) -> str:
    """Text as a number, or null. Thousands may be set apart, in threes, by the other sign, a gap or an apostrophe."""
    other = "," if decimal == "." else "."
    point = "[.]" if decimal == "." else ","
    pointed = text if decimal == "." else f"replace({text}, ',', '.')"
    plain = f"not contains({text}, '{other}') and not contains({text}, '_')"
    gaps = "[" + other + _GAPS.replace("'", "''") + "]"
    grouped = f"[-+]?[0-9]{{1,3}}({gaps}[0-9]{{3}})+({point}[0-9]+)?"
    joined = f"regexp_replace({text}, '{gaps}', '', 'g')"
    joined = joined if decimal == "." else f"replace({joined}, ',', '.')"
    return (
        f"coalesce(case when {plain} then try_cast({pointed} as {sql_type}) end, "
        f"case when regexp_full_match({text}, '{grouped}') then try_cast({joined} as {sql_type}) end)"
    )


def moment(text: str, date_order: str | None) -> str:
    """Text as a timestamp, or null; day and month as `date_order` says where the year stands last."""
    year_first = f"regexp_replace({text}, '^{_YEAR_FIRST}$', '\\1-\\2-\\3\\4')"
    compact = f"regexp_replace({text}, '^{_COMPACT}$', '\\1-\\2-\\3')"
    parts = f"case when regexp_full_match({text}, '{_YEAR_FIRST}') then try_cast({year_first} as timestamp) "
    parts += f"when regexp_full_match({text}, '{_COMPACT}') then try_cast({compact} as timestamp) "
    if date_order != "ymd":  # where no order was found, only days such as 05/05 are left, which need none
        order = "\\3-\\1-\\2\\4" if date_order == "mdy" else "\\3-\\2-\\1\\4"
        year_last = f"regexp_replace({text}, '^{_YEAR_LAST}$', '{order}')"
        parts += f"when regexp_full_match({text}, '{_YEAR_LAST}') then try_cast({year_last} as timestamp) "
    return f"{parts}end"


def _surely(sign: str, other: str) -> str:
    """Pattern of numbers in which `sign` can only be the decimal one."""
    whole = f"[0-9]{{1,3}}({other}[0-9]{{3}})"
    fraction = f"[0-9]*{sign}([0-9]{{1,2}}|[0-9]{{4,}})|0{sign}[0-9]+|[0-9]{{4,}}{sign}[0-9]+"
    return f"[-+]?({whole}+{sign}[0-9]+|{whole}{{2,}}|{fraction})([eE][-+]?[0-9]+)?"


def _decimal_sign(x: str) -> str:
    """Which sign is the decimal one in a number, '?' where it may be either, '' where it has none."""
    digits = f"regexp_replace({x}, '[{_GAPS.replace(chr(39), chr(39) * 2)}]', '', 'g')"
    plain = f"not contains({x}, ',') and length({x}) - strpos({x}, '.') <> 3 and try_cast({x} as double) is not null"
    return (
        f"case when not contains({x}, '.') and not contains({x}, ',') then '' "
        f"when {plain} then '.' "  # the usual case, without patterns
        f"when regexp_full_match({digits}, '{_surely('[.]', ',')}') then '.' "
        f"when regexp_full_match({digits}, '{_surely(',', '[.]')}') then ',' "
        f"when regexp_full_match({digits}, '[-+]?[1-9][0-9]{{0,2}}[.,][0-9]{{3}}') then '?' else '' end"
    )


def evidence(rows: str, dates: Sequence[str], numbers: Sequence[str]) -> str:
    """One row that says how dates and numbers are written.

    For each date column: how many values can only be day first, only month first, or either, and such a value; then
    for all number columns together the same for decimal point, decimal comma, either.
    """
    parts = []
    for name in dates:
        day, month = (f"cast(regexp_extract({quoted(name)}, '^{_YEAR_LAST}$', {i}) as integer)" for i in (1, 2))
        slashed = f"regexp_full_match({quoted(name)}, '{_YEAR_LAST}')"
        tests = [
            f"{day} between 13 and 31 and {month} between 1 and 12",
            f"{month} between 13 and 31 and {day} between 1 and 12",
            f"{day} between 1 and 12 and {month} between 1 and 12 and {day} <> {month}",
        ]
        tests = [f"case when {slashed} then {test} else false end" for test in tests]
        parts += [f"count(*) filter ({test})" for test in tests]
        parts.append(f"min({quoted(name)}) filter ({tests[2]})")
    for name in numbers:
        x, sign = quoted(name), _decimal_sign(quoted(name))
        parts += [f"count(*) filter ({sign} = '{found}')" for found in (".", ",", "?")]
        parts.append(f"min({x}) filter ({sign} = '?')")
    return f"select {', '.join(parts)} from ({rows}) where {BROKEN} = ''" if parts else "select 1"


def typed(
    rows: str,
    columns: Sequence[Any],
    native: Mapping[str, bool],
    date_order: str | None,
    decimal: str,
    currencies: Sequence[str],
    today: Any,
) -> str:
    """Typed contract columns, where each row came from, and the reason why it cannot be loaded, or null.

    `columns` are the contract's Column objects; `today` is the last day on which something can have happened.
    """
    values, chosen, reasons = [], [], []
    for each in columns:
        value, final, tests = _one(each, date_order, decimal, currencies, today, native=native.get(each.name))
        values.append(f"{value} as {own(f'value {each.name}')}")
        chosen.append(f"{final} as {quoted(each.name)}")
        if tests:
            cases = " ".join(f"when {test} then {reason}" for test, reason in tests)
            reasons.append(f"case {cases} end")
    return (
        f"select {', '.join(chosen)}, {_ROW}, {FILE}, {FILE_NO}, {LINE}, "
        f"coalesce(nullif({BROKEN}, ''), nullif(concat_ws('; ', {', '.join(reasons)}), '')) as {_REASON} "
        f"from (select *, rowid as {_ROW}, {', '.join(values)} from {rows})"
    )


def _one(
    each: Any, date_order: str | None, decimal: str, currencies: Sequence[str], today: Any, *, native: bool | None
) -> tuple[str, str, list[tuple[str, str]]]:
    """One column: its value as SQL, the typed result from that value, and tests with their reasons."""
    x, v = quoted(each.name), own(f"value {each.name}")
    shown = f"'{each.name} ' || chr(39) || left(cast({x} as varchar), 60) || chr(39)"
    if native is None:  # not given by the source
        missing = [("true", f"'{each.name} is missing'")] if each.required else []
        return "null", f"cast(null as {each.sql_type})", missing
    tests = [(f"{x} is null", f"'{each.name} is missing'")] if each.required else []
    if each.kind in NUMBERS:
        wide = NUMBERS[each.kind] or each.sql_type
        value = f"try_cast({x} as {wide})" if native else number(x, wide, decimal)
        double = f"try_cast({x} as double)" if native else number(x, "double", decimal)
        tests.append((f"{x} is not null and {v} is null and isfinite({double})", f"{shown} || ' is too large'"))
        tests.append((f"{x} is not null and {v} is null", f"{shown} || ' is not a number'"))
        if each.kind == "integer":
            tests.append((f"{v} <> floor({v})", f"{shown} || ' is not a whole number'"))
            tests.append((f"try_cast({v} as bigint) is null and {v} is not null", f"{shown} || ' is too large'"))
        if each.minimum is not None:
            tests.append((f"{v} < {each.minimum:.9f}", f"{shown} || ' is below {each.minimum:g}'"))
        if each.maximum is not None:
            tests.append((f"{v} > {each.maximum:.9f}", f"{shown} || ' is above {each.maximum:g}'"))
        return value, f"try_cast({v} as {each.sql_type})", tests
    if each.kind in DATES:
        value = f"try_cast({x} as timestamp)" if native else moment(x, date_order)
        if not native:
            like = f"regexp_full_match({x}, '{_YEAR_FIRST}|{_COMPACT}') or regexp_full_match({x}, '{_YEAR_LAST}')"
            zone = f"regexp_full_match({x}, '.*[0-9] ?[+-][0-9]{{2}}:?[0-9]{{2}}')"
            short = f"regexp_full_match({x}, '[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{2}}')"
            bad = f"{x} is not null and {v} is null"
            order = " or not in the order " + date_order if date_order else ""
            tests.append((f"{bad} and ({like})", f"{shown} || ' is no day of the calendar{order}'"))
            tests.append(
                (f"{bad} and {zone} and contains({x}, ':')", f"{shown} || ' carries a time zone other than UTC'")
            )
            tests.append((f"{bad} and {short}", f"{shown} || ' has a year of two digits'"))
            tests.append((bad, f"{shown} || ' is not a date'"))
        tests.append((f"year({v}) not between {FIRST_YEAR} and {LAST_YEAR}", f"{shown} || ' is an impossible year'"))
        if each.past_only:
            tests.append((f"cast({v} as date) > date '{today}'", f"{shown} || ' lies in the future'"))
        return value, f"cast({v} as {each.sql_type})", tests
    tests.append((f"contains({x}, chr(0))", f"'{each.name} holds a NUL character'"))
    if each.name == "currency":
        known = ", ".join(literal(code) for code in currencies)
        tests.append((f"upper({x}) not in ({known})", f"{shown} || ' is no ISO 4217 currency'"))
        return f"upper({x})", v, tests
    if each.one_of:
        allowed = ", ".join(literal(value) for value in each.one_of)
        tests.append(
            (f"lower({x}) not in ({allowed})", f"{shown} || {literal(' is none of ' + ', '.join(each.one_of))}")
        )
        return f"lower({x})", v, tests
    return x, v, tests


# --- rules over whole tables ---------------------------------------------------------------------------------


def typed_table(name: str) -> str:
    """The table of a contract table's typed rows, as an SQL identifier."""
    return own(f"typed {name}")


def rejected_table(name: str) -> str:
    """The table of its rows that were found wrong later, as an SQL identifier."""
    return own(f"rejected {name}")


def good_view(name: str) -> str:
    """The view of its rows that nothing is wrong with, as an SQL identifier."""
    return own(f"good {name}")


def of_sources(name: str, numbers: Iterable[int]) -> str:
    """The typed rows of a table that come from these sources, right or wrong."""
    return f"select * from {typed_table(name)} where {_SOURCE} in ({', '.join(map(str, numbers))})"


def rejected_rows(name: str, columns: Sequence[str]) -> str:
    """These columns of the rows of a table that something is wrong with."""
    chosen = ", ".join(quoted(each) for each in columns)
    return (
        f"select {chosen} from {typed_table(name)} where {_REASON} is not null union all "
        f"select {chosen} from {typed_table(name)} semi join {rejected_table(name)} using ({_SOURCE}, {_ROW})"
    )


def old_view(name: str) -> str:
    """The view of its rows loaded before, as an SQL identifier."""
    return own(f"old {name}")


def kept_view(name: str) -> str:
    """The view of those rows loaded before that stay, unless a row of this load has their key; an SQL identifier."""
    return own(f"kept {name}")


def start_table(name: str, columns: Sequence[Any]) -> list[str]:
    """Creates the tables that hold a contract table's typed rows and those found wrong later."""
    shape = ", ".join(f"{quoted(each.name)} {each.sql_type}" for each in columns)
    about = f"{_ROW} bigint, {FILE} varchar, {FILE_NO} integer, {LINE} bigint, {_REASON} varchar, {_SOURCE} integer"
    return [
        f"create table {typed_table(name)} ({shape}, {about})",
        f"create table {rejected_table(name)} ({_SOURCE} integer, {_ROW} bigint, {_REASON} varchar)",
        (
            f"create view {good_view(name)} as select t.* from {typed_table(name)} t "
            f"anti join {rejected_table(name)} r using ({_SOURCE}, {_ROW}) where t.{_REASON} is null"
        ),
    ]


def append(name: str, rows: str, source: int) -> str:
    """Adds typed rows of a source to those of its table."""
    return f"insert into {typed_table(name)} select *, {source} from ({rows})"


def typed_in_order(name: str, columns: Sequence[str]) -> str:
    """A contract table's typed rows as the file has them: those columns, then line and reason, or null."""
    chosen = ", ".join(quoted(each) for each in columns)
    return f"select {chosen}, {LINE}, {_REASON} from {typed_table(name)} order by {LINE}, {_ROW}"


def reject(name: str, rows: str) -> str:
    """Notes rows of a table as wrong."""
    return f"insert into {rejected_table(name)} {rows}"


def lacking(name: str, either: Sequence[str]) -> str:
    """Rows that give none of these columns, of which each row needs one."""
    none = " and ".join(f"{quoted(each)} is null" for each in either)
    reason = literal(f"{' or '.join(either)} is missing")
    return f"select {_SOURCE}, {_ROW}, {reason} from {good_view(name)} where {none}"


def duplicates(name: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """Rows whose key an earlier row of the same load has: the first stays."""
    keys = ", ".join(quoted(each) for each in key)
    whole = "row(" + ", ".join(f"t.{quoted(each)}" for each in columns) + ")"
    order = f"order by t.{FILE_NO}, t.{LINE}, t.{_ROW}"
    nth, same, first = own("nth"), own("same"), own("first")
    return (
        f"with d as (select {keys} from {good_view(name)} group by {keys} having count(*) > 1), "
        f"ranked as (select t.{_SOURCE}, t.{_ROW}, row_number() over w as {nth}, "
        f"first_value({whole}) over w is not distinct from {whole} as {same}, "
        f"first_value(t.{FILE} || ' line ' || t.{LINE}) over w as {first} "
        f"from {good_view(name)} t semi join d using ({keys}) "
        f"window w as (partition by {', '.join('t.' + quoted(each) for each in key)} {order})) "
        f"select {_SOURCE}, {_ROW}, '{', '.join(key)} repeats ' || {first} || "
        f"case when {same} then ' exactly' else ' with other values' end from ranked where {nth} > 1"
    )


def repeats_again(name: str, key: Sequence[str], open_rows: str) -> str:
    """Rows of a mended quarantine that were kept out for repeating a key, and still repeat one that is loaded.

    Without this, importing them a second time would let them replace the row that came first.
    """
    keys = ", ".join(quoted(each) for each in key)
    return (
        f"select t.{_SOURCE}, t.{_ROW}, '{', '.join(key)} repeats a row that is loaded' from {good_view(name)} t "
        f"join (select source_file, source_line, reason from ({open_rows})) o "
        f"on o.source_file = t.{FILE} and o.source_line = t.{LINE} "
        f"semi join {old_view(name)} using ({keys}) where contains(o.reason, ' repeats ')"
    )


# The day an exchange rate is needed for: the one on which the warehouse converts.
RATED_ON = {"orders": "ordered_on", "quotes": "requested_on"}


def unrated(name: str) -> str:
    """Rows of a table in another currency than $currency with no rate for their day or the ten days before it."""
    day = own("day")
    return (
        f"select t.{_SOURCE}, t.{_ROW}, 'currency ' || t.currency || ' has no exchange rate on ' || t.{day} || "
        f"' or in the {RATE_AGE_DAYS} days before' from ({without_rate(name, all_of(good_view(name)))}) t"
    )


def without_rate(name: str, rows: str) -> str:
    """Those among rows of a table for which `unrated` holds, with their day."""
    day, on = own("day"), quoted(RATED_ON[name])
    return (
        f"with rows_ as ({rows}), asked as (select distinct currency, {on} as {day} from rows_ "
        f"where currency <> $currency), "
        f"given as (select currency, rated_on from {good_view('exchange_rates')} "
        f"union select currency, rated_on from {kept_view('exchange_rates')}), "
        f"missing as (select * from asked a where not exists (select 1 from given g where g.currency = a.currency "
        f"and g.rated_on between a.{day} - {RATE_AGE_DAYS} and a.{day})) "
        f"select t.*, m.{day} from rows_ t join missing m on m.currency = t.currency and m.{day} = t.{on}"
    )


def orphans(name: str, references: Sequence[tuple[str, str, str]]) -> str:
    """Rows that refer to a row that is neither loaded nor being loaded: (column, other table, its key) each."""
    joins, reasons = [], []
    key = own("key")
    for number_, (col, other, other_key) in enumerate(references):
        known, id_ = f"known_{number_}", quoted(other_key)
        both = f"select {id_} as {key} from {good_view(other)} union select {id_} from {kept_view(other)}"
        joins.append(f"left join ({both}) {known} on {known}.{key} = t.{quoted(col)}")
        itself = f"t.{quoted(col)} in (select {id_} from {typed_table(other)} where {id_} is not null)"
        reasons.append(
            f"case when t.{quoted(col)} is not null and {known}.{key} is null then '{col} ' || chr(39) || "
            f"left(t.{quoted(col)}, 60) || chr(39) || "
            f"case when {itself} then ' is a row of {other} that is quarantined' "
            f"else ' is in no row of {other}' end end"
        )
    return (
        f"select {_SOURCE}, {_ROW}, {_REASON} from (select t.{_SOURCE}, t.{_ROW}, "
        f"nullif(concat_ws('; ', {', '.join(reasons)}), '') as {_REASON} "
        f"from {good_view(name)} t {' '.join(joins)}) where {_REASON} is not null"
    )


def no_rows(columns: Sequence[Any]) -> str:
    """A table of the contract's shape without rows."""
    return "select " + ", ".join(f"cast(null as {c.sql_type}) as {quoted(c.name)}" for c in columns) + " where false"


def lines_that_disagree() -> str:
    """Order lines whose amount is over a cent off quantity x unit_price, by currency.

    Rows: currency, how many, by how much in all (absolute), and the file and line of the one that is furthest off.
    """
    lines, orders = good_view("order_lines"), good_view("orders")
    known = union([f"select order_id, currency from {each}" for each in (orders, old_view("orders"))])
    off, seen = own("off"), own("seen")
    return (
        f"select {seen}.currency, count(*), sum({off}), arg_max({FILE} || ' line ' || {LINE}, {off}) "
        f"from (select *, abs(amount - round(cast(quantity as decimal(19, 3)) * unit_price, 2)) as {off} from {lines}) "
        f"join (select order_id, any_value(currency) as currency from ({known}) group by order_id) {seen} "
        f"using (order_id) where {off} > 0.01 group by all order by all"
    )


def shared_currencies() -> str:
    """The currencies that orders and quotes are in."""
    orders, quotes = good_view("orders"), good_view("quotes")
    return f"select currency from {orders} union select currency from {quotes} order by currency"


def outcome(name: str) -> str:
    """Per file: rows in and loaded."""
    return (
        f"select t.{FILE}, count(*), count(*) filter (t.{_REASON} is null and r.{_ROW} is null) "
        f"from {typed_table(name)} t "
        f"left join (select distinct {_SOURCE}, {_ROW} from {rejected_table(name)}) r using ({_SOURCE}, {_ROW}) "
        f"group by t.{FILE} order by min(t.{FILE_NO}), t.{FILE}"
    )


def quarantined(name: str, texts: Sequence[tuple[int, str]], columns: Sequence[str]) -> str:
    """Raw text of the rows not loaded, with source_file, source_line and reason. `texts` are (source, SQL) pairs."""
    chosen = ", ".join(quoted(each) for each in columns)
    shown = ", ".join(f"raw.{quoted(each)}" for each in columns)
    raw = " union all ".join(
        f"select {number_} as {_SOURCE}, {_ROW}, {chosen} from ({rows})" for number_, rows in texts
    )
    return (
        f"with bad as (select {_SOURCE}, {_ROW}, {_REASON} from {typed_table(name)} where {_REASON} is not null "
        f"union all select {_SOURCE}, {_ROW}, string_agg({_REASON}, '; ') from {rejected_table(name)} "
        f"group by {_SOURCE}, {_ROW}) "
        f"select {shown}, t.{FILE} as source_file, t.{LINE} as source_line, bad.{_REASON} as reason "
        f"from bad join {typed_table(name)} t using ({_SOURCE}, {_ROW}) join ({raw}) raw using ({_SOURCE}, {_ROW}) "
        f"order by t.{FILE_NO}, t.{LINE}"
    )


def raw_text(table_: str, types: Mapping[str, bool], columns: Sequence[str], decimal: str) -> str:
    """The text of every row as it came, columns not given empty."""
    texts = []
    for name in columns:
        if name not in types:
            text = "cast(null as varchar)"
        elif types[name]:
            text = f"replace(cast({quoted(name)} as varchar), '.', '{decimal}')"
        else:
            text = quoted(name)
        texts.append(f"{text} as {quoted(name)}")
    return f"select rowid as {_ROW}, {', '.join(texts)} from {table_}"


def first_good(name: str, columns: Sequence[str], most: int) -> str:
    """The first rows of a table, in file order, that nothing is wrong with."""
    chosen = ", ".join(quoted(each) for each in columns)
    return f"select {chosen} from {good_view(name)} order by {FILE_NO}, {LINE}, {_ROW} limit {most}"


def first_of(rows: str, most: int) -> str:
    """The first of ordered rows."""
    return f"select * from ({rows}) limit {most}"


def reasons(rows: str) -> str:
    """How often each kind of reason occurs; the values in a reason are left out."""
    kind = "regexp_replace(reason, chr(39) || '[^' || chr(39) || ']*' || chr(39) || ' ?', '', 'g')"
    kind = f"regexp_replace({kind}, 'repeats .* line [0-9]+', 'repeats another row', 'g')"
    kind = f"regexp_replace({kind}, ' on [0-9-]+ or', ' on its day or', 'g')"
    kind_name, count_name = own("kind"), own("count")
    return (
        f"select {kind} as {kind_name}, count(*) as {count_name}, "
        f"arg_min(source_file || ' line ' || source_line, source_line) from ({rows}) "
        f"group by {kind_name} order by {count_name} desc, {kind_name} limit 8"
    )


def copy_to_parquet(rows: str, path: str) -> str:
    """Writes rows as Parquet."""
    return f"copy ({rows}) to {literal(path)} (format parquet, compression zstd)"


def copy_to_csv(rows: str, path: str) -> str:
    """Writes rows as CSV with a heading."""
    return f"copy ({rows}) to {literal(path)} (format csv, header)"


def confine(folders: Sequence[str], files: Sequence[str]) -> list[str]:
    """Statements after which only these folders and files can be touched: mappings hold SQL of other people."""
    some = ", ".join(literal(each.rstrip("/") + "/") for each in folders)
    more = ", ".join(literal(each) for each in files)
    return [
        "set TimeZone = 'UTC'",  # times that carry it are the same on every server
        f"set allowed_directories = [{some}]",
        f"set allowed_paths = [{more}]",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ]


def parquet(paths: Iterable[str]) -> str:
    """The rows of Parquet files of one shape."""
    return f"select * from read_parquet([{', '.join(map(literal, paths))}])"


def open_rows(path: str) -> str:
    """The rows kept in one Parquet file of a quarantine."""
    return f"select * from read_parquet({literal(path)})"


def not_in(rows: str, others: str) -> str:
    """Quarantined rows of an earlier load that are not among `others` by source file and line."""
    return f"select * from ({rows}) anti join ({others}) using (source_file, source_line)"


def all_of(name: str) -> str:
    """All rows of a table or view, named as an SQL identifier."""
    return f"select * from {name}"


def in_state(name: str, state: str) -> str:
    """Rows of a mended quarantine in one state."""
    return f"select * from {name} where {_STATE} = '{state}'"


def presented(name: str) -> str:
    """Rows of a mended quarantine that count: those still open and those that are new."""
    return f"select * exclude ({_STATE}) from {name} where {_STATE} <> 'left'"


def no_open_rows(columns: Sequence[str]) -> str:
    """Open rows of a quarantine, of which there are none."""
    texts = ", ".join(f"cast(null as varchar) as {quoted(each)}" for each in columns)
    return (
        f"select {texts}, cast(null as varchar) as source_file, cast(null as bigint) as source_line, "
        "cast(null as varchar) as reason where false"
    )


def origins(name: str) -> str:
    """Which rows of a table this load saw."""
    return f"select {FILE} as source_file, {LINE} as source_line from {typed_table(name)}"


def readable(name: str) -> str:
    """The rows of a table that could be read."""
    return f"select * from {name} where {BROKEN} = ''"
