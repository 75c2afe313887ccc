"""Finance's file against ours: dropped here, compared, and what differs explained by causes with rows behind each."""

from functools import partial
from pathlib import Path

import streamlit as st

from data.errors import OrderbeatError
from data.loading import desk
from data.people import uploads
from data.people.permissions import require
from data.settings import current
from data.warehouse import reconcile
from data.warehouse.access import Result
from data.warehouse.reconcile import Outcome
from pages.ui import cards, export_button, grid, origin, page_frame
from pages.ui.data_admin import at_work, rows
from pages.ui.source import may, person, snapshot
from presentation import export, words
from presentation.sentences import reconciliation as sentences
from presentation.words import text

CELLS = ["month", "segment", "customer", "ours", "theirs", "difference", "remainder"]
REASONS = ["cause", "certainty", "documents", "amount", "moved"]
FINDINGS = [
    "cause", "certainty", "order_id", "invoice", "customer", "ordered_on", "invoiced_on", "ours", "theirs", "amount",
    "detail",
]  # fmt: skip
_DESK = "finance-desk"
_TURN = "finance-turn"
_STEP = "compare"


def show() -> None:
    """The answer, a file to drop, then the months or segments that differ, the causes, and the rows behind them."""
    require(person(), "load")
    home = current().home
    desk_of_session = st.session_state.get(_DESK, "")
    place = Path(desk_of_session) if desk_of_session else next(desk.at_work(home, desk.COMPARISONS), None)
    if place and desk.is_at_work(place):
        st.session_state[_DESK] = str(place)
        at_work.show(place, _STEP)
        return
    told = at_work.answer(place, _STEP) if place and place.is_dir() else None
    found = reconcile.handed_over(told, place, snapshot()) if place and told and "failed" not in told else None
    if found:
        cards.headline(sentences.answer(found))
        if doubt := sentences.doubt(found):
            cards.note(doubt)
    else:
        about = reconcile.last(home)
        cards.headline(sentences.kept(about) if about else text("Nothing was compared with finance's file yet"))
    _drop()
    if told and "failed" in told:
        cards.failure(OrderbeatError(*told["failed"]))
    if found:
        _told(found)


def _drop() -> None:
    """Takes finance's file in, and has it compared by a process of its own."""
    turn = st.session_state.setdefault(_TURN, 0)
    dropped = st.file_uploader(
        text("Finance's file: totals by month, segment or customer, or a list of invoices"), key=f"finance-file-{turn}"
    )
    if dropped is None:
        return
    st.session_state[_TURN] = turn + 1  # another widget: this one's file is let go
    if before := st.session_state.pop(_DESK, ""):
        desk.clear(Path(before))
    place = desk.begin(current().home, desk.COMPARISONS)
    st.session_state[_DESK] = str(place)
    try:
        desk.put(place, dropped.name, dropped)
        desk.start(place, _STEP)
    except OrderbeatError as error:
        desk.write(place, _STEP, {"failed": [error.what, error.cause, error.remedy]})
    finally:
        uploads.laid_down(page_frame.session())
    st.rerun()


def _told(found: Outcome) -> None:
    rows.sentences([*found.notes])
    left, right = cards.two_columns()
    with left:
        cards.title(text("Where ours and finance's differ"))
        grid.plain(found.cells, "finance-cells", _held(found.cells, CELLS), rows_shown=14)
        origin.show(found.cells)
    if not len(found.reasons):
        return
    with right:
        cards.title(text("Why they differ"))
        grid.plain(found.reasons, "finance-reasons", _held(found.reasons, REASONS), rows_shown=10)
        cards.title(text("Rows behind the causes"))
        grid.plain(found.findings, "finance-findings", _held(found.findings, FINDINGS), rows_shown=12)
        _export(found.findings)


def _held(result: Result, columns: list[str]) -> list[str]:
    """The columns that hold anything."""
    return [name for name in columns if not len(result) or result.table[name].null_count < len(result)]


def _export(found: Result) -> None:
    if not may("export", found.query.name):
        return
    with st.container(horizontal=True, key="finance-export"):
        for ending, media_type in export.FORMATS.items():
            make = partial(_made, found, ending, words.language())
            export_button.download(
                ending.upper(),
                make,
                f"reconciliation.{ending}",
                media_type,
                key=f"finance-{ending}",
                about=found.query.name,
            )


def _made(found: Result, ending: str, language: str) -> export_button.File:
    words.settle(language)
    return export_button.File(export.as_file(found, ending), len(found))
