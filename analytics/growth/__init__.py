"""Growth: what each customer does not buy but should, how likely it takes something of it, and what that is worth.

Products are scored (`scores`) and chosen, with places kept for categories of which the customer buys nothing
(`choice`). What they would bring is told by those who buy them (`potential`), how likely they are taken by what became
of earlier proposals (`chances`), and why by like buyers (`reasons`). One row an account is what people see; the track
record is of such rows, at a later origin than everything was fitted to.
"""

import datetime as dt
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from analytics import track_record
from analytics.growth import chances, reasons
from analytics.growth.chances import Calibration
from analytics.growth.choice import Top, best, popular
from analytics.growth.past import Past, adoptions, origins, past_at, values
from analytics.growth.potential import potential
from analytics.growth.scores import Method, Scorer, choose, sample, untuned
from analytics.tables import Ask
from analytics.threads import one_thread

KIND = "growth"
HORIZON_DAYS = 90
# Below these nothing is shown unless somebody decided otherwise: the chance that at least one product is taken, and
# what is to be expected of an account, as a share of a usual order of the company.
LEAST_CHANCE, LEAST_ORDERS = 0.1, 0.03
# Proposals are made again to so many customers at the last origin whose outcome is known, and at each one before.
TESTED, REPLAYED = 5000, 2000
# So many accounts that took something, at what was told of them, stand beside the company's own past when money is
# calibrated; what came of one account counts at most so many times what was told of it.
_PRIOR_TAKERS, _MOST_TIMES = 20, 10.0

SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "product_id": pa.string(),
        "category": pa.string(),
        "rank": pa.int64(),
        "is_shown": pa.bool_(),
        "is_new_category": pa.bool_(),
        "score": pa.float64(),
        "probability": pa.float64(),
        "potential_p50": pa.float64(),
        "potential_p80": pa.float64(),
        "value": pa.float64(),
        "potential": pa.float64(),
        "because_product_id": pa.string(),
        "like_kind": pa.string(),
        "like_name": pa.string(),
        "like_is_sized": pa.bool_(),
        "like_buyers": pa.int64(),
        "product_share": pa.float64(),
        "category_share": pa.float64(),
    }
)
ACCOUNTS = pa.schema(
    {"customer_id": pa.string(), "chance": pa.float64(), "potential": pa.float64(), "expected": pa.float64()}
)
REPLAYS = pa.schema(
    {
        "chance": pa.float64(),
        "expected": pa.float64(),
        "has_taken": pa.bool_(),
        "came": pa.float64(),
        "random_chance": pa.float64(),
        "has_taken_popular": pa.bool_(),
    }
)
LIMITS = pa.schema({"least_chance": pa.float64(), "least_expected": pa.float64()})


@dataclass(frozen=True)
class Growth:
    """`proposals`: SCHEMA, at most choice.PROPOSALS rows a customer, of which choice.SHOWN are shown.

    `accounts`: ACCOUNTS, a row for each customer that is not leaving; none where the past is too short to tell chances.
    `chance` is that it buys at least one of the products shown within the horizon, `potential` what it then brings,
    `expected` their product. `replays`: REPLAYS, such rows at the last origin whose outcome is known, without names:
    what was told, what came, the chance of as many products at random, and whether any of the most bought was taken.
    `limits`: LIMITS, one row, below which nothing is shown. `record`: track_record.SCHEMA, at most one row, of the
    replays above the limits.
    """

    proposals: pa.Table
    accounts: pa.Table
    replays: pa.Table
    limits: pa.Table
    record: pa.Table


@dataclass(frozen=True)
class Proposed:
    """What is proposed as of a day to those `rows` of a past, and what each proposal would bring a year."""

    past: Past
    rows: np.ndarray
    top: Top
    p50: np.ndarray
    p80: np.ndarray

    def sums(self, each: np.ndarray) -> np.ndarray:
        """For each of `rows` the sum over what is shown."""
        shown = self.top.is_shown
        sums = np.bincount(self.top.row[shown], each[shown], minlength=len(self.past.customers))
        return np.asarray(sums[self.rows])

    def signals(self) -> np.ndarray:
        """What the probability of each proposal is told by."""
        return chances.of_products(self.past, self.top, self.p50)

    def account_signals(self, each: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The chance of at least one if each came true by itself, and what the chance of it is told by."""
        alone = 1 - np.exp(self.sums(np.log1p(-np.clip(each, 0, 1 - 1e-9))))
        amount = self.sums(each * self.p50) / np.maximum(alone, 1e-9)
        return alone, chances.of_accounts(self.past, self.rows, alone, amount)


@dataclass(frozen=True)
class Replay:
    """What was proposed at an origin, and what came: revenue of what customers adopted, as Past.bought."""

    proposed: Proposed
    adopted: sp.csr_matrix

    def came(self) -> np.ndarray:
        """Revenue of each proposal; more than nothing where it came true."""
        top = self.proposed.top
        return values(self.adopted, top.row, top.column)


@dataclass(frozen=True)
class Told:
    """Of accounts the `chance` of at least one product and the `money` it then brings within the horizon.

    Of proposals the probability, `each`, and the `potential`, what it brings within the horizon when it comes true.
    Chance x money is the sum of each x potential over what is shown.
    """

    chance: np.ndarray
    money: np.ndarray
    each: np.ndarray
    potential: np.ndarray


class Outlook:
    """Chances and money, fitted to replays, of which the first is the latest."""

    def __init__(self, replays: Sequence[Replay], horizon_days: int) -> None:
        self.horizon_days = horizon_days
        self.products = Calibration([(r.proposed.signals(), r.came() > 0) for r in replays])
        examples = []
        for replay in replays:
            _, signals = replay.proposed.account_signals(self.products.probability(replay.proposed.signals()))
            examples.append((signals, replay.proposed.sums(replay.came()) > 0))
        self.accounts = Calibration(examples)
        self.times = 1.0
        expected = brought = 0.0
        for replay in replays:
            told = self.tell(replay.proposed)
            expected += float((told.chance * told.money).sum())
            brought += float(np.minimum(replay.proposed.sums(replay.came()), _MOST_TIMES * told.money).sum())
        beside = _PRIOR_TAKERS * expected / max(self.accounts.hits, 1)
        self.times = (brought + beside) / (expected + beside) if expected > 0 else 1.0

    @property
    def can_tell(self) -> bool:
        """Whether there are cases enough to tell chances of accounts."""
        return self.accounts.cases >= chances.LEAST_CASES and self.accounts.hits >= chances.LEAST_HITS

    def tell(self, proposed: Proposed) -> Told:
        """What is told of all to whom something is proposed."""
        each = self.products.probability(proposed.signals())
        alone, signals = proposed.account_signals(each)
        chance = self.accounts.probability(signals)
        if self.can_tell:
            place = np.searchsorted(proposed.rows, proposed.top.row)
            each = chances.each_of(each, alone[place], chance[place])
        amount = self.times * proposed.p50 * self.horizon_days / 365
        return Told(chance, proposed.sums(each * amount) / np.maximum(chance, 1e-9), each, amount)


@one_thread
def proposals(
    ask: Ask,
    as_of: dt.date,
    dismissed: AbstractSet[tuple[str, str]] = frozenset(),
    horizon_days: int = HORIZON_DAYS,
) -> Growth:
    """What to propose to each customer as of a day, and how often such proposals came true.

    `dismissed` are pairs of customer and product that must not be proposed. Reads growth_* statistics and
    customer_rhythms. Too short a past, or one without an item bought by customers enough, gives empty tables.
    """
    known = origins(ask, as_of, horizon_days)
    pasts = [past_at(ask, day) for day in known]
    adopted = [adoptions(ask, past, day, horizon_days) for past, day in zip(pasts, known, strict=True)]
    usable = [(p, a) for p, a in zip(pasts, adopted, strict=True) if len(p.items) and (a.nnz > 0)]
    now = past_at(ask, as_of)
    limits = _limits(ask, as_of)
    if not usable or not len(now.items):
        proposed, accounts, replayed = (schema.empty_table() for schema in (SCHEMA, ACCOUNTS, REPLAYS))
        return Growth(proposed, accounts, replayed, limits, track_record.SCHEMA.empty_table())
    scorers = choose(usable[1:]) if usable[1:] else []
    method = scorers[0].method if scorers else untuned(usable[0][0])
    replays = [replay(*usable[0], Scorer(usable[0][0], method), TESTED)]
    replays += [replay(past, came, scorer, REPLAYED) for (past, came), scorer in zip(usable[1:], scorers, strict=True)]
    tested, outlook = Outlook(replays[1:] or replays, horizon_days), Outlook(replays, horizon_days)
    scorer = Scorer(now, method)
    proposed = _proposed(now, best(scorer, dismissed))
    told = outlook.tell(proposed)
    past_told = _replays(replays[0], tested) if tested.can_tell else REPLAYS.empty_table()
    return Growth(
        _proposals(scorer, proposed, told),
        _accounts(proposed, told) if outlook.can_tell else ACCOUNTS.empty_table(),
        past_told,
        limits,
        _record(past_told, limits, method, horizon_days),
    )


def replay(past: Past, adopted: sp.csr_matrix, scorer: Scorer, most: int) -> Replay:
    """What would have been proposed at that origin to those that were not leaving, at most so many of them."""
    staying = np.flatnonzero(~past.habits.leaving)
    return Replay(_proposed(past, best(scorer, rows=sample(staying, most))), adopted)


def _proposed(past: Past, top: Top) -> Proposed:
    return Proposed(past, np.unique(top.row), top, *potential(past, top.row, top.column))


def _accounts(proposed: Proposed, told: Told) -> pa.Table:
    staying = ~proposed.past.habits.leaving[proposed.rows]
    columns = [proposed.past.customers[proposed.rows], told.chance, told.money, told.chance * told.money]
    return _as_table(ACCOUNTS, [column[staying] for column in columns])


def _replays(tested: Replay, outlook: Outlook) -> pa.Table:
    past, proposed = tested.proposed.past, tested.proposed
    told, came = outlook.tell(proposed), proposed.sums(tested.came())
    plain = popular(past, proposed.rows)
    came_of_plain = np.bincount(
        plain.row, values(tested.adopted, plain.row, plain.column), minlength=len(past.customers)
    )
    possible = past.possible(proposed.rows)
    adopted = np.diff(tested.adopted.indptr)[proposed.rows]
    shown = proposed.sums(np.ones(len(proposed.top.row)))
    columns = [
        told.chance,
        told.chance * told.money,
        came > 0,
        came,
        1 - (1 - adopted / np.maximum(possible, 1)) ** shown,
        came_of_plain[proposed.rows] > 0,
    ]
    order = np.lexsort((came, columns[1], -told.chance))
    return _as_table(REPLAYS, [column[order] for column in columns])


def _limits(ask: Ask, as_of: dt.date) -> pa.Table:
    (order,) = ask("growth_history", as_of=as_of).column("usual_order").to_pylist() or [None]
    return _as_table(LIMITS, [[LEAST_CHANCE], [LEAST_ORDERS * max(order or 0, 0)]])


def _record(told: pa.Table, limits: pa.Table, method: Method, horizon_days: int) -> pa.Table:
    (limit,) = limits.to_pylist()
    chance, expected = (told.column(name).to_numpy() for name in ("chance", "expected"))
    shown = (chance >= limit["least_chance"]) & (expected >= limit["least_expected"])
    rows = told.filter(pa.array(shown, pa.bool_()))
    if not len(rows):
        return track_record.SCHEMA.empty_table()
    replayed = track_record.Replay(
        is_alert=np.ones(len(rows), bool),
        grade=np.full(len(rows), "", dtype=object),
        probability=rows.column("chance").to_numpy(),
        is_hit=rows.column("has_taken").to_numpy(zero_copy_only=False),
        money=rows.column("expected").to_numpy(),
        lead_days=np.full(len(rows), np.nan),
    )
    table = track_record.record(KIND, horizon_days, str(method), [replayed])
    # The base is what as many products at random would have done with the same customers.
    place = table.schema.get_field_index("base_rate")
    base = rows.column("random_chance").to_numpy()
    return table.set_column(place, "base_rate", pa.array([float(base.mean())] * len(table), pa.float64()))


def _proposals(scorer: Scorer, proposed: Proposed, told: Told) -> pa.Table:
    past, top = proposed.past, proposed.top
    like = reasons.like_buyers(past)
    others, product_share, category_share = reasons.shares(past, like, top)
    of = like.group[top.row]
    because = reasons.because(scorer, top)
    columns = [
        past.customers[top.row],
        past.items[top.column],
        [category or None for category in past.category[top.column]],
        top.rank,
        top.is_shown,
        top.is_new,
        top.score.astype(float),
        told.each,
        proposed.p50,
        proposed.p80,
        told.each * proposed.p50,
        told.potential,
        [past.items[i] if i >= 0 else None for i in because],
        [like.kind[group] for group in of],
        [like.name[group] or None for group in of],
        [like.is_sized[group] for group in of],
        others,
        product_share,
        category_share,
    ]
    return _as_table(SCHEMA, columns)


def _as_table(schema: pa.Schema, columns: Sequence[Sequence[object] | np.ndarray]) -> pa.Table:
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
