"""Loading: files -> staged text -> mapped -> checked -> a new generation of inputs and a quarantine.

Nothing is visible until all of it is done: the quarantine is put in place first, then the inputs that count
its rows are published by one rename. Rows in = rows loaded + rows quarantined, for every table and file.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from data.loading import inputs, known
from data.loading.engine import OpenEngine
from data.loading.inputs import Draft
from data.loading.plan import plan
from data.loading.report import Rehearsal, Report
from data.loading.request import Request
from data.loading.steps import Loading, checking, comparing, entering, reading
from data.settings import Settings

Progress = Callable[[str, float], None]  # the step at work, in words, and the share of the whole that is done


class _Leave(Exception):
    """Ends a load before anything is published."""


def load(request: Request, settings: Settings, open_engine: OpenEngine, progress: Progress | None = None) -> Report:
    """Loads what is asked; the same files with the same mapping change nothing.

    `open_engine` gives the database to work in; `progress` is called at each step. Raises BadInput where the files or
    the mapping cannot be used as they are, Damaged where what was loaded before is; then nothing changes.
    """
    with _at_work(request, settings, open_engine, progress) as (report, loading):
        if loading:
            entering.publish(loading)
    return report


def rehearse(
    request: Request, settings: Settings, open_engine: OpenEngine, progress: Progress | None = None
) -> Rehearsal:
    """Does all of a load but publishing, and tells what it would do; nothing of it remains. Takes and raises as `load`.

    The lock is held meanwhile: nobody else can load.
    """
    shown = Rehearsal(Report(), {}, {})
    with _at_work(request, settings, open_engine, progress) as (report, loading):
        shown = Rehearsal(report, *(comparing.first_rows(loading) if loading else ({}, {})))
        raise _Leave
    return shown


@contextmanager
def _at_work(
    request: Request, settings: Settings, open_engine: OpenEngine, progress: Progress | None
) -> Iterator[tuple[Report, Loading | None]]:
    """A load that is read, checked and compared, to be published within the block; None where nothing is new.

    Leaving the block by _Leave changes nothing.
    """
    report = Report()
    work = plan(request.path, request.mapping, request.also, report).with_modes(request.instead)
    with suppress(_Leave), inputs.next_generation(settings.home, request.onto) as draft:
        _forget_demo(draft, report)
        if draft.previous:
            draft.previous.require_whole()
        if request.only_new:
            work = known.left_out(work, draft.ledger, report)
        if not work.parts or known.whole(work, draft.ledger, report, settings.home):
            report.changed = False
            yield report, None
            raise _Leave
        today = request.today or date.today()  # noqa: DTZ011 (the day here)
        tell = progress or (lambda _, __: None)
        with _staging(settings.home) as folder, open_engine(settings, folder / "work.duckdb") as engine:
            loading = Loading(work, draft, engine, folder, settings, today, report, tell)
            reading.read(loading)
            checking.check(loading, request.instead.period, request.observed)
            comparing.compare(loading)
            yield report, loading if report.changed else None
            if not report.changed:
                raise _Leave


def _forget_demo(draft: Draft, report: Report) -> None:
    """Generated companies and real ones do not mix: the first import takes the demo's place."""
    if draft.previous and draft.previous.is_demo:
        draft.previous, draft.ledger, draft.reporting_currency = None, [], ""
        report.notes.append("The generated demo company is replaced.")


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    folder = home / "loading"
    shutil.rmtree(folder, ignore_errors=True)  # left by a load that was killed
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
