"""Negotiations and what happened in them, as they were known on a day."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.coding import codes
from analytics.tables import Ask

DAYS = 1 << 20  # more than days there are, to write a number and a day as one
OPEN = DAYS - 1

ENTITIES = ("customer_id", "rep_id", "segment", "channel", "source", "category")


@dataclass(frozen=True)
class Stream:
    """Dated rows of negotiations, in the order of negotiation and day.

    `keys`: negotiation x DAYS + day. `start`: the first row of each negotiation, and one past the last.
    """

    keys: np.ndarray
    day: np.ndarray
    start: np.ndarray

    def until(self, negotiation: np.ndarray, day: np.ndarray) -> np.ndarray:
        """How many rows of the negotiation there were by the end of that day."""
        return np.searchsorted(self.keys, negotiation * DAYS + day, side="right") - self.start[negotiation]

    def at(self, values: np.ndarray, negotiation: np.ndarray, count: np.ndarray) -> np.ndarray:
        """The value in the last of the first `count` rows, nan where there is none."""
        padded = np.append(values.astype(float), np.nan)
        return np.where(count > 0, padded[np.minimum(self.start[negotiation] + count - 1, len(values))], np.nan)

    def carried(self, values: np.ndarray) -> np.ndarray:
        """Each unknown value (nan) replaced by the last known one of the same negotiation."""
        place = np.arange(len(values))
        known = np.maximum.accumulate(np.where(np.isnan(values), -1, place))
        is_own = known >= self.start[self.keys // DAYS]
        return np.where(is_own, values[known], np.nan) if len(values) else values

    def sums(self, values: np.ndarray, negotiation: np.ndarray, count: np.ndarray) -> np.ndarray:
        """The sum over the first `count` rows."""
        total = np.concatenate([[0.0], np.cumsum(values.astype(float))])
        return total[self.start[negotiation] + count] - total[self.start[negotiation]]


@dataclass(frozen=True)
class Log:
    """Negotiations, oldest first, and what happened in them. Days since 1970.

    `ended`: day of the decision, OPEN where none is known. `entities`: codes by ENTITIES, -1 unknown, with their
    names. `requests` and `offers` are versions by the day of request and of issue, `prices` by the day from which their
    amount, discount and validity were known. `planned`, `amount` and `discount_depth` hold until another is known.
    `left_out`: features from which nothing is told.
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
    prices: Stream
    amount: np.ndarray
    discount_depth: np.ndarray
    valid: np.ndarray
    steps: Stream
    columns: dict[str, np.ndarray]
    stages: list[str]
    left_out: tuple[str, ...] = ()


def log_of(ask: Ask, as_of: dt.date) -> Log:
    """What is known on a day, sorted, so that nothing depends on the order rows come in."""
    versions = ask("win_versions", as_of=as_of).sort_by([("requested_on", "ascending"), ("quote_id", "ascending")])
    steps = ask("win_steps", as_of=as_of).sort_by("step")
    ids = pc.unique(_strings(versions["negotiation_id"]))  # by day of request: oldest first
    of_version = codes(_strings(versions["negotiation_id"]), ids)
    first = np.unique(of_version, return_index=True)[1]
    requested = _days(versions["requested_on"])
    issued = np.maximum(_days(versions["issued_on"]), requested)  # no version is known before it was asked for
    ended = _days(versions["closed_on"])[first]
    is_won = pc.equal(versions["outcome"], "won").fill_null(fill_value=False).to_numpy()[first]
    entities, names = {}, {}
    for name in ENTITIES:
        column = _strings(versions[name])
        known = pc.unique(column.drop_null()).sort()
        entities[name], names[name] = codes(column, known)[first], known.to_pylist()
    planned = _or_nan(_days(versions["expected_close_on"]))
    by_request, requests = _stream(of_version, requested, len(ids))
    offered = np.flatnonzero(issued != OPEN)
    by_issue, offers = _stream(of_version[offered], issued[offered], len(ids))
    # Where no day of issue is loaded at all, what a version is worth is known from its request on.
    priced, prices = (offered[by_issue], offers) if len(offered) else (by_request, requests)
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
        planned=requests.carried(planned[by_request]),
        offers=offers,
        prices=prices,
        amount=prices.carried(np.where(amount > 0, amount, np.nan)[priced]),
        discount_depth=prices.carried(versions["discount_depth"].to_numpy().astype(float)[priced]),
        valid=_or_nan(_days(versions["valid_until"]))[priced],
        steps=stream,
        columns=columns,
        stages=stages,
    )


def _stream(negotiation: np.ndarray, day: np.ndarray, many: int) -> tuple[np.ndarray, Stream]:
    """The order of rows by negotiation and day, and the stream they make in it."""
    keys = negotiation * DAYS + day
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    return order, Stream(keys, keys % DAYS, np.searchsorted(keys, np.arange(many + 1) * DAYS))


def _step_columns(steps: pa.Table, stream: Stream) -> tuple[dict[str, np.ndarray], list[str]]:
    """What features are counted from, step by step; and the stages, which `stage` numbers."""
    negotiation, day = stream.keys // DAYS, stream.day
    place = np.arange(len(day))

    def numbered(name: str) -> tuple[np.ndarray, list[str]]:
        column = _strings(steps[name])
        known = pc.unique(column.drop_null()).sort()
        return codes(column, known), known.to_pylist()

    def first_seen(code: np.ndarray) -> np.ndarray:
        """The step in which the negotiation had this code for the first time."""
        _, first, back = np.unique(negotiation * DAYS + code + 1, return_index=True, return_inverse=True)
        return first[back]

    def is_new(name: str) -> np.ndarray:
        code = numbered(name)[0]
        return (first_seen(code) == place) & (code >= 0)

    own, stages = numbered("stage")
    # A step that names no stage leaves the negotiation where it was.
    stage = np.nan_to_num(stream.carried(np.where(own >= 0, own, np.nan)), nan=-1).astype(np.int64)
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


def _strings(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks().cast(pa.string())


def _days(column: pa.ChunkedArray) -> np.ndarray:
    """Dates as days since 1970, OPEN where there is none."""
    return pc.fill_null(column.cast(pa.date32()).cast(pa.int32()), OPEN).to_numpy().astype(np.int64)


def _or_nan(days: np.ndarray) -> np.ndarray:
    return np.where(days == OPEN, np.nan, days)


def day_number(day: dt.date) -> int:
    """Days since 1970."""
    return (day - dt.date(1970, 1, 1)).days
