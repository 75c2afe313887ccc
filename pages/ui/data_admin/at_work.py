"""A step that is at work on a desk, looked at again and again until it has ended, and what it left."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from data.loading import desk
from data.people.permissions import require
from pages.ui import cards
from pages.ui.source import person
from presentation import format
from presentation.sentences import loading as sentences
from presentation.words import text

_EVERY_SECONDS = 1.0


def begin(place: Path, step: str) -> None:
    """Starts a step in the name of whoever looks, which the audit is told of when it has loaded something."""
    require(person(), "load")
    desk.write(place, "by", asdict(person().author))
    desk.start(place, step)
    st.rerun()


def show(place: Path, step: str) -> None:
    """What is being done, and how far it is; once it has ended, the whole page is drawn anew."""
    cards.headline(sentences.at_work(step))
    _progress(str(place), step)


def answer(place: Path, step: str) -> dict[str, Any]:
    """What a step left that is no longer at work; under "failed" the three parts of what went wrong."""
    found: dict[str, Any] | None = desk.read(place, step)
    return found or {"failed": [text("The last step ended before it was finished."), "", text("Start it again.")]}


@st.fragment(run_every=_EVERY_SECONDS)
def _progress(place: str, step: str) -> None:
    """How far the step is; once it has ended, the whole page is drawn anew."""
    if not desk.is_at_work(Path(place)):
        st.rerun()
    what, share = desk.read(Path(place), "progress") or ["", 0.0]
    st.progress(min(1.0, max(0.0, float(share))), text=format.literal(sentences.progress(step, str(what))))
    cards.note(text("You may leave this page: the work goes on, and this page finds it again."))
