"""One refresh of one source: what is new lands, is loaded, built and published; the history says how it went.

Killed anywhere it leaves what was published, and the next refresh goes on: a load is there as a whole or not at all,
and what was loaded and not published is published then.
"""

import datetime as dt
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from data.errors import BadInput, NothingLoaded, OrderbeatError
from data.loading import connections, inputs, intake, runs, source_file
from data.loading.connections import Connection
from data.loading.report import Report
from data.loading.request import Request
from data.loading.runs import By, Run
from data.settings import Settings
from data.warehouse import build
from data.warehouse.engine import open_engine
from service import publishing

Progress = Callable[[str, float], None]
_LOADED = 0.5  # the share of a refresh that is done when its rows are loaded


class Stopped(KeyboardInterrupt):
    """Somebody asked for the end; it comes between two steps."""


def refresh(where: Settings, name: str, by: By) -> tuple[Run, str]:
    """Refreshes one source; gives the run as the history has it, and what it did in words.

    Raises what the load and the build raise, BuildInProgress while another refresh runs; the history has it too.
    """
    connections.read(where.home, name)  # what has no name has no history
    with runs.lock(where.home):
        run = runs.begin(where.home, name, by)
        try:
            with _stopping() as stop_if_asked:

                def progress(step: str, share: float) -> None:
                    stop_if_asked()
                    runs.report_progress(where.home, run, step, share)

                return _run(where, run, progress)
        except KeyboardInterrupt:
            runs.end(where.home, run, "stopped")
            raise
        except OrderbeatError as error:
            runs.end(where.home, run, "failed", error=str(error))
            raise
        except Exception as error:
            # What nobody foresaw may speak of passwords; the log has it, for the administrator alone.
            runs.end(where.home, run, "failed", error=f"Something unforeseen happened: {type(error).__name__}.")
            raise


def refresh_all(where: Settings, name: str | None, by: By, say: Callable[[str], None]) -> None:
    """Refreshes one source, or every one, saying what was done. One that fails keeps none of the others from its turn.

    Raises what the first one that failed raised, when all had their turn; BadInput where there is no source.
    """
    names = [name] if name else source_file.names(where.home)
    if not names:
        raise BadInput(
            "There is no source to refresh.",
            f"{source_file.root(where.home)} holds no YAML file.",
            "Describe one there; docs/loading.md shows how.",
        )
    failure = None
    for each in names:
        try:
            say("\n".join([f"{each}:"] * (len(names) > 1) + [refresh(where, each, by)[1] or "Nothing is new."]))
        except OrderbeatError as error:
            failure = failure or error
            if len(names) > 1:
                say(f"{each}: {error}")
    if failure:
        raise failure


def _run(where: Settings, run: Run, progress: Progress) -> tuple[Run, str]:
    connection = connections.read(where.home, run.source)
    before = inputs.current(where.home)
    progress("loading", 0)
    report = _load(where, connection, lambda step, share: progress(step, share * _LOADED))
    publishing.require_rows(where)
    progress("building", _LOADED)
    said = [report.as_text()]
    try:
        said.append(publishing.publish(where))
    except NothingLoaded as nothing:  # master data came first, and there is nothing to show yet
        said.append(f"Loaded, not published: {nothing}")
    found = publishing.rows_of(report)
    after, published = inputs.current(where.home), build.newest(where)
    changed = (before and before.seal) != (after and after.seal)
    if changed:
        publishing.record(where, "refreshed", run.source, {"how": run.by, **found})
    done = runs.end(where.home, run, "done", changed=changed, snapshot=published.name if published else "", **found)
    return done, "\n".join(filter(None, said))


def _load(where: Settings, connection: Connection, progress: Progress) -> Report:
    seen = dt.datetime.now() if connection.keeps_diary else None  # noqa: DTZ005 (as clocks here show it)
    if connection.kind != "folder":
        from data.loading.sources import database  # noqa: PLC0415 (clients that a folder does not need)

        return database.refresh(connection.name, where, open_engine, progress=progress, observed=seen)
    request = Request(connections.folder(connection), connection.mapping, only_new=True, observed=seen)
    return intake.load(request, where, open_engine, progress)


@contextmanager
def _stopping() -> Iterator[Callable[[], None]]:
    """Yields what ends a run between two steps, once SIGTERM came."""
    asked = []

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.append(True)

    def stop_if_asked() -> None:
        if asked:
            raise Stopped

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield stop_if_asked
    finally:
        signal.signal(signal.SIGTERM, before)
