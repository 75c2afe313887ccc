"""Closing: what each person closes, how sure that is, how fast, at which discount, and with which book."""

from data.warehouse.access import Result
from pages.ui import cards, charts, grid, lists, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch_all
from presentation.filters import Filters
from presentation.sentences import win_rates as sentences
from presentation.words import text

PEOPLE = [
    "rep", "win_rate_likely", "win_rate_low", "win_rate_high", "standing", "won", "lost", "win_rate", "average_won",
    "median_won", "median_days_to_close", "response_days", "discount_depth", "usual_depth", "accounts", "main_segment",
    "main_segment_share", "kind", "known_since",
]  # fmt: skip
STAGES = ["rep", "stage", "negotiations", "amount"]
PERSON = {"rep": "rep_id"}


def show(f: Filters) -> None:
    """How sure each win rate is on the left, with open quotes by stage; on the right everything side by side."""
    if not loaded("team.closing"):
        return
    left, right = cards.two_columns()
    people, stages = fetch_all(f, "team.closing", "team.stages")
    with left:
        _rates(people)
        _stages(stages)
        origin.show(stages)
    with right:
        cards.title(text("What each person closes, and with which book"))
        grid.drillable(people, PEOPLE, "closing", rows_shown=10, **PERSON)
        cards.note(sentences.shrinkage(people))
        lists.foot(people, f)


def _rates(people: Result) -> None:
    cards.title(sentences.win_rates(people))
    if any(row["won"] + row["lost"] for row in people.rows()):
        charts.dots(people, "rep", "win_rate_likely", "win-rates", interval="win_rate", rep="rep_id")
    else:
        cards.empty(text("Nothing was decided in this period."), text("Choose a longer period or fewer filters."))


def _stages(stages: Result) -> None:
    cards.title(text("Open negotiations by stage"))
    if len(stages):
        grid.drillable(stages, STAGES, "stages", rows_shown=5, page="negotiations", owner="rep_id")
    else:
        cards.empty(text("Nothing is being negotiated."), text("Load `quotes` to see it here."))
