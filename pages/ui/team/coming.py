"""Revenue and won deals to come, and how far forecasts of the past came true."""

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, grid, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch_all, person, snapshot
from presentation import coverage
from presentation.filters import Filters
from presentation.sentences import coverage as feeds
from presentation.sentences import forecasts as sentences
from presentation.words import text

STEPS = {"by_month": "month", "by_week": "week"}
RECORD = ["level", "horizon", "accuracy", "bias", "coverage", "forecasts", "source"]
PIPELINE = [
    "rep", "won_30_days", "won_60_days", "won_90_days", "won_90_low", "won_90_high", "commit_value", "likely_value",
    "best_case_value", "open_value", "deals", "team",
]  # fmt: skip


def show(f: Filters) -> None:
    """Revenue to come on the left with its record; on the right what open deals are expected to bring."""
    left, right = cards.two_columns()
    with left:
        granularity = STEPS[filters.switch("steps", text("Steps"), list(STEPS))]
        coming, record, pipeline, judged = fetch_all(
            f, "team.forecast", "team.forecast_record", "team.pipeline_forecast", "team.pipeline_record",
            granularity=granularity, as_of=snapshot().as_of,
        )  # fmt: skip
        _revenue(coming, record)
    with right:
        _pipeline(f, pipeline, judged)


def _revenue(coming: Result, record: Result) -> None:
    if gone := coverage.stopped(snapshot().coverage, "orders"):
        cards.title(text("Revenue to come"))
        cards.empty(text("No forecast is told."), feeds.untold(gone))
        return
    cards.title(sentences.next_period(coming))
    if not any(row["forecast"] is not None for row in coming.rows()):
        cards.empty(text("There is too little history to forecast from."), text("It takes about a year of orders."))
        origin.show(coming)
        return
    charts.outlook(coming, key="coming", height=260)
    cards.note(sentences.track_record(record, next(row["level"] for row in coming.rows() if row["level"])))
    origin.show(coming)
    if len(record):
        grid.plain(record, "forecast-record", RECORD, rows_shown=9)
        origin.show(record)


def _pipeline(f: Filters, pipeline: Result, judged: Result) -> None:
    if not loaded("team.pipeline_forecast"):
        return
    whole = next((row for row in pipeline.rows() if row["rep_id"] is None), None)
    if whole is None:
        cards.title(text("What open deals are expected to bring"))
        cards.empty(text("Nothing is being negotiated."), text("Load `quotes` to see it here."))
        origin.show(pipeline)
        return
    cards.title(sentences.open_deals(pipeline, whole))
    grid.drillable(pipeline, PIPELINE, "pipeline-forecast", rows_shown=11, page="negotiations", owner="rep_id")
    lists.foot(pipeline, f)
    of_company = person().reads_whole_company and not f.team
    cards.note(sentences.track_record(judged, "company" if of_company else "rep"))
    origin.show(judged)
