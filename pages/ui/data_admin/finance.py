"""Finance's file against ours: dropped here, compared, and what differs explained by causes with rows behind each."""

import datetime as dt
import tempfile
from functools import partial
from pathlib import Path, PurePath

import streamlit as st

from data.errors import OrderbeatError
from data.people import uploads
from data.people.permissions import require
from data.settings import current
from data.warehouse import reconcile
from data.warehouse.access import Result
from data.warehouse.reconcile import Outcome
from pages.ui import cards, export_button, grid, origin, page_frame
from pages.ui.source import fetch, may, person
from presentation import export, words
from presentation.sentences import reconciliation as sentences
from presentation.words import text

CELLS = ["month", "segment", "customer", "ours", "theirs", "difference", "remainder"]
REASONS = ["cause", "certainty", "documents", "amount", "moved"]
FINDINGS = [
    "cause", "certainty", "order_id", "invoice", "customer", "ordered_on", "invoiced_on", "ours", "theirs", "amount",
    "detail",
]  # fmt: skip
_OUTCOME = "finance-outcome"


def show() -> None:
    """The answer, a file to drop, then the months or segments that differ, the causes, and the rows behind them."""
    require(person(), "load")
    answer, place = st.container(), st.container()
    dropped = place.file_uploader(
        text("Finance's file: totals by month, segment or customer, or a list of invoices"), key="finance-file"
    )
    if dropped is None:
        st.session_state.pop(_OUTCOME, None)
        with answer:
            about = reconcile.last(current().home)
            cards.headline(sentences.kept(about) if about else text("Nothing was compared with finance's file yet"))
        return
    known: tuple[str, Outcome] | None = st.session_state.get(_OUTCOME)
    if known is None or known[0] != dropped.file_id:
        try:
            known = (dropped.file_id, _compared(dropped.name, dropped.getbuffer()))
        except OrderbeatError as error:
            cards.failure(error)
            return
        finally:
            uploads.laid_down(page_frame.session())
        st.session_state[_OUTCOME] = known
    with answer:
        cards.headline(sentences.answer(known[1]))
        if doubt := sentences.doubt(known[1]):
            cards.note(doubt)
    _told(known[1])


def _compared(name: str, content: memoryview) -> Outcome:
    documents = fetch(reconcile.DOCUMENTS)
    with tempfile.TemporaryDirectory(prefix="orderbeat-") as folder:
        file = Path(folder) / (PurePath(name).name or "file")
        file.write_bytes(content)
        found = reconcile.against(documents, file, current())
    reconcile.keep(found, current().home, dt.datetime.now(dt.UTC))
    return found


def _told(found: Outcome) -> None:
    left, right = cards.two_columns()
    with left:
        cards.title(text("Where ours and finance's differ"))
        grid.plain(found.cells, "finance-cells", _held(found.cells, CELLS), rows_shown=14)
        origin.show(found.cells)
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
        for ending, kind in export.FORMATS.items():
            make = partial(_made, found, ending, words.language())
            export_button.download(
                ending.upper(), make, f"reconciliation.{ending}", kind.media_type, key=f"finance-{ending}"
            )


def _made(found: Result, ending: str, language: str) -> bytes:
    words.settle(language)
    return export.as_file(found, ending)
