"""Loading on screen: drop files, see what was understood, correct it, look at the first rows, load, mend, take back."""

from pathlib import Path

import streamlit as st

from data.errors import OrderbeatError
from data.loading import desk, kept
from data.loading.sources import kinds
from data.people import uploads
from data.people.permissions import require
from data.settings import current
from pages.ui import cards, page_frame
from pages.ui.data_admin import at_work, earlier, outcome, review
from pages.ui.source import person
from presentation import format
from presentation.words import text

_DONE = ("load", "mend", "back")


def show() -> None:
    """Where loading stands, and what can be done next."""
    require(person(), "load")
    place = _desk()
    if place is None:
        _drop(None)
        return
    step = desk.read(place, "step")
    if step and desk.is_at_work(place):
        at_work.show(place, step)
        return
    answer = at_work.answer(place, step) if step else None
    failed = answer["failed"] if answer and "failed" in answer else None
    done = next((desk.read(place, each) for each in _DONE if step == each), None)
    if done and not failed:
        outcome.show(place, step, done)
        return
    looked = desk.read(place, "look")
    if looked is None or "failed" in looked:
        _drop(place)
    else:
        review.show(place, looked)
    if failed:
        cards.failure(OrderbeatError(*failed))


def is_open() -> bool:
    """Whether this session has files on a desk."""
    return "desk" in st.session_state


def _desk() -> Path | None:
    """The desk of this session, or one on which a step is at work, such as after the page was loaded anew."""
    mine = st.session_state.get("desk")
    if mine and Path(mine).is_dir():
        return Path(mine)
    found = next(desk.at_work(current().home), None)
    if found:
        st.session_state["desk"] = str(found)
    return found


def _drop(place: Path | None) -> None:
    """The first step: files to be dropped, and the mappings that are kept."""
    cards.headline(text("Load your own files"))
    cards.note(text("Nothing is published before you have seen what was understood and what would be refused."))
    upload(place)
    cards.note(text("What is read: {kinds}.", kinds=" ".join(kinds.READ)))
    earlier.show()
    home = current().home
    if names := kept.names(home):
        cards.title(text("Kept mappings"))
        cards.note(text("A file with the same headings is read as before, whatever it is called."))
        with st.container(horizontal=True, key="kept-mappings"):
            for name in names:
                with st.popover(format.literal(name), key=f"kept-{name}", type="tertiary", on_change="rerun") as opened:
                    if opened.open:
                        st.code(kept.text(home, name), language="yaml")


def upload(place: Path | None) -> None:
    """Takes files in: they leave memory for the disk at once, and are looked at."""
    turn = st.session_state.setdefault("drop_turn", 0)
    dropped = st.file_uploader(
        text("Drop files here"), accept_multiple_files=True, key=f"drop-{turn}", label_visibility="collapsed"
    )
    if not dropped:
        return
    st.session_state["drop_turn"] = turn + 1  # another widget: this one's files are let go
    place = place or desk.begin(current().home)
    st.session_state["desk"] = str(place)
    refused = []
    for each in dropped:
        try:
            desk.put(place, each.name, each)
        except OrderbeatError as error:
            refused.append([error.what, error.cause, error.remedy])
    uploads.laid_down(page_frame.session())
    desk.write(place, "refused", refused)
    desk.forget(place, "look", "rehearse", "chosen")
    if desk.names(place):
        desk.start(place, "look")
    else:
        desk.write(place, "step", "look")
        desk.write(place, "look", {"failed": refused[0]})
    st.rerun()
