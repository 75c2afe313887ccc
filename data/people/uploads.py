"""Which sessions of the screen may send files: those of people who may load. The door for requests asks here.

A session is entered at each of its runs, with whoever looks then; the sessions of one process are known, no others.
"""

import threading
from collections import OrderedDict

from data.people.permissions import allowed
from data.people.person import Person

MOST_SESSIONS = 1000
MOST_AT_ONCE = 40  # files a session may send before the page has laid them on disk

_open: OrderedDict[str, int] = OrderedDict()
_lock = threading.Lock()


def settle(session: str, person: Person) -> None:
    """Enters a session, or takes it out, as whoever looks may load or not."""
    with _lock:
        if not allowed(person, "load"):
            _open.pop(session, None)
            return
        _open[session] = _open.get(session, 0)
        _open.move_to_end(session)
        while len(_open) > MOST_SESSIONS:
            _open.popitem(last=False)


def may_load(session: str) -> bool:
    """Whether whoever looks in a session may load."""
    with _lock:
        return session in _open


def takes(session: str) -> bool:
    """Whether one more file is taken from a session, which then counts."""
    with _lock:
        if _open.get(session, MOST_AT_ONCE) >= MOST_AT_ONCE:
            return False
        _open[session] += 1
        return True


def takes_back(session: str) -> bool:
    """Whether a session may take a file back, which then no longer counts."""
    with _lock:
        if session not in _open:
            return False
        _open[session] = max(0, _open[session] - 1)
        return True


def laid_down(session: str) -> None:
    """The files that a session sent lie on disk: it may send others."""
    with _lock:
        if session in _open:
            _open[session] = 0
