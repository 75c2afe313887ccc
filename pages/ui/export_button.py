"""Taking a list along: all of its rows as CSV or XLSX, with filters, day and definition in the file."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
import streamlit as st

from data.errors import note
from data.warehouse import access
from data.warehouse.access import Result, Snapshot, Viewer
from pages.ui.source import snapshot, viewer
from presentation import export, labels, words
from presentation.fetch import Parameters
from presentation.words import text

_Written = Callable[[Result, dict[str, str], list[str]], bytes]
_FORMATS: dict[str, tuple[_Written, str]] = {
    "csv": (export.as_csv, "text/csv"),
    "xlsx": (export.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def download(label: str, make: Callable[[], bytes], file_name: str, mime: str, key: str, **look: Any) -> None:
    """A button that makes a file when it is pressed; what goes wrong then is noted, and Streamlit says so."""
    st.download_button(
        label, partial(_noted, key, make), file_name=file_name, mime=mime, on_click="ignore", key=key, **look
    )


def _noted(key: str, make: Callable[[], bytes]) -> bytes:
    try:
        return make()
    except Exception as error:
        note(error, f"download {key}")
        raise


def offer(name: str, narrowed: Parameters, asked: dict[str, Any]) -> None:
    """A button with both formats; a file is made only when it is asked for."""
    key = f"export-{name.replace('.', '-')}"
    with st.popover(text("Export"), icon=":material/download:", type="tertiary", key=key, on_change="rerun") as popover:
        if not popover.open:
            return
        for ending, (written, mime) in _FORMATS.items():
            download(
                ending.upper(),
                partial(_made, viewer(), snapshot(), name, narrowed.params() | asked, written, words.language()),
                f"{name.replace('.', '-')}.{ending}",
                mime,
                key=f"{key}-{ending}",
            )


def _made(who: Viewer, shown: Snapshot, name: str, asked: dict[str, Any], written: _Written, language: str) -> bytes:
    """The whole list; it is not kept, since it may be large."""
    words.settle(language)
    rows = {"page_start": 0, "page_rows": export.MOST_ROWS + 1}
    result = access.query(who, name, asked | rows, within=shown)
    columns = [column for column in result.query.units if labels.is_named(column) or column.endswith("_id")]
    headings = {column: _heading(column, result) for column in columns}
    return written(_in_words(result), headings, _about(result))


def _in_words(result: Result) -> Result:
    """The same with codes of ours in words."""
    table = result.table
    for place, (column, unit) in enumerate(result.query.units.items()):
        if unit == "label":
            said = [None if code is None else labels.code(code) for code in table[column].to_pylist()]
            table = table.set_column(place, column, pa.array(said, pa.string()))
    return replace(result, table=table)


def _heading(column: str, result: Result) -> str:
    name = labels.column(column) if labels.is_named(column) else column
    return f"{name}, {result.snapshot.currency}" if result.query.units[column] == "money" else name


def _about(result: Result) -> list[str]:
    query, snapshot = result.query, result.snapshot
    narrowed = [f"{name} = {value}" for name, value in result.told.items() if value is not None]
    cut = [text("Only the first {rows} rows are here: narrow the list to take all.", rows=f"{export.MOST_ROWS:,}")]
    return [
        text(query.title),
        text(query.definition),
        f"{text('Data to {day}', day=snapshot.as_of)} · {text('snapshot {name}', name=snapshot.name)} · {query.path}",
        f"{text('Parameters')}: {', '.join(narrowed) or text('none')}",
        *(cut if len(result) > export.MOST_ROWS else []),
    ]
