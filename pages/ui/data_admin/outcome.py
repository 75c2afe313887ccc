"""What came of a load: what came in, what was refused and can be mended in place, and the way back."""

import csv
import io
import re
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import streamlit as st

from data.errors import OrderbeatError
from data.loading import desk, quarantine
from data.people.permissions import require
from data.people.person import Person
from pages.ui import cards, export_button, grid
from pages.ui.data_admin import at_work, load_more, rows
from pages.ui.source import may, person
from presentation.sentences import inputs as input_words
from presentation.sentences import loading as sentences
from presentation.sentences import refusals
from presentation.words import text

_EDITED = 200
_ROWS_SHOWN = 10


def show(place: Path, step: str, done: dict[str, Any]) -> None:
    """What was done, and what can be done about it."""
    cards.headline(sentences.done(step, done))
    if unpublished := done.get("unpublished"):
        cards.failure(OrderbeatError(*unpublished))
    with st.container(horizontal=True, key="load-steps"):
        load_more.start_over(place, text("Load more files"))
        before: str = done.get("before", "")
        can_undo = bool(before) and done.get("changed")
        if can_undo and st.button(text("Take this load back"), key="load-undo", icon=":material/undo:"):
            _ask(place, "back", before)
    if step == "back":
        return
    left, right = cards.two_columns()
    with left:
        rows.loads(done["loads"], done.get("changes") or [])
        rows.reasons(done["reasons"])
        rows.sentences([*refusals.changes(done["changes"]), *done["notes"]])
    with right:
        if done["quarantine"] and may("see_quarantine"):
            with st.container(key="load-mend"):
                _mend(place, Path(done["quarantine"]))


def _ask(place: Path, step: str, asked: str) -> None:
    desk.write(place, "asked", asked)
    at_work.begin(place, step)


def _mend(place: Path, folder: Path) -> None:
    """Refused rows of one table, to be mended cell by cell and loaded again, or taken along."""
    files = sorted(folder.glob("*.csv"))
    if gone := quarantine.removed(folder):
        cards.note(text("What was refused is kept for {count} days, and was removed.", count=gone.after_days))
    if gone or not files:
        return
    cards.title(text("Mend what was refused"))
    chosen = st.selectbox(
        text("Table"), files, format_func=lambda path: input_words.table(path.stem.split("-")[0]), width=260,
        key=f"mend-table-{folder.name}",
    )  # fmt: skip
    heads, found = _read(chosen)
    table = chosen.stem.split("-")[0]
    given = _to_mend(heads, found)
    places = [heads.index(name) for name in given]
    shown = [{name: row[at] for name, at in zip(given, places, strict=True)} for row in found[:_EDITED]]
    for row in shown:
        row["reason"] = refusals.why(table, row["reason"])
    columns = {name: st.column_config.TextColumn(input_words.column(table, name)) for name in given}
    key = f"mend-{folder.name}-{chosen.stem}"
    with st.form(f"{key}-form", border=False):
        st.data_editor(
            pa.Table.from_pylist(shown, pa.schema([(name, pa.string()) for name in given])), column_config=columns,
            disabled=[*_TRACES], hide_index=True, key=key, placeholder="", row_height=grid.ROW_HEIGHT,
            height=(min(_ROWS_SHOWN, len(shown)) + 1) * grid.ROW_HEIGHT + 8,
        )  # fmt: skip
        if st.form_submit_button(text("Load the mended rows"), type="primary", key=f"{key}-save"):
            for row, cells in st.session_state[key]["edited_rows"].items():
                for name, value in cells.items():
                    found[int(row)][heads.index(name)] = value or ""
            _write(chosen, heads, found)
            _ask(place, "mend", str(folder))
    if len(found) > _EDITED:
        cards.note(text("The first {count} rows; take the file along for the others.", count=_EDITED))
    export_button.download(
        text("Take the file along"), partial(_taken, person(), chosen), f"quarantine-{folder.name}-{chosen.name}",
        "text/csv", key=f"{key}-csv",
        about=f"quarantine {folder.name}/{chosen.name}",
    )  # fmt: skip


def _to_mend(heads: list[str], found: list[list[str]]) -> list[str]:
    """The columns that are shown: why, those that hold anything or that a reason speaks of, and where a row was."""
    spoken_of = {name for row in found for name in re.findall(r"\w+", row[heads.index("reason")])}
    filled = {name for name, cells in zip(heads, zip(*found, strict=True), strict=True) if any(cells)}
    given = [name for name in heads if name in filled | spoken_of and name not in _TRACES]
    return ["reason", *given, *(name for name in _TRACES[:2] if name in filled)]


_TRACES = ("source_file", "source_line", "reason")


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8", newline="") as handle:
        heads, *found = csv.reader(handle)
    return heads, found


def _write(path: Path, heads: list[str], found: list[list[str]]) -> None:
    """Puts the mended file in the place of the one that was written, whole or not at all."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows([heads, *found])
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(target.getvalue(), encoding="utf-8")
    unfinished.rename(path)


def _taken(who: Person, path: Path) -> export_button.File:
    """The file as it is, so that it can be mended and loaded again."""
    require(who, "see_quarantine")
    return export_button.File(path.read_bytes())
