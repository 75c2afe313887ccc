"""The diary of a source that overwrites: what two refreshes differ by becomes history, dated as it was seen.

Asked for by `diary: yes` of a source. What it writes are rows of tables of the contract:

quotes.stage             -> quote_events, whose ids begin with `observed:`
customers.owner_rep_id   -> account_owners
catalog_items.price      -> a further row of catalog_items from that day on; the price before ends the day before

Nothing is invented where a source gives its own history: no event of a quote that has others, no owner where
account_owners were loaded, no price of a product for which a load brings several periods.
"""

import datetime as dt
from collections.abc import Collection, Mapping

from data import contract
from data.loading.engine import Engine
from data.loading.statements import (
    FILE,
    FILE_NO,
    LINE,
    all_of,
    count,
    good_view,
    literal,
    old_view,
    own,
    quoted,
    table,
    typed_table,
)

SOURCE = "observed"  # in the ledger, in place of a file's name
EVENT = f"{SOURCE}:"  # what ids of its events begin with
_MET = own("prices met")
_BEGINNING = "date '1900-01-01'"  # of what was so before anybody looked, where the account's first day is not known


def write(engine: Engine, given: Collection[str], told: Collection[str], at: dt.datetime) -> list[str]:
    """Adds what a load overwrites to its checked rows, as rows of its own; gives the tables that got some.

    `given` are the tables the load brings, `told` those of which any source ever gave rows. `at` is the moment the
    rows were seen, as the clock of the source shows it.
    """
    moment = {"at": at.replace(tzinfo=None, microsecond=0)}
    day = {"day": at.date()}
    found = []
    if "quotes" in given and "quote_events" not in given:
        found += _added(engine, "quote_events", _stages(), moment)
    if "customers" in given and "account_owners" not in told:
        found += _added(engine, "account_owners", _owners(), day)
    if "catalog_items" in given:
        engine.run(table(_MET, _prices_met()))
        found += _added(engine, "catalog_items", _ended_prices(), day)
        engine.run(_price_from_its_day(), day)
    return found


def _added(engine: Engine, name: str, rows: str, params: Mapping[str, dt.date]) -> list[str]:
    types = {each.name: each.sql_type for each in contract.table(name).columns}
    values = ", ".join(f"cast({quoted(each)} as {sql_type}) as {quoted(each)}" for each, sql_type in types.items())
    before = engine.rows(count(all_of(typed_table(name))))
    engine.run(
        f"insert into {typed_table(name)} by name select {values}, row_number() over () as {own('row')}, "
        f"{literal(SOURCE)} as {FILE}, cast(null as integer) as {FILE_NO}, row_number() over () as {LINE}, "
        f"cast(null as varchar) as {own('reason')}, -1 as {own('source')} from ({rows})",
        params,
    )
    return [name] if engine.rows(count(all_of(typed_table(name)))) != before else []


def _stages() -> str:
    """An event for each quote that stands elsewhere than its last event says; what is decided moved on that day.

    A quote that was decided before it was ever seen tells nothing of its way.
    """
    return (
        "with known as (select quote_id, max(occurred_at) as last_at, "
        "arg_max(stage, (occurred_at, event_id)) filter (where stage is not null) as stage, "
        f"bool_or(not starts_with(event_id, {literal(EVENT)})) as is_told "
        f"from {old_view('quote_events')} group by quote_id), "
        "moved as (select q.quote_id, q.stage, "
        "greatest(coalesce(k.last_at + interval 1 second, timestamp '1900-01-01'), "
        "least($at, coalesce(q.closed_on + interval 86399 second, $at))) as occurred_at "
        f"from {good_view('quotes')} q left join known k using (quote_id) "
        "where q.stage is not null and q.stage is distinct from k.stage and not coalesce(k.is_told, false) "
        "and (k.quote_id is not null or q.outcome is null)) "
        f"select {literal(EVENT)} || quote_id || ':' || strftime(occurred_at, '%Y-%m-%dT%H:%M:%S') as event_id, "
        "quote_id, occurred_at, stage, null as buying_job, null as actor, null as channel, null as contact_id "
        "from moved"
    )


def _owners() -> str:
    """The new owner from the day on which the change was seen, and for the first change, too, who it was before."""
    return (
        f"with known as (select customer_id, max(owned_from) as last_from, arg_max_null(rep_id, owned_from) as rep_id "
        f"from {old_view('account_owners')} group by customer_id), "
        "changed as (select n.customer_id, n.owner_rep_id as rep_id, o.owner_rep_id as rep_before, k.last_from, "
        f"coalesce(o.created_on, {_BEGINNING}) as first_day from {good_view('customers')} n "
        f"join {old_view('customers')} o using (customer_id) left join known k using (customer_id) "
        "where case when k.customer_id is null then n.owner_rep_id is distinct from o.owner_rep_id "
        "else n.owner_rep_id is distinct from k.rep_id and k.last_from <= $day end) "
        "select customer_id, $day as owned_from, rep_id from changed union all "
        "select customer_id, first_day, rep_before from changed where last_from is null and first_day < $day"
    )


def _prices_met() -> str:
    """The one row that a load brings of a catalog and product, beside the last period known of them."""
    return (
        "with single as (select catalog_id, product_id, "
        "any_value(valid_from) as valid_from, any_value(price) as price "
        f"from {good_view('catalog_items')} group by catalog_id, product_id having count(*) = 1), "
        "known as (select catalog_id, product_id, "
        "max(valid_from) as last_from, arg_max(price, valid_from) as last_price "
        f"from {old_view('catalog_items')} group by catalog_id, product_id) "
        "select * from single join known using (catalog_id, product_id) where valid_from <= last_from"
    )


# Where the price differs and the period had begun before that day, the source wrote a new price over an old one.
_IS_OVERWRITTEN = "price <> last_price and last_from < $day"


def _ended_prices() -> str:
    return (
        "select catalog_id, product_id, last_from as valid_from, $day - 1 as valid_to, last_price as price "
        f"from {_MET} where {_IS_OVERWRITTEN}"
    )


def _price_from_its_day() -> str:
    """Moves the source's row to the period it speaks of: the one that begins that day, or the last one known."""
    return (
        f"update {typed_table('catalog_items')} as t set valid_from = m.period from (select catalog_id, product_id, "
        f"case when {_IS_OVERWRITTEN} then $day else last_from end as period from {_MET}) as m "
        f"where t.catalog_id = m.catalog_id and t.product_id = m.product_id and t.{FILE} <> {literal(SOURCE)}"
    )
