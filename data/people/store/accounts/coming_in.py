"""The ways in: a password, an identity of the company's provider, a one-time link. Each begins a session, or refuses.

A refusal is the same, and takes as long, whether there is such an account or not.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher

from data.errors import BadInput, NotLetIn, SecondFactorNeeded
from data.people.person import Role
from data.people.store import chain
from data.people.store.accounts import attempts, half_way, identities, links, passwords, people, second_factor, sessions
from data.people.store.accounts.people import Account
from data.people.store.accounts.sessions import Entered
from data.people.store.accounts.tables import ACCOUNTS, LINKS, hashed, new_id
from data.people.store.database import Store
from data.people.store.tables import is_storable, require_key


def with_password(
    store: Store,
    *,
    email: str,
    password: str,
    code: str = "",
    address: str = "",
    device: str = "",
    lasts: timedelta = sessions.ABSOLUTE,
    hasher: PasswordHasher = passwords.HASHER,
) -> Entered:
    """Begins a session of whoever knows the password and, where one is set, has the second factor.

    Raises TooManyAttempts, SecondFactorNeeded where only the `code` is missing, whose token `half_way` is for
    `with_code`, NotLetIn for everything else.
    """
    known = _normal(email)
    counted_by = attempts.keys(known, address)
    attempts.begin(store, counted_by)
    with store.reading() as connection:
        row = connection.execute(sa.select(ACCOUNTS).where(ACCOUNTS.c.email == known)).first()
    is_right = passwords.is_right(row.password_hash if row else None, password, hasher)
    if row is None or not row.is_active or not is_right:
        raise _refused(store, row.id if row else "", "password", address)
    # The same account still, with the same password: whoever shuts it out comes before this, or after.
    unchanged = (ACCOUNTS.c.id == row.id, ACCOUNTS.c.is_active, ACCOUNTS.c.password_hash == row.password_hash)
    if row.totp_secret is not None and not code.strip():
        missing = _code_is_missing()
        with store.keeping() as connection:
            if connection.execute(sa.select(ACCOUNTS.c.id).where(*unchanged).with_for_update()).first():
                attempts.take_back(connection, counted_by, is_in=False)
                missing.half_way = half_way.begin(connection, row.id)
        raise missing if missing.half_way else _refused(store, row.id, "password", address)
    newer = passwords.hashed(password, hasher) if hasher.check_needs_rehash(row.password_hash) else row.password_hash
    with store.keeping() as connection:
        seen = sa.update(ACCOUNTS).where(*unchanged).values(last_seen_at=datetime.now(UTC), password_hash=newer)
        if connection.execute(seen).rowcount and _has_second_factor(connection, row.id, code):
            attempts.take_back(connection, counted_by, is_in=True)
            account = people.one(connection, row.id)
            return sessions.begin(connection, account, how="password", address=address, device=device, lasts=lasts)
    raise _refused(store, row.id, "second factor", address)


def with_code(
    store: Store,
    *,
    token: str,
    code: str,
    address: str = "",
    device: str = "",
    lasts: timedelta = sessions.ABSOLUTE,
) -> Entered:
    """Begins a session of whom a right password let half-way in, and who has the second factor.

    Each code counts as an attempt; a wrong one leaves them half-way. Raises TooManyAttempts, NotLetIn for a wrong
    code, and where nobody is half-way in by that token, or no longer.
    """
    with store.reading() as connection:
        account_id = half_way.account_id_of(connection, token)
        known = people.one(connection, account_id) if account_id else None
    if known is None:
        raise _no_longer_half_way()
    counted_by = attempts.keys(known.email or "", address)
    attempts.begin(store, counted_by)
    with store.keeping() as connection:
        # The account first, in the order of whoever shuts it out.
        seen = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == known.id, ACCOUNTS.c.is_active)
        is_open = connection.execute(seen.values(last_seen_at=datetime.now(UTC))).rowcount == 1
        if is_open and half_way.use(connection, token) and second_factor.is_right(connection, known.id, code):
            attempts.take_back(connection, counted_by, is_in=True)
            account = people.one(connection, known.id)
            return sessions.begin(connection, account, how="password", address=address, device=device, lasts=lasts)
        connection.rollback()
    _tell(store, known.id, "second factor", address)
    raise _wrong_code()


def is_half_way(store: Store, token: str) -> bool:
    """Whether a token of `with_password` still waits for its code."""
    with store.reading() as connection:
        return half_way.account_id_of(connection, token) is not None


def with_identity(  # noqa: PLR0913 (all that a provider says of somebody)
    store: Store,
    *,
    issuer: str,
    subject: str,
    email: str,
    is_email_verified: bool,
    name: str = "",
    groups: Iterable[str] = (),
    address: str = "",
    device: str = "",
    lasts: timedelta = sessions.ABSOLUTE,
) -> Entered:
    """Begins a session of whom the provider says this is.

    An identity that is not bound yet is bound to the account of its e-mail, if the provider verified it, once for each
    provider. Where groups give roles they do so at each sign-in; then they also let in whom nobody invited, if their
    roles need neither rep nor team. Raises NotLetIn for everybody else.
    """
    given = tuple(groups)
    try:
        _require_identity(issuer, subject)
        with store.keeping() as connection:
            people.lock(connection)
            account = _account_of(
                connection, issuer, subject, email=email if is_email_verified else "", name=name, groups=given
            )
            seen = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account.id, ACCOUNTS.c.is_active)
            if connection.execute(seen.values(last_seen_at=datetime.now(UTC))).rowcount == 0:
                raise _unknown_identity()
            return sessions.begin(connection, account, how="identity", address=address, device=device, lasts=lasts)
    except NotLetIn:
        _tell(store, _owner(store, issuer, subject), "identity", address)
        raise


def by_link(
    store: Store,
    *,
    token: str,
    password: str,
    code: str = "",
    address: str = "",
    device: str = "",
    lasts: timedelta = sessions.ABSOLUTE,
    hasher: PasswordHasher = passwords.HASHER,
) -> Entered:
    """Uses a link up, sets the password, ends every session there was, and begins a new one.

    Raises NotLetIn for a link that opens nothing, BadInput for a password that is not good enough, SecondFactorNeeded
    and TooManyAttempts as `with_password`; the link then works still.
    """
    found = links.link_of(store, token)
    passwords.require_good(password, name=found.name, email=found.email)
    if found.has_second_factor and not code.strip():
        raise _code_is_missing()
    counted_by = attempts.keys(found.email, address)
    attempts.begin(store, counted_by)
    kept = passwords.hashed(password, hasher)
    with store.keeping() as connection:
        # The account first, in the order of whoever shuts it out.
        is_of_link = sa.exists().where(LINKS.c.token_hash == hashed(token), LINKS.c.account_id == ACCOUNTS.c.id)
        of_account = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == found.account_id, ACCOUNTS.c.is_active, is_of_link)
        if connection.execute(of_account.values(password_hash=kept, last_seen_at=datetime.now(UTC))).rowcount == 0:
            raise links.no_longer()
        if _has_second_factor(connection, found.account_id, code):
            links.use(connection, token)
            attempts.take_back(connection, counted_by, is_in=True)
            account = people.one(connection, found.account_id)
            author = people.author_of(account)
            ended = sessions.end_all(connection, account.id)
            detail = {"by": found.purpose, "sessions_ended": ended}
            chain.record(connection, by=author, did="password_set", about=account.id, detail=detail, address=address)
            return sessions.begin(connection, account, how="link", address=address, device=device, lasts=lasts)
        connection.rollback()
    raise _refused(store, found.account_id, "second factor", address)


def _account_of(
    connection: sa.Connection, issuer: str, subject: str, *, email: str, name: str, groups: tuple[str, ...]
) -> Account:
    """The account of an identity, bound or made now, with the roles that its groups give. Raises NotLetIn."""
    roles = identities.roles_of(connection, groups)
    if roles is not None and not roles:
        raise _unknown_identity()
    account_id = identities.account_id_of(connection, issuer, subject)
    try:
        if account_id is None:
            account_id = _bound_now(connection, issuer, subject, email=email, name=name, roles=roles)
        account = people.one(connection, account_id)
        if roles is not None and roles != account.roles and account.is_active:
            kept = people.checked(account.name, roles, account.rep, account.team)
            detail = people.put(connection, account_id, kept) | {"by": "groups"}
            chain.record(connection, by=None, did="person_changed", about=account_id, detail=detail)
            account = people.one(connection, account_id)
    except BadInput as error:
        raise NotLetIn(error.what, error.cause, "Ask your administrator.") from error
    return account


def _bound_now(
    connection: sa.Connection,
    issuer: str,
    subject: str,
    *,
    email: str,
    name: str,
    roles: frozenset[Role] | None,
) -> str:
    address = _normal(email)
    if not address:
        raise _unknown_identity()
    found = people.accounts(connection, ACCOUNTS.c.email == address)
    if found:
        account_id = found[0].id
        if not found[0].is_active or any(of == issuer for of, _ in found[0].identities):
            raise _unknown_identity()
    elif roles:
        account_id = new_id()
        kept = people.checked(name or address, roles, None, None)
        people.add(connection, account_id, address, kept)
        detail = {"roles": kept["roles"], "by": "groups"}
        chain.record(connection, by=None, did="invited", about=account_id, detail=detail)
    else:
        raise _unknown_identity()
    identities.add(connection, account_id, issuer, subject)
    detail = {"issuer": issuer, "by": "e-mail"}
    chain.record(connection, by=None, did="identity_bound", about=account_id, detail=detail)
    return account_id


def _normal(email: str) -> str:
    """An e-mail as accounts have it, "" for what is none."""
    try:
        return people.normal_email(email)
    except BadInput:
        return ""


def _require_identity(issuer: str, subject: str) -> None:
    try:
        require_key(issuer, subject)
    except BadInput:
        raise _unknown_identity() from None
    if not (issuer and subject):
        raise _unknown_identity()


def _owner(store: Store, issuer: str, subject: str) -> str:
    """Whose account an identity is of, "" where it is nobody's."""
    if not (is_storable(issuer) and is_storable(subject)):
        return ""
    with store.reading() as connection:
        return identities.account_id_of(connection, issuer, subject) or ""


def _has_second_factor(connection: sa.Connection, account_id: str, code: str) -> bool:
    if not people.one(connection, account_id).has_second_factor:
        return True
    return second_factor.is_right(connection, account_id, code)


def _refused(store: Store, account_id: str, how: str, address: str) -> NotLetIn:
    _tell(store, account_id, how, address)
    return NotLetIn(
        "You could not be let in.",
        "The e-mail address, the password or the code is not right, or the account is not open.",
        "Try again, or ask your administrator for a link.",
    )


def _tell(store: Store, account_id: str, how: str, address: str) -> None:
    """Into the audit; of an account that is none, nothing that was typed: it may be a password."""
    with store.keeping() as connection:
        chain.record(connection, by=None, did="sign_in_failed", about=account_id, detail={"how": how}, address=address)


def _code_is_missing() -> SecondFactorNeeded:
    return SecondFactorNeeded(
        "The code of your second factor is missing.", "Your account has one.", "Enter the code that your app shows."
    )


def _wrong_code() -> NotLetIn:
    return NotLetIn(
        "This code is not right.",
        "It is over after 30 seconds, works once, and needs the clock of the device to be right.",
        "Enter the code that the app shows now, or a recovery code.",
    )


def _no_longer_half_way() -> NotLetIn:
    return NotLetIn(
        "This sign-in is over.", "The code came more than ten minutes after the password.", "Begin once more."
    )


def _unknown_identity() -> NotLetIn:
    return NotLetIn(
        "You are not let in yet.",
        "Nobody has invited you, or not with this e-mail address, or your account is closed.",
        "Ask your administrator to invite you.",
    )
