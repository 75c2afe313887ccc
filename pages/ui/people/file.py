"""People from a file: who is new is entered, who is known is changed, and each line that is refused says why."""

from typing import Any

import streamlit as st

from data.errors import BadInput, OrderbeatError
from data.people.permissions import ROLES
from data.people.store.accounts import people
from pages.ui import cards
from pages.ui.people import doing
from pages.ui.source import person
from presentation import people_file
from presentation.people_file import Line
from presentation.sentences import people as sentences
from presentation.words import text

_OUTCOME = "people-file"
_REFUSED_SHOWN = 10


def show() -> None:
    """A file to be dropped, and below it what came of the last one."""
    with st.popover(text("From a file"), icon=":material/upload:", key="people-file", on_change="rerun") as popover:
        if not popover.open:
            return
        cards.note(
            text(
                "CSV with the columns email, name, roles, rep and team, as the list is taken along. Roles are admin, "
                "director, lead, rep and ecommerce, parted by blanks."
            )
        )
        dropped = st.file_uploader(
            text("Drop files here"), type="csv", key=f"people-file-{doing.turn()}", label_visibility="collapsed"
        )
        if dropped:
            st.session_state[_OUTCOME] = _take(dropped.getvalue())
            st.session_state[doing.TURN] = doing.turn() + 1  # another widget: this one's file is let go
            st.rerun()
        doing.failure()
        if outcome := st.session_state.get(_OUTCOME):
            entered, changed, refused = outcome
            cards.title(sentences.taken_from_file(entered, changed, len(refused)))
            for sentence in sentences.refused_lines(refused[:_REFUSED_SHOWN]):
                cards.note(sentence)


def _take(content: bytes) -> tuple[int, int, list[tuple[int, str]]] | None:
    """How many were entered and changed, and the lines refused; None where the file as a whole is none."""
    try:
        lines = [*people_file.read(content)]
    except BadInput as error:
        doing.fail(error)
        return None
    known = {each.email: each for each in people.everybody(doing.store(), person())}
    entered, changed, refused = 0, 0, []
    for line in lines:
        try:
            given = _given(line)
            account = known.get(line.email.strip().lower())
            if account is None:
                people.invite(doing.store(), person(), email=line.email, **given)
                entered += 1
            elif given != {name: getattr(account, name) for name in given}:
                people.change(doing.store(), person(), account.id, **given)
                changed += 1
        except OrderbeatError as error:
            refused.append((line.number, str(error)))
    return entered, changed, refused


def _given(line: Line) -> dict[str, Any]:
    if unknown := line.roles - {*ROLES}:
        raise BadInput(text("There is no role {name}.", name=", ".join(sorted(unknown))))
    return {"name": line.name, "roles": line.roles, "rep": line.rep, "team": line.team}
