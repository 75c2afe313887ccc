"""The two models of a negotiation's course: when it is decided, and whether it is won then."""

from dataclasses import dataclass, replace

import numpy as np

from analytics import ensemble
from analytics.win_probability.landmarks import Landmarks, seen_ahead
from analytics.win_probability.log import OPEN, Log
from analytics.win_probability.table import Table, table_of

ENDS = np.array([0, 3, 7, 14, 21, 30, 45, 60, 90, 120, 180, 365, 730])
MIDDLES = (ENDS[1:] + ENDS[:-1]) / 2
LEVELS = np.array([0.1, 0.5, 0.9])
LEAST_TIMED = 30
_MOST_OUTCOMES, _MOST_STRETCHES, _MOST_WEIGHED = 25_000, 25_000, 6_000
_MOST_AT_ONCE = 2_000
# Landmarks after which so many of all decisions would have come, and how many of them are enough.
FOLLOWED, LEAST_FOLLOWED = 0.7, 300
TABLE = "table"

Asked = np.ndarray | None
Incidence = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Fitted:
    """What was learned from a stretch of the past: estimators of closing and of winning, and the table beside them."""

    closing: ensemble.Members
    winning: ensemble.Members
    table: Table

    def log_odds_of_closing(self, marks: Landmarks, row: np.ndarray, stretch: np.ndarray, asked: Asked) -> np.ndarray:
        """What each member says of a decision in stretches ahead of the landmarks in these rows, the table last."""
        seen = seen_ahead(marks.features[row], MIDDLES[stretch])
        said = self.closing.log_odds(seen, None if asked is None else asked[:-1])
        return np.column_stack([said, self.table.log_odds_of_closing(marks[row], stretch)])

    def log_odds_of_winning(self, marks: Landmarks, row: np.ndarray, days: np.ndarray, asked: Asked) -> np.ndarray:
        """What each member says of a win if the decision comes after these days, the table last."""
        seen = seen_ahead(marks.features[row], days)
        said = self.winning.log_odds(seen, None if asked is None else asked[:-1])
        return np.column_stack([said, self.table.log_odds_of_winning(marks[row], stretch_of(days))])


@dataclass(frozen=True)
class Model:
    """What was learned, and how its members are mixed.

    `levels`: shares of the told time to close at which 10, 50 and 90 % truly lay.
    """

    fitted: Fitted
    closing_mix: ensemble.Mix
    winning_mix: ensemble.Mix
    levels: np.ndarray

    @property
    def method(self) -> str:
        """The members that have a say in whether it is won."""
        names = [*self.fitted.winning.fitted, TABLE]
        return "+".join(name for name, weight in zip(names, self.winning_mix.weights, strict=True) if weight > 0)

    def incidence(self, marks: Landmarks) -> Incidence:
        """Probabilities to be won and lost by the end of each stretch, rows x stretches + 1."""
        return added(*self.chances(marks))

    def chances(self, marks: Landmarks) -> Incidence:
        """Chances of a decision in each stretch, and of a win then, rows x stretches."""
        if len(marks.day) > _MOST_AT_ONCE:
            parts = np.array_split(np.arange(len(marks.day)), len(marks.day) // _MOST_AT_ONCE + 1)
            closes, wins = zip(*(self.chances(marks[part]) for part in parts), strict=True)
            return np.concatenate(closes), np.concatenate(wins)
        rows, stretches = len(marks.day), len(MIDDLES)
        row, stretch = np.repeat(np.arange(rows), stretches), np.tile(np.arange(stretches), rows)
        closing, winning = self.closing_mix, self.winning_mix
        closed = closing(self.fitted.log_odds_of_closing(marks, row, stretch, closing.weights > 0))
        won = winning(self.fitted.log_odds_of_winning(marks, row, MIDDLES[stretch], winning.weights > 0))
        return closed.reshape(rows, stretches), won.reshape(rows, stretches)


def added(closes: np.ndarray, wins: np.ndarray) -> Incidence:
    """Cumulative incidences of won and lost from the chances of each stretch."""
    still = np.cumprod(np.column_stack([np.ones(len(closes)), 1 - closes]), axis=1)[:, :-1]
    nothing = np.zeros((len(closes), 1))
    won, lost = still * closes * wins, still * closes * (1 - wins)
    return np.column_stack([nothing, won.cumsum(axis=1)]), np.column_stack([nothing, lost.cumsum(axis=1)])


@dataclass(frozen=True)
class Known:
    """What was known of outcomes by the end of a day: `ended` is OPEN for what was decided later."""

    day: int
    opened: np.ndarray
    ended: np.ndarray
    is_won: np.ndarray


def known_on(log: Log, day: int) -> Known:
    """What was known by the end of that day."""
    is_known = log.ended <= day
    return Known(day, log.opened, np.where(is_known, log.ended, OPEN), log.is_won & is_known)


def fit(log: Log, marks: Landmarks, known: Known) -> Fitted:
    """The models of closing and of winning, from what was known on a day."""
    row, stretch, is_closed = thinned(_stretches(marks, known), _MOST_STRETCHES)
    timing = (ensemble.LOGISTIC, ensemble.BOOSTED)
    closing = ensemble.fit(seen_ahead(marks.features[row], MIDDLES[stretch]), is_closed, timing)
    row, days, is_won = thinned(_outcomes(marks, known), _MOST_OUTCOMES)
    return Fitted(closing, ensemble.fit(seen_ahead(marks.features[row], days), is_won), tabled(log, marks, known))


def tabled(log: Log, marks: Landmarks, known: Known) -> Table:
    """The table by stage and age of what was known on a day."""
    row, stretch, is_closed = _stretches(marks, known)
    is_won = is_closed & known.is_won[marks.negotiation[row]]
    return table_of(marks, len(log.stages), row, stretch, is_closed, is_won, len(MIDDLES))


# Rows of landmarks; stretches, or days, ahead of them; and what came of each.
Examples = tuple[np.ndarray, np.ndarray, np.ndarray]


def _stretches(marks: Landmarks, known: Known) -> Examples:
    """Every stretch ahead of a landmark that was reached undecided and seen to its end: was it decided in it?"""
    begin, end = (marks.day[:, None] + part for part in (ENDS[:-1], ENDS[1:]))
    ended = known.ended[marks.negotiation][:, None]
    row, stretch = np.nonzero((begin < ended) & (end <= known.day))
    return row, stretch, (ended <= end)[row, stretch]


def _outcomes(marks: Landmarks, known: Known, *, is_followed: bool = False) -> Examples:
    """Every landmark of a decided negotiation, seen from the day of the decision: was it won?

    `is_followed`: without those of the last days, where others are enough. Of them only the fast ones could be decided,
    and fast ones are lost more often.
    """
    is_seen = known.ended[marks.negotiation] < OPEN
    if is_followed and is_seen.any():
        full = is_seen & (
            marks.day <= known.day - np.quantile((known.ended - known.opened)[known.ended < OPEN], FOLLOWED)
        )
        is_seen = full if full.sum() >= LEAST_FOLLOWED else is_seen
    row = np.flatnonzero(is_seen)
    negotiation = marks.negotiation[row]
    return row, known.ended[negotiation] - marks.day[row], known.is_won[negotiation]


def stretch_of(days: np.ndarray) -> np.ndarray:
    """The stretch in which a decision after so many days falls."""
    return np.clip(np.searchsorted(ENDS, days, side="left") - 1, 0, len(MIDDLES) - 1)


def thinned(examples: Examples, most: int) -> Examples:
    """Evenly chosen, `most` at most."""
    kept = np.linspace(0, len(examples[0]) - 1, min(len(examples[0]), most)).astype(int)
    return examples[0][kept], examples[1][kept], examples[2][kept]


def weighed(earlier: Fitted, later: Landmarks, known: Known, fitted: Fitted | None = None) -> Model:
    """The models with their members weighed and calibrated on landmarks later than those `earlier` was fitted to.

    `fitted`: what the weights are for, where that is not `earlier` itself.
    """
    row, stretch, is_closed = thinned(_stretches(later, known), _MOST_WEIGHED)
    closing = ensemble.mix(earlier.log_odds_of_closing(later, row, stretch, None), is_closed)
    row, days, is_won = thinned(_outcomes(later, known, is_followed=True), _MOST_WEIGHED)
    winning = ensemble.mix(earlier.log_odds_of_winning(later, row, days, None), is_won)
    predicted = Model(earlier, closing, winning, LEVELS)
    model = replace(predicted, fitted=fitted or earlier)
    ended = known.ended[later.negotiation]
    durations = (known.ended - known.opened)[known.ended < OPEN]
    # Landmarks so late that only the fast ones could be decided would make all look fast.
    full = np.flatnonzero((ended < OPEN) & (later.day <= known.day - np.quantile(durations, 0.95)))
    if len(full) < LEAST_TIMED:
        return model
    full = full[np.linspace(0, len(full) - 1, min(len(full), 1000)).astype(int)]
    reached = share_reached(predicted.incidence(later[full]), ended[full] - later.day[full])
    return replace(model, levels=np.quantile(reached, LEVELS))


def share_reached(incidence: Incidence, days: np.ndarray) -> np.ndarray:
    """Which share of the told time to the decision had gone by after so many days."""
    return np.array([np.interp(d, ENDS, row) for d, row in zip(days, decided_share(*incidence), strict=True)])


def decided_share(won: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Which share of all decisions to come has come by the end of each stretch."""
    decided = won + lost
    return decided / np.maximum(decided[:, -1:], 1e-9)
