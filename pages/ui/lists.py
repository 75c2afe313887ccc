"""Tables: a page of rows from the database, formatted by unit, clickable where one can go deeper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from data.warehouse.access import Result
from pages.ui import export_button, filters
from pages.ui.source import fetch
from presentation import format, labels, words
from presentation.filters import Filters
from presentation.words import plural, text

ROW_HEIGHT = 30
PAGE_ROWS = 50
# A grid measures its first cells, and where these are empty it would cut the days below them.
_MEASURED = 10
_DAY_WIDTH = 105
_LETTER_WIDTH = 7


@dataclass(frozen=True)
class Narrowing:
    """Codes a list can be narrowed to, and the rule by which a row gets its code; without a default it shows all."""

    codes: Sequence[str]
    rule: str
    default: str | None = None


def browse(
    name: str,
    narrowed: Filters,
    columns: Sequence[str],
    total: str,
    sorts: Sequence[str] = (),
    rows_shown: int = 10,
    opens: Mapping[str, str] | None = None,
    nothing: str = "",
    narrows: Mapping[str, Narrowing] | None = None,
    menu: Sequence[str] = (),
    turn: int | str = 0,
    on_page: str = "",
    **more: Any,
) -> Result:
    """A list of any length: searched, narrowed, sorted and paged in the database.

    `total` is the column that holds the number of all rows. `opens` and `on_page` as in `drillable`. `nothing` is said
    of a list that is empty whatever the filters are. `narrows` are choices by parameter. Beside the first of `columns`,
    which stays, people choose those shown from `menu`; the others of `columns` are shown at first. With another `turn`
    what was clicked is forgotten, so that the same place can be clicked again.
    """
    key = name.replace(".", "-")
    asked: dict[str, Any] = dict(more)
    if sorts or narrows:
        with st.container(horizontal=True, key=f"{key}-tools"):
            if sorts:
                asked["search"] = _search(f"{key}-search")
                asked["sort"] = _sort(f"{key}-sort", sorts)
            if narrows:
                asked |= _narrowed(key, narrows)
            if menu:
                columns = [columns[0], *_columns(f"{key}-columns", menu, columns[1:])]
    page_key = f"{key}-page"
    page = st.session_state.get(page_key, 1)
    result = fetch(name, narrowed, **asked, page_start=(page - 1) * PAGE_ROWS, page_rows=PAGE_ROWS)
    if not len(result) and page > 1:
        st.session_state[page_key] = 1
        result = fetch(name, narrowed, **asked, page_start=0, page_rows=PAGE_ROWS)
    if not len(result):
        st.markdown(nothing or text("Nothing matches. Widen the filters or clear the search."))
        origin(result)
        return result
    drillable(result, columns, f"{key}-{turn}" if turn else key, rows_shown, on_page, **(opens or {}))
    rows = result.table[total][0].as_py()
    with st.container(horizontal=True, vertical_alignment="center"):
        if rows > PAGE_ROWS:
            st.pagination(-(-rows // PAGE_ROWS), key=page_key, max_visible_pages=5)
        st.caption(plural("{count} row", "{count} rows", rows))
        origin(result)
        export_button.offer(name, narrowed, asked)
    return result


def listed(name: str, narrowed: Filters, columns: Sequence[str], rows_shown: int = 5, **more: Any) -> None:
    """A short list that is only read, with its origin; where a query can be paged, its first page."""
    result = fetch(name, narrowed, **more, page_start=0, page_rows=PAGE_ROWS)
    if len(result):
        plain(result, name.replace(".", "-"), columns, rows_shown)
    else:
        st.markdown(text("None."))
    origin(result)


def drillable(
    result: Result,
    columns: Sequence[str],
    key: str,
    rows_shown: int = 10,
    page: str = "",
    shows: str = "",
    **places: str,
) -> None:
    """A list whose rows open something: `customer="customer_id"` opens ?customer= with that column's value.

    It opens on this page, or on the one named by `page`, there at the list that it `shows`.
    """
    if not places:
        plain(result, key, columns, rows_shown)
        return
    st.dataframe(
        _shown(result, columns),
        hide_index=True,
        column_config=_config(result, columns),
        height=(min(rows_shown, max(1, len(result))) + 1) * ROW_HEIGHT + 8,
        row_height=ROW_HEIGHT,
        key=key,
        placeholder=format.NOTHING,
        on_select=partial(_clicked, key, result, places, shows),
        selection_mode="single-cell",
        alt=text(result.query.title),
    )
    filters.follow(key, page)


def _clicked(key: str, result: Result, places: Mapping[str, str], shows: str) -> None:
    if cells := st.session_state[key].selection.cells:
        row = result.table.slice(cells[0][0], 1).to_pylist()[0]
        at = {"list": shows} if shows else {}
        filters.clicked(key, {place: row[column] for place, column in places.items()} | at)


def named(result: Result, column: str, otherwise: str) -> Result:
    """The result with those words where a column holds no name."""
    place = result.table.schema.get_field_index(column)
    names = pc.fill_null(result.table[column], otherwise)
    return replace(result, table=result.table.set_column(place, column, names))


def plain(result: Result, key: str, columns: Sequence[str] = (), rows_shown: int = 8) -> None:
    """A list that is only read; by default with every column that has a name on screen."""
    columns = columns or [c for c in result.table.column_names if labels.is_named(c)]
    shown = min(rows_shown, max(1, len(result)))
    st.dataframe(
        _shown(result, columns),
        hide_index=True,
        column_config=_config(result, columns),
        height=(shown + 1) * ROW_HEIGHT + 8,
        row_height=ROW_HEIGHT,
        key=key,
        placeholder=format.NOTHING,
        alt=text(result.query.title),
    )


def foot(result: Result, narrowed: Filters, **asked: Any) -> None:
    """Below a list that is shown whole: how it is computed, and the list to take along."""
    with st.container(horizontal=True, vertical_alignment="center"):
        origin(result)
        export_button.offer(result.query.name, narrowed, asked)


def chosen(names: Sequence[str], *figures: Result) -> str:
    """The switch of a page's lists, beside where the figures above it come from."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        name = filters.switch("list", text("List"), names)
        origin(*figures)
    return name


def origin(*results: Result) -> None:
    """How is this computed? Definition, SQL with its parameters, rows, exclusions, snapshot; filled when opened."""
    key = "origin-" + "-".join(result.query.name.replace(".", "-") for result in results)
    with st.popover(text("How is this computed?"), type="tertiary", key=key, on_change="rerun") as popover:
        if popover.open:
            for result in results:
                _origin(result)


def _origin(result: Result) -> None:
    query = result.query
    st.markdown(f"**{format.literal(text(query.title))}**")
    st.markdown(format.literal(text(query.definition)))
    facts = {
        text("File"): query.path,
        text("Shared parts"): ", ".join(part.path for part in query.parts) or text("none"),
        text("One row is"): query.grain,
        text("Rows"): str(len(result)),
        text("Left out"): query.headers.get("excludes", text("nothing")),
        text("Parameters"): ", ".join(map(_bound, result.told.items())) or text("none"),
        text("Computed further by"): ", ".join(result.steps) or text("nothing"),
        text("Snapshot"): f"{result.snapshot.name}, {result.snapshot.as_of}, {result.snapshot.currency}",
    }
    st.text("\n".join(f"{name}: {fact}" for name, fact in facts.items()))
    st.code(query.sql, language="sql", height=220)
    plain(result, key=f"twin-{query.name}")


def _bound(param: tuple[str, Any]) -> str:
    name, value = param
    return f"${name} = {format.NOTHING if value is None else value}"


def _search(key: str) -> str | None:
    found = st.text_input(
        text("Search"),
        placeholder=text("Search by name"),
        label_visibility="collapsed",
        width=200,
        **filters.linked(key, default=""),
    )
    return found.strip() or None


def _sort(key: str, options: Sequence[str]) -> str:
    return st.selectbox(
        text("Sort by"),
        options,
        format_func=labels.code,
        label_visibility="collapsed",
        width=180,
        **filters.linked(key, labels.named(options), default=options[0]),
    )


def _narrowed(key: str, narrows: Mapping[str, Narrowing]) -> dict[str, str | None]:
    """Choices by parameter, behind one button that tells how many are made; filled when opened."""
    chosen = {
        param: filters.told(f"{key}-{param}", narrowing.codes) or narrowing.default
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
        **filters.linked(key, labels.named(narrowing.codes), default=narrowing.default),
    )
    st.caption(narrowing.rule)


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
                **filters.linked_many(key, menu, default),
            )
    return filters.told_many(key, menu, default)


def _shown(result: Result, columns: Sequence[str]) -> pa.Table:
    return _formatted(result, tuple(columns), words.language())


@lru_cache(maxsize=500)
def _formatted(result: Result, columns: tuple[str, ...], language: str) -> pa.Table:
    return pa.table({column: _cells(result.table[column], result.query.units[column]) for column in columns})


def _cells(values: pa.ChunkedArray, unit: str) -> pa.ChunkedArray:
    """Values as the grid shows them: money and units rounded to whole ones, rates in percent, codes in words."""
    if unit in ("money", "quantity"):
        return pc.cast(pc.round(pc.cast(values, pa.float64())), pa.int64())
    if unit == "ratio":
        return pc.multiply(pc.cast(values, pa.float64()), 100)
    if unit in ("days", "count"):
        return pc.cast(pc.round(pc.cast(values, pa.float64())), pa.int64())
    if unit == "label":
        return pa.chunked_array([pa.array([labels.code(value) for value in values.to_pylist()], pa.string())])
    if unit == "flag":
        return pa.chunked_array([pa.array([text("yes") if v else "" for v in values.to_pylist()], pa.string())])
    return values


def _config(result: Result, columns: Sequence[str]) -> dict[str, Any]:
    currency = result.snapshot.currency
    return {column: _column(column, result.query.units[column], currency, result.table[column]) for column in columns}


def _column(name: str, unit: str, currency: str, values: pa.ChunkedArray) -> Any:
    heading = labels.column(name)
    if unit == "money":
        return st.column_config.NumberColumn(f"{heading}, {currency}", format="localized")
    if unit == "price":
        return st.column_config.NumberColumn(f"{heading}, {currency}", format="%.2f")
    if unit in ("quantity", "days", "count"):
        return st.column_config.NumberColumn(heading, format="localized")
    if unit == "ratio":
        return st.column_config.NumberColumn(heading, format="%.1f%%")
    if unit == "score":
        return st.column_config.NumberColumn(heading, format="%.1f")
    if unit == "factor":
        return st.column_config.NumberColumn(heading, format="%.1f×")
    if unit in ("date", "month"):
        is_cut = values.slice(0, _MEASURED).null_count > 0
        width = max(_DAY_WIDTH, _LETTER_WIDTH * (len(heading) + 2)) if is_cut else None
        return st.column_config.DateColumn(heading, width=width, format="D MMM YYYY" if unit == "date" else "MMM YYYY")
    return st.column_config.TextColumn(heading)
