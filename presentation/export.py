"""A list as a file: all of its rows as XLSX with filters, day and definition in it, or as CSV with these beside it."""

from collections import Counter
from dataclasses import replace

import pyarrow as pa

from data.warehouse.access import Result
from presentation import labels, needs, spreadsheet
from presentation.words import text

# Kinds of files, and their media types: a workbook, bare rows for programs, and where these come from.
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/plain",
}
# One more than fits, so that a file can say that there are more.
ROWS_ASKED = spreadsheet.MOST_ROWS + 1


def as_file(result: Result, ending: str) -> bytes:
    """The result as a file of FORMATS: columns with a name on screen and ids, codes of ours in words.

    What nothing was loaded for is left out. The columns are headed in the reader's language. What a file holds and
    which parameters were set stands on a second sheet of XLSX, and in TXT for CSV, which begins with its headings.
    """
    if ending == "txt":
        return "\n".join([*about(result), ""]).encode("utf-8-sig")
    if ending == "csv":
        return spreadsheet.as_csv(in_words(result), headings(result))
    lines = [[line] for line in about(result)]
    return spreadsheet.as_xlsx([spreadsheet.Sheet("Data", in_words(result), headings(result))], lines)


def headings(result: Result) -> dict[str, str]:
    """The columns that are taken along, with their names."""
    named = [column for column in result.query.units if labels.is_named(column) or column.endswith("_id")]
    columns = needs.known(named, result.query.name, result.snapshot)
    found = {column: _heading(column, result) for column in columns}
    # What several columns are called alike, such as a year before, says of what.
    alike = {name for name, count in Counter(found.values()).items() if count > 1}
    return {
        column: f"{labels.column(column.removesuffix('_base'))}: {name}" if name in alike else name
        for column, name in found.items()
    }


def in_words(result: Result) -> Result:
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
    return f"{name}, {result.snapshot.currency}" if result.query.units[column] in ("money", "cents", "price") else name


def about(result: Result) -> list[str]:
    """What a list is, of which data, and with which parameters, line by line."""
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
