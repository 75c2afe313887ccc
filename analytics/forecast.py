"""Revenue to come, by week and by month, for the company, each team and each rep, and how good such forecasts were.

Weeks are read in blocks of seven days that end on the as-of day, so that none is open, and months likewise. Plain
forecasts, most of them with the company's season taken out, are averaged by how well each did at earlier origins, those
of months together with what the weeks come to. Teams and reps are then reconciled with the
company: whoever was hard to forecast gives way. Blocks of weeks are dealt out to days as weekdays usually go, those of
months to calendar months as they usually begin. Who sells in months alone is told of months.

Intervals are of what earlier origins missed by over the same days ahead, so they hold what the method cannot know. Each
is of its own level: those of reps do not add up to the team's.

Statistics: queries/warehouse/statistics/revenue_days.sql.
"""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from analytics.plain_forecasts import Steps, monthly, weekly
from analytics.tables import Ask

WEEKS, MONTHS = 13, 3
# Weeks with a sale the company must have for a forecast; P10 to P90 hold so much.
LEAST_WEEKS = 26
COVERAGE = 0.80
# Weeks of history before the first origin, origins looked back on, and misses that an interval is made of at least.
_FIRST, _ORIGINS, _LEAST_MISSES = 13, 78, 10
# Misses of sums over r weeks, told every week, count as one in r to this power: such sums go together, but what of them
# lies far out does less.
_OVERLAP = 2 / 3
# A miss is at most so many times its scale: of whoever had sold next to nothing the scale says nothing.
_FARTHEST = 10.0
# Whoever sold nothing in so many weeks is taken to have left.
_GONE_WEEKS = 13
_YEAR = 52
# Blocks ahead: the rest of an open week, and the weeks after it.
_BLOCKS = WEEKS + 1
_WEEKLY = Steps(_YEAR, _BLOCKS, 8, 4)
_MONTHLY = Steps(12, MONTHS + 1, 4, 1)
# Months with a sale for a forecast of months, months of history before the first origin, and origins looked back on.
LEAST_MONTHS = 12
_FIRST_MONTHS, _MONTH_ORIGINS = 6, 24
# What months are taken to be missed by before any miss is known, in usual months, and as how many misses it counts.
_PRIOR_MONTH_MISS, _PRIOR_MISSES = 0.25, 4
# A miss counts so much less with each month that it is older.
_FADING = 0.8
# What a forecast missed by of all rows counts for each of them as so many misses of its own.
_ALIKE = 12
# P10 and P90 in mean misses where nothing else is known, and as how many origins that counts.
_USUAL_BOUND, _USUAL_ORIGINS = 1.6, 2
# The power of past misses by which forecasts are weighed, and what each is taken to have missed before any is known:
# so many weeks of usual revenue.
_SHARPNESS, _PRIOR_MISS = 4, 13 * 0.4

SCHEMA = pa.schema(
    {
        "level": pa.string(),
        "team": pa.string(),
        "rep_id": pa.string(),
        "granularity": pa.string(),
        "horizon": pa.int64(),
        "period_start": pa.date32(),
        "period_end": pa.date32(),
        "p10": pa.float64(),
        "p50": pa.float64(),
        "p90": pa.float64(),
    }
)
RECORD = pa.schema(
    {
        "level": pa.string(),
        "granularity": pa.string(),
        "horizon": pa.int64(),
        "forecasts": pa.int64(),
        "periods": pa.int64(),
        "wape": pa.float64(),
        "bias": pa.float64(),
        "coverage": pa.float64(),
    }
)


@dataclass(frozen=True)
class Forecast:
    """What is known on a day: revenue to come (`table`, SCHEMA), and how such forecasts came out (`record`, RECORD).

    P50 of the reps add up to their team's and those of the teams to the company's, to the cent; who has no team and
    what has no rep are rows of their own, with null. P10 and P90 hold the outcome in eight cases of ten. The month that
    is open counts in full, what is booked included. `horizon` 1 is the first week that begins after the as-of day, or
    the month that holds the day after it. Money is in the reporting currency. Empty where too little is known.

    The record is of earlier origins, a week apart, told with what was known then, over the same days ahead. Error
    (`wape`) and `bias` are shares of the revenue that came; a positive bias told too much.
    """

    table: pa.Table
    record: pa.Table


class Period(NamedTuple):
    """A week or month to come: its days as offsets from the day after the as-of day, `stop` exclusive."""

    granularity: str
    horizon: int
    start: int
    stop: int


@dataclass(frozen=True)
class Tree:
    """Revenue by day of the company (row 0), its teams and their reps, oldest day first, up to the as-of day.

    `parent`: the row each row is part of, -1 for the company. `level`, `team`, `rep_id`: whose the rows are. Reps who
    left are in the revenue of their team alone. `tells_weeks`: whether enough weeks hold a sale to tell of weeks.
    """

    days: np.ndarray
    parent: np.ndarray
    level: list[str]
    team: list[str | None]
    rep_id: list[str | None]
    tells_weeks: bool


@dataclass(frozen=True)
class Replay:
    """What was told at each origin and what came: origins x rows x periods.

    Origin 0 is the as-of day, the others are as many weeks before it. Nothing told at an origin uses a later day.

    `scale`: what misses are counted in, money. `outcome`: nan where the period is not over. `is_active`: origins x
    rows, whether the row had sold anything lately. `has_year`: by origin, whether a year was known, and so a season.
    """

    point: np.ndarray
    scale: np.ndarray
    outcome: np.ndarray
    is_active: np.ndarray
    has_year: np.ndarray


def forecasts(ask: Ask, as_of: dt.date) -> Forecast:
    """Revenue to come as of a day, and how forecasts of the weeks before that day came out."""
    tree = _tree(ask("revenue_days", as_of=as_of), as_of)
    if tree is None:
        return Forecast(SCHEMA.empty_table(), RECORD.empty_table())
    coming = periods(as_of)
    weeks, months = coming[:WEEKS], coming[WEEKS:]
    told, records = [], []
    if tree.tells_weeks:
        replay = _replay(tree, weeks)
        told.append((weeks, replay.point[0], *_interval(replay, weeks, 0)))
        records.append(_record(replay, weeks, np.array(tree.level)))
    replay = _month_replay(tree, as_of)
    told.append((months, replay.point[0], *_month_interval(replay, np.array(tree.level), 0)[0]))
    records.append(_month_record(replay, months, np.array(tree.level)))
    rows = [row for each in told for row in _rows(tree, as_of, *each)]
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), SCHEMA, strict=True)]
    return Forecast(pa.table(columns, schema=SCHEMA), pa.concat_tables(records))


def _rows(
    tree: Tree, as_of: dt.date, coming: list[Period], point: np.ndarray, low: np.ndarray, high: np.ndarray
) -> list[tuple[object, ...]]:
    """Rows of SCHEMA; what is told adds up to the cent."""
    point = _added_up(np.round(point * 100), tree.parent) / 100
    low, high = np.minimum(np.round(low, 2), point), np.maximum(np.round(high, 2), point)
    return [
        (
            tree.level[node],
            tree.team[node],
            tree.rep_id[node],
            period.granularity,
            period.horizon,
            as_of + dt.timedelta(days=period.start + 1),
            as_of + dt.timedelta(days=period.stop),
            low[node, place],
            point[node, place],
            high[node, place],
        )
        for node in range(len(tree.level))
        for place, period in enumerate(coming)
    ]


def periods(as_of: dt.date) -> list[Period]:
    """The weeks that begin after a day, and the months from the one that holds the day after it."""
    monday = 6 - as_of.weekday()
    weeks = [Period("week", n + 1, monday + 7 * n, monday + 7 * n + 7) for n in range(WEEKS)]
    tomorrow = as_of + dt.timedelta(days=1)
    index = tomorrow.year * 12 + tomorrow.month - 1
    firsts = [dt.date((index + n) // 12, (index + n) % 12 + 1, 1) for n in range(MONTHS + 1)]
    offsets = [(first - tomorrow).days for first in firsts]
    return weeks + [Period("month", n + 1, offsets[n], offsets[n + 1]) for n in range(MONTHS)]


def _tree(sold: pa.Table, as_of: dt.date) -> Tree | None:
    """The tree of what was sold; None where there is too little to forecast from."""
    if not sold.num_rows:
        return None
    age = (np.datetime64(as_of, "D") - sold["ordered_on"].to_numpy().astype("datetime64[D]")).astype(int)
    revenue = sold["revenue"].to_numpy()
    tells_weeks = len(np.unique(age[revenue > 0] // 7)) >= LEAST_WEEKS
    sold_in = {
        day.astype("datetime64[M]") for day in sold["ordered_on"].to_numpy()[revenue > 0].astype("datetime64[D]")
    }
    if not (tells_weeks or len(sold_in) >= LEAST_MONTHS) or revenue[age < 7 * _GONE_WEEKS].sum() <= 0:
        return None
    whose = list(zip(sold["team"].to_pylist(), sold["rep_id"].to_pylist(), strict=True))
    reps = sorted(set(whose), key=lambda key: [(part is None, part or "") for part in key])
    row = {key: place for place, key in enumerate(reps)}
    days = np.zeros((len(reps), int(age.max()) + 1))
    np.add.at(days, ([row[key] for key in whose], days.shape[1] - 1 - age), revenue)
    has_stayed = (days[:, -7 * _GONE_WEEKS :] != 0).any(axis=1)
    stayed = [key for key, stays in zip(reps, has_stayed, strict=True) if stays]
    teams = list(dict.fromkeys(team for team, _ in stayed))
    by_team = [days[[key[0] == team for key in reps]].sum(axis=0) for team in teams]
    return Tree(
        days=np.vstack([days.sum(axis=0), *by_team, days[has_stayed]]),
        parent=np.array([-1] + [0] * len(teams) + [1 + teams.index(team) for team, _ in stayed]),
        level=["company"] + ["team"] * len(teams) + ["rep"] * len(stayed),
        team=[None, *teams, *(team for team, _ in stayed)],
        rep_id=[None] * (1 + len(teams)) + [rep for _, rep in stayed],
        tells_weeks=tells_weeks,
    )


def _replay(tree: Tree, coming: list[Period]) -> Replay:
    """Forecasts of today and of the weeks before, each from what was known then."""
    weeks = tree.days.shape[1] // 7
    origins = range(min(max(weeks - _FIRST, 0), _ORIGINS) + 1)
    blocks = _blocks(tree.days)
    methods = np.stack([weekly(blocks[:, : weeks - ago], _WEEKLY) for ago in origins])
    came = np.stack([np.pad(blocks, ((0, 0), (0, _BLOCKS)))[:, weeks - ago :][:, :_BLOCKS] for ago in origins])
    missed = np.abs(methods - came[:, None]).cumsum(axis=3)
    found = []
    for ago in origins:
        known = tree.days[:, : tree.days.shape[1] - 7 * ago]
        usual = np.abs(_blocks(known)[:, -_YEAR:]).mean(axis=1)
        # What the methods had missed by then, those of origins at which all of them could be used.
        misses = _PRIOR_MISS * usual + np.zeros(methods.shape[1:3])
        for earlier in origins[ago + 1 :]:
            if weeks - earlier >= _YEAR:
                misses += missed[earlier, :, :, min(earlier - ago, _BLOCKS) - 1]
        weights = np.maximum(misses, 1e-9) ** -_SHARPNESS
        mean = np.einsum("mnb,mn->nb", methods[ago], weights / weights.sum(axis=0))
        reconciled = _reconciled(mean, misses.mean(axis=0) ** 2, tree.parent)
        point = _windows(known, _dealt_out(reconciled, known), coming)
        length = np.array([period.stop - period.start for period in coming]) / 7
        scale = (np.abs(point) + usual[:, None] * length) / 2
        is_active = known[:, -7 * _GONE_WEEKS :].any(axis=1)
        outcome = _outcome(tree.days, known.shape[1], coming)
        found.append((point, np.maximum(scale, 1e-9), outcome, is_active, np.array(weeks - ago >= _YEAR)))
    return Replay(*(np.stack(arrays) for arrays in zip(*found, strict=True)))


def _month_replay(tree: Tree, as_of: dt.date) -> Replay:
    """Forecasts of months, of today and of the same day of the months before, each from what was known then.

    Months begin on the day after the as-of day's, so that none is open. Plain forecasts by month, and those by week
    where weeks can be told of, are averaged by how well each did for the row and, since its months are few, for all.
    """
    length = tree.days.shape[1]
    ends = [0]
    while (back := (as_of - months_before(as_of, len(ends))).days) <= length:
        ends.append(back)
    origins = range(min(max(len(ends) - 1 - _FIRST_MONTHS, 0), _MONTH_ORIGINS) + 1)
    blocks = np.stack(
        [tree.days[:, length - first : length - past].sum(axis=1) for past, first in pairwise(ends)][::-1]
        or [tree.days.sum(axis=1)],
        axis=1,
    )
    found = []
    for ago in origins:
        day, known = months_before(as_of, ago), tree.days[:, : length - ends[ago]]
        coming = [period for period in periods(day) if period.granularity == "month"]
        past, ahead = _month_weights(known, day, blocks.shape[1] - ago, by_weekday=tree.tells_weeks)
        rates = monthly(blocks[:, : blocks.shape[1] - ago] / past, _MONTHLY)
        by_day = [
            np.concatenate([rate[:, [place]] * ahead[place] for place in range(_MONTHLY.ahead)], axis=1)
            for rate in rates
        ]
        if tree.tells_weeks and known.shape[1] // 7 >= _FIRST:
            by_day += [_dealt_out(blocks_ahead, known) for blocks_ahead in weekly(_blocks(known), _WEEKLY)]
        else:
            by_day += [np.mean(by_day, axis=0)] * 4
        booked = _windows(known, np.zeros((len(known), 7 * _BLOCKS)), coming)
        told = np.stack([_windows(known, each, coming) for each in by_day]) - booked
        usual = np.abs(blocks[:, : blocks.shape[1] - ago][:, -_MONTHLY.year :]).mean(axis=1)
        outcome = _outcome(tree.days, known.shape[1], coming)
        found.append((told, booked, usual, outcome, known[:, -7 * _GONE_WEEKS :].any(axis=1)))
    told, booked, usual, outcome, is_active = (np.stack(arrays) for arrays in zip(*found, strict=True))
    has_year = np.array([blocks.shape[1] - ago >= _MONTHLY.year for ago in origins])
    point = np.empty_like(booked)
    for ago in origins:
        came = np.stack([_known(outcome, ago, place) for place in range(MONTHS)], axis=2)
        missed = np.nan_to_num(np.abs(told + booked[:, None] - came[:, None]))[ago + 1 :]
        prior = _PRIOR_MONTH_MISS * usual[ago]
        # Before a year is known no season is, so what was missed then says nothing of who knows it best.
        of_rows = missed[has_year[ago + 1 :]].sum(axis=(0, 3))
        number = max(int(has_year[ago + 1 :].sum()) * MONTHS, 1)
        of_all = (of_rows.sum(axis=1) + prior.sum()) / max(usual[ago].sum() * number, 1e-9)
        weights = np.maximum(of_rows + _ALIKE * of_all[:, None] * usual[ago], 1e-9) ** -_SHARPNESS
        mean = np.einsum("mnp,mn->np", told[ago], weights / weights.sum(axis=0))
        variance = (missed.mean(axis=1).sum(axis=(0, 2)) + prior) ** 2
        point[ago] = _reconciled(mean, variance, tree.parent) + booked[ago]
    scale = np.maximum((np.abs(point) + usual[:, :, None]) / 2, 1e-9)
    return Replay(point, scale, outcome, is_active, has_year)


def _month_weights(
    known: np.ndarray, day: dt.date, months: int, *, by_weekday: bool
) -> tuple[np.ndarray, list[np.ndarray]]:
    """What each month up to that day weighs, and each day of the months after it.

    By weekday a month weighs what its weekdays usually sell; else all months weigh alike, and the part of a month that
    falls in the calendar month in which it begins has the company's usual share.
    """
    ahead = [(months_before(day, -n) - day).days for n in range(_MONTHLY.ahead + 1)]
    if by_weekday:
        share = _weekday_shares(known)
        past = [(day - months_before(day, n)).days for n in range(months, -1, -1)]
        longest = np.tile(share, past[0] // 7 + 1)[::-1][: past[0]][::-1] if past[0] else np.zeros(0)
        days = np.concatenate([longest, np.tile(share, ahead[-1] // 7 + 1)[: ahead[-1]]])
        weighed = [days[past[0] - first : past[0] - last].sum() for first, last in pairwise(past)]
        after = days[past[0] :]
        return np.maximum(weighed or [1.0], 1e-9), [after[first:last] for first, last in pairwise(ahead)]
    share_begun = _share_begun(known, day)
    parts = []
    for first, last in pairwise(ahead):
        begun = periods(day + dt.timedelta(days=first))[WEEKS].stop
        rest = last - first - begun
        parts.append(
            np.concatenate([np.full(begun, share_begun / begun), np.full(rest, (1 - share_begun) / max(rest, 1))])
        )
    return np.ones(max(months, 1)), parts


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months before; the last day of a month is that of any other."""
    is_last = (day + dt.timedelta(days=1)).day == 1
    index = day.year * 12 + day.month - 1 - months
    last = calendar.monthrange(index // 12, index % 12 + 1)[1]
    return dt.date(index // 12, index % 12 + 1, last if is_last else min(day.day, last))


def _share_begun(known: np.ndarray, day: dt.date) -> float:
    """Of a month that begins after that day, the company's usual share in the calendar month in which it begins."""
    begun = whole = 0.0
    for back in range(1, _MONTHLY.year + 1):
        first, last = months_before(day, back), months_before(day, back - 1)
        if (day - first).days > known.shape[1]:
            break
        sold = known[0, known.shape[1] - (day - first).days : known.shape[1] - (day - last).days]
        begun += sold[: periods(first)[WEEKS].stop].sum()
        whole += sold.sum()
    return float(np.clip(begun / whole, 0, 1)) if whole > 0 else 1.0


def _known(outcome: np.ndarray, ago: int, place: int) -> np.ndarray:
    """What was known that many months ago of what came: the month that holds the next day is over a month later."""
    known = np.full(outcome.shape[:2], np.nan)
    known[ago + place + 1 :] = outcome[ago + place + 1 :, :, place]
    return known


def _month_interval(replay: Replay, level: np.ndarray, *agos: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """P10 and P90 of what was told each of so many months ago, from what had been missed by then.

    Each miss is counted in the mean miss of its row that was known before it, drawn towards that of its level; the
    bounds are those of all rows together, drawn to the usual ones where few origins are known (conformal, pooled).
    """
    bounds = np.full((len(agos), 2, *replay.point.shape[1:]), np.nan)
    tail = (1 - COVERAGE) / 2
    usual_bounds = np.array([-_USUAL_BOUND, _USUAL_BOUND])
    for place in range(MONTHS):
        missed = (replay.outcome[:, :, place] - replay.point[:, :, place]) / replay.scale[:, :, place]
        missed = np.clip(np.where(replay.is_active, missed, np.nan), -_FARTHEST, _FARTHEST)
        usual = _mean_misses(missed, level, place + 1)
        counted = missed / usual
        for number, ago in enumerate(agos):
            known = counted[ago + place + 1 :]
            values, origins = known[~np.isnan(known)], int((~np.isnan(known)).any(axis=1).sum())
            pooled = np.quantile(values, (tail, 1 - tail)) if len(values) else usual_bounds
            drawn = (origins * pooled + _USUAL_ORIGINS * usual_bounds) / (origins + _USUAL_ORIGINS)
            bounds[number, :, :, place] = drawn[:, None] * usual[ago]
    found = []
    for number, ago in enumerate(agos):
        point = replay.point[ago]
        low, high = point + bounds[number] * replay.scale[ago]
        found.append((np.minimum(np.maximum(low, 0), point), np.maximum(high, point)))
    return found


def _mean_misses(missed: np.ndarray, level: np.ndarray, over: int) -> np.ndarray:
    """By origin and row the mean distance of the misses known then, drawn towards the mean of the row's level.

    A miss is known so many months later as it takes to be `over`; the older it is, the less it counts.
    """
    summed, number = np.zeros_like(missed), np.zeros_like(missed)
    for ago in range(len(missed) - 1 - over, -1, -1):
        newest = np.abs(missed[ago + over])
        summed[ago] = np.nan_to_num(newest) + _FADING * summed[ago + 1]
        number[ago] = ~np.isnan(newest) + _FADING * number[ago + 1]
    usual = np.empty_like(missed)
    for name in set(level.tolist()):
        rows = level == name
        of_level = (summed[:, rows].sum(axis=1) + _PRIOR_MONTH_MISS) / (number[:, rows].sum(axis=1) + 1)
        usual[:, rows] = of_level[:, None]
    return np.maximum((summed + _PRIOR_MISSES * usual) / (number + _PRIOR_MISSES), 1e-9)


def _month_record(replay: Replay, months: list[Period], level: np.ndarray) -> pa.Table:
    """How forecasts of months told in the year before came out; see RECORD."""
    origins = range(1, min(_MONTHLY.year, len(replay.point) - 1) + 1)
    return _recorded(replay, months, level, origins, _month_interval(replay, level, *origins))


def _reconciled(predicted: np.ndarray, variance: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Forecasts (rows x blocks) that add up from reps to the company, as near to those told as their variances ask.

    With independent errors the most probable ones are found in two passes over the tree: upwards each row is averaged
    with the sum of its parts, downwards what is left over is shared out by variance.
    """
    predicted, variance = predicted.copy(), np.maximum(variance, 1e-18)
    inner = sorted(set(parent.tolist()) - {-1}, reverse=True)
    for node in inner:
        parts = parent == node
        own, summed = 1 / variance[node], 1 / variance[parts].sum()
        predicted[node] = (predicted[node] * own + predicted[parts].sum(axis=0) * summed) / (own + summed)
        variance[node] = 1 / (own + summed)
    for node in inner[::-1]:
        parts = parent == node
        share = (variance[parts] / variance[parts].sum())[:, None]
        predicted[parts] += share * (predicted[node] - predicted[parts].sum(axis=0))
    return _added_up(np.maximum(predicted, 0), parent)


def _added_up(values: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """The values with each row that has parts replaced by their sum."""
    values = values.copy()
    for node in sorted(set(parent.tolist()) - {-1}, reverse=True):
        values[node] = values[parent == node].sum(axis=0)
    return values


def _blocks(days: np.ndarray) -> np.ndarray:
    """Sums of seven days, the last ones first; days before the first whole block are left out."""
    weeks = days.shape[1] // 7
    return days[:, days.shape[1] - 7 * weeks :].reshape(len(days), weeks, 7).sum(axis=2)


def _dealt_out(blocks: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Blocks to come by day, as the company's weekdays shared in the last year."""
    return (blocks[:, :, None] * _weekday_shares(known)).reshape(len(blocks), -1)


def _weekday_shares(known: np.ndarray) -> np.ndarray:
    """The company's weekdays' shares of the last year, that of the day after the last one first."""
    last = known[0, -7 * min(_YEAR, known.shape[1] // 7) :]
    usual = np.maximum(last.reshape(-1, 7).sum(axis=0), 0)
    return usual / usual.sum() if usual.sum() > 0 else np.full(7, 1 / 7)


def _windows(known: np.ndarray, ahead: np.ndarray, coming: list[Period]) -> np.ndarray:
    """Sums over the periods, of what is known and what is told ahead."""
    days, now = np.hstack([known, ahead]), known.shape[1]
    return np.stack([days[:, now + period.start : now + period.stop].sum(axis=1) for period in coming], axis=1)


def _outcome(days: np.ndarray, now: int, coming: list[Period]) -> np.ndarray:
    """What came of the periods after day `now`; nan where they are not over."""
    is_over = [now + period.stop <= days.shape[1] for period in coming]
    return np.where(is_over, _windows(days[:, :now], days[:, now:], coming), np.nan)


def _interval(replay: Replay, coming: list[Period], ago: int) -> tuple[np.ndarray, np.ndarray]:
    """P10 and P90 of what was told that many weeks ago, from what had been missed by then over the same days ahead.

    Misses of origins that knew a year count where there are enough and this one does too. Where a period has too few
    of any, those of the longest one before it with enough serve; nan where there is none.
    """
    missed = np.clip((replay.outcome - replay.point) / replay.scale, -_FARTHEST, _FARTHEST)
    bounds = np.full((2, *replay.point.shape[1:]), np.nan)
    for place, period in enumerate(coming):
        first = ago - (-period.stop // 7)
        known, sold, alike = missed[first:, :, place], replay.is_active[first:], replay.has_year[first:]
        if replay.has_year[ago] and alike.sum() >= _LEAST_MISSES:
            known, sold = known[alike], sold[alike]
        if len(known) >= _LEAST_MISSES:
            # Overlapping periods count as fewer; of few misses the outer ones are taken.
            apart = len(known) * min(7 / (period.stop - period.start), 1) ** _OVERLAP
            tail = max(1 - (1 + COVERAGE) / 2 * (1 + 1 / apart), 0)
            # When nothing was sold there was nothing to miss by; who sold too seldom misses like the others.
            others = known[sold] if sold.sum() >= _LEAST_MISSES else known.ravel()
            bounds[:, :, place] = np.quantile(others, (tail, 1 - tail))[:, None]
            often = sold.sum(axis=0) >= _LEAST_MISSES
            bounds[:, often, place] = _tails(known[:, often], sold[:, often], tail)
        elif period.horizon > 1:
            bounds[:, :, place] = bounds[:, :, place - 1]
    point, scale = replay.point[ago], replay.scale[ago]
    low, high = point + bounds * scale
    return np.minimum(np.maximum(low, 0), point), np.maximum(high, point)


def _tails(values: np.ndarray, counts: np.ndarray, tail: float) -> np.ndarray:
    """Quantiles `tail` and 1 - `tail` (2 x columns) of those values of each column that count; some must."""
    ordered = np.sort(np.where(counts, values, np.inf), axis=0)
    last = counts.sum(axis=0) - 1
    at = np.outer((tail, 1 - tail), last)
    below, columns = at.astype(int), np.arange(values.shape[1])
    low, high = ordered[below, columns], ordered[np.minimum(below + 1, last), columns]
    return low + (high - low) * (at - below)


def _record(replay: Replay, coming: list[Period], level: np.ndarray) -> pa.Table:
    """How forecasts told in the year before the as-of day came out, by level and horizon; see RECORD.

    Of a company that has a year behind it those told before count only where there are too few others.
    """
    all_origins = list(range(1, min(_YEAR, len(replay.point) - 1) + 1))
    alike = [ago for ago in all_origins if replay.has_year[ago] == replay.has_year[0]]
    origins = alike if len(alike) >= _LEAST_MISSES else all_origins
    return _recorded(replay, coming, level, origins, [_interval(replay, coming, ago) for ago in origins])


def _recorded(
    replay: Replay,
    coming: list[Period],
    level: np.ndarray,
    origins: Sequence[int],
    intervals: Sequence[tuple[np.ndarray, np.ndarray]],
) -> pa.Table:
    """Rows of RECORD over those origins, with what was told at each to lie between."""
    if not origins:
        return RECORD.empty_table()
    told = np.array(intervals)
    low, high, point, outcome = told[:, 0], told[:, 1], replay.point[[*origins]], replay.outcome[[*origins]]
    is_known = replay.is_active[[*origins]][:, :, None] & ~np.isnan(outcome) & ~np.isnan(low)
    is_within = (low <= outcome) & (outcome <= high)
    rows = []
    for place, period in enumerate(coming):
        for name in dict.fromkeys(level.tolist()):
            counts = is_known[:, :, place] & (level == name)
            came = outcome[:, :, place][counts]
            missed = point[:, :, place][counts] - came
            total = np.abs(came).sum()
            if total > 0:
                rows.append(
                    {
                        "level": name,
                        "granularity": period.granularity,
                        "horizon": period.horizon,
                        "forecasts": len(came),
                        "periods": int(counts.any(axis=1).sum()),
                        "wape": float(np.abs(missed).sum() / total),
                        "bias": float(missed.sum() / total),
                        "coverage": float(is_within[:, :, place][counts].mean()),
                    }
                )
    return pa.Table.from_pylist(rows, schema=RECORD)
