"""Lists of any length: searched, narrowed, sorted and paged in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

import queries
from data.warehouse.access import Result
from data.warehouse.reading import Parameters
from pages.ui import export_button, filters, grid, links, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch, snapshot
from presentation import labels, needs
from presentation.words import N_, plural, text

PAGE_ROWS = 50


@dataclass(frozen=True)
class Narrowing:
    """Codes a list can be narrowed to, and the rule by which a row gets its code, a message of the catalogue.

    Without a default the list shows all.
    """

    codes: Sequence[str]
    rule: str
    default: str | None = None


@dataclass(frozen=True)
class Listing:
    """What a list shows, and how it can be narrowed, sorted and followed.

    `total` is the column of `query` that holds the number of all rows. Beside the first of `columns`, which stays,
    people choose those shown from `menu`; the others of `columns` are shown at first. `narrows` are choices by
    parameter, `sorts` codes of which the first holds at first. A row opens the places `opens`, as in
    `grid.drillable`, on this page or on `on_page`. `nothing` is a message of the catalogue, said where the list is
    empty whatever the filters are. With `most` only so many rows are shown, and no pages.
    """

    query: str
    columns: Sequence[str]
    total: str
    rows_shown: int = 10
    sorts: Sequence[str] = ()
    narrows: Mapping[str, Narrowing] = field(default_factory=dict)
    menu: Sequence[str] = ()
    opens: Mapping[str, str] = field(default_factory=dict)
    on_page: str = ""
    most: int | None = None
    nothing: str = N_("Nothing matches. Widen the filters or clear the search.")


def browse(listing: Listing, within: Parameters, turn: int | str = 0, **more: Any) -> Result:
    """A list of any length, searched, narrowed, sorted and paged in the database; gives the rows shown.

    `within` and `more` are parameters of its query. With another `turn` what was clicked is forgotten, so that the
    same place can be clicked again.
    """
    if not loaded(listing.query):
        nobody = dict.fromkeys(queries.load(listing.query).params) | {"page_start": 0, "page_rows": 0}
        return fetch(listing.query, **(nobody | within.params() | more))
    key = listing.query.replace(".", "-")
    columns, chosen = listing.columns, dict(more)
    if listing.sorts or listing.narrows:
        with st.container(horizontal=True, key=f"{key}-tools"):
            if listing.sorts:
                chosen["search"] = _search(f"{key}-search")
                chosen["sort"] = _sort(f"{key}-sort", needs.known(listing.sorts, listing.query, snapshot()))
            if listing.narrows:
                chosen |= _narrowed(key, listing.narrows)
            if listing.menu:
                menu, shown = (needs.known(c, listing.query, snapshot()) for c in (listing.menu, columns[1:]))
                columns = [columns[0], *_columns(f"{key}-columns", menu, shown)]
    result = _page(listing.query, within, chosen, f"{key}-page", listing.most)
    if not len(result):
        st.markdown(
            text(listing.nothing)
            if listing.nothing
            else text("Nothing matches. Widen the filters or clear the search.")
        )
        origin.show(result)
        return result
    grid_key = f"{key}-{turn}" if turn else key
    grid.drillable(result, columns, grid_key, listing.rows_shown, listing.on_page, **listing.opens)
    rows = result.table[listing.total][0].as_py()
    with st.container(horizontal=True, vertical_alignment="center"):
        if rows > PAGE_ROWS and not listing.most:
            st.pagination(-(-rows // PAGE_ROWS), key=f"{key}-page", max_visible_pages=5)
        st.caption(plural("{count} row", "{count} rows", rows))
        origin.show(result)
        export_button.show(listing.query, within, chosen)
    return result


def _page(query: str, within: Parameters, chosen: Mapping[str, Any], page_key: str, most: int | None = None) -> Result:
    """The rows of the page that is open, of the first one where that is past the end; or the first `most` rows."""
    if most:
        return fetch(query, within, **chosen, page_start=0, page_rows=most)
    page = st.session_state.get(page_key, 1)
    result = fetch(query, within, **chosen, page_start=(page - 1) * PAGE_ROWS, page_rows=PAGE_ROWS)
    if len(result) or page == 1:
        return result
    st.session_state[page_key] = 1
    return fetch(query, within, **chosen, page_start=0, page_rows=PAGE_ROWS)


def listed(name: str, within: Parameters, columns: Sequence[str], rows_shown: int = 5, **more: Any) -> None:
    """A short list that is only read, with its origin; where a query can be paged, its first page."""
    if not loaded(name):
        return
    result = fetch(name, within, **more, page_start=0, page_rows=PAGE_ROWS)
    if len(result):
        grid.plain(result, name.replace(".", "-"), columns, rows_shown)
    else:
        st.markdown(text("None."))
    origin.show(result)


def foot(result: Result, within: Parameters, **more: Any) -> None:
    """Below a list that is shown whole: how it is computed, and the list to take along."""
    with st.container(horizontal=True, vertical_alignment="center"):
        origin.show(result)
        export_button.show(result.query.name, within, more)


def switch(names: Sequence[str], *figures: Result) -> str:
    """The switch of a page's lists, beside where the figures above it come from."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        name = filters.switch("list", text("List"), names)
        origin.show(*figures)
    return name


def _search(key: str) -> str | None:
    found = st.text_input(
        text("Search"),
        placeholder=text("Search by name"),
        label_visibility="collapsed",
        width=200,
        **links.linked(key, default=""),
    )
    return found.strip() or None


def _sort(key: str, options: Sequence[str]) -> str:
    return st.selectbox(
        text("Sort by"),
        options,
        format_func=labels.code,
        label_visibility="collapsed",
        width=180,
        **links.linked(key, labels.named(options), default=options[0]),
    )


def _narrowed(key: str, narrows: Mapping[str, Narrowing]) -> dict[str, str | None]:
    """Choices by parameter, behind one button that tells how many are made; filled when opened."""
    chosen = {
        param: links.named(f"{key}-{param}", labels.named(narrowing.codes)) or narrowing.default
        for param, narrowing in narrows.items()
    }
    made = sum(chosen[param] != narrowing.default for param, narrowing in narrows.items())
    label = plural("{count} filter", "{count} filters", made) if made else text("Filters")
    icon = ":material/filter_list:"
    with st.popover(label, icon=icon, key=f"{key}-filters", on_change="rerun") as popover:
        if popover.open:
            for param, narrowing in narrows.items():
                _narrowing(f"{key}-{param}", param, narrowing)
    return chosen


def _narrowing(key: str, param: str, narrowing: Narrowing) -> None:
    st.selectbox(
        labels.column(param),
        narrowing.codes,
        index=None,
        format_func=labels.code,
        placeholder=text("All"),
        **links.linked(key, labels.named(narrowing.codes), default=narrowing.default),
    )
    st.caption(text(narrowing.rule))


def _columns(key: str, menu: Sequence[str], default: Sequence[str]) -> list[str]:
    """The columns chosen from the menu, in its order; the menu is filled when opened."""
    with st.popover(text("Columns"), icon=":material/view_column:", key=f"{key}-menu", on_change="rerun") as popover:
        if popover.open:
            st.pills(
                text("Columns"),
                menu,
                selection_mode="multi",
                format_func=labels.column,
                label_visibility="collapsed",
                **links.linked_many(key, menu, default),
            )
    return links.named_many(key, menu, default)
