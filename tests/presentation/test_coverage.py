"""What is compared was loaded: months with their holes, windows cut to them, and what is said of that."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as some

from data.warehouse.coverage import Stretch, read, written
from presentation import coverage, filters, periods
from presentation.sentences import coverage as sentences

AS_OF = dt.date(2026, 6, 30)
PERIODS = some.sampled_from(filters.PERIODS)
COMPARISONS = some.sampled_from(filters.COMPARISONS)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def feed(first: str, last: str = "2026-06-30", segment: str = "all", channel: str = "all", **more: bool) -> Stretch:
    return Stretch("orders", segment, channel, day(first), day(last), 3.0, **more)


def compared(*feeds: Stretch, as_of: dt.date = AS_OF, **codes: str) -> str:
    return plain(filters.parse(as_of, codes, feeds).compared())


def plain(said: str) -> str:
    """With the spaces of a keyboard."""
    return said.replace("\u2009", " ")


def test_all_that_is_loaded_is_compared() -> None:
    parsed = filters.parse(AS_OF, {}, [feed("2024-07-01")])
    assert parsed.is_compared
    assert parsed.comparable == parsed
    assert parsed.params()["base_from"] == day("2024-07-01")
    assert plain(parsed.compared()) == "1 Jul 2025 – 30 Jun 2026 against 1 Jul 2024 – 30 Jun 2025"


def test_without_knowledge_everything_counts_as_loaded() -> None:
    assert filters.parse(AS_OF, {}).is_compared


def test_a_year_of_which_half_was_loaded_is_compared_by_that_half() -> None:
    """As the first company was told +94.2% against a year of which seven months were loaded."""
    parsed = filters.parse(AS_OF, {}, [feed("2024-12-01")])
    assert {parsed.params()[name] for name in parsed.window.without_base()} == {None}
    assert parsed.params()["date_from"] == day("2025-07-01")
    assert parsed.comparable is not None
    shared = parsed.comparable.window
    assert (shared.date_from, shared.date_to) == (day("2025-12-01"), AS_OF)
    assert (shared.base_from, shared.base_to) == (day("2024-12-01"), day("2025-06-30"))
    assert plain(parsed.compared()) == (
        "1 Jul 2025 – 30 Jun 2026; for a change 1 Dec 2025 – 30 Jun 2026 against 1 Dec 2024 – 30 Jun 2025: "
        "no more was loaded on both sides"
    )


def test_what_was_loaded_on_one_side_alone_is_not_compared() -> None:
    parsed = filters.parse(AS_OF, {}, [feed("2025-07-01")])
    assert parsed.comparable is None
    assert plain(parsed.compared()).endswith("no comparison: 1 Jul 2024 – 30 Jun 2025 was not loaded in full")


def test_a_month_begun_late_is_left_out_unless_by_no_more_than_a_usual_gap() -> None:
    assert "1 Dec 2024 –" in compared(feed("2024-12-04"))
    assert "against 1 Jan – 30 Jun 2025" in compared(feed("2024-12-05"))


def test_a_hole_leaves_what_came_since() -> None:
    said = compared(feed("2020-01-01", "2024-09-30"), feed("2025-01-02"))
    assert "1 Jan – 30 Jun 2026 against 1 Jan – 30 Jun 2025" in said


def test_a_feed_that_stopped_ends_what_is_compared_with_its_last_whole_month() -> None:
    dealers = feed("2020-01-01", "2026-04-29", "dealer", is_stopped=True)
    consumers = feed("2020-01-01", segment="b2c")
    whole = feed("2020-01-01")
    assert "1 Jul 2025 – 30 Apr 2026 against 1 Jul 2024 – 30 Apr 2025" in compared(whole, dealers, consumers)
    assert "30 Jun 2026 against" in compared(whole, dealers, consumers, segment="b2c")
    late = feed("2020-01-01", "2026-04-20", "dealer", is_stopped=True)
    assert "1 Jul 2025 – 31 Mar 2026" in compared(whole, late)
    assert "no comparison" in compared(whole, dealers, period="month")


def test_parts_too_small_to_be_judged_leave_out_nothing() -> None:
    small = feed("2020-01-01", "2020-03-01", "b2b", "branch", is_judged=False, is_stopped=True)
    assert filters.parse(AS_OF, {}, [feed("2020-01-01"), small]).is_compared


def test_a_part_that_begins_later_leaves_out_nothing() -> None:
    new = feed("2026-01-12", segment="b2c", channel="ecommerce")
    assert filters.parse(AS_OF, {}, [feed("2020-01-01"), new]).is_compared


def test_a_segment_is_compared_by_its_own_days() -> None:
    begun = feed("2025-01-01", segment="b2c")
    assert not filters.parse(AS_OF, {"segment": "b2c"}, [feed("2020-01-01"), begun]).is_compared
    assert filters.parse(AS_OF, {"segment": "dealer"}, [feed("2020-01-01"), begun]).is_compared


def test_another_table_has_other_days() -> None:
    quotes = Stretch("quotes", "all", "all", day("2026-01-01"), AS_OF)
    both = [feed("2020-01-01"), quotes]
    assert filters.parse(AS_OF, {}, both).is_compared
    assert not filters.parse(AS_OF, {}, both, "quotes").is_compared


@given(some.dates(day("2015-01-01"), day("2030-12-31")), PERIODS, COMPARISONS, some.sets(some.integers(0, 30)))
def test_a_stretch_is_equal_on_both_sides_loaded_and_the_latest(
    as_of: dt.date, period: periods.Period, comparison: periods.Comparison, holes: set[int]
) -> None:
    whole = periods.window(as_of, period, comparison)
    months = back(as_of, 40)
    loaded = {month for number, month in enumerate(months) if number not in holes}
    stretch = whole.covered(loaded)
    shift = between(whole.base_from, whole.date_from)
    now = [m for m in months if whole.date_from.replace(day=1) <= m <= whole.date_to]
    usable = [m for m in now if m in loaded and months[months.index(m) + shift] in loaded]
    assert (stretch is None) == (not usable)
    if stretch is None:
        return
    assert whole.covered(loaded | set(now) | {months[months.index(m) + shift] for m in now}) == whole
    ours = [m for m in now if stretch.date_from <= m <= stretch.date_to]
    assert ours[0] == usable[0], "the latest month that can be compared is"
    assert {*ours} <= {*usable}
    assert ours == now[now.index(ours[0]) : now.index(ours[-1]) + 1], "without a hole"
    assert now[now.index(ours[-1]) + 1 :][:1] != usable[len(ours) :][:1] or len(ours) == len(usable), "and no shorter"
    assert between(stretch.base_from, stretch.base_to) == between(stretch.date_from, stretch.date_to)
    assert between(stretch.base_from, stretch.date_from) == shift


def test_what_is_of_another_table_is_covered_by_that_alone() -> None:
    quotes = [Stretch("quotes", "all", "all", day("2025-03-01"), AS_OF)]
    assert not coverage.covers(quotes, "quotes", day("2025-02-01"), AS_OF, "2026-06-30")
    assert coverage.covers(quotes, "quotes", day("2025-03-01"), AS_OF, "2026-06-30")
    assert coverage.covers(quotes, "orders", day("2020-03-01"), AS_OF, "2026-06-30")


def back(as_of: dt.date, number: int) -> list[dt.date]:
    first = as_of.year * 12 + as_of.month - 1
    return [dt.date((first - n) // 12, (first - n) % 12 + 1, 1) for n in range(number)]


def between(earlier: dt.date, later: dt.date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def test_what_a_manifest_keeps_is_read_as_it_was() -> None:
    stretches = (feed("2024-07-01"), feed("2024-07-01", "2026-04-29", "dealer", is_stopped=True))
    assert read(written(stretches)) == stretches


def test_of_a_segment_that_stopped_its_channels_are_not_named() -> None:
    segment = feed("2020-01-01", "2026-04-29", "dealer", is_stopped=True)
    channel = feed("2020-01-01", "2026-04-29", "dealer", "outside", is_stopped=True)
    other = feed("2020-01-01", "2026-03-29", "b2b", "branch", is_stopped=True)
    assert coverage.stopped([segment, channel, other, feed("2020-01-01")], "orders") == [segment, other]
    assert coverage.stopped([segment, channel, other], "orders", "b2b") == [other]
    assert coverage.stopped([segment], "quotes") == []


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ({"segment": "dealer"}, "Orders of dealers end on 29 Apr 2026; "),
        ({"segment": "dealer", "channel": "outside"}, "Orders of dealers (outside) end on 29 Apr 2026; "),
        ({"segment": "unknown"}, "Orders of customers of no segment end on 29 Apr 2026; "),
        ({}, "Orders end on 29 Apr 2026; "),
    ],
)
def test_a_feed_that_stopped_is_named(which: dict[str, str], said: str) -> None:
    assert sentences.stopped(feed("2020-01-01", "2026-04-29", **which, is_stopped=True)).startswith(said)  # type: ignore[arg-type]
