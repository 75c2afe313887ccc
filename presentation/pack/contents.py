"""What a board pack says, section by section, as words and figures that a PDF and slides draw alike.

Every figure is that of a page, asked of the same query under the same filters and written by the same format.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import queries
from data.people.permissions import allowed
from data.people.person import Person
from data.warehouse.access import Result, Snapshot
from data.warehouse.reading import Fetch
from presentation import export, figures, format, labels, needs
from presentation.coverage import stopped
from presentation.figures import Figure
from presentation.filters import DEFAULTS, NARROWING, Filters, parse
from presentation.pages import BY_NAME
from presentation.paper import unmarked
from presentation.periods import last_full
from presentation.sentences import accounts, alerts, attainment, catalogs, conversion, forecasts
from presentation.words import N_, text

Stretch = Literal["last_month", "last_quarter", "as_on_the_page"]
STRETCHES: tuple[Stretch, ...] = ("last_month", "last_quarter", "as_on_the_page")
MOST_ROWS = 12
_FILTERS = {
    "customers": ("segment", "owner"),
    "catalogs": ("segment", "category", "catalog"),
    "negotiations": ("segment", "owner"),
    "team": ("team",),
}
_CHOICES = {"owner": "shared.owners", "catalog": "shared.catalog_choices"}


@dataclass(frozen=True)
class Asked:
    """What a pack is made from: who asks, how rows are read, filters of a page by name, and what people kept.

    `until` is the day the period ends on.
    """

    who: Person
    fetch: Fetch
    shown: Snapshot
    codes: Mapping[str, str | None]
    until: dt.date
    kept: Mapping[str, Any]

    def within(self, page: str) -> Filters:
        """The filters as that page has them: those it does not have narrow nothing on it."""
        names = ("period", "compare", *_FILTERS[page])
        codes = {name: code for name, code in self.codes.items() if name in names}
        return parse(self.until, codes, self.shown.coverage, BY_NAME[page].dated)


class Bars(NamedTuple):
    """What a chart draws: a bar for each name, in their order, and beside it what it is measured against.

    Ranked lie below each other, months stand side by side.
    """

    kind: Literal["ranked", "months"]
    names: Sequence[str]
    values: Sequence[float | None]
    title: str
    unit: str
    beside: Sequence[float | None] = ()
    beside_title: str = ""


class Table(NamedTuple):
    """Cells as they are said; of the columns that hold figures `are_figures` is true. `left_out` rows are not here."""

    headings: Sequence[str]
    are_figures: Sequence[bool]
    rows: Sequence[Sequence[str]]
    left_out: int = 0


@dataclass(frozen=True)
class Section:
    """One page of the pack: the answer first, then how it is narrowed, figures, a chart and a list, where it has them.

    `results` are what all of it was read from.
    """

    code: str
    title: str
    answer: str
    note: str
    results: Sequence[Result]
    figures: Sequence[Figure] = ()
    bars: Bars | None = None
    table: Table | None = None


def asked(
    who: Person,
    fetch: Fetch,
    shown: Snapshot,
    codes: Mapping[str, str | None],
    stretch: Stretch,
    kept: Mapping[str, Any],
) -> Asked:
    """What a pack is made from, over one of STRETCHES: the last month or quarter that is over, or as a page."""
    as_of = dt.date.fromisoformat(shown.as_of)
    given = {**DEFAULTS, **{name: code for name, code in codes.items() if code is not None}}
    if stretch == "as_on_the_page":
        return Asked(who, fetch, shown, given, as_of, kept)
    period: Literal["month", "quarter"] = "month" if stretch == "last_month" else "quarter"
    return Asked(who, fetch, shown, given | {"period": period}, last_full(as_of, period), kept)


def offered(who: Person, shown: Snapshot) -> list[str]:
    """The sections that somebody may have of these data, in their order."""
    return [
        code
        for code, kind in _KINDS.items()
        if allowed(who, "export", kind.page)
        and not any(needs.of_query(queries.load(name), shown) for name in kind.needs)
        and all(table in shown.loaded_tables for table in BY_NAME[kind.page].needs)
    ]


def usual(who: Person, shown: Snapshot) -> list[str]:
    """Those of the offered sections that somebody in such a role takes to a meeting."""
    of_sales = _OF_ONE if allowed(who, "find_work_first") else _OF_PEOPLE
    own: Sequence[str] = of_sales if allowed(who, "read", "team") else _OF_CATALOGS
    return [code for code in offered(who, shown) if code in own]


def sections(given: Asked, codes: Iterable[str]) -> list[Section]:
    """The sections of these codes, in their own order; what somebody may not have is not there."""
    chosen = {*codes}
    return [_KINDS[code].make(given, code) for code in offered(given.who, given.shown) if code in chosen]


def _figures(given: Asked, code: str) -> Section:
    f = given.within("customers")
    kpis, silent = given.fetch("customers.kpis", f), given.fetch("customers.headline", f)
    compared = _compared(given, "customers.kpis", f)
    told = [figures.figure(kpis, c, compared) for c in _known(kpis, "revenue", "margin_rate", "active_customers",
                                                              "orders")]  # fmt: skip
    told.append(figures.figure(silent, "likely_loss"))
    revenue = told[0]
    against = revenue.change if f.is_compared else None
    answer = (
        text("Revenue {revenue}, {change} against the days compared with", revenue=revenue.value, change=against)
        if against
        else text("Revenue {revenue}", revenue=revenue.value)
    )
    results = [kpis, silent]
    coming = _coming(given) if allowed(given.who, "read", "team") else None
    if coming is None:
        return _section(given, code, f, answer, results, figures=told)
    is_told = any(row["p10"] is not None for row in coming.rows())
    answer = f"{answer}. {forecasts.next_period(coming)}" if is_told else answer
    return _section(
        given, code, f, answer, [*results, coming], figures=told,
        bars=_months(coming), table=_table(coming, ["period_start", "revenue", "forecast", "p10", "p90"],
                                           _newest(coming), whole=len(_told(coming))),
    )  # fmt: skip


def _coming(given: Asked) -> Result | None:
    """Revenue by month and what is to come; None where a feed stopped, so that nothing can be told of it."""
    if stopped(given.shown.coverage, "orders") or "sales_reps" not in given.shown.loaded_tables:
        return None
    found = given.fetch("team.forecast", given.within("team"), granularity="month")
    return found if _told(found) else None


def _told(coming: Result) -> list[dict[str, Any]]:
    return [row for row in coming.rows() if row["revenue"] is not None or row["forecast"] is not None]


def _newest(coming: Result) -> list[dict[str, Any]]:
    return _told(coming)[-MOST_ROWS:]


def _months(coming: Result) -> Bars:
    rows = _told(coming)
    return Bars(
        "months",
        [format.value(row["period_start"], "short_month") for row in rows],
        [_number(row["revenue"]) for row in rows],
        labels.column("revenue"),
        "money",
        [_number(row["forecast"]) for row in rows],
        labels.column("forecast"),
    )


def _silent(given: Asked, code: str) -> Section:
    f = given.within("customers")
    found, answer = given.fetch("customers.silent", f, limit=MOST_ROWS), given.fetch("customers.headline", f)
    columns = ["customer", "rhythm", "likely_loss", "at_stake", "silence_probability", "days_since_last"]
    whole = answer.one()["silent_customers"]
    return _section(
        given, code, f, accounts.silent(answer), (found, answer),
        bars=_ranked(found, "customer", "likely_loss"),
        table=_table(found, columns, found.rows(), whole=max(whole or 0, len(found))),
    )  # fmt: skip


def _risks(given: Asked, code: str) -> Section:
    f = given.within("customers")
    found = given.fetch("customers.category_risks", f, customer=None, category=None, **_PAGE)
    record = given.fetch("customers.track_record", kind="category_risk", grade="all")
    columns = ["customer", "category", "verdict", "at_stake", "loss_probability", "last_bought_on"]
    return _section(given, code, f, alerts.fared(record), (found, record), table=_table(found, columns, total="alerts"))


def _work(given: Asked, code: str) -> Section:
    f = given.within("customers")
    today = given.fetch("customers.day_accounts", f)
    rows = min(today.one()["accounts"] or MOST_ROWS, MOST_ROWS)
    nothing = dict.fromkeys(("status", "alert", "channel"))
    found = given.fetch("customers.work_list", f, **_people(given, "customers.work_list"), **nothing,
                        page_start=0, page_rows=rows)  # fmt: skip
    record = given.fetch("customers.list_record")
    columns = ["customer", "worth", "reasons", "due_on", "days_since_last", "channel"]
    return _section(
        given,
        code,
        f,
        alerts.list_fared(record),
        (found, record, today),
        table=_table(found, columns, total="accounts"),
    )


def _funnel(given: Asked, code: str) -> Section:
    f = given.within("negotiations")
    found = given.fetch("negotiations.kpis", f)
    columns = _known(found, "conversion", "win_rate", "average_won", "median_days_to_close", "open_value")
    compared = _compared(given, "negotiations.kpis", f)
    told = [figures.figure(found, column, compared) for column in columns]
    results, table = [found], None
    if not needs.of_query(queries.load("negotiations.conversion_groups"), given.shown):
        groups = given.fetch("negotiations.conversion_groups", f, by="by_segment")
        results.append(groups)
        table = _table(groups, ["segment", "requests", "quoted", "ordered", "conversion", "win_rate"])
    return _section(given, code, f, conversion.conversion(found), results, figures=told, table=table)


def _deals(given: Asked, code: str) -> Section:
    f = given.within("negotiations")
    nothing = dict.fromkeys(("search", "sort", "due", "next_step"))
    found = given.fetch("negotiations.open_list", f, **nothing, **_PAGE)
    kpis = given.fetch("negotiations.kpis", f)
    columns = ["customer", "amount", "win_probability", "next_step", "expected_close_on", "stage"]
    return _section(
        given, code, f, conversion.dates(kpis), (found, kpis),
        bars=_ranked(found, "customer", "amount"), table=_table(found, columns, total="negotiations"),
    )  # fmt: skip


def _to_come(given: Asked, code: str) -> Section:
    f = given.within("team")
    found = given.fetch("team.pipeline_forecast", f)
    whole = next((row for row in found.rows() if row["rep_id"] is None), None)
    columns = ["rep", "won_30_days", "won_60_days", "won_90_days", "commit_value", "open_value", "deals"]
    answer = forecasts.open_deals(found, whole) if whole else text("Nothing is being negotiated.")
    return _section(given, code, f, answer, (found,), table=_table(found, columns))


def _attainment(given: Asked, code: str) -> Section:
    f = given.within("team")
    found = given.fetch("team.attainment", f, metric="revenue", by="by_rep", rep=None)
    kpis = given.fetch("team.kpis", f, rep=None)
    compared = _compared(given, "team.kpis", f, rep=None)
    told = [figures.figure(kpis, column, compared)
            for column in _known(kpis, "revenue", "attainment", "won_value", "win_rate", "average_won")]  # fmt: skip
    rows = [row | {"rep": row["rep"] or text("Left the team")} for row in found.rows()]
    drawn = sorted((row for row in rows if row["credited"]), key=lambda row: -row["credited"])[:MOST_ROWS]
    bars = Bars(
        "ranked",
        [row["rep"] for row in drawn],
        [_number(row["credited"]) for row in drawn],
        labels.column("credited"),
        "money",
        [_number(row["quota_to_date"]) for row in drawn],
        labels.column("quota_to_date"),
    )
    columns = ["rep", "attainment", "credited", "quota_to_date", "shortfall", "due_likely"]
    return _section(
        given, code, f, attainment.attainment(kpis), (kpis, found), figures=told, bars=bars if drawn else None,
        table=_table(found, columns, rows),
    )  # fmt: skip


def _catalog_figures(given: Asked, code: str) -> Section:
    f = given.within("catalogs")
    kpis = given.fetch("catalogs.kpis", f)
    standings = given.fetch("catalogs.standings", f.comparable or f)
    found = given.fetch("catalogs.comparison", f)
    compared = _compared(given, "catalogs.kpis", f)
    told = [figures.figure(kpis, column, compared)
            for column in _known(kpis, "revenue", "margin_rate", "price_realisation", "products_sold",
                                 "quantity")]  # fmt: skip
    columns = ["catalog", "segment", "revenue", "change", "margin_rate", "penetration"]
    rows = [row for row in found.rows() if row["revenue"]][:MOST_ROWS]
    bars = Bars(
        "ranked",
        [f"{format.value(row['catalog'], 'text')}, {labels.code(row['segment'])}" for row in rows],
        [_number(row["revenue"]) for row in rows],
        labels.column("revenue"),
        "money",
        [_number(row["revenue_base"]) for row in rows] if f.is_compared else (),
        labels.column("revenue_base"),
    )
    return _section(
        given, code, f, catalogs.best_catalog(standings, kpis), (kpis, standings, found), figures=told,
        bars=bars if rows else None, table=_table(found, columns),
    )  # fmt: skip


def _products(given: Asked, code: str) -> Section:
    f = given.within("catalogs")
    nothing = dict.fromkeys(("movement", "abc", "xyz", "search", "sort"))
    found = given.fetch("catalogs.products", f, **nothing, **_PAGE)
    columns = ["product", "movement", "revenue", "change", "margin_rate", "abc"]
    return _section(
        given, code, f, "", (found,), bars=_ranked(found, "product", "revenue"),
        table=_table(found, columns, total="products"),
    )  # fmt: skip


def _losses(given: Asked, code: str) -> Section:
    f = given.within("catalogs")
    found = given.fetch("catalogs.category_losses", f)
    columns = ["category", "customers_stopped", "customers_declining", "at_stake"]
    return _section(given, code, f, "", (found,), bars=_ranked(found, "category", "at_stake"),
                    table=_table(found, columns))  # fmt: skip


class _Kind(NamedTuple):
    title: str
    page: str
    make: Callable[[Asked, str], Section]
    needs: Sequence[str] = ()


_PAGE = {"page_start": 0, "page_rows": MOST_ROWS}
_KINDS: Mapping[str, _Kind] = {
    "headline_figures": _Kind(N_("Headline figures and revenue by month"), "customers", _figures),
    "team_attainment": _Kind(N_("Attainment"), "team", _attainment),
    "own_work": _Kind(N_("Work list"), "customers", _work),
    "silent": _Kind(N_("Silent accounts"), "customers", _silent),
    "leaving": _Kind(N_("Categories at risk"), "customers", _risks),
    "funnel": _Kind(N_("From request to order"), "negotiations", _funnel),
    "deals_to_come": _Kind(N_("Deals to come"), "team", _to_come, ("team.pipeline_forecast",)),
    "open_now": _Kind(N_("Open deals"), "negotiations", _deals, ("negotiations.open_list",)),
    "catalogs_compared": _Kind(N_("Catalogs"), "catalogs", _catalog_figures, ("catalogs.comparison",)),
    "products_sold_most": _Kind(N_("Products"), "catalogs", _products),
    "categories_lost": _Kind(N_("Categories losing customers"), "catalogs", _losses),
}
# What goes to a meeting: of whoever leads people, of one person's own book, and of whoever looks after catalogs.
_OF_PEOPLE = ("headline_figures", "team_attainment", "silent", "leaving", "funnel", "deals_to_come")
_OF_ONE = ("headline_figures", "own_work", "silent", "leaving", "funnel", "open_now")
_OF_CATALOGS = ("catalogs_compared", "products_sold_most", "categories_lost")
TITLES: Mapping[str, str] = {code: kind.title for code, kind in _KINDS.items()}


def _section(given: Asked, code: str, within: Filters, answer: str, results: Sequence[Result], **rest: Any) -> Section:
    title = text(TITLES[code])
    # Sentences of the screen are Markdown; on paper they stand as they show there.
    said = unmarked(answer).replace("**", "").strip()
    return Section(code, title, said or title, _note(given, within, results), results, **rest)


def _note(given: Asked, within: Filters, results: Sequence[Result]) -> str:
    """Which days are told, and by which of the filters the section is narrowed, and by which it is not."""
    taken = {param for result in results for param in result.query.params}
    known = [name for name in NARROWING if given.codes.get(name)]
    parts = [within.compared()] if taken & {"date_from", "date_to", "date_month_from", "date_month_to"} else []
    parts += [
        f"{labels.column(name)}: {_name(given, name)}"
        for name in known
        if name in taken and getattr(within, name) is not None
    ]
    without = [labels.column(name) for name in known if name not in taken or getattr(within, name) is None]
    if without:
        parts.append(text("not narrowed by: {filters}", filters=", ".join(without)))
    return " · ".join(parts)


def _name(given: Asked, name: str) -> str:
    """What a filter is narrowed to, in words."""
    code = given.codes[name] or ""
    if name not in _CHOICES:
        return labels.code(code)
    named = {row["value"]: row["label"] for row in given.fetch(_CHOICES[name]).rows()}
    return named.get(code) or code


def _compared(given: Asked, name: str, f: Filters, **more: Any) -> Result | None:
    """The same figures over the days that can be compared, where these are not the whole period but some of it."""
    shared = None if f.is_compared else f.comparable
    return given.fetch(name, shared, **more) if shared else None


def _people(given: Asked, name: str) -> dict[str, Any]:
    return {param: value for param, value in given.kept.items() if param in queries.load(name).params}


def _known(result: Result, *columns: str) -> list[str]:
    return needs.known(columns, result.query.name, result.snapshot)


def _ranked(found: Result, by: str, column: str) -> Bars | None:
    rows = found.rows()
    names = [format.value(row[by], found.query.units[by]) for row in rows]
    values = [_number(row[column]) for row in rows]
    return Bars("ranked", names, values, labels.column(column), found.query.units[column]) if any(values) else None


def _table(
    found: Result,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]] | None = None,
    *,
    total: str = "",
    whole: int | None = None,
) -> Table:
    """The first rows of a list; how many there are in all stands in the column `total`, or is the `whole`."""
    given = found.rows() if rows is None else rows
    units, known = found.query.units, _known(found, *columns)
    # What nothing is told of takes no room, such as the intervals of several teams together.
    shown = [name for name in known if name == known[0] or any(row[name] is not None for row in given)] or known
    of_all = given[0][total] if total and given else whole if whole is not None else len(given)
    headed = export.headings(found)
    cells = [[_cell(row, column, units[column]) for column in shown] for row in given[:MOST_ROWS]]
    return Table(
        [headed.get(column, labels.column(column)) for column in shown],
        [units[column] not in ("text", "label", "labels", "id", "date", "month", "flag") for column in shown],
        cells,
        max(0, of_all - len(cells)),
    )


def _cell(row: Mapping[str, Any], column: str, unit: str) -> str:
    return format.value(row[column], unit)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
