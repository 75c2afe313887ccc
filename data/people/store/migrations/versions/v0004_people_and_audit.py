"""Accounts and how people come in, the rules of roles, and the audit with the row that says where it ends."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the tables; who worked without sign-in before has no account, and what they did stays theirs."""
    _audit()
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text, unique=True),
        *_texts("name", "roles"),
        *(sa.Column(name, sa.Text) for name in ("rep", "team")),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in ("is_active", "is_erased")),
        *(sa.Column(name, sa.Text) for name in ("password_hash", "totp_secret", "totp_begun")),
        sa.Column("totp_step", sa.BigInteger, nullable=False),
        _moment("created_at"),
        sa.Column("last_seen_at", sa.DateTime(timezone=True)),
    )
    op.create_table("recovery_codes", _account(primary_key=True), sa.Column("code_hash", sa.Text, primary_key=True))
    op.create_table(
        "identities",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("issuer", "subject")),
        _account(index=True),
        _moment("bound_at"),
    )
    for table, columns in {
        "group_roles": ("group_name", "role"),
        "taken_actions": ("role", "action"),
        "second_factor_roles": ("role",),
    }.items():
        op.create_table(table, *(sa.Column(name, sa.Text, primary_key=True) for name in columns))
    op.create_table(
        "links",
        sa.Column("token_hash", sa.Text, primary_key=True),
        _account(index=True),
        *_texts("purpose"),
        _moment("until"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        _account(index=True),
        *(_moment(name) for name in ("began_at", "seen_at", "ends_at")),
        *_texts("how", "device", "address"),
    )
    op.create_table(
        "attempts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        *(_moment(name) for name in ("last_at", "until")),
    )
    op.create_table(
        "flows",
        sa.Column("state_hash", sa.Text, primary_key=True),
        *_texts("provider", "nonce", "verifier", "browser_hash", "next"),
        _moment("until"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        _moment("at"),
        *_texts("by_key", "did", "about", "detail", "address", "session", "seal"),
        sa.Index("audit_by_at", "at"),
    )
    op.create_table("audit_names", sa.Column("key", sa.Text, primary_key=True), *_texts("name"))
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        *_texts("seal"),
        sa.Column("cut_number", sa.BigInteger, nullable=False),
        *_texts("cut_seal"),
    )
    nothing_before = "0" * 64
    op.bulk_insert(head, [{"id": 1, "number": 0, "seal": nothing_before, "cut_number": 0, "cut_seal": nothing_before}])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _account(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    of = sa.ForeignKey("accounts.id")
    return sa.Column("account_id", sa.Text, of, primary_key=primary_key, nullable=False, index=index)
