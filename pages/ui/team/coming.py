"""Revenue and won deals to come, with how far such words could be trusted."""

from streamlit.delta_generator import DeltaGenerator

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, lists
from pages.ui.source import snapshot, together, viewer
from presentation.filters import Filters
from presentation.format import value
from presentation.words import text

STEPS = {"by_month": "month", "by_week": "week"}
RECORD = ["level", "horizon", "accuracy", "bias", "coverage", "forecasts", "source"]
PIPELINE = [
    "rep", "won_30_days", "won_60_days", "won_90_days", "won_90_low", "won_90_high", "commit_value", "likely_value",
    "best_case_value", "open_value", "deals", "team",
]  # fmt: skip


def show(f: Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Revenue to come on the left with its record; on the right what open deals are expected to bring."""
    with left:
        granularity = STEPS[filters.switch("steps", text("Steps"), list(STEPS))]
        coming, record, pipeline, told = together(
            f, "team.forecast", "team.forecast_record", "team.pipeline_forecast", "team.pipeline_record",
            granularity=granularity, as_of=snapshot().as_of,
        )  # fmt: skip
        _revenue(coming, record)
    with right:
        _pipeline(f, pipeline, told)


def _revenue(coming: Result, record: Result) -> None:
    cards.title(_expected(coming))
    if not any(row["forecast"] is not None for row in coming.rows()):
        cards.empty(text("There is too little history to forecast from."), text("It takes about a year of orders."))
        lists.origin(coming)
        return
    charts.outlook(coming, key="coming", height=260)
    cards.note(_trust(record, next(row["level"] for row in coming.rows() if row["level"])))
    lists.origin(coming)
    if len(record):
        lists.plain(record, "forecast-record", RECORD, rows_shown=9)
        lists.origin(record)


def _expected(coming: Result) -> str:
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


def _trust(record: Result, level: str) -> str:
    """How forecasts of that level came out, the nearest first."""
    row = next((row for row in record.rows() if row["level"] == level), None)
    if row is None or row["accuracy"] is None:
        return text("No forecast is old enough to be judged.")
    told = {
        "accuracy": value(row["accuracy"], "ratio"),
        "coverage": value(row["coverage"], "ratio"),
        "count": value(row["forecasts"], "count"),
    }
    if row.get("source", "frozen") == "frozen":
        return text("Of {count} told by earlier builds: accuracy {accuracy}, {coverage} within the interval.", **told)
    return text("Replayed {count} times in your past: accuracy {accuracy}, {coverage} within the interval.", **told)


def _pipeline(f: Filters, pipeline: Result, told: Result) -> None:
    whole = next((row for row in pipeline.rows() if row["rep_id"] is None), None)
    if whole is None:
        cards.title(text("What open deals are expected to bring"))
        cards.empty(text("Nothing is being negotiated."), text("Load `quotes` to see it here."))
        lists.origin(pipeline)
        return
    currency = pipeline.snapshot.currency
    cards.title(
        text(
            "Open deals are expected to bring {expected} within 90 days, {low} to {high} in eight cases of ten",
            expected=value(whole["won_90_days"], "money", currency),
            low=value(whole["won_90_low"], "money", currency),
            high=value(whole["won_90_high"], "money", currency),
        )
    )
    lists.drillable(pipeline, PIPELINE, "pipeline-forecast", rows_shown=11, page="negotiations", owner="rep_id")
    lists.foot(pipeline, f)
    of_company = viewer().role in ("director", "admin") and not f.team
    cards.note(_trust(told, "company" if of_company else "rep"))
    lists.origin(told)
