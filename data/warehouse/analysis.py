"""The statistics of a build: hands the warehouse's rows to analytics and keeps what comes back as analysis_* tables."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics import cadence, category_risk, forecast, growth, what_if, win_probability
from analytics.tables import Ask
from data.warehouse.engine import Engine
from data.warehouse.shelf import Part, Shelf, Tables
from queries import load

_DECIMALS = 9
_RECORD = "track_record"  # of each kind of alert a part may tell one; together they are one table


def run(engine: Engine, as_of: dt.date, shelf: Shelf | None = None) -> None:
    """Everything that is computed beside SQL, as of a day, from the core of the warehouse.

    With a shelf, a part nothing of which has changed is taken over from the snapshot before.
    """

    def ask(name: str, **params: Any) -> pa.Table:
        return engine.arrow(load(f"warehouse.statistics.{name}").sql, params)

    records = []
    for name, part in PARTS.items():
        tables = dict(shelf.made(name, part, ask) if shelf else part(ask, as_of))
        if _RECORD in tables:
            records.append(tables.pop(_RECORD))
        for table, rows in tables.items():
            engine.register(f"analysis_{table}", rows)
    engine.register("analysis_track_records", pa.concat_tables(records))


def _rhythm(ask: Ask, as_of: dt.date) -> Tables:
    found = cadence.rhythms(ask, as_of)
    return _rounded(customers=found.customers, list_records=found.list_record, track_record=found.record)


def _category_risk(ask: Ask, as_of: dt.date) -> Tables:
    found = category_risk.alerts(ask, as_of)
    return _rounded(category_risks=found.alerts, track_record=found.track_record)


def _growth(ask: Ask, as_of: dt.date) -> Tables:
    found = growth.proposals(ask, as_of)
    return _rounded(
        growth=found.proposals,
        growth_accounts=found.accounts,
        growth_limits=found.limits,
        growth_replays=found.replays,
        track_record=found.record,
    )


def _what_if(ask: Ask, as_of: dt.date) -> Tables:
    found = what_if.what_ifs(ask, as_of)
    return _rounded(elasticities=found.elasticities, what_if_noise=found.noise, what_if_records=found.record)


def _win_probability(ask: Ask, as_of: dt.date) -> Tables:
    found = win_probability.outlook(ask, as_of)
    return _rounded(win_probabilities=found.table, win_records=found.record)


def _forecast(ask: Ask, as_of: dt.date) -> Tables:
    found = forecast.forecasts(ask, as_of)
    return _rounded(forecasts=found.table, forecast_records=found.record)


# Each is taken over by itself: what one asks for may stay as it was while another's changes.
PARTS: dict[str, Part] = {
    "rhythm": _rhythm,
    "category_risk": _category_risk,
    "growth": _growth,
    "what_if": _what_if,
    "win_probability": _win_probability,
    "forecast": _forecast,
}


def _rounded(**tables: pa.Table) -> Tables:
    """The tables with their floats to nine decimals: what is behind them depends on the order in which threads add."""
    return {name: _rounded_table(table) for name, table in tables.items()}


def _rounded_table(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            table = table.set_column(place, field, pc.round(table[field.name], _DECIMALS))
    return table
