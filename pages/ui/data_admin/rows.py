"""Rows of files and of loads as lists that are only read: text from data is shown as text, and as nothing else."""

from typing import Any

import pyarrow as pa
import streamlit as st

from pages.ui import cards, grid
from presentation import format
from presentation.sentences import inputs as input_words
from presentation.sentences import refusals
from presentation.words import text

_SHOWN = 8


def plain(shown: list[dict[str, Any]], key: str, alt: str, most: int = _SHOWN) -> None:
    """A list of texts, by its own headings."""
    if not shown:
        return
    heads = list(shown[0])
    table = pa.table({head: pa.array([_text(row.get(head)) for row in shown], pa.string()) for head in heads})
    st.dataframe(
        table, hide_index=True, key=key, height=(min(most, len(shown)) + 1) * grid.ROW_HEIGHT + 8,
        row_height=grid.ROW_HEIGHT, placeholder=format.NOTHING, alt=alt,
    )  # fmt: skip


def loads(told: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
    """Rows in, loaded and quarantined of each table and file, and what that changes."""
    by_table = {change["table"]: change for change in changes}
    shown = [
        {
            text("Table"): input_words.table(load["table"]),
            text("Rows in"): format.value(load["rows_in"], "count"),
            text("Loaded"): format.value(load["loaded"], "count"),
            text("Quarantined"): format.value(load["quarantined"], "count"),
            text("New"): _count(by_table, load["table"], "added"),
            text("Changed"): _count(by_table, load["table"], "changed"),
            text("Removed"): _count(by_table, load["table"], "removed"),
            text("File"): load["source"],
        }
        for load in told
    ]
    plain(shown, "load-rows", text("Rows in = loaded + quarantined"), most=10)


def _count(by_table: dict[str, dict[str, Any]], table: str, what: str) -> str:
    return format.value(by_table[table][what], "count") if table in by_table else ""


def reasons(told: list[list[Any]]) -> None:
    """Why rows are refused, the most frequent reason first."""
    shown = [
        {
            text("Table"): input_words.table(table),
            text("Why it is refused"): refusals.why(table, why),
            text("Rows"): format.value(count, "count"),
            text("First in"): first,
        }
        for table, why, count, first in told
    ]
    plain(shown, "load-reasons", text("Why it is refused"))


def sentences(told: list[str]) -> None:
    """What a load says of itself. It names files and values, so it is shown as the text it is."""
    if told:
        st.text("\n".join(told))


def first(rows: dict[str, list[dict[str, Any]]], refused: dict[str, list[dict[str, Any]]]) -> None:
    """The first rows of a table as they will be, and the first that are refused."""
    tables = [table for table in rows if rows[table]] + [table for table in refused if not rows.get(table)]
    if not tables:
        return
    chosen = st.selectbox(text("First rows of"), tables, format_func=input_words.table, key="first-rows-of", width=260)
    if rows.get(chosen):
        plain(_named(chosen, rows[chosen]), "first-rows", text("First rows of"))
    if refused.get(chosen):
        cards.title(text("Would be quarantined"))
        why = [row | {"reason": refusals.why(chosen, row["reason"])} for row in refused[chosen]]
        plain(_named(chosen, why), "first-refused", text("Would be quarantined"))


def _named(table: str, some: list[dict[str, Any]]) -> list[dict[str, Any]]:
    given = [name for name in some[0] if any(row.get(name) not in (None, "") for row in some)]
    given = [name for name in ("reason",) if name in given] + [name for name in given if name != "reason"]
    return [{input_words.column(table, name): row.get(name) for name in given} for row in some]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
