"""What people write in a mapping: names of columns, and SQL that may call number(), day() and text().

One rule for names holds wherever a mapping has one. A name that stands alone, or in double quotes within SQL, is that
of the column it is spelled like; capitals, the kind and number of blanks and invisible characters do not matter.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from data.errors import BadInput
from data.loading import statements
from data.loading.mappings import Source

HELPERS = ("number", "day", "text")
_SEVERAL = ("unnest", "unlist", "generate_subscripts")
_TOKEN = re.compile(
    r"""(?P<text>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(\w*)\$.*?\$\2\$)"""
    r"""|(?P<name>"(?:[^"]|"")*")|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<word>\w+)|(?P<blank>\s+)|(?P<other>.)""",
    re.DOTALL,
)
_DIRECTION = re.compile(r"(.*?)((?:\s+(?:asc|desc))?(?:\s+nulls\s+(?:first|last))?)\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Call:
    """A call of a helper within SQL: where it begins and ends, and what stands between the brackets."""

    begin: int
    end: int
    helper: str
    argument: str


def loose(name: str) -> str:
    """A name as names are compared."""
    visible = "".join(sign for sign in unicodedata.normalize("NFC", name) if unicodedata.category(sign) != "Cf")
    return " ".join(visible.split()).casefold()


def same_names(several: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """The columns of several files, spelled in each as in the first that has them."""
    spelled: dict[str, str] = {}
    found = []
    for columns in several:
        alike = [loose(column) for column in columns]
        names = [
            spelled.setdefault(key, column) if alike.count(key) == 1 else column
            for column, key in zip(columns, alike, strict=True)
        ]
        found.append(tuple(names))
    return found


def find(given: str, columns: Sequence[str]) -> str | None:
    """The column that a name means, or None: the one spelled like it, else the only one nearly so."""
    name = _unquoted(given.strip())
    exact = [column for column in columns if column.casefold() == name.casefold()]
    alike = exact or [column for column in columns if loose(column) == loose(name)]
    return alike[0] if len(alike) == 1 else None


def resolved(source: Source, columns: Sequence[str]) -> Source:
    """A source with each name in it spelled as its file spells it."""
    return replace(
        source,
        columns={name: value(given, columns) for name, given in (source.columns or {}).items()},
        join=_spelled(source.join, columns),
        where=value(source.where, columns),
        one_per=", ".join(value(part, columns) for part in _parts(source.one_per)),
        order=", ".join(_ordered(part, columns) for part in _parts(source.order)),
    )


def value(given: str, columns: Sequence[str]) -> str:
    """SQL for what stands in a setting: a column, or SQL over columns."""
    column = find(given, columns) if given else None
    return statements.column(column) if column else _spelled(given, columns)


def _ordered(given: str, columns: Sequence[str]) -> str:
    match = _DIRECTION.fullmatch(given)
    name, direction = match.groups() if match else (given, "")
    return value(name, columns) + direction


def _unquoted(name: str) -> str:
    whole = _TOKEN.fullmatch(name)
    return name[1:-1].replace('""', '"') if whole and whole.lastgroup == "name" else name


def _spelled(sql: str, columns: Sequence[str]) -> str:
    """SQL with the names in double quotes spelled as the file spells them, and without comments."""
    parts = []
    for token in _TOKEN.finditer(sql):
        column = find(token.group(), columns) if token.lastgroup == "name" else None
        written = "" if token.lastgroup == "comment" else token.group()  # it would take in what is put behind it
        parts.append(statements.quoted(column) if column else written)
    return "".join(parts)


def _parts(sql: str) -> list[str]:
    """A list of expressions, taken apart at its commas."""
    parts, depth, begin = [], 0, 0
    for token in _TOKEN.finditer(sql):
        depth += token.group() in tuple("([{")
        depth -= token.group() in tuple(")]}")
        if token.group() == "," and not depth:
            parts.append(sql[begin : token.start()].strip())
            begin = token.end()
    return [*parts, last] if (last := sql[begin:].strip()) else parts


def mentioned(sql: str, columns: Sequence[str]) -> list[str]:
    """The columns of its file that SQL speaks of, each once."""
    tokens = [token for token in _TOKEN.finditer(sql) if token.lastgroup in ("name", "word", "other")]
    names = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        of_another = before and before.group() == "." and not sql[: before.start()].rstrip().endswith("source")
        if token.lastgroup != "other" and not of_another and (column := find(token.group(), columns)):
            names.append(column)
    return list(dict.fromkeys(names))


def calls(sql: str) -> Iterator[Call]:
    """The calls of helpers in SQL, outermost ones only."""
    tokens = [token for token in _TOKEN.finditer(sql) if token.lastgroup not in ("blank", "comment")]
    place = 0
    while place + 1 < len(tokens):
        token = tokens[place]
        helper = token.group().casefold()
        is_call = token.lastgroup == "word" and helper in HELPERS and tokens[place + 1].group() == "("
        if not is_call or (place and tokens[place - 1].group() == "."):
            place += 1
            continue
        depth, last = 0, place + 1
        for last in range(place + 1, len(tokens)):
            depth += (tokens[last].group() == "(") - (tokens[last].group() == ")")
            if not depth:
                break
        if depth:
            return  # brackets that do not match: the engine says so
        yield Call(token.start(), tokens[last].end(), helper, sql[tokens[place + 1].end() : tokens[last].start()])
        place = last + 1


def rewritten(sql: str, write: Callable[[Call], str]) -> str:
    """SQL with what `write` gives in place of each call of a helper."""
    parts, at = [], 0
    for call in calls(sql):
        parts += [sql[at : call.begin], write(call)]
        at = call.end
    return "".join([*parts, sql[at:]])


def advice(sql: str, error: str, columns: Sequence[str]) -> str:
    """What to do about SQL that cannot be used, as far as the engine's message tells."""
    for column in columns:
        if " " in column and re.search(rf"(?<![\w\"]){re.escape(column)}(?![\w\"])", sql, re.IGNORECASE):
            return f'A name with blanks stands in double quotes within SQL: "{column}".'
    if (match := re.search(r'Referenced column "(.*?)" not found', error)) and "." not in match[1]:
        near = get_close_matches(loose(match[1]), [loose(column) for column in columns], n=1, cutoff=0.75)
        if near:
            return f"Did you mean {next(column for column in columns if loose(column) == near[0])}?"
        return f"A text stands in single quotes: '{match[1]}'; in a mapping also in double quotes around these."
    if "VARCHAR" in error or "Conversion Error" in error:
        failed = re.search(r"source column (\w+)", error)
        names = [failed[1]] if failed else mentioned(sql, columns) or ["x"]
        return (
            f"Columns of text files and workbooks are text: number({names[0]}) reads a number, day({names[0]}) a day, "
            "and a row in which they cannot is quarantined."
        )
    return "Correct it in the mapping."


def gives_several(sql: str) -> bool:
    """Whether SQL may give several values for one row."""
    return any(token.lastgroup == "word" and token.group().casefold() in _SEVERAL for token in _TOKEN.finditer(sql))


def require_unnested(call: Call) -> None:
    """Raises BadInput for a helper that is to read what another one has read."""
    if any(inner.helper != "text" for inner in calls(call.argument)):
        raise BadInput(
            f"{call.helper}({call.argument.strip()}) reads what is no text any more.",
            "Within its brackets another helper is called.",
            "Call each helper with a column of the file.",
        )
