"""Changing one's own password: the old one is asked, and every other session ends."""

import sqlalchemy as sa
from argon2 import PasswordHasher

from data.errors import BadInput, NotLetIn
from data.people.store import chain
from data.people.store.accounts import attempts, passwords, people, sessions
from data.people.store.accounts.sessions import Session
from data.people.store.accounts.tables import ACCOUNTS, LINKS
from data.people.store.database import Store


def change(
    store: Store,
    own: Session,
    *,
    old: str,
    new: str,
    address: str = "",
    hasher: PasswordHasher = passwords.HASHER,
) -> int:
    """Sets the password of whose session this is, ends their other sessions and links; returns how many sessions.

    Raises TooManyAttempts, NotLetIn for a wrong old password, which counts as an attempt to come in, BadInput for a
    new one that is not good enough or the old one, and for an account that has none.
    """
    with store.reading() as connection:
        account = people.one(connection, own.account_id)
        of_account = ACCOUNTS.c.id == account.id
        kept_old = connection.execute(sa.select(ACCOUNTS.c.password_hash).where(of_account)).scalar()
    if kept_old is None:
        raise BadInput(
            "You have no password here.", "The identity provider lets you in.", "Change the password you have there."
        )
    counted_by = attempts.keys(account.email or "", address)
    attempts.begin(store, counted_by)
    if not passwords.is_right(kept_old, old, hasher):
        raise _refused(store, own, address)
    with store.keeping() as connection:
        attempts.take_back(connection, counted_by, is_in=True)
    passwords.require_good(new, name=account.name, email=account.email or "")
    if passwords.is_right(kept_old, new, hasher):
        raise BadInput("This is the password you have.", "A new one is another.", "Choose another.")
    kept_new = passwords.hashed(new, hasher)
    with store.keeping() as connection:
        unchanged = (of_account, ACCOUNTS.c.is_active, ACCOUNTS.c.password_hash == kept_old)
        if connection.execute(sa.update(ACCOUNTS).where(*unchanged).values(password_hash=kept_new)).rowcount == 0:
            raise BadInput("Somebody else did this at the same moment.", "Another tab may be open.", "Reload the page.")
        connection.execute(sa.delete(LINKS).where(LINKS.c.account_id == account.id))
        ended = sessions.end_all(connection, account.id, own.id)
        author, detail = people.author_of(account), {"by": "old password", "sessions_ended": ended}
        chain.record(
            connection, by=author, did="password_set", about=account.id, detail=detail, address=address, session=own.id
        )
    return ended


def _refused(store: Store, own: Session, address: str) -> NotLetIn:
    author, detail = own.person.author, {"how": "old password"}
    with store.keeping() as connection:
        chain.record(
            connection, by=author, did="sign_in_failed", about=own.account_id, detail=detail, address=address,
            session=own.id,
        )  # fmt: skip
    return NotLetIn("The old password is not right.", "", "Type it again, or ask your administrator for a link.")
