"""Forecasts in built snapshots: who may see which, what is kept from build to build, and what is made of it later."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data import publish, settings
from data.warehouse import build
from tests import companies

START = dt.date(2025, 9, 1)
# Two of North under a lead of their own, one of South, one without a team; R0 leads all but is in no team.
TEAMS = {"R0": None, "R1": "North", "R2": "North", "R3": "South", "R4": None}
MANAGERS = {"R1": "R0", "R2": "R1", "R3": "R0", "R4": "R0"}
SELLERS = ("R1", "R2", "R3", "R4", None)


def company(days: int) -> companies.Company:
    """Everyone sells on every working day of so many days, each a bit else; what nobody sold is in it too."""
    made = companies.random_company(1, orders=1)
    customer, product, order = made["customers"][0], made["products"][0], made["orders"][0]
    line = {"line_no": 1, "product_id": product["product_id"], "quantity": Decimal(1)}
    orders, lines = [], []
    for n in range(days):
        day = START + dt.timedelta(days=n)
        for place, rep in enumerate(SELLERS if day.weekday() < 5 else ()):
            name = f"{day}-{rep}"
            orders.append(
                order
                | {"order_id": name, "customer_id": None, "ordered_on": day, "rep_id": rep, "quote_id": None}
                | {"currency": companies.CURRENCY}
            )
            price = Decimal(1000 * (place + 1) + (n * 37 + place * 11) % 101) / 10
            lines.append(line | {"order_id": name, "unit_price": price})
    reps = [{"rep_id": rep, "name": rep, "team": team, "manager_id": MANAGERS.get(rep)} for rep, team in TEAMS.items()]
    return {
        "customers": [customer | {"owner_rep_id": None}],
        "products": [product],
        "sales_reps": reps,
        "orders": orders,
        "order_lines": lines,
    }


def built(home: Path, days: int) -> dict[str, Path]:
    """Builds over so many days; the file of each scope."""
    companies.load(home, company(days))
    path = build.build(settings.current()).path
    return {entry["key"]: path / entry["file"] for entry in publish.manifest(path)["scopes"]}


def ask(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.sql(sql).fetchall()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDERBEAT_HOME", str(home))
        patch.setenv("ORDERBEAT_BUILD_THREADS", "1")
        return built(home, 263)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ("rep:R1", {("rep", "North", "R1")}),
        ("rep:R3", {("rep", "South", "R3")}),
        ("rep:R4", {("rep", None, "R4")}),
        ("lead:R1", {("rep", "North", "R1"), ("rep", "North", "R2"), ("team", "North", None)}),
        ("ecommerce", set()),
    ],
)
def test_a_file_holds_forecasts_of_its_reps_and_of_teams_that_are_whole_in_it(
    files: dict[str, Path], scope: str, seen: set[tuple[Any, ...]]
) -> None:
    assert set(ask(files[scope], "select distinct level, team, rep_id from forecasts")) == seen


def test_the_director_sees_all_and_it_adds_up_to_the_cent(files: dict[str, Path]) -> None:
    levels = ask(
        files["director"],
        "select granularity, horizon, sum(p50) filter (level = 'company'), sum(p50) filter (level = 'team'),"
        " sum(p50) filter (level = 'rep'), count(*) from forecasts group by all",
    )
    assert len(levels) == 16
    for _, _, whole, teams, reps, rows in levels:
        assert whole == teams == reps > 0
        assert rows == 1 + 3 + 5
    teams = ask(
        files["director"],
        "select t.p50, sum(r.p50) from forecasts t, forecasts r where t.level = 'team' and r.level = 'rep'"
        " and t.team is not distinct from r.team and t.granularity = r.granularity and t.horizon = r.horizon"
        " group by t.team, t.granularity, t.horizon, t.p50",
    )
    assert len(teams) == 48 and all(team == reps for team, reps in teams)


def told(file: Path) -> set[tuple[Any, ...]]:
    return set(
        ask(file, "select made_on, level, team, rep_id, granularity, period_start, p10, p50, p90 from forecasts")
    )


@pytest.mark.slow
def test_what_was_told_is_kept_and_held_against_what_came(home: Path) -> None:
    seen: set[tuple[Any, ...]] = set()
    for days in (207, 214, 221, 228, 235, 242, 256):
        now = told(built(home, days)["director"])
        assert seen < now, "what was told before stays as it was told"
        seen = now
    file = built(home, 256)["director"]
    assert told(file) == seen, "the same day replaces itself"
    ((source, forecasts, periods, wape, within),) = ask(
        file,
        "select source, forecasts, periods, wape, coverage from forecast_records"
        " where level = 'company' and granularity = 'week' and horizon = 1",
    )
    assert (source, forecasts, periods) == ("frozen", 6, 6)
    came = {
        week: sum(
            Decimal(1000 * (place + 1) + (n * 37 + place * 11) % 101) / 10
            for n in range(256)
            if week <= START + dt.timedelta(days=n) < week + dt.timedelta(days=7)
            and (START + dt.timedelta(days=n)).weekday() < 5
            for place in range(len(SELLERS))
        )
        for (week,) in ask(file, "select distinct period_start from forecasts where granularity = 'week'")
    }
    over = ask(
        file,
        "select period_start, p10, p50, p90 from forecasts where level = 'company' and granularity = 'week'"
        " and horizon = 1 and period_end <= (select max(made_on) from forecasts)",
    )
    missed = sum(abs(p50 - came[week]) for week, _, p50, _ in over)
    assert len(over) == 6 and missed > 0
    assert wape == pytest.approx(float(missed / sum(came[week] for week, *_ in over)))
    assert within == pytest.approx(sum(p10 <= came[week] <= p90 for week, p10, _, p90 in over) / 6)
    assert ask(file, "select distinct source from forecast_records where horizon > 6") == [("replayed",)]


def test_an_earlier_day_knows_nothing_of_later_ones(home: Path) -> None:
    first = told(built(home, 207)["director"])
    built(home, 221)
    assert told(built(home, 207)["director"]) == first
