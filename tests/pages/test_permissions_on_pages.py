"""Lists, exports and prints ask the table of permissions, also after the run of the page is over."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from data.errors import AccessDenied
from data.people.person import Person
from data.warehouse import reading
from data.warehouse.access import Snapshot
from pages.ui import cards, export_button, page_frame, source
from pages.ui.customers import account
from presentation.pages import BY_NAME
from tests.people import ADMIN, DIRECTOR, ECOMMERCE, EVERY_ROLE, somebody

SHOWN = Snapshot("0001", Path(), "2026-05-14", "", "EUR", frozenset(), 0)


def test_an_export_is_refused_to_who_may_not_read_the_page() -> None:
    for who, name in ((ECOMMERCE, "team.due"), (DIRECTOR, "data_admin.loads"), (somebody(), "customers.silent")):
        with pytest.raises(AccessDenied):
            export_button._made(who, SHOWN, name, {}, "csv", "en")


def test_a_print_is_refused_to_who_may_not_print() -> None:
    def asked(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing may be asked")

    focus: Any = None
    with pytest.raises(AccessDenied, match="may not print"):
        account._printed(somebody(), asked, focus, "en")


@pytest.mark.parametrize("who", EVERY_ROLE.values(), ids=EVERY_ROLE)
def test_a_list_is_refused_to_who_may_not_read_its_page(who: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(reading, "_fetch", lambda *given: asked.append(given[2]))
    monkeypatch.setattr(st, "session_state", {"person": who, "snapshot": SHOWN})
    for name, is_open in (
        ("customers.silent", True),
        ("data_admin.loads", who is ADMIN),
        ("team.due", who != ECOMMERCE),
    ):
        if is_open:
            source.fetch(name)
            assert asked[-1] == name
        else:
            with pytest.raises(AccessDenied, match="not part of your view"):
                source.fetch(name)
            assert name not in asked


@pytest.mark.parametrize("page", BY_NAME)
def test_a_page_draws_nothing_for_who_may_not_open_it(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    monkeypatch.setattr(st, "session_state", {"person": somebody(), "snapshot": SHOWN, "links": lambda: None})
    for name in ("failure", "empty"):
        monkeypatch.setattr(cards, name, lambda *said: shown.append(said[0]))
    page_frame.show(page, lambda *_: shown.append("the page"))
    (refusal,) = shown
    assert isinstance(refusal, AccessDenied)
