"""An error nobody foresaw is counted once, however many hands it passes through."""

import logging

import pytest

from data import errors


def test_an_error_keeps_its_id_and_is_counted_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    before = errors.unforeseen()
    one, other = ValueError("one"), ValueError("other")
    with caplog.at_level(logging.ERROR):
        first, again, second = errors.note(one, "here"), errors.note(one, "there"), errors.note(other, "here")
    met = errors.unforeseen()
    assert first == again != second
    assert (met.since, met.count, met.last_id) == (before.since, before.count + 2, second)
    assert met.last_at is not None
    assert met.last_at >= before.since
    assert [record.getMessage() for record in caplog.records] == [
        f"here failed, id {first}",
        f"here failed, id {second}",
    ]
    assert all(record.exc_info for record in caplog.records)
