"""What is said of one person: quota and own past before peers, and nothing good of whoever misses either."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest

from data.warehouse.access import Result, Snapshot
from presentation import periods, words
from presentation.sentences import coaching as sentences
from queries import load
from tests import slowly
from tests.kpis.shared import months_before
from tests.test_kpis import in_memory, market

SHOWN = Snapshot("0001", Path("0001"), "2026-06-30", "", "EUR", frozenset(), 0)
FULL = 0  # a company with people who miss their quota, and who fall; of others there may be none
NAMES = (
    "team.coaching",
    "team.kpis",
    "team.attainment",
    "team.coaching_accounts",
)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "language", lambda: "en")


def result(name: str, *rows: dict[str, Any], **params: Any) -> Result:
    query = load(name)
    whole = [dict.fromkeys(query.units) | row for row in rows]
    return Result(pa.Table.from_pylist(whole), query, dict.fromkeys(query.params) | params, SHOWN)


def gaps(**figures: Any) -> list[str]:
    """What is said of somebody ahead of all peers, with these figures of the period."""
    ahead = {"rep": "Ann", "revenue": 900, "revenue_base": 100, "revenue_peers": 300, "revenue_spread": 10}
    row = {"revenue": 100, "revenue_base": 90, "attainment": 1.2} | figures
    accounts = result(
        "team.coaching_accounts",
        {"customer_id": "C1", "customer": "Acme_1", "change": -40},
        {"customer_id": "C2", "customer": "Bolt", "change": 7},
        {"customer_id": None, "change": -999},
    )
    now = result("team.kpis", row)
    reached = {"rep_id": "R1", "shortfall": 50, "uncovered": 20, "orders_to_come": 25, "due_likely": 5, "due_value": 9}
    coming = result("team.attainment", reached if row["attainment"] < 1 else {}, metric="revenue", by="by_rep",
                    period_to=dt.date(2026, 6, 30))  # fmt: skip
    return [*sentences.gaps(result("team.coaching", ahead), now, now, coming, accounts)]


def test_a_missed_quota_comes_first_with_what_is_to_come_for_it() -> None:
    quota, past = gaps(attainment=0.816, revenue_base=127)
    assert quota == (
        "Quota to date: 81.6% reached. 50 EUR is still needed by 30 Jun 2026, 20 EUR of it uncovered. Expected until "
        "then: 25 EUR of orders without a quote, by the forecast, and 5 EUR likely of open quotes."
    )
    assert past == (
        "Fell against the own past, -21.3%: 100 EUR after 127 EUR. Most of it: Acme\\_1 (-40 EUR). "
        "Against it: Bolt (+7 EUR)."
    )


def test_a_fall_is_said_without_a_quota_and_a_rise_is_none() -> None:
    (past,) = gaps(revenue_base=127)
    assert past.startswith("Fell against the own past")
    assert gaps() == []


@pytest.mark.parametrize("seed", slowly.after(1, range(4)))
def test_whoever_misses_the_quota_or_the_own_past_has_that_said_first(seed: int) -> None:
    company, as_of = market(seed)
    company["quotas"] = [
        {"rep_id": rep["rep_id"], "month": month, "metric": "revenue", "target": Decimal(10 ** (1 + number % 5))}
        for number, rep in enumerate(company["sales_reps"])
        for month in months_before(as_of, 12)
    ]
    met = {"missed": 0, "fell": 0}
    with in_memory(company, as_of) as connection:
        for rep in company["sales_reps"]:
            for period in get_args(periods.Period):
                days = periods.window(as_of, period, "last_year").params()
                asked = days | {"rep": rep["rep_id"], "team": None, "by": "by_rep", "metric": "revenue"}
                asked |= {"decided": None, "as_of": as_of}

                def found(name: str, asked: dict[str, Any] = asked) -> Result:
                    query = load(name)
                    params = {param: asked[param] for param in query.params}
                    return Result(connection.execute(query.sql, params).to_arrow_table(), query, params, SHOWN)

                year, figures, reached, accounts = map(found, NAMES)
                if len(year):
                    _said_first(year, figures, reached, accounts, met)
    if seed == FULL:
        assert min(met.values()) > 0, "the company holds nobody this is about"


def _said_first(year: Result, figures: Result, reached: Result, accounts: Result, met: dict[str, int]) -> None:
    about: tuple[Result, ...] = (figures, figures, reached, accounts)
    row, said = figures.one(), [*sentences.gaps(year, *about)]
    fell = row["revenue_base"] is not None and row["revenue"] < row["revenue_base"]
    missed = row["attainment"] is not None and row["attainment"] < 1
    if missed:
        assert said[0].startswith("Quota to date:")
        met["missed"] += 1
    if fell:
        uncovered = any(row["uncovered"] for row in reached.rows())
        assert said[missed or uncovered].startswith("Fell against the own past")
        assert sum(row["change"] for row in accounts.rows()) == row["revenue"] - row["revenue_base"]
        met["fell"] += 1
    if missed and fell:
        good = [line for line in sentences.strengths(year, *about) if line.startswith(("Rose", "Quota to date"))]
        assert good == []
