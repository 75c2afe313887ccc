"""Writes a cell's orders: past ones only, with credit notes, ids and prices in the order's currency."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.contract import CHANNELS
from data.demo.calendar import NEVER, history
from data.demo.deals import Deals, Written
from data.demo.market import CURRENCIES
from data.demo.orders import Notes, Sales
from data.demo.tables import Floats, Ints, Mask, Writer, codes, pick
from data.demo.world import World

_TRACKED = 180  # days before the last one whose orders say where they stand
_FULFILMENT = 47  # parts their random numbers from those of the cell


@dataclass(frozen=True)
class Invoiced:
    """The orders written, and sums in EUR: revenue by customer, revenue and margin by rep and month."""

    number: Ints
    customer: Ints
    day: Ints
    rep: Ints
    credit_note: Mask
    revenue_of_customer: Floats
    by_rep_month: Floats
    lines: int


def write(
    world: World,
    sales: Sales,
    notes: Notes,
    deals: Deals,
    quotes: Written,
    seed: list[int],
    writers: dict[str, Writer],
) -> Invoiced:
    """Writes orders and order lines."""
    accounts, market, reps = world.accounts, world.market, world.reps
    noted = notes.order
    rng = np.random.default_rng(seed)
    past = sales.day <= history.last_day
    # A credit note is an order of its own, some days after the order it corrects.
    latest = np.where(accounts.stopped == NEVER, history.last_day, accounts.stopped)[sales.customer[noted]]
    note_day = np.minimum(history.working_day[sales.day[noted] + rng.integers(2, 13, len(noted))], latest)
    kept = np.flatnonzero(past)
    source = np.concatenate([kept, noted])
    is_note = np.arange(len(source)) >= len(kept)
    day = np.concatenate([sales.day[kept], note_day])
    order = np.lexsort((is_note, day, sales.customer[source]))
    source, is_note, day = source[order], is_note[order], day[order]
    n = len(source)
    position_of_sale = np.full(len(sales.day), -1)
    position_of_sale[source[~is_note]] = np.flatnonzero(~is_note)
    position_of_note = np.full(len(sales.day), -1)
    position_of_note[source[is_note]] = np.flatnonzero(is_note)

    count = sales.lines_of_order
    start = np.cumsum(count) - count
    line = np.flatnonzero(past[sales.order])
    note, returned, share = _returned(notes, start, count, rng)

    quantity = sales.quantity(market)
    step = np.where(market.by_measure[sales.product[returned]], 0.5, 1.0)
    back = -np.minimum(quantity[returned], np.ceil(quantity[returned] * share / step) * step)
    from_line = np.concatenate([line, returned])
    amount = np.concatenate([quantity[line], back])
    place = np.concatenate([position_of_sale[sales.order[line]], position_of_note[noted][note]])
    by_order = np.argsort(place, kind="stable")
    from_line, amount, place = from_line[by_order], amount[by_order], place[by_order]

    customer, rep = sales.customer[source], sales.rep[source]
    quote_of_sale = np.zeros(len(sales.day), dtype=np.int64)
    quote_of_sale[deals.aim[deals.won]] = quotes.final_quote[deals.won]
    quote = np.where(is_note, 0, quote_of_sale[source])
    number = writers["orders"].rows + 1 + np.arange(n)
    steps = _fulfilment(day, is_note, seed)
    _write_orders(world, sales, quote, source, day, number, steps, writers["orders"])

    # A return is credited at the rate of the day it was sold.
    sold = sales.day[sales.order[from_line]]
    rate = market.rates[accounts.currency[customer[place]], sold]
    price = np.round(sales.price[from_line] / rate, 2)
    lines_of = np.bincount(place, minlength=n)
    writers["order_lines"].add(
        {
            "order_id": codes("SO", number[place], 9),
            "line_no": np.arange(len(place)) - np.repeat(np.cumsum(lines_of) - lines_of, lines_of) + 1,
            "product_id": pick(market.ids, sales.product[from_line]),
            "quantity": amount,
            "unit_price": price,
            "list_price": np.round(sales.list_price[from_line] / rate, 2),
            "unit_cost": np.round(sales.cost[from_line] / rate, 2),
        }
    )
    revenue = price * rate * amount
    margin = revenue - sales.cost[from_line] * amount
    credited = np.where(rep[place] >= 0, rep[place], len(reps.team))
    cell_of_sum = credited * history.months + history.month[day[place]]
    shape = (len(reps.team) + 1, history.months)
    sums = [np.bincount(cell_of_sum, x, minlength=shape[0] * shape[1]).reshape(shape) for x in (revenue, margin)]
    revenue_of_customer: Floats = np.bincount(customer[place], revenue, minlength=len(accounts)).astype(np.float64)
    return Invoiced(
        number=number,
        customer=customer,
        day=day,
        rep=rep,
        credit_note=is_note,
        revenue_of_customer=revenue_of_customer,
        by_rep_month=np.stack([total[:-1] for total in sums]),
        lines=len(place),
    )


def _returned(notes: Notes, start: Ints, count: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Floats]:
    """Of each line of a credit note: the note, the line that comes back, and the share of it that does.

    Orders' lines begin at `start`, `count` of them each. Neighbouring lines come back, beginning anywhere.
    """
    note = np.repeat(np.arange(len(notes.order)), notes.lines)
    nth = np.arange(len(note)) - np.repeat(np.cumsum(notes.lines) - notes.lines, notes.lines)
    begin = np.floor(rng.random(len(notes.order)) * count[notes.order]).astype(np.int64)
    line = start[notes.order][note] + (begin[note] + nth) % count[notes.order][note]
    return note, line, rng.uniform(0.2, 1, len(note))


def _write_orders(
    world: World,
    sales: Sales,
    quote: Ints,
    source: Ints,
    day: Ints,
    number: Ints,
    steps: dict[str, Ints],
    writer: Writer,
) -> None:
    accounts, market, reps = world.accounts, world.market, world.reps
    customer = sales.customer[source]
    writer.add(
        {
            "order_id": codes("SO", number, 9),
            "ordered_on": day,
            "customer_id": pick(accounts.ids, customer),
            "rep_id": pick(reps.ids, sales.rep[source]),
            "channel": pick(CHANNELS, sales.channel[source]),
            "quote_id": pc.if_else(pa.array(quote > 0), codes("Q", quote, 9), pa.scalar(None, pa.string())),
            "catalog_id": pick(market.catalog_ids, accounts.catalog[customer]),
            "currency": pick(CURRENCIES, accounts.currency[customer]),
            **steps,
        }
    )


def _fulfilment(day: Ints, is_note: Mask, seed: list[int]) -> dict[str, Ints]:
    """Days of acceptance, picking, shipment, delivery and payment of recent orders, with what was promised.

    Some wait for goods, some come late, and some are not paid when due. The numbers are drawn apart from all others.
    """
    rng = np.random.default_rng([*seed, _FULFILMENT])
    recent = np.flatnonzero((day > history.last_day - _TRACKED) & ~is_note)
    n = len(recent)
    placed = day[recent]
    accepted = placed + rng.integers(0, 2, n)
    waits = np.where(rng.random(n) < 0.07, rng.integers(6, 30, n), 0)
    picked = accepted + rng.integers(0, 4, n) + waits
    shipped = picked + rng.integers(0, 3, n)
    delivered = shipped + rng.integers(1, 6, n)
    due = placed + np.array([14, 30, 30, 60])[rng.integers(4, size=n)]
    paid = np.where(rng.random(n) < 0.04, history.last_day + 1, due + np.rint(rng.normal(-4, 7, n)).astype(np.int64))
    happened = {
        "accepted_on": accepted,
        "picked_on": picked,
        "shipped_on": shipped,
        "delivered_on": delivered,
        "paid_on": np.maximum(paid, placed),
    }
    known = {name: np.where(on <= history.last_day, on, NEVER) for name, on in happened.items()}
    known |= {"promised_on": placed + rng.integers(7, 13, n), "payment_due_on": due}
    steps = {name: np.full(len(day), NEVER) for name in known}
    for name, on in known.items():
        steps[name][recent] = on
    return steps
