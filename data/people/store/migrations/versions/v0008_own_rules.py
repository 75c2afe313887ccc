"""Rules that people set for themselves, and what they found."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Adds the tables."""
    op.create_table(
        "own_rules",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False, index=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("sense", sa.Text, nullable=False),
        sa.Column("limit_value", sa.Float, nullable=False),
        sa.Column("months", sa.Integer, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("to_owners", sa.Boolean, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("history_from", sa.Date, nullable=False),
        sa.Column("set_as_of", sa.Date, nullable=False),
        sa.Column("is_paused", sa.Boolean, nullable=False),
        sa.Column("snoozed_until", sa.Date, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "own_rule_looks",
        sa.Column("rule_id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
    )
    op.create_table(
        "own_findings",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("rule_id", sa.Text, nullable=False, index=True),
        sa.Column("account_id", sa.Text, nullable=False, index=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("over_on", sa.Date, nullable=True),
        sa.Column("is_news", sa.Boolean, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
    )
