"""Whether and when an open negotiation is won, told from how negotiations went that looked like it at the same age.

A landmark is a negotiation on a day on which it was still open, with what was known of it by then. Two models in
discrete time look ahead from it: how probable the decision is in each of the next stretches of days, given that it has
not come yet, and how probable it is to be a win if it comes then. Both together are the model of won, lost and still
open; they add up to cumulative incidences. Open negotiations count as long as they were seen (censored).

Features are of the landmark's day alone. What a rep, a customer or a stage is worth is told by negotiations that were
decided before that day (empirical Bayes). Estimators are weighed and calibrated on later days than those they were
fitted to, and held to still later ones: the record. Where that shows no more than chance, the base rate is told.

Statistics: queries/warehouse/statistics/win_*.sql.
"""

import datetime as dt
import json
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import logit
from scipy.stats import norm, rankdata

from analytics import ensemble
from analytics.coding import codes
from analytics.tables import Ask
from analytics.track_record import calibration_error

CONFIDENCE = 0.90
# Below so many won or lost nothing is learned; below so many decided in all no probability is told.
LEAST_OF_EACH, LEAST_DECIDED = 60, 10
# The lower bound of the validated area under the ROC curve from which on there is a signal.
LEAST_AUC = 0.53
HORIZONS = (14, 30, 60, 90)
LEVELS = np.array([0.1, 0.5, 0.9])
MOST_REASONS, LEAST_EFFECT = 3, 0.01

# Ages in days at which a negotiation is looked at, and the ends of the stretches ahead.
_AGES = np.array([0, 2, 4, 7, 10, 14, 18, 22, 26, 30, 38, 46, 60, 75, 90, 120, 150, 180, 240, 300, 365])
_ENDS = np.array([0, 3, 7, 14, 21, 30, 45, 60, 90, 120, 180, 365])
_MIDDLES = (_ENDS[1:] + _ENDS[:-1]) / 2
_MOST_NEGOTIATIONS, _MOST_OUTCOMES, _MOST_STRETCHES, _MOST_WEIGHED = 20_000, 25_000, 25_000, 6_000
# Shares of the decided, by day of decision: fitted to the first, weighed on the next, held to the last.
_FITTED, _WEIGHED = 0.60, 0.80
_ORIGINS, _MOST_REPLAYED = 6, 4_000
_MOST_REASONED, _MOST_AT_ONCE = 2_000, 2_000
_LEAST_TIMED = 30
_DAYS = 1 << 20  # more than days there are, to write a number and a day as one
_OPEN = _DAYS - 1
# Decided negotiations that the usual weighs for against those of a rep, a customer, a stage.
_PRIOR = 8.0
# A planned day that equals the day of the decision so often was written after it.
_MOST_OVERWRITTEN = 0.3

ENTITIES = ("customer_id", "rep_id", "segment", "channel", "source", "category")
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
    }
)


@dataclass(frozen=True)
class Outlook:
    """What is known on a day.

    `table` (SCHEMA) has a row for each open negotiation, `record` (RECORD) how such figures came out in the past: a
    row in all (grade "") and one for each tenth of what was said.
    """

    table: pa.Table
    record: pa.Table


@dataclass(frozen=True)
class Stream:
    """Dated rows of negotiations, in the order of negotiation and day.

    `keys`: negotiation x _DAYS + day. `start`: the first row of each negotiation, and one past the last.
    """

    keys: np.ndarray
    day: np.ndarray
    start: np.ndarray

    def until(self, negotiation: np.ndarray, day: np.ndarray) -> np.ndarray:
        """How many rows of the negotiation there were by the end of that day."""
        return np.searchsorted(self.keys, negotiation * _DAYS + day, side="right") - self.start[negotiation]

    def at(self, values: np.ndarray, negotiation: np.ndarray, count: np.ndarray) -> np.ndarray:
        """The value in the last of the first `count` rows, nan where there is none."""
        padded = np.append(values.astype(float), np.nan)
        return np.where(count > 0, padded[np.minimum(self.start[negotiation] + count - 1, len(values))], np.nan)

    def sums(self, values: np.ndarray, negotiation: np.ndarray, count: np.ndarray) -> np.ndarray:
        """The sum over the first `count` rows."""
        total = np.concatenate([[0.0], np.cumsum(values.astype(float))])
        return total[self.start[negotiation] + count] - total[self.start[negotiation]]


@dataclass(frozen=True)
class Log:
    """Negotiations, oldest first, and what happened in them. Days since 1970.

    `ended`: day of the decision, _OPEN where none is known. `entities`: codes by ENTITIES, -1 unknown, with their
    names. `requests` and `offers` are versions by the day of request and of issue, with their columns.
    """

    ids: pa.Array
    opened: np.ndarray
    ended: np.ndarray
    is_won: np.ndarray
    entities: dict[str, np.ndarray]
    names: dict[str, list[str]]
    requests: Stream
    planned: np.ndarray
    offers: Stream
    amount: np.ndarray
    discount_depth: np.ndarray
    valid: np.ndarray
    steps: Stream
    columns: dict[str, np.ndarray]
    stages: list[str]


@dataclass(frozen=True)
class Landmarks:
    """Negotiations on days, with their features (rows x FEATURES)."""

    negotiation: np.ndarray
    day: np.ndarray
    features: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Landmarks":
        return Landmarks(self.negotiation[rows], self.day[rows], self.features[rows])


@dataclass(frozen=True)
class Model:
    """The two models and how their members are mixed.

    `levels`: shares of the told time to close at which 10, 50 and 90 % truly lay. `usual`: the chance of a win, told
    instead of the model's where that knows no better.
    """

    closing: ensemble.Members
    winning: ensemble.Members
    closing_mix: ensemble.Mix
    winning_mix: ensemble.Mix
    levels: np.ndarray
    usual: float | None = None

    def incidence(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities to be won and lost by the end of each stretch, rows x stretches + 1."""
        if len(features) > _MOST_AT_ONCE:
            parts = np.array_split(features, len(features) // _MOST_AT_ONCE + 1)
            won, lost = zip(*map(self.incidence, parts), strict=True)
            return np.concatenate(won), np.concatenate(lost)
        rows, stretches = len(features), len(_MIDDLES)
        wide = _ahead(np.repeat(features, stretches, axis=0), np.tile(_MIDDLES, rows))
        closes, wins = (
            mixed(members.log_odds(wide, mixed.weights > 0)).reshape(rows, stretches)
            for members, mixed in ((self.closing, self.closing_mix), (self.winning, self.winning_mix))
        )
        if self.usual is not None:
            wins = np.full_like(closes, self.usual)
        return _added(closes, wins)


def outlook(ask: Ask, as_of: dt.date) -> Outlook:
    """Every negotiation open on a day, and how such figures came out before."""
    log = log_of(ask, as_of)
    today = _number(as_of)
    still = np.flatnonzero(log.ended == _OPEN)
    decided = log.ended != _OPEN
    # Who was decided on the day of the request was never seen open.
    lived = decided & (log.ended > log.opened)
    won = int(log.is_won[lived].sum())
    if min(won, int(lived.sum()) - won) < LEAST_OF_EACH:
        return Outlook(_plain(log, still, today), RECORD.empty_table())
    return _learned(log, still, today)


def log_of(ask: Ask, as_of: dt.date) -> Log:
    """What is known on a day, sorted, so that nothing depends on the order rows come in."""
    versions = ask("win_versions", as_of=as_of).sort_by([("requested_on", "ascending"), ("quote_id", "ascending")])
    steps = ask("win_steps", as_of=as_of).sort_by("step")
    ids = pc.unique(_strings(versions["negotiation_id"]))  # by day of request: oldest first
    of_version = codes(_strings(versions["negotiation_id"]), ids)
    first = np.unique(of_version, return_index=True)[1]
    requested, issued = _days(versions["requested_on"]), _days(versions["issued_on"])
    ended = _days(versions["closed_on"])[first]
    is_won = pc.equal(versions["outcome"], "won").fill_null(fill_value=False).to_numpy()[first]
    entities, names = {}, {}
    for name in ENTITIES:
        column = _strings(versions[name])
        known = pc.unique(column.drop_null()).sort()
        entities[name], names[name] = codes(column, known)[first], known.to_pylist()
    planned = _days(versions["expected_close_on"])
    closed = ended[of_version]
    if (planned == closed)[closed != _OPEN].mean() > _MOST_OVERWRITTEN if (closed != _OPEN).any() else False:
        planned = np.full(len(planned), _OPEN)
    by_request, requests = _stream(of_version, requested, len(ids))
    offered = np.flatnonzero(issued != _OPEN)
    by_issue, offers = _stream(of_version[offered], issued[offered], len(ids))
    offered = offered[by_issue]
    amount = versions["amount"].to_numpy().astype(float)
    of_step = codes(_strings(steps["negotiation_id"]), ids)
    kept = np.flatnonzero(of_step >= 0)
    by_step, stream = _stream(of_step[kept], _days(steps["occurred_on"])[kept], len(ids))
    columns, stages = _step_columns(steps.take(kept[by_step]), stream)
    return Log(
        ids=ids,
        opened=requested[first],
        ended=ended,
        is_won=is_won,
        entities=entities,
        names=names,
        requests=requests,
        planned=_or_nan(planned)[by_request],
        offers=offers,
        amount=np.where(amount > 0, amount, np.nan)[offered],
        discount_depth=versions["discount_depth"].to_numpy().astype(float)[offered],
        valid=_or_nan(_days(versions["valid_until"]))[offered],
        steps=stream,
        columns=columns,
        stages=stages,
    )


def _stream(negotiation: np.ndarray, day: np.ndarray, many: int) -> tuple[np.ndarray, Stream]:
    """The order of rows by negotiation and day, and the stream they make in it."""
    keys = negotiation * _DAYS + day
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    return order, Stream(keys, keys % _DAYS, np.searchsorted(keys, np.arange(many + 1) * _DAYS))


def _step_columns(steps: pa.Table, stream: Stream) -> tuple[dict[str, np.ndarray], list[str]]:
    """What features are counted from, step by step; and the stages, which `stage` numbers."""
    negotiation, day = stream.keys // _DAYS, stream.day
    place = np.arange(len(day))

    def numbered(name: str) -> tuple[np.ndarray, list[str]]:
        column = _strings(steps[name])
        known = pc.unique(column.drop_null()).sort()
        return codes(column, known), known.to_pylist()

    def first_seen(code: np.ndarray) -> np.ndarray:
        """The step in which the negotiation had this code for the first time."""
        _, first, back = np.unique(negotiation * _DAYS + code + 1, return_index=True, return_inverse=True)
        return first[back]

    def is_new(name: str) -> np.ndarray:
        code = numbered(name)[0]
        return (first_seen(code) == place) & (code >= 0)

    stage, stages = numbered("stage")
    begun = first_seen(stage)
    before = np.maximum(place - 1, 0)
    follows = (place > 0) & (negotiation == negotiation[before])
    is_entry = ~follows | (stage != stage[before])
    actor, channel = steps["actor"], steps["channel"]

    def among(column: pa.ChunkedArray, *values: str) -> np.ndarray:
        return pc.is_in(column, pa.array(values)).to_numpy()

    return {
        "stage": stage,
        "entered": day[np.maximum.accumulate(np.where(is_entry, place, 0))],
        "is_entry": is_entry,
        "is_back": follows & (begun < begun[before]) & (stage >= 0) & (stage[before] >= 0),
        "is_new_person": is_new("contact_id"),
        "is_new_role": is_new("role"),
        "is_new_job": is_new("buying_job"),
        "is_by_customer": among(actor, "customer"),
        "is_by_rep": among(actor, "rep"),
        "is_digital": among(channel, "digital"),
        "is_personal": among(channel, "personal", "phone"),
    }, stages


FEATURES = (
    "age", "days_in_stage", "silence", "steps", "recent_steps", "backs", "people", "roles", "jobs", "by_customer",
    "digital", "personal", "is_answered", "response_days", "versions", "offers", "days_since_offer", "amount",
    "conceded", "discount_depth", "slipped", "planned_left", "valid_left", "stage_wins", "stage_days",
    "customer_decided", "rep_open", *(f"{name}_wins" for name in ENTITIES), *(f"{name}_pace" for name in ENTITIES),
)  # fmt: skip
# Skewed ones, which the logistic regression sees as logarithms.
_LOGGED = [
    FEATURES.index(name)
    for name in (
        "age", "days_in_stage", "silence", "steps", "recent_steps", "people", "response_days", "days_since_offer",
        "amount", "slipped", "planned_left", "valid_left", "customer_decided", "rep_open",
    )
]  # fmt: skip
# What a reason is about: the features replaced together, and the one whose value is told.
REASONS = {
    "silence": ("silence", "recent_steps"),
    "stage": ("stage_wins", "stage_days"),
    "days_in_stage": ("days_in_stage",),
    "age": ("age",),
    "steps": ("steps", "jobs"),
    "backs": ("backs",),
    "people": ("people", "roles"),
    "by_customer": ("by_customer",),
    "digital": ("digital", "personal"),
    "response_days": ("response_days", "is_answered"),
    "versions": ("versions", "offers", "days_since_offer", "conceded"),
    "amount": ("amount",),
    "discount_depth": ("discount_depth",),
    "slipped": ("slipped", "planned_left"),
    "valid_left": ("valid_left",),
    "rep_open": ("rep_open",),
    **{name: (f"{name}_wins", f"{name}_pace") for name in ENTITIES if name != "customer_id"},
    "customer_id": ("customer_id_wins", "customer_id_pace", "customer_decided"),
}

# What is told instead where nobody answered, or nothing was offered so far; the value is the age.
UNANSWERED, UNOFFERED = "unanswered", "unoffered"
_OF_OFFERS = ("amount", "discount_depth", "valid_left")
# Whose wins and whose account it is, who may see the row knows; anybody else must not.
_TOLD_BY_NAME = ("segment", "channel", "source", "category")


def landmarks(log: Log, negotiation: np.ndarray, day: np.ndarray) -> Landmarks:
    """Features of negotiations at the end of days, from what was known by then alone."""
    steps, columns = log.steps, log.columns
    seen, asked, offered = (stream.until(negotiation, day) for stream in (steps, log.requests, log.offers))

    def last(name: str) -> np.ndarray:
        return steps.at(columns[name], negotiation, seen)

    def count(name: str) -> np.ndarray:
        return steps.sums(columns[name], negotiation, seen)

    age = day - log.opened[negotiation]
    last_offer = log.offers.at(log.offers.day, negotiation, offered)
    moved = np.fmax(np.fmax(steps.at(steps.day, negotiation, seen), last_offer), log.opened[negotiation])
    answered = np.fmin(_first(steps, columns["is_by_rep"]), _first(log.offers, np.ones(len(log.offers.day), bool)))
    answered = np.where(answered[negotiation] <= day, answered[negotiation], np.nan)
    amount = log.offers.at(log.amount, negotiation, offered)
    planned = log.requests.at(log.planned, negotiation, asked)
    some = np.where(seen > 0, seen, np.nan)
    once = np.minimum(1, offered)
    stage = np.nan_to_num(last("stage"), nan=-1).astype(np.int64)
    decided = np.flatnonzero(log.ended != _OPEN)
    duration = np.log1p(np.maximum(log.ended - log.opened, 0))[decided]
    rows, visits = _visits(log)
    found = {
        "age": age,
        "days_in_stage": day - last("entered"),
        "silence": day - moved,
        "steps": seen,
        "recent_steps": seen - steps.until(negotiation, day - 14),
        "backs": count("is_back"),
        "people": count("is_new_person"),
        "roles": count("is_new_role"),
        "jobs": count("is_new_job"),
        "by_customer": count("is_by_customer") / some,
        "digital": count("is_digital") / some,
        "personal": count("is_personal") / some,
        "is_answered": ~np.isnan(answered),
        "response_days": answered - log.opened[negotiation],
        "versions": asked,
        "offers": offered,
        "days_since_offer": day - last_offer,
        "amount": amount,
        "conceded": 1 - amount / log.offers.at(log.amount, negotiation, once),
        "discount_depth": log.offers.at(log.discount_depth, negotiation, offered),
        "slipped": planned - log.requests.at(log.planned, negotiation, np.minimum(1, asked)),
        "planned_left": planned - day,
        "valid_left": log.offers.at(log.valid, negotiation, offered) - day,
        "stage_wins": _wins(stage, day, columns["stage"][rows], log.ended[visits], log.is_won[visits]),
        "stage_days": _pace(
            stage, day, columns["stage"][rows], log.ended[visits],
            np.log1p(np.maximum(log.ended[visits] - steps.day[rows], 0)),
        ),
        "rep_open": _open_of_rep(log, negotiation, day),
    }  # fmt: skip
    for name, code in log.entities.items():
        here = (code[negotiation], day, code[decided], log.ended[decided])
        found[f"{name}_wins"] = _wins(*here, log.is_won[decided])
        found[f"{name}_pace"] = _pace(*here, duration)
        if name == "customer_id":
            found["customer_decided"] = _before(*here, np.ones(len(decided)))[1]
    features = np.column_stack([np.asarray(found[name], float) for name in FEATURES]).astype(np.float32)
    return Landmarks(negotiation, day, features)


def _first(stream: Stream, wanted: np.ndarray) -> np.ndarray:
    """Day of the first wanted row of each negotiation, nan where there is none."""
    rows = np.flatnonzero(wanted)
    found = np.full(len(stream.start) - 1, np.nan)
    found[stream.keys[rows[::-1]] // _DAYS] = stream.day[rows[::-1]]
    return found


def _visits(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """Last entries of decided negotiations into each of their stages, and their negotiations."""
    rows = np.flatnonzero(log.columns["is_entry"] & (log.columns["stage"] >= 0))
    negotiation = log.steps.keys[rows] // _DAYS
    is_decided = log.ended[negotiation] != _OPEN
    rows, negotiation = rows[is_decided], negotiation[is_decided]
    keys = negotiation * _DAYS + log.columns["stage"][rows]
    last = len(rows) - 1 - np.unique(keys[::-1], return_index=True)[1]
    return rows[last], negotiation[last]


def _before(
    code: np.ndarray, day: np.ndarray, codes_seen: np.ndarray, days_seen: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum and number of the values seen with a code before a day; nothing is known of code -1."""
    keys = codes_seen * _DAYS + days_seen
    order = np.argsort(keys, kind="stable")
    keys, total = keys[order], np.concatenate([[0.0], np.cumsum(values[order].astype(float))])
    low, high = np.searchsorted(keys, code * _DAYS), np.searchsorted(keys, code * _DAYS + day)
    high = np.where(code >= 0, high, low)
    return total[high] - total[low], (high - low).astype(float)


def _wins(
    code: np.ndarray, day: np.ndarray, codes_seen: np.ndarray, days_seen: np.ndarray, is_won: np.ndarray
) -> np.ndarray:
    """Log odds of a win with a code over those with all, as decided before the day."""
    won, decided = _before(0 * code, day, 0 * codes_seen, days_seen, is_won)
    usual = (won + 1) / (decided + 2)
    won, decided = _before(code, day, codes_seen, days_seen, is_won)
    return logit((won + _PRIOR * usual) / (decided + _PRIOR)) - logit(usual)


def _pace(
    code: np.ndarray, day: np.ndarray, codes_seen: np.ndarray, days_seen: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """Mean of the values with a code over that with all, as decided before the day."""
    total, decided = _before(0 * code, day, 0 * codes_seen, days_seen, values)
    usual = total / np.maximum(decided, 1)
    total, decided = _before(code, day, codes_seen, days_seen, values)
    return (total + _PRIOR * usual) / (decided + _PRIOR) - usual


def _open_of_rep(log: Log, negotiation: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Negotiations open with the same rep on that day."""
    rep = log.entities["rep_id"]
    opened, ended = np.sort(rep * _DAYS + log.opened), np.sort(rep * _DAYS + log.ended)
    key = rep[negotiation] * _DAYS + day
    found = np.searchsorted(opened, key, "right") - np.searchsorted(ended, key, "right")
    return np.where(rep[negotiation] >= 0, found, np.nan)


def _ahead(features: np.ndarray, days: np.ndarray) -> np.ndarray:
    """What the models see of a landmark when they look so many days ahead."""
    age, planned, valid = (features[:, FEATURES.index(name)] for name in ("age", "planned_left", "valid_left"))
    shaped = features.copy()
    shaped[:, _LOGGED] = np.sign(features[:, _LOGGED]) * np.log1p(np.abs(features[:, _LOGGED]))
    ahead = [np.log1p(days), np.log1p(age + days), np.clip(planned - days, -60, 60), np.clip(valid - days, -60, 60)]
    return np.column_stack([shaped, *ahead]).astype(np.float32)


def _added(closes: np.ndarray, wins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cumulative incidences of won and lost from the chances of each stretch."""
    still = np.cumprod(np.column_stack([np.ones(len(closes)), 1 - closes]), axis=1)[:, :-1]
    nothing = np.zeros((len(closes), 1))
    won, lost = still * closes * wins, still * closes * (1 - wins)
    return np.column_stack([nothing, won.cumsum(axis=1)]), np.column_stack([nothing, lost.cumsum(axis=1)])


@dataclass(frozen=True)
class Known:
    """What was known of outcomes by the end of a day: `ended` is _OPEN for what was decided later."""

    day: int
    opened: np.ndarray
    ended: np.ndarray
    is_won: np.ndarray


def _known(log: Log, day: int) -> Known:
    is_known = log.ended <= day
    return Known(day, log.opened, np.where(is_known, log.ended, _OPEN), log.is_won & is_known)


def _learned(log: Log, still: np.ndarray, today: int) -> Outlook:
    """The outlook where there is enough to learn from."""
    fitted, weighed = _cuts(log)
    marks = _past(log, today)
    earlier, later = _fit(marks, _known(log, fitted)), marks[marks.day > fitted]
    record = _record(_replayed(log, _weighed(earlier, later, _known(log, weighed)), weighed, today))
    model = _weighed(earlier, later, _known(log, today), _fit(marks, _known(log, today)))
    if not record["has_signal"][0].as_py():
        model = replace(model, usual=float(log.is_won[log.ended < _OPEN].mean()))
    return Outlook(_table(log, model, marks, still, today), record)


def _past(log: Log, today: int) -> Landmarks:
    """Negotiations, evenly over time where there are very many, at all their ages so far."""
    sampled = np.linspace(0, len(log.ids) - 1, min(len(log.ids), _MOST_NEGOTIATIONS)).astype(int)
    negotiation = np.repeat(sampled, len(_AGES))
    day = log.opened[negotiation] + np.tile(_AGES, len(sampled))
    seen = (day < log.ended[negotiation]) & (day <= today)
    return landmarks(log, negotiation[seen], day[seen])


Fitted = tuple[ensemble.Members, ensemble.Members]


def _fit(marks: Landmarks, known: Known) -> Fitted:
    """The models of closing and of winning, from what was known on a day."""
    closing, winning = _stretches(marks, known), _outcomes(marks, known)
    timing = (ensemble.LOGISTIC, ensemble.BOOSTED)
    return ensemble.fit(*_thinned(closing, _MOST_STRETCHES), timing), ensemble.fit(*_thinned(winning, _MOST_OUTCOMES))


Examples = tuple[np.ndarray, np.ndarray]


def _stretches(marks: Landmarks, known: Known) -> Examples:
    """Every stretch ahead of a landmark that was reached undecided and seen to its end: was it decided in it?"""
    begin, end = (marks.day[:, None] + part for part in (_ENDS[:-1], _ENDS[1:]))
    ended = known.ended[marks.negotiation][:, None]
    row, stretch = np.nonzero((begin < ended) & (end <= known.day))
    return _ahead(marks.features[row], _MIDDLES[stretch]), (ended <= end)[row, stretch]


def _outcomes(marks: Landmarks, known: Known) -> Examples:
    """Every landmark of a decided negotiation, seen from the day of the decision: was it won?"""
    row = np.flatnonzero(known.ended[marks.negotiation] < _OPEN)
    negotiation = marks.negotiation[row]
    return _ahead(marks.features[row], known.ended[negotiation] - marks.day[row]), known.is_won[negotiation]


def _thinned(examples: Examples, most: int) -> Examples:
    kept = np.linspace(0, len(examples[1]) - 1, min(len(examples[1]), most)).astype(int)
    return examples[0][kept], examples[1][kept]


def _weighed(earlier: Fitted, later: Landmarks, known: Known, fitted: Fitted | None = None) -> Model:
    """The models with their members weighed and calibrated on landmarks later than those `earlier` was fitted to.

    `fitted`: what the weights are for, where that is not `earlier` itself.
    """
    mixes = []
    for members, examples in zip(earlier, (_stretches(later, known), _outcomes(later, known)), strict=True):
        features, outcome = _thinned(examples, _MOST_WEIGHED)
        mixes.append(ensemble.mix(members.log_odds(features), outcome))
    predicted = Model(earlier[0], earlier[1], mixes[0], mixes[1], LEVELS)
    closing, winning = fitted or earlier
    model = replace(predicted, closing=closing, winning=winning)
    ended = known.ended[later.negotiation]
    durations = (known.ended - known.opened)[known.ended < _OPEN]
    # Landmarks so late that only the fast ones could be decided would make all look fast.
    full = np.flatnonzero((ended < _OPEN) & (later.day <= known.day - np.quantile(durations, 0.95)))
    if len(full) < _LEAST_TIMED:
        return model
    full = full[np.linspace(0, len(full) - 1, min(len(full), 1000)).astype(int)]
    reached = _reached(predicted.incidence(later.features[full]), ended[full] - later.day[full])
    return replace(model, levels=np.quantile(reached, LEVELS))


def _reached(incidence: tuple[np.ndarray, np.ndarray], days: np.ndarray) -> np.ndarray:
    """Which share of the told time to the decision had gone by after so many days."""
    decided = incidence[0] + incidence[1]
    share = decided / np.maximum(decided[:, -1:], 1e-9)
    return np.array([np.interp(d, _ENDS, row) for d, row in zip(days, share, strict=True)])


@dataclass(frozen=True)
class Replay:
    """What was told at earlier days of the negotiations open then, and decided since.

    `won`, `lost`: cumulative incidences at the ends of stretches. `ended_in`: days to the decision. `origins`: days.
    """

    marks: Landmarks
    model: Model
    won: np.ndarray
    lost: np.ndarray
    is_won: np.ndarray
    ended_in: np.ndarray
    origins: int

    @property
    def if_decided(self) -> np.ndarray:
        """Probabilities to be won, given that a decision comes: those that the decided ones can be held to."""
        return self.won[:, -1] / np.maximum(self.won[:, -1] + self.lost[:, -1], 1e-9)


def replay(log: Log, today: int) -> Replay:
    """The last fifth of decisions, told by a model fitted and weighed before them."""
    fitted, weighed = _cuts(log)
    marks = _past(log, today)
    earlier = _fit(marks, _known(log, fitted))
    return _replayed(log, _weighed(earlier, marks[marks.day > fitted], _known(log, weighed)), weighed, today)


def _cuts(log: Log) -> tuple[int, int]:
    """The last days of what is fitted to and of what is weighed on."""
    decisions = np.sort(log.ended[log.ended != _OPEN])
    fitted, weighed = (int(decisions[int(share * (len(decisions) - 1))]) for share in (_FITTED, _WEIGHED))
    return fitted, weighed


def _replayed(log: Log, model: Model, since: int, today: int) -> Replay:
    durations = (log.ended - log.opened)[log.ended < _OPEN]
    # On later days only the fast ones could have been decided by today.
    until = max(since, today - int(np.clip(np.quantile(durations, 0.9), 14, 120)))
    days = np.unique(np.linspace(since, until, _ORIGINS).astype(int))
    is_open = (log.opened <= days[:, None]) & (log.ended > days[:, None]) & (log.ended != _OPEN)
    origin, negotiation = np.nonzero(is_open)
    kept = np.linspace(0, len(origin) - 1, min(len(origin), _MOST_REPLAYED)).astype(int)
    marks = landmarks(log, negotiation[kept], days[origin[kept]])
    won, lost = model.incidence(marks.features)
    negotiation = marks.negotiation
    return Replay(marks, model, won, lost, log.is_won[negotiation], log.ended[negotiation] - marks.day, len(days))


def _record(found: Replay) -> pa.Table:
    """RECORD of a replay."""
    predicted, is_won, model = found.if_decided, found.is_won, found.model
    total = {
        "grade": "",
        "decided": len(is_won),
        "won": int(is_won.sum()),
        "has_signal": False,
        "origins": found.origins,
    }
    if is_won.all() or not is_won.any():
        return pa.Table.from_pylist([total], RECORD)
    seen = float(is_won.mean())
    area, low, high = _area(predicted, is_won, found.marks.negotiation)
    brier, base = float(((predicted - is_won) ** 2).mean()), seen * (1 - seen)
    reached = _reached((found.won, found.lost), found.ended_in)
    total |= {
        "said": float(predicted.mean()),
        "seen": seen,
        "auc": area,
        "auc_low": low,
        "auc_high": high,
        "brier": brier,
        "brier_base": base,
        "brier_skill": 1 - brier / base,
        "calibration_error": calibration_error(predicted, is_won),
        "close_coverage": float(((reached >= model.levels[0]) & (reached <= model.levels[2])).mean()),
        "has_signal": low >= LEAST_AUC and brier < base,
        "method": "+".join(n for n, w in zip(model.winning.fitted, model.winning_mix.weights, strict=True) if w > 0),
    }
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
    return pa.Table.from_pylist([total, *tenths], RECORD)


def _area(predicted: np.ndarray, is_won: np.ndarray, negotiation: np.ndarray) -> tuple[float, float, float]:
    """Area under the ROC curve with its interval at CONFIDENCE (Hanley and McNeil 1982); a negotiation counts once."""
    ranks = rankdata(predicted)
    won, lost = int(is_won.sum()), int((~is_won).sum())
    area = float((ranks[is_won].sum() - won * (won + 1) / 2) / (won * lost))
    won, lost = len(np.unique(negotiation[is_won])), len(np.unique(negotiation[~is_won]))
    twice_won, twice_lost = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (won - 1) * (twice_won - area**2) + (lost - 1) * (twice_lost - area**2)
    reach = float(norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(max(spread, 0.0) / (won * lost)))
    return area, max(area - reach, 0.0), min(area + reach, 1.0)


def _table(log: Log, model: Model, marks: Landmarks, still: np.ndarray, today: int) -> pa.Table:
    """SCHEMA for the negotiations still open."""
    now = landmarks(log, still, np.full(len(still), today))
    won, lost = model.incidence(now.features)
    reasons = ["[]"] * len(still)
    if model.usual is None:  # of very many, the newest
        newest = np.arange(len(still))[-_MOST_REASONED:]
        reasons[len(still) - len(newest) :] = _reasons(log, model, marks, now[newest], won[newest, -1])
    return _rows(log, still, today, won, lost, model.levels, reasons, has_signal=model.usual is None)


def _rows(
    log: Log,
    still: np.ndarray,
    today: int,
    won: np.ndarray,
    lost: np.ndarray,
    levels: np.ndarray,
    reasons: list[str],
    *,
    has_signal: bool,
) -> pa.Table:
    """SCHEMA from cumulative incidences; those not known (nan) are empty, and so are the dates then."""
    decided = won + lost
    share = decided / np.maximum(decided[:, -1:], 1e-9)
    days = np.array([np.interp(levels, row, _ENDS) for row in share]).reshape(-1, 3)
    days[np.isnan(share).any(axis=1)] = np.nan
    closes = (today + np.ceil(days)).astype("datetime64[D]")
    columns = {
        "negotiation_id": log.ids.take(pa.array(still)),
        "win_probability": won[:, -1],
        **{f"won_{days}_days": won[:, days == _ENDS][:, 0] for days in HORIZONS},
        "lost_30_days": lost[:, _ENDS == 30][:, 0],
        "expected_close_on": closes[:, 1],
        "close_from": closes[:, 0],
        "close_until": closes[:, 2],
        "has_signal": np.full(len(still), has_signal),
        "reasons": reasons,
    }
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()}).cast(SCHEMA)


def _reasons(log: Log, model: Model, marks: Landmarks, now: Landmarks, predicted: np.ndarray) -> list[str]:
    """What raises and what lowers the probability of each negotiation most, as JSON, the strongest first.

    The effect is that on the told probability: what it is, less what it were if this alone was as it usually is at
    that age.
    """
    usual = _usual(marks, now)
    changed = np.tile(now.features, (len(REASONS), 1, 1))
    for place, names in enumerate(REASONS.values()):
        columns = [FEATURES.index(name) for name in names]
        changed[place][:, columns] = usual[:, columns]
    instead = model.incidence(changed.reshape(-1, len(FEATURES)))[0][:, -1]
    effects = predicted[:, None] - instead.reshape(len(REASONS), -1).T
    stage = log.steps.at(log.columns["stage"], now.negotiation, log.steps.until(now.negotiation, now.day))
    found = []
    for row, of_row in enumerate(effects):
        order = np.argsort(-np.abs(of_row), kind="stable")
        order = order[np.abs(of_row[order]) >= LEAST_EFFECT]
        kept = [place for sign in (1, -1) for place in order[np.sign(of_row[order]) == sign][:MOST_REASONS]]
        kept.sort(key=lambda place: -abs(of_row[place]))
        by_reason: dict[str, dict[str, str | float | None]] = {}
        for place in kept:
            reason, value, text = _reason(log, list(REASONS)[place], now[np.array([row])], stage[row])
            effect = round(float(of_row[place]), 4)
            by_reason.setdefault(reason, {"reason": reason, "value": value, "text": text, "effect": effect})
        found.append(json.dumps(list(by_reason.values()), ensure_ascii=False))
    return found


def _reason(log: Log, reason: str, at: Landmarks, stage: float) -> tuple[str, float | None, str | None]:
    """A reason as it is told of one negotiation, with its value or name; what is not there yet is one of its own."""
    seen = dict(zip(FEATURES, at.features[0].tolist(), strict=True))
    if reason == "stage":
        return reason, None, None if np.isnan(stage) or stage < 0 else log.stages[int(stage)]
    if reason in _TOLD_BY_NAME:
        code = int(log.entities[reason][at.negotiation[0]])
        return reason, None, log.names[reason][code] if code >= 0 else None
    if reason in ENTITIES:
        return reason, None, None
    if reason == "response_days" and not seen["is_answered"]:
        return UNANSWERED, seen["age"], None
    if reason in _OF_OFFERS and not seen["offers"]:
        return UNOFFERED, seen["age"], None
    return reason, None if np.isnan(seen[reason]) else round(seen[reason], 4), None


def _usual(marks: Landmarks, now: Landmarks) -> np.ndarray:
    """What each feature usually is at the age of each of these landmarks."""
    age = FEATURES.index("age")
    band_of = np.digitize(marks.features[:, age], _AGES)
    found = np.tile(_medians(marks.features), (len(now.day), 1))
    band_now = np.digitize(now.features[:, age], _AGES)
    for band in np.unique(band_now):
        like = marks.features[band_of == band]
        if len(like) >= _LEAST_TIMED:
            found[band_now == band] = _medians(like)
    found[:, age] = np.nanmedian(marks.features[:, age])
    return found


def _medians(features: np.ndarray) -> np.ndarray:
    """Medians by column; of what is mostly unknown, nan."""
    ordered = np.sort(features, axis=0)  # nan comes last
    return ordered[len(ordered) // 2]


def _plain(log: Log, still: np.ndarray, today: int) -> pa.Table:
    """SCHEMA from too few decided to learn from: the share won, and how long those of that age went on."""
    decided = log.ended < _OPEN
    many = int(decided.sum())
    if not len(still) or many < LEAST_DECIDED:
        rows = [{"negotiation_id": i, "has_signal": False, "reasons": "[]"} for i in log.ids.take(still).to_pylist()]
        return pa.Table.from_pylist(rows, SCHEMA)
    usual = float(log.is_won[decided].mean())
    length = np.maximum(np.where(decided, log.ended, today) - log.opened, 0)
    lengths = np.unique(length[decided])
    under_way = (length[:, None] >= lengths).sum(axis=0)
    closed = (length[decided][:, None] == lengths).sum(axis=0)
    survival = np.concatenate([[1.0], np.cumprod(1 - closed / under_way)])
    age = today - log.opened[still]
    at = survival[np.searchsorted(lengths, age[:, None] + _ENDS, side="right")]
    share = 1 - at / np.maximum(at[:, :1], 1e-9)
    share = np.where(share[:, -1:] > 0, share / np.maximum(share[:, -1:], 1e-9), np.nan)
    share[:, -1] = 1.0
    return _rows(log, still, today, usual * share, (1 - usual) * share, LEVELS, ["[]"] * len(still), has_signal=False)


def _strings(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks().cast(pa.string())


def _days(column: pa.ChunkedArray) -> np.ndarray:
    """Dates as days since 1970, _OPEN where there is none."""
    return pc.fill_null(column.cast(pa.date32()).cast(pa.int32()), _OPEN).to_numpy().astype(np.int64)


def _or_nan(days: np.ndarray) -> np.ndarray:
    return np.where(days == _OPEN, np.nan, days)


def _number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days
