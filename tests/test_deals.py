"""A deal is told the same wherever it stands: in the list, on its page, in the headline, in an export, as due."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data.warehouse.access import Result, Snapshot
from presentation import export, labels
from presentation.sentences import closes, deals
from queries import load
from tests import slowly
from tests.facts import Facts
from tests.kpis.shared import Row, View
from tests.test_kpis import CROWDED, MARKETS, in_memory, market, parameters, take_statistics, views

Ask = Callable[..., Result]


@pytest.fixture(scope="module", params=slowly.after(1, range(0, MARKETS, CROWDED), every=6))
def ask(request: pytest.FixtureRequest) -> Iterator[Ask]:
    """Asks a generated company, in which people closed deals and gave them other days; without filters."""
    company, as_of = market(request.param)
    facts = Facts(company, as_of)
    with in_memory(company, as_of) as connection:
        take_statistics(facts, connection)
        decided = [view.decided for view in views(facts, request.param)][1]
        shown = Snapshot("0001", Path("nowhere"), as_of.isoformat(), "", "EUR", frozenset(), 0)

        def asked(name: str, **narrowed: Any) -> Result:
            query, view = load(name), View(decided=decided, page_rows=100_000, **narrowed)
            params = parameters(query, facts, view)
            return Result(connection.execute(query.sql, params).to_arrow_table(), query, params, shown)

        yield asked


def of_list(ask: Ask, **narrowed: Any) -> list[Row]:
    return ask("negotiations.open_list", **narrowed).rows()


def page_of(ask: Ask) -> Callable[[Row], Row]:
    return lambda row: ask("negotiations.negotiation", negotiation=row["negotiation_id"]).one()


@pytest.mark.parametrize("ask", [0], indirect=True)
def test_the_first_company_has_deals_of_every_standing(ask: Ask) -> None:
    rows = of_list(ask) + of_list(ask, due="closed_here")
    assert {row["day_standing"] for row in rows} >= {"day_passed", "day_set_here"}
    assert {row["close_standing"] for row in map(page_of(ask), rows)} >= {"stands", "contradicted"}


def test_the_page_of_a_deal_says_what_its_list_says(ask: Ask) -> None:
    rows = of_list(ask) + of_list(ask, due="closed_here")
    for row in rows:
        found = ask("negotiations.negotiation", negotiation=row["negotiation_id"])
        page = found.one()
        assert {name: page[name] for name in page.keys() & row.keys()} == {
            name: row[name] for name in page.keys() & row.keys()
        }
        said = closes.standing(found, [])
        assert ("it is believed no more" in said) == (row["day_standing"] == "day_passed")
        assert ("closed it here as lost; the data do not say so yet" in said) == (row["day_standing"] == "closed_here")
        assert ("Next step" in said) == (row["next_step"] is not None)
        if row["next_step"]:
            assert labels.code(row["next_step"]) in said
        moved = [each for each in json.loads(page["reasons"] or "[]") if each["reason"] == "slipped" and each["value"]]
        assert all(row["slips"] > 0 for each in moved if each["value"] > 0)
        assert "moved later" not in " ".join(deals.reasons(found)) or row["slips"] > 0


def test_the_headline_counts_what_the_list_shows(ask: Ask) -> None:
    figures = ask("negotiations.kpis").one()
    rows = {due: of_list(ask, due=due) for due in (None, "past_expected", "slipping", "closed_here")}
    assert figures["open_negotiations"] == len(rows[None])
    assert figures["open_value"] == worth(rows[None])
    for due in ("past_expected", "slipping", "closed_here"):
        assert (figures[due], figures[f"{due}_value"]) == (len(rows[due]), worth(rows[due]))
    assert figures["past_expected"] == sum(row["day_standing"] == "day_passed" for row in rows[None])
    (bridge,) = ask("negotiations.bridge").rows()
    assert (bridge["end_deals"], bridge["end_value"]) == (len(rows[None]), worth(rows[None]))
    sums = ask("team.pipeline_forecast").rows()[:1]
    assert sum(row["negotiations"] for row in ask("team.stages").rows()) <= len(rows[None])
    assert all(row["past_expected"] <= figures["past_expected"] for row in sums)


def worth(rows: list[Row]) -> Decimal:
    """What is known of it: a deal without an amount is counted, not valued."""
    return sum((row["amount"] for row in rows if row["amount"] is not None), Decimal(0))


def test_the_export_says_it_in_the_same_words(ask: Ask) -> None:
    found = ask("negotiations.open_list")
    lines = list(csv.reader(io.StringIO(export.as_file(found, "csv").decode("utf-8-sig"), newline="")))
    taken = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    assert len(taken) == len(found)
    for line, row in zip(taken, found.rows(), strict=True):
        assert line[labels.column("next_step")] == labels.code(row["next_step"])
        assert line[labels.column("day_standing")] == (labels.code(row["day_standing"]) if row["day_standing"] else "")


def test_what_is_due_of_deals_stands_in_the_list_by_the_same_day(ask: Ask) -> None:
    listed = {row["negotiation_id"]: row for row in of_list(ask)}
    due = ask("team.due", alert="deal").rows()
    assert due
    for row in due:
        deal = listed[row["subject"]]
        assert row["expected_close_on"] == deal["expected_close_on"]
        assert row["told_close_on"] == deal["closes_on"]
        assert row["reason"] != "past_expected" or deal["day_standing"] == "day_passed"
        assert row["reason"] != "slipped" or (deal["slips"] > 0 and deal["day_standing"] is None)
    due_of_accounts = {(row["customer_id"], row["subject"]) for row in due}
    assert due_of_accounts <= {(row["customer_id"], row["negotiation_id"]) for row in listed.values()}
