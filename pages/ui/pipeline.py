"""The pipeline: what is open, how likely and when it closes, and how it changed."""

from streamlit.delta_generator import DeltaGenerator

from pages.ui import filters, lists

OPEN = ["customer", "amount", "stage", "age_days", "last_event_on", "expected_close_on", "valid_until", "revisions"]
SORTS = ["amount", "age", "expected_close", "customer"]


def show(f: filters.Filters, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """What is open on the right."""
    with right:
        opens = {"negotiation": "negotiation_id"}
        lists.browse("negotiations.open_list", f, OPEN, total="negotiations", sorts=SORTS, opens=opens)
