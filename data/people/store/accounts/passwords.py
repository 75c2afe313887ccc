"""Passwords: which are good enough, and how they are kept and compared (argon2id)."""

import secrets
import threading
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.errors import BadInput

SHORTEST = 12
LONGEST = 200  # characters; beyond, hashing costs and nobody types it
_LEAST_SCORE = 3  # of 0 to 4: 10**8 guesses do not find it
_READ = 72  # characters that are looked at for what is common; zxcvbn takes no more

HASHER = PasswordHasher()
# Each takes 64 MiB: whoever asks for a hundred at once waits, instead of taking the memory of all.
_few = threading.Semaphore(4)


def require_good(password: str, *, name: str, email: str) -> None:
    """Raises BadInput for a password that is too short, too common, or says who it is of."""
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise BadInput(
            "This password is too short." if len(text) < SHORTEST else "This password is too long.",
            "A password has 12 to 200 characters.",
            "A few words in a row are easy to keep in mind.",
        )
    from zxcvbn import zxcvbn  # noqa: PLC0415 (its lists of words take long to load, and are seldom asked)

    known = [name, *name.split(), email, *email.replace("@", ".").split("."), "orderbeat"]
    of_person = [word for word in known if len(word) > 2]
    is_plain = any(word.casefold() in text.casefold() for word in (email, name) if len(word) > 2)
    if is_plain or zxcvbn(text[:_READ], user_inputs=of_person)["score"] < _LEAST_SCORE:
        raise BadInput(
            "This password is too easy to guess.",
            "It is common, or made of your name, of what lies side by side on a keyboard, or of repetitions.",
            "A few words in a row that have nothing to do with each other are harder to guess.",
        )


def hashed(password: str, hasher: PasswordHasher = HASHER) -> str:
    """What is kept of a password."""
    with _few:
        return hasher.hash(_normal(password))


def is_right(kept: str | None, password: str, hasher: PasswordHasher = HASHER) -> bool:
    """Whether this is the password of which that was kept; without one it takes as long, and is none."""
    nobodys = _nobodys(hasher)
    text = _normal(password[:LONGEST])
    with _few:
        try:
            is_same = hasher.verify(kept or nobodys, text)
        except (VerificationError, InvalidHashError):
            return False
    return is_same and kept is not None and len(password) <= LONGEST


@lru_cache(maxsize=4)
def _nobodys(hasher: PasswordHasher) -> str:
    """Compared with where there is no account, so that nobody can tell by the time it takes."""
    return hasher.hash(secrets.token_urlsafe(32))


def _normal(password: str) -> str:
    """The same letters however a keyboard puts them together."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode("utf-8")
