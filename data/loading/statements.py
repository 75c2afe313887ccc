"""SQL that turns rows of text into typed rows and reasons.

It is put together from the contract, which knows the columns; nothing here knows a table by name but the
few rules at the end. A reason is a sentence part that names the column, so that a row can be mended from it.

Names made up here begin with a blank (`own`). Headings of files and names of files are taken without the blanks
around them, and contract columns are plain words, so none of them can ever be taken for one made up here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.loading import written

# Kinds of columns as the contract names them.
NUMBERS = {"integer": "decimal(38, 6)", "quantity": "", "price": "", "money": "", "fx_rate": ""}
DATES = ("date", "timestamp")
HELPER_NUMBER = "decimal(24, 8)"  # of number() in a mapping: products of three keep all their decimals
AMOUNTS = ("price", "money")  # numbers beside which a currency may stand
FIRST_YEAR, LAST_YEAR = 1900, 2100
_OPEN_END = "date '9999-12-31'"
RATE_AGE_DAYS = 10

_BLANK = "chr(32) || chr(9) || chr(10) || chr(13) || chr(160) || chr(8239) || chr(65279)"
# What stands around a value of a cell within a reason, until it is shown: values may hold any sign people write.
_OPEN, _CLOSE = chr(2), chr(3)


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


@dataclass(frozen=True)
class Shape:
    """The SQL of a source besides its columns; `refused` says of a row why it cannot be read, or is null or empty."""

    join: str = ""
    where: str = ""
    one_per: str = ""
    order: str = ""
    refused: str = ""


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
    rows: str,
    expressions: Mapping[str, str],
    shape: Shape,
    problems: Mapping[str, str] | None = None,
) -> str:
    """Contract columns (or null) from a file's rows. Rows that could not be read pass whatever the mapping says.

    `problems` are SQL that says why a column has no value, by column. Without columns it gives just as many rows.
    """
    join, where, one_per, order, refused = shape.join, shape.where, shape.one_per, shape.order, shape.refused
    chosen = ", ".join(
        [
            *(f"({value}) as {quoted(name)}" for name, value in expressions.items()),
            *(f"({value}) as {problem(name)}" for name, value in (problems or {}).items()),
        ]
    )
    about = ", ".join(f"source.{name}" for name in (FILE, FILE_NO, LINE, BROKEN))
    readable = f"source.{BROKEN} = ''"
    wanted = readable + (f" and ({refused}) is null" if refused else "") + (f" and ({where})" if where else "")
    first = ""
    if one_per:
        wanted += f" and ({one_per}) is not null"
        by = f"{order}, " if order else ""
        first = f" qualify row_number() over (partition by {one_per} order by {by}source.{FILE_NO}, source.{LINE}) = 1"
    from_rows = f"from ({rows}) as source {join}"
    if not expressions:
        return f"select 1 {from_rows} where {wanted}"
    plain = {name: value if is_plain(value) else "null" for name, value in expressions.items()}
    as_is = ", ".join(f"{value} as {quoted(name)}" for name, value in plain.items())
    parts = [
        f"select {chosen}, {about} {from_rows} where {wanted}{first}",
        f"select {as_is}, {about} from ({rows}) as source where source.{BROKEN} <> ''",
    ]
    if refused:
        without = ", ".join(f"source.{name}" for name in (FILE, FILE_NO, LINE))
        parts.append(
            f"select {as_is}, {without}, {refused} as {BROKEN} {from_rows} where {readable} and {refused} is not null"
            + (
                f" qualify row_number() over (partition by source.{FILE}, source.{FILE_NO}, source.{LINE}) = 1"
                * bool(join)
            )
        )
    return union(parts)


def attempt(expression: str) -> tuple[str, str]:
    """An expression that is null where it fails in a row, and whether it failed.

    Within a case, for the engine would compute what two expressions have in common before it tries either.
    """
    tried = f"case when source.{BROKEN} = '' then try(row({expression})) end"
    return f"struct_extract({tried}, 1)", f"{tried} is null"


def either(reasons: Iterable[str]) -> str:
    """The first of several expressions that is not null; empty ones are left out."""
    given = [each for each in reasons if each]
    return f"coalesce({', '.join(given)})" if len(given) > 1 else "".join(given)


def from_cells(what: str, cells: Iterable[tuple[str, str]]) -> str:
    """SQL for a reason and the cells it speaks of: (heading, SQL) pairs."""
    values = ", ".join(shown(name, value) for name, value in cells)
    return (
        f"{literal(what)} || coalesce(' for ' || nullif(concat_ws(', ', {values}), ''), '')"
        if values
        else literal(what)
    )


def multiplied(rows: str, shape: Shape, columns: Sequence[str]) -> str:
    """Of the lines of files that come in several rows: how many, the first one's place, how often, these columns."""
    times, whole = own("times"), own("whole")
    shown_ = "".join(f", any_value(source.{quoted(each)})" for each in columns)
    wanted = f"source.{BROKEN} = ''" + (f" and ({shape.where})" if shape.where else "")
    return (
        f"select count(*) over () as {whole}, any_value(source.{FILE}), source.{LINE}, count(*) as {times}{shown_} "
        f"from ({rows}) as source {shape.join} where {wanted} group by source.{FILE_NO}, source.{LINE} "
        f"having count(*) > 1 order by source.{FILE_NO}, source.{LINE} limit 1"
    )


def marked(rows: str, why: str) -> str:
    """Rows of files of which those are broken, too, for which `why` is no null."""
    broken = f"case when source.{BROKEN} = '' then coalesce({why}, '') else source.{BROKEN} end"
    return f"select * replace ({broken} as {BROKEN}) from ({rows}) as source"


def of_files(name: str, numbers: Iterable[int]) -> str:
    """The mapped rows of some files."""
    return f"select * from {name} where {FILE_NO} in ({', '.join(map(str, numbers))})"


def by_file(values: Sequence[tuple[Iterable[int], str]]) -> str:
    """SQL that differs between files, which go by their numbers."""
    if len(values) == 1:
        return values[0][1]
    cases = [f"when source.{FILE_NO} in ({', '.join(map(str, numbers))}) then {value}" for numbers, value in values]
    return f"case {' '.join(cases)} end"


def helper(name: str, text: str, how: Any) -> str:
    """What number() or day() gives for a text that is written as `how` (validate.Format) says."""
    if name == "day":
        return f"cast({written.moment(text, how.date_order, how.date_format)} as date)"
    whole = written.number(text, HELPER_NUMBER, how.decimal, money=True)
    return f"coalesce({whole}, {written.share(text, HELPER_NUMBER, how.decimal)})"


def helper_native(name: str, value: str) -> str:
    """What number() or day() gives for a number or day of a typed file."""
    return f"cast({value} as date)" if name == "day" else f"try_cast({value} as {HELPER_NUMBER})"


def is_unread(name: str, text: str, value: str) -> str:
    """Whether number() or day() found something in a text's place that it could not read."""
    return f"{text} is not null and ({value}) is null" + (
        f" and not {written.is_no_day(text)}" if name == "day" else ""
    )


def differing(rows: str, expressions: Mapping[str, str], shape: Shape) -> str:
    """One row: for each expression, how many values of `one_per` have rows that differ in it, and the least such value.

    Empty cells differ from none.
    """
    readable = f"source.{BROKEN} = ''" + (f" and ({shape.where})" if shape.where else "")
    key = own("key")
    values = {own(name): f"nullif(trim(cast({value} as varchar)), '')" for name, value in expressions.items()}
    chosen = ", ".join(f"{value} as {name}" for name, value in values.items())
    differs = ", ".join(f"min({name}) <> max({name}) as {name}" for name in values)
    counts = [f"count(*) filter ({name}), min(cast({key} as varchar)) filter ({name})" for name in values]
    return (
        f"select {', '.join(counts)} from (select {key}, {differs} from (select ({shape.one_per}) as {key}, {chosen} "
        f"from ({rows}) as source {shape.join} where {readable}) where {key} is not null group by {key})"
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


def as_text(value: str, sql_type: str, *, trimmed: bool = False, nulls: Sequence[str] = ()) -> str:
    """A value as text: trimmed, null where it is empty or one of the words for no value; whole doubles as integers."""
    if trimmed:
        text = f"nullif({value}, '')"
    else:
        text = f"cast({value} as varchar)"
        if sql_type in ("DOUBLE", "FLOAT"):
            whole = f"{value} = floor({value}) and abs({value}) < 1e18"
            text = f"case when {whole} then cast(cast({value} as bigint) as varchar) else {text} end"
        text = f"nullif(trim({text}, {_BLANK}), '')"
    words = ", ".join(literal(word.casefold()) for word in nulls)
    return f"case when lower({text}) not in ({words}) then {text} end" if words else text


def cleaned(
    rows: str, types: Mapping[str, tuple[str, bool, bool]], explained: Iterable[str] = (), nulls: Sequence[str] = ()
) -> str:
    """Mapped rows with their texts trimmed; `types` gives each column's SQL type, and whether it is native, trimmed."""
    chosen = [
        f"{quoted(name) if native else as_text(quoted(name), sql_type, trimmed=trimmed, nulls=nulls)} as {quoted(name)}"
        for name, (sql_type, native, trimmed) in types.items()
    ]
    about = [*map(problem, explained), FILE, FILE_NO, LINE, BROKEN]
    return f"select {', '.join([*chosen, *about])} from ({rows})"


def _surely(sign: str, other: str) -> str:
    """Pattern of numbers in which `sign` can only be the decimal one."""
    whole = f"[0-9]{{1,3}}({other}[0-9]{{3}})"
    fraction = f"[0-9]*{sign}([0-9]{{1,2}}|[0-9]{{4,}})|0{sign}[0-9]+|[0-9]{{4,}}{sign}[0-9]+"
    return f"[-+]?({whole}+{sign}[0-9]+|{whole}{{2,}}|{fraction})([eE][-+]?[0-9]+)?"


def _decimal_sign(x: str, *, money: bool) -> str:
    """Which sign is the decimal one in a number, '?' where it may be either, '' where it has none."""
    number = f"case when {written.is_bare(x)} then {x} else coalesce({written.bare(x, money=money)}, '') end"
    digits = f"regexp_replace({number}, '[{written.GAPS_SQL}]', '', 'g')"
    plain = f"not contains({x}, ',') and length({x}) - strpos({x}, '.') <> 3 and try_cast({x} as double) is not null"
    return (
        f"case when not contains({x}, '.') and not contains({x}, ',') then '' "
        f"when {plain} then '.' "  # the usual case, without patterns
        f"when regexp_full_match({x}, '-?[0-9]+,[0-9]{{1,2}}') then ',' "  # its like with a comma
        f"when regexp_full_match({digits}, '{_surely('[.]', ',')}') then '.' "
        f"when regexp_full_match({digits}, '{_surely(',', '[.]')}') then ',' "
        f"when regexp_full_match({digits}, '[-+]?[1-9][0-9]{{0,2}}[.,][0-9]{{3}}') then '?' else '' end"
    )


def evidence(rows: str, dates: Sequence[str], numbers: Sequence[str], money: Sequence[str]) -> str:
    """One row a file that says how its dates and numbers are written; `money` are numbers that are amounts.

    The file's number; for each date column how many values can only be day first, only month first, or either, and
    such a value; for each number column the same for decimal point, decimal comma, either; for each column of amounts
    the signs of currencies in it.
    """
    signs, parts = [], []
    for name in dates:
        day, month = (f"cast(regexp_extract({quoted(name)}, '^{written.YEAR_LAST}$', {i}) as integer)" for i in (1, 2))
        slashed = f"regexp_full_match({quoted(name)}, '{written.YEAR_LAST}')"
        tests = [
            f"{day} between 13 and 31 and {month} between 1 and 12",
            f"{month} between 13 and 31 and {day} between 1 and 12",
            f"{day} between 1 and 12 and {month} between 1 and 12 and {day} <> {month}",
        ]
        tests = [f"case when {slashed} then {test} else false end" for test in tests]
        parts += [f"count(*) filter ({test})" for test in tests]
        parts.append(f"min({quoted(name)}) filter ({tests[2]})")
    for name in numbers:
        x, sign = quoted(name), own(f"sign {name}")
        signs.append(f"{_decimal_sign(x, money=name in money)} as {sign}")
        parts += [f"count(*) filter ({sign} = '{found}')" for found in (".", ",", "?")]
        parts.append(f"min({x}) filter ({sign} = '?')")
    for name in money:
        x = quoted(name)
        found = f"case when not ({written.is_bare(x)}) then {written.money_sign(x)} end"
        parts.append(f"list_sort(list(distinct {found}) filter ({found} is not null))")
    seen = ", ".join(["*", *signs])
    return (
        f"select {', '.join([FILE_NO, *parts])} from (select {seen} from ({rows}) where {BROKEN} = '') "
        f"group by {FILE_NO} order by {FILE_NO}"
    )


def typed(
    rows: str,
    columns: Sequence[Any],
    native: Mapping[str, bool],
    how: Any,
    today: Any,
    explained: Collection[str] = (),
) -> str:
    """Typed contract columns, where each row came from, and the reason why it cannot be loaded, or null.

    `columns` are the contract's Column objects; `how` is the file's way of writing (validate.Format); `today` is the
    last day on which something can have happened; `explained` are the columns that say themselves what is wrong.
    """
    values, chosen, reasons = [], [], []
    for each in columns:
        value, final, tests = _one(each, how, today, native=native.get(each.name))
        if each.name in explained:
            tests.insert(0, (f"{problem(each.name)} is not null", problem(each.name)))
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


def _one(each: Any, how: Any, today: Any, *, native: bool | None) -> tuple[str, str, list[tuple[str, str]]]:
    """One column: its value as SQL, the typed result from that value, and tests with their reasons."""
    x, v = quoted(each.name), own(f"value {each.name}")
    told = shown(each.name, x)
    if native is None:  # not given by the source
        missing = [("true", f"'{each.name} is missing'")] if each.required else []
        return "null", f"cast(null as {each.sql_type})", missing
    tests = [(f"{x} is null", f"'{each.name} is missing'")] if each.required else []
    if each.kind in NUMBERS or each.kind in DATES:
        one = _one_number if each.kind in NUMBERS else _one_date
        value, final, more = one(each, how, today, native=native)
        return value, final, [*tests, *more]
    tests.append((f"contains({x}, chr(0))", f"'{each.name} holds a NUL character'"))
    if each.name == "currency":
        known = ", ".join(literal(code) for code in written.CURRENCIES)
        tests.append((f"upper({x}) not in ({known})", f"{told} || ' is no ISO 4217 currency'"))
        return f"upper({x})", v, tests
    if each.one_of:
        allowed = ", ".join(literal(value) for value in each.one_of)
        tests.append(
            (f"lower({x}) not in ({allowed})", f"{told} || {literal(' is none of ' + ', '.join(each.one_of))}")
        )
        return f"lower({x})", v, tests
    return x, v, tests


def _one_number(each: Any, how: Any, _: Any, *, native: bool) -> tuple[str, str, list[tuple[str, str]]]:
    x, v = quoted(each.name), own(f"value {each.name}")
    told = shown(each.name, x)
    tests = []
    wide = NUMBERS[each.kind] or each.sql_type
    read = {kind: f"try_cast({x} as {kind})" for kind in (wide, "double")}
    if not native:
        read = {kind: written.number(x, kind, how.decimal, money=each.kind in AMOUNTS) for kind in read}
    value, double = read[wide], read["double"]
    # Why is asked within a case of its own, so that the many good rows are not read a second time for it.
    why = f"{told} || case when isfinite({double}) then ' is too large' else ' is not a number' end"
    tests.append((f"{x} is not null and {v} is null", why))
    if each.kind == "integer":
        tests.append((f"{v} <> floor({v})", f"{told} || ' is not a whole number'"))
        tests.append((f"try_cast({v} as bigint) is null and {v} is not null", f"{told} || ' is too large'"))
    if each.minimum is not None:
        tests.append((f"{v} < {each.minimum:.9f}", f"{told} || ' is below {each.minimum:g}'"))
    if each.maximum is not None:
        tests.append((f"{v} > {each.maximum:.9f}", f"{told} || ' is above {each.maximum:g}'"))
    return value, f"try_cast({v} as {each.sql_type})", tests


def _one_date(each: Any, how: Any, today: Any, *, native: bool) -> tuple[str, str, list[tuple[str, str]]]:
    x, v = quoted(each.name), own(f"value {each.name}")
    told = shown(each.name, x)
    tests = []
    value = f"try_cast({x} as timestamp)" if native else written.moment(x, how.date_order, how.date_format)
    if not native:
        # Within a case of its own, as with numbers.
        why = " ".join(f"when {test} then {reason}" for test, reason in _no_days(each, how))
        tests.append((f"{x} is not null and {v} is null", f"case {why} end"))
    impossible = f"year({v}) not between {FIRST_YEAR} and {LAST_YEAR}"
    final = f"cast({v} as date)" if each.kind == "date" else v
    if not each.required and not each.past_only:  # the last day of the calendar stands for an open end
        impossible += f" and cast({v} as date) <> {_OPEN_END}"
        final = f"case when cast({v} as date) <> {_OPEN_END} then {final} end"
    tests.append((impossible, f"{told} || ' is an impossible year'"))
    if each.past_only:
        tests.append((f"cast({v} as date) > date '{today}'", f"{told} || ' lies in the future'"))
    return value, final, tests


def _no_days(each: Any, how: Any) -> list[tuple[str, str]]:
    """Tests of a text that is no day, the last of which holds for each, and what they say of it: null for nothing."""
    x, order = quoted(each.name), f" or not in the order {how.date_order}" if how.date_order else ""
    told = shown(each.name, x)
    found = [
        (written.is_no_day(x), " stands for no day" if each.required else ""),
        (written.is_day_like(x), f" is no day of the calendar{order}"),
        (written.has_other_zone(x), " carries a time zone other than UTC"),
        (written.has_short_year(x), " has a year of two digits"),
        ("true", " is not a date"),
    ]
    return [(test, f"{told} || {literal(why)}" if why else "null") for test, why in found]


def problem(name: str) -> str:
    """The column of mapped rows that says why the SQL of a contract column has no value, as an SQL identifier."""
    return own(f"problem {name}")


def shown(name: str, value: str) -> str:
    """SQL for a name and the value it has in a row, as reasons give them."""
    return f"{literal(f'{name} {_OPEN}')} || left(cast({value} as varchar), 60) || {literal(_CLOSE)}"


def _told(reason: str) -> str:
    """SQL for a reason as people read it: values stand in apostrophes."""
    return f"translate({reason}, {literal(_OPEN + _CLOSE)}, {literal(chr(39) * 2)})"


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
    return f"select {chosen}, {LINE}, {_told(_REASON)} from {typed_table(name)} order by {LINE}, {_ROW}"


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
            f"case when t.{quoted(col)} is not null and {known}.{key} is null then {shown(col, f't.{quoted(col)}')} || "
            f"case when {itself} then ' is a row of {other} that is quarantined' "
            f"else ' is in no row of {other}' end end"
        )
    return (
        f"select {_SOURCE}, {_ROW}, {_REASON} from (select t.{_SOURCE}, t.{_ROW}, "
        f"nullif(concat_ws('; ', {', '.join(reasons)}), '') as {_REASON} "
        f"from {good_view(name)} t {' '.join(joins)}) where {_REASON} is not null"
    )


def lost(name: str, column_: str, other: str) -> str:
    """Rows of a table that were found to refer to no row of another one, and what their reason says of it."""
    said = f"{shown(column_, f't.{quoted(column_)}')} || {literal(f' is in no row of {other}')}"
    return (
        f"select t.{_SOURCE}, t.{_ROW}, t.{quoted(column_)} as {own('value')}, {said} as {own('said')} "
        f"from {rejected_table(name)} r join {typed_table(name)} t using ({_SOURCE}, {_ROW}) "
        f"where contains(r.{_REASON}, {said})"
    )


def tell_near(name: str, column_: str, other: str, other_key: str) -> str:
    """Adds to the reasons of rows that refer to no row of another table which key they nearly name."""
    value, said, key, near = own("value"), own("said"), own("key"), own("near")
    id_ = quoted(other_key)
    known = f"select {id_} as {key} from {good_view(other)} union select {id_} from {kept_view(other)}"
    known = f"select min({key}) as {key}, {_nearly(key)} as {near} from ({known}) group by {near}"
    but = (
        f"case when lower(n.{value}) = lower(n.{key}) then ', but for capitals it is' "
        f"when nfc_normalize(n.{value}) = nfc_normalize(n.{key}) then ', but for the way its letters are stored it is' "
        f"when {_visible(f'n.{value}')} = {_visible(f'n.{key}')} then ', but for blanks or invisible characters it is' "
        "else '; a similar one is' end"
    )
    told = f"n.{said} || {but} || {shown('', f'n.{key}')}"
    pairs = f"select * from ({lost(name, column_, other)}) l join ({known}) k on k.{near} = {_nearly(f'l.{value}')}"
    return (
        f"update {rejected_table(name)} r set {_REASON} = replace(r.{_REASON}, n.{said}, {told}) "
        f"from ({pairs}) n "
        f"where r.{_SOURCE} = n.{_SOURCE} and r.{_ROW} = n.{_ROW} and contains(r.{_REASON}, n.{said})"
    )


def _visible(text: str) -> str:
    """A text without its blanks and without what cannot be seen."""
    return f"regexp_replace({text}, '[\\p{{Cf}}\\p{{Z}}\\s]', '', 'g')"


def _nearly(text: str) -> str:
    """What is left of a text without capitals, accents, blanks, signs, zeros in front or behind a point, word order."""
    letters = f"lower(strip_accents(nfc_normalize(regexp_replace({text}, '\\p{{Cf}}', '', 'g'))))"
    digits = f"ltrim(regexp_replace({letters}, '[.]0+$|[^\\p{{L}}0-9]', '', 'g'), '0')"
    words = f"array_to_string(list_sort(regexp_extract_all({letters}, '\\p{{L}}+')), ' ')"
    return f"nullif(case when regexp_matches({text}, '[0-9]') then {digits} else {words} end, '')"


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


# Texts that are seldom meant as they stand: a sign that is cheap to look for, and the pattern that decides.
_DOUBTFUL = {
    "shortened": "contains({x}, 'E+') and regexp_full_match({x}, '[0-9]([.,][0-9]+)?E[+][0-9]+')",
    "damaged": "contains({x}, chr(65533)) or regexp_matches({x}, '[ÂÃÐÑ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]')",
    "none": "length({x}) < 12 and lower({x}) in ({words})",
}
_FOR_NONE = (
    *("null", "(null)", "<null>", "n/a", "#n/a", "#n/v", "na", "<na>", "nan", "none", "nil", "undefined", "\\n"),
    *("-", "--", "---", "?", "(blank)", "(empty)", "(leer)", "k.a.", "keine angabe", "нет данных", "н/д"),
)


def doubtful_texts(name: str, columns: Sequence[Any]) -> str:
    """One row: for each column and kind of doubtful text, how many of its typed values are such, and one of them."""
    words = ", ".join(map(literal, _FOR_NONE))
    tests = [test.format(x=quoted(each.name), words=words) for each in columns for test in _DOUBTFUL.values()]
    shown_ = [quoted(each.name) for each in columns for _ in _DOUBTFUL]
    chosen = [f"count(*) filter ({test}), min({x}) filter ({test})" for test, x in zip(tests, shown_, strict=True)]
    return f"select {', '.join(chosen)} from {typed_table(name)}"


DOUBTS = tuple(_DOUBTFUL)


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


def _bad(name: str) -> str:
    """The rows of a table that are not loaded, each once, with all its reasons."""
    return (
        f"select {_SOURCE}, {_ROW}, {_REASON} from {typed_table(name)} where {_REASON} is not null "
        f"union all select {_SOURCE}, {_ROW}, string_agg({_REASON}, '; ') from {rejected_table(name)} "
        f"group by {_SOURCE}, {_ROW}"
    )


def quarantined(name: str, texts: Sequence[tuple[int, str]], columns: Sequence[str]) -> str:
    """Raw text of the rows not loaded, with source_file, source_line and reason. `texts` are (source, SQL) pairs."""
    chosen = ", ".join(quoted(each) for each in columns)
    given = ", ".join(f"raw.{quoted(each)}" for each in columns)
    raw = " union all ".join(
        f"select {number_} as {_SOURCE}, {_ROW}, {chosen} from ({rows})" for number_, rows in texts
    )
    return (
        f"select {given}, t.{FILE} as source_file, t.{LINE} as source_line, {_told(f'bad.{_REASON}')} as reason "
        f"from ({_bad(name)}) bad join {typed_table(name)} t using ({_SOURCE}, {_ROW}) "
        f"join ({raw}) raw using ({_SOURCE}, {_ROW}) "
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


def reasons(name: str) -> str:
    """How often each kind of reason occurs in a table, and where first; the values in a reason are left out."""
    kind = f"regexp_replace(bad.{_REASON}, {literal(f'{_OPEN}[^{_CLOSE}]*{_CLOSE} ?')}, '', 'g')"
    kind = f"regexp_replace({kind}, '''[^'']*'' ?', '', 'g')"  # within what a reader says of a row
    kind = f"regexp_replace({kind}, 'repeats .* line [0-9]+', 'repeats another row', 'g')"
    kind = f"regexp_replace({kind}, ' on [0-9-]+ or', ' on its day or', 'g')"
    kind_name, count_name = own("kind"), own("count")
    return (
        f"select rtrim({kind}) as {kind_name}, count(*) as {count_name}, "
        f"arg_min(t.{FILE} || ' line ' || t.{LINE}, t.{LINE}) "
        f"from ({_bad(name)}) bad join {typed_table(name)} t using ({_SOURCE}, {_ROW}) "
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


OURS = f"{FILE}, {FILE_NO}, {LINE}, {BROKEN}"  # what file_rows adds to the columns of a file


def again(path: str, nth: str) -> str:
    """The rows kept in one Parquet file of a quarantine, to be read like those of a file, and the number of each."""
    return (
        f"select * exclude (file_row_number), file_row_number as {nth}, source_file as {FILE}, 0 as {FILE_NO}, "
        f"source_line as {LINE}, '' as {BROKEN} from read_parquet({literal(path)}, file_row_number = true)"
    )


def traced(name: str, columns: Sequence[str], rows: str, also: str) -> str:
    """Typed columns of a table beside one of the rows they were made of, which are in the table `rows`."""
    chosen = ", ".join(f"t.{quoted(each)}" for each in columns)
    return f"select {chosen}, r.{also} from {typed_table(name)} t join {rows} r on r.rowid = t.{_ROW}"


def keys(name: str, columns: Sequence[str]) -> str:
    """These columns of the typed rows of a table, right or wrong."""
    return f"select {', '.join(quoted(each) for each in columns)} from {typed_table(name)}"


def located(name: str, number_: int, texts: str, columns: Sequence[str]) -> str:
    """The text of a source's rows with source_file and source_line."""
    chosen = ", ".join(f"raw.{quoted(each)}" for each in columns)
    return (
        f"select {chosen}, t.{FILE} as source_file, t.{LINE} as source_line from ({texts}) raw "
        f"join {typed_table(name)} t on t.{_SOURCE} = {number_} and t.{_ROW} = raw.{_ROW}"
    )


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


def has_digest(key: str, digests: Iterable[str]) -> str:
    """A test of rows whose key has one of these SHA-256 digests."""
    return f"sha256({quoted(key)}) in ({', '.join(map(literal, digests))})"


def blanked(name: str, values: Mapping[str, str], test: str) -> str:
    """Sets columns to SQL in those rows of a table for which a test holds; names are SQL identifiers."""
    chosen = ", ".join(f"{column_} = {value}" for column_, value in values.items())
    return f"update {name} set {chosen} where {test}"


def values(path: str, column_: str) -> str:
    """The values of one column of a Parquet file, as `value`."""
    return f"select {quoted(column_)} as value from read_parquet({literal(path)})"


def passing(rows: str, test: str) -> str:
    """Those rows for which a test holds."""
    return f"select * from ({rows}) where {test}"
