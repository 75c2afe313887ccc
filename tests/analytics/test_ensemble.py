import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from analytics import ensemble


@pytest.fixture(scope="module")
def world() -> tuple[np.ndarray, np.ndarray]:
    """Two features that matter, of which one is often unknown, and one that does not."""
    random = np.random.default_rng(1)
    features = random.normal(size=(600, 3))
    is_true = random.random(600) < expit(1.5 * features[:, 0] - features[:, 1])
    features[random.random(600) < 0.3, 1] = np.nan
    return features, is_true


def test_members_know_what_matters(world: tuple[np.ndarray, np.ndarray]) -> None:
    features, is_true = world
    fitted = ensemble.fit(features[:400], is_true[:400])
    predicted = fitted.log_odds(features[400:])
    assert predicted.shape == (200, len(ensemble.MEMBERS))
    for column in predicted.T:
        assert roc_auc_score(is_true[400:], column) > 0.68


def test_the_better_member_has_the_say_and_its_odds_are_straightened() -> None:
    """The first knows the odds but doubles them, the second knows nothing."""
    random = np.random.default_rng(2)
    odds = random.normal(size=5000)
    outcome = random.random(5000) < expit(odds)
    found = ensemble.mix(np.column_stack([2 * odds, random.normal(size=5000)]), outcome)
    assert found.weights == pytest.approx([1, 0])
    assert (found.slope, found.shift) == pytest.approx((0.5, 0.0), abs=0.08)
    assert found(np.array([[2.0, 9.0]])) == pytest.approx(expit(1.0), abs=0.03)


def test_few_outcomes_leave_the_odds_as_they_are() -> None:
    odds = logit(np.full((6, 1), 0.5)) + np.linspace(-1, 1, 6)[:, None]
    found = ensemble.mix(odds, np.array([True, True, False, True, False, False]))
    assert 0.6 < found.slope < 1.0
    assert abs(found.shift) < 0.1


def test_without_both_outcomes_all_have_the_same_say() -> None:
    found = ensemble.mix(np.zeros((4, 2)), np.ones(4, bool))
    assert (found.weights.tolist(), found.slope, found.shift) == ([0.5, 0.5], 1.0, 0.0)


def test_opposite_odds_are_never_turned_round() -> None:
    odds = np.linspace(-2, 2, 400)[:, None]
    assert ensemble.mix(odds, odds[:, 0] < 0).slope == 0.0


def test_what_is_nowhere_known_or_never_varies_is_left_out(world: tuple[np.ndarray, np.ndarray]) -> None:
    features, is_true = world
    plain = ensemble.fit(features, is_true).log_odds(features)
    more = np.column_stack([np.full(len(features), np.nan), features, np.ones(len(features))])
    assert ensemble.fit(more, is_true).log_odds(more) == pytest.approx(plain)


def test_outcomes_all_alike_tell_how_often() -> None:
    fitted = ensemble.fit(np.ones((8, 2)), np.ones(8, bool))
    assert expit(fitted.log_odds(np.zeros((3, 2)))) == pytest.approx(np.full((3, len(ensemble.MEMBERS)), 0.9))
    assert fitted.log_odds(np.empty((0, 2))).shape == (0, len(ensemble.MEMBERS))
