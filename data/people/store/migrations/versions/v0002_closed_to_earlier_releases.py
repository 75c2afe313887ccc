"""Releases from before migrations look at `schema_version` alone. With another number than theirs they refuse the
store, and cannot write into tables that later steps change."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Raises the number that earlier releases look at; no later step needs to."""
    op.execute("update store set schema_version = 2")
