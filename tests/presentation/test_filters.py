"""Filters as a value: read from codes, said in query parameters and in words."""

import datetime as dt

import pytest

from data.errors import BadInput
from presentation import filters

AS_OF = dt.date(2026, 6, 14)


def test_codes_make_filters_and_what_is_left_out_has_its_default() -> None:
    parsed = filters.parse(AS_OF, {"period": "month", "segment": "dealer", "owner": None})
    assert (parsed.window.date_from, parsed.window.date_to) == (dt.date(2026, 6, 1), AS_OF)
    assert parsed.window.base_from == dt.date(2025, 6, 1), "a year before, where no comparison is named"
    assert (parsed.segment, parsed.owner) == ("dealer", None)
    assert filters.parse(AS_OF, {}).window.date_from == dt.date(2025, 7, 1)


@pytest.mark.parametrize("codes", [{"period": "decade"}, {"compare": "never"}, {"window": "C1"}, {"customer": "C1"}])
def test_what_is_no_filter_is_said(codes: dict[str, str]) -> None:
    (code,) = codes.values()
    with pytest.raises(BadInput, match=code):
        filters.parse(AS_OF, codes)


def test_one_thing_is_looked_at_within_the_filters() -> None:
    parsed = filters.parse(AS_OF, {"segment": "b2b"})
    account = parsed.about(customer="C1")
    assert account.params() == {**parsed.params(), "customer": "C1"}


def test_an_open_month_is_compared_to_the_same_working_day_and_says_so() -> None:
    parsed = filters.parse(AS_OF, {"period": "month"})
    assert parsed.compared() == "1–14 Jun 2026 against 1–15 Jun 2025, to working day 10"
    assert filters.parse(dt.date(2026, 5, 31), {"period": "month"}).compared().endswith("against 1–31 May 2025")
