"""Conversion: how requests become quotes and orders, how soon they are answered, which leads are rejected."""

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, grid, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch, fetch_all
from presentation.filters import Filters
from presentation.sentences import conversion as sentences
from presentation.words import N_, text

BY = {"by_segment": "segment", "by_channel": "channel", "by_source": "source", "by_category": "category"}
GROUPS = [
    "conversion", "conversion_low", "conversion_high", "standing", "quoted", "ordered", "requests", "value_conversion",
    "requested_value", "quoted_value", "ordered_value", "win_rate", "win_rate_low", "win_rate_high", "won", "lost",
]  # fmt: skip
RESPONSES = ["response", "requests", "share", "won", "lost", "win_rate", "standing", "win_rate_low", "win_rate_high"]
REJECTED = ["source", "rejected_reason", "rejected", "decided_leads", "share", "share_low", "share_high"]


def show(f: Filters) -> None:
    """By month and by days until the first answer on the left; by group, and the leads rejected, on the right."""
    left, right = cards.two_columns()
    cohorts, responses = fetch_all(f, "negotiations.conversion_cohorts", "negotiations.responses")
    with left:
        _by_month(cohorts)
        _by_wait(responses)
    with right:
        _grouped(f)
        cards.title(text("Leads rejected by sales"))
        lists.browse(
            lists.Listing(
                "negotiations.rejected_leads",
                REJECTED,
                total="reasons",
                rows_shown=5,
                nothing=N_("No lead of this period was rejected."),
            ),
            f,
        )


def _by_month(cohorts: Result) -> None:
    if not loaded("negotiations.conversion_cohorts"):
        return
    if len(cohorts):
        cards.title(sentences.ordered(cohorts))
        if any(row["conversion"] is not None for row in cohorts.rows()):
            charts.trend(cohorts, "conversion", key="cohorts", height=190)
        else:
            cards.empty(text("No month has the five quotes that a rate takes."))
        cards.note(sentences.mature_months(cohorts))
    else:
        way_out = text("A month is shown once nine of ten of its orders can have followed.")
        cards.empty(text("No month of requests is mature yet."), way_out)
    origin.show(cohorts)


def _by_wait(responses: Result) -> None:
    cards.title(text("Win rate by days until the first answer"))
    if not loaded("negotiations.responses"):
        return
    if len(responses):
        if any(row["win_rate"] is not None for row in responses.rows()):
            charts.dots(responses, "response", "win_rate", key="responses")
        grid.plain(responses, "responses-list", RESPONSES, rows_shown=5)
        cards.note(sentences.waits(responses))
    else:
        cards.empty(text("Nothing was requested or decided in this period."), text("Choose a longer period."))
    origin.show(responses)


def _grouped(f: Filters) -> None:
    # A segment that is chosen would be one row, so what it is made of is to be seen next.
    codes = [code for code in BY if not (f.segment and code == "by_segment")]
    by = filters.switch("conversion_by", text("Conversion by"), codes)
    found = fetch("negotiations.conversion_groups", f, by=by)
    if len(found):
        opens = {"segment": "segment"} if by == "by_segment" else {}
        grid.drillable(found, [BY[by], *GROUPS], f"conversion-{by}", 8, **opens)
        cards.note(sentences.mature_requests(found))
    else:
        cards.empty(text("Nothing was requested or decided in this period."), text("Choose a longer period."))
    origin.show(found)
