"""The book of accounts, and the health of the base they form."""

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, grid, links, lists, origin
from pages.ui.customers import account
from pages.ui.source import fetch, fetch_all
from presentation.filters import Filters
from presentation.format import literal
from presentation.sentences import base as sentences
from presentation.words import N_, text

SHOWN = [
    "customer", "health", "health_reason", "likely_loss", "at_stake", "days_since_last", "usual_interval_days",
    "overdue_ratio", "revenue", "change", "tier", "margin_rate", "potential", "orders", "segment", "owner",
]  # fmt: skip
MENU = [
    "health", "health_reason", "rhythm", "likely_loss", "at_stake", "silence_probability", "days_since_last",
    "late_after_days", "churned_on", "usual_interval_days", "overdue_ratio",
    "revenue", "revenue_base", "change", "tier", "margin_rate", "margin", "price_realisation", "potential",
    "lifetime_revenue", "lifetime_margin", "expected_revenue", "usual_order_value", "expected_orders", "rfm",
    "orders", "quantity", "inside_share", "outside_share", "ecommerce_share", "segment", "owner",
]  # fmt: skip
SORTS = [
    "likely_loss", "at_stake", "overdue", "revenue", "change", "margin", "potential", "expected_revenue",
    "lifetime_revenue", "orders", "silence", "customer",
]  # fmt: skip
HEALTH = ["at_risk", "watch", "healthy", "new", "lost_account"]
TIERS = ["strategic", "mid", "long_tail", "without_revenue"]
RHYTHMS = [
    "late", "quiet", "probably_gone", "seasonal_pause", "on_rhythm", "irregular", "new", "one_off", "churned",
    "no_orders",
]  # fmt: skip
BRIDGE = {"expanded": 1, "gained": 1, "contracted": -1, "churned": -1}
BEHIND = {
    "revenue_base": "customers_base", "expanded": "customers_expanded", "gained": "customers_gained",
    "contracted": "customers_contracted", "churned": "customers_churned", "revenue": "customers",
}  # fmt: skip
COHORT_STEPS = ["year", "quarter"]
COHORT = ["cohort", "accounts", "active_share", "revenue_per_account", "revenue_year"]
FIFTH = 0.2
# What makes an account healthy, watched, at risk, new or lost.
HEALTH_RULE = N_(
    "Lost: probably gone, churned, or bought once or twice. New: too few orders for a rhythm. At risk: late or quiet, "
    "or a category stopped, or revenue of 365 days down by over 30%. Watch: a category declining, revenue down by over "
    "10%, or irregular. Healthy: the rest that ordered."
)
# What each word about an account's silence means.
RHYTHM_RULE = N_(
    "The limit of an account is longer than nine in ten of its gaps (without a rhythm three in four) and 1.25 usual "
    "intervals. Late: has a rhythm, silent beyond the limit. Quiet: has none, silent beyond the limit. Probably "
    "gone: silent for over 180 days and four usual intervals, or one chance in five to be still there. Churned: for"
    " over a year and two usual intervals. Seasonal pause: as a year ago, or as its segment. Irregular: no rhythm, "
    "within the limit. One-off: one or two orders."
)
# Where the lines between the tiers are.
TIER_RULE = N_(
    "By revenue of 365 days in the whole company. Strategic: the largest accounts that together bring the first "
    "50%. Mid: those up to 80%. Long tail: the rest."
)


def accounts(f: Filters, rows_shown: int = 8) -> Result:
    """Every account: narrowed, searched, sorted and paged, with the columns one chose."""
    return lists.browse(
        lists.Listing(
            "customers.book",
            SHOWN,
            total="accounts",
            sorts=SORTS,
            rows_shown=rows_shown,
            opens={"customer": "customer_id"},
            narrows={
                "health": lists.Narrowing(HEALTH, HEALTH_RULE),
                "tier": lists.Narrowing(TIERS, TIER_RULE),
                "rhythm": lists.Narrowing(RHYTHMS, RHYTHM_RULE),
            },
            menu=MENU,
        ),
        f,
    )


def category_risks(f: Filters) -> None:
    """Who is leaving which category, or the one category that was clicked."""
    category = links.drill("category")
    if category:
        links.back(text("All categories"), "category")
        cards.title(text("Leaving {category}", category=literal(category)))
    lists.browse(
        lists.Listing("customers.category_risks", account.RISKS, total="alerts", opens={"customer": "customer_id"}),
        f,
        customer=None,
        category=category,
    )


def base(f: Filters) -> None:
    """How healthy the base is: what stayed, on how few it hangs, how accounts move, what its long tail misses."""
    left, right = cards.two_columns()
    concentration, curve = fetch_all(f, "customers.concentration", "customers.pareto")
    with left:
        _kept(f)
    with right:
        if len(curve):
            cards.title(text("On how few accounts the revenue hangs"))
            charts.pareto(curve, "accounts_share", "revenue_share", at=FIFTH, key="pareto", height=230)
            cards.note(sentences.concentration(concentration))
        else:
            cards.empty(text("No account bought in this period."), text("Choose a longer period or widen the filters."))
        origin.show(concentration, curve)
    left, right = cards.two_columns()
    with left:
        _cohorts(f)
    with right:
        _tail(f)


def _kept(f: Filters) -> None:
    shared = cards.comparing(f)
    if shared is None:
        return
    kept = fetch("customers.retention", shared)
    cards.title(sentences.retention(kept))
    if kept.one()["customers_base"] or kept.one()["customers"]:
        charts.bridge(kept, "revenue_base", BRIDGE, "revenue", key="retention", counts=BEHIND)
    origin.show(kept)


def _cohorts(f: Filters) -> None:
    cards.title(text("How many of each year's first buyers are still active"))
    step = filters.switch("cohort_step", text("First order by"), COHORT_STEPS)
    cohorts = fetch("customers.cohorts", f, cohort_step=step)
    if len(cohorts):
        grid.plain(cohorts, "cohorts", COHORT)
    else:
        cards.empty(text("Nobody has ordered yet."))
    origin.show(cohorts)


def _tail(f: Filters) -> None:
    tail, tiers = fetch_all(f, "customers.long_tail", "customers.tiers")
    if tail.one()["lost_revenue"] is None:
        cards.empty(text("What the long tail misses cannot be told."), text("It takes two years that were loaded."))
        origin.show(tail)
        return
    cards.title(sentences.long_tail(tail))
    if len(tiers):
        cards.note(sentences.long_tail_case(tail))
        charts.matrix(tiers, "tier_before", "tier", "share", ["accounts"], TIERS, key="tiers", height=250)
        cards.note(text(TIER_RULE))
    origin.show(tail, tiers)
