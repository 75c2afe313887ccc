"""What a figure needs that not every company loads: a figure, a column or a list without it is not told.

A query names its own needs in its header (`needs: quotes, stages`; `a | b` where one of them is enough). Columns that
need more than their query stand here. What was loaded is known of a snapshot (`Snapshot.unloaded`).
"""

from collections.abc import Iterable, Sequence

from data.warehouse.access import Result, Snapshot
from presentation.pages import BY_NAME
from presentation.words import N_, text
from queries import Query

# What to load for each fact of the model `loaded_facts`.
LOAD = {
    "cost": N_("`unit_cost` with `products` or `order_lines`"),
    "list_price": N_("`list_price` with `products` or `order_lines`"),
    "catalog_orders": N_("`catalog_id` with `orders` or `customers`"),
    "channels": N_("`channel` with `orders`"),
    "catalogs": N_("`catalogs`"),
    "catalog_prices": N_("`catalog_items`"),
    "account_catalogs": N_("`catalog_id` with `customers`"),
    "owners": N_("`owner_rep_id` with `customers`"),
    "stock": N_("`stock` with `products`"),
    "quotes": N_("`quotes`"),
    "quote_amounts": N_("`amount` with `quotes`"),
    "decisions": N_("`outcome` with `quotes`"),
    "expected_days": N_("`expected_close_on` with `quotes`"),
    "validity": N_("`valid_until` with `quotes`"),
    "quote_orders": N_("`quote_id` with `orders`"),
    "quote_list_prices": N_("`list_price` with `quote_lines`"),
    "steps": N_("`quote_events` with `stage` or `buying_job`"),
    "stages": N_("`stage` with `quote_events`"),
    "jobs": N_("`buying_job` with `quote_events`"),
    "people": N_("`contact_id` with `quote_events`"),
    "touches": N_("`channel` with `quote_events`"),
    "quotas": N_("`quotas`"),
    "leads": N_("`leads`"),
    "contacts": N_("`contacts`"),
    "contracts": N_("`contracts`"),
    "activities": N_("`activities`"),
    "feedback": N_("`feedback`"),
    "capacity": N_("`capacity` with `sales_reps`"),
    "order_steps": N_("`accepted_on`, `picked_on`, `shipped_on`, `delivered_on`, `paid_on`, `promised_on` or "
                      "`payment_due_on` with `orders`"),
}  # fmt: skip
_PART_OF = {"quote_amounts": "quotes"}  # of a table that is missing as a whole, the whole is told
# What a column needs, wherever it stands, or on one page ("negotiations.discount_depth").
COLUMNS = {
    column: fact
    for fact, columns in {
        "cost": ("margin", "margin_rate", "lifetime_margin"),
        "list_price": ("price_realisation",),
        "channels": ("inside_share", "outside_share", "ecommerce_share"),
        "owners": ("owner",),
        "stock": ("stock", "stock_cover_days"),
        "catalog_prices": ("catalog_price", "against_catalog"),
        "quotes": (
            "won", "lost", "win_rate", "win_rate_likely", "win_rate_low", "win_rate_high", "median_days_to_close",
            "response_days", "due_quotes", "deals", "decided",
        ),
        "quote_amounts": (
            "won_value", "average_won", "median_won", "due_value", "due_likely", "deal_value", "open_value",
        ),
        "quotas": (
            "attainment", "quota", "quota_to_date", "needed", "shortfall", "short_people", "beyond_quota",
            "orders_to_come", "uncovered", "quota_covered",
        ),
        "quote_orders": (
            "conversion", "conversion_low", "conversion_high", "ordered", "value_conversion", "ordered_value",
        ),
        "expected_days": ("expected_close_on", "day_standing", "slips"),
        "jobs": ("jobs",),
        "validity": ("valid_until", "is_past_validity"),
        "stages": ("stage", "stage_days"),
        "quote_list_prices": ("negotiations.discount_depth", "usual_depth", "usual_discount"),
        "contracts": ("contracts", "contract_value"),
        "activities": (
            "last_contact_on", "activities", "activities_per_account", "long_tail_touched", "quiet_contacts",
        ),
        "capacity": ("capacity", "capacity_use"),
        "order_steps": ("late_orders",),
    }.items()
    for column in columns
}  # fmt: skip


def of_query(query: Query, snapshot: Snapshot) -> list[str]:
    """The facts that a query needs and that were not loaded."""
    wanted = filter(None, map(str.strip, query.headers.get("needs", "").split(",")))
    choices = [[fact.strip() for fact in each.split("|")] for each in wanted]
    return [fact for choice in choices if snapshot.unloaded.issuperset(choice) for fact in choice]


def of_column(column: str, query: str, snapshot: Snapshot) -> str | None:
    """The fact that a column of the query of that name needs and that was not loaded, if there is one."""
    page, name = query.partition(".")[0], column.removesuffix("_base")
    fact = COLUMNS.get(f"{page}.{name}") or COLUMNS.get(name)
    whole = _PART_OF.get(fact or "")
    return whole if whole in snapshot.unloaded else fact if fact in snapshot.unloaded else None


def dated(column: str, query: str) -> str | None:
    """The input table whose days a column is of, where it is another than that of the page; None where it is that."""
    page, name = query.partition(".")[0], column.removesuffix("_base")
    fact = COLUMNS.get(name)
    table = _PART_OF.get(fact or "", fact)
    return table if table == "quotes" and BY_NAME[page].dated != table else None


def known(columns: Iterable[str], query: str, snapshot: Snapshot) -> list[str]:
    """Those columns of the query of that name that something was loaded for."""
    return [column for column in columns if of_column(column, query, snapshot) is None]


def lacks(result: Result, fact: str) -> bool:
    """Whether that fact was not loaded."""
    return fact in result.snapshot.unloaded


def to_load(facts: Sequence[str]) -> str:
    """What to load for these facts."""
    return text("Load {facts}.", facts=", ".join(text(LOAD[fact]) for fact in facts))


def in_short(fact: str) -> str:
    """What to load for a fact, as far as it fits a card."""
    return text("Load {column}", column=LOAD[fact].split("`")[1])
