"""The product's own alerts, as the snapshot publishes them, against what was planted in the generated company.

Who has a rhythm (five order days over 90 days) is the product's reading, for ours and the rules alike. In brackets: how
many a share is of. Intervals are 95 % bootstrap intervals of a share.
"""

import json
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pandas as pd

from analytics.growth.choice import SHOWN
from bench import serve, warehouse
from bench.quality import goals
from data.demo.truths import CUSTOMERS, TRUTH

LINES, SEED, DATA = 300_000, 7, "demo of 300,000 lines, seed 7"
NAMED = {"four_weekly_silent": {"late"}, "paused_last_year": {"seasonal_pause"}, "erratic": {"irregular", "on_rhythm"}}
TWICE, HALVED, POPULAR = "silent > 2 x median gap", "down 50 % on the previous 60 days", "products of most customers"
# Gaps after which a silence must mean something; days for which a stop and a defection are recent; days of purchases
# below which there is no habit.
LONG_GAPS, STOPPED_DAYS, DEFECTED_DAYS, LEAST_DAYS = 1.5, 90, 120, 3
KEYS = ["customer_id", "category"]
# Of each: is it so?
Truths: TypeAlias = pd.Series | list[bool]


def run(home: Path | None = None) -> list[dict[str, Any]]:
    """All goals of the demo; `home` is the bench's own, built first where stale, unless one is given."""
    home = home or serve.home(LINES)
    warehouse.use(home)
    truth = json.loads((home / TRUTH).read_text(encoding="utf-8"))
    with warehouse.connect() as db:
        customers = _customers(db, pd.read_parquet(home / CUSTOMERS), truth)
        return [*_rhythm(customers, truth), *_defections(db, truth), *_white_space(db, truth), *_records(db)]


def _rhythm(customers: pd.DataFrame, truth: dict[str, Any]) -> list[dict[str, Any]]:
    """Overdue, seasonal, one-off and volatile customers, and false alarms on those about whom nothing was planted."""
    said = customers.set_index("customer_id")["rhythm"]
    named = np.mean([said[truth["named"][case]["customer_id"]] in right for case, right in NAMED.items()])
    rhythmic, volatile = customers[customers["has_rhythm"]], customers[customers["behaviour"] == "volatile"]
    due = (rhythmic["days_since_last"] > LONG_GAPS * rhythmic["gap_days"]) & (rhythmic["behaviour"] != "volatile")
    stopped = rhythmic[rhythmic["stopped_days"].notna() & due]
    found_late = stopped["rhythm"].isin(["late", "probably_gone", "churned"])
    pausing = rhythmic[rhythmic["is_pausing"]]
    paused = pausing["rhythm"][pausing["overdue_ratio"] > LONG_GAPS] == "seasonal_pause"
    untouched = rhythmic[rhythmic["is_untouched"]]

    def late(measure: str, those: pd.DataFrame, wanted: float, *, at_least: bool = False) -> dict[str, Any]:
        return _share(f"{measure}, late", those["rhythm"] == "late", those["by_rule"], wanted, TWICE, at_least=at_least)

    return [
        goals.goal("demo", DATA, "named cases as asked", float(named), None, 1.0),
        _share("stopped, told late, gone or churned", found_late, stopped["by_rule"], 0.85, against=TWICE),
        late("stopped in the last 90 days", stopped[stopped["stopped_days"] <= STOPPED_DAYS], 0.75, at_least=True),
        late("untouched with a rhythm", untouched, min(0.07, untouched["by_rule"].mean())),
        _share("pausing, silent for 1.5 intervals, seasonal pause", paused, None, 0.6),
        late("pausing", pausing, 0.15),
        late("one-off", customers[customers["behaviour"] == "one_off"], 0.0),
        late("volatile", volatile[volatile["stopped_days"].isna()], 0.07),
    ]


def _customers(db: duckdb.DuckDBPyConnection, planted: pd.DataFrame, truth: dict[str, Any]) -> pd.DataFrame:
    """Each customer's verdict beside what was planted about it, and what the rule says."""
    found = db.sql("select * from reorder_rhythm").df().merge(planted, on="customer_id")
    day, who = pd.Timestamp(truth["as_of"]), found["customer_id"]
    stopped, first = pd.to_datetime(found["stopped_on"]), pd.to_datetime(found["first_order_on"])
    pauses = pd.DataFrame(truth["seasonal_pauses"])
    begun = pauses["from_day_of_year"]
    pausing = pauses["customer_id"][(day.day_of_year - begun) % 365 <= (pauses["to_day_of_year"] - begun) % 365]
    lists = [truth[name] for name in ("stopped", "defections", "seasonal_pauses", "white_space")]
    touched = {row["customer_id"] for rows in [truth["named"].values(), *lists] for row in rows}
    return found.assign(
        has_rhythm=found["usual_interval_days"].notna(),
        by_rule=found["overdue_ratio"] > 2,
        stopped_days=(day - stopped).dt.days,
        is_pausing=who.isin(pausing) & stopped.isna() & (first <= day - pd.Timedelta(days=365)),
        is_untouched=~who.isin({*touched, *truth["one_off"], *truth["volatile"]}),
    )


def _defections(db: duckdb.DuckDBPyConnection, truth: dict[str, Any]) -> list[dict[str, Any]]:
    """Categories left: how many of those that can be known are raised, by kind, and how many raised were never left.

    Reachable are those of customers that order on, bought on three days or more before, and last within a year.
    """
    sql = "select distinct customer_id, category, cast(ordered_on as timestamp) as bought_on from order_lines "
    bought = db.sql(sql + "inner join products using (product_id) where quantity > 0").df()
    as_of, year = pd.Timestamp(truth["as_of"]), pd.Timedelta(days=365)
    last = bought.groupby(KEYS)["bought_on"].agg(["size", "max"]).reset_index()
    active = bought["customer_id"][bought["bought_on"] > as_of - pd.Timedelta(days=DEFECTED_DAYS)].unique()
    planted = pd.DataFrame(truth["defections"]).astype({"defected_on": "datetime64[us]"}).merge(last, on=KEYS)
    known = planted[(planted["size"] >= LEAST_DAYS) & (planted["max"] > as_of - year)]
    known = known[known["customer_id"].isin(active)]
    recent = known[known["defected_on"] >= as_of - pd.Timedelta(days=DEFECTED_DAYS)]
    raised, halved = _pairs(db.sql("select * from category_risks").df()), _halved(bought, truth["as_of"])
    full, partial = known[known["kind"] == "full"], known[known["kind"] == "partial"]
    asked = {
        "categories left for good, raised": (full, 40 / 60),
        "categories left for good in the last 120 days, raised": (recent[recent["kind"] == "full"], 0.6),
        "categories left in part, raised": (partial, 0.4),
    }
    found = []
    for measure, (those, wanted) in asked.items():
        ours, rule = ([pair in given for pair in _pairs(those)] for given in (raised, halved))
        found.append(_share(measure, ours, rule, wanted, against=HALVED))
    right, by_rule = ([pair in _pairs(planted) for pair in given] for given in (raised, halved))
    return [*found, _share("categories raised that were left", right, by_rule, 0.85, against=HALVED)]


def _halved(bought: pd.DataFrame, as_of: str) -> set[tuple[str, str]]:
    """The rule, of customers that still order: two purchases at least in the previous 60 days, half of them now."""
    age = (pd.Timestamp(as_of) - bought["bought_on"]).dt.days
    counts = bought.assign(now=age < 60, then=age.between(60, 119)).groupby(KEYS)[["now", "then"]].sum().reset_index()
    counts = counts[counts["customer_id"].isin(bought["customer_id"][age < 60])]
    return _pairs(counts[(counts["then"] >= 2) & (counts["now"] <= counts["then"] / 2)])


def _white_space(db: duckdb.DuckDBPyConnection, truth: dict[str, Any]) -> list[dict[str, Any]]:
    """Categories a customer lacks though its like buy them: is one of its proposals, if it gets any, from there?"""
    category = db.sql("select product_id, category from products").df().set_index("product_id")["category"]
    lines = db.sql("select distinct customer_id, product_id from order_lines where quantity > 0").df()
    popular, own = lines["product_id"].value_counts().index, lines.groupby("customer_id")["product_id"].agg(set)
    proposed = _pairs(db.sql("select * from growth_proposals where is_shown").df())
    reached = {customer for customer, _ in proposed}
    planted = [pair for pair in sorted(_pairs(pd.DataFrame(truth["white_space"]))) if pair[0] in reached]
    rule = [wanted in set(category[popular[~popular.isin(own[customer])][:SHOWN]]) for customer, wanted in planted]
    ours = [pair in proposed for pair in planted]
    return [_share(f"white space within the {SHOWN} products shown", ours, rule, 0.8, against=POPULAR)]


def _records(db: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The product's own replay, in plain figures: twice the odds of the base rate, calibrated to three points."""
    found = []
    for row in db.sql("select * from track_records where grade = 'all' order by kind").df().to_dict("records"):
        right, base, error = row["hits"] / max(row["alerts"], 1), row["base_rate"], row["calibration_error"]
        measure, wanted = f"replayed {row['kind']}, precision ({row['alerts']:,})", 2 * base / (1 + base)
        found.append(goals.goal("demo", DATA, measure, right, base, wanted, against="base rate"))
        found.append(
            goals.goal("demo", DATA, f"replayed {row['kind']}, calibration error", error, None, 0.03, at_least=False)
        )
    return found


def _share(
    measure: str,
    hit: Truths,
    rule: Truths | None,
    wanted: float,
    against: str = "",
    *,
    at_least: bool = True,
) -> dict[str, Any]:
    """The goal of the share of `hit`, beside what a rule makes of the same ones; of nobody it is nought."""
    many, ours = len(hit), float(np.mean(hit)) if len(hit) else 0.0
    drawn = np.random.default_rng(SEED).binomial(many, ours, 1000) / max(many, 1)
    low, high = np.quantile(drawn, (0.025, 0.975)).tolist()
    base = None if rule is None or not many else float(np.mean(rule))
    return goals.goal(
        "demo", DATA, f"{measure} ({many:,})", ours, base, float(wanted), against, (low, high), at_least=at_least
    )


def _pairs(table: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(table["customer_id"], table["category"], strict=True))
