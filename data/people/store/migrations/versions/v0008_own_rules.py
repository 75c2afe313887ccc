"""Rules that people set for themselves, and what they found."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Adds the tables."""
