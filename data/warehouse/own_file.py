"""What deeds on alerts need of the warehouse: a look into one person's own file."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from data.people.actions import File
from data.people.store import CLOSE, DUE, Item
from data.warehouse import access
from data.warehouse.access import Snapshot

# Where an item is looked up, by its kind; every other in the work list.
_ITEMS = {CLOSE: "negotiations.deal_item", **dict.fromkeys(DUE, "team.due_item")}


def of(scope: str, shown: Snapshot) -> File:
    """The file of that scope in the snapshot shown, in which alerts are looked up before anything is written."""

    def find(item: Item) -> Mapping[str, Any] | None:
        params = {"kind": item.kind, "customer": item.customer_id, "subject": item.subject}
        name = _ITEMS.get(item.kind, "customers.work_item")
        rows = access.query(scope, name, params, within=shown).rows()
        return rows[0] if rows else None

    return File(dt.date.fromisoformat(shown.as_of), find)
