"""The day on which somebody expects a deal to be decided, and the day that the data expected when it was set."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds both days to what was done."""
    for name in ("close_on", "loaded_close_on"):
        op.add_column("action_events", sa.Column(name, sa.Date))
