"""The second factor: six digits that change every 30 seconds (TOTP), or a recovery code. Each works once."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyotp
import sqlalchemy as sa

from data.errors import BadInput
from data.people.person import Person
from data.people.store import chain
from data.people.store.accounts import half_way, people
from data.people.store.accounts.tables import ACCOUNTS, RECOVERY_CODES, SESSIONS, hashed
from data.people.store.database import Store

_STEP = 30  # seconds
_AROUND = 1  # steps that a clock may be off, before or after
_RECOVERY_CODES = 10
_ISSUER = "Orderbeat"


@dataclass(frozen=True)
class Begun:
    """What an app is to be given: the secret to type, and the address that a QR code shows."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def begin(store: Store, account_id: str) -> Begun:
    """A new secret, which counts from when a code of it is confirmed. Raises BadInput where a second factor is set."""
    secret = pyotp.random_base32()
    with store.keeping() as connection:
        account = people.one(connection, account_id)
        _require_none(account)
        connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(totp_begun=secret))
    return _begun(account, secret)


def begun(store: Store, account_id: str) -> Begun:
    """The secret that was begun last and is not confirmed yet. Raises BadInput where there is none."""
    with store.reading() as connection:
        account = people.one(connection, account_id)
        _require_none(account)
        secret = connection.execute(sa.select(ACCOUNTS.c.totp_begun).where(ACCOUNTS.c.id == account_id)).scalar()
    if not secret:
        raise BadInput("No second factor was begun.", "Another tab may have set it.", "Reload the page.")
    return _begun(account, secret)


def confirm(store: Store, account_id: str, code: str, *, now: datetime | None = None) -> list[str]:
    """Sets the second factor that was begun, and returns the recovery codes: they are shown this once.

    Raises BadInput for a wrong code, or where nothing was begun.
    """
    codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
    with store.keeping() as connection:
        account = people.one(connection, account_id)
        _require_none(account)
        of_account = ACCOUNTS.c.id == account_id
        begun = connection.execute(sa.select(ACCOUNTS.c.totp_begun).where(of_account)).scalar()
        step = _step_of(begun, code, now) if begun else None
        if step is None:
            raise BadInput(
                "This code is not right.",
                "It is over after 30 seconds, or the clock of the device is wrong.",
                "Enter the code that the app shows now.",
            )
        set_now = {"totp_secret": begun, "totp_begun": None, "totp_step": step}
        written = sa.update(ACCOUNTS).where(of_account, ACCOUNTS.c.totp_begun == begun).values(**set_now)
        if connection.execute(written).rowcount == 0:
            raise BadInput("Somebody else did this at the same moment.", "Another tab may be open.", "Reload the page.")
        connection.execute(sa.delete(RECOVERY_CODES).where(RECOVERY_CODES.c.account_id == account_id))
        rows = [{"account_id": account_id, "code_hash": hashed(_bare(code))} for code in codes]
        connection.execute(sa.insert(RECOVERY_CODES), rows)
        author = people.author_of(account)
        chain.record(connection, by=author, did="second_factor_set", about=account_id)
    return codes


def remove(store: Store, by: Person, account_id: str, code: str = "") -> None:
    """Takes the second factor away: one's own with a code of it, anybody else's by whom may manage people.

    Whoever loses it by another's hand also loses every session. Raises AccessDenied, BadInput for a wrong code.
    """
    if by.key == account_id:
        with store.keeping() as connection:
            if not is_right(connection, account_id, code):
                raise BadInput("This code is not right.", "Each code works once.", "Enter the code that is shown now.")
            take_away(connection, account_id)
            chain.record(connection, by=by.author, did="second_factor_removed", about=account_id)
        return
    with store.writing(by, "manage_people", did="second_factor_removed", about=account_id) as connection:
        people.one(connection, account_id)
        take_away(connection, account_id)
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.account_id == account_id))


def is_right(connection: sa.Connection, account_id: str, code: str, *, now: datetime | None = None) -> bool:
    """Whether a code is right, which it is once; of several who show it at once one is believed."""
    row = connection.execute(sa.select(ACCOUNTS.c.totp_secret).where(ACCOUNTS.c.id == account_id)).first()
    if row is None or row.totp_secret is None:
        return False
    step = _step_of(row.totp_secret, code, now)
    if step is not None:
        later = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id, ACCOUNTS.c.totp_step < step)
        return connection.execute(later.values(totp_step=step)).rowcount == 1
    used = sa.delete(RECOVERY_CODES).where(
        RECOVERY_CODES.c.account_id == account_id, RECOVERY_CODES.c.code_hash == hashed(_bare(code))
    )
    return connection.execute(used).rowcount == 1


def take_away(connection: sa.Connection, account_id: str) -> None:
    """Takes the second factor away within a transaction; whoever was asked for it begins anew."""
    half_way.end(connection, account_id)
    none = {"totp_secret": None, "totp_begun": None}
    connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(**none))
    connection.execute(sa.delete(RECOVERY_CODES).where(RECOVERY_CODES.c.account_id == account_id))


def left(store: Store, account_id: str) -> int:
    """How many recovery codes were not used yet."""
    query = sa.select(sa.func.count()).select_from(RECOVERY_CODES).where(RECOVERY_CODES.c.account_id == account_id)
    with store.reading() as connection:
        return connection.execute(query).scalar_one()


def _step_of(secret: str, code: str, now: datetime | None) -> int | None:
    """The time step whose code this is, of those around now."""
    digits = "".join(code.split()).encode("utf-8", "replace")
    present = int((now or datetime.now(UTC)).timestamp()) // _STEP
    totp = pyotp.TOTP(secret)
    steps = range(present - _AROUND, present + _AROUND + 1)
    right = [step for step in steps if secrets.compare_digest(totp.generate_otp(step).encode(), digits)]
    return max(right, default=None)


def _begun(account: people.Account, secret: str) -> Begun:
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=account.email or account.id, issuer_name=_ISSUER))


def _recovery_code() -> str:
    """80 bits of chance, in letters that can be told apart when read."""
    text = base64.b32encode(secrets.token_bytes(10)).decode()
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def _bare(code: str) -> str:
    return "".join(code.replace("-", "").split()).upper()


def _require_none(account: people.Account) -> None:
    if account.has_second_factor:
        raise BadInput("A second factor is set already.", "There is one at a time.", "Take the present one away first.")
