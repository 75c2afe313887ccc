"""What somebody takes along from a page: all its lists as a workbook, and a board pack as PDF or slides."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from data.people import uploads
from data.people.permissions import require
from data.people.person import Person
from data.warehouse.access import Snapshot
from data.warehouse.reading import reading
from pages.ui import cards, doing, export_button
from pages.ui.source import may, person, snapshot
from presentation import export, pack, words, workbook
from presentation.filters import Filters
from presentation.pack import contents, logo
from presentation.words import N_, text

STRETCHES: Mapping[contents.Stretch, str] = {
    "last_month": N_("Last full month"),
    "last_quarter": N_("Last full quarter"),
    "as_on_the_page": N_("As on the page"),
}
_WIDTH = 460


def show(page: str, within: Filters, codes: Mapping[str, str | None], session: str) -> None:
    """A button at the foot of a page behind which its files are made, for whom may export it.

    `codes` are those of its filters, by name; `session` is that of whoever looks, as uploads know it.
    """
    if page not in workbook.LISTS or not may("export", page):
        return
    label, icon = text("Take along"), ":material/work:"
    with st.popover(label, icon=icon, type="tertiary", key="take-along", on_change="rerun") as popover:
        if popover.open:
            with st.container(width=_WIDTH):
                _workbook(page, within)
                _pack(codes, session)


def _workbook(page: str, within: Filters) -> None:
    make = partial(_workbook_made, page, person(), snapshot(), within, words.language())
    media_type = export.FORMATS["xlsx"]
    key = f"workbook-{page}"
    export_button.download(
        text("All lists of this page (XLSX)"), make, f"{page}.xlsx", media_type, key=key, about=f"{page}.workbook"
    )
    cards.note(text("A sheet for each list, under the filters of the page; definitions on the last."))


def _workbook_made(page: str, who: Person, shown: Snapshot, within: Filters, language: str) -> export_button.File:
    require(who, "export", page)
    words.settle(language)
    return export_button.File(*workbook.of_page(page, who, shown, within))


def _pack(codes: Mapping[str, str | None], session: str) -> None:
    """The choices of a pack, and its files."""
    cards.title(text("Board pack"))
    stretch = st.segmented_control(
        text("Period"), list(STRETCHES), default="last_month", required=True, label_visibility="collapsed",
        format_func=lambda code: text(STRETCHES[code]), key="pack-stretch",
    )  # fmt: skip
    offered = contents.offered(person(), snapshot())
    chosen = st.pills(
        text("Sections"), offered, selection_mode="multi", default=contents.usual(person(), snapshot()),
        format_func=lambda code: text(contents.TITLES[code]), key="pack-sections",
    )  # fmt: skip
    title = st.text_input(text("Title"), max_chars=80, placeholder=text("Sales review"), key="pack-title")
    if not chosen:
        cards.note(text("Choose at least one section."))
    else:
        with st.container(horizontal=True, key="pack-files"):
            for ending, kind in pack.KINDS.items():
                make = partial(
                    _pack_made, person(), snapshot(), codes, stretch, [*chosen], ending, words.language(), title
                )
                export_button.download(
                    ending.upper(), make, f"pack.{ending}", kind.media_type, key=f"pack-{ending}", about="pack"
                )
    if may("load"):
        _logo(session)


def _pack_made(
    who: Person, shown: Snapshot, codes: Mapping[str, str | None], stretch: contents.Stretch, chosen: Sequence[str],
    ending: str, language: str, title: str,
) -> export_button.File:  # fmt: skip
    require(who, "export")
    words.settle(language)
    given = contents.asked(who, reading(who, shown), shown, codes, stretch, workbook.kept(shown))
    made = pack.make(given, chosen, ending, language, title, logo.kept(doing.store()))
    return export_button.File(made)


def _logo(session: str) -> None:
    """Whoever may load data gives the company's logo, which then stands on everybody's packs."""
    label, key = text("Logo of all packs: PNG or JPEG, at most 1 MB"), f"pack-logo-{doing.turn()}"
    dropped = st.file_uploader(label, type=["png", "jpg", "jpeg"], max_upload_size=1, key=key)
    if dropped is not None:
        uploads.laid_down(session)
        doing.do(logo.keep, dropped.getvalue())
        doing.begin_anew()  # another widget: this one's file is let go, whether it was taken or not
        st.rerun()
    if logo.kept(doing.store()) is not None and st.button(text("Take the logo away"), key="pack-no-logo"):
        doing.do(logo.keep, None)
        st.rerun()
    doing.failure()
