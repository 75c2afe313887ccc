"""Whether and when an open negotiation is won, told from how negotiations went that looked like it at the same age.

A landmark is a negotiation on a day on which it was still open, with what was known of it by then (`landmarks`). Two
models in discrete time look ahead from it (`model`): how probable the decision is in each of the next stretches of
days, given that it has not come yet, and how probable it is to be a win if it comes then. Both together are the model
of won, lost and still open; they add up to cumulative incidences. Open negotiations count as long as they were seen
(censored).

Facts that the loaded data may have filled in after the decision teach nothing (`guard`). Estimators are weighed and
calibrated on later days than those they were fitted to, and held to still later ones beside the shares won by stage and
age (`record`): what is told is the model, or that `table` where it is as good and simpler; whether that ever told won
from lost is its signal. Where too few were decided one share is told of all. Negotiations that are loaded with one date
were never seen open; they teach by what was known when they were asked for (`request`).

Statistics: queries/warehouse/statistics/win_*.sql.
"""

import datetime as dt
import json
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from analytics.tables import Ask
from analytics.track_record import interval
from analytics.win_probability import guard, request
from analytics.win_probability.landmarks import Landmarks, at_request, landmarks, past
from analytics.win_probability.log import OPEN, Log, day_number, log_of
from analytics.win_probability.model import (
    ENDS,
    LEVELS,
    TABLE,
    Incidence,
    Model,
    added,
    decided_share,
    fit,
    known_on,
    weighed,
)
from analytics.win_probability.reasons import reasons_of
from analytics.win_probability.record import (
    FEW_DECIDED,
    FEW_OF_EACH,
    MODEL,
    NEVER_OPEN,
    NOTHING,
    RECORD,
    USUAL,
    Row,
    cuts,
    recorded,
    replayed,
    usual_share,
)

# Below so many won or lost nothing is learned; below so many decided in all no probability is told.
LEAST_OF_EACH, LEAST_DECIDED = 60, 10
HORIZONS = (14, 30, 60, 90)
_MOST_REASONED = 2_000
SCHEMA = pa.schema(
    {
        "negotiation_id": pa.string(),
        "win_probability": pa.float64(),
        **{f"won_{days}_days": pa.float64() for days in HORIZONS},
        "lost_30_days": pa.float64(),
        "expected_close_on": pa.date32(),
        "close_from": pa.date32(),
        "close_until": pa.date32(),
        "has_signal": pa.bool_(),
        "reasons": pa.string(),
    }
)


@dataclass(frozen=True)
class Outlook:
    """What is known on a day.

    `table` (SCHEMA) has a row for each open negotiation, `record` (RECORD) how such figures came out in the past: a
    row in all (grade "") that also says what is told and why, and one for each tenth of what was said.
    """

    table: pa.Table
    record: pa.Table


def outlook(ask: Ask, as_of: dt.date) -> Outlook:
    """Every negotiation open on a day, and how such figures came out before."""
    log, today = log_of(ask, as_of), day_number(as_of)
    still, decided = np.flatnonzero(log.ended == OPEN), np.flatnonzero(log.ended != OPEN)
    lived = decided[log.ended[decided] > log.opened[decided]]
    if is_enough(log, lived):
        return _learned(log, lived, still, today)
    if is_enough(log, decided):
        return _by_request(log, decided, still)
    missing = FEW_DECIDED if len(decided) < LEAST_DECIDED else FEW_OF_EACH
    told = NOTHING if len(decided) < LEAST_DECIDED else USUAL
    usual = usual_share(log, still, today)
    rows: list[Row] = [{"grade": "", "decided": 0, "won": 0}]
    return Outlook(_plain(log, still, today, usual), _record(log, told, usual, rows, {}, missing))


def is_enough(log: Log, negotiation: np.ndarray) -> bool:
    """Whether these decided ones are enough to learn from."""
    won = int(log.is_won[negotiation].sum())
    return min(won, len(negotiation) - won) >= LEAST_OF_EACH


def trusted(log: Log, lived: np.ndarray, still: np.ndarray, today: int) -> tuple[Log, dict[str, str]]:
    """The log without what may have been filled in after the decision; and what that is, with why."""
    before = landmarks(log, lived, guard.last_days(log, lived))
    left_out = guard.distrusted(log, before, landmarks(log, still, np.full(len(still), today)))
    return replace(log, left_out=guard.features_of(left_out)), left_out


def _learned(log: Log, lived: np.ndarray, still: np.ndarray, today: int) -> Outlook:
    """The outlook where there is enough to learn from."""
    log, left_out = trusted(log, lived, still, today)
    first, second = cuts(log)
    marks = past(log, today)
    earlier, later = fit(log, marks, known_on(log, first)), marks[marks.day > first]
    found = replayed(log, marks, weighed(earlier, later, known_on(log, second)), second, today)
    told, rows = recorded(found)
    now = known_on(log, today)
    model = weighed(earlier, later, now, fit(log, marks, now))
    table = _table(log, model, told, marks, still, today, has_signal=rows[0]["has_signal"])
    return Outlook(table, _record(log, told, usual_share(log, still, today), rows, left_out))


def _by_request(log: Log, decided: np.ndarray, still: np.ndarray) -> Outlook:
    """The outlook where those decided were never seen open: no days, and probabilities by what was asked for."""
    left_out = guard.distrusted(log, at_request(log, decided), at_request(log, still))
    log = replace(log, left_out=guard.features_of(left_out))
    usual = float(log.is_won[decided].mean())
    told, predicted, rows = request.told(log, decided, still, usual)
    ids = log.ids.take(pa.array(still)).to_pylist()
    plain = {"has_signal": told == MODEL, "reasons": "[]"}
    table = [{"negotiation_id": i, "win_probability": p} | plain for i, p in zip(ids, predicted.tolist(), strict=True)]
    return Outlook(pa.Table.from_pylist(table, SCHEMA), _record(log, told, usual, rows, left_out, NEVER_OPEN))


def _record(
    log: Log, told: str, usual: float, rows: list[Row], left_out: dict[str, str], missing: str | None = None
) -> pa.Table:
    """RECORD: the rows of a replay, and in the first one what is told, from how many, and why no more than that."""
    decided = log.ended < OPEN
    many, won = int(decided.sum()), int(log.is_won[decided].sum())
    low, high = interval(round(usual * many), many) if many else (None, None)
    facts: Row = {
        "told": told,
        "known_decided": many,
        "known_won": won,
        "usual": usual if many else None,
        "usual_low": low,
        "usual_high": high,
        "left_out": json.dumps([{"what": what, "why": why} for what, why in left_out.items()]),
        "missing": missing,
    }
    return pa.Table.from_pylist([{"has_signal": False} | rows[0] | facts, *rows[1:]], RECORD)


def _table(
    log: Log, model: Model, told: str, marks: Landmarks, still: np.ndarray, today: int, *, has_signal: bool
) -> pa.Table:
    """SCHEMA for the negotiations still open."""
    now = landmarks(log, still, np.full(len(still), today))
    closes, wins = model.chances(now)
    reasons = ["[]"] * len(still)
    incidence = added(closes, model.fitted.table.chances(now)[1] if told == TABLE else wins)
    if told == MODEL:  # of very many, the newest
        newest = np.arange(len(still))[-_MOST_REASONED:]
        reasons[len(still) - len(newest) :] = reasons_of(log, model, marks, now[newest], incidence[0][newest, -1])
    return _rows(log, still, today, incidence, model.levels, reasons, has_signal=has_signal)


def _rows(
    log: Log, still: np.ndarray, today: int, incidence: Incidence, levels: np.ndarray, reasons: list[str], *,
    has_signal: bool,
) -> pa.Table:  # fmt: skip
    """SCHEMA from cumulative incidences; those not known (nan) are empty, and so are the dates then."""
    won, lost = incidence
    share = decided_share(won, lost)
    days = np.array([np.interp(levels, row, ENDS) for row in share]).reshape(-1, 3)
    days[np.isnan(share).any(axis=1)] = np.nan
    closes = (today + np.ceil(days)).astype("datetime64[D]")
    columns = {
        "negotiation_id": log.ids.take(pa.array(still)),
        "win_probability": won[:, -1],
        **{f"won_{days}_days": won[:, days == ENDS][:, 0] for days in HORIZONS},
        "lost_30_days": lost[:, ENDS == 30][:, 0],
        "expected_close_on": closes[:, 1],
        "close_from": closes[:, 0],
        "close_until": closes[:, 2],
        "has_signal": np.full(len(still), has_signal),
        "reasons": reasons,
    }
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()}).cast(SCHEMA)


def _plain(log: Log, still: np.ndarray, today: int, usual: float) -> pa.Table:
    """SCHEMA from too few decided to learn from: the share won, and how long those of that age went on."""
    decided = log.ended < OPEN
    many = int(decided.sum())
    if not len(still) or many < LEAST_DECIDED:
        rows = [{"negotiation_id": i, "has_signal": False, "reasons": "[]"} for i in log.ids.take(still).to_pylist()]
        return pa.Table.from_pylist(rows, SCHEMA)
    length = np.maximum(np.where(decided, log.ended, today) - log.opened, 0)
    lengths = np.unique(length[decided])
    under_way = (length[:, None] >= lengths).sum(axis=0)
    closed = (length[decided][:, None] == lengths).sum(axis=0)
    survival = np.concatenate([[1.0], np.cumprod(1 - closed / under_way)])
    age = today - log.opened[still]
    at = survival[np.searchsorted(lengths, age[:, None] + ENDS, side="right")]
    share = 1 - at / np.maximum(at[:, :1], 1e-9)
    share = np.where(share[:, -1:] > 0, share / np.maximum(share[:, -1:], 1e-9), np.nan)
    share[:, -1] = 1.0
    incidence = (usual * share, (1 - usual) * share)
    return _rows(log, still, today, incidence, LEVELS, ["[]"] * len(still), has_signal=False)
