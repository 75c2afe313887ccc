"""A list as a file: all of its rows as CSV or XLSX, with filters, day and definition in the file."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa

from data.warehouse.access import Result
from presentation import labels, needs, spreadsheet
from presentation.words import text


@dataclass(frozen=True)
class Format:
    """A kind of file: what writes it, and its media type."""

    write: Callable[[Result, dict[str, str], list[str]], bytes]
    media_type: str


FORMATS = {
    "csv": Format(spreadsheet.as_csv, "text/csv"),
    "xlsx": Format(spreadsheet.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
# One more than fits, so that a file can say that there are more.
ROWS_ASKED = spreadsheet.MOST_ROWS + 1


def as_file(result: Result, ending: str) -> bytes:
    """The result as a file of FORMATS: columns with a name on screen and ids, codes of ours in words.

    What nothing was loaded for is left out.

    The columns are headed in the reader's language; the file says what it holds and which parameters were set.
    """
    named = [column for column in result.query.units if labels.is_named(column) or column.endswith("_id")]
    columns = needs.known(named, result.query.name, result.snapshot)
    headings = {column: _heading(column, result) for column in columns}
    return FORMATS[ending].write(_in_words(result), headings, _about(result))


def _in_words(result: Result) -> Result:
    """The same with codes of ours in words."""
    table = result.table
    for place, (column, unit) in enumerate(result.query.units.items()):
        if unit in ("label", "labels"):
            words = labels.code if unit == "label" else labels.codes
            said = [None if code is None else words(code) for code in table[column].to_pylist()]
            table = table.set_column(place, column, pa.array(said, pa.string()))
    return replace(result, table=table)


def _heading(column: str, result: Result) -> str:
    name = labels.column(column) if labels.is_named(column) else column
    return f"{name}, {result.snapshot.currency}" if result.query.units[column] in ("money", "cents") else name


def _about(result: Result) -> list[str]:
    query, snapshot, most = result.query, result.snapshot, spreadsheet.MOST_ROWS
    narrowed = [f"{name} = {value}" for name, value in result.shown_params.items() if value is not None]
    cut = [text("Only the first {rows} rows are here: narrow the list to take all.", rows=f"{most:,}")]
    return [
        text(query.title),
        text(query.definition),
        f"{text('Data to {day}', day=snapshot.as_of)} · {text('snapshot {name}', name=snapshot.name)} · {query.path}",
        f"{text('Parameters')}: {', '.join(narrowed) or text('none')}",
        *(cut if len(result) > most else []),
    ]
