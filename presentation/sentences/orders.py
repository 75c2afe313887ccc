"""Sentences about orders under way."""

from data.warehouse.access import Result
from presentation.format import money, value
from presentation.words import plural, text


def under_way(steps: Result) -> str:
    """How many orders are under way, what they are worth, and how many of them are late."""
    rows = steps.rows()

    def counted(name: str) -> str:
        return value(sum(row[name] for row in rows), "count")

    orders = sum(row["standing_orders"] for row in rows)
    said = plural(
        "{number} order is under way, worth {value}",
        "{number} orders are under way, worth {value}",
        orders,
        number=value(orders, "count"),
        value=money(steps, sum(row["standing_value"] for row in rows)),
    )
    late = text(
        "{deliveries} late in delivery ({deliveries_value}), {payments} in payment ({payments_value})",
        deliveries=counted("late_deliveries"),
        deliveries_value=money(steps, sum(row["late_deliveries_value"] for row in rows)),
        payments=counted("late_payments"),
        payments_value=money(steps, sum(row["late_payments_value"] for row in rows)),
    )
    return f"{said}; {late}"
