"""The dictionary of figures and lists, and asking one of them."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

import queries
from data.errors import BadInput
from service.assistant import choices
from service.assistant.answers import MOST_ROWS, ROWS, Answer, about, definition, plain, table, whole
from service.assistant.asking import Asking
from service.assistant.tools.arguments import NO_FILTERS, Narrowed, Rows, Start, Words

Metric = Annotated[Words, Field(description="its name, such as customers.kpis, as list_metrics gives it")]
Value = str | int | None
_LONGEST_STATEMENT = 20_000
# Where each of the names is listed that filters and parameters take: its query, and what is searched in it.
_VALUES = {
    "segments": ("shared.segments", ("value",)),
    "owners": ("shared.owners", ("value", "label")),
    "categories": ("shared.categories", ("value",)),
    "catalogs": ("shared.catalog_choices", ("value", "label")),
    "teams": ("shared.teams", ("value",)),
}
_SEARCHED = {
    "customers": ("customers.book", ["customer_id", "customer", "segment", "owner"]),
    "products": ("catalogs.products", ["product_id", "product", "category"]),
    "deals": ("negotiations.open_list", ["negotiation_id", "customer", "amount"]),
}
# What is open on a page, by its name in the address.
_PLACES = ("customer", "product", "negotiation", "rep")
_WITH_PAGE = {"customer": "customers", "product": "catalogs", "negotiation": "negotiations", "rep": "team"}


def list_metrics(
    asking: Asking,
    *,
    search: Annotated[Words | None, Field(description="words that stand in its name, title or meaning")] = None,
    page: Annotated[Literal["customers", "catalogs", "negotiations", "team", "data_admin"] | None, Field()] = None,
) -> Answer:
    """Every figure and list that can be asked by query_metric, with what it means in one sentence.

    Begin here where none of the other tools answers the question.
    """
    found = []
    for query in map(queries.load, choices.names(asking.person)):
        said = f"{query.name} {query.title} {query.definition}".casefold()
        is_asked = all(word in said for word in (search or "").casefold().split())
        if is_asked and (page is None or query.name.startswith(f"{page}.")):
            first = query.definition.partition(". ")[0]
            found.append({"metric": query.name, "title": query.title, "meaning": first, "one_row_is": query.grain})
    return {"metrics": found, "total": len(found), **about(asking.shown)}


def get_metric(asking: Asking, *, metric: Metric) -> Answer:
    """What one figure or list means: its definition, SQL, columns with units, filters, and parameters with choices."""
    query = _asked(asking, metric)
    said = query.sql if len(query.sql) <= _LONGEST_STATEMENT else query.sql[:_LONGEST_STATEMENT]
    return {
        "definition": definition(query.name),
        "columns": [{"name": name, "unit": unit, "is": queries.UNITS[unit]} for name, unit in query.units.items()],
        "filters": [*(["period", "compare"] if choices.is_of_period(query) else []), *choices.filters(query)],
        "parameters": {name: _told(each) for name, each in choices.parameters(query).items()},
        "is_paged": choices.is_paged(query),
        "calls": [{"name": each.title, "meaning": each.definition} for each in query.calls],
        "sql": said,
        **about(asking.shown),
    }


def list_values(
    asking: Asking,
    *,
    what: Literal["segments", "owners", "categories", "catalogs", "teams", "customers", "products", "deals"],
    search: Annotated[Words | None, Field(description="part of the name")] = None,
    rows: Rows = ROWS,
    start: Start = 0,
) -> Answer:
    """The names and ids that filters and other tools take, of what the person may see: a customer's id by its name."""
    if what in _SEARCHED:
        name, columns = _SEARCHED[what]
        _asked(asking, name)
        page = name.partition(".")[0]
        found = asking.fetch(
            name, asking.filters(page, {}), **_unsaid(name), search=search, page_start=start, page_rows=rows
        )
        return whole(asking, page, places={}, **table(asking, found, columns, rows=rows, start=start))
    name, searched = _VALUES[what]
    result = asking.fetch(name)
    told = table(asking, result, rows=len(result))
    wanted = plain(search or "").casefold()
    hits = [row for row in told["rows"] if any(wanted in str(row.get(each, "")).casefold() for each in searched)]
    shown = hits[start : start + rows]
    asking.rows += len(shown) - len(result)
    more = {"rows": shown, "total": len(hits), "truncated": start + len(shown) < len(hits)}
    return whole(asking, "", places={}, **(told | more))


def query_metric(
    asking: Asking,
    *,
    metric: Metric,
    filters: Narrowed = NO_FILTERS,
    parameters: Annotated[
        dict[Words, Annotated[str, Field(max_length=200)] | int | None],
        Field(default_factory=dict, max_length=20, description="those that get_metric names"),
    ],
    columns: Annotated[list[Words] | None, Field(max_length=60, description="these alone; by default all")] = None,
    rows: Rows = ROWS,
    start: Start = 0,
) -> Answer:
    """The rows of one figure or list of the dictionary, under the filters of its page: the figures that the page shows.

    Ask get_metric first for its columns, filters and parameters.
    """
    query = _asked(asking, metric)
    asking.require_loaded(query)
    page = metric.partition(".")[0]
    within = _filters(asking, query, filters)
    given = _given(query, parameters)
    paged = {"page_start": start, "page_rows": rows} if choices.is_paged(query) else {}
    result = asking.fetch(metric, within, **given, **paged)
    places = {name: given.get(name) for name in _PLACES if name in given}
    opened = next((_WITH_PAGE[name] for name, place in places.items() if place), page)
    for name, place in places.items():
        if place and len(result):
            asking.about[name] = str(place)[:100]
    return whole(
        asking,
        opened,
        filters=within if choices.is_of_period(query) else None,
        places=filters.codes() | places,
        **table(asking, result, columns, rows=rows, start=start),
    )


def _asked(asking: Asking, metric: str) -> queries.Query:
    """The query of that name. Raises BadInput for one that somebody is not shown, as for one that is not there."""
    if not choices.may_ask(asking.person, metric):
        raise BadInput(
            "There is no such metric for you.", "Its name is misspelt, or its page is not yours.", "Ask list_metrics."
        )
    return queries.load(metric)


def _filters(asking: Asking, query: queries.Query, said: Narrowed) -> Any:
    codes = said.codes()
    usable = {*choices.filters(query), *(("period", "compare") if choices.is_of_period(query) else ())}
    if unused := sorted(codes.keys() - usable):
        raise BadInput(
            f"{query.name} is not narrowed by {unused[0]}.",
            f"It knows {', '.join(sorted(usable)) or 'no filter'}.",
            "Leave it out.",
        )
    return asking.filters(query.name.partition(".")[0], codes)


def _given(query: queries.Query, said: Mapping[str, Value]) -> dict[str, Any]:
    """The parameters as the query takes them. Raises BadInput for what it does not declare, or that is no choice."""
    known = choices.parameters(query)
    if unknown := sorted(said.keys() - known.keys()):
        raise BadInput(
            f"{query.name} has no parameter {unknown[0][:100]!r}.",
            f"It has {', '.join(known) or 'none'}.",
            "Ask get_metric for them.",
        )
    given: dict[str, Any] = {}
    for name, parameter in known.items():
        value = said.get(name)
        if value in (None, ""):
            if parameter.is_required:
                raise BadInput(f"{query.name} needs {name}.", "It tells of one.", "Ask get_metric for its parameters.")
            given[name] = parameter.default
        else:
            given[name] = _typed(name, value, parameter)
    return given


def _typed(name: str, value: Any, parameter: choices.Parameter) -> Any:
    def refused(right: str) -> BadInput:
        return BadInput(f"This is no value of {name}.", f"It must be {right}.", "Correct it, or leave it out.")

    if parameter.codes:
        found = next((code for code in parameter.codes if str(code) == str(value)), None)
        if found is None:
            raise refused(f"one of {', '.join(map(str, parameter.codes))}")
        return found
    if parameter.kind == "date":
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            raise refused("a day such as 2026-01-31") from None
    if parameter.kind == "integer":
        if not str(value).isascii() or not str(value).isdigit() or not 1 <= int(value) <= MOST_ROWS:
            raise refused(f"a whole number from 1 to {MOST_ROWS}")
        return int(value)
    return str(value)


def _unsaid(name: str) -> dict[str, Any]:
    return {param: each.default for param, each in choices.parameters(queries.load(name)).items() if param != "search"}


def _told(parameter: choices.Parameter) -> Answer:
    told: Answer = {"type": parameter.kind, "required": parameter.is_required}
    if parameter.codes:
        told["one_of"] = [*parameter.codes]
    if parameter.default is not None:
        told["default"] = parameter.default
    return told
