"""Orders and their lines, for a cell of customers at a time.

First the days a customer orders on are drawn (`occasions`), for everybody, only to be counted
(`plan`); then cell by cell they are drawn again, the same, and filled with lines (`draft`).
"""

from dataclasses import dataclass

import numpy as np

from data.contract import CHANNELS
from data.demo import accounts as customers
from data.demo.accounts import NAMED, ONE_OFF, VOLATILE, Accounts
from data.demo.calendar import NEVER, history
from data.demo.market import CATALOGS, CATEGORIES, LINE_VALUE, RANGE, Market, season
from data.demo.tables import Floats, Ints, Mask
from data.demo.world import World
from data.errors import BadInput

LINES_PER_ORDER = 8
# Credit notes per order, and their lines: together about 2% of all lines.
NOTES_PER_ORDER = 0.08
MOST_NOTE_LINES = 3
# Resolution of the lookup that turns a uniform draw into a category.
_FINE = 1024

INSIDE, OUTSIDE, ECOMMERCE, BRANCH = (CHANNELS.index(name) for name in ("inside", "outside", "ecommerce", "branch"))


@dataclass(frozen=True)
class Plan:
    """How much each customer orders over the whole history; `lines` adds up to what was asked for.

    `value` is the size of its lines relative to LINE_VALUE; `slots` the chance of an occasion to be a negotiation.
    """

    orders: Ints
    notes: Ints
    lines: Ints
    value: Floats
    slots: Floats
    yearly: Floats


@dataclass
class Sales:
    """Orders of a cell, sorted by customer and day, and their lines, sorted by order; prices in EUR.

    Orders after the last day exist only as the aim of open negotiations. `want` is the quantity before
    rounding and `dither` decides which way it is rounded.
    """

    customer: Ints
    day: Ints
    slot: Mask
    channel: Ints
    rep: Ints
    order: Ints
    product: Ints
    price: Floats
    list_price: Floats
    cost: Floats
    want: Floats
    dither: Floats

    @property
    def lines_of_order(self) -> Ints:
        """How many lines each order has."""
        return np.bincount(self.order, minlength=len(self.day))

    def quantity(self, market: Market) -> Floats:
        """Whole units, or halves of what is measured; at least one unit."""
        step = np.where(market.by_measure[self.product], 0.5, 1.0)
        return np.maximum(1.0, np.floor(self.want / step + self.dither) * step)


@dataclass(frozen=True)
class Notes:
    """Credit notes: the order each corrects and the number of its lines."""

    order: Ints
    lines: Ints


def share_out(total: int, weights: Floats) -> Ints:
    """Whole numbers in proportion to the weights that add up to the total exactly."""
    cumulated = np.cumsum(weights) / np.sum(weights)
    bounds: Ints = np.rint(cumulated * total).astype(np.int64)
    return np.append(bounds[:1], bounds[1:] - bounds[:-1])


def occasions(accounts: Accounts, cell: range, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Customers (index) and the distinct days on which they order, up to the horizon after the last one."""
    ids = np.arange(cell.start, cell.stop)
    gap, shape, opened = accounts.gap[ids], accounts.shape[ids], accounts.opened[ids]
    once = accounts.behaviour[ids] == ONE_OFF
    draw = rng.random(len(ids))
    start = opened + np.where(opened == 0, draw * gap, 0)
    start = np.where(once, opened + draw * 0.95 * (history.last_day - opened), start)
    expected = (history.days - start) / gap
    count = np.ceil(expected + 5 * np.sqrt(expected / shape) + 5).astype(np.int64)
    local = np.repeat(np.arange(len(ids)), count)
    steps = rng.standard_gamma(shape[local]) * (gap / shape)[local]
    first = np.cumsum(count) - count
    steps[first] = 0
    passed = np.cumsum(steps)
    days = np.floor(start[local] + passed - passed[first][local])

    inside = days < history.days
    local, days = local[inside], days[inside].astype(np.int64)
    customer = ids[local]
    shopper = accounts.segment[customer] == customers.B2C
    # Companies order on working days, rather in the middle of the week.
    apart = rng.integers(1, 5, len(days))
    midweek = days + np.where(history.weekday[days] == 5, -apart, np.where(history.weekday[days] == 6, apart, 0))
    days = np.where(shopper, days, history.working_day[np.clip(midweek, 0, history.days - 1)])
    stopped = accounts.stopped[customer]
    keep = (days >= accounts.created[customer]) & ((stopped == NEVER) | (days <= stopped))
    keep &= ~customers.in_pause(accounts, customer, history.day_of_year[days])
    keep &= customer >= len(NAMED)
    customer, days = customer[keep], days[keep]
    order = np.lexsort((days, customer))
    customer, days = customer[order], days[order]
    new = np.append(True, (customer[1:] != customer[:-1]) | (days[1:] != days[:-1]))[: len(days)]
    customer, days = customer[new], days[new]
    customer, days = _once_only(accounts, customer, days)
    if cell.start > 0:
        return customer, days
    planted = [np.unique(history.working_day[own]) for own in customers.named_days()]
    return (
        np.concatenate([np.full(len(own), index) for index, own in enumerate(planted)] + [customer]),
        np.concatenate([*planted, days]),
    )


def _once_only(accounts: Accounts, customer: Ints, days: Ints) -> tuple[Ints, Ints]:
    """One-off buyers keep their first occasion, one in four a second."""
    place = np.arange(len(customer)) - np.searchsorted(customer, customer)
    allowed = np.where(accounts.behaviour[customer] == ONE_OFF, 1 + (customer % 4 == 0), history.days)
    keep = place < allowed
    return customer[keep], days[keep]


def plan(accounts: Accounts, occasions_of: Ints, lines: int, negotiations: int, rng: np.random.Generator) -> Plan:
    """Spreads the lines over customers by their size and number of occasions (`occasions_of`).

    Raises BadInput where there are too few lines for a believable company.
    """
    wanted = round(lines / LINES_PER_ORDER / (1 + NOTES_PER_ORDER))
    more = max(0, wanted - int(occasions_of.sum()))
    # With many lines a customer places several orders a day; its rhythm of days stays what it is.
    orders = occasions_of + share_out(more, occasions_of * accounts.size**0.4)
    notes = np.floor(NOTES_PER_ORDER * orders + rng.random(len(orders))).astype(np.int64)
    notes[(orders == 0) | (np.arange(len(orders)) < len(NAMED))] = 0
    least = orders + (2 + MOST_NOTE_LINES) * notes
    rest = lines - int(least.sum())
    if rest < 0:
        raise BadInput(
            f"{lines} order lines are too few for a demo company.", "", f"Ask for {3 * int(least.sum())} or more."
        )
    planned = least + share_out(rest, orders * accounts.size**0.2)

    # A customer's revenue follows its size, whatever its number of lines.
    span = np.where(accounts.stopped == NEVER, history.last_day, accounts.stopped) - np.minimum(
        accounts.opened, history.last_day
    )
    revenue = np.where(orders > 0, accounts.size * np.clip(span / history.last_day, 0.02, 1), 0)
    revenue *= np.where(accounts.behaviour == ONE_OFF, 0.3, 1)
    revenue *= lines * LINE_VALUE / revenue.sum()
    value = np.clip(revenue / np.maximum(planned, 1) / LINE_VALUE, 0.15, 60)

    eager = np.array([0.9, 1.0, 0.25])[accounts.segment] * accounts.rank**2 * (np.arange(len(orders)) >= len(NAMED))
    chance = np.minimum(0.5, eager * negotiations / max(1.0, float((occasions_of * eager).sum())))
    return Plan(orders, notes, planned, value, chance, revenue / (history.last_day / 365))


def draft(world: World, planned: Plan, cell: range, days: tuple[Ints, Ints], seed: list[int]) -> tuple[Sales, Notes]:
    """The cell's orders at regular prices, and the credit notes to come."""
    accounts, market = world.accounts, world.market
    rng = np.random.default_rng(seed)
    customer, day, main = _spread(planned, cell, days, rng)
    slot = main & (rng.random(len(day)) < planned.slots[customer])
    keep = (day <= history.last_day) | slot
    customer, day, slot = customer[keep], day[keep], slot[keep]
    past = day <= history.last_day

    notes = _notes(planned, customer, past, rng)
    lines_of_order = _order_sizes(accounts, planned, cell, customer, day, notes, rng)
    channel, rep = _channels(world, customer, day, slot, rng)

    order = np.repeat(np.arange(len(day)), lines_of_order)
    product = _products(accounts, market, cell, customer, day, order, rng)
    month = history.price_month[day[order]]
    buyer = customer[order]
    list_price = market.list_price[product, month]
    price = _prices(world, buyer, day[order], rep[order], product, list_price, rng)

    volatile = accounts.behaviour[customer] == VOLATILE
    mood = rng.normal(0, np.where(volatile, 0.8, 0.15))
    log_quantity = np.log(market.normal_quantity[product] * planned.value[buyer])
    log_quantity += market.elasticity[product] * np.log(price / market.normal_price[product])
    log_quantity += season(market.category[product], day[order]) + 0.04 * day[order] / 365
    log_quantity += mood[order] + rng.normal(0, 0.35, len(order))
    sales = Sales(
        customer=customer,
        day=day,
        slot=slot,
        channel=channel,
        rep=rep,
        order=order,
        product=product,
        price=price,
        list_price=list_price,
        cost=market.cost[product, month],
        want=np.exp(log_quantity),
        dither=rng.random(len(order)),
    )
    return sales, notes


def _spread(planned: Plan, cell: range, days: tuple[Ints, Ints], rng: np.random.Generator) -> tuple[Ints, Ints, Mask]:
    """Orders from occasions: one each, and the rest of the planned ones on random past occasions."""
    customer, day = days
    past = np.bincount(customer[day <= history.last_day] - cell.start, minlength=len(cell))
    more = planned.orders[cell.start : cell.stop] - past
    first = np.searchsorted(customer, np.arange(cell.start, cell.stop))
    owner = np.repeat(np.arange(len(cell)), more)
    earlier = first[owner] + np.floor(rng.random(len(owner)) * past[owner]).astype(np.int64)
    count = 1 + np.bincount(earlier, minlength=len(day))
    source = np.repeat(np.arange(len(day)), count)
    main = np.append(True, source[1:] != source[:-1])[: len(source)]
    return customer[source], day[source], main


def _notes(planned: Plan, customer: Ints, past: Mask, rng: np.random.Generator) -> Notes:
    # The orders with the smallest draws among each customer's past ones.
    draws = np.where(past, rng.random(len(customer)), 2.0)
    ranked = np.lexsort((draws, customer))
    place = np.arange(len(customer)) - np.searchsorted(customer, customer)
    noted = np.sort(ranked[place < planned.notes[customer]])
    return Notes(noted, rng.integers(1, MOST_NOTE_LINES + 1, len(noted)))


def _order_sizes(
    accounts: Accounts,
    planned: Plan,
    cell: range,
    customer: Ints,
    day: Ints,
    notes: Notes,
    rng: np.random.Generator,
) -> Ints:
    """Lines of each order; those of past orders and of credit notes add up to each customer's plan."""
    past = day <= history.last_day
    local = customer - cell.start
    n = len(cell)
    size = np.ones(len(day), dtype=np.int64)
    # An order must have three lines to return three.
    size[notes.order] += 2
    volatile = accounts.behaviour[customer] == VOLATILE
    weight = np.where(volatile, rng.lognormal(0, 0.9, len(day)), rng.standard_gamma(4.0, len(day)))
    weight *= (1 + 0.05 * day / 365) * _kept_share(accounts, customer, day)
    weight[~past] = 0

    rest = planned.lines[cell.start : cell.stop] - np.bincount(local[past], size[past], minlength=n).astype(np.int64)
    rest -= np.bincount(local[notes.order], notes.lines, minlength=n).astype(np.int64)
    totals = np.bincount(local, weight, minlength=n)
    before = np.cumsum(totals) - totals
    owner = np.repeat(np.arange(n), rest)
    target = before[owner] + rng.random(len(owner)) * totals[owner]
    first = np.searchsorted(local, np.arange(n))
    last = first + np.bincount(local[past], minlength=n) - 1
    hit = np.clip(np.searchsorted(np.cumsum(weight), target, side="right"), first[owner], last[owner])
    size += np.bincount(hit, minlength=len(day))

    usual = planned.lines[customer] / np.maximum(planned.orders[customer], 1)
    return np.where(past, size, 1 + rng.poisson(np.clip(usual - 1, 0, 40)))


def _kept_share(accounts: Accounts, customer: Ints, day: Ints) -> Floats:
    """Share of its usual lines a customer still orders, having left a category."""
    category = accounts.left_category[customer]
    left = (category >= 0) & (day >= accounts.defected[customer])
    lost = accounts.taste[customer, np.maximum(category, 0)] * (1 - accounts.kept[customer])
    return np.where(left, 1 - lost, 1.0)


def _channels(world: World, customer: Ints, day: Ints, slot: Mask, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Channel, and the rep credited: the owner that day, or for house accounts whoever took the call."""
    accounts, reps = world.accounts, world.reps
    owner = accounts.owner_on(customer, day)
    online = rng.random(len(day)) < 1 / (1 + np.exp(-accounts.ecommerce[customer] - 0.35 * day / 365))
    draw = rng.random(len(day))
    road = (owner >= 0) & reps.outside[owner]
    personal = np.where(road & (draw < 0.6), OUTSIDE, np.where(draw < 0.87, INSIDE, BRANCH))
    channel = np.where(online | (history.weekday[day] >= 5), ECOMMERCE, personal)
    desk = reps.sellers[~reps.outside[reps.sellers]]
    anyone = desk[rng.integers(len(desk), size=len(day))]
    answered = (channel == INSIDE) | slot
    return channel, np.where(owner >= 0, owner, np.where(answered, anyone, -1))


def _products(
    accounts: Accounts,
    market: Market,
    cell: range,
    customer: Ints,
    day_of_order: Ints,
    order: Ints,
    rng: np.random.Generator,
) -> Ints:
    """A product for each line: a category by taste, then one of the customer's own range in it."""
    n = len(cell)
    buyer, day = customer[order], day_of_order[order]
    ranges = _ranges(market, n, rng)
    before = accounts.taste[cell.start : cell.stop]
    after = before.copy()
    category = accounts.left_category[cell.start : cell.stop]
    rows = np.flatnonzero(category >= 0)
    after[rows, category[rows]] *= accounts.kept[cell.start : cell.stop][rows]
    lookup = np.concatenate([_lookup(before), _lookup(after)])

    local = buyer - cell.start
    left = (accounts.left_category[buyer] >= 0) & (day >= accounts.defected[buyer])
    line_category = lookup[local + n * left, (rng.random(len(buyer)) * _FINE).astype(np.int64)]
    place = np.floor(RANGE * rng.random(len(buyer)) ** 1.6).astype(np.int64)
    product = ranges[local, line_category, _distinct(order, line_category, place)]
    gone = (market.discontinued[product] != NEVER) & (day >= market.discontinued[product])
    return product + gone


def _ranges(market: Market, n: int, rng: np.random.Generator) -> Ints:
    """The different products each customer buys from each category, best sellers first and likelier."""
    size = market.size_of_category[:, None]
    wanted = np.sort(rng.random((n, len(CATEGORIES), RANGE)) ** 2.0, axis=2) * size
    places = np.arange(RANGE)
    sold = np.minimum(np.floor(wanted).astype(np.int64), size - RANGE + places)
    # Equal neighbours move on by one.
    return market.first_of_category[:, None] + np.maximum.accumulate(sold - places, axis=2) + places


def _distinct(order: Ints, category: Ints, place: Ints) -> Ints:
    """Places in the range, most repetitions within an order moved on to another place."""
    shelf = (order * len(CATEGORIES) + category) * RANGE
    for _ in range(3):
        by_shelf = np.argsort(shelf + place, kind="stable")
        ranked = (shelf + place)[by_shelf]
        again = np.flatnonzero(ranked[1:] == ranked[:-1]) + 1
        place[by_shelf[again]] = (place[by_shelf[again]] + 1 + again % 3) % RANGE
    return place


def _lookup(shares: Floats) -> Ints:
    """For each customer the category at each of _FINE even steps through its shares."""
    bounds = np.cumsum(shares, axis=1)
    steps: Ints = np.rint(bounds / bounds[:, -1:] * _FINE).astype(np.int64)
    widths = steps.copy()
    widths[:, 1:] -= steps[:, :-1]
    flat = np.repeat(np.tile(np.arange(shares.shape[1]), len(shares)), widths.ravel())
    return flat.reshape(len(shares), _FINE)


def _prices(
    world: World,
    buyer: Ints,
    day: Ints,
    rep: Ints,
    product: Ints,
    list_price: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Net price in EUR: the catalog's, less what is negotiated, less what a rep lets go on a line."""
    accounts, market, reps = world.accounts, world.market, world.reps
    catalog = accounts.catalog[buyer]
    discount = np.array([entry[2] for entry in CATALOGS])[catalog]
    approved = np.where(
        market.listed[catalog, product],
        market.catalog_price[catalog, product, history.price_month[day]],
        list_price * (1 - 0.6 * discount),
    )
    lets_go = rng.random(len(product)) < np.where(rep >= 0, reps.leakage[rep], 0.02)
    concession = np.where(lets_go, rng.uniform(0.02, 0.12, len(product)), 0)
    return approved * (1 - accounts.negotiated[buyer, history.year[day]]) * (1 - concession)
