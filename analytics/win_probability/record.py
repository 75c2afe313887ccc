"""How win probabilities came out in the past."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.stats import norm, rankdata

from analytics.track_record import calibration_error
from analytics.win_probability.landmarks import PRIOR, Landmarks, landmarks, past
from analytics.win_probability.log import OPEN, Log
from analytics.win_probability.model import (
    ENDS,
    TABLE,
    Incidence,
    Model,
    added,
    decided_share,
    fit,
    known_on,
    share_reached,
    tabled,
    weighed,
)

CONFIDENCE = 0.90
# The lower bound of the validated area under the ROC curve from which on there is a signal.
LEAST_AUC = 0.53
# Shares of the decided, by day of decision: fitted to the first, weighed on the next, held to the last.
_FITTED, _WEIGHED = 0.60, 0.80
_ORIGINS, _MOST_REPLAYED = 6, 4_000
# What is told of an open negotiation: what the model says, or the shares by stage and age (TABLE); one share for all
# where there is too little for either; nothing.
MODEL, USUAL, NOTHING = "model", "usual", "nothing"
# What more would have to be known: that of fewer decided negotiations than that no probability is told, of fewer won or
# lost ones nothing but the share won; that they were seen open, which a decision on the day of the request is not.
FEW_DECIDED, FEW_OF_EACH, NEVER_OPEN = "few_decided", "few_of_each", "never_open"
RECORD = pa.schema(
    {
        "grade": pa.string(),
        "decided": pa.int64(),
        "won": pa.int64(),
        "said": pa.float64(),
        "seen": pa.float64(),
        "auc": pa.float64(),
        "auc_low": pa.float64(),
        "auc_high": pa.float64(),
        "brier": pa.float64(),
        "brier_base": pa.float64(),
        "brier_skill": pa.float64(),
        "calibration_error": pa.float64(),
        "close_coverage": pa.float64(),
        "has_signal": pa.bool_(),
        "method": pa.string(),
        "origins": pa.int64(),
        "told": pa.string(),
        "known_decided": pa.int64(),
        "known_won": pa.int64(),
        "usual": pa.float64(),
        "usual_low": pa.float64(),
        "usual_high": pa.float64(),
        "table_auc": pa.float64(),
        "table_brier": pa.float64(),
        "adds": pa.float64(),
        "adds_low": pa.float64(),
        "adds_high": pa.float64(),
        "adds_to_table": pa.bool_(),
        "days_error": pa.float64(),
        "table_days_error": pa.float64(),
        "left_out": pa.string(),
        "missing": pa.string(),
    }
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Replay:
    """What was told at earlier days of the negotiations open then, and decided since.

    `won`, `lost`: cumulative incidences at the ends of stretches; `by_table`: the same by stage and age alone.
    `ended_in`: days to the decision. `origins`: days.
    """

    marks: Landmarks
    model: Model
    won: np.ndarray
    lost: np.ndarray
    by_table: Incidence
    is_won: np.ndarray
    ended_in: np.ndarray
    origins: int

    @property
    def if_decided(self) -> np.ndarray:
        """Probabilities to be won, given that a decision comes: those that the decided ones can be held to."""
        return share_won(self.won, self.lost)


def share_won(won: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Probabilities to be won, given that a decision comes within the last stretch."""
    return won[:, -1] / np.maximum(won[:, -1] + lost[:, -1], 1e-9)


def usual_share(log: Log, still: np.ndarray, today: int) -> float:
    """The share won of decided ones that were once as old as these still open, nan where none was decided.

    What is lost early is not among those still open, so they are won more often than all that were ever asked for.
    """
    decided = np.flatnonzero(log.ended != OPEN)
    if not len(decided):
        return float("nan")
    lasted, is_won = (log.ended - log.opened)[decided], log.is_won[decided]
    if not len(still):
        return float(is_won.mean())
    order = np.argsort(lasted, kind="stable")
    older = np.searchsorted(lasted[order], today - log.opened[still], side="right")
    won = is_won.sum() - np.concatenate([[0], np.cumsum(is_won[order])])[older]
    return float(((won + PRIOR * is_won.mean()) / (len(decided) - older + PRIOR)).mean())


def replay(log: Log, today: int) -> Replay:
    """The last fifth of decisions, told by a model fitted and weighed before them."""
    first, second = cuts(log)
    marks = past(log, today)
    earlier = fit(log, marks, known_on(log, first))
    return replayed(log, marks, weighed(earlier, marks[marks.day > first], known_on(log, second)), second, today)


def cuts(log: Log) -> tuple[int, int]:
    """The last days of what is fitted to and of what is weighed on."""
    decisions = np.sort(log.ended[log.ended != OPEN])
    first, second = (int(decisions[int(share * (len(decisions) - 1))]) for share in (_FITTED, _WEIGHED))
    return first, second


def replayed(log: Log, marks: Landmarks, model: Model, since: int, today: int) -> Replay:
    """What a model of what was known `since` told on later days, beside the table of what was known then."""
    durations = (log.ended - log.opened)[log.ended < OPEN]
    # On later days only the fast ones could have been decided by today.
    until = max(since, today - int(np.clip(np.quantile(durations, 0.9), 14, 120)))
    days = np.unique(np.linspace(since, until, _ORIGINS).astype(int))
    is_open = (log.opened <= days[:, None]) & (log.ended > days[:, None]) & (log.ended != OPEN)
    origin, negotiation = np.nonzero(is_open)
    kept = np.linspace(0, len(origin) - 1, min(len(origin), _MOST_REPLAYED)).astype(int)
    seen = landmarks(log, negotiation[kept], days[origin[kept]])
    won, lost = model.incidence(seen)
    by_table = added(*tabled(log, marks, known_on(log, since)).chances(seen))
    negotiation = seen.negotiation
    ended_in = log.ended[negotiation] - seen.day
    return Replay(seen, model, won, lost, by_table, log.is_won[negotiation], ended_in, len(days))


def recorded(found: Replay) -> tuple[str, list[Row]]:
    """What may be told after a replay, and the rows of RECORD that say how that came out."""
    model, is_won, negotiation = found.model, found.is_won, found.marks.negotiation
    if is_won.all() or not is_won.any():
        counts = {"decided": len(is_won), "won": int(is_won.sum()), "origins": found.origins}
        return TABLE, [{"grade": "", "has_signal": False} | counts]
    predicted, by_table = found.if_decided, share_won(*found.by_table)
    ours, theirs = (measured(told, is_won, negotiation) for told in (predicted, by_table))
    adds, low, high = difference(predicted, by_table, is_won, negotiation)
    # What is simpler is told unless the other was better in both.
    told = MODEL if has_signal(ours) and adds > 0 and ours["brier"] < theirs["brier"] else TABLE
    shown, measures = (by_table, theirs) if told == TABLE else (predicted, ours)
    reached = share_reached((found.won, found.lost), found.ended_in)
    days, table_days = (
        np.array([np.interp(level, line, ENDS) for line in decided_share(*incidence)])
        for level, incidence in ((model.levels[1], (found.won, found.lost)), (0.5, found.by_table))
    )
    more = {
        "close_coverage": float(((reached >= model.levels[0]) & (reached <= model.levels[2])).mean()),
        "has_signal": has_signal(measures),
        "method": TABLE if told == TABLE else model.method,
        "origins": found.origins,
        "table_auc": theirs["auc"],
        "table_brier": theirs["brier"],
        "adds": adds,
        "adds_low": low,
        "adds_high": high,
        "adds_to_table": low > 0,
        "days_error": float(np.abs(days - found.ended_in).mean()),
        "table_days_error": float(np.abs(table_days - found.ended_in).mean()),
    }
    return told, rows_of(measures | more, shown, is_won)


def has_signal(measures: Row) -> bool:
    """Whether won and lost were told apart, beyond chance, by what is nearer than the share won alone."""
    return bool(measures["auc_low"] >= LEAST_AUC and measures["brier"] < measures["brier_base"])


def measured(predicted: np.ndarray, is_won: np.ndarray, negotiation: np.ndarray) -> Row:
    """How near probabilities came to outcomes, of which there is one of each at least."""
    seen = float(is_won.mean())
    area, low, high = area_under(predicted, is_won, negotiation)
    brier, base = float(((predicted - is_won) ** 2).mean()), seen * (1 - seen)
    return {
        "said": float(predicted.mean()),
        "seen": seen,
        "auc": area,
        "auc_low": low,
        "auc_high": high,
        "brier": brier,
        "brier_base": base,
        "brier_skill": 1 - brier / base,
        "calibration_error": calibration_error(predicted, is_won),
    }


def rows_of(measures: Row, predicted: np.ndarray, is_won: np.ndarray) -> list[Row]:
    """A row of RECORD in all (grade "") and one for each tenth of what was said."""
    order = np.argsort(predicted, kind="stable")
    tenths = [
        {
            "grade": f"{number + 1:02}",
            "decided": len(part),
            "won": int(is_won[part].sum()),
            "said": float(predicted[part].mean()),
            "seen": float(is_won[part].mean()),
        }
        for number, part in enumerate(np.array_split(order, 10))
        if len(part)
    ]
    return [{"grade": "", "decided": len(is_won), "won": int(is_won.sum())} | measures, *tenths]


def difference(
    predicted: np.ndarray, other: np.ndarray, is_won: np.ndarray, negotiation: np.ndarray
) -> tuple[float, float, float]:
    """Area of one less that of another, with its interval at CONFIDENCE (DeLong 1988, summed by negotiation)."""
    won, lost = int(is_won.sum()), int((~is_won).sum())
    areas, shares = [], []
    for told in (predicted, other):
        ranks, own = rankdata(told), np.empty(len(told))
        for side in (is_won, ~is_won):
            own[side] = rankdata(told[side])
        # Of a won one: the share of lost ones told less; of a lost one: the share of won ones told more.
        placed = np.where(is_won, (ranks - own) / lost, 1 - (ranks - own) / won)
        areas.append(float(placed[is_won].mean()))
        shares.append((placed - areas[-1]) / np.where(is_won, won, lost))
    _, of_one = np.unique(negotiation, return_inverse=True)
    spread = float(np.sqrt((np.bincount(of_one, shares[0] - shares[1]) ** 2).sum()))
    found, reach = areas[0] - areas[1], float(norm.ppf((1 + CONFIDENCE) / 2)) * spread
    return found, found - reach, found + reach


def area_under(predicted: np.ndarray, is_won: np.ndarray, negotiation: np.ndarray) -> tuple[float, float, float]:
    """Area under the ROC curve with its interval at CONFIDENCE (Hanley and McNeil 1982); a negotiation counts once."""
    ranks = rankdata(predicted)
    won, lost = int(is_won.sum()), int((~is_won).sum())
    area = float((ranks[is_won].sum() - won * (won + 1) / 2) / (won * lost))
    won, lost = len(np.unique(negotiation[is_won])), len(np.unique(negotiation[~is_won]))
    twice_won, twice_lost = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (won - 1) * (twice_won - area**2) + (lost - 1) * (twice_lost - area**2)
    reach = float(norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(max(spread, 0.0) / (won * lost)))
    return area, max(area - reach, 0.0), min(area + reach, 1.0)
