"""What may be said for a parameter is what the pages offer, and nothing that a query takes is left without a say."""

from collections.abc import Mapping, Sequence

import pytest

import queries
from data.people import actions
from data.people.store import DUE, WORK
from pages.ui import deciding
from pages.ui.catalogs import assortment, discounts, matrix, personal
from pages.ui.customers import book, leads, work
from pages.ui.negotiations import closing, conversion, decisions, loops, pipeline, under_way
from pages.ui.team import attainment, coming, due
from service.assistant import choices
from tests.people import ADMIN, DIRECTOR, ECOMMERCE, REP

# By query and parameter: what the page offers.
OFFERED: Mapping[tuple[str, str], Sequence[object]] = {
    ("catalogs.assortment", "role"): matrix.ROLES,
    ("catalogs.assortment", "demand_split"): matrix.SPLITS,
    ("catalogs.assortment", "sort"): matrix.SORTS,
    ("catalogs.discounts", "by"): [*discounts.BY],
    ("catalogs.discounts", "sort"): discounts.SORTS,
    ("catalogs.leakage", "by"): [*discounts.LEAKED_BY],
    ("catalogs.leaking_lines", "by"): [*discounts.LEAKED_BY],
    ("catalogs.pairs", "sort"): assortment.PAIR_SORTS,
    ("catalogs.personal", "sort"): personal.SORTS,
    ("catalogs.products", "movement"): assortment.MOVEMENTS,
    ("catalogs.products", "sort"): assortment.SORTS,
    ("customers.book", "health"): book.HEALTH,
    ("customers.book", "tier"): book.TIERS,
    ("customers.book", "rhythm"): book.RHYTHMS,
    ("customers.book", "sort"): book.SORTS,
    ("customers.cohorts", "cohort_step"): book.COHORT_STEPS,
    ("customers.qualification", "stage"): leads.STAGES,
    ("customers.work_list", "status"): deciding.STATUSES,
    ("customers.work_list", "alert"): work.CHOICES["alert"],
    ("customers.work_list", "channel"): deciding.CHANNELS,
    ("negotiations.bridge", "due_days"): [days for days in pipeline.HORIZONS.values() if days],
    ("negotiations.closing_groups", "by"): [*closing.BY],
    ("negotiations.closing_groups", "months"): [*closing.MONTHS.values()],
    ("negotiations.conversion_groups", "by"): [*conversion.BY],
    ("negotiations.decided", "outcome"): decisions.OUTCOMES,
    ("negotiations.decided", "depth"): decisions.DEPTHS,
    ("negotiations.decided", "sort"): decisions.SORTS,
    ("negotiations.incidence", "months"): [*closing.MONTHS.values()],
    ("negotiations.movements", "flow"): pipeline.MOVEMENTS,
    ("negotiations.movements", "due_days"): [days for days in pipeline.HORIZONS.values() if days],
    ("negotiations.open_list", "due"): pipeline.DUE,
    ("negotiations.open_list", "next_step"): pipeline.NEXT_STEPS,
    ("negotiations.open_list", "sort"): pipeline.SORTS,
    ("negotiations.orders_under_way", "status"): under_way.STATUSES,
    ("negotiations.orders_under_way", "lateness"): under_way.LATENESS,
    ("negotiations.orders_under_way", "sort"): under_way.SORTS,
    ("negotiations.programme", "programme"): decisions.SEGMENTS,
    ("negotiations.stuck", "sort"): closing.SORTS,
    ("team.attainment", "metric"): attainment.METRICS,
    ("team.attainment", "by"): [*attainment.NAMED_BY],
    ("team.due", "alert"): DUE,
    ("team.due", "reason"): due.REASONS,
    ("team.due", "sort"): due.SORTS,
    ("team.due", "status"): deciding.STATUSES,
    ("team.forecast", "granularity"): [*coming.STEPS.values()],
}
PLACES = ("loops", "path", "places", "transitions")
# What somebody writes freely, or names by its id.
FREE = {"search", "customer", "product", "negotiation", "order", "rep", "subject", "leaking", "kind", "grade", "since",
        "year_from", "outcome_reason", "limit"}  # fmt: skip


@pytest.mark.parametrize(("query", "parameter"), OFFERED, ids=str)
def test_a_choice_is_that_of_the_page(query: str, parameter: str) -> None:
    assert [*choices.CHOICES[query][parameter]] == [*OFFERED[query, parameter]]


def test_places_of_deals_and_days_to_snooze_are_those_of_the_page() -> None:
    for name in PLACES:
        assert {*choices.CHOICES[f"negotiations.{name}"]["places"]} == {*loops.PLACES.values()}
    assert {*work.CHOICES["alert"]} == {*WORK, *DUE}
    assert actions.SNOOZE_DAYS == (7, 14, 28)  # as the tool that snoozes takes them


@pytest.mark.parametrize("name", choices.names(ADMIN))
def test_every_parameter_of_a_query_has_a_say(name: str) -> None:
    query = queries.load(name)
    said = choices.parameters(query)
    assert {param for param in said if not said[param].codes} <= FREE
    assert {*choices.CHOICES.get(name, {})} <= said.keys()
    assert all(query.params[param] in ("text", "integer", "date") for param in said)
    if choices.is_paged(query):
        assert query.units[choices.total(query)] == "count"


def test_each_is_offered_what_their_pages_show_them() -> None:
    assert choices.names(ADMIN)[-1].startswith("team.")
    hidden = {who.key: {*choices.names(ADMIN)} - {*choices.names(who)} for who in (DIRECTOR, REP, ECOMMERCE)}
    assert "team.targets" in hidden["director"]
    assert not {"customers.holdout", "team.moves"} & hidden["director"]
    assert {"customers.holdout", "team.moves", "team.all_segments"} <= hidden[REP.key]
    assert {name for name in hidden[ECOMMERCE.key] if name.startswith("team.")} == {
        name for name in choices.names(ADMIN) if name.startswith("team.")
    }
    assert not any(name.startswith(("shared.", "checks.", "parts.", "warehouse.")) for name in choices.names(ADMIN))
