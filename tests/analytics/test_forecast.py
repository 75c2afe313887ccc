import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import forecast
from analytics.forecast import Forecast
from analytics.tables import Ask

# A Friday in the middle of its month.
AS_OF = dt.date(2026, 6, 12)
WORKING_DAYS = {"2026-06": 22, "2026-07": 23, "2026-08": 21}
SCHEMA = pa.schema({"rep_id": pa.string(), "team": pa.string(), "ordered_on": pa.date32(), "revenue": pa.float64()})
Row = tuple[str | None, str | None, dt.date, float]


def sold(
    days: int,
    revenue: Callable[[dt.date], float] = lambda _: 100.0,
    rep: str | None = "R1",
    team: str | None = "North",
) -> list[Row]:
    """What a rep sold on each working day of the last so many days."""
    dates = [AS_OF - dt.timedelta(days=age) for age in range(days)]
    return [(rep, team, day, revenue(day)) for day in dates if day.weekday() < 5]


def table(rows: Iterable[Row]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


def asking(rows: Iterable[Row]) -> Ask:
    everything = table(rows)

    def ask(name: str, **params: Any) -> pa.Table:
        assert name == "revenue_days"
        return everything.filter(pc.less_equal(everything["ordered_on"], pa.scalar(params["as_of"])))

    return ask


def computed(rows: Iterable[Row], as_of: dt.date = AS_OF) -> Forecast:
    return forecast.forecasts(asking(rows), as_of)


def company(found: Forecast, granularity: str) -> pd.DataFrame:
    rows = found.table.to_pandas()
    return rows[(rows["level"] == "company") & (rows["granularity"] == granularity)].reset_index(drop=True)


def test_what_never_changes_goes_on() -> None:
    found = computed(sold(300))
    weeks, months = company(found, "week"), company(found, "month")
    assert weeks["period_start"].tolist() == [dt.date(2026, 6, 15) + dt.timedelta(weeks=n) for n in range(13)]
    assert (weeks["period_end"] - weeks["period_start"] == dt.timedelta(days=6)).all()
    for quantile in ("p10", "p50", "p90"):
        assert weeks[quantile].to_numpy() == pytest.approx(500)
        # Of nine months not even the same again and again is certain.
        near = 1e-6 if quantile == "p50" else 0.15
        assert months[quantile].to_numpy() == pytest.approx([100 * days for days in WORKING_DAYS.values()], rel=near)
    assert months["period_end"].tolist() == [dt.date(2026, 6, 30), dt.date(2026, 7, 31), dt.date(2026, 8, 31)]


def test_an_open_month_counts_what_is_booked_and_a_closed_one_is_over() -> None:
    lucky = sold(300, lambda day: 9_100.0 if day == dt.date(2026, 6, 1) else 100.0)
    (june, july, _) = company(computed(lucky), "month").to_dict("records")
    assert june["p50"] > 9_000 + 100 * WORKING_DAYS["2026-06"] - 100
    assert july["p50"] < 9_000
    (first, *_) = forecast.periods(dt.date(2026, 6, 30))[13:]
    assert (first.granularity, first.start, first.stop) == ("month", 0, 31)
    (week, *_) = forecast.periods(dt.date(2026, 6, 14))
    assert (week.start, week.stop) == (0, 7), "a week that ended on the as-of day is no open one"


def test_a_season_comes_again_and_growth_goes_on() -> None:
    def seasonal(day: dt.date) -> float:
        growth = 1.2 ** ((day - AS_OF).days / 365)
        return 100 * growth * (2 if day.month in (7, 8) else 1)

    august = company(computed(sold(1000, seasonal)), "month")["p50"][2]
    assert august == pytest.approx(21 * 100 * 2 * 1.2 ** (65 / 365), rel=0.08)


def test_a_newcomer_has_the_season_of_the_company() -> None:
    def seasonal(day: dt.date) -> float:
        return 200.0 if day.month in (7, 8) else 100.0

    rows = computed([*sold(900, seasonal), *sold(120, lambda _: 10.0, rep="R2")]).table.to_pandas()
    months = rows[(rows["rep_id"] == "R2") & (rows["granularity"] == "month")]["p50"].to_numpy()
    assert months[2] / WORKING_DAYS["2026-08"] > 1.4 * months[0] / WORKING_DAYS["2026-06"]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        sold(7 * 25),
        [("R1", "North", AS_OF - dt.timedelta(weeks=6 * n), 10.0) for n in range(10)],
        [row for row in sold(600) if row[2] < AS_OF - dt.timedelta(weeks=14)],
        sold(300, lambda _: -5.0),
    ],
    ids=["nothing", "half a year", "every sixth week", "closed down", "returns alone"],
)
def test_too_little_to_tell_from(rows: list[Row]) -> None:
    found = computed(rows)
    assert (found.table.num_rows, found.record.num_rows) == (0, 0)
    assert (found.table.schema, found.record.schema) == (forecast.SCHEMA, forecast.RECORD)


def test_half_a_year_is_enough() -> None:
    random = np.random.default_rng(0)
    found = computed(sold(7 * 27, lambda _: random.gamma(4, 25)))
    weeks = company(found, "week")
    assert weeks["p50"].between(300, 700).all()
    assert (weeks["p10"] < weeks["p50"]).all()


def test_who_left_is_told_nothing_of_and_who_came_is() -> None:
    left = [row for row in sold(500, rep="R2") if row[2] < AS_OF - dt.timedelta(weeks=20)]
    came = sold(30, rep="R3", team="South")
    nobody = sold(500, lambda _: 10.0, rep=None, team=None)
    rows = computed([*sold(500), *left, *came, *nobody]).table.to_pandas()
    assert set(rows[rows["level"] == "rep"]["rep_id"].fillna("nobody")) == {"R1", "R3", "nobody"}
    assert set(rows[rows["level"] == "team"]["team"].fillna("nobody")) == {"North", "South", "nobody"}
    last = rows[(rows["granularity"] == "week") & (rows["horizon"] == 1)].set_index(["level", "team", "rep_id"])["p50"]
    assert last["rep", "South", "R3"] > 200, "five weeks at 500 tell of more than the half year before"


def test_weeks_without_a_sale_are_part_of_the_past() -> None:
    closed = [row for row in sold(500) if not dt.date(2026, 1, 1) <= row[2] <= dt.date(2026, 2, 28)]
    rows = computed(closed).table.to_pandas()
    assert np.isfinite(rows[["p10", "p50", "p90"]].to_numpy()).all()
    assert company(computed(closed), "week")["p50"].between(250, 550).all()


@st.composite
def companies(draw: st.DrawFn) -> list[Row]:
    """Reps of teams, or of none, that sell now and then, return goods, come and leave."""
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    length = draw(st.integers(180, 420))
    rows: list[Row] = []
    people = draw(
        st.lists(
            st.sampled_from([("R1", "A"), ("R2", "A"), ("R3", "B"), ("R4", None), (None, None)]),
            min_size=1,
            unique=True,
        )
    )
    for rep, team in people:
        start, stop = sorted(random.integers(0, length, 2).tolist()) if random.random() < 0.4 else (0, length)
        rows += [
            (rep, team, AS_OF - dt.timedelta(days=age), round(random.gamma(1, 1000) - 50, 2))
            for age in range(start, stop)
            if random.random() < 0.4
        ]
    return rows


@settings(max_examples=40)
@given(companies())
def test_points_add_up_to_the_cent_and_quantiles_are_in_order(rows: list[Row]) -> None:
    found = computed(rows).table.to_pandas()
    assert (found["p10"] <= found["p50"]).all()
    assert (found["p50"] <= found["p90"]).all()
    assert (found["p10"] >= np.minimum(found["p50"], 0)).all()
    found["cents"] = (found["p50"] * 100).round().astype("int64")
    assert np.abs(found["p50"] * 100 - found["cents"]).max() < 1e-3 if len(found) else True
    keys = ["granularity", "horizon"]
    whole, teams, reps = (found[found["level"] == level] for level in ("company", "team", "rep"))
    total = whole.set_index(keys)["cents"].sort_index()
    assert total.equals(teams.groupby(keys)["cents"].sum())
    assert total.equals(reps.groupby(keys)["cents"].sum())
    in_team = reps.groupby(["team", *keys], dropna=False)["cents"].sum()
    assert in_team.sort_index().equals(teams.groupby(["team", *keys], dropna=False)["cents"].sum().sort_index())


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [
        row
        for place, whose in enumerate([("R2", "B"), ("R1", "B"), ("R3", "A"), ("R4", None), (None, None)])
        for row in sold(400, chance(place), *whose)
    ]
    mixed = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    one, other = computed(rows), computed(mixed)
    assert one.table.equals(other.table)
    assert one.record.equals(other.record)


def test_who_is_hard_to_forecast_gives_way() -> None:
    """By least squares: of 20 missing to the sum, each takes its share of the variance."""
    made = forecast._reconciled(np.array([[100.0], [40.0], [40.0]]), np.array([1.0, 1.0, 3.0]), np.array([-1, 0, 0]))
    assert made[:, 0] == pytest.approx([96, 44, 52])


def test_an_interval_is_what_was_missed_by_before() -> None:
    """Misses of -5 to 33 over 39 weeks: the third lowest and the third highest, almost."""
    origins = 40
    point = np.full((origins, 1, 1), 100.0)
    outcome = point + np.arange(-6.0, 34.0)[:, None, None]
    replay = forecast.Replay(point, point / 10, outcome, np.ones((origins, 1), bool), np.ones(origins, bool))
    low, high = forecast._interval(replay, [forecast.Period("week", 1, 0, 7)], 0)
    assert (low.item(), high.item()) == pytest.approx((97.923, 130.077), abs=1e-3)


def test_the_weeks_before_a_newcomer_came_say_nothing_of_how_far_off_it_may_be() -> None:
    steady = [row for n in range(4) for row in sold(600, chance(n), rep=f"R{n}")]
    rows = computed([*steady, *sold(60, chance(9), rep="new")]).table.to_pandas()
    weeks = rows[(rows["level"] == "rep") & (rows["granularity"] == "week")]
    width = ((weeks["p90"] - weeks["p10"]) / weeks["p50"]).groupby(weeks["rep_id"]).mean()
    assert width["new"] == pytest.approx(width.drop("new").mean(), rel=0.5)


def two_reps(days: int, seed: int = 0) -> list[Row]:
    random = np.random.default_rng(seed)
    return [row for rep in ("R1", "R2") for row in sold(days, lambda _: random.gamma(3, 30), rep=rep)]


@pytest.mark.parametrize("ago", [1, 5, 12])
def test_the_replay_knows_nothing_later_than_its_origin(ago: int) -> None:
    """What is replayed is what would have been told then, to the last digit."""
    rows, then = two_reps(500), AS_OF - dt.timedelta(weeks=ago)
    coming = forecast.periods(AS_OF)
    replays = []
    for day in (AS_OF, then):
        tree = forecast._tree(asking(rows)("revenue_days", as_of=day), day)
        assert tree is not None
        replays.append(forecast._replay(tree, coming))
    now, before = replays
    assert np.array_equal(now.point[ago], before.point[0])
    assert np.array_equal(forecast._interval(now, coming, ago), forecast._interval(before, coming, 0))


def test_the_record_says_how_often_the_truth_was_within() -> None:
    """Sales without any pattern: eight in ten within, at every level, and no error that is not chance."""
    rows = [row for n in range(6) for row in sold(900, rep=f"R{n}", team="AB"[n % 2], revenue=chance(n))]
    record = computed(rows).record.to_pandas()
    weeks = record[record["granularity"] == "week"]
    assert weeks.groupby("level")["coverage"].mean().between(0.73, 0.87).all()
    # Five working days of a gamma of shape 3 each, six reps: a relative deviation of 0.105, and 0.8 of it on average.
    assert weeks[weeks["level"] == "company"]["wape"].mean() == pytest.approx(0.084, rel=0.25)
    assert weeks["bias"].abs().max() < 0.06
    assert (weeks["periods"] >= 30).all()
    assert record["horizon"].max() == 13


def chance(seed: int) -> Callable[[dt.date], float]:
    random = np.random.default_rng(seed)
    return lambda _: random.gamma(3, 30)


def at_month_ends(months: int, revenue: Callable[[dt.date], float] = lambda _: 100.0) -> list[Row]:
    """One sale on the last day of each of so many whole months."""
    days = [forecast.months_before(dt.date(2026, 5, 31), n) for n in range(months)]
    return [("R1", "North", day, revenue(day)) for day in days]


def test_who_sells_once_a_month_is_told_of_months_alone() -> None:
    for as_of in (AS_OF, dt.date(2026, 5, 31)):
        found = computed(at_month_ends(20), as_of).table.to_pandas()
        assert set(found["granularity"]) == {"month"}
        whole = found[found["level"] == "company"]
        assert whole["p50"].to_numpy() == pytest.approx([100, 100, 100], rel=1e-6), as_of
        assert (whole["p10"] < 100).all()
        assert (whole["p90"] > 100).all()
    assert computed(at_month_ends(11), dt.date(2026, 5, 31)).table.num_rows == 0


def test_the_same_day_of_another_month() -> None:
    assert forecast.months_before(dt.date(2026, 3, 31), 1) == dt.date(2026, 2, 28)
    assert forecast.months_before(dt.date(2026, 2, 28), 1) == dt.date(2026, 1, 31), "the last day is the last day"
    assert forecast.months_before(dt.date(2026, 3, 30), 1) == dt.date(2026, 2, 28)
    assert forecast.months_before(dt.date(2026, 1, 15), 13) == dt.date(2024, 12, 15)
    assert forecast.months_before(dt.date(2026, 12, 15), -1) == dt.date(2027, 1, 15)


@pytest.mark.parametrize("ago", [1, 4])
def test_the_replay_of_months_knows_nothing_later_than_its_origin(ago: int) -> None:
    rows, then = two_reps(500), forecast.months_before(AS_OF, ago)
    replays = []
    for day in (AS_OF, then):
        tree = forecast._tree(asking(rows)("revenue_days", as_of=day), day)
        assert tree is not None
        replays.append(forecast._month_replay(tree, day))
    now, before = replays
    level = np.array(["company", "team", "rep", "rep"])
    assert now.point[ago] == pytest.approx(before.point[0])
    (told,), (as_told,) = forecast._month_interval(now, level, ago), forecast._month_interval(before, level, 0)
    assert told[0] == pytest.approx(as_told[0])
    assert told[1] == pytest.approx(as_told[1])


def test_months_lie_within_their_interval_eight_times_in_ten() -> None:
    rows = [row for n in range(6) for row in sold(900, rep=f"R{n}", team="AB"[n % 2], revenue=chance(n))]
    record = computed(rows).record.to_pandas()
    months = record[record["granularity"] == "month"]
    assert months[months["level"] == "rep"]["coverage"].mean() == pytest.approx(0.8, abs=0.1)
    assert months["horizon"].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
