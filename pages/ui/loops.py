"""Loops: where deals go next, which come back, and what that does to winning."""

from streamlit.delta_generator import DeltaGenerator

from pages.ui import cards, charts, filters, lists
from pages.ui.source import together
from pages.ui.words import text

JOBS = [
    "problem_identification", "solution_exploration", "requirements_building",
    "supplier_selection", "validation", "consensus_creation",
]  # fmt: skip


def show(f: filters.Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """The matrix of moves on the left."""
    (moves,) = together(f, "negotiations.transitions", places="job")
    with left:
        cards.title(text("Where a negotiation goes next: share of moves, count and median days"))
        if len(moves):
            charts.matrix(
                moves, "from_place", "to_place", "share", ["moves", "median_days"], JOBS, key="moves", height=330
            )
        else:
            cards.empty(text("No moves between buying jobs."), text("Load `quote_events` with their buying jobs."))
        lists.origin(moves)
