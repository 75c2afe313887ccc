"""Negotiations: where deals really are, whether they close, and how long that takes."""

import streamlit as st

from pages.ui import cards, charts, filters, format, frame, lists
from pages.ui.source import fetch
from pages.ui.words import plural, text

JOBS = [
    "problem_identification", "solution_exploration", "requirements_building",
    "supplier_selection", "validation", "consensus_creation",
]  # fmt: skip
OPEN = ("customer", "amount", "stage", "age_days", "last_event_on", "expected_close_on", "valid_until", "revisions")
OPEN_SORTS = ("amount", "age", "expected_close", "customer")
PATH = ("step", "from_job", "to_job", "days", "is_step_back")


def body() -> None:
    f = filters.bar("period", "compare", "segment", "owner")
    if negotiation := filters.drill("negotiation"):
        one_negotiation(f, negotiation)
    else:
        overview(f)


def overview(f: filters.Filters) -> None:
    figures = fetch("negotiations.kpis", f)
    row, currency = figures.one(), figures.snapshot.currency
    cards.headline(
        plural(
            "{conversion} of quotes become orders; {number} open negotiation is worth {value}",
            "{conversion} of quotes become orders; {number} open negotiations are worth {value}",
            row["open_negotiations"],
            conversion=format.value(row["conversion"], "ratio"),
            number=format.value(row["open_negotiations"], "count"),
            value=format.value(row["open_value"], "money", currency),
        ),
        beside=filters.compared(f),
    )
    cards.numbers(figures, ("conversion", "win_rate", "average_won", "median_days_to_close", "open_value"))
    cards.note(maturity(row))
    left, right = st.columns(2, gap="medium")
    with left:
        moves = fetch("negotiations.transitions", f)
        cards.title(text("Where a negotiation goes next: share of moves, count and median days"))
        if len(moves):
            charts.matrix(moves, "from_job", "to_job", "share", "moves", "median_days", JOBS, key="moves", height=330)
        else:
            cards.empty(text("No moves between buying jobs."), text("Load `quote_events` with their buying jobs."))
        lists.origin(figures, moves)
    with right:
        lists.browse(
            "negotiations.open_list",
            f,
            OPEN,
            total="negotiations",
            sorts=OPEN_SORTS,
            opens={"negotiation": "negotiation_id"},
        )


def maturity(row: dict) -> str:
    return text(
        "Conversion counts {issued} quotes issued {span}: nine of ten orders follow within {days}. "
        "{won} won, {lost} lost.",
        issued=format.value(row["issued"], "count"),
        span=format.span(row["cohort_from"], row["cohort_to"]),
        days=format.value(row["maturity_days"], "days"),
        won=format.value(row["won"], "count"),
        lost=format.value(row["lost"], "count"),
    )


def one_negotiation(f: filters.Filters, negotiation: str) -> None:
    filters.back(text("All open negotiations"), "negotiation")
    found = fetch("negotiations.negotiation", f, negotiation=negotiation)
    if not len(found):
        cards.not_found()
        return
    row = found.one()
    age = format.value(row["days_to_close"] if row["outcome"] else row["age_days"], "days")
    state = (
        text("{outcome} after {age}", outcome=format.value(row["outcome"], "label"), age=age)
        if row["outcome"]
        else text("open for {age}", age=age)
    )
    cards.headline(
        f"{format.literal(row['customer'])} · {format.value(row['amount'], 'money', found.snapshot.currency)} · {state}"
    )
    cards.facts(
        found,
        (
            "negotiation_id",
            "stage",
            "requested_on",
            "issued_on",
            "expected_close_on",
            "valid_until",
            "revisions",
            "outcome_reason",
        ),
    )
    path = fetch("negotiations.path", f, negotiation=negotiation)
    back = sum(move["is_step_back"] for move in path.rows())
    cards.title(
        plural(
            "Its path between buying jobs, {count} step back", "Its path between buying jobs, {count} steps back", back
        )
    )
    lists.plain(path, "path", PATH, rows_shown=12)
    lists.origin(found, path)


frame.show("negotiations", body)
