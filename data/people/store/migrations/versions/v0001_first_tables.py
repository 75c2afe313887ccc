"""The tables as releases made them that knew no migrations; a store of theirs is taken as standing here."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates the tables in an empty database."""
    # The table may stand there without a row: an early release that was killed while it created the store left it.
    store = op.create_table(
        "store",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        if_not_exists=True,
    )
    op.bulk_insert(store, [{"id": 1, "schema_version": 1, "generation": 0}])
    item = ("customer_id", "kind", "subject")
    op.create_table(
        "action_events",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in item),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("did", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("reason", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("in_force", sa.Integer),
        sa.Column("by_key", sa.Text, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("group_key", sa.Text, nullable=False),
        sa.Column("money", sa.BigInteger),
        sa.Column("probability", sa.Double),
        sa.UniqueConstraint(*item, "version"),
        sa.ForeignKeyConstraint(
            [*item, "in_force"], [f"action_events.{name}" for name in (*item, "version")], name="decision_exists"
        ),
    )
    op.create_table(
        "setting_events",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "value", "by_key", "by_name")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Index("setting_events_by_name", "name", "id"),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("page", "by_key", "name", "query_params")),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("page", "by_key", "name"),
    )
