"""The button below a list that hands all of its rows over as a file."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from data.warehouse import access
from data.warehouse.access import Snapshot, Viewer
from pages.ui.source import snapshot, viewer
from presentation import export, words
from presentation.fetch import Parameters
from presentation.words import text


def show(name: str, within: Parameters, more: Mapping[str, Any]) -> None:
    """A button with all formats for the query `name`; a file is made only when it is asked for."""
    key = f"export-{name.replace('.', '-')}"
    with st.popover(text("Export"), icon=":material/download:", type="tertiary", key=key, on_change="rerun") as popover:
        if not popover.open:
            return
        params = {**within.params(), **more}
        for ending, kind in export.FORMATS.items():
            st.download_button(
                ending.upper(),
                partial(_made, viewer(), snapshot(), name, params, ending, words.language()),
                file_name=f"{name.replace('.', '-')}.{ending}",
                mime=kind.media_type,
                on_click="ignore",
                key=f"{key}-{ending}",
            )


def _made(who: Viewer, shown: Snapshot, name: str, params: dict[str, Any], ending: str, language: str) -> bytes:
    """The whole list; it is not kept, since it may be large."""
    words.settle(language)
    rows = {"page_start": 0, "page_rows": export.ROWS_ASKED}
    return export.as_file(access.query(who, name, params | rows, within=shown), ending)
