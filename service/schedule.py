"""python -m service run: refreshes every source when it is due, until it is told to end. Once a day old things go.

Beside that it sends what is due to people, whether or not a refresh is running.

One process does it: the first to hold the lock leads, another waits and takes over when that one ends. Each refresh is
a process of its own, so that what goes wrong in one is over with it. What is due follows from the history alone: a
scheduler that was killed, or was not running at the hour, makes up for it once when it is started again.
"""

import datetime as dt
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from data.errors import BuildInProgress, OrderbeatError
from data.loading import runs
from data.settings import PROJECT, Settings
from service import retention
from service.sending import sender
from service.sending.problems import going_on

LEADER = "scheduler.lock"
_LOOK_EVERY = 5.0  # seconds; sources may be described, and refreshed by hand, while it runs
_SEND_EVERY = 20.0
_NOT_BEGUN = 60.0  # seconds until a refresh that could not even enter its beginning is started again

Say = Callable[[str], None]


def run(where: Settings, say: Say) -> None:
    """Refreshes what is due until SIGTERM or Ctrl+C; then the refresh that runs ends between two of its steps."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _wait_to_lead(where, asked, say)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_to_lead(where: Settings, asked: threading.Event, say: Say) -> None:
    said, cleared = False, dt.date.min
    while not asked.is_set():
        try:
            with runs.lock(where.home, LEADER):
                say("Refreshing what is due.")
                with _sending(where, asked, say):
                    while not asked.is_set():
                        cleared = _cleared(where, cleared, say)
                        if not _one(where, asked, say):
                            asked.wait(_LOOK_EVERY)
                say("Ended.")
                return
        except BuildInProgress:
            if not said:
                say("Another scheduler is running; this one waits to take over.")
                said = True
            asked.wait(_LOOK_EVERY)


@contextmanager
def _sending(where: Settings, asked: threading.Event, say: Say) -> Iterator[None]:
    """Sends what is due, in a thread of its own, until asked to end; a letter that is under way is finished."""

    def send() -> None:
        last: list[str] = []
        while not asked.wait(_SEND_EVERY):
            said: list[str] = []
            with going_on(said, "Nothing could be sent", "sending"):
                said += sender.run(where)
            if said != last:  # what stays wrong is said once
                for line in said:
                    say(line)
            last = said

    thread = threading.Thread(target=send, name="sending")
    thread.start()
    try:
        yield
    finally:
        asked.set()
        thread.join()


def _cleared(where: Settings, last: dt.date, say: Say) -> dt.date:
    """Takes away what is kept too long, at the first look of a day; gives the day of which that is done."""
    today = dt.datetime.now(dt.UTC).date()
    if today > last:
        try:
            for line in retention.keep_to(where):
                say(line)
        except BuildInProgress:
            return last  # the next look does it
        except OrderbeatError as error:
            say(f"What is older than the settings say was not removed: {error}")
    return today


def _one(where: Settings, asked: threading.Event, say: Say) -> bool:
    """Refreshes the source that has been due longest; False where none is due, or a refresh by hand is running."""
    now = dt.datetime.now(dt.UTC)
    waiting = [(each.due, each.name) for each in runs.standings(where.home, now) if each.due and each.due <= now]
    if not waiting or runs.is_locked(where.home):
        return False
    _, name = min(waiting)
    before = _last(where, name)
    say(f"{name}: begins")
    child = subprocess.Popen(  # noqa: S603 (our own command, and a name that is one of our files)
        [sys.executable, "-m", "service", "refresh", name, "--by", "schedule"],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,  # the history has it
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C is this process's to pass on
    )
    while child.poll() is None:
        if asked.wait(0.2):
            child.terminate()
            child.wait()
    last = _last(where, name)
    if last is None or (before and before.run == last.run):
        say(f"{name}: did not begin; `python -m service refresh {name}` says why")
        asked.wait(_NOT_BEGUN)
        return True
    say(f"{name}: {_outcome(last)}")
    return True


def _last(where: Settings, name: str) -> runs.Run | None:
    return next(iter(runs.history(where.home, name, limit=1)), None)


def _outcome(last: runs.Run) -> str:
    if last.outcome != "done":
        return " ".join(filter(None, [last.outcome, last.error]))
    return f"done, {last.loaded:,} rows loaded, {last.quarantined:,} quarantined" if last.changed else "nothing new"
