"""What each open tab was given: which tab is whose, and which files it was promised or may fetch.

Streamlit itself hands a tab to whoever names its id, makes a promised file for whoever names its placeholder, and sends
a file to whoever knows its address. So what was given is kept here, by session, and nothing else is let through.
"""

from collections import OrderedDict

_MOST = 2_000  # tabs and files of one session; the oldest are forgotten, and asked for anew by their page
_MOST_SESSIONS = 5_000  # of one process; those that were given nothing for longest are forgotten


class Given:
    """Which session each name (a tab's id, a placeholder, a file's path) was given to.

    Each session has room of its own, so that none can push out what others were given.
    """

    def __init__(self, most: int = _MOST, most_sessions: int = _MOST_SESSIONS) -> None:
        self._of: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._most, self._most_sessions = most, most_sessions

    def give(self, session_id: str, name: str) -> None:
        """Remembers that a session was given a name."""
        names = self._of.setdefault(session_id, OrderedDict())
        names[name] = None
        names.move_to_end(name)
        self._of.move_to_end(session_id)
        if len(names) > self._most:
            names.popitem(last=False)
        if len(self._of) > self._most_sessions:
            self._of.popitem(last=False)

    def has(self, session_id: str, name: str) -> bool:
        """Whether that session was given that name."""
        return name in self._of.get(session_id, ())
