"""Everything that can go wrong in a way the user can mend, each with its cause and its remedy.

What nobody foresaw is no OrderbeatError: it is logged under an id and counted, so that an administrator learns of it.
"""

import datetime as dt
import logging
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime


class OrderbeatError(Exception):
    """What happened, why it most likely happened, and what to do about it.

    `exit_code` is what the command line returns; the pages show the three sentences on one card.
    """

    exit_code = 1

    def __init__(self, what: str, cause: str = "", remedy: str = "") -> None:
        super().__init__(" ".join(part for part in (what, cause, remedy) if part))
        self.what = what
        self.cause = cause
        self.remedy = remedy


class BadInput(OrderbeatError):
    """A file, a folder, a mapping or a setting that cannot be used as given."""

    exit_code = 3


class Damaged(BadInput):
    """What was kept no longer is what was written: a file that changed, was cut short or is gone."""


class FromNewerRelease(BadInput):
    """What was kept was written by a release newer than this one, in a form this one does not know."""


class ChecksFailed(OrderbeatError):
    """A built warehouse broke a check of level "fail" and was therefore not published."""

    exit_code = 4


class BuildInProgress(OrderbeatError):
    """Another process holds the build lock."""

    exit_code = 5


class NothingLoaded(OrderbeatError):
    """There is no published snapshot, or nothing to build one from."""

    exit_code = 6


class DiskProblem(OrderbeatError):
    """The disk is full or cannot be written; what was published before is untouched."""

    exit_code = 7


class StoreUnavailable(OrderbeatError):
    """The store of what people write is busy, damaged, or cannot be reached."""


class AccessDenied(OrderbeatError):
    """The person may not see or do this, or the statement is not one of ours."""

    exit_code = 8


class QueryStopped(OrderbeatError):
    """A query ran past its time or memory limit and was stopped."""

    exit_code = 9


class Conflict(OrderbeatError):
    """Somebody acted on the same alert first: `by_name` did `did` (a code) at `at` (UTC).

    The sentences do not say who: not everybody who may act is told who else does.
    """

    exit_code = 10

    def __init__(self, by_name: str, did: str, at: datetime) -> None:
        super().__init__(
            "Somebody else acted on this first.",
            "The alert changed after it was shown here; nothing was written.",
            "Look at it again, then decide.",
        )
        self.by_name = by_name
        self.did = did
        self.at = at


class NothingCameIn(OrderbeatError):
    """A load of a table without which nothing can be shown left every one of its rows in the quarantine."""

    exit_code = 11


class NotLetIn(OrderbeatError):
    """Whoever asks is not let in; the sentences do not say whether there is such an account."""

    exit_code = 12


class SecondFactorNeeded(NotLetIn):
    """All else was right: the code of the second factor is missing. Who has `half_way` gives it without the rest."""

    half_way: str = ""  # a token, where one was given


class TooManyAttempts(NotLetIn):
    """Too many attempts went before; the next is looked at in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many attempts.",
            "Somebody tried to come in several times and did not.",
            "Wait a little, then try again.",
        )
        self.seconds = seconds


@dataclass(frozen=True)
class Unforeseen:
    """How many unforeseen errors this process met since it started, and the id and moment (UTC) of the last."""

    since: dt.datetime
    count: int = 0
    last_id: str = ""
    last_at: dt.datetime | None = None


_log = logging.getLogger("orderbeat.errors")
_lock = threading.Lock()
_unforeseen = Unforeseen(dt.datetime.now(dt.UTC))


def unforeseen() -> Unforeseen:
    """What this process met so far."""
    return _unforeseen


def note(error: BaseException, where: str) -> str:
    """Writes an unforeseen error to the log under an id, counts it, and gives the id.

    An error that passes several hands is one: it keeps the id it got first.
    """
    global _unforeseen  # noqa: PLW0603 (one count a process)
    with _lock:
        known = getattr(error, "_orderbeat_id", None)
        if known is not None:
            return str(known)
        identifier = secrets.token_hex(4)
        error._orderbeat_id = identifier  # type: ignore[attr-defined]  # noqa: SLF001 (ours)
        now = dt.datetime.now(dt.UTC)
        _unforeseen = Unforeseen(_unforeseen.since, _unforeseen.count + 1, identifier, now)
    _log.error("%s failed, id %s", where, identifier, exc_info=error)
    return identifier
