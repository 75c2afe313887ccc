"""Negotiations: what drives their outcome, their loops through stages, their quotes and events.

A negotiation aims at one order of the customer. When it is won, that order gets its discount; when it
is lost, the customer orders what it would have ordered anyway.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.contract import BUYING_JOBS, CHANNELS
from data.demo import words
from data.demo.accounts import B2C, DEALER, Accounts
from data.demo.calendar import MICROSECONDS_PER_DAY, NEVER, history
from data.demo.market import CURRENCIES, Market
from data.demo.orders import Sales
from data.demo.tables import Floats, Ints, Mask, Writer, codes, pick
from data.demo.world import Leads, World

STAGES = ("request", "qualification", "solution", "proposal", "negotiation", "closing")
ENDINGS = ("won", "lost")
REQUEST, QUALIFICATION, SOLUTION, PROPOSAL, NEGOTIATION, CLOSING = range(len(STAGES))

# Log odds of winning. Days to the first answer; discount as a share of list (0.1 = 10%); one contact
# only; moves back to an earlier stage; segment against professional buyers. A rep's skill comes on top.
WIN_DRIVERS = {
    "intercept": -1.5,
    "first_response_days": -0.18,
    "discount_depth": 7.0,
    "single_threaded": -0.9,
    "loops": -0.35,
    "dealer": 0.4,
    "b2c": -0.4,
}

MOST_LOOPS = 3
MOST_REVISIONS = 2
# Each earlier version of a quote was dearer by this factor.
_REVISED = 1.03
# Steps of the longest path: six stages, and each loop goes back two and forth again.
_MOST_STEPS = len(STAGES) + 3 * MOST_LOOPS
_MEDIAN_DAYS = np.array([18.0, 28.0, 6.0])
# Negotiations close faster by this share a year.
FASTER = 0.08


@dataclass
class Deals:
    """One row per negotiation; days count from the history's first. `closed` beyond its last means open.

    `stage` and `moment` hold the path, step by step, -1 and NaN after its end; `visits` the
    steps at which a proposal was made, NaN where there is no further version.
    """

    aim: Ints
    customer: Ints
    rep: Ints
    requested: Ints
    response: Ints
    closed: Ints
    open: Mask
    won: Mask
    single: Mask
    loops: Ints
    depth: Floats
    discount: Floats
    stage: Ints
    moment: Floats
    begun: Floats
    issued: Floats
    versions: Ints
    expected: Ints

    def __len__(self) -> int:
        return len(self.aim)


def negotiate(world: World, sales: Sales, seed: list[int]) -> Deals:
    """Draws the negotiations behind the orders marked as slots, and gives won orders their discount."""
    accounts, market, reps = world.accounts, world.market, world.reps
    rng = np.random.default_rng(seed)
    aim = np.flatnonzero(sales.slot)
    customer, rep = sales.customer[aim], sales.rep[aim]
    n = len(aim)
    response = np.minimum(10, np.floor(rng.gamma(1.5, 2.0, n) * reps.slowness[rep])).astype(np.int64)
    loops_wanted = np.minimum(MOST_LOOPS, rng.poisson(0.8, n))
    closed: Ints = sales.day[aim] - rng.integers(0, 3, n)
    trend = 1 - FASTER * closed / 365
    usual = _MEDIAN_DAYS[accounts.segment[customer]] * trend * (1 + 0.2 * loops_wanted)
    length: Ints = np.floor(np.minimum(140, usual * rng.lognormal(0, 0.5, n))).astype(np.int64)
    requested = closed - length - response - 1
    keep = (requested >= np.maximum(0, accounts.created[customer])) & (requested <= history.last_day)

    aim, customer, rep, response = aim[keep], customer[keep], rep[keep], response[keep]
    closed, requested, loops_wanted = closed[keep], requested[keep], loops_wanted[keep]
    n = len(aim)
    path, loops, last_back = _paths(rng, loops_wanted)
    single = (accounts.contacts[customer] == 1) | (rng.random(n) < 0.3)
    discount = np.round(rng.uniform(0, 0.14, n) * 200) / 200
    depth = _depth(market, sales, aim, discount)

    odds = WIN_DRIVERS["intercept"] + reps.skill[rep]
    odds = odds + WIN_DRIVERS["first_response_days"] * response + WIN_DRIVERS["discount_depth"] * depth
    odds += WIN_DRIVERS["single_threaded"] * single + WIN_DRIVERS["loops"] * loops
    segment = accounts.segment[customer]
    odds += WIN_DRIVERS["dealer"] * (segment == DEALER) + WIN_DRIVERS["b2c"] * (segment == B2C)
    succeeds = rng.random(n) < 1 / (1 + np.exp(-odds))
    # A few lost ones are never closed and haunt the pipeline.
    forgotten = ~succeeds & (rng.random(n) < 0.03)
    # What is won becomes an order within days; until it has, it is open.
    is_open = (closed > history.last_day) | (succeeds & (sales.day[aim] > history.last_day)) | forgotten
    won = succeeds & ~is_open

    _give_discount(market, sales, aim[won], discount[won])
    path, moment = _times(rng, path, last_back, succeeds, requested, response, closed)
    begun, issued, versions = _versions(path, moment, requested)
    optimism = rng.normal(-0.1, 0.25, n) * (closed - requested)
    expected = np.maximum(requested + 3, np.round(closed + optimism)).astype(np.int64)
    return Deals(
        aim=aim,
        customer=customer,
        rep=rep,
        requested=requested,
        response=response,
        closed=closed,
        open=is_open,
        won=won,
        single=single,
        loops=loops,
        depth=depth,
        discount=discount,
        stage=path,
        moment=moment,
        begun=begun,
        issued=issued,
        versions=versions,
        expected=expected,
    )


def _depth(market: Market, sales: Sales, aim: Ints, discount: Floats) -> Floats:
    """Discount of each quote against list: 1 - net / list."""
    lines = np.flatnonzero(sales.slot[sales.order])
    orders = len(sales.day)
    given = np.zeros(orders)
    given[aim] = discount
    off = given[sales.order[lines]]
    quantity = sales.want[lines] * (1 - off) ** market.elasticity[sales.product[lines]]
    net = np.bincount(sales.order[lines], sales.price[lines] * (1 - off) * quantity, minlength=orders)
    full = np.bincount(sales.order[lines], sales.list_price[lines] * quantity, minlength=orders)
    return 1 - net[aim] / full[aim]


def _give_discount(market: Market, sales: Sales, aim: Ints, discount: Floats) -> None:
    given = np.zeros(len(sales.day))
    given[aim] = discount
    left = 1 - given[sales.order]
    sales.price *= left
    sales.want *= left ** market.elasticity[sales.product]


def _paths(rng: np.random.Generator, loops: Ints) -> tuple[Ints, Ints, Ints]:
    """Stages step by step (-1 after closing), moves back made, and the step of the last one (0 if none)."""
    n = len(loops)
    path = np.full((n, _MOST_STEPS + 1), -1)
    path[:, 0] = REQUEST
    current, remaining = np.zeros(n, dtype=np.int64), loops.copy()
    last_back = np.zeros(n, dtype=np.int64)
    for step in range(1, _MOST_STEPS + 1):
        going = (path[:, step - 1] >= 0) & ((current < CLOSING) | (remaining > 0))
        back = going & (remaining > 0) & (current >= SOLUTION)
        back &= (current == CLOSING) | (rng.random(n) < 0.4)
        jump = np.minimum(rng.integers(1, 3, n), current - QUALIFICATION)
        current = np.where(back, current - jump, np.where(going, current + 1, current))
        remaining = remaining - back
        last_back[back] = step
        path[:, step] = np.where(going, current, -1)
    return path, loops - remaining, last_back


def _times(
    rng: np.random.Generator,
    path: Ints,
    last_back: Ints,
    succeeds: Mask,
    requested: Ints,
    response: Ints,
    closed: Ints,
) -> tuple[Ints, Floats]:
    """The path as it was walked and the moment of each step.

    A lost one may end early, but not before its offer, nor before its last move back: the loops are
    those that counted.
    """
    n, steps = path.shape
    columns = np.arange(steps)
    end = (path >= 0).sum(axis=1) - 1
    offered = np.argmax(path == PROPOSAL, axis=1)
    earliest = np.maximum(last_back, offered)
    stop = earliest + np.floor(rng.random(n) * (end - earliest + 1)).astype(np.int64)
    path = np.where((columns > stop[:, None]) & ~succeeds[:, None], -1, path)

    first_answer = requested + response + rng.uniform(0.35, 0.45, n)
    room = closed + 0.9 - first_answer
    # Sorted draws, spread over the time left; the steps of a path beyond its end are simply cut.
    draws = rng.standard_gamma(1.5, (n, steps))
    draws[path < 0] = 0
    draws[:, :2] = 0
    shares = np.cumsum(draws, axis=1) / (draws.sum(axis=1) + rng.standard_gamma(1.5, n))[:, None]
    moment = first_answer[:, None] + shares * room[:, None]
    moment[:, 0] = requested + rng.uniform(0, 0.3, n)
    return path, np.where(path >= 0, moment, np.nan)


def _versions(path: Ints, moment: Floats, requested: Ints) -> tuple[Floats, Floats, Ints]:
    """When each version of the quote was begun and issued, and how many there are: one per proposal made.

    A version begins with the move back that made it necessary. NaN: no such version, or not issued yet.
    """
    n = len(path)
    proposals = np.cumsum(path == PROPOSAL, axis=1) * (path == PROPOSAL)
    begun = np.full((n, 1 + MOST_REVISIONS), np.nan)
    issued = np.full((n, 1 + MOST_REVISIONS), np.nan)
    begun[:, 0] = requested
    backs = np.zeros(path.shape, dtype=bool)
    backs[:, 1:] = (path[:, 1:] < path[:, :-1]) & (path[:, 1:] >= 0)
    last_back = np.maximum.accumulate(np.where(backs, np.arange(path.shape[1]), 0), axis=1)
    for version in range(1 + MOST_REVISIONS):
        made = (proposals == version + 1).any(axis=1)
        step = np.argmax(proposals == version + 1, axis=1)
        rows = np.flatnonzero(made & (moment[np.arange(n), step] < history.last_day + 1))
        issued[rows, version] = np.floor(moment[rows, step[rows]])
        if version:
            begun[rows, version] = np.floor(moment[rows, last_back[rows, step[rows]]])
    return begun, issued, (~np.isnan(begun)).sum(axis=1)


@dataclass(frozen=True)
class Written:
    """What of a cell's negotiations others refer to: the final quote of each by number, its value in EUR."""

    final_quote: Ints
    value: Floats


def write(
    world: World, deals: Deals, sales: Sales, leads: Leads, seed: list[int], writers: dict[str, Writer]
) -> Written:
    """Writes quotes, their lines and events."""
    accounts, market, reps = world.accounts, world.market, world.reps
    rng = np.random.default_rng(seed)
    n = len(deals)
    first = writers["quotes"].rows + 1 + np.cumsum(deals.versions) - deals.versions
    if n == 0:
        return Written(first, np.zeros(0))
    deal = np.repeat(np.arange(n), deals.versions)
    version = np.arange(len(deal)) - np.repeat(np.cumsum(deals.versions) - deals.versions, deals.versions)
    amount = _write_lines(world, deals, sales, first, writers["quote_lines"])

    final = version == deals.versions[deal] - 1
    decided = final & ~deals.open[deal]
    customer = deals.customer[deal]
    begun = deals.begun[deal, version].astype(np.int64)
    issued = np.where(np.isnan(deals.issued[deal, version]), NEVER, deals.issued[deal, version]).astype(np.int64)
    valid = np.where(issued == NEVER, NEVER, issued + np.array([30, 45, 60])[rng.integers(3, size=n)][deal])
    # An earlier version expected an earlier end: that is how dates slip.
    behind = deals.versions[deal] - 1 - version
    expected = np.maximum(begun + 2, deals.expected[deal] - 9 * behind)
    lead = leads.of_customer[customer]
    from_lead = (lead >= 0) & (begun >= leads.created[customer]) & (begun < leads.created[customer] + 180)
    win = rng.integers(len(words.WIN_REASONS), size=n)
    slow = deals.response > 4
    loss = np.where(slow & (rng.random(n) < 0.5), 2, rng.integers(len(words.LOSS_REASONS), size=n))
    writers["quotes"].add(
        {
            "quote_id": codes("Q", first[deal] + version, 9),
            "revision_of": pc.if_else(pa.array(version > 0), codes("Q", first[deal], 9), pa.scalar(None, pa.string())),
            "customer_id": pick(accounts.ids, customer),
            "rep_id": pick(reps.ids, deals.rep[deal]),
            "lead_id": pc.if_else(
                pa.array(from_lead), codes("L", np.maximum(lead, 0) + 1, 7), pa.scalar(None, pa.string())
            ),
            "channel": pick(CHANNELS, sales.channel[deals.aim][deal]),
            "requested_on": begun,
            "issued_on": issued,
            "currency": pick(CURRENCIES, accounts.currency[customer]),
            "amount": amount[deal, version],
            "valid_until": valid,
            "expected_close_on": expected,
            "outcome": pick(ENDINGS, np.where(decided, np.where(deals.won[deal], 0, 1), -1)),
            "closed_on": np.where(decided, deals.closed[deal], NEVER),
            "outcome_reason": pick(
                words.WIN_REASONS + words.LOSS_REASONS,
                np.where(decided, np.where(deals.won[deal], win[deal], len(words.WIN_REASONS) + loss[deal]), -1),
            ),
        }
    )
    _write_events(accounts, deals, first, rng, writers["quote_events"])
    final_amount = amount[np.arange(n), deals.versions - 1]
    rate = market.rates[accounts.currency[deals.customer], np.minimum(deals.closed, history.last_day)]
    return Written(first + deals.versions - 1, final_amount * rate)


def _write_lines(world: World, deals: Deals, sales: Sales, first: Ints, writer: Writer) -> Floats:
    """Writes the lines of every version; returns the amount of each, in the quote's currency."""
    accounts, market = world.accounts, world.market
    deal_of_order = np.full(len(sales.day), -1)
    deal_of_order[deals.aim] = np.arange(len(deals))
    lines = np.flatnonzero(deal_of_order[sales.order] >= 0)
    deal = deal_of_order[sales.order[lines]]
    start = np.cumsum(sales.lines_of_order) - sales.lines_of_order
    line_no = lines - start[sales.order[lines]] + 1
    product = sales.product[lines]
    # Won orders have their discount already.
    left = np.where(deals.won[deal], 1.0, 1 - deals.discount[deal])
    want = sales.want[lines] * left ** market.elasticity[product]
    step = np.where(market.by_measure[product], 0.5, 1.0)
    quantity = np.maximum(1.0, np.floor(want / step + sales.dither[lines]) * step)
    net = sales.price[lines] * left
    amount = np.zeros((len(deals), 1 + MOST_REVISIONS))
    for version in range(1 + MOST_REVISIONS):
        behind = deals.versions[deal] - 1 - version
        here = np.flatnonzero(behind >= 0)
        own = deal[here]
        # The prices of the day on which the negotiation ends, or of the last known day.
        day = np.minimum(sales.day[deals.aim[own]], history.last_day)
        rate = market.rates[accounts.currency[deals.customer[own]], day]
        price = np.round(net[here] * _REVISED ** behind[here] / rate, 2)
        writer.add(
            {
                "quote_id": codes("Q", first[own] + version, 9),
                "line_no": line_no[here],
                "product_id": pick(market.ids, product[here]),
                "quantity": quantity[here],
                "unit_price": price,
                "list_price": np.round(sales.list_price[lines[here]] / rate, 2),
                "unit_cost": np.round(sales.cost[lines[here]] / rate, 2),
            }
        )
        amount[:, version] = np.bincount(own, price * quantity[here], minlength=len(deals))
    return np.round(amount, 2)


def _write_events(accounts: Accounts, deals: Deals, first: Ints, rng: np.random.Generator, writer: Writer) -> None:
    """Writes the steps up to the last day and the decision as the last one."""
    deal, step = np.nonzero(~np.isnan(deals.moment) & (deals.moment < history.last_day + 1))
    stage, moment = deals.stage[deal, step], deals.moment[deal, step]
    decided = np.flatnonzero(~deals.open)
    deal = np.concatenate([deal, decided])
    step = np.concatenate([step, np.full(len(decided), _MOST_STEPS + 1)])
    stage = np.concatenate([stage, len(STAGES) + np.where(deals.won[decided], 0, 1)])
    moment = np.concatenate([moment, deals.closed[decided] + rng.uniform(0.92, 0.99, len(decided))])
    order = np.lexsort((step, deal))
    deal, step, stage, moment = deal[order], step[order], stage[order], moment[order]
    n = len(deal)

    # Business hours: a day's part is squeezed between eight and six, which keeps the order.
    day = np.floor(moment)
    at = ((day + 0.34 + 0.41 * (moment - day)) * MICROSECONDS_PER_DAY).astype(np.int64) // 1_000_000 * 1_000_000
    at += step * 1_000_000  # two steps never share a moment
    version = np.zeros(n, dtype=np.int64)
    for later in range(1, 1 + MOST_REVISIONS):
        begun = deals.begun[deal, later]
        version += ~np.isnan(begun) & (day >= begun) & (step > 1)
    job = np.where(rng.random(n) < 0.6, np.minimum(stage, CLOSING), rng.integers(len(BUYING_JOBS), size=n))
    by_customer = (step == 0) | ((step > 1) & (rng.random(n) < 0.45))
    actor = np.where(by_customer, 0, np.where((step > 1) & (rng.random(n) < 0.04), 2, 1))
    digital = rng.random(n)
    channel = np.where(digital < 0.3, 0, np.where(digital < 0.55, 3, np.where(digital < 0.8, 2, 1)))
    people = accounts.contacts[deals.customer[deal]]
    # Whoever asks is the first; with more than one contact, a second answers from the first reply on.
    leading = rng.integers(0, 1 << 16, len(deals))[deal]
    other = np.where(
        step == 1, 1, np.where(rng.random(n) < 0.5, 0, 1 + rng.integers(0, 8, n) % np.maximum(people - 1, 1))
    )
    other = np.where(deals.single[deal] | (step == 0), 0, other)
    contact = accounts.first_contact[deals.customer[deal]] + (leading + other) % people
    writer.add(
        {
            "event_id": codes("E", writer.rows + 1 + np.arange(n), 10),
            "quote_id": codes("Q", first[deal] + version, 9),
            "occurred_at": at,
            "stage": pick(STAGES + ENDINGS, stage),
            "buying_job": pick(BUYING_JOBS, job),
            "actor": pick(("customer", "rep", "system"), actor),
            "channel": pick(("digital", "personal", "phone", "email"), channel),
            "contact_id": codes("K", contact + 1, 7),
        }
    )
