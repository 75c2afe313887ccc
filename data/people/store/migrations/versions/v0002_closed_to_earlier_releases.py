"""Closes the store to releases from before migrations, so that they do not write into tables that later steps change.

They look at `schema_version` alone, and leave a store that says another number than theirs as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Raises the number that earlier releases look at; no later step needs to."""
    store = sa.table("store", sa.column("schema_version"))
    op.execute(sa.update(store).values(schema_version=2))
