"""What was planted, for tests to hold the analytics to. Lies outside the warehouse, which must not know it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.demo import words
from data.demo.accounts import BEHAVIOURS, NAMED, ONE_OFF, SEASONAL, VOLATILE
from data.demo.calendar import NEVER, date, history
from data.demo.deals import FASTER, STAGES, WIN_DRIVERS
from data.demo.market import CATEGORIES
from data.demo.tables import Floats
from data.demo.world import World

TRUTH = "demo_truth.json"
CUSTOMERS = "demo_truth_customers.parquet"
PRODUCTS = "demo_truth_products.parquet"


def write(home: Path, lines: int, seed: int, world: World, revenue: Floats) -> None:
    """home/demo_truth.json for what is told in lists, two Parquet files for each customer and product."""
    accounts, market, reps = world.accounts, world.market, world.reps
    ids = accounts.ids.to_pylist()
    categories = [category.name for category in CATEGORIES]

    def day(number: int) -> str | None:
        return None if number == NEVER else date(number).isoformat()

    def those(behaviour: int) -> list[str]:
        return [ids[i] for i in np.flatnonzero(accounts.behaviour == behaviour)]

    missing = accounts.core & (accounts.taste == 0) & (accounts.rank > 0.5)[:, None]
    truth: dict[str, Any] = {
        "lines": lines,
        "seed": seed,
        "starts_on": history.start.isoformat(),
        "as_of": history.as_of.isoformat(),
        "named": {case: {"customer_id": ids[i], "name": name} for i, (case, name) in enumerate(NAMED.items())},
        "stopped": [
            {"customer_id": ids[i], "stopped_on": day(accounts.stopped[i])}
            for i in np.flatnonzero(accounts.stopped != NEVER)
        ],
        "defections": [
            {
                "customer_id": ids[i],
                "category": categories[accounts.left_category[i]],
                "defected_on": day(accounts.defected[i]),
                "kind": "full" if accounts.kept[i] == 0 else "partial",
                "kept_share": float(accounts.kept[i]),
            }
            for i in np.flatnonzero(accounts.left_category >= 0)
        ],
        "seasonal_pauses": [
            {
                "customer_id": ids[i],
                "from_day_of_year": int(accounts.pause_from[i]),
                "to_day_of_year": int(accounts.pause_to[i]),
            }
            for i in np.flatnonzero(accounts.behaviour == SEASONAL)
        ],
        "one_off": those(ONE_OFF),
        "volatile": those(VOLATILE),
        "white_space": [
            {"customer_id": ids[i], "category": categories[k]} for i, k in zip(*np.nonzero(missing), strict=True)
        ],
        "elasticities": {category.name: category.elasticity for category in CATEGORIES},
        "win_drivers": WIN_DRIVERS,
        "stages": list(STAGES),
        "closing_faster_per_year": FASTER,
        "reps": [
            {
                "rep_id": rep_id,
                "slowness": round(float(reps.slowness[i]), 3),
                "leakage": float(reps.leakage[i]),
                "skill": round(float(reps.skill[i]), 3),
            }
            for i, rep_id in enumerate(reps.ids.to_pylist())
        ],
    }
    _replace(home / TRUTH, json.dumps(truth, indent=1, ensure_ascii=False).encode("utf-8"))
    _parquet(
        home / CUSTOMERS,
        {
            "customer_id": accounts.ids,
            "behaviour": [BEHAVIOURS[b] for b in accounts.behaviour],
            "gap_days": accounts.gap,
            "regularity": accounts.shape,
            "profile": [words.INDUSTRIES[p] for p in accounts.profile],
            "service": accounts.service,
            "revenue": np.round(revenue, 2),
            "stopped_on": pa.array([None if d == NEVER else date(d) for d in accounts.stopped], pa.date32()),
            "taste": pa.array(list(accounts.taste), pa.list_(pa.float64())),
        },
    )
    _parquet(
        home / PRODUCTS,
        {
            "product_id": market.ids,
            "category": [categories[k] for k in market.category],
            "elasticity": market.elasticity,
        },
    )


def _parquet(path: Path, columns: dict[str, Any]) -> None:
    beside = path.with_suffix(".tmp")
    pq.write_table(pa.table(columns), beside)
    beside.replace(path)


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".tmp")
    beside.write_bytes(content)
    beside.replace(path)
