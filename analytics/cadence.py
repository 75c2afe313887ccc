"""Cadence: each customer's own rhythm of orders, and what its silence means.

A verdict for every customer, the days on which its next order is expected, and how likely it is that none comes. Gaps
follow a renewal model with drop-out (analytics.renewal). How likely it is that a customer stays silent, the season and
the user's own past say as well (analytics.silence).
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import betainc, betaincinv

from analytics import list_record, renewal, silence, track_record
from analytics.coding import codes
from analytics.renewal import Gaps, Renewal
from analytics.season import Season
from analytics.tables import Ask

# What is lost by silence is counted over so many days.
SILENCE_DAYS = 90
# A silence is judged over one and a half usual intervals, within these days.
OWN_HORIZON_INTERVALS, OWN_HORIZON_DAYS = 1.5, (21, 90)
# A rhythm needs five order days over 90 days, and gaps that scatter less than this (as the shape of a gamma
# distribution: 1 is pure chance, 4 means gaps within about half of their mean).
RHYTHM_ORDER_DAYS, RHYTHM_SPAN_DAYS, RHYTHM_SHAPE = 5, 90, 1.5
LATE_PERCENTILE, QUIET_PERCENTILE, LATE_RATIO = 0.90, 0.75, 1.25
GONE_ALIVE, GONE_DAYS, GONE_RATIO = 0.2, 180, 4.0
# Without an order for so long, and for two usual intervals, an account counts as churned.
CHURNED_DAYS, CHURNED_RATIO = 365, 2.0
# Verdicts of accounts that may be lost if nothing is done, and are not written off yet.
SILENT = ("late", "quiet", "seasonal_pause", "probably_gone")
PEERS_PAUSE = 0.6

_SHAPE_PRIOR_GAPS = 4.0
_SHAPES = (0.5, 40.0)
_CUSTOMER_ORIGINS, _CUSTOMER_SPACING_DAYS = 13, 28
_LEAST_INTERVALS = 200
_SHORTEST_PAST_DAYS = 120
_YEAR = 365.0

CUSTOMERS = pa.schema(
    {
        "customer_id": pa.string(),
        "verdict": pa.string(),
        "gaps": pa.int64(),
        "gap_p10_days": pa.float64(),
        "gap_p90_days": pa.float64(),
        "regularity": pa.float64(),
        "lateness": pa.float64(),
        "late_after_days": pa.float64(),
        "expected_on": pa.date32(),
        "expected_from": pa.date32(),
        "expected_until": pa.date32(),
        "silence_probability": pa.float64(),
        "own_horizon_days": pa.float64(),
        "own_silence_probability": pa.float64(),
        "active_probability": pa.float64(),
        "pause_from": pa.date32(),
        "pause_until": pa.date32(),
        "peer_activity": pa.float64(),
        "grade": pa.string(),
    }
)


@dataclass(frozen=True)
class Cadence:
    """The rhythms as of one day.

    `customers`: CUSTOMERS, `record`: track_record.SCHEMA, `list_record`: list_record.SCHEMA.
    """

    customers: pa.Table
    record: pa.Table
    list_record: pa.Table


class Columns(dict[str, np.ndarray]):
    """A table as arrays; whole numbers as floats, days as datetime64."""

    @classmethod
    def of(cls, table: pa.Table) -> "Columns":
        """The columns of a table."""
        columns = cls()
        for name in table.column_names:
            values = table[name].to_numpy(zero_copy_only=False)
            columns[name] = values.astype(float) if values.dtype.kind in "iu" else values
        return columns

    def where(self, rows: np.ndarray) -> "Columns":
        """Those rows: a mask or places."""
        return Columns({name: values[rows] for name, values in self.items()})


class Reading(NamedTuple):
    """A rhythm read on one day: the figures, both models' views of them, and each customer's own regularity."""

    as_of: dt.date
    figures: Columns
    model: Renewal
    gaps: Gaps
    shape: np.ndarray


class Day(NamedTuple):
    """An earlier day of which the days that followed are known.

    `known_days` of them of each customer, in which its next order came after `next_days` (nan where none came).
    `known`: what the probability of silence is told from, `lesson`: what the day teaches of it.
    """

    reading: Reading
    known: silence.Known
    lesson: silence.Lesson
    next_days: np.ndarray
    known_days: np.ndarray


def rhythms(ask: Ask, as_of: dt.date) -> Cadence:
    """Everything about rhythm as of a day; asks for customer_rhythms and what followed."""
    season = Season.of(ask("order_day_counts", as_of=as_of))
    past = customer_days(ask, as_of, season)
    now = read(ask("customer_rhythms", as_of=as_of), as_of)
    then = {i: silence_known_on(past[:i], past[i].reading.as_of, season) for i in range(2, len(past))}
    replays = [_replay(past[i - 1], past[i], by) for i, by in then.items()]
    by = silence_known_on(past, as_of, season)
    record = [
        track_record.record(verdict, None, by.method, [replay(verdict) for replay in replays]) for verdict in SILENT
    ]
    is_over = [i for i in then if (as_of - past[i].reading.as_of).days >= SILENCE_DAYS]
    lists = [_listed(past[i], then[i]) for i in is_over]
    return Cadence(_customer_table(now, by, tail(past)), pa.concat_tables(record), list_record.record(lists))


def read(table: pa.Table, as_of: dt.date) -> Reading:
    """Fits the renewal model to the figures of one day."""
    figures = Columns.of(table)
    gaps = Gaps(
        figures["weighted_gaps"],
        figures["weighted_gap_sum_days"],
        figures["weighted_gap_sum_ln_days"],
        figures["silent_days"],
    )
    model = renewal.fit(gaps)
    return Reading(as_of, figures, model, gaps, _own_shape(figures, model))


def _own_shape(figures: Columns, model: Renewal) -> np.ndarray:
    """How regular each one's gaps are, as the shape of a gamma distribution, drawn towards the shape of all.

    The mean log distance ln(mean) - mean(ln) of gamma gaps is close to (1 - 1/n) / 2 shape; _SHAPE_PRIOR_GAPS is how
    many gaps the shape of all counts for.
    """
    n = figures["gaps"]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = n * np.log(figures["gap_sum_days"] / n) - figures["gap_sum_ln_days"]
    distance = np.where(n >= 2, np.maximum(np.nan_to_num(distance), 0.0), 0.0)
    degrees = np.maximum(n - 1, 0.0)
    pooled = _SHAPE_PRIOR_GAPS / (2 * model.shape)
    return np.clip((_SHAPE_PRIOR_GAPS + degrees) / (2 * (pooled + distance)), *_SHAPES)


def _own(reading: Reading) -> tuple[np.ndarray, np.ndarray]:
    """Parameters of the predictive distribution of a gap with everyone's own shape, at the prior's mean gap."""
    shape, model = reading.shape, reading.model
    count = reading.figures["gaps"]
    return (model.r / model.shape + count) * shape, model.alpha + reading.figures["gap_sum_days"]


def lateness(reading: Reading) -> np.ndarray:
    """Share of such gaps that would have ended by now, 0-1."""
    own, rate = _own(reading)
    return 1.0 - betainc(own, reading.shape, rate / (rate + reading.figures["silent_days"]))


def late_after(reading: Reading) -> np.ndarray:
    """Days of silence beyond which a customer leaves its habit: so many of its gaps, and 1.25 usual intervals.

    Nine in ten of the gaps where it has a firm rhythm, else three in four.
    """
    own, rate = _own(reading)
    percentile = np.where(has_rhythm(reading) & (reading.shape >= RHYTHM_SHAPE), LATE_PERCENTILE, QUIET_PERCENTILE)
    z = np.maximum(betaincinv(own, reading.shape, 1.0 - percentile), 1e-9)
    return np.fmax(rate * (1.0 - z) / z, LATE_RATIO * reading.figures["median_gap_days"])


def expected(reading: Reading, share: float) -> np.ndarray:
    """Days after the last order by which the next one comes in `share` of the cases, given the silence so far.

    Of the cases in which it comes within twice the usual interval, at least 90 days and at most a year.
    """
    model, gaps = reading.model, reading.gaps
    window = expected_within(reading)
    now = model.survival(gaps, gaps.silent_days)
    end = model.survival(gaps, gaps.silent_days + window)
    own, rate = model.r + gaps.count * model.shape, model.alpha + gaps.sum_days
    z = betaincinv(own, model.shape, np.clip(now - share * (now - end), 1e-12, 1.0))
    return np.clip(rate * (1.0 - z) / np.maximum(z, 1e-12), gaps.silent_days + 1, gaps.silent_days + window)


def expected_within(reading: Reading) -> np.ndarray:
    """Days from the reading's day within which an order is expected, if one is."""
    return np.clip(2 * np.nan_to_num(reading.figures["median_gap_days"], nan=_YEAR), 90.0, _YEAR)


def tail(past: Sequence[Day]) -> float:
    """The share to leave out on either side so that the interval of the next order held 80 % in the user's own past.

    0.1, as the model says, where fewer than 200 intervals could be followed to their end.
    """
    rooms = [_room(p)[is_judged(p.reading) & (expected_within(p.reading) <= p.known_days)] for p in past]
    room = np.concatenate(rooms) if rooms else np.empty(0)
    room = room[~np.isnan(room)]
    if len(room) < _LEAST_INTERVALS:
        return 0.1
    return float(np.clip(np.quantile(room, 0.2), 0.02, 0.25))


def _room(past: Day) -> np.ndarray:
    """The largest share to leave out with which the interval, in whole days, still held the next order.

    nan where none came within the window.
    """
    model, gaps = past.reading.model, past.reading.gaps
    window = expected_within(past.reading)

    def survival(days: np.ndarray | float) -> np.ndarray:
        return model.survival(gaps, gaps.silent_days + days)

    now, end = survival(0.0), survival(window)
    before, after = survival(past.next_days - 0.5), survival(past.next_days + 0.5)
    room = np.minimum(now - after, before - end) / np.maximum(now - end, 1e-12)
    return np.where(past.next_days <= window, room, np.nan)


# --- the probability of silence -------------------------------------------------------------------------------------


def is_judged(reading: Reading) -> np.ndarray:
    """Of whom it makes sense to ask: two gaps at least, and not silent for over a year."""
    return (reading.figures["order_days"] >= 3) & (reading.figures["silent_days"] <= _YEAR)


def _relative(money: np.ndarray) -> np.ndarray:
    """Money against the median of all, so that the currency does not matter."""
    positive = money[money > 0]
    return np.log1p(np.maximum(money, 0.0) / (np.median(positive) if len(positive) else 1.0))


# --- verdicts -------------------------------------------------------------------------------------------------------


def verdicts(reading: Reading) -> np.ndarray:
    """What each customer's silence means.

    Beyond its habit is a silence longer than `late_after`. The first that fits of: one_off (one or two orders),
    churned, new (too few orders, and not beyond their habit), seasonal_pause, probably_gone, late (a rhythm, beyond
    it), quiet (no rhythm, beyond its habit), irregular, on_rhythm.
    """
    f = reading.figures
    usual, silent = f["median_gap_days"], f["silent_days"]
    often = has_rhythm(reading)
    is_few = f["order_days"] <= 2
    with np.errstate(invalid="ignore"):
        churned = silent > np.maximum(CHURNED_DAYS, CHURNED_RATIO * np.nan_to_num(usual))
        gone = ((reading.model.alive(reading.gaps) < GONE_ALIVE) & (silent > 2 * usual) & (silent > 60)) | (
            silent > np.maximum(GONE_DAYS, GONE_RATIO * usual)
        )
        beyond = silent > late_after(reading)
    return np.select(
        [
            is_few & (silent > GONE_DAYS),
            is_few,
            churned,
            ~often & ~beyond,
            often & _is_seasonal(reading),
            gone,
            beyond & often & (reading.shape >= RHYTHM_SHAPE),
            beyond,
            reading.shape < RHYTHM_SHAPE,
        ],
        ["one_off", "new", "churned", "new", "seasonal_pause", "probably_gone", "late", "quiet", "irregular"],
        "on_rhythm",
    )


def has_rhythm(reading: Reading) -> np.ndarray:
    """Who ordered often enough, and for long enough, to have a rhythm."""
    f = reading.figures
    return (f["order_days"] >= RHYTHM_ORDER_DAYS) & (f["gap_sum_days"] >= RHYTHM_SPAN_DAYS)


def _is_seasonal(reading: Reading) -> np.ndarray:
    """Whether a silence beyond the usual gaps is like one in the same season last year, or one that peers share.

    It is like last year's while it is not longer than that was.
    """
    f = reading.figures
    day = np.timedelta64(1, "D")
    with np.errstate(invalid="ignore"):
        # The pause itself makes a buyer look less regular, so that lateness would ask for too much here.
        is_long = (f["silent_days"] > f["gap_p90_days"]) & (f["silent_days"] > LATE_RATIO * f["median_gap_days"])
        paused = (f["pause_until"] - f["pause_from"]) / day
        began = np.abs((f["last_order_on"] - np.timedelta64(364, "D") - f["pause_from"]) / day)
        tolerance = np.maximum(21.0, f["median_gap_days"])
        is_usual_pause = (paused > f["gap_p90_days"]) & (paused > LATE_RATIO * f["median_gap_days"])
        own = is_usual_pause & (began <= tolerance) & (f["silent_days"] <= paused + 14.0)
        peers = (f["peer_activity"] < PEERS_PAUSE) & (f["silent_days"] <= 28.0 + f["median_gap_days"])
    return is_long & (own | peers)


def grades(reading: Reading) -> np.ndarray:
    """Who is compared with whom in a track record: buyers of a like usual interval."""
    usual = reading.figures["median_gap_days"]
    return np.select(
        [usual <= 10, usual <= 21, usual <= 45, usual <= 90], ["weekly", "biweekly", "monthly", "bimonthly"], "rarer"
    )


# --- customers --------------------------------------------------------------------------------------------------------


def listed(reading: Reading, by: silence.Silence, next_days: np.ndarray, kept: np.ndarray) -> list_record.PastDay:
    """The list of silent accounts as it would have stood on one day, and what was lost in the 90 days after.

    `next_days` to the next order of each, nan where none came; `kept`: the accounts of which all 90 days are known.
    """
    figures, money = reading.figures, _quarter(reading.figures["active_year_revenue"])
    chance = by.probability(silence_signals(reading), SILENCE_DAYS)
    loss = np.where(np.isin(verdicts(reading), SILENT), money * chance, 0.0)
    overdue = figures["silent_days"] / np.maximum(figures["median_gap_days"], 1.0)
    is_lost = ~(next_days <= SILENCE_DAYS)
    return list_record.PastDay(money[kept], loss[kept], overdue[kept], is_lost[kept])


def _listed(day: Day, by: silence.Silence) -> list_record.PastDay:
    kept = is_judged(day.reading) & (day.known_days >= SILENCE_DAYS)
    return listed(day.reading, by, day.next_days, kept)


def customer_days(ask: Ask, as_of: dt.date, season: Season, origins: int = _CUSTOMER_ORIGINS) -> list[Day]:
    """Earlier days, oldest first and 28 apart, the latest 28 days ago, as far as there was a past to read."""
    found = []
    for back in range(origins, 0, -1):
        day = as_of - dt.timedelta(days=back * _CUSTOMER_SPACING_DAYS)
        table = ask("customer_rhythms", as_of=day)
        if not len(table) or (day - pc.min(table["first_order_on"]).as_py()).days < _SHORTEST_PAST_DAYS:
            continue
        next_days = days_to_next(table, ask("next_orders", as_of=day, until=as_of), day)
        reading = read(table, day)
        known, known_days = silence_signals(reading), _known_days(reading, as_of)
        lesson = silence.lesson(known, is_judged(reading), next_days, known_days, season)
        found.append(Day(reading, known, lesson, next_days, known_days))
    return found


def _known_days(reading: Reading, as_of: dt.date) -> np.ndarray:
    """Days after the reading of which each customer's orders are known by `as_of`: none beyond a feed that stopped."""
    until = reading.figures["known_until"].astype("datetime64[D]")
    last = np.where(np.isnat(until), np.datetime64(as_of), np.minimum(until, np.datetime64(as_of)))
    days: np.ndarray = (last - np.datetime64(reading.as_of)) / np.timedelta64(1, "D")
    return days


def silence_known_on(past: Sequence[Day], day: dt.date, season: Season) -> silence.Silence:
    """What the past teaches of silence by a day."""
    lessons = [one.lesson.until((day - one.reading.as_of).days) for one in past]
    return silence.learn(lessons, season)


def silence_signals(reading: Reading) -> silence.Known:
    """What is known of each customer on a day, beside its model: gaps, money, and whether it pauses as last year."""
    f, gaps, model = reading.figures, reading.gaps, reading.model
    silent, count = f["silent_days"], f["gaps"]
    usual = np.where(
        np.isnan(f["median_gap_days"]), silent + f["gap_sum_days"] + 30.0, np.maximum(f["median_gap_days"], 1.0)
    )
    signals = [
        model.survival(gaps, silent),
        lateness(reading),
        np.log(reading.shape),
        np.log1p(count),
        np.log1p(silent),
        np.log(usual),
        np.log1p(silent / usual),
        np.log1p(f["gap_sum_days"] + silent),
        _relative(f["active_year_revenue"]),
        _is_seasonal(reading).astype(float),
    ]
    return silence.Known(reading.as_of, model, gaps, reading.shape, np.column_stack(signals))


def own_horizon(reading: Reading) -> np.ndarray:
    """Days over which each one's silence is judged."""
    least, most = OWN_HORIZON_DAYS
    usual = np.nan_to_num(reading.figures["median_gap_days"], nan=float(most))
    return np.clip(np.ceil(OWN_HORIZON_INTERVALS * usual), least, most)


def _replay(before: Day, then: Day, by: silence.Silence) -> Callable[[str], track_record.Replay]:
    """What would have been said on one day, by what was known then, of each verdict.

    A silence that stood under the same verdict on the day before counts once. Only what is known by now counts.
    """
    verdict, horizon = verdicts(then.reading), own_horizon(then.reading)
    said_before = dict(zip(_silences(before.reading), verdicts(before.reading), strict=True))
    is_new = np.array([said_before.get(one) != now for one, now in zip(_silences(then.reading), verdict, strict=True)])
    figures, probability = then.reading.figures, by.probability(then.known, horizon)
    could_be = is_judged(then.reading) & (horizon <= then.known_days)
    is_silent = ~(then.next_days <= horizon)

    def of(said: str) -> track_record.Replay:
        judged = could_be & (is_new | (verdict != said))
        return track_record.Replay(
            is_alert=(verdict == said)[judged],
            grade=grades(then.reading)[judged],
            probability=probability[judged],
            is_hit=is_silent[judged],
            money=_quarter(figures["active_year_revenue"])[judged],
            lead_days=(GONE_DAYS - figures["silent_days"])[judged],
        )

    return of


def _silences(reading: Reading) -> list[tuple[str, np.datetime64]]:
    """Whose silence, and since when."""
    return list(zip(reading.figures["customer_id"], reading.figures["last_order_on"], strict=True))


def _quarter(year: np.ndarray) -> np.ndarray:
    return np.maximum(year, 0.0) * 90 / _YEAR


def days_to_next(table: pa.Table, after: pa.Table, origin: dt.date) -> np.ndarray:
    """For each row of `table` the days from `origin` to its next order in `after`; nan where it has none there."""
    keys = [name for name in ("customer_id", "category") if name in after.column_names]
    among = [pc.unique(after[key]) for key in keys]

    def numbered(rows: pa.Table) -> np.ndarray:
        """Each row's keys as one number, -1 where a key is unknown: no separator to mistake for a part of a name."""
        places = np.stack([codes(rows[key], each) for key, each in zip(keys, among, strict=True)])
        known = (places >= 0).all(axis=0)
        return np.where(known, np.ravel_multi_index(np.maximum(places, 0), [max(len(each), 1) for each in among]), -1)

    place = codes(pa.array(numbered(table)), pa.array(numbered(after)))
    next_on = np.append(after["next_order_on"].to_numpy().astype("datetime64[D]"), np.datetime64("NaT"))[place]
    return (next_on - np.datetime64(origin)) / np.timedelta64(1, "D")


def _customer_table(now: Reading, by: silence.Silence, tail: float) -> pa.Table:
    f, known = now.figures, silence_signals(now)
    verdict, horizon = verdicts(now), own_horizon(now)
    is_expected = np.isin(verdict, ("late", "on_rhythm", "seasonal_pause"))
    has_habit = f["order_days"] >= 3
    seasonal, silent = verdict == "seasonal_pause", by.probability(known, SILENCE_DAYS)
    return pa.table(
        {
            "customer_id": f["customer_id"],
            "verdict": verdict,
            "gaps": f["gaps"].astype(int),
            "gap_p10_days": _known(f["gap_p10_days"], has_habit),
            "gap_p90_days": _known(f["gap_p90_days"], has_habit),
            "regularity": now.shape,
            "lateness": lateness(now),
            "late_after_days": _known(late_after(now), has_habit),
            "expected_on": _day(now, expected(now, 0.5), is_expected),
            "expected_from": _day(now, expected(now, tail), is_expected),
            "expected_until": _day(now, expected(now, 1 - tail), is_expected),
            "silence_probability": silent,
            "own_horizon_days": horizon,
            # Not less than over the longer time, which a correction by horizon does not see to.
            "own_silence_probability": np.maximum(by.probability(known, horizon), silent),
            "active_probability": now.model.alive(now.gaps),
            "pause_from": _only(f["pause_from"], seasonal),
            "pause_until": _only(f["pause_until"], seasonal),
            "peer_activity": f["peer_activity"],
            "grade": np.where(np.isin(verdict, SILENT), grades(now), ""),
        },
        schema=CUSTOMERS,
    )


def _known(values: np.ndarray, known: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~known | ~np.isfinite(values))


def _only(days: np.ndarray, known: np.ndarray) -> pa.Array:
    return pa.array(days.astype("datetime64[D]"), mask=~known | np.isnat(days))


def _day(reading: Reading, after_days: np.ndarray, known: np.ndarray) -> pa.Array:
    days = reading.figures["last_order_on"].astype("datetime64[D]") + np.rint(after_days).astype(int)
    return pa.array(days, mask=~known)
