"""Settings that somebody gave a value on screen: every entry stays, the newest holds."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.errors import AccessDenied, BadInput
from data.people.permissions import SETTINGS
from data.people.person import Author, Person
from data.people.store.database import Store, add
from data.people.store.tables import metadata, moment_column, text_column

ENTRIES = sa.Table(
    "setting_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    text_column("name"),
    text_column("value"),
    text_column("by_key"),
    text_column("by_name"),
    moment_column(),
    sa.Index("setting_events_by_name", "name", "id"),
)


@dataclass(frozen=True)
class Setting:
    """One value that somebody gave a setting; the newest one holds."""

    name: str
    value: Any
    by: Author
    at: datetime


def newest(store: Store, name: str, default: Any) -> Any:
    """The value a setting was last given, `default` where it never was."""
    query = sa.select(ENTRIES.c.value).where(ENTRIES.c.name == name).order_by(ENTRIES.c.id.desc()).limit(1)
    with store.reading() as connection:
        value = connection.execute(query).scalar()
    return default if value is None else json.loads(value)


def enter(store: Store, by: Person, name: str, value_json: Any) -> None:
    """Gives a setting a value that JSON can hold. Raises BadInput for any other, AccessDenied for who may not."""
    if name not in SETTINGS:
        raise AccessDenied("There is no such setting.", f"Nobody may set {name!r}.")
    value = as_json(value_json)
    with store.writing(by, SETTINGS[name], did="setting_changed", about=name) as connection:
        add(connection, ENTRIES, name=name, value=value, by_key=by.key, by_name=by.name)


def history(store: Store, name: str) -> list[Setting]:
    """Every value a setting was ever given, newest first."""
    query = sa.select(ENTRIES).where(ENTRIES.c.name == name).order_by(ENTRIES.c.id.desc())
    with store.reading() as connection:
        return [
            Setting(row.name, json.loads(row.value), Author(row.by_key, row.by_name), row.at)
            for row in connection.execute(query)
        ]


def as_json(value: Any) -> str:
    """The value as JSON. Raises BadInput for what JSON cannot hold."""
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInput("This value cannot be kept.", f"{error}.") from None
