"""Companies of which not all was loaded: nothing is compared with days that were not, nothing absent is spoken of.

Each is the generated company with its history cut at random days, a feed that stops, or months left out, and without
tables and columns that not every company has.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from data import demo, settings
from data.loading import inputs
from data.warehouse import access, build
from presentation import filters, format, labels, needs
from presentation.pages import PAGES
from presentation.periods import Window
from queries import load
from tests import companies, slowly
from tests.companies import Company
from tests.facts import Facts
from tests.facts import Window as Days
from tests.kpis import recomputed
from tests.kpis.shared import View
from tests.pages.screen import opened, said
from tests.test_kpis import differences, parameters, published

AS_OF = dt.date(2026, 6, 12)
LINES, CUSTOMERS = 5000, 60
DATED = {"orders": "ordered_on", "quotes": "requested_on", "activities": "occurred_on", "leads": "created_on",
         "feedback": "given_on"}  # fmt: skip
# What a cut takes away, by the fact that is unknown without it: tables, and columns of tables.
ABSENT: dict[str, tuple[tuple[str, str | None], ...]] = {
    "cost": (("products", "unit_cost"), ("order_lines", "unit_cost")),
    "list_price": (("products", "list_price"), ("order_lines", "list_price")),
    "quotes": (("quotes", None), ("quote_lines", None), ("quote_events", None), ("orders", "quote_id")),
    "quote_amounts": (("quotes", "amount"),),
    "decisions": (("quotes", "outcome"), ("quotes", "closed_on"), ("quotes", "outcome_reason")),
    "quote_orders": (("orders", "quote_id"),),
    "catalogs": (("catalogs", None), ("catalog_items", None), ("orders", "catalog_id"), ("customers", "catalog_id")),
    "catalog_orders": (("orders", "catalog_id"), ("customers", "catalog_id")),
    "catalog_prices": (("catalog_items", None),),
    "steps": (("quote_events", None),),
    "stages": (("quote_events", "stage"),),
    "jobs": (("quote_events", "buying_job"),),
    "quotas": (("quotas", None),),
    "leads": (("leads", None), ("quotes", "lead_id")),
    "contacts": (("contacts", None), ("quote_events", "contact_id"), ("activities", "contact_id")),
    "contracts": (("contracts", None),),
    "activities": (("activities", None),),
    "feedback": (("feedback", None),),
    "capacity": (("sales_reps", "capacity"),),
    "channels": (("orders", "channel"),),
    "stock": (("products", "stock"),),
}  # fmt: skip
# What a page would say of a fact as if it were known.
SPOKEN = {
    "cost": ("No elasticity is known",),
    "list_price": ("below its list price", "Nothing was sold whose list price", "was given away"),
    "quotes": ("open quotes", "Open quotes", "decided quotes", "Nothing is being negotiated", "open negotiation",
               "Open negotiations"),
    "quote_amounts": ("worth 0", "over 0", "The pipeline went from 0", "Their open quotes due"),
    "decisions": ("Nothing was decided", "0 won", "Too few decisions", "% of decided quotes won"),
    "quote_orders": ("of quotes become orders", "quotes became orders", "Conversion counts"),
    "catalog_orders": ("no catalog is ahead", "Nothing was sold from a catalog"),
    "catalog_prices": ("the price its catalog asked", "nothing to propose", "below approved prices:"),
    "steps": ("No moves from one place", "Nothing was reached", "No loop can be told"),
    "quotas": ("with a quota reach it", "still needed", "quota to date"),
    "leads": ("leads were decided", "No lead of this period"),
    "capacity": ("Nobody is over capacity",),
}  # fmt: skip
LISTS = {
    "customers": ("accounts", "work", "category_risks", "growth", "leads", "base"),
    "catalogs": ("products", "groups", "discounts", "matrix", "pairs", "proposals"),
    "negotiations": ("pipeline", "conversion", "loops", "time", "reasons", "under_way"),
    "team": ("attainment", "win_rates", "coming", "due", "effort"),
}
COMPARED = ("customers.kpis", "customers.retention", "customers.concentration", "catalogs.kpis", "catalogs.comparison",
            "catalogs.price_volume_mix", "negotiations.kpis", "team.kpis", "team.channel_mix")  # fmt: skip


@dataclass(frozen=True)
class Cut(View):
    """A view of days that can be compared."""

    days: Window | None = None

    def window(self, facts: Facts) -> Any:
        """As the recomputations ask for it."""
        if self.days is None:
            return super().window(facts)
        days = self.days
        return Days(
            days.date_from, days.date_to, days.base_from, days.base_to, days.elapsed_working_days, days.period_to
        )


@dataclass
class Given:
    """What is left of the generated company, and what was taken away."""

    company: Company
    missing: set[str] = field(default_factory=set)
    first: dt.date | None = None
    hole: tuple[dt.date, dt.date] | None = None
    stopped: tuple[str, dt.date] | None = None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The generated company as rows; orders of a segment stop where they are cut, so each has one."""
    home: Path = tmp_path_factory.mktemp("whole")
    demo.write(replace(settings.current(), home=home), LINES, 5, AS_OF)
    loaded = inputs.current(home)
    assert loaded is not None
    return {name: loaded.rows(name) for name in sorted({entry.table for entry in loaded.ledger})}


def cut(whole: Company, seed: int) -> Given:
    """Some of its customers, from a random day on, without some of what is optional."""
    pick = random.Random(f"cut {seed}")
    kept = {row["customer_id"] for row in pick.sample(whole["customers"], min(CUSTOMERS, len(whole["customers"])))}
    company = {name: [dict(row) for row in rows] for name, rows in whole.items()}
    for row in company["customers"]:
        row["parent_id"] = None
    _only(company, "customer_id", kept, but=("customer_id",))
    given = Given(company)
    segments = {row["customer_id"]: row["segment"] for row in company["customers"]}
    given.first = AS_OF - dt.timedelta(days=pick.choice((150, 400, 560, 690, 900)))
    for table, day in DATED.items():
        company[table] = [row for row in company[table] if row[day] >= given.first]
    if seed % 3 == 0:
        end = AS_OF - dt.timedelta(days=pick.choice((70, 130, 200)))
        given.stopped = ("dealer", end)
        company["orders"] = [
            row for row in company["orders"] if segments.get(row["customer_id"]) != "dealer" or row["ordered_on"] <= end
        ]
    elif seed % 3 == 1:
        begin = (AS_OF - dt.timedelta(days=pick.choice((120, 300, 420)))).replace(day=1)
        given.hole = (begin, begin + dt.timedelta(days=75))
        company["orders"] = [row for row in company["orders"] if not given.hole[0] <= row["ordered_on"] < given.hole[1]]
    for fact in pick.sample(sorted(ABSENT), 6):
        given.missing.add(fact)
        for table, column in ABSENT[fact]:
            if column is None:
                company[table] = []
                continue
            for row in company[table]:
                row[column] = None
    _consistent(company)
    return given


def _only(company: Company, column: str, kept: set[Any], but: tuple[str, ...] = ()) -> None:
    for table, rows in company.items():
        if rows and column in rows[0]:
            company[table] = [row for row in rows if row[column] in kept or (row[column] is None and column not in but)]


def _consistent(company: Company) -> None:
    """Nothing that names what is gone."""
    orders, quotes = (
        {row[key] for row in company[table]} for table, key in (("orders", "order_id"), ("quotes", "quote_id"))
    )
    company["order_lines"] = [row for row in company["order_lines"] if row["order_id"] in orders]
    for table in ("quote_lines", "quote_events"):
        company[table] = [row for row in company[table] if row["quote_id"] in quotes]
    for table, column, known in (
        ("orders", "quote_id", quotes), ("activities", "quote_id", quotes), ("feedback", "order_id", orders),
        ("quotes", "revision_of", quotes), ("quotes", "split_from", quotes), ("quotes", "merged_into", quotes),
        ("quotes", "lead_id", {row["lead_id"] for row in company["leads"]}),
    ):  # fmt: skip
        for row in company[table]:
            row[column] = row[column] if row[column] in known else None


@pytest.mark.parametrize("seed", slowly.after(1, range(6), every=4))
def test_nothing_absent_is_told(seed: int, whole: Company, home: Path) -> None:
    given = cut(whole, seed)
    companies.load(home, given.company)
    built = build.build(settings.current())
    shown = access.snapshot()
    assert given.missing & needs.LOAD.keys() <= shown.unloaded
    facts = published(given.company, built)
    assert _compared_with_nothing_cut(given, shown) == []
    assert _wrong_figures(facts, shown) == []
    assert _spoken(shown) == []


def _windows(shown: access.Snapshot) -> Iterator[tuple[str, filters.Filters]]:
    as_of = dt.date.fromisoformat(shown.as_of)
    for page in PAGES[:4]:
        for period in filters.PERIODS:
            for compare in filters.COMPARISONS:
                yield (
                    page.name,
                    filters.parse(as_of, {"period": period, "compare": compare}, shown.coverage, page.dated),
                )


def _compared_with_nothing_cut(given: Given, shown: access.Snapshot) -> list[str]:
    """Days compared that were cut away; a feed is missed within some days of its end."""
    found = []
    for page, f in _windows(shown):
        days = f.comparable.window if f.comparable else None
        if days is None or page == "negotiations":
            continue
        for first, last in ((days.date_from, days.date_to), (days.base_from, days.base_to)):
            if given.first and first < given.first - dt.timedelta(days=7):
                found.append(f"{page}: {first} to {last}, nothing before {given.first}")
            if given.hole and first < given.hole[1] and given.hole[0] <= last:
                found.append(f"{page}: {first} to {last}, nothing in {given.hole}")
            if given.stopped and last > given.stopped[1] + dt.timedelta(days=31):
                found.append(f"{page}: {first} to {last}, {given.stopped} stopped")
    return found


def _wrong_figures(facts: Facts, shown: access.Snapshot) -> list[str]:
    """Figures that differ from what they are on the days that can be compared, or that are told of others."""
    found = []
    for page, f in _windows(shown):
        for name in (name for name in COMPARED if name.startswith(f"{page}.")):
            query, view = load(name), Cut(days=f.comparable.window if f.comparable else f.window)
            params = parameters(query, facts, view) | f.params()
            told = access.query("director", name, params).rows()
            if not f.is_compared:
                found += [f"{name}: {c}" for row in told for c in row if c.endswith("_base") and row[c] is not None]
            if f.comparable:
                params = parameters(query, facts, view) | f.comparable.params()
                got = access.query("director", name, params).rows()
                found += [f"{name}: {said}" for said in differences(query, got, recomputed(name)(facts, view))]
    return found


def _spoken(shown: access.Snapshot) -> list[str]:
    """What pages say of what was not loaded."""
    forbidden = [(fact, words) for fact in shown.unloaded for words in SPOKEN.get(fact, ())]
    found = []
    for page, lists in LISTS.items():
        for number, name in enumerate(lists):
            app = opened("director", page, list=name)
            words = said(app)
            found += [
                f"{page} {name}: {phrase} ({fact})" for fact, phrase in forbidden if any(phrase in w for w in words)
            ]
            if number == 0:
                found += _cards(app, page, shown)
    return found


def _cards(app: Any, page: str, shown: access.Snapshot) -> list[str]:
    """Cards that tell a figure of what was not loaded, or a change where nothing can be compared."""
    found = []
    dated = next(each.dated for each in PAGES if each.name == page)
    f = filters.parse(dt.date.fromisoformat(shown.as_of), {}, shown.coverage, dated)
    titles = {needs_words(column): column for column in needs.COLUMNS if "." not in column}
    for card in app.metric:
        fact = needs.COLUMNS.get(titles.get(card.label, ""))
        if fact in shown.unloaded and (card.value != format.NOTHING or not card.delta.startswith("Load ")):
            found.append(f"{page}: {card.label} {card.value} {card.delta}, {fact} was not loaded")
        if f.comparable is None and any(sign in card.delta for sign in "%+"):
            found.append(f"{page}: {card.label} {card.delta}, compared with nothing")
    return found


def needs_words(column: str) -> str:
    """The heading of a column, if it has one."""
    return labels.column(column) if labels.is_named(column) else ""
