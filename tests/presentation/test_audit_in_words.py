"""Rows of the audit in words."""

import datetime as dt

from data.people.person import Author
from data.people.store.audit import Entry
from presentation.sentences import audit


def test_a_list_is_told_by_its_title_and_nothing_else_is_taken_for_one() -> None:
    def about(said: str) -> str:
        at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
        entry = Entry(1, at, Author("k", "Ann"), "exported", said, {"rows": 3, "format": "csv"}, "", "")
        return audit.row(entry, {})["About"]

    assert about("team.due") == "Due"
    assert [about(said) for said in ("team.nothing", "C-1.x", "", "team")] == ["team.nothing", "C-1.x", "", "team"]
