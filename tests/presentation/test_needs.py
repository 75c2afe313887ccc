"""What was never loaded is not told: the registry is whole, and cards, lists and files follow it."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import queries
from data.warehouse.access import Result, Snapshot
from presentation import export, labels, needs
from presentation.sentences import attainment, catalogs, conversion, leads
from tests import warehouse

PAGE_QUERIES = [queries.load(name) for folder in queries.page_folders() for name in queries.names(folder)]


def without(*facts: str) -> Snapshot:
    return Snapshot("0001", Path(), "2026-05-14", "", "EUR", frozenset(), 0, unloaded=frozenset(facts))


def result(name: str, *rows: dict[str, Any], lacking: tuple[str, ...] = ()) -> Result:
    query = queries.load(name)
    whole = [dict.fromkeys(query.units) | row for row in rows]
    return Result(pa.Table.from_pylist(whole), query, dict.fromkeys(query.params), without(*lacking))


def test_every_fact_is_counted_and_has_what_to_load() -> None:
    with duckdb.connect() as connection:
        query = queries.load("warehouse.core.loaded_facts")
        warehouse.empty_tables(connection, query.tables())
        facts = {fact for fact, *_ in connection.execute(query.sql).fetchall()}
    assert facts == needs.LOAD.keys()
    assert {*needs.COLUMNS.values()} <= facts


@pytest.mark.parametrize("query", PAGE_QUERIES, ids=lambda query: query.name)
def test_a_query_needs_known_facts(query: queries.Query) -> None:
    everything = without(*needs.LOAD)
    stated = {word for word in query.headers.get("needs", "").replace("|", ",").replace(" ", "").split(",") if word}
    assert {*needs.of_query(query, everything)} == stated <= needs.LOAD.keys()
    assert needs.of_query(query, without()) == []


def test_every_column_that_needs_something_is_one_of_a_query() -> None:
    units = {(query.name.partition(".")[0], column) for query in PAGE_QUERIES for column in query.units}
    names = {column for _, column in units}
    pages = {tuple(name.split(".")) for name in needs.COLUMNS if "." in name}
    assert pages <= units
    assert {name for name in needs.COLUMNS if "." not in name} - names == set()


def test_one_of_several_is_enough() -> None:
    query = queries.load("team.due")
    assert needs.of_query(query, without("quotes", "contracts")) == []
    several = ["quotes", "contracts", "activities", "order_steps"]
    assert needs.of_query(query, without(*several)) == several


def test_a_file_leaves_out_what_nothing_was_loaded_for() -> None:
    row = {"customer_id": "C1", "customer": "Acme"}
    full, bare = (
        export.as_file(result("customers.book", row, lacking=lacking), "csv").decode("utf-8-sig")
        for lacking in ((), ("cost",))
    )
    assert labels.column("margin_rate") in full
    assert labels.column("margin_rate") not in bare
    assert labels.column("revenue") in bare[bare.index("Acme") - 900 :]


def test_a_figure_of_another_table_than_its_page_is_known() -> None:
    assert needs.dated("won_value", "team.kpis") == "quotes"
    assert needs.dated("revenue", "team.kpis") is None
    assert needs.dated("win_rate", "negotiations.kpis") is None


def test_headlines_speak_of_nothing_that_is_absent() -> None:
    figures = {"products_sold": 3, "revenue": 100}
    alike = result("catalogs.standings")
    assert catalogs.best_catalog(alike, result("catalogs.kpis", figures, lacking=("catalog_orders",))) == (
        "3 products sold 100 EUR"
    )
    assert "no catalog is ahead" in catalogs.best_catalog(alike, result("catalogs.kpis", figures))
    quotes = {"open_negotiations": 2, "open_value": 50, "won": 3, "lost": 1, "win_rate": 0.75, "conversion": 0.0,
              "past_expected": 0}  # fmt: skip
    assert conversion.conversion(result("negotiations.kpis", quotes, lacking=("quote_orders",))) == (
        "75.0% of decided quotes won; 2 open negotiations are worth 50 EUR"
    )
    assert conversion.maturity(result("negotiations.kpis", quotes, lacking=("quote_orders",))) == (
        "No order names its quote, so conversion is told by decisions: 3 won, 1 lost."
    )
    assert conversion.conversion(result("negotiations.kpis", quotes, lacking=("quote_orders", "quote_amounts"))) == (
        "75.0% of decided quotes won; 2 open negotiations"
    )
    late = quotes | {"past_expected": 1}
    assert conversion.conversion(result("negotiations.kpis", late, lacking=("quote_orders",))) == (
        "75.0% of decided quotes won; 2 open negotiations are worth 50 EUR, 1 of them past the expected day"
    )
    assert conversion.maturity(result("negotiations.kpis", quotes, lacking=("decisions",))) == ""
    assert attainment.attainment(result("team.kpis", {"revenue": 100}, lacking=("quotas",))) == "100 EUR sold"


def test_what_is_needed_is_told_as_far_as_it_is_known() -> None:
    def said(*rows: dict[str, Any], lacking: tuple[str, ...] = ()) -> str:
        found = result("team.attainment", *rows, lacking=lacking)
        return " ".join(
            filter(None, (attainment.needed(found), attainment.coverage(found), attainment.together(found)))
        )

    row = {"rep": "Ann", "quota": 100, "shortfall": 40, "beyond_quota": 0, "due_value": 7, "due_likely": 3}
    told = row | {"orders_to_come": 20, "uncovered": 17}
    assert said(row).startswith("40 EUR is still needed by")
    assert "no forecast reaches that day. Open quotes due by then are worth 7 EUR." in said(row)
    assert "17 EUR of it uncovered Expected until then: 20 EUR of orders without a quote" in said(told)
    assert "3 EUR likely of open quotes" in said(told)
    assert "quote" not in said(told, lacking=("quotes", "quote_amounts"))
    assert said(row | {"shortfall": 0}, lacking=("quotes", "quote_amounts", "quotas")) == "What was reached"
    assert said(row | {"shortfall": None}) == ("How much is still needed is unknown: what was sold last was not loaded")


def test_what_one_has_beyond_the_quota_fills_no_gap() -> None:
    short = {"rep": "Ann", "quota": 100, "shortfall": 40, "beyond_quota": 0, "orders_to_come": 20, "due_likely": 0,
             "due_value": 0, "uncovered": 20}  # fmt: skip
    ahead = {"rep": "Bo", "quota": 100, "shortfall": 0, "beyond_quota": 15, "orders_to_come": 0, "due_likely": 0,
             "due_value": 0, "uncovered": 0}  # fmt: skip
    assert attainment.needed(result("team.attainment", short, ahead)).startswith("1 person still needs 40 EUR")
    assert "Together 25 EUR is needed" in attainment.together(result("team.attainment", short, ahead))
    reached = attainment.together(result("team.attainment", short, ahead | {"beyond_quota": 40}))
    assert reached.startswith("Together the quotas are reached")
    assert attainment.together(result("team.attainment", short)) == ""


def test_leads_that_were_never_loaded_are_not_judged() -> None:
    record, accounts = result("customers.qualification_record"), result("customers.qualification_accounts")
    assert leads.qualified(record, accounts).startswith("Too few past leads")
    bare = result("customers.qualification_record", lacking=("leads",))
    assert leads.qualified(bare, accounts).startswith("Too few new accounts")
