"""The tables of accounts and of coming in. Of tokens and recovery codes they hold hashes alone."""

import hashlib
import secrets

import sqlalchemy as sa

from data.people.store.tables import metadata, moment_column, text_column

ACCOUNTS = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, unique=True),  # in lower case; none of whom was erased
    text_column("name"),
    text_column("roles"),  # separated by +
    text_column("rep", nullable=True),
    text_column("team", nullable=True),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("is_erased", sa.Boolean, nullable=False),
    text_column("password_hash", nullable=True),
    text_column("totp_secret", nullable=True),  # readable: a code is computed from it
    text_column("totp_begun", nullable=True),  # a secret that no code was confirmed for yet
    sa.Column("totp_step", sa.BigInteger, nullable=False),  # of the last code that was used
    moment_column("created_at"),
    moment_column("last_seen_at", nullable=True),
)

RECOVERY_CODES = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("code_hash", sa.Text, primary_key=True),
)

IDENTITIES = sa.Table(
    "identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    moment_column("bound_at"),
)

GROUP_ROLES = sa.Table(
    "group_roles",
    metadata,
    sa.Column("group_name", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
)

TAKEN_ACTIONS = sa.Table(
    "taken_actions",
    metadata,
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("action", sa.Text, primary_key=True),
)

SECOND_FACTOR_ROLES = sa.Table("second_factor_roles", metadata, sa.Column("role", sa.Text, primary_key=True))

LINKS = sa.Table(
    "links",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    text_column("purpose"),
    moment_column("until"),
)

HALF_WAY = sa.Table(
    "half_way",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    moment_column("until"),
)

SESSIONS = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    moment_column("began_at"),
    moment_column("seen_at"),
    moment_column("ends_at"),
    text_column("how"),
    text_column("device"),
    text_column("address"),
)

ATTEMPTS = sa.Table(
    "attempts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    moment_column("last_at"),
    moment_column("until"),
)

FLOWS = sa.Table(
    "flows",
    metadata,
    sa.Column("state_hash", sa.Text, primary_key=True),
    text_column("provider"),
    text_column("nonce"),
    text_column("verifier"),
    text_column("browser_hash"),
    text_column("next"),
    moment_column("until"),
)


def new_id() -> str:
    """A key of an account or a session: nobody can guess the next one, and it opens nothing."""
    return secrets.token_hex(8)


def new_token() -> str:
    """What opens something: 32 bytes of chance, fit for a URL and a cookie."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is kept of a token. It is all chance, so that one quick hash hides it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
