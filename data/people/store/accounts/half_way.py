"""Who is half-way in: the password was right, and the code of the second factor is awaited for some minutes."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from data.people.store.accounts.tables import HALF_WAY, hashed, new_token

LASTS = timedelta(minutes=10)


def begin(connection: sa.Connection, account_id: str) -> str:
    """Lets somebody half-way in, within the transaction that found the password right; returns the token they keep."""
    now, token = datetime.now(UTC), new_token()
    connection.execute(sa.delete(HALF_WAY).where(HALF_WAY.c.until < now))
    row = {"token_hash": hashed(token), "account_id": account_id, "until": now + LASTS}
    connection.execute(sa.insert(HALF_WAY).values(**row))
    return token


def account_id_of(connection: sa.Connection, token: str, *, now: datetime | None = None) -> str | None:
    """Whose account a token is of; None where it is over or unknown."""
    is_good = (HALF_WAY.c.token_hash == hashed(token), HALF_WAY.c.until > (now or datetime.now(UTC)))
    return connection.execute(sa.select(HALF_WAY.c.account_id).where(*is_good)).scalar()


def use(connection: sa.Connection, token: str) -> bool:
    """Uses a token up; whether it was there: of several who use it at once one wins."""
    return connection.execute(sa.delete(HALF_WAY).where(HALF_WAY.c.token_hash == hashed(token))).rowcount == 1


def end(connection: sa.Connection, account_id: str) -> None:
    """Nobody is half-way into that account any more."""
    connection.execute(sa.delete(HALF_WAY).where(HALF_WAY.c.account_id == account_id))
