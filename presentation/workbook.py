"""All lists of a page as one workbook: a sheet each, and a last one that says what they are and how they are narrowed.

Each sheet holds the whole of a list, whatever of it is on the screen. What belongs to one account, product, deal or
person that is opened on a page is no list of the page.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import queries
from data.people import actions, weights
from data.people.permissions import allowed, require
from data.people.person import Person
from data.people.store import open_store
from data.settings import current
from data.warehouse import access
from data.warehouse.access import Result, Snapshot
from presentation import export, format, labels, needs, spreadsheet
from presentation.filters import Filters
from presentation.pages import BY_NAME
from presentation.words import text


class Listed(NamedTuple):
    """A list of a page: its query, what is asked of it beyond filters, and the `choice` that its name adds, a code.

    `days` says over which it is told: those of the period, only those that can be compared, or these where there are
    any.
    """

    query: str
    more: Mapping[str, Any] = {}
    choice: str = ""
    days: Literal["period", "compared", "compared_or_period"] = "period"


def _by(query: str, param: str, *choices: str, **codes: str) -> tuple[Listed, ...]:
    """A list once for each of its choices; `codes` are those whose parameter is another word than the choice."""
    return tuple(Listed(query, {param: codes.get(choice, choice)}, choice) for choice in choices)


LISTS: Mapping[str, tuple[Listed, ...]] = {
    "customers": (
        Listed("customers.work_list"),
        Listed("customers.book"),
        Listed("customers.silent", {"limit": export.ROWS_ASKED}),
        Listed("customers.category_risks"),
        Listed("customers.growth"),
        Listed("customers.qualification"),
        *_by("customers.cohorts", "cohort_step", "year", "quarter"),
        Listed("customers.tiers"),
    ),
    "catalogs": (
        Listed("catalogs.comparison"),
        Listed("catalogs.standings", days="compared_or_period"),
        Listed("catalogs.products"),
        Listed("catalogs.category_losses"),
        Listed("catalogs.price_volume_mix", days="compared"),
        Listed("catalogs.like_for_like", days="compared"),
        Listed("catalogs.matched", days="compared"),
        *_by("catalogs.discounts", "by", "by_category", "by_product", "by_catalog"),
        *_by("catalogs.leakage", "by", "by_customer", "by_product", "by_channel"),
        Listed("catalogs.assortment"),
        Listed("catalogs.pairs"),
        Listed("catalogs.seasonal_profile"),
        Listed("catalogs.personal"),
        Listed("catalogs.personal_customers"),
    ),
    "negotiations": (
        Listed("negotiations.open_list"),
        Listed("negotiations.movements"),
        *_by("negotiations.conversion_groups", "by", "by_segment", "by_channel", "by_source", "by_category"),
        Listed("negotiations.conversion_cohorts"),
        Listed("negotiations.responses"),
        Listed("negotiations.rejected_leads"),
        *_by("negotiations.places", "places", "by_stage", "by_job", by_stage="stage", by_job="job"),
        *_by("negotiations.transitions", "places", "by_stage", "by_job", by_stage="stage", by_job="job"),
        *_by("negotiations.loops", "places", "by_stage", "by_job", by_stage="stage", by_job="job"),
        Listed("negotiations.buying_group"),
        Listed("negotiations.touches"),
        Listed("negotiations.stuck"),
        Listed("negotiations.closing_groups", {"by": "by_segment", "months": 12}, "by_segment"),
        Listed("negotiations.closing_groups", {"by": "by_size", "months": 12}, "by_size"),
        Listed("negotiations.closing_cohorts"),
        Listed("negotiations.reasons", days="compared_or_period"),
        Listed("negotiations.discount_depth"),
        Listed("negotiations.decided"),
        Listed("negotiations.order_statuses"),
        Listed("negotiations.orders_under_way"),
    ),
    "team": (
        *(
            Listed("team.attainment", {"metric": "revenue", "by": by}, by)
            for by in ("by_rep", "by_team", "by_month", "by_quarter")
        ),
        Listed("team.closing"),
        Listed("team.stages"),
        Listed("team.forecast", {"granularity": "month"}),
        Listed("team.forecast_record", {"granularity": "month"}),
        Listed("team.pipeline_forecast"),
        Listed("team.due_people"),
        Listed("team.due"),
        Listed("team.effort"),
        Listed("team.channel_mix", days="compared_or_period"),
        Listed("team.all_segments"),
        Listed("team.moves"),
    ),
}  # fmt: skip


def asked(listed: Listed, shown: Snapshot, within: Filters, kept: Mapping[str, Any], most: int) -> dict[str, Any]:
    """What a list is asked: its first rows, as many as `most`, under the filters alone, with what people `kept`."""
    everything = dict.fromkeys(queries.load(listed.query).params) | {"page_start": 0, "page_rows": most}
    return everything | {"as_of": shown.as_of, **kept} | within.params() | dict(listed.more)


def kept(shown: Snapshot) -> dict[str, Any]:
    """What people decided, taught and set, as lists ask for it."""
    said = weights.as_json(weights.in_force(open_store(current())))
    return {**actions.parameters(dt.date.fromisoformat(shown.as_of)), "weights": said}


def of_page(page: str, who: Person, shown: Snapshot, within: Filters) -> tuple[bytes, int]:
    """The workbook of a page as XLSX in the settled language, and how many rows it holds.

    Raises AccessDenied for who may not take lists of the page along.
    """
    require(who, "export", page)
    found: list[tuple[Listed, Result]] = []
    untold: list[tuple[str, str]] = []
    by_people = kept(shown)
    for listed in LISTS[page]:
        query = queries.load(listed.query)
        days = {"period": within, "compared": within.comparable, "compared_or_period": within.comparable or within}
        narrowed = days[listed.days]
        if not may_take(who, listed.query):
            continue
        if missing := needs.of_query(query, shown):
            untold.append((title(listed), needs.to_load(missing).replace("`", "")))
        elif narrowed is None:
            untold.append((title(listed), text("There is {why}.", why=within.uncompared())))
        else:
            # Whole lists may be large, so they are not kept as `reading` keeps what pages show.
            require(who, "export", listed.query)
            params = asked(listed, shown, narrowed, by_people, export.ROWS_ASKED)
            found.append((listed, access.query(who.scope, listed.query, params, within=shown)))
    *names, about = spreadsheet.sheet_names([*(title(listed) for listed, _ in found), text("Definitions")])
    sheets = [
        spreadsheet.Sheet(name, export.in_words(result), export.headings(result))
        for name, (_, result) in zip(names, found, strict=True)
    ]
    said = _about(page, who, shown, within, list(zip(names, (result for _, result in found), strict=True)), untold)
    return spreadsheet.as_xlsx(sheets, said, about), sum(len(result) for _, result in found)


def may_take(who: Person, query: str) -> bool:
    """Whether somebody may take the rows of a query along: those of a page of theirs that it shows them."""
    return allowed(who, "export", query)


def title(listed: Listed) -> str:
    """What a list is called: the title of its query, behind it the choice it is told by."""
    named = text(queries.load(listed.query).title)
    return f"{named}, {labels.code(listed.choice)}" if listed.choice else named


def _about(
    page: str,
    who: Person,
    shown: Snapshot,
    within: Filters,
    sheets: list[tuple[str, Result]],
    untold: list[tuple[str, str]],
) -> list[tuple[str, ...]]:
    day = format.value(dt.date.fromisoformat(shown.as_of), "date")
    lines: list[tuple[str, ...]] = [
        (text("Page"), text(BY_NAME[page].title)),
        (text("Data to {day}", day=day), text("snapshot {name}", name=shown.name)),
        (text("all amounts in {currency}", currency=shown.currency), within.compared()),
        (text("Made by"), who.name),
    ]
    for name, result in sheets:
        lines += [("",), (name, "\n".join(export.about(result)))]
    return [*lines, ("",), *untold]
