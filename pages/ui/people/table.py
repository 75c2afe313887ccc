"""A list of texts from the store: by its own headings, a page at a time, its rows to be opened."""

from collections.abc import Mapping, Sequence
from functools import partial

import pyarrow as pa
import streamlit as st

from pages.ui import grid, links
from presentation import format
from presentation.words import plural

PAGE_ROWS = 50
_ROWS_SHOWN = 10


def offset(key: str) -> int:
    """How many rows stand before the page of that list that is open."""
    return (int(st.session_state.get(f"{key}-page", 1)) - 1) * PAGE_ROWS


def to_first(key: str) -> None:
    """Opens the first page of that list."""
    st.session_state[f"{key}-page"] = 1


def show(
    key: str,
    alt: str,
    rows: Sequence[Mapping[str, str]],
    opens: Sequence[dict[str, str]] = (),
    turn: str = "",
    widths: Sequence[int] = (),
) -> None:
    """Rows of one page of a list; a click into a row opens its place of `opens`, with another `turn` once more.

    `widths` are those of the columns in pixels, by default as wide as what they hold.
    What stands in the rows comes from people: it is text and nothing else.
    """
    table = pa.table({head: pa.array([row[head] for row in rows], pa.string()) for head in rows[0]})
    of, key = key, f"{key}-{turn}" if turn else key
    columns = {
        head: st.column_config.TextColumn(width=width) for head, width in zip(rows[0], widths, strict=False) if width
    }
    look = partial(
        st.dataframe, table, hide_index=True, height=(min(_ROWS_SHOWN, len(rows)) + 1) * grid.ROW_HEIGHT + 8,
        row_height=grid.ROW_HEIGHT, placeholder=format.NOTHING, alt=alt,
        column_config=columns, key=key,
    )  # fmt: skip
    with st.container(key=f"{of}-table"):
        if opens:
            look(on_select=partial(_clicked, key, opens), selection_mode="single-cell")
            links.follow(key)
        else:
            look()


def _clicked(key: str, opens: Sequence[dict[str, str]]) -> None:
    if cells := st.session_state[key].selection.cells:
        links.clicked(key, opens[cells[0][0]])


def pager(key: str, count: int) -> None:
    """The pages of a list of so many rows, where there are several, and how many rows there are."""
    if count > PAGE_ROWS:
        st.pagination(-(-count // PAGE_ROWS), key=f"{key}-page", max_visible_pages=5)
    st.caption(plural("{count} row", "{count} rows", count))


def turner(key: str, *, has_more: bool) -> None:
    """The pages of a list whose length nobody counted: those up to the one that is open, and the next if there is."""
    pages = offset(key) // PAGE_ROWS + 1 + has_more
    if pages > 1:
        st.pagination(pages, key=f"{key}-page", max_visible_pages=5)
