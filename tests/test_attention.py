"""What asks for attention, held to what statistics invented here say of random companies.

Their own statistics raise next to nothing among so few customers, so risks and growth are invented, in the shape that
analytics gives; the rhythms are its own.
"""

import dataclasses
import datetime as dt
import json
import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from analytics import category_risk, growth
from data import contract
from data.warehouse import analysis, build, models
from data.warehouse.engine import Engine
from queries import load
from tests import companies, slowly, test_kpis
from tests.companies import Company
from tests.facts import Facts
from tests.kpis import recomputed
from tests.kpis.attention import LEAVING
from tests.kpis.shared import Row, View

COMPANIES, QUICK, VIEWS = 6, 1, 6
KINDS = ("late", "category_risk", "growth", "deal", "contract", "contact", "order")


SHAPES = {
    "category_risks": category_risk.ALERTS,
    "growth": growth.SCHEMA,
    "growth_accounts": growth.ACCOUNTS,
    "growth_replays": growth.REPLAYS,
    "growth_limits": growth.LIMITS,
}


def invented(facts: Facts, pick: random.Random) -> dict[str, list[Row]]:
    """Rows of analytics: risks and proposals of some customers, and how such proposals fared."""
    products, categories = sorted(facts.products), ("pumps", "valves", "pipes")
    risks, proposals, accounts = [], [], []
    for customer in sorted(facts.customers):
        risks += [_risk(customer, category, pick, facts.as_of) for category in categories if pick.random() < 0.3]
        if pick.random() < 0.6:
            some = pick.sample(products, min(len(products), 6))
            proposals += [_proposal(customer, product, rank, pick) for rank, product in enumerate(some)]
            accounts.append({"customer_id": customer, "chance": pick.random(), "potential": pick.uniform(0, 900)})
    replays = [
        {
            "chance": pick.random(),
            "expected": pick.uniform(0, 400),
            "has_taken": pick.random() < 0.3,
            "random_chance": pick.random(),
            "has_taken_popular": pick.random() < 0.2,
        }
        for _ in range(pick.choice((0, 3, 40)))
    ]
    return {
        "category_risks": risks,
        "growth": proposals,
        "growth_accounts": accounts,
        "growth_replays": replays,
        "growth_limits": [{"least_chance": 0.1, "least_expected": 20.0}],
    }


def _risk(customer: str, category: str, pick: random.Random, as_of: dt.date) -> Row:
    return {
        "customer_id": customer,
        "category": category,
        "verdict": pick.choice(("stopped", "declining")),
        "is_raised": pick.random() < 0.8,
        "grade": pick.choice(("high", "medium")),
        "loss_probability": pick.uniform(0.35, 0.99),
        "horizon_days": 60,
        "usual_purchases": pick.uniform(0, 9),
        "recent_purchases": pick.randrange(4),
        "changed_around": as_of - dt.timedelta(days=pick.randrange(200)),
        "last_bought_on": as_of - dt.timedelta(days=pick.randrange(200)),
        "value_at_stake": pick.uniform(0, 5_000),
        "priority": pick.uniform(0, 5_000),
    }


def _proposal(customer: str, product: str, rank: int, pick: random.Random) -> Row:
    like = pick.choice((("trade", "builders"), ("pattern", None)))
    return {
        "customer_id": customer,
        "product_id": product,
        "category": pick.choice(("pumps", "valves", None)),
        "rank": rank + 1,
        "is_shown": rank < 4,
        "is_new_category": pick.random() < 0.3,
        "probability": pick.random(),
        "potential": pick.uniform(0, 500),
        "value": pick.uniform(0, 90),
        "potential_p50": pick.uniform(0, 900),
        "potential_p80": pick.uniform(900, 2_000),
        "because_product_id": pick.choice((product, None)),
        "like_kind": like[0],
        "like_name": like[1],
        "like_is_sized": pick.random() < 0.5,
        "like_buyers": pick.randrange(5, 90),
        "product_share": pick.random(),
        "category_share": pick.random(),
    }


def warehouse(company: Company, as_of: dt.date, said: dict[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    """The company's warehouse, told `said` in the place of what analytics would say of risks and growth."""
    connection = duckdb.connect(config={"threads": "1"})
    engine, given = Engine(connection), {"as_of": as_of, "reporting_currency": companies.CURRENCY}
    for table in contract.TABLES:
        engine.register(f"input_{table.name}", companies.as_arrow(table.name, company.get(table.name, [])))
    build.define_metrics(engine, "main")
    for model in models.keeping():
        engine.run(models.nothing_kept(model))
    for model in models.before_analysis():
        engine.run(models.create(model), build._only(given, model))
    analysis.run(engine, as_of)
    for name, rows in said.items():
        engine.register(f"analysis_{name}", pa.Table.from_pylist(rows, SHAPES[name]))
    for model in models.after_analysis():
        engine.run(models.create(model), build._only(given, model))
    return connection


def take(facts: Facts, said: dict[str, list[Row]], connection: duckdb.DuckDBPyConnection) -> None:
    """What the warehouse is told of, as figures of this company."""
    test_kpis.take_statistics(facts, connection)
    stays = {customer for customer, rhythm in facts.rhythms.items() if rhythm.state not in LEAVING}
    facts.risks.clear()
    facts.proposals.clear()
    for row in said["category_risks"]:
        if row["is_raised"]:
            facts.risks[row["customer_id"]].append(row | {"at_stake": _cents(row["value_at_stake"])})
    for row in said["growth"]:
        if row["customer_id"] in stays:
            facts.proposals[row["customer_id"]].append(
                row | {name: _cents(row[name]) for name in ("potential", "value", "potential_p50", "potential_p80")}
            )
    facts.growth_accounts = [
        row | {"potential": worth, "expected": _cents(Fraction(worth) * Fraction(row["chance"]))}
        for row in said["growth_accounts"]
        for worth in (_cents(row["potential"]),)
        if row["customer_id"] in stays
    ]
    facts.growth_replays = [row | {"expected": _cents(row["expected"])} for row in said["growth_replays"]]
    (limits,) = said["growth_limits"]
    facts.growth_limits = limits | {"least_expected": _cents(limits["least_expected"])}


def _cents(amount: float | Fraction) -> Decimal:
    exact = Fraction(amount)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def views(facts: Facts, pick: random.Random) -> Iterator[View]:
    """The whole first, then random choices, limits, decisions and lessons."""
    reps, customers = sorted(facts.reps), sorted(facts.customers)
    yield View()
    for _ in range(VIEWS):
        yield View(
            segment=pick.choice((None, None, *contract.SEGMENTS)),
            owner=pick.choice((None, None, *reps)),
            category=pick.choice((None, "pumps")),
            customer=pick.choice((None, *customers)),
            alert=pick.choice((None, None, *KINDS)),
            channel=pick.choice((None, None, *contract.CHANNELS)),
            status=pick.choice((None, None, "any", "accepted", "snoozed")),
            page_start=pick.choice((0, 0, 3)),
            page_rows=pick.choice((50, 4)),
            held_share=pick.choice((0.0, 0.0, 0.2)),
            least_chance=pick.choice((None, 0.4)),
            least_expected=pick.choice((None, Decimal("75.00"))),
            decided=json.dumps(_decisions(facts, pick), default=str),
            taught=json.dumps(
                [{"group_key": f"category_risk:{c}", "accepted": 1, "dismissed": 6} for c in ("pumps", "valves")]
            ),
        )


def _decisions(facts: Facts, pick: random.Random) -> list[Row]:
    made: list[Row] = []
    for customer in facts.customers:
        for kind, subject in (("late", "account"), ("growth", "account"), ("category_risk", "pumps")):
            if pick.random() < 0.3:
                made.append(
                    {
                        "kind": kind,
                        "customer_id": customer,
                        "subject": subject,
                        "status": pick.choice(("open", "accepted", "snoozed", "dismissed")),
                        "until": None,
                        "channel": pick.choice((None, "inside")),
                        "version": pick.randint(1, 4),
                    }
                )
    return made


@pytest.mark.parametrize("seed", slowly.after(QUICK, range(COMPANIES), every=3))
def test_lists_say_what_the_statistics_say(seed: int) -> None:
    company, as_of = test_kpis.market(seed)
    facts, pick = Facts(company, as_of), random.Random(seed)
    said = invented(facts, pick)
    shown: dict[str, int] = dict.fromkeys(test_kpis.ATTENTION, 0)
    with warehouse(company, as_of, said) as connection:
        take(facts, said, connection)
        run = test_kpis.runner(connection)
        for view in views(facts, pick):
            for name in sorted(test_kpis.ATTENTION):
                query = load(name)
                asked = dataclasses.replace(view, customer=view.customer or min(facts.customers))
                asked = asked if name.endswith(("account_growth", "work_reasons")) else view
                got = run(query, test_kpis.parameters(query, facts, asked))
                expected: list[dict[str, Any]] = recomputed(name)(facts, asked)
                assert test_kpis.differences(query, got, expected) == [], f"{name} under {asked} as of {as_of}"
                shown[name] += len(got)
    assert shown["customers.work_list"]
    assert seed or all(shown.values()), "the first company, which is full, has rows of every list"
