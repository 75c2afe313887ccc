"""The button below a list that hands all of its rows over as a file."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from data.errors import note
from data.people.permissions import require
from data.people.person import Person
from data.warehouse import access
from data.warehouse.access import Snapshot
from pages.ui.source import may, person, snapshot, standing
from presentation import export, words
from presentation.fetch import Parameters
from presentation.words import text


def download(label: str, make: Callable[[], bytes], file_name: str, mime: str, key: str, **look: Any) -> None:
    """A button that makes a file when it is pressed; what goes wrong then is noted, and Streamlit says so."""
    st.download_button(
        label, partial(_noted, key, make), file_name=file_name, mime=mime, on_click="ignore", key=key, **look
    )


def _noted(key: str, make: Callable[[], bytes]) -> bytes:
    try:
        return make()
    except Exception as error:
        note(error, f"download {key}")
        raise


def show(name: str, within: Parameters, more: Mapping[str, Any]) -> None:
    """A button with all formats for the query `name`, for whom may export it; a file is made only when asked for."""
    if not may("export", name):
        return
    key = f"export-{name.replace('.', '-')}"
    with st.popover(text("Export"), icon=":material/download:", type="tertiary", key=key, on_change="rerun") as popover:
        if not popover.open:
            return
        params = {**within.params(), **more}
        for ending, kind in export.FORMATS.items():
            download(
                ending.upper(),
                partial(_made, person(), snapshot(), name, params, ending, words.language()),
                f"{name.replace('.', '-')}.{ending}",
                kind.media_type,
                key=f"{key}-{ending}",
            )


def _made(who: Person, shown: Snapshot, name: str, params: dict[str, Any], ending: str, language: str) -> bytes:
    """The whole list; it is not kept, since it may be large."""
    require(who, "export", name)
    words.settle(language)
    rows = {"page_start": 0, "page_rows": export.ROWS_ASKED}
    return export.as_file(access.query(who.scope, name, standing(shown, name, params) | rows, within=shown), ending)
