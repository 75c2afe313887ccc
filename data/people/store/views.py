"""Saved views: a name for what a link says, own and shared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from data.errors import AccessDenied, BadInput
from data.people.permissions import Action
from data.people.person import Person
from data.people.store.database import Store, insert
from data.people.store.entries import as_json
from data.people.store.tables import metadata, moment_column, require_key, text_column

_LONGEST_VIEW = 8_000  # characters: what a link may hold
_OWN_VIEW = ("page", "by_key", "name")

VIEWS = sa.Table(
    "saved_views",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    text_column("page"),
    text_column("by_key"),
    text_column("name"),
    text_column("query_params"),
    sa.Column("is_shared", sa.Boolean, nullable=False),
    moment_column(),
    sa.UniqueConstraint(*_OWN_VIEW),
)


@dataclass(frozen=True)
class View:
    """Query parameters of a page under a name; never data."""

    id: int
    name: str
    page: str
    query_params: dict[str, str | list[str]]
    by_key: str
    is_shared: bool


def save(
    store: Store,
    by: Person,
    name: str,
    page: str,
    query_params: Mapping[str, str | Sequence[str]],
    *,
    is_shared: bool = False,
) -> View:
    """Keeps the query parameters of a page; a view of that name and page that is one's own is replaced.

    Raises BadInput for anything but texts and lists of texts, or for more than a link may hold; AccessDenied for who
    may not save it, or not share it.
    """
    require_key(name, page, by.key)
    kept = _as_view(query_params)
    sharing: tuple[Action, ...] = ("share_view",) if is_shared else ()
    values = {"page": page, "by_key": by.key, "name": name, "query_params": kept, "is_shared": is_shared}
    row = insert(store, VIEWS).values(at=datetime.now(UTC), **values)
    replaced = {column: row.excluded[column] for column in ("query_params", "is_shared", "at")}
    kept_as = {"page": page, "shared": is_shared}
    with store.writing(
        by, "save_view", *sharing, did="view_saved", about=name, detail=kept_as, page=page
    ) as connection:
        query = row.on_conflict_do_update(index_elements=_OWN_VIEW, set_=replaced).returning(VIEWS.c.id)
        view_id = connection.execute(query).scalar_one()
    return View(view_id, name, page, json.loads(kept), by.key, is_shared)


def listed(store: Store, to: Person, page: str) -> list[View]:
    """Views of a page: one's own and those that others share, by name."""
    query = sa.select(VIEWS).where(VIEWS.c.page == page, sa.or_(VIEWS.c.by_key == to.key, VIEWS.c.is_shared))
    with store.reading() as connection:
        found = [
            View(row.id, row.name, row.page, json.loads(row.query_params), row.by_key, row.is_shared)
            for row in connection.execute(query)
        ]
    return sorted(found, key=lambda view: (view.name, view.id))  # here, for databases disagree on the alphabet


def delete(store: Store, by: Person, view_id: int) -> None:
    """Deletes a view of one's own. Raises AccessDenied for any other."""
    with store.writing(by, "save_view", did="view_deleted", about=str(view_id)) as connection:
        query = sa.delete(VIEWS).where(VIEWS.c.id == view_id, VIEWS.c.by_key == by.key)
        if connection.execute(query).rowcount == 0:
            raise AccessDenied("This view cannot be deleted.", "It is somebody else's, or it is gone already.")


def _as_view(query_params: Mapping[str, str | Sequence[str]]) -> str:
    kept = as_json(dict(query_params))
    if not (all(map(_is_linkable, query_params.items())) and len(kept) <= _LONGEST_VIEW):
        raise BadInput(
            "This view cannot be kept.",
            f"A view holds what a link may hold: names and texts, {_LONGEST_VIEW} characters at most.",
            "Choose fewer filters.",
        )
    return kept


def _is_linkable(param: tuple[Any, Any]) -> bool:
    name, value = param
    texts = [name, *value] if isinstance(value, list | tuple) else [name, value]
    return all(isinstance(text, str) for text in texts)
