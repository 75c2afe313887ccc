"""What each open tab was given: which tab is whose, and which files it was promised or may fetch.

Streamlit itself hands a tab to whoever names its id, makes a promised file for whoever names its placeholder, and sends
a file to whoever knows its address. So what was given is kept here, by session, and nothing else is let through.
"""

from collections import OrderedDict

_MOST = 20_000  # tabs and files of one process; the oldest are forgotten, and asked for anew by their page


class Given:
    """Which session each name (a tab's id, a placeholder, a file's path) was given to."""

    def __init__(self, most: int = _MOST) -> None:
        self._of: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._most = most

    def give(self, session_id: str, name: str) -> None:
        """Remembers that a session was given a name."""
        self._of[session_id, name] = None
        self._of.move_to_end((session_id, name))
        while len(self._of) > self._most:
            self._of.popitem(last=False)

    def has(self, session_id: str, name: str) -> bool:
        """Whether that session was given that name."""
        return (session_id, name) in self._of
