"""What is sent to people, and what they were told last."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds the tables."""
