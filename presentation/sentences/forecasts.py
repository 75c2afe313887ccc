"""Sentences about forecasts: what is expected of the next period and of open deals, and how forecasts came out."""

from typing import Any

from data.warehouse.access import Result
from presentation.format import money, value
from presentation.words import text


def next_period(coming: Result) -> str:
    """What the first period to come is expected to bring."""
    first = next((row for row in coming.rows() if row["forecast"] is not None), None)
    if first is None or first["p10"] is None:
        return text("Revenue to come")
    currency = coming.snapshot.currency
    return text(
        "From {day}: {expected} expected, eight in ten between {low} and {high}",
        day=value(first["period_start"], "date"),
        expected=value(first["forecast"], "money", currency),
        low=value(first["p10"], "money", currency),
        high=value(first["p90"], "money", currency),
    )


def track_record(record: Result, level: str) -> str:
    """How forecasts of that level came out, the nearest first."""
    row = next((row for row in record.rows() if row["level"] == level), None)
    if row is None or row["accuracy"] is None:
        return text("No forecast is old enough to be judged.")
    said = {
        "accuracy": value(row["accuracy"], "ratio"),
        "coverage": value(row["coverage"], "ratio"),
        "count": value(row["forecasts"], "count"),
    }
    if row.get("source", "frozen") == "frozen":
        return text("Of {count} told by earlier builds: accuracy {accuracy}, {coverage} within the interval.", **said)
    return text("Replayed {count} times in your past: accuracy {accuracy}, {coverage} within the interval.", **said)


def open_deals(pipeline: Result, whole: dict[str, Any]) -> str:
    """What all open deals, the row `whole` of the pipeline, are expected to bring."""
    return text(
        "Open deals are expected to bring {expected} within 90 days, {low} to {high} in eight cases of ten",
        expected=money(pipeline, whole["won_90_days"]),
        low=money(pipeline, whole["won_90_low"]),
        high=money(pipeline, whole["won_90_high"]),
    )
