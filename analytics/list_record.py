"""List record: how much of the money then lost the list of silent accounts would have held on past days.

Money is lost where an account with three order days or more orders nothing for 90 days: what it buys in 90 days. The
list's first rows, one for every fifty accounts and at least fifteen, are held against as many by revenue, by the rule
"silent for over twice the usual interval, the largest first", and by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

LEAST_ROWS, ACCOUNTS_A_ROW = 15, 50

SCHEMA = pa.schema(
    {
        "days": pa.int64(),
        "list_rows": pa.float64(),
        "accounts": pa.float64(),
        "held": pa.float64(),
        "held_by_revenue": pa.float64(),
        "held_by_rule": pa.float64(),
        "held_by_chance": pa.float64(),
    }
)


@dataclass(frozen=True)
class PastDay:
    """The accounts of one past day, arrays of one length.

    `money` of each in 90 days, its `likely_loss` (0 for who is not on the list), days silent over the usual interval
    (`overdue_ratio`, nan where there is none), and whether it then ordered nothing for 90 days.
    """

    money: np.ndarray
    likely_loss: np.ndarray
    overdue_ratio: np.ndarray
    is_lost: np.ndarray


def record(days: Sequence[PastDay]) -> pa.Table:
    """One row, as SCHEMA says: shares are means over the days; none without a day on which money was lost."""
    days = [day for day in days if (day.money * day.is_lost).sum() > 0]
    if not days:
        return SCHEMA.empty_table()
    rows = [min(max(LEAST_ROWS, len(day.money) // ACCOUNTS_A_ROW), len(day.money)) for day in days]
    with np.errstate(invalid="ignore"):
        by_rule = [np.where(day.overdue_ratio > 2, day.money, 0.0) for day in days]
    return pa.table(
        {
            "days": [len(days)],
            "list_rows": [float(np.mean(rows))],
            "accounts": [float(np.mean([len(day.money) for day in days]))],
            "held": [_held(days, rows, [day.likely_loss for day in days])],
            "held_by_revenue": [_held(days, rows, [day.money for day in days])],
            "held_by_rule": [_held(days, rows, by_rule)],
            "held_by_chance": [float(np.mean([n / len(day.money) for n, day in zip(rows, days, strict=True)]))],
        },
        schema=SCHEMA,
    )


def _held(days: Sequence[PastDay], rows: Sequence[int], ranked_by: Sequence[np.ndarray]) -> float:
    """The mean share of the money lost that stood on the first rows."""
    shares = []
    for day, most, score in zip(days, rows, ranked_by, strict=True):
        first = np.argsort(-score, kind="stable")[:most]
        first = first[score[first] > 0]
        lost = day.money * day.is_lost
        shares.append(lost[first].sum() / lost.sum())
    return float(np.mean(shares))
