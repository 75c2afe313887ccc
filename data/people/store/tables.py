"""What the tables of the store are made of: columns, and the texts that every database takes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from data.errors import BadInput

LONGEST_KEY = 200  # characters: three of them fit into an index entry of PostgreSQL, whatever the alphabet


class _Moment(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, also where the database keeps no time zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


metadata = sa.MetaData()


def text_column(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A column of text, by default one that is always filled."""
    return sa.Column(name, sa.Text, nullable=nullable)


def moment_column(name: str = "at", *, nullable: bool = False) -> sa.Column[datetime]:
    """A moment in UTC, by default when a row was written."""
    return sa.Column(name, _Moment, nullable=nullable)


# One row. Its generation is raised in the transaction of every write, so it never runs ahead of what can be read.
# `schema_version` is for releases from before migrations, which leave a store alone that says anything but 1.
STORE = sa.Table(
    "store",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
)


def is_storable(text: str) -> bool:
    """PostgreSQL takes no NUL, and nobody takes half a surrogate pair; everything else is stored as it is."""
    return "\0" not in text and text == text.encode("utf-8", "ignore").decode("utf-8")


def require_storable(values: Iterable[Any]) -> None:
    """Raises BadInput for text that no database takes."""
    if not all(is_storable(value) for value in values if isinstance(value, str)):
        raise BadInput(
            "The text holds a character that cannot be stored.",
            "It is no character at all: a NUL, or half of one.",
            "Type the text instead of pasting it.",
        )


def require_key(*texts: str) -> None:
    """Raises BadInput for texts to find rows by that do not fit into an index of either database."""
    require_storable(texts)
    if longest := max((text for text in texts if len(text) > LONGEST_KEY), default=None):
        raise BadInput(
            f"{longest[:40]}… is too long a name.",
            f"Names and keys have {LONGEST_KEY} characters at most.",
            "Shorten it.",
        )
