"""How likely silence is: the model's answer, moved by the season and by what the past teaches, as far as it goes."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import renewal, silence
from analytics.renewal import Gaps
from analytics.season import Season
from analytics.silence import Known, Lesson

DAY = dt.date(2026, 6, 30)
EVEN = Season.of(pa.table({"ordered_on": pa.array([], pa.date32()), "customers": pa.array([], pa.int64())}))


def known(many: int, seed: int = 1) -> Known:
    """Customers of random rhythms and silences, with one signal that the model does not see."""
    rng = np.random.default_rng(seed)
    count = rng.integers(2, 40, many).astype(float)
    usual = rng.uniform(7, 80, many)
    uneven = rng.uniform(0.1, 0.5, many)  # by how much the mean of logarithms lies below the logarithm of the mean
    gaps = Gaps(count, count * usual, count * (np.log(usual) - uneven), rng.uniform(0, 3, many) * usual)
    return Known(DAY, renewal.fit(gaps), gaps, np.full(many, 2.0), rng.normal(size=(many, 1)))


def lesson(of: Known, shift: np.ndarray | float, seed: int = 2) -> Lesson:
    """A day on which as many stayed silent as the model says, moved by so much in log odds."""
    rng = np.random.default_rng(seed)
    told = silence.Silence(EVEN).probability(of, 90)
    odds = np.log(told / (1 - told)) + shift
    is_silent = rng.random(len(told)) < 1 / (1 + np.exp(-odds))
    next_days = np.where(is_silent, np.nan, 10.0)
    return silence.lesson(of, np.ones(len(told), bool), next_days, np.full(len(told), 90.0), EVEN)


def test_without_a_past_the_model_answers() -> None:
    some = known(50)
    by = silence.learn([], EVEN)
    assert by.method == "renewal"
    assert by.probability(some, 40.0) == pytest.approx(some.model.silence(some.gaps, 40.0), abs=1e-5)


def test_a_large_past_teaches_what_the_model_does_not_see() -> None:
    past = [lesson(of, 2 * of.signals[:, 0], seed) for seed in range(8) for of in [known(1_500, seed)]]
    by, now = silence.learn(past, EVEN), known(1_000, 99)
    plain = silence.Silence(EVEN).probability(now, 90)
    moved = by.probability(now, 90)
    high = now.signals[:, 0] > 1
    assert by.method == "learned"
    assert (moved > plain)[high].mean() > 0.95


def test_a_small_past_hardly_moves_the_answer() -> None:
    by, now = silence.learn([lesson(known(20), 1.0)], EVEN), known(200, 99)
    plain, moved = silence.Silence(EVEN).probability(now, 90), by.probability(now, 90)
    assert np.abs(moved - plain).mean() < 0.1


def test_one_unusual_day_moves_the_level_less_than_eight_do() -> None:
    now = known(500, 99)
    plain = silence.Silence(EVEN).probability(now, 90).mean()

    def level(days: int) -> float:
        past = [lesson(known(500, seed), 1.5, seed) for seed in range(days)]
        return float(silence.learn(past, EVEN).probability(now, 90).mean() - plain)

    assert 0 < level(1) < level(8)


def test_a_lesson_tells_only_what_was_known_by_then() -> None:
    whole = lesson(known(30), 0.0)
    assert set(whole.horizon_days) == {28, 60, 90}
    assert set(whole.until(60).horizon_days) == {28, 60}
    assert len(whole.until(27).plain) == len(silence.learn([whole.until(27)], EVEN).season.until) - 1 == 0


def test_nothing_is_learned_of_days_that_are_not_known_of_a_customer() -> None:
    """Of half of them nothing is known after 28 days, since their orders stopped being loaded."""
    of = known(40)
    days = np.where(np.arange(40) % 2, 90.0, 28.0)
    taught = silence.lesson(of, np.ones(40, bool), np.full(40, np.nan), days, EVEN)
    assert [int((taught.horizon_days == horizon).sum()) for horizon in silence.HORIZONS] == [40, 20, 20]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 50), st.floats(21, 90), st.floats(21, 90))
def test_it_is_a_probability_and_grows_with_the_days(seed: int, one: float, other: float) -> None:
    past = [lesson(known(60, seed + i), 0.5, seed + i) for i in range(3)]
    by, now = silence.learn(past, EVEN), known(40, seed + 9)
    short, long = (by.probability(now, days) for days in sorted((one, other)))
    for told in (short, long):
        assert ((told > 0) & (told < 1)).all()
    assert (short >= long - 0.1).all()


def test_a_past_of_clockwork_buyers_teaches_to_hear_their_own_regularity() -> None:
    def day(seed: int) -> Known:
        some = known(1_500, seed)
        return some._replace(shape=np.random.default_rng(seed).choice([1.0, 20.0], 1_500))

    def own(of: Known) -> np.ndarray:
        return np.clip(of.model.silence(of.gaps, 60.0, of.shape), 0.01, 0.99)

    def plain(of: Known) -> np.ndarray:
        return of.model.silence(of.gaps, 60.0)

    shifts = [(of, np.log(own(of) / (1 - own(of))) - np.log(plain(of) / (1 - plain(of)))) for of in map(day, range(8))]
    by, now = silence.learn([lesson(of, shift, seed) for seed, (of, shift) in enumerate(shifts)], EVEN), day(99)
    missed = np.abs(by.probability(now, 60.0) - own(now)).mean()
    assert missed < 0.6 * np.abs(plain(now) - own(now)).mean()
