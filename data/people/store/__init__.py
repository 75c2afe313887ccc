"""What people write: deeds on alerts, settings, saved views. It lives apart from the warehouse.

The store is one SQLite file below ORDERBEAT_HOME, or the PostgreSQL database that ORDERBEAT_STORE names. It knows
nothing of scopes: who calls it looks first whether an item is in somebody's file (data/people/actions.py). What each
module keeps is written by functions that take the person who writes, and refused to those who may not.
"""

from data.people.store import channels, outgoing, own_rules, subscriptions, tokens  # noqa: F401 (the metadata knows all tables)
from data.people.store.database import Store
from data.people.store.entries import Setting
from data.people.store.items import (
    ACCOUNT,
    CLOSE,
    DUE,
    WORK,
    Channel,
    Deed,
    Did,
    Event,
    Item,
    Kind,
    Seen,
    State,
    Status,
)
from data.people.store.opening import check, existing_store, open_store
from data.people.store.views import View

__all__ = [
    "ACCOUNT",
    "CLOSE",
    "DUE",
    "WORK",
    "Channel",
    "Deed",
    "Did",
    "Event",
    "Item",
    "Kind",
    "Seen",
    "Setting",
    "State",
    "Status",
    "Store",
    "View",
    "check",
    "existing_store",
    "open_store",
]
