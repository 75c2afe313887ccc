"""Targets: an administrator enters what people are to reach, and sees who entered what."""

import datetime as dt
from decimal import Decimal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data import actions
from data.access import Result
from data.errors import OrderbeatError
from data.targets import METRICS, Target
from pages.ui import cards, effort_sentences, filters, format, labels, lists
from pages.ui.source import fetch, snapshot, viewer
from pages.ui.words import text

MONTHS = {f"target_{month:02}": month for month in range(1, 13)}
ENTRIES_SHOWN = 10


def show(f: filters.Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Who changed targets lately on the left; on the right the targets of a year, to be edited."""
    this_year = dt.date.fromisoformat(snapshot().as_of).year
    entries = actions.target_history()
    with right:
        metric = filters.switch("metric", text("Metric"), METRICS)
        year = int(
            filters.switch("targets_year", text("Year"), [str(this_year), str(this_year + 1), str(this_year - 1)])
        )
        entered, first = actions.entered_targets(), dt.date(year, 1, 1)
        found = fetch("team.targets", f, metric=metric, year_from=first, entered=entered)
        _edit(found, metric, year, turn=len(entries))
        lists.origin(found)
    with left:
        cards.title(text("Who changed targets"))
        for entry in entries[:ENTRIES_SHOWN]:
            cards.note(effort_sentences.entry(entry))
        if not entries:
            cards.note(text("Nobody yet: all targets are as they were loaded."))
        cards.note(text("Changes count from the next build on: `python -m data build`. An emptied cell is as loaded."))


def _edit(found: Result, metric: str, year: int, turn: int) -> None:
    """The table and its button; with another `turn` it begins anew from what is kept."""
    key = f"targets-{metric}-{year}-{turn}"
    shown = found.table.select(["rep", "team", *MONTHS])
    names = {name: text(labels.COLUMNS[name]) for name in ("rep", "team")}
    months = {name: format.value(dt.date(year, month, 1), "short_month") for name, month in MONTHS.items()}
    columns = {name: st.column_config.TextColumn(heading) for name, heading in names.items()} | {
        name: st.column_config.NumberColumn(heading, min_value=0, format="localized")
        for name, heading in months.items()
    }
    with st.form(f"{key}-form", border=False):
        st.data_editor(
            shown.to_pandas().astype(dict.fromkeys(MONTHS, float)), column_config=columns, disabled=[*names],
            hide_index=True, height=420, key=key, placeholder="",
        )  # fmt: skip
        if st.form_submit_button(text("Save the targets")):
            _save(_changed(found, metric, year, st.session_state[key]["edited_rows"]))


def _changed(found: Result, metric: str, year: int, edited: dict[int, dict[str, float | None]]) -> list[Target]:
    rows = found.rows()
    return [
        Target(rows[row]["rep_id"], dt.date(year, MONTHS[name], 1), metric, None if to is None else Decimal(str(to)))
        for row, cells in edited.items()
        for name, to in cells.items()
    ]


def _save(changed: list[Target]) -> None:
    if not changed:
        return
    try:
        actions.enter_targets(viewer(), changed)
        st.rerun()
    except OrderbeatError as error:
        cards.failure(error)
