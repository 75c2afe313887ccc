"""Track records added up by hand on pasts of a few alerts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from analytics import track_record
from analytics.track_record import SCHEMA, Replay


def replay(*said: tuple[bool, str, float, bool, float, float]) -> Replay:
    """From rows of alert, grade, probability, hit, money, lead days."""
    is_alert, grade, probability, is_hit, money, lead_days = zip(*said, strict=True) if said else [()] * 6
    return Replay(
        np.array(is_alert, bool),
        np.array(grade, str),
        np.array(probability, float),
        np.array(is_hit, bool),
        np.array(money, float),
        np.array(lead_days, float),
    )


UNKNOWN = float("nan")
SPRING = replay(
    (True, "under 2", 0.6, True, 100.0, 120.0),
    (True, "over 3", 0.9, True, 30.0, 60.0),
    (True, "under 2", 0.5, False, 7.0, 140.0),
    (False, "under 2", 0.2, True, 1000.0, 170.0),
)
SUMMER = replay(
    (True, "over 3", 0.8, True, 5.0, UNKNOWN),
    (False, "", 0.1, False, 2000.0, 175.0),
)


def test_grades_and_money_add_up() -> None:
    table = track_record.record("late", 28, "renewal", [SPRING, SUMMER])
    assert table.schema == SCHEMA
    rows = {row["grade"]: row for row in table.to_pylist()}
    assert list(rows) == ["", "over 3", "under 2"]
    counted = {grade: (row["alerts"], row["hits"], row["money"], row["money_hit"]) for grade, row in rows.items()}
    assert counted == {"": (4, 3, 142.0, 135.0), "over 3": (2, 2, 35.0, 35.0), "under 2": (2, 1, 107.0, 100.0)}
    assert [row["precision"] for row in rows.values()] == [0.75, 1.0, 0.5]
    assert [row["lead_days"] for row in rows.values()] == [90.0, 60.0, 120.0]
    # Two of three of "under 2" that could be alerted, both of "over 3", all; in all, weighted as the alerts.
    assert [row["base_rate"] for row in rows.values()] == pytest.approx([(2 * 2 / 3 + 2 * 1) / 4, 1, 2 / 3])
    for row in rows.values():
        assert (row["kind"], row["horizon_days"], row["origins"], row["method"]) == ("late", 28, 2, "renewal")
        assert (row["precision_low"], row["precision_high"]) == track_record.interval(row["hits"], row["alerts"])


def test_a_past_without_alerts_is_told_without_a_precision() -> None:
    (row,) = track_record.record("late", 28, "renewal", [replay((False, "", 0.2, True, 9.0, 1.0))]).to_pylist()
    assert (row["alerts"], row["hits"], row["precision"], row["lead_days"], row["money"]) == (0, 0, None, None, 0.0)
    assert (row["precision_low"], row["precision_high"], row["base_rate"]) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize("replays", [[], [replay()], [replay(), replay()]], ids=["none", "one empty", "two empty"])
def test_an_empty_past_has_an_empty_record(replays: list[Replay]) -> None:
    table = track_record.record("late", 28, "renewal", replays)
    assert (table.num_rows, table.schema) == (0, SCHEMA)


def test_an_origin_at_which_nobody_could_be_alerted_does_not_count() -> None:
    with_empty = track_record.record("late", 28, "renewal", [replay(), SPRING, SUMMER])
    assert with_empty.equals(track_record.record("late", 28, "renewal", [SPRING, SUMMER]))


def jeffreys(share: float, hits: int, trials: int) -> float:
    """The quantile of the posterior under Jeffreys' prior, its density integrated; p is sin(u)^2, so it has no pole."""

    def mass(until: float) -> float:
        return quad(lambda u: np.sin(u) ** (2 * hits) * np.cos(u) ** (2 * (trials - hits)), 0, until, epsabs=0)[0]

    angle = brentq(lambda u: mass(u) / mass(np.pi / 2) - share, 1e-6, np.pi / 2 - 1e-6, xtol=1e-12)
    return float(np.sin(angle) ** 2)


@pytest.mark.parametrize(("hits", "trials"), [(1, 10), (5, 10), (41, 60), (9, 10)])
def test_the_interval_is_jeffreys(hits: int, trials: int) -> None:
    expected = (jeffreys(0.05, hits, trials), jeffreys(0.95, hits, trials))
    assert track_record.interval(hits, trials) == pytest.approx(expected, abs=1e-6)


def test_the_interval_of_none_and_of_all_reaches_the_end() -> None:
    assert track_record.interval(0, 10) == pytest.approx((0.0, jeffreys(0.95, 0, 10)), abs=1e-6)
    assert track_record.interval(10, 10) == pytest.approx((jeffreys(0.05, 10, 10), 1.0), abs=1e-6)
    assert (track_record.interval(0, 10)[0], track_record.interval(10, 10)[1]) == (0.0, 1.0)
    assert track_record.interval(0, 0) == (0.0, 1.0)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share_and_mirrors(hits: int, misses: int) -> None:
    low, high = track_record.interval(hits, hits + misses)
    assert 0 <= low <= (hits / (hits + misses) if hits + misses else 0.5) <= high <= 1
    mirrored = track_record.interval(misses, hits + misses)
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-9)


def test_the_calibration_error_of_a_prophet_is_nothing() -> None:
    outcome = np.arange(40) % 2 == 0
    assert track_record.calibration_error(outcome.astype(float), outcome) == 0
    assert track_record.calibration_error((~outcome).astype(float), outcome) == 1


def test_the_calibration_error_is_the_distance_in_each_bin() -> None:
    assert track_record.calibration_error(np.full(50, 0.5), np.ones(50)) == 0.5
    said, seen = np.array([0.8, 0.8, 0.1, 0.1, 0.1, 0.8]), np.array([1, 1, 0, 0, 1, 0])
    # Low bin: 0.1 said, one in three seen; high bin: 0.8 said, two in three seen.
    expected = ((1 / 3 - 0.1) + (0.8 - 2 / 3)) / 2
    assert track_record.calibration_error(said, seen, bins=2) == pytest.approx(expected)
    assert track_record.calibration_error(np.empty(0), np.empty(0)) == 0


def told(alerts: int, hits: int, others: int = 100, lost: int = 20, probability: float = 0.6) -> Replay:
    """So many alerts of which some came true, and others not alerted of which some were lost."""
    rows = [(True, "", probability, n < hits, 1.0, UNKNOWN) for n in range(alerts)]
    return replay(*rows, *((False, "", 0.1, n < lost, 1.0, UNKNOWN) for n in range(others)))


@pytest.mark.parametrize(
    ("alerts", "hits", "clears"),
    [
        (0, 0, "clears"),
        (1, 0, "clears"),
        (12, 0, "fails"),
        (26, 1, "fails"),
        (40, 24, "clears"),
        (40, 7, "fails"),
        (400, 200, "clears"),
    ],
    ids=["none yet", "one wrong", "all wrong", "one right", "as told", "as all", "far above"],
)
def test_alerts_clear_their_base_until_the_past_speaks_against_them(alerts: int, hits: int, clears: str) -> None:
    assert track_record.clears_its_base([told(alerts, hits)], 10) is (clears == "clears")


def test_grades_that_say_how_much_was_told_are_not_their_own_base() -> None:
    apart, of_all = (track_record.record("late", 28, "", [SPRING], by_grade=by) for by in (True, False))
    assert apart["base_rate"].to_pylist() == pytest.approx([(2 * 2 / 3 + 1) / 3, 1.0, 2 / 3])
    assert of_all["base_rate"].to_pylist() == [0.75, 0.75, 0.75]
