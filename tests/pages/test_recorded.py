"""What people take along and look at is recorded; what cannot be recorded is not handed over, but a page is shown."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st

from data import settings
from data.errors import unforeseen
from data.people.store import Store, audit, open_store
from data.warehouse import access
from pages.ui import export_button, recorded
from pages.ui.export_button import File
from tests.pages.test_people_page import published
from tests.people import ADMIN, REP

assert published  # a fixture


@pytest.fixture
def store(home: Path) -> Store:
    home.mkdir()
    return open_store(settings.current())


@pytest.fixture
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "is_known", lambda: True)


def told(store: Store) -> list[tuple[str, str, dict[str, object]]]:
    return [(entry.did, entry.about, dict(entry.detail)) for entry in audit.read(store, ADMIN)]


def handed(rows: int | None = 3) -> bytes:
    return export_button._handed_over(
        REP, lambda: None, lambda: File(b"x", rows), "list.csv", "customers.silent", "exported"
    )


@pytest.mark.usefixtures("_signed_in")
def test_a_list_is_recorded_with_its_rows_and_format(store: Store) -> None:
    assert handed() == b"x"
    assert told(store) == [("exported", "customers.silent", {"rows": 3, "format": "csv"})]
    (entry,) = audit.read(store, ADMIN)
    assert entry.by == REP.author


def test_in_the_demonstration_nobody_is_known_and_nothing_recorded(store: Store) -> None:
    assert handed() == b"x"
    assert told(store) == []


@pytest.mark.usefixtures("_signed_in")
def test_what_cannot_be_recorded_is_not_handed_over_but_a_customer_is_shown(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("drop table audit_head"))
    monkeypatch.setattr(st, "session_state", {"person": REP})
    met = unforeseen().count
    with pytest.raises(Exception, match="audit_head"):
        handed()
    recorded.looked_at("C1")
    assert unforeseen().count == met + 2


@pytest.mark.usefixtures("_signed_in")
def test_a_customer_is_recorded_once_a_tab(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        monkeypatch.setattr(st, "session_state", {"person": REP})
        for customer in ("C1", "C1", "C2", "C1"):
            recorded.looked_at(customer)
    assert told(store) == [("viewed_customer", each, {}) for each in ("C2", "C1", "C2", "C1")]


@pytest.mark.usefixtures("_signed_in")
def test_an_export_of_a_real_list_tells_its_rows(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "copy"
    shutil.copytree(published, home)
    monkeypatch.setenv("ORDERBEAT_HOME", str(home))
    shown = access.snapshot()
    made = export_button._made(ADMIN, shown, "shared.owners", {}, "csv", "en")
    assert made.rows == 1
