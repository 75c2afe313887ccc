"""Categories that are left, as the product raises them at rolling origins, against rules that people make up.

Real companies as their presets load them, and small companies cut from them by customer and by time. What followed is
judged twice: as the alert says it (nothing bought of the category within the pair's own horizon while the customer
ordered on), and as money, over the next 90 days and over all that was bought in the year before, judged or not.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from analytics import category_risk, track_record
from analytics.cadence import Columns, days_to_next
from bench.quality import datasets
from bench.quality.companies import DEMO, Company, company, small_companies
from bench.quality.goals import goal
from bench.quality.history import history
from bench.quality.rhythm import bg_nbd

TASK = "category_risk"
RETAIL, DEALERS, GROCER = "Online Retail II, preset categories", "AdventureWorks", "Complete Journey"
# A year of history before the first origin of each; behind the last, as much as most horizons need.
RETAIL_ORIGINS = [dt.date(2010, 12, 31), dt.date(2011, 1, 30), dt.date(2011, 3, 1), dt.date(2011, 4, 1)]
DEALER_ORIGINS = [dt.date(2012, 7, 31) + dt.timedelta(days=30 * n) for n in range(10)]
GROCER_ORIGINS = [dt.date(2017, 9, 1), dt.date(2017, 10, 1), dt.date(2017, 11, 1)]
DEMO_ORIGINS = [dt.date(2025, 9, 15), dt.date(2025, 12, 14)]
TOP, QUARTERLY_DAYS = 100, 75
KEYS = ["customer_id", "category"]

# Pairs bought in the year before by customers that ordered within 90 days, and what 90 days brought less than usual.
MONEY = """
with pairs as (
    select
        customer_id,
        category,
        greatest(sum(revenue), 0)::double * 90 / 365 as usual,
        count(*) filter (where ordered_on > $origin::date - 60) as now,
        count(*) filter (where ordered_on > $origin::date - 120 and ordered_on <= $origin::date - 60) as before
    from purchase_days
    where ordered_on > $origin::date - 365 and ordered_on <= $origin::date
    group by all
),

followed as (
    select customer_id, category, sum(revenue)::double as revenue
    from purchase_days
    where ordered_on > $origin::date and ordered_on <= $origin::date + 90
    group by all
)

select
    p.customer_id,
    p.category,
    p.usual as by_value,
    case when p.before > 0 and p.now <= p.before / 2 then p.usual else 0 end as by_drop,
    greatest(p.usual - coalesce(f.revenue, 0), 0) as lost,
    f.revenue is null as is_gone
from pairs as p
left join followed as f using (customer_id, category)
where p.customer_id in (
    select customer_id from order_days where ordered_on > $origin::date and ordered_on <= $origin::date + 90
)
order by all
"""
ACTIVE = """
select count(distinct customer_id) as customers from order_days
where ordered_on > $origin::date - 90 and ordered_on <= $origin::date
"""


@dataclass(frozen=True)
class Told:
    """What was told at one origin, and what followed.

    `pairs`: those whose horizon is over and whose customers ordered within it, as ALERTS, with is_lost and the figures
    of category_pairs. `money`: as MONEY gives it, with the priority of what could be judged. `raised`: how many,
    in all. `active`: customers with an order in the 90 days before.
    """

    pairs: pd.DataFrame
    money: pd.DataFrame
    raised: int
    active: int


def run() -> list[dict[str, Any]]:
    """All goals of categories that are left."""
    return [*_retail(), *_dealers(), *_pairs(), *_small()]


def told_on(customers: Company, origin: dt.date) -> Told:
    """The product's alerts on a day, beside what came."""
    alerts, until = category_risk.alerts(customers.ask, origin).alerts, customers.last_day
    bought = days_to_next(alerts, customers.ask("next_purchases", as_of=origin, until=until), origin)
    ordered = days_to_next(alerts, customers.ask("next_orders", as_of=origin, until=until), origin)
    told = alerts.to_pandas().assign(is_lost=lambda t: ~(bought <= t["horizon_days"]), as_of=pd.Timestamp(origin))
    is_known = (ordered <= told["horizon_days"]) & (told["horizon_days"] <= (until - origin).days)
    figures = customers.ask("category_pairs", as_of=origin).to_pandas().drop(columns=["last_bought_on", "orders_since"])
    money = customers.frame(MONEY, origin=origin).merge(told[[*KEYS, "priority", "is_raised"]], on=KEYS, how="left")
    money = money.fillna({"priority": 0.0}).assign(is_raised=lambda m: m["is_raised"].eq(True))  # noqa: FBT003
    (active,) = customers.frame(ACTIVE, origin=origin)["customers"]
    return Told(told[is_known].merge(figures, on=KEYS), money, int(told["is_raised"].sum()), int(active))


def _retail() -> list[dict[str, Any]]:
    with company("online_retail_ii") as whole:
        told = [told_on(whole, origin) for origin in RETAIL_ORIGINS]
    many = 100 * sum(one.raised for one in told) / sum(one.active for one in told)
    against = "down 50 % x value"
    first = {by: [_first(one.money, by) for one in told] for by in ("priority", "by_drop")}
    (ours, right), (drop, drop_right) = (np.mean(scores, axis=0) for scores in first.values())
    return [
        goal(TASK, RETAIL, "alerts for 100 active customers", many, None, 5.0),
        *_as_told(RETAIL, told, 2.0),
        goal(TASK, RETAIL, f"money lost in 90 days held by the first {TOP}", ours, drop, 0.15, against),
        goal(
            TASK, RETAIL, f"nothing bought in 90 days, of the first {TOP}", right, drop_right, 2 * drop_right, against
        ),
    ]


def _first(money: pd.DataFrame, by: str) -> tuple[float, float]:
    """What share of all money lost the TOP rows hold, and of how many of them nothing came."""
    first = money.sort_values([by, *KEYS], ascending=[False, True, True]).head(TOP)
    return float(first["lost"].sum() / money["lost"].sum()), float(first["is_gone"].mean())


def _as_told(data: str, told: list[Told], times: float) -> list[dict[str, Any]]:
    """Right so many times as often as all, as often as told, and calibrated."""
    pairs = pd.concat([one.pairs for one in told])
    raised, base = pairs[pairs["is_raised"]], float(pairs["is_lost"].mean())
    right = float(raised["is_lost"].mean()) if len(raised) else 0.0
    away = abs(right - float(raised["loss_probability"].mean())) if len(raised) else 0.0
    around = track_record.interval(int(raised["is_lost"].sum()), len(raised))
    error = track_record.calibration_error(pairs["loss_probability"].to_numpy(), pairs["is_lost"].to_numpy())
    measure = f"alerts that came true ({len(raised):,})"
    return [
        goal(TASK, data, measure, right, base, times * base, "all pairs", around),
        goal(TASK, data, "distance of what came true from what was told", away, None, 0.05, at_least=False),
        goal(TASK, data, "calibration error", error, None, 0.03, at_least=False),
    ]


def _dealers() -> list[dict[str, Any]]:
    with company("adventureworks_dw") as whole:
        told = [told_on(whole, origin) for origin in DEALER_ORIGINS]
    rare = [one.pairs[one.pairs["usual_interval_days"] >= QUARTERLY_DAYS] for one in told]
    many = sum(int(pairs["is_raised"].sum()) for pairs in rare)
    return [
        goal(TASK, DEALERS, f"alerts for quarterly buyers at {len(told)} origins", many, None, 1.0),
        *_as_told(DEALERS, told, 3.0),
    ]


def _pairs() -> list[dict[str, Any]]:
    """Who buys none of a category within its horizon, of all pairs, against BG/NBD."""
    with history(datasets.complete_journey()) as lines:
        whole = Company(lines._engine)
        told = [told_on(whole, origin) for origin in GROCER_ORIGINS]
    each = [one.pairs for one in told]
    ours = float(np.mean([roc_auc_score(pairs["is_lost"], pairs["loss_probability"]) for pairs in each]))
    base = float(np.mean([roc_auc_score(pairs["is_lost"], _bg_nbd(pairs)) for pairs in each]))
    said, lost = (pd.concat(each)[name].to_numpy() for name in ("loss_probability", "is_lost"))
    error = track_record.calibration_error(said, lost)
    return [
        goal(TASK, GROCER, "AUC gain of pairs, own horizon", ours - base, base, 0.02, against="BG/NBD"),
        goal(TASK, GROCER, "calibration error", error, None, 0.03, at_least=False),
    ]


def _bg_nbd(pairs: pd.DataFrame) -> np.ndarray:
    """P(nothing within the pair's horizon) by BG/NBD."""
    first, last = pd.to_datetime(pairs["first_bought_on"]), pd.to_datetime(pairs["last_bought_on"])
    gaps, span = pairs["purchases"].to_numpy(float) - 1, (last - first).dt.days.to_numpy(float)
    silent = (pairs["as_of"] - last).dt.days.to_numpy(float)
    figures = Columns(gaps=gaps, gap_sum_days=span, silent_days=silent)
    horizon, said = pairs["horizon_days"].to_numpy(), np.empty(len(pairs))
    for days in np.unique(horizon):
        said[horizon == days] = bg_nbd(figures, int(days))[horizon == days]
    return said


def _small() -> list[dict[str, Any]]:
    """Companies of 60 to 300 customers, cut from three by customer and by time, judged together."""
    found = []
    for name, label, origins in (
        ("online_retail_ii", RETAIL, RETAIL_ORIGINS),
        ("adventureworks_dw", DEALERS, DEALER_ORIGINS),
        (DEMO, "demo of 300,000 lines", DEMO_ORIGINS),
    ):
        told = [told_on(few, origin) for few, origin in small_companies(name, origins)]
        data = f"{label}, {len(told)} small companies"
        ours, by_revenue = (sum(_held(one.money, by) for one in told) for by in ("priority", "by_value"))
        highest = max(float(one.pairs["loss_probability"].max()) for one in told if len(one.pairs))
        alerted = sum(one.raised > 0 for one in told) / len(told)
        found += [
            goal(TASK, data, "share that gets an alert", alerted, None, 0.3),
            *_as_told(data, told, 2.0),
            goal(
                TASK, data, "money lost held by what is raised, over as many rows by revenue",
                ours / max(by_revenue, 1e-9), by_revenue, 2.0, "revenue",
            ),
            goal(TASK, data, "highest probability told", highest, None, 0.985, at_least=False),
        ]  # fmt: skip
    return found


def _held(money: pd.DataFrame, by: str) -> float:
    """The money lost that the first rows hold, as many as were raised, and only those by priority."""
    if by == "priority":
        return float(money["lost"][money["is_raised"]].sum())
    rows = int(money["is_raised"].sum())
    return float(money.sort_values([by, *KEYS], ascending=[False, True, True]).head(rows)["lost"].sum())
