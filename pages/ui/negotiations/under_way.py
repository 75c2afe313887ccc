"""Orders under way: how far orders come, where they stand now, and which are late in delivery or payment."""

from pages.ui import cards, charts, grid, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch
from presentation.filters import Filters
from presentation.sentences import orders as sentences
from presentation.words import N_, text

STEPS = ["step", "orders", "share", "median_days", "standing_orders", "standing_value", "revenue"]
ORDERS = [
    "customer", "revenue", "status", "delivery_late_days", "payment_late_days", "promised_on", "payment_due_on",
    "status_since", "order_id", "ordered_on", "channel",
]  # fmt: skip
SORTS = ["most_overdue", "revenue", "promised", "customer"]
STATUSES = ["placed", "accepted", "picked", "shipped", "delivered"]
LATENESS = ["late_delivery", "late_payment"]
# What is clicked narrows the list of orders, by the name its own filter has in the link.
_NARROWS = {"negotiations-orders_under_way-status": "step"}


def show(f: Filters) -> None:
    """Steps on the left, from placing to payment; on the right the orders, those overdue first."""
    if not loaded("negotiations.order_statuses"):
        return
    left, right = cards.two_columns()
    steps = fetch("negotiations.order_statuses", f)
    with left:
        if len(steps):
            cards.title(sentences.under_way(steps))
            charts.ranked(steps, by="step", x="orders", key="order-steps", height=200, **_NARROWS)
            grid.drillable(steps, STEPS, "order-steps-list", 6, **_NARROWS)
            cards.note(
                text(
                    "Bars: orders placed in the period that reached the step. Only orders that say where they stand "
                    "count; standing are all under way, whenever placed."
                )
            )
        else:
            cards.empty(
                text("No order says where it stands."),
                text(
                    "Load `accepted_on`, `picked_on`, `shipped_on`, `delivered_on`, `paid_on`, `promised_on` or "
                    "`payment_due_on` with `orders`."
                ),
            )
        origin.show(steps)
    if len(steps):
        with right:
            _orders(f)


def _orders(f: Filters) -> None:
    lists.browse(
        lists.Listing(
            "negotiations.orders_under_way",
            ORDERS,
            total="orders",
            sorts=SORTS,
            opens={"customer": "customer_id", "order": "order_id"},
            on_page="customers",
            narrows={
                "status": lists.Narrowing(STATUSES, N_("The furthest step the order has reached.")),
                "lateness": lists.Narrowing(LATENESS, N_("Past the day promised, or the last day to pay.")),
            },
        ),
        f,
    )
