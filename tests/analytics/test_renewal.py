"""The renewal model against the published formula, numerical integration and customers made up by its own rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, gamma

from analytics import renewal
from analytics.renewal import Gaps, Renewal

TRUE = Renewal(shape=3.0, r=4.0, alpha=40.0, a=0.6, b=6.0)


def gaps(*rows: tuple[float, float, float]) -> Gaps:
    """From rows of count, their sum and days of silence, as if all gaps of a customer were alike."""
    count, total, silent = np.array(rows, float).reshape(-1, 3).T
    return Gaps(count, total, count * np.log(np.maximum(total, 1.0) / np.maximum(count, 1.0)), silent)


SOME = gaps((0, 0, 0), (0, 0, 40), (1, 30, 10), (4, 120, 31), (12, 84, 60), (25, 700, 42), (60, 420, 300))


def simulated(model: Renewal, many: int, seed: int) -> Gaps:
    """Customers that order by the rules of the model, seen for half a year to three years."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(many):
        seen = rng.uniform(180, 1100)
        rate, leaving = rng.gamma(model.r, 1 / model.alpha), rng.beta(model.a, model.b)
        found: list[float] = []
        while rng.random() >= leaving and sum(found) + (gap := rng.gamma(model.shape, 1 / rate)) <= seen:
            found.append(gap)
        rows.append((len(found), sum(found), float(np.log(found).sum()), seen - sum(found)))
    return Gaps(*np.array(rows, float).T)


def test_with_shape_one_the_silence_is_that_of_bg_nbd() -> None:
    """Fader, Hardie and Lee, where a customer may leave after every order, the first one included."""
    r, alpha, a, b = 0.8, 20.0, 0.7, 3.0
    count, last, silent = SOME.count, SOME.sum_days, SOME.silent_days
    for days in (7.0, 28.0, 90.0):
        seen = last + silent
        alive = 1 / (1 + a / (b + count) * ((alpha + seen) / (alpha + last)) ** (r + count))
        none = 1 - alive + alive * ((alpha + seen) / (alpha + seen + days)) ** (r + count)
        model = Renewal(1.0, r, alpha, a, b)
        assert model.alive(SOME) == pytest.approx(alive, rel=1e-9)
        assert model.silence(SOME, days) == pytest.approx(none, rel=1e-9)


@pytest.mark.parametrize("shape", [0.6, 1.0, 3.5])
def test_the_silence_is_the_integral_over_all_rates_and_chances_to_leave(shape: float) -> None:
    """Bayes' rule for one customer with three gaps of 84 days in all, silent for 35, over the next 28."""
    model, count, total, silent, days = Renewal(shape, 1.5, 30.0, 0.8, 4.0), 3, 84.0, 35.0, 28.0

    def stayed(until: float) -> float:
        """The gaps as seen, and none for so long."""

        def density(rate: float) -> float:
            seen = rate ** (count * shape) * np.exp(-rate * total)
            return seen * gamma.sf(until, shape, scale=1 / rate) * gamma.pdf(rate, model.r, scale=1 / model.alpha)

        return quad(density, 0, 3, points=[0.03, 0.1, 0.3], epsabs=0, limit=200)[0]

    still = quad(lambda leaving: (1 - leaving) ** (count + 1) * beta.pdf(leaving, model.a, model.b), 0, 1)[0]
    left = quad(lambda leaving: leaving * (1 - leaving) ** count * beta.pdf(leaving, model.a, model.b), 0, 1)[0]
    seen = still * stayed(silent) + left * stayed(0)
    one = gaps((count, total, silent))
    assert model.survival(one, silent)[0] == pytest.approx(stayed(silent) / stayed(0), rel=1e-5)
    assert model.alive(one)[0] == pytest.approx(still * stayed(silent) / seen, rel=1e-5)
    assert model.silence(one, days)[0] == pytest.approx(
        (still * stayed(silent + days) + left * stayed(0)) / seen, rel=1e-5
    )


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_the_quantile_is_the_inverse_of_the_survival(share: float) -> None:
    for model in (TRUE, Renewal(1.0, 0.8, 20.0, 0.7, 3.0)):
        assert model.survival(SOME, model.quantile(SOME, share)) == pytest.approx(1 - share, rel=1e-6)
        after = model.quantile(SOME, share, from_days=20.0)
        assert (after > 20.0).all()
        assert model.survival(SOME, after) / model.survival(SOME, 20.0) == pytest.approx(1 - share, rel=1e-6)


def test_the_model_that_made_the_customers_is_found_again() -> None:
    found = renewal.fit(simulated(TRUE, 2000, seed=7))
    assert found.shape == pytest.approx(TRUE.shape, rel=0.2)
    assert found.r / found.alpha == pytest.approx(TRUE.r / TRUE.alpha, rel=0.2)
    assert found.a / (found.a + found.b) == pytest.approx(TRUE.a / (TRUE.a + TRUE.b), rel=0.3)


def test_the_silence_said_is_the_silence_that_follows() -> None:
    """Among customers made up by the model, as many stay silent as it says, also among those silent for long."""
    rng = np.random.default_rng(11)
    many, seen, days = 8_000, 400.0, 60.0
    rate, leaving = rng.gamma(TRUE.r, 1 / TRUE.alpha, many), rng.beta(TRUE.a, TRUE.b, many)
    came = np.cumsum(rng.gamma(TRUE.shape, 1 / rate[:, None], (many, 150)), axis=1)
    came[np.arange(1, 151) >= rng.geometric(leaving)[:, None]] = np.inf
    last = np.max(came, axis=1, where=came <= seen, initial=0.0)
    known = Gaps((came <= seen).sum(axis=1), last, np.zeros(many), seen - last)
    silence = TRUE.silence(known, days)
    is_silent = np.all((came <= seen) | (came > seen + days), axis=1)
    for rows in (silence < 0.3, (silence >= 0.3) & (silence < 0.8), silence >= 0.8, known.silent_days > 60):
        assert rows.sum() > 300
        assert silence[rows].mean() == pytest.approx(is_silent[rows].mean(), abs=0.03)


def test_the_order_of_customers_changes_nothing() -> None:
    some = simulated(TRUE, 300, seed=3)
    assert renewal.fit(some) == renewal.fit(some[np.random.default_rng(1).permutation(300)])


def test_without_customers_the_model_is_where_the_search_starts() -> None:
    model = renewal.fit(gaps())
    assert (model.shape, model.a, model.b) == pytest.approx((1.0, 0.5, 3.0))
    assert model.silence(gaps(), 28.0).shape == model.alive(gaps()).shape == (0,)


def test_one_customer_is_enough() -> None:
    for one in (gaps((0, 0, 0)), gaps((1, 1, 0)), gaps((200, 200, 0)), gaps((3, 3000, 2000))):
        model = renewal.fit(one)
        assert np.isfinite([model.shape, model.r, model.alpha, model.a, model.b]).all()
        assert 0 <= model.silence(one, 28.0)[0] <= 1


MODELS = st.builds(
    Renewal,
    shape=st.floats(0.2, 60),
    r=st.floats(0.05, 500),
    alpha=st.floats(0.05, 50_000),
    a=st.floats(0.01, 500),
    b=st.floats(0.05, 5_000),
)
HISTORIES = st.tuples(st.integers(0, 400), st.floats(1, 120), st.floats(0, 3000)).map(
    lambda row: (row[0], row[0] * row[1], row[2])
)


@settings(max_examples=300)
@given(MODELS, HISTORIES, st.floats(1, 400), st.floats(1, 400))
def test_probabilities_are_probabilities_and_follow_the_silence(
    model: Renewal, history: tuple[float, float, float], days: float, later: float
) -> None:
    count, total, silent = history
    now, then = gaps(history), gaps((count, total, silent + later))
    for probability in (model.survival(now, days), model.alive(now), model.silence(now, days)):
        assert np.isfinite(probability).all()
        assert 0 <= probability[0] <= 1
    assert model.silence(now, days + later)[0] <= model.silence(now, days)[0] + 1e-12
    assert model.alive(then)[0] <= model.alive(now)[0] + 1e-12
    assert model.survival(then, then.silent_days)[0] <= model.survival(now, now.silent_days)[0] + 1e-12
    low, high = (model.quantile(now, share, silent)[0] for share in (0.1, 0.9))
    assert np.isfinite([low, high]).all()
    assert 0 <= low <= high
