"""People from a file: all its rows are taken or none, and each row that cannot be says why."""

import streamlit as st

from data.errors import BadInput, OrderbeatError
from data.people.person import Person
from data.people.store.accounts import people_csv
from data.people.store.accounts.people_csv import ReadIn, RowsRefused
from pages.ui import cards, doing
from pages.ui.source import person
from presentation.sentences import people as sentences
from presentation.words import N_, text

_OUTCOME = "people-file-outcome"
_REFUSED_SHOWN = 20


def drop() -> None:
    """A place to drop a file."""
    with st.popover(
        text("From a file"), icon=":material/upload:", key=f"people-file-{doing.turn()}", on_change="rerun"
    ) as popover:
        if not popover.open:
            return
        cards.note(
            text(
                "CSV as the list is taken along. Roles are admin, director, lead, rep and ecommerce, joined by +. "
                "Who is not in the file stays."
            )
        )
        dropped = st.file_uploader(
            text("Drop files here"), type="csv", key=f"people-drop-{doing.turn()}", label_visibility="collapsed"
        )
        if dropped:
            st.session_state[_OUTCOME] = _read_in(person(), dropped.getvalue())
            doing.begin_anew()
            st.rerun()


def outcome() -> None:
    """What came of the file that was dropped last; it is told once."""
    came = st.session_state.pop(_OUTCOME, None)
    if isinstance(came, ReadIn):
        cards.note(sentences.read_in(came))
    elif came is not None:
        cards.failure(came)
        if isinstance(came, RowsRefused):
            for sentence in sentences.refused_rows(came.rows, _REFUSED_SHOWN):
                cards.note(sentence)


def _read_in(by: Person, content: bytes) -> ReadIn | OrderbeatError:
    try:
        return people_csv.read_in(doing.store(), by, content.decode("utf-8"))
    except UnicodeDecodeError:
        return BadInput(
            N_("This file is not in UTF-8."),
            N_("A spreadsheet saved it in another encoding."),
            N_("Save it as CSV UTF-8."),
        )
    except OrderbeatError as error:
        return error
