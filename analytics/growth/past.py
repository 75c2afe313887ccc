"""What was known of customers and products as of a day, and what customers took up afterwards."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from analytics.coding import codes
from analytics.tables import Ask

# An item needs this many buyers a year to be proposed, of few customers one in twenty; beyond the most bought, a
# closed form gets slow.
MIN_BUYERS = 10
LEAST_BUYERS = 3
MAX_ITEMS = 3000
# The history a first origin needs behind it, in days: with less, much is bought anew that was only not seen before.
MIN_HISTORY_DAYS = 180
HALF_LIFE_DAYS = 60
TREND_DAYS = 60
# Silent for longer, an account is leaving: usual intervals, and days where no interval is usual.
LEAVING_INTERVALS = 2.0
LEAVING_DAYS = 180
# In so many days it is counted what customers lately began to buy.
LATELY_DAYS = 90
# Order days, and days between the first and the last, from which on an interval is usual.
RHYTHM_ORDER_DAYS, RHYTHM_DAYS = 5, 90


@dataclass(frozen=True)
class Habits:
    """How customers order, an element for each.

    `order_days` so far, days since the last one (`silent_days`), the median gap between two (`usual_days`, nan where
    none is usual), and how many items were `begun` in LATELY_DAYS.
    """

    order_days: np.ndarray
    silent_days: np.ndarray
    usual_days: np.ndarray
    begun: np.ndarray

    @property
    def leaving(self) -> np.ndarray:
        """Whether a customer is silent for so long that nothing should be proposed to it."""
        patience = np.where(np.isnan(self.usual_days), LEAVING_DAYS, LEAVING_INTERVALS * self.usual_days)
        return np.asarray(self.silent_days > patience)


@dataclass(frozen=True)
class Past:
    """Purchases of the 365 days up to an origin. Matrices are customers x items, rows and columns in order of id.

    `bought` is 1 where owned; `recent` halves every HALF_LIFE_DAYS since the last purchase; `spend` is revenue, not
    below 0. `trend` is ln(recent / all buyers) of an item. `offers` says which items each catalog holds, its first row
    all of them, and `catalog` which row of it is a customer's. `category` is the items'; `trade` the customers'
    industry, or segment where industries are not known, "" where neither is.
    """

    customers: np.ndarray
    items: np.ndarray
    category: np.ndarray
    bought: sp.csr_matrix
    recent: sp.csr_matrix
    spend: sp.csr_matrix
    trend: np.ndarray
    offers: np.ndarray
    catalog: np.ndarray
    trade: np.ndarray
    habits: Habits

    @cached_property
    def gram(self) -> np.ndarray:
        """X'X of `bought`: how many customers own both. (items, items)."""
        return (self.bought.T @ self.bought).toarray().astype(np.float32)

    @cached_property
    def kinds(self) -> np.ndarray:
        """The category of each item as a number from 0; items without one are each of a kind of their own."""
        _, code = np.unique(self.category.astype(str), return_inverse=True)
        return np.where(self.category == "", code.max(initial=0) + 1 + np.arange(len(code)), code)

    @cached_property
    def kinds_bought(self) -> sp.csr_matrix:
        """1 where a customer owns anything of a kind. (customers, kinds)."""
        kinds = self.kinds.max(initial=-1) + 1
        of_kind = sp.csr_matrix(
            (np.ones(len(self.items), np.float32), (np.arange(len(self.items)), self.kinds)), (len(self.items), kinds)
        )
        found = sp.csr_matrix(self.bought @ of_kind)
        found.data[:] = 1
        return found

    def candidates(self, rows: np.ndarray) -> np.ndarray:
        """What may be proposed to those customers: offered to them and not owned. (rows, items) of bool."""
        return self.offers[self.catalog[rows]] & (self.bought[rows].toarray() == 0)

    def possible(self, rows: np.ndarray) -> np.ndarray:
        """How many items may be proposed to each of those customers."""
        offered = self.offers.sum(axis=1)[self.catalog[rows]]
        owned = np.asarray(self.bought[rows].multiply(self.offers[self.catalog[rows]]).sum(axis=1)).ravel()
        return np.asarray(offered - owned)

    def new_kinds(self, rows: np.ndarray) -> np.ndarray:
        """Whether those customers own nothing of an item's category; False without one. (rows, items) of bool."""
        none_owned = self.kinds_bought[rows].toarray() == 0
        return np.asarray(none_owned[:, self.kinds] & (self.category != ""))


def origins(ask: Ask, as_of: dt.date, horizon_days: int) -> list[dt.date]:
    """Days whose outcome is known by `as_of`, MIN_HISTORY_DAYS or more into the history: up to three, latest first."""
    (first,) = ask("growth_history", as_of=as_of).column("first_on").to_pylist() or [None]
    days = [as_of - dt.timedelta(days=horizon_days * back) for back in (1, 2, 3)]
    return [day for day in days if first is not None and (day - first).days >= MIN_HISTORY_DAYS]


def past_at(ask: Ask, as_of: dt.date) -> Past:
    """The past as of a day. Items are offered to someone, have buyers enough, and are the MAX_ITEMS most bought."""
    bought = ask("growth_purchases", as_of=as_of).combine_chunks()
    products = ask("growth_products", as_of=as_of)
    category_of = dict(zip(*(products.column(name).to_pylist() for name in ("product_id", "category")), strict=True))
    buyers = pc.value_counts(bought.column("product_id")).to_pylist()
    least = np.clip(len(pc.unique(bought.column("customer_id"))) / 20, LEAST_BUYERS, MIN_BUYERS)
    often = [(-row["counts"], row["values"]) for row in buyers if row["counts"] >= least]
    items = np.array(sorted(i for _, i in sorted(p for p in often if p[1] in category_of)[:MAX_ITEMS]), dtype=object)
    bought = bought.filter(pc.is_in(bought.column("product_id"), pa.array(items, pa.string())))
    customers = np.array(sorted(pc.unique(bought.column("customer_id")).to_pylist()), dtype=object)
    shape = (len(customers), len(items))
    rows, columns = _positions(bought, customers, items)
    age, first_age = (_days_ago(bought.column(name), as_of) for name in ("last_on", "first_on"))
    revenue = np.maximum(bought.column("revenue").to_numpy(), 0)
    everyone = np.bincount(columns, minlength=len(items))
    lately = np.bincount(columns[age < TREND_DAYS], minlength=len(items))
    begun = np.bincount(rows[first_age < LATELY_DAYS], minlength=len(customers))
    catalog_of, trade = _named(ask, customers)
    offers, catalog = _offers(ask, as_of, catalog_of, items)
    return Past(
        customers,
        items,
        np.array([category_of[item] or "" for item in items], dtype=object),
        _matrix(np.ones(len(rows)), rows, columns, shape),
        _matrix(0.5 ** (age / HALF_LIFE_DAYS), rows, columns, shape),
        sp.csr_matrix((revenue, (rows, columns)), shape=shape),
        np.log((lately + 1) / (everyone + 1)).astype(np.float32),
        offers,
        catalog,
        trade,
        _habits(ask, as_of, customers, begun),
    )


def adoptions(ask: Ask, past: Past, as_of: dt.date, horizon_days: int) -> sp.csr_matrix:
    """Revenue of what customers of that past bought within the horizon and could have been offered, as `bought`."""
    until = as_of + dt.timedelta(days=horizon_days)
    after = ask("growth_adoptions", as_of=as_of, until=until).combine_chunks()
    for name, ids in (("customer_id", past.customers), ("product_id", past.items)):
        after = after.filter(pc.is_in(after.column(name), pa.array(ids, pa.string())))
    rows, columns = _positions(after, past.customers, past.items)
    # A gift is adopted as well: an amount that counts as bought and as nothing.
    revenue = np.maximum(after.column("revenue").to_numpy(), 1e-9)
    new = values(past.bought, rows, columns) == 0
    new &= past.offers[past.catalog[rows], columns]
    return sp.csr_matrix((revenue[new], (rows[new], columns[new])), shape=past.bought.shape)


def values(matrix: sp.csr_matrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The values at those places."""
    return np.asarray(matrix[rows, columns]).ravel() if len(rows) else np.zeros(0)


def _habits(ask: Ask, as_of: dt.date, customers: np.ndarray, begun: np.ndarray) -> Habits:
    known = ask("customer_rhythms", as_of=as_of)
    at = codes(pa.array(customers, pa.string()), known.column("customer_id"))
    order_days, silent = (known.column(name).to_numpy()[at].astype(float) for name in ("order_days", "silent_days"))
    usual = pc.fill_null(known.column("median_gap_days"), np.nan).to_numpy()[at].astype(float)
    first, last = (_days_ago(known.column(name), as_of)[at] for name in ("first_order_on", "last_order_on"))
    has_rhythm = (order_days >= RHYTHM_ORDER_DAYS) & (first - last >= RHYTHM_DAYS)
    return Habits(order_days, silent, np.where(has_rhythm, usual, np.nan), begun)


def _named(ask: Ask, customers: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The catalog each customer is offered, "" where none is named, and its trade."""
    named = ask("growth_customers")
    of = dict(zip(named.column("customer_id").to_pylist(), named.to_pylist(), strict=True))
    industry, segment, catalog = (
        np.array([of.get(customer, {}).get(name) or "" for customer in customers], dtype=object)
        for name in ("industry", "segment", "catalog_id")
    )
    return catalog.tolist(), industry if 2 * np.sum(industry != "") > len(customers) else segment


def _offers(ask: Ask, as_of: dt.date, catalog_of: list[str], items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    offered = ask("growth_offers", as_of=as_of).to_pydict()
    catalogs = {name: row for row, name in enumerate(sorted(set(offered["catalog_id"])), start=1)}
    column_of = {item: column for column, item in enumerate(items)}
    offers = np.zeros((len(catalogs) + 1, len(items)), bool)
    offers[0] = True
    for name, item in zip(offered["catalog_id"], offered["product_id"], strict=True):
        if item in column_of:
            offers[catalogs[name], column_of[item]] = True
    return offers, np.array([catalogs.get(name, 0) for name in catalog_of], dtype=np.int64)


def _days_ago(days: pa.ChunkedArray, as_of: dt.date) -> np.ndarray:
    known = days.cast(pa.date32()).to_numpy().astype("datetime64[D]")
    return (np.datetime64(as_of) - known).astype(np.int64)


def _positions(table: pa.Table, customers: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = codes(table.column("customer_id"), pa.array(customers, pa.string()))
    return rows, codes(table.column("product_id"), pa.array(items, pa.string()))


def _matrix(cells: np.ndarray, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sp.csr_matrix:
    return sp.csr_matrix((cells.astype(np.float32), (rows, columns)), shape=shape)
