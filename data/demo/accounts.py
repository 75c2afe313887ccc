"""Customer accounts and what is planted about them: rhythm, end, pause, taste, defection."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from data.contract import SEGMENTS
from data.demo import reps as sales_force
from data.demo import words
from data.demo.calendar import NEVER, date, day_of, history, in_year
from data.demo.market import CATEGORIES, CURRENCIES, Market
from data.demo.reps import Reps
from data.demo.tables import Floats, Ints, Mask, Writer, codes, pick

DEALER, B2B, B2C = range(len(SEGMENTS))

BEHAVIOURS = ("steady", "irregular", "volatile", "seasonal", "one_off")
STEADY, IRREGULAR, VOLATILE, SEASONAL, ONE_OFF = range(len(BEHAVIOURS))
# Shape of the gamma distribution of gaps: 25 means a spread of 20% of the mean, 1 is pure chance.
_SHAPES = np.array([25.0, 3.0, 0.9, 16.0, 4.0])

# Log spread of customers' sizes: with it, the largest fifth brings about four fifths of the revenue.
SIZE_SPREAD = 1.6

# The cases the texts argue with, by index: silent for six weeks in the end, all three.
FOUR_WEEKLY_SILENT, PAUSED_LAST_YEAR, ERRATIC = range(3)
NAMED = {
    "four_weekly_silent": "Nordwerk Maschinenbau GmbH",
    "paused_last_year": "Gartenbau Lindqvist AB",
    "erratic": "Ferrante Costruzioni S.r.l.",
}
_SILENT_DAYS = 42

# Share of its former purchases that a customer keeps after leaving a category in part.
PARTIAL = 0.25


@dataclass(frozen=True)
class Accounts:
    """By index. `rank` is the size relative to the others (0 smallest, 1 largest), `size` a yearly weight.

    `gap` and `shape` are mean and regularity of the days between orders; orders lie from `opened` up to
    and including `stopped` (NEVER: still buying). A pause is a stretch of days of the year, yearly.
    `taste` is the share of lines by category; from `defected` on, `left_category` keeps `kept` of it.
    `core` marks the categories typical of the customer's profile; those not bought are planted gaps.
    """

    segment: Ints
    region: list[str]
    currency: Ints
    catalog: Ints
    owner: Ints
    handed_over: Ints
    former_owner: Ints
    parent: Ints
    rank: Floats
    size: Floats
    behaviour: Ints
    gap: Floats
    shape: Floats
    created: Ints
    opened: Ints
    stopped: Ints
    pause_from: Ints
    pause_to: Ints
    profile: Ints
    core: Mask
    taste: Floats
    left_category: Ints
    defected: Ints
    kept: Floats
    negotiated: Floats
    service: Floats
    ecommerce: Floats
    contacts: Ints
    first_contact: Ints
    ids: pa.Array

    def __len__(self) -> int:
        return len(self.segment)

    def owner_on(self, customer: Ints, day: Ints) -> Ints:
        """Who looked after each of the customers on its day, -1 for house accounts."""
        return np.where(day < self.handed_over[customer], self.former_owner[customer], self.owner[customer])


def account_count(lines: int) -> int:
    """How many customers a company of so many order lines has."""
    return int(np.clip(lines / 120, 60, 20_000))


def make(rng: np.random.Generator, lines: int, reps: Reps) -> Accounts:
    """Draws the customers and how each of them buys."""
    n = account_count(lines)
    rank = (rng.permutation(n) + 0.5) / n
    rank[: len(NAMED)] = (0.86, 0.84, 0.82)
    size = np.exp(SIZE_SPREAD * ndtri(rank))
    segment = _segments(rng, rank)
    region = _regions(rng, n)
    owner = sales_force.own(reps, rng, region, segment, rank)
    behaviour, shape = _behaviours(rng, n)
    gap = _gaps(rng, rank, behaviour)
    service = rng.normal(0, 1, n)
    created, opened = _openings(rng, n)
    stopped = _ends(rng, behaviour, gap, opened, service)
    pause_from, pause_to = _pauses(rng, behaviour)
    profile, core, taste = _tastes(rng, rank)
    left_category, defected, kept = _defections(rng, taste, behaviour, opened, stopped, gap)
    contacts = np.where(segment == B2C, 1, 1 + rng.poisson(0.6 + 4.5 * rank**3))
    handed_over, former_owner = sales_force.hand_over(reps, rng.spawn(1)[0], owner)
    return Accounts(
        segment=segment,
        region=region,
        currency=np.array([CURRENCIES.index(words.REGIONS[name][1]) for name in region]),
        catalog=_catalogs(segment, rank, profile),
        owner=owner,
        handed_over=handed_over,
        former_owner=former_owner,
        parent=_parents(rng, segment, rank, region),
        rank=rank,
        size=size,
        behaviour=behaviour,
        gap=gap,
        shape=shape,
        created=created,
        opened=opened,
        stopped=stopped,
        pause_from=pause_from,
        pause_to=pause_to,
        profile=profile,
        core=core,
        taste=taste,
        left_category=left_category,
        defected=defected,
        kept=kept,
        negotiated=_negotiated(rng, rank, segment),
        service=service,
        ecommerce=rng.normal(np.where(segment == B2C, 1.2, np.where(segment == B2B, -1.1, -1.6)), 0.8),
        contacts=contacts,
        first_contact=np.cumsum(contacts) - contacts,
        ids=codes("C", np.arange(1, n + 1), 6),
    )


def _segments(rng: np.random.Generator, rank: Floats) -> Ints:
    draw = rng.random(len(rank))
    dealers = 0.08 + 0.25 * rank**2
    segment = np.where(draw < dealers, DEALER, np.where(draw > 0.62 + 0.36 * rank, B2C, B2B))
    segment[: len(NAMED)] = B2B
    return segment


def _regions(rng: np.random.Generator, n: int) -> list[str]:
    names = list(words.REGIONS)
    shares = np.array([words.REGIONS[name][2] for name in names])
    region = [names[i] for i in rng.choice(len(names), n, p=shares / shares.sum())]
    region[: len(NAMED)] = ["Germany", "Sweden", "Italy"]
    return region


def _behaviours(rng: np.random.Generator, n: int) -> tuple[Ints, Floats]:
    behaviour = rng.choice(len(BEHAVIOURS), n, p=[0.40, 0.28, 0.10, 0.12, 0.10])
    behaviour[FOUR_WEEKLY_SILENT], behaviour[PAUSED_LAST_YEAR], behaviour[ERRATIC] = STEADY, SEASONAL, VOLATILE
    return behaviour, _SHAPES[behaviour] * np.exp(rng.normal(0, 0.2, n))


def _gaps(rng: np.random.Generator, rank: Floats, behaviour: Ints) -> Floats:
    gap = np.exp(rng.normal(np.log(19 + 140 * (1 - rank) ** 1.3), 0.35))
    # Many steady customers order by the calendar: weekly, fortnightly, four-weekly.
    weeks = np.maximum(1, np.round(gap / 7))
    gap = np.where((behaviour == STEADY) & (rng.random(len(rank)) < 0.6), 7 * weeks, gap)
    gap = np.clip(gap, 5, 200)
    gap[: len(NAMED)] = 28
    return gap


def _openings(rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
    """Day the account was created and first day it buys: two thirds were customers before the history."""
    older = rng.random(n) < 0.62
    older[: len(NAMED)] = True
    created = np.where(older, -rng.integers(30, 2500, n), rng.integers(0, history.last_day - 45, n))
    return created, np.maximum(created + rng.integers(1, 25, n), 0)


def _ends(rng: np.random.Generator, behaviour: Ints, gap: Floats, opened: Ints, service: Floats) -> Ints:
    """Day of the last possible order of those who stop; bad service makes it likelier."""
    leaves = rng.random(len(gap)) < 0.16 / (1 + np.exp(0.9 * service)) * 1.8
    earliest = np.maximum(opened + 5 * gap, 150)
    day = np.floor(earliest + rng.random(len(gap)) * (history.last_day - 20 - earliest)).astype(np.int64)
    leaves &= (behaviour != ONE_OFF) & (earliest < history.last_day - 60)
    leaves[: len(NAMED)] = False
    return np.where(leaves, day, NEVER)


def _pauses(rng: np.random.Generator, behaviour: Ints) -> tuple[Ints, Ints]:
    """Days of the year of seasonal customers' pauses: winter, high summer, or late spring."""
    n = len(behaviour)
    starts = np.array([335, 182, 121])[rng.choice(3, n, p=[0.4, 0.3, 0.3])] + rng.integers(-8, 9, n)
    lengths = rng.integers(55, 95, n)
    starts[PAUSED_LAST_YEAR], lengths[PAUSED_LAST_YEAR] = _named_pause()
    seasonal = behaviour == SEASONAL
    return np.where(seasonal, starts, NEVER), np.where(seasonal, _ends_at(starts, lengths), NEVER)


def in_pause(accounts: Accounts, customer: Ints, day_of_year: Ints) -> Mask:
    """Whether the customer pauses on that day of the year."""
    start, end = accounts.pause_from[customer], accounts.pause_to[customer]
    return (start != NEVER) & _between(day_of_year, start, end)


def _between(day_of_year: Ints, start: Ints, end: Ints) -> Mask:
    """Whether the day lies in a stretch of the year, which may go on in the next one."""
    after, before = day_of_year >= start, day_of_year <= end
    return np.where(start <= end, after & before, after | before)


def _ends_at(start: Any, length: Any) -> Any:
    """The day of the year on which a pause of so many days ends."""
    return (start + length - 1) % 365 + 1


def _named_pause() -> tuple[int, int]:
    """Of the customer that paused last year: first day of the year, soon after it fell silent now, and length."""
    return int(history.day_of_year[history.last_day - _SILENT_DAYS + 2]), 48


def _tastes(rng: np.random.Generator, rank: Floats) -> tuple[Ints, Mask, Floats]:
    """Profile, its core categories, and the share of lines each customer gives to each category."""
    n, k = len(rank), len(CATEGORIES)
    profiles = len(words.INDUSTRIES)
    # Seven core categories a profile, spread so that every category is core to some.
    typical = np.zeros((profiles, k), dtype=bool)
    for number in range(profiles):
        typical[number, (number * 5 + np.array([0, 1, 3, 4, 6, 9, 11])) % k] = True
    profile = rng.integers(profiles, size=n)
    core = typical[profile]
    weight = np.array([c.weight for c in CATEGORIES]) * np.exp(rng.normal(0, 0.5, (n, k)))
    weight *= np.where(core, 1.0, 0.12)
    # The small buy from few categories; others leave out one they could be expected to buy.
    breadth = np.floor(2 + 9 * rank).astype(np.int64)
    order = np.argsort(np.argsort(-weight, axis=1), axis=1)
    missing = core & (rng.random((n, k)) < 0.09)
    weight[(order >= breadth[:, None]) | (missing & (order > 0))] = 0
    return profile, core, weight / weight.sum(axis=1, keepdims=True)


def _defections(
    rng: np.random.Generator, taste: Floats, behaviour: Ints, opened: Ints, stopped: Ints, gap: Floats
) -> tuple[Ints, Ints, Floats]:
    """Category, day and kept share of those who leave one category, in full or in part, but stay customers."""
    n = len(taste)
    candidate = np.argmax(np.where((taste > 0.08) & (taste < 0.6), rng.random(taste.shape), -1), axis=1)
    share = taste[np.arange(n), candidate]
    day = history.last_day - rng.integers(60, 400, n)
    defects = (rng.random(n) < 0.22) & (share > 0.08) & (share < 0.6) & (behaviour != ONE_OFF)
    defects &= (day > opened + 6 * gap) & (stopped == NEVER) & (gap < 60)
    defects[: len(NAMED)] = False
    full = rng.random(n) < 0.6
    return (
        np.where(defects, candidate, -1),
        np.where(defects, day, NEVER),
        np.where(defects, np.where(full, 0.0, PARTIAL), 1.0),
    )


def _catalogs(segment: Ints, rank: Floats, profile: Ints) -> Ints:
    dealer = np.where(rank > 0.9, 1, 0)
    b2b = np.where(profile == len(words.INDUSTRIES) - 1, 4, np.where(rank > 0.75, 3, 2))
    return np.where(segment == DEALER, dealer, np.where(segment == B2B, b2b, 5))


def _parents(rng: np.random.Generator, segment: Ints, rank: Floats, region: list[str]) -> Ints:
    """A few companies belong to a larger one of the same segment in their region."""
    n = len(segment)
    heads = np.flatnonzero((rank > 0.95) & (segment != B2C))
    belongs = (rng.random(n) < 0.04) & (rank < 0.9) & (segment != B2C)
    belongs[: len(NAMED)] = False
    parent = np.full(n, -1)
    for child in np.flatnonzero(belongs):
        fitting = [h for h in heads if region[h] == region[child] and segment[h] == segment[child]]
        if fitting:
            parent[child] = fitting[int(rng.integers(len(fitting)))]
    return parent


def _negotiated(rng: np.random.Generator, rank: Floats, segment: Ints) -> Floats:
    """Discount below the catalog in each year of history; renegotiated now and then."""
    has = (rng.random(len(rank)) < 0.04 + 0.2 * rank**2) & (segment != B2C)
    level = np.where(has, rng.uniform(0.01, 0.03 + 0.06 * rank), 0)
    change = np.where(rng.random((len(rank), 4)) < 0.35, rng.normal(0.003, 0.015, (len(rank), 4)), 0)
    return np.round(np.clip(level[:, None] + has[:, None] * np.cumsum(change, axis=1), 0, 0.12), 3)


def write(
    accounts: Accounts, rng: np.random.Generator, reps: Reps, market: Market, yearly: Floats, out: Writer
) -> list[str]:
    """`yearly` is what each customer is sized to buy a year, in EUR; returns the customers' names."""
    n = len(accounts)
    languages = [words.REGIONS[name][0] for name in accounts.region]
    companies = words.companies(rng, accounts.region)
    consumers = words.people(rng, languages)
    names = [p if s == B2C else c for p, c, s in zip(consumers, companies, accounts.segment, strict=True)]
    firms = np.flatnonzero(accounts.segment != B2C)
    firms = firms[firms >= len(NAMED)]
    for index, name in zip(firms, words.AWKWARD_COMPANIES, strict=False):
        names[index] = name
    names[: len(NAMED)] = NAMED.values()
    firm = accounts.segment != B2C
    turnover = yearly * np.exp(rng.normal(3.2, 0.9, n))
    out.add(
        {
            "customer_id": accounts.ids,
            "name": names,
            "segment": pick(SEGMENTS, accounts.segment),
            "industry": pick(words.INDUSTRIES, np.where(firm, accounts.profile, -1)),
            "region": accounts.region,
            "owner_rep_id": pick(reps.ids, accounts.owner),
            "catalog_id": pick(market.catalog_ids, accounts.catalog),
            "parent_id": pick(accounts.ids, accounts.parent),
            "outlets": np.where(accounts.segment == DEALER, 1 + np.floor(20 * accounts.rank**4), np.nan),
            "annual_turnover": np.where(firm & (rng.random(n) < 0.9), np.round(turnover, -3), np.nan),
            "expected_annual_volume": np.where(firm, np.round(yearly * rng.uniform(0.8, 1.5, n), -2), np.nan),
            "created_on": accounts.created,
        }
    )
    return names


def write_owners(accounts: Accounts, reps: Reps, out: Writer) -> None:
    """Who looked after each account from which day on."""
    owned = np.flatnonzero(accounts.owner >= 0)
    handed = np.flatnonzero(accounts.handed_over > np.maximum(0, accounts.created))
    first = np.where(np.isin(owned, handed), accounts.former_owner[owned], accounts.owner[owned])
    out.add(
        {
            "customer_id": pick(accounts.ids, np.concatenate([owned, handed])),
            "owned_from": np.concatenate([np.maximum(0, accounts.created[owned]), accounts.handed_over[handed]]),
            "rep_id": pick(reps.ids, np.concatenate([first, accounts.owner[handed]])),
        }
    )


def named_days() -> list[Ints]:
    """The order days of the three named cases, within the history."""
    silent_since = history.last_day - _SILENT_DAYS
    rng = np.random.default_rng(28)
    wobble = np.array([0, 1, -1, 0, 0, 1, 0, -1, 0, 2, 0, -1, 1])
    back = np.arange(0, 38)
    steady = silent_since - 28 * back
    steady = steady[steady >= 0]
    # Still within a day or two of four weeks; the last order stays where it is.
    steady = steady + np.where(np.arange(len(steady)) > 0, wobble[np.arange(len(steady)) % len(wobble)], 0)
    paused = []
    for year in range(history.start.year - 1, history.as_of.year + 2):
        left = day_of(in_year(date(silent_since), year))
        resumed = day_of(in_year(date(history.last_day + 11), year))
        paused += [left - 28 * i for i in range(6)] + [resumed + 28 * i for i in range(6)]
    season = np.array(sorted(day for day in paused if 0 <= day <= silent_since))
    season = season[np.append(True, np.diff(season) >= 20)]
    start, length = _named_pause()
    resting = _between(
        history.day_of_year[history.working_day[season]], np.array(start), np.array(_ends_at(start, length))
    )
    season = season[~resting]
    steps = np.maximum(2, np.round(rng.gamma(0.9, 28 / 0.9, 200))).astype(np.int64)
    erratic = silent_since - np.concatenate([[0], np.cumsum(steps)])
    return [np.sort(steady), season, np.sort(erratic[erratic >= 0])]
