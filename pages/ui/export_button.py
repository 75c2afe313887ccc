"""The button below a list that hands all of its rows over as a file, and the one way for any file to be handed over."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from data.errors import note
from data.people.permissions import require
from data.people.person import Person
from data.people.store import audit
from data.warehouse import access
from data.warehouse.access import Snapshot
from data.warehouse.reading import Parameters, standing
from pages.ui import looking, recorded
from pages.ui.source import may, person, snapshot
from presentation import export, words
from presentation.words import text


class File(NamedTuple):
    """What is handed over, and how many rows it holds where it is a list."""

    content: bytes
    rows: int | None = None


def download(
    label: str, make: Callable[[], File], file_name: str, mime: str, key: str, about: str = "",
    did: audit.Word = "exported", **look: Any,
) -> None:  # fmt: skip
    """A button that makes a file when it is pressed, and records that somebody `did` take it along, `about` which list.

    What goes wrong then is noted, and Streamlit says so.
    """
    handed = partial(_handed_over, person(), looking.staying(), make, file_name, about or key, did)
    st.download_button(label, handed, file_name=file_name, mime=mime, on_click="ignore", key=key, **look)


def _handed_over(
    who: Person, stays: Callable[[], None], make: Callable[[], File], file_name: str, about: str, did: audit.Word
) -> bytes:
    """The file, once it is recorded: what cannot be recorded is not handed over, nor to who may no longer have it."""
    try:
        stays()
        made = make()
        rows = {} if made.rows is None else {"rows": made.rows}
        recorded.done(who, did, about, format=file_name.rpartition(".")[2], **rows)
    except Exception as error:
        note(error, f"download {about}")
        raise
    return made.content


def show(name: str, within: Parameters, more: Mapping[str, Any]) -> None:
    """A button with all formats for the query `name`, for whom may export it; a file is made only when asked for."""
    if not may("export", name):
        return
    key = f"export-{name.replace('.', '-')}"
    with st.popover(text("Export"), icon=":material/download:", type="tertiary", key=key, on_change="rerun") as popover:
        if not popover.open:
            return
        params = {**within.params(), **more}
        for ending, media_type in export.FORMATS.items():
            download(
                text("About it (TXT)") if ending == "txt" else ending.upper(),
                partial(_made, person(), snapshot(), name, params, ending, words.language()),
                f"{name.replace('.', '-')}.{ending}",
                media_type,
                key=f"{key}-{ending}",
                about=name,
            )
        st.caption(text("CSV holds the rows alone; what they are stands in the file about it, and in XLSX."))


def _made(who: Person, shown: Snapshot, name: str, params: dict[str, Any], ending: str, language: str) -> File:
    """The whole list; it is not kept, since it may be large."""
    require(who, "export", name)
    words.settle(language)
    rows = {"page_start": 0, "page_rows": export.ROWS_ASKED}
    result = access.query(who.scope, name, standing(shown, name, params) | rows, within=shown)
    return File(export.as_file(result, ending), len(result))
