"""Which months were loaded, so that nothing is compared with days that were not."""

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence

from data.warehouse.coverage import EVERYTHING, Stretch


def loaded_months(
    stretches: Sequence[Stretch], table: str, as_of: dt.date, segment: str | None = None
) -> frozenset[dt.date] | None:
    """The first days of the months that `table` was loaded for, up to that of `as_of`; None where nothing is known.

    A month is left out in which the table, or a feed of it that is large enough to be judged, has a hole or has
    stopped. Where a segment is named, its feeds alone count. A feed that begins later than the table leaves out
    nothing: new business cannot be told from what was not loaded.
    """
    own = [s for s in stretches if s.input_table == table and (segment is None or s.segment in (segment, EVERYTHING))]
    whole = [s for s in own if s.segment == (segment or EVERYTHING) and s.channel == EVERYTHING]
    whole = whole or [s for s in own if s.is_whole]
    if not whole:
        return None
    months = _of(whole, as_of)
    for feed in {(s.segment, s.channel) for s in own if s.is_judged}:
        parts = [s for s in own if (s.segment, s.channel) == feed]
        begin = min(s.first_on for s in parts).replace(day=1)
        months = {month for month in months if month <= begin} | (months & _of(parts, as_of))
    return frozenset(months)


def covers(stretches: Sequence[Stretch], table: str, first: dt.date, last: dt.date, as_of: str) -> bool:
    """Whether a table was loaded in all months from that of `first` to that of `last`."""
    loaded = loaded_months(stretches, table, dt.date.fromisoformat(as_of))
    month = first.replace(day=1)
    while loaded is not None and month <= last:
        if month not in loaded:
            return False
        month = following(month)
    return True


def stopped(stretches: Iterable[Stretch], table: str, segment: str | None = None) -> list[Stretch]:
    """The feeds of a table that stopped, the widest alone: of a segment that stopped its channels are not named."""
    found = [s for s in stretches if s.input_table == table and s.is_stopped and segment in (None, s.segment)]
    if any(s.is_whole for s in found):
        return [s for s in found if s.is_whole]
    segments = {s.segment for s in found if s.channel == EVERYTHING}
    return [s for s in found if s.channel == EVERYTHING or s.segment not in segments]


def _of(stretches: Iterable[Stretch], as_of: dt.date) -> set[dt.date]:
    """Months of which no more is missing, at either end, than a usual gap."""
    newest = max(s.last_on for s in stretches)
    found: set[dt.date] = set()
    for s in stretches:
        is_open = s.last_on == newest and not s.is_stopped
        month, end = s.first_on.replace(day=1), as_of if is_open else s.last_on
        if (s.first_on - month).days > s.usual_gap_days:
            month = following(month)
        while month <= end:
            if is_open or (last_day(month) - end).days <= s.usual_gap_days:
                found.add(month)
            month = following(month)
    return found


def following(month: dt.date) -> dt.date:
    """The first day of the month after."""
    return last_day(month) + dt.timedelta(days=1)


def last_day(day: dt.date) -> dt.date:
    """The last day of the month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
