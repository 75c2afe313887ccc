"""The history of refreshes: what ran when, for whom, and how it came out; and what is running now.

refresh/lock            held while a source is refreshed: one at a time
refresh/scheduler.lock  held by the one process that refreshes by the clock
refresh/NAME.jsonl      a line when a run of that source begins and one when it ends; lines are only added
refresh/running.json    how far the run is that holds the lock

A run that began and never ended was interrupted: its process was killed, or the computer went off.
"""

import datetime as dt
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from data import locks
from data.errors import BadInput, BuildInProgress
from data.loading import connections, source_file
from data.loading.connections import Connection
from data.settings import PROJECT

Outcome = Literal["running", "done", "failed", "stopped", "interrupted"]
By = Literal["hand", "page", "schedule"]

RETRY_AFTER = (dt.timedelta(minutes=1), dt.timedelta(minutes=5), dt.timedelta(minutes=25))
_TAIL = 1 << 16  # bytes of a history that are read: some hundred runs


@dataclass(frozen=True)
class Run:
    """One run of one source; moments are UTC. `attempt` is 1, or above for one that tries again.

    `changed` is False where the source held nothing new; `snapshot` is what was published, if anything was.
    """

    run: str
    source: str
    by: By
    began: dt.datetime
    attempt: int = 1
    outcome: Outcome = "running"
    ended: dt.datetime | None = None
    changed: bool = False
    rows_in: int = 0
    loaded: int = 0
    quarantined: int = 0
    snapshot: str = ""
    error: str = ""

    @property
    def took(self) -> float | None:
        """Seconds from its beginning to its end; None where it has none."""
        return (self.ended - self.began).total_seconds() if self.ended else None


@dataclass(frozen=True)
class Standing:
    """How a source stands: its last runs, newest first, when it is due, and what is wrong with it if anything is.

    `flaw` is "broken" where its file cannot be read, "failed" where the last run did not come through, "stale" where
    none did for longer than it says. `connection` is None where the file cannot be read; `error` says why.
    """

    name: str
    connection: Connection | None
    runs: tuple[Run, ...]
    last_done: dt.datetime | None
    due: dt.datetime | None
    flaw: Literal["", "broken", "failed", "stale"] = ""
    error: str = ""


def root(home: Path) -> Path:
    """Where the history is kept."""
    return home / "refresh"


@contextmanager
def lock(home: Path, name: str = "lock") -> Iterator[None]:
    """Holds a lock that the kernel frees if the process dies. Raises BuildInProgress where another process holds it."""
    root(home).mkdir(parents=True, exist_ok=True)
    with (root(home) / name).open("a+", encoding="utf-8") as handle:
        if not locks.take(handle):
            raise BuildInProgress(
                "Another refresh is running.", f"It holds {root(home) / name}.", "Wait for it to finish and try again."
            )
        yield


def is_locked(home: Path, name: str = "lock") -> bool:
    """Whether some process holds that lock."""
    return locks.is_held(root(home) / name)


def begin(home: Path, source: str, by: By) -> Run:
    """Enters that a run began. The caller holds the lock."""
    (root(home) / "running.json").unlink(missing_ok=True)  # of a run that was killed
    last = next(iter(history(home, source, limit=1)), None)
    attempt = last.attempt + 1 if last and _is_tried_again(last) else 1
    run = Run(secrets.token_hex(6), source, by, dt.datetime.now(dt.UTC), attempt)
    report_progress(home, run, "", 0)
    _append(home, run)
    return run


def end(home: Path, run: Run, outcome: Outcome, **found: Any) -> Run:
    """Enters how a run came out; `found` are further fields of it."""
    ended = replace(run, outcome=outcome, ended=dt.datetime.now(dt.UTC), **found)
    _append(home, ended)
    (root(home) / "running.json").unlink(missing_ok=True)
    return ended


def start(name: str) -> None:
    """Begins to refresh a source in a process of its own, which goes on whoever looks."""
    subprocess.Popen(  # noqa: S603 (our own command, and a name that is one of our files)
        [sys.executable, "-m", "service", "refresh", name, "--by", "page"],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the history has it
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def report_progress(home: Path, run: Run, step: str, share: float) -> None:
    """Says how far a run is: the step in words, and the share of it done, 0 to 1."""
    place = root(home) / "running.json"
    unfinished = place.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"run": run.run, "step": step, "share": round(share, 3)}), encoding="utf-8")
    unfinished.replace(place)


def progress(home: Path) -> tuple[str, str, float] | None:
    """The run that goes on, its step in words and the share done; None where none is known."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        said = json.loads((root(home) / "running.json").read_text(encoding="utf-8"))
        if is_locked(home):
            return str(said["run"]), str(said["step"]), float(said["share"])
    return None


def history(home: Path, source: str, limit: int = 100) -> list[Run]:
    """The last runs of a source, newest first. What began and never ended is `interrupted`, unless it goes on."""
    found: dict[str, Run] = {}
    for line in _tail(root(home) / f"{source}.jsonl"):
        with suppress(ValueError, TypeError, KeyError):  # a line cut short by a kill or a full disk
            run = _run(json.loads(line))
            found[run.run] = run
    newest_first = list(found.values())[::-1]
    goes_on = progress(home)
    return [
        run if run.outcome != "running" or (goes_on and goes_on[0] == run.run) else replace(run, outcome="interrupted")
        for run in newest_first[:limit]
    ]


def due(connection: Connection, past: list[Run], now: dt.datetime) -> dt.datetime | None:
    """When a source is to run next; None for one refreshed by hand alone.

    What failed, or was interrupted, is tried again after the pauses of RETRY_AFTER, then at its usual time.
    """
    if not (connection.at or connection.every):
        return None
    if not past:
        return now
    last = past[0]
    usual = connection.next_after(last.began)
    if _is_tried_again(last):
        again = (last.ended or last.began) + RETRY_AFTER[last.attempt - 1]
        return min(again, usual) if usual else again
    return usual


def _is_tried_again(run: Run) -> bool:
    """Whether another attempt follows a run by itself; what a person stopped stays stopped."""
    went_wrong = run.outcome in ("failed", "interrupted") or (run.outcome == "stopped" and run.by == "schedule")
    return went_wrong and run.attempt <= len(RETRY_AFTER)


def standing(home: Path, name: str, now: dt.datetime) -> Standing:
    """How one source stands at a moment."""
    past = history(home, name)
    done = next((run.ended for run in past if run.outcome == "done"), None)
    try:
        connection = connections.read(home, name)
    except BadInput as error:
        return Standing(name, None, tuple(past), done, None, "broken", str(error))
    after = connection.stale_after
    flaw: Literal["", "failed", "stale"] = ""
    finished = [run for run in past if run.outcome != "running"]
    if finished and finished[0].outcome in ("failed", "interrupted"):
        flaw = "failed"
    if after and past and now - (done or past[-1].began) > after:
        flaw = "stale"
    error_text = finished[0].error if flaw and finished else ""
    return Standing(name, connection, tuple(past), done, due(connection, past, now), flaw, error_text)


def standings(home: Path, now: dt.datetime) -> list[Standing]:
    """How every source stands, by name."""
    return [standing(home, name, now) for name in source_file.names(home)]


def _append(home: Path, run: Run) -> None:
    place = root(home) / f"{run.source}.jsonl"
    said = {key: value for key, value in asdict(run).items() if value not in (None, "")}
    text = json.dumps(said, ensure_ascii=False, default=dt.datetime.isoformat)
    descriptor = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, b"\n" * bool(torn) + text.encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tail(place: Path) -> list[str]:
    try:
        with place.open("rb") as handle:
            size = handle.seek(0, os.SEEK_END)
            handle.seek(max(size - _TAIL, 0))
            return handle.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []


_FIELDS = frozenset(each.name for each in fields(Run))


def _run(said: dict[str, Any]) -> Run:
    moments: dict[str, Any] = {key: dt.datetime.fromisoformat(said[key]) for key in ("began", "ended") if key in said}
    known: dict[str, Any] = {key: value for key, value in said.items() if key in _FIELDS}
    return Run(**known | moments)
