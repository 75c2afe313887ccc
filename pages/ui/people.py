"""People: what each is credited with against quota, what they close, and where their open deals stand."""

from streamlit.delta_generator import DeltaGenerator

from pages.ui import cards, charts, filters, lists
from pages.ui.source import together
from pages.ui.words import text

REPS = [
    "rep", "team", "revenue", "quota_to_date", "attainment", "won", "lost", "win_rate", "average_won",
    "open_negotiations", "open_value",
]  # fmt: skip
STAGES = ["rep", "stage", "negotiations", "amount"]


def show(f: filters.Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Revenue against quota on the left; what each person closes on the right."""
    figures, reps, stages = together(f, "team.kpis", "team.reps", "team.stages")
    with left:
        cards.title(text("Revenue by rep, the tick marks the quota to date"))
        charts.bullet(
            reps, by="rep", value="revenue", target="quota_to_date", key="reps-chart", page="customers", owner="rep_id"
        )
        lists.origin(figures, reps)
    with right:
        cards.title(text("What each person closes"))
        lists.drillable(reps, REPS, "reps", rows_shown=8, page="customers", owner="rep_id")
        cards.title(text("Open negotiations by stage"))
        if len(stages):
            lists.plain(stages, "stages", STAGES, rows_shown=6)
            lists.origin(stages)
        else:
            cards.empty(text("Nothing is being negotiated."), text("Load `quotes` to see it here."))
