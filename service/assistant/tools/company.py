"""Catalog against catalog, what is to come, and of which day the data are."""

from typing import Annotated, Any, Literal

from pydantic import Field

import queries
from data.errors import BadInput
from data.people.permissions import allowed, require
from data.warehouse.access import Result
from presentation import coverage, needs
from service.assistant.answers import Answer, table, whole
from service.assistant.asking import Asking
from service.assistant.tools.arguments import NO_FILTERS, Narrowed, Words

_ROWS = 40
_COMPARED = {
    "side_by_side": "catalogs.comparison",
    "standings": "catalogs.standings",
    "same_customers": "catalogs.like_for_like",
    "accounts_of_the_same_kind": "catalogs.matched",
}
_OF_DATA = {"loaded": "data_admin.loads", "coverage": "data_admin.coverage", "checks": "data_admin.checks"}


def compare_catalogs(asking: Asking, *, filters: Narrowed = NO_FILTERS) -> Answer:
    """Which catalog works for which target group: side by side, and like for like.

    No winner is named that chance could have made. Differences are told over the days that can be compared.
    """
    if unused := sorted(filters.narrowing() - {"segment"}):
        raise BadInput(f"Catalogs are not compared by {unused[0]}.", "They are all compared.", "Leave it out.")
    within = asking.filters("catalogs", filters.codes())
    shared = within.comparable
    parts: dict[str, Answer] = {}
    for heading, name in _COMPARED.items():
        over = within if heading == "side_by_side" else shared
        if over is not None and not needs.of_query(queries.load(name), asking.shown):
            parts[heading] = table(asking, asking.fetch(name, over), rows=_ROWS)
    return whole(asking, "catalogs", filters=within, places=filters.codes() | {"list": "groups"}, parts=parts)


def forecast(
    asking: Asking,
    *,
    granularity: Literal["month", "week"] = "month",
    team: Annotated[Words | None, Field(description="as list_values(what='teams') gives it")] = None,
) -> Answer:
    """Revenue to come by month or week, and what open deals are expected to bring.

    Each with its interval, and with how such forecasts turned out before.
    """
    require(asking.person, "read", "team.forecast")
    if coverage.stopped(asking.shown.coverage, "orders"):
        raise BadInput(
            "No forecast is told.", "Some of the orders stop before the day of the data.", "Ask data_status."
        )
    within = asking.filters("team", {"team": team})

    def rows(name: str, **more: Any) -> Result:
        return asking.fetch(name, within, as_of=asking.shown.as_of, **more)

    parts = {
        "revenue": table(asking, rows("team.forecast", granularity=granularity)),
        "how_such_forecasts_fared": table(asking, rows("team.forecast_record", granularity=granularity)),
    }
    for heading, name in {"open_deals": "team.pipeline_forecast", "deals_fared": "team.pipeline_record"}.items():
        if not needs.of_query(queries.load(name), asking.shown):
            parts[heading] = table(asking, rows(name), rows=_ROWS)
    steps = {"month": "by_month", "week": "by_week"}[granularity]
    return whole(asking, "team", places={"team": team, "list": "coming", "steps": steps}, parts=parts)


def data_status(asking: Asking) -> Answer:
    """Of which day the data are, when they were published, what was loaded, and whose they are."""
    shown, who = asking.shown, asking.person
    parts = {}
    if allowed(who, "read", "data_admin.loads"):
        parts = {heading: table(asking, asking.fetch(name)) for heading, name in _OF_DATA.items()}
    return whole(
        asking,
        "customers",
        places={},
        published_at=shown.built_at,
        loaded=sorted(shown.loaded_tables),
        is_newest=not shown.behind,
        reads="the whole company" if who.reads_whole_company else "a part of the company, cut for this person",
        may_decide_and_note=asking.caller.may_write,
        parts=parts,
    )
