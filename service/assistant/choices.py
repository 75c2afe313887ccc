"""What may be said for the parameters of queries: the choices that the pages offer, and their defaults."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import queries
from data.people.permissions import allowed
from data.people.person import Person
from presentation.filters import NARROWING

Codes = tuple[str | int, ...]

_SPLITS: Codes = ("0.25", "0.33", "0.5", "0.67", "0.75", "0.9")
_LEAKED_BY: Codes = ("by_customer", "by_product", "by_channel")
_STATUSES: Codes = ("open", "accepted", "snoozed", "dismissed")
_CHANNELS: Codes = ("outside", "inside", "ecommerce")
_WORK: Codes = ("late", "category_risk", "growth")
_DUE: Codes = ("deal", "contract", "contact", "order")
_PLACES: Codes = ("stage", "job")
_METRICS: Codes = ("revenue", "margin", "won_value")
_HORIZONS: Codes = (30, 90)
# By query and parameter, as on the pages; a test holds the two together.
CHOICES: Mapping[str, Mapping[str, Codes]] = {
    "catalogs.assortment": {
        "role": ("traffic", "profit", "niche", "drop_candidate", "cost_unknown"),
        "demand_split": _SPLITS,
        "margin_split": _SPLITS,
        "sort": ("orders", "margin", "margin_rate", "elasticity", "revenue"),
    },
    "catalogs.discounts": {
        "by": ("by_category", "by_product", "by_catalog"),
        "sort": ("discounts", "units_against_rest", "depth_change", "discount_depth"),
    },
    "catalogs.leakage": {"by": _LEAKED_BY},
    "catalogs.leaking_lines": {"by": _LEAKED_BY, "sort": ("leaked", "ordered_on")},
    "catalogs.pairs": {"sort": ("lift_low", "orders_both")},
    "catalogs.personal": {
        "action": ("add", "drop", "keep"),
        "sort": ("action", "yearly_potential", "sold_elsewhere", "buyers", "product"),
    },
    "catalogs.personal_customers": {"sort": ("yearly_potential", "penetration", "customer")},
    "catalogs.products": {
        "movement": ("new", "rising", "steady", "falling", "dying", "gone"),
        "abc": ("A", "B", "C"),
        "xyz": ("X", "Y", "Z"),
        "sort": (
            "revenue", "revenue_least", "change", "gain", "margin", "margin_least", "margin_rate", "margin_rate_least",
            "quantity", "quantity_least", "stock_cover", "stock_cover_least", "product",
        ),
    },
    "customers.book": {
        "health": ("at_risk", "watch", "healthy", "new", "lost_account"),
        "tier": ("strategic", "mid", "long_tail", "without_revenue"),
        "rhythm": (
            "late", "quiet", "probably_gone", "seasonal_pause", "on_rhythm", "irregular", "new", "one_off", "churned",
            "no_orders",
        ),
        "sort": (
            "likely_loss", "at_stake", "overdue", "revenue", "change", "margin", "potential", "expected_revenue",
            "lifetime_revenue", "orders", "silence", "customer",
        ),
    },
    "customers.cohorts": {"cohort_step": ("year", "quarter")},
    "customers.qualification": {"stage": ("lead", "account"), "sort": ("lead_score", "newest")},
    "customers.work_list": {"status": _STATUSES, "alert": (*_WORK, *_DUE), "channel": _CHANNELS},
    "negotiations.bridge": {"due_days": _HORIZONS},
    "negotiations.closing_groups": {"by": ("by_segment", "by_size"), "months": (12, 24)},
    "negotiations.conversion_groups": {"by": ("by_segment", "by_channel", "by_source", "by_category")},
    "negotiations.decided": {
        "outcome": ("lost", "won"),
        "depth": ("under_5", "from_5", "from_10", "from_15", "from_20", "from_30"),
        "sort": ("amount", "closed", "discount_depth", "customer"),
    },
    "negotiations.incidence": {"months": (12, 24)},
    "negotiations.loops": {"places": _PLACES},
    "negotiations.movements": {
        "due_days": _HORIZONS,
        "flow": ("created", "reopened", "pulled_in", "raised", "lowered", "slipped", "won", "lost", "closed_here"),
        "sort": ("amount", "customer"),
    },
    "negotiations.open_list": {
        "due": (
            "closing_14", "closing_30", "expected_14", "expected_30", "past_expected", "slipping", "slipped",
            "expiring", "expired", "closed_here",
        ),
        "next_step": (
            "answer_request", "send_quote", "settle", "ask_for_date", "renew_offer", "second_person", "follow_up",
        ),
        "sort": ("amount", "expected_value", "probability", "closes", "expected_close", "age", "customer"),
    },
    "negotiations.orders_under_way": {
        "status": ("placed", "accepted", "picked", "shipped", "delivered"),
        "lateness": ("late_delivery", "late_payment"),
        "sort": ("most_overdue", "revenue", "promised", "customer"),
    },
    "negotiations.path": {"places": _PLACES},
    "negotiations.places": {"places": _PLACES},
    "negotiations.programme": {"programme": ("dealer", "b2b", "b2c")},
    "negotiations.stuck": {"sort": ("amount", "overstay", "customer")},
    "negotiations.transitions": {"places": _PLACES},
    "team.attainment": {"metric": _METRICS, "by": ("by_rep", "by_team", "by_month", "by_quarter")},
    "team.due": {
        "status": _STATUSES,
        "alert": _DUE,
        "reason": (
            "offer_ends", "decision_14", "past_expected", "slipped", "decision_30", "contract_ends", "review_due",
            "contact_quiet", "order_late",
        ),
        "sort": ("at_stake", "due_on", "customer"),
    },
    "team.forecast": {"granularity": ("month", "week")},
    "team.forecast_record": {"granularity": ("month", "week")},
    "team.moves": {"sort": ("revenue_year", "last_contact_on", "customer")},
    "team.targets": {"metric": _METRICS},
}  # fmt: skip
# Of these one always holds; of the others of CHOICES only what was asked for.
_ALWAYS = ("by", "months", "cohort_step", "places", "metric", "granularity", "demand_split", "margin_split", "sort")
_DEFAULTS = {"demand_split": "0.5", "margin_split": "0.5", "limit": 12}
# Of whom or what a query tells, which it cannot do without; where it can, as a choice, it stands in MAYBE.
_SUBJECTS = ("customer", "product", "negotiation", "order", "rep", "subject", "leaking", "kind", "since", "year_from")
_MAYBE = {
    "catalogs.penetration_trend": ("customer",),
    "catalogs.personal": ("customer",),
    "catalogs.pairs": ("product",),
    "catalogs.seasonal_profile": ("product",),
    "catalogs.what_if": ("product",),
    "customers.category_risks": ("customer",),
    "customers.growth": ("customer",),
    "team.attainment": ("rep",),
    "team.due": ("customer", "subject"),
    "team.kpis": ("rep",),
}
# What is read off the period, the store or the page of the list, and so is nobody's to say.
_OF_PERIOD = frozenset(
    {"date_from", "date_to", "base_from", "base_to", "period_to"}
    | {f"{side}_month_{end}" for side in ("date", "base") for end in ("from", "to")}
)
_OF_STORE = frozenset(
    {"as_of", "decided", "taught", "held_share", "least_chance", "least_expected", "accepted", "entered", "weights"}
)
_OF_PAGING = frozenset({"page_start", "page_rows"})
_TOTAL = re.compile(r"count\(\*\) over \(\)(?: as bigint\))? as (\w+)")
# Looked up before something is written, shown on no page.
_NOT_SHOWN = ("customers.work_item", "negotiations.deal_item", "team.due_item", "data_admin.documents")


@dataclass(frozen=True)
class Parameter:
    """What may be said for one parameter: a value of that kind (text, integer, date), one of the `codes` if any."""

    kind: str
    codes: Codes
    default: str | int | None
    is_required: bool


def names(person: Person) -> list[str]:
    """The queries of pages that somebody may ask."""
    return [name for name in _of_pages() if may_ask(person, name)]


def may_ask(person: Person, name: str) -> bool:
    """Whether somebody is shown what a query gives; nobody what there is no query for."""
    if name not in _of_pages():
        return False
    return allowed(person, "read", name)


@cache
def _of_pages() -> dict[str, None]:
    """Every query that a page shows; what filters and rules of one's own alone read is none of them."""
    pages = [page for page in queries.page_folders() if page not in ("shared", "delivery")]
    return dict.fromkeys(name for page in pages for name in queries.names(page) if name not in _NOT_SHOWN)


def parameters(query: queries.Query) -> dict[str, Parameter]:
    """What may be said, by name; filters stand apart."""
    theirs = query.params.keys() - _OF_PERIOD - _OF_STORE - _OF_PAGING - {*filters(query)}
    if "held_share" in query.params:
        theirs -= {"since"}
    return {name: _parameter(query, name) for name in query.params if name in theirs}


def _parameter(query: queries.Query, name: str) -> Parameter:
    codes = CHOICES.get(query.name, {}).get(name, ())
    default: Any = _DEFAULTS.get(name)
    if default is None and codes and name in _ALWAYS:
        default = codes[0]
    is_required = name in _SUBJECTS and name not in _MAYBE.get(query.name, ())
    return Parameter(query.params[name], codes, default, is_required or (name == "programme"))


def filters(query: queries.Query) -> list[str]:
    """The filters that narrow what a query gives."""
    return [name for name in NARROWING if name in query.params]


def is_of_period(query: queries.Query) -> bool:
    """Whether it is of the days of a period."""
    return bool(query.params.keys() & _OF_PERIOD)


def is_paged(query: queries.Query) -> bool:
    """Whether it gives its rows a page at a time."""
    return query.params.keys() >= _OF_PAGING


def total(query: queries.Query) -> str:
    """The column in which a paged query says how many rows there are altogether."""
    (name,) = _TOTAL.findall(query.statement)
    return str(name)
