"""Targets: an administrator enters what people are to reach, and sees who entered what."""

import datetime as dt

import pyarrow as pa
import streamlit as st

from data.errors import OrderbeatError
from data.people import targets
from data.people.store import open_store
from data.people.targets import METRICS, Target
from data.settings import current
from data.warehouse.access import Result
from pages.ui import cards, filters, grid, lists
from pages.ui.source import fetch, person, snapshot
from presentation import format, labels
from presentation.filters import Filters
from presentation.sentences import targets as sentences
from presentation.words import text

MONTHS = {f"target_{month:02}": month for month in range(1, 13)}
ENTRIES_SHOWN = 10
_TEAM_WIDTH, _MONTH_WIDTH = 120, 80
_ROWS_SHOWN = 11


def show(f: Filters) -> None:
    """Who changed targets lately on the left; on the right the targets of a year, to be edited."""
    left, right = cards.two_columns()
    this_year = dt.date.fromisoformat(snapshot().as_of).year
    entries = targets.history(open_store(current()))
    with right:
        with st.container(horizontal=True, key="targets-tools"):
            metric = filters.switch("metric", text("Metric"), METRICS)
            years = [str(this_year + later) for later in (-1, 0, 1)]
            year = int(filters.switch("targets_year", text("Year"), years, default=str(this_year)))
        names = {row["value"]: row["label"] for row in fetch("shared.owners").rows()}
        entered, first = targets.entered_as_json(open_store(current())), dt.date(year, 1, 1)
        found = fetch("team.targets", f, metric=metric, year_from=first, entered=entered)
        _edit(found, metric, year, turn=len(entries))
        lists.foot(found, f, metric=metric, year_from=first, entered=entered)
    with left:
        cards.title(text("Who changed targets"))
        for entry in entries[:ENTRIES_SHOWN]:
            cards.note(sentences.entry(entry, names, snapshot().currency))
        if not entries:
            cards.note(text("Nobody yet: all targets are as they were loaded."))
        st.markdown(text("Changes count from the next build on: `python -m data build`. An emptied cell is as loaded."))


def _edit(found: Result, metric: str, year: int, turn: int) -> None:
    """The table and its button; with another `turn` it begins anew from what is kept."""
    key = f"targets-{metric}-{year}-{turn}"
    shown = [
        {"rep": row["rep"], "team": row["team"]} | {name: format.editable(row[name]) for name in MONTHS}
        for row in found.rows()
    ]
    names = {name: labels.column(name) for name in ("rep", "team")}
    months = {name: format.value(dt.date(year, month, 1), "short_month") for name, month in MONTHS.items()}
    columns = {
        "rep": st.column_config.TextColumn(names["rep"], pinned=True),
        "team": st.column_config.TextColumn(names["team"], width=_TEAM_WIDTH),
    } | {
        # Words, not numbers: a cell for numbers drops the signs it does not like, and keeps what is left.
        name: st.column_config.TextColumn(heading, alignment="right", width=_MONTH_WIDTH)
        for name, heading in months.items()
    }
    with st.form(f"{key}-form", border=False):
        st.data_editor(
            pa.Table.from_pylist(shown, pa.schema([(name, pa.string()) for name in columns])), column_config=columns,
            disabled=[*names], hide_index=True, height=(min(_ROWS_SHOWN, len(shown)) + 1) * grid.ROW_HEIGHT + 8,
            row_height=grid.ROW_HEIGHT, key=key, placeholder="",
        )  # fmt: skip
        if st.form_submit_button(text("Save the targets")):
            _save(found, metric, year, st.session_state[key]["edited_rows"])


def _changed(found: Result, metric: str, year: int, edited: dict[int, dict[str, str | None]]) -> list[Target]:
    rows = found.rows()
    return [
        Target(rows[row]["rep_id"], dt.date(year, MONTHS[name], 1), metric, format.written(to or ""))
        for row, cells in edited.items()
        for name, to in cells.items()
    ]


def _save(found: Result, metric: str, year: int, edited: dict[int, dict[str, str | None]]) -> None:
    if not edited:
        cards.note(text("Nothing was changed."))
        return
    try:
        targets.enter(open_store(current()), person(), _changed(found, metric, year, edited))
        st.rerun()
    except OrderbeatError as error:
        cards.failure(error)
