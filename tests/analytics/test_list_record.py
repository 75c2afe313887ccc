"""What a list would have held of the money then lost, against lists as long made otherwise."""

import numpy as np
import pytest

from analytics import list_record
from analytics.list_record import PastDay


def day(likely_loss: list[float], is_lost: list[bool], money: list[float], overdue: list[float]) -> PastDay:
    return PastDay(np.array(money), np.array(likely_loss), np.array(overdue), np.array(is_lost))


def test_shares_of_the_money_lost_on_the_first_rows() -> None:
    """Sixteen accounts, fifteen rows: each list leaves one out, and takes nobody whom it does not rank."""
    money = [100.0] + [10.0] * 14 + [1.0]
    lost = [True] + [False] * 13 + [True, True]
    then = day([0.0] + [1.0] * 15, lost, money, [3.0] + [float("nan")] * 14 + [2.5])
    (row,) = list_record.record([then]).to_pylist()
    assert (row["days"], row["list_rows"], row["accounts"]) == (1, 15, 16)
    assert row["held"] == pytest.approx(11 / 111)
    assert row["held_by_revenue"] == pytest.approx(110 / 111)
    assert row["held_by_rule"] == pytest.approx(101 / 111)
    assert row["held_by_chance"] == pytest.approx(15 / 16)


def test_days_count_alike_and_days_without_a_loss_not_at_all() -> None:
    large = day([1.0] * 2, [True, True], [1000.0, 1000.0], [1.0, 1.0])
    small = day([1.0, 0.0], [True, True], [1.0, 1.0], [1.0, 1.0])
    none = day([1.0], [False], [5.0], [1.0])
    (row,) = list_record.record([large, small, none]).to_pylist()
    assert (row["days"], row["held"]) == (2, pytest.approx(0.75))
    assert list_record.record([none]).num_rows == list_record.record([]).num_rows == 0
