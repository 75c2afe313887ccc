"""The statistics of a build: hands the warehouse's rows to analytics and keeps what comes back as analysis_* tables."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics import cadence, category_risk, forecast, growth, what_if, win_probability
from data.warehouse.engine import Engine
from queries import load

_DECIMALS = 9


def run(engine: Engine, as_of: dt.date) -> None:
    """Everything that is computed beside SQL, as of a day, from the core of the warehouse."""

    def ask(name: str, **params: Any) -> pa.Table:
        return engine.arrow(load(f"warehouse.statistics.{name}").sql, params)

    rhythm = cadence.rhythms(ask, as_of)
    risk = category_risk.alerts(ask, as_of)
    growing = growth.proposals(ask, as_of)
    asked = what_if.what_ifs(ask, as_of)
    winning = win_probability.outlook(ask, as_of)
    coming = forecast.forecasts(ask, as_of)
    for name, table in {
        "customers": rhythm.customers,
        "category_risks": risk.alerts,
        "growth": growing.proposals,
        "growth_accounts": growing.accounts,
        "growth_limits": growing.limits,
        "growth_replays": growing.replays,
        "elasticities": asked.elasticities,
        "what_if_noise": asked.noise,
        "what_if_records": asked.record,
        "win_probabilities": winning.table,
        "win_records": winning.record,
        "forecasts": coming.table,
        "forecast_records": coming.record,
        "list_records": rhythm.list_record,
        "track_records": pa.concat_tables([rhythm.record, risk.track_record, growing.record]),
    }.items():
        engine.register(f"analysis_{name}", _rounded(table))


def _rounded(table: pa.Table) -> pa.Table:
    """The table with its floats to nine decimals: what is behind them depends on the order in which threads add up."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            table = table.set_column(place, field, pc.round(table[field.name], _DECIMALS))
    return table
