"""Targets entered on screen: each entry is kept with who and when, and the next build takes them over loaded ones."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from data import contract
from data.errors import BadInput
from data.people.permissions import require
from data.people.person import Person
from data.people.store import Setting, Store, entries

SETTING = "targets"
METRICS = contract.table("quotas").column("metric").one_of
_BEYOND = Decimal(10**12)
_SCHEMA = pa.schema(
    {"rep_id": pa.string(), "month": pa.date32(), "metric": pa.string(), "target": pa.decimal128(18, 2)}
)


@dataclass(frozen=True)
class Target:
    """What a person is to reach in the month that begins on that day; None takes back what was entered before."""

    rep_id: str
    month: dt.date
    metric: str
    target: Decimal | None


def enter(store: Store, by: Person, targets: Iterable[Target]) -> None:
    """Keeps what one person changed at once; it counts from the next build on.

    Raises AccessDenied for who may not, BadInput where one of them is no target; then nothing is kept.
    """
    require(by, "set_targets")
    entries.enter(store, by, SETTING, [_checked(each) for each in targets])


def entered(store: Store) -> list[Target]:
    """The targets that stand entered: of each person, month and metric the one entered last."""
    found: dict[tuple[str, dt.date, str], Target] = {}
    for setting in history(store):
        for row in setting.value:
            amount = None if row["target"] is None else Decimal(row["target"])
            target = Target(row["rep_id"], dt.date.fromisoformat(row["month"]), row["metric"], amount)
            found.setdefault((target.rep_id, target.month, target.metric), target)
    return [target for target in found.values() if target.target is not None]


def entered_as_json(store: Store) -> str:
    """The targets that stand entered, as a query takes them."""
    return json.dumps([vars(target) for target in entered(store)], default=str)


def history(store: Store) -> list[Setting]:
    """Every entry with who and when, newest first; its value lists what was changed."""
    return entries.history(store, SETTING)


def in_force(store: Store, loaded: Callable[[str], Iterable[Mapping[str, Any]]]) -> dict[str, pa.Table]:
    """The input tables that a build takes instead of the loaded ones; none where no target stands entered.

    `loaded` gives the loaded rows of an input table. Targets of people who are not loaded any more are left out.
    """
    given = entered(store)
    if not given:
        return {}
    people = {row["rep_id"] for row in loaded("sales_reps")}
    replaced = {(target.rep_id, target.month, target.metric) for target in given}
    kept = [
        row for row in loaded("quotas") if (row["rep_id"], row["month"].replace(day=1), row["metric"]) not in replaced
    ]
    rows = [*kept, *(vars(target) for target in given if target.rep_id in people)]
    return {"quotas": pa.Table.from_pylist(rows, _SCHEMA)}


def _checked(target: Target) -> dict[str, str | None]:
    if target.metric not in METRICS or target.month.day != 1:
        raise BadInput(
            "There is no such target.",
            f"A target is of {', '.join(METRICS)}, in a month that begins on its first day.",
        )
    return {
        "rep_id": target.rep_id,
        "month": target.month.isoformat(),
        "metric": target.metric,
        "target": None if target.target is None else str(_amount(target.target)),
    }


def _amount(amount: Decimal) -> Decimal:
    try:
        if 0 <= amount < _BEYOND:
            return amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        pass
    raise BadInput(
        "This target cannot be kept.", "It is below zero, or too large to be one.", "Enter an amount of zero or more."
    )
