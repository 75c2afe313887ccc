"""The audit: who did what, when, about what and from where; searched, taken along, and verified."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any, get_args

import streamlit as st

from data.people.permissions import require
from data.people.person import Person
from data.people.store import audit
from data.people.store.accounts import people
from pages.ui import cards, doing, export_button, links
from pages.ui.page_frame import ROLES
from pages.ui.people import table
from pages.ui.source import may, person
from presentation import export, format, labels
from presentation.sentences import audit as sentences
from presentation.words import text

_KEY = "audit-list"


def show() -> None:
    """The rows that are searched for, newest first, and whether the whole audit is as it was written."""
    require(person(), "see_audit")
    cards.headline(text("What people did, and nobody can change afterwards"))
    doing.failure()
    asked = _asked()
    found = _page(asked)
    if found:
        names = {each.id: each.name for each in people.everybody(doing.store(), person())}
        names |= {role: text(title) for role, title in ROLES.items()}
        table.show(_KEY, text("Audit"), [sentences.row(each, names) for each in found[: table.PAGE_ROWS]])
    else:
        st.markdown(text("Nothing matches. Widen the filters or clear the search."))
    with st.container(horizontal=True, vertical_alignment="center", key="audit-foot"):
        table.turner(_KEY, has_more=len(found) > table.PAGE_ROWS)
        if may("export", "people"):
            export_button.download(
                "CSV", partial(_taken_along, person(), asked), "audit.csv", "text/csv", key="audit-csv",
                icon=":material/download:", type="tertiary",
            )  # fmt: skip
        if st.button(text("Verify the audit"), key="audit-verify", type="tertiary", icon=":material/verified:"):
            _verify()


def _asked() -> dict[str, Any]:
    """What is searched for, as the store takes it; choices stand in the address of the page."""
    codes = get_args(audit.Word)
    with st.container(horizontal=True, vertical_alignment="center", key="audit-tools"):
        said = st.text_input(
            text("Search"), placeholder=text("Search by who, what or about"), label_visibility="collapsed", width=240,
            **links.linked("audit-search", default=""),
        )  # fmt: skip
        did = st.selectbox(
            text("What was done"), codes, index=None, format_func=labels.code, placeholder=text("All that was done"),
            width=240, label_visibility="collapsed", **links.linked("audit-did", labels.named(codes)),
        )  # fmt: skip
        since, until = (
            _day(key, label) for key, label in (("audit-since", text("From day")), ("audit-until", text("To day")))
        )
    after = until and until + dt.timedelta(1)
    return {"text": said.strip(), "did": did, "since": since, "until": after}


def _day(key: str, label: str) -> dt.datetime | None:
    """The day that somebody wrote, from its beginning in UTC; None where the field is empty, or holds none."""
    # Not a calendar: the parts of Streamlit's are too small to be hit by everybody.
    said = st.text_input(
        label, placeholder=text("{label}: YYYY-MM-DD", label=label), label_visibility="collapsed", width=150,
        **links.linked(key, default=""),
    ).strip()  # fmt: skip
    if not said:
        return None
    try:
        return dt.datetime.combine(dt.date.fromisoformat(said), dt.time(), dt.UTC)
    except ValueError:
        cards.note(text("{day} is no day.", day=format.literal(said)))
        return None


def _page(asked: Mapping[str, Any]) -> list[audit.Entry]:
    """The rows of the page that is open and one more, or of the first where that is past the end."""
    begin = table.offset(_KEY)
    found = audit.read(doing.store(), person(), **asked, limit=table.PAGE_ROWS + 1, offset=begin)
    if found or not begin:
        return found
    table.to_first(_KEY)
    return audit.read(doing.store(), person(), **asked, limit=table.PAGE_ROWS + 1)


def _verify() -> None:
    done = doing.do(lambda store, _: audit.verify(store))
    if done is None:
        doing.failure()
    else:
        cards.note(text("Every row is as it was written, and none is missing."))


def _taken_along(who: Person, asked: Mapping[str, Any]) -> export_button.File:
    require(who, "export", "people")
    rows = audit.read(doing.store(), who, **asked, limit=export.ROWS_ASKED)
    return export_button.File(audit.rows_csv(rows).encode("utf-8-sig"), len(rows))
