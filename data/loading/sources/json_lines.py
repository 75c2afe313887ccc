"""JSON lines as rows of text: an object on each line; objects within it give columns such as customer.id.

Numbers stay as they are written, but for the decimal sign, which becomes that of the source. Lists stay JSON.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.loading.sources import MOST_COLUMNS, Options, Staged, Writer, encoding, headings
from data.loading.sources.delimited import bounded
from data.loading.sources.signs import Signs

_BATCH = 5_000
_DEEPEST = 12


class _Number(str):
    __slots__ = ()


def stage(file: Path, name: str, options: Options, target: Path) -> Staged:
    """Reads JSON lines. Raises BadInput for a file in which no line holds an object."""
    found = encoding.of(file, name, options.encoding or "utf-8")
    keys: dict[str, None] = {}
    signs = Signs()
    for _, cells, fault in _records(file, name, found, "."):
        for text in () if fault else cells.values():
            if isinstance(text, _Number):
                signs.fraction = signs.fraction or "." in text
            else:
                signs.see(text)
        keys.update({} if fault else dict.fromkeys(cells))
        if len(keys) > MOST_COLUMNS:
            headings(name, list(keys))  # says so
    if not keys:
        raise BadInput(f"{name} holds no objects of JSON.", "A line of it is no row.", "Write an object on each line.")
    headed = headings(name, list(keys))
    decimal = options.decimal or signs.sign
    records = _records(file, name, found, decimal)
    with Writer(target, headed.columns, name, options.skip_footer or 0) as writer:
        while batch := list(islice(records, _BATCH)):
            rows = [[cells.get(key, "") for key in keys] for _, cells, _ in batch]
            faults = {at: fault for at, (_, _, fault) in enumerate(batch) if fault}
            for at in faults:
                rows[at][0] = batch[at][1].get("", "")
            writer.write(rows, [line for line, _, _ in batch], faults)
    notes = (*headed.notes(name), *writer.notes())
    return Staged(
        name,
        target,
        headed.columns,
        headed.columns,
        "JSON lines",
        notes=notes,
        doubled=headed.doubled,
        numbers=signs.of_numbers(decimal),
    )


def _records(
    file: Path, name: str, found: encoding.Encoding, decimal: str
) -> Iterator[tuple[int, dict[str, str], str]]:
    """Line, texts by column and fault of each line that is not blank. A faulty one has its text under no name."""
    with file.open(encoding=found.codec, errors="replace", newline="") as handle:
        for number, line in enumerate(bounded(handle, name), 1):
            text = line.strip("\ufeff \t\r\n")
            if not text:
                continue
            try:
                value = json.loads(
                    text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_once
                )
                fault = "" if isinstance(value, dict) else "is no object of JSON"
                cells = {} if fault else _flat(value, decimal)
            except (ValueError, RecursionError) as error:
                fault, cells = str(error) if isinstance(error, _Twice) else "is no object of JSON", {}
            if "\ufffd" in text:
                fault = fault or f"has bytes that are not {found.codec}"
            yield number, {"": text} if fault else cells, fault


class _Twice(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice("gives a name twice")
    return found


def _flat(value: dict[str, Any], decimal: str, before: str = "", depth: int = 0) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, each in value.items():
        name = f"{before}{key.strip()}"
        if isinstance(each, dict) and each and depth < _DEEPEST:
            inner = _flat(each, decimal, f"{name}.", depth + 1)
            if found.keys() & inner.keys():
                raise _Twice("gives a name twice")
            found |= inner
        elif name in found:
            raise _Twice("gives a name twice")
        else:
            found[name] = _text(each, decimal)
    return found


def _text(value: Any, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number):
        return _Number(value.replace(".", decimal))
    return value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A list or an object with its numbers as numbers."""
    if isinstance(value, _Number):
        return json.loads(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
