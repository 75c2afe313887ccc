"""Revenue to come, by week and by month, for the company, each team and each rep, and how good such forecasts were.

Revenue is read in blocks of seven days that end on the as-of day, so that none is open. Four plain forecasts, three of
them with the company's season taken out, are averaged by how well each did at earlier origins. Teams and reps are then
reconciled with the company: whoever was hard to forecast gives way. Blocks are dealt out to days as weekdays usually
go, and days added up to weeks and months.

Intervals are of what earlier origins missed by over the same days ahead, so they hold what the method cannot know. Each
is of its own level: those of reps do not add up to the team's.

Statistics: queries/warehouse/statistics/revenue_days.sql.
"""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.signal import lfilter

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
_YEAR, _HALF_YEAR = 52, 26
# Blocks ahead: the rest of an open week, and the weeks after it.
_BLOCKS = WEEKS + 1
_SMOOTHING = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
# The power of past misses by which forecasts are weighed, and what each is taken to have missed before any is known:
# so many weeks of usual revenue.
_SHARPNESS, _PRIOR_MISS = 4, 13 * 0.4
# The usual distance of normal values from their median, and from one another, over their standard deviation.
_MEDIAN_DISTANCE, _PAIR = 0.6745, 2**0.5

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
    left are in the revenue of their team alone.
    """

    days: np.ndarray
    parent: np.ndarray
    level: list[str]
    team: list[str | None]
    rep_id: list[str | None]


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
    replay = _replay(tree, coming)
    low, high = _interval(replay, coming, 0)
    point = _added_up(np.round(replay.point[0] * 100), tree.parent) / 100
    low, high = np.minimum(np.round(low, 2), point), np.maximum(np.round(high, 2), point)
    rows = [
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
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), SCHEMA, strict=True)]
    return Forecast(pa.table(columns, schema=SCHEMA), _record(replay, coming, np.array(tree.level)))


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
    if len(np.unique(age[revenue > 0] // 7)) < LEAST_WEEKS or revenue[age < 7 * _GONE_WEEKS].sum() <= 0:
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
    )


def _replay(tree: Tree, coming: list[Period]) -> Replay:
    """Forecasts of today and of the weeks before, each from what was known then."""
    weeks = tree.days.shape[1] // 7
    origins = range(min(max(weeks - _FIRST, 0), _ORIGINS) + 1)
    blocks = _blocks(tree.days)
    methods = np.stack([_methods(blocks[:, : weeks - ago]) for ago in origins])
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


def _methods(blocks: np.ndarray) -> np.ndarray:
    """Four forecasts of the blocks to come from those known: method x row x block.

    Theta with the company's season as it was week by week, and with a smoother one, cut to what is more than noise;
    the mean of theta, of exponential smoothing and of the last half year, with the latter season; last year with its
    growth since.
    """
    whole, shrunk = _season(blocks[0], 1, is_whole=True), _season(blocks[0], 2, is_whole=False)
    half_year = blocks[:, -_HALF_YEAR:] / _over(shrunk, blocks.shape[1])[-_HALF_YEAR:]
    theta, _ = _theta_and_level(blocks, whole)
    theta_shrunk, level = _theta_and_level(blocks, shrunk)
    flat = half_year.mean(axis=1, keepdims=True) * shrunk[:_BLOCKS]
    last_year = theta
    if blocks.shape[1] >= _YEAR:
        start = blocks.shape[1] - _YEAR
        last_year = blocks[:, start : start + _BLOCKS] * _growth(blocks, _HALF_YEAR)[:, None]
    return np.maximum(np.stack([theta, theta_shrunk, (theta_shrunk + level + flat) / 3, last_year]), 0)


def _theta_and_level(blocks: np.ndarray, season: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The theta forecast (Assimakopoulos and Nikolopoulos 2000) and that of simple exponential smoothing."""
    n = blocks.shape[1]
    series = blocks / _over(season, n)
    start = series[:, :8].mean(axis=1, keepdims=True)
    squares, levels = [], []
    for alpha in _SMOOTHING:
        smoothed, _ = lfilter([alpha], [1, alpha - 1], series, axis=1, zi=(1 - alpha) * start)
        squares.append(((series[:, 1:] - smoothed[:, :-1])[:, min(8, n // 2) - 1 :] ** 2).sum(axis=1))
        levels.append(smoothed[:, -1])
    best = np.argmin(squares, axis=0)
    alpha = np.array(_SMOOTHING)[best][:, None]
    level = np.take_along_axis(np.array(levels), best[None], axis=0)[0][:, None]
    time = np.arange(n) - (n - 1) / 2
    drift = (series * time).sum(axis=1, keepdims=True) / (time**2).sum() / 2
    theta = level + drift * (np.arange(_BLOCKS) + (1 - (1 - alpha) ** n) / alpha)
    return theta * season[:_BLOCKS], level * season[:_BLOCKS]


def _season(company: np.ndarray, width: int, *, is_whole: bool) -> np.ndarray:
    """What each of the 52 blocks to come usually is over the year's mean, smoothed over so many neighbours.

    Unless it is whole, it is cut to the share of its variance that is more than noise, at least years / (years + 1):
    with one year noise is what neighbouring weeks differ by, with more what the years do. One without a year.
    """
    years = len(company) // _YEAR
    if not years:
        return np.ones(_YEAR)
    past = np.maximum(company[-_YEAR * years :].reshape(years, _YEAR), 0)
    trend = _growth(company[None], _YEAR)[0] ** ((np.arange(_YEAR) - (_YEAR - 1) / 2) / _YEAR)
    past = past / trend
    shape = past / np.maximum(past.mean(axis=1, keepdims=True), 1e-9) - 1
    weights = width + 1.0 - np.abs(np.arange(-width, width + 1))
    weights /= weights.sum()
    smooth = sum(w * np.roll(shape, step, axis=1) for w, step in zip(weights, range(-width, width + 1), strict=True))
    mean = smooth.mean(axis=0)
    share = 1.0
    if not is_whole:
        if years == 1:
            spread = np.median(np.abs(np.diff(shape[0]))) / _MEDIAN_DISTANCE / _PAIR
            noise = spread**2 * (weights**2).sum()
        else:
            noise = smooth.var(axis=0, ddof=1).mean() / years
        share = max(1 - noise / max((mean**2).mean(), 1e-9), years / (years + 1))
    return np.maximum(1 + share * mean, 0.1)


def _over(season: np.ndarray, n: int) -> np.ndarray:
    """The season of the last n blocks; it begins with the first block to come."""
    return season[(np.arange(n) - n) % _YEAR]


def _growth(blocks: np.ndarray, most: int) -> np.ndarray:
    """Revenue of the last blocks, at most so many, over that of a year before; drawn towards 1 by four usual weeks."""
    n = blocks.shape[1]
    over = min(most, n - _YEAR)
    if over < 6:
        return np.ones(len(blocks))
    usual = 4 * np.abs(blocks).mean(axis=1) + 1e-9
    now, before = (
        np.maximum(part.sum(axis=1), 0) for part in (blocks[:, -over:], blocks[:, n - _YEAR - over : -_YEAR])
    )
    return np.clip((now + usual) / (before + usual), 1 / 3, 3)


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
    last = known[0, -7 * min(_YEAR, known.shape[1] // 7) :]
    usual = np.maximum(last.reshape(-1, 7).sum(axis=0), 0)
    share = usual / usual.sum() if usual.sum() > 0 else np.full(7, 1 / 7)
    return (blocks[:, :, None] * share).reshape(len(blocks), -1)


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
    intervals = np.array([_interval(replay, coming, ago) for ago in origins])
    low, high, point, outcome = intervals[:, 0], intervals[:, 1], replay.point[origins], replay.outcome[origins]
    is_known = replay.is_active[origins][:, :, None] & ~np.isnan(outcome) & ~np.isnan(low)
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
