"""Loops: where deals go next, which come back, what precedes losing, and who takes part."""

from data.warehouse.access import Result
from pages.ui import cards, charts, filters, grid, origin
from pages.ui.loaded import loaded
from pages.ui.source import fetch, fetch_all, snapshot
from presentation.filters import Filters
from presentation.sentences import loops as sentences
from presentation.words import text

JOBS = [
    "problem_identification", "solution_exploration", "requirements_building",
    "supplier_selection", "validation", "consensus_creation",
]  # fmt: skip
ENDS = ["won", "lost"]
PLACES = {"by_job": "job", "by_stage": "stage"}
REACHED = [
    "place", "reached", "rework_rate", "median_days", "win_rate_once", "win_rate_again", "deals", "visits_per_deal",
    "p90_days", "there_now", "win_rate_again_low", "win_rate_again_high", "decided_again",
]  # fmt: skip
LOOPS = [
    "from_place", "to_place", "standing", "loss_rate", "loss_rate_others", "difference", "difference_low",
    "difference_high", "decided", "deals",
]  # fmt: skip
GROUPS = [
    "people_class", "deals", "win_rate", "win_rate_low", "win_rate_high", "decided", "open_deals", "open_value",
    "average_roles",
]  # fmt: skip
TOUCHES = ["place", "digital", "in_person", "by_phone", "by_email", "people_a_deal", "events"]


def show(f: Filters) -> None:
    """What was reached and who takes part on the left; on the right the moves, and which loops precede losing."""
    if not loaded("negotiations.places"):
        return
    if since := sentences.observed_since(observed := fetch("negotiations.observed_since")):
        cards.note(since)
        origin.show(observed)
    left, right = cards.two_columns()
    with left:
        known = [name for name, place in PLACES.items() if f"{place}s" not in snapshot().unloaded]
        kind = PLACES[filters.switch("between", text("Places"), known)]
        moves, places, loops, groups, touches = fetch_all(
            f, "negotiations.transitions", "negotiations.places", "negotiations.loops", "negotiations.buying_group",
            "negotiations.touches", places=kind,
        )  # fmt: skip
        _reached(places)
        _group(groups)
        _touches(touches)
    with right:
        _moves(moves, places, kind)
        _losing(loops)


def _moves(moves: Result, places: Result, kind: str) -> None:
    cards.title(sentences.looping(places))
    if not len(moves):
        way_out = text("Load `quote_events` with their stages and buying jobs.")
        cards.empty(text("No moves from one place to another are known."), way_out)
        return
    order = JOBS if kind == "job" else [row["place"] for row in places.rows()]
    cells = ["moves", "median_days"]
    charts.matrix(moves, "from_place", "to_place", "share", cells, order, key="moves", height=330, ends=ENDS)
    cards.note(text("Share of moves that leave the place on the left, their number and the median days spent there."))
    origin.show(moves)


def _reached(places: Result) -> None:
    cards.title(text("How many deals ever got there, and how often they came back"))
    if len(places):
        grid.plain(places, "reached", REACHED, rows_shown=8)
    else:
        cards.empty(text("Nothing was reached yet."), text("Choose a longer period or fewer filters."))
    origin.show(places)


def _losing(loops: Result) -> None:
    cards.title(sentences.losing_loops(loops))
    if len(loops):
        grid.plain(loops, "loops", LOOPS, rows_shown=6)
    origin.show(loops)


def _group(groups: Result) -> None:
    if not loaded("negotiations.buying_group"):
        return
    cards.title(sentences.single_thread(groups))
    if len(groups):
        grid.plain(groups, "buying-group", GROUPS, rows_shown=5)
    origin.show(groups)


def _touches(touches: Result) -> None:
    if loaded("negotiations.touches") and len(touches):
        cards.title(text("How customers and we meet in each buying job"))
        grid.plain(touches, "touches", TOUCHES, rows_shown=6)
        origin.show(touches)
