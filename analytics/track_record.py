"""Track record: how often such an alert was right in the user's own past.

The past is replayed at rolling origins: at each, alerts are given from what was known on that day, and what followed
says whether they were right. Nothing here knows what an alert is about.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.stats import beta

CONFIDENCE = 0.90
SCHEMA = pa.schema(
    {
        "kind": pa.string(),
        "grade": pa.string(),
        "horizon_days": pa.int64(),
        "origins": pa.int64(),
        "alerts": pa.int64(),
        "hits": pa.int64(),
        "precision": pa.float64(),
        "precision_low": pa.float64(),
        "precision_high": pa.float64(),
        "base_rate": pa.float64(),
        "lead_days": pa.float64(),
        "money": pa.float64(),
        "money_hit": pa.float64(),
        "calibration_error": pa.float64(),
        "method": pa.string(),
        "held_back_since": pa.date32(),
    }
)


@dataclass(frozen=True)
class Replay:
    """What was said at one origin and what followed: arrays of one length, an element for each who could be alerted.

    `is_alert`: whether an alert was given. `grade`: who is compared with whom, alerted or not, "" if all with all.
    `probability`: what was said about the outcome. `is_hit`: whether it came so. `money`: at stake, in the reporting
    currency. `lead_days`: how long before a plain rule would have said so, nan where unknown.
    """

    is_alert: np.ndarray
    grade: np.ndarray
    probability: np.ndarray
    is_hit: np.ndarray
    money: np.ndarray
    lead_days: np.ndarray


def record(
    kind: str, horizon_days: int | None, method: str, replays: Iterable[Replay], *, by_grade: bool = True
) -> pa.Table:
    """The track record of one kind of alert, in all (grade "") and by grade, as SCHEMA says.

    `horizon_days` is None where each alert has a horizon of its own.

    `precision` is the share of alerts that were right, with its 90 % interval (Jeffreys); `base_rate` the share of the
    outcome among all of the same grade who could have been alerted, weighted by grade as the alerts are; without
    `by_grade`, where grades say how much was told and not who is alike, among all.
    `calibration_error` is the expected calibration error in ten bins of equal size. An empty past gives no row.
    `held_back_since`: the day from which on such alerts are not raised, because they were no better than the base rate;
    null while they are raised.
    """
    kept = [replay for replay in replays if len(replay.is_hit)]
    if not kept:
        return SCHEMA.empty_table()
    joined = {
        name: np.concatenate([getattr(replay, name) for replay in kept])
        for name in ("is_alert", "grade", "probability", "is_hit", "money", "lead_days")
    }
    alerted = joined["is_alert"].astype(bool)
    grades = ["", *sorted({str(grade) for grade in joined["grade"][alerted]} - {""})]
    common = {
        "kind": kind,
        "horizon_days": horizon_days,
        "origins": len(kept),
        "calibration_error": calibration_error(joined["probability"], joined["is_hit"]),
        "method": method,
    }
    alike = joined["grade"] if by_grade else np.full(len(alerted), "")
    usual = {grade: float(joined["is_hit"][alike == grade].mean()) for grade in set(alike)}
    like = np.array([usual[grade] for grade in alike])
    rows = []
    for grade in grades:
        counted = alerted & ((joined["grade"] == grade) if grade else True)
        hits, alerts = int(joined["is_hit"][counted].sum()), int(counted.sum())
        low, high = interval(hits, alerts)
        leads = joined["lead_days"][counted & joined["is_hit"].astype(bool)]
        leads = leads[~np.isnan(leads)]
        rows.append(
            common
            | {
                "grade": grade,
                "alerts": alerts,
                "hits": hits,
                "precision": hits / alerts if alerts else None,
                "base_rate": float(like[counted].mean() if alerts else joined["is_hit"].mean()),
                "precision_low": low,
                "precision_high": high,
                "lead_days": float(np.median(leads)) if len(leads) else None,
                "money": float(joined["money"][counted].sum()),
                "money_hit": float(joined["money"][counted & joined["is_hit"].astype(bool)].sum()),
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def clears_its_base(replays: Iterable[Replay], prior_alerts: float) -> bool:
    """Whether the lower bound of the share of alerts that were right lies above the base rate.

    Before the first alert it is what was said of them, as firmly as `prior_alerts` of them would say it, and less
    firmly with each: so a short past raises alerts, and one that speaks against them does not.
    """
    said, hits, base = ([np.empty(0)] for _ in range(3))
    for replay in replays:
        said.append(replay.probability[replay.is_alert])
        hits.append(replay.is_hit[replay.is_alert])
        base.append(replay.is_hit)
    told, right, all_right = map(np.concatenate, (said, hits, base))
    if not len(told):
        return True
    prior = max(prior_alerts - len(told) / 3, 1.0)
    expected = prior * float(told.mean())
    low = beta.ppf((1 - CONFIDENCE) / 2, right.sum() + expected, len(told) - right.sum() + prior - expected)
    return bool(low > all_right.mean())


def interval(hits: int, trials: int) -> tuple[float, float]:
    """The Jeffreys interval of a share at CONFIDENCE; (0, 1) without trials."""
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, hits + 0.5, trials - hits + 0.5)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 0.5, trials - hits + 0.5)) if hits < trials else 1.0
    return low, high


def calibration_error(probability: np.ndarray, outcome: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance of said and seen shares over bins of equal size, weighted by size."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(float(probability[part].mean()) - float(outcome[part].mean())) * len(part) for part in parts]
    return sum(gaps) / max(len(order), 1)
